import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextTryAt } from './retries.ts';

const HOUR_MS = 3_600_000;

/** When a delivery is tried that always fails at once; the last one finds it dead. */
function triesOf(firstAt: number, randoms: readonly number[]): number[] {
  const tries = [firstAt];
  for (let at = firstAt; ; ) {
    const random = randoms[tries.length % randoms.length] ?? 0;
    const next = nextTryAt(firstAt, tries.length, at, random);
    if (next === undefined) return tries;
    assert.ok(tries.length < 100, 'it ends');
    tries.push(next);
    at = next;
  }
}

test('tries come as the specification of Standard Webhooks has them', () => {
  const hours = triesOf(0, [0.5]).map((at) => at / HOUR_MS);
  const waits = [5 / 3_600, 5 / 60, 0.5, 2, 5, 10, 14, 20];
  const planned = [0];
  for (const wait of waits) planned.push((planned.at(-1) ?? 0) + wait);
  assert.equal(hours.length, planned.length);
  const isPlanned = hours.map((hour, n) => Math.abs(hour - (planned[n] ?? 0)) < 0.001);
  assert.ok(!isPlanned.includes(false));
});

const random = fc.double({ min: 0, max: 1, noNaN: true });

test('tries wait longer and longer, and end within three days', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 41), fc.array(random, { minLength: 1 }), (firstAt, randoms) => {
      const tries = triesOf(firstAt, randoms);
      const waits = tries.slice(1).map((at, n) => at - (tries[n] ?? 0));
      assert.ok(waits.every((wait, n) => wait > (waits[n - 1] ?? 0)));
      assert.ok(tries.every((at) => at - firstAt <= 72 * HOUR_MS));
      assert.ok(tries.length >= 9 && tries.length <= 10, `${tries.length} tries`);
    }),
  );
});

test('a wait varies by a tenth at most, and is not shorter than the receiver wants', () => {
  const asked = fc.nat(24 * HOUR_MS);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), random, asked, (attempts, random, wanted) => {
      const wait = nextTryAt(0, attempts, 0, random) ?? 0;
      const middle = nextTryAt(0, attempts, 0, 0.5) ?? 0;
      assert.ok(Math.abs(wait - middle) <= middle / 10 + 1);
      assert.equal(nextTryAt(0, attempts, 0, random, wanted), Math.max(wait, wanted));
    }),
  );
});
