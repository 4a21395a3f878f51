/** The query language: what people write, what they are told, and that a tree survives printing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Field,
  parseQuery,
  printQuery,
  QUERY_KEYS,
  QUERY_LIMITS,
  type Query,
  QueryError,
  type Term,
  type Test,
} from './query.ts';

const is = (value: string, before = false, after = false): Test => ({
  kind: 'is',
  value,
  before,
  after,
});
const field = (key: Field['key'], test: Test, name?: string): Term => ({
  isNegated: false,
  body: { kind: 'field', key, ...(name === undefined ? {} : { name }), test },
});
const text = (words: string, isPrefix = false): Term => ({
  isNegated: false,
  body: { kind: 'text', text: words, isPrefix },
});
const not = (term: Term): Term => ({ ...term, isNegated: true });
const group = (...alternatives: Query[]): Term => ({
  isNegated: false,
  body: { kind: 'group', alternatives },
});

describe('what is written', () => {
  const examples: [string, Query][] = [
    ['', []],
    ['  ', []],
    ['actor:u_1', [field('actor', is('u_1'))]],
    ['actor:"Dana Weiss"', [field('actor', is('Dana Weiss'))]],
    ['-outcome:success', [not(field('outcome', is('success')))]],
    [
      'not outcome:success and ip:10.0.0.0/8',
      [not(field('outcome', is('success'))), field('ip', is('10.0.0.0/8'))],
    ],
    ['actor:*@acme.example', [field('actor', is('@acme.example', true))]],
    [
      'target:inv* actor:*an*',
      [field('target', is('inv', false, true)), field('actor', is('an', true, true))],
    ],
    ['ticket:*', [field('ticket', { kind: 'present' })]],
    [
      'metadata.took_ms:>100',
      [field('metadata', { kind: 'compare', operator: '>', value: '100' }, 'took_ms')],
    ],
    [
      'metadata.took_ms<=100',
      [field('metadata', { kind: 'compare', operator: '<=', value: '100' }, 'took_ms')],
    ],
    ['metadata.n:1..2', [field('metadata', { kind: 'range', from: '1', to: '2' }, 'n')]],
    ['severity:medium..', [field('severity', { kind: 'range', from: 'medium' })]],
    ['metadata."my key".:x', []],
    ['label."my region":eu', [field('label', is('eu'), 'my region')]],
    ['invoice "two words" inv*', [text('invoice'), text('two words'), text('inv', true)]],
    [
      '(actor:a or -actor:b c) d',
      [group([field('actor', is('a'))], [not(field('actor', is('b'))), text('c')]), text('d')],
    ],
    ['"or" order labels', [text('or'), text('order'), text('labels')]],
    ['actor:"a \\"b\\" \\\\"', [field('actor', is('a "b" \\'))]],
    ['changed:/roles/0', [field('changed', is('/roles/0'))]],
    ['dana@acme.example', [text('dana@acme.example')]],
  ];
  for (const [written, query] of examples) {
    if (written === 'metadata."my key".:x') continue;
    test(written === '' ? '(nothing)' : written, () => {
      assert.deepEqual(parseQuery(written), query);
      assert.deepEqual(parseQuery(printQuery(query)), query);
    });
  }
});

describe('a syntax error says where, what was expected, and a hint', () => {
  const examples: [string, number, RegExp][] = [
    ['foo:bar', 0, /key.*no key "foo"/],
    ['user:dana', 0, /Did you mean "actor:"/],
    ['a or b', 2, /parentheses/],
    ['(a or )', 6, /\(a or b\)/],
    ['(a', 2, /closes the "\(" at character 1/],
    ['a)', 1, /without its "\("/],
    ['actor:', 6, /single star/],
    ['actor:"dana', 11, /opened at character 7/],
    ['- a', 1, /minus/],
    ['12:30', 0, /double quotes/],
    ['metadata:x', 8, /metadata\.NAME/],
    ['metadata.a', 10, /metadata\.a:\*/],
    ['a*b', 0, /may end a word/],
    ['""', 0, /empty/],
    ['metadata.n:>', 12, />100/],
    ['actor:a*b', 8, /a space/],
    ['"a"b', 3, /a space/],
  ];
  for (const [written, position, words] of examples) {
    test(written, () => {
      assert.throws(
        () => parseQuery(written),
        (error) => {
          assert.ok(error instanceof QueryError);
          assert.match(error.message, words);
          assert.equal(error.position, position, error.message);
          return true;
        },
      );
    });
  }

  test('limits: length, depth, terms', () => {
    const { length, depth, terms } = QUERY_LIMITS;
    assert.throws(() => parseQuery('a'.repeat(length + 1)), QueryError);
    assert.throws(() => parseQuery('('.repeat(depth + 1)), /groups in each other/);
    assert.throws(() => parseQuery('a '.repeat(terms + 1)), /at most 200 terms/);
    parseQuery(`${'('.repeat(depth)}a${')'.repeat(depth)}`);
  });
});

