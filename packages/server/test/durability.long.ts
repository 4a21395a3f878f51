/** Nothing that was acknowledged is ever lost: `kill -9` again and again, on each database. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, checkLogs, killUnderLoad, makeEvent, startLoad } from './load.ts';
import { freePort } from './postgres.ts';
import {
  ADMIN_KEY,
  type DatabaseServer,
  type ServerSettings,
  startDatabaseServer,
  startInVain,
  startServer,
  temporaryFolder,
} from './server-process.ts';

/** ANNALS_KILL_ROUNDS makes it shorter while something is being looked for. */
const KILL_ROUNDS = Number(process.env['ANNALS_KILL_ROUNDS'] ?? 20);
const DATABASE_KILL_ROUNDS = Math.min(KILL_ROUNDS, 5);
/** A first start is over after about 800 ms; it is killed at each of these steps before, in ms. */
const START_STEP_MS = 50;
const START_MS = 1_000;

describe('kill -9', () => {
  let database: DatabaseServer;
  before(async () => {
    // As an operator runs it: what is not written to the disk counts as lost.
    database = await startDatabaseServer({ fsync: 'on' });
  });
  after(() => database.close());

  test(`the server, under load, ${KILL_ROUNDS} times: SQLite`, async (t) => {
    await killUnderLoad(t, { dataDir: await temporaryFolder(t) }, KILL_ROUNDS);
  });

  test(`the server, under load, ${KILL_ROUNDS} times: PostgreSQL`, async (t) => {
    await killUnderLoad(t, { databaseUrl: await database.create() }, KILL_ROUNDS);
  });

  test('the server, at every moment of its first start', async (t) => {
    const storages: ServerSettings[] = [];
    for (let killMs = START_STEP_MS; killMs <= START_MS; killMs += START_STEP_MS) {
      const fresh = { dataDir: await temporaryFolder(t) };
      await startInVain(fresh, killMs);
      storages.push(fresh);
      if (killMs % (4 * START_STEP_MS) !== 0) continue;
      const databaseUrl = await database.create();
      await startInVain({ databaseUrl }, killMs);
      storages.push({ databaseUrl });
    }
    for (const storage of storages) {
      const server = await startServer(t, storage);
      const { status } = await ask(server.url, ADMIN_KEY, '/v1/events', [makeEvent('hot')]);
      assert.equal(status, 201);
      await server.stop();
    }
  });

  test(`PostgreSQL, under load, ${DATABASE_KILL_ROUNDS} times: the server lives`, async (t) => {
    const databaseUrl = await database.create();
    const server = await startServer(t, { databaseUrl, port: await freePort() });
    const load = startLoad(t, server.url);
    for (let round = 0; round < DATABASE_KILL_ROUNDS; round++) {
      await load.more(300 + ((round * 271) % 1_500));
      load.addTenant(`made in round ${round}`);
      await database.kill();
      await load.refused('storage_unavailable', 10);
      assert.equal((await ask(server.url, ADMIN_KEY, '/readyz')).status, 503);
      await database.start();
    }
    await load.more(500);
    assert.equal((await ask(server.url, ADMIN_KEY, '/readyz')).status, 200);
    await load.finish();
    assert.ok(server.isRunning());
    assert.equal(load.cutOff, 0, 'every request was answered');
    assert.equal(await checkLogs(server.url, load), load.acknowledged);
    assert.equal((await server.stop()).code, 0);
  });
});
