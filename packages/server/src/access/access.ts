/**
 * Who may do what: projects, tenants, keys and views. Owns every decision about permission, made
 * by one pure function (`decide`). Promises: deny by default; another project's or tenant's data
 * answers as if it did not exist. Never records, finds or changes an event.
 */
import type { Key, Project, Scope, Tenant } from '@annals/contract/routes';
import { formatInstant, parseInstant } from '@annals/contract/time';
import { ALL, type View } from '@annals/contract/view';
import { LRUCache } from 'lru-cache';
import { Fault } from '../fault.ts';
import type { ProjectRow, Store, TenantRow } from '../store/store.ts';
import { type Demand, decide, type Principal } from './decide.ts';
import { describeKey, KeyRing } from './keys.ts';

export { decide, type Principal } from './decide.ts';
export type { ProjectRow, TenantRow };

export const DEFAULT_PROJECT = 'default';
/** A change on another server is seen within this time, in ms. */
const KEPT_MS = 5_000;
const PROJECTS_KEPT = 1_000;
/** Tenants kept in memory, about 300 bytes each. */
const TENANTS_KEPT = 50_000;

/** A tenant that a reader may see, and the lens it is seen through. */
export interface Sight {
  readonly project: ProjectRow;
  readonly tenant: TenantRow;
  readonly view: View;
}

export interface ProjectFields {
  readonly label?: string;
  readonly time_zone?: string;
  readonly create_tenants?: boolean;
}

const describeProject = (row: ProjectRow): Project => ({
  project: row.project,
  label: row.label,
  time_zone: row.time_zone,
  create_tenants: row.create_tenants === 1,
  created_at: formatInstant(row.created_at),
});

const describeTenant = (row: TenantRow, size: number): Tenant => ({
  tenant_id: row.tenant_id,
  ...(row.label === null ? {} : { label: row.label }),
  created_at: formatInstant(row.created_at),
  events: size,
});

const invalid = (path: string, detail: string): Fault =>
  new Fault('invalid_body', `${path}: ${detail}`, { errors: [{ path, detail }] });

function checkTimeZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw invalid('/time_zone', 'must be an IANA time zone name, for example Europe/Berlin');
  }
}

/** Opens access; makes the `default` project and the admin key if they are not there. */
export class Access {
  readonly #store: Store;
  readonly #keys: KeyRing;
  readonly #projects = new LRUCache<string, ProjectRow>({ max: PROJECTS_KEPT, ttl: KEPT_MS });
  readonly #tenants = new LRUCache<string, TenantRow>({ max: TENANTS_KEPT, ttl: KEPT_MS });

  constructor(store: Store) {
    this.#store = store;
    this.#keys = new KeyRing(store);
  }

  /** First start: answers the admin key that was made, which is shown once. */
  async prepare(adminKey: string | undefined): Promise<string | undefined> {
    await this.#put(DEFAULT_PROJECT, {});
    return await this.#keys.keepAdmin(adminKey);
  }

  authenticate(secret: string): Promise<Principal | undefined> {
    return this.#keys.authenticate(secret);
  }

  /**
   * Throws `not_found` for what the principal may not know of, `forbidden` for a missing scope.
   * `missing` is what is said of a thing that does not exist: the words must not differ.
   */
  demand(principal: Principal, demand: Demand, missing?: string): void {
    const decision = decide(principal, demand);
    if (decision === 'hidden') throw new Fault('not_found', missing);
    if (decision === 'forbidden') {
      throw new Fault('forbidden', `This needs a key with the scope "${demand.scope}".`);
    }
  }

  /** The project that a request is about: the named one, the key's own, or `default`. */
  async project(principal: Principal, name: string | undefined, scope: Scope): Promise<ProjectRow> {
    const project =
      name === undefined && principal.projectNo !== null
        ? await this.#store.projects.byNumber(principal.projectNo)
        : await this.#projectNamed(name ?? DEFAULT_PROJECT);
    const missing = 'There is no such project.';
    if (project === undefined) throw new Fault('not_found', missing);
    this.demand(principal, { scope, projectNo: project.project_no }, missing);
    return project;
  }

