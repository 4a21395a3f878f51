import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  dayIn,
  isZone,
  momentOf,
  offsetMs,
  partsIn,
  partsOfDay,
  shiftDay,
  startOfDay,
} from './zone.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
const HOUR_MS = 3_600_000;

describe('zones', () => {
  test('a clock and its moment lead to each other', () => {
    const moment = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2040, 0, 1) });
    fc.assert(
      fc.property(moment, fc.constantFrom(...ZONES), (ms, zone) => {
        const whole = Math.floor(ms / 1_000) * 1_000;
        const parts = partsIn(zone, whole);
        assert.deepEqual(partsIn(zone, momentOf(zone, parts)), parts);
      }),
    );
  });
  test('a time that is skipped means the moment of the change', () => {
    const skipped = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0 };
    assert.equal(momentOf('Europe/Berlin', skipped), Date.UTC(2026, 2, 29, 1));
  });
  test('of a time that is twice the first is meant', () => {
    const twice = { year: 2026, month: 10, day: 25, hour: 2, minute: 30, second: 0 };
    assert.equal(momentOf('Europe/Berlin', twice), Date.UTC(2026, 9, 25, 0, 30));
  });
  test('days begin at midnight of the zone and may have 23 hours', () => {
    const day = '2026-03-29';
    const start = startOfDay('Europe/Berlin', day);
    assert.equal(start, Date.UTC(2026, 2, 28, 23));
    assert.equal(startOfDay('Europe/Berlin', shiftDay(day, 1)) - start, 23 * HOUR_MS);
    assert.equal(dayIn('Asia/Kathmandu', Date.UTC(2026, 2, 14, 18, 20)), '2026-03-15');
    assert.equal(offsetMs('Asia/Kathmandu', 0) / 60_000, 330);
  });
  test('only days of the calendar are days, only zones are zones', () => {
    assert.equal(partsOfDay('2026-02-30'), undefined);
    assert.equal(partsOfDay('26-2-3'), undefined);
    assert.ok(Number.isNaN(startOfDay('UTC', 'soon')));
    assert.equal(shiftDay('2024-02-28', 2), '2024-03-01');
    assert.ok(isZone('Europe/Berlin'));
    assert.ok(!isZone('Mars/Olympus'));
  });
});
