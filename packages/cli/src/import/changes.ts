/**
 * What a request body sets, as an event's changes. Pure. All or nothing: a part of the changes
 * would be a false statement, and the original has them anyway.
 */
import { LIMITS } from '@annals/contract/event';
import { pointerTo } from '@annals/contract/pointer';
import type { Change } from './fields.ts';
import { isObject } from './importer.ts';

/** Nesting of a value that a change holds: with it, an event stays within its own limit. */
const VALUE_DEPTH_MAX = 6;
/** Nesting that is followed for paths: deeper objects are values. */
const PATH_DEPTH_MAX = 8;
/** Characters of all changes as JSON: the original, which is in the event too, needs its room. */
const CHANGES_LENGTH_MAX = 8_192;
/** As events want it. */
const POINTER = /^(?:\/(?:[^/~]|~[01])*)*$/;

/** Whether an event can hold the value: not too deep, and no number that has lost digits. */
const isHoldable = (value: unknown, depth = VALUE_DEPTH_MAX): boolean => {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((each) => isHoldable(each, depth - 1));
};

const isFitting = ({ path, before, after }: Change): boolean =>
  path.length <= LIMITS.path && POINTER.test(path) && isHoldable(before) && isHoldable(after);

/** A change for each leaf of an object, lists as a whole; what is no object sets nothing. */
export const changesTo = (value: unknown, path = '', depth = PATH_DEPTH_MAX): Change[] => {
  const members = isObject(value) && depth > 0 ? Object.entries(value) : [];
  if (members.length === 0) return path === '' ? [] : [{ path, after: value }];
  return members.flatMap(([name, each]) => changesTo(each, path + pointerTo(name), depth - 1));
};

/** The changes, if there are any and an event can hold them all. */
export const fittingChanges = (changes: readonly Change[]): Change[] | undefined => {
  if (changes.length === 0 || changes.length > LIMITS.changes) return undefined;
  if (!changes.every((change) => isFitting(change))) return undefined;
  return JSON.stringify(changes).length <= CHANGES_LENGTH_MAX ? [...changes] : undefined;
};
