/**
 * How many events, when, of which kinds. Without a query the answer is what followers have
 * counted, with the ends of the range read from the events; with one, every answer is looked at,
 * newest first, up to a bound.
 */
import {
  type EventCount,
  FACET_VALUES,
  type Facets,
  type Histogram,
  type Interval,
} from '@annals/contract/find';
import type { Notice } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { FACET_FIELDS, type FacetField } from '@annals/contract/values';
import { ALL } from '@annals/contract/view';
import { Fault } from '../fault.ts';
import {
  bucketOf,
  type Dimension,
  LEVELS,
  type Level,
  levelsOf,
  type Store,
} from '../store/store.ts';
import { type Steps, stepsOf } from './calendar.ts';
import { END_OF_TIME_MS, type Plan } from './plan.ts';
import { BOUNDS, BY_TIME, checkSignal, type Reader, routeOf, TAIL_MOST, tailOf } from './read.ts';
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

/** A tally and how far it goes. */
interface Counted {
  readonly tally: Tally;
  /** Undefined: it is complete. */
  readonly back: number | undefined;
  readonly notices?: readonly Notice[];
}
interface Range {
  readonly from: number;
  readonly to: number;
}
/** Whole buckets of a level, and what of a range they leave over. */
interface Cover {
  readonly parts: readonly (Range & { readonly level: Level })[];
  readonly rest: readonly Range[];
}

/** Tries to read counts and cursor as of one moment before it is waited for quiet, in vain. */
const TRIES = 5;
const READ_ROWS = 1_000;

/** Buckets as long as possible over a range, shorter ones at its ends. */
export function coverOf({ from, to }: Range, levels: readonly Level[]): Cover {
  const [level, ...finer] = levels;
  if (level === undefined || from >= to)
    return { parts: [], rest: from < to ? [{ from, to }] : [] };
  const length = LEVELS[level];
  const [start, end] = [Math.ceil(from / length) * length, Math.floor(to / length) * length];
  if (start >= end) return coverOf({ from, to }, finer);
  const ends = [coverOf({ from, to: start }, finer), coverOf({ from: end, to }, finer)];
  return {
    parts: [{ level, from: start, to: end }, ...ends.flatMap(({ parts }) => parts)],
    rest: ends.flatMap(({ rest }) => rest),
  };
}

