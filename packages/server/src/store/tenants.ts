/** Tenants: the customer organizations of a project. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type TenantRow = Selectable<Tables['tenant']>;

/** What a tenant is told to have; absent fields stay as they are. */
export type TenantFields = Partial<
  Pick<
    TenantRow,
    | 'label'
    | 'plan'
    | 'addons'
    | 'is_demo'
    | 'audit_enabled_at'
    | 'retention'
    | 'closed_at'
    | 'ends_at'
  >
>;

export interface Tenants {
  byId(projectNo: number, tenantId: string): Promise<TenantRow | undefined>;
  byNumber(tenantNo: number): Promise<TenantRow | undefined>;
  /** Whether there is one at all. */
  isAny(): Promise<boolean>;
  /** A page by name, after the given one, with the number of events of each. */
  page(
    projectNo: number,
    after: string,
    limit: number,
  ): Promise<(TenantRow & { size: number | null })[]>;
  /** Makes the tenant, or changes the given fields of the one that is there. */
  put(projectNo: number, tenantId: string, fields: TenantFields, now: number): Promise<TenantRow>;
}

export const tenantsOf = ({ kysely }: Database): Tenants => {
  const byId: Tenants['byId'] = (projectNo, tenantId) =>
    kysely
      .selectFrom('tenant')
      .selectAll()
      .where('project_no', '=', projectNo)
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
  return {
    byId,
    byNumber: (tenantNo) =>
      kysely.selectFrom('tenant').selectAll().where('tenant_no', '=', tenantNo).executeTakeFirst(),
    async isAny() {
      const row = await kysely.selectFrom('tenant').select('tenant_no').limit(1).executeTakeFirst();
      return row !== undefined;
    },
    page: (projectNo, after, limit) =>
      kysely
        .selectFrom('tenant')
        .leftJoin('ledger_head', 'ledger_head.tenant_no', 'tenant.tenant_no')
        .selectAll('tenant')
        .select('ledger_head.size')
        .where('project_no', '=', projectNo)
        .where('tenant_id', '>', after)
        .orderBy('tenant_id')
        .limit(limit)
        .execute(),
    async put(projectNo, tenantId, fields, now) {
      const row = { project_no: projectNo, tenant_id: tenantId, ...fields, created_at: now };
      await kysely
        .insertInto('tenant')
        .values(row)
        .onConflict((conflict) =>
          Object.keys(fields).length === 0
            ? conflict.columns(['project_no', 'tenant_id']).doNothing()
            : conflict.columns(['project_no', 'tenant_id']).doUpdateSet(fields),
        )
        .execute();
      const found = await byId(projectNo, tenantId);
      if (found === undefined) throw new Error('a tenant just made is not there');
      return found;
    },
  };
};
