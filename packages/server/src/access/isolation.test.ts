/**
 * Every route, asked with every key that has no business there: for another tenant of the same
 * project, and for another project. What belongs to others bears a mark, and the mark may be in
 * no answer. And the answer must be the one for a thing that does not exist: else it tells.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Definition } from '@annals/contract/definition';
import type { Erasure } from '@annals/contract/erasures';
import { MANAGE } from '@annals/contract/route';
import {
  type Hold,
  type Job,
  type Key,
  type Person,
  type RecordResult,
  ROUTES,
  type Route,
  SCOPES,
  type ScopedRouteName,
} from '@annals/contract/routes';
import type { ViewerKey, ViewerSession } from '@annals/contract/sessions';
import { onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';

const MARK = 'zqmark';
const OTHER_PROJECT = `${MARK}-project`;

/** What somebody else has, by its names. */
interface Place {
  readonly project: string;
  readonly tenant: string;
  readonly eventId: string;
  readonly keyId: string;
  readonly jobId: string;
  readonly sessionId: string;
  readonly viewerKeyId: string;
  readonly erasureId: string;
  readonly personId: string;
  readonly holdId: string;
}
interface Request {
  readonly path: string;
  readonly body?: unknown;
}

const VIEWER_KEY = {
  label: `${MARK} viewer key`,
  issuer: `${MARK}-issuer`,
  algorithm: 'EdDSA',
  public_key: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
} as const;

