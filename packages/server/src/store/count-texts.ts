/**
 * Counts of a bucket of time as one text, `[["action",["user.created"],[3]]]`: a question about
 * months reads a few texts, where a row for each value would be thousands. Lists, because an object
 * with a thousand keys takes V8 four times as long to read.
 */
import { integerColumn } from '../columns.ts';
import { forEach, type WriteStep } from './database.ts';
import { type Filling, insertStep } from './derived-insert.ts';
import type { CountedValue, CountRow, Runner, ValueCounts } from './derived-rows.ts';
import { seriesOf } from './index-tables.ts';

export function addCount(
  counts: ValueCounts,
  dimension: string,
  value: CountedValue,
  n: number,
): void {
  const values = counts.get(dimension);
  if (values === undefined) counts.set(dimension, new Map([[value, n]]));
  else values.set(value, (values.get(value) ?? 0) + n);
}

export function addCounts(into: ValueCounts, from: ValueCounts): void {
  for (const [dimension, values] of from) {
    for (const [value, n] of values) addCount(into, dimension, value, n);
  }
}

/** Dimension, values, and how many events have each. */
export type CountList = readonly [string, readonly CountedValue[], readonly number[]];

function addList(into: Map<CountedValue, number>, [, values, numbers]: CountList): void {
  for (const [index, value] of values.entries()) {
    into.set(value, (into.get(value) ?? 0) + (numbers[index] ?? 0));
  }
}

export const listsIn = (text: string): readonly CountList[] => JSON.parse(text);

/** What is counted no more is left out. */
function textOf(counts: ValueCounts): string {
  const lists = [...counts].map(([dimension, of]): CountList => {
    const left = [...of].filter(([, n]) => n > 0);
    return [dimension, left.map(([value]) => value), left.map(([, n]) => n)];
  });
  return JSON.stringify(lists.filter(([, values]) => values.length > 0));
}
const NOTHING = '[]';

type Place = readonly [tenantNo: number, series: number, bucket: number, segment: number];
const placeOf = ({ tenantNo, group, level, bucket, segment }: CountRow): Place => [
  tenantNo,
  seriesOf(group, level),
  bucket,
  segment,
];

const COLUMNS = ['tenant_no', 'series', 'bucket', 'segment'] as const;
/** What is stored under places, each a list of these columns. */
const stored = (runner: Runner): string =>
  forEach(runner, 'event_count', (item) =>
    COLUMNS.map((name, at) => `${name} = ${item(at)}`).join(' AND '),
  );

interface StoredRow {
  readonly tenant_no: number;
  readonly series: number;
  readonly bucket: number;
  readonly segment: number;
  readonly counts: string;
}

const COUNT: Filling<{ place: Place; text: string }> = [
  ['tenant_no', 'int', ({ place }) => place[0]],
  ['series', 'int', ({ place }) => place[1]],
  ['bucket', 'int', ({ place }) => place[2]],
  ['segment', 'int', ({ place }) => place[3]],
  ['counts', 'text', ({ text }) => text],
];
const REPLACE = `ON CONFLICT (tenant_no, series, bucket, segment) DO UPDATE SET
  counts = excluded.counts`;

const REMOVE = {
  sqlite: `DELETE FROM event_count
    WHERE tenant_no = ? AND series = ? AND bucket = ? AND segment = ?`,
  postgres: `DELETE FROM event_count AS c
    USING unnest(?::int[], ?::int[], ?::int[], ?::int[])
      AS gone (tenant_no, series, bucket, segment)
    WHERE c.tenant_no = gone.tenant_no AND c.series = gone.series AND c.bucket = gone.bucket
      AND c.segment = gone.segment`,
} as const;

/**
 * Adds to what is stored, or takes away what is below zero. Reads before the transaction: the
 * cursors fence who else writes.
 */
export async function countSteps(runner: Runner, rows: readonly CountRow[]): Promise<WriteStep[]> {
  if (rows.length === 0) return [];
  const known = await runner.all<StoredRow>({
    sql: `SELECT tenant_no, series, bucket, segment, counts ${stored(runner)}`,
    parameters: [JSON.stringify(rows.map(placeOf))],
  });
  const texts = new Map(
    known.map((row) => [[row.tenant_no, row.series, row.bucket, row.segment].join(), row.counts]),
  );
  const filled = rows.map((row) => {
    const place = placeOf(row);
    const counts: ValueCounts = new Map();
    for (const list of listsIn(texts.get(place.join()) ?? NOTHING)) {
      const values = new Map<CountedValue, number>();
      addList(values, list);
      counts.set(list[0], values);
    }
    addCounts(counts, row.counts);
    return { place, text: textOf(counts) };
  });
  const [gone, left] = [
    filled.filter(({ text }) => text === NOTHING),
    filled.filter(({ text }) => text !== NOTHING),
  ];
  const columns = [0, 1, 2, 3].map((at) => integerColumn(gone.map(({ place }) => place[at] ?? 0)));
  const sql = REMOVE[runner.dialect];
  const removal = { sql, parameters: [], rows: { count: gone.length, columns } };
  return [
    ...(gone.length > 0 ? [removal] : []),
    ...insertStep(runner, 'event_count', COUNT, left, REPLACE),
  ];
}
