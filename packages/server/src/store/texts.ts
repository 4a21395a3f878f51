/**
 * The text index: which events hold which words, by the part of the event they are in. FTS5 on
 * SQLite, arrays of hashed terms under GIN on PostgreSQL. It only proposes: both may answer events
 * that do not hold the words, never leave one out that does.
 */
import { UNITS, type Unit } from '@annals/contract/match';
import type { Statement, WriteStep } from './database.ts';
import type { Runner, TextRow } from './derived-rows.ts';

/** What must be in an event: words, in any of these units. */
export type Words =
  | {
      readonly kind: 'word';
      readonly word: string;
      readonly isPrefix: boolean;
      readonly units: readonly Unit[];
    }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Words[] };

/** Beginnings shorter than this are not looked for: too many words begin so. */
export const PREFIX_LENGTH = { sqlite: 2, postgres: 3 } as const;

/**
 * Row numbers of the SQLite index are time · 2^21 + n, in SQL, since they exceed what JavaScript
 * can tell apart: so the rows of a word lie in order of time.
 */
export const TIME_SHIFT = 21;
const LATEST_IN_MS = 2 ** TIME_SHIFT - 1;

/**
 * On PostgreSQL a term is of a span of time, 2^28 ms or 3.1 days: so a common word is looked up in
 * the newest span alone, and a rare one in all of them at once.
 */
export const SPAN_BITS = 28;
export const spanOf = (ms: number): number => Math.floor(ms / 2 ** SPAN_BITS);

const wordPrefix = (tenantNo: number): string => `${tenantNo.toString(36)}_`;

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
/** Beginnings of words are terms too, for all units. */
const prefixTerm = (base: number, word: string): number =>
  spread(hashed(hashed(base, '^'), word.slice(0, PREFIX_LENGTH.postgres)));

function termsOf({ tenantNo, occurredAt, units }: TextRow): number[] {
  const base = termBase(tenantNo, spanOf(occurredAt));
  const terms = new Set<number>();
  for (const [unit, words] of units.entries()) {
    for (const word of words) {
      terms.add(wordTerm(base, unit, word));
      if (word.length >= PREFIX_LENGTH.postgres) terms.add(prefixTerm(base, word));
    }
  }
  return [...terms];
}

/** The condition on `terms` in these spans of time. */
export function termCondition(tenantNo: number, spans: readonly number[], words: Words): Statement {
  if (words.kind !== 'word') {
    const parts = words.of.map((part) => termCondition(tenantNo, spans, part));
    return {
      sql: `(${parts.map(({ sql }) => sql).join(words.kind === 'all' ? ' AND ' : ' OR ')})`,
      parameters: parts.flatMap(({ parameters }) => [...parameters]),
    };
  }
  const { word, isPrefix, units } = words;
  const terms = spans.flatMap((span) => {
    const base = termBase(tenantNo, span);
    return isPrefix
      ? [prefixTerm(base, word)]
      : units.map((unit) => wordTerm(base, UNITS.indexOf(unit), word));
  });
  return { sql: 'terms && ?::int4[]', parameters: [`{${terms.join(',')}}`] };
}

/** The same as an FTS5 query; words hold letters, digits and marks only. */
export function matchText(tenantNo: number, words: Words): string {
  if (words.kind !== 'word') {
    const parts = words.of.map((part) => matchText(tenantNo, part));
    return `(${parts.join(words.kind === 'all' ? ' AND ' : ' OR ')})`;
  }
  const { word, isPrefix, units } = words;
  const columns = units.length === UNITS.length ? '' : `{${units.join(' ')}} : `;
  return `(${columns}"${wordPrefix(tenantNo)}${word}"${isPrefix ? ' *' : ''})`;
}

const numbers = (values: readonly number[]) =>
  ({ kind: 'integer', values: Float64Array.from(values) }) as const;
const texts = (values: readonly string[]) => ({ kind: 'text', values }) as const;

