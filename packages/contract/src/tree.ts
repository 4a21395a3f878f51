/**
 * The Merkle tree of RFC 6962 §2.1 (the same in RFC 9162) over leaf hashes: growing it, its roots,
 * its proofs. Pure; every hash is 32 bytes; sizes are safe integers, so nothing here uses 32-bit
 * operators. Never: storage, signatures, leaves.
 */
import { nodeHash, sha256Bytes } from '#sha256';

const HASH_BYTES = 32;
/** Height of a tile of C2SP tlog-tiles: 256 hashes wide. */
const TILE_HEIGHT = 8;

/** A tree of `size` leaves by the roots of its perfect subtrees, left to right, largest first. */
export interface CompactRange {
  readonly size: number;
  readonly nodes: readonly Uint8Array[];
}

export const EMPTY_RANGE: CompactRange = Object.freeze({ size: 0, nodes: Object.freeze([]) });

/**
 * The range with the leaf hashes appended; the one given stays as it is. Calls `onTile` for each
 * subtree of 256^level leaves (level ≥ 1) that becomes complete, with its index at that level from
 * 0 and its root: that hash belongs into a tile of that level. Throws RangeError if a hash is not
 * 32 bytes or the size would not be a safe integer. One hash of a node a leaf, on average.
 */
export const extendRange = (
  range: CompactRange,
  leafHashes: readonly Uint8Array[],
  onTile?: (level: number, index: number, hash: Uint8Array) => void,
): CompactRange => {
  const nodes = [...range.nodes];
  let size = range.size;
  if (!Number.isSafeInteger(size + leafHashes.length))
    throw new RangeError('the tree is too large');
  for (const leafHash of leafHashes) {
    if (leafHash.length !== HASH_BYTES) throw new RangeError('a leaf hash must be 32 bytes');
    let hash = leafHash;
    let height = 0;
    // The leaf's index, halved at each height: the index there of the subtree it completes.
    let index = size;
    for (; index % 2 === 1; height += 1) {
      hash = nodeHash(takeLast(nodes), hash);
      index = (index - 1) / 2;
      if ((height + 1) % TILE_HEIGHT === 0) onTile?.((height + 1) / TILE_HEIGHT, index, hash);
    }
    nodes.push(hash);
    size += 1;
  }
  return { size, nodes };
};

const takeLast = (nodes: Uint8Array[]): Uint8Array => {
  const node = nodes.pop();
  if (node === undefined) throw new RangeError('the range has fewer nodes than its size says');
  return node;
};

/** The root of the tree; that of the empty one is the SHA-256 of nothing. */
export const rangeRoot = (range: CompactRange): Uint8Array => {
  let root: Uint8Array | undefined;
  for (const node of range.nodes.toReversed()) {
    root = root === undefined ? node : nodeHash(node, root);
  }
  return root ?? sha256Bytes(new Uint8Array(0));
};

/** The nodes one after another; the size is kept beside them. */
export const rangeToBytes = (range: CompactRange): Uint8Array => {
  const bytes = new Uint8Array(range.nodes.length * HASH_BYTES);
  for (const [index, node] of range.nodes.entries()) bytes.set(node, index * HASH_BYTES);
  return bytes;
};

/** Throws RangeError if a range of that size does not have that many bytes. Copies the bytes. */
export const rangeFromBytes = (size: number, bytes: Uint8Array): CompactRange => {
  if (!isSize(size)) throw new RangeError(`${size} is not the size of a tree`);
  const count = perfectSubtrees(size);
  if (bytes.length !== count * HASH_BYTES) {
    throw new RangeError(`a tree of ${size} leaves has ${count} nodes, not ${bytes.length} bytes`);
  }
  const nodes = Array.from({ length: count }, (_, index) =>
    Uint8Array.from(bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)),
  );
  return { size, nodes };
};

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0;

/** Bits that are set in the size. */
const perfectSubtrees = (size: number): number => {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
};

/** MTH of RFC 6962 over leaf hashes. */
export const subtreeRoot = (leafHashes: readonly Uint8Array[]): Uint8Array =>
  rangeRoot(extendRange(EMPTY_RANGE, leafHashes));

/** Where a tree of `size` ≥ 2 leaves divides: the largest power of two below the size. */
const splitOf = (size: number): number => {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
};

