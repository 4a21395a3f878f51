/**
 * How many events, when, of which kinds. What followers keep tells it where it can; else every
 * answer is looked at, newest first, up to a bound.
 */
import {
  type EventCount,
  FACET_VALUES,
  type Facets,
  type Histogram,
  type Interval,
} from '@annals/contract/find';
import { END_OF_TIME_MS, formatInstant } from '@annals/contract/time';
import { FACET_FIELDS, type FacetField } from '@annals/contract/values';
import { activityIn, showsEvery, showsWhole } from '@annals/contract/view';
import { Fault } from '../fault.ts';
import type { Store, TimeRange } from '../store/store.ts';
import { type Steps, stepsOf } from './calendar.ts';
import { namesInCast } from './cast.ts';
import { IndexTally } from './index-tally.ts';
import type { Plan } from './plan.ts';
import type { Bounds, Counted, Reader } from './read.ts';
import { facetCounts, type Tally, type TallySpec } from './tally.ts';

const COUNT_ONLY: TallySpec = { edges: [], fields: [], hasCast: false };

const bounds = ({ back, notices }: Counted) => ({
  exact: back === undefined,
  counted_back_to: back === undefined ? null : formatInstant(back),
  notices: [...notices],
});

/** The names of a list such as `action,outcome`. Throws Fault `invalid_query`. */
export function facetFields(text: string): FacetField[] {
  return [...new Set(text.split(','))].map((part) => {
    const name = part.trim();
    const field = FACET_FIELDS.find((known) => known === name);
    if (field !== undefined) return field;
    const detail = `must be names of: ${FACET_FIELDS.join(', ')}`;
    throw new Fault('invalid_query', `fields ${detail}.`, { errors: [{ path: 'fields', detail }] });
  });
}

export class Counting {
  readonly #store: Store;
  readonly #reader: Reader;
  readonly #index: IndexTally;

  constructor(store: Store, reader: Reader) {
    this.#store = store;
    this.#reader = reader;
    this.#index = new IndexTally(store);
  }

  async count(plan: Plan, signal?: AbortSignal): Promise<EventCount> {
    const counted = await this.#tally(plan, COUNT_ONLY, signal);
    return { count: counted.tally.count, ...bounds(counted) };
  }

  /** How many events have each value of a field. */
  async values(
    plan: Plan,
    field: FacetField,
    signal: AbortSignal | undefined,
    bounds: Bounds,
  ): Promise<ReadonlyMap<string, number>> {
    const spec = { ...COUNT_ONLY, fields: [field] };
    return facetCounts((await this.#tally(plan, spec, signal, bounds)).tally, field);
  }

  async facets(
    plan: Plan,
    fields: readonly FacetField[],
    limit: number = FACET_VALUES.default,
    signal?: AbortSignal,
  ): Promise<Facets> {
    const hasCast = fields.includes('actor') && !showsWhole(plan.view);
    const counted = await this.#tally(plan, { edges: [], fields, hasCast }, signal);
    const facets = await Promise.all(
      fields.map(async (field) => {
        const all = [...facetCounts(counted.tally, field)];
        const top = all
          .sort(([one, n], [other, m]) => m - n || (one < other ? -1 : 1))
          .slice(0, limit);
        const shown = top.map(([value]) => value);
        const labels = await this.#labels(plan, field, shown, counted.tally);
        const values = top.map(([value, count]) => {
          const label = labels?.get(value);
          return { value, ...(label === undefined || label === value ? {} : { label }), count };
        });
        return { field, values, others: all.length - top.length };
      }),
    );
    return { facets, ...bounds(counted) };
  }

  /** How to show values that say little by themselves, by what the view shows. */
  async #labels(plan: Plan, field: FacetField, values: readonly string[], tally: Tally) {
    const { tenantNo, view } = plan;
    if (field === 'action' && view.vocabulary) {
      return new Map(values.map((value) => [value, activityIn(view, value)]));
    }
    if (field !== 'actor') return undefined;
    if (!showsWhole(view)) return namesInCast(tally.cast, values);
    return await this.#store.entities.actorNames(tenantNo, values);
  }

  async histogram(
    plan: Plan,
    { interval, timeZone }: { interval: Interval | undefined; timeZone: string },
    signal?: AbortSignal,
  ): Promise<Histogram> {
    const { from, to } = await this.#span(plan, signal);
    const steps = await stepsOf({ from, to, interval, timeZone });
    const { edges } = steps;
    const counted = await this.#tally(plan, { ...COUNT_ONLY, edges }, signal);
    return { ...histogramOf(steps, counted.tally, timeZone), ...bounds(counted) };
  }

  /** Where the range is open, it begins with the first event and ends behind the last. */
  async #span(plan: Plan, signal: AbortSignal | undefined): Promise<TimeRange> {
    const { tenantNo, from, to } = plan;
    const isOpen = from === 0 || to === END_OF_TIME_MS;
    const span = isOpen
      ? showsEvery(plan.view)
        ? (await this.#store.counts.span(tenantNo)).span
        : await this.#shownSpan(plan, signal)
      : undefined;
    const end = to === END_OF_TIME_MS ? (span?.to ?? Math.max(from, 0) + 1) : to;
    // Where there is nothing at all, one bar at the end says so.
    const start = from === 0 ? Math.min(span?.from ?? end - 1, end - 1) : from;
    return { from: start, to: Math.max(end, start + 1) };
  }

  /** The same of a view that leaves events out: its own first and last, where they are near. */
  async #shownSpan(plan: Plan, signal: AbortSignal | undefined): Promise<TimeRange | undefined> {
    const [first, last] = [
      await this.#reader.first({ ...plan, query: [], order: 'asc' }, signal),
      await this.#reader.first({ ...plan, query: [], order: 'desc' }, signal),
    ];
    return first === undefined || last === undefined ? undefined : { from: first, to: last + 1 };
  }

  async #tally(
    plan: Plan,
    spec: TallySpec,
    signal: AbortSignal | undefined,
    bounds?: Bounds,
  ): Promise<Counted> {
    const tally = await this.#index.tally(plan, spec, signal);
    const counted = tally
      ? { tally, back: undefined, notices: [] }
      : await this.#reader.count(plan, spec, signal, bounds);
    return { ...counted, notices: [...plan.notices, ...counted.notices] };
  }
}

function histogramOf({ interval, edges, texts }: Steps, tally: Tally, timeZone: string) {
  const buckets = texts.slice(0, -1).map((start, index) => {
    const { count = 0, outcomes = new Map<string, number>() } = tally.buckets.get(index) ?? {};
    return { start, count, outcomes: Object.fromEntries(outcomes) };
  });
  const [first = ''] = texts;
  return {
    interval,
    time_zone: timeZone,
    from: first,
    to: texts[edges.length - 1] ?? first,
    buckets,
  };
}
