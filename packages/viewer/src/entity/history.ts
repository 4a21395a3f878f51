/**
 * A record as its events tell it: who set each field to what and when, and what it was at a
 * moment. Never says more than the events prove. Pure.
 */
import type { ReadEvent } from '@annals/contract/event';
import { idText, isErased, isPrimary } from '@annals/contract/values';
import type { Change } from '../event/differences.ts';

export interface FieldEntry {
  readonly path: string;
  readonly label: string | undefined;
  /** Undefined: taken away. */
  readonly value: unknown;
  readonly event: ReadEvent;
  /** Another value was set before this change than the one that is known: somebody is missing. */
  readonly isBreak: boolean;
  /** The values are not to be seen, or are not kept. */
  readonly isHidden: boolean;
}

export type Certainty = 'exact' | 'partial' | 'unavailable';

export interface State {
  readonly certainty: Certainty;
  /** The fields, each as it was set last; those taken away are not there. */
  readonly fields: readonly FieldEntry[];
  readonly exists: boolean;
  readonly hasCreation: boolean;
  /** Whether the creation says with which values it began. */
  readonly hasFirstValues: boolean;
  /** Fields of which the value is not certain. */
  readonly broken: readonly string[];
  /** Fields whose values are not to be seen. */
  readonly hidden: readonly string[];
}

interface Subject {
  readonly type: string;
  readonly id: string;
}

const isAbout = ({ targets }: ReadEvent, { type, id }: Subject): boolean =>
  (targets ?? []).some(
    (target) => isPrimary(target) && target.type === type && idText(target.id) === id,
  );

/** What failed or was denied has changed nothing. */
const cameAbout = ({ outcome }: ReadEvent): boolean =>
  outcome === undefined || outcome.result === 'success';

/** Compared as JSON: an absent value and null are not the same. */
const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function entryOf(change: Change, event: ReadEvent, last: FieldEntry | undefined): FieldEntry {
  const { path, before, after, secret, label } = change;
  const isHidden =
    secret === true ||
    !('before' in change || 'after' in change) ||
    isErased(before) ||
    isErased(after);
  const isBreak = !isHidden && last !== undefined && !last.isHidden && !same(last.value, before);
  const known = typeof label === 'string' ? label : undefined;
  return { path, label: known, value: isHidden ? undefined : after, event, isBreak, isHidden };
}

/** All changes of each field, the oldest first. `events` in order of time, the oldest first. */
export function historyOf(
  events: readonly ReadEvent[],
  subject: Subject,
): Map<string, FieldEntry[]> {
  const history = new Map<string, FieldEntry[]>();
  for (const event of events) {
    if (!isAbout(event, subject) || !cameAbout(event)) continue;
    // A record that is made again begins anew.
    if (event.operation === 'create') for (const entries of history.values()) endAt(entries, event);
    for (const change of event.changes ?? []) {
      const entries = history.get(change.path) ?? [];
      history.set(change.path, [...entries, entryOf(change, event, entries.at(-1))]);
    }
  }
  return history;
}

/** What a field was ends with its record. */
function endAt(entries: FieldEntry[], event: ReadEvent): void {
  const last = entries.at(-1);
  if (last === undefined || last.value === undefined) return;
  entries.push({ ...last, value: undefined, event, isBreak: false, isHidden: false });
}

/** Whether the record was there at the end, and what is known of its creation. */
function lifeOf(events: readonly ReadEvent[]) {
  const life = { exists: true, hasCreation: false, hasFirstValues: false };
  for (const { operation, changes = [] } of events) {
    if (operation === 'create') {
      Object.assign(life, { exists: true, hasCreation: true, hasFirstValues: changes.length > 0 });
    }
    if (operation === 'delete') life.exists = false;
  }
  return life;
}

/**
 * What the record was at a moment, in ms. `exact` only if its creation is seen with its values, and
 * each change begins with what the one before it ended with; `unavailable` if no value is known.
 */
export function stateAt(events: readonly ReadEvent[], subject: Subject, moment: number): State {
  const own = events.filter(
    (event) =>
      Date.parse(event.occurred_at) <= moment && isAbout(event, subject) && cameAbout(event),
  );
  const { exists, hasCreation, hasFirstValues } = lifeOf(own);
  const entries = [...historyOf(own, subject).values()];
  const nameOf = ({ label, path }: FieldEntry) => label ?? path;
  const broken = entries.filter(isUncertain).map((field) => nameOf(field[0] as FieldEntry));
  const last = entries.flatMap((field) => field.at(-1) ?? []);
  const hidden = last.filter(({ isHidden }) => isHidden).map(nameOf);
  const fields = last.filter(({ value, isHidden }) => value !== undefined || isHidden);
  const isKnown = last.some(({ isHidden }) => !isHidden);
  const isExact = hasFirstValues && broken.length === 0 && hidden.length === 0;
  const known = { hasCreation, hasFirstValues, broken, hidden };
  const certainty =
    isKnown || (isExact && own.length > 0) ? (isExact ? 'exact' : 'partial') : 'unavailable';
  return { certainty, fields, exists: exists && own.length > 0, ...known };
}

/** Since its creation, some change of the field began with another value than was known. */
function isUncertain(field: readonly FieldEntry[]): boolean {
  return field.some(({ isBreak }) => isBreak);
}
