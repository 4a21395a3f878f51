/** The promises of the store, the same on both databases. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '@annals/contract/event';
import fc from 'fast-check';
import { DIALECTS, type Dialect } from '../../test/harness.ts';
import { freshDatabase } from '../../test/postgres.ts';
import { type EventBlock, type EventRow, rowsOf } from '../event-rows.ts';
import { Fault } from '../fault.ts';
import { createLog } from '../log.ts';
import type { Statement } from './database.ts';
import type { Proposing } from './proposing.ts';
import { DuplicateKey, type LedgerUnit, type NewEvent, openStore, type Store } from './store.ts';

const log = createLog('silent');

/** Where a store keeps its data: opened as often as a test likes. */
async function placeOf(dialect: Dialect) {
  const dataDir = mkdtempSync(join(tmpdir(), 'annals-store-'));
  const databaseUrl = dialect === 'postgres' ? await freshDatabase() : undefined;
  return { dataDir, databaseUrl, databasePool: 4 };
}

const newEvent = (fields: Partial<NewEvent> = {}): NewEvent => ({
  id: randomBytes(16),
  occurredAt: 1_700_000_000_000,
  action: 'a.b',
  policy: 1,
  secret: randomBytes(16).toString('base64url'),
  leafHash: randomBytes(32),
  document: '{"a":"ü"}',
  ...fields,
});

const unitOf = (tenantNo: number, oldSize: number, events: readonly NewEvent[]): LedgerUnit => ({
  tenantNo,
  oldSize,
  newSize: oldSize + events.length,
  range: randomBytes(32),
  nodes: [{ level: 1, index: oldSize, hash: randomBytes(32) }],
  events,
});

async function newTenant(store: Store): Promise<number> {
  const defaults = { label: 'p', time_zone: 'UTC', create_tenants: 1 };
  await store.projects.put('p', {}, defaults, 0);
  const project = await store.projects.byName('p');
  assert.ok(project);
  const name = randomBytes(8).toString('hex');
  const tenant = await store.tenants.put(project.project_no, name, {}, 0);
  await store.heads.keep(tenant.tenant_no, randomBytes(16).toString('hex'));
  return tenant.tenant_no;
}

const append = (store: Store, ...units: LedgerUnit[]): Promise<void> =>
  store.database.transactLedger(
    units.map(({ tenantNo }) => tenantNo),
    (transaction) => transaction.commit(units),
  );

/** Everything that a failed unit could have left. */
async function stateOf(store: Store, tenantNo: number) {
  const head = await store.heads.byTenant(tenantNo);
  const rows = await store.events.bySequence(tenantNo, 0, 100);
  const nodes = await store.heads.nodes(tenantNo, 1, 0, 100);
  return { head, rows, nodes };
}

/** The statement with which the store asks, and how the database would answer it. */
async function firstRows(store: Store, asked: Proposing) {
  for await (const block of store.finds.propose(asked, { first: 100, most: 100 })) {
    return [...rowsOf(block)];
  }
  return [];
}

async function planOf(t: { mock: typeof test.mock }, store: Store, ask: () => Promise<unknown>) {
  const { mock: columns } = t.mock.method(store.database, 'columns');
  const { mock: all } = t.mock.method(store.database, 'all');
  await ask();
  const statement = (columns.calls[0] ?? all.calls[0])?.arguments[0] as Statement;
  columns.restore();
  all.restore();
  const explain = store.database.dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
  const rows = await store.database.all<object>({
    ...statement,
    sql: `${explain} ${statement.sql}`,
  });
  return rows
    .flatMap((row) => Object.values(row).filter((value) => typeof value === 'string'))
    .join('\n');
}

async function ownStore(t: TestContext, dialect: Dialect): Promise<Store> {
  const place = await placeOf(dialect);
  const store = await openStore(place, log);
  t.after(async () => {
    await store.close();
    rmSync(place.dataDir, { recursive: true });
  });
  return store;
}

