/**
 * What the indexes keep of an event: who and what it involves, under which names; in which counts
 * it is; its words. Pure but for the numbers of entities, which the caller gives.
 */
import { hash } from 'node:crypto';
import type { ReadEvent } from '@annals/contract/event';
import { addressWords } from '@annals/contract/ip';
import { textsOf, UNITS } from '@annals/contract/match';
import { FACET_FIELDS } from '@annals/contract/values';
import { fold, wordsOf } from '@annals/contract/words';
import {
  bucketOf,
  type CountRow,
  type Dimension,
  type EncodeWords,
  type EntityRow,
  type EventEntry,
  levelsOf,
  type NameRow,
  NEVER,
  PARTY_ROLES,
  type Party,
  type Place,
} from '../store/store.ts';
import { facetValues } from './tally.ts';

const DIGEST_BYTES = 16;
/** Characters of a name that are compared: longer ones are compared in whole by the projection. */
export const FOLDED_LENGTH = 200;
/** Words inside a name by which it is found too. */
const NAME_STARTS = 6;

type Role = keyof typeof PARTY_ROLES;
interface Part {
  readonly type: string;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly email?: unknown;
}

/** An entity as an event names it. */
export interface Involved {
  /** Type and id, or the name of what has no id: the same for the same thing. */
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Bits of PARTY_ROLES. */
  role: number;
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Who and what an event involves, each once with all its roles. */
export function involved(event: ReadEvent): Involved[] {
  const found = new Map<string, Involved>();
  const add = (part: Part, role: Role) => {
    const [id, name, email] = [plain(part.id), plain(part.name), plain(part.email)];
    const known = id === '' ? `\n${email || name}` : id;
    if (known === '\n') return;
    const key = `${part.type}\n${known}`;
    const entry = found.get(key) ?? { key, type: part.type, id, name, email, role: 0 };
    entry.role |= PARTY_ROLES[role];
    found.set(key, entry);
  };
  add(event.actor, 'actor');
  for (const part of event.on_behalf_of ?? []) add(part, 'on_behalf_of');
  for (const part of event.targets ?? []) add(part, part.role ?? 'primary');
  return [...found.values()];
}

export const digestOf = (key: string): Uint8Array =>
  hash('sha256', key, 'buffer').subarray(0, DIGEST_BYTES);

/** A name as the table of names has it. */
export const foldedName = (name: string): string => {
  const folded = fold(name).slice(0, FOLDED_LENGTH);
  return folded.isWellFormed() ? folded : folded.slice(0, -1);
};

/** The whole name, and what it looks like from each further word on. */
function nameStarts(name: string): string[] {
  const folded = foldedName(name);
  const starts = [folded];
  for (const { index } of folded.matchAll(/(?<=[^\p{L}\p{N}\p{M}])[\p{L}\p{N}]/gu)) {
    if (starts.length > NAME_STARTS) break;
    starts.push(folded.slice(index));
  }
  return starts;
}

/** Names are told to the table once, and again when they are seen so much later, in ms. */
const NAME_AGAIN_MS = 24 * 3_600_000;
const NAMES_KEPT = 50_000;

/** Names that the table has: most events name what was named before. */
export class KnownNames {
  readonly #seen = new Map<string, number>();

  /** Whether the table need not be told of a name at this moment. */
  seen(key: string, occurredAt: number): boolean {
    const last = this.#seen.get(key);
    if (last !== undefined && occurredAt < last + NAME_AGAIN_MS) return true;
    // All at once: what is common is soon there again.
    if (this.#seen.size >= NAMES_KEPT) this.#seen.clear();
    this.#seen.set(key, occurredAt);
    return false;
  }

  clear(): void {
    this.#seen.clear();
  }
}

/** Merges what the events of a batch say of the same thing. */
export class Derivation {
  readonly entries: EventEntry[] = [];
  /** Of the documents that were read for it. */
  characters = 0;
  readonly #entities = new Map<string, EntityRow>();
  readonly #names = new Map<string, NameRow>();
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
    return [...this.#counts.values()];
  }

