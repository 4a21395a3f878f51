/** Every decision about permission, as tables: who asks, what for, and what comes of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkDefinition } from '@annals/contract/check-definition';
import { type Capability, compileDefinition, grantsOf } from '@annals/contract/compile';
import { CAPABILITIES, type Definition } from '@annals/contract/definition';
import { MANAGE } from '@annals/contract/route';
import {
  type Manage,
  ROUTES,
  type Route,
  SCOPES,
  type Scope,
  type ScopedRouteName,
} from '@annals/contract/routes';
import {
  chooseView,
  type Decision,
  type Demand,
  decide,
  type GatedTenant,
  gateOf,
  lackOf,
  NO_GRANTS,
  type Principal,
  type Refusal,
} from './decide.ts';

const principal = (
  scopes: readonly Scope[],
  projectNo: number | null,
  tenantNo: number | null,
  roles: readonly string[] = [],
): Principal => ({
  kind: 'key',
  id: 'key_1',
  actor: { type: 'api_key', id: 'key_1' },
  projectNo,
  tenantNo,
  tenantId: tenantNo === null ? null : `tenant-${tenantNo}`,
  scopes: new Set(scopes),
  roles,
  expiresAt: null,
  subject: null,
});

type Place = readonly [projectNo: number | null, tenantNo: number | null];

/** Who asks × what for → the decision with the right; without it, what must come instead. */
const PLACES: readonly [who: Place, what: Omit<Demand, 'scope'>, with_: Decision][] = [
  [[null, null], {}, 'allowed'],
  [[null, null], { projectNo: 1 }, 'allowed'],
  [[null, null], { projectNo: 1, tenantNo: 10 }, 'allowed'],
  [[1, null], {}, 'allowed'],
  [[1, null], { projectNo: 1 }, 'allowed'],
  [[1, null], { projectNo: 1, tenantNo: 10 }, 'allowed'],
  [[1, null], { tenantNo: 10 }, 'allowed'],
  [[1, null], { projectNo: 2 }, 'hidden'],
  [[1, null], { projectNo: 2, tenantNo: 10 }, 'hidden'],
  [[1, 10], {}, 'allowed'],
  [[1, 10], { projectNo: 1 }, 'allowed'],
  [[1, 10], { projectNo: 1, tenantNo: 10 }, 'allowed'],
  [[1, 10], { tenantNo: 11 }, 'hidden'],
  [[1, 10], { projectNo: 1, tenantNo: 11 }, 'hidden'],
  [[1, 10], { projectNo: 2 }, 'hidden'],
  [[1, 10], { projectNo: 2, tenantNo: 10 }, 'hidden'],
  // Number 0 is a number, not an absence.
  [[0, 0], { projectNo: 0, tenantNo: 0 }, 'allowed'],
  [[0, null], { projectNo: 1 }, 'hidden'],
  [[1, null], { projectNo: 0 }, 'hidden'],
  [[1, 10], { projectNo: 1, tenantNo: 0 }, 'hidden'],
];

/** Views and roles of every kind. */
const definition: Definition = {
  project: 'tables',
  label: 'Tables',
  views: {
    own: { label: 'Of one person', binding: 'actor', permission: 'Own log' },
    page: { label: 'Page', permission: 'Audit logs' },
    bare: { label: 'Without the name of a right' },
    staff: { label: 'For the product’s staff', operators: true },
  },
  roles: {
    reader: { label: 'Reader', grants: { page: ['read'] } },
    exporter: { label: 'Exporter', grants: { page: ['read', 'export'], own: ['read'] } },
    scheduler: { label: 'Scheduler', grants: { bare: ['read', 'export', 'schedule'] } },
    self: { label: 'Oneself', grants: { own: ['read'] } },
    vendor: { label: 'Vendor', grants: { staff: ['read', 'export'] } },
    clerk: { label: 'Clerk', manage: ['keys', 'explain'] },
    operator: { label: 'Operator', manage: [...MANAGE] },
    nobody: { label: 'Nobody' },
  },
};
const compiledWith = (gating: Definition['gating']) =>
  compileDefinition({ ...definition, ...(gating && { gating }) });
const compiled = compiledWith(undefined);
const ROLES = Object.keys(definition.roles);
const holderOf = (...roles: string[]) => principal([], 1, null, roles);
const grantsTo = ({ roles }: Principal) =>
  roles.length === 0 ? NO_GRANTS : grantsOf(compiled, roles);

