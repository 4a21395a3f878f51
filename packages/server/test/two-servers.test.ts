/** Two servers on one PostgreSQL: no gap, no duplicate, no deadlock, whoever is asked. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RecordResult } from '@annals/contract/routes';
import { Parse } from 'typebox/value';
import { ask, checkLogs, makeEvent, startLoad, TENANTS } from './load.ts';
import {
  ADMIN_KEY,
  type DatabaseServer,
  type ServerProcess,
  startDatabaseServer,
  startServer,
} from './server-process.ts';

const CLIENTS = 12;
/** Times that the same events are sent through both servers at once. */
const TWINS = 60;

async function record(server: ServerProcess, events: readonly unknown[]): Promise<RecordResult> {
  const { status, text, body } = await ask(server.url, ADMIN_KEY, '/v1/events', events);
  assert.equal(status, 201, text);
  return Parse(RecordResult, body);
}

describe('two servers on one PostgreSQL', { timeout: 60_000 }, () => {
  let database: DatabaseServer;
  before(async () => {
    database = await startDatabaseServer();
  });
  after(() => database.close());

  /** Both begin on an empty database in the same moment. */
  async function startBoth(t: Parameters<typeof startServer>[0], adminKey = ADMIN_KEY) {
    const databaseUrl = await database.create();
    const start = () => startServer(t, { databaseUrl, adminKey });
    const [left, right] = await Promise.all([start(), start()]);
    return { databaseUrl, left, right, urls: [left.url, right.url] };
  }

  test('write the same hot tenants at once, without gap, duplicate or deadlock', async (t) => {
    const { databaseUrl, left, right, urls } = await startBoth(t);
    const load = startLoad(t, urls, { clients: CLIENTS });
    await load.more(8_000);
    await load.finish();
    assert.equal(await checkLogs(left.url, load), load.acknowledged);
    assert.equal(await checkLogs(right.url, load), load.acknowledged);
    assert.deepEqual([...load.refusals], [], 'nothing was refused');
    assert.equal(load.duplicates, 0);
    for (const server of [left, right]) assert.equal((await server.stop()).code, 0);
    // A session tells its numbers at the latest when it ends.
    const name = new URL(databaseUrl).pathname.slice(1);
    const [row] = await database.sql(
      `SELECT deadlocks::int, xact_commit::int FROM pg_stat_database WHERE datname = '${name}'`,
    );
    assert.equal(row?.['deadlocks'], 0);
    assert.ok(Number(row?.['xact_commit']) > 100, 'the numbers are of this load');
  });

  test('sent the same ids at once, store them once and promise the same', async (t) => {
    const { left, right, urls } = await startBoth(t);
    const load = startLoad(t, urls, { clients: 4 });
    for (let turn = 0; turn < TWINS; turn++) {
      const tenant = TENANTS[turn % 3] ?? 'hot';
      const events = Array.from({ length: 1 + (turn % 50) }, () => makeEvent(tenant));
      const overlap = events.slice(Math.floor(events.length / 2));
      const fresh = Array.from({ length: turn % 7 }, () => makeEvent(tenant));
      // The same, and from the third turn on in another order and beside others.
      const others = turn < 3 ? events : [...fresh, ...overlap.toReversed()];
      const [one, two] = await Promise.all([record(left, events), record(right, others)]);
      const common = turn < 3 ? events.length : overlap.length;
      assert.equal(one.duplicates + two.duplicates, common);
      assert.equal(one.accepted + two.accepted, events.length + others.length - common);
      for (const receipt of [...one.receipts, ...two.receipts]) {
        load.keep(tenant, receipt.id, receipt);
      }
      load.acknowledged += events.length + others.length - common;
    }
    await load.finish();
    assert.equal(await checkLogs(right.url, load), load.acknowledged);
  });

  test('one is killed under load: the other goes on, what both promised is there', async (t) => {
    const { left, right, urls } = await startBoth(t);
    const load = startLoad(t, urls, { clients: CLIENTS });
    await load.more(1_000);
    await left.kill();
    await load.more(2_000);
    await load.finish();
    assert.ok(load.cutOff > 0, 'the kill met requests under way');
    assert.equal(await checkLogs(right.url, load), load.acknowledged);
  });

  test('make one admin key on an empty database, though both begin at once', async (t) => {
    const { left, right } = await startBoth(t, '');
    const shown = [left, right]
      .map((server) => /keep it\): (\S+)/.exec(server.stdout())?.[1])
      .filter((key) => key !== undefined);
    assert.equal(shown.length, 1, 'one of them makes the key');
    for (const server of [left, right]) {
      const { status } = await ask(server.url, shown[0] ?? '', '/v1/projects');
      assert.equal(status, 200);
    }
  });
});
