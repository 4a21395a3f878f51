/**
 * What is derived from events: written in batches with the cursors they move, read by followers to
 * know where they are. A batch that another follower has overtaken stores nothing.
 */
import type { EventBlock } from '../event-rows.ts';
import { integerList, NOW_MS, type Statement } from './database.ts';
import type { DerivedBatch, EncodeWords, Runner } from './derived-rows.ts';
import { batchSteps, FOLLOWER, renewSteps } from './derived-steps.ts';
import { bytesIn, eventsFrom } from './events.ts';
import { TermWriter } from './terms-postgres.ts';
import { deleteTexts, encodeSqlite } from './texts-sqlite.ts';

/** Rows taken away in one transaction when an index is thrown away. */
const FORGET_ROWS = 20_000;

export interface Derived {
  /** Makes the words of an entry of the next batch; entries are made in the order of batches. */
  readonly encode: EncodeWords;
  /** Stores the batch whole, or throws and stores nothing. */
  write(batch: DerivedBatch): Promise<void>;
  /** Puts what was written last where it is found fast; to be called when there is time. */
  settle(): Promise<void>;
  /** Numbers of what is known, by digest in hex. */
  numbers(
    of: Numbered,
    tenantNo: number,
    digests: readonly Uint8Array[],
  ): Promise<Map<string, number>>;
  /** The highest number that the tenant has, 0 if there is none. */
  lastNumber(of: Numbered, tenantNo: number): Promise<number>;
  /** Asks the followers to throw away what is derived for a tenant and to make it anew. */
  renew(tenantNos: readonly number[]): Promise<void>;
  /** Tenants of which that was asked. */
  toRenew(): Promise<number[]>;
  /** Throws away what is derived for a tenant, in steps; done when it answers true. */
  forget(tenantNo: number): Promise<boolean>;
  /** How many events have been read of each tenant; all, or those of a list. */
  cursors(tenantNos?: readonly number[]): Promise<Map<number, number>>;
  /** Whether this follower is the one that works, for so many ms from now on. */
  lease(holder: string, ms: number): Promise<boolean>;
  release(holder: string): Promise<void>;
}

/** Tables of what has a number in each tenant, and the column it is in. */
const NUMBERS = { entity: 'entity', event_kind: 'kind' } as const;
export type Numbered = keyof typeof NUMBERS;

export interface Followed {
  /** The next events of a tenant, in order of sequence. */
  read(tenantNo: number, from: number, limit: number): Promise<EventBlock>;
  /** Logs that other servers may have moved since a moment of the database's clock, or all. */
  moved(since: number | undefined): Promise<{ sizes: Map<number, number>; now: number }>;
  sizes(tenantNos: readonly number[]): Promise<Map<number, number>>;
}

export const followedOf = (runner: Runner): Followed => {
  const sizesOf = async (where: string, parameters: readonly number[]) => {
    const rows = await runner.all<{ tenant_no: number; size: number }>({
      sql: `SELECT tenant_no, size FROM ledger_head WHERE size > 0 AND ${where}`,
      parameters,
    });
    return new Map(rows.map(({ tenant_no, size }) => [tenant_no, size]));
  };
  return {
    read: eventsFrom(runner),
    sizes: (tenantNos) => sizesOf(`tenant_no IN (${integerList(tenantNos)})`, []),
    async moved(since) {
      const [row] = await runner.all<{ now: number }>({
        sql: `SELECT ${NOW_MS[runner.dialect]} AS now`,
        parameters: [],
      });
      if (since === undefined) return { sizes: await sizesOf('true', []), now: row?.now ?? 0 };
      // One process owns an embedded database and tells of each commit itself.
      const isAlone = runner.dialect === 'sqlite';
      const sizes = isAlone ? new Map<number, number>() : await sizesOf('changed_at >= ?', [since]);
      return { sizes, now: row?.now ?? 0 };
    },
  };
};

