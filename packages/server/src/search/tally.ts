/** Counting events by time and by the values they have. Pure: it runs in any thread. */
import type { ReadEvent } from '@annals/contract/event';
import { valuesOf } from '@annals/contract/match';
import { type FacetField, idText } from '@annals/contract/values';
import { type EventBlock, type Lens, rowReader, viewerOf } from '../event-rows.ts';
import { addToCast, type Cast, mergeCast } from './cast.ts';

export interface TallySpec {
  /** Beginnings of the buckets, in order, and the end of the last; empty: no histogram. */
  readonly edges: readonly number[];
  readonly fields: readonly FacetField[];
  /** Whether to collect who and what the events involve. */
  readonly hasCast: boolean;
}
/** How many events; by bucket and outcome; by field and value. */
export interface Tally {
  count: number;
  /** By bucket: all, and by outcome. */
  readonly buckets: Map<number, { count: number; outcomes: Map<string, number> }>;
  readonly values: Map<FacetField, Map<string, number>>;
  readonly cast: Cast;
}

export const emptyTally = (): Tally => ({
  count: 0,
  buckets: new Map(),
  values: new Map(),
  cast: new Map(),
});

export const addTo = <K>(counts: Map<K, number>, key: K, n: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + n);
};

/** The bucket that a moment is in: the last that begins no later; −1 if it is in none. */
export function bucketAt(edges: readonly number[], ms: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) <= ms) low = middle + 1;
    else high = middle;
  }
  return low === edges.length ? -1 : low - 1;
}

export function addToBucket(tally: Tally, bucket: number, outcome: string | undefined, n: number) {
  const entry = tally.buckets.get(bucket) ?? { count: 0, outcomes: new Map<string, number>() };
  if (outcome === undefined) entry.count += n;
  else addTo(entry.outcomes, outcome, n);
  tally.buckets.set(bucket, entry);
}

export const facetCounts = (tally: Tally, field: FacetField): Map<string, number> => {
  const counts = tally.values.get(field) ?? new Map<string, number>();
  tally.values.set(field, counts);
  return counts;
};

/** Characters of a value that count: longer ones count together by their beginning. */
const VALUE_LENGTH = 200;

export function shortValue(value: string): string {
  if (value.length <= VALUE_LENGTH) return value;
  const short = value.slice(0, VALUE_LENGTH);
  return `${short.isWellFormed() ? short : short.slice(0, -1)}…`;
}

/** The values that an event is counted under, each once. Actors: what a query finds them by. */
export function facetValues(event: ReadEvent, field: FacetField): Iterable<string> {
  const { actor } = event;
  const values =
    field === 'actor'
      ? [[idText(actor.id), actor.email, actor.name].find((value) => typeof value === 'string')]
      : valuesOf(event, field);
  const texts: string[] = [];
  for (const value of values) {
    if (typeof value === 'string' && value !== '') texts.push(shortValue(value));
  }
  return texts.length > 1 ? new Set(texts) : texts;
}

/** Counts one event, or several of its kind. */
export function addEvent(
  tally: Tally,
  spec: TallySpec,
  event: ReadEvent,
  occurredAt: number,
  n = 1,
): void {
  tally.count += n;
  if (spec.edges.length > 0) {
    const bucket = bucketAt(spec.edges, occurredAt);
    if (bucket >= 0) {
      addToBucket(tally, bucket, undefined, n);
      if (event.outcome) addToBucket(tally, bucket, event.outcome.result, n);
    }
  }
  if (spec.hasCast) addToCast(tally.cast, event, occurredAt);
  for (const field of spec.fields) {
    const counts = facetCounts(tally, field);
    for (const value of facetValues(event, field)) addTo(counts, value, n);
  }
}

export function tallyBlock(block: EventBlock, lens: Lens, spec: TallySpec, indexed: number): Tally {
  const tally = emptyTally();
  const view = viewerOf(lens);
  const rowAt = rowReader(block);
  for (let number = 0; number < block.count; number++) {
    const row = rowAt(number);
    if (row.sequence >= indexed) continue;
    const event = view(row);
    if (event) addEvent(tally, spec, event, row.occurredAt);
  }
  return tally;
}

/** Adds what another thread has counted. */
export function mergeTally(into: Tally, from: Tally): void {
  into.count += from.count;
  for (const [bucket, { count, outcomes }] of from.buckets) {
    addToBucket(into, bucket, undefined, count);
    for (const [outcome, n] of outcomes) addToBucket(into, bucket, outcome, n);
  }
  mergeCast(into.cast, from.cast);
  for (const [field, values] of from.values) {
    const counts = facetCounts(into, field);
    for (const [value, n] of values) addTo(counts, value, n);
  }
}
