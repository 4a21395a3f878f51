/**
 * A change of stored events is prepared: what stays of each event, and what of the indexes is
 * taken back and added, by deriving it twice: as the events were and as they will be. Nothing is
 * stored here. Whoever calls it lets nobody else derive until it is stored or given up.
 */
import type { ReadEvent, StoredEvent } from '@annals/contract/event';
import { kindText } from '@annals/contract/kinds';
import { type ClassPolicy, eraseValues } from '@annals/contract/leaf';
import { UNITS } from '@annals/contract/match';
import { anyCovers, type RevisionAsked, type Taking } from '../revision.ts';
import {
  addCounts,
  type CountRow,
  type Cursor,
  type FollowerStore,
  type LedgerRow,
  OTHER_KIND,
  PLACES_MOST,
  type ValueCounts,
  type WriteStep,
} from '../store/store.ts';
import { Derivation, isKindKept, KnownNames, unitsOf } from './derive.ts';
import { entityChanges, type Part, type Touched } from './entity-changes.ts';
import { type Involved, involved } from './involved.ts';
import type { NewNumber, Numbering } from './numbering.ts';
import { Remaining } from './remaining.ts';

/** Events read at once. */
const READ_EVENTS = 100;
/** Characters of the documents of one batch: large events make small batches. */
const BATCH_CHARACTERS = 2_000_000;
/** Events in which common words are found, so that they need not be looked up. */
const SAMPLE_EVENTS = 200;

export interface Prepared {
  readonly removed: number[];
  readonly erased: number[];
  readonly held: number[];
  /** How many of the changes it is about, counted from the first. */
  readonly taken: number;
  /** To be stored in the ledger's database. */
  readonly steps: readonly WriteStep[];
  /** To be stored afterwards, where the indexes have a file of their own. */
  readonly later: readonly WriteStep[];
}

/** An event that loses something. */
interface Changed {
  readonly sequence: number;
  readonly occurredAt: number;
  readonly before: ReadEvent;
  /** Undefined: it is removed. */
  readonly after: { readonly event: ReadEvent; readonly secret: string } | undefined;
}

/** Undefined: there is nothing to take. */
function changeOf(row: LedgerRow, take: Taking, policy: ClassPolicy): Changed | undefined {
  const { sequence, occurredAt } = row;
  // A stored document was checked on its way in and is bound by its leaf.
  const before = JSON.parse(row.document) as StoredEvent & ReadEvent;
  if (take === 'event') return { sequence, occurredAt, before, after: undefined };
  const paths = take === 'personal' ? 'all' : new Set(take);
  const { event, secret } = eraseValues(before, policy, row.secret, paths);
  if (event === before) return undefined;
  return { sequence, occurredAt, before, after: { event: event as ReadEvent, secret } };
}

interface Chosen {
  readonly changed: Changed[];
  readonly held: number[];
  readonly taken: number;
}

/** Reads the events of the first changes, as many as make up a batch. */
async function choose({ ledger }: FollowerStore, asked: RevisionAsked): Promise<Chosen> {
  const covers = anyCovers(asked.covering);
  const policies = await ledger.policies();
  const changed: Changed[] = [];
  const held: number[] = [];
  let [taken, characters] = [0, 0];
  while (taken < asked.changes.length && characters < BATCH_CHARACTERS) {
    const some = asked.changes.slice(taken, taken + READ_EVENTS);
    taken += some.length;
    const takings = new Map(some.map(({ sequence, take }) => [sequence, take]));
    for (const row of await ledger.rows(asked.tenantNo, [...takings.keys()])) {
      const take = takings.get(row.sequence);
      if (row.isRemoved || take === undefined) continue;
      const policy = policies.get(row.policy);
      if (policy === undefined) throw new Error(`there is no class policy ${row.policy}`);
      characters += row.document.length;
      if (covers(JSON.parse(row.document) as ReadEvent)) {
        held.push(row.sequence);
        continue;
      }
      const change = changeOf(row, take, policy);
      if (change) changed.push(change);
    }
  }
  return { changed, held, taken };
}

/** An event with what it involves. */
interface Seen {
  readonly event: ReadEvent;
  readonly sequence: number;
  readonly occurredAt: number;
  readonly parts: readonly Involved[];
}

