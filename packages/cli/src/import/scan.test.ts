import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Item, RECORD_BYTES_MAX, Scanner, type Shape } from './scan.ts';

/** The items of the text, given in chunks that end at these places. */
const scan = (text: string | Uint8Array, cuts: readonly number[] = [], shape: Shape = 'auto') => {
  const bytes = Buffer.from(text);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  const scanner = new Scanner(shape);
  const items: Item[] = [];
  let from = 0;
  for (const to of places.toSorted((left, right) => left - right)) {
    items.push(...scanner.push(bytes.subarray(from, to)));
    from = to;
  }
  return [...items, ...scanner.end()];
};

const values = (items: readonly Item[]): unknown[] =>
  items.map((item) => {
    assert.equal(item.kind, 'record', JSON.stringify(item));
    return item.kind === 'record' ? JSON.parse(item.text) : undefined;
  });
const kinds = (items: readonly Item[]) => items.map(({ kind }) => kind);

/** JSON with every sign that could mislead a scanner, in keys and values. */
const awkward = fc.string({
  unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '\n', ' ', 'é', '😀', 'x'),
});
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    awkward,
    fc.constantFrom(null, true, false, 0, -1.5e-7, 12),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(awkward, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const cuts = fc.array(fc.nat(4_000), { maxLength: 12 });
const indent = fc.constantFrom(undefined, 1, 2, '\t');

describe('any input in any chunks gives its records', () => {
  test('an array', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 6 }), indent, cuts, (records, space, places) => {
        const text = JSON.stringify(records, null, space);
        assert.deepEqual(values(scan(text, places)), JSON.parse(text));
        assert.deepEqual(values(scan(`\ufeff ${text}\n`, places)), JSON.parse(text));
      }),
    );
  });

  for (const name of ['Records', 'entries']) {
    test(`the ${name} of a wrapper, and of several one after the other`, () => {
      const record = fc.dictionary(awkward, json, { maxKeys: 3 });
      fc.assert(
        fc.property(fc.array(record, { maxLength: 5 }), indent, cuts, (records, space, places) => {
          const text = JSON.stringify({ [name]: records, more: [{ a: '}' }] }, null, space);
          const inside: unknown[] = JSON.parse(text)[name];
          assert.deepEqual(values(scan(text, places)), inside);
          assert.deepEqual(values(scan(`${text}\n${text}`, places)), [...inside, ...inside]);
        }),
      );
    });
  }

  test('objects, one a line or over several lines', () => {
    const record = fc.dictionary(awkward, json, { minKeys: 1, maxKeys: 3 });
    const many = fc.array(record, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(many, indent, cuts, (records, space, places) => {
        const text = records.map((each) => JSON.stringify(each, null, space)).join('\n');
        assert.deepEqual(values(scan(text, places)), JSON.parse(JSON.stringify(records)));
      }),
    );
  });

  test('one a line, in the shape for lines', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 6 }), cuts, (records, places) => {
        const text = records.map((each) => `${JSON.stringify(each)}\r\n\n`).join('');
        assert.deepEqual(values(scan(text, places, 'lines')), JSON.parse(JSON.stringify(records)));
      }),
    );
  });
});

test('a cut array is said to be cut, after its whole records', () => {
  fc.assert(
    fc.property(fc.array(json, { minLength: 1 }), fc.nat(), cuts, (records, at, places) => {
      const bytes = Buffer.from(JSON.stringify(records));
      const cut = bytes.subarray(0, 1 + (at % (bytes.length - 1)));
      const items = scan(cut, places);
      const last = items.pop();
      assert.equal(last?.kind, 'broken');
      assert.match(last?.kind === 'broken' ? last.reason : '', /^the file ends inside/);
      assert.deepEqual(values(items), JSON.parse(JSON.stringify(records)).slice(0, items.length));
    }),
  );
});

test('a record keeps its text exactly, and its line', () => {
  const text = '{"Records" : [\n  {"a":1.00, "b":"\\u00e9"},\n\n {\n}\n]}';
  assert.deepEqual(scan(text), [
    { kind: 'record', text: '{"a":1.00, "b":"\\u00e9"}', line: 2 },
    { kind: 'record', text: '{\n}', line: 4 },
  ]);
  assert.deepEqual(scan('{"a": 1 }\n\n{"b":2}\n'), [
    { kind: 'record', text: '{"a": 1 }', line: 1 },
    { kind: 'record', text: '{"b":2}', line: 3 },
  ]);
});

test('an object that only looks like a wrapper is a record', () => {
  const texts = ['{"entries":0}', '{"Entries":[1]}', '{"Rntries":[1]}', '{"eecords":[1]}'];
  for (const text of [
    ...texts,
    '{"Records":{}}',
    '{"Record":[1]}',
    '{"a":{"Records":[1]}}',
    '{}',
    '{ }',
  ]) {
    assert.deepEqual(values(scan(text)), [JSON.parse(text)]);
  }
});

test('a wrong line spoils no other', () => {
  const items = scan('{"a":1}\n{"b": "\n[}\nnonsense\n{"c":3}');
  assert.deepEqual(kinds(items), ['record', 'record', 'record', 'record', 'record']);
  assert.deepEqual(items.at(-1), { kind: 'record', text: '{"c":3}', line: 5 });
});

test('what cannot be cut is said, with its line', () => {
  const broken: Array<[string, RegExp, number]> = [
    ['id,name\n1,2\n', /this is not JSON/, 1],
    ['[{} {}]', /comma/, 1],
    ['[{},\n]', /missing/, 2],
    ['[,{}]', /missing/, 1],
    ['[{}}', /comma/, 1],
    ['[{"a":1},\n{"b":', /ends inside a record that begins at line 2/, 2],
    ['{"Records":[{}]', /ends inside an object/, 1],
    ['[1', /ends inside a record/, 1],
  ];
  for (const [text, reason, line] of broken) {
    const last = scan(text).at(-1);
    assert.equal(last?.kind, 'broken', text);
    assert.match(last?.kind === 'broken' ? last.reason : '', reason);
    assert.equal(last?.line, line, text);
  }
  assert.deepEqual(scan(''), []);
  assert.deepEqual(scan(' \n'), []);
});

test('a record that is too large or not UTF-8 is left out, the next one is not', () => {
  const large = `{"a":"${'x'.repeat(RECORD_BYTES_MAX)}"}`;
  for (const text of [`[${large},\n{"b":1}]`, `{"b":0}\n${large}\n{"b":1}`]) {
    const items = scan(text, [5, 70_000, 900_000]);
    assert(kinds(items).includes('bad'));
    assert.deepEqual(values(items.slice(-1)), [{ b: 1 }]);
  }
  const wrong = Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xff]), Buffer.from('"},{}]')]);
  assert.deepEqual(scan(wrong), [
    { kind: 'bad', reason: 'not valid UTF-8', line: 1 },
    { kind: 'record', text: '{}', line: 1 },
  ]);
});

test('deep nesting costs no stack', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  assert.deepEqual(scan(`[${deep},{}]`, [100_000]), [
    { kind: 'record', text: deep, line: 1 },
    { kind: 'record', text: '{}', line: 1 },
  ]);
});
