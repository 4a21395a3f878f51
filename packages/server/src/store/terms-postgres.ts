/**
 * The index of words and parties on PostgreSQL: for each event an array of hashed terms under GIN.
 * A term is of a span of time, so that a common word is looked up in the newest span alone, and a
 * rare one in all of them at once. It only proposes: two terms may have one hash.
 */
import { UNITS } from '@annals/contract/match';
import { integerColumn, textColumn } from '../columns.ts';
import { endOfPrefix, type ReadingDatabase, type Statement, type WriteStep } from './database.ts';
import type { EncodeWords, EventEntry, Party, Place } from './derived-rows.ts';
import { PARTY_ROLES } from './index-tables.ts';
import { VOCABULARY, type Words } from './texts.ts';

/** A span is 2^30 ms, 12.4 days. */
const SPAN_BITS = 30;
export const spanOf = (ms: number): number => Math.floor(ms / 2 ** SPAN_BITS);
export const spanStart = (span: number): number => span * 2 ** SPAN_BITS;

/** Terms of one statement: each is a descent in the index, about 5 µs. */
export const TERMS_MOST = 1_500;
/** Words that a beginning may stand for; more of them are no rare find. */
const COMPLETIONS_MOST = 24;
/** Words of the vocabulary that are known to be there, about 100 bytes each. */
const WORDS_KNOWN = 50_000;

const BITS = Object.values(PARTY_ROLES);

/** Events that one of these entities has one of these roles (bits) in. */
export interface PartyWords {
  readonly kind: 'party';
  readonly entities: readonly number[];
  readonly roles: number;
}
export type Terms = Words | PartyWords;
type OneTerm = Exclude<Terms, { readonly kind: 'all' | 'any' }>;

