/** What the menu shows, by what the role may see: what it may not is absent. Pure. */
import type { Catalog } from '@annals/contract/catalog';
import type { Manage, Me, Seat } from '@annals/contract/routes';

export interface MenuEntry {
  readonly label: string;
  /** Behind `/p/PROJECT/TENANT/`. */
  readonly path: string;
}
export interface Menu {
  readonly logs: readonly MenuEntry[];
  readonly lists: readonly MenuEntry[];
  readonly others: readonly MenuEntry[];
  readonly settings: readonly MenuEntry[];
}

/** Settings pages in their order, with what each of them takes. */
export const SETTINGS: readonly (MenuEntry & { readonly needs: Manage })[] = [
  { label: 'Tenants', path: 'settings/tenants', needs: 'tenants' },
  { label: 'People', path: 'settings/people', needs: 'people' },
  { label: 'Roles', path: 'settings/roles', needs: 'project' },
  { label: 'API keys', path: 'settings/keys', needs: 'keys' },
  { label: 'Sessions', path: 'settings/sessions', needs: 'sessions' },
  { label: 'Project', path: 'settings/project', needs: 'project' },
  { label: 'Rejects', path: 'settings/rejects', needs: 'rejects' },
  { label: 'Explain', path: 'settings/explain', needs: 'explain' },
  { label: 'Erasures', path: 'settings/erasures', needs: 'erasures' },
  { label: 'Holds', path: 'settings/holds', needs: 'holds' },
];

const isAt = ({ project, tenant_id }: Seat, place: { project: string; tenant: string }): boolean =>
  (project === null || project === place.project) &&
  (tenant_id === null || tenant_id === place.tenant);

/** What somebody may administer at a place. */
export function managesAt(
  me: Me,
  place: { project: string; tenant: string },
): (right: Manage) => boolean {
  const seats = me.seats.filter((seat) => isAt(seat, place));
  return (right) =>
    seats.some(({ scopes, manage }) => scopes.includes('manage') || manage.includes(right));
}

export function menuOf(catalog: Catalog, manages: (right: Manage) => boolean): Menu {
  const logs = catalog.views.filter(({ binding }) => binding === 'none');
  const canRead = catalog.views.length > 0;
  const canExport = catalog.views.some(({ capabilities }) => capabilities.includes('export'));
  const canFind = logs.some(({ capabilities }) => capabilities.includes('findings'));
  const hasActors = logs.length > 0 || catalog.views.some(({ binding }) => binding === 'actor');
  const hasRecords = logs.length > 0 || catalog.views.some(({ binding }) => binding === 'record');
  return {
    logs: logs.map(({ view, label }) => ({ label, path: `log/${view}` })),
    lists: [
      ...(canRead && hasActors ? [{ label: 'People', path: 'actors' }] : []),
      ...(canRead && hasRecords ? [{ label: 'Records', path: 'records' }] : []),
    ],
    others: [
      ...(canFind ? [{ label: 'Unusual', path: 'unusual' }] : []),
      ...(canExport ? [{ label: 'Reports', path: 'reports' }] : []),
      ...(canRead ? [{ label: 'Activity reference', path: 'activity' }] : []),
    ],
    settings: SETTINGS.filter(({ needs }) => manages(needs)),
  };
}
