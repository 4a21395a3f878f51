/** Legal holds: what of a tenant's log must stay as it is. Those that were released are kept. */
import type { Selectable } from 'kysely';
import type { Covering } from '../revision.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type HoldRow = Omit<Selectable<Tables['legal_hold']>, 'covers'> & {
  readonly covers: Covering;
};
export type NewHold = Pick<
  HoldRow,
  'hold_id' | 'tenant_no' | 'covers' | 'reason' | 'placed_at' | 'placed_by'
>;

export interface Holds {
  /**
   * Places a hold on a log whose head is there. When it resolves, no change of stored events that
   * did not know of the hold can be stored any more.
   */
  place(hold: NewHold): Promise<void>;
  byId(holdId: string): Promise<HoldRow | undefined>;
  /** Of a tenant, the latest first. */
  list(tenantNo: number): Promise<HoldRow[]>;
  /** What the holds of a tenant cover that have not been released. */
  covering(tenantNo: number): Promise<Covering[]>;
  /** False: it was released before. */
  release(
    holdId: string,
    fields: { released_at: number; released_by: string; release_reason: string },
  ): Promise<boolean>;
}

const toRow = (row: Selectable<Tables['legal_hold']>): HoldRow => ({
  ...row,
  // Written by `place` alone.
  covers: JSON.parse(row.covers) as Covering,
});

export const holdsOf = (database: Database): Holds => {
  const { kysely } = database;
  const rows = () => kysely.selectFrom('legal_hold').selectAll();
  return {
    async place({ hold_id, tenant_no, covers, reason, placed_at, placed_by }) {
      await database.write([
        {
          sql: `INSERT INTO legal_hold (hold_id, tenant_no, covers, reason, placed_at, placed_by)
            VALUES (?, ?, ?, ?, ?, ?)`,
          parameters: [hold_id, tenant_no, JSON.stringify(covers), reason, placed_at, placed_by],
        },
        {
          sql: 'UPDATE ledger_head SET holds = holds + 1 WHERE tenant_no = ?',
          parameters: [tenant_no],
          expect: 1,
        },
      ]);
    },
    async byId(holdId) {
      const row = await rows().where('hold_id', '=', holdId).executeTakeFirst();
      return row && toRow(row);
    },
    async list(tenantNo) {
      const found = await rows()
        .where('tenant_no', '=', tenantNo)
        .orderBy('placed_at', 'desc')
        .orderBy('hold_id')
        .execute();
      return found.map(toRow);
    },
    async covering(tenantNo) {
      const found = await rows()
        .where('tenant_no', '=', tenantNo)
        .where('released_at', 'is', null)
        .execute();
      return found.map((row) => toRow(row).covers);
    },
    async release(holdId, fields) {
      const { numUpdatedRows } = await kysely
        .updateTable('legal_hold')
        .set(fields)
        .where('hold_id', '=', holdId)
        .where('released_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
};