const seenOf = (event: ReadEvent, { sequence, occurredAt }: Changed): Seen => ({
  ...{ event, sequence, occurredAt },
  parts: involved(event),
});

interface Numbers {
  readonly entities: ReadonlyMap<string, number>;
  readonly kinds: ReadonlyMap<string, number>;
  readonly freshKinds: readonly NewNumber[];
}

function partsOf(events: readonly Seen[], { entities }: Numbers) {
  const parts = new Map<number, { key: string; parts: Part[] }>();
  for (const { event, sequence, occurredAt, parts: of } of events) {
    for (const part of of) {
      const entity = entities.get(part.key) ?? 0;
      const known = parts.get(entity) ?? { key: part.key, parts: [] };
      known.parts.push({ part, event, sequence, occurredAt });
      parts.set(entity, known);
    }
  }
  return parts;
}

function touchedOf(before: readonly Seen[], after: readonly Seen[], numbers: Numbers): Touched[] {
  const [was, is] = [partsOf(before, numbers), partsOf(after, numbers)];
  return [...new Set([...was.keys(), ...is.keys()])].map((entity) => {
    const [one, other] = [was.get(entity), is.get(entity)];
    const key = (one ?? other)?.key ?? '';
    return { entity, key, before: one?.parts ?? [], after: other?.parts ?? [] };
  });
}

/** Counts of the one without those of the other. */
function difference(after: readonly CountRow[], before: readonly CountRow[]): CountRow[] {
  const keyOf = ({ group, level, bucket, segment }: CountRow) =>
    `${group} ${level} ${bucket} ${segment}`;
  const rows = new Map<string, CountRow>();
  const add = (row: CountRow, counts: ValueCounts) => {
    const known = rows.get(keyOf(row)) ?? { ...row, counts: new Map() };
    rows.set(keyOf(row), known);
    addCounts(known.counts, counts);
  };
  for (const row of after) add(row, row.counts);
  for (const row of before) {
    const negative = [...row.counts].map(
      ([dimension, values]) =>
        [dimension, new Map([...values].map(([value, n]) => [value, -n] as const))] as const,
    );
    add(row, new Map(negative));
  }
  return [...rows.values()];
}

/** Units of words that may hold personal values. */
const OWN_UNITS = (['names', 'values', 'personal'] as const).map((unit) => UNITS.indexOf(unit));

/** Words that hold something of a person and of which it is unsure whether an event has them. */
function doubtfulWords(changed: readonly Changed[], sample: readonly ReadEvent[]): string[] {
  const words = new Set<string>();
  for (const { before } of changed) {
    const units = unitsOf(before);
    for (const unit of OWN_UNITS) for (const word of units[unit] ?? []) words.add(word);
  }
  const left = [...changed.flatMap(({ after }) => (after ? [after.event] : [])), ...sample];
  for (const event of left) {
    for (const unit of unitsOf(event)) for (const word of unit) words.delete(word);
  }
  return [...words];
}

interface Parts {
  readonly store: FollowerStore;
  readonly entities: Numbering;
  readonly kinds: Numbering;
}

export class Rederiving {
  readonly #store: FollowerStore;
  readonly #entities: Numbering;
  readonly #kinds: Numbering;
  readonly #asked: RevisionAsked;
  readonly #cursor: Cursor;

  constructor({ store, entities, kinds }: Parts, asked: RevisionAsked, cursor: Cursor) {
    this.#store = store;
    this.#entities = entities;
    this.#kinds = kinds;
    this.#asked = asked;
    this.#cursor = cursor;
  }

