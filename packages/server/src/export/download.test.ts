/** Files over HTTP: they hold what the list shows, and cost no more than they must. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ReadEvent } from '@annals/contract/event';
import type { EventPage } from '@annals/contract/routes';
import { EMPTY_RANGE, extendRange, rangeToBytes } from '@annals/contract/tree';
import { parse } from 'csv-parse/sync';
import { onBothDatabases, sampleEvents, type TestApp } from '../../test/harness.ts';

const MIB = 1024 * 1024;
/** Rows that a scan reads at once. */
const PIECE = 2_000;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes in use, without what is only waiting to be collected. */
function held(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const pathOf = (query: Readonly<Record<string, string>>): string =>
  `/v1/events/download?${new URLSearchParams(query)}`;

const download = async (app: TestApp, query: Readonly<Record<string, string>>) => {
  const answer = await app.admin<ReadEvent[]>('GET', pathOf(query));
  assert.equal(answer.status, 200, answer.text.slice(0, 500));
  return answer;
};
const lines = (text: string): ReadEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** All that the list shows, page by page. */
async function listOf(app: TestApp, query: Readonly<Record<string, string>>): Promise<ReadEvent[]> {
  const events: ReadEvent[] = [];
  const path = `/v1/events?${new URLSearchParams({ ...query, limit: '500' })}`;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: string = cursor === '' ? path : `${path}&cursor=${cursor}`;
    const { json }: { json: EventPage } = await app.admin<EventPage>('GET', next);
    events.push(...json.events);
    cursor = json.next_cursor;
  }
  return events;
}

async function fill(app: TestApp, tenant: string, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1_000) {
    await app.record(tenant, sampleEvents(Math.min(1_000, count - made)));
  }
}

/** Copies of a tenant’s first event behind it, so that there are many: no log that verifies. */
async function multiply(app: TestApp, count: number): Promise<void> {
  const [key, id] =
    app.dialect === 'sqlite'
      ? ['row', 'randomblob(16)']
      : ['sequence', 'uuid_send(gen_random_uuid())'];
  await app.sql(
    `INSERT INTO event
      (${key}, tenant_no, id, occurred_at, action, policy, secret, leaf_hash, document)
      WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)
      SELECT ${key} + n, tenant_no, ${id}, occurred_at + n, action, policy, secret, leaf_hash,
        document FROM event, counted`,
    count - 1,
  );
  // The download itself is an event, behind them all.
  const [row] = await app.sql('SELECT leaf_hash FROM event LIMIT 1');
  const leaf = row?.['leaf_hash'];
  assert.ok(leaf instanceof Uint8Array);
  const range = extendRange(EMPTY_RANGE, Array<Uint8Array>(count).fill(leaf));
  await app.sql('UPDATE ledger_head SET size = ?, range = ?', count, rangeToBytes(range));
}

