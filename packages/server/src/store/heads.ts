/** The head of each tenant's ledger, and the hashes of its finished subtrees. */
import { bytesAt } from '../columns.ts';
import type { Database, HeadRow } from './database.ts';

/** What a change of stored events stands on: it is stored only if both are still the same. */
export interface RevisionState {
  /** How often events of the log were changed. */
  readonly revision: number;
  /** How often a legal hold was placed on it. */
  readonly holds: number;
}

export interface Heads {
  /** The head; made empty with the proposed log id if it is not there. */
  keep(tenantNo: number, proposedLogId: string): Promise<HeadRow>;
  byTenant(tenantNo: number): Promise<HeadRow | undefined>;
  /** Undefined: the tenant has no log. */
  revisionState(tenantNo: number): Promise<RevisionState | undefined>;
  /** Every tenant's log id: tells whose log a foreign event came from. */
  logIds(): Promise<{ tenant_no: number; log_id: string }[]>;
  /** Hashes of finished subtrees of a level, by position, from a position on. */
  nodes(
    tenantNo: number,
    level: number,
    from: number,
    limit: number,
  ): Promise<Map<number, Uint8Array>>;
}

export const headsOf = (database: Database): Heads => {
  const { kysely } = database;
  const byTenant = (tenantNo: number) =>
    kysely
      .selectFrom('ledger_head')
      .select(['tenant_no', 'log_id', 'size', 'range'])
      .where('tenant_no', '=', tenantNo)
      .executeTakeFirst();
  return {
    byTenant,
    async keep(tenantNo, proposedLogId) {
      await kysely
        .insertInto('ledger_head')
        .values({
          tenant_no: tenantNo,
          log_id: proposedLogId,
          size: 0,
          range: Buffer.alloc(0),
          changed_at: 0,
        })
        .onConflict((conflict) => conflict.column('tenant_no').doNothing())
        .execute();
      const head = await byTenant(tenantNo);
      if (head === undefined) throw new Error('a head just made is not there');
      return head;
    },
    revisionState: (tenantNo) =>
      kysely
        .selectFrom('ledger_head')
        .select(['revision', 'holds'])
        .where('tenant_no', '=', tenantNo)
        .executeTakeFirst(),
    logIds: () => kysely.selectFrom('ledger_head').select(['tenant_no', 'log_id']).execute(),
    async nodes(tenantNo, level, from, limit) {
      const { count, columns } = await database.columns(
        {
          sql: `SELECT position, hash FROM ledger_node
            WHERE tenant_no = ? AND level = ? AND position >= ? ORDER BY position LIMIT ?`,
          parameters: [tenantNo, level, from, limit],
        },
        ['integer', 'bytes'],
      );
      const [positions, hashes] = columns;
      const found = new Map<number, Uint8Array>();
      if (positions?.kind !== 'integer' || hashes?.kind !== 'bytes') return found;
      for (let row = 0; row < count; row++) {
        found.set(positions.values[row] ?? -1, bytesAt(hashes, row));
      }
      return found;
    },
  };
};
