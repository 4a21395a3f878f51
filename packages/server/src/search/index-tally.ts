/**
 * Tallies of what followers keep, exact at any size: from counts of all events or of kinds of them,
 * and from facts of each event where no count fits. For questions about plain fields and actors.
 */
import { asksPlain } from '@annals/contract/kinds';
import { showsEvery, showsWhole } from '@annals/contract/view';
import { lookOf } from '../event-rows.ts';
import {
  type CountedBucket,
  type CountGroup,
  LEVELS,
  type Store,
  type TimeRange,
} from '../store/store.ts';
import {
  type ActorTest,
  ANYBODY,
  actorTest,
  type PlainQuestion,
  plainQuestion,
  surelyCalled,
} from './actors.ts';
import { bucketsOf, coverOf } from './cover.ts';
import { KindSums } from './kind-sums.ts';
import { Kinds } from './kinds.ts';
import { decidingLens } from './lenses.ts';
import type { Plan } from './plan.ts';
import { checkSignal, TAIL_MOST, tailOf } from './read.ts';
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

/** What of a tally is read from which counts; undefined: from facts alone. */
interface Part {
  readonly group: CountGroup | undefined;
  readonly spec: TallySpec;
}

/** What followers keep that tells a tally; undefined if nothing does. */
function partsOf(
  { query, view }: Plan,
  question: PlainQuestion,
  spec: TallySpec,
): readonly Part[] | undefined {
  const { fields } = spec;
  const hasActor = fields.includes('actor');
  // Other views show of an actor what is different in each event.
  if ((hasActor || question.actors.length > 0) && !showsWhole(view)) return undefined;
  // Only what shows every event may be answered by counts of all of them, but for the log's own.
  if (query.length === 0 && showsEvery(view) && !view.hasOwn) {
    if (fields.length === 0) return [{ group: 'time', spec }];
    const ofKind = fields.filter((field) => field !== 'actor');
    return [
      ...(hasActor ? [{ group: 'actor', spec: { ...spec, fields: ['actor'] } } as const] : []),
      ...(ofKind.length > 0 ? [{ group: 'kind', spec: { ...spec, fields: ofKind } } as const] : []),
    ];
  }
  if (!asksPlain(view.rows) || view.subject) return undefined;
  return [{ group: hasActor || question.actors.length > 0 ? undefined : 'kind', spec }];
}

/** Where a part is read: ranges of buckets, and what these leave over. */
function placesOf({ from, to }: TimeRange, { group, spec }: Part) {
  if (group === undefined) return { group, spec, ranges: [], rest: [{ from, to }] };
  const { parts, rest } = coverOf({ from, to }, spec.edges, group);
  return { group, spec, ranges: parts.map((part) => bucketsOf(group, part)), rest };
}

const asksOfKinds = ({ group, rest }: ReturnType<typeof placesOf>): boolean =>
  group === 'kind' || rest.length > 0;

export class IndexTally {
  readonly #store: Store;
  readonly #kinds: Kinds;

  constructor(store: Store) {
    this.#store = store;
    this.#kinds = new Kinds(store);
  }

  /** Undefined if what followers keep does not tell it. */
  async tally(
    plan: Plan,
    spec: TallySpec,
    signal: AbortSignal | undefined,
  ): Promise<Tally | undefined> {
    const question = plainQuestion(plan.query);
    const parts = question && partsOf(plan, question, spec);
    if (!parts) return undefined;
    const { tenantNo } = plan;
    const { counts, entities } = this.#store;
    const places = parts.map((part) => placesOf(plan, part));
    const ranges = places.flatMap((place) => place.ranges);
    const { size, indexed, generation, kinds, counted } = await counts.read(tenantNo, ranges);
    checkSignal(signal);
    if (size - indexed > TAIL_MOST) return undefined;
    // Found after the reach was read, so that names of all that is indexed are known.
    const acts = await actorTest(entities, { tenantNo, size }, question.actors);
    if (acts === undefined) return undefined;
    const hasRest = places.some(({ rest }) => rest.length > 0);
    const asksKinds = places.some(asksOfKinds);
    const events = asksKinds ? await this.#kinds.of(tenantNo, generation, kinds) : [];
    if (events === undefined) return undefined;
    const tally = emptyTally();
    const look = lookOf(decidingLens({ ...plan, query: question.query }));
    for (const place of places) {
      const { group, spec, rest } = place;
      const entries = counted.filter((entry) => entry.group === group);
      const sums = new KindSums(asksOfKinds(place) ? events : [], look, spec);
      if (group === 'kind') for (const entry of entries) sums.addCounts(entry);
      else for (const entry of entries) addCounted(tally, spec, entry);
      for (const range of rest) {
        await this.#addFacts(sums, { tenantNo, spec, range, indexed, acts }, signal);
      }
      if (!sums.isWhole) return undefined;
      sums.addTo(tally);
      await this.#addActors(tenantNo, sums.actors, tally);
    }
    // Facts that were read by now may be those of another index.
    if (hasRest && (await counts.reach(tenantNo)).generation !== generation) return undefined;
    for (const { event, key } of await tailOf(this.#store, plan, indexed, size)) {
      for (const part of parts) addEvent(tally, part.spec, event, key.occurredAt);
    }
    return tally;
  }

  async #addFacts(
    sums: KindSums,
    of: {
      readonly tenantNo: number;
      readonly spec: TallySpec;
      readonly range: TimeRange;
      readonly indexed: number;
      readonly acts: ActorTest;
    },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { tenantNo, spec, range, indexed, acts } = of;
    const hasActor = spec.fields.includes('actor');
    const wants = { actors: hasActor || acts !== ANYBODY, times: spec.edges.length > 0 };
    for await (const part of this.#store.facts.read(tenantNo, range, wants)) {
      checkSignal(signal);
      sums.addFacts(part, { range, end: indexed, acts });
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
      // As `facetValues` of its events.
      addTo(values, shortValue(surelyCalled(found)), actors[found.entity] ?? 0);
    }
  }
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
