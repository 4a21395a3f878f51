/** How many events there are, counted by followers as they come; and how far they have come. */
import { type CountList, listsIn } from './count-texts.ts';
import { type Database, forEach } from './database.ts';
import { type CountGroup, type Level, seriesOf } from './index-tables.ts';

/** How far the indexes of a tenant reach. */
export interface Reach {
  /** Events that are in the indexes: all whose sequence is below it. */
  readonly indexed: number;
  /** Events there are. */
  readonly size: number;
  /** How often the indexes were made anew: what was read under another one may not be all. */
  readonly generation: number;
}

/** Milliseconds, from one (included) to another (excluded). */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}
/** Buckets of a level, from one (included) to another (excluded). */
export interface CountRange extends TimeRange {
  readonly group: CountGroup;
  readonly level: Level;
}
export interface Counted {
  readonly group: CountGroup;
  readonly level: Level;
  readonly bucket: number;
  readonly counts: readonly CountList[];
}

export interface Counts {
  reach(tenantNo: number): Promise<Reach>;
  /** With the time in which all events lie that there are now; undefined if there are none. */
  span(tenantNo: number): Promise<Reach & { readonly span: TimeRange | undefined }>;
  /** All counts of these buckets, how far they reach, and the last kind, as of one moment. */
  read(
    tenantNo: number,
    ranges: readonly CountRange[],
  ): Promise<Reach & { readonly kinds: number; readonly counted: readonly Counted[] }>;
  /** Kinds of events by the numbers under which they are counted, of those above a number. */
  kinds(tenantNo: number, after: number): Promise<readonly KindRow[]>;
}
export interface KindRow {
  readonly kind: number;
  /** As `kindText` makes it. */
  readonly text: string;
}

/** Behind every bucket that the column can hold. */
const BUCKET_MOST = 2 ** 31 - 1;

/** All that is counted in ranges of buckets, each `[tenant, series, from, to]` of a list. */
const counted = (database: Pick<Database, 'dialect'>): string =>
  forEach(
    database,
    'event_count',
    (item) => `tenant_no = ${item(0)} AND series = ${item(1)}
      AND bucket >= ${item(2)} AND bucket < ${item(3)}`,
  );

interface ReachRow {
  readonly size: number | null;
  readonly indexed: number | null;
  readonly generation: number | null;
}
const REACH = `(SELECT size FROM ledger_head WHERE tenant_no = ?) AS size,
  (SELECT sequence FROM follower_cursor
    WHERE tenant_no = ? AND follower = 'index') AS indexed,
  (SELECT generation FROM follower_cursor
    WHERE tenant_no = ? AND follower = 'index') AS generation`;
const REACH_PARAMETERS = 3;
const reachOf = (row: ReachRow | undefined): Reach => ({
  size: row?.size ?? 0,
  indexed: Math.max(0, row?.indexed ?? 0),
  generation: row?.generation ?? 0,
});

const times = (value: number, count: number): number[] =>
  Array.from({ length: count }, () => value);

const edge = (order: string): string =>
  `(SELECT occurred_at FROM event WHERE tenant_no = ? AND occurred_at >= 0
    ORDER BY occurred_at ${order} LIMIT 1)`;

export const countsOf = (database: Database): Counts => ({
  async reach(tenantNo) {
    const sql = `SELECT ${REACH}`;
    const parameters = times(tenantNo, REACH_PARAMETERS);
    const [row] = await database.all<ReachRow>({ sql, parameters });
    return reachOf(row);
  },
  async span(tenantNo) {
    const [row] = await database.all<ReachRow & { first: number | null; last: number | null }>({
      sql: `SELECT ${REACH}, ${edge('ASC')} AS first, ${edge('DESC')} AS last`,
      parameters: times(tenantNo, REACH_PARAMETERS + 2),
    });
    const { first = null, last = null } = row ?? {};
    const span = first === null || last === null ? undefined : { from: first, to: last + 1 };
    return { ...reachOf(row), span };
  },
  async read(tenantNo, ranges) {
    const known = new Map(
      ranges.map(({ group, level }) => [seriesOf(group, level), { group, level }]),
    );
    const list = ranges.map(({ group, level, from, to }) => {
      return [tenantNo, seriesOf(group, level), from, Math.min(to, BUCKET_MOST)];
    });
    const [reach, ...rows] = await database.all<
      ReachRow & { kinds: number; series: number; bucket: number; counts: string }
    >({
      sql: `SELECT ${REACH},
          (SELECT coalesce(max(kind), 0) FROM event_kind WHERE tenant_no = ?) AS kinds,
          CAST(NULL AS integer) AS series, CAST(NULL AS integer) AS bucket,
          CAST(NULL AS text) AS counts
        UNION ALL SELECT NULL, NULL, NULL, NULL, series, bucket, counts ${counted(database)}`,
      parameters: [...times(tenantNo, REACH_PARAMETERS + 1), JSON.stringify(list)],
    });
    const buckets = rows.flatMap(({ series, bucket, counts }): Counted[] => {
      const of = known.get(series);
      return of === undefined ? [] : [{ ...of, bucket, counts: listsIn(counts) }];
    });
    return { ...reachOf(reach), kinds: reach?.kinds ?? 0, counted: buckets };
  },
  async kinds(tenantNo, after) {
    return await database.all<KindRow>({
      sql: 'SELECT kind, text FROM event_kind WHERE tenant_no = ? AND kind > ? ORDER BY kind',
      parameters: [tenantNo, after],
    });
  },
});
