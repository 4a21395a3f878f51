/** Retention, legal holds and the end of tenants, over HTTP and on the databases. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Definition } from '@annals/contract/definition';
import type { EventInput } from '@annals/contract/event';
import type { Problem } from '@annals/contract/problem';
import type {
  ChangedTenant,
  DefinitionDiff,
  EventPage,
  Hold,
  Job,
  RetentionState,
  TenantEnd,
} from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { eventsOf } from '../../test/answers.ts';
import { onBothDatabases, sampleEvents, type TestApp, verifyTenant } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';

const DAY_MS = 86_400_000;
const LOOK_MS = 20;
const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

const definition = (retention: NonNullable<Definition['retention']>): Definition => ({
  project: 'default',
  label: 'Kept',
  views: {},
  roles: {},
  retention,
});

async function define(app: TestApp, retention: NonNullable<Definition['retention']>) {
  const body = { definition: definition(retention) };
  const { status, text } = await app.admin('PUT', '/v1/projects/default', body);
  assert.equal(status, 200, text);
}

/** As if all that was told until now had been told so long ago. */
async function daysLater(app: TestApp, days: number): Promise<void> {
  const ms = days * DAY_MS;
  for (const [table, column] of [
    ['definition', 'applied_at'],
    ['tenant_past', 'until'],
    ['tenant', 'created_at'],
  ]) {
    await app.sql(`UPDATE ${table} SET ${column} = ${column} - ${ms}`);
  }
  const [row] = await app.sql("SELECT value FROM setting WHERE name = 'retention_since'");
  const since = String(Number(row?.['value']) - ms);
  await app.sql("UPDATE setting SET value = ? WHERE name = 'retention_since'", since);
  await app.restart();
}

const of = async (app: TestApp, tenant: string): Promise<RetentionState> => {
  const path = `/v1/retention?tenant_id=${tenant}`;
  const { status, json, text } = await app.admin<RetentionState>('GET', path);
  assert.equal(status, 200, text);
  return json;
};

async function retain(app: TestApp, tenant: string): Promise<Job> {
  const body = { kind: 'retention', tenant_id: tenant };
  let { json } = await app.admin<Job>('POST', '/v1/jobs', body);
  while (json.state === 'running') {
    await sleep(LOOK_MS);
    json = (await app.admin<Job>('GET', `/v1/jobs/${json.job_id}`)).json;
  }
  assert.equal(json.state, 'completed', json.error ?? '');
  return json;
}

async function numberOf(app: TestApp, tenant: string): Promise<number> {
  const [row] = await app.sql('SELECT tenant_no FROM tenant WHERE tenant_id = ?', tenant);
  return Number(row?.['tenant_no']);
}

/** What keeping tells of itself; who read and changed what is told too. */
const TOLD = /^annals\.(retention|hold)\.|^annals\.tenant\.(closed|reopened)$/;
const ownEvents = async (app: TestApp, tenant: string) => {
  const own = await eventsOf(app, tenant, { view: 'all', q: 'action:annals.*', order: 'asc' });
  return own.filter(({ action }) => TOLD.test(action));
};

const place = async (app: TestApp, tenant: string, covers: Hold['covers']): Promise<Hold> => {
  const body = { tenant_id: tenant, covers, reason: 'a lawsuit' };
  const { status, json, text } = await app.admin<Hold>('POST', '/v1/holds', body);
  assert.equal(status, 201, text);
  return json;
};
const release = async (app: TestApp, { hold_id }: Hold): Promise<Hold> => {
  const path = `/v1/holds/${hold_id}?reason=settled`;
  const { status, json, text } = await app.admin<Hold>('DELETE', path);
  assert.equal(status, 200, text);
  return json;
};

const by = (id: string): Partial<EventInput> => ({ actor: { type: 'user', id, name: `N ${id}` } });

