import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatInstant, parseInstant, parseMoment } from './time.ts';

const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
const DAY_MS = 86_400_000;
const instant = fc.integer({ min: FIRST_MS, max: LAST_MS });
const near = Date.parse('2026-11-21T07:49:04.123Z');

test('the usual form', () => {
  assert.equal(parseInstant('2026-11-21T07:49:04.123Z'), near);
  assert.equal(formatInstant(near), '2026-11-21T07:49:04.123Z');
  assert.equal(parseInstant('1970-01-01T00:00:00Z'), 0);
});

test('what RFC 3339 allows besides', () => {
  for (const text of [
    '2026-11-21t07:49:04.123z',
    '2026-11-21 07:49:04.123Z',
    '2026-11-21T09:49:04.123+02:00',
    '2026-11-21T02:19:04.123-05:30',
    '2026-11-21T07:49:04.123-00:00',
    '2026-11-22T07:48:04.123+23:59',
    '2026-11-21T07:49:04.1230Z',
    '2026-11-21T07:49:04.123999999999Z',
    '2026-11-21T07:49:04.1239+00:00',
  ]) {
    assert.equal(parseInstant(text), near, text);
  }
  assert.equal(parseInstant('2026-11-21T07:49:04.1Z'), near - 23);
  assert.equal(parseInstant('2026-11-21T07:49:04.12Z'), near - 3);
});

test('finer digits are dropped toward the past, also before 1970', () => {
  assert.equal(parseInstant('1969-12-31T23:59:59.9999Z'), -1);
  assert.equal(parseInstant('1969-12-31T23:59:59.0009Z'), -1_000);
});

test('dates that exist and dates that do not', () => {
  for (const date of ['2024-02-29', '2000-02-29', '0000-02-29', '0001-01-01', '9999-12-31']) {
    assert.equal(parseInstant(`${date}T00:00:00Z`), Date.parse(`${date}T00:00:00.000Z`), date);
  }
  for (const date of [
    ...['2023-02-29', '1900-02-29', '2100-02-29', '2024-02-30', '2024-04-31', '2024-06-31'],
    ...['2024-09-31', '2024-11-31', '2024-01-32', '2024-00-10', '2024-13-10', '2024-01-00'],
  ]) {
    assert.equal(parseInstant(`${date}T00:00:00Z`), undefined, date);
  }
});

test('what is not an instant', () => {
  for (const text of [
    ...['', 'now', '2026-11-21', '2026-11-21T07:49Z', '2026-11-21T07:49:04', '20261121T074904Z'],
    ...['2026-11-21T07:49:04.Z', '2026-11-21T07:49:04,123Z', '2026-11-21T07:49:04.123'],
    ...['2026-11-21T07:49:04.123Z ', ' 2026-11-21T07:49:04.123Z', '2026-11-21T07:49:04.123ZZ'],
    ...['2026-11-21T24:00:00Z', '2026-11-21T07:60:00Z', '2026-12-31T23:59:60Z'],
    ...['2026-11-21T07:49:04+0200', '2026-11-21T07:49:04+02', '2026-11-21T07:49:04+24:00'],
    ...['2026-11-21T07:49:04+02:60', '2026-11-21T07:49:04+02:00x', '2026-11-21T07:49:04+2:000'],
    ...[
      '2026/11/21T07:49:04Z',
      '2026-11-21T07.49.04Z',
      '2026-11-21_07:49:04Z',
      '2026-1-21T07:49:04Z0',
    ],
    ...['+002026-11-21T07:49:04Z', '-000001-11-21T07:49:04Z', '２026-11-21T07:49:04Z'],
    ...['0000-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', 'aaaa-bb-ccTdd:ee:ffZ'],
    `2026-11-21T07:49:04.${'1'.repeat(100)}Z`,
    '2026-11-21T07:49:04:123Z',
    '-026-11-21T07:49:04Z',
    '2026-11-21T-7:49:04Z',
    '2026-11-21\u000007:49:04Z',
    '2026-11-21T07:49:04\u001a',
  ]) {
    assert.equal(parseInstant(text), undefined, text);
  }
});

