/**
 * The text index on SQLite: FTS5 without content, a column for each unit. Row numbers are in order
 * of time, so that the newest rows of a word are its last; tenants are apart by the beginning of
 * each word.
 */
import { UNITS } from '@annals/contract/match';
import type { WriteStep } from './database.ts';
import type { EventEntry, Runner } from './derived-rows.ts';
import type { Words } from './texts.ts';

/**
 * Row numbers are time · 2^21 + n, in SQL, since they exceed what JavaScript can tell apart: so
 * the rows of a word lie in order of time.
 */
export const TIME_SHIFT = 21;
const LATEST_IN_MS = 2 ** TIME_SHIFT - 1;

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

const numbers = (values: readonly number[]) =>
  ({ kind: 'integer', values: Float64Array.from(values) }) as const;
const texts = (values: readonly string[]) => ({ kind: 'text', values }) as const;

/** Places after those that events of the same millisecond have. */
async function freePlaces(runner: Runner, rows: readonly EventEntry[]): Promise<number[]> {
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

export async function sqliteTextSteps(
  runner: Runner,
  rows: readonly EventEntry[],
): Promise<WriteStep[]> {
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
