import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EventInput } from '@annals/contract/event';
import { Compile } from 'typebox/schema';
import { judge, median, ROWS } from './budget.ts';
import { Body, createWorkload, LARGEST_TENANT, timeOf, WORKLOAD } from './workload.ts';

const COUNT = 20_000;
const workload = createWorkload(1);
const events = Array.from({ length: COUNT }, (_, index) =>
  workload.event(index, timeOf(index, COUNT)),
);
const valid = Compile(EventInput);
const isClose = (actual: number, expected: number, within: number): void =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected} ± ${within}`);

suite('the workload', () => {
  test('is valid, with ids of its own, in order of time over 90 days', () => {
    for (const event of events) {
      assert.ok(valid.Check(event), JSON.stringify([valid.Errors(event)[0], event]));
    }
    assert.equal(new Set(events.map(({ id }) => id)).size, COUNT);
    const sorted = events.map(({ id }) => id ?? '').toSorted();
    assert.deepEqual(
      events.map(({ id }) => id),
      sorted,
    );
    const [first, last] = [events[0], events.at(-1)];
    assert.ok(first && last);
    isClose(Date.parse(last.occurred_at) - Date.parse(first.occurred_at), WORKLOAD.spanMs, 600_000);
  });

  test('is the same for a seed and another for another', () => {
    assert.deepEqual(createWorkload(1).event(77, 0), workload.event(77, 0));
    assert.notDeepEqual(createWorkload(2).event(77, 0), workload.event(77, 0));
  });

  test('has about 760 bytes an event', () => {
    const bytes = events.reduce((sum, event) => sum + JSON.stringify(event).length, 0);
    isClose(bytes / COUNT, WORKLOAD.bytes, 15);
  });

  test('spreads tenants by Zipf 1.1, and tells an event’s tenant without making it', () => {
    const shares = Map.groupBy(events, ({ tenant_id }) => tenant_id ?? '');
    assert.equal(shares.size, WORKLOAD.tenants);
    const share = (rank: number) => (shares.get(`tenant-${rank}`)?.length ?? 0) / COUNT;
    isClose(share(1), 0.373, 0.015);
    for (const rank of [2, 4, 10]) isClose(share(rank) / share(1), rank ** -1.1, 0.03);
    assert.equal(LARGEST_TENANT, 'tenant-1');
    for (const [index, event] of events.slice(0, 500).entries()) {
      assert.equal(workload.tenantOf(index), event.tenant_id);
    }
  });

  test('has 60 actions, up to 1,000 actors and 5,000 records a tenant, and some changes', () => {
    assert.equal(new Set(events.map(({ action }) => action)).size, WORKLOAD.actions);
    const ofFirst = events.filter(({ tenant_id }) => tenant_id === LARGEST_TENANT);
    const actors = new Set(ofFirst.map(({ actor }) => actor.id)).size;
    const records = new Set(ofFirst.map(({ targets }) => targets?.[0]?.id)).size;
    assert.ok(actors > 0.98 * WORKLOAD.actorsEach && actors <= WORKLOAD.actorsEach);
    assert.ok(records > 0.7 * WORKLOAD.recordsEach && records <= WORKLOAD.recordsEach);
    const changed = events.filter(({ changes }) => changes !== undefined).length;
    isClose(changed / COUNT, WORKLOAD.changesShare, 0.02);
  });

  test('has the common word in 2 % and the rare one in 1 of 10,000', () => {
    const holding = (word: string) =>
      events.filter(({ metadata }) => String(metadata?.['note']).split(' ').includes(word)).length;
    isClose(holding(WORKLOAD.commonWord) / COUNT, WORKLOAD.commonShare, 0.004);
    assert.equal(holding(WORKLOAD.rareWord), COUNT / WORKLOAD.rareEvery);
  });

  test('gives bodies that can be sent again under new ids and times', () => {
    const body = new Body(events.slice(0, 100));
    const read = () =>
      body.bytes
        .toString()
        .trimEnd()
        .split('\n')
        .map((line): EventInput => JSON.parse(line));
    assert.deepEqual(read(), events.slice(0, 100));
    body.stamp(500_000, 2.5);
    const again = read();
    assert.ok(again.every((event) => valid.Check(event)));
    assert.equal(new Set(again.map(({ id }) => id)).size, 100);
    assert.equal(again[40]?.occurred_at, new Date(WORKLOAD.startMs + 500_040 * 2.5).toISOString());
    assert.deepEqual(again[99], {
      ...events[99],
      id: again[99]?.id,
      occurred_at: again[99]?.occurred_at,
    });
  });
});

suite('the budget', () => {
  const rowOf = (name: string) => {
    const row = ROWS.find((one) => one.name === name);
    assert.ok(row, name);
    return row;
  };

  test('is judged as a multiple of P where it is one, absolute otherwise', () => {
    const rates = { file: 200, postgres: 100, 'annals-sqlite': 79, 'annals-postgres': 60 };
    const rate = rowOf('batch100.rate');
    const sqlite = judge(rate, 'annals-sqlite', rates);
    assert.deepEqual([sqlite?.ofP, sqlite?.ofF, sqlite?.isMet], [0.79, 0.395, false]);
    assert.equal(sqlite?.must, '≥ 0.8 P');
    assert.equal(judge(rate, 'annals-postgres', rates)?.isMet, true);
    assert.equal(judge(rate, 'postgres', rates)?.isMet, undefined);
    const page = rowOf('page.p50');
    assert.equal(judge(page, 'annals-sqlite', { 'annals-sqlite': 3 })?.isMet, true);
    assert.equal(judge(page, 'annals-sqlite', { 'annals-sqlite': 3.1 })?.isMet, false);
  });

  test('is not judged without its anchor, nor without a figure', () => {
    const latency = rowOf('batch1.p99');
    assert.equal(judge(latency, 'annals-sqlite', { 'annals-sqlite': 3 })?.isMet, undefined);
    assert.equal(judge(latency, 'annals-sqlite', { postgres: 3 }), undefined);
  });

  test('takes the median of the rounds', () => {
    assert.equal(median([9, 1, 3]), 3);
    assert.equal(median([4, 1, 3, 2]), 2.5);
  });
});
