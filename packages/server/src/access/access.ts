/**
 * Who may do what: projects, their definitions, tenants, keys, roles and views. Owns every
 * decision about permission, made by pure functions (`decide.ts`). Promises: deny by default;
 * another project's or tenant's data answers as if it did not exist; every reader gets a view and
 * its limits. Never records, finds or changes an event.
 */
import { type Catalog, catalogOf } from '@annals/contract/catalog';
import {
  builtInOf,
  type Capability,
  type Compiled,
  type Grants,
  grantsOf,
  isViewerRole,
  viewOf,
} from '@annals/contract/compile';
import { CAPABILITIES, type ViewDefinition } from '@annals/contract/definition';
import type { ClassPolicy } from '@annals/contract/leaf';
import {
  type Doer,
  type OwnAction,
  type OwnEvent,
  type OwnTold,
  ownEvent,
} from '@annals/contract/own-events';
import { type Me, type Notice, ROUTES } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { OWN_TENANT } from '@annals/contract/values';
import { BUILT_IN, LOG, type Subject, type View } from '@annals/contract/view';
import { Fault } from '../fault.ts';
import { keptOf } from '../kept.ts';
import type { ProjectRow, Store, TenantRow } from '../store/store.ts';
import { Administration } from './administration.ts';
import {
  asRole,
  chooseView,
  type Demand,
  decide,
  gateOf,
  ITSELF,
  type Need,
  NO_GRANTS,
  NO_PROJECT,
  NO_TENANT,
  type Place,
  type Principal,
  type Refusal,
} from './decide.ts';
import { Definitions } from './definitions.ts';
import { gatedTenant } from './describe.ts';
import { demandNotEnded } from './ended.ts';
import { KeyRing } from './keys.ts';
import { type Limits, limitsOf, NO_LIMITS } from './limits.ts';
import { meOf } from './me.ts';
import { People } from './people.ts';
import { Persons, type SessionLimits } from './persons.ts';
import { RetentionRules, tenantNotices } from './retentions.ts';
import type { Caller } from './seats.ts';
import { boundSubject, subjectOf } from './subject.ts';
import { isViewerToken, Viewers } from './viewers.ts';

export {
  type Need,
  NO_PROJECT,
  NO_TENANT,
  type Place,
  type Principal,
} from './decide.ts';
export { isNotTheirs, type TenantPlace, tenantFor } from './entering.ts';
export { type LimitedBy, type Limits, movedBy, startOfDay } from './limits.ts';
export { BY_SETUP, type LinkPurpose } from './people.ts';
export type { Keeping, RetentionView } from './retentions.ts';
export { type Caller, chooseSeat, isPerson, type Person, principalAt } from './seats.ts';
export { digestOfView, labelOf } from './shown.ts';
export { digestOf, newId } from './tokens.ts';
export type { ProjectRow, TenantRow };
export const DEFAULT_PROJECT = 'default';
/** A change on another server is seen within this time, in ms. */
const KEPT_MS = 5_000;
const PROJECTS_KEPT = 1_000;
/** Tenants kept in memory, about 300 bytes each. */
const TENANTS_KEPT = 50_000;
const POLICIES_KEPT = 1_000;
const OWN_FIELDS = { label: 'Annals' } as const;

/** A tenant that a reader may see, the lens it is seen through, and how far. */
export interface Sight {
  readonly project: ProjectRow;
  readonly tenant: TenantRow;
  readonly view: View;
  /** Of the view; undefined: the built-in one, which has no rules. */
  readonly rules: ViewDefinition | undefined;
  readonly limits: Limits;
  readonly compiled: Compiled | undefined;
  /** What readers of the tenant’s log should know, whatever they ask. */
  readonly notices: readonly Notice[];
  /** The moment that the limits are counted from, in ms. */
  readonly now: number;
}
export interface SightAsked {
  readonly project?: string | undefined;
  readonly tenant_id: string;
  readonly view?: string | undefined;
  readonly subject?: string | undefined;
  readonly locale?: string | undefined;
  readonly as_role?: string | undefined;
}
/** A view of a role, to be explained: as the role's holders would look through it. */
export interface RoleSight {
  readonly name: string;
  readonly sight: Sight;
  /** Why they may not look at all. */
  readonly refused: Refusal | undefined;
}