onBothDatabases('legal holds', (open) => {
  const COVERED: readonly [string, Hold['covers'], number][] = [
    ['an actor', { kind: 'actor', type: 'user', id: 'ann' }, 3],
    ['a record', { kind: 'record', type: 'house', id: 'h1' }, 2],
    ['a query', { kind: 'query', q: 'action:house.sold' }, 4],
    ['the tenant', { kind: 'tenant' }, 10],
  ];
  for (const [what, covers, n] of COVERED) {
    test(`keep what they cover: ${what}`, async () => {
      const app = await open();
      const tenant = `held-by-${covers.kind}`;
      await app.record(tenant, [
        ...sampleEvents(3, by('ann')),
        ...sampleEvents(2, { targets: [{ type: 'house', id: 'h1' }] }),
        ...sampleEvents(4, { ...by('bob'), action: 'house.sold' }),
        ...sampleEvents(1),
      ]);
      const hold = await place(app, tenant, covers);
      const changes = Array.from({ length: 10 }, (_, sequence) => {
        return { sequence, take: sequence % 2 === 0 ? 'event' : 'personal' } as const;
      });
      const number = await numberOf(app, tenant);
      const done = await app.app.ledger.revise(number, changes);
      assert.equal(done.held.length, n);
      assert.equal(done.removed.length + done.erased.length, 10 - n);
      await release(app, hold);
      const after = await app.app.ledger.revise(number, changes);
      assert.deepEqual([after.removed.length + after.erased.length, after.held], [n, []]);
      const told = await ownEvents(app, tenant);
      assert.deepEqual(
        told.map(({ action, reason }) => [action, reason?.text]),
        [
          ['annals.hold.placed', 'a lawsuit'],
          ['annals.hold.released', 'settled'],
        ],
      );
    });
  }

  test('are shown with who placed and released them, and why', async () => {
    const app = await open();
    await app.record('shown', sampleEvents(1));
    const hold = await place(app, 'shown', { kind: 'query', q: 'actor:ann' });
    assert.deepEqual([hold.released_at, hold.reason], [null, 'a lawsuit']);
    const released = await release(app, hold);
    assert.equal(released.release_reason, 'settled');
    const { json } = await app.admin<{ holds: Hold[] }>('GET', '/v1/holds?tenant_id=shown');
    assert.deepEqual(json.holds, [released]);
    const wrong = { tenant_id: 'shown', covers: { kind: 'query', q: 'a:"' }, reason: 'x' };
    assert.equal((await app.admin('POST', '/v1/holds', wrong)).status, 400);
  });
});

