import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { before, forbiddenWhy, lastOf, longestRange, reachStart } from './limits.ts';
import { PRESETS } from './range.ts';

const ZONE = 'Europe/Berlin';
const NOW = Date.parse('2026-03-31T12:00:00Z');
const whys = {
  window: (period: string) => `window ${period}`,
  reach: (period: string) => `reach ${period}`,
};

describe('limits of a view', () => {
  test('periods go back by the calendar of the zone', () => {
    const iso = (period: string) => new Date(before(NOW, period, ZONE)).toISOString();
    // Clocks were put forward two days before, and February has 28 days.
    assert.equal(iso('P3D'), '2026-03-28T13:00:00.000Z');
    assert.equal(iso('P1M'), '2026-02-28T13:00:00.000Z');
    assert.equal(iso('P1Y'), '2025-03-31T12:00:00.000Z');
    assert.equal(iso('PT6H'), '2026-03-31T06:00:00.000Z');
    assert.equal(iso('soon'), '2026-03-31T12:00:00.000Z');
  });
  test('reach and floor: the later one counts', () => {
    assert.equal(reachStart({}, ZONE, NOW), Number.NEGATIVE_INFINITY);
    assert.equal(
      reachStart({ reach: 'P30D', floor: '2025-01-01' }, ZONE, NOW),
      before(NOW, 'P30D', ZONE),
    );
    assert.equal(
      reachStart({ reach: 'P5Y', floor: '2025-01-01' }, ZONE, NOW),
      Date.UTC(2025, 0, 1),
    );
  });
  test('what is forbidden says why, what is not says nothing', () => {
    const ninety = { window: 'P90D' };
    assert.equal(forbiddenWhy(PRESETS.d90, ninety, ZONE, NOW, whys), undefined);
    assert.equal(forbiddenWhy({ kind: 'all' }, ninety, ZONE, NOW, whys), 'window P90D');
    const year = { kind: 'days', from: '2025-04-01', to: '2026-03-31' } as const;
    assert.equal(forbiddenWhy(year, ninety, ZONE, NOW, whys), 'window P90D');
    const old = { kind: 'days', from: '2025-01-01', to: '2025-01-31' } as const;
    assert.equal(forbiddenWhy(old, { reach: 'P30D' }, ZONE, NOW, whys), 'reach P30D');
    // Of what reaches back too far the rest is shown.
    assert.equal(forbiddenWhy(PRESETS.d90, { reach: 'P30D' }, ZONE, NOW, whys), undefined);
    assert.equal(
      forbiddenWhy({ kind: 'all' }, { reach: 'P30D', window: 'P90D' }, ZONE, NOW, whys),
      undefined,
    );
  });
  test('the longest range that is allowed is allowed', () => {
    const range = longestRange({ kind: 'all' }, 'P90D', ZONE, NOW);
    assert.deepEqual(range, { kind: 'days', from: '2026-01-01', to: '2026-03-31' });
    assert.equal(forbiddenWhy(range, { window: 'P90D' }, ZONE, NOW, whys), undefined);
  });
  test('a period that ends now, in days', () => {
    assert.deepEqual(lastOf('P1Y', ZONE, NOW), { kind: 'last', amount: 365, unit: 'd' });
    assert.deepEqual(lastOf('PT1H', ZONE, NOW), { kind: 'last', amount: 1, unit: 'd' });
  });
});
