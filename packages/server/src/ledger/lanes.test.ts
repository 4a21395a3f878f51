import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Fault } from '../fault.ts';
import { type LaneOptions, Lanes, type Unit } from './lanes.ts';

/** A group under way, ended by the test. */
interface Group {
  readonly units: readonly Unit<number>[];
  readonly lanes: readonly number[];
  done(): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** Lanes whose commits wait for the test. The result of an event is the event and its unit. */
function lanesOf(options: Partial<LaneOptions<number, string>> = {}) {
  const groups: Group[] = [];
  const lanes = new Lanes<number, string>({
    commit: (units) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly (readonly string[])[]>();
      groups.push({
        units,
        lanes: [...new Set(units.map(({ tenantNo }) => tenantNo))],
        async done() {
          resolve(units.map(({ tenantNo, events }) => events.map((n) => `${tenantNo}:${n}`)));
          await turn();
          await turn();
        },
        async fail(error) {
          reject(error);
          await turn();
          await turn();
        },
      });
      return promise;
    },
    laneOf: (tenantNo) => tenantNo,
    lanesAtOnce: 2,
    groupEvents: 10,
    queueEvents: 100,
    ...options,
  });
  return { lanes, groups };
}

const unit = (tenantNo: number, first: number, count = 1): Unit<number> => ({
  tenantNo,
  events: Array.from({ length: count }, (_, n) => first + n),
});
const eventsOf = (group: Group | undefined) => group?.units.map(({ events }) => events);
const at = (groups: readonly Group[], index: number): Group => {
  const group = groups[index];
  assert.ok(group, `there is no group ${index}`);
  return group;
};

test('what arrives together shares a group; what arrives meanwhile shares the next', async () => {
  const { lanes, groups } = lanesOf();
  const first = [lanes.add(unit(1, 0)), lanes.add(unit(1, 1, 2))];
  assert.equal(groups.length, 0, 'not before the turn ends');
  await turn();
  assert.deepEqual(eventsOf(groups[0]), [[0], [1, 2]]);
  const second = [lanes.add(unit(1, 3)), lanes.add(unit(1, 4))];
  await turn();
  assert.equal(groups.length, 1, 'one group of a lane at a time');
  assert.equal(lanes.queuedEvents, 5);
  await at(groups, 0).done();
  assert.deepEqual(await Promise.all(first), [['1:0'], ['1:1', '1:2']]);
  assert.deepEqual(eventsOf(groups[1]), [[3], [4]]);
  await at(groups, 1).done();
  assert.deepEqual(await Promise.all(second), [['1:3'], ['1:4']]);
  assert.equal(lanes.queuedEvents, 0);
});

test('a group stays below its limit, but no unit is divided', async () => {
  const { lanes, groups } = lanesOf();
  for (const [first, count] of [
    [0, 15],
    [20, 6],
    [30, 4],
    [40, 1],
    [50, 9],
  ] as const) {
    void lanes.add(unit(1, first, count));
  }
  await turn();
  for (let index = 0; index < groups.length; index++) await at(groups, index).done();
  assert.deepEqual(
    groups.map((group) => group.units.map(({ events }) => events.length)),
    [[15], [6, 4], [1, 9]],
  );
});

test('several lanes run at once, as many as there is room for, and none starves', async () => {
  const { lanes, groups } = lanesOf({ lanesAtOnce: 2 });
  for (let n = 0; n < 5; n++) void lanes.add(unit(1, n, 10));
  for (const tenantNo of [2, 3, 4]) void lanes.add(unit(tenantNo, 0));
  await turn();
  assert.deepEqual(
    groups.map((group) => group.lanes),
    [[1], [2]],
  );
  await at(groups, 0).done();
  // The hot lane has more to do, and waits behind those that have not run.
  assert.deepEqual(at(groups, 2).lanes, [3]);
  await at(groups, 1).done();
  assert.deepEqual(at(groups, 3).lanes, [4]);
  await at(groups, 2).done();
  await at(groups, 3).done();
  assert.deepEqual(
    groups.slice(4).map((group) => group.lanes),
    [[1]],
    'alone, one at a time',
  );
});

test('a full queue refuses at once, and takes again what fits when there is room', async () => {
  const { lanes, groups } = lanesOf({ queueEvents: 20, groupEvents: 20 });
  const taken = [lanes.add(unit(1, 0, 15)), lanes.add(unit(2, 0, 5))];
  const isFull = (error: unknown) =>
    error instanceof Fault && error.code === 'queue_full' && (error.retryAfterSeconds ?? 0) >= 1;
  await assert.rejects(lanes.add(unit(3, 0, 1)), isFull);
  await turn();
  await assert.rejects(lanes.add(unit(3, 0, 1)), isFull, 'events under way count');
  await at(groups, 1).done();
  const later = lanes.add(unit(3, 0, 5));
  await assert.rejects(lanes.add(unit(3, 9, 1)), isFull);
  await at(groups, 0).done();
  await at(groups, 2).done();
  await Promise.all([...taken, later]);
});

