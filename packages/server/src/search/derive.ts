/**
 * What the indexes keep of an event: who and what it involves, under which names; in which counts
 * it is; its words. Pure but for the numbers of entities, which the caller gives.
 */
import type { ReadEvent } from '@annals/contract/event';
import { addressWords } from '@annals/contract/ip';
import { textsOf, UNITS } from '@annals/contract/match';
import { isOwn } from '@annals/contract/view';
import { wordsOf } from '@annals/contract/words';
import {
  addCount,
  addCounts,
  bucketOf,
  type CountGroup,
  type CountRow,
  type EncodeWords,
  type EntityRow,
  type EventEntry,
  LEVELS,
  type Level,
  levelsOf,
  type NameRow,
  type NewKind,
  type Party,
  type Place,
  segmentOf,
} from '../store/store.ts';
import { foldedName, type Involved, nameStarts, see, seeOwn, unseen } from './involved.ts';
import { digestOf, type NewNumber } from './numbering.ts';
import { facetValues } from './tally.ts';

/** Names are told to the table once, and again when they are seen so much later, in ms. */
export const NAMES_AGAIN_MS = 30 * 24 * 3_600_000;
const ENTITIES_KEPT = 50_000;
/** Kinds with longer texts are not kept apart. */
const KIND_LENGTH = 1_000;
export const isKindKept = ({ length }: string): boolean => length <= KIND_LENGTH;
/** Texts of an entity that are remembered: some alternate between two names. */
const TEXTS_OF_ENTITY = 8;

/** One number for tenant and entity: quicker to look up than a text. */
const entityKey = (tenantNo: number, entity: number): number => tenantNo * 2 ** 32 + entity;

/** Names that the table has: most events name what was named before. */
export class KnownNames {
  /** Texts, and for which moment the table was told of each. */
  readonly #seen = new Map<number, readonly { readonly text: string; readonly at: number }[]>();

  /**
   * Those of the texts that the table must be told of at this moment: so none was seen later than
   * NAMES_AGAIN_MS after what the table has.
   */
  fresh(key: number, texts: readonly string[], occurredAt: number): readonly string[] {
    const told = this.#seen.get(key) ?? [];
    const isKnown = (text: string) =>
      told.some((one) => one.text === text && occurredAt < one.at + NAMES_AGAIN_MS);
    const fresh = texts.filter((text) => text !== '' && !isKnown(text));
    if (fresh.length === 0) return fresh;
    // All at once: what is common is soon there again.
    if (this.#seen.size >= ENTITIES_KEPT) this.#seen.clear();
    const others = told.filter(({ text }) => !fresh.includes(text));
    const now = fresh.map((text) => ({ text, at: occurredAt }));
    this.#seen.set(key, [...now, ...others].slice(0, TEXTS_OF_ENTITY));
    return fresh;
  }

  clear(): void {
    this.#seen.clear();
  }
}

/** Where an event is, and the numbers of what it is and names. */
interface Numbers {
  readonly place: Place;
  readonly kind: number;
  /** Of an entity, by its key. */
  readonly numberOf: (key: string) => number;
}

/** Merges what the events of a batch say of the same thing. */
export class Derivation {
  readonly entries: EventEntry[] = [];
  readonly kinds: NewKind[] = [];
  /** Of the documents that were read for it. */
  characters = 0;
  readonly #entities = new Map<number, EntityRow>();
  readonly #names = new Map<string, NameRow>();
  /** By the shortest buckets; longer ones are their sums. */
  readonly #counts = new Map<string, CountRow>();
  readonly #known: KnownNames;
  readonly #encode: EncodeWords;

  constructor(known: KnownNames, encode: EncodeWords) {
    this.#known = known;
    this.#encode = encode;
  }

