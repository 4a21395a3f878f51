/** Projects and tenants as they are told. */
import type { Project, Retention, Tenant } from '@annals/contract/routes';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import type { ProjectRow, TenantRow } from '../store/store.ts';
import type { GatedTenant } from './decide.ts';

export const describeProject = (row: ProjectRow): Project => ({
  project: row.project,
  label: row.label,
  time_zone: row.time_zone,
  create_tenants: row.create_tenants === 1,
  version: row.version,
  created_at: formatInstant(row.created_at),
});

function addonsOf(text: string): string[] {
  const addons: unknown = JSON.parse(text);
  return Array.isArray(addons) ? addons.map(String) : [];
}

/** What a project's rules look at. */
export const gatedTenant = (row: TenantRow): GatedTenant => ({
  plan: row.plan,
  addons: addonsOf(row.addons),
  isDemo: row.is_demo === 1,
  enabledAt: row.audit_enabled_at,
});

/** A tenant's own retention, in place of that of its plan or project. */
export const ownRetention = ({ retention }: Pick<TenantRow, 'retention'>): Retention | null =>
  // Checked before it was stored.
  retention === null ? null : (JSON.parse(retention) as Retention);

export const describeTenant = (row: TenantRow, size: number): Tenant => ({
  tenant_id: row.tenant_id,
  ...(row.label === null ? {} : { label: row.label }),
  plan: row.plan,
  addons: addonsOf(row.addons),
  is_demo: row.is_demo === 1,
  audit_enabled_at: row.audit_enabled_at === null ? null : formatInstant(row.audit_enabled_at),
  retention: ownRetention(row),
  closed_at: instantOrNull(row.closed_at),
  ends_at: instantOrNull(row.ends_at),
  created_at: formatInstant(row.created_at),
  events: size,
});