onBothDatabases('retention', (open) => {
  test('takes whole events and personal values when their time is over', async () => {
    const app = await open({});
    await app.record('old', [
      ...sampleEvents(30, { occurred_at: ago(500) }),
      ...sampleEvents(20, { occurred_at: ago(200) }),
      ...sampleEvents(10, { occurred_at: ago(10) }),
    ]);
    await define(app, { events: 'P1Y', personal: 'P90D' });
    await retain(app, 'old');
    assert.equal((await eventsOf(app, 'old')).length, 60, 'not within 7 days');
    await daysLater(app, 8);
    await caughtUp(app, 'old');
    assert.equal((await retain(app, 'old')).done, 50);
    const left = await eventsOf(app, 'old');
    assert.equal(left.length, 30);
    const named = left.filter(({ actor }) => typeof actor.name === 'string');
    assert.equal(named.length, 10);
    const { ok, kept_by_hash } = await verifyTenant(app, 'old');
    assert.deepEqual([ok, kept_by_hash], [true, 30]);
    const told = await ownEvents(app, 'old');
    assert.deepEqual(
      told.map(({ action, metadata }) => {
        const { takes, n } = { takes: undefined, n: undefined, ...metadata };
        return [action, takes, n];
      }),
      [
        ['annals.retention.applied', 'event', 30],
        ['annals.retention.applied', 'personal', 20],
      ],
    );
    const state = await of(app, 'old');
    assert.deepEqual(state.in_effect, { events: 'P1Y', personal: 'P90D' });
    assert.deepEqual(state.runs.map(({ takes, changed }) => [takes, changed]).toSorted(), [
      ['event', 30],
      ['personal', 20],
    ]);
    // What comes late of a time that is over goes too, and nothing else is told again.
    await app.record('old', sampleEvents(3, { occurred_at: ago(400) }));
    await retain(app, 'old');
    assert.equal((await eventsOf(app, 'old')).length, 30);
    assert.equal((await ownEvents(app, 'old')).length, 3);
    await retain(app, 'old');
    assert.equal((await ownEvents(app, 'old')).length, 3);
  });

  test('a shorter one waits, is told, and can be taken back', async () => {
    const app = await open({});
    await define(app, { events: 'P2Y' });
    await app.record('waits', sampleEvents(12, { occurred_at: ago(100) }));
    await daysLater(app, 8);
    assert.deepEqual((await of(app, 'waits')).in_effect, { events: 'P2Y' });
    const diff = await app.admin<DefinitionDiff>('POST', '/v1/projects/default/diff', {
      definition: definition({ events: 'P30D' }),
    });
    const change = diff.json.changes.find(({ path }) => path === '/retention/events');
    assert.deepEqual([change?.effect, change?.events], ['loss', 12]);
    await define(app, { events: 'P30D' });
    const state = await of(app, 'waits');
    assert.deepEqual(state.in_effect, { events: 'P2Y' });
    assert.deepEqual([state.pending?.events, state.pending?.takes.events], ['P30D', 12]);
    const { json } = await app.admin<EventPage>('GET', '/v1/events?tenant_id=waits');
    const [notice] = json.notices;
    assert.deepEqual([notice?.code, notice?.period], ['retention_pending', 'P30D']);
    assert.equal(notice?.from, state.pending?.takes_effect_at);
    await app.record('fresh', sampleEvents(2, { occurred_at: ago(1) }));
    const fresh = await app.admin<EventPage>('GET', '/v1/events?tenant_id=fresh');
    assert.deepEqual(fresh.json.notices, [], 'where nothing goes, nothing is told');
    await retain(app, 'waits');
    assert.equal((await eventsOf(app, 'waits')).length, 12);
    await define(app, { events: 'P2Y' });
    assert.equal((await of(app, 'waits')).pending, null);
    await daysLater(app, 8);
    await retain(app, 'waits');
    assert.equal((await eventsOf(app, 'waits')).length, 12);
  });

  test('is the closest: of the tenant, of its plan, of the project', async () => {
    const app = await open({});
    await define(app, { events: 'P1Y', plans: { big: { events: 'P5Y' } } });
    await app.admin('PUT', '/v1/tenants/plain', {});
    await app.admin('PUT', '/v1/tenants/planned', { plan: 'big' });
    const own = { plan: 'big', retention: { events: 'P10Y' } };
    await app.admin('PUT', '/v1/tenants/own', own);
    await daysLater(app, 8);
    for (const [tenant, whose, events] of [
      ['plain', 'project', 'P1Y'],
      ['planned', 'plan', 'P5Y'],
      ['own', 'tenant', 'P10Y'],
    ] as const) {
      const state = await of(app, tenant);
      assert.deepEqual([state.of, state.in_effect], [whose, { events }]);
    }
    await app.record('planned', sampleEvents(5, { occurred_at: ago(700) }));
    const { json } = await app.admin<ChangedTenant>('PUT', '/v1/tenants/planned', { plan: null });
    assert.equal(json.retention_pending?.events_kept, 'P1Y');
    assert.equal(json.retention_pending?.events, 5);
    assert.deepEqual((await of(app, 'planned')).in_effect, { events: 'P5Y' });
    // Longer counts at once.
    const longer = { retention: { events: 'P20Y' } };
    const raised = await app.admin<ChangedTenant>('PUT', '/v1/tenants/own', longer);
    assert.equal(raised.json.retention_pending, undefined);
    assert.deepEqual((await of(app, 'own')).in_effect, { events: 'P20Y' });
    await daysLater(app, 8);
    await retain(app, 'planned');
    assert.equal((await eventsOf(app, 'planned')).length, 0);
  });

  test('stops at the next batch for a hold, and goes on when it is released', async () => {
    const app = await open({});
    await app.record('paused', sampleEvents(1_000, { occurred_at: ago(800) }));
    await app.record('paused', sampleEvents(1_000, { occurred_at: ago(700) }));
    await define(app, { events: 'P1Y' });
    await daysLater(app, 8);
    await caughtUp(app, 'paused');
    const running = retain(app, 'paused');
    const left = async () => {
      const number = await numberOf(app, 'paused');
      const rows = await app.sql(
        "SELECT count(*) AS n FROM event WHERE tenant_no = ? AND action <> ''",
        number,
      );
      return Number(rows[0]?.['n']);
    };
    while ((await left()) === 2_000) await sleep(5);
    const hold = await place(app, 'paused', { kind: 'tenant' });
    const then = await left();
    await running;
    assert.ok(then > 0);
    assert.ok((await left()) >= then, 'nothing went under hold');
    await release(app, hold);
    await retain(app, 'paused');
    assert.equal((await eventsOf(app, 'paused')).length, 0);
  });
});