onBothDatabases('downloads', (open) => {
  test('hold what the list shows, in each format and at each size', async () => {
    const app = await open();
    for (const count of [1, PIECE, PIECE + 1]) {
      const tenant_id = `size-${count}`;
      await fill(app, tenant_id, count);
      const list = await listOf(app, { tenant_id });
      assert.equal(list.length, count);
      const json = await download(app, { tenant_id, format: 'json' });
      assert.equal(JSON.stringify(json.json), JSON.stringify(list));
      const ndjson = await download(app, { tenant_id, format: 'ndjson' });
      assert.equal(JSON.stringify(lines(ndjson.text)), JSON.stringify(list));
      const csv = await download(app, { tenant_id, format: 'csv' });
      const rows: Record<string, string>[] = parse(csv.text, { columns: true });
      assert.deepEqual(
        rows.map((row) => [row['sequence'], row['id'], row['leaf_hash'], row['actor.email']]),
        list.map((event) => [String(event.sequence), event.id, event.leaf_hash, event.actor.email]),
      );
    }
  });

  test('of an empty tenant are whole files with nothing in them', async () => {
    const app = await open();
    await app.admin('PUT', '/v1/tenants/empty', {});
    const of = async (format: string) => await download(app, { tenant_id: 'empty', format });
    assert.deepEqual((await of('json')).json, []);
    assert.equal((await of('ndjson')).text, '');
    assert.match((await of('csv')).text, /^id,tenant_id,[^\n]*\r\n$/);
  });

  test('take range, order, flavor and zone as they are asked for', async () => {
    const app = await open();
    const { receipts } = await app.record('asked', sampleEvents(5));
    const list = await listOf(app, { tenant_id: 'asked', order: 'asc' });
    assert.equal(list.length, receipts.length);
    const [from = '', to = ''] = [list[1]?.occurred_at, list[4]?.occurred_at];
    const query = { tenant_id: 'asked', from, to, order: 'asc' };
    const ndjson = await download(app, { ...query, format: 'ndjson' });
    assert.deepEqual(lines(ndjson.text), list.slice(1, 4));
    const csv = await download(app, {
      ...query,
      format: 'csv',
      flavor: 'spreadsheet',
      time_zone: 'Asia/Kathmandu',
    });
    const rows: Record<string, string>[] = parse(csv.text, { columns: true, bom: true });
    const times = rows.map((row) => row['occurred_at'] ?? '');
    assert.ok(
      times.every((time) => time.endsWith('+05:45')),
      times.join(),
    );
    assert.deepEqual(
      times.map((time) => Date.parse(time)),
      list.slice(1, 4).map((one) => Date.parse(one.occurred_at)),
    );
  });

  test('have a name, a type and no place in a cache', async () => {
    const app = await open();
    const tenant_id = '../Müller & "Söhne"\u2028;';
    await app.record(tenant_id, sampleEvents(1));
    const types = {
      csv: 'text/csv; charset=utf-8; header=present',
      json: 'application/json; charset=utf-8',
      ndjson: 'application/x-ndjson; charset=utf-8',
    };
    for (const [format, type] of Object.entries(types)) {
      const { headers } = await download(app, { tenant_id, format });
      assert.equal(headers.get('content-type'), type);
      assert.equal(headers.get('cache-control'), 'no-store');
      const disposition = headers.get('content-disposition') ?? '';
      assert.match(disposition, /^attachment; filename="[A-Za-z0-9._-]+-events\.\w+"$/);
      assert.ok(!/filename="\./.test(disposition), `no hidden file: ${disposition}`);
      assert.ok(disposition.endsWith(`.${format}"`));
    }
  });
});

onBothDatabases('large downloads', (open) => {
  const COUNT = 50_000;
  const PIECES = COUNT / PIECE;
  const tenant_id = 'large';
  let filled: Promise<TestApp> | undefined;
  const prepared = async () => {
    const app = await open({}, 'suite');
    await fill(app, tenant_id, 1);
    await multiply(app, COUNT);
    // The server knows the heads by heart.
    await app.restart();
    return app;
  };
  const large = () => {
    filled ??= prepared();
    return filled;
  };
  const start = async (app: TestApp, method = 'GET') => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const path = pathOf({ tenant_id, format: 'ndjson' });
    const head = [`${method} ${path} HTTP/1.1`, 'Host: a', `Authorization: Bearer ${app.adminKey}`];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    return socket;
  };

  test('take bounded memory', async () => {
    const app = await large();
    const response = await fetch(app.url + pathOf({ tenant_id, format: 'csv' }), {
      headers: { authorization: `Bearer ${app.adminKey}` },
    });
    const before = held();
    let [peak, size, lookedAt] = [0, 0, 0];
    for await (const bytes of response.body ?? assert.fail()) {
      size += bytes.length;
      if (size - lookedAt < 2 * MIB) continue;
      lookedAt = size;
      peak = Math.max(peak, held());
    }
    assert.ok(size > 20 * MIB, `${size} bytes`);
    assert.ok(peak - before < 30 * MIB, `${Math.round((peak - before) / MIB)} MiB more`);
  });

  test('end when the client leaves', async (t) => {
    const app = await large();
    const { mock } = t.mock.method(app.app.store.database, 'columns');
    const socket = await start(app);
    await once(socket, 'data');
    socket.resetAndDestroy();
    let read = -1;
    while (read !== mock.callCount()) {
      read = mock.callCount();
      await sleep(200);
    }
    assert.ok(read < PIECES, `${read} of ${PIECES} pieces`);
    assert.ok(!app.logLines.some((line) => line.includes('"level":50')), app.logLines.join(''));
  });

  test('asked by HEAD are not read at all', async (t) => {
    const app = await large();
    const { mock } = t.mock.method(app.app.store.database, 'columns');
    const socket = await start(app, 'HEAD');
    const [head] = await once(socket, 'data');
    assert.match(String(head), /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(String(head), /content-length: 0/i, 'the file is not empty');
    await sleep(100);
    socket.destroy();
    assert.equal(mock.callCount(), 0);
  });

  test('that cannot be finished do not look finished, and the server lives', async () => {
    const app = await large();
    const bytes = app.dialect === 'sqlite' ? "X'00'" : "'\\x00'::bytea";
    await app.sql(`UPDATE event SET document = ${bytes} WHERE sequence = ?`, COUNT - 2 * PIECE);
    for (const format of ['csv', 'json', 'ndjson']) {
      await assert.rejects(app.admin('GET', pathOf({ tenant_id, format })), format);
    }
    assert.equal((await app.call('GET', '/healthz')).status, 200);
    assert.ok(
      app.logLines.some((line) => line.includes('"level":50')),
      'and the log says why',
    );
  });
});
