/**
 * Tampering by hand in the database, as an administrator could do it: each kind is found, and the
 * first event that is not as it was recorded is named.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredEvent } from '@annals/contract/event';
import { DEFAULT_POLICY, leafOf } from '@annals/contract/leaf';
import type { Job, VerifyResult } from '@annals/contract/routes';
import { leafHashOf } from '@annals/contract/sha256';
import { onBothDatabases, sampleEvents, type TestApp, verifyTenant } from '../../test/harness.ts';

/** Two whole tiles and a tail of 64 + 16 + 8. */
const SIZE = 600;
/** Higher than any sequence here: where an event waits while two change places. */
const ASIDE = 3_000_000_000;
const BLIND = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Not through the API: that would be an event of its log. */
async function makeTenant(test: TestApp, name: string): Promise<void> {
  const { projects, tenants } = test.app.store;
  const project = await projects.byName('default');
  await tenants.put(project?.project_no ?? 0, name, {}, Date.now());
}

/** One tenant's log, and the hand that tampers with it. */
class Log {
  readonly #test: TestApp;
  readonly name: string;
  readonly #tenantNo: number;

  constructor(test: TestApp, name: string, tenantNo: number) {
    this.#test = test;
    this.name = name;
    this.#tenantNo = tenantNo;
  }

  static async make(test: TestApp, size = SIZE): Promise<Log> {
    const name = `tenant-${randomUUID()}`;
    if (size > 0) await test.record(name, sampleEvents(size));
    else await makeTenant(test, name);
    const [row] = await test.sql('SELECT tenant_no FROM tenant WHERE tenant_id = ?', name);
    return new Log(test, name, Number(row?.['tenant_no']));
  }

  get tenantNo(): number {
    return this.#tenantNo;
  }