describe('decide', () => {
  test('the definition of these tables can be applied', () => {
    assert.deepEqual(checkDefinition(definition), []);
  });

  for (const [[projectNo, tenantNo], what, expected] of PLACES) {
    const without = expected === 'hidden' ? 'hidden' : 'forbidden';
    test(`a key of ${projectNo}/${tenantNo} asks ${JSON.stringify(what)}: ${expected}`, () => {
      for (const scope of SCOPES) {
        const others = SCOPES.filter((one) => one !== scope);
        const ask = (scopes: readonly Scope[]) =>
          decide(principal(scopes, projectNo, tenantNo), { ...what, scope }, NO_GRANTS);
        assert.equal(ask(SCOPES), expected);
        assert.equal(ask([scope]), expected);
        assert.equal(ask(others), without);
        assert.equal(ask([]), without);
      }
      const ofRoles = (grants: ReturnType<typeof grantsTo>) =>
        decide(
          principal([], projectNo, tenantNo, ['reader', 'clerk']),
          { ...what, scope: 'manage', manage: 'keys' },
          grants,
        );
      assert.equal(ofRoles(grantsTo(holderOf('clerk'))), expected);
      assert.equal(ofRoles(NO_GRANTS), without, 'roles are worth what they grant there');
    });
  }

  /** What a role must give for each route: any view, or a right; undefined: it cannot. */
  const BY_ROLE: Readonly<Record<ScopedRouteName, 'view' | Manage | undefined>> = {
    recordEvents: undefined,
    listEvents: 'view',
    searchEvents: 'view',
    countEvents: 'view',
    histogram: 'view',
    facets: 'view',
    suggest: 'view',
    tailEvents: 'view',
    listActors: 'view',
    listRecords: 'view',
    downloadEvents: 'view',
    createExport: 'view',
    listExports: 'view',
    getExport: 'view',
    cancelExport: 'view',
    retryExport: 'view',
    downloadExport: 'view',
    getManifest: 'view',
    createReport: 'view',
    previewReport: 'view',
    listReports: 'view',
    getReport: 'view',
    putReport: 'view',
    deleteReport: 'view',
    pauseReport: 'view',
    resumeReport: 'view',
    runReport: 'view',
    testReport: 'view',
    listDeliveries: 'view',
    listWatches: 'view',
    putWatch: 'view',
    listFindings: 'view',
    judgeFinding: 'view',
    getEvent: 'view',
    getCatalog: 'view',
    listRejects: 'rejects',
    listProjects: 'project',
    getProject: 'project',
    putProject: 'project',
    diffProject: 'project',
    explain: 'explain',
    listTenants: 'tenants',
    putTenant: 'tenants',
    listKeys: 'keys',
    createKey: 'keys',
    revokeKey: 'keys',
    createViewerSession: 'sessions',
    listViewerSessions: 'sessions',
    revokeViewerSession: 'sessions',
    createViewerKey: 'sessions',
    listViewerKeys: 'sessions',
    retireViewerKey: 'sessions',
    denyViewerToken: 'sessions',
    createErasure: 'erasures',
    listErasures: 'erasures',
    getErasure: 'erasures',
    resumeErasure: 'erasures',
    listPeople: 'people',
    invitePerson: 'people',
    putPerson: 'people',
    removePerson: 'people',
    resetPerson: 'people',
    listPersonSessions: 'people',
    endPersonSessions: 'people',
    listHolds: 'holds',
    placeHold: 'holds',
    releaseHold: 'holds',
    getRetention: 'retention',
    closeTenant: 'tenants',
    reopenTenant: 'tenants',
    createJob: undefined,
    getJob: undefined,
  };

  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    if (route.who !== undefined) continue;
    const wanted = Object.entries(BY_ROLE).find(([known]) => known === name)?.[1];
    const words = wanted === 'view' ? 'a role has a view' : `a role manages ${wanted}`;
    test(`${name}: ${wanted === undefined ? 'no role will do' : words}`, () => {
      const { scope, manage } = route;
      assert.ok(scope, 'every route needs something');
      for (const role of ROLES) {
        const { grants = {}, manage: managed = [] } = definition.roles[role] ?? {};
        const isGiven =
          wanted === 'view'
            ? Object.keys(grants).length > 0
            : wanted !== undefined && managed.includes(wanted);
        const demand = { scope, projectNo: 1, ...(manage === undefined ? {} : { manage }) };
        const decision = decide(holderOf(role), demand, grantsTo(holderOf(role)));
        assert.equal(decision, isGiven ? 'allowed' : 'forbidden', role);
      }
    });
  }

  test('whoever has roles is let on to the choice of a view, and nobody else', () => {
    const demand: Demand = { scope: 'events:read', choosesView: true, projectNo: 1 };
    const ask = (who: Principal, more: Partial<Demand> = {}) =>
      decide(who, { ...demand, ...more }, grantsTo(who));
    for (const role of ROLES) assert.equal(ask(holderOf(role)), 'allowed', role);
    assert.equal(ask(holderOf('nobody'), { projectNo: 2 }), 'hidden');
    assert.equal(ask(holderOf('nobody'), { scope: 'events:write' }), 'forbidden');
    assert.equal(ask(holderOf('nobody'), { scope: 'manage', manage: 'keys' }), 'forbidden');
    assert.equal(ask(principal(['events:write', 'manage'], 1, null)), 'forbidden');
  });
});

