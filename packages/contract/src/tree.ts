/**
 * The Merkle tree of RFC 6962 §2.1 (= RFC 9162 §2.1): compact ranges to append, roots, proofs and
 * their verification. Sizes are safe integers, so no 32-bit arithmetic on them.
 */
import { nodeHash, sha256Bytes } from '#sha256';

/** Leaves of a tile (C2SP tlog-tiles, height 8). */
const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/** The roots of the perfect subtrees of a tree, left to right: one for each 1 bit of its size. */
export interface CompactRange {
  readonly size: number;
  readonly nodes: readonly Uint8Array[];
}

export const EMPTY_RANGE: CompactRange = { size: 0, nodes: [] };

/** Told of each completed 256-wide subtree: level L covers 256^L leaves. */
export type OnTile = (level: number, index: number, hash: Uint8Array) => void;

/** Appends leaf hashes; the given range stays as it is. */
export function extendRange(
  range: CompactRange,
  leafHashes: readonly Uint8Array[],
  onTile?: OnTile,
): CompactRange {
  const nodes = [...range.nodes];
  let { size } = range;
  for (const leafHash of leafHashes) {
    size++;
    let hash = leafHash;
    let width = 1;
    while (size % (width * 2) === 0) {
      const left = nodes.pop();
      if (left === undefined) throw new RangeError('the range does not fit its size');
      hash = nodeHash(left, hash);
      width *= 2;
      if (onTile) tell(onTile, width, size, hash);
    }
    nodes.push(hash);
  }
  return { size, nodes };
}

function tell(onTile: OnTile, width: number, size: number, hash: Uint8Array): void {
  let level = 0;
  let rest = width;
  while (rest >= TILE_WIDTH && rest % TILE_WIDTH === 0) {
    rest /= TILE_WIDTH;
    level++;
  }
  if (rest === 1 && level > 0) onTile(level, size / width - 1, hash);
}

/** The root over everything that was appended; of nothing it is SHA-256 of nothing. */
export function rangeRoot({ nodes }: CompactRange): Uint8Array {
  if (nodes.length === 0) return sha256Bytes(new Uint8Array(0));
  return nodes.reduceRight((right, left) => nodeHash(left, right));
}

export function rangeToBytes({ nodes }: CompactRange): Uint8Array {
  const bytes = new Uint8Array(nodes.length * HASH_BYTES);
  for (const [index, node] of nodes.entries()) bytes.set(node, index * HASH_BYTES);
  return bytes;
}

function ones(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** Throws RangeError if the bytes do not fit the size. */
export function rangeFromBytes(size: number, bytes: Uint8Array): CompactRange {
  if (!Number.isSafeInteger(size) || size < 0 || bytes.length !== ones(size) * HASH_BYTES) {
    throw new RangeError(`a range of ${size} leaves does not have ${bytes.length} bytes`);
  }
  const nodes = Array.from({ length: bytes.length / HASH_BYTES }, (_, index) =>
    bytes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );
  return { size, nodes };
}

/** MTH of leaf hashes. */
export const subtreeRoot = (leafHashes: readonly Uint8Array[]): Uint8Array =>
  rangeRoot(extendRange(EMPTY_RANGE, leafHashes));
