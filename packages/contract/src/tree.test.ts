import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type CompactRange,
  consistencyProof,
  EMPTY_RANGE,
  extendRange,
  inclusionProof,
  rangeFromBytes,
  rangeRoot,
  rangeToBytes,
  subtreeRoot,
  verifyConsistency,
  verifyInclusion,
} from './tree.ts';

const bytes = (text: string, encoding: 'hex' | 'base64') =>
  Uint8Array.from(Buffer.from(text, encoding));
const hex = (hash: Uint8Array) => Buffer.from(hash).toString('hex');
const sha256 = (...parts: readonly (Uint8Array | number)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? Uint8Array.of(part) : part);
  return Uint8Array.from(hash.digest());
};

/** MTH written down as RFC 6962 §2.1 has it, but over leaf hashes. */
const naiveRoot = (hashes: readonly Uint8Array[]): Uint8Array => {
  const [first, second] = hashes;
  if (first === undefined) return sha256();
  if (second === undefined) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return sha256(1, naiveRoot(hashes.slice(0, split)), naiveRoot(hashes.slice(split)));
};

const leaf = (index: number) => sha256(0, Buffer.from(`leaf ${index}`));
const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => leaf(index));

// The eight leaves of the Certificate Transparency tests (transparency-dev/merkle).
const published = [
  ...['', '00', '10', '2021', '3031', '40414243', '5051525354555657'],
  '606162636465666768696a6b6c6d6e6f',
].map((text) => sha256(0, bytes(text, 'hex')));
const publishedRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
].map((root) => bytes(root, 'hex'));
const base64 = (texts: readonly string[]) => texts.map((text) => bytes(text, 'base64'));
const rootOf = (size: number) => publishedRoots[size] ?? assert.fail('no such root');

test('the published roots of sizes 0 to 8', () => {
  for (const [size, root] of publishedRoots.entries()) {
    assert.equal(hex(subtreeRoot(published.slice(0, size))), hex(root));
  }
});

test('the published inclusion proof of leaf 5 in size 8', () => {
  const path = base64([
    'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=',
    'yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=',
    '037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=',
  ]);
  const leafHash = bytes('4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658', 'hex');
  assert.deepEqual(published[5], leafHash);
  assert.deepEqual(inclusionProof(published, 5), path);
  assert.ok(verifyInclusion(5, 8, leafHash, path, rootOf(8)));
});

test('the published consistency proofs 6 to 7 and 1 to 8', () => {
  const sixToSeven = base64([
    'DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=',
    'sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=',
    '037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=',
  ]);
  const oneToEight = base64([
    'lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=',
    'Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=',
    'a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=',
  ]);
  assert.deepEqual(consistencyProof(published.slice(0, 7), 6), sixToSeven);
  assert.deepEqual(consistencyProof(published, 1), oneToEight);
  assert.ok(verifyConsistency(6, 7, sixToSeven, rootOf(6), rootOf(7)));
  assert.ok(verifyConsistency(1, 8, oneToEight, rootOf(1), rootOf(8)));
});

test('every size to 70: roots, and every inclusion proof', () => {
  const leaves = leavesOf(70);
  for (let size = 0; size <= leaves.length; size += 1) {
    const hashes = leaves.slice(0, size);
    const root = naiveRoot(hashes);
    assert.equal(hex(subtreeRoot(hashes)), hex(root));
    for (const [index, hash] of hashes.entries()) {
      assert.ok(verifyInclusion(index, size, hash, inclusionProof(hashes, index), root));
    }
  }
});

test('every pair of sizes to 40: consistency', () => {
  const leaves = leavesOf(40);
  for (let newSize = 1; newSize <= leaves.length; newSize += 1) {
    const hashes = leaves.slice(0, newSize);
    const root = naiveRoot(hashes);
    for (let oldSize = 1; oldSize <= newSize; oldSize += 1) {
      const proof = consistencyProof(hashes, oldSize);
      const oldRoot = naiveRoot(hashes.slice(0, oldSize));
      assert.ok(verifyConsistency(oldSize, newSize, proof, oldRoot, root));
    }
  }
});

test('appended in any portions, a range has the same nodes, and its input stays', () => {
  const portions = fc.array(fc.nat(80), { maxLength: 8 });
  fc.assert(
    fc.property(portions, (counts) => {
      const leaves = leavesOf(counts.reduce((sum, count) => sum + count, 0));
      let range: CompactRange = EMPTY_RANGE;
      for (const count of counts) {
        const [nodes, before] = [range.nodes, [...range.nodes]];
        const read = rangeFromBytes(range.size, rangeToBytes(range));
        assert.deepEqual(read, range);
        const added = leaves.slice(range.size, range.size + count);
        const next = extendRange(range, added);
        assert.deepEqual(nodes, before);
        assert.deepEqual(extendRange(read, added), next);
        range = next;
      }
      assert.equal(range.size, leaves.length);
      assert.equal(hex(rangeRoot(range)), hex(naiveRoot(leaves)));
    }),
  );
  assert.deepEqual(EMPTY_RANGE, { size: 0, nodes: [] });
});

