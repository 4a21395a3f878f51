import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Change, differenceOf, labelOf, shownOf } from './differences.ts';

const change = (before: unknown, after: unknown): Change => ({ path: '/x', before, after });
const ERASED = { _erased: 'a'.repeat(43) };

describe('what a change looks like', () => {
  test('not set, null and empty text are three things', () => {
    assert.deepEqual(
      [undefined, null, '', ERASED, 0].map((one) => shownOf(one).kind),
      ['not-set', 'null', 'empty', 'erased', 'text'],
    );
    const { kind, ...rest } = differenceOf({ path: '/x', after: '' });
    assert.deepEqual(
      [kind, rest],
      ['scalar', { before: { kind: 'not-set' }, after: { kind: 'empty' } }],
    );
  });
  test('a secret is changed, a view without values says so', () => {
    assert.deepEqual(differenceOf({ path: '/pin', secret: true }), { kind: 'secret' });
    assert.deepEqual(differenceOf({ path: '/x' }), { kind: 'hidden' });
  });
  test('lists: what came, what went, or another order', () => {
    assert.deepEqual(differenceOf(change(['a', 'b', 'b'], ['b', 'c', 'd'])), {
      kind: 'list',
      added: ['c', 'd'],
      removed: ['a', 'b'],
      unchanged: 1,
      hasOrderChanged: false,
    });
    const turned = differenceOf(change([1, 2], [2, 1]));
    assert.ok(turned.kind === 'list' && turned.hasOrderChanged);
  });
  test('structures: a row for each leaf that differs', () => {
    const found = differenceOf(
      change({ a: { b: 1, c: 2 }, d: [] }, { a: { b: 1, c: 3 }, e: null }),
    );
    assert.ok(found.kind === 'leaves');
    assert.deepEqual(
      found.leaves.map(({ path }) => path),
      ['a/c', 'd', 'e'],
    );
  });
  test('long texts: word by word, with two lines around', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at} of a long text`);
    const other = lines.with(15, 'line 15 of a short text');
    const found = differenceOf(change(lines.join('\n'), other.join('\n')));
    assert.ok(found.kind === 'text');
    assert.equal(found.lines.length, 5);
    const marks = found.lines.flat().filter(({ mark }) => mark !== 'same');
    assert.deepEqual(
      marks.map(({ text }) => text),
      ['long', 'short'],
    );
  });
  test('a path is read as words', () => {
    assert.equal(labelOf({ path: '/address/zip~1code' }), 'address › zip/code');
    assert.equal(labelOf({ path: '/zip', label: 'ZIP code' }), 'ZIP code');
  });
  test('no value breaks it, and what is added and removed is told whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { maxLength: 8 }),
        fc.array(fc.string(), { maxLength: 8 }),
        (one, other) => {
          const found = differenceOf(change(one, other));
          assert.ok(found.kind === 'list');
          assert.equal(found.unchanged + found.added.length, other.length);
          assert.equal(found.unchanged + found.removed.length, one.length);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        (one, other) => void differenceOf(change(one, other)),
      ),
    );
  });
});
