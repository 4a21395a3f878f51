import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical.ts';

test('the values vector of RFC 8785 §3.2.2', () => {
  const input = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`;
  assert.equal(
    canonicalJson(JSON.parse(input)),
    '{"literals":[null,true,false],' +
      '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('the key order vector: UTF-16 code units, so U+1F602 before U+FB33', () => {
  const keys = ['\u20ac', '\r', '\n', '1', '\u0080', '\u{1f602}', '\u00f6', '\ufb33', '</script>'];
  const sorted = [
    '\n',
    '\r',
    '1',
    '</script>',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\u{1f602}',
    '\ufb33',
  ];
  const printed = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
  assert.equal(printed, `{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`);
});

test('the number vectors of RFC 8785 appendix B', () => {
  const vectors: readonly (readonly [bigint, string])[] = [
    [0x0000000000000000n, '0'],
    [0x8000000000000000n, '0'],
    [0x0000000000000001n, '5e-324'],
    [0x8000000000000001n, '-5e-324'],
    [0x7fefffffffffffffn, '1.7976931348623157e+308'],
    [0x4340000000000000n, '9007199254740992'],
    [0xc340000000000000n, '-9007199254740992'],
    [0x4430000000000000n, '295147905179352830000'],
    [0x44b52d02c7e14af5n, '9.999999999999997e+22'],
    [0x44b52d02c7e14af6n, '1e+23'],
    [0x44b52d02c7e14af7n, '1.0000000000000001e+23'],
    [0x444b1ae4d6e2ef4en, '999999999999999700000'],
    [0x444b1ae4d6e2ef4fn, '999999999999999900000'],
    [0x444b1ae4d6e2ef50n, '1e+21'],
    [0x3eb0c6f7a0b5ed8cn, '9.999999999999997e-7'],
    [0x3eb0c6f7a0b5ed8dn, '0.000001'],
    [0x41b3de4355555553n, '333333333.3333332'],
    [0xbecbf647612f3696n, '-0.0000033333333333333333'],
    [0x43143ff3c1cb0959n, '1424953923781206.2'],
  ];
  for (const [bits, text] of vectors) {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, bits);
    assert.equal(canonicalJson(view.getFloat64(0)), text);
  }
});

test('empty containers, nesting, and a key named __proto__', () => {
  assert.equal(canonicalJson([]), '[]');
  assert.equal(canonicalJson({}), '{}');
  assert.equal(canonicalJson(Object.create(null)), '{}');
  assert.equal(
    canonicalJson(JSON.parse('{"b":[{}, [] ],"__proto__":{"z":1,"a":2}}')),
    '{"__proto__":{"a":2,"z":1},"b":[{},[]]}',
  );
});

test('what JSON cannot carry is refused at any depth', () => {
  const bad: readonly unknown[] = [
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1n,
    Symbol('s'),
    () => 1,
    'a\ud800',
    '\udc00a',
    new Date(0),
    new Map(),
    new Uint8Array(1),
    { toJSON: () => 1 },
  ];
  for (const value of bad) {
    assert.throws(() => canonicalJson(value), TypeError);
    assert.throws(() => canonicalJson([1, value]), TypeError);
    assert.throws(() => canonicalJson({ a: { b: value } }), TypeError);
  }
  assert.throws(() => canonicalJson({ 'a\ud800': 1 }), TypeError);
  assert.throws(() => canonicalJson(new Array(1)), TypeError);
});

/** The same value with the members of each object in another order. */
const reversed = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
};

test('it is JSON of the same value, whatever the order of keys', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(JSON.parse(text)), text);
      assert.equal(canonicalJson(reversed(value)), text);
    }),
  );
});