  async #projectNamed(name: string): Promise<ProjectRow | undefined> {
    const known = this.#projects.get(name);
    if (known) return known;
    const row = await this.#store.projects.byName(name);
    if (row) this.#projects.set(name, row);
    return row;
  }

  async #tenant(projectNo: number, tenantId: string): Promise<TenantRow | undefined> {
    const key = `${projectNo} ${tenantId}`;
    const known = this.#tenants.get(key);
    if (known) return known;
    const row = await this.#store.tenants.byId(projectNo, tenantId);
    if (row) this.#tenants.set(key, row);
    return row;
  }

  /** The tenant that events are recorded for; made if the project allows it. */
  async tenantToWrite(
    principal: Principal,
    project: ProjectRow,
    tenantId: string,
  ): Promise<TenantRow> {
    if (principal.tenantId !== null && principal.tenantId !== tenantId) {
      throw new Fault('tenant_not_allowed', 'The key may write for its own tenant only.');
    }
    const known = await this.#tenant(project.project_no, tenantId);
    if (known) return known;
    if (project.create_tenants !== 1) {
      throw new Fault('tenant_unknown', 'This project does not make tenants by their first event.');
    }
    return await this.#store.tenants.put(project.project_no, tenantId, undefined, Date.now());
  }

  /** The tenant of a read or a job. Throws `not_found` if there is none or it is another's. */
  async tenantToRead(
    principal: Principal,
    project: ProjectRow,
    tenantId: string,
    scope: Scope,
  ): Promise<TenantRow> {
    const tenant = await this.#tenant(project.project_no, tenantId);
    if (tenant === undefined) throw new Fault('not_found', 'There is no such tenant.');
    const demand = { scope, projectNo: project.project_no, tenantNo: tenant.tenant_no };
    this.demand(principal, demand, 'There is no such tenant.');
    return tenant;
  }

  /** What a reader of events sees, or why not. */
  async sight(
    principal: Principal,
    asked: { project?: string; tenant_id: string; view?: string },
  ): Promise<Sight> {
    const project = await this.project(principal, asked.project, 'events:read');
    const tenant = await this.tenantToRead(principal, project, asked.tenant_id, 'events:read');
    const view = (asked.view ?? ALL.name) === ALL.name ? ALL : undefined;
    if (view === undefined) throw new Fault('not_found', 'There is no such view.');
    return { project, tenant, view };
  }

  async listProjects(principal: Principal): Promise<Project[]> {
    this.demand(principal, { scope: 'manage' });
    const rows = await this.#store.projects.list();
    return rows
      .filter(
        ({ project_no }) =>
          decide(principal, { scope: 'manage', projectNo: project_no }) === 'allowed',
      )
      .map(describeProject);
  }

  async getProject(principal: Principal, name: string): Promise<Project> {
    return describeProject(await this.project(principal, name, 'manage'));
  }

  async putProject(principal: Principal, name: string, fields: ProjectFields): Promise<Project> {
    this.#demandUnbound(principal, 'tenant');
    const known = await this.#store.projects.byName(name);
    if (known) this.demand(principal, { scope: 'manage', projectNo: known.project_no });
    else this.#demandUnbound(principal, 'project');
    if (fields.time_zone !== undefined) checkTimeZone(fields.time_zone);
    return describeProject(await this.#put(name, fields));
  }

  async #put(name: string, { create_tenants, ...fields }: ProjectFields): Promise<ProjectRow> {
    const row = {
      ...fields,
      ...(create_tenants === undefined ? {} : { create_tenants: create_tenants ? 1 : 0 }),
    };
    const defaults = { label: name, time_zone: 'UTC', create_tenants: 1 };
    await this.#store.projects.put(name, row, defaults, Date.now());
    this.#projects.delete(name);
    const kept = await this.#projectNamed(name);
    if (kept === undefined) throw new Error('a project just made is not there');
    return kept;
  }

  /** A key bound to a project makes no other, one bound to a tenant manages no project. */
  #demandUnbound(principal: Principal, to: 'project' | 'tenant'): void {
    this.demand(principal, { scope: 'manage' });
    const bound = to === 'project' ? principal.projectNo : principal.tenantNo;
    if (bound !== null) throw new Fault('not_found');
  }

  async listTenants(
    principal: Principal,
    asked: { project?: string; after?: string; limit?: number },
  ): Promise<Tenant[]> {
    const project = await this.project(principal, asked.project, 'manage');
    const { project_no } = project;
    const after = asked.after ?? '';
    if (principal.tenantNo !== null) {
      const own = await this.#store.tenants.byNumber(principal.tenantNo);
      if (own === undefined || own.tenant_id <= after) return [];
      const head = await this.#store.heads.byTenant(own.tenant_no);
      return [describeTenant(own, head?.size ?? 0)];
    }
    const rows = await this.#store.tenants.page(project_no, after, asked.limit ?? 100);
    return rows.map((row) => describeTenant(row, row.size ?? 0));
  }

  async putTenant(
    principal: Principal,
    asked: { project?: string; tenant_id: string; label?: string },
  ): Promise<Tenant> {
    const project = await this.project(principal, asked.project, 'manage');
    const { project_no } = project;
    if (principal.tenantId !== null && principal.tenantId !== asked.tenant_id) {
      throw new Fault('not_found', 'There is no such tenant.');
    }
    const row = await this.#store.tenants.put(project_no, asked.tenant_id, asked.label, Date.now());
    this.#tenants.delete(`${project_no} ${asked.tenant_id}`);
    const head = await this.#store.heads.byTenant(row.tenant_no);
    return describeTenant(row, head?.size ?? 0);
  }

  async listKeys(principal: Principal, name: string | undefined): Promise<Key[]> {
    const project = await this.project(principal, name, 'manage');
    const rows = await this.#store.keys.list(project.project_no);
    const ofInstance =
      name === undefined && principal.projectNo === null ? await this.#store.keys.list(null) : [];
    return [...ofInstance, ...rows]
      .filter(({ tenant_no }) => principal.tenantNo === null || tenant_no === principal.tenantNo)
      .map(describeKey);
  }

  /** A key can grant no more than its maker has. */
  async createKey(
    principal: Principal,
    asked: {
      project?: string;
      label: string;
      scopes: readonly Scope[];
      tenant_id?: string;
      expires_at?: string;
    },
  ): Promise<Key & { secret: string }> {
    const project = await this.project(principal, asked.project, 'manage');
    const tenantId = asked.tenant_id ?? principal.tenantId ?? undefined;
    if (principal.tenantId !== null && tenantId !== principal.tenantId) {
      throw new Fault('not_found', 'There is no such tenant.');
    }
    for (const scope of asked.scopes) {
      this.demand(principal, { scope, projectNo: project.project_no });
    }
    const expiresAt =
      asked.expires_at === undefined ? principal.expiresAt : parseInstant(asked.expires_at);
    if (expiresAt === undefined) throw invalid('/expires_at', 'must be an RFC 3339 time');
    if (expiresAt !== null && expiresAt <= Date.now()) {
      throw invalid('/expires_at', 'must lie in the future');
    }
    if (principal.expiresAt !== null && (expiresAt ?? Infinity) > principal.expiresAt) {
      throw new Fault('forbidden', 'A key cannot make one that lives longer than itself.');
    }
    const tenant =
      tenantId === undefined
        ? undefined
        : await this.#store.tenants.put(project.project_no, tenantId, undefined, Date.now());
    const { secret, row } = await this.#keys.create({
      label: asked.label,
      scopes: asked.scopes,
      projectNo: project.project_no,
      tenantNo: tenant?.tenant_no ?? null,
      expiresAt,
    });
    return { ...describeKey(row), secret };
  }

  /** With a project named, only a key of that project. */
  async revokeKey(principal: Principal, keyId: string, name: string | undefined): Promise<Key> {
    this.demand(principal, { scope: 'manage' });
    const named = name === undefined ? undefined : await this.project(principal, name, 'manage');
    const row = await this.#store.keys.byId(keyId);
    const isForeign =
      row === undefined ||
      (named !== undefined && row.project_no !== named.project_no) ||
      (principal.projectNo !== null && row.project_no !== principal.projectNo) ||
      (principal.tenantNo !== null && row.tenant_no !== principal.tenantNo);
    if (isForeign) throw new Fault('not_found', 'There is no such key.');
    await this.#keys.revoke(keyId);
    const revoked = await this.#store.keys.byId(keyId);
    if (revoked === undefined) throw new Error('a key just revoked is not there');
    return describeKey(revoked);
  }
}
