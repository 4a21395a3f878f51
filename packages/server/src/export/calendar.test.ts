import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { REPORT_RANGES } from '@annals/contract/schedule';
import { formatInstant } from '@annals/contract/time';
import fc from 'fast-check';
import { calendarOf, daysText, scheduleProblem } from './calendar.ts';

const at = (text: string): number => Date.parse(text);
const texts = (moments: readonly number[]): string[] => moments.map(formatInstant);

const ZONES = [
  ...['Europe/Berlin', 'America/New_York', 'America/Sao_Paulo', 'Africa/Cairo', 'Asia/Kolkata'],
  ...['Australia/Lord_Howe', 'Pacific/Apia', 'Atlantic/Azores', 'UTC', 'Asia/Beirut'],
];
const zone = fc.constantFrom(...ZONES);
const moment = fc.integer({ min: at('2005-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });

describe('a schedule', () => {
  test('comes once a day where the clock jumps over its time', async () => {
    const { runs } = await calendarOf('Europe/Berlin');
    assert.deepEqual(texts(runs('30 2 * * *', at('2026-03-28T00:00:00Z'), 3)), [
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  test('comes once where its time comes twice', async () => {
    const { runs } = await calendarOf('Europe/Berlin');
    assert.deepEqual(texts(runs('30 2 * * *', at('2026-10-24T12:00:00Z'), 2)), [
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
    const between = runs('30 2 * * *', at('2026-10-25T01:00:00Z'), 1);
    assert.deepEqual(texts(between), ['2026-10-26T01:30:00.000Z'], 'the second half past two');
  });

  test('in any zone, of any moment: each day once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(zone, moment, fc.integer({ min: 0, max: 1_439 }), async (name, ms, of) => {
        const { runs, day } = await calendarOf(name);
        const cron = `${of % 60} ${Math.floor(of / 60)} * * *`;
        const found = runs(cron, ms, 40);
        assert.equal(found.length, 40);
        const days = found.map(day);
        assert.equal(new Set(days).size, 40, 'no day twice');
        const first = runs(cron, ms - 1, 1)[0] ?? 0;
        assert.ok(first >= ms, 'after the moment only');
        // One after the other they are the same as all at once.
        let last = ms;
        for (const one of found) {
          assert.deepEqual(runs(cron, last, 1), [one]);
          last = one;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('may name weekdays, the last day of months and hours', async () => {
    const { runs } = await calendarOf('UTC');
    const after = at('2026-02-27T12:00:00Z');
    assert.deepEqual(texts(runs('0 6 * * 1', after, 1)), ['2026-03-02T06:00:00.000Z']);
    assert.deepEqual(texts(runs('0 6 L * *', after, 2)), [
      '2026-02-28T06:00:00.000Z',
      '2026-03-31T06:00:00.000Z',
    ]);
    assert.equal(runs('0 * * * *', after, 300).length, 300);
  });

  test('that cannot be one is refused in words', () => {
    assert.equal(scheduleProblem('30 2 * * *'), undefined);
    assert.equal(scheduleProblem('0 * * * *'), undefined);
    assert.match(scheduleProblem('*/30 * * * *') ?? '', /at most once an hour/);
    assert.match(scheduleProblem('* * * * * *') ?? '', /five fields/);
    assert.match(scheduleProblem('@daily') ?? '', /five fields/);
    assert.match(scheduleProblem('99 2 * * *') ?? '', /no cron line/);
    assert.match(scheduleProblem('0 0 30 2 *') ?? '', /never comes/);
  });
});

describe('the days of a run', () => {
  test('are those of the calendar there', async () => {
    const { range } = await calendarOf('Europe/Berlin');
    const of = (name: (typeof REPORT_RANGES)[number]) => {
      const { from, to } = range(name, at('2026-03-30T04:00:00Z'));
      return texts([from, to]);
    };
    assert.deepEqual(of('yesterday'), ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
    assert.deepEqual(of('last_week'), ['2026-03-22T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
    assert.deepEqual(of('last_month'), ['2026-01-31T23:00:00.000Z', '2026-02-28T23:00:00.000Z']);
    assert.deepEqual(of('last_90_days'), ['2025-12-29T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
  });

  test('of days, weeks and months in a row meet without gap', async () => {
    const step = { yesterday: 1, last_week: 7, last_month: 31, last_90_days: 90 } as const;
    await fc.assert(
      fc.asyncProperty(zone, moment, fc.constantFrom(...REPORT_RANGES), async (name, ms, which) => {
        const calendar = await calendarOf(name);
        const { from, to } = calendar.range(which, ms);
        assert.ok(from < to && to <= ms);
        const before = calendar.range(which, which === 'last_90_days' ? from : to - 1);
        assert.equal(before.to, from);
        assert.ok(to - from <= (step[which] * 24 + 25) * 3_600_000);
      }),
      { numRuns: 200 },
    );
  });

  test('have a text for the name of a file', async () => {
    const calendar = await calendarOf('Europe/Berlin');
    const ms = at('2026-03-30T04:00:00Z');
    assert.equal(daysText(calendar, calendar.range('yesterday', ms)), '2026-03-29');
    const week = daysText(calendar, calendar.range('last_week', ms));
    assert.equal(week, '2026-03-23 to 2026-03-29');
  });
});
