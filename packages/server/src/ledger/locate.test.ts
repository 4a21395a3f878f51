/** Which event is out of place, when all are themselves: on leaves without a database. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { EMPTY_RANGE, extendRange, rangeToBytes } from '@annals/contract/tree';
import { locateDisorder } from './locate.ts';

/** Two whole tiles and a tail of 64 + 16 + 8. */
const SIZE = 600;
const leaf = (n: number): Uint8Array => createHash('sha256').update(`leaf ${n}`).digest();
const LEAVES = Array.from({ length: SIZE }, (_, n) => leaf(n));

/** The tree as it was recorded over the untouched leaves. */
const tiles = new Map<number, Uint8Array>();
const recorded = extendRange(EMPTY_RANGE, LEAVES, (level, index, hash) => {
  if (level === 1) tiles.set(index, hash);
});

const locate = (leaves: readonly Uint8Array[], first: number) =>
  locateDisorder(
    { first: first - (first % 256), size: SIZE, range: rangeToBytes(recorded) },
    async (from, limit) => leaves.slice(from, from + limit),
    async (from, limit) => new Map([...tiles].filter(([n]) => n >= from && n < from + limit)),
  );

function swapped(one: number, other: number): Uint8Array[] {
  const leaves = [...LEAVES];
  leaves[one] = leaf(other);
  leaves[other] = leaf(one);
  return leaves;
}

for (const sequence of [0, 255, 512, 575, 576, SIZE - 1]) {
  test(`an event inserted at ${sequence}`, async () => {
    const found = await locate(LEAVES.toSpliced(sequence, 0, leaf(-1)), sequence);
    assert.deepEqual([found.kind, found.sequence], ['inserted', sequence]);
  });
}

for (const [one, other] of [
  [0, 1],
  [3, 250],
  [255, 256],
  [511, 512],
  [3, 590],
  [575, 576],
  [591, 592],
  [512, 599],
  [598, 599],
] as const) {
  test(`events ${one} and ${other} swapped`, async () => {
    const found = await locate(swapped(one, other), one);
    assert.deepEqual([found.kind, found.sequence], ['swapped', one]);
    assert.match(found.detail, new RegExp(`${one} and ${other}`));
  });
}

test('for anything else the answer is where the first difference lies', async () => {
  const cases: readonly [Uint8Array[], number, RegExp][] = [
    [LEAVES.with(530, leaf(-1)), 512, /from 512 to 575/],
    [LEAVES.with(599, leaf(-1)), 592, /from 592 to 599/],
    [
      [...LEAVES.slice(256, 512), ...LEAVES.slice(0, 256), ...LEAVES.slice(512)],
      0,
      /from 0 to 255/,
    ],
  ];
  for (const [leaves, sequence, words] of cases) {
    const found = await locate(leaves, sequence);
    assert.deepEqual([found.kind, found.sequence], ['tree', sequence]);
    assert.match(found.detail, words);
  }
});