/** How each route is asked for what lies at a place. A new route is added here. */
const ASK: Readonly<Record<ScopedRouteName, (place: Place) => Request>> = {
  recordEvents: ({ project, tenant }) => ({
    path: `/v1/events?project=${project}`,
    body: [{ ...sampleEvent(), tenant_id: tenant, id: '11111111-1111-4111-8111-111111111111' }],
  }),
  listEvents: ({ project, tenant }) => ({
    path: `/v1/events?project=${project}&tenant_id=${tenant}`,
  }),
  downloadEvents: ({ project, tenant }) => ({
    path: `/v1/events/download?project=${project}&tenant_id=${tenant}&format=csv`,
  }),
  searchEvents: ({ project, tenant }) => ({
    path: '/v1/events/search',
    body: { project, tenant_id: tenant, q: 'actor:*' },
  }),
  countEvents: ({ project, tenant }) => ({
    path: `/v1/events/count?project=${project}&tenant_id=${tenant}`,
  }),
  histogram: ({ project, tenant }) => ({
    path: `/v1/events/histogram?project=${project}&tenant_id=${tenant}`,
  }),
  facets: ({ project, tenant }) => ({
    path: `/v1/events/facets?project=${project}&tenant_id=${tenant}&fields=actor`,
  }),
  suggest: ({ project, tenant }) => ({
    path: `/v1/events/suggest?project=${project}&tenant_id=${tenant}&field=actor`,
  }),
  tailEvents: ({ project, tenant }) => ({
    path: `/v1/events/tail?project=${project}&tenant_id=${tenant}`,
  }),
  listActors: ({ project, tenant }) => ({
    path: `/v1/actors?project=${project}&tenant_id=${tenant}`,
  }),
  listRecords: ({ project, tenant }) => ({
    path: `/v1/records?project=${project}&tenant_id=${tenant}`,
  }),
  getEvent: ({ project, tenant, eventId }) => ({
    path: `/v1/events/${eventId}?project=${project}&tenant_id=${tenant}`,
  }),
  listRejects: ({ project }) => ({ path: `/v1/rejects?project=${project}` }),
  listProjects: () => ({ path: '/v1/projects' }),
  getProject: ({ project }) => ({ path: `/v1/projects/${project}` }),
  putProject: ({ project }) => ({ path: `/v1/projects/${project}`, body: { label: 'mine' } }),
  diffProject: ({ project }) => ({
    path: `/v1/projects/${project}/diff`,
    body: { definition: { project, label: 'mine', views: {}, roles: {} } },
  }),
  getCatalog: ({ project, tenant }) => ({
    path: `/v1/catalog?project=${project}&tenant_id=${tenant}`,
  }),
  explain: ({ project, tenant, eventId }) => ({
    path: `/v1/explain?project=${project}&tenant_id=${tenant}&id=${eventId}&role=admin`,
  }),
  listTenants: ({ project }) => ({ path: `/v1/tenants?project=${project}` }),
  putTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}?project=${project}`,
    body: { label: 'mine' },
  }),
  listKeys: ({ project }) => ({ path: `/v1/keys?project=${project}` }),
  createKey: ({ project, tenant }) => ({
    path: `/v1/keys?project=${project}`,
    body: { label: 'mine', scopes: ['events:read'], tenant_id: tenant },
  }),
  revokeKey: ({ keyId }) => ({ path: `/v1/keys/${keyId}` }),
  createViewerSession: ({ project, tenant }) => ({
    path: `/v1/viewer-sessions?project=${project}`,
    body: { tenant_id: tenant, roles: ['reader'], viewer: { id: 'u-1' } },
  }),
  listViewerSessions: ({ project, tenant }) => ({
    path: `/v1/viewer-sessions?project=${project}&tenant_id=${tenant}`,
  }),
  revokeViewerSession: ({ sessionId }) => ({ path: `/v1/viewer-sessions/${sessionId}` }),
  createViewerKey: ({ project }) => ({
    path: `/v1/viewer-keys?project=${project}`,
    body: { ...VIEWER_KEY, roles: ['reader'] },
  }),
  listViewerKeys: ({ project }) => ({ path: `/v1/viewer-keys?project=${project}` }),
  retireViewerKey: ({ viewerKeyId }) => ({ path: `/v1/viewer-keys/${viewerKeyId}` }),
  denyViewerToken: ({ viewerKeyId }) => ({
    path: `/v1/viewer-keys/${viewerKeyId}/denials`,
    body: { jti: 'x' },
  }),
  createErasure: ({ project, tenant }) => ({
    path: `/v1/erasures?project=${project}`,
    body: {
      tenant_id: tenant,
      subject: { type: 'user', id: `${MARK}-actor` },
      legal_basis: 'GDPR Art. 17',
    },
  }),
  listErasures: ({ project, tenant }) => ({
    path: `/v1/erasures?project=${project}&tenant_id=${tenant}`,
  }),
  getErasure: ({ erasureId }) => ({ path: `/v1/erasures/${erasureId}` }),
  resumeErasure: ({ erasureId }) => ({ path: `/v1/erasures/${erasureId}/resume` }),
  listPeople: ({ project, tenant }) => ({
    path: `/v1/people?project=${project}&tenant_id=${tenant}`,
  }),
  invitePerson: ({ project, tenant }) => ({
    path: `/v1/people?project=${project}&tenant_id=${tenant}`,
    body: { email: 'mine@a.example', memberships: [{ roles: ['reader'] }] },
  }),
  putPerson: ({ project, tenant, personId }) => ({
    path: `/v1/people/${personId}?project=${project}&tenant_id=${tenant}`,
    body: { memberships: [{ roles: ['reader'] }] },
  }),
  removePerson: ({ project, personId }) => ({
    path: `/v1/people/${personId}?project=${project}`,
  }),
  resetPerson: ({ project, personId }) => ({
    path: `/v1/people/${personId}/reset?project=${project}`,
    body: {},
  }),
  listPersonSessions: ({ project, personId }) => ({
    path: `/v1/people/${personId}/sessions?project=${project}`,
  }),
  endPersonSessions: ({ project, personId }) => ({
    path: `/v1/people/${personId}/sessions?project=${project}`,
  }),
  listHolds: ({ project, tenant }) => ({
    path: `/v1/holds?project=${project}&tenant_id=${tenant}`,
  }),
  placeHold: ({ project, tenant }) => ({
    path: `/v1/holds?project=${project}`,
    body: { tenant_id: tenant, covers: { kind: 'tenant' }, reason: 'mine' },
  }),
  releaseHold: ({ holdId }) => ({ path: `/v1/holds/${holdId}?reason=mine` }),
  getRetention: ({ project, tenant }) => ({
    path: `/v1/retention?project=${project}&tenant_id=${tenant}`,
  }),
  closeTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}/close?project=${project}`,
    body: {},
  }),
  reopenTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}/reopen?project=${project}`,
  }),
  createJob: ({ project, tenant }) => ({
    path: `/v1/jobs?project=${project}`,
    body: { kind: 'verify', tenant_id: tenant },
  }),
  getJob: ({ jobId }) => ({ path: `/v1/jobs/${jobId}` }),
};
const NAMES = Object.keys(ASK) as ScopedRouteName[];

/** Routes that a tenant’s key may ask about its own project; they show it its own part. */
const SHARED: readonly ScopedRouteName[] = [
  'listRejects',
  'listProjects',
  'getProject',
  'listTenants',
  'listKeys',
];

/** A project whose roles have everything that a role can have. */
const definition = (project: string, label: string): Definition => ({
  project,
  label,
  views: {
    page: { label: 'Page' },
    own: { label: 'Of one', binding: 'actor' },
    staff: { label: 'For the product’s staff', operators: true, self_audit: true, proof: true },
  },
  roles: {
    reader: {
      label: 'Reader',
      viewer: true,
      grants: { page: ['read', 'export', 'schedule'], own: ['read', 'export'] },
    },
    vendor: { label: 'Vendor', grants: { staff: ['read', 'export', 'schedule'] } },
    operator: { label: 'Operator', manage: [...MANAGE] },
  },
});

interface Attacker {
  readonly who: string;
  readonly key: string;
  readonly project: string;
  readonly isOfTenant: boolean;
}

/** A key of a tenant of the project `default` and one of a whole other project, with one right. */
async function attackersWith(
  app: TestApp,
  what: string,
  right: Pick<Key, 'scopes'> | Pick<Key, 'roles'>,
): Promise<Attacker[]> {
  const make = async (project: string, tenant?: string) => {
    const body = { label: what, ...right, ...(tenant === undefined ? {} : { tenant_id: tenant }) };
    const path = `/v1/keys?project=${project}`;
    const { status, json, text } = await app.admin<{ secret: string }>('POST', path, body);
    assert.equal(status, 201, text);
    return json.secret;
  };
  const [ofTenant, ofProject] = [await make('default', 'attacker'), await make('attackers')];
  return [
    { who: `tenant key, ${what}`, key: ofTenant, project: 'default', isOfTenant: true },
    { who: `project key, ${what}`, key: ofProject, project: 'attackers', isOfTenant: false },
  ];
}

async function define(app: TestApp, project: string, label: string): Promise<void> {
  const body = { definition: definition(project, label) };
  const put = await app.admin('PUT', `/v1/projects/${project}`, body);
  assert.equal(put.status, 200, put.text);
}

async function fill(app: TestApp, project: string, tenant: string): Promise<Place> {
  const query = `?project=${project}`;
  await define(app, project, project.includes(MARK) ? `${MARK} project label` : project);
  await app.admin('PUT', `/v1/tenants/${tenant}${query}`, { label: `${MARK} tenant label` });
  const recorded = await app.admin<RecordResult>('POST', `/v1/events${query}&tenant_id=${tenant}`, [
    sampleEvent({ actor: { type: 'user', id: `${MARK}-actor` } }),
    { ...sampleEvent(), tenant_id: tenant, [`${MARK}_field`]: 1 },
  ]);
  assert.equal(recorded.json.accepted, 1);
  assert.equal(recorded.json.rejected.length, 1);
  const key = await app.admin<Key>('POST', `/v1/keys${query}`, {
    label: `${MARK} key label`,
    scopes: ['events:write'],
    tenant_id: tenant,
  });
  const job = await app.admin<Job>('POST', `/v1/jobs${query}`, {
    kind: 'verify',
    tenant_id: tenant,
  });
  let state = job.json;
  while (state.state === 'running') {
    await sleep(5);
    state = (await app.admin<Job>('GET', `/v1/jobs/${state.job_id}`)).json;
  }
  assert.equal(state.state, 'completed');
  const eventId = recorded.json.receipts[0]?.id ?? '';
  const session = await app.admin<ViewerSession>('POST', `/v1/viewer-sessions${query}`, {
    tenant_id: tenant,
    roles: ['reader'],
    viewer: { id: `${MARK}-viewer` },
  });
  assert.equal(session.status, 201, session.text);
  const ofViewers = await app.admin<ViewerKey>('POST', `/v1/viewer-keys${query}`, {
    ...VIEWER_KEY,
    roles: ['reader'],
  });
  assert.equal(ofViewers.status, 201, ofViewers.text);
  const erasure = await app.admin<Erasure>('POST', `/v1/erasures${query}`, {
    tenant_id: tenant,
    subject: { type: 'user', id: `${MARK}-actor` },
    legal_basis: 'GDPR Art. 17',
  });
  assert.equal(erasure.status, 202, erasure.text);
  let found = erasure.json;
  while (found.state === 'searching') {
    await sleep(5);
    found = (await app.admin<Erasure>('GET', `/v1/erasures/${found.erasure_id}`)).json;
  }
  assert.equal(found.state, 'found');
  const invited = await app.admin<{ person: Person }>(
    'POST',
    `/v1/people${query}&tenant_id=${tenant}`,
    { email: `${MARK}@a.example`, memberships: [{ roles: ['reader'] }] },
  );
  assert.equal(invited.status, 201, invited.text);
  const hold = await app.admin<Hold>('POST', `/v1/holds${query}`, {
    tenant_id: tenant,
    covers: { kind: 'actor', type: 'user', id: `${MARK}-actor` },
    reason: `${MARK} reason`,
  });
  assert.equal(hold.status, 201, hold.text);
  return {
    erasureId: found.erasure_id,
    ...{ project, tenant, eventId, keyId: key.json.key_id, jobId: state.job_id },
    ...{ sessionId: session.json.session_id, viewerKeyId: ofViewers.json.viewer_key_id },
    holdId: hold.json.hold_id,
    personId: invited.json.person.person_id,
  };
}

/** Everything kept, but what a refused recording leaves for its own sender. */
async function everything(app: TestApp): Promise<unknown> {
  const tables = [
    ...['project', 'tenant', 'api_key', 'viewer_session', 'viewer_key', 'viewer_denial'],
    ...['job', 'erasure', 'ledger_head', 'event', 'legal_hold', 'tenant_past', 'retention_run'],
    ...['auth_user', 'one_time_link', 'membership'],
  ];
  return await Promise.all(
    tables.map((table) => app.sql(`SELECT * FROM ${table} ORDER BY 1, 2, 3`)),
  );
}

const withoutId = (text: string): string => text.replace(/"request_id":"[^"]*"/, '');

interface Attack {
  readonly app: TestApp;
  readonly who: string;
  readonly key: string;
  readonly target: Place;
  readonly ownProject: string;
}

/** One key, every route, one place. Answers how many requests were refused. */
async function attack({ app, who, key, target, ownProject }: Attack): Promise<number> {
  const isOwnProject = target.project === ownProject;
  const nowhere: Place = {
    project: isOwnProject ? ownProject : 'nowhere',
    tenant: 'nobody',
    eventId: randomUUID(),
    keyId: 'key_00000000000000000000',
    jobId: randomUUID(),
    sessionId: 'vs_00000000000000000000',
    viewerKeyId: 'vk_00000000000000000000',
    erasureId: randomUUID(),
    personId: 'person_00000000000000000000',
    holdId: randomUUID(),
  };
  let refused = 0;
  for (const name of NAMES) {
    const { method } = ROUTES[name];
    const ask = async (place: Place) => {
      const { path, body } = ASK[name](place);
      return await app.call<RecordResult>(method, path, { key, body });
    };
    const answer = await ask(target);
    const told = `${who}, ${name}: ${answer.status} ${answer.text}`;
    assert.ok(!answer.text.includes(MARK), told);
    assert.ok(![...answer.headers.values()].join().includes(MARK), told);
    if (answer.status === 200) {
      assert.ok(isOwnProject ? SHARED.includes(name) : name === 'listProjects', told);
      continue;
    }
    refused++;
    const control = await ask(nowhere);
    assert.equal(answer.status, control.status, `${told}, but for nothing: ${control.text}`);
    assert.equal(withoutId(answer.text), withoutId(control.text), told);
    if (name === 'recordEvents' && answer.status === 400) {
      assert.equal(answer.json.rejected[0]?.code, 'tenant_not_allowed', told);
    } else {
      assert.ok(answer.status === 404 || answer.status === 403, told);
      if (who.includes('all scopes')) assert.equal(answer.status, 404, told);
    }
  }
  return refused;
}

onBothDatabases('isolation', (open) => {
  test('no key reaches another tenant or another project', async () => {
    const app = await open();
    const neighbour = await fill(app, 'default', `${MARK}-neighbour`);
    const foreign = await fill(app, OTHER_PROJECT, `${MARK}-foreign`);
    await define(app, 'attackers', 'attackers');
    await app.record('attacker', [sampleEvent()]);
    const attackers = await attackersWith(app, 'all scopes', { scopes: [...SCOPES] });
    for (const scope of SCOPES) {
      attackers.push(...(await attackersWith(app, scope, { scopes: [scope] })));
    }
    for (const role of ['reader', 'vendor', 'operator']) {
      attackers.push(...(await attackersWith(app, `role ${role}`, { roles: [role] })));
    }
    await app.app.ownLog.settled();
    const before = await everything(app);
    let refused = 0;
    for (const { who, key, project, isOfTenant } of attackers) {
      const common = { app, who, key, ownProject: project };
      refused += await attack({ ...common, target: foreign });
      if (isOfTenant) refused += await attack({ ...common, target: neighbour });
    }
    assert.deepEqual(await everything(app), before, 'nothing was changed');
    assert.ok(refused > 400, `${refused} requests were refused`);
  });

  test('names of others may be used in an own project and lead to nothing of theirs', async () => {
    const app = await open();
    const tenant = `${MARK}-foreign`;
    const key = await app.key({ project: 'attackers' });
    const read = () => app.call('GET', `/v1/events?tenant_id=${tenant}`, { key });
    assert.equal((await read()).status, 404);
    const own = { ...sampleEvent(), tenant_id: tenant };
    assert.equal((await app.call('POST', '/v1/events', { key, body: own })).status, 201);
    const { text } = await read();
    assert.ok(text.includes(own.id ?? '') && !text.includes(`${MARK}-actor`));
  });

  test('without a key or with a wrong one, every route answers 401 and tells nothing', async () => {
    const app = await open();
    const place = {
      ...{ project: 'default', tenant: `${MARK}-neighbour`, keyId: 'key_1' },
      ...{ sessionId: 'vs_1', viewerKeyId: 'vk_1', holdId: 'h_1', personId: 'person_1' },
      ...{ erasureId: randomUUID() },
    };
    for (const name of NAMES) {
      const { path, body } = ASK[name]({ ...place, eventId: randomUUID(), jobId: randomUUID() });
      const route: Route = ROUTES[name];
      for (const key of [undefined, `ann_${'A'.repeat(43)}`, `${app.adminKey}x`]) {
        const { status, text } = await app.call(route.method, path, { key, body });
        assert.equal(status, 401, `${name}: ${text}`);
        assert.ok(!text.includes(MARK), text);
      }
    }
  });

  test('a key or job of another project than the named one is not found', async () => {
    const app = await open();
    const [job] = await app.sql('SELECT job_id FROM job');
    const key = await app.admin<Key>('POST', '/v1/keys', { label: 'a', scopes: ['manage'] });
    for (const project of ['attackers', 'nowhere']) {
      const ofJob = await app.admin('GET', `/v1/jobs/${job?.['job_id']}?project=${project}`);
      assert.equal(ofJob.status, 404, ofJob.text);
      const path = `/v1/keys/${key.json.key_id}?project=${project}`;
      assert.equal((await app.admin('DELETE', path)).status, 404);
    }
    const named = await app.admin<Key>('DELETE', `/v1/keys/${key.json.key_id}?project=default`);
    assert.equal(named.status, 200);
  });
});
