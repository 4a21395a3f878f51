import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { CURSOR_KEY_BYTES, type CursorContent, Cursors } from './cursor.ts';

const cursors = new Cursors(randomBytes(CURSOR_KEY_BYTES));
const END_OF_TIME_MS = 8.64e15;
const ms = fc.integer({ min: -END_OF_TIME_MS, max: END_OF_TIME_MS });
const sequence = fc.integer({ min: 0, max: 2 ** 32 });
const content = fc
  .tuple(ms, sequence, ms, ms, ms, fc.constantFrom<'asc' | 'desc'>('asc', 'desc'))
  .map(
    ([occurredAt, n, from, to, asOf, order]): CursorContent => ({
      after: { occurredAt, sequence: n },
      from,
      to,
      order,
      asOf,
    }),
  );

test('a cursor opens to what was sealed, for its binding only', () => {
  fc.assert(
    fc.property(content, fc.string(), fc.string(), (one, binding, other) => {
      const text = cursors.seal(one, binding);
      assert.match(text, /^[A-Za-z0-9_-]+$/, 'needs no escape in an address');
      assert.deepEqual(cursors.open(text, binding), one);
      if (other !== binding) assert.equal(cursors.open(text, other), undefined);
    }),
  );
});

test('a cursor tells nothing of the place, and two of one place differ', () => {
  const one = {
    after: { occurredAt: 1, sequence: 2 },
    from: 0,
    to: 9,
    order: 'asc',
    asOf: 7,
  } as const;
  const texts = new Set(Array.from({ length: 100 }, () => cursors.seal(one, 'b')));
  assert.equal(texts.size, 100);
  const far = { ...one, after: { occurredAt: 1, sequence: 3 } };
  const bytes = (text: string) => Buffer.from(text, 'base64url').toString('latin1');
  assert.ok(![...texts].some((text) => bytes(text).includes('[1,2')));
  assert.equal(bytes(cursors.seal(far, 'b')).length, bytes([...texts][0] ?? '').length);
});

test('another key opens nothing', () => {
  const others = new Cursors(randomBytes(CURSOR_KEY_BYTES));
  fc.assert(
    fc.property(content, (one) => {
      assert.equal(others.open(cursors.seal(one, 'b'), 'b'), undefined);
    }),
  );
});

test('garbage and tampered cursors open to nothing, and never throw', () => {
  const garbage = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.base64String(),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  );
  fc.assert(
    fc.property(garbage, (text) => {
      assert.equal(cursors.open(text, 'b'), undefined);
    }),
  );
  fc.assert(
    fc.property(content, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, place, mask) => {
      const bytes = Buffer.from(cursors.seal(one, 'b'), 'base64url');
      const index = place % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ mask;
      assert.equal(cursors.open(bytes.toString('base64url'), 'b'), undefined);
      const cut = bytes.subarray(0, index).toString('base64url');
      assert.equal(cursors.open(cut, 'b'), undefined);
    }),
  );
});
