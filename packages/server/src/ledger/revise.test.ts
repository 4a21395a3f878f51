/**
 * What is taken from stored events is gone everywhere, and nothing else is: every answer is that of
 * indexes made anew, and of the pure predicate; each leaf and the tree stay what they were.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import fc from 'fast-check';
import { answersOf, eventsOf, holdsTo, rebuilt } from '../../test/answers.ts';
import {
  onBothDatabases,
  sampleEvents,
  startTestApp,
  type TestApp,
  verifyTenant,
} from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';
import { worldEvent } from '../../test/worlds.ts';
import type { Change } from './ledger.ts';
import { revise } from './revise.ts';

const EVENTS = 300;
const QUESTIONS = 40;

async function numberOf(app: TestApp, tenant: string): Promise<number> {
  const [row] = await app.sql('SELECT tenant_no FROM tenant WHERE tenant_id = ?', tenant);
  return Number(row?.['tenant_no']);
}

/** Random changes of random events: some are removed, some lose all or one of their values. */
function changesOf(events: readonly ReadEvent[], share: number, seed: number): Change[] {
  const [numbers] = fc.sample(
    fc.array(fc.nat(999), { minLength: events.length, maxLength: events.length }),
    { seed, numRuns: 1 },
  );
  return events.flatMap((event, index): Change[] => {
    const random = numbers?.[index] ?? 0;
    if (random >= share * 1_000) return [];
    const { sequence = 0, actor, targets = [] } = event;
    if (random % 3 === 0) return [{ sequence, take: 'event' }];
    if (random % 3 === 1) return [{ sequence, take: 'personal' }];
    const isPerson = actor.type === 'user' || actor.type === 'support';
    const isNamed = isPerson && typeof actor.name === 'string';
    const isIn = targets.length > 0 && event.context?.ip !== undefined;
    if (isNamed) return [{ sequence, take: ['/actor/name'] }];
    return isIn ? [{ sequence, take: ['/context/ip'] }] : [];
  });
}

async function fill(app: TestApp, tenant: string, seed: number): Promise<ReadEvent[]> {
  const events = fc.sample(worldEvent(Date.now() - EVENTS), { seed, numRuns: EVENTS });
  // No two at the same moment: of those the order of numbers would decide what is the latest.
  const apart = events.map((event, index) => ({
    ...event,
    occurred_at: new Date(Date.parse(event.occurred_at) + index).toISOString(),
  }));
  await app.record(tenant, apart);
  return await eventsOf(app, tenant);
}

const same = (one: Record<string, unknown>, other: Record<string, unknown>) => {
  for (const [asked, answer] of Object.entries(one)) {
    assert.deepEqual(answer, other[asked], asked);
  }
};

