/**
 * Who and what events involve, as a view shows them: latest names, all names, when they were seen.
 * Made of the shown events themselves, so it tells nothing that they do not. Pure: it runs in any
 * thread. The index of entities holds the same of all events, for views that show everything.
 */
import type { ReadEvent } from '@annals/contract/event';
import { PARTY_ROLES } from '../store/store.ts';
import { type Involved, involved } from './involved.ts';

/** Milliseconds; −1: never. */
export interface CastEntry {
  /** The same for the same thing. */
  readonly key: string;
  readonly type: string;
  readonly id: string;
  name: string;
  namedAt: number;
  email: string;
  emailedAt: number;
  firstSeen: number;
  actedAt: number;
  touchedAt: number;
  createdAt: number;
  deletedAt: number;
  events: number;
  /** Every name, e-mail and id, and when it was last seen. */
  readonly names: Map<string, number>;
  /** Those of them that are names: by each word of these it is found, else by the beginning. */
  readonly called: Set<string>;
}
export type Cast = Map<string, CastEntry>;

const NEVER = -1;
const ACTING = PARTY_ROLES.actor | PARTY_ROLES.on_behalf_of;

const seenIn = ({ key, type, id }: Involved, occurredAt: number): CastEntry => ({
  ...{ key, type, id, name: '', namedAt: NEVER, email: '', emailedAt: NEVER },
  ...{ firstSeen: occurredAt, actedAt: NEVER, touchedAt: NEVER, createdAt: NEVER },
  ...{ deletedAt: NEVER, events: 0 },
  ...{ names: new Map<string, number>(), called: new Set<string>() },
});

function addName(names: Map<string, number>, name: string, seenAt: number): void {
  if (name !== '') names.set(name, Math.max(names.get(name) ?? NEVER, seenAt));
}

export function addToCast(cast: Cast, event: ReadEvent, occurredAt: number): void {
  const result = event.outcome?.result ?? 'success';
  for (const part of involved(event)) {
    const { key, name, email, id, role } = part;
    const entry = cast.get(key) ?? seenIn(part, occurredAt);
    cast.set(key, entry);
    entry.events++;
    entry.firstSeen = Math.min(entry.firstSeen, occurredAt);
    for (const text of [name, email, id]) addName(entry.names, text, occurredAt);
    if (name !== '') entry.called.add(name);
    if (name !== '' && occurredAt >= entry.namedAt) {
      entry.name = name;
      entry.namedAt = occurredAt;
    }
    if (email !== '' && occurredAt >= entry.emailedAt) {
      entry.email = email;
      entry.emailedAt = occurredAt;
    }
    if ((role & ACTING) !== 0) entry.actedAt = Math.max(entry.actedAt, occurredAt);
    if ((role & ~ACTING) !== 0) entry.touchedAt = Math.max(entry.touchedAt, occurredAt);
    if ((role & PARTY_ROLES.primary) === 0 || result !== 'success') continue;
    if (event.operation === 'create') entry.createdAt = Math.max(entry.createdAt, occurredAt);
    if (event.operation === 'delete') entry.deletedAt = Math.max(entry.deletedAt, occurredAt);
  }
}

const TIMES = ['actedAt', 'touchedAt', 'createdAt', 'deletedAt'] as const;

/** Adds what another thread has collected. */
export function mergeCast(into: Cast, from: Cast): void {
  for (const [key, entry] of from) {
    const known = into.get(key);
    if (known === undefined) {
      into.set(key, entry);
      continue;
    }
    known.events += entry.events;
    known.firstSeen = Math.min(known.firstSeen, entry.firstSeen);
    for (const time of TIMES) known[time] = Math.max(known[time], entry[time]);
    if (entry.namedAt > known.namedAt) {
      known.name = entry.name;
      known.namedAt = entry.namedAt;
    }
    if (entry.emailedAt > known.emailedAt) {
      known.email = entry.email;
      known.emailedAt = entry.emailedAt;
    }
    for (const [name, seenAt] of entry.names) addName(known.names, name, seenAt);
    for (const name of entry.called) known.called.add(name);
  }
}

/** Names of actors by their ids or e-mails; of what has several, that of the latest actor. */
export function namesInCast(cast: Cast, values: readonly string[]): Map<string, string> {
  const wanted = new Set(values);
  const actors = [...cast.values()].filter(({ actedAt, name }) => actedAt !== NEVER && name !== '');
  const names = new Map<string, string>();
  for (const { id, email, name } of actors.sort((one, other) => one.actedAt - other.actedAt)) {
    for (const value of [id, email]) if (wanted.has(value)) names.set(value, name);
  }
  return names;
}
