/**
 * How many events, when, of which kinds. A question about plain fields, or about everything, is
 * answered by what followers have counted, and by facts of each event where no count fits; for any
 * other every answer is looked at, newest first, up to a bound.
 */
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
  type Store,
  type TimeRange,
} from '../store/store.ts';
import { type Steps, stepsOf } from './calendar.ts';
import { namesInCast } from './cast.ts';
import { bucketsOf, coverOf } from './cover.ts';
import { KindSums } from './kind-sums.ts';
import { Kinds } from './kinds.ts';
import { decidingLens } from './lenses.ts';
import type { Plan } from './plan.ts';
import {
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
  shortValue,
  type Tally,
  type TallySpec,
} from './tally.ts';

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
    const parts = countedIn(plan, spec);
    const tally = parts && (await this.#fromIndex(plan, parts, signal));
    const counted = tally
      ? { tally, back: undefined, notices: [] }
      : await this.#reader.count(plan, spec, signal, bounds);
    return { ...counted, notices: [...plan.notices, ...counted.notices] };
  }

  /** Undefined if what followers keep does not tell it. */
  async #fromIndex(
    plan: Plan,
    parts: readonly CountedPart[],
    signal: AbortSignal | undefined,
  ): Promise<Tally | undefined> {
    const { tenantNo } = plan;
    const { counts } = this.#store;
    const covers = parts.map(({ group, spec }) => {
      const whole = { parts: [], rest: [{ from: plan.from, to: plan.to }] };
      const cover = group === undefined ? whole : coverOf(plan, spec.edges, group);
      const ranges = group ? cover.parts.map((part) => bucketsOf(group, part)) : [];
      return { group, spec, rest: cover.rest, ranges };
    });
    const ranges = covers.flatMap((cover) => cover.ranges);
    const { size, indexed, generation, kinds, counted } = await counts.read(tenantNo, ranges);
    checkSignal(signal);
    if (size - indexed > TAIL_MOST) return undefined;
    const hasRest = covers.some(({ rest }) => rest.length > 0);
    const needsKinds = hasRest || parts.some(({ group }) => group === 'kind');
    const events = needsKinds ? await this.#kinds.of(tenantNo, generation, kinds) : [];
    if (events === undefined) return undefined;
    const tally = emptyTally();
    const look = lookOf(decidingLens(plan));
    for (const { group, spec, rest } of covers) {
      const entries = counted.filter((entry) => entry.group === group);
      const sums = new KindSums(events, look, spec);
      if (group === 'kind') for (const entry of entries) sums.addCounts(entry);
      else for (const entry of entries) addCounted(tally, spec, entry);
      for (const range of rest)
        await this.#addFacts(sums, { tenantNo, spec, range, indexed }, signal);
      if (!sums.isWhole) return undefined;
      sums.addTo(tally);
      await this.#addActors(tenantNo, sums.actors, tally);
    }
    // Facts that were read by now may be those of another index.
    if (hasRest && (await counts.reach(tenantNo)).generation !== generation) return undefined;
    for (const { event, key } of await tailOf(this.#store, plan, indexed, size)) {
      for (const { spec } of parts) addEvent(tally, spec, event, key.occurredAt);
    }
    return tally;
  }

  async #addFacts(
    sums: KindSums,
    of: { tenantNo: number; spec: TallySpec; range: TimeRange; indexed: number },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { fields, edges } = of.spec;
    const wants = { actors: fields.includes('actor'), times: edges.length > 0 };
    for await (const part of this.#store.facts.read(of.tenantNo, of.range, wants)) {
      checkSignal(signal);
      sums.addFacts(part, of.range, of.indexed);
    }
  }

  async #addActors(tenantNo: number, actors: readonly number[], tally: Tally): Promise<void> {
    const numbers: number[] = [];
    actors.forEach((_count, actor) => {
      numbers.push(actor);
    });
    if (numbers.length === 0) return;
    const values = facetCounts(tally, 'actor');
    for (const found of await this.#store.entities.byNumber(tenantNo, numbers)) {
      // As `facetValues` of its events: what has no id is an entity by its e-mail or its name.
      const value = found.id || found.email || found.name;
      addTo(values, shortValue(value), actors[found.entity] ?? 0);
    }
  }
}

/** What of a tally is read from which counts; undefined: from facts alone. */
interface CountedPart {
  readonly group: CountGroup | undefined;
  readonly spec: TallySpec;
}

/** What followers keep that tells a tally; undefined if nothing does. */
function countedIn({ query, view }: Plan, spec: TallySpec): readonly CountedPart[] | undefined {
  const { fields } = spec;
  const hasActor = fields.includes('actor');
  // Other views show of an actor what is different in each event.
  if (hasActor && !showsAll(view)) return undefined;
  // Only what shows every event may be answered by counts of all of them.
  if (query.length === 0 && showsEvery(view) && view.hasOwn) {
    if (fields.length === 0) return [{ group: 'time', spec }];
    const ofKind = fields.filter((field) => field !== 'actor');
    return [
      ...(hasActor ? [{ group: 'actor', spec: { ...spec, fields: ['actor'] } } as const] : []),
      ...(ofKind.length > 0 ? [{ group: 'kind', spec: { ...spec, fields: ofKind } } as const] : []),
    ];
  }
  if (!asksPlain(query) || !asksPlain(view.rows) || view.subject) return undefined;
  return [{ group: hasActor ? undefined : 'kind', spec }];
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
