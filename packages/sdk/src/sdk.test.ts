import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { problem, startPeer } from '../test/peer.ts';
import { retryAfterMs } from './http.ts';
import {
  AnnalsError,
  AuthenticationError,
  type Client,
  ConflictError,
  createClient,
  InvalidRequestError,
  NotAllowedError,
  NotFoundError,
  UnavailableError,
} from './sdk.ts';

const page = (events: unknown[], next: string | null) => ({
  body: { events, next_cursor: next, notices: [] },
});

describe('reading', () => {
  test('a list sends its query and the project', async () => {
    await using peer = await startPeer(() => page([{ id: '1' }], null));
    const client = peer.client({ project: 'shop' });
    const answer = await client.events.list({ tenant_id: 'a b/c', limit: 5, from: 'now-7d' });
    assert.equal(answer.events.length, 1);
    assert.equal(
      peer.seen[0]?.url,
      '/v1/events?project=shop&tenant_id=a+b%2Fc&limit=5&from=now-7d',
    );
  });

  test('pages follow the cursor, all gives their events, and stopping stops asking', async () => {
    await using peer = await startPeer((_, count) =>
      page([{ id: `${count}a` }, { id: `${count}b` }], count === 2 ? null : `cursor-${count}`),
    );
    const client = peer.client();
    const ids: string[] = [];
    for await (const { id } of client.events.all({ tenant_id: 't' })) ids.push(id);
    assert.deepEqual(ids, ['0a', '0b', '1a', '1b', '2a', '2b']);
    assert.match(peer.seen[2]?.url ?? '', /cursor=cursor-1$/);
    for await (const _ of client.events.pages({ tenant_id: 't' })) break;
    assert.equal(peer.seen.length, 4);
  });

  test('parts of a path are encoded', async () => {
    await using peer = await startPeer(() => ({ body: {} }));
    const client = peer.client();
    await client.events.get('../keys', { tenant_id: 't' });
    await client.tenants.put('ä/..?', {});
    assert.equal(peer.seen[0]?.url, '/v1/events/..%2Fkeys?tenant_id=t');
    assert.equal(peer.seen[1]?.url, '/v1/tenants/%C3%A4%2F..%3F');
    // A URL drops these two whatever their encoding, so the call would reach another route.
    await assert.rejects(async () => client.events.get('..', { tenant_id: 't' }), TypeError);
    await assert.rejects(async () => client.keys.revoke(''), TypeError);
    assert.equal(peer.seen.length, 2);
  });

  test('a download streams, and cancelling it stops the server', async () => {
    let closed = false;
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' });
      const timer = setInterval(() => response.write('a,b\r\n'), 5);
      response.on('close', () => {
        closed = true;
        clearInterval(timer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = createClient({ url: `http://127.0.0.1:${port}`, key: 'k', timeoutMs: 50 });
    const file = await client.events.download({ tenant_id: 't', format: 'csv' });
    assert.equal(file.contentType, 'text/csv');
    let read = 0;
    // Longer than timeoutMs: the time limit is for the head, not for the file.
    for await (const chunk of file.body) {
      read += chunk.length;
      if (read > 5 * 40) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert(closed);
    await new Promise((resolve) => server.close(resolve));
  });
});

test('definitions, catalog and explanations reach their routes', async () => {
  await using peer = await startPeer(() => ({ body: {} }));
  const client = peer.client({ project: 'p' });
  await client.projects.put('shop', { definition: { project: 'shop' }, version: 3 });
  await client.projects.diff('shop', { project: 'shop' });
  await client.catalog.get({ locale: 'de' });
  await client.events.explain('e', { tenant_id: 't', role: 'agent', subject: 'user:u:1' });
  await client.keys.create({ label: 'ci', roles: ['agent'] });
  await client.tenants.put('t', { addons: ['x'], audit_enabled_at: null });
  assert.deepEqual(
    peer.seen.map(({ method, url, body }) => [`${method} ${url}`, body]),
    [
      ['PUT /v1/projects/shop', '{"definition":{"project":"shop"},"version":3}'],
      ['POST /v1/projects/shop/diff', '{"definition":{"project":"shop"}}'],
      ['GET /v1/catalog?project=p&locale=de', ''],
      ['GET /v1/explain?project=p&tenant_id=t&role=agent&subject=user%3Au%3A1&id=e', ''],
      ['POST /v1/keys?project=p', '{"label":"ci","roles":["agent"]}'],
      ['PUT /v1/tenants/t?project=p', '{"addons":["x"],"audit_enabled_at":null}'],
    ],
  );
});

test('view, subject and locale go with every question', async () => {
  const answer = { events: [], suggestions: [], next_cursor: null };
  await using peer = await startPeer(() => ({ body: answer }));
  const { events, actors, records } = peer.client();
  const scope = { tenant_id: 't', view: 'profile', subject: 'profile:p-1', locale: 'de' };
  await events.list(scope);
  await events.search(scope);
  await events.count(scope);
  await events.histogram(scope);
  await events.facets({ ...scope, fields: ['actor'] });
  await events.suggest({ ...scope, field: 'actor' });
  await events.get('e', scope);
  const file = await events.download({ ...scope, format: 'csv', columns: 'all' });
  await file.body.cancel();
  await actors.list(scope);
  await records.list(scope);
  const expected = { tenant_id: 't', view: 'profile', subject: 'profile:p-1', locale: 'de' };
  for (const { method, url, body } of peer.seen) {
    const sent =
      method === 'POST'
        ? JSON.parse(body)
        : Object.fromEntries(new URL(url, 'http://localhost').searchParams);
    assert.deepEqual({ ...sent, ...expected }, sent, url);
  }
  assert.match(peer.seen[7]?.url ?? '', /format=csv&columns=all$/);
});

test('keys, projects, tenants, rejects and jobs reach their routes', async () => {
  const lists = { keys: [], projects: [], tenants: [], rejects: [] };
  await using peer = await startPeer((_, count) => ({
    body: { ...lists, job_id: 'j', done: count, state: count < 13 ? 'running' : 'completed' },
  }));
  const client = peer.client({ project: 'p' });
  await client.keys.list();
  await client.keys.create({ label: 'ci', scopes: ['events:write'] });
  await client.keys.revoke('k/1');
  await client.projects.list();
  await client.projects.get('shop');
  await client.projects.put('shop', { label: 'Shop' });
  await client.tenants.list({ after: 'm' });
  await client.rejects.list({ limit: 3 });
  await client.jobs.create({ kind: 'verify', tenant_id: 't' });
  const done: number[] = [];
  const job = await client.jobs.wait('j', { onProgress: (each) => done.push(each.done) });
  assert.equal(job.state, 'completed');
  assert.deepEqual(done, [9, 10, 11, 12, 13]);
  assert.deepEqual(
    peer.seen.slice(0, 10).map(({ method, url }) => `${method} ${url}`),
    [
      'GET /v1/keys?project=p',
      'POST /v1/keys?project=p',
      'DELETE /v1/keys/k%2F1?project=p',
      'GET /v1/projects',
      'GET /v1/projects/shop',
      'PUT /v1/projects/shop',
      'GET /v1/tenants?project=p&after=m',
      'GET /v1/rejects?project=p&limit=3',
      'POST /v1/jobs?project=p',
      'GET /v1/jobs/j?project=p',
    ],
  );
  assert.deepEqual(JSON.parse(peer.seen[1]?.body ?? ''), {
    label: 'ci',
    scopes: ['events:write'],
  });
});

describe('errors', () => {
  const classes = [
    [400, 'invalid_query', InvalidRequestError],
    [401, 'unauthenticated', AuthenticationError],
    [403, 'forbidden', NotAllowedError],
    [404, 'not_found', NotFoundError],
    [409, 'conflict', ConflictError],
    [413, 'body_too_large', InvalidRequestError],
    [422, 'window_too_long', InvalidRequestError],
    [500, 'internal', AnnalsError],
    [503, 'ledger_halted', AnnalsError],
  ] as const;
  for (const [status, code, Kind] of classes) {
    test(`${status} ${code} is a ${Kind.name} and is not retried`, async () => {
      await using peer = await startPeer(() => problem(status, code));
      const error: unknown = await peer
        .client()
        .projects.list()
        .catch((reason: unknown) => reason);
      assert(error instanceof AnnalsError);
      assert.equal(error.constructor, Kind);
      assert.equal(error.name, Kind.name);
      const { detail, requestId, retryable } = error;
      assert.deepEqual(
        { detail, requestId, retryable, code: error.code, status: error.status },
        { detail: `detail of ${code}`, requestId: 'request-1', retryable: false, code, status },
      );
      assert.equal(peer.seen.length, 1);
    });
  }

  test('what a view asks for is told with the error', async () => {
    const candidates = [{ type: 'case', id: 'c', last_seen: '2026-01-01T00:00:00.000Z' }];
    const facts = { permission: 'Audit Logs', limit: 'P90D', missing: ['actor'], candidates };
    const { body, ...answer } = problem(422, 'record_ambiguous');
    await using peer = await startPeer(() => ({ ...answer, body: { ...Object(body), ...facts } }));
    const error: unknown = await peer
      .client()
      .events.list({ tenant_id: 't' })
      .catch((reason: unknown) => reason);
    assert(error instanceof InvalidRequestError);
    const { permission, limit, missing, candidates: told } = error;
    assert.deepEqual({ permission, limit, missing, candidates: told }, facts);
  });

  test('what is no Annals server is said so', async () => {
    await using peer = await startPeer((_, count) =>
      count === 0 ? { body: '<html>' } : { status: 302, headers: { location: '/else' } },
    );
    const client = peer.client();
    await assert.rejects(client.projects.list(), { code: 'unexpected_answer' });
    await assert.rejects(client.projects.list(), { code: 'unexpected_answer', status: 302 });
    assert.equal(peer.seen.length, 2);
  });

  test('a url or key that cannot be one is refused, without quoting the key', () => {
    assert.throws(() => createClient({ url: 'localhost:4600', key: 'k' }), TypeError);
    assert.throws(
      () => createClient({ url: 'http://localhost', key: 'secret\n' }),
      (error) => error instanceof TypeError && !error.message.includes('secret'),
    );
  });
});

describe('retries', () => {
  test('429, 503 and a lost answer are retried, a bounded number of times', async () => {
    await using peer = await startPeer((_, count) =>
      count % 3 === 0 ? { cut: true } : problem(429, 'rate_limited'),
    );
    const failed = peer.client({ retries: 3 }).projects.list();
    await assert.rejects(failed, UnavailableError);
    assert.equal(peer.seen.length, 4);
  });

  test('Retry-After is waited for', async () => {
    await using peer = await startPeer((_, count) =>
      count === 0
        ? problem(503, 'queue_full', { 'retry-after': '1' })
        : { body: { projects: [{ project: 'a' }] } },
    );
    assert.equal((await peer.client().projects.list()).length, 1);
    const [first, second] = peer.seen;
    assert((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 990);
  });

  test('a Retry-After beyond the time that is left gives up at once', async () => {
    await using peer = await startPeer(() => problem(503, 'stopping', { 'retry-after': '3600' }));
    const before = performance.now();
    await assert.rejects(peer.client().projects.list(), { code: 'stopping', retryable: true });
    assert(performance.now() - before < 1_000);
    assert.equal(peer.seen.length, 1);
  });

  test('Retry-After is seconds or a date', () => {
    assert.equal(retryAfterMs('2', 0), 2_000);
    assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 4_000), 5_000);
    assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:00:01 GMT', 4_000), 0);
    assert.equal(retryAfterMs('soon', 0), 0);
    assert.equal(retryAfterMs(null, 0), 0);
  });

  test('a slow answer is a timeout, and is retried', async () => {
    await using peer = await startPeer(async (_, count) => {
      if (count < 2) await new Promise((resolve) => setTimeout(resolve, 200));
      return { body: { projects: [] } };
    });
    const slow = peer.client({ timeoutMs: 40, retries: 1 });
    await assert.rejects(slow.projects.list(), { code: 'timeout', retryable: true });
    assert.deepEqual(await slow.projects.list(), []);
    assert.equal(peer.seen.length, 3);
  });

  test('what would meet itself is repeated if refused, not if its answer was lost', async () => {
    const calls = [
      (client: Client) => client.keys.create({ label: 'ci', scopes: ['manage'] }),
      (client: Client) => client.projects.put('shop', { definition: {}, version: 3 }),
    ];
    for (const call of calls) {
      await using peer = await startPeer((_, count) =>
        count === 0 ? problem(503, 'stopping') : { cut: true },
      );
      await assert.rejects(call(peer.client()), { code: 'network', retryable: false });
      assert.equal(peer.seen.length, 2);
    }
  });

  test('abort ends a call while it runs and while it waits, with the reason given', async () => {
    await using peer = await startPeer(async (_, count) => {
      if (count === 0) await new Promise((resolve) => setTimeout(resolve, 300));
      return problem(503, 'stopping', { 'retry-after': '30' });
    });
    for (const afterMs of [30, 60]) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(new Error('enough')), afterMs);
      const before = performance.now();
      const call = peer.client().projects.list({ signal: abort.signal });
      await assert.rejects(call, /enough/);
      assert(performance.now() - before < 250);
    }
  });
});

test('nothing of Node is needed at run time', async () => {
  const folder = new URL('.', import.meta.url);
  const files = (await readdir(folder)).filter((name) => !name.includes('.test.'));
  assert(files.includes('sdk.ts'));
  for (const name of files) {
    const text = await readFile(new URL(name, folder), 'utf8');
    const source = text.replaceAll(/\/\*\*.*?\*\//gs, '');
    assert.doesNotMatch(source, /\b(Buffer|process|require|setImmediate)\s*[.(]/, name);
  }
});
