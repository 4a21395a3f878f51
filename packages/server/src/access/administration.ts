/**
 * Projects, tenants and keys as they are administered. Every method asks for the right first, and
 * what belongs to others is as if it did not exist.
 */
import type { Grants } from '@annals/contract/compile';
import type { Doer, OwnAction, OwnTold } from '@annals/contract/own-events';
import {
  type ChangedTenant,
  type DefinedProject,
  type DefinitionDiff,
  type Key,
  type Project,
  type Retention,
  ROUTES,
  type Scope,
  type Tenant,
} from '@annals/contract/routes';
import { formatInstant, parseInstant } from '@annals/contract/time';
import { Fault, invalidBody } from '../fault.ts';
import type { NamedKeyRow, ProjectRow, Store, TenantFields, TenantRow } from '../store/store.ts';
import {
  type Demand,
  decide,
  lackOf,
  type Need,
  NO_TENANT,
  type Place,
  type Principal,
} from './decide.ts';
import { type Definitions, definitionFor, versionConflict } from './definitions.ts';
import { describeProject, describeTenant, gatedTenant } from './describe.ts';
import type { Doors } from './entering.ts';
import { checkRoles, demandRoles } from './giving.ts';
import { describeKey, type KeyRing } from './keys.ts';
import type { RetentionRules } from './retentions.ts';

/** Who may do it: what `Access` answers. */
export interface Rights extends Pick<Doors, 'project' | 'tenantToRead'> {
  readonly definitions: Definitions;
  grants(principal: Principal): Promise<Grants>;
  demand(
    principal: Principal,
    demand: Demand,
    about?: { readonly project?: ProjectRow; readonly missing?: string },
  ): Promise<void>;
  tenantToOpen(project: ProjectRow, tenantId: string): Promise<TenantRow>;
  forget(project: string, tenant?: TenantRow): void;
  readonly retention: RetentionRules;
  tell(doer: Doer, place: Place, action: OwnAction, told: OwnTold): void;
}
export interface ProjectFields {
  readonly label?: string;
  readonly time_zone?: string;
  readonly create_tenants?: boolean;
}
export interface ProjectAsked extends ProjectFields {
  readonly definition?: unknown;
  /** The version that was compared with. */
  readonly version?: number;
}
export interface TenantAsked {
  readonly project?: string;
  readonly tenant_id: string;
  readonly label?: string;
  readonly plan?: string | null;
  readonly addons?: readonly string[];
  readonly is_demo?: boolean;
  readonly audit_enabled_at?: string | null;
  readonly retention?: Retention | null;
}
export interface KeyAsked {
  readonly project?: string;
  readonly label: string;
  readonly scopes?: readonly Scope[];
  readonly roles?: readonly string[];
  readonly tenant_id?: string;
  readonly expires_at?: string;
}

function checkTimeZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw invalidBody('/time_zone', 'must be an IANA time zone name, for example Europe/Berlin');
  }
}

/** The moment from which on a tenant's log is read; null: not at all, where it must be enabled. */
function enabledAt(text: string | null | undefined): number | null | undefined {
  if (text === null || text === undefined) return text;
  const now = Date.now();
  const ms = text === 'now' ? now : parseInstant(text);
  if (ms === undefined) throw invalidBody('/audit_enabled_at', 'must be now, or an RFC 3339 time');
  if (ms > now) throw invalidBody('/audit_enabled_at', 'must not lie in the future');
  return ms;
}

/** Events that are counted as going. */
const EVENTS_COUNTED = 100_000;

export class Administration {
  readonly #store: Store;
  readonly #access: Rights;
  readonly #keys: KeyRing;

  constructor(parts: { store: Store; access: Rights; keys: KeyRing }) {
    this.#store = parts.store;
    this.#access = parts.access;
    this.#keys = parts.keys;
  }

  async listProjects(principal: Principal): Promise<Project[]> {
    const need = ROUTES.listProjects;
    await this.#access.demand(principal, need);
    const grants = await this.#access.grants(principal);
    const rows = await this.#store.projects.list();
    return rows
      .filter(
        ({ project_no }) =>
          decide(principal, { ...need, projectNo: project_no }, grants) === 'allowed',
      )
      .map(describeProject);
  }

  async getProject(principal: Principal, name: string): Promise<DefinedProject> {
    return await this.#defined(await this.#access.project(principal, name, ROUTES.getProject));
  }