test('each completed 256-wide subtree is told once, in order, with its root', () => {
  const leaves = leavesOf(256 * 256 + 300);
  const told: { level: number; index: number; hash: string }[] = [];
  const onTile = (level: number, index: number, hash: Uint8Array) => {
    told.push({ level, index, hash: hex(hash) });
  };
  let range = extendRange(EMPTY_RANGE, leaves.slice(0, 1_000), onTile);
  range = extendRange(range, leaves.slice(1_000), onTile);
  const first = told.filter(({ level }) => level === 1);
  assert.deepEqual(
    first.map(({ index }) => index),
    Array.from({ length: 257 }, (_, index) => index),
  );
  for (const { index, hash } of [first[0], first[1], first[3], first[256]].map((tile) => {
    assert.ok(tile);
    return tile;
  })) {
    assert.equal(hash, hex(naiveRoot(leaves.slice(index * 256, (index + 1) * 256))));
  }
  const second = told.filter(({ level }) => level === 2);
  const root = hex(naiveRoot(leaves.slice(0, 65_536)));
  assert.deepEqual(second, [{ level: 2, index: 0, hash: root }]);
  assert.equal(told.length, 258);
  assert.equal(hex(rangeRoot(range)), hex(naiveRoot(leaves)));
});

test('sizes beyond 32 bits: a tree is extended, kept and told of as a small one', () => {
  const size = 2 ** 40 + 255;
  const range = rangeFromBytes(size, new Uint8Array(32 * 9).fill(5));
  assert.equal(range.nodes.length, 9);
  const told: number[][] = [];
  const next = extendRange(range, [leaf(0)], (level, index) => told.push([level, index]));
  assert.equal(next.size, 2 ** 40 + 256);
  assert.equal(next.nodes.length, 2);
  assert.deepEqual(told, [[1, 2 ** 32]]);
  const largest = Number.MAX_SAFE_INTEGER;
  assert.equal(rangeFromBytes(largest, new Uint8Array(32 * 53)).nodes.length, 53);
  const full = { size: largest, nodes: [] };
  assert.throws(() => extendRange(full, [leaf(0)]), RangeError);
});

test('proofs in trees beyond 32 bits', () => {
  // 2^40 leaves and one more: the last leaf's path is the root of the others.
  const size = 2 ** 40 + 1;
  const others = leaf(1);
  const root = sha256(1, others, leaf(2));
  assert.ok(verifyInclusion(size - 1, size, leaf(2), [others], root));
  assert.ok(!verifyInclusion(0, size, leaf(2), [others], root));
  assert.ok(verifyConsistency(size - 1, size, [leaf(2)], others, root));
  assert.ok(!verifyConsistency(size - 2, size, [leaf(2)], others, root));
});

test('a wrong number of bytes is refused', () => {
  for (const [size, length] of [
    ...[
      [0, 1],
      [0, 32],
      [1, 0],
      [1, 31],
      [1, 33],
      [3, 32],
      [4, 64],
    ],
    ...[
      [-1, 32],
      [0.5, 0],
      [Number.NaN, 0],
      [2 ** 53, 32],
    ],
  ]) {
    const read = () => rangeFromBytes(size ?? 0, new Uint8Array(length ?? 0));
    assert.throws(read, RangeError, `${size}: ${length}`);
  }
  assert.throws(() => extendRange(EMPTY_RANGE, [new Uint8Array(31)]), RangeError);
  assert.throws(() => extendRange({ size: 1, nodes: [] }, [leaf(0)]), RangeError);
});

test('a range does not share the bytes it was read from', () => {
  const stored = rangeToBytes(extendRange(EMPTY_RANGE, leavesOf(3)));
  const range = rangeFromBytes(3, stored);
  stored.fill(0);
  assert.equal(hex(rangeRoot(range)), hex(naiveRoot(leavesOf(3))));
});

