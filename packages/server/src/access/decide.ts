/** Who may do what: pure functions over plain data. Deny by default. */
import { type Capability, type Compiled, type Grants, textIn } from '@annals/contract/compile';
import type { ViewDefinition } from '@annals/contract/definition';
import type { ErrorCode } from '@annals/contract/errors';
import { type HumanText, listed } from '@annals/contract/human';
import type { Doer } from '@annals/contract/own-events';
import type { Manage, Scope } from '@annals/contract/routes';
import { BUILT_IN, LOG } from '@annals/contract/view';
import { Fault } from '../fault.ts';

/** Whoever asks, once authenticated. `null` means: bound to none, so it may use any. */
export interface Principal extends Doer {
  /** Of the key, the person or the viewer session. */
  readonly id: string;
  readonly projectNo: number | null;
  readonly tenantNo: number | null;
  readonly tenantId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Of its project, in place of scopes; empty: it has scopes. */
  readonly roles: readonly string[];
  /** Milliseconds; null: never, or not before the person's session. */
  readonly expiresAt: number | null;
  /** Of a person: the session that asks. */
  readonly session?: string;
  /** `TYPE:ID`, the one actor or record whose log it sees, in bound views alone; null: any. */
  readonly subject: string | null;
}

/** The server, where nobody asks: it sees through any view, under its rules. */
export const ITSELF: Principal = {
  kind: 'key',
  id: 'server',
  actor: { type: 'system' },
  projectNo: null,
  tenantNo: null,
  tenantId: null,
  scopes: new Set(['events:read']),
  roles: [],
  expiresAt: null,
  subject: null,
};

/** Whose log: a tenant's, or that of the project itself, or (null) of the instance. */
export interface Place {
  readonly projectNo: number | null;
  readonly tenantNo: number | null;
}

/** What a route needs: the scope, or of those who have roles instead, what one must give. */
export interface Need {
  readonly scope: Scope;
  readonly manage?: Manage;
  /** Whether a view is chosen next: that tells those whose roles have none what they lack. */
  readonly choosesView?: boolean;
}

/** What is asked for. Absent numbers: the request is not about one project or tenant. */
export interface Demand extends Need {
  readonly projectNo?: number;
  readonly tenantNo?: number;
}

/** `hidden` is answered as if the thing did not exist. */
export type Decision = 'allowed' | 'forbidden' | 'hidden';

/** Said of what is hidden and of what is not there: the words must not differ. */
export const NO_TENANT = 'There is no such tenant.';
export const NO_PROJECT = 'There is no such project.';

/** What those without a role have of roles. */
export const NO_GRANTS: Grants = { views: new Map(), manage: new Set() };

/** `grants` is what the principal's roles allow in the project that is asked about. */
export function decide(principal: Principal, demand: Demand, grants: Grants): Decision {
  const { projectNo, tenantNo, scope, manage, choosesView = false } = demand;
  const isForeignProject =
    projectNo !== undefined && principal.projectNo !== null && principal.projectNo !== projectNo;
  const isForeignTenant =
    tenantNo !== undefined && principal.tenantNo !== null && principal.tenantNo !== tenantNo;
  if (isForeignProject || isForeignTenant) return 'hidden';
  if (principal.scopes.has(scope)) return 'allowed';
  // Whatever a role can be given to administer, the scope has.
  if (manage !== undefined && principal.scopes.has('manage')) return 'allowed';
  const mayRead = grants.views.size > 0 || (choosesView && principal.roles.length > 0);
  const isGranted =
    (scope === 'events:read' && mayRead) || (manage !== undefined && grants.manage.has(manage));
  return isGranted ? 'allowed' : 'forbidden';
}

/** What a project's rules look at. */
export interface GatedTenant {
  readonly plan: string | null;
  readonly addons: readonly string[];
  readonly isDemo: boolean;
  /** Milliseconds. */
  readonly enabledAt: number | null;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly permission?: string;
  readonly missing?: readonly string[];
}

/** What the tenant lacks to have an audit log at all; undefined: nothing. */
export function lackOf(compiled: Compiled, tenant: GatedTenant): Refusal | undefined {
  const { demo = true, plans, prerequisites = [], names } = compiled.definition.gating ?? {};
  const called = (texts: Readonly<Record<string, HumanText>> | undefined, code: string) =>
    textIn((texts && Object.hasOwn(texts, code) ? texts[code] : undefined) ?? code, 'en', compiled);
  if (!demo && tenant.isDemo) {
    return { code: 'demo_tenant', detail: 'Demo instances have no audit log.' };
  }
  if (plans && !plans.some((plan) => plan === tenant.plan)) {
    const words = listed(
      plans.map((plan) => called(names?.plans, plan)),
      'or',
    );
    const detail = `Audit logs are part of the ${words} plan.`;
    return { code: 'plan_required', detail, missing: plans };
  }
  const missing = prerequisites.filter((addon) => !tenant.addons.includes(addon));
  if (missing.length === 0) return undefined;
  const words = listed(
    missing.map((addon) => called(names?.addons, addon)),
    'and',
  );
  const detail = `Audit logs need ${words}.`;
  return { code: 'addon_required', detail, missing };
}

