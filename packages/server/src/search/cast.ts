/**
 * Who and what events involve, as a view shows them: latest names, all names, when they were seen.
 * Made of the shown events themselves, so it tells nothing that they do not. Pure: it runs in any
 * thread. The index of entities holds the same of all events, for views that show everything.
 */
import type { ReadEvent } from '@annals/contract/event';
import { NEVER } from '../store/store.ts';
import { type Involved, involved, type Seen, see, unseen } from './involved.ts';

export interface CastEntry extends Seen {
  /** The same for the same thing. */
  readonly key: string;
  readonly type: string;
  readonly id: string;
  /** Every name, e-mail and id, and when it was last seen. */
  readonly names: Map<string, number>;
  /** Those of them that are names: by each word of these it is found, else by the beginning. */
  readonly called: Set<string>;
}
export type Cast = Map<string, CastEntry>;

const seenIn = ({ key, type, id }: Involved): CastEntry => ({
  ...{ key, type, id, names: new Map(), called: new Set() },
  ...unseen(),
});

function addName(names: Map<string, number>, name: string, seenAt: number): void {
  if (name !== '') names.set(name, Math.max(names.get(name) ?? NEVER, seenAt));
}

export function addToCast(cast: Cast, event: ReadEvent, occurredAt: number): void {
  for (const part of involved(event)) {
    const { key, id, names, emails } = part;
    const entry = cast.get(key) ?? seenIn(part);
    cast.set(key, entry);
    see(entry, part, event, occurredAt);
    for (const text of [...names, ...emails, id]) addName(entry.names, text, occurredAt);
    for (const name of names) entry.called.add(name);
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
