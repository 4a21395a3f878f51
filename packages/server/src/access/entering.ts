/** Who may do something at a tenant with some view, before it is known with which. */
import type { Capability, Grants } from '@annals/contract/compile';
import { Fault } from '../fault.ts';
import type { ProjectRow, TenantRow } from '../store/store.ts';
import { demandAny, type Need, type Principal } from './decide.ts';
import { demandNotEnded } from './ended.ts';

export interface TenantPlace {
  readonly project?: string | undefined;
  readonly tenant_id: string;
}
/** The way to the log of a tenant: what `Access` answers. */
export interface Doors {
  project(principal: Principal, name: string | undefined, need: Need): Promise<ProjectRow>;
  tenantToRead(
    principal: Principal,
    project: ProjectRow,
    tenantId: string,
    need: Need,
  ): Promise<TenantRow>;
  grants(principal: Principal, project: ProjectRow): Promise<Grants>;
}

/** The tenant of whoever may do it there with any view. Throws Fault for others. */
export async function tenantFor(
  access: Doors,
  principal: Principal,
  place: TenantPlace,
  capability: Capability,
): Promise<{ readonly project: ProjectRow; readonly tenant: TenantRow }> {
  const need = { scope: 'events:read', choosesView: true } as const;
  const project = await access.project(principal, place.project, need);
  const tenant = await access.tenantToRead(principal, project, place.tenant_id, need);
  demandAny(principal, await access.grants(principal, project), capability);
  demandNotEnded(tenant, Date.now());
  return { project, tenant };
}

const NOT_THEIRS: ReadonlySet<string> = new Set([
  ...['not_found', 'forbidden', 'view_not_granted', 'capability_not_granted'],
]);
/** Whether a view was refused for want of a right to it. */
export const isNotTheirs = (error: unknown): boolean =>
  error instanceof Fault && NOT_THEIRS.has(error.code);
