/**
 * What a view demands of a question and what it leaves of its time: filters that must be there,
 * the longest range, how far it reaches, how late events appear. Nothing is cut without a notice.
 */
import { type Compiled, textIn } from '@annals/contract/compile';
import type { ViewDefinition } from '@annals/contract/definition';
import { type HumanText, listed } from '@annals/contract/human';
import { conditionsOf } from '@annals/contract/match';
import { periodWords } from '@annals/contract/period';
import type { Field, Query, Term } from '@annals/contract/query';
import type { Notice } from '@annals/contract/routes';
import { END_OF_TIME_MS, formatInstant } from '@annals/contract/time';
import { fold } from '@annals/contract/words';
import { type LimitedBy, type Limits, type Sight, startOfDay } from '../access/access.ts';
import { Fault } from '../fault.ts';

type Filter = NonNullable<ViewDefinition['filters']>[number];

/** A range as it was asked for; absent ends are open. In ms, the end exclusive. */
export interface AskedRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}
export interface LimitedRange {
  readonly from: number;
  readonly to: number;
  readonly notices: readonly Notice[];
}

type FieldTerm = Term & { readonly body: Field };
const isOf = (filter: Filter, { isNegated, body }: Term): boolean =>
  !isNegated && body.kind === 'field' && body.key === filter.key && body.name === filter.name;

/** Terms that name values of the filter's key, of which one must be true; empty: it is not set. */
export function filterTerms(filter: Filter, query: Query): readonly FieldTerm[] {
  const condition = conditionsOf(query).find((terms) => terms.every((term) => isOf(filter, term)));
  return (condition ?? []).flatMap(({ isNegated, body }) =>
    body.kind === 'field' && body.test.kind === 'is' && body.test.value !== ''
      ? [{ isNegated, body }]
      : [],
  );
}

/** Refusals and notices are in English. */
const textOf = (label: HumanText): string => textIn(label, 'en', { locale: 'en' });

/** Throws Fault `filter_required`, which names all that is missing, and `filter_value_unknown`. */
export function checkFilters(
  { rules, compiled }: Pick<Sight, 'rules' | 'compiled'>,
  query: Query,
  range: AskedRange | undefined,
): void {
  const missing = (rules?.filters ?? []).filter((filter) => {
    if (filter.required !== true) return false;
    if (filter.key !== 'date_range') return filterTerms(filter, query).length === 0;
    return range !== undefined && (range.from === undefined || range.to === undefined);
  });
  if (missing.length > 0) {
    const labels = missing.map(({ label }) => textOf(label));
    throw new Fault('filter_required', `Choose ${listed(labels, 'and')} to search.`, {
      about: { missing: missing.map(({ key, name }) => (name ? `${key}.${name}` : key)) },
      errors: missing.map(({ key, label }) => ({
        path: key === 'date_range' ? 'from' : 'q',
        detail: `${textOf(label)} is required`,
      })),
    });
  }
  if (compiled) checkApplications(rules?.filters ?? [], compiled, query);
}

function checkApplications(
  filters: readonly Filter[],
  { definition: { applications = {} } }: Compiled,
  query: Query,
): void {
  const filter = filters.find(({ key }) => key === 'application');
  const names = Object.keys(applications);
  if (filter === undefined || names.length === 0) return;
  const known = new Set(names.map(fold));
  const isUnknown = filterTerms(filter, query).some(
    ({ body: { test } }) => test.kind === 'is' && !test.after && !known.has(fold(test.value)),
  );
  if (!isUnknown) return;
  const detail = `${textOf(filter.label)} is one of: ${names.join(', ')}.`;
  throw new Fault('filter_value_unknown', detail, { errors: [{ path: 'q', detail }] });
}

/** Throws Fault `window_too_long`, which names the limit. */
function checkWindow({ window, to }: Limits, asked: AskedRange, now: number): void {
  if (window === undefined || asked.from === undefined) return;
  const end = asked.to ?? Math.min(now, to);
  if (end <= window.endOf(asked.from)) return;
  const days = window.daysOf(asked.from, end);
  const covers = `One search covers ${periodWords(window.period)}; this is ${days} days.`;
  const latest = formatInstant(window.endOf(asked.from));
  throw new Fault('window_too_long', covers, {
    about: { limit: window.period },
    errors: [{ path: 'to', detail: `must not lie after ${latest}` }],
  });
}

const CLAMPS: Readonly<Record<LimitedBy, (limits: Limits, from: string) => Notice>> = {
  reach: ({ reach = '' }, from) => ({
    code: 'clamped_by_reach',
    detail: `This view reaches ${periodWords(reach)} back. Shown from ${from}.`,
    from,
    period: reach,
  }),
  floor: (_limits, from) => ({
    code: 'clamped_by_floor',
    detail: `This log begins on ${from}. Shown from there.`,
    from,
  }),
  enabled: (_limits, from) => ({
    code: 'before_enabled',
    detail: `Recording began on ${from}; nothing earlier is shown.`,
    from,
  }),
};

/** The range that is left of what was asked, and why. Throws Fault `window_too_long`. */
export function limitRange(limits: Limits, asked: AskedRange, now: number): LimitedRange {
  checkWindow(limits, asked, now);
  const notices: Notice[] = [];
  const to = Math.min(asked.to ?? END_OF_TIME_MS, limits.to);
  if (limits.delay !== undefined && to === limits.to) {
    const [until, period] = [formatInstant(limits.to), limits.delay];
    const detail = `Events appear ${periodWords(period)} after they happen. Shown up to ${until}.`;
    notices.push({ code: 'delayed', detail, to: until, period });
  }
  let from = asked.from ?? limits.from;
  if (limits.by !== undefined && (asked.from === undefined || asked.from < limits.from)) {
    from = limits.from;
    notices.push(CLAMPS[limits.by](limits, formatInstant(from)));
  }
  const { window } = limits;
  const earliest = window && asked.from === undefined ? window.startOf(Math.min(to, now)) : 0;
  if (window && earliest > from) {
    from = earliest;
    const [start, period] = [formatInstant(from), window.period];
    const detail = `One search covers ${periodWords(period)}. Shown from ${start}.`;
    notices.push({ code: 'clamped_by_window', detail, from: start, period });
  }
  return { from: Math.min(from, to), to, notices };
}

/** Of types that are asked for by name: those which were not recorded all the time. */
export async function sinceNotices(
  compiled: Compiled | undefined,
  query: Query,
  from: number,
): Promise<Notice[]> {
  const types = compiled?.definition.resource_types ?? {};
  const notices: Notice[] = [];
  for (const { isNegated, body } of query) {
    if (isNegated || body.kind !== 'field' || body.key !== 'target.type') continue;
    if (body.test.kind !== 'is' || !Object.hasOwn(types, body.test.value)) continue;
    const { since, label } = types[body.test.value] ?? {};
    if (compiled === undefined || since === undefined || label === undefined) continue;
    const start = await startOfDay(since, compiled.timeZone);
    if (start <= from) continue;
    notices.push({
      code: 'not_recorded_before',
      detail: `${textOf(label)} is recorded since ${since}.`,
      from: formatInstant(start),
      resource_type: body.test.value,
    });
  }
  return notices;
}
