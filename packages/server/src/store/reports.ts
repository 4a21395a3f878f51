/** Reports: what is asked again and again, when it runs next, and what its runs have had. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type ReportRow = Selectable<Tables['report']>;
export type ReportFields = Partial<Omit<ReportRow, 'report_id' | 'version'>>;

export interface Reports {
  add(row: ReportRow): Promise<void>;
  byId(reportId: string): Promise<ReportRow | undefined>;
  /** Of a tenant, the oldest first. */
  list(tenantNo: number): Promise<ReportRow[]>;
  /** Whose next run may begin, and of which none is under way. */
  due(now: number, limit: number): Promise<ReportRow[]>;
  /** A person's change: the last one counts. Undefined: it was removed. */
  change(reportId: string, fields: ReportFields): Promise<ReportRow | undefined>;
  /** A server's change, if nobody and no other server has changed it since it was read. */
  step(row: ReportRow, fields: ReportFields): Promise<boolean>;
  remove(reportId: string): Promise<void>;
}

export const reportsOf = ({ kysely }: Database): Reports => {
  const rows = () => kysely.selectFrom('report').selectAll();
  return {
    async add(row) {
      await kysely.insertInto('report').values(row).execute();
    },
    byId: (reportId) => rows().where('report_id', '=', reportId).executeTakeFirst(),
    list: (tenantNo) =>
      rows().where('tenant_no', '=', tenantNo).orderBy('created_at').orderBy('report_id').execute(),
    due: (now, limit) =>
      rows()
        .where('due_at', 'is not', null)
        .where('due_at', '<=', now)
        .where('run_id', 'is', null)
        .orderBy('due_at')
        .limit(limit)
        .execute(),
    async change(reportId, fields) {
      await kysely
        .updateTable('report')
        .set((of) => ({ ...fields, version: of('version', '+', 1) }))
        .where('report_id', '=', reportId)
        .execute();
      return await rows().where('report_id', '=', reportId).executeTakeFirst();
    },
    async step({ report_id, version, run_id, next_at }, fields) {
      const { numUpdatedRows } = await kysely
        .updateTable('report')
        .set(fields)
        .where('report_id', '=', report_id)
        .where('version', '=', version)
        .where((is) => is('run_id', run_id === null ? 'is' : '=', run_id))
        .where((is) => is('next_at', next_at === null ? 'is' : '=', next_at))
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async remove(reportId) {
      await kysely.deleteFrom('report').where('report_id', '=', reportId).execute();
    },
  };
};