test('any instant is printed as Date prints it, and read back', () => {
  fc.assert(
    fc.property(instant, (ms) => {
      const text = formatInstant(ms);
      assert.equal(text, new Date(ms).toISOString());
      assert.equal(parseInstant(text), ms);
    }),
    { numRuns: 2_000 },
  );
  for (const ms of [FIRST_MS, LAST_MS, 0, -1]) {
    assert.equal(formatInstant(ms), new Date(ms).toISOString());
    assert.equal(parseInstant(formatInstant(ms)), ms);
  }
});

test('every day of four hundred years is printed and read as Date does', () => {
  for (let ms = Date.UTC(1800, 0, 1); ms < Date.UTC(2201, 0, 1); ms += DAY_MS) {
    const text = new Date(ms).toISOString();
    assert.equal(formatInstant(ms), text);
    assert.equal(parseInstant(text), ms);
  }
});

test('any zone and fraction is read as Date reads it', () => {
  const two = (value: number) => String(value).padStart(2, '0');
  const zone = fc.record({ sign: fc.constantFrom('+', '-'), h: fc.nat(23), m: fc.nat(59) });
  const digits = fc.stringMatching(/^\d{1,12}$/);
  fc.assert(
    fc.property(instant, zone, digits, (ms, { sign, h, m }, fraction) => {
      const seconds = new Date(ms).toISOString().slice(0, 19);
      const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
      const at = `${sign}${two(h)}:${two(m)}`;
      const expected = Date.parse(`${seconds}.${milliseconds}${at}`);
      const inRange = expected >= FIRST_MS && expected <= LAST_MS;
      assert.equal(parseInstant(`${seconds}.${fraction}${at}`), inRange ? expected : undefined);
    }),
  );
});

test('a text of the right form is taken just when Date takes it for the same', () => {
  const number = (max: number, length: number) =>
    fc.nat(max).map((value) => String(value).padStart(length, '0'));
  const parts = fc.tuple(
    ...[number(9_999, 4), number(14, 2), number(33, 2), number(23, 2), number(61, 2)],
    number(59, 2),
  );
  fc.assert(
    fc.property(parts, ([year, month, day, hour, minute, second]) => {
      const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
      const date = new Date(text);
      // Date turns 30 February into 1 March; a real date comes back as it went in.
      const isReal = !Number.isNaN(date.getTime()) && date.toISOString() === text;
      assert.equal(parseInstant(text), isReal ? date.getTime() : undefined);
    }),
    { numRuns: 2_000 },
  );
});

test('one changed character is refused or read as another instant', () => {
  const good = '2026-11-21T07:49:04.123Z';
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, other) => {
      fc.pre(good[at]?.toLowerCase() !== other.toLowerCase() && !(at === 10 && other === ' '));
      const text = good.slice(0, at) + other + good.slice(at + 1);
      const read = parseInstant(text);
      assert.notEqual(read, near);
      if (read !== undefined) assert.equal(formatInstant(read), text);
    }),
  );
});

test('what cannot be printed is refused', () => {
  for (const ms of [FIRST_MS - 1, LAST_MS + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => formatInstant(ms), RangeError);
  }
});

test('moments relative to now', () => {
  const moments: readonly (readonly [string, number])[] = [
    ['now', 0],
    ['now-7d', -7 * DAY_MS],
    ['now+1h', 3_600_000],
    ['now-90s', -90_000],
    ['now+15m', 900_000],
    ['now-2w', -14 * DAY_MS],
    ['now-0d', 0],
  ];
  for (const [text, differenceMs] of moments) {
    assert.equal(parseMoment(text, near), near + differenceMs, text);
  }
  assert.equal(parseMoment('2026-11-21T07:49:04.123Z', 0), near);
  for (const text of [
    ...[
      '',
      'NOW',
      'now ',
      ' now',
      'now-',
      'now-7',
      'now-d',
      'now 7d',
      'now-7y',
      'now--7d',
      'now7d',
    ],
    ...['now-1.5h', 'now-7d+1h', 'now-7D', 'yesterday', '-7d', 'now-999999999w', 'now+999999999w'],
    ...['now-1234567890s', '2026-11-21', '0', 'now\n'],
  ]) {
    assert.equal(parseMoment(text, near), undefined, text);
  }
});
