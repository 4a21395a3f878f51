/**
 * Followers in bad company: killed in the middle of their work, and made to do all of it again
 * while events are recorded. What is derived must be as if nothing had happened.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import type { EventCount, Facets } from '@annals/contract/find';
import { printQuery, QUERY_LIMITS } from '@annals/contract/query';
import type { EventPage, Job } from '@annals/contract/routes';
import fc from 'fast-check';
import { onBothDatabases, sampleEvents, type TestApp } from './harness.ts';
import { caughtUp } from './indexed.ts';
import { ask, makeEvent } from './load.ts';
import {
  ADMIN_KEY,
  type DatabaseServer,
  type ServerSettings,
  startDatabaseServer,
  startServer,
  temporaryFolder,
} from './server-process.ts';
import { worldEvent, worldQuery } from './worlds.ts';

const ROUNDS = 8;
const BATCHES = 20;
const BATCH = 500;
/** Kills come at different moments of the follower's work, in ms. */
const KILL_STEP_MS = 90;
const EVENTS = 6_000;
const QUESTIONS = 60;

describe('kill -9 of the server while it follows', { timeout: 300_000 }, () => {
  let database: DatabaseServer;
  before(async () => {
    database = await startDatabaseServer();
  });
  after(() => database.close());

  const rounds = async (t: Parameters<typeof startServer>[0], settings: ServerSettings) => {
    let recorded = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const server = await startServer(t, settings);
      for (let batch = 0; batch < BATCHES; batch++) {
        const events = Array.from({ length: BATCH }, () => makeEvent('followed', 20));
        assert.equal((await ask(server.url, ADMIN_KEY, '/v1/events', events)).status, 201);
        recorded += BATCH;
      }
      await sleep(round * KILL_STEP_MS);
      await server.kill();
    }
    const server = await startServer(t, settings);
    const get = async (path: string) => (await ask(server.url, ADMIN_KEY, path)).body;
    const isWhole = async () => {
      const { text } = await ask(server.url, ADMIN_KEY, '/metrics');
      // On PostgreSQL it waits for the lease of the one that was killed.
      const isActive = /^annals_follower_active\{[^}]*\} 1$/m.test(text);
      return isActive && /^annals_follower_lag_events\{[^}]*\} 0$/m.test(text);
    };
    do await sleep(1_000);
    while (!(await isWhole()));
    const facets = (await get(
      '/v1/events/facets?tenant_id=followed&fields=action,actor',
    )) as Facets;
    for (const { field, values } of facets.facets) {
      assert.deepEqual(
        values.map(({ count }) => count),
        [recorded],
        field,
      );
    }
    for (const q of ['actor:load', 'recorded', 'recorded service_account']) {
      const path = `/v1/events/count?tenant_id=followed&q=${encodeURIComponent(q)}`;
      // A count stops after a while: what it has counted must still be each event once.
      const { count, exact } = (await get(path)) as EventCount;
      assert.ok(exact ? count === recorded : count > 0 && count < recorded, `${q}: ${count}`);
    }
    assert.equal((await server.stop()).code, 0);
  };

  test('SQLite', async (t) => {
    await rounds(t, { dataDir: await temporaryFolder(t) });
  });
  test('PostgreSQL', async (t) => {
    await rounds(t, { databaseUrl: await database.create() });
  });
});

async function answers(app: TestApp, q: string, to: string): Promise<ReadEvent[]> {
  const events: ReadEvent[] = [];
  let cursor: string | null = null;
  do {
    const body: object = { tenant_id: 'anew', q, to, limit: 500, ...(cursor ? { cursor } : {}) };
    const { status, json, text } = await app.admin<EventPage>('POST', '/v1/events/search', body);
    assert.equal(status, 200, text);
    events.push(...json.events);
    cursor = json.next_cursor;
  } while (cursor !== null);
  return events;
}

onBothDatabases('an index made anew under load', (open) => {
  test('gives the same answers as before', async () => {
    const app = await open();
    const now = Date.now() - 60_000;
    const events = fc.sample(worldEvent(now), { seed: 11, numRuns: EVENTS });
    for (let first = 0; first < EVENTS; first += 1_000) {
      await app.record('anew', events.slice(first, first + 1_000));
    }
    await caughtUp(app, 'anew');
    const to = new Date(now + 1_000).toISOString();
    const questions = fc
      .sample(worldQuery, { seed: 12, numRuns: QUESTIONS })
      .map(printQuery)
      .filter((q) => q.length <= QUERY_LIMITS.length);
    const ids = async () => {
      const found = [];
      for (const q of questions) found.push((await answers(app, q, to)).map(({ id }) => id));
      return found;
    };
    const wanted = await ids();
    let isLoaded = true;
    const load = (async () => {
      while (isLoaded) {
        // Later than what is asked for.
        const at = { occurred_at: new Date().toISOString() };
        await app.record('anew', sampleEvents(50, at));
        await sleep(20);
      }
    })();
    const path = '/v1/jobs';
    let { json: job } = await app.admin<Job>('POST', path, { kind: 'rebuild', tenant_id: 'anew' });
    assert.deepEqual(await ids(), wanted, 'while it is made');
    while (job.state === 'running') {
      await sleep(100);
      job = (await app.admin<Job>('GET', `${path}/${job.job_id}`)).json;
    }
    assert.equal(job.state, 'completed', job.error ?? '');
    assert.deepEqual(await ids(), wanted, 'once it is made');
    isLoaded = false;
    await load;
    await caughtUp(app, 'anew');
    assert.deepEqual(await ids(), wanted, 'when all is quiet');
  });
});