/** Removes what is derived of a tenant, but for what was removed in steps before. */
function emptied(dialect: Runner['dialect'], tenantNo: number): Statement[] {
  const own = dialect === 'sqlite' ? ['party'] : ['event_text', 'word'];
  return [
    ...[...own, 'entity', 'entity_name', 'event_count', 'event_kind', 'event_fact'].map(
      (table) => `DELETE FROM ${table} WHERE tenant_no = ?`,
    ),
    'UPDATE follower_cursor SET sequence = 0 WHERE tenant_no = ?',
  ].map((sql) => ({ sql, parameters: [tenantNo] }));
}

export const derivedOf = (runner: Runner): Derived => {
  const terms = new TermWriter();
  return {
    encode: runner.dialect === 'sqlite' ? encodeSqlite : terms.encode,
    async write(batch) {
      try {
        await runner.write(await batchSteps(runner, terms, batch));
      } catch (error) {
        terms.forget();
        throw error;
      }
    },
    async settle() {
      if (runner.dialect === 'sqlite') return;
      // New entries of a GIN index wait in a list, all of which every question reads.
      const sql = "SELECT gin_clean_pending_list('event_text_terms')";
      await runner.all({ sql, parameters: [] });
    },
    async numbers(of, tenantNo, digests) {
      if (digests.length === 0) return new Map();
      const list = bytesIn(runner.dialect, digests);
      const rows = await runner.all<{ digest: Uint8Array; number: number }>({
        sql: `SELECT digest, ${NUMBERS[of]} AS number FROM ${of}
          WHERE tenant_no = ? AND digest ${list.sql}`,
        parameters: [tenantNo, ...list.parameters],
      });
      return new Map(rows.map((row) => [Buffer.from(row.digest).toString('hex'), row.number]));
    },
    async lastNumber(of, tenantNo) {
      const [row] = await runner.all<{ last: number | null }>({
        sql: `SELECT max(${NUMBERS[of]}) AS last FROM ${of} WHERE tenant_no = ?`,
        parameters: [tenantNo],
      });
      return row?.last ?? 0;
    },
    async forget(tenantNo) {
      const isSqlite = runner.dialect === 'sqlite';
      if (isSqlite && !(await deleteTexts(runner, tenantNo, FORGET_ROWS))) return false;
      terms.forget();
      await runner.write(emptied(runner.dialect, tenantNo));
      return true;
    },
    async renew(tenantNos) {
      if (tenantNos.length > 0) await runner.write(renewSteps(runner, tenantNos));
    },
    async toRenew() {
      const rows = await runner.all<{ tenant_no: number }>({
        sql: 'SELECT tenant_no FROM follower_cursor WHERE sequence < 0',
        parameters: [],
      });
      return rows.map(({ tenant_no }) => tenant_no);
    },
    async cursors(tenantNos) {
      const some = tenantNos === undefined ? '' : `AND tenant_no IN (${integerList(tenantNos)})`;
      const rows = await runner.all<{ tenant_no: number; sequence: number }>({
        sql: `SELECT tenant_no, sequence FROM follower_cursor
          WHERE follower = '${FOLLOWER}' ${some}`,
        parameters: [],
      });
      return new Map(rows.map(({ tenant_no, sequence }) => [tenant_no, sequence]));
    },
    ...leaseOf(runner),
  };
};

/** One follower works, whatever the number of servers; the cursors fence those that think so. */
const leaseOf = (runner: Runner): Pick<Derived, 'lease' | 'release'> => ({
  async lease(holder, ms) {
    // One process owns an embedded database.
    if (runner.dialect === 'sqlite') return true;
    const [changed] = await runner.write([
      {
        sql: `INSERT INTO follower_lease (follower, holder, held_until)
          VALUES ('${FOLLOWER}', ?, ${NOW_MS[runner.dialect]} + ?::int)
          ON CONFLICT (follower) DO UPDATE
            SET holder = excluded.holder, held_until = excluded.held_until
            WHERE follower_lease.holder = excluded.holder
              OR follower_lease.held_until < ${NOW_MS[runner.dialect]}`,
        parameters: [holder, ms],
      },
    ]);
    return changed === 1;
  },
  async release(holder) {
    if (runner.dialect === 'sqlite') return;
    const sql = 'DELETE FROM follower_lease WHERE holder = ?';
    await runner.write([{ sql, parameters: [holder] }]);
  },
});
