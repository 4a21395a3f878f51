/**
 * `client.projects`, `client.tenants` and `client.catalog`: what is recorded, who sees it, and for
 * whom. Owns the mapping of these calls to routes.
 */
import type { Catalog } from '@annals/contract/catalog';
import type {
  ChangedTenant,
  DefinedProject,
  DefinitionDiff,
  Project,
  ROUTES,
  Tenant,
  TenantEnd,
} from '@annals/contract/routes';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { path } from './http.ts';

type Routes = typeof ROUTES;
export type ProjectChange = Static<Routes['putProject']['body']>;
export type TenantChange = Static<Routes['putTenant']['body']>;
export type TenantQuery = Static<Routes['listTenants']['query']>;
/** In which language, and for which tenant. */
export type CatalogQuery = Static<Routes['getCatalog']['query']>;

export interface Projects {
  list(options?: CallOptions): Promise<Project[]>;
  /** The project with its definition; null: it has none. */
  get(project: string, options?: CallOptions): Promise<DefinedProject>;
  /**
   * Makes the project, or changes what `change` names. With the `version` that a definition was
   * compared with, throws `ConflictError` if another one is there by now; such a call is not
   * repeated when its answer was lost, since it would meet itself.
   */
  put(project: string, change: ProjectChange, options?: CallOptions): Promise<DefinedProject>;
  /** What a definition would change, in words, without changing it. */
  diff(project: string, definition: unknown, options?: CallOptions): Promise<DefinitionDiff>;
}

export interface Tenants {
  /** Tenants by name; `after` is the last name of the page before. */
  list(query?: TenantQuery, options?: CallOptions): Promise<Tenant[]>;
  /** Makes the tenant, or changes what `change` names; tells which shorter retention waits. */
  put(tenantId: string, change: TenantChange, options?: CallOptions): Promise<ChangedTenant>;
  /** Nothing more is recorded for it; after a time (`P30D`, at least `P7D`) its events go. */
  close(tenantId: string, after?: string, options?: CallOptions): Promise<TenantEnd>;
  /** Takes closing back, before its events are removed. */
  reopen(tenantId: string, options?: CallOptions): Promise<TenantEnd>;
}

export interface Catalogs {
  /** What the project records, in one language, and the views that this key has. */
  get(query?: CatalogQuery, options?: CallOptions): Promise<Catalog>;
}

export const projectsOf = ({ http }: Wiring): Projects => ({
  list: async ({ signal } = {}) =>
    (
      await answerOf<{ projects: Project[] }>(
        http.json({ method: 'GET', path: path('projects'), signal }),
      )
    ).projects,
  get: (project, { signal } = {}) =>
    answerOf(http.json({ method: 'GET', path: path('projects', project), signal })),
  put: (project, json, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'PUT',
        path: path('projects', project),
        json,
        signal,
        repeatable: json.version === undefined,
      }),
    ),
  diff: (project, definition, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'POST',
        path: path('projects', project, 'diff'),
        json: { definition },
        signal,
      }),
    ),
});

export const tenantsOf = ({ http, project }: Wiring): Tenants => ({
  close: (tenantId, after, { signal } = {}) =>
    endOf({ http, project })(tenantId, 'close', after === undefined ? {} : { after }, signal),
  reopen: (tenantId, { signal } = {}) =>
    endOf({ http, project })(tenantId, 'reopen', undefined, signal),
  list: async (query = {}, { signal } = {}) =>
    (
      await answerOf<{ tenants: Tenant[] }>(
        http.json({
          method: 'GET',
          path: path('tenants'),
          query: { project, ...query },
          signal,
        }),
      )
    ).tenants,
  put: (tenantId, json, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'PUT',
        path: path('tenants', tenantId),
        query: { project },
        json,
        signal,
      }),
    ),
});

const endOf =
  ({ http, project }: Wiring) =>
  (tenantId: string, verb: 'close' | 'reopen', json: object | undefined, signal?: AbortSignal) =>
    answerOf<TenantEnd>(
      http.json({
        method: 'POST',
        path: path('tenants', tenantId, verb),
        query: { project },
        ...(json === undefined ? {} : { json }),
        signal,
      }),
    );

export const catalogsOf = ({ http, project }: Wiring): Catalogs => ({
  get: (query = {}, { signal } = {}) =>
    answerOf(
      http.json({ method: 'GET', path: path('catalog'), query: { project, ...query }, signal }),
    ),
});
