/** Addresses of the pages of a tenant. Pure. */
import type { Place } from '@annals/viewer/reader.tsx';

export interface TenantPlace {
  readonly project: string;
  readonly tenant: string;
}

const joined = (parts: readonly string[]): string => parts.map(encodeURIComponent).join('/');

/** `/p/PROJECT/TENANT`; what stands behind it is as it is. */
export const tenantPath = ({ project, tenant }: TenantPlace, behind = ''): string =>
  `/p/${joined([project, tenant])}${behind === '' ? '' : `/${behind}`}`;

/** The page of an event, a person or a record. */
export function pathOf(tenant: TenantPlace, place: Place, view?: string): string {
  const parts = place.kind === 'event' ? ['event', place.id] : [place.kind, place.type, place.id];
  const query = view === undefined ? '' : `?view=${encodeURIComponent(view)}`;
  return `${tenantPath(tenant, joined(parts))}${query}`;
}