/** FNV-1a, 32 bits, of a text, from the state of another. */
function hashed(state: number, text: string): number {
  let hash = state;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
/** FNV leaves the last characters in the low bits: these steps of MurmurHash3 spread them. */
function spread(state: number): number {
  let hash = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
const termBase = (tenantNo: number, span: number): number =>
  hashed(0x811c9dc5 | 0, `${tenantNo} ${span} `);
const wordTerm = (base: number, unit: number, word: string): number =>
  spread(hashed(hashed(base, String(unit)), word));
const partyTerm = (base: number, bit: number, entity: number): number =>
  spread(hashed(hashed(base, `p${bit} `), String(entity)));

function termsOf(
  { tenantNo, occurredAt }: Place,
  parties: readonly Party[],
  units: readonly (readonly string[])[],
): number[] {
  const base = termBase(tenantNo, spanOf(occurredAt));
  const terms = new Set<number>();
  for (const [unit, words] of units.entries()) {
    for (const word of words) terms.add(wordTerm(base, unit, word));
  }
  for (const { entity, role } of parties) {
    for (const bit of BITS) if ((role & bit) !== 0) terms.add(partyTerm(base, bit, entity));
  }
  return [...terms];
}

/** Terms of an entity in a span, in any role. */
export function partyTerms(tenantNo: number, span: number, entity: number): number[] {
  const base = termBase(tenantNo, span);
  return BITS.map((bit) => partyTerm(base, bit, entity));
}
/** Terms of a word in a span, in any part of an event. */
export function wordTerms(tenantNo: number, span: number, word: string): number[] {
  const base = termBase(tenantNo, span);
  return UNITS.map((_unit, index) => wordTerm(base, index, word));
}

/** How many terms a question has in one span. */
export function termCount(terms: Terms): number {
  if (terms.kind === 'word') return terms.units.length;
  if (terms.kind === 'party') {
    return terms.entities.length * BITS.filter((bit) => (terms.roles & bit) !== 0).length;
  }
  return terms.of.reduce((sum, part) => sum + termCount(part), 0);
}

function hashesOf(base: number, terms: OneTerm): number[] {
  if (terms.kind === 'word') {
    return terms.units.map((unit) => wordTerm(base, UNITS.indexOf(unit), terms.word));
  }
  const bits = BITS.filter((bit) => (terms.roles & bit) !== 0);
  return terms.entities.flatMap((entity) => bits.map((bit) => partyTerm(base, bit, entity)));
}

/** The condition on `terms` in these spans of time; beginnings have been completed before. */
export function termCondition(tenantNo: number, spans: readonly number[], terms: Terms): Statement {
  if ('of' in terms) {
    if (terms.of.length === 0)
      return { sql: terms.kind === 'all' ? 'true' : 'false', parameters: [] };
    const parts = terms.of.map((part) => termCondition(tenantNo, spans, part));
    return {
      sql: `(${parts.map(({ sql }) => sql).join(terms.kind === 'all' ? ' AND ' : ' OR ')})`,
      parameters: parts.flatMap(({ parameters }) => [...parameters]),
    };
  }
  const hashes = spans.flatMap((span) => hashesOf(termBase(tenantNo, span), terms));
  return { sql: 'terms && ?::int4[]', parameters: [`{${hashes.join(',')}}`] };
}

/** Beginnings replaced by the words that begin so; undefined where there are too many. */
export async function completed(
  database: ReadingDatabase,
  tenantNo: number,
  words: Words,
): Promise<Words | undefined> {
  if (words.kind !== 'word') {
    const parts = await Promise.all(words.of.map((part) => completed(database, tenantNo, part)));
    const known = parts.filter((part) => part !== undefined);
    // Of alternatives each must be known; of conditions any one will do.
    const isEnough = words.kind === 'all' ? known.length > 0 : known.length === parts.length;
    return isEnough ? { kind: words.kind, of: known } : undefined;
  }
  if (!words.isPrefix) return words;
  const found = await database.all<{ word: string }>({
    sql: 'SELECT word FROM word WHERE tenant_no = ? AND word >= ? AND word < ? LIMIT ?',
    parameters: [tenantNo, words.word, endOfPrefix(words.word), COMPLETIONS_MOST + 1],
  });
  if (found.length > COMPLETIONS_MOST) return undefined;
  const whole = found.map(({ word }) => ({ ...words, word, isPrefix: false }));
  return { kind: 'any', of: whole };
}

/** Makes terms, and keeps the words that may be completed. */
export class TermWriter {
  readonly #known = new Set<string>();
  #fresh: { tenantNo: number; word: string }[] = [];

  /** After a failure nothing that was remembered is sure. */
  forget(): void {
    this.#known.clear();
    this.#fresh = [];
  }

  /** One text: an array of terms. Words that are new to the vocabulary are in the next `steps`. */
  readonly encode: EncodeWords = (place, parties, units) => {
    const { tenantNo } = place;
    for (const words of units) {
      for (const word of words) {
        if (!VOCABULARY.test(word)) continue;
        const key = `${tenantNo} ${word}`;
        if (this.#known.has(key)) continue;
        // All at once: what is common is soon there again.
        if (this.#known.size >= WORDS_KNOWN) this.#known.clear();
        this.#known.add(key);
        this.#fresh.push({ tenantNo, word });
      }
    }
    return [`{${termsOf(place, parties, units).join(',')}}`];
  };

  steps(entries: readonly EventEntry[]): WriteStep[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    const columns = [
      integerColumn(fresh.map(({ tenantNo }) => tenantNo)),
      textColumn(fresh.map(({ word }) => word)),
    ];
    const sql = `INSERT INTO word (tenant_no, word) SELECT * FROM unnest(?::int[], ?::text[])
      ON CONFLICT DO NOTHING`;
    const vocabulary = { sql, parameters: [], rows: { count: fresh.length, columns } };
    return [...(fresh.length > 0 ? [vocabulary] : []), termStep(entries)];
  }
}

const termStep = (entries: readonly EventEntry[]): WriteStep => ({
  sql: `INSERT INTO event_text (tenant_no, sequence, occurred_at, terms)
    SELECT tenant_no, sequence, occurred_at, terms::int4[]
    FROM unnest(?::int[], ?::bigint[], ?::bigint[], ?::text[])
      AS row (tenant_no, sequence, occurred_at, terms)`,
  parameters: [],
  rows: {
    count: entries.length,
    columns: [
      integerColumn(entries.map(({ tenantNo }) => tenantNo)),
      integerColumn(entries.map(({ sequence }) => sequence)),
      integerColumn(entries.map(({ occurredAt }) => occurredAt)),
      textColumn(entries.map(({ words }) => words[0] ?? '{}')),
    ],
  },
});