/** The path that proves leaf `index` of the tree; hashes the whole tree. Throws RangeError. */
export const inclusionProof = (leafHashes: readonly Uint8Array[], index: number): Uint8Array[] => {
  if (!isSize(index) || index >= leafHashes.length) throw new RangeError(`no leaf ${index}`);
  if (leafHashes.length === 1) return [];
  const split = splitOf(leafHashes.length);
  const [left, right] = [leafHashes.slice(0, split), leafHashes.slice(split)];
  return index < split
    ? [...inclusionProof(left, index), subtreeRoot(right)]
    : [...inclusionProof(right, index - split), subtreeRoot(left)];
};

/**
 * The proof that the tree of the first `oldSize` ≥ 1 leaves is the beginning of the tree; hashes
 * the whole tree. Throws RangeError.
 */
export const consistencyProof = (
  leafHashes: readonly Uint8Array[],
  oldSize: number,
): Uint8Array[] => {
  if (!isSize(oldSize) || oldSize === 0 || oldSize > leafHashes.length) {
    throw new RangeError(`no consistency from size ${oldSize}`);
  }
  return consistencyOf(leafHashes, oldSize, true);
};

/** SUBPROOF of RFC 6962; `known` while the old tree is a subtree whose root the verifier has. */
const consistencyOf = (
  leafHashes: readonly Uint8Array[],
  oldSize: number,
  known: boolean,
): Uint8Array[] => {
  if (oldSize === leafHashes.length) return known ? [] : [subtreeRoot(leafHashes)];
  const split = splitOf(leafHashes.length);
  const [left, right] = [leafHashes.slice(0, split), leafHashes.slice(split)];
  return oldSize <= split
    ? [...consistencyOf(left, oldSize, known), subtreeRoot(right)]
    : [...consistencyOf(right, oldSize - split, false), subtreeRoot(left)];
};

const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES;

const sameHash = (one: Uint8Array, other: Uint8Array): boolean =>
  isHash(one) && isHash(other) && one.every((byte, index) => byte === other[index]);

/**
 * Whether the path proves that the leaf is number `index` of the tree of that size and root
 * (RFC 9162 §2.1.3.2). The size must come from a signed head: a root alone does not bind it.
 */
export const verifyInclusion = (
  index: number,
  size: number,
  leafHash: Uint8Array,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean => {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (!isHash(leafHash) || !path.every(isHash)) return false;
  const climb = new Climb(index, size - 1);
  let hash = leafHash;
  for (const sibling of path) {
    if (climb.isDone()) return false;
    hash = climb.step() === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }
  return climb.isDone() && sameHash(hash, root);
};

/**
 * Whether the proof shows that the tree of the old size and root is the beginning of the new one
 * (RFC 9162 §2.1.4.2). False for old size 0: nothing is to be proved of the empty tree.
 */
export const verifyConsistency = (
  oldSize: number,
  newSize: number,
  proof: readonly Uint8Array[],
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
): boolean => {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize === 0 || oldSize > newSize) return false;
  if (![...proof, oldRoot, newRoot].every(isHash)) return false;
  if (oldSize === newSize) return proof.length === 0 && sameHash(oldRoot, newRoot);
  // A perfect old tree is itself the first node; the proof leaves it out.
  const [first, ...rest] = perfectSubtrees(oldSize) === 1 ? [oldRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  const climb = new Climb(oldSize - 1, newSize - 1);
  climb.skipRightEdges();
  let oldHash = first;
  let newHash = first;
  for (const sibling of rest) {
    if (climb.isDone()) return false;
    if (climb.step() === 'left') {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
    } else {
      newHash = nodeHash(newHash, sibling);
    }
  }
  return climb.isDone() && sameHash(oldHash, oldRoot) && sameHash(newHash, newRoot);
};

/** The way from a node up to the root: `fn` and `sn` of RFC 9162. */
class Climb {
  #node: number;
  #last: number;

  constructor(node: number, last: number) {
    this.#node = node;
    this.#last = last;
  }

  isDone(): boolean {
    return this.#last === 0;
  }

  /** On which side the sibling is; goes up to the parent of the two. */
  step(): 'left' | 'right' {
    const isLeft = this.#node % 2 === 1 || this.#node === this.#last;
    if (isLeft) while (this.#node % 2 === 0 && this.#node !== 0) this.#up();
    this.#up();
    return isLeft ? 'left' : 'right';
  }

  /** To the largest perfect subtree that ends with the node. */
  skipRightEdges(): void {
    while (this.#node % 2 === 1) this.#up();
  }

  #up(): void {
    this.#node = Math.floor(this.#node / 2);
    this.#last = Math.floor(this.#last / 2);
  }
}
