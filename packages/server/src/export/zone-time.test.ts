import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { zoneTime } from './zone-time.ts';

const ZONES = [
  ...['Europe/Berlin', 'Europe/London', 'America/New_York', 'America/St_Johns', 'Asia/Kathmandu'],
  ...['Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Pacific/Apia', 'Asia/Tehran'],
  ...['Africa/Casablanca', 'America/Caracas', 'Antarctica/Troll', 'Etc/GMT+12'],
];

/** The clock on the wall, from Intl’s own fields. */
function wall(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).formatToParts(ms);
  const of = (type: string) => parts.find((part) => part.type === type)?.value;
  const time = `${of('hour')}:${of('minute')}:${of('second')}.${of('fractionalSecond')}`;
  return `${of('year')}-${of('month')}-${of('day')}T${time}`;
}

function check(format: (instant: string) => string, ms: number, zone: string): void {
  const instant = new Date(ms).toISOString();
  const text = format(instant);
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
  assert.equal(Date.parse(text), ms, `${zone}: ${text} is another moment than ${instant}`);
  assert.equal(text.slice(0, 23), wall(ms, zone), `${zone} at ${instant}`);
}

test('UTC is left as it is', () => {
  for (const zone of ['UTC', 'Etc/UTC', 'GMT']) {
    assert.equal(zoneTime(zone)('2026-03-01T12:00:00.123Z'), '2026-03-01T12:00:00.123Z');
  }
});

test('known moments', () => {
  const known = [
    ['Asia/Kathmandu', '2026-03-01T12:00:00.123Z', '2026-03-01T17:45:00.123+05:45'],
    ['Asia/Kathmandu', '1985-12-31T18:29:59.999Z', '1985-12-31T23:59:59.999+05:30'],
    ['Asia/Kathmandu', '1985-12-31T18:30:00.000Z', '1986-01-01T00:15:00.000+05:45'],
    ['America/St_Johns', '2026-01-01T00:00:00.000Z', '2025-12-31T20:30:00.000-03:30'],
    ['America/St_Johns', '2026-07-01T00:00:00.000Z', '2026-06-30T21:30:00.000-02:30'],
    ['Europe/Berlin', '2026-03-29T00:59:59.999Z', '2026-03-29T01:59:59.999+01:00'],
    ['Europe/Berlin', '2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00.000+02:00'],
    ['Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-25T02:30:00.000+02:00'],
    ['Europe/Berlin', '2026-10-25T01:30:00.000Z', '2026-10-25T02:30:00.000+01:00'],
    ['Europe/London', '2026-01-01T12:00:00.000Z', '2026-01-01T12:00:00.000+00:00'],
    ['Australia/Lord_Howe', '2026-01-01T00:00:00.000Z', '2026-01-01T11:00:00.000+11:00'],
    ['Australia/Lord_Howe', '2026-07-01T00:00:00.000Z', '2026-07-01T10:30:00.000+10:30'],
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29T23:59:59.999-10:00'],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31T00:00:00.000+14:00'],
  ] as const;
  for (const [zone, instant, expected] of known) assert.equal(zoneTime(zone)(instant), expected);
});

test('clocks that change at an odd minute change at that minute, whatever was asked before', () => {
  // St. John’s changed its clocks one minute after midnight until 2011.
  const [before, after] = ['2010-03-14T03:30:59.999Z', '2010-03-14T03:31:00.000Z'];
  const [early, late] = ['2010-03-14T00:00:59.999-03:30', '2010-03-14T01:01:00.000-02:30'];
  for (const order of [
    [before, after],
    [after, before],
  ]) {
    const format = zoneTime('America/St_Johns');
    for (const instant of order) format(instant);
    assert.equal(format(before), early);
    assert.equal(format(after), late);
  }
});

test('any moment in any zone is that moment, on that zone’s clock', () => {
  const formats = new Map(ZONES.map((zone) => [zone, zoneTime(zone)]));
  const moment = fc.integer({ min: Date.UTC(1973, 0), max: Date.UTC(2100, 0) });
  fc.assert(
    fc.property(moment, fc.constantFrom(...ZONES), (ms, zone) => {
      check(formats.get(zone) ?? assert.fail(), ms, zone);
    }),
    { numRuns: 2_000 },
  );
});

test('a name that is no zone is refused', () => {
  for (const zone of ['Mars/Base', '', 'Europe/', '\0', 'UTC+25']) {
    assert.throws(() => zoneTime(zone), RangeError, zone);
  }
});
