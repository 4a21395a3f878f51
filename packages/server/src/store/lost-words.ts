/**
 * Words of the vocabulary on PostgreSQL that no event has any more. A word that is there must never
 * be lost, or its beginnings would not be found; one that is gone must not be kept, since it may be
 * somebody's name.
 */
import type { Runner } from './derived-rows.ts';
import { edgesOf } from './party-keys.ts';
import { spanOf, wordTerms } from './terms-postgres.ts';
import { VOCABULARY } from './texts.ts';

/** Where a word may still be, by the hashes of the index: a few of the places. */
export interface WordFound {
  readonly word: string;
  /** Sequences; as many as `PLACES_MOST`: it is taken to be there. */
  readonly places: readonly number[];
}

/** Two words may have one hash, so what is found in few places is looked at by the caller. */
export const PLACES_MOST = 8;
/** Terms of one statement: each is a descent in the index, about 5 µs. */
const TERMS_AT_ONCE = 50_000;

/** Of each word that can be looked up, where it may be besides the changed events. */
export async function lostWords(
  runner: Runner,
  tenantNo: number,
  words: readonly string[],
  changed: readonly number[],
): Promise<WordFound[]> {
  if (runner.dialect === 'sqlite') return [];
  const { first, last } = await edgesOf(runner, tenantNo);
  const spans = Array.from(
    { length: Math.max(0, spanOf(last) - spanOf(first) + 1) },
    (_, index) => spanOf(first) + index,
  );
  const listed = words.filter((word) => VOCABULARY.test(word));
  const found: WordFound[] = [];
  const atOnce = Math.max(1, Math.floor(TERMS_AT_ONCE / Math.max(1, spans.length)));
  for (let next = 0; next < listed.length; next += atOnce) {
    const some = listed.slice(next, next + atOnce);
    const terms = some.map(
      (word) => `{${spans.flatMap((span) => wordTerms(tenantNo, span, word)).join(',')}}`,
    );
    const rows = await runner.all<{ n: number; sequence: number }>({
      sql: `SELECT n, place.sequence
        FROM jsonb_array_elements_text(?::jsonb) WITH ORDINALITY AS item (terms, n)
        CROSS JOIN LATERAL (
          SELECT sequence FROM event_text
          WHERE tenant_no = ? AND event_text.terms && item.terms::int4[]
            AND NOT sequence = ANY (ARRAY(SELECT jsonb_array_elements_text(?::jsonb)::bigint))
          LIMIT ${PLACES_MOST}) AS place`,
      parameters: [JSON.stringify(terms), tenantNo, JSON.stringify(changed)],
    });
    const places = Map.groupBy(rows, ({ n }) => n - 1);
    found.push(
      ...some.map((word, index) => ({
        word,
        places: (places.get(index) ?? []).map(({ sequence }) => sequence),
      })),
    );
  }
  return found;
}