  async prepare(): Promise<Prepared> {
    const { changed, held, taken } = await choose(this.#store, this.#asked);
    const removed = changed.filter(({ after }) => !after).map(({ sequence }) => sequence);
    const erased = changed.filter(({ after }) => after).map(({ sequence }) => sequence);
    const found = { removed, erased, held, taken };
    if (changed.length === 0) return { ...found, steps: [], later: [] };
    const { tenantNo, revision, holds } = this.#asked;
    const ledger = this.#store.ledger.revision({
      ...{ tenantNo, revision, holds, removed },
      erased: changed.flatMap(({ sequence, after }) =>
        after ? [{ sequence, document: JSON.stringify(after.event), secret: after.secret }] : [],
      ),
    });
    const index = await this.#rederive(changed);
    // Nobody may wait at the log's head while indexes are written, so it comes last.
    return this.#store.derived.isApart
      ? { ...found, steps: ledger, later: index }
      : { ...found, steps: [...index, ...ledger], later: [] };
  }

  async #rederive(all: readonly Changed[]): Promise<WriteStep[]> {
    const { tenantNo, revision } = this.#asked;
    const { sequence: cursor } = this.#cursor;
    const { derived } = this.#store;
    // What the indexes do not have yet they will read as it is then.
    const changed = all.filter(({ sequence }) => sequence < cursor);
    const before = changed.map((one) => seenOf(one.before, one));
    const after = changed.flatMap((one) => (one.after ? [seenOf(one.after.event, one)] : []));
    const numbers = await this.#number([...before, ...after]);
    const remaining = new Remaining(
      this.#store,
      tenantNo,
      new Set(changed.map(({ sequence }) => sequence)),
    );
    const touched = touchedOf(before, after, numbers);
    const changes = await entityChanges(this.#store, tenantNo, touched, remaining);
    const goneWords = await this.#goneWords(changed, remaining);
    const was = this.#derivation(before, numbers, () => []);
    const is = this.#derivation(after, numbers, derived.encode);
    is.addKinds(tenantNo, numbers.freshKinds);
    const known = await derived.entityRows(
      tenantNo,
      touched.map(({ entity }) => entity),
    );
    const stored = new Set(known.map(({ entity }) => entity));
    const fresh = is.entities.filter(({ entity }) => !stored.has(entity));
    return await derived.rederivation({
      ...{ tenantNo, cursor, revision, goneWords },
      ...{ gone: was.entries, left: is.entries, kinds: is.kinds, names: is.names },
      counts: difference(is.counts, was.counts),
      ...changes,
      entities: [...changes.entities, ...fresh],
    });
  }

  async #number(events: readonly Seen[]): Promise<Numbers> {
    const { tenantNo } = this.#asked;
    const keys = events.flatMap(({ parts }) => parts.map(({ key }) => key));
    const entities = await this.#entities.number(tenantNo, keys);
    const texts = events.map(({ event }) => kindText(event)).filter(isKindKept);
    const kinds = await this.#kinds.number(tenantNo, texts);
    return { entities: entities.numbers, kinds: kinds.numbers, freshKinds: kinds.fresh };
  }

  #derivation(
    events: readonly Seen[],
    { entities, kinds }: Numbers,
    encode: FollowerStore['derived']['encode'],
  ): Derivation {
    const derivation = new Derivation(new KnownNames(), encode);
    for (const { event, sequence, occurredAt, parts } of events) {
      derivation.add(event, parts, {
        place: { tenantNo: this.#asked.tenantNo, sequence, occurredAt },
        kind: kinds.get(kindText(event)) ?? OTHER_KIND,
        numberOf: (key) => entities.get(key) ?? 0,
      });
    }
    return derivation;
  }

  /** Words of the vocabulary, where there is one, that are in no event any more. */
  async #goneWords(changed: readonly Changed[], remaining: Remaining): Promise<string[]> {
    const { derived } = this.#store;
    if (derived.isApart || changed.length === 0) return [];
    const { tenantNo } = this.#asked;
    const sequences = changed.map(({ sequence }) => sequence);
    const isChanged = new Set(sequences);
    const newest = Math.max(0, this.#cursor.sequence - SAMPLE_EVENTS);
    const sample = Array.from({ length: SAMPLE_EVENTS }, (_, index) => newest + index).filter(
      (sequence) => sequence < this.#cursor.sequence && !isChanged.has(sequence),
    );
    const common = await remaining.events(sample);
    const events = sample.flatMap((sequence) => {
      const known = common.get(sequence);
      return known ? [known.event] : [];
    });
    const found = await derived.lostWords(tenantNo, doubtfulWords(changed, events), sequences);
    const doubtful = found.filter(({ places }) => places.length < PLACES_MOST);
    const looked = await remaining.events(doubtful.flatMap(({ places }) => places));
    return doubtful
      .filter(({ word, places }) =>
        places.every((place) => {
          const known = looked.get(place);
          return !known || !unitsOf(known.event).some((unit) => unit.includes(word));
        }),
      )
      .map(({ word }) => word);
  }
}