  get entities(): EntityRow[] {
    return [...this.#entities.values()];
  }
  get names(): NameRow[] {
    return [...this.#names.values()];
  }
  get counts(): CountRow[] {
    const rows = new Map<string, CountRow>();
    for (const { tenantNo, group, level, bucket, segment, counts } of this.#counts.values()) {
      const ms = bucket * LEVELS[level];
      for (const longer of levelsOf(group)) {
        addCounts(countsAt(rows, { tenantNo, group, segment }, longer, ms), counts);
      }
    }
    return [...rows.values()];
  }

  addKinds(tenantNo: number, fresh: readonly NewNumber[]): void {
    for (const { number, key, digest } of fresh) {
      this.kinds.push({ tenantNo, kind: number, digest, text: key });
    }
  }

  add(event: ReadEvent, parts: readonly Involved[], { place, kind, numberOf }: Numbers): void {
    const parties: Party[] = [];
    for (const part of parts) {
      const entity = numberOf(part.key);
      parties.push({ entity, role: part.role });
      this.#addEntity(event, place, part, entity);
      const key = entityKey(place.tenantNo, entity);
      const texts = [...part.names, ...part.emails, part.id];
      for (const name of this.#known.fresh(key, texts, place.occurredAt)) {
        this.#addName(place, entity, name, part.names.includes(name));
      }
    }
    this.#count(event, place, kind);
    const words = this.#encode(place, parties, unitsOf(event));
    this.entries.push({ ...place, kind, parties, words });
  }

  #addEntity(event: ReadEvent, place: Place, part: Involved, entity: number): void {
    const { tenantNo, occurredAt } = place;
    const key = entityKey(tenantNo, entity);
    const { type, id } = part;
    const row = this.#entities.get(key) ?? {
      ...{ tenantNo, entity, digest: digestOf(part.key), type, id },
      ...unseen(),
    };
    this.#entities.set(key, row);
    if (isOwn(event)) seeOwn(row, part, occurredAt);
    else see(row, part, event, occurredAt);
  }

  #addName({ tenantNo, occurredAt }: Place, entity: number, name: string, hasWords: boolean) {
    const starts = hasWords ? nameStarts(name) : [foldedName(name)];
    for (const [index, folded] of starts.entries()) {
      const key = `${tenantNo} ${entity} ${folded}`;
      const known = this.#names.get(key);
      if (known) known.lastSeen = Math.max(known.lastSeen, occurredAt);
      const isWhole = index === 0 ? 1 : 0;
      if (known && known.isWhole >= isWhole) continue;
      const lastSeen = known?.lastSeen ?? occurredAt;
      this.#names.set(key, { tenantNo, folded, entity, isWhole, name, lastSeen });
    }
  }

  #count(event: ReadEvent, { tenantNo, sequence, occurredAt }: Place, kind: number): void {
    const segment = segmentOf(sequence);
    const countsOf = (group: CountGroup) =>
      countsAt(this.#counts, { tenantNo, group, segment }, shortestOf(group), occurredAt);
    addCount(countsOf('kind'), 'kind', kind, 1);
    // Views that show the log's own events count by kind.
    if (isOwn(event)) return;
    const byTime = countsOf('time');
    addCount(byTime, 'total', '', 1);
    for (const value of facetValues(event, 'outcome')) addCount(byTime, 'outcome', value, 1);
    for (const value of facetValues(event, 'actor')) addCount(countsOf('actor'), 'actor', value, 1);
  }
}

/** Longer buckets are the sums of the shortest. */
const shortestOf = (group: CountGroup): Level => levelsOf(group).at(-1) ?? 'day';

/** The counts of the bucket that a moment is in. */
function countsAt(
  rows: Map<string, CountRow>,
  of: { readonly tenantNo: number; readonly group: CountGroup; readonly segment: number },
  level: Level,
  ms: number,
) {
  const bucket = bucketOf(level, ms);
  const key = `${of.tenantNo} ${of.group} ${level} ${bucket} ${of.segment}`;
  const row = rows.get(key) ?? { ...of, level, bucket, counts: new Map() };
  rows.set(key, row);
  return row.counts;
}

/** Texts that many events have, such as browsers and actions, are cut into words once. */
const wordsKept = new Map<string, readonly string[]>();
const TEXTS_KEPT = 5_000;
const TEXT_KEPT_LENGTH = 200;

function keptWords(text: string): readonly string[] {
  if (text.length > TEXT_KEPT_LENGTH) return wordsOf(text);
  const kept = wordsKept.get(text);
  if (kept !== undefined) return kept;
  // All at once: what is common is soon there again.
  if (wordsKept.size >= TEXTS_KEPT) wordsKept.clear();
  const words = wordsOf(text);
  wordsKept.set(text, words);
  return words;
}

/** Distinct words of an event, one list a unit. */
export function unitsOf(event: ReadEvent): string[][] {
  const texts = textsOf(event);
  const { ip } = event.context ?? {};
  return UNITS.map((unit) => {
    const words = new Set<string>();
    for (const text of texts[unit]) {
      for (const word of keptWords(String(text))) words.add(word);
    }
    if (unit === 'personal' && typeof ip === 'string') {
      for (const word of addressWords(ip)) words.add(word);
    }
    return [...words];
  });
}