  async #defined(row: ProjectRow): Promise<DefinedProject> {
    const compiled = await this.#access.definitions.of(row);
    return { ...describeProject(row), definition: compiled?.definition ?? null };
  }

  async putProject(
    principal: Principal,
    name: string,
    { definition, version, ...fields }: ProjectAsked,
  ): Promise<DefinedProject> {
    const known = await this.#writable(principal, name);
    const isDefined = definition !== undefined || (known?.version ?? 0) > 0;
    for (const field of ['label', 'time_zone'] as const) {
      if (isDefined && fields[field] !== undefined) {
        throw invalidBody(`/${field}`, 'is told by the project’s definition');
      }
    }
    if (fields.time_zone !== undefined) checkTimeZone(fields.time_zone);
    // All that can be refused is refused before anything is kept.
    const isBare = definition === undefined;
    if (isBare && version !== undefined)
      throw invalidBody('/version', 'is only sent with a definition');
    const checked = isBare ? undefined : (await definitionFor(name, definition)).definition;
    if (version !== undefined && version !== (known?.version ?? 0)) throw versionConflict(version);
    const row =
      known && Object.keys(fields).length === 0 ? known : await this.keepProject(name, fields);
    const place = { projectNo: row.project_no, tenantNo: null };
    const changes = changesOf(known, fields);
    const targets = [{ type: 'project', id: name }];
    if (changes.length > 0 || known === undefined) {
      this.#access.tell(principal, place, 'annals.project.changed', { targets, changes });
    }
    if (checked === undefined) return await this.#defined(row);
    await this.#access.definitions.apply(row, checked, { expected: version, by: principal.id });
    const fresh = await this.#fresh(name);
    const metadata = { version: fresh.version };
    this.#access.tell(principal, place, 'annals.project.defined', { targets, metadata });
    return await this.#defined(fresh);
  }

  /** What a definition would change; of a project that is not there, everything. */
  async diffProject(
    principal: Principal,
    name: string,
    definition: unknown,
  ): Promise<DefinitionDiff> {
    const now = Date.now();
    const known = await this.#writable(principal, name);
    const none = { project_no: -1, project: name, label: name, time_zone: 'UTC', created_at: now };
    const row = known ?? { ...none, create_tenants: 1, version: 0, policy: 0 };
    return await this.#access.definitions.diff(row, definition, now);
  }

  /** The project, if it is there, and that the principal may change or make it. */
  async #writable(principal: Principal, name: string): Promise<ProjectRow | undefined> {
    await this.#demandUnbound(principal, 'tenant');
    const known = await this.#store.projects.byName(name);
    if (known) {
      const demand = { ...ROUTES.putProject, projectNo: known.project_no };
      await this.#access.demand(principal, demand, { project: known });
    } else {
      await this.#demandUnbound(principal, 'project');
    }
    return known;
  }

  /** Makes the project, or changes it; nobody's right is asked. */
  async keepProject(
    name: string,
    { create_tenants, ...fields }: ProjectFields,
  ): Promise<ProjectRow> {
    const row = {
      ...fields,
      ...(create_tenants === undefined ? {} : { create_tenants: create_tenants ? 1 : 0 }),
    };
    const defaults = { label: name, time_zone: 'UTC', create_tenants: 1 };
    await this.#store.projects.put(name, row, defaults, Date.now());
    return await this.#fresh(name);
  }

  async #fresh(name: string): Promise<ProjectRow> {
    this.#access.forget(name);
    const kept = await this.#store.projects.byName(name);
    if (kept === undefined) throw new Error('a project just made is not there');
    return kept;
  }

  /** A key bound to a project makes no other, one bound to a tenant manages no project. */
  async #demandUnbound(principal: Principal, to: 'project' | 'tenant'): Promise<void> {
    await this.#access.demand(principal, ROUTES.putProject);
    const bound = to === 'project' ? principal.projectNo : principal.tenantNo;
    if (bound !== null) throw new Fault('not_found');
  }

  async listTenants(
    principal: Principal,
    asked: { project?: string; after?: string; limit?: number },
  ): Promise<Tenant[]> {
    const project = await this.#access.project(principal, asked.project, ROUTES.listTenants);
    const { project_no } = project;
    const after = asked.after ?? '';
    if (principal.tenantNo !== null) {
      const own = await this.#store.tenants.byNumber(principal.tenantNo);
      return own === undefined || own.tenant_id <= after ? [] : [await this.#described(own)];
    }
    const rows = await this.#store.tenants.page(project_no, after, asked.limit ?? 100);
    return rows.map((row) => describeTenant(row, row.size ?? 0));
  }

  async #described(row: TenantRow): Promise<Tenant> {
    const head = await this.#store.heads.byTenant(row.tenant_no);
    return describeTenant(row, head?.size ?? 0);
  }

  /** Throws `prerequisite_missing` if the tenant lacks what the project asks for to enable it. */
  async putTenant(principal: Principal, asked: TenantAsked): Promise<ChangedTenant> {
    const project = await this.#access.project(principal, asked.project, ROUTES.putTenant);
    const { project_no } = project;
    if (principal.tenantId !== null && principal.tenantId !== asked.tenant_id) {
      throw new Fault('not_found', NO_TENANT);
    }
    const { label, plan, addons, is_demo, retention } = asked;
    // Else a customer's own key could open what the customer's plan keeps shut.
    const gated = [plan, addons, is_demo, asked.audit_enabled_at, retention];
    if (principal.tenantId !== null && gated.some((field) => field !== undefined)) {
      throw new Fault('forbidden', 'Nobody of the tenant itself changes more than its label.');
    }
    const audit_enabled_at = enabledAt(asked.audit_enabled_at);
    const fields: TenantFields = {
      ...(label === undefined ? {} : { label }),
      ...(plan === undefined ? {} : { plan }),
      ...(addons === undefined ? {} : { addons: JSON.stringify(addons) }),
      ...(is_demo === undefined ? {} : { is_demo: is_demo ? 1 : 0 }),
      ...(audit_enabled_at === undefined ? {} : { audit_enabled_at }),
      ...(retention === undefined
        ? {}
        : { retention: retention === null ? null : JSON.stringify(retention) }),
    };
    if (typeof audit_enabled_at === 'number') {
      await this.#checkPrerequisites(project, asked.tenant_id, fields);
    }
    const now = Date.now();
    const before = await this.#store.tenants.byId(project_no, asked.tenant_id);
    await this.#keepPast(before, fields, now);
    const row = await this.#store.tenants.put(project_no, asked.tenant_id, fields, now);
    this.#access.forget(project.project, row);
    const changes = changesOf(before, fields);
    if (changes.length > 0 || before === undefined) {
      const place = { projectNo: project_no, tenantNo: row.tenant_no };
      const targets = [{ type: 'tenant', id: row.tenant_id }];
      this.#access.tell(principal, place, 'annals.tenant.changed', { targets, changes });
    }
    return await this.#changed(project, row, now);
  }

  /** What decided the tenant's retention until now, if that changes. */
  async #keepPast(known: TenantRow | undefined, fields: TenantFields, now: number) {
    if (known === undefined) return;
    const { tenant_no, plan, retention } = known;
    const next = { ...known, ...fields };
    if (next.plan === plan && next.retention === retention) return;
    await this.#store.retentions.addPast({ tenant_no, until: now, plan, retention });
  }

  async #changed(project: ProjectRow, row: TenantRow, now: number): Promise<ChangedTenant> {
    this.#access.retention.forget(row.tenant_no);
    const tenant = await this.#described(row);
    const { inEffect, pending } = await this.#access.retention.of(project, row, now);
    if (pending === undefined) return tenant;
    const { period: events } = pending.events;
    const { period: personal } = pending.personal;
    const to = Math.max(pending.events.before, pending.personal.before);
    const from = Math.min(inEffect.events.before, inEffect.personal.before);
    const { retentions } = this.#store;
    return {
      ...tenant,
      retention_pending: {
        ...(events === undefined ? {} : { events_kept: events }),
        ...(personal === undefined ? {} : { personal_kept: personal }),
        takes_effect_at: formatInstant(pending.at),
        events: await retentions.countOf(row.tenant_no, { from, to }, EVENTS_COUNTED),
      },
    };
  }

  async #checkPrerequisites(
    project: ProjectRow,
    tenantId: string,
    fields: TenantFields,
  ): Promise<void> {
    const compiled = await this.#access.definitions.of(project);
    if (compiled === undefined) return;
    const known = await this.#store.tenants.byId(project.project_no, tenantId);
    const none = { tenant_no: 0, project_no: 0, tenant_id: tenantId, label: null, created_at: 0 };
    const unset = {
      ...none,
      ...{ plan: null, addons: '[]', is_demo: 0, audit_enabled_at: null },
      ...{ retention: null, closed_at: null, ends_at: null },
    };
    const lack = lackOf(compiled, gatedTenant({ ...unset, ...known, ...fields }));
    if (lack === undefined) return;
    const missing = lack.missing ? { missing: [...lack.missing] } : {};
    throw new Fault('prerequisite_missing', lack.detail, { about: missing });
  }

  async listKeys(principal: Principal, name: string | undefined): Promise<Key[]> {
    const project = await this.#access.project(principal, name, ROUTES.listKeys);
    const rows = await this.#store.keys.list(project.project_no);
    const ofInstance =
      name === undefined && principal.projectNo === null ? await this.#store.keys.list(null) : [];
    return [...ofInstance, ...rows]
      .filter(({ tenant_no }) => principal.tenantNo === null || tenant_no === principal.tenantNo)
      .map(describeKey);
  }

  /** A key can grant no more than its maker has. */
  async createKey(principal: Principal, asked: KeyAsked): Promise<Key & { secret: string }> {
    const project = await this.#access.project(principal, asked.project, ROUTES.createKey);
    const { scopes = [], roles = [] } = asked;
    const tenantId = asked.tenant_id ?? principal.tenantId ?? undefined;
    if (principal.tenantId !== null && tenantId !== principal.tenantId) {
      throw new Fault('not_found', NO_TENANT);
    }
    await this.#checkRights(principal, project, scopes, roles);
    const expiresAt = expiryOf(principal, asked.expires_at);
    const tenant =
      tenantId === undefined ? undefined : await this.#tenantOf(principal, project, tenantId);
    const { secret, row } = await this.#keys.create({
      label: asked.label,
      scopes,
      roles,
      projectNo: project.project_no,
      tenantNo: tenant?.tenant_no ?? null,
      expiresAt,
    });
    const made = describeKey(row);
    this.#tellOfKey(principal, row, 'annals.key.created');
    return { ...made, secret };
  }

  #tellOfKey(principal: Principal, row: NamedKeyRow, action: OwnAction): void {
    const { key_id: id, label: name, tenant_no: tenantNo, project_no: projectNo } = row;
    const { scopes, roles, expires_at } = describeKey(row);
    this.#access.tell(principal, { projectNo, tenantNo }, action, {
      targets: [{ type: 'api_key', id, name }],
      metadata: { scopes, roles, ...(expires_at === null ? {} : { expires_at }) },
    });
  }

  /** The tenant that a key is bound to; made by those who may make tenants. */
  async #tenantOf(principal: Principal, project: ProjectRow, tenantId: string): Promise<TenantRow> {
    const { project_no: projectNo } = project;
    const known = await this.#store.tenants.byId(projectNo, tenantId);
    if (known) return known;
    await this.#access.demand(principal, { ...ROUTES.putTenant, projectNo }, { project });
    return await this.#store.tenants.put(projectNo, tenantId, {}, Date.now());
  }

  async #checkRights(
    principal: Principal,
    project: ProjectRow,
    scopes: readonly Scope[],
    roles: readonly string[],
  ): Promise<void> {
    if (scopes.length > 0 === roles.length > 0) {
      throw invalidBody(
        roles.length > 0 ? '/roles' : '/scopes',
        'a key has either scopes or roles',
      );
    }
    await checkRoles(this.#access, project, roles, '/roles');
    await demandRoles(this.#access, principal, project.project_no, roles);
    if (scopes.length > 0 && principal.roles.length > 0) {
      throw new Fault('forbidden', 'Who has roles gives others only roles.');
    }
    for (const scope of scopes) {
      const need: Need = { scope };
      await this.#access.demand(principal, { ...need, projectNo: project.project_no });
    }
  }

  /** With a project named, only a key of that project. */
  async revokeKey(principal: Principal, keyId: string, name: string | undefined): Promise<Key> {
    await this.#access.demand(principal, ROUTES.revokeKey);
    const named =
      name === undefined
        ? undefined
        : await this.#access.project(principal, name, ROUTES.revokeKey);
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
    if (row.revoked_at === null) this.#tellOfKey(principal, revoked, 'annals.key.revoked');
    return describeKey(revoked);
  }
}

/** What differs in fields that are given, as changes of an event. */
function changesOf(before: object | undefined, fields: object): NonNullable<OwnTold['changes']> {
  const known = new Map<string, unknown>(Object.entries(before ?? {}));
  return Object.entries(fields).flatMap(([name, after]) => {
    const was = known.get(name) ?? null;
    return was === after ? [] : [{ path: `/${name}`, before: was, after }];
  });
}

function expiryOf(principal: Principal, asked: string | undefined): number | null {
  const expiresAt = asked === undefined ? principal.expiresAt : parseInstant(asked);
  if (expiresAt === undefined) throw invalidBody('/expires_at', 'must be an RFC 3339 time');
  if (expiresAt !== null && expiresAt <= Date.now()) {
    throw invalidBody('/expires_at', 'must lie in the future');
  }
  if (principal.expiresAt !== null && (expiresAt ?? Infinity) > principal.expiresAt) {
    throw new Fault('forbidden', 'A key cannot make one that lives longer than itself.');
  }
  return expiresAt;
}