/** Places after those that events of the same millisecond have. */
async function freePlaces(runner: Runner, rows: readonly TextRow[]): Promise<number[]> {
  const times = [...new Set(rows.map(({ occurredAt }) => occurredAt))];
  const taken = await runner.all<{ ms: number; place: number }>({
    sql: `SELECT value AS ms, max(row) & ${LATEST_IN_MS} AS place
      FROM json_each(?) CROSS JOIN text_row
      WHERE row >= value << ${TIME_SHIFT} AND row <= (value << ${TIME_SHIFT}) | ${LATEST_IN_MS}
      GROUP BY value`,
    parameters: [JSON.stringify(times)],
  });
  const next = new Map(taken.map(({ ms, place }) => [ms, place + 1]));
  return rows.map(({ occurredAt }) => {
    const place = next.get(occurredAt) ?? 0;
    next.set(occurredAt, place + 1);
    return place;
  });
}

async function sqliteSteps(runner: Runner, rows: readonly TextRow[]): Promise<WriteStep[]> {
  const sorted = rows.toSorted(
    (one, other) => one.occurredAt - other.occurredAt || one.sequence - other.sequence,
  );
  const times = numbers(sorted.map(({ occurredAt }) => occurredAt));
  const places = numbers(await freePlaces(runner, sorted));
  const row = `(? << ${TIME_SHIFT}) | ?`;
  return [
    {
      sql: `INSERT INTO text_row (row, tenant_no, sequence) VALUES (${row}, ?, ?)`,
      parameters: [],
      rows: {
        count: sorted.length,
        columns: [
          times,
          places,
          numbers(sorted.map(({ tenantNo }) => tenantNo)),
          numbers(sorted.map(({ sequence }) => sequence)),
        ],
      },
    },
    {
      sql: `INSERT INTO event_text (rowid, plain, names, paths, "values", personal)
        VALUES (${row}, ?, ?, ?, ?, ?)`,
      parameters: [],
      rows: {
        count: sorted.length,
        columns: [
          times,
          places,
          ...UNITS.map((_name, unit) =>
            texts(
              sorted.map(({ tenantNo, units }) => {
                const prefix = wordPrefix(tenantNo);
                return (units[unit] ?? []).map((word) => prefix + word).join(' ');
              }),
            ),
          ),
        ],
      },
    },
  ];
}

function postgresSteps(rows: readonly TextRow[]): WriteStep[] {
  return [
    {
      sql: `INSERT INTO event_text (tenant_no, sequence, occurred_at, terms)
        SELECT tenant_no, sequence, occurred_at, terms::int4[]
        FROM unnest(?::int[], ?::bigint[], ?::bigint[], ?::text[])
          AS row (tenant_no, sequence, occurred_at, terms)`,
      parameters: [],
      rows: {
        count: rows.length,
        columns: [
          numbers(rows.map(({ tenantNo }) => tenantNo)),
          numbers(rows.map(({ sequence }) => sequence)),
          numbers(rows.map(({ occurredAt }) => occurredAt)),
          texts(rows.map((row) => `{${termsOf(row).join(',')}}`)),
        ],
      },
    },
  ];
}

export async function textSteps(runner: Runner, rows: readonly TextRow[]): Promise<WriteStep[]> {
  if (rows.length === 0) return [];
  return runner.dialect === 'sqlite' ? await sqliteSteps(runner, rows) : postgresSteps(rows);
}

/** Takes away texts of a tenant, at most so many rows at once; true if none is left. */
export async function deleteTexts(runner: Runner, tenantNo: number, rows: number) {
  if (runner.dialect === 'postgres') {
    await runner.write([
      { sql: 'DELETE FROM event_text WHERE tenant_no = ?', parameters: [tenantNo] },
    ]);
    return true;
  }
  const chosen = `SELECT row FROM text_row WHERE tenant_no = ${Math.trunc(tenantNo)}
    ORDER BY row LIMIT ${Math.trunc(rows)}`;
  const [, deleted] = await runner.write([
    { sql: `DELETE FROM event_text WHERE rowid IN (${chosen})`, parameters: [] },
    { sql: `DELETE FROM text_row WHERE row IN (${chosen})`, parameters: [] },
  ]);
  return (deleted ?? 0) < rows;
}
