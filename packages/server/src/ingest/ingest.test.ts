/** What becomes of the events of a request: stored once, in order, or refused with a reason. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { EventInput } from '@annals/contract/event';
import { DEFAULT_POLICY, leafOf } from '@annals/contract/leaf';
import type { Problem } from '@annals/contract/problem';
import type { EventPage, Receipt, RecordResult } from '@annals/contract/routes';
import {
  onBothDatabases,
  type Row,
  sampleEvent,
  sampleEvents,
  type TestApp,
  verifyAll,
  verifyTenant,
} from '../../test/harness.ts';

const send = async (
  app: TestApp,
  events: unknown,
  { key = app.adminKey, query = '?tenant_id=acme', headers = {} } = {},
) =>
  await app.call<RecordResult & Problem>('POST', `/v1/events${query}`, {
    key,
    body: events,
    headers,
  });
const sizeOf = async (app: TestApp, tenant: string): Promise<number> => {
  const [row] = await app.sql(
    `SELECT count(*) AS size FROM event JOIN tenant ON tenant.tenant_no = event.tenant_no
      WHERE tenant_id = ? AND action NOT LIKE 'annals.%'`,
    tenant,
  );
  return Number(row?.['size'] ?? 0);
};
const bytes = (row: Row, name: string): Buffer => {
  const value = row[name];
  assert.ok(value instanceof Uint8Array, `${name} is not bytes`);
  return Buffer.from(value);
};

onBothDatabases('one request', (open) => {
  test('good events are stored although poison stands among them', async () => {
    const app = await open();
    const [first, second, third] = sampleEvents(3);
    const other = { ...first, action: 'another.action' };
    const body = [
      first,
      { ...sampleEvent(), colour: 'red' },
      null,
      second,
      first,
      other,
      { ...sampleEvent(), metadata: { text: 'x'.repeat(65_536) } },
      { ...sampleEvent(), reason: { text: 'a\0b' } },
      { ...sampleEvent(), occurred_at: 'now' },
      third,
    ];
    const { status, json } = await send(app, body, { query: '?tenant_id=poisoned' });
    assert.equal(status, 201);
    assert.equal(json.accepted, 3);
    assert.equal(json.duplicates, 1);
    assert.deepEqual(
      json.rejected.map(({ index, code, path }) => [index, code, path]),
      [
        [1, 'invalid_event', '/colour'],
        [2, 'invalid_event', ''],
        [5, 'id_conflict', '/id'],
        [6, 'event_too_large', ''],
        [7, 'invalid_event', '/reason/text'],
        [8, 'invalid_event', '/occurred_at'],
      ],
    );
    assert.deepEqual(
      json.receipts.map(({ id, sequence }) => [id, sequence]),
      [
        [first?.id, 0],
        [second?.id, 1],
        [first?.id, 0],
        [third?.id, 2],
      ],
    );
    assert.equal(json.rejected[2]?.id, first?.id);
    assert.equal(await sizeOf(app, 'poisoned'), 3);
  });

  test('a line that is no JSON spoils only itself', async () => {
    const app = await open();
    const [one, two] = sampleEvents(2).map((event) => JSON.stringify(event));
    const headers = { 'content-type': 'application/x-ndjson' };
    const { status, json } = await send(app, `${one}\n{"zqbroken\n${two}\n`, { headers });
    assert.equal(status, 201);
    assert.equal(json.accepted, 2);
    assert.deepEqual(
      json.rejected.map(({ index, code }) => [index, code]),
      [[1, 'invalid_json']],
    );
    assert.ok(!JSON.stringify(json).includes('zqbroken'));
  });

  test('if none can be stored, the answer is 400 with the same body', async () => {
    const app = await open();
    const { status, json, headers } = await send(app, [{}, 5], { query: '?tenant_id=none' });
    assert.equal(status, 400);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.deepEqual(
      { ...json, rejected: json.rejected.length },
      {
        accepted: 0,
        duplicates: 0,
        rejected: 2,
        receipts: [],
      },
    );
    assert.equal(await sizeOf(app, 'none'), 0);
  });

  test('the same event again is acknowledged with its first receipt', async () => {
    const app = await open();
    const event = sampleEvent({ occurred_at: '2026-01-02T03:04:05.678Z' });
    const first = await send(app, event);
    const { id = '', actor, ...rest } = event;
    const { id: actorId, type } = actor;
    const same: readonly EventInput[] = [
      event,
      { ...rest, actor, id: id.toUpperCase(), tenant_id: 'acme' },
      { ...event, occurred_at: '2026-01-02T04:04:05.678901+01:00' },
      {
        ...rest,
        actor: { id: actorId ?? '', name: actor.name ?? '', email: actor.email ?? '', type },
        id,
      },
    ];
    for (const again of same) {
      const { status, json } = await send(app, again);
      assert.equal(status, 201);
      assert.deepEqual(json, { ...first.json, accepted: 0, duplicates: 1 });
    }
  });

  test('another content with the same id is refused, whatever differs', async () => {
    const app = await open();
    const event = sampleEvent({ reason: { text: 'why' }, metadata: { a: [1, { b: null }] } });
    await send(app, event);
    const { labels: _labels, ...unlabelled } = event;
    const others: readonly object[] = [
      unlabelled,
      { ...event, action: 'other' },
      { ...event, severity: 'low' },
      { ...event, occurred_at: '2026-01-02T03:04:05.677Z' },
      { ...event, actor: { ...event.actor, name: 'Other' } },
      { ...event, targets: event.targets?.toReversed() },
      { ...event, reason: { text: 'why', ticket: '1' } },
      { ...event, metadata: { a: [1, { b: false }] } },
      { ...event, metadata: { a: [1, { b: null }, 2] } },
      { ...event, metadata: { a: { 0: 1, 1: { b: null } } } },
      { ...event, metadata: { a: [1, {}] } },
    ];
    for (const other of others) {
      const { status, json } = await send(app, other);
      assert.equal(status, 400, JSON.stringify(other));
      assert.equal(json.rejected[0]?.code, 'id_conflict');
      assert.equal(json.rejected[0]?.id, event.id);
    }
    const elsewhere = await send(app, { ...event, action: 'other' }, { query: '?tenant_id=beta' });
    assert.equal(elsewhere.json.accepted, 1, 'ids count for each tenant');
  });

  test('events without id get one: by time, or by the Idempotency-Key', async () => {
    const app = await open();
    const key = await app.key();
    const events = sampleEvents(3).map(({ id: _id, ...event }) => event);
    const own = sampleEvent();
    const body = [...events, own];
    const headers = { 'idempotency-key': 'order-17' };
    const ids = async (options: Parameters<typeof send>[2]) => {
      const { json } = await send(app, body, options);
      assert.equal(json.receipts.length, 4, JSON.stringify(json));
      return json.receipts.map(({ id }) => id);
    };
    const before = await ids({ query: '?tenant_id=keyless' });
    for (const id of before.slice(0, 3)) assert.match(id, /^.{8}-.{4}-7.{3}-[89ab].{3}-.{12}$/);
    assert.equal(before[3], own.id);
    const first = await ids({ headers, key });
    for (const id of first.slice(0, 3)) assert.match(id, /^.{8}-.{4}-8.{3}-[89ab].{3}-.{12}$/);
    const again = await send(app, body, { headers, key });
    assert.equal(again.json.duplicates, 4);
    assert.deepEqual(
      again.json.receipts.map(({ id }) => id),
      first,
    );
    const all = [
      ...first.slice(0, 3),
      ...(await ids({ headers, key, query: '?tenant_id=other-tenant' })).slice(0, 3),
      ...(await ids({ headers: { 'idempotency-key': 'order-18' }, key })).slice(0, 3),
      ...(await ids({ headers, key: app.adminKey })).slice(0, 3),
    ];
    assert.equal(new Set(all).size, 12, 'each is another request');
    const changed = await send(app, [{ ...events[0], action: 'other' }], { headers, key });
    assert.equal(changed.json.rejected[0]?.code, 'id_conflict');
  });
});

onBothDatabases('tenants of events', (open) => {
  test('an event goes to the tenant it names, else to that of the request or key', async () => {
    const app = await open();
    const bound = await app.key({ tenant: 'bound' });
    const named = { ...sampleEvent(), tenant_id: 'named' };
    await send(app, [named, sampleEvent()], { query: '?tenant_id=asked' });
    await send(app, [sampleEvent()], { key: bound, query: '' });
    const { json } = await send(app, [sampleEvent()], { query: '' });
    assert.equal(json.rejected[0]?.code, 'invalid_event');
    assert.equal(json.rejected[0]?.path, '/tenant_id');
    const sizes = ['named', 'asked', 'bound'].map((tenant) => sizeOf(app, tenant));
    assert.deepEqual(await Promise.all(sizes), [1, 1, 1]);
  });

  test('a key of one tenant writes for no other, and says so event by event', async () => {
    const app = await open();
    const key = await app.key({ tenant: 'bound' });
    const before = await sizeOf(app, 'bound');
    const body = [
      { ...sampleEvent(), tenant_id: 'beyond' },
      { ...sampleEvent(), tenant_id: 'bound' },
    ];
    const { status, json } = await send(app, body, { key, query: '' });
    assert.equal(status, 201);
    assert.deepEqual(
      json.rejected.map(({ index, code, path }) => [index, code, path]),
      [[0, 'tenant_not_allowed', '/tenant_id']],
    );
    const asked = await send(app, [sampleEvent()], { key, query: '?tenant_id=beyond' });
    assert.equal(asked.json.rejected[0]?.code, 'tenant_not_allowed');
    assert.equal(await sizeOf(app, 'bound'), before + 1);
    assert.deepEqual(await app.sql('SELECT * FROM tenant WHERE tenant_id = ?', 'beyond'), []);
  });

  test('where tenants are not made by events, unknown ones are refused', async () => {
    const app = await open();
    await app.admin('PUT', '/v1/projects/strict', { create_tenants: false });
    await app.admin('PUT', '/v1/tenants/known?project=strict', {});
    const body = ['unknown', 'known', 'unknown', 'unheard'].map((tenant_id) => ({
      ...sampleEvent(),
      tenant_id,
    }));
    const { json } = await send(app, body, { query: '?project=strict' });
    assert.deepEqual(
      json.rejected.map(({ index, code, path }) => [index, code, path]),
      [0, 2, 3].map((index) => [index, 'tenant_unknown', '/tenant_id']),
    );
    assert.equal(json.accepted, 1);
    await app.admin('PUT', '/v1/projects/strict', { create_tenants: true });
    const later = await send(app, body.slice(0, 1), { query: '?project=strict' });
    assert.equal(later.status, 201, 'the change counts at once');
  });

  test('tenants of different projects with one name are two', async () => {
    const app = await open();
    await app.admin('PUT', '/v1/projects/twin', {});
    const event = sampleEvent();
    await send(app, event, { query: '?tenant_id=twin' });
    const { json } = await send(app, event, { query: '?tenant_id=twin&project=twin' });
    assert.equal(json.accepted, 1);
    assert.equal(json.receipts[0]?.sequence, 0);
  });
});

/** The root of RFC 6962 §2.1 over leaf hashes, written as it stands there. */
function rootOf(hashes: readonly Buffer[]): Buffer {
  const sha256 = (...parts: Uint8Array[]) =>
    createHash('sha256').update(Buffer.concat(parts)).digest();
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0] ?? sha256();
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  const [left, right] = [rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split))];
  return sha256(Buffer.from([1]), left, right);
}

