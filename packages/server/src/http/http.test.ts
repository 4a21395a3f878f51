/**
 * What HTTP answers: a table of requests with what must be in the answer and what must not, and
 * what does not fit a table.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ERRORS, type ErrorCode } from '@annals/contract/errors';
import type { Problem } from '@annals/contract/problem';
import { ROUTES, type Route } from '@annals/contract/routes';
import { onBothDatabases, sampleEvent, sendRaw, type TestApp } from '../../test/harness.ts';

type Who = 'admin' | 'reader' | 'writer' | 'nobody' | 'stranger';
interface Scenario {
  readonly ask: string;
  readonly as?: Who;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answer: ErrorCode | number;
  /** Of the first of `errors`. */
  readonly at?: string;
  readonly has?: readonly string[];
  readonly hasNot?: readonly string[];
}

const LIST = 'GET /v1/events?tenant_id=acme';
const json = { 'content-type': 'application/json' };

const SCENARIOS: readonly Scenario[] = [
  // Who asks.
  { ask: LIST, as: 'nobody', answer: 'unauthenticated' },
  { ask: LIST, as: 'stranger', answer: 'unauthenticated', hasNot: ['stranger'] },
  { ask: LIST, as: 'nobody', headers: { authorization: 'Basic YTpi' }, answer: 'unauthenticated' },
  { ask: LIST, as: 'nobody', headers: { authorization: 'Bearer ' }, answer: 'unauthenticated' },
  { ask: LIST, as: 'nobody', headers: { authorization: 'Bearer a b' }, answer: 'unauthenticated' },
  { ask: LIST, as: 'writer', answer: 'forbidden', has: ['events:read'] },
  { ask: 'POST /v1/events', as: 'reader', body: {}, answer: 'forbidden', has: ['events:write'] },
  { ask: 'GET /v1/keys', as: 'reader', answer: 'forbidden', has: ['manage'] },
  { ask: 'GET /v1/projects', as: 'writer', answer: 'forbidden' },
  { ask: LIST, as: 'reader', answer: 200, has: ['"events":', '"next_cursor":null'] },
  // Where.
  { ask: 'GET /', as: 'nobody', answer: 'not_found' },
  { ask: 'GET /v1/nothing', answer: 'not_found' },
  { ask: 'GET /v1/events/', answer: 'invalid_query' },
  { ask: 'GET /V1/events?tenant_id=acme', answer: 'not_found' },
  { ask: 'GET /v1/events?tenant_id=nobody', answer: 'not_found', hasNot: ['nobody'] },
  { ask: `${LIST}&project=nowhere`, answer: 'not_found' },
  { ask: `${LIST}&project=%00`, answer: 'invalid_query', at: 'project' },
  { ask: `${LIST}&view=secret`, answer: 'not_found' },
  { ask: 'DELETE /v1/keys/%00', answer: 'invalid_query', at: 'key_id' },
  { ask: `GET /v1/events/${randomUUID()}?tenant_id=acme`, answer: 'not_found' },
  { ask: `GET /v1/jobs/${randomUUID()}`, answer: 'not_found' },
  { ask: 'DELETE /v1/keys/key_none', answer: 'not_found' },
  { ask: 'GET /%76%31/events?tenant_id=acme', as: 'nobody', answer: 'unauthenticated' },
  // How.
  { ask: 'DELETE /v1/events', answer: 'method_not_allowed', has: ['GET', 'POST'] },
  { ask: 'PATCH /v1/projects/default', answer: 'method_not_allowed' },
  { ask: 'POST /v1/events/download', answer: 'method_not_allowed' },
  { ask: 'OPTIONS /v1/events', answer: 'method_not_allowed' },
  // Parameters.
  { ask: 'GET /v1/events', answer: 'invalid_query', at: 'tenant_id', has: ['required'] },
  { ask: 'GET /v1/events?tenant_id=', answer: 'invalid_query', at: 'tenant_id' },
  { ask: 'GET /v1/events?tenant_id=%00', answer: 'invalid_query', at: 'tenant_id' },
  { ask: `GET /v1/events?tenant_id=${'x'.repeat(129)}`, answer: 'invalid_query', at: 'tenant_id' },
  { ask: `${LIST}&colour=red`, answer: 'invalid_query', at: 'colour', hasNot: ['"red"'] },
  { ask: `${LIST}&tenant_id=other`, answer: 'invalid_query', at: 'tenant_id' },
  { ask: `${LIST}&limit=0`, answer: 'invalid_query', at: 'limit' },
  { ask: `${LIST}&limit=501`, answer: 'invalid_query', at: 'limit', has: ['500'] },
  { ask: `${LIST}&limit=1.5`, answer: 'invalid_query', at: 'limit' },
  { ask: `${LIST}&limit=many`, answer: 'invalid_query', at: 'limit' },
  { ask: `${LIST}&limit=`, answer: 'invalid_query', at: 'limit' },
  { ask: `${LIST}&limit=true`, answer: 'invalid_query', at: 'limit' },
  { ask: `${LIST}&limit=1&limit=2`, answer: 'invalid_query', at: 'limit' },
  { ask: `${LIST}&limit=500`, answer: 200 },
  { ask: `${LIST}&order=up`, answer: 'invalid_query', at: 'order', has: ['desc, asc'] },
  { ask: `${LIST}&from=yesterday`, answer: 'invalid_query', at: 'from', hasNot: ['yesterday'] },
  { ask: `${LIST}&to=2026-13-01T00:00:00Z`, answer: 'invalid_query', at: 'to' },
  { ask: `${LIST}&from=now&to=now-1d`, answer: 'invalid_query', at: 'from' },
  { ask: `${LIST}&cursor=abc`, answer: 'invalid_cursor' },
  { ask: 'GET /v1/events/download?tenant_id=acme', answer: 'invalid_query', at: 'format' },
  {
    ask: 'GET /v1/events/download?tenant_id=acme&format=csv&time_zone=Mars/Base',
    answer: 'invalid_query',
    at: 'time_zone',
    hasNot: ['Mars'],
  },
  { ask: 'GET /v1/events/not-a-uuid?tenant_id=acme', answer: 'invalid_query', at: 'id' },
  { ask: 'PUT /v1/projects/Shop', body: {}, answer: 'invalid_query', at: 'project' },
  { ask: 'PUT /v1/tenants/%0A', body: {}, answer: 'invalid_query', at: 'tenant_id' },
  { ask: `PUT /v1/tenants/${'%F0%9F%98%80'.repeat(64)}`, body: {}, answer: 200 },
  { ask: 'GET /v1/events/%zz?tenant_id=acme', answer: 'invalid_query' },
  // Bodies.
  { ask: 'POST /v1/keys', body: '{"label":', answer: 'invalid_json', hasNot: ['label'] },
  { ask: 'POST /v1/keys', body: '', headers: json, answer: 400 },
  { ask: 'POST /v1/keys', body: '[]', answer: 'invalid_body' },
  { ask: 'POST /v1/keys', body: 'null', answer: 'invalid_body' },
  { ask: 'POST /v1/keys', body: {}, answer: 'invalid_body', at: '/label' },
  { ask: 'POST /v1/keys', answer: 'invalid_body' },
  { ask: 'POST /v1/events', answer: 'invalid_json' },
  {
    ask: 'POST /v1/keys',
    body: { label: 'a', scopes: ['everything'] },
    answer: 'invalid_body',
    at: '/scopes/0',
    hasNot: ['everything'],
  },
  {
    ask: 'POST /v1/keys',
    body: { label: 'a', scopes: ['manage'], project: 'x' },
    answer: 'invalid_body',
    at: '/project',
  },
  { ask: 'PUT /v1/projects/x', body: { create_tenants: 1 }, answer: 'invalid_body' },
  {
    ask: 'POST /v1/jobs',
    body: { kind: 'rm', tenant_id: 'acme' },
    answer: 'invalid_body',
    at: '/kind',
  },
  {
    ask: 'POST /v1/events',
    body: 'a,b',
    headers: { 'content-type': 'text/csv' },
    answer: 'unsupported_media_type',
  },
  {
    ask: 'POST /v1/keys',
    body: '{}',
    headers: { 'content-type': 'application/x-ndjson' },
    answer: 'unsupported_media_type',
  },
  {
    ask: 'POST /v1/events',
    body: '{}',
    headers: { ...json, 'content-encoding': 'compress' },
    answer: 'unsupported_encoding',
    has: ['gzip, br or zstd'],
  },
  {
    ask: 'POST /v1/keys',
    body: JSON.stringify({ label: 'a'.repeat(11 * 1024 * 1024) }),
    answer: 'body_too_large',
  },
];

