/**
 * How many events, when, of which kinds. A question about plain fields, or about everything, is
 * answered by what followers have counted, with the ends of the range read from the events; for
 * any other every answer is looked at, newest first, up to a bound.
 */
import type { ReadEvent } from '@annals/contract/event';
import {
  type EventCount,
  FACET_VALUES,
  type Facets,
  type Histogram,
  type Interval,
} from '@annals/contract/find';
import { asksPlain } from '@annals/contract/kinds';
import { formatInstant } from '@annals/contract/time';
import { FACET_FIELDS, type FacetField } from '@annals/contract/values';
import { activityIn, showsAll, showsEvery } from '@annals/contract/view';
import { lookOf } from '../event-rows.ts';
import { Fault } from '../fault.ts';
import {
  type CountedBucket,
  type CountGroup,
  LEVELS,
  OTHER_KIND,
  type Store,
  type TimeRange,
} from '../store/store.ts';
import { type Steps, stepsOf } from './calendar.ts';
import { namesInCast } from './cast.ts';
import { bucketsOf, coverOf } from './cover.ts';
import { Kinds } from './kinds.ts';
import { decidingLens } from './lenses.ts';
import type { Plan } from './plan.ts';
import {
  BY_TIME,
  type CountBounds,
  type Counted,
  checkSignal,
  type Reader,
  TAIL_MOST,
  tailOf,
} from './read.ts';
import { END_OF_TIME_MS } from './rules.ts';
import {
  addEvent,
  addTo,
  addToBucket,
  bucketAt,
  emptyTally,
  facetCounts,
  type Tally,
  type TallySpec,
} from './tally.ts';

/** Time that no counted bucket covers and whose events are looked at beside the counts, in ms. */
const REST_MOST_MS = 3_600_000;
const READ_ROWS = 1_000;
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
  readonly #kinds: Kinds;

  constructor(store: Store, reader: Reader) {
    this.#store = store;
    this.#reader = reader;
    this.#kinds = new Kinds(store);
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
    bounds: CountBounds,
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
    const hasCast = fields.includes('actor') && !showsAll(plan.view);
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
    if (!showsAll(view)) return namesInCast(tally.cast, values);
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
    bounds?: CountBounds,
  ): Promise<Counted> {
    const groups = countedIn(plan, spec);
    const tally = groups && (await this.#fromCounts(plan, groups, signal));
    const counted = tally
      ? { tally, back: undefined, notices: [] }
      : await this.#reader.count(plan, spec, signal, bounds);
    return { ...counted, notices: [...plan.notices, ...counted.notices] };
  }

  /** Undefined if the counts do not tell it. */
  async #fromCounts(
    plan: Plan,
    groups: readonly CountedGroup[],
    signal: AbortSignal | undefined,
  ): Promise<Tally | undefined> {
    const covers = groups.map(({ group, spec }) => {
      return { group, spec, ...coverOf(plan, spec.edges, group) };
    });
    const isFiltered = plan.query.length > 0 || !showsEvery(plan.view);
    const restOf = (rest: readonly TimeRange[]) => rest.reduce((sum, r) => sum + r.to - r.from, 0);
    // An index may find the few answers among many events, and a bound is kept there.
    if (isFiltered && covers.some(({ rest }) => restOf(rest) > REST_MOST_MS)) return undefined;
    const ranges = covers.flatMap(({ group, parts }) =>
      parts.map((part) => bucketsOf(group, part)),
    );
    const { size, indexed, generation, counted } = await this.#store.counts.read(
      plan.tenantNo,
      ranges,
    );
    checkSignal(signal);
    if (size - indexed > TAIL_MOST) return undefined;
    const tally = emptyTally();
    for (const { group, spec } of groups) {
      const entries = counted.filter((entry) => entry.group === group);
      if (group !== 'kind') for (const entry of entries) addCounted(tally, spec, entry);
      else if (!(await this.#addKinds(tally, { plan, spec, generation }, entries)))
        return undefined;
    }
    for (const { rest, spec } of covers) await this.#addRest(plan, rest, spec, tally, indexed);
    for (const { event, key } of await tailOf(this.#store, plan, indexed, size)) {
      for (const { spec } of groups) addEvent(tally, spec, event, key.occurredAt);
    }
    return tally;
  }

  /** Counts events by what is asked of their kinds; false if these are not all known. */
  async #addKinds(
    tally: Tally,
    asked: { readonly plan: Plan; readonly spec: TallySpec; readonly generation: number },
    entries: readonly CountedBucket[],
  ): Promise<boolean> {
    const { plan, spec, generation } = asked;
    const counts = entries.flatMap((entry) => entry.counts);
    let most = 0;
    for (const [, kinds] of counts) {
      for (const kind of kinds) {
        if (kind === OTHER_KIND) return false;
        if (Number(kind) > most) most = Number(kind);
      }
    }
    const events = await this.#kinds.of(plan.tenantNo, generation, most);
    if (events === undefined) return false;
    const look = lookOf(decidingLens(plan));
    const alike = alikeBy(spec);
    const shown = events.map((event) => {
      const found = look(event);
      return found && alike(found);
    });
    for (const [at, sums] of sumsOf(spec, entries, shown)) {
      for (const [event, n] of sums) addEvent(tally, spec, event, at, n);
    }
    return true;
  }

  /** Counts events of short ranges themselves. */
  async #addRest(
    plan: Plan,
    rest: readonly TimeRange[],
    spec: TallySpec,
    tally: Tally,
    indexed: number,
  ): Promise<void> {
    for (const { from, to } of rest) {
      const part: Plan = { ...plan, from, to, order: 'desc' };
      const route = { ...BY_TIME, indexed };
      const reading = { plan: part, route, after: undefined, firstRows: READ_ROWS };
      for await (const _step of this.#reader.tallies(reading, spec, tally));
    }
  }
}

