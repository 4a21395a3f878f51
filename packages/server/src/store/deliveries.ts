/** What is sent for reports: to whom, how often it was tried, what became of it. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type DeliveryRow = Selectable<Tables['delivery']>;

export interface Deliveries {
  /** One that is there already stays as it is. */
  add(rows: readonly DeliveryRow[]): Promise<void>;
  /** Of a report, the latest first. */
  list(reportId: string, limit: number): Promise<DeliveryRow[]>;
  /** Of a tenant: those which cannot be called back, the latest first. */
  sentContent(tenantNo: number, limit: number): Promise<DeliveryRow[]>;
  /** Of a tenant, the latest first. */
  ofTenant(tenantNo: number): Promise<DeliveryRow[]>;
  due(now: number, limit: number): Promise<DeliveryRow[]>;
  /** One of several servers gets it, until a moment. False: it was another, or it is over. */
  claim(row: DeliveryRow, until: number): Promise<boolean>;
  update(deliveryId: string, fields: Partial<Omit<DeliveryRow, 'delivery_id'>>): Promise<void>;
  removeOld(before: number): Promise<void>;
}

export const deliveriesOf = ({ kysely }: Database): Deliveries => {
  const rows = () => kysely.selectFrom('delivery').selectAll();
  const ofTenant = (tenantNo: number) =>
    rows().where('tenant_no', '=', tenantNo).orderBy('created_at', 'desc');
  return {
    async add(added) {
      if (added.length === 0) return;
      const insert = kysely.insertInto('delivery').values([...added]);
      await insert.onConflict((of) => of.column('delivery_id').doNothing()).execute();
    },
    list: (reportId, limit) =>
      rows()
        .where('report_id', '=', reportId)
        .orderBy('created_at', 'desc')
        .orderBy('delivery_id')
        .limit(limit)
        .execute(),
    sentContent: (tenantNo, limit) =>
      ofTenant(tenantNo)
        .where('state', '=', 'sent')
        .where('is_content', '=', 1)
        .limit(limit)
        .execute(),
    ofTenant: (tenantNo) => ofTenant(tenantNo).execute(),
    due: (now, limit) =>
      rows().where('next_at', '<=', now).orderBy('next_at').limit(limit).execute(),
    async claim({ delivery_id, next_at }, until) {
      const { numUpdatedRows } = await kysely
        .updateTable('delivery')
        .set((of) => ({ next_at: until, attempts: of('attempts', '+', 1) }))
        .where('delivery_id', '=', delivery_id)
        .where('state', '=', 'waiting')
        .where('next_at', '=', next_at)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async update(deliveryId, fields) {
      const update = kysely.updateTable('delivery').set(fields);
      await update.where('delivery_id', '=', deliveryId).execute();
    },
    async removeOld(before) {
      await kysely.deleteFrom('delivery').where('ended_at', '<', before).execute();
    },
  };
};