onBothDatabases('changes of stored events', (open) => {
  for (const seed of [1, 2, 3]) {
    test(`leave the answers of what is left (${seed})`, async () => {
      const app = await open();
      const tenant = `revised-${seed}`;
      const all = await fill(app, tenant, seed);
      await caughtUp(app, tenant);
      const number = await numberOf(app, tenant);
      let removed = 0;
      for (const [step, share] of [0.1, 0.5, 0.9].entries()) {
        const before = await eventsOf(app, tenant);
        const changes = changesOf(before, share, seed * 10 + step);
        const done = await app.app.ledger.revise(number, changes);
        removed += done.removed.length;
        assert.deepEqual(
          done.removed.toSorted(),
          changes.flatMap(({ sequence, take }) => (take === 'event' ? [sequence] : [])).toSorted(),
        );
        const left = await eventsOf(app, tenant);
        assert.equal(left.length, all.length - removed);
        await holdsTo(app, tenant, left, { seed: seed * 100 + step, runs: QUESTIONS });
        const found = await answersOf(app, tenant);
        await rebuilt(app, tenant);
        await caughtUp(app, tenant);
        same(found, await answersOf(app, tenant));
        const verified = await verifyTenant(app, tenant);
        assert.deepEqual([verified.ok, verified.kept_by_hash], [true, removed]);
      }
    });
  }

  test('are the same however often they are asked for', async () => {
    const app = await open();
    const all = await fill(app, 'again', 7);
    const number = await numberOf(app, 'again');
    const changes = all.map(({ sequence = 0 }, index): Change => {
      return { sequence, take: index % 2 === 0 ? 'event' : 'personal' };
    });
    const first = await app.app.ledger.revise(number, changes);
    assert.equal(first.removed.length, EVENTS / 2);
    const again = await app.app.ledger.revise(number, changes);
    assert.deepEqual(again, { removed: [], erased: [], held: [] });
  });

  test('leave no name behind that nothing has any more', async () => {
    const app = await open();
    const zoe = { type: 'user', id: 'z-1', name: 'Zoe Zebra', email: 'zoe@z.example' } as const;
    const mia = { type: 'user', id: 'm-1', name: 'Mia Zebra', email: 'mia@z.example' } as const;
    await app.record('named', [
      ...sampleEvents(5, { actor: zoe, reason: { text: 'zanzibar trip' } }),
      ...sampleEvents(5, { actor: mia }),
    ]);
    await caughtUp(app, 'named');
    const number = await numberOf(app, 'named');
    const erased = [0, 1, 2, 3, 4].map((sequence) => ({ sequence, take: 'personal' }) as const);
    assert.equal((await app.app.ledger.revise(number, erased)).erased.length, 5);
    assert.deepEqual(await eventsOf(app, 'named', { q: 'zan*' }), []);
    assert.deepEqual(await eventsOf(app, 'named', { q: 'zoe' }), []);
    assert.equal((await eventsOf(app, 'named', { q: 'zeb*' })).length, 5);
    if (app.dialect !== 'postgres') return;
    const words = await app.sql('SELECT word FROM word WHERE tenant_no = ?', number);
    const texts = new Set(words.map(({ word }) => String(word)));
    assert.deepEqual(
      ['zoe', 'zanzibar', 'trip', 'zebra', 'mia'].map((word) => texts.has(word)),
      [false, false, false, true, true],
    );
  });

  test('reach what the indexes do not have yet, and recording goes on', async () => {
    const app = await open();
    const number = async () => await numberOf(app, 'busy');
    const recorded: EventInput[] = sampleEvents(600);
    await app.record('busy', recorded.slice(0, 200));
    const writing = (async () => {
      for (let first = 200; first < 600; first += 50) {
        await app.record('busy', recorded.slice(first, first + 50));
      }
    })();
    const tenantNo = await number();
    for (let first = 0; first < 200; first += 20) {
      const some = Array.from({ length: 20 }, (_, index): Change => {
        return { sequence: first + index, take: index % 4 === 0 ? 'personal' : 'event' };
      });
      await app.app.ledger.revise(tenantNo, some);
    }
    await writing;
    await caughtUp(app, 'busy');
    assert.equal((await eventsOf(app, 'busy')).length, 600 - 150);
    const found = await answersOf(app, 'busy');
    await rebuilt(app, 'busy');
    await caughtUp(app, 'busy');
    same(found, await answersOf(app, 'busy'));
  });

  test('a crash before the indexes follow is seen at the next start', async (t) => {
    const app = await open({});
    await fill(app, 'crashed', 9);
    await caughtUp(app, 'crashed');
    const number = await numberOf(app, 'crashed');
    const { followers } = app.app.search;
    // Where the indexes have a file of their own, it gets nothing, as if all had ended there.
    const cutOff = {
      prepare: followers.prepare.bind(followers),
      settle: (tenantNo: number) => followers.settle(tenantNo, false),
      scrub: followers.scrub.bind(followers),
    };
    const changes = changesOf(await eventsOf(app, 'crashed'), 0.6, 9);
    const done = await revise(app.app.store, cutOff, number, changes, () => false);
    assert.ok(done.removed.length > 0);
    await app.restart();
    await caughtUp(app, 'crashed');
    const [found, left] = [await answersOf(app, 'crashed'), await eventsOf(app, 'crashed')];
    assert.equal(left.length, EVENTS - done.removed.length);
    await holdsTo(app, 'crashed', left, { seed: 9, runs: QUESTIONS });
    await rebuilt(app, 'crashed');
    await caughtUp(app, 'crashed');
    same(found, await answersOf(app, 'crashed'));
    t.diagnostic(`${done.removed.length} removed, ${done.erased.length} erased`);
  });

  test('give way to a hold that is placed while they are stored', async () => {
    const app = await open();
    await app.record('late', sampleEvents(20));
    await caughtUp(app, 'late');
    const number = await numberOf(app, 'late');
    const { followers } = app.app.search;
    const body = { tenant_id: 'late', covers: { kind: 'tenant' }, reason: 'a lawsuit' };
    let placed = 0;
    const deriving = {
      prepare: async (asked: Parameters<typeof followers.prepare>[0]) => {
        const prepared = await followers.prepare(asked);
        if (placed === 0) placed = (await app.admin('POST', '/v1/holds', body)).status;
        return prepared;
      },
      settle: followers.settle.bind(followers),
      scrub: followers.scrub.bind(followers),
    };
    const changes = [3, 4, 5].map((sequence) => ({ sequence, take: 'event' }) as const);
    const done = await revise(app.app.store, deriving, number, changes, () => false);
    assert.equal(placed, 201);
    assert.deepEqual(done, { removed: [], erased: [], held: [3, 4, 5] });
    assert.equal((await eventsOf(app, 'late')).length, 20);
  });

  test('leave nothing in any file, once it is scrubbed', async () => {
    const app = await open({});
    if (app.dialect !== 'sqlite') return;
    const name = 'Quetzalcoatlus Northropi';
    const actor = { type: 'user', id: 'quetzal-1', name, email: 'quetzal@pterosaur.example' };
    for (const part of [0, 1, 2]) {
      await app.record('scrubbed', [
        ...sampleEvents(200, {
          occurred_at: new Date(Date.now() - part * 86_400_000).toISOString(),
        }),
        ...sampleEvents(20, { actor: { ...actor, type: 'user' } }),
      ]);
      await caughtUp(app, 'scrubbed');
    }
    const inFiles = () => {
      const names = readdirSync(app.config.dataDir);
      return names.filter((file) => {
        const bytes = readFileSync(join(app.config.dataDir, file));
        return ['quetzal', 'Quetzal', 'pterosaur'].some((text) => bytes.includes(text));
      });
    };
    assert.ok(inFiles().length > 0);
    // Not asked for by name: the log would record the question.
    const found = await eventsOf(app, 'scrubbed');
    const all = found.filter(({ actor: { id } }) => id === actor.id);
    const changes = all.map(({ sequence = 0 }) => ({ sequence, take: 'personal' }) as const);
    const done = await app.app.ledger.revise(await numberOf(app, 'scrubbed'), changes);
    assert.equal(done.erased.length, 60);
    await app.app.ledger.scrub();
    assert.deepEqual(inFiles(), []);
    assert.equal((await eventsOf(app, 'scrubbed')).length, 660);
  });

  test('an id that was removed is a duplicate, whatever comes with it', async () => {
    const app = await open();
    const [event] = sampleEvents(1);
    assert.ok(event);
    const first = await app.record('twice', [event]);
    await app.app.ledger.revise(await numberOf(app, 'twice'), [{ sequence: 0, take: 'event' }]);
    const again = await app.admin<typeof first>('POST', '/v1/events?tenant_id=twice', [
      { ...event, action: 'another.action' },
    ]);
    assert.deepEqual([again.json.accepted, again.json.duplicates], [0, 1]);
    assert.deepEqual(again.json.receipts, first.receipts);
    const path = `/v1/events/${event.id}?tenant_id=twice`;
    assert.equal((await app.admin('GET', path)).status, 404);
  });
});

