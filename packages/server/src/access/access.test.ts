import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '@annals/contract/problem';
import type { Key, Project, Tenant } from '@annals/contract/routes';
import { onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';

type NewKey = Key & { secret: string };

const hold = { scopes: ['events:read', 'events:write', 'manage'], label: 'a key' };
const status = async (app: TestApp, key: string) =>
  (await app.call('GET', '/v1/keys', { key })).status;
const everything = async (app: TestApp): Promise<string> => {
  const tables = ['setting', 'project', 'tenant', 'api_key', 'reject', 'job'];
  const rows = await Promise.all(tables.map((table) => app.sql(`SELECT * FROM ${table}`)));
  return JSON.stringify(rows.flat(), (_name, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
};

onBothDatabases('API keys', (open) => {
  test('a key is shown once and kept only as its hash', async () => {
    const app = await open();
    const { json, headers } = await app.admin<NewKey>('POST', '/v1/keys', hold);
    assert.match(json.secret, /^ann_[A-Za-z0-9_-]{43}$/);
    assert.equal(headers.get('cache-control'), 'no-store');
    const list = await app.admin('GET', '/v1/keys');
    assert.ok(list.text.includes(json.key_id));
    assert.ok(!list.text.includes(json.secret));
    const stored = await everything(app);
    assert.ok(!stored.includes(json.secret) && !stored.includes(json.secret.slice(4)));
    assert.ok(!stored.includes(app.adminKey));
    const [row] = await app.sql('SELECT hash FROM api_key WHERE key_id = ?', json.key_id);
    const hash = createHash('sha256').update(json.secret).digest();
    assert.deepEqual(Buffer.from(row?.['hash'] as Uint8Array), hash);
  });

  test('a revoked key is refused at once, though it was just used', async () => {
    const app = await open();
    const { json } = await app.admin<NewKey>('POST', '/v1/keys', hold);
    assert.equal(await status(app, json.secret), 200);
    const revoked = await app.admin<Key>('DELETE', `/v1/keys/${json.key_id}`);
    assert.equal(revoked.status, 200);
    assert.notEqual(revoked.json.revoked_at, null);
    assert.equal(await status(app, json.secret), 401);
    const again = await app.admin<Key>('DELETE', `/v1/keys/${json.key_id}`);
    assert.equal(again.json.revoked_at, revoked.json.revoked_at, 'the first time counts');
  });

  test('a key expires when it says, though it was just used', async () => {
    const app = await open();
    const ends = Date.now() + 1_500;
    const secret = await app.key({ expiresAt: new Date(ends).toISOString() });
    assert.equal(await status(app, secret), 200);
    await sleep(ends - Date.now() + 20);
    assert.equal(await status(app, secret), 401);
  });

  test('a key must expire in the future, at a time', async () => {
    const app = await open();
    for (const expires_at of ['2020-01-01T00:00:00Z', 'tomorrow', '2999-02-30T00:00:00Z']) {
      const answer = await app.admin<Problem>('POST', '/v1/keys', { ...hold, expires_at });
      assert.equal(answer.status, 400);
      assert.equal(answer.json.errors?.[0]?.path, '/expires_at');
    }
  });

  test('a key grants no more than its maker has', async () => {
    const app = await open();
    const maker = await app.key({ scopes: ['manage'], tenant: 'makers' });
    const make = (body: object) =>
      app.call<Problem & NewKey>('POST', '/v1/keys', { key: maker, body: { ...hold, ...body } });
    const more = await make({ scopes: ['manage', 'events:read'] });
    assert.equal(more.status, 403);
    assert.equal(more.json.code, 'forbidden');
    assert.equal((await make({ scopes: ['manage'], tenant_id: 'others' })).status, 404);
    const [row] = await app.sql('SELECT * FROM tenant WHERE tenant_id = ?', 'others');
    assert.equal(row, undefined, 'a refused request makes no tenant');
    const own = await make({ scopes: ['manage'] });
    assert.equal(own.status, 201);
    assert.equal(own.json.tenant_id, 'makers', 'bound as its maker is');
    const lasting = await app.key({
      scopes: ['manage'],
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    const last = async (expires_at?: string) => {
      const body = { label: 'lasting', scopes: ['manage'], ...(expires_at ? { expires_at } : {}) };
      return await app.call<NewKey>('POST', '/v1/keys', { key: lasting, body });
    };
    assert.equal((await last('2999-01-01T00:00:00Z')).status, 403, 'nor for longer');
    assert.notEqual((await last()).json.expires_at, null, 'ends as its maker does');
  });
});

onBothDatabases('the admin key', (open) => {
  const secret = () => `admin-${randomBytes(24).toString('base64url')}`;

  test('another one given at a start replaces it, also one that was used before', async () => {
    const app = await open({});
    const [first, second] = [app.adminKey, secret()];
    const valid = async () => [await status(app, first), await status(app, second)];
    assert.deepEqual(await valid(), [200, 401]);
    await app.restart({ ANNALS_ADMIN_KEY: second });
    assert.deepEqual(await valid(), [401, 200]);
    await app.restart({ ANNALS_ADMIN_KEY: first });
    assert.deepEqual(await valid(), [200, 401]);
    assert.equal((await app.admin<{ keys: Key[] }>('GET', '/v1/keys')).json.keys.length, 2);
  });

  test('a project’s key cannot become the admin key, and the one of before stays', async () => {
    const app = await open({});
    const ofProject = await app.key();
    const other = { ANNALS_ADMIN_KEY: ofProject };
    await assert.rejects(app.restart(other), /ANNALS_ADMIN_KEY is the key of a project/);
    await app.restart();
    assert.equal(await status(app, app.adminKey), 200);
    const { json } = await app.call<{ keys: Key[] }>('GET', '/v1/keys', { key: ofProject });
    assert.ok(
      json.keys.every(({ project }) => project === 'default'),
      'still bound',
    );
  });

  test('without one given, the first start makes one and later ones keep it', async () => {
    const app = await open({ ANNALS_ADMIN_KEY: '' });
    const made = app.app.newAdminKey;
    assert.ok(made);
    assert.equal(await status(app, made), 200);
    await app.restart();
    assert.equal(app.app.newAdminKey, undefined);
    assert.equal(await status(app, made), 200);
    assert.ok(!app.logLines.join('').includes(made));
  });
});

onBothDatabases('projects and tenants', (open) => {
  const put = (app: TestApp, name: string, body: object) =>
    app.admin<Project & Problem>('PUT', `/v1/projects/${name}`, body);

  test('a project is made with defaults, and changed field by field', async () => {
    const app = await open();
    const made = await put(app, 'shop', {});
    assert.deepEqual(
      { ...made.json, created_at: '' },
      {
        ...{ project: 'shop', label: 'shop', time_zone: 'UTC', create_tenants: true },
        ...{ version: 0, created_at: '', definition: null },
      },
    );
    await put(app, 'shop', { label: 'The shop', time_zone: 'Asia/Kathmandu' });
    const changed = await put(app, 'shop', { create_tenants: false });
    assert.equal(changed.json.label, 'The shop');
    assert.equal(changed.json.time_zone, 'Asia/Kathmandu');
    assert.equal(changed.json.create_tenants, false);
    assert.deepEqual((await app.admin<Project>('GET', '/v1/projects/shop')).json, changed.json);
    const { json } = await app.admin<{ projects: Project[] }>('GET', '/v1/projects');
    assert.deepEqual(
      json.projects.map(({ project }) => project),
      ['default', 'shop'],
    );
  });

  test('a time zone must be one', async () => {
    const app = await open();
    const { status, json } = await put(app, 'zoned', { time_zone: 'Mars/Olympus' });
    assert.equal(status, 400);
    assert.equal(json.errors?.[0]?.path, '/time_zone');
    assert.equal((await app.admin('GET', '/v1/projects/zoned')).status, 404);
  });

  test('text with U+0000 or half a surrogate pair is refused, not a failure', async () => {
    const app = await open();
    for (const label of ['a\\u0000b', 'a\\ud800b']) {
      const body = `{"label":"${label}"}`;
      const key = app.adminKey;
      const tenant = await app.call('PUT', '/v1/tenants/nul', { key, body });
      assert.equal(tenant.status, 400, tenant.text);
      const project = await app.call('PUT', '/v1/projects/nul', { key, body });
      assert.equal(project.status, 400, project.text);
      const made = `{"scopes":["manage"],"label":"${label}"}`;
      assert.equal((await app.call('POST', '/v1/keys', { key, body: made })).status, 400);
    }
    const astral = await app.call('PUT', '/v1/tenants/astral', {
      key: app.adminKey,
      body: '{"label":"\\ud83d\\ude00"}',
    });
    assert.equal((astral.json as Tenant).label, '😀');
  });

  test('tenants are listed by name in pages, with their events', async () => {
    const app = await open();
    await put(app, 'crowd', {});
    const names = Array.from({ length: 25 }, (_, n) => `t-${String(n).padStart(2, '0')}`);
    for (const name of names.toReversed()) {
      await app.admin('PUT', `/v1/tenants/${name}?project=crowd`, { label: `Tenant ${name}` });
    }
    await app.app.ownLog.settled();
    const events = [sampleEvent(), sampleEvent()];
    await app.admin('POST', '/v1/events?project=crowd&tenant_id=t-03', events);
    const page = async (after: string) => {
      const path = `/v1/tenants?project=crowd&limit=10&after=${after}`;
      return (await app.admin<{ tenants: Tenant[] }>('GET', path)).json.tenants;
    };
    const [one, two, three] = [await page('a'), await page('t-09'), await page('t-19')];
    assert.deepEqual(
      [...one, ...two, ...three].map(({ tenant_id }) => tenant_id),
      names,
    );
    assert.equal(one[3]?.events, 3, 'the log’s own too');
    assert.equal(one[3]?.label, 'Tenant t-03', 'recording keeps the label');
    assert.equal(one[4]?.events, 1);
  });

  test('a key of one tenant does not open what the tenant’s plan keeps shut', async () => {
    const app = await open();
    const key = await app.key({ tenant: 'gated' });
    const set = (body: object) =>
      app.call<Tenant & Problem>('PUT', '/v1/tenants/gated', { key, body });
    const shut = [{ plan: 'x' }, { addons: [] }, { is_demo: false }, { audit_enabled_at: 'now' }];
    for (const fields of [...shut, { audit_enabled_at: null }]) {
      const { status, json } = await set({ label: 'Mine', ...fields });
      assert.deepEqual([status, json.code], [403, 'forbidden'], JSON.stringify(fields));
    }
    const { json } = await set({ label: 'Gated Ltd' });
    assert.deepEqual([json.label, json.plan, json.audit_enabled_at], ['Gated Ltd', null, null]);
  });

  test('a key of one tenant finds its tenant, however many stand before it', async () => {
    const app = await open();
    for (let n = 0; n < 12; n++) await app.admin('PUT', `/v1/tenants/a-${n}`, {});
    const key = await app.key({ tenant: 'zebra' });
    const path = '/v1/tenants?limit=5';
    const { json } = await app.call<{ tenants: Tenant[] }>('GET', path, { key });
    assert.deepEqual(
      json.tenants.map(({ tenant_id }) => tenant_id),
      ['zebra'],
    );
  });
});