const refusal = ({ code, detail, permission, missing }: Refusal): Fault =>
  new Fault(code, detail, {
    about: {
      ...(permission === undefined ? {} : { permission }),
      ...(missing === undefined ? {} : { missing: [...missing] }),
    },
  });

/** What somebody lacks who is refused: those with roles are given no scope. */
function rightTo({ kind, roles }: Principal, { scope, manage }: Need): string {
  if (roles.length === 0 && kind !== 'person') return `a key with the scope "${scope}"`;
  if (manage !== undefined) return `a role that manages ${manage}`;
  if (scope === 'events:read') return 'a role with a view of the log';
  return `a key with the scope "${scope}", in place of roles`;
}

export class Access {
  readonly admin: Administration;
  readonly definitions: Definitions;
  readonly retention: RetentionRules;
  readonly viewers: Viewers;
  readonly persons: Persons;
  readonly people: People;
  readonly #store: Store;
  readonly #keys: KeyRing;
  readonly #tell: (place: Place, event: OwnEvent) => void;
  readonly #projects = keptOf<string, ProjectRow>({ most: PROJECTS_KEPT, ttl: KEPT_MS });
  readonly #tenants = keptOf<string, TenantRow>({ most: TENANTS_KEPT, ttl: KEPT_MS });
  readonly #policies = keptOf<number, ClassPolicy>({ most: POLICIES_KEPT });
  /** Views as they were made last, by definition. */
  readonly #views = new WeakMap<Compiled, Map<string, View>>();
  /** By the names of roles. */
  readonly #grants = new WeakMap<Compiled, Map<string, Grants>>();