test('two servers change the same log at once, while both record', async () => {
  const app = await startTestApp({ dialect: 'postgres' });
  const settings = {
    DATABASE_URL: app.config.databaseUrl ?? '',
    ANNALS_ADMIN_KEY: app.adminKey,
  };
  const other = await startTestApp({ dialect: 'postgres', settings });
  try {
    const before = await fill(app, 'shared', 11);
    const number = await numberOf(app, 'shared');
    const changes = before.map(({ sequence = 0 }, index): Change => {
      return { sequence, take: index % 3 === 0 ? 'personal' : 'event' };
    });
    const record = async (server: TestApp) => {
      for (let turn = 0; turn < 10; turn++) await server.record('shared', sampleEvents(10));
    };
    // From both ends, so that they meet.
    const [one, two] = await Promise.all([
      inTurns(app, number, changes),
      inTurns(other, number, changes.toReversed()),
      record(app),
      record(other),
    ]);
    const removed = changes.filter(({ take }) => take === 'event').map(({ sequence }) => sequence);
    assert.deepEqual([...one, ...two].toSorted(), removed.toSorted(), 'each was changed by one');
    await caughtUp(app, 'shared');
    const left = await eventsOf(app, 'shared');
    assert.equal(left.length, EVENTS - removed.length + 200);
    for (const server of [app, other]) {
      await holdsTo(server, 'shared', left, { seed: 12, runs: QUESTIONS });
      const { ok, kept_by_hash } = await verifyTenant(server, 'shared');
      assert.deepEqual([ok, kept_by_hash], [true, removed.length]);
    }
    const found = await answersOf(other, 'shared');
    await rebuilt(app, 'shared');
    await caughtUp(app, 'shared');
    same(found, await answersOf(app, 'shared'));
  } finally {
    await other.stop();
    await app.stop();
  }
});

/** In small steps; answers which events this server removed. */
async function inTurns(app: TestApp, tenantNo: number, changes: readonly Change[]) {
  const removed: number[] = [];
  for (let first = 0; first < changes.length; first += 60) {
    const some = changes.slice(first, first + 60);
    removed.push(...(await app.app.ledger.revise(tenantNo, some)).removed);
  }
  return removed;
}
