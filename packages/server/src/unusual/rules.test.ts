/** The rules, as properties and at their limits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  Failures,
  isBurst,
  isKnown,
  isNewAction,
  isNewNetwork,
  RULES,
  usualAt,
  usualOf,
} from './rules.ts';

const DAY_MS = 86_400_000;
const counts = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 8 });
const HOUR = 500_000;
const weekly = Array.from({ length: RULES.weeks }, (_, week) => HOUR - (week + 1) * 168);

describe('what is usual', () => {
  test('its middle is never above its end, and does not depend on the order', () => {
    fc.assert(
      fc.property(counts, (samples) => {
        const { median, high } = usualOf(samples);
        assert.ok(median <= high);
        assert.deepEqual(usualOf(samples.toReversed()), { median, high });
      }),
    );
  });

  test('more of everything is never less usual', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 50 }), (samples, more) => {
        assert.ok(usualOf(samples.map((one) => one + more)).median >= usualOf(samples).median);
      }),
    );
  });

  test('a week in which somebody was away says nothing; one week alone says nothing', () => {
    const two = [HOUR - 168, HOUR - 2 * 168];
    const of = new Map(two.map((hour) => [hour, 20]));
    assert.equal(usualAt(of, two, weekly)?.median, 20);
    assert.equal(usualAt(of, two.slice(1), weekly), undefined);
  });

  test('the hours beside count as the same hour', () => {
    const near = weekly.map((hour, week) => hour + (week % 3) - 1);
    assert.equal(usualAt(new Map(near.map((hour) => [hour, 30])), near, weekly)?.median, 30);
  });
});

describe('bursts', () => {
  const judge = (figure: number, hours: readonly (readonly [number, number])[]) => {
    const of = new Map(hours);
    const usual = usualAt(of, [...weekly, ...of.keys()], weekly);
    assert.ok(usual);
    return isBurst('deletes', figure, { counts: of, usual, hour: HOUR });
  };

  test('as much as each week is none, however much it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), (each) => {
        assert.equal(
          judge(
            each,
            weekly.map((hour) => [hour, each] as const),
          ),
          false,
        );
      }),
    );
  });

  test('much where there was nothing is one; less than the least is none', () => {
    const { least } = RULES.measures.deletes;
    assert.equal(judge(least, []), true);
    assert.equal(judge(least - 1, []), false);
  });

  test('what comes again after a month is none', () => {
    assert.equal(judge(40, [[HOUR - 30 * 24, 38]]), false);
    assert.equal(judge(40, [[HOUR - 20 * 24, 3]]), true);
  });

  test('more is never less of one', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 2_000 }), (samples, figure) => {
        const hours = samples.map((count, week) => [HOUR - (week + 1) * 168, count] as const);
        if (judge(figure, hours)) assert.ok(judge(figure + 1, hours));
      }),
    );
  });
});

describe('what is new', () => {
  const now = 100 * DAY_MS;
  const seen = (days: number, events = 100) => ({
    ...{ first_at: now - days * DAY_MS, last_at: now, events },
  });

  test('nothing is new of whoever is new', () => {
    assert.equal(isKnown(undefined, now), false);
    assert.equal(isKnown(seen(13), now), false);
    assert.equal(isKnown(seen(14), now), true);
    assert.equal(isKnown(seen(60, 49), now), false);
  });

  test('what many do is no news', () => {
    assert.equal(isNewAction(0, 40), true);
    assert.equal(isNewAction(9, 40), true);
    assert.equal(isNewAction(10, 40), false);
    assert.equal(isNewAction(2, 3), true, 'of three people, two are not many');
  });

  test('networks are told of whoever has one, and not of whoever changes all the time', () => {
    assert.equal(isNewNetwork([], now), false, 'addresses were never recorded');
    assert.equal(isNewNetwork([seen(3)], now), false, 'they are since three days');
    assert.equal(isNewNetwork([seen(60)], now), true);
    assert.equal(isNewNetwork([seen(60), seen(20), seen(9), seen(2)], now), false);
  });
});

describe('failures, then success', () => {
  const MINUTE_MS = 60_000;
  const play = (...minutes: readonly number[]) => {
    const follow = new Failures();
    const success = minutes.at(-1) ?? 0;
    for (const minute of minutes.slice(0, -1)) follow.add(minute * MINUTE_MS, true);
    return follow.add(success * MINUTE_MS, false);
  };

  test('five within a quarter of an hour', () => {
    assert.deepEqual(play(0, 1, 2, 3, 4, 15), { from: 0, to: 4 * MINUTE_MS, count: 5 });
    assert.equal(play(0, 1, 2, 3, 4, 16)?.count, undefined, 'the first was earlier');
    assert.equal(play(0, 1, 2, 3, 4), undefined, 'four');
    assert.equal(play(0, 14, 28, 42, 56, 57), undefined, 'slowly');
  });

  test('all in a row are told', () => {
    assert.equal(play(0, 2, 4, 6, 8, 10, 12, 14, 16, 17)?.count, 9);
  });

  test('after a success it begins anew', () => {
    const follow = new Failures();
    for (const minute of [0, 1, 2, 3]) follow.add(minute * MINUTE_MS, true);
    follow.add(4 * MINUTE_MS, false);
    follow.add(5 * MINUTE_MS, true);
    assert.equal(follow.add(6 * MINUTE_MS, false), undefined);
  });
});