const bounds = ({ back, notices = [] }: Counted) => ({
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

  constructor(store: Store, reader: Reader) {
    this.#store = store;
    this.#reader = reader;
  }

  async count(plan: Plan, signal?: AbortSignal): Promise<EventCount> {
    const counted = await this.#tally(plan, { edges: [], fields: [] }, signal);
    return { count: counted.tally.count, ...bounds(counted) };
  }

  async facets(
    plan: Plan,
    fields: readonly FacetField[],
    limit: number = FACET_VALUES.default,
    signal?: AbortSignal,
  ): Promise<Facets> {
    const counted = await this.#tally(plan, { edges: [], fields }, signal);
    const facets = await Promise.all(
      fields.map(async (field) => {
        const all = [...facetCounts(counted.tally, field)];
        const top = all
          .sort(([one, n], [other, m]) => m - n || (one < other ? -1 : 1))
          .slice(0, limit);
        const labels = field === 'actor' ? await this.#labels(plan, top) : new Map();
        const values = top.map(([value, count]) => {
          const label: string | undefined = labels.get(value);
          return { value, ...(label === undefined ? {} : { label }), count };
        });
        return { field, values, others: all.length - top.length };
      }),
    );
    return { facets, ...bounds(counted) };
  }

  /** Latest names of actors that are known by another value. */
  async #labels(plan: Plan, top: readonly (readonly [string, number])[]) {
    const { entities } = this.#store;
    const labels = new Map<string, string>();
    for (const [value] of top) {
      const name = await entities.nameOf(plan.tenantNo, value);
      if (name !== undefined && name !== value) labels.set(value, name);
    }
    return labels;
  }

  async histogram(
    plan: Plan,
    { interval, timeZone }: { interval: Interval | undefined; timeZone: string },
    signal?: AbortSignal,
  ): Promise<Histogram> {
    const { from, to } = await this.#span(plan);
    const steps = await stepsOf({ from, to, interval, timeZone });
    const counted = await this.#tally(plan, { edges: steps.edges, fields: [] }, signal);
    return { ...histogramOf(steps, counted.tally, timeZone), ...bounds(counted) };
  }

  /** Where the range is open, it begins with the first event and ends behind the last. */
  async #span({ tenantNo, from, to }: Plan): Promise<Range> {
    const isOpen = from === 0 || to === END_OF_TIME_MS;
    const edges = isOpen ? await this.#store.counts.edges(tenantNo) : undefined;
    const start = from === 0 ? (edges?.first ?? 0) : from;
    const end = to === END_OF_TIME_MS ? (edges?.last ?? start) + 1 : to;
    return { from: start, to: Math.max(end, start + 1) };
  }

  async #tally(plan: Plan, spec: TallySpec, signal: AbortSignal | undefined): Promise<Counted> {
    // Only what shows everything may be answered by counts of everything.
    if (plan.query.length === 0 && plan.view.name === ALL.name) {
      const tally = await this.#fromCounts(plan, spec, signal);
      if (tally) return { tally, back: undefined };
    }
    return await this.#fromEvents(plan, spec, signal);
  }

  async #fromEvents(
    plan: Plan,
    spec: TallySpec,
    signal: AbortSignal | undefined,
  ): Promise<Counted> {
    const newestFirst: Plan = { ...plan, order: 'desc' };
    const route = await routeOf(this.#store, newestFirst, 'all');
    const { notices } = route;
    const tally = emptyTally();
    for (const { event, key } of route.tail) addEvent(tally, spec, event, key.occurredAt);
    const started = performance.now();
    let examined = 0;
    const reading = { plan: newestFirst, route, after: undefined, signal };
    for await (const { through, rows } of this.#reader.tallies(reading, spec, tally)) {
      examined += rows;
      const isOver = examined >= BOUNDS.rows || performance.now() - started >= BOUNDS.ms;
      // Of the last millisecond some events may not have been looked at.
      if (isOver && through) return { tally, back: through.occurredAt + 1, notices };
    }
    return { tally, back: undefined, notices };
  }

  /** Undefined if the counts are too far behind, or change faster than they can be read. */
  async #fromCounts(plan: Plan, spec: TallySpec, signal: AbortSignal | undefined) {
    const { tenantNo } = plan;
    const { counts } = this.#store;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      checkSignal(signal);
      const before = await counts.reach(tenantNo);
      if (before.size - before.indexed > TAIL_MOST) return undefined;
      const tally = await this.#sums(plan, spec, before.indexed);
      const after = await counts.reach(tenantNo);
      if (after.indexed !== before.indexed) continue;
      for (const { event, key } of await tailOf(this.#store, plan, before.indexed, before.size)) {
        addEvent(tally, spec, event, key.occurredAt);
      }
      return tally;
    }
    return undefined;
  }

  async #sums(plan: Plan, spec: TallySpec, indexed: number): Promise<Tally> {
    const tally = emptyTally();
    // No event lies outside: counts of empty buckets need not be looked for.
    const edges = await this.#store.counts.edges(plan.tenantNo);
    if (edges === undefined) return tally;
    const range = { from: Math.max(plan.from, edges.first), to: Math.min(plan.to, edges.last + 1) };
    const wanted = range.from < range.to ? range : { from: 0, to: 0 };
    const outer = this.#outer(plan, wanted, edges);
    if (spec.edges.length > 0) await this.#sumBuckets(plan, spec, tally, outer, indexed);
    else await this.#sumTotal(plan, tally, outer, indexed);
    await this.#sumFields(plan, spec.fields, tally, outer, indexed);
    return tally;
  }

  /** Beyond the first and last event a range may as well go to the end of a day. */
  #outer(plan: Plan, range: Range, edges: { first: number; last: number }): Range {
    const from =
      plan.from <= edges.first ? Math.floor(edges.first / LEVELS.day) * LEVELS.day : range.from;
    const to = plan.to > edges.last ? (bucketOf('day', edges.last) + 1) * LEVELS.day : range.to;
    return range.from < range.to ? { from, to } : range;
  }

  async #sumTotal(plan: Plan, tally: Tally, range: Range, indexed: number): Promise<void> {
    const { parts, rest } = coverOf(range, levelsOf('total'));
    for (const part of parts) {
      const sums = await this.#store.counts.byValue(plan.tenantNo, 'total', bucketsOf(part));
      for (const { n } of sums) tally.count += n;
    }
    await this.#addRest(plan, rest, { edges: [], fields: [] }, tally, indexed);
  }

  async #sumFields(
    plan: Plan,
    fields: readonly FacetField[],
    tally: Tally,
    range: Range,
    indexed: number,
  ): Promise<void> {
    const groups = Map.groupBy(fields, (field) => levelsOf(field).join());
    for (const [, group] of groups) {
      const [first] = group;
      if (first === undefined) continue;
      const { parts, rest } = coverOf(range, levelsOf(first));
      const own = emptyTally();
      for (const field of group) {
        const values = facetCounts(own, field);
        for (const part of parts) {
          const sums = await this.#store.counts.byValue(plan.tenantNo, field, bucketsOf(part));
          for (const { value, n } of sums) addTo(values, value, n);
        }
      }
      await this.#addRest(plan, rest, { edges: [], fields: group }, own, indexed);
      for (const field of group) tally.values.set(field, facetCounts(own, field));
    }
  }

  async #sumBuckets(
    plan: Plan,
    spec: TallySpec,
    tally: Tally,
    range: Range,
    indexed: number,
  ): Promise<void> {
    const level = levelsOf('total').find((one) =>
      spec.edges.every((edge) => edge % LEVELS[one] === 0),
    );
    const levels = level ? levelsOf('total').slice(levelsOf('total').indexOf(level)) : [];
    const { parts, rest } = coverOf(range, levels);
    const addAll = async (dimension: Dimension, of: (value: string) => string | undefined) => {
      for (const part of parts) {
        const length = LEVELS[part.level];
        const found = await this.#store.counts.byBucket(plan.tenantNo, dimension, bucketsOf(part));
        for (const { bucket, value, n } of found) {
          addToBucket(tally, bucketAt(spec.edges, bucket * length), of(value), n);
          if (dimension === 'total') tally.count += n;
        }
      }
    };
    await addAll('total', () => undefined);
    await addAll('outcome', (value) => value);
    await this.#addRest(plan, rest, { edges: spec.edges, fields: [] }, tally, indexed);
  }

  /** Counts events of short ranges themselves. */
  async #addRest(
    plan: Plan,
    rest: readonly Range[],
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

const bucketsOf = ({ level, from, to }: Range & { level: Level }) => ({
  level,
  from: bucketOf(level, from),
  to: bucketOf(level, to),
});

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
