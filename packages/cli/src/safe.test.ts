import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clean, cleanJson, cut, pad, widthOf } from './safe.ts';
import { layOut, lineOf } from './table.ts';

const HOSTILE = [
  '\u001b]0;owned\u0007',
  '\u001b[2J\u001b[H',
  '\u009b31m',
  'a\rb',
  'a\nroot  deleted everything',
  '\u202eexe.gpj',
  '\u2066x\u2069',
  'a\u2028b',
];
const ACTED_UPON = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

test('nothing that a terminal acts upon is left', () => {
  for (const text of HOSTILE) {
    assert.doesNotMatch(clean(text), ACTED_UPON);
    assert.doesNotMatch(cleanJson({ [text]: text }), ACTED_UPON);
    assert.deepEqual(JSON.parse(cleanJson({ [text]: text })), { [text]: text });
  }
  assert.equal(clean('Ådå 😀 李'), 'Ådå 😀 李');
});

test('width counts what a terminal shows', () => {
  assert.equal(widthOf('abc'), 3);
  assert.equal(widthOf('e\u0301'), 1);
  assert.equal(widthOf('李'), 2);
  assert.equal(widthOf('👩‍👩‍👧'), 2);
  assert.equal(cut('李李李', 4), '李…');
  assert.equal(cut('abc', 3), 'abc');
  assert.equal(pad('李', 4), '李  ');
});

test('no line of any table is wider than the terminal', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom(...HOSTILE),
  );
  const rows = fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { minLength: 1 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 120 }), (table, columns) => {
      const layout = layOut(table, columns);
      for (const row of table) {
        const line = lineOf(row, layout);
        assert(widthOf(line) <= columns, line);
        assert.doesNotMatch(line, ACTED_UPON);
      }
    }),
  );
  const layout = layOut([['a', 'x'.repeat(300)]], undefined);
  assert.equal(lineOf(['a', 'x'.repeat(300)], layout).length, 303);
});
