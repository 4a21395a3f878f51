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
import { formatInstant } from '@annals/contract/time';
import { FACET_FIELDS, type FacetField } from '@annals/contract/values';
import { showsAll, showsEvery } from '@annals/contract/view';
import { Fault } from '../fault.ts';
import {
  addList,
  bucketOf,
  type CountedBucket,
  type CountGroup,
  groupOf,
  LEVELS,
  type Level,
  levelsOf,
  type Store,
  type TimeRange,
} from '../store/store.ts';
import { type Steps, stepsOf } from './calendar.ts';
import { namesInCast } from './cast.ts';
import { activityIn, type Plan } from './plan.ts';
import { BY_TIME, type Counted, checkSignal, type Reader, TAIL_MOST, tailOf } from './read.ts';
import { END_OF_TIME_MS } from './rules.ts';
import {
  addEvent,
  addToBucket,
  bucketAt,
  emptyTally,
  facetCounts,
  type Tally,
  type TallySpec,
} from './tally.ts';

/** Whole buckets of a level, and what of a range they leave over. */
interface Cover {
  readonly parts: readonly (TimeRange & { readonly level: Level })[];
  readonly rest: readonly TimeRange[];
}

const READ_ROWS = 1_000;
const COUNT_ONLY: TallySpec = { edges: [], fields: [], hasCast: false };

/** Buckets as long as possible over a range, shorter ones at its ends. */
export function coverOf({ from, to }: TimeRange, levels: readonly Level[]): Cover {
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

  constructor(store: Store, reader: Reader) {
    this.#store = store;
    this.#reader = reader;
  }

  async count(plan: Plan, signal?: AbortSignal): Promise<EventCount> {
    const counted = await this.#tally(plan, COUNT_ONLY, signal);
    return { count: counted.tally.count, ...bounds(counted) };
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

  async #tally(plan: Plan, spec: TallySpec, signal: AbortSignal | undefined): Promise<Counted> {
    // Only what shows every event may be answered by counts of all of them.
    const mayCount = plan.query.length === 0 && showsEvery(plan.view);
    const isShown = showsAll(plan.view) || !spec.fields.includes('actor');
    const tally = mayCount && isShown ? await this.#fromCounts(plan, spec, signal) : undefined;
    const counted = tally
      ? { tally, back: undefined, notices: [] }
      : await this.#reader.count(plan, spec, signal);
    return { ...counted, notices: [...plan.notices, ...counted.notices] };
  }

  /** Undefined if the counts are too far behind. */
  async #fromCounts(plan: Plan, spec: TallySpec, signal: AbortSignal | undefined) {
    const covers = specsOf(spec).map(({ group, part }) => {
      return { group, part, ...coverOf(plan, levelsFor(group, part.edges)) };
    });
    const ranges = covers.flatMap(({ group, parts }) =>
      parts.map((part) => ({ group, ...bucketsOf(part) })),
    );
    const { size, indexed, counted } = await this.#store.counts.read(plan.tenantNo, ranges);
    checkSignal(signal);
    if (size - indexed > TAIL_MOST) return undefined;
    const tally = emptyTally();
    for (const entry of counted) addCounted(tally, spec, entry);
    for (const { rest, part } of covers) await this.#addRest(plan, rest, part, tally, indexed);
    for (const { event, key } of await tailOf(this.#store, plan, indexed, size)) {
      addEvent(tally, spec, event, key.occurredAt);
    }
    return tally;
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

/**
 * What of a tally is counted in which group. The number of events comes with their times, and not
 * at all where only values are asked for.
 */
function specsOf({ edges, fields }: TallySpec): { group: CountGroup; part: TallySpec }[] {
  const groups = Map.groupBy(fields, groupOf);
  if (fields.length === 0) groups.set('time', []);
  return [...groups].map(([group, of]) => {
    return { group, part: { ...COUNT_ONLY, edges: group === 'time' ? edges : [], fields: of } };
  });
}

/** The longest buckets of which each lies between two edges, and shorter ones. */
function levelsFor(group: CountGroup, edges: readonly number[]): readonly Level[] {
  const levels = levelsOf(group);
  const first = levels.findIndex((level) => edges.every((edge) => edge % LEVELS[level] === 0));
  return first === -1 ? [] : levels.slice(first);
}

const bucketsOf = ({ level, from, to }: TimeRange & { level: Level }) => ({
  level,
  from: bucketOf(level, from),
  to: bucketOf(level, to),
});

function addCounted(tally: Tally, { edges, fields }: TallySpec, entry: CountedBucket): void {
  const { level, bucket, counts } = entry;
  const wanted = new Map<string, Map<string, number>>(
    fields.map((field) => [field, facetCounts(tally, field)]),
  );
  const at = bucketAt(edges, bucket * LEVELS[level]);
  for (const list of counts) {
    const [dimension, values, numbers] = list;
    const sums = wanted.get(dimension);
    if (sums) addList(sums, list);
    if (dimension !== 'total' && dimension !== 'outcome') continue;
    for (const [index, value] of values.entries()) {
      const n = numbers[index] ?? 0;
      const outcome = dimension === 'outcome' ? value : undefined;
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