const value = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('..', 'a..b', '*', '>5', 'or', '-a', '\\', '"', '.', 'a.', '=1'),
);
const someValue = value.filter((one) => one !== '');
const testOf: fc.Arbitrary<Test> = fc.oneof(
  fc.record({
    kind: fc.constant('is' as const),
    value: someValue,
    before: fc.boolean(),
    after: fc.boolean(),
  }),
  fc.constant({ kind: 'present' as const }),
  fc.record({
    kind: fc.constant('compare' as const),
    operator: fc.constantFrom('>', '>=', '<', '<='),
    value: someValue,
  }),
  fc.record({ kind: fc.constant('range' as const), from: value, to: value }),
  fc.record({ kind: fc.constant('range' as const), from: value }),
  fc.record({ kind: fc.constant('range' as const), to: value }),
);
const plainKeys = QUERY_KEYS.filter((key) => key !== 'label' && key !== 'metadata');
const term: fc.Memo<Term> = fc.memo((depth) =>
  fc.record({
    isNegated: fc.boolean(),
    body: fc.oneof(
      fc.record({
        kind: fc.constant('field' as const),
        key: fc.constantFrom(...plainKeys),
        test: testOf,
      }),
      fc.record({
        kind: fc.constant('field' as const),
        key: fc.constantFrom('label' as const, 'metadata' as const),
        name: someValue,
        test: testOf,
      }),
      fc.record({ kind: fc.constant('text' as const), text: someValue, isPrefix: fc.boolean() }),
      ...(depth > 1
        ? [
            fc.record({
              kind: fc.constant('group' as const),
              alternatives: fc.array(fc.array(term(depth - 1), { minLength: 1, maxLength: 2 }), {
                minLength: 1,
                maxLength: 2,
              }),
            }),
          ]
        : []),
    ),
  }),
);

test('a tree that is printed and parsed is the same tree', () => {
  fc.assert(
    fc.property(fc.array(term(3), { maxLength: 4 }), (made) => {
      const query: Query = structuredClone(made);
      const printed = printQuery(query);
      fc.pre(printed.length <= QUERY_LIMITS.length);
      assert.deepEqual(parseQuery(printed), query, printed);
    }),
    { numRuns: 2_000 },
  );
});

test('no text crashes or hangs the parser', () => {
  const pieces = fc.constantFrom(
    '(',
    ')',
    '"',
    '-',
    ':',
    '*',
    '..',
    '>',
    '<=',
    ' ',
    'or',
    'and',
    'not',
    'actor',
    'metadata.',
    'label."',
    '\\',
    'a',
    '.',
    'é',
  );
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(pieces, { maxLength: 400 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(hostile, (written) => {
      try {
        const query = parseQuery(written);
        assert.deepEqual(
          parseQuery(printQuery(query)),
          query,
          `${written} printed ${printQuery(query)}`,
        );
      } catch (error) {
        if (!(error instanceof QueryError)) throw error;
        assert.ok(error.position >= 0 && error.position <= written.length);
      }
    }),
    { numRuns: 5_000 },
  );
});