  get #key(): string {
    return this.#test.dialect === 'sqlite' ? 'row' : 'sequence';
  }

  place(sequence: number, tenantNo = this.#tenantNo): number {
    return this.#test.dialect === 'sqlite' ? tenantNo * 2 ** 32 + sequence : sequence;
  }

  async change(sequence: number, assignments: string, ...values: (string | number | Buffer)[]) {
    const where = `tenant_no = ? AND ${this.#key} = ?`;
    await this.#test.sql(
      `UPDATE event SET ${assignments} WHERE ${where}`,
      ...values,
      this.#tenantNo,
      this.place(sequence),
    );
  }

  move(from: number, to: number): Promise<void> {
    return this.change(from, `${this.#key} = ?`, this.place(to));
  }

  async swap(one: number, other: number): Promise<void> {
    await this.move(one, ASIDE);
    await this.move(other, one);
    await this.move(ASIDE, other);
  }

  async remove(sequence: number): Promise<void> {
    const where = `tenant_no = ? AND ${this.#key} = ?`;
    await this.#test.sql(`DELETE FROM event WHERE ${where}`, this.#tenantNo, this.place(sequence));
  }

  /** Moves all events from one on by some places, in an order that keeps the key unique. */
  async shift(from: number, by: number): Promise<void> {
    const places = Array.from({ length: SIZE - from }, (_, index) => from + index);
    for (const sequence of by > 0 ? places.toReversed() : places) {
      await this.move(sequence, sequence + by);
    }
  }

  async read(sequence: number) {
    const [row] = await this.#test.app.store.events.bySequence(this.#tenantNo, sequence, 1);
    assert.ok(row);
    return row;
  }

  /** An event that was never recorded, with a leaf that is right for this log. */
  async insert(sequence: number): Promise<string> {
    const { document } = await this.read(0);
    // The document is one that this test has recorded.
    const event = { ...(JSON.parse(document) as StoredEvent), id: randomUUID() };
    const origin = await this.#test.app.ledger.origin(this.#tenantNo);
    const hash = Buffer.from(leafHashOf(leafOf(event, origin, DEFAULT_POLICY, BLIND)));
    await this.#test.sql(
      `INSERT INTO event
        (${this.#key}, tenant_no, id, occurred_at, action, policy, secret, leaf_hash, document)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.place(sequence),
      this.#tenantNo,
      Buffer.from(event.id.replaceAll('-', ''), 'hex'),
      Date.parse(event.occurred_at),
      event.action,
      DEFAULT_POLICY.number,
      BLIND,
      hash,
      Buffer.concat([Buffer.alloc(1), Buffer.from(JSON.stringify(event))]),
    );
    return event.id;
  }

  sql(text: string, ...values: (string | number | Buffer)[]) {
    return this.#test.sql(text, ...values, this.#tenantNo);
  }

  verify(): Promise<VerifyResult> {
    return verifyTenant(this.#test, this.name);
  }

  /** The verdict must name this kind and, if given, this first event. */
  async expect(kind: string, sequence?: number): Promise<VerifyResult> {
    const result = await this.verify();
    assert.equal(result.ok, false);
    const { problem } = result;
    assert.equal(problem?.kind, kind, JSON.stringify(problem));
    if (sequence !== undefined) assert.equal(problem?.sequence, sequence, JSON.stringify(problem));
    return result;
  }
}

const documentBytes = (event: object) =>
  Buffer.concat([Buffer.alloc(1), Buffer.from(JSON.stringify(event))]);

onBothDatabases('verify', (open) => {
  // A server of its own for the tampered logs: the harness verifies the shared one.
  let own: Promise<TestApp> | undefined;
  const make = async (size?: number) => {
    own ??= open({}, 'suite');
    return await Log.make(await own, size);
  };

  for (const size of [0, 1, 255, 256, 257, SIZE]) {
    test(`an untouched log of ${size} events is whole`, async () => {
      const result = await (await make(size)).verify();
      assert.deepEqual([result.ok, result.events, result.size], [true, size, size]);
      assert.equal(Buffer.from(result.root, 'base64').length, 32);
    });
  }

  test('a value changed in an event', async () => {
    const log = await make();
    const { document } = await log.read(300);
    const event = { ...JSON.parse(document), severity: 'low' };
    await log.change(300, 'document = ?', documentBytes(event));
    const { problem } = await log.expect('changed', 300);
    assert.equal(problem?.id, event.id);
  });

  test('a value changed, and the leaf hash with it', async () => {
    const log = await make();
    const { document, secret } = await log.read(300);
    const event = { ...JSON.parse(document), severity: 'low' };
    const origin = await (await (own ?? open({}, 'suite'))).app.ledger.origin(log.tenantNo);
    const hash = Buffer.from(leafHashOf(leafOf(event, origin, DEFAULT_POLICY, secret)));
    await log.change(300, 'document = ?, leaf_hash = ?', documentBytes(event), hash);
    // Each event is right by itself now; the tree binds 256 of them.
    const { problem } = await log.expect('tree', 256);
    assert.match(problem?.detail ?? '', /from 256 to 511/);
  });

  test('what finds an event changed beside it', async () => {
    const log = await make();
    await log.change(7, 'occurred_at = occurred_at - 1');
    await log.expect('changed', 7);
    await log.change(7, 'occurred_at = occurred_at + 1');
    await log.change(9, 'action = ?', 'something.else');
    await log.expect('changed', 9);
    await log.change(9, 'action = ?', 'document.share.updated');
    await log.change(11, 'id = ?', Buffer.alloc(16, 1));
    await log.expect('changed', 11);
  });

  test('garbage instead of an event', async () => {
    const log = await make(300);
    await log.change(12, 'document = ?', Buffer.from('\0{"a":'));
    await log.expect('changed', 12);
  });

  test('events removed', async () => {
    const middle = await make();
    await middle.remove(258);
    await middle.expect('removed', 258);
    const last = await make();
    await last.remove(SIZE - 1);
    await last.expect('removed', SIZE - 1);
  });

  test('an event removed, and the others moved up', async () => {
    const log = await make();
    await log.remove(500);
    await log.shift(501, -1);
    await log.expect('tree', 256);
    const cut = await make();
    await cut.remove(SIZE - 1);
    await cut.sql('UPDATE ledger_head SET size = size - 1 WHERE tenant_no = ?');
    await cut.expect('head');
  });

  test('an event inserted in the middle', async () => {
    const log = await make();
    await log.shift(400, 1);
    const id = await log.insert(400);
    const { problem } = await log.expect('inserted', 400);
    assert.equal(problem?.id, id);
  });

  test('an event put behind the end', async () => {
    const log = await make();
    const id = await log.insert(SIZE);
    const { problem } = await log.expect('inserted', SIZE);
    assert.equal(problem?.id, id);
  });

  for (const [where, one, other] of [
    ['in one tile', 260, 300],
    ['in two tiles', 3, 511],
    ['in a tile and the tail', 3, 590],
    ['in the tail', 520, 598],
  ] as const) {
    test(`two events swapped ${where}`, async () => {
      const log = await make();
      await log.swap(one, other);
      await log.expect('swapped', one);
    });
  }

  test('an event moved here from another tenant’s log', async () => {
    const log = await make();
    const other = await make(30);
    await log.remove(44);
    await other.change(
      4,
      own === undefined || (await own).dialect === 'sqlite'
        ? 'tenant_no = ?, row = ?'
        : 'tenant_no = ?, sequence = ?',
      log.tenantNo,
      log.place(44),
    );
    const { problem } = await log.expect('moved', 44);
    assert.match(problem?.detail ?? '', new RegExp(other.name));
    await other.expect('removed', 4);
  });

  test('the tree’s own hashes changed', async () => {
    const node = await make();
    const wrong = Buffer.alloc(32, 7);
    await node.sql(
      'UPDATE ledger_node SET hash = ? WHERE level = 1 AND position = 1 AND tenant_no = ?',
      wrong,
    );
    await node.expect('tree', 256);
    const head = await make(256);
    await head.sql('UPDATE ledger_head SET range = ? WHERE tenant_no = ?', wrong);
    await head.expect('head');
    const gone = await make(3);
    await gone.sql('DELETE FROM ledger_head WHERE tenant_no = ?');
    await gone.expect('head');
  });

  test('a log is verified while it grows', async () => {
    const app = await open();
    const log = await Log.make(app);
    const growing = (async () => {
      for (let round = 0; round < 10; round++) await app.record(log.name, sampleEvents(20));
    })();
    for (let round = 0; round < 5; round++) assert.equal((await log.verify()).ok, true);
    await growing;
  });
});

onBothDatabases('verify, by a rougher hand', (open, dialect) => {
  let own: Promise<TestApp> | undefined;
  const make = async (size?: number) => {
    own ??= open({}, 'suite');
    return await Log.make(await own, size);
  };

  const rough: readonly [what: string, assignment: string, value: string | number | Buffer][] = [
    ['a document of an unknown format', 'document = ?', Buffer.from('\u0001{}')],
    ['an empty document', 'document = ?', Buffer.alloc(0)],
    ['a document that is no text', 'document = ?', Buffer.from([0, 0xff, 0xfe])],
    ['a document that is no event', 'document = ?', Buffer.from('\0null')],
    ['another secret', 'secret = ?', BLIND],
    ['a secret that is none', 'secret = ?', '{}'],
    ['another policy', 'policy = ?', 2],
    ['another leaf hash', 'leaf_hash = ?', Buffer.alloc(32)],
    ['half a leaf hash', 'leaf_hash = ?', Buffer.alloc(16)],
  ];
  for (const [what, assignment, value] of rough) {
    test(`${what}, in place of what was there`, async () => {
      const log = await make(20);
      await log.change(5, assignment, value);
      await log.expect('changed', 5);
    });
  }

  const typed = dialect === 'postgres' ? 'PostgreSQL keeps the type of a column' : false;
  test('a column of another type', { skip: typed }, async () => {
    const log = await make(20);
    await log.change(5, 'document = ?', 'text');
    await log.expect('changed', 5);
    const times = await make(20);
    await times.change(5, 'occurred_at = ?', 'yesterday');
    await times.expect('changed', 5);
    const rows = await make(20);
    await rows.change(5, 'tenant_no = tenant_no + 1000');
    await rows.expect('removed', 5);
  });

  test('an event moved behind the end of another tenant’s log', async () => {
    const [from, to] = [await make(30), await make(10)];
    const assignment =
      dialect === 'sqlite' ? 'tenant_no = ?, row = ?' : 'tenant_no = ?, sequence = ?';
    await from.change(29, assignment, to.tenantNo, to.place(10));
    const { problem } = await to.expect('moved', 10);
    assert.match(problem?.detail ?? '', new RegExp(from.name));
    await from.expect('removed', 29);
  });

  test('a head that counts too many or too few', async () => {
    const more = await make(300);
    await more.sql('UPDATE ledger_head SET size = size + 5 WHERE tenant_no = ?');
    await more.expect('removed', 300);
    const less = await make(300);
    await less.sql('UPDATE ledger_head SET size = size - 5 WHERE tenant_no = ?');
    await less.expect('head');
    const none = await make(300);
    await none.sql(
      'UPDATE ledger_head SET size = 0, range = ? WHERE tenant_no = ?',
      Buffer.alloc(0),
    );
    await none.expect('inserted', 0);
  });

  test('a tile’s hash removed', async () => {
    const log = await make();
    await log.sql('DELETE FROM ledger_node WHERE position = 0 AND tenant_no = ?');
    await log.expect('tree', 0);
  });

  test('the first of several is named', async () => {
    const log = await make();
    await log.change(590, 'secret = ?', BLIND);
    await log.remove(40);
    await log.change(17, 'action = ?', 'other');
    await log.expect('changed', 17);
  });

  test('a job tells the same, and that it is done', async () => {
    const app = await (own ?? open({}, 'suite'));
    const log = await make();
    await log.remove(258);
    const body = { kind: 'verify', tenant_id: log.name };
    let { json: job } = await app.admin<Job>('POST', '/v1/jobs', body);
    while (job.state === 'running') {
      await sleep(5);
      job = (await app.admin<Job>('GET', `/v1/jobs/${job.job_id}`)).json;
    }
    assert.equal(job.state, 'completed', job.error ?? '');
    assert.deepEqual(job.result, await log.verify());
    assert.equal(job.result?.problem?.sequence, 258);
    assert.notEqual(job.finished_at, null);
  });
});