onBothDatabases('a run of retention', (open) => {
  const DUE = 1_200;
  const appliedTo = async (app: TestApp, tenant: string) => {
    const told = await ownEvents(app, tenant);
    return told.filter(({ action }) => action === 'annals.retention.applied');
  };
  const sum = (events: readonly { metadata?: object }[]) =>
    events.reduce((all, { metadata }) => all + Number({ n: 0, ...metadata }.n), 0);

  test('that is stopped is told, and the next server goes on with the rest', async () => {
    const app = await open({});
    for (let first = 0; first < DUE; first += 400) {
      await app.record('stopped', sampleEvents(400, { occurred_at: ago(500 - first / 100) }));
    }
    await define(app, { events: 'P1Y' });
    await daysLater(app, 8);
    await caughtUp(app, 'stopped');
    const running = retain(app, 'stopped').catch(() => undefined);
    while ((await of(app, 'stopped')).runs.length === 0) await sleep(1);
    await app.restart();
    await running;
    // As if the server that ended had been silent for long.
    await app.sql('UPDATE retention_run SET beat_at = beat_at - 600000 WHERE finished_at IS NULL');
    await app.app.keeping.retention.runAll();
    const told = await appliedTo(app, 'stopped');
    assert.equal(sum(told), DUE, 'each event is told once');
    assert.ok(told.length > 1, 'the run was stopped');
    const { runs } = await of(app, 'stopped');
    assert.equal(runs.length, told.length);
    assert.ok(runs.every(({ finished_at }) => finished_at !== null));
    assert.equal((await verifyTenant(app, 'stopped')).kept_by_hash, DUE);
  });

  test('whose server was killed is told once by another, however often that tries', async () => {
    const app = await open({});
    await app.record('lost', sampleEvents(20));
    const { retentions } = app.app.store;
    const run = {
      ...{ run_id: randomUUID(), tenant_no: await numberOf(app, 'lost'), takes: 'event' as const },
      ...{ until: Date.now(), since: 0, policy: '{"events":"P1Y"}', digest: null },
      ...{ started_at: 1, beat_at: 2, finished_at: null, changed: 3, held: 1 },
    };
    await app.app.store.database.write(retentions.runSteps(run, 0, [0, 9]));
    await app.app.store.database.write(retentions.runSteps(run, 1, [3]));
    await app.app.keeping.retention.runAll();
    await app.sql('UPDATE retention_run SET finished_at = NULL');
    await app.app.store.database.write(retentions.runSteps(run, 0, [0, 9]));
    await app.app.store.database.write(retentions.runSteps(run, 1, [3]));
    await app.app.keeping.retention.runAll();
    const [told, ...more] = await appliedTo(app, 'lost');
    assert.equal(more.length, 0);
    // Sequences 0, 3 and 9.
    const digest = createHash('sha256').update(Uint8Array.of(0b1001, 0b10)).digest('base64');
    assert.deepEqual(told?.metadata, {
      ...{ takes: 'event', from: '1970-01-01T00:00:00.000Z', to: formatInstant(run.until) },
      ...{ n: 3, held: 1, policy: { events: 'P1Y' }, digest },
    });
    await assert.rejects(app.app.store.database.write(retentions.runSteps(run, 2, [4])));
    assert.deepEqual(await retentions.taken(run.run_id), []);
  });
});

onBothDatabases('the end of a tenant', (open) => {
  test('refuses events at once, is read until then, and can be taken back', async () => {
    const app = await open();
    await app.record('closing', sampleEvents(5));
    const path = '/v1/tenants/closing';
    const closed = await app.admin<TenantEnd>('POST', `${path}/close`, { after: 'P10D' });
    assert.equal(closed.status, 200, closed.text);
    const refused = await app.admin<Problem>('POST', '/v1/events?tenant_id=closing', [
      sampleEvents(1)[0],
    ]);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /tenant_closed/);
    const page = await app.admin<EventPage>('GET', '/v1/events?tenant_id=closing');
    assert.equal(page.json.events.length, 5);
    assert.deepEqual(
      page.json.notices.map(({ code, from }) => [code, from]),
      [['tenant_closed', closed.json.ends_at]],
    );
    const short = await app.admin('POST', `${path}/close`, { after: 'P6D' });
    assert.equal(short.status, 400);
    const reopened = await app.admin<TenantEnd>('POST', `${path}/reopen`);
    assert.deepEqual([reopened.json.closed_at, reopened.json.ends_at], [null, null]);
    await app.record('closing', sampleEvents(1));
    assert.deepEqual(
      (await ownEvents(app, 'closing')).map(({ action }) => action),
      ['annals.tenant.closed', 'annals.tenant.reopened'],
    );
  });

  test('removes all events but their hashes, unless a hold stops it', async () => {
    const app = await open({});
    await app.record('gone', sampleEvents(40));
    await app.admin('POST', '/v1/tenants/gone/close', {});
    const hold = await place(app, 'gone', { kind: 'actor', type: 'user', id: 'user-1' });
    await app.sql("UPDATE tenant SET ends_at = 1 WHERE tenant_id = 'gone'");
    await app.restart();
    const read = await app.admin<Problem>('GET', '/v1/events?tenant_id=gone');
    assert.deepEqual([read.status, read.json.code], [409, 'tenant_closed']);
    await app.app.keeping.retention.runAll();
    const number = await numberOf(app, 'gone');
    const left = async () => {
      const sql = "SELECT count(*) AS n FROM event WHERE tenant_no = ? AND action <> ''";
      return Number((await app.sql(sql, number))[0]?.['n']);
    };
    assert.ok((await left()) > 0);
    await release(app, hold);
    await app.app.keeping.retention.runAll();
    assert.equal(await left(), 0);
    const verified = await verifyTenant(app, 'gone');
    assert.equal(verified.ok, true);
    assert.equal(verified.kept_by_hash, verified.size);
    const reopened = await app.admin<Problem>('POST', '/v1/tenants/gone/reopen');
    assert.equal(reopened.json.code, 'tenant_closed');
  });
});
