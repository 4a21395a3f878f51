/** A stored watch, and a stored finding, as their readers are told of them. */
import { findingSentence } from '@annals/contract/finding';
import { type Field, printQuery, type QueryKey, type Term } from '@annals/contract/query';
import { formatInstant } from '@annals/contract/time';
import type { Finding, Watch } from '@annals/contract/unusual';
import { activityIn } from '@annals/contract/view';
import { labelOf, type Sight } from '../access/access.ts';
import type { FindingRow, WatchRow } from '../store/store.ts';
import { personOf, showsPersons } from './deeds.ts';
import { DAY_MS } from './rules.ts';

/** That something was left out is told for so long, in ms. */
const TOLD_MS = 30 * DAY_MS;
const IN_PART: Watch['notices'][number] = {
  code: 'watched_in_part',
  detail:
    'There are more people, actions, networks or findings than are watched: some are left out.',
};

const instant = (ms: number | null): string | null => (ms === null ? null : formatInstant(ms));

/** Why a view cannot be watched; undefined: it can. */
export function whyNot({ view, rules }: Sight): string | undefined {
  if ((rules?.binding ?? 'none') !== 'none') {
    return 'The view is the log of one person or record.';
  }
  if (!showsPersons(view)) {
    return 'The view does not show who did something, so there is nobody to watch.';
  }
  const asks = rules?.filters?.some(({ key, required }) => required && key !== 'date_range');
  return asks ? 'The view shows nothing before a filter is chosen.' : undefined;
}

export const noticesOf = (rows: readonly WatchRow[]): Watch['notices'] =>
  rows.some(({ full_at }) => full_at !== null && full_at > Date.now() - TOLD_MS) ? [IN_PART] : [];

export function describeWatch(
  row: WatchRow | undefined,
  sight: Sight,
  locale: string | undefined,
): Watch {
  const about = { view: sight.view.name, label: labelOf(sight, locale) };
  if (row === undefined) {
    const none = { since: null, looked_to: null, learning: null, notices: [] };
    return { ...about, enabled: false, state: 'off', reason: whyNot(sight) ?? null, ...none };
  }
  const { paused, looked_to, learn_from, learn_to } = row;
  const isLearning = looked_to < learn_to;
  return {
    ...about,
    enabled: true,
    state: paused !== null ? 'paused' : isLearning ? 'learning' : 'watching',
    reason: paused,
    since: formatInstant(row.since),
    looked_to: formatInstant(looked_to),
    learning: isLearning ? { from: formatInstant(learn_from), to: formatInstant(learn_to) } : null,
    notices: noticesOf([row]),
  };
}

const field = (key: QueryKey, value: string): Field => ({
  kind: 'field',
  key,
  test: { kind: 'is', value, before: false, after: false },
});
const term = (key: QueryKey, value: string, isNegated = false): Term => ({
  isNegated,
  body: field(key, value),
});
const NOT_UNDONE = [term('outcome', 'failure', true), term('outcome', 'denied', true)];

/** What stands for a finding's events besides the person. */
const TERMS: Readonly<Record<FindingRow['kind'], (value: string) => Term[]>> = {
  new_action: (value) => [term('action', value), ...NOT_UNDONE],
  new_network: (value) => [term('ip', value)],
  burst: () => [],
  deletes: () => [term('operation', 'delete'), ...NOT_UNDONE],
  exports: () => [term('operation', 'export'), ...NOT_UNDONE],
  failures: (value) => [
    term('action', value),
    term('outcome', 'failure'),
    term('outcome', 'denied'),
  ],
};

export function queryOf({ kind, person, value }: FindingRow): string {
  const { type, id } = personOf(person);
  return printQuery([term('actor.type', type), term('actor', id), ...TERMS[kind](value)]);
}

export function describeFinding(
  row: FindingRow,
  sight: Sight,
  locale: string | undefined,
): Finding {
  const { kind, figure, usual_median: median, usual_high: high, value } = row;
  const isOfAction = kind === 'new_action' || kind === 'failures';
  const { type, id } = personOf(row.person);
  const told = {
    kind,
    person: { type, id, ...(row.name === null ? {} : { name: row.name }) },
    activity: isOfAction ? activityIn(sight.view, value) : null,
    value: value === '' ? null : value,
    figure,
    usual: median === null || high === null ? null : { median, high },
    from: formatInstant(row.from_at),
    to: formatInstant(row.to_at),
  };
  const { compiled, project } = sight;
  const language = locale ?? compiled?.locale ?? 'en';
  const timeZone = compiled?.timeZone ?? project.time_zone;
  return {
    finding_id: row.finding_id,
    tenant_id: sight.tenant.tenant_id,
    ...{ view: row.view, view_label: labelOf(sight, locale) },
    ...told,
    sentence: findingSentence(told, language, timeZone),
    q: queryOf(row),
    ...{ state: row.state, note: row.note },
    // Column of JSON text that this module alone writes.
    judged_by: row.judged_by === null ? null : (JSON.parse(row.judged_by) as Finding['judged_by']),
    judged_at: instant(row.judged_at),
    muted_until: instant(row.muted_until),
    found_at: formatInstant(row.found_at),
  };
}
