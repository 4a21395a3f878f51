/** The follower among many tenants, beside another follower, and after the ledger was put back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '@annals/contract/find';
import type { EventPage } from '@annals/contract/routes';
import { DIALECTS, onBothDatabases, sampleEvents, startTestApp } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';
import { createLog } from '../log.ts';
import { type FollowerStore, openFollowerStore } from '../store/store.ts';
import { Follower } from './follow.ts';

const QUIET = 100_000;
/** Long enough for several looks at the database. */
const WATCH_MS = 3_500;
const log = createLog('silent');

const found = async (app: Awaited<ReturnType<typeof startTestApp>>, tenant: string, q: string) => {
  const path = `/v1/events?tenant_id=${tenant}&q=${encodeURIComponent(q)}`;
  return (await app.admin<EventPage>('GET', path)).json.events.length;
};

/** Logs of tenants that have been quiet for long, and a cursor for each. */
const QUIET_SQL = {
  sqlite: [
    `WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1000 + ${QUIET})
     INSERT INTO ledger_head (tenant_no, log_id, size, range, changed_at)
     SELECT i, 'quiet-' || i, 0, x'', 1 FROM n`,
  ],
  postgres: [
    `INSERT INTO ledger_head (tenant_no, log_id, size, range, changed_at)
     SELECT i, 'quiet-' || i, 1, '', 1 FROM generate_series(1000, 1000 + ${QUIET}) AS i`,
    `INSERT INTO follower_cursor (tenant_no, follower, sequence)
     SELECT i, 'index', 1 FROM generate_series(1000, 1000 + ${QUIET}) AS i`,
    'ANALYZE ledger_head, follower_cursor',
  ],
} as const;

test(`postgres: ${QUIET} quiet tenants cost no scan`, async (t) => {
  const app = await startTestApp({ dialect: 'postgres' });
  t.after(() => app.stop());
  await app.record('busy', sampleEvents(1));
  for (const text of QUIET_SQL.postgres) await app.sql(text);
  await app.restart();
  await caughtUp(app, 'busy');
  const read = async () => {
    // Numbers are told by the session that has them, at most once a second, when it is idle.
    await sleep(1_500);
    const [row] = await app.sql(
      `SELECT sum(seq_tup_read)::int AS scanned FROM pg_stat_user_tables
       WHERE relname IN ('ledger_head', 'follower_cursor')`,
    );
    return Number(row?.['scanned']);
  };
  // What the start has read is told late.
  let before = await read();
  for (let next = await read(); next !== before; next = await read()) before = next;
  const started = performance.now();
  while (performance.now() - started < WATCH_MS) {
    await app.record('busy', sampleEvents(5));
    await sleep(200);
  }
  await caughtUp(app, 'busy');
  assert.equal((await read()) - before, 0, 'rows read by scans');
});

test(`sqlite: nobody asks for the logs of ${QUIET} quiet tenants again`, async (t) => {
  const app = await startTestApp({ dialect: 'sqlite' });
  t.after(() => app.stop());
  for (const text of QUIET_SQL.sqlite) await app.sql(text);
  const store = await openFollowerStore(app.config, log);
  const all = await store.ledger.moved(undefined);
  const later = await store.ledger.moved(all.now - 60_000);
  assert.equal(later.sizes.size, 0);
  await store.close();
});

for (const dialect of DIALECTS) {
  test(`${dialect}: an index that knows more than the ledger is made anew`, async (t) => {
    const app = await startTestApp({ dialect });
    t.after(() => app.stop());
    await app.record('restored', sampleEvents(5, { action: 'once.was' }));
    await caughtUp(app, 'restored');
    await app.sql('DELETE FROM event WHERE action = ?', 'once.was');
    await app.sql("UPDATE ledger_head SET size = 0, range = ''");
    await app.sql('DELETE FROM ledger_node');
    await app.restart();
    await app.record('restored', sampleEvents(3, { action: 'now.is' }));
    await caughtUp(app, 'restored');
    assert.equal(await found(app, 'restored', 'action:once.was'), 0);
    assert.equal(await found(app, 'restored', 'action:now.is'), 3);
    const { json } = await app.admin<{ actors: Actor[] }>('GET', '/v1/actors?tenant_id=restored');
    assert.equal(
      json.actors.reduce((sum, { events }) => sum + events, 0),
      3,
    );
  });
}

test('postgres: of several followers one works; when it ends, another does', async (t) => {
  const app = await startTestApp({ dialect: 'postgres' });
  t.after(() => app.stop());
  await app.record('shared', sampleEvents(10));
  await caughtUp(app, 'shared');
  const stores: FollowerStore[] = [];
  const others = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const store = await openFollowerStore(app.config, log);
      stores.push(store);
      const follower = new Follower(store, log, name);
      follower.start();
      return follower;
    }),
  );
  await sleep(300);
  assert.deepEqual(
    others.map((follower) => follower.state().isActive),
    [false, false],
  );
  // As if the one that works had died without a word.
  await app.app.search.followers.stop();
  await app.sql('UPDATE follower_lease SET held_until = 0');
  await app.record('shared', sampleEvents(10));
  await caughtUp(app, 'shared');
  assert.equal(others.filter((follower) => follower.state().isActive).length, 1);
  for (const follower of others) await follower.stop();
});

test('postgres: a follower that has just begun knows how far behind it is', async (t) => {
  const app = await startTestApp({ dialect: 'postgres' });
  t.after(() => app.stop());
  await app.app.search.followers.stop();
  await app.record('late', sampleEvents(10));
  const store = await openFollowerStore(app.config, log);
  const follower = new Follower(store, log, 'late');
  follower.start();
  while (!follower.state().isActive) await setImmediate();
  const { lag } = follower.state();
  await follower.stop();
  assert.equal(lag, 10);
});

onBothDatabases('followers', (open) => {
  test('tell their lag, and that they work', async () => {
    const app = await open();
    await app.record('lag', sampleEvents(20));
    await caughtUp(app, 'lag');
    const { text } = await app.call('GET', '/metrics');
    assert.match(text, /^annals_follower_active\{follower="index"\} 1$/m);
    assert.match(text, /^annals_follower_lag_events\{follower="index"\} 0$/m);
  });
});
