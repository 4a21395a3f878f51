/** A stored report: what was asked, whose it is, when it runs, and what a reader is told of it. */
import type { REPORT_ROUTES, Recipient, Report } from '@annals/contract/reports';
import { REPORT_LIMITS } from '@annals/contract/schedule';
import { formatInstant } from '@annals/contract/time';
import type { Static } from 'typebox';
import { movedBy, type Principal, type Sight } from '../access/access.ts';
import type { ExportRow, ReportRow } from '../store/store.ts';
import type { NewExport } from './asking.ts';
import { type Calendar, calendarOf } from './calendar.ts';
import { askerOf } from './export-row.ts';

export type NewReport = Static<(typeof REPORT_ROUTES)['createReport']['body']> & {
  readonly project?: string;
};
type NotOfFile = 'title' | 'range' | 'schedule' | 'recipients' | 'time_zone';
/** The question and form of a report’s files, but for their range. */
export type Question = Omit<NewReport, NotOfFile | 'project'> & {
  readonly project: string;
  /** What the view was called. */
  readonly label: string;
};
/** What its runs so far have had; times in ms. */
export interface Covered {
  /** Where the range of the first one begins. */
  readonly from: number;
  /** Where that of the last one ends. */
  readonly to: number;
  /** How long the log was then: events of lower sequences were looked at. */
  readonly size: number;
}
/** With the secret of a webhook. */
export type StoredRecipient = Recipient;

/** After the view shows a whole range, for what is on its way, in ms. */
const MARGIN_MS = 15 * 60_000;
/** Times of a schedule that are looked through at once for the last one that is due. */
const AT_ONCE = 200;

// Columns of JSON text that this module alone writes.
export const questionOf = ({ asked }: Pick<ReportRow, 'asked'>): Question =>
  JSON.parse(asked) as Question;
export const ownerOf = ({ owner }: Pick<ReportRow, 'owner'>): Principal =>
  askerOf({ asker: owner });
export const recipientsOf = ({ recipients }: Pick<ReportRow, 'recipients'>): StoredRecipient[] =>
  JSON.parse(recipients) as StoredRecipient[];
export const coveredOf = ({ covered }: Pick<ReportRow, 'covered'>): Covered | null =>
  covered === null ? null : (JSON.parse(covered) as Covered);

/** What was saved, as it would be asked for again. */
export function savedOf(row: ReportRow): NewReport {
  const { label: _, ...question } = questionOf(row);
  const { title, range, time_zone, schedule } = row;
  const recipients = recipientsOf(row).map(({ type, to, attach }) => ({ type, to, attach }));
  const saved = { ...question, title, range, time_zone, recipients };
  return schedule === null ? saved : { ...saved, schedule };
}

/** What is asked for a file of it. */
export function fileAsked(
  row: Pick<ReportRow, 'asked' | 'time_zone'>,
  name: string,
  { from, to }: { readonly from: number; readonly to: number },
): NewExport {
  const { label: _, ...question } = questionOf(row);
  const range = { from: formatInstant(from), to: formatInstant(to) };
  return { ...question, ...range, name, time_zone: row.time_zone };
}

type Scheduled = Pick<ReportRow, 'schedule' | 'time_zone' | 'range'>;

/** When runs of a report may begin, under the delay of a view. */
export class Runs {
  readonly calendar: Calendar;
  readonly #of: Scheduled;
  readonly #delay: string | undefined;
  readonly #zone: string;

  private constructor(calendar: Calendar, of: Scheduled, { limits, project }: Sight) {
    this.calendar = calendar;
    this.#of = of;
    this.#delay = limits.delay;
    this.#zone = project.time_zone;
  }

  static async of(of: Scheduled, sight: Sight): Promise<Runs> {
    return new Runs(await calendarOf(of.time_zone), of, sight);
  }

  /** Not before its time, nor before everything of its range is there. */
  async begin(at: number): Promise<number> {
    const { to } = this.calendar.range(this.#of.range, at);
    const shown = this.#delay ? await movedBy(to, 'after', this.#delay, this.#zone) : to;
    return Math.max(at, shown + MARGIN_MS);
  }

  /** The first of its times after a moment; null: there is none. */
  next(after: number): number | null {
    const { schedule } = this.#of;
    return schedule === null ? null : (this.calendar.runs(schedule, after, 1)[0] ?? null);
  }

  /** When the next ones begin after a moment. */
  async upcoming(after: number): Promise<number[]> {
    const { schedule } = this.#of;
    if (schedule === null) return [];
    const times = this.calendar.runs(schedule, after, REPORT_LIMITS.nextRuns);
    return await Promise.all(times.map((at) => this.begin(at)));
  }

  /** Of its times from one on, the last that may begin by now: those between were missed. */
  async latest(from: number, now: number): Promise<number | undefined> {
    const { schedule } = this.#of;
    if (schedule === null) return undefined;
    let found: number | undefined;
    for (let after = from - 1; ; ) {
      const times = this.calendar.runs(schedule, after, AT_ONCE);
      for (const at of times) {
        if ((await this.begin(at)) > now) return found;
        found = at;
      }
      const last = times.at(-1);
      if (last === undefined || times.length < AT_ONCE) return found;
      after = last;
    }
  }
}

interface Told {
  readonly last: ExportRow | undefined;
  readonly upcoming: readonly number[];
}

/** As somebody is told of it who could schedule it now; without secrets. */
export function describeReport(
  row: ReportRow,
  reader: Pick<Principal, 'id'>,
  sight: Sight,
  { last, upcoming }: Told,
): Report {
  const question = questionOf(row);
  const { format, order = 'desc', compression = 'none', tenant_id, label } = question;
  const owner = ownerOf(row);
  const { type, id, name } = owner.actor;
  const isCsv = format === 'csv';
  const showsQuery = sight.view.hasPersonal || owner.id === reader.id;
  return {
    ...{ report_id: row.report_id, tenant_id, title: row.title },
    owner: {
      type,
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof name === 'string' ? { name } : {}),
    },
    ...{ view: row.view, view_label: label, subject: row.subject },
    q: showsQuery ? (question.q ?? null) : null,
    ...{ order, format, compression },
    flavor: isCsv ? (question.flavor ?? 'exact') : null,
    columns: isCsv ? (question.columns ?? 'view') : null,
    locale: question.locale ?? null,
    ...{ time_zone: row.time_zone, range: row.range, schedule: row.schedule },
    recipients: recipientsOf(row).map(({ secret: _, ...recipient }) => recipient),
    ...{ state: row.state, reason: row.reason },
    next_runs: upcoming.map(formatInstant),
    last_run: last
      ? {
          export_id: last.export_id,
          state: last.state,
          created_at: formatInstant(last.created_at),
        }
      : null,
    created_at: formatInstant(row.created_at),
    changed_at: formatInstant(row.changed_at),
  };
}
