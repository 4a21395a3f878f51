/**
 * What a change looks like: lists by what came and went, structures leaf by leaf, long texts word
 * by word. Owns the rules; draws nothing. Pure.
 */
import type { ReadEvent } from '@annals/contract/event';
import { isErased } from '@annals/contract/values';
import { diffWordsWithSpace } from 'diff';

export type Change = NonNullable<ReadEvent['changes']>[number];

/** A value as it is quoted. */
export type Shown =
  | { readonly kind: 'not-set' }
  | { readonly kind: 'null' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'erased' }
  | { readonly kind: 'text'; readonly text: string };

export interface Piece {
  readonly text: string;
  readonly mark: 'same' | 'added' | 'removed';
}

export type Difference =
  | { readonly kind: 'secret' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'scalar'; readonly before: Shown; readonly after: Shown }
  | { readonly kind: 'text'; readonly lines: readonly (readonly Piece[])[] }
  | {
      readonly kind: 'list';
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly unchanged: number;
      readonly hasOrderChanged: boolean;
    }
  | { readonly kind: 'leaves'; readonly leaves: readonly Leaf[] };

export interface Leaf {
  readonly path: string;
  readonly before: Shown;
  readonly after: Shown;
}

/** Longer texts are compared word by word. */
const TEXT_LONG = 80;
/** Beyond this many characters both texts stand whole: comparing takes too long. */
const TEXT_MOST = 20_000;
/** Lines around a change. */
const LINES_AROUND = 2;
/** Deepest structure that is taken apart. */
const DEPTH_MOST = 16;

export function shownOf(value: unknown): Shown {
  if (value === undefined) return { kind: 'not-set' };
  if (value === null) return { kind: 'null' };
  if (value === '') return { kind: 'empty' };
  if (isErased(value)) return { kind: 'erased' };
  return { kind: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) };
}

const isPlainList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null);
const isStructure = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !isErased(value);
const isLong = (value: unknown): boolean =>
  typeof value === 'string' && (value.length > TEXT_LONG || value.includes('\n'));

/** What one list has more often than another. */
function more(list: readonly string[], than: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const item of than) left.set(item, (left.get(item) ?? 0) + 1);
  return list.filter((item) => {
    const count = left.get(item) ?? 0;
    if (count > 0) left.set(item, count - 1);
    return count === 0;
  });
}

function listDifference(before: readonly unknown[], after: readonly unknown[]): Difference {
  const text = (item: unknown) => (typeof item === 'string' ? item : JSON.stringify(item));
  const [old, now] = [before.map(text), after.map(text)];
  const [added, removed] = [more(now, old), more(old, now)];
  const hasOrderChanged = added.length === 0 && removed.length === 0;
  return { kind: 'list', added, removed, unchanged: now.length - added.length, hasOrderChanged };
}

/** Leaves of a structure by path: `address/city`. */
function leavesOf(value: unknown, path: string, depth: number, into: Map<string, unknown>): void {
  const entries = isStructure(value) ? Object.entries(value) : [];
  if (entries.length === 0 || depth >= DEPTH_MOST) {
    into.set(path, value);
    return;
  }
  for (const [name, inner] of entries) {
    leavesOf(inner, path === '' ? name : `${path}/${name}`, depth + 1, into);
  }
}

function leavesDifference(before: unknown, after: unknown): Difference {
  const [old, now] = [new Map<string, unknown>(), new Map<string, unknown>()];
  if (before !== undefined) leavesOf(before, '', 0, old);
  if (after !== undefined) leavesOf(after, '', 0, now);
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  const leaves = paths
    .filter((path) => JSON.stringify(old.get(path)) !== JSON.stringify(now.get(path)))
    .map((path) => ({ path, before: shownOf(old.get(path)), after: shownOf(now.get(path)) }));
  return { kind: 'leaves', leaves };
}

/** Pieces cut into lines. */
function inLines(pieces: readonly Piece[]): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const { text, mark } of pieces) {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (part !== '') lines.at(-1)?.push({ text: part, mark });
    }
  }
  return lines;
}

/** Lines with a change, and two around each. */
function nearChanges(lines: readonly (readonly Piece[])[]): (readonly Piece[])[] {
  const isChanged = lines.map((line) => line.some(({ mark }) => mark !== 'same'));
  return lines.filter((_, index) => {
    const around = isChanged.slice(Math.max(0, index - LINES_AROUND), index + LINES_AROUND + 1);
    return around.includes(true);
  });
}

function textDifference(before: string, after: string): Difference {
  const pieces = diffWordsWithSpace(before, after).map(
    ({ value, added, removed }): Piece => ({
      text: value,
      mark: added ? 'added' : removed ? 'removed' : 'same',
    }),
  );
  return { kind: 'text', lines: nearChanges(inLines(pieces)) };
}

/**
 * How a change is shown. Without values in the event it is `hidden`: the view tells what was
 * changed, not from what to what.
 */
export function differenceOf(change: Change): Difference {
  const { before, after, secret } = change;
  if (secret) return { kind: 'secret' };
  if (!('before' in change) && !('after' in change)) return { kind: 'hidden' };
  if (isPlainList(before) && isPlainList(after)) return listDifference(before, after);
  if (isStructure(before) || isStructure(after)) {
    const other = isStructure(before) ? after : before;
    if (other === undefined || other === null || isStructure(other)) {
      return leavesDifference(before ?? undefined, after ?? undefined);
    }
  }
  const areTexts = typeof before === 'string' && typeof after === 'string';
  const isWorth = areTexts && (isLong(before) || isLong(after));
  if (areTexts && isWorth && before.length + after.length <= TEXT_MOST) {
    return textDifference(before, after);
  }
  return { kind: 'scalar', before: shownOf(before), after: shownOf(after) };
}

/** What a change is called: its label, else the path in words. */
export function labelOf({ label, path }: Change): string {
  if (typeof label === 'string') return label;
  return path.slice(1).replaceAll('/', ' › ').replaceAll('~1', '/').replaceAll('~0', '~');
}