  /** `numberOf` answers the entity's number by its key. */
  add(
    event: ReadEvent,
    place: Place,
    parts: readonly Involved[],
    numberOf: (key: string) => number,
  ) {
    const parties: Party[] = [];
    for (const part of parts) {
      const entity = numberOf(part.key);
      parties.push({ entity, role: part.role });
      this.#addEntity(event, place, part, entity);
      for (const name of new Set([part.name, part.email, part.id])) {
        if (name !== '') this.#addName(place, entity, name, name === part.name);
      }
    }
    this.#count(place, 'total', '');
    for (const field of FACET_FIELDS) {
      for (const value of facetValues(event, field)) this.#count(place, field, value);
    }
    this.entries.push({ ...place, parties, words: this.#encode(place, parties, unitsOf(event)) });
  }

  #addEntity(event: ReadEvent, place: Place, part: Involved, entity: number): void {
    const { tenantNo, occurredAt } = place;
    const key = `${tenantNo} ${entity}`;
    const { type, id, name, email, role } = part;
    let row = this.#entities.get(key);
    if (row === undefined) {
      const never = { namedAt: NEVER, emailedAt: NEVER, actedAt: NEVER, touchedAt: NEVER };
      const ends = { createdAt: NEVER, deletedAt: NEVER };
      const digest = digestOf(part.key);
      const fresh = { tenantNo, entity, digest, type, id, name: '', email: '' };
      row = { ...fresh, ...never, ...ends, firstSeen: occurredAt, events: 0 };
      this.#entities.set(key, row);
    }
    row.events++;
    row.firstSeen = Math.min(row.firstSeen, occurredAt);
    if (name !== '' && occurredAt >= row.namedAt) {
      row.name = name;
      row.namedAt = occurredAt;
    }
    if (email !== '' && occurredAt >= row.emailedAt) {
      row.email = email;
      row.emailedAt = occurredAt;
    }
    const { actor, on_behalf_of, primary } = PARTY_ROLES;
    const isActing = (role & (actor | on_behalf_of)) !== 0;
    if (isActing) row.actedAt = Math.max(row.actedAt, occurredAt);
    if ((role & ~(actor | on_behalf_of)) !== 0) {
      row.touchedAt = Math.max(row.touchedAt, occurredAt);
    }
    const result = event.outcome?.result ?? 'success';
    if ((role & primary) === 0 || result !== 'success') return;
    if (event.operation === 'create') row.createdAt = Math.max(row.createdAt, occurredAt);
    if (event.operation === 'delete') row.deletedAt = Math.max(row.deletedAt, occurredAt);
  }

  #addName({ tenantNo, occurredAt }: Place, entity: number, name: string, hasWords: boolean) {
    const known = this.#known.seen(`${tenantNo} ${entity} ${name}`, occurredAt);
    if (known) return;
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

  #count({ tenantNo, occurredAt }: Place, dimension: Dimension, value: string): void {
    for (const level of levelsOf(dimension)) {
      const bucket = bucketOf(level, occurredAt);
      const key = `${tenantNo} ${dimension} ${level} ${bucket} ${value}`;
      const known = this.#counts.get(key);
      if (known) known.n++;
      else this.#counts.set(key, { tenantNo, dimension, level, value, bucket, n: 1 });
    }
  }
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
function unitsOf(event: ReadEvent): string[][] {
  const texts = textsOf(event);
  const ip = plain(event.context?.ip);
  return UNITS.map((unit) => {
    const words = new Set<string>();
    for (const text of texts[unit]) {
      for (const word of keptWords(String(text))) words.add(word);
    }
    if (unit === 'personal') for (const word of addressWords(ip)) words.add(word);
    return [...words];
  });
}
