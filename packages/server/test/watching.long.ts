/** Two servers share a watch: killed again and again, nothing is counted or found twice. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '@annals/contract/unusual';
import pg from 'pg';
import { ask } from './load.ts';
import {
  ADMIN_KEY,
  type DatabaseServer,
  startDatabaseServer,
  startServer,
} from './server-process.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const DAYS = 55;
const PEOPLE = 10;
const EACH_DAY = 30;
/** Found from then on. */
const SINCE = NOW - 7 * DAY_MS;
const BATCH = 1_000;
/** How long the servers are left to themselves before one is killed, in ms. */
const ALONE_MS = [700, 1_500, 300] as const;

const event = (person: number, at: number, operation: 'read' | 'delete') => ({
  ...{ id: randomUUID(), tenant_id: 'acme', occurred_at: new Date(at).toISOString() },
  ...{ action: `document.${operation}`, operation },
  actor: { type: 'user', id: `user-${person}` },
});
const people = Array.from({ length: PEOPLE }, (_, person) => person);
const ordinary = Array.from({ length: DAYS }, (_, day) =>
  people.flatMap((person) =>
    Array.from({ length: EACH_DAY }, (_, n) =>
      event(person, NOW - (day + 1) * DAY_MS + n * 10 * 60_000, n === 0 ? 'delete' : 'read'),
    ),
  ),
).flat();
/** A burst of everybody, each in an hour of its own. */
const bursts = people.flatMap((person) =>
  Array.from({ length: 39 }, (_, n) =>
    event(person, SINCE + (9 + person * 12) * HOUR_MS + n * 60_000, 'delete'),
  ),
);

describe('a watch of two servers on one PostgreSQL', { timeout: 600_000 }, () => {
  let database: DatabaseServer;
  before(async () => {
    database = await startDatabaseServer();
  });
  after(() => database.close());

  test('S1.3 a server killed while it looks leaves nothing double and nothing out', async (t) => {
    const databaseUrl = await database.create();
    const left = await startServer(t, { databaseUrl });
    let right = await startServer(t, { databaseUrl });
    const all = [...ordinary, ...bursts];
    for (let at = 0; at < all.length; at += BATCH) {
      const { status, text } = await ask(
        left.url,
        ADMIN_KEY,
        '/v1/events',
        all.slice(at, at + BATCH),
      );
      assert.equal(status, 201, text);
    }
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    t.after(() => client.end());
    const path = `${right.url}/v1/unusual/log?tenant_id=acme`;
    const on = await fetch(path, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: true }),
    });
    assert.equal(on.status, 200);
    // As if it had been turned on a week ago, before anything is looked at.
    await client.query('DELETE FROM watch_hour; DELETE FROM watch_seen; DELETE FROM finding');
    const from = SINCE - 49 * DAY_MS;
    await client.query(
      `UPDATE watch SET learn_from = ${from}, looked_to = ${from}, learn_to = ${SINCE},
       next_at = 0, holder = NULL`,
    );
    for (const ms of ALONE_MS) {
      await sleep(ms);
      await right.kill();
      right = await startServer(t, { databaseUrl });
    }
    for (;;) {
      const { rows } = await client.query('SELECT next_at, holder FROM watch');
      if (rows[0].holder === null && Number(rows[0].next_at) > Date.now()) break;
      await sleep(200);
    }
    const [{ looked_to: to }] = (await client.query('SELECT looked_to FROM watch')).rows;
    const within = all.filter(({ occurred_at }) => {
      const at = Date.parse(occurred_at);
      return at >= from && at < Number(to);
    });
    const { rows } = await client.query('SELECT sum(events) AS events FROM watch_hour');
    assert.equal(Number(rows[0].events), within.length);
    const { text } = await ask(left.url, ADMIN_KEY, '/v1/findings?tenant_id=acme&limit=500');
    const { findings }: { findings: Finding[] } = JSON.parse(text);
    const told = findings.map(({ kind, person, figure }) => `${kind} ${person.id} ${figure}`);
    // One of the day's own may fall into the hour.
    assert.equal(told.length, PEOPLE, told.join('\n'));
    assert.equal(new Set(findings.map(({ person }) => person.id)).size, PEOPLE);
    for (const server of [left, right]) assert.equal((await server.stop()).code, 0);
  });
});
