/**
 * A template while it is written: what the form holds, what is asked of it, and which field an
 * answer is about. Pure.
 */
import { cronOf, type ReportRange, simpleOf } from '@annals/contract/schedule';
import { AnnalsError, type NewRecipient, type NewReport, type Report } from '@annals/sdk';
import { isZone } from '@annals/viewer/find/zone';
import type { FileForm } from '@annals/viewer/log/export-dialog.tsx';
import { asQuery, placeOf } from '@annals/viewer/log/question';
import type { CatalogView, Reader } from '@annals/viewer/reader.tsx';

export const EVERY = ['day', 'week', 'month', 'cron', 'never'] as const;
export type Every = (typeof EVERY)[number];

/** When it runs; what `every` does not ask for is kept for when it does. */
export interface When {
  readonly every: Every;
  /** `HH:MM`. */
  readonly at: string;
  /** 1 is Monday. */
  readonly weekday: number;
  readonly monthDay: number | 'last';
  readonly cron: string;
}
export interface Addressee extends Required<NewRecipient> {
  /** Tells rows apart. */
  readonly key: number;
}
export interface Draft {
  readonly title: string;
  readonly view: CatalogView;
  readonly q: string;
  readonly range: ReportRange;
  /** Whether the person has chosen the range: what follows from the schedule is only proposed. */
  readonly isRangeChosen: boolean;
  readonly when: When;
  readonly zone: string;
  readonly file: FileForm;
  readonly recipients: readonly Addressee[];
  /** What the form does not ask for, as it was saved. */
  readonly kept: Pick<Report, 'order' | 'compression'>;
}

const RANGE_OF: Readonly<Partial<Record<Every, ReportRange>>> = {
  day: 'yesterday',
  week: 'last_week',
  month: 'last_month',
};
const USUAL: When = { every: 'day', at: '06:00', weekday: 1, monthDay: 1, cron: '' };

export const formOf = ({ formats }: CatalogView): FileForm => ({
  ...{ format: formats[0] ?? 'csv', flavor: 'spreadsheet', columns: 'view' },
});

export const newDraft = (view: CatalogView, zone: string): Draft => ({
  ...{ title: '', view, q: '', range: 'yesterday', isRangeChosen: false, when: USUAL },
  zone: isZone(zone) ? zone : 'UTC',
  ...{ file: formOf(view), recipients: [], kept: { order: 'desc', compression: 'none' } },
});

function whenOf(cron: string | null): When {
  if (cron === null) return { ...USUAL, every: 'never' };
  const simple = simpleOf(cron);
  if (simple === undefined) return { ...USUAL, every: 'cron', cron };
  const { every, at } = simple;
  if (simple.every === 'week') return { ...USUAL, every, at, weekday: simple.on };
  return simple.every === 'month'
    ? { ...USUAL, every, at, monthDay: simple.on }
    : { ...USUAL, every, at };
}

/** A saved one, to be changed. */
export function draftOf(report: Report, view: CatalogView): Draft {
  const { title, q, range, schedule, time_zone: zone, order, compression } = report;
  const { format, flavor, columns } = report;
  return {
    ...{ title, view, q: q ?? '', range, isRangeChosen: true, when: whenOf(schedule), zone },
    file: { format, flavor: flavor ?? 'spreadsheet', columns: columns ?? 'view' },
    recipients: report.recipients.map(({ type, to, attach }, key) => ({ key, type, to, attach })),
    kept: { order, compression },
  };
}

/** With another schedule, and the range that goes with it. */
export function rescheduled(draft: Draft, next: Partial<When>): Draft {
  const when = { ...draft.when, ...next };
  const proposed = draft.isRangeChosen ? undefined : RANGE_OF[when.every];
  return { ...draft, when, range: proposed ?? draft.range };
}

/** Another view has its own kinds of files. */
export const ofView = (draft: Draft, view: CatalogView): Draft => ({
  ...{ ...draft, view },
  file: view.formats.includes(draft.file.format) ? draft.file : formOf(view),
});

/** Null: it runs only when somebody says so. Undefined: something of it is not filled in. */
export function cronOfWhen({
  every,
  at,
  weekday,
  monthDay,
  cron,
}: When): string | null | undefined {
  if (every === 'never') return null;
  if (every === 'cron') return cron.trim() === '' ? undefined : cron.trim();
  if (at === '') return undefined;
  if (every === 'day') return cronOf({ every, at });
  if (every === 'week') return cronOf({ every, at, on: weekday });
  return cronOf({ every, at, on: monthDay });
}

type Asker = Parameters<typeof placeOf>[0];

/** What is saved; undefined while its schedule is not filled in. */
export function askedOf(draft: Draft, { tenantId, locale }: Asker): NewReport | undefined {
  const { title, view, q, range, when, zone, file, recipients, kept } = draft;
  const schedule = cronOfWhen(when);
  if (schedule === undefined) return undefined;
  const { format, flavor, columns } = file;
  return {
    title: title.trim(),
    ...placeOf({ tenantId, locale }, { view: view.view, subject: undefined }),
    ...asQuery(q.trim()),
    ...{ range, time_zone: zone.trim(), format, ...kept },
    ...(schedule === null ? {} : { schedule }),
    ...(format === 'csv' ? { flavor } : {}),
    ...(format === 'csv' && columns === 'all' ? { columns } : {}),
    recipients: recipients.map(({ type, to, attach }) => ({
      ...{ type, to: to.trim() },
      ...(type === 'email' ? { attach } : {}),
    })),
  };
}

/** The same before it has a title or recipients: neither changes what a file holds. */
export function previewOf(draft: Draft, reader: Reader): NewReport | undefined {
  const title = draft.title.trim() === '' ? draft.view.label : draft.title;
  return askedOf({ ...draft, title, recipients: [] }, reader);
}

export interface Problems {
  /** By field: what is wrong with it. */
  readonly of: (field: string) => string | undefined;
  /** What no field of the form is about. */
  readonly rest: unknown;
}
const FIELD = /^(title|schedule|time_zone|q|range|recipients\/\d+\/to)$/;
/** Errors that name no field, but are about one. */
const ABOUT: Readonly<Record<string, string>> = { window_too_long: 'range', filter_required: 'q' };

/** What follows a name becomes a sentence. */
const sentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

export function problemsOf(error: unknown): Problems {
  if (!(error instanceof AnnalsError)) return { of: () => undefined, rest: error };
  const { code, detail, errors } = error;
  const about = Object.hasOwn(ABOUT, code) ? ABOUT[code] : undefined;
  const found = new Map(
    about === undefined
      ? errors.map((one) => [one.path.replace(/^\//, ''), sentence(one.detail)])
      : [[about, detail]],
  );
  const isAtField = [...found.keys()].some((field) => FIELD.test(field));
  return { of: (field) => found.get(field), rest: isAtField ? undefined : error };
}
