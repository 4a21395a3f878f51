import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Frame, Frames, FrameTooLong } from './sse.ts';

const read = (...pieces: string[]): Frame[] => {
  const frames = new Frames();
  return pieces.flatMap((piece) => frames.push(piece));
};

test('fields, comments, several lines of data, and the id that stays', () => {
  const text =
    ': hello\n\nid: a\nevent: place\ndata: {}\n\n' +
    'event:event\ndata: {"x":\ndata:  1}\nunknown: 7\nretry: 5\n\n' +
    ': still here\n\nid\n\ndata\n\n';
  assert.deepEqual(read(text), [
    { id: 'a', event: 'place', data: '{}' },
    { id: 'a', event: 'event', data: '{"x":\n 1}' },
    { id: '', event: 'message', data: '' },
    { id: '', event: 'message', data: '' },
  ]);
});

test('an unfinished frame is none', () => {
  assert.deepEqual(read('id: a\ndata: 1\n\nid: b\ndata: 2\n'), [
    { id: 'a', event: 'message', data: '1' },
  ]);
});

test('line ends and cuts make no difference', () => {
  const line = fc.constantFrom('id: 1', 'id: 2\0', 'event: event', 'data: x', 'data:', ': c', '');
  const lines = fc.array(line, { maxLength: 30 });
  const cuts = fc.array(fc.nat(200), { maxLength: 40 });
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\r\n', '\r'), cuts, (each, lineEnd, places) => {
      const text = each.map((one) => one + lineEnd).join('');
      const at = [0, ...places.map((place) => place % (text.length + 1)), text.length];
      const sorted = at.toSorted((one, other) => one - other);
      const pieces = sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
      assert.deepEqual(read(...pieces), read(each.map((one) => `${one}\n`).join('')));
    }),
  );
});

test('a frame that never ends is refused, one that is long is not', () => {
  const long = `data: ${'x'.repeat(500_000)}\n`;
  assert.equal(read(long, '\n', long, '\n').length, 2);
  assert.throws(() => read(long, long, long), FrameTooLong);
  assert.throws(() => read('x'.repeat(2 ** 20 + 1)), FrameTooLong);
});
