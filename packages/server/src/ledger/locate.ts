/**
 * Finds the first event out of place when every event is itself and only the tree differs. The
 * stored hashes bind 256 events each (fewer at the end), so single exchanges and insertions are
 * found by trying which one makes the stored hash right again; for anything else the answer is
 * the range in which the first difference lies.
 */
import type { VerifyResult } from '@annals/contract/routes';
import { nodeHash } from '@annals/contract/sha256';
import { subtreeRoot } from '@annals/contract/tree';

const TILE = 256;
const HASH_BYTES = 32;
/** Other wrong tiles an exchange is looked for in: each costs about a second. */
const TILES_TRIED = 8;
/** Tiles compared with their stored hashes in one go. */
const TILES_AT_ONCE = 64;

export interface Disorder {
  readonly kind: Extract<
    NonNullable<VerifyResult['problem']>['kind'],
    'swapped' | 'inserted' | 'tree'
  >;
  readonly sequence: number;
  readonly detail: string;
}

interface Ends {
  /** First sequence of the first wrong subtree. */
  readonly first: number;
  readonly size: number;
  /** The head's compact range. */
  readonly range: Uint8Array;
}

/** A stored hash and the place of the leaves that it binds. */
interface Subtree {
  readonly from: number;
  readonly width: number;
  readonly hash: Uint8Array;
}

type ReadLeaves = (from: number, limit: number) => Promise<Uint8Array[]>;
type ReadTiles = (from: number, limit: number) => Promise<Map<number, Uint8Array>>;

const isEqual = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;

/** The perfect subtrees of fewer than 256 leaves at the end, whose roots are in the head. */
function tailSubtrees({ size, range }: Ends): Subtree[] {
  const found: Subtree[] = [];
  let from = 0;
  let place = 0;
  for (let width = 2 ** 52; width >= 1; width /= 2) {
    if (Math.floor(size / width) % 2 === 0) continue;
    const hash = range.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
    if (width < TILE) found.push({ from, width, hash });
    from += width;
    place++;
  }
  return found;
}

/** A perfect subtree that is not as it was stored, with all its inner hashes. */
class Wrong {
  readonly from: number;
  readonly #hash: Uint8Array;
  readonly levels: readonly (readonly Uint8Array[])[];

  constructor({ from, hash }: Subtree, leaves: readonly Uint8Array[]) {
    this.from = from;
    this.#hash = hash;
    const levels = [leaves];
    for (let level = leaves; level.length > 1; ) {
      level = Array.from({ length: level.length / 2 }, (_, index) =>
        nodeHash(at(level, 2 * index), at(level, 2 * index + 1)),
      );
      levels.push(level);
    }
    this.levels = levels;
  }

  get leaves(): readonly Uint8Array[] {
    return this.levels[0] ?? [];
  }

  /** Whether the stored hash comes out with these leaves put in: log n hashes a leaf. */
  isRightWith(changes: ReadonlyMap<number, Uint8Array>): boolean {
    let dirty = changes;
    for (const level of this.levels.slice(0, -1)) {
      const parents = new Map<number, Uint8Array>();
      for (const [index, hash] of dirty) {
        const sibling = dirty.get(index ^ 1) ?? at(level, index ^ 1);
        parents.set(index >> 1, index & 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling));
      }
      dirty = parents;
    }
    const root = dirty.get(0);
    return root !== undefined && isEqual(root, this.#hash);
  }
}

function at(hashes: readonly Uint8Array[], index: number): Uint8Array {
  const hash = hashes[index];
  if (hash === undefined) throw new Error(`there is no leaf ${index}`);
  return hash;
}

const swapped = (left: number, right: number): Disorder => ({
  kind: 'swapped',
  sequence: left,
  detail: `Events ${left} and ${right} have changed places.`,
});

function swapWithin(wrong: Wrong): Disorder | undefined {
  const { leaves, from } = wrong;
  for (let left = 0; left < leaves.length; left++) {
    for (let right = left + 1; right < leaves.length; right++) {
      const changes = new Map([
        [left, at(leaves, right)],
        [right, at(leaves, left)],
      ]);
      if (wrong.isRightWith(changes)) return swapped(from + left, from + right);
    }
  }
  return undefined;
}

function swapBetween(wrong: Wrong, other: Wrong): Disorder | undefined {
  for (const [left, leaf] of wrong.leaves.entries()) {
    for (const [right, foreign] of other.leaves.entries()) {
      const isFound =
        wrong.isRightWith(new Map([[left, foreign]])) &&
        other.isRightWith(new Map([[right, leaf]]));
      if (isFound) return swapped(wrong.from + left, other.from + right);
    }
  }
  return undefined;
}

/** One event too many: without it, the leaves that follow move up and the hash is right again. */
function insertion({ from, width, hash }: Subtree, leaves: readonly Uint8Array[]) {
  if (leaves.length <= width) return undefined;
  for (let index = 0; index < width; index++) {
    if (!isEqual(subtreeRoot(leaves.toSpliced(index, 1).slice(0, width)), hash)) continue;
    const detail = 'This event was inserted; those after it have moved up.';
    return { kind: 'inserted', sequence: from + index, detail } as const;
  }
  return undefined;
}

/** Every perfect subtree with a stored hash, from a sequence on. */
async function* subtrees(ends: Ends, readTiles: ReadTiles): AsyncGenerator<Subtree> {
  const tiles = Math.floor(ends.size / TILE);
  for (let tile = Math.floor(ends.first / TILE); tile < tiles; tile += TILES_AT_ONCE) {
    const stored = await readTiles(tile, TILES_AT_ONCE);
    for (const [index, hash] of stored) {
      if (index < tiles) yield { from: index * TILE, width: TILE, hash };
    }
  }
  yield* tailSubtrees(ends);
}

/** Names the first event out of place at or after `ends.first`. */
export async function locateDisorder(
  ends: Ends,
  readLeaves: ReadLeaves,
  readTiles: ReadTiles,
): Promise<Disorder> {
  let first: { subtree: Subtree; wrong: Wrong } | undefined;
  let last: Disorder | undefined;
  let tried = 0;
  for await (const subtree of subtrees(ends, readTiles)) {
    const leaves = await readLeaves(subtree.from, subtree.width + 1);
    const own = leaves.slice(0, subtree.width);
    if (isEqual(subtreeRoot(own), subtree.hash)) continue;
    const wrong = new Wrong(subtree, own);
    const found = first ? swapBetween(first.wrong, wrong) : swapWithin(wrong);
    if (found) return found;
    const added = first === undefined ? insertion(subtree, leaves) : undefined;
    // In the last place it may also be the neighbour from the next subtree: that one will tell.
    if (added && added.sequence < subtree.from + subtree.width - 1) return added;
    last ??= added;
    first ??= { subtree, wrong };
    if (++tried > TILES_TRIED || (last && tried > 1)) break;
  }
  if (last) return last;
  const from = first?.subtree.from ?? ends.first;
  const end = from + (first?.subtree.width ?? TILE) - 1;
  const detail = `The first event that is not in its place lies from ${from} to ${end}.`;
  return { kind: 'tree', sequence: from, detail };
}