test('of a refused group each unit is tried alone, and only the culprit fails', async () => {
  const tried: number[][] = [];
  const { lanes } = lanesOf({
    commit: async (units) => {
      const events = units.flatMap((one) => [...one.events]);
      tried.push(events);
      if (events.includes(2)) throw new Error('poison');
      return units.map((one) => one.events.map(String));
    },
  });
  const answers = await Promise.allSettled([1, 2, 3].map((n) => lanes.add(unit(1, n))));
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(tried, [[1, 2, 3], [1], [2], [3]]);
  assert.deepEqual(await lanes.add(unit(1, 4)), ['4'], 'the lane goes on');
});

test('what may pass by itself is not tried again: everybody is told', async () => {
  const { lanes, groups } = lanesOf();
  const waiting = [lanes.add(unit(1, 1)), lanes.add(unit(1, 2))];
  await turn();
  const settled = Promise.allSettled(waiting);
  await at(groups, 0).fail(new Fault('storage_unavailable'));
  for (const one of await settled) {
    assert.ok(one.status === 'rejected' && one.reason.code === 'storage_unavailable');
  }
  assert.equal(groups.length, 1);
  assert.equal(lanes.queuedEvents, 0);
});

test('stop stores what was taken and refuses the rest', async () => {
  const { lanes, groups } = lanesOf({ lanesAtOnce: 1 });
  const taken = [lanes.add(unit(1, 0)), lanes.add(unit(2, 0))];
  const order: ('stored' | 'stopped')[] = [];
  const stopped = Promise.all([lanes.stop(), lanes.stop()]).then(() => order.push('stopped'));
  await assert.rejects(lanes.add(unit(1, 1)), { code: 'stopping' });
  await turn();
  await at(groups, 0).done();
  assert.equal(order.length, 0);
  void Promise.all(taken).then(() => order.push('stored'));
  await at(groups, 1).done();
  await stopped;
  assert.deepEqual(order, ['stored', 'stopped']);
  assert.equal(groups.length, 2);
  await lanes.stop();
});

test('stop of an idle one does not wait', async () => {
  const { lanes } = lanesOf();
  await lanes.stop();
});

test('whatever comes and fails, each unit is answered once, in the order of its lane', async () => {
  const step = fc.record({
    tenantNo: fc.integer({ min: 0, max: 3 }),
    count: fc.integer({ min: 1, max: 12 }),
    fate: fc.constantFrom('stored', 'stored', 'stored', 'poison', 'outage'),
    pause: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(3), async (steps, more) => {
      const stored = new Map<number, number[]>();
      const running = new Set<number>();
      const { lanes } = lanesOf({
        lanesAtOnce: 1 + more,
        queueEvents: 1_000,
        commit: async (units) => {
          const [tenantNo = -1] = units.map((one) => one.tenantNo);
          assert.ok(!running.has(tenantNo) && units.every((one) => one.tenantNo === tenantNo));
          running.add(tenantNo);
          assert.ok(running.size <= 1 + more);
          await turn();
          running.delete(tenantNo);
          const fates = units.map((one) => steps[one.events[0] ?? 0]?.fate);
          if (fates.includes('outage')) throw new Fault('storage_unavailable');
          if (fates.includes('poison')) throw new Error('poison');
          const list = stored.get(tenantNo) ?? [];
          stored.set(tenantNo, [...list, ...units.map((one) => one.events[0] ?? 0)]);
          return units.map((one) => one.events.map(String));
        },
      });
      const answers: Promise<string>[] = [];
      for (const [index, { tenantNo, count, pause }] of steps.entries()) {
        const events = Array.from({ length: count }, () => index);
        answers.push(
          lanes.add({ tenantNo, events }).then(
            (results) => (results.length === count ? 'stored' : 'mixed up'),
            () => 'failed',
          ),
        );
        if (pause) await turn();
      }
      const settled = await Promise.all(answers);
      assert.ok(!settled.includes('mixed up'));
      const expected = settled.flatMap((one, index) => (one === 'stored' ? [index] : []));
      const all = [...stored.values()].flat().sort((one, other) => one - other);
      assert.deepEqual(all, expected, 'acknowledged is stored, and the other way round');
      for (const list of stored.values()) {
        assert.deepEqual(
          list,
          list.toSorted((one, other) => one - other),
        );
      }
      assert.equal(lanes.queuedEvents, 0);
      await lanes.stop();
    }),
  );
});