  /** `tell` records an event of the log itself, without being waited for. */
  constructor(
    store: Store,
    tell: (place: Place, event: OwnEvent) => void,
    sessions: SessionLimits,
  ) {
    this.#store = store;
    this.#tell = tell;
    this.#keys = new KeyRing(store);
    this.definitions = new Definitions(store);
    this.retention = new RetentionRules(store, this.definitions);
    this.admin = new Administration({ store, access: this, keys: this.#keys });
    this.viewers = new Viewers({ store, access: this });
    this.persons = new Persons(store, sessions);
    this.people = new People({ store, access: this, persons: this.persons });
  }

  /** First start: answers the admin key that was made, which is shown once. */
  async prepare(adminKey: string | undefined): Promise<string | undefined> {
    await this.admin.keepProject(DEFAULT_PROJECT, {});
    await this.retention.prepare(Date.now());
    return await this.#keys.keepAdmin(adminKey);
  }

  /** Whoever holds this key or token; undefined if nobody does. */
  authenticate(secret: string): Promise<Principal | undefined> {
    return isViewerToken(secret)
      ? this.viewers.authenticate(secret)
      : this.#keys.authenticate(secret);
  }

  #isCurrent(principal: Principal): Promise<boolean> {
    if (principal.kind === 'viewer') return this.viewers.isCurrent(principal);
    if (principal.kind === 'person') return this.persons.isCurrent(principal);
    return this.#keys.isCurrent(principal.id);
  }

  /** Somebody who asked before, with the rights of now; undefined: they have none any more. */
  async again(then: Principal): Promise<Principal | undefined> {
    // A person's wish outlives the session that it was made in.
    if (then.kind === 'person') return await this.persons.again(then);
    return (await this.#isCurrent(then)) ? then : undefined;
  }

  /** Records what somebody has done, in the log of the place. */
  tell(doer: Doer, place: Place, action: OwnAction, told: OwnTold): void {
    this.#tell(place, ownEvent(action, doer, told));
  }

  /** The tenant in whose log something of a place stands. */
  async tenantOf({ projectNo, tenantNo }: Place): Promise<TenantRow> {
    const named = tenantNo === null ? undefined : await this.#store.tenants.byNumber(tenantNo);
    if (named) return named;
    const no = projectNo ?? (await this.#projectNamed(DEFAULT_PROJECT))?.project_no;
    if (no === undefined) throw new Error('the project of the instance is not there');
    const known = await this.#tenant(no, OWN_TENANT);
    return known ?? (await this.#store.tenants.put(no, OWN_TENANT, OWN_FIELDS, Date.now()));
  }

  /** Who asks, and what they may do where. */
  me(caller: Caller): Promise<Me> {
    return meOf(caller, { store: this.#store, grants: (...of) => this.grants(...of) });
  }

  /** What the principal's roles allow; nothing in another project than its own. */
  async grants(principal: Principal, project?: ProjectRow): Promise<Grants> {
    const { kind, projectNo } = principal;
    let { roles } = principal;
    if (roles.length === 0 || projectNo === null) return NO_GRANTS;
    const own = project ?? (await this.#store.projects.byNumber(projectNo));
    if (own === undefined || own.project_no !== projectNo) return NO_GRANTS;
    const compiled = await this.definitions.of(own);
    if (compiled === undefined) return NO_GRANTS;
    // A definition may have taken the mark away since.
    if (kind === 'viewer') roles = roles.filter((role) => isViewerRole(compiled, role));
    const known = this.#grants.get(compiled) ?? new Map<string, Grants>();
    this.#grants.set(compiled, known);
    const key = roles.join(' ');
    const made = known.get(key) ?? grantsOf(compiled, roles);
    known.set(key, made);
    return made;
  }

  /**
   * Throws `not_found` for what the principal may not know of, `forbidden` for a missing right.
   * `missing` is what is said of a thing that does not exist: the words must not differ.
   */
  async demand(
    principal: Principal,
    demand: Demand,
    { missing, project }: { readonly missing?: string; readonly project?: ProjectRow } = {},
  ): Promise<void> {
    const decision = decide(principal, demand, await this.grants(principal, project));
    if (decision === 'hidden') throw new Fault('not_found', missing);
    if (decision === 'allowed') return;
    throw new Fault('forbidden', `This needs ${rightTo(principal, demand)}.`);
  }

  /** The project that a request is about: the named one, the key's own, or `default`. */
  async project(principal: Principal, name: string | undefined, need: Need): Promise<ProjectRow> {
    const project =
      name === undefined && principal.projectNo !== null
        ? await this.#store.projects.byNumber(principal.projectNo)
        : await this.#projectNamed(name ?? DEFAULT_PROJECT);
    if (project === undefined) throw new Fault('not_found', NO_PROJECT);
    const demand = { ...need, projectNo: project.project_no };
    await this.demand(principal, demand, { missing: NO_PROJECT, project });
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

  /** What was kept of these in memory may be old. */
  forget(project: string, tenant?: TenantRow): void {
    this.#projects.delete(project);
    if (tenant) this.#tenants.delete(`${tenant.project_no} ${tenant.tenant_id}`);
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
    const tenant = await this.tenantToOpen(project, tenantId);
    if (tenant.closed_at !== null) {
      throw new Fault('tenant_closed', `It was closed ${formatInstant(tenant.closed_at)}.`);
    }
    return tenant;
  }

  /** The tenant whose log somebody will read, until it has ended; made as by its first event. */
  async tenantToOpen(project: ProjectRow, tenantId: string): Promise<TenantRow> {
    if (tenantId === OWN_TENANT) {
      throw new Fault('tenant_not_allowed', 'This tenant is that of the log’s own events.');
    }
    const known = await this.#tenant(project.project_no, tenantId);
    if (known) demandNotEnded(known, Date.now());
    if (known) return known;
    if (project.create_tenants !== 1) {
      throw new Fault('tenant_unknown', 'This project does not make tenants by their first event.');
    }
    return await this.#store.tenants.put(project.project_no, tenantId, {}, Date.now());
  }

  /** The tenant of a read or a job. Throws `not_found` if there is none or it is another's. */
  async tenantToRead(
    principal: Principal,
    project: ProjectRow,
    tenantId: string,
    need: Need,
  ): Promise<TenantRow> {
    const tenant = await this.#tenant(project.project_no, tenantId);
    if (tenant === undefined) throw new Fault('not_found', NO_TENANT);
    const demand = { ...need, projectNo: project.project_no, tenantNo: tenant.tenant_no };
    await this.demand(principal, demand, { missing: NO_TENANT, project });
    return tenant;
  }

  /** Which entities are persons, for the leaves of a project's new events. */
  async policyOf({ policy }: ProjectRow): Promise<ClassPolicy> {
    const known = this.#policies.get(policy);
    if (known) return known;
    for (const [number, one] of await this.#store.classPolicies.all()) {
      this.#policies.set(number, one);
    }
    const found = this.#policies.get(policy);
    if (found === undefined) throw new Error(`there is no class policy ${policy}`);
    return found;
  }

  /**
   * What a reader of events sees, or why not, for what it wants to do. The view's limits are
   * counted from a moment: now, or that of a file which was made of what could be seen then.
   */
  async sight(
    principal: Principal,
    asked: SightAsked,
    capability: Capability = 'read',
    at?: number,
  ): Promise<Sight> {
    const need: Need = { scope: ROUTES.listEvents.scope, choosesView: true };
    const project = await this.project(principal, asked.project, need);
    const compiled = await this.definitions.of(project);
    const reader = asRole(principal, project.project_no, compiled, asked.as_role);
    const tenant = await this.tenantToRead(reader, project, asked.tenant_id, need);
    const chosen = chooseView(reader, compiled, await this.grants(reader, project), {
      view: asked.view,
      capability,
      tenant: gatedTenant(tenant),
    });
    if ('refused' in chosen) throw refusal(chosen.refused);
    const { name, view: rules } = chosen;
    const subject = subjectOf(boundSubject(principal, asked.subject), rules?.binding ?? 'none');
    const now = Date.now();
    const notices = await this.#noticesOf(project, tenant, now);
    const from = at ?? now;
    const place = { project, tenant, rules, compiled, notices, now: from };
    if (compiled === undefined || rules === undefined) {
      const builtIn = BUILT_IN.get(name) ?? LOG;
      const view = compiled ? this.#view(compiled, name, undefined, asked.locale) : builtIn;
      return { ...place, view, limits: NO_LIMITS };
    }
    const view = this.#view(compiled, name, rules, asked.locale);
    const limits = await limitsOf(rules, compiled.timeZone, tenant.audit_enabled_at, from);
    return { ...place, view: subject ? { ...view, subject } : view, limits };
  }

  /** What the server itself sees through a view: what anybody would who may read everything. */
  async ownSight({ tenantNo }: Pick<Place, 'tenantNo'>, view: string): Promise<Sight> {
    const tenant = tenantNo === null ? undefined : await this.#store.tenants.byNumber(tenantNo);
    const project = tenant && (await this.#store.projects.byNumber(tenant.project_no));
    if (!tenant || !project) throw new Fault('not_found', NO_TENANT);
    const asked = { project: project.project, tenant_id: tenant.tenant_id, view };
    return await this.sight(ITSELF, asked, 'findings');
  }

  async #noticesOf(project: ProjectRow, tenant: TenantRow, now: number): Promise<Notice[]> {
    demandNotEnded(tenant, now);
    const pending = await this.retention.threat(project, tenant, now);
    return tenantNotices(tenant.ends_at, pending);
  }

  /** Whether somebody who got a sight some time ago would get the same one now. */
  async mayStill(principal: Principal, asked: SightAsked, then: Sight): Promise<boolean> {
    try {
      if (!(await this.#isCurrent(principal))) return false;
      const now = await this.sight(principal, asked);
      const isSame = now.tenant.audit_enabled_at === then.tenant.audit_enabled_at;
      return isSame && now.project.version === then.project.version;
    } catch (error) {
      if (error instanceof Fault && error.status < 500) return false;
      throw error;
    }
  }

  /** A view as it was made before; those of a subject are made of it. */
  #view(
    compiled: Compiled,
    name: string,
    rules: ViewDefinition | undefined,
    locale: string | undefined,
  ): View {
    const views = this.#views.get(compiled) ?? new Map<string, View>();
    this.#views.set(compiled, views);
    const known = locale === undefined || compiled.definition.locales?.includes(locale);
    const key = `${name} ${(known ? locale : undefined) ?? ''}`;
    const found = views.get(key);
    if (found) return found;
    const made = rules
      ? viewOf(compiled, name, rules, { locale })
      : builtInOf(compiled, BUILT_IN.get(name) ?? LOG, locale);
    if (known) views.set(key, made);
    return made;
  }

  /** A tenant through each view of a role, whether or not its holders may look. */
  async roleSights(
    principal: Principal,
    asked: Omit<SightAsked, 'view'> & { readonly role: string },
  ): Promise<{ readonly tenant: TenantRow; readonly sights: readonly RoleSight[] }> {
    const project = await this.project(principal, asked.project, ROUTES.explain);
    const tenant = await this.tenantToRead(principal, project, asked.tenant_id, ROUTES.explain);
    const compiled = await this.definitions.of(project);
    const isKnown = compiled && Object.hasOwn(compiled.definition.roles, asked.role);
    if (!compiled || !isKnown) throw new Fault('not_found', 'There is no such role.');
    const now = Date.now();
    const gate = gateOf(compiled, gatedTenant(tenant));
    const { views } = grantsOf(compiled, [asked.role]);
    const sights: RoleSight[] = [];
    for (const name of views.keys()) {
      const rules = compiled.definition.views[name];
      if (rules === undefined) continue;
      const limits = await limitsOf(rules, compiled.timeZone, tenant.audit_enabled_at, now);
      const binding = rules.binding ?? 'none';
      const subject: Subject | undefined =
        binding === 'none' || asked.subject === undefined
          ? undefined
          : subjectOf(asked.subject, binding);
      const view = { ...this.#view(compiled, name, rules, asked.locale), subject };
      const sight = { project, tenant, rules, compiled, notices: [], now, view, limits };
      sights.push({ name, sight, refused: rules.operators === true ? undefined : gate });
    }
    return { tenant, sights };
  }

  /** The activity reference, with the views that the principal may read. */
  async catalog(
    principal: Principal,
    asked: Omit<SightAsked, 'tenant_id'> & { readonly tenant_id?: string },
  ): Promise<Catalog> {
    const project = await this.project(principal, asked.project, ROUTES.getCatalog);
    const compiled = await this.definitions.of(project);
    const reader = asRole(principal, project.project_no, compiled, asked.as_role);
    const tenantId = asked.tenant_id ?? principal.tenantId;
    const tenant =
      tenantId === null
        ? undefined
        : await this.tenantToRead(reader, project, tenantId, ROUTES.getCatalog);
    const closed = tenant && compiled ? gateOf(compiled, gatedTenant(tenant)) : undefined;
    const { label, version, time_zone } = project;
    const head = {
      ...{ project: project.project, label, version, time_zone },
      ...(tenant?.label ? { tenant_label: tenant.label } : {}),
      closed: closed ? { code: closed.code, detail: closed.detail } : null,
    };
    const names = [...Object.keys(compiled?.definition.views ?? {}), ...BUILT_IN.keys()];
    const granted =
      reader.roles.length > 0
        ? (await this.grants(reader, project)).views
        : new Map(names.map((name) => [name, new Set(CAPABILITIES)] as const));
    const isOpen = (name: string) =>
      !closed || BUILT_IN.has(name) || compiled?.definition.views[name]?.operators === true;
    const open = new Map([...granted].filter(([name]) => isOpen(name)));
    return catalogOf(head, compiled, open, asked.locale);
  }
}
