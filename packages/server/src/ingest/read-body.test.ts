/** What a body is taken for, before anything of it is checked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '@annals/contract/event';
import fc from 'fast-check';
import { readBody } from './read-body.ts';

const read = (text: string, isNdjson: boolean) => readBody(Buffer.from(text, 'utf8'), isNdjson);

/** How often JSON is parsed meanwhile. */
function parsesOf(work: () => void): number {
  const original = JSON.parse;
  let calls = 0;
  JSON.parse = (text: string) => {
    calls++;
    return original(text);
  };
  try {
    work();
  } finally {
    JSON.parse = original;
  }
  return calls;
}

test('too many lines are refused before any of them is parsed', () => {
  const text = '1\n'.repeat(1_000_000);
  const parses = parsesOf(() =>
    assert.throws(() => read(text, true), { code: 'too_many_events', message: /more than 1000/ }),
  );
  assert.ok(parses <= LIMITS.requestEvents, `${parses} lines were parsed`);
});

test('a list too long is refused', () => {
  assert.throws(() => read(`[${'1,'.repeat(1_000)}1]`, false), { code: 'too_many_events' });
  assert.equal(read(`[${'1,'.repeat(999)}1]`, false).items.length, 1_000);
});

test('lines are those that are not blank, whatever ends them', () => {
  const blank = fc.stringMatching(/^[ \t\r\n]*$/);
  const value = fc.jsonValue();
  fc.assert(
    fc.property(fc.array(fc.tuple(blank, value), { minLength: 1 }), blank, (pairs, last) => {
      const text =
        pairs.map(([before, one]) => `${before}${JSON.stringify(one)}\n`).join('') + last;
      const items = pairs.map(([, one]) => ({ value: JSON.parse(JSON.stringify(one)) }));
      assert.deepEqual(read(text, true).items, items);
    }),
  );
});

test('a line that is no JSON is one item that says where, and quotes nothing', () => {
  const [good, bad, short, word] = read('{"a":1}\n{"zq" zq}\n{"zq":\nzq\n', true).items;
  assert.deepEqual(good, { value: { a: 1 } });
  assert.deepEqual(bad, { unreadable: 'Not valid JSON at character 6.' });
  assert.deepEqual(short, { unreadable: 'The JSON ends too early.' });
  assert.deepEqual(word, { unreadable: 'This is not JSON.' });
});

test('only escapes that may stand for U+0000 or half a pair make a body suspicious', () => {
  for (const text of ['"\\u0000"', '"\\ud83d\\ude00"', '"\\uDFFF"', '"\\\\u0000"']) {
    assert.equal(read(text, false).isSuspicious, true, text);
  }
  for (const text of ['"\\u0001"', '"\\ue000"', '"😀"', '"\\u00e9"', '{"ud800":1}']) {
    assert.equal(read(text, false).isSuspicious, false, text);
  }
});
