/** What is kept of refused events, and what of secrets in stored ones: shapes, never values. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EventPage, RecordResult, Reject } from '@annals/contract/routes';
import { SECRET_REMOVED } from '@annals/contract/secrets';
import fc from 'fast-check';
import { onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';
import { shapeOf } from './shape.ts';

const TABLES = ['setting', 'project', 'tenant', 'api_key', 'reject', 'job', 'event', 'ledger_head'];

/** Everything in the database, and on SQLite every byte of its files. */
async function everything(app: TestApp): Promise<string> {
  const rows = await Promise.all(TABLES.map((table) => app.sql(`SELECT * FROM ${table}`)));
  const text = JSON.stringify(rows, (_name, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
  const files = ['annals.db', 'annals.db-wal']
    .map((name) => join(app.config.dataDir, name))
    .filter((path) => app.dialect === 'sqlite' && existsSync(path));
  return [text, ...files.map((path) => readFileSync(path, 'latin1'))].join('\n');
}

const record = async (app: TestApp, events: unknown, query: string, key = app.adminKey) =>
  await app.call<RecordResult>('POST', `/v1/events${query}`, { key, body: events });
const rejects = async (app: TestApp, query = '', key = app.adminKey) => {
  const answer = await app.call<{ rejects: Reject[] }>('GET', `/v1/rejects${query}`, { key });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.rejects;
};

onBothDatabases('rejects', (open) => {
  test('are kept newest first with reason, path and shape, never a value', async () => {
    const app = await open();
    const { id: _id, ...sample } = sampleEvent();
    const bad = {
      ...sample,
      actor: { type: 'user', id: 'zqmarkactor' },
      metadata: {
        note: 'zqmarknote',
        list: [{ deep: 'zqmarkdeep' }, 2],
        none: null,
        yes: true,
        n: 424_242_424_242,
      },
      zqmarkfield: 'zqmarkvalue',
    };
    await record(
      app,
      [{ ...sample, occurred_at: 'zqmarktime' }, bad, '"zqmarktext"'],
      '?tenant_id=acme',
    );
    const [third, second, first, ...rest] = await rejects(app);
    assert.deepEqual(rest, []);
    assert.equal(first?.path, '/occurred_at');
    assert.equal(second?.code, 'invalid_event');
    assert.equal(second.path, '/zqmarkfield');
    assert.equal(second.tenant_id, 'acme', 'the tenant that the request named');
    assert.ok(Math.abs(Date.parse(second.rejected_at) - Date.now()) < 60_000);
    const { metadata, actor, zqmarkfield } = second.shape as Record<string, unknown>;
    assert.deepEqual(metadata, {
      note: 'string(10)',
      list: { 'array(2) of': { deep: 'string(10)' } },
      none: 'null',
      yes: 'boolean',
      n: 'number',
    });
    assert.deepEqual(actor, { type: 'string(4)', id: 'string(11)' });
    assert.equal(zqmarkfield, 'string(11)');
    assert.equal(third?.shape, 'string(12)');
    const stored = await everything(app);
    assert.doesNotMatch(stored, /zqmark(?!field)|424242424242|doc-\d/);
  });

  test('a line that is no JSON leaves no trace of what it was', async () => {
    const app = await open();
    const headers = { 'content-type': 'application/x-ndjson' };
    const body = `${JSON.stringify(sampleEvent())}\n{"zqmarkline": zqmarkline\n`;
    await app.call('POST', '/v1/events?tenant_id=acme', { key: app.adminKey, body, headers });
    assert.equal((await rejects(app))[0]?.code, 'invalid_json');
    assert.doesNotMatch(await everything(app), /zqmarkline/);
  });

  test('names with U+0000, half a pair or a megabyte are kept, bounded', async () => {
    const app = await open();
    const long = 'n'.repeat(1_000_000);
    const { id: _id, ...sample } = sampleEvent();
    const bodies = [
      { ...sample, tenant_id: 'a\0b' },
      { ...sample, 'x\0y': 1 },
      { ...sample, metadata: { 'x\0y': '\0' } },
      { ...sample, tenant_id: '\ud800' },
      { ...sample, '\udfff': 1 },
      { ...sample, id: '\0' },
      { ...sample, [long]: 1 },
      { ...sample, labels: { [long]: 1 } },
      { ...sample, metadata: { [long]: { _sd: 1 } } },
      { ...sample, action: long, id: long, tenant_id: long },
    ];
    const before = (await rejects(app)).length;
    const { status, text, json } = await record(app, bodies, '?tenant_id=acme');
    assert.equal(status, 400);
    assert.equal(json.rejected.length, bodies.length);
    const kept = (await rejects(app)).slice(0, -before);
    assert.equal(kept.length, bodies.length, 'each of them');
    const size = JSON.stringify(kept).length + text.length;
    assert.ok(size < 40_000, `${size} characters for ten`);
  });

  test('of one request 100 are kept, while its answer names all', async () => {
    const app = await open();
    await app.admin('PUT', '/v1/projects/flood', {});
    const answer = await record(
      app,
      Array.from({ length: 150 }, () => 1),
      '?project=flood',
    );
    assert.equal(answer.json.rejected.length, 150);
    assert.equal((await rejects(app, '?project=flood&limit=500')).length, 100);
    assert.equal((await rejects(app, '?project=flood&limit=7')).length, 7);
  });

  test('a key sees those of its project, and of its tenant if it is bound to one', async () => {
    const app = await open();
    await app.admin('PUT', '/v1/projects/seen', {});
    const write = ['events:write'] as const;
    const ofProject = await app.key({ project: 'seen', scopes: write });
    const ofTenant = await app.key({ project: 'seen', tenant: 'one', scopes: write });
    const bad = (tenant_id: string) => ({ ...sampleEvent(), tenant_id, bad: tenant_id });
    await record(app, [bad('one'), bad('two')], '', ofProject);
    await record(app, [{ bad: 1 }], '?tenant_id=one', ofProject);
    await record(app, [bad('two')], '', ofTenant);
    const tenants = async (key: string) =>
      (await rejects(app, '', key)).map(({ tenant_id }) => tenant_id);
    assert.deepEqual(await tenants(ofProject), ['one', 'one', 'two', 'one']);
    assert.deepEqual(await tenants(ofTenant), ['one', 'one', 'one'], 'its own attempt too');
    assert.ok(!(await tenants(app.adminKey)).includes('two'), 'the default project is another');
  });

  test('those of a week ago are gone, and all but the newest 10,000', async () => {
    const app = await open({});
    await record(app, [{}, {}, {}], '?tenant_id=acme');
    const week = 7 * 24 * 3_600_000;
    await app.sql('UPDATE reject SET rejected_at = ? WHERE reject_no = 1', Date.now() - week - 1);
    assert.equal((await rejects(app)).length, 2);
    await app.app.ingest.pruneRejects();
    const count = async () => Number((await app.sql('SELECT count(*) AS n FROM reject'))[0]?.['n']);
    assert.equal(await count(), 2);
    await app.sql(
      `INSERT INTO reject (project_no, key_id, rejected_at, code, path, detail, shape)
        WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 10003)
        SELECT 1, 'k', ${Date.now()}, 'invalid_event', '', '', '1' FROM counted`,
    );
    await app.app.ingest.pruneRejects();
    assert.equal(await count(), 10_000);
    assert.equal((await rejects(app, '?limit=1'))[0]?.shape, 1, 'the newest stay');
  });
});

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEzqmarkpem\n-----END RSA PRIVATE KEY-----';
const JWT =
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ6cWp3dCJ9.zqmarksignaturezqmarksignaturezqmarksignature';

onBothDatabases('secrets', (open) => {
  test('are in no table, no file and no answer', async () => {
    const app = await open();
    const event = sampleEvent({
      reason: { text: `because ${PEM} was lost` },
      outcome: { result: 'failure', reason: `refused ${JWT}` },
      context: { user_agent: 'curl/8 Authorization: Bearer zqmarkbearerzqmarkbearerzqmarkbearer' },
      targets: [{ type: 'document', id: 'd1', name: `Notes ${JWT}` }],
      metadata: {
        password: 'zqmarkpassword',
        nested: [
          { api_key: 'zqmarkapikey', 'X-Auth-Token': ['zqmarklist', { a: 'zqmarkinlist' }] },
        ],
        original: JSON.stringify({ requestParameters: { clientSecret: 'zqmarkoriginal' }, n: 1 }),
        note: PEM,
        kept: 'visible',
      },
      labels: { cookie: 'zqmarkcookie', color: 'visible' },
      changes: [
        { path: '/user/password', before: 'zqmarkbefore', after: 'zqmarkafter' },
        {
          path: '/config',
          before: { token: 'zqmarktoken' },
          after: { token: 'zqmarktoken2', size: 1 },
        },
        { path: '/auth~1secret', before: 'zqmarkescaped' },
        { path: '/marked', before: 'zqmarkmarked', after: 'zqmarkmarked', secret: true },
      ],
    });
    const { json, status } = await record(app, [event], '?tenant_id=secrets');
    assert.equal(status, 201, JSON.stringify(json));
    await record(app, [{ ...event, zzz: 1 }], '?tenant_id=secrets');
    const page = await app.admin<EventPage>('GET', '/v1/events?tenant_id=secrets');
    const all = [await everything(app), page.text, JSON.stringify(json)];
    for (const text of all) assert.doesNotMatch(text, /zqmark|eyJzdWIi/);
    assert.ok(!app.logLines.join('').includes('zqmark'));
    const [read] = page.json.events;
    assert.ok(read);
    const changes = read.changes ?? [];
    assert.deepEqual(changes[0], { path: '/user/password', secret: true });
    assert.deepEqual(changes[3], { path: '/marked', secret: true });
    const metadata = read.metadata as Record<string, unknown>;
    assert.equal(metadata['kept'], 'visible', 'the rest stays');
    assert.equal(metadata['password'], SECRET_REMOVED);
    assert.match(String(metadata['original']), /"n":1/);
    assert.match(JSON.stringify(read.reason), /because .* was lost/);
  });

  test('an event sent again with its secrets is a duplicate', async () => {
    const app = await open();
    const event = sampleEvent({ metadata: { password: 'zqmarkpassword' } });
    assert.equal((await record(app, [event], '?tenant_id=again')).json.accepted, 1);
    assert.equal((await record(app, [event], '?tenant_id=again')).json.duplicates, 1);
  });
});

test('a shape holds no value and stays small, whatever it is of', () => {
  const marked = fc.string().map((text) => `secret ${text}`);
  const name = fc.stringMatching(/^[A-Z]{0,60}$/);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(marked, fc.constant(null), fc.boolean()),
      fc.array(tie('value')),
      fc.dictionary(name, tie('value')),
    ),
  }));
  fc.assert(
    fc.property(value, (one) => {
      const shape = shapeOf(one);
      assert.ok(!shape.includes('secret') && shape.length <= 2_000, shape);
      JSON.parse(shape);
    }),
  );
  const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`.repeat(20), n]));
  assert.ok(shapeOf({ a: wide, b: wide }).length <= 2_000);
});