/** What of a tally is counted in which group. */
interface CountedGroup {
  readonly group: CountGroup;
  readonly spec: TallySpec;
}

/** Where followers have counted what is asked; undefined if they have not. */
function countedIn({ query, view }: Plan, spec: TallySpec): readonly CountedGroup[] | undefined {
  const { fields } = spec;
  const hasActor = fields.includes('actor');
  // Only what shows every event may be answered by counts of all of them.
  if (query.length === 0 && showsEvery(view) && view.hasOwn) {
    if (fields.length === 0) return [{ group: 'time', spec }];
    if (hasActor && !showsAll(view)) return undefined;
    const ofKind = fields.filter((field) => field !== 'actor');
    return [
      ...(hasActor
        ? [{ group: 'actor', spec: { ...COUNT_ONLY, fields: ['actor'] } } as const]
        : []),
      ...(ofKind.length > 0 ? [{ group: 'kind', spec: { ...spec, fields: ofKind } } as const] : []),
    ];
  }
  const isPlain = !hasActor && asksPlain(query) && asksPlain(view.rows) && !view.subject;
  return isPlain ? [{ group: 'kind', spec }] : undefined;
}

/** Of events that a tally counts alike the first one: there are few outcomes among many kinds. */
function alikeBy({ fields }: TallySpec): (event: ReadEvent) => ReadEvent {
  if (fields.length > 0) return (event) => event;
  const known = new Map<string | undefined, ReadEvent>();
  return (event) => {
    const found = known.get(event.outcome?.result) ?? event;
    known.set(event.outcome?.result, found);
    return found;
  };
}

/** By a moment of each bar, how many events of those kinds are in it that are shown. */
function sumsOf(
  { edges }: TallySpec,
  entries: readonly CountedBucket[],
  shown: readonly (ReadEvent | undefined)[],
): Map<number, Map<ReadEvent, number>> {
  const bars = new Map<number, Map<ReadEvent, number>>();
  for (const { level, bucket, counts } of entries) {
    const at = edges[bucketAt(edges, bucket * LEVELS[level])] ?? 0;
    const sums = bars.get(at) ?? new Map<ReadEvent, number>();
    bars.set(at, sums);
    for (const [, kinds, numbers] of counts) {
      for (const [index, kind] of kinds.entries()) {
        const event = shown[Number(kind)];
        if (event) addTo(sums, event, numbers[index] ?? 0);
      }
    }
  }
  return bars;
}

function addCounted(tally: Tally, { edges }: TallySpec, entry: CountedBucket): void {
  const { level, bucket, counts } = entry;
  const at = bucketAt(edges, bucket * LEVELS[level]);
  for (const list of counts) {
    const [dimension, values, numbers] = list;
    for (const [index, value] of values.entries()) {
      const n = numbers[index] ?? 0;
      if (dimension === 'actor') addTo(facetCounts(tally, 'actor'), String(value), n);
      if (dimension !== 'total' && dimension !== 'outcome') continue;
      const outcome = dimension === 'outcome' ? String(value) : undefined;
      if (outcome === undefined) tally.count += n;
      if (edges.length > 0) addToBucket(tally, at, outcome, n);
    }
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