/** Why nobody but operators reads this tenant's log; undefined: it may be read. */
export function gateOf(compiled: Compiled, tenant: GatedTenant): Refusal | undefined {
  const lack = lackOf(compiled, tenant);
  if (lack) return lack;
  const isOff = compiled.definition.gating?.opt_in === true && tenant.enabledAt === null;
  if (!isOff) return undefined;
  return { code: 'audit_not_enabled', detail: 'Audit logs are not enabled for this tenant.' };
}

/** A view that is seen through, or why not. Without a definition it is the built-in one. */
export type Chosen =
  | { readonly name: string; readonly view: ViewDefinition | undefined }
  | { readonly refused: Refusal };

const NO_VIEW: Chosen = { refused: { code: 'not_found', detail: 'There is no such view.' } };
const NO_VIEW_AT_ALL = 'None of your roles has a view of the log. Ask your administrator.';
const notGranted = (detail: string): Chosen => ({
  refused: { code: 'view_not_granted', detail },
});

/** By the name that the product has for the right to the view, if it has one. */
function lacksView(name: string, { permission }: ViewDefinition): Refusal {
  const code = 'view_not_granted';
  if (permission === undefined) {
    return { code, detail: `This needs a role with the view "${name}". Ask your administrator.` };
  }
  const detail = `This needs the permission "${permission}". Ask your administrator.`;
  return { code, detail, permission };
}

/**
 * Whoever may read everything, as somebody with one role of the project. Only takes away. Throws
 * Fault `forbidden` for others, `invalid_query` for a role that there is not.
 */
export function asRole(
  principal: Principal,
  projectNo: number,
  compiled: Compiled | undefined,
  role: string | undefined,
): Principal {
  if (role === undefined) return principal;
  if (!principal.scopes.has('events:read')) {
    throw new Fault('forbidden', 'Only whoever may read everything reads as another role does.');
  }
  if (compiled === undefined || !Object.hasOwn(compiled.definition.roles, role)) {
    const detail = 'is no role of the project';
    throw new Fault('invalid_query', `as_role ${detail}.`, {
      errors: [{ path: 'as_role', detail }],
    });
  }
  return { ...principal, projectNo, scopes: new Set(), roles: [role] };
}

/** The view that is meant if none is named: for those with roles, their first one, if any. */
function usualView(
  principal: Principal,
  compiled: Compiled | undefined,
  grants: Grants,
): string | undefined {
  if (principal.scopes.size > 0) return LOG.name;
  const names = [...grants.views.keys()];
  const isFitting = (name: string) => {
    const { binding = 'none' } = compiled?.definition.views[name] ?? {};
    return (binding === 'none') === (principal.subject === null);
  };
  return names.find(isFitting) ?? names[0];
}

const deedOf = (capability: Capability): string =>
  capability === 'findings' ? 'see findings' : capability;

/** Throws Fault for those who may do this with no view at all. */
export function demandAny({ roles }: Principal, { views }: Grants, capability: Capability): void {
  if (roles.length === 0 || [...views.values()].some((one) => one.has(capability))) return;
  if (views.size === 0) throw new Fault('view_not_granted', NO_VIEW_AT_ALL);
  throw new Fault(
    'capability_not_granted',
    `Your roles may not ${deedOf(capability)} with any view.`,
  );
}

/** Which view a reader of a tenant's log sees it through, for what it wants to do. */
export function chooseView(
  principal: Principal,
  compiled: Compiled | undefined,
  grants: Grants,
  asked: {
    readonly view: string | undefined;
    readonly capability: Capability;
    readonly tenant: GatedTenant;
  },
): Chosen {
  const name = asked.view ?? usualView(principal, compiled, grants);
  const isScoped = principal.scopes.size > 0;
  if (name === undefined) {
    return notGranted(NO_VIEW_AT_ALL);
  }
  if (BUILT_IN.has(name)) {
    if (isScoped) return { name, view: undefined };
    return notGranted(`The view "${name}" is for keys with scopes. Ask for one of the project.`);
  }
  const views = compiled?.definition.views ?? {};
  const view = Object.hasOwn(views, name) ? views[name] : undefined;
  if (compiled === undefined || view === undefined) return NO_VIEW;
  if (!isScoped) {
    const capabilities = grants.views.get(name);
    if (capabilities === undefined) return { refused: lacksView(name, view) };
    if (!capabilities.has(asked.capability)) {
      const detail = `Your roles may not ${deedOf(asked.capability)} with the view "${name}".`;
      return { refused: { code: 'capability_not_granted', detail } };
    }
  }
  if (principal.subject !== null && (view.binding ?? 'none') === 'none') {
    return notGranted('This session sees the log of one actor or record, in bound views alone.');
  }
  const refused = view.operators === true ? undefined : gateOf(compiled, asked.tenant);
  return refused ? { refused } : { name, view };
}