onBothDatabases('what is stored', (open) => {
  test('receipts hold the hash of the leaf that the stored row gives', async () => {
    const app = await open();
    const receipts: Receipt[] = [];
    for (const count of [1, 300, 7]) {
      receipts.push(...(await app.record('receipts', sampleEvents(count))).receipts);
    }
    const rows = await app.sql(
      `SELECT event.sequence, event.id, document, secret, leaf_hash, log_id FROM event
        JOIN tenant ON tenant.tenant_no = event.tenant_no
        JOIN ledger_head ON ledger_head.tenant_no = event.tenant_no
        WHERE tenant_id = ? ORDER BY sequence`,
      'receipts',
    );
    assert.equal(rows.length, 308);
    for (const [index, row] of rows.entries()) {
      const receipt = receipts[index];
      const document = bytes(row, 'document');
      assert.equal(document[0], 0, 'the format byte of JSON');
      const event = JSON.parse(document.toString('utf8', 1));
      const origin = `log.example/${row['log_id']}`;
      const leaf = leafOf(event, origin, DEFAULT_POLICY, String(row['secret']));
      const hash = createHash('sha256').update(`\0${leaf}`, 'utf8').digest('base64');
      assert.equal(receipt?.leaf_hash, hash);
      assert.equal(bytes(row, 'leaf_hash').toString('base64'), hash);
      assert.equal(receipt.sequence, index);
      assert.equal(receipt.id, event.id);
      assert.equal(bytes(row, 'id').toString('hex'), event.id.replaceAll('-', ''));
    }
    const { root, events } = await verifyTenant(app, 'receipts');
    assert.equal(events, 308);
    const hashes = receipts.map(({ leaf_hash }) => Buffer.from(leaf_hash, 'base64'));
    assert.equal(root, rootOf(hashes).toString('base64'));
  });

  test('no two events share a secret, or an unsalted digest', async () => {
    const app = await open();
    const twin = () => sampleEvent({ actor: { type: 'user', id: 'same' } });
    await app.record('twins', [twin(), twin(), twin()]);
    const rows = await app.sql('SELECT secret, leaf_hash FROM event');
    assert.equal(new Set(rows.map((row) => row['secret'])).size, rows.length);
    for (const row of rows) assert.match(String(row['secret']), /^[A-Za-z0-9_-]{22}$/);
  });
});