const OPEN: GatedTenant = {
  plan: 'pro',
  addons: ['analytics', 'sso'],
  isDemo: false,
  enabledAt: 1,
};
const STRICT: Definition['gating'] = {
  opt_in: true,
  prerequisites: ['analytics', 'sso'],
  plans: ['pro', 'max'],
  demo: false,
  names: { plans: { max: 'Max Plus' }, addons: { analytics: { en: 'Advanced Analytics' } } },
};

/** What is seen by whom under which name: a view, or the code of the refusal. */
const SEEN_AS = `
  asked    | nothing  own      page     bare     staff    all      none
  a key    | log      own      page     bare     staff    all      missing
  reader   | page     lacks    page     lacks    lacks    lacks    missing
  exporter | page     own      page     lacks    lacks    lacks    missing
  scheduler| bare     lacks    lacks    bare     lacks    lacks    missing
  self     | own      own      lacks    lacks    lacks    lacks    missing
  vendor   | staff    lacks    lacks    lacks    staff    lacks    missing
  clerk    | lacks    lacks    lacks    lacks    lacks    lacks    missing
  operator | lacks    lacks    lacks    lacks    lacks    lacks    missing
  nobody   | lacks    lacks    lacks    lacks    lacks    lacks    missing
  self+vendor| staff  own      lacks    lacks    staff    lacks    missing`;
const CODES: Readonly<Record<string, string>> = { lacks: 'view_not_granted', missing: 'not_found' };

interface Cell {
  readonly who: string;
  readonly holder: Principal;
  readonly view: string | undefined;
  /** A view's name, or a code. */
  readonly expected: string;
}
const [, head = '', ...lines] = SEEN_AS.split('\n');
const cellsOf = (line: string) => line.split('|').map((part) => part.trim());
const [, asked = ''] = cellsOf(head);
const CELLS = lines.flatMap((line): Cell[] => {
  const [who = '', cells = ''] = cellsOf(line);
  const holder =
    who === 'a key' ? principal(['events:read'], 1, null) : holderOf(...who.split('+'));
  const words = cells.split(/ +/);
  return asked.split(/ +/).map((view, index) => ({
    who,
    holder,
    view: view === 'nothing' ? undefined : view,
    expected: CODES[words[index] ?? ''] ?? words[index] ?? '',
  }));
});

type Asked = { readonly capability?: Capability; readonly tenant?: GatedTenant };
function seen(
  { holder, view }: Pick<Cell, 'holder' | 'view'>,
  { capability = 'read', tenant = OPEN }: Asked = {},
  rules = compiledWith(STRICT),
) {
  const chosen = chooseView(holder, rules, grantsTo(holder), { view, capability, tenant });
  return 'refused' in chosen ? chosen.refused : chosen;
}
const nameOf = (found: ReturnType<typeof seen>): string =>
  'name' in found ? found.name : found.code;

describe('chooseView', () => {
  test('each kind of reader, each view', () => {
    assert.equal(CELLS.length, 10 * 7);
    for (const cell of CELLS) {
      const found = seen(cell);
      assert.equal(nameOf(found), cell.expected, `${cell.who} asks ${cell.view}`);
      if ('name' in found) assert.equal(found.view, definition.views[found.name]);
    }
  });

  test('each kind of reader, each capability: a key has all, a role what it gives', () => {
    for (const cell of CELLS.filter(({ expected }) => !Object.values(CODES).includes(expected))) {
      for (const capability of CAPABILITIES) {
        const given = cell.holder.roles.flatMap(
          (role) => definition.roles[role]?.grants?.[cell.expected] ?? [],
        );
        const isGiven = cell.who === 'a key' || given.includes(capability);
        const expected = isGiven ? cell.expected : 'capability_not_granted';
        const found = nameOf(seen(cell, { capability }));
        assert.equal(found, expected, `${cell.who} ${capability} ${cell.view}`);
      }
    }
    const missing = seen({ holder: holderOf('self'), view: 'own' }, { capability: 'export' });
    assert.ok('code' in missing && missing.permission === undefined, 'the right it names is there');
  });

  test('a closed tenant closes every view but those of operators, after the role is asked', () => {
    const tenant = { ...OPEN, plan: 'free' };
    for (const cell of CELLS) {
      const isShut = ['own', 'page', 'bare'].includes(cell.expected);
      const expected = isShut ? 'plan_required' : cell.expected;
      assert.equal(nameOf(seen(cell, { tenant })), expected, `${cell.who} asks ${cell.view}`);
    }
  });

  test('whoever lacks a view is told what the product calls the right, and whom to ask', () => {
    const toldOf = (view: string | undefined) => {
      const found = seen({ holder: holderOf('nobody'), view });
      assert.ok('code' in found);
      return [found.detail, found.permission];
    };
    const ask = 'Ask your administrator.';
    assert.deepEqual(toldOf('page'), [
      `This needs the permission "Audit logs". ${ask}`,
      'Audit logs',
    ]);
    assert.deepEqual(toldOf('bare'), [`This needs a role with the view "bare". ${ask}`, undefined]);
    assert.deepEqual(toldOf(undefined), [
      `None of your roles has a view of the log. ${ask}`,
      undefined,
    ]);
  });

  test('what objects have by themselves is no view, nor anything without a definition', () => {
    for (const holder of [holderOf('reader'), principal(['events:read'], 1, null)]) {
      for (const view of ['constructor', '__proto__', 'toString', '']) {
        assert.equal(nameOf(seen({ holder, view })), 'not_found', view);
      }
    }
    const bare = (who: Principal, view: string | undefined) => {
      const question = { view, capability: 'export', tenant: OPEN } as const;
      const chosen = chooseView(who, undefined, NO_GRANTS, question);
      return 'refused' in chosen ? chosen.refused.code : chosen.name;
    };
    const key = principal(['events:read'], 1, null);
    assert.deepEqual(
      [bare(key, undefined), bare(key, 'all'), bare(key, 'page')],
      [...['log', 'all', 'not_found']],
    );
    assert.deepEqual(
      [bare(holderOf('reader'), undefined), bare(holderOf('reader'), 'page')],
      [...['view_not_granted', 'not_found']],
    );
  });
});

