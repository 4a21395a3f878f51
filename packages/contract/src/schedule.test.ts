import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cronOf, LATEST_DAY, type Simple, scheduleWords, simpleOf } from './schedule.ts';

const at = fc
  .integer({ min: 0, max: 1_439 })
  .map((of) => new Date(of * 60_000).toISOString().slice(11, 16));
const simple: fc.Arbitrary<Simple> = fc.oneof(
  fc.record({ every: fc.constant('day'), at }),
  fc.record({ every: fc.constant('week'), on: fc.integer({ min: 1, max: 7 }), at }),
  fc.record({
    every: fc.constant('month'),
    on: fc.oneof(fc.constant('last'), fc.integer({ min: 1, max: LATEST_DAY })),
    at,
  }),
) as fc.Arbitrary<Simple>;

test('a simple schedule is the same after it was a cron line', () => {
  fc.assert(
    fc.property(simple, (one) => assert.deepEqual({ ...simpleOf(cronOf(one)) }, { ...one })),
  );
});

test('other cron lines are no simple schedule', () => {
  for (const cron of ['0 1 * * 1-5', '0 1 31 * *', '*/5 * * * *', '0 1 1 1 *', '0 99 * * *']) {
    assert.equal(simpleOf(cron), undefined, cron);
  }
  assert.throws(() => cronOf({ every: 'day', at: '24:00' }), RangeError);
});

test('schedules have words', () => {
  assert.equal(scheduleWords('30 2 * * *'), 'Daily at 02:30');
  assert.equal(scheduleWords('5 7 * * 0'), 'Every Sunday at 07:05');
  assert.equal(scheduleWords('0 6 L * *'), 'Monthly on the last day at 06:00');
  assert.equal(scheduleWords('0 6 1 * *'), 'Monthly on day 1 at 06:00');
  assert.equal(scheduleWords('0 6 * * 1-5'), 'By the cron line 0 6 * * 1-5');
});
