import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memberText } from './pick.ts';

test('the member’s text is exactly what stands there', () => {
  const text = '{ "a,}": "\\"}{", "log" : {"n": 1.00, "t": ["]}", {}]} , "z": null}';
  const value: unknown = JSON.parse(text);
  assert.equal(memberText(text, value, 'log'), '{"n": 1.00, "t": ["]}", {}]}');
  assert.equal(memberText(text, value, 'a,}'), '"\\"}{"');
  assert.equal(memberText(text, value, 'z'), 'null');
  assert.equal(memberText(text, value, 'n'), undefined);
  assert.equal(memberText(text, value, 'toString'), undefined);
  assert.equal(memberText('[1]', [1], '0'), undefined);
  assert.equal(memberText('{"a":1,"\\u0061":2}', { a: 2 }, 'a'), '2');
});

test('for any object, the member’s text says the member', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(4), (record, space) => {
      const text = JSON.stringify(record, null, space);
      const value = JSON.parse(text);
      for (const name of Object.keys(value)) {
        const found = memberText(text, value, name) ?? assert.fail(name);
        assert.deepEqual(JSON.parse(found), value[name]);
      }
    }),
  );
});