/** How many threads were started since. */
function threadsStarted(t: TestContext): () => number {
  let started = 0;
  const count = () => {
    started++;
  };
  process.on('worker', count);
  t.after(() => process.removeListener('worker', count));
  return () => started;
}

for (const dialect of DIALECTS) {
  describe(`store (${dialect})`, async () => {
    const place = await placeOf(dialect);
    const store = await openStore(place, log);
    after(async () => {
      await store.close();
      rmSync(place.dataDir, { recursive: true });
    });

    test('what is appended is read back to the byte, by sequence, id and time', async () => {
      const tenantNo = await newTenant(store);
      const text = fc.string({ unit: 'grapheme', maxLength: 500 });
      const event = fc.record({
        occurredAt: fc.integer({ min: 0, max: 8_000_000_000_000 }),
        action: text.filter((one) => !one.includes('\0')),
        document: text.map((one) => JSON.stringify({ one })),
      });
      const [events = []] = fc.sample(fc.array(event, { minLength: 50, maxLength: 50 }), 1);
      const fresh = events.map(newEvent);
      await append(store, unitOf(tenantNo, 0, fresh.slice(0, 20)));
      await append(store, unitOf(tenantNo, 20, fresh.slice(20)));
      const { head, rows, nodes } = await stateOf(store, tenantNo);
      assert.equal(head?.size, 50);
      assert.deepEqual([...nodes.keys()], [0, 20]);
      for (const [sequence, row] of rows.entries()) {
        const { id, leafHash, ...rest } = fresh[sequence] ?? newEvent();
        const { id: storedId, leafHash: storedHash, ...stored } = row;
        assert.deepEqual(stored, { ...rest, sequence, isRemoved: false });
        assert.deepEqual([Buffer.from(storedId), Buffer.from(storedHash)], [id, leafHash]);
        const found = await store.events.byId(tenantNo, id);
        assert.equal(found?.sequence, sequence);
        assert.equal(found.document, rest.document);
      }
      const source = { kind: 'time' } as const;
      const range = { tenantNo, source, from: 0, to: 8e15, after: undefined };
      const page = await firstRows(store, { ...range, order: 'asc' });
      const byTime = rows
        .map(({ occurredAt, sequence }) => [occurredAt, sequence])
        .sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
      assert.deepEqual(
        page.map(({ occurredAt, sequence }) => [occurredAt, sequence]),
        byTime,
      );
    });

    test('a stale head is refused, and nothing of the unit is stored', async () => {
      const tenantNo = await newTenant(store);
      await append(store, unitOf(tenantNo, 0, [newEvent(), newEvent()]));
      const before = await stateOf(store, tenantNo);
      for (const oldSize of [0, 1, 3]) {
        await assert.rejects(append(store, unitOf(tenantNo, oldSize, [newEvent()])));
        assert.deepEqual(await stateOf(store, tenantNo), before);
      }
      await append(store, unitOf(tenantNo, 2, [newEvent()]));
      assert.equal((await stateOf(store, tenantNo)).rows.length, 3, 'and it goes on');
    });

    test('an id that is there is a DuplicateKey, and nothing of the unit is stored', async () => {
      const tenantNo = await newTenant(store);
      const known = newEvent();
      await append(store, unitOf(tenantNo, 0, [known]));
      const before = await stateOf(store, tenantNo);
      const again = unitOf(tenantNo, 1, [newEvent(), { ...newEvent(), id: known.id }]);
      await assert.rejects(append(store, again), DuplicateKey);
      assert.deepEqual(await stateOf(store, tenantNo), before);
      const elsewhere = await newTenant(store);
      await append(store, unitOf(elsewhere, 0, [{ ...newEvent(), id: known.id }]));
    });

    test('without commit nothing is stored, and errors of the work pass as they are', async () => {
      const tenantNo = await newTenant(store);
      const before = await stateOf(store, tenantNo);
      await store.database.transactLedger([tenantNo], async ({ heads }) => {
        assert.equal(heads.get(tenantNo)?.size, 0);
      });
      for (const error of [new Fault('ledger_halted'), new RangeError('a bug'), new Error('x')]) {
        const failing = store.database.transactLedger([tenantNo], async () => {
          throw error;
        });
        await assert.rejects(failing, (thrown) => thrown === error);
      }
      assert.deepEqual(await stateOf(store, tenantNo), before);
      await append(store, unitOf(tenantNo, 0, [newEvent()]));
    });

    test('twins are found among many ids, also inside the transaction', async () => {
      const tenantNo = await newTenant(store);
      const events = Array.from({ length: 300 }, () => newEvent());
      await append(store, unitOf(tenantNo, 0, events));
      const ids = [...events.map(({ id }) => id), randomBytes(16)];
      const twins = await store.database.transactLedger([tenantNo], (transaction) =>
        store.events.twins(transaction, tenantNo, ids),
      );
      assert.equal(twins.size, 300);
      const seventh = twins.get(Buffer.from(events[7]?.id ?? []).toString('hex'));
      assert.equal(seventh?.sequence, 7);
      assert.deepEqual(Buffer.from(seventh.leafHash), events[7]?.leafHash);
      assert.equal(seventh.document, events[7]?.document);
    });

    test('a great many are read to the byte, in the order that was asked', async () => {
      const tenantNo = await newTenant(store);
      const many = 1_000;
      const events = Array.from({ length: many }, (_, n) => newEvent({ occurredAt: many - n }));
      await append(store, unitOf(tenantNo, 0, events));
      const told = ({ occurredAt, leafHash, document }: Omit<EventRow, 'sequence'>) =>
        `${occurredAt} ${leafHash} ${document}`;
      const read = async (blocks: AsyncIterable<EventBlock>) => {
        const rows: string[] = [];
        for await (const block of blocks) for (const row of rowsOf(block)) rows.push(told(row));
        return rows;
      };
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
      const stored = events.map((event) => told({ ...event, leafHash: base64(event.leafHash) }));
      assert.deepEqual(await read(store.scans.recorded(tenantNo, 0, many)), stored);
      assert.deepEqual(
        await read(store.scans.recorded(tenantNo, 400, 900)),
        stored.slice(400, 900),
      );
      const range = { tenantNo, from: 0, to: many + 1, after: undefined };
      const asked = { ...range, order: 'asc', source: { kind: 'time' } } as const;
      assert.deepEqual(await read(store.scans.proposed(asked)), stored.toReversed());
    });

    test('a great many of the largest are read by two at once', async () => {
      const tenantNo = await newTenant(store);
      // One sign outside Latin-1 doubles what a text takes in memory.
      const document = JSON.stringify({ a: `Ж${'a'.repeat(LIMITS.eventBytes - 20)}` });
      const [count, group] = [1_200, 100];
      for (let size = 0; size < count; size += group) {
        const events = Array.from({ length: group }, () => newEvent({ document }));
        await append(store, unitOf(tenantNo, size, events));
      }
      const read = async () => {
        let rows = 0;
        for await (const block of store.scans.recorded(tenantNo, 0, count)) {
          for (const row of rowsOf(block)) if (row.document === document) rows++;
        }
        return rows;
      };
      assert.deepEqual(await Promise.all([read(), read()]), [count, count]);
    });

    test('a write unit is stored whole or not at all', async () => {
      const insert = (name: string): Statement => ({
        sql: 'INSERT INTO setting (name, value) VALUES (?, ?)',
        parameters: [name, 'v'],
      });
      await assert.rejects(
        store.database.write([insert('one'), insert('two'), insert('one')]),
        DuplicateKey,
      );
      await assert.rejects(store.database.write([insert('one'), { sql: 'SELEC', parameters: [] }]));
      const rows = await store.database.all({ sql: 'SELECT name FROM setting', parameters: [] });
      assert.deepEqual(rows, []);
      const changed = await store.database.write([
        insert('one'),
        insert('two'),
        { sql: 'UPDATE setting SET value = ?', parameters: ['w'] },
      ]);
      assert.deepEqual(changed, [1, 1, 2]);
    });

    test('pages, ids and sequences are read from an index, without a sort', async (t) => {
      const tenantNo = await newTenant(store);
      for (let size = 0; size < 3_000; size += 500) {
        const events = Array.from({ length: 500 }, (_, n) =>
          newEvent({ occurredAt: 1_700_000_000_000 + ((size + n) % 997) }),
        );
        await append(store, unitOf(tenantNo, size, events));
      }
      await store.database.all({ sql: 'ANALYZE', parameters: [] }).catch((error: unknown) => {
        // A reader of SQLite may not; without statistics it plans by rule.
        if (dialect !== 'sqlite') throw error;
      });
      const source = { kind: 'time' } as const;
      const range = { tenantNo, source, from: 0, to: 8e15 };
      const place = { occurredAt: 1_700_000_000_500, sequence: 500 };
      for (const order of ['asc', 'desc'] as const) {
        for (const from of [undefined, place]) {
          const plan = await planOf(t, store, () =>
            firstRows(store, { ...range, order, after: from }),
          );
          assert.match(plan, /event_time/, plan);
          assert.doesNotMatch(plan, /sort|temp b-tree|seq scan|\bSCAN event\b(?! USING)/i, plan);
        }
      }
      const byId = await planOf(t, store, () => store.events.byId(tenantNo, randomBytes(16)));
      assert.match(byId, /event_id/);
      for (const ask of [
        () => store.events.bySequence(tenantNo, 5, 10),
        () => store.events.newest(tenantNo),
      ]) {
        const inOrder = await planOf(t, store, ask);
        assert.match(inOrder, dialect === 'sqlite' ? /INTEGER PRIMARY KEY/ : /event_pkey/);
        assert.doesNotMatch(inOrder, /sort|temp b-tree/i);
      }
      if (dialect === 'postgres') return;
      const names = await planOf(t, store, () => store.entities.names(tenantNo, [1, 2]));
      assert.match(names, /entity_name_entity/);
    });

    test('it opens again with what it holds, and refuses a schema of a later version', async () => {
      const other = await placeOf(dialect);
      const first = await openStore(other, log);
      const tenantNo = await newTenant(first);
      await append(first, unitOf(tenantNo, 0, [newEvent()]));
      await first.close();
      const second = await openStore(other, log);
      assert.equal((await second.heads.byTenant(tenantNo))?.size, 1);
      const newer =
        dialect === 'sqlite'
          ? 'PRAGMA user_version = 9999'
          : 'INSERT INTO schema_version VALUES (9999)';
      await second.database.write([{ sql: newer, parameters: [] }]);
      await second.close();
      await assert.rejects(openStore(other, log), /newer Annals \(schema 9999/);
      rmSync(other.dataDir, { recursive: true });
    });
  });
}

test('sqlite: a unit of several tenants is stored whole or not at all', async () => {
  const place = await placeOf('sqlite');
  const store = await openStore(place, log);
  const [one, two] = [await newTenant(store), await newTenant(store)];
  await assert.rejects(append(store, unitOf(one, 0, [newEvent()]), unitOf(two, 1, [newEvent()])));
  assert.equal((await stateOf(store, one)).rows.length, 0);
  await append(store, unitOf(one, 0, [newEvent()]), unitOf(two, 0, [newEvent()]));
  assert.equal((await stateOf(store, two)).rows.length, 1);
  await store.close();
  rmSync(place.dataDir, { recursive: true });
});

test('sqlite: what a server at rest looks at takes no thread of its own', async (t) => {
  const store = await ownStore(t, 'sqlite');
  const started = threadsStarted(t);
  const now = Date.now();
  const look = () =>
    Promise.all([
      ...[store.exports.next(now), store.exports.unsettled(9), store.exports.due(now, 9)],
      ...[store.reports.due(now, 9), store.deliveries.due(now, 9), store.exports.leftovers(9)],
    ]);
  await look();
  assert.equal(started(), 0);
  await store.database.all({ sql: 'SELECT tenant_no FROM ledger_head', parameters: [] });
  assert.equal(started(), 1);
  await look();
  assert.equal(started(), 1, 'those that there are come to rest');
});

test('sqlite: few questions at once are asked of one thread, many of two', async (t) => {
  const store = await ownStore(t, 'sqlite');
  const started = threadsStarted(t);
  const ask = (n: number) =>
    Promise.all(
      Array.from({ length: n }, () => store.database.all({ sql: 'SELECT 1', parameters: [] })),
    );
  await ask(1);
  await ask(3);
  assert.equal(started(), 1);
  await ask(9);
  assert.equal(started(), 2);
});

test('postgres: the thread that reads much says what became of its connection', async (t) => {
  const store = await ownStore(t, 'postgres');
  const ask = (sql: string) => store.database.bulk({ sql, parameters: [] }, ['integer']);
  const lost = 'SELECT pg_terminate_backend(pg_backend_pid())::int';
  await assert.rejects(ask(lost), { name: 'Fault', code: 'storage_unavailable' });
  const { columns } = await ask('SELECT 7');
  assert.deepEqual(columns, [{ kind: 'integer', values: Float64Array.of(7) }]);
});

test('sqlite: a second one on the same folder is told who holds it', async () => {
  const place = await placeOf('sqlite');
  const first = await openStore(place, log);
  await assert.rejects(openStore(place, log), (error: Error) => {
    assert.match(error.message, /Another Annals process uses .*ANNALS_DATA/);
    assert.ok(error.message.includes(place.dataDir));
    return true;
  });
  assert.equal(await first.database.ping(), true, 'the first one does not notice');
  await first.close();
  const second = await openStore(place, log);
  await second.close();
  rmSync(place.dataDir, { recursive: true });
});

test('postgres: several servers may make the schema at the same time', async () => {
  const place = await placeOf('postgres');
  const stores = await Promise.all([1, 2, 3].map(() => openStore(place, log)));
  for (const store of stores) assert.equal(await store.database.ping(), true);
  await Promise.all(stores.map((store) => store.close()));
  rmSync(place.dataDir, { recursive: true });
});

test('postgres: a transaction waits for the head, and then sees it as it has become', async () => {
  const place = await placeOf('postgres');
  const [one, other] = [await openStore(place, log), await openStore(place, log)];
  const tenantNo = await newTenant(one);
  const steps: string[] = [];
  const holding = Promise.withResolvers<void>();
  const first = one.database.transactLedger([tenantNo], async (transaction) => {
    steps.push('first holds');
    holding.resolve();
    await sleep(100);
    await transaction.commit([unitOf(tenantNo, 0, [newEvent()])]);
    steps.push('first committed');
  });
  await holding.promise;
  const second = other.database.transactLedger([tenantNo], async ({ heads }) => {
    steps.push(`second sees ${heads.get(tenantNo)?.size}`);
  });
  await Promise.all([first, second]);
  assert.equal(steps[0], 'first holds');
  assert.ok(steps.includes('second sees 1'), steps.join());
  await Promise.all([one.close(), other.close()]);
  rmSync(place.dataDir, { recursive: true });
});

test('postgres: newest events need no sorting, also before any statistics', async () => {
  const place = await placeOf('postgres');
  const store = await openStore(place, log);
  const tenantNo = await newTenant(store);
  for (let size = 0; size < 3_000; size += 1_000) {
    const events = Array.from({ length: 1_000 }, (_, n) => newEvent({ occurredAt: size + n }));
    await append(store, unitOf(tenantNo, size, events));
  }
  const plan = await store.database.all<Record<string, string>>({
    sql: `EXPLAIN SELECT document FROM event WHERE tenant_no = ? AND occurred_at >= 0
      ORDER BY occurred_at DESC, sequence DESC LIMIT 10`,
    parameters: [tenantNo],
  });
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(text, /Index Scan Backward using event_time/);
  assert.doesNotMatch(text, /Sort/);
  await store.close();
  rmSync(place.dataDir, { recursive: true });
});
