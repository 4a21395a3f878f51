import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  EMPTY_STATE,
  linkedState,
  readState,
  stateOfText,
  stateText,
  writeState,
} from './log-state.ts';
import {
  askedRange,
  boundsOf,
  DEFAULT_RANGE,
  fixedRange,
  monthRange,
  type Range,
  readRange,
  writeRange,
} from './range.ts';
import { typedRange } from './typed-range.ts';
import { dayIn } from './zone.ts';

const ZONE = 'Europe/Berlin';
const NOW = Date.parse('2026-03-14T14:02:11Z');

/** As our own objects are made. */
const PLAIN = { noNullPrototype: true } as const;
const moment = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2035, 0, 1) });
const range: fc.Arbitrary<Range> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('last' as const),
      amount: fc.integer({ min: 1, max: 9_999 }),
      unit: fc.constantFrom(...(['m', 'h', 'd', 'w'] as const)),
    },
    PLAIN,
  ),
  fc.constant({ kind: 'all' as const }),
  fc
    .tuple(moment, moment)
    .filter(([one, other]) => one !== other)
    .map(([one, other]) => ({
      kind: 'moments' as const,
      from: Math.min(one, other),
      to: Math.max(one, other),
    })),
  fc.tuple(moment, moment).map((both) => {
    const [from = '', to = ''] = both.map((ms) => dayIn('UTC', ms)).sort();
    return { kind: 'days' as const, from, to };
  }),
);

describe('ranges', () => {
  test('an address says a range and means it', () => {
    fc.assert(fc.property(range, (one) => assert.deepEqual(readRange(writeRange(one)), one)));
  });
  test('what cannot be read is the usual range', () => {
    for (const broken of [
      { from: 'soon' },
      { from: '2026-03-14' },
      { from: '2026-03-14', to: '2026-03-01' },
      { from: 'now-7d', to: 'now' },
    ]) {
      assert.deepEqual(readRange(broken), DEFAULT_RANGE, JSON.stringify(broken));
    }
  });
  test('days are whole days of the zone, the last one included', () => {
    const days: Range = { kind: 'days', from: '2026-03-28', to: '2026-03-29' };
    assert.deepEqual(askedRange(days, ZONE), {
      from: '2026-03-27T23:00:00.000Z',
      to: '2026-03-29T22:00:00.000Z',
    });
    assert.deepEqual(monthRange(ZONE, NOW, -1), {
      kind: 'days',
      from: '2026-02-01',
      to: '2026-02-28',
    });
  });
  test('a link means the same tomorrow', () => {
    const linked = linkedState({ ...EMPTY_STATE, isLive: true }, ZONE, NOW);
    assert.deepEqual(linked.range, { kind: 'moments', ...boundsOf(DEFAULT_RANGE, ZONE, NOW) });
    assert.equal(linked.zone, ZONE);
    assert.ok(!linked.isLive);
    assert.deepEqual(fixedRange({ kind: 'all' }, ZONE, NOW), { kind: 'all' });
  });
  test('a state and its address lead to each other', () => {
    const state = fc.record(
      {
        q: fc.string({ maxLength: 60 }),
        range,
        order: fc.constantFrom(...(['asc', 'desc'] as const)),
        zone: fc.constantFrom(undefined, 'UTC', ZONE),
        columns: fc.constantFrom(undefined, ['actor'], ['/occurred_at', 'sentence']),
        rows: fc.constantFrom(undefined, 'dense' as const),
        event: fc.option(fc.uuid(), { nil: undefined }),
        isLive: fc.boolean(),
      },
      PLAIN,
    );
    fc.assert(
      fc.property(state, (one) => {
        assert.deepEqual(readState(writeState(one)), one);
        assert.deepEqual(stateOfText(stateText(one)), one);
      }),
    );
  });
});

describe('times as people write them', () => {
  const read = (text: string) => typedRange(text, ZONE, NOW);
  const at = (text: string) => Date.parse(text);
  const CASES: readonly (readonly [string, Range | undefined])[] = [
    ['3d', { kind: 'last', amount: 3, unit: 'd' }],
    [' 15 M ', { kind: 'last', amount: 15, unit: 'm' }],
    ['0d', undefined],
    ['yesterday', { kind: 'days', from: '2026-03-13', to: '2026-03-13' }],
    ['heute', { kind: 'days', from: '2026-03-14', to: '2026-03-14' }],
    ['14 mar', { kind: 'days', from: '2026-03-14', to: '2026-03-14' }],
    ['15 mar', { kind: 'days', from: '2025-03-15', to: '2025-03-15' }],
    ['mar 3', { kind: 'days', from: '2026-03-03', to: '2026-03-03' }],
    ['3. märz 2024', { kind: 'days', from: '2024-03-03', to: '2024-03-03' }],
    [
      '14 mar 9..12',
      { kind: 'moments', from: at('2026-03-14T08:00Z'), to: at('2026-03-14T11:00Z') },
    ],
    [
      '14 mar 9:30..10:15',
      { kind: 'moments', from: at('2026-03-14T08:30Z'), to: at('2026-03-14T09:15Z') },
    ],
    ['14 mar 9', { kind: 'moments', from: at('2026-03-14T08:00Z'), to: at('2026-03-14T09:00Z') }],
    ['2026-03-01..2026-03-14', { kind: 'days', from: '2026-03-01', to: '2026-03-14' }],
    ['1.3.2026..14.3.2026', { kind: 'days', from: '2026-03-01', to: '2026-03-14' }],
    ['1 mar – 3 mar', { kind: 'days', from: '2026-03-01', to: '2026-03-03' }],
    ['march', { kind: 'days', from: '2026-03-01', to: '2026-03-31' }],
    ['Feb 2024', { kind: 'days', from: '2024-02-01', to: '2024-02-29' }],
    ['dezember', { kind: 'days', from: '2025-12-01', to: '2025-12-31' }],
    ['2026-01', { kind: 'days', from: '2026-01-01', to: '2026-01-31' }],
    ['since march', { kind: 'days', from: '2026-03-01', to: '2026-03-14' }],
    ['seit 3. april', { kind: 'days', from: '2025-04-03', to: '2026-03-14' }],
    ['2026-02-20..', { kind: 'days', from: '2026-02-20', to: '2026-03-14' }],
    ['since 14 mar 9', { kind: 'moments', from: at('2026-03-14T08:00Z'), to: NOW }],
    ['since 2026-04-01', undefined],
    ['since soon', undefined],
    ['2026-13', undefined],
    ['3 mar..1 mar', undefined],
    ['30 feb', undefined],
    ['soon', undefined],
    ['14 mar and more', undefined],
    ['', undefined],
  ];
  for (const [text, wanted] of CASES) {
    test(JSON.stringify(text), () => assert.deepEqual(read(text), wanted));
  }
  test('nothing that is written breaks it', () => {
    fc.assert(fc.property(fc.string(), (text) => void read(text)));
  });
});
