import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { comparePeriods, type PeriodParts, parsePeriod, periodWords } from './period.ts';

const partsOf = (text: string): PeriodParts => parsePeriod(text) ?? assert.fail(text);
const compared = (one: string, other: string) => comparePeriods(partsOf(one), partsOf(other));

test('lengths are compared where that holds all year', () => {
  const rows: [string, string, number | undefined][] = [
    ['P90D', 'P90D', 0],
    ['P12M', 'P1Y', 0],
    ['P1W', 'P7D', 0],
    ['P30D', 'P90D', -1],
    ['P1Y', 'P90D', 1],
    ['PT6H', 'P1D', -1],
    ['P1D', 'PT24H', undefined],
    ['P3M', 'P90D', undefined],
    ['P1Y', 'P365D', undefined],
    ['P0D', 'PT1M', -1],
  ];
  for (const [one, other, order] of rows) {
    assert.equal(compared(one, other), order, `${one} ${other}`);
    assert.equal(compared(other, one), order === undefined ? order : 0 - order, `${other} ${one}`);
  }
});

/** The moment so long before another one, by the calendar; a day that is not there is the last. */
function before(ms: number, { years, months, days, minutes }: PeriodParts): number {
  const date = new Date(ms);
  const month = date.getUTCMonth() - months - years * 12;
  const last = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(last, date.getUTCDate());
  return Date.UTC(date.getUTCFullYear(), month, day - days, 12, -minutes);
}

test('what is called shorter is never longer, on any day', () => {
  const small = fc.nat({ max: 40 });
  const period = fc.record({ years: small, months: small, days: small, minutes: small });
  const day = fc.integer({ min: 0, max: 400 * 366 }).map((n) => Date.UTC(1900, 0, 1 + n));
  fc.assert(
    fc.property(period, period, day, (one, other, ms) => {
      const order = comparePeriods(one, other);
      const difference = before(ms, other) - before(ms, one);
      if (order !== undefined && difference !== 0) assert.equal(order, Math.sign(difference));
    }),
    { numRuns: 2_000 },
  );
});

test('a length in words', () => {
  const words = periodWords;
  assert.equal(words('P90D'), '90 days');
  assert.equal(words('P1Y1M'), '1 year 1 month');
  assert.equal(words('PT90M'), '1 hour 30 minutes');
  assert.equal(words('P2W'), '14 days');
  assert.equal(words('P0D'), 'no time');
});
