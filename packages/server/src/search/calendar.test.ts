/** Where steps of a calendar begin: zones with odd offsets, days of 23 and of 25 hours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Interval } from '@annals/contract/find';
import fc from 'fast-check';
import { Fault } from '../fault.ts';
import { stepsOf } from './calendar.ts';

const at = (text: string): number => Date.parse(text);
const starts = async (interval: Interval, timeZone: string, from: string, to: string) =>
  (await stepsOf({ from: at(from), to: at(to), interval, timeZone })).texts;

test('days in a zone of +05:45', async () => {
  assert.deepEqual(
    await starts('1d', 'Asia/Kathmandu', '2026-03-01T20:00:00Z', '2026-03-03T00:00:00Z'),
    ['2026-03-02T00:00:00+05:45', '2026-03-03T00:00:00+05:45', '2026-03-04T00:00:00+05:45'],
  );
});

test('hours in a zone of +05:45 begin at its full hours', async () => {
  assert.deepEqual(
    await starts('1h', 'Asia/Kathmandu', '2026-03-01T20:00:00Z', '2026-03-01T21:00:00Z'),
    ['2026-03-02T01:00:00+05:45', '2026-03-02T02:00:00+05:45', '2026-03-02T03:00:00+05:45'],
  );
});

test('the day on which clocks go forward has 23 hours', async () => {
  const { edges, texts } = await stepsOf({
    from: at('2026-03-28T23:00:00Z'),
    to: at('2026-03-29T22:00:00Z'),
    interval: '1d',
    timeZone: 'Europe/Berlin',
  });
  assert.deepEqual(texts, ['2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00']);
  assert.equal((edges[1] ?? 0) - (edges[0] ?? 0), 23 * 3_600_000);
});

test('the hour that comes twice is two hours, and a quarter of that day is longer', async () => {
  assert.deepEqual(
    await starts('1h', 'Europe/Berlin', '2026-10-24T23:30:00Z', '2026-10-25T01:30:00Z'),
    [
      '2026-10-25T01:00:00+02:00',
      '2026-10-25T02:00:00+02:00',
      '2026-10-25T02:00:00+01:00',
      '2026-10-25T03:00:00+01:00',
    ],
  );
  assert.deepEqual(
    await starts('6h', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T10:00:00Z'),
    ['2026-10-25T00:00:00+02:00', '2026-10-25T06:00:00+01:00', '2026-10-25T12:00:00+01:00'],
  );
});

test('midnight that does not exist: the day begins at one', async () => {
  assert.deepEqual(
    await starts('1d', 'America/Santiago', '2026-09-05T12:00:00Z', '2026-09-06T12:00:00Z'),
    ['2026-09-05T00:00:00-04:00', '2026-09-06T01:00:00-03:00', '2026-09-07T00:00:00-03:00'],
  );
});

test('weeks begin on Monday, months on the first', async () => {
  assert.deepEqual(await starts('1w', 'UTC', '2026-03-05T00:00:00Z', '2026-03-10T00:00:00Z'), [
    '2026-03-02T00:00:00+00:00',
    '2026-03-09T00:00:00+00:00',
    '2026-03-16T00:00:00+00:00',
  ]);
  assert.deepEqual(await starts('1mo', 'UTC', '2026-01-31T00:00:00Z', '2026-02-02T00:00:00Z'), [
    '2026-01-01T00:00:00+00:00',
    '2026-02-01T00:00:00+00:00',
    '2026-03-01T00:00:00+00:00',
  ]);
});

test('what is too fine, and what is no zone, is told', async () => {
  const window = { from: 0, to: 1e12, timeZone: 'UTC' };
  await assert.rejects(stepsOf({ ...window, interval: '1s' }), (error) => {
    assert.ok(error instanceof Fault);
    assert.match(error.message, /at most 1000 buckets/);
    return error.code === 'invalid_query';
  });
  await assert.rejects(stepsOf({ ...window, interval: '1mo', timeZone: 'Mars/Base' }), Fault);
});

test('steps lie in order, cover the window, and are told as what they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Interval>('1m', '15m', '1h', '3h', '6h', '12h', '1d', '1w', '1mo'),
      fc.constantFrom(
        ...['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Santiago'],
      ),
      fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') }),
      fc.integer({ min: 1, max: 100 }),
      async (interval, timeZone, from, steps) => {
        const lengths = { '1m': 6e4, '15m': 9e5, '1h': 36e5, '3h': 108e5, '6h': 216e5 };
        const known: Readonly<Record<string, number>> = lengths;
        const to = from + steps * (known[interval] ?? 864e5);
        const made = await stepsOf({ from, to, interval, timeZone });
        const [first = Number.NaN, last = Number.NaN] = [made.edges[0], made.edges.at(-1)];
        assert.ok(first <= from && last >= to);
        assert.ok((made.edges[1] ?? 0) > from && (made.edges.at(-2) ?? 0) < to);
        for (const [index, edge] of made.edges.entries()) {
          assert.ok(index === 0 || edge > (made.edges[index - 1] ?? 0), 'in order');
          assert.equal(at(made.texts[index] ?? ''), edge);
        }
      },
    ),
    { numRuns: 200 },
  );
});
