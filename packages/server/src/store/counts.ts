/** How many events there are, counted by followers as they come; and how far they have come. */
import type { Database } from './database.ts';
import { type Dimension, dimensionNumber, type Level } from './index-tables.ts';

/** How far the indexes of a tenant reach. */
export interface Reach {
  /** Events that are in the indexes: all whose sequence is below it. */
  readonly indexed: number;
  /** Events there are. */
  readonly size: number;
}

export interface ValueCount {
  readonly value: string;
  readonly n: number;
}
export interface BucketCount extends ValueCount {
  readonly bucket: number;
}
/** Buckets of a level, from one (included) to another (excluded). */
export interface BucketRange {
  readonly level: Level;
  readonly from: number;
  readonly to: number;
}

export interface Counts {
  reach(tenantNo: number): Promise<Reach>;
  /** Sums by value of the buckets from one (included) to another (excluded). */
  byValue(tenantNo: number, dimension: Dimension, range: BucketRange): Promise<ValueCount[]>;
  /** Each bucket in a range. */
  byBucket(tenantNo: number, dimension: Dimension, range: BucketRange): Promise<BucketCount[]>;
  /** Every value a dimension has, at most `limit`. */
  values(tenantNo: number, dimension: Dimension, limit: number): Promise<string[]>;
  /** Times of the first and the last event of all. */
  edges(tenantNo: number): Promise<{ first: number; last: number } | undefined>;
}

export const countsOf = (database: Database): Counts => ({
  async reach(tenantNo) {
    const [row] = await database.all<{ size: number | null; indexed: number | null }>({
      sql: `SELECT (SELECT size FROM ledger_head WHERE tenant_no = ?) AS size,
        (SELECT sequence FROM follower_cursor
          WHERE tenant_no = ? AND follower = 'index') AS indexed`,
      parameters: [tenantNo, tenantNo],
    });
    return { size: row?.size ?? 0, indexed: Math.max(0, row?.indexed ?? 0) };
  },
  async byValue(tenantNo, dimension, { level, from, to }) {
    return await database.all({
      sql: `SELECT value, CAST(sum(n) AS bigint) AS n FROM event_count
        WHERE tenant_no = ? AND dimension = ? AND bucket >= ? AND bucket < ? GROUP BY value`,
      parameters: [tenantNo, dimensionNumber(dimension, level), from, to],
    });
  },
  async byBucket(tenantNo, dimension, { level, from, to }) {
    const number = dimensionNumber(dimension, level);
    // Value by value, since the index has the value before the bucket.
    return await database.all({
      sql: `${DISTINCT_VALUES} SELECT bucket, event_count.value, n
        FROM val CROSS JOIN event_count
        WHERE tenant_no = ? AND dimension = ? AND event_count.value = val.value
          AND bucket >= ? AND bucket < ?`,
      parameters: [...valuesOf(tenantNo, dimension), tenantNo, number, from, to],
    });
  },
  async values(tenantNo, dimension, limit) {
    const rows = await database.all<{ value: string }>({
      sql: `${DISTINCT_VALUES} SELECT value FROM val WHERE value IS NOT NULL LIMIT ?`,
      parameters: [...valuesOf(tenantNo, dimension), limit],
    });
    return rows.map(({ value }) => value);
  },
  async edges(tenantNo) {
    const edge = (order: string) =>
      `(SELECT occurred_at FROM event WHERE tenant_no = ? ORDER BY occurred_at ${order} LIMIT 1)`;
    const [row] = await database.all<{ first: number | null; last: number | null }>({
      sql: `SELECT ${edge('ASC')} AS first, ${edge('DESC')} AS last`,
      parameters: [tenantNo, tenantNo],
    });
    const { first = null, last = null } = row ?? {};
    return first === null || last === null ? undefined : { first, last };
  },
});

/** From value to value by the index, without reading each bucket of it. */
const DISTINCT_VALUES = `WITH RECURSIVE val (value) AS (
    SELECT (SELECT value FROM event_count WHERE tenant_no = ? AND dimension = ?
      ORDER BY value LIMIT 1)
    UNION ALL
    SELECT (SELECT value FROM event_count WHERE tenant_no = ? AND dimension = ?
      AND value > val.value ORDER BY value LIMIT 1)
    FROM val WHERE val.value IS NOT NULL)`;
const valuesOf = (tenantNo: number, dimension: Dimension): number[] => {
  const number = dimensionNumber(dimension, 'day');
  return [tenantNo, number, tenantNo, number];
};