/** Every way to change a list of hashes a little: one bit of each byte, one less, more, swapped. */
const mutations = (hashes: readonly Uint8Array[]): Uint8Array[][] => {
  const changed: Uint8Array[][] = [];
  for (const [index, hash] of hashes.entries()) {
    for (let byte = 0; byte < hash.length; byte += 1) {
      const other = Uint8Array.from(hash);
      other[byte] = (other[byte] ?? 0) ^ (1 << (byte % 8));
      changed.push(hashes.with(index, other));
    }
    changed.push(hashes.toSpliced(index, 1));
    changed.push(hashes.toSpliced(index, 0, hash));
    changed.push(hashes.with(index, hash.slice(0, 31)));
    changed.push(hashes.with(index, Uint8Array.of(...hash, 0)));
    const next = hashes[index + 1];
    if (next !== undefined) changed.push(hashes.with(index, next).with(index + 1, hash));
  }
  return [...changed, [...hashes, leaf(99)], [leaf(99), ...hashes]];
};

test('a changed inclusion proof, leaf, index or root is refused', () => {
  const hashes = leavesOf(13);
  const root = naiveRoot(hashes);
  for (const [index, hash] of hashes.entries()) {
    const path = inclusionProof(hashes, index);
    for (const other of mutations(path)) {
      assert.ok(!verifyInclusion(index, 13, hash, other, root));
    }
    for (const other of mutations([hash])) {
      if (other[0] === undefined || (other.length > 1 && other[0] === hash)) continue;
      assert.ok(!verifyInclusion(index, 13, other[0], path, root));
      assert.ok(!verifyInclusion(index, 13, hash, path, other[0]));
    }
    for (let wrong = -1; wrong <= 14; wrong += 1) {
      if (wrong !== index) assert.ok(!verifyInclusion(wrong, 13, hash, path, root));
    }
    assert.ok(!verifyInclusion(index, index, hash, path, root));
    for (const bad of [Number.NaN, 0.5, 2 ** 53]) {
      assert.ok(!verifyInclusion(bad, 13, hash, path, root));
      assert.ok(!verifyInclusion(index, bad, hash, path, root));
    }
  }
});

test('a changed consistency proof or root is refused', () => {
  const hashes = leavesOf(13);
  const root = naiveRoot(hashes);
  for (let size = 1; size <= 13; size += 1) {
    const oldRoot = naiveRoot(hashes.slice(0, size));
    const proof = consistencyProof(hashes, size);
    for (const other of mutations(proof)) {
      assert.ok(!verifyConsistency(size, 13, other, oldRoot, root));
    }
    assert.ok(!verifyConsistency(size, 13, proof, leaf(50), root));
    assert.ok(!verifyConsistency(size, 13, proof, oldRoot, leaf(50)));
    assert.ok(!verifyConsistency(size, 13, proof, oldRoot.slice(1), root));
    assert.ok(!verifyConsistency(size, 13, proof, oldRoot, root.slice(1)));
    assert.ok(!verifyConsistency(13, size - 1, proof, root, oldRoot));
  }
});

test('nothing is consistent with the empty tree, and proofs of nothing are refused', () => {
  const empty = subtreeRoot([]);
  assert.ok(!verifyConsistency(0, 0, [], empty, empty));
  assert.ok(!verifyConsistency(0, 1, [], empty, leaf(0)));
  assert.ok(!verifyInclusion(0, 0, leaf(0), [], empty));
  assert.ok(verifyInclusion(0, 1, leaf(0), [], leaf(0)));
  assert.ok(verifyConsistency(1, 1, [], leaf(0), leaf(0)));
  for (const size of [-1, 0, 3, 0.5]) {
    assert.throws(() => consistencyProof(leavesOf(2), size), RangeError);
  }
  for (const index of [-1, 2, 0.5]) {
    assert.throws(() => inclusionProof(leavesOf(2), index), RangeError);
  }
});

test('any leaf of any tree is proved, and not as another', () => {
  const place = fc.integer({ min: 1, max: 300 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      index: fc.nat(size - 1),
      oldSize: fc.integer({ min: 1, max: size }),
    }),
  );
  const leaves = leavesOf(301);
  fc.assert(
    fc.property(place, ({ size, index, oldSize }) => {
      const hashes = leaves.slice(0, size);
      const root = subtreeRoot(hashes);
      const path = inclusionProof(hashes, index);
      assert.ok(verifyInclusion(index, size, leaf(index), path, root));
      assert.ok(!verifyInclusion(index, size, leaf(index + 1), path, root));
      const proof = consistencyProof(hashes, oldSize);
      const oldRoot = subtreeRoot(hashes.slice(0, oldSize));
      assert.ok(verifyConsistency(oldSize, size, proof, oldRoot, root));
      if (oldSize < size) assert.ok(!verifyConsistency(oldSize + 1, size, proof, oldRoot, root));
    }),
  );
});
