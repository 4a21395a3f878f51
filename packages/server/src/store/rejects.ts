/** What was refused: reason, path and shape for a few days, never a value. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

type RejectRow = Selectable<Tables['reject']>;
export type NewReject = Omit<RejectRow, 'reject_no'>;

/** Rows of one statement. */
const REMOVED_AT_ONCE = 500;

export interface Rejects {
  add(rejects: readonly NewReject[]): Promise<void>;
  /** Newest first, since a time; of one tenant if the reader is bound to it. */
  list(filter: {
    projectNo: number;
    tenantId: string | undefined;
    since: number;
    limit: number;
  }): Promise<RejectRow[]>;
  remove(rejectNos: readonly number[]): Promise<void>;
  /** Removes those before a time, and all but the newest `kept` of each project. */
  prune(before: number, kept: number): Promise<void>;
}

export const rejectsOf = ({ kysely }: Database): Rejects => ({
  async add(rejects) {
    if (rejects.length > 0)
      await kysely
        .insertInto('reject')
        .values([...rejects])
        .execute();
  },
  list({ projectNo, tenantId, since, limit }) {
    let query = kysely
      .selectFrom('reject')
      .selectAll()
      .where('project_no', '=', projectNo)
      .where('rejected_at', '>=', since);
    if (tenantId !== undefined) query = query.where('tenant_id', '=', tenantId);
    return query.orderBy('reject_no', 'desc').limit(limit).execute();
  },
  async remove(rejectNos) {
    for (let first = 0; first < rejectNos.length; first += REMOVED_AT_ONCE) {
      const some = rejectNos.slice(first, first + REMOVED_AT_ONCE);
      await kysely.deleteFrom('reject').where('reject_no', 'in', some).execute();
    }
  },
  async prune(before, kept) {
    await kysely.deleteFrom('reject').where('rejected_at', '<', before).execute();
    const projects = await kysely.selectFrom('reject').select('project_no').distinct().execute();
    for (const { project_no } of projects) {
      const oldest = await kysely
        .selectFrom('reject')
        .select('reject_no')
        .where('project_no', '=', project_no)
        .orderBy('reject_no', 'desc')
        .offset(kept)
        .limit(1)
        .executeTakeFirst();
      if (oldest === undefined) continue;
      await kysely
        .deleteFrom('reject')
        .where('project_no', '=', project_no)
        .where('reject_no', '<=', oldest.reject_no)
        .execute();
    }
  },
});
