/**
 * Every route, asked with every key that has no business there: for another tenant of the same
 * project, and for another project. What belongs to others bears a mark, and the mark may be in
 * no answer. And the answer must be the one for a thing that does not exist: else it tells.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '@annals/contract/definition';
import { MANAGE } from '@annals/contract/route';
import {
  type Key,
  type RecordResult,
  ROUTES,
  type Route,
  SCOPES,
  type ScopedRouteName,
} from '@annals/contract/routes';
import { onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';
import { ASK, fillPlace, nothingAt, type Place } from '../../test/places.ts';

const MARK = 'zqmark';
const OTHER_PROJECT = `${MARK}-project`;

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
  await define(app, project, project.includes(MARK) ? `${MARK} project label` : project);
  return await fillPlace(app, { project, tenant, mark: MARK });
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
  const nowhere = nothingAt(isOwnProject ? ownProject : 'nowhere', 'nobody');
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
    const place = nothingAt('default', `${MARK}-neighbour`);
    for (const name of NAMES) {
      const { path, body } = ASK[name](place);
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
