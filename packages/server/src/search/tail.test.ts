/** The live tail: each event once, in order of sequence, whatever breaks in between. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import type { Receipt, RecordResult } from '@annals/contract/routes';
import { framesOf } from '../../test/event-stream.ts';
import { onBothDatabases, sampleEvent, sampleEvents, type TestApp } from '../../test/harness.ts';
import { ask, makeEvent } from '../../test/load.ts';
import {
  ADMIN_KEY,
  type DatabaseServer,
  startDatabaseServer,
  startServer,
} from '../../test/server-process.ts';

const EVENTS = 10_000;
const RECONNECTS = 50;
const BATCH = 100;

interface Seen {
  readonly sequences: number[];
  readonly connections: number;
}

/** Reads until so many events came; leaves the server after random numbers of them. */
async function follow(urls: readonly string[], path: string, events: number, breaks: number) {
  const seen: Seen & { connections: number } = { sequences: [], connections: 0 };
  let lastEventId: string | undefined;
  while (seen.sequences.length < events) {
    const controller = new AbortController();
    const leaveAt =
      seen.connections < breaks
        ? seen.sequences.length + Math.ceil(Math.random() * ((2 * events) / breaks))
        : events;
    const url = `${urls[seen.connections % urls.length]}${path}`;
    seen.connections++;
    try {
      const frames = framesOf(url, { key: ADMIN_KEY, lastEventId, signal: controller.signal });
      for await (const { id, event, data } of frames) {
        lastEventId = id;
        if (event === 'event') {
          const { sequence = Number.NaN }: ReadEvent = JSON.parse(data);
          seen.sequences.push(sequence);
        }
        if (seen.sequences.length >= Math.min(leaveAt, events)) controller.abort();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }
  return seen;
}

describe('two servers on one PostgreSQL', { timeout: 120_000 }, () => {
  let database: DatabaseServer;
  before(async () => {
    database = await startDatabaseServer();
  });
  after(() => database.close());

  test('a tail that breaks again and again sees each event once, in order', async (t) => {
    const databaseUrl = await database.create();
    const start = () => startServer(t, { databaseUrl, adminKey: ADMIN_KEY });
    const [left, right] = await Promise.all([start(), start()]);
    const urls = [left.url, right.url];
    await ask(left.url, ADMIN_KEY, '/v1/events?tenant_id=tailed', [makeEvent('tailed')]);
    const following = follow(urls, '/v1/events/tail?tenant_id=tailed', EVENTS, RECONNECTS);
    // The tail begins with what is recorded after it was opened.
    await sleep(500);
    const record = async (url: string) => {
      const receipts: Receipt[] = [];
      for (let sent = 0; sent < EVENTS / 2; sent += BATCH) {
        const events = Array.from({ length: BATCH }, () => makeEvent('tailed'));
        const { status, text } = await ask(url, ADMIN_KEY, '/v1/events', events);
        assert.equal(status, 201, text);
        const result: RecordResult = JSON.parse(text);
        receipts.push(...result.receipts);
      }
      return receipts;
    };
    const receipts = (await Promise.all(urls.map(record))).flat();
    const { sequences, connections } = await following;
    assert.ok(connections > RECONNECTS / 2, `${connections} connections`);
    assert.deepEqual(
      sequences,
      receipts.map(({ sequence }) => sequence).sort((one, other) => one - other),
    );
  });
});

async function collect(app: TestApp, path: string, count: number, act: () => Promise<unknown>) {
  const controller = new AbortController();
  const found: ReadEvent[] = [];
  const frames = framesOf(app.url + path, { key: app.adminKey, signal: controller.signal });
  const first = await frames.next();
  assert.equal(first.value?.event, 'place', 'the place is told before the first event');
  await act();
  for await (const { event, data } of frames) {
    if (event === 'event') found.push(JSON.parse(data));
    if (found.length === count) break;
  }
  controller.abort();
  return found;
}

onBothDatabases('tail', (open) => {
  test('shows what the query asks for, as it is recorded', async () => {
    const app = await open();
    await app.record('asked', sampleEvents(3));
    const wanted = sampleEvents(4, { action: 'wanted.one' });
    const found = await collect(app, '/v1/events/tail?tenant_id=asked&q=action:wanted.*', 4, () =>
      app.record('asked', [...sampleEvents(5), ...wanted, ...sampleEvents(5)]),
    );
    assert.deepEqual(
      found.map(({ id }) => id),
      wanted.map(({ id }) => id),
    );
  });

  test('refuses an id of another tenant, garbage, and a query that cannot be read', async () => {
    const app = await open();
    await app.record('mine', [sampleEvent()]);
    await app.record('other', [sampleEvent()]);
    const controller = new AbortController();
    const other = framesOf(`${app.url}/v1/events/tail?tenant_id=other`, {
      key: app.adminKey,
      signal: controller.signal,
    });
    const { value } = await other.next();
    controller.abort();
    for (const id of [value?.id ?? '', 'x', 'AAAA'.repeat(20)]) {
      const { status, text } = await app.call('GET', '/v1/events/tail?tenant_id=mine', {
        key: app.adminKey,
        headers: { 'last-event-id': id },
      });
      assert.equal(status, 400, text);
      assert.match(text, /invalid_cursor/);
    }
    const { status, json } = await app.admin<{ code: string; errors: unknown[] }>(
      'GET',
      '/v1/events/tail?tenant_id=mine&q=foo:bar',
    );
    assert.deepEqual([status, json.code], [400, 'invalid_search']);
  });

  test('does not outlive its key, nor the definition it was opened with', async () => {
    const app = await open();
    await app.admin('POST', '/v1/events?project=default&tenant_id=lasting', [sampleEvent()]);
    const made = await app.admin<{ key_id: string; secret: string }>('POST', '/v1/keys', {
      label: 'a reader',
      scopes: ['events:read'],
    });
    const url = `${app.url}/v1/events/tail?tenant_id=lasting`;
    const signal = AbortSignal.timeout(30_000);
    const ofKey = framesOf(url, { key: made.json.secret, signal });
    const ofAdmin = framesOf(url, { key: app.adminKey, signal });
    const place = (await ofAdmin.next()).value?.id;
    assert.equal((await ofKey.next()).value?.event, 'place');
    await app.admin('DELETE', `/v1/keys/${made.json.key_id}`);
    const ended = await ofKey.next();
    assert.equal(ended.done, true, 'the stream of a revoked key ends');
    const definition = { project: 'default', label: 'P', views: {}, roles: {} };
    await app.admin('PUT', '/v1/projects/default', { definition });
    assert.equal((await ofAdmin.next()).done, true, 'and one under an old definition');
    await app.record('lasting', [sampleEvent({ action: 'later.one' })]);
    const again = framesOf(url, { key: app.adminKey, lastEventId: place, signal });
    assert.equal((await again.next()).value?.event, 'place');
    assert.match((await again.next()).value?.data ?? '', /later\.one/, 'it goes on where it was');
    await again.return(undefined);
  });

  test('ends when the server stops', async () => {
    const app = await open({});
    await app.record('stopped', [sampleEvent()]);
    const frames = framesOf(`${app.url}/v1/events/tail?tenant_id=stopped`, {
      key: app.adminKey,
      signal: new AbortController().signal,
    });
    assert.equal((await frames.next()).value?.event, 'place');
    const started = performance.now();
    await Promise.all([app.app.stop(), frames.next()]);
    assert.ok(performance.now() - started < 5_000, 'the tail held the server up');
  });
});
