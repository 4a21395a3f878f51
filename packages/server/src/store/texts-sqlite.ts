/**
 * The text index on SQLite: FTS5 without content, a column for each unit. Rows lie in order of
 * spans of time, so that the newest rows of a word are its last; tenants are apart by the beginning
 * of each word.
 */
import { UNITS } from '@annals/contract/match';
import { integerColumn, textColumn } from '../columns.ts';
import type { WriteStep } from './database.ts';
import type { EncodeWords, EventEntry, Runner } from './derived-rows.ts';
import type { Words } from './texts.ts';

/** A span is 2^26 ms, 18.6 hours. */
const SPAN_BITS = 26;
export const spanOf = (ms: number): number => Math.floor(ms / 2 ** SPAN_BITS);
export const spanStart = (span: number): number => span * 2 ** SPAN_BITS;

/**
 * Row numbers are span · 2^32 + n: so the rows of a word lie in order of spans, and close to each
 * other within one, which makes the lists of the index a third as long as times would.
 */
const ROWS_PER_SPAN = 2 ** 32;
export const firstRow = (span: number): number => span * ROWS_PER_SPAN;

const wordPrefix = (tenantNo: number): string => `${tenantNo.toString(36)}_`;

/** Words as an FTS5 query; they hold letters, digits and marks only. */
export function matchText(tenantNo: number, words: Words): string {
  if (words.kind !== 'word') {
    const parts = words.of.map((part) => matchText(tenantNo, part));
    return `(${parts.join(words.kind === 'all' ? ' AND ' : ' OR ')})`;
  }
  const { word, isPrefix, units } = words;
  const columns = units.length === UNITS.length ? '' : `{${units.join(' ')}} : `;
  return `(${columns}"${wordPrefix(tenantNo)}${word}"${isPrefix ? ' *' : ''})`;
}

/** One text a unit. */
export const encodeSqlite: EncodeWords = ({ tenantNo }, _parties, units) => {
  const prefix = wordPrefix(tenantNo);
  return units.map((words) => (words.length === 0 ? '' : prefix + words.join(` ${prefix}`)));
};

/** Row numbers for entries in order of time, after those that their spans have. */
async function rowNumbers(runner: Runner, entries: readonly EventEntry[]): Promise<number[]> {
  const spans = [...new Set(entries.map(({ occurredAt }) => spanOf(occurredAt)))];
  const last = await runner.all<{ span: number; row: number | null }>({
    sql: `SELECT value AS span, (SELECT max(row) FROM text_row
        WHERE row >= value * ${ROWS_PER_SPAN} AND row < (value + 1) * ${ROWS_PER_SPAN}) AS row
      FROM json_each(?)`,
    parameters: [JSON.stringify(spans)],
  });
  const next = new Map(
    last.map(({ span, row }) => [span, row === null ? firstRow(span) : row + 1]),
  );
  return entries.map(({ occurredAt }) => {
    const span = spanOf(occurredAt);
    const row = next.get(span) ?? firstRow(span);
    next.set(span, row + 1);
    return row;
  });
}

export async function sqliteTextSteps(
  runner: Runner,
  entries: readonly EventEntry[],
): Promise<WriteStep[]> {
  const sorted = entries.toSorted(
    (one, other) => one.occurredAt - other.occurredAt || one.sequence - other.sequence,
  );
  const rows = integerColumn(await rowNumbers(runner, sorted));
  const words = UNITS.map((_name, unit) =>
    textColumn(sorted.map((entry) => entry.words[unit] ?? '')),
  );
  const places = [
    rows,
    integerColumn(sorted.map(({ tenantNo }) => tenantNo)),
    integerColumn(sorted.map(({ occurredAt }) => occurredAt)),
    integerColumn(sorted.map(({ sequence }) => sequence)),
  ];
  return [
    {
      sql: 'INSERT INTO text_row (row, tenant_no, occurred_at, sequence) VALUES (?, ?, ?, ?)',
      parameters: [],
      rows: { count: sorted.length, columns: places },
    },
    {
      sql: `INSERT INTO event_text (rowid, plain, names, paths, "values", personal)
        VALUES (?, ?, ?, ?, ?, ?)`,
      parameters: [],
      rows: { count: sorted.length, columns: [rows, ...words] },
    },
  ];
}

/** Takes away texts of a tenant, at most so many rows at once; true if none is left. */
export async function deleteTexts(runner: Runner, tenantNo: number, rows: number) {
  const chosen = `SELECT row FROM text_row WHERE tenant_no = ${Math.trunc(tenantNo)}
    ORDER BY row LIMIT ${Math.trunc(rows)}`;
  const [, deleted] = await runner.write([
    { sql: `DELETE FROM event_text WHERE rowid IN (${chosen})`, parameters: [] },
    { sql: `DELETE FROM text_row WHERE row IN (${chosen})`, parameters: [] },
  ]);
  return (deleted ?? 0) < rows;
}