onBothDatabases('many at once', (open) => {
  test('50 requests for mixed tenants leave no gap, and every receipt holds', async () => {
    const app = await open();
    const tenants = ['hot', 'warm', 'cold'];
    const tenantFor = (n: number) => tenants[n % 7 < 4 ? 0 : n % 7 < 6 ? 1 : 2] ?? '';
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, request) => {
        const body = Array.from({ length: 1 + (request % 20) }, (_, n) => ({
          ...sampleEvent(),
          tenant_id: tenantFor(request + n),
        }));
        const { status, json, text } = await send(app, body, { query: '' });
        assert.equal(status, 201, text);
        return json.receipts.map((receipt, n) => ({
          ...receipt,
          tenant: body[n]?.tenant_id ?? '',
        }));
      }),
    );
    const receipts = answers.flat();
    for (const tenant of tenants) {
      const own = receipts.filter((receipt) => receipt.tenant === tenant);
      const sequences = own.map(({ sequence }) => sequence).sort((a, b) => a - b);
      assert.deepEqual(
        sequences,
        own.map((_, n) => n),
      );
      const path = `/v1/events?tenant_id=${tenant}&limit=500`;
      const { json } = await app.admin<EventPage>('GET', path);
      const stored = new Map(json.events.map((event) => [event.sequence, event]));
      for (const { id, sequence, leaf_hash } of own) {
        const event = stored.get(sequence);
        assert.deepEqual([event?.id, event?.leaf_hash], [id, leaf_hash]);
      }
    }
  });

  test('the same event in 20 requests at once is stored once', async () => {
    const app = await open();
    for (let round = 0; round < 5; round++) {
      const shared = sampleEvent();
      const answers = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const { status, json, text } = await send(app, [sampleEvent(), shared, sampleEvent()]);
          assert.equal(status, 201, text);
          return json;
        }),
      );
      assert.equal(
        answers.reduce((sum, { accepted }) => sum + accepted, 0),
        41,
      );
      assert.equal(
        answers.reduce((sum, { duplicates }) => sum + duplicates, 0),
        19,
      );
      assert.equal(new Set(answers.map(({ receipts }) => receipts[1]?.sequence)).size, 1);
    }
  });

  test('what a full queue refuses may be sent again; nothing is stored twice or lost', async () => {
    const app = await open({ ANNALS_QUEUE_EVENTS: '1000' });
    const batches = Array.from({ length: 7 }, () => sampleEvents(600));
    const attempt = async (events: EventInput[]) => await send(app, events);
    const answers = await Promise.all(batches.map(attempt));
    const refused = batches.filter((_, index) => answers[index]?.status === 503);
    for (const { status, json, headers } of answers) {
      if (status === 201) continue;
      assert.equal(json.code, 'queue_full');
      assert.ok(Number(headers.get('retry-after')) >= 1);
    }
    for (const events of refused) assert.equal((await attempt(events)).json.accepted, 600);
    assert.ok(refused.length > 0, 'the queue was full');
    assert.equal(await sizeOf(app, 'acme'), 7 * 600);
    await verifyAll(app);
  });

  test('a tenant whose head is gone is halted; the others record on', async () => {
    const app = await open({});
    await app.record('whole', [sampleEvent()]);
    await app.record('broken', [sampleEvent()]);
    await app.sql(
      `DELETE FROM ledger_head WHERE tenant_no IN
        (SELECT tenant_no FROM tenant WHERE tenant_id = 'broken')`,
    );
    await send(app, [sampleEvent()], { query: '?tenant_id=broken' });
    const { status, json } = await send(app, [sampleEvent()], { query: '?tenant_id=broken' });
    assert.equal(status, 503);
    assert.equal(json.code, 'ledger_halted');
    const id = randomUUID();
    assert.equal((await app.record('whole', [sampleEvent({ id })])).receipts[0]?.id, id);
  });
});