const [PLANS, ADDONS] = [
  ['pro', 'max'],
  ['analytics', 'sso'],
];
const BARE: GatedTenant = { plan: null, addons: [], isDemo: true, enabledAt: null };

/** A project's rules × a tenant → why its log is closed, and what is missing. */
const GATES: readonly [
  what: string,
  gating: Definition['gating'],
  tenant: Partial<GatedTenant>,
  closed?: Refusal['code'],
  missing?: readonly string[],
][] = [
  ['no rules', undefined, BARE],
  ['no rule that is set', {}, BARE],
  ['all there', STRICT, {}],
  ['another plan that will do', STRICT, { plan: 'max' }],
  ['a demo', STRICT, { isDemo: true }, 'demo_tenant'],
  ['a demo that may read', { demo: true }, { isDemo: true }],
  ['no plan', STRICT, { plan: null }, 'plan_required', PLANS],
  ['a plan of another name', STRICT, { plan: 'Pro' }, 'plan_required', PLANS],
  ['an add-on less', STRICT, { addons: ['sso'] }, 'addon_required', ['analytics']],
  ['no add-on', STRICT, { addons: [] }, 'addon_required', ADDONS],
  ['other add-ons', STRICT, { addons: ['x'] }, 'addon_required', ADDONS],
  ['not enabled', STRICT, { enabledAt: null }, 'audit_not_enabled'],
  ['enabled in 1970', STRICT, { enabledAt: 0 }],
  ['not enabled, which nobody asks for', { plans: ['pro'] }, { enabledAt: null }],
  // One reason is told: first what no plan mends, then the plan, then add-ons.
  ['nothing at all', STRICT, BARE, 'demo_tenant'],
  ['neither plan nor add-on', STRICT, { plan: null, addons: [] }, 'plan_required', PLANS],
  ['neither add-on nor enabled', STRICT, { addons: [], enabledAt: null }, 'addon_required', ADDONS],
];

describe('lackOf and gateOf', () => {
  for (const [what, gating, fields, closed, missing] of GATES) {
    test(`${what}: ${closed ?? 'open'}`, () => {
      const [rules, tenant] = [compiledWith(gating), { ...OPEN, ...fields }];
      const gate = gateOf(rules, tenant);
      assert.deepEqual([gate?.code, gate?.missing], [closed, missing]);
      // What is not enabled lacks nothing: it can be enabled.
      assert.deepEqual(lackOf(rules, tenant), closed === 'audit_not_enabled' ? undefined : gate);
    });
  }

  test('are told by the names that people have for plans and add-ons', () => {
    const told = (fields: Partial<GatedTenant>) =>
      gateOf(compiledWith(STRICT), { ...OPEN, ...fields })?.detail;
    assert.equal(told({ plan: 'free' }), 'Audit logs are part of the pro or Max Plus plan.');
    assert.equal(told({ addons: [] }), 'Audit logs need Advanced Analytics and sso.');
    assert.equal(told({ enabledAt: null }), 'Audit logs are not enabled for this tenant.');
    assert.equal(told({ isDemo: true }), 'Demo instances have no audit log.');
  });
});
