import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ticksOf } from './axis.ts';

const HOUR_MS = 3_600_000;
const ZONE = 'Europe/Berlin';
const bars = (from: string, stepMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Date.parse(from) + index * stepMs);
const shown = (starts: readonly number[], most = 6) =>
  ticksOf(starts, ZONE, most).map(({ index, isDay }) => `${index}${isDay ? ' day' : ''}`);

describe('times under a histogram', () => {
  test('stand at midnights of the zone, evenly apart', () => {
    const days = ['1 day', '11 day', '21 day', '31 day', '41 day', '51 day'];
    assert.deepEqual(shown(bars('2026-06-01T10:00:00Z', 12 * HOUR_MS, 60)), days);
  });
  test('stand at full hours where few days begin', () => {
    assert.deepEqual(shown(bars('2026-06-01T09:30:00Z', HOUR_MS / 2, 24), 4), [
      '1',
      '7',
      '13',
      '19',
    ]);
  });
  test('stand at five minutes, at minutes, at any bar', () => {
    assert.deepEqual(shown(bars('2026-06-01T09:31:00Z', 60_000, 15)), ['4', '9', '14']);
    assert.deepEqual(shown(bars('2026-06-01T09:31:00Z', 5_000, 60)), ['0', '12', '24', '36', '48']);
    assert.deepEqual(shown(bars('2026-06-01T09:31:01Z', 1_000, 4)), ['0', '1', '2', '3']);
  });
  test('of one bar there is one, of none none', () => {
    assert.deepEqual(shown(bars('2026-06-01T00:00:00Z', HOUR_MS, 1)), ['0']);
    assert.deepEqual(shown([]), []);
  });
});