const keyOf = (keys: Record<Who, string | undefined>, { as = 'admin' }: Scenario) => keys[as];

onBothDatabases('requests', (open) => {
  const made = new WeakMap<TestApp, Record<Who, string | undefined>>();
  const prepared = async () => {
    const app = await open();
    const known = made.get(app);
    if (known) return { app, keys: known };
    await app.record('acme', [sampleEvent()]);
    const keys = {
      admin: app.adminKey,
      reader: await app.key({ scopes: ['events:read'] }),
      writer: await app.key({ scopes: ['events:write'] }),
      nobody: undefined,
      stranger: 'ann_stranger',
    };
    made.set(app, keys);
    return { app, keys };
  };

  for (const scenario of SCENARIOS) {
    const { ask, headers = {}, body, answer, at, has = [], hasNot = [] } = scenario;
    const [method = '', path = ''] = ask.split(' ');
    const name = `${scenario.as ?? 'admin'}: ${ask.slice(0, 80)} → ${answer}`;
    test(name, async () => {
      const { app, keys } = await prepared();
      const key = keyOf(keys, scenario);
      const got = await app.call<Problem>(method, path, { key, headers, body });
      const told = `${got.status} ${got.text.slice(0, 500)}`;
      assert.equal(got.status, typeof answer === 'number' ? answer : ERRORS[answer].status, told);
      for (const text of has) assert.ok(got.text.includes(text), `${text} is not in ${told}`);
      for (const text of hasNot) assert.ok(!got.text.includes(text), `${text} is in ${told}`);
      assert.equal(got.headers.get('cache-control'), 'no-store');
      if (got.status < 400) return;
      assert.match(got.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal(got.json.request_id, got.headers.get('x-request-id'));
      assert.equal(got.json.status, got.status);
      if (typeof answer === 'string') {
        assert.equal(got.json.code, answer);
        assert.equal(got.json.title, ERRORS[answer].title);
      }
      if (at !== undefined) assert.equal(got.json.errors?.[0]?.path, at, told);
    });
  }

  test('a challenge comes with 401, the methods with 405', async () => {
    const { app } = await prepared();
    const stranger = await app.call('GET', '/v1/keys');
    assert.equal(stranger.headers.get('www-authenticate'), 'Bearer');
    const wrong = await app.admin('DELETE', '/v1/events');
    assert.deepEqual((wrong.headers.get('allow') ?? '').split(', ').sort(), [
      'GET',
      'HEAD',
      'POST',
    ]);
  });

  test('each answer has its own id, which the client cannot choose', async () => {
    const { app } = await prepared();
    const ids = new Set<string | null>();
    for (let n = 0; n < 5; n++) {
      const headers = { 'x-request-id': 'mine', 'request-id': 'mine' };
      ids.add((await app.call('GET', '/v1/keys', { headers })).headers.get('x-request-id'));
    }
    assert.equal(ids.size, 5);
    assert.ok(!ids.has('mine') && !ids.has(null));
  });

  test('a full address in the request line is answered as the path, or refused', async () => {
    const { app } = await prepared();
    const line = `GET ${app.url}/v1/events?tenant_id=acme HTTP/1.1`;
    const text = await sendRaw(app.url, `${line}\r\nHost: a\r\nConnection: close\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 (401|404) /);
  });

  test('HEAD answers as GET does, without a body', async () => {
    const { app, keys } = await prepared();
    const head = await app.call('HEAD', '/v1/events?tenant_id=acme', { key: keys.reader });
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal((await app.call('HEAD', '/v1/events?tenant_id=acme')).status, 401);
  });
});

onBothDatabases('the server itself', (open) => {
  test('/openapi.json describes every route, for everybody', async () => {
    const app = await open();
    const { json: document, status } = await app.call<{
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
    }>('GET', '/openapi.json');
    assert.equal(status, 200);
    assert.match(document.openapi, /^3\.1\./);
    for (const [name, route] of Object.entries<Route>(ROUTES)) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()];
      assert.equal(operation?.operationId, name);
      for (const status of Object.keys(route.answers)) {
        assert.ok(Object.keys(operation.responses).includes(status));
      }
    }
    const count = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
    assert.equal(count, Object.keys(ROUTES).length, 'and nothing else');
  });

  test('/docs works under its own policy, over plain HTTP too', async () => {
    const app = await open();
    const page = await app.call('GET', '/docs/');
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.doesNotMatch(policy, /upgrade-insecure-requests/, 'there is no HTTPS to upgrade to');
    assert.match(policy, /script-src[^;]*'self'/);
    assert.doesNotMatch(page.text, /<script(?![^>]*\ssrc=)[^>]*>\s*\S/, 'no inline script');
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => found[1] ?? '');
    assert.ok(files.length > 3);
    for (const file of files) {
      const { pathname } = new URL(file, `${app.url}/docs/`);
      const asset = await app.call('GET', pathname);
      assert.equal(asset.status, 200, pathname);
    }
    const bare = await fetch(`${app.url}/docs`);
    await bare.text();
    assert.equal(bare.status, 200);
  });

  test('health, readiness and metrics need no key and tell of no tenant', async () => {
    const app = await open();
    await app.record('zqmark-tenant', [sampleEvent()]);
    await app.admin('GET', '/v1/events?tenant_id=zqmark-tenant&limit=7');
    await app.app.ownLog.settled();
    assert.deepEqual((await app.call('GET', '/healthz')).json, { status: 'ok' });
    assert.deepEqual((await app.call('GET', '/readyz')).json, { status: 'ready' });
    const { text, headers } = await app.call('GET', '/metrics');
    assert.match(headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(text, /annals_events_total\{result="accepted"\} \d/);
    assert.match(text, /annals_http_request_seconds_count\{[^}]*route="\/v1\/events"/);
    assert.match(text, /^annals_queued_events 0$/m);
    assert.ok(!text.includes('zqmark') && !text.includes('limit=7'));
  });

  test('an answer of the API lets a browser do nothing with it', async () => {
    const app = await open();
    for (const path of ['/v1/keys', '/nothing', '/healthz', '/openapi.json']) {
      const { headers } = await app.call('GET', path);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.equal(headers.get('access-control-allow-origin'), null, path);
      assert.equal(headers.get('x-powered-by'), null, path);
      assert.equal(headers.get('server'), null, path);
    }
  });

  test('wrong keys are counted by address', async () => {
    const app = await open({ ANNALS_RATE_LIMIT: '3' });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) {
      statuses.push((await app.call('GET', '/v1/keys', { key: `wrong-${n}` })).status);
    }
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
    assert.equal((await app.admin('GET', '/v1/keys')).status, 200);
  });

  test('the rate limit counts each key for itself', async () => {
    const app = await open({ ANNALS_RATE_LIMIT: '5' });
    const [one, other] = [app.adminKey, await app.key()];
    const ask = async (key: string) => await app.call<Problem>('GET', '/v1/keys', { key });
    const first = await Promise.all([one, one, one, one].map(ask));
    assert.deepEqual(new Set(first.map(({ status }) => status)), new Set([200]));
    const refused = await ask(one);
    assert.equal(refused.status, 429);
    assert.equal(refused.json.code, 'rate_limited');
    const seconds = Number(refused.headers.get('retry-after'));
    assert.ok(seconds >= 1 && seconds <= 60, `${seconds} s`);
    assert.equal((await ask(other)).status, 200);
  });
});

onBothDatabases('failures', (open, dialect) => {
  test('a 500 says nothing more than its id, and the log has the cause', async () => {
    const app = await open({});
    await app.record('acme', [sampleEvent()]);
    await app.sql('DROP TABLE job');
    const body = { kind: 'verify', tenant_id: 'acme' };
    const { status, json, text } = await app.admin<Problem>('POST', '/v1/jobs', body);
    assert.equal(status, 500);
    assert.deepEqual(Object.keys(json).sort(), ['code', 'request_id', 'status', 'title', 'type']);
    assert.ok(
      !/job|table|relation|sql|select|insert|\.ts/i.test(text.replace(json.request_id, '')),
    );
    const line = app.logLines.find((one) => one.includes(json.request_id) && one.includes('err'));
    assert.match(line ?? '', dialect === 'sqlite' ? /no such table/ : /does not exist/);
  });

  test('nothing secret and nothing of an event is in the log, whatever happens', async () => {
    const app = await open({ ANNALS_LOG_LEVEL: 'trace' });
    const key = await app.key({ label: 'zqmarklabel' });
    const event = sampleEvent({
      action: 'zqmarkaction.done',
      actor: { type: 'user', id: 'zqmarkactor', name: 'zqmarkname' },
      metadata: { password: 'zqmarkpassword', note: 'zqmarknote' },
    });
    await app.call('POST', '/v1/events?tenant_id=zqmarktenant', { key, body: [event] });
    await app.call('GET', '/v1/events?tenant_id=zqmarktenant&from=now-9d&cursor=zqmarkcursor', {
      key,
    });
    await app.call('GET', '/v1/events?tenant_id=zqmarktenant', { key: 'ann_zqmarkwrongkey' });
    await app.call('POST', '/v1/events', { key, body: '{"zqmarkbroken": "zqmarkvalue' });
    await app.call('POST', '/v1/keys', { key, body: '{"label": "zqmarkvalue' });
    await app.call('POST', '/v1/keys', { key, body: { zqmarkfield: 'zqmarkvalue' } });
    await app.call('GET', '/v1/zqmarkpath?q=zqmarkquery', { key });
    // The database itself refuses the row, in words that quote it.
    const table = "SELECT sql FROM sqlite_master WHERE name = 'event'";
    if (dialect === 'postgres') {
      await app.sql(
        "ALTER TABLE event ADD CONSTRAINT no CHECK (action <> 'zqmarkaction.done') NOT VALID",
      );
    } else {
      assert.equal((await app.sql(table)).length, 1);
      await app.sql(`CREATE TRIGGER no BEFORE INSERT ON event WHEN new.action = 'zqmarkaction.done'
        BEGIN SELECT raise(ABORT, 'no'); END`);
    }
    const refused = await app.call('POST', '/v1/events?tenant_id=zqmarktenant', {
      key,
      body: [{ ...event, id: randomUUID() }],
    });
    assert.equal(refused.status, 500, refused.text);
    const log = app.logLines.join('');
    assert.ok(log.includes('"request failed"') && log.includes('"/v1/events"'));
    assert.doesNotMatch(log, /zqmark/, 'in clear');
    assert.ok(!log.includes(Buffer.from('zqmarkaction').toString('hex')), 'in hex');
    assert.ok(!log.includes(Buffer.from('"id":"').toString('hex')), 'a document in hex');
    assert.ok(!log.includes(key) && !log.includes(app.adminKey));
  });
});
