/**
 * Who and what an event names, what is known of it from several, and the ways in which a name
 * begins. Pure: it runs in any thread.
 */
import type { ReadEvent } from '@annals/contract/event';
import type { Named } from '@annals/contract/match';
import { idText } from '@annals/contract/values';
import { fold } from '@annals/contract/words';
import { type EntityRow, NEVER, NOT_YET, PARTY_ROLES } from '../store/store.ts';

/** Characters of a name that are compared: longer ones are compared in whole by the projection. */
export const FOLDED_LENGTH = 200;
/** Words inside a name by which it is found too. */
const NAME_STARTS = 6;

type Role = keyof typeof PARTY_ROLES;

/** An entity as an event names it. */
export interface Involved {
  /** Type and id, or the name of what has no id: the same for the same thing. */
  readonly key: string;
  readonly type: string;
  readonly id: string;
  /** The first of each, or empty. */
  readonly name: string;
  readonly email: string;
  /** All of them: an event may name one thing in several ways. */
  readonly names: readonly string[];
  readonly emails: readonly string[];
  /** Bits of PARTY_ROLES. */
  readonly role: number;
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : '');

const NONE: readonly string[] = [];
const withText = (texts: readonly string[], text: string): readonly string[] =>
  text === '' || texts.includes(text) ? texts : [...texts, text];

/** Who and what an event involves, each once with all its roles. */
export function involved(event: ReadEvent): Involved[] {
  const found = new Map<string, Involved>();
  const add = (part: Named, role: Role) => {
    const [id, name, email] = [idText(part.id) ?? '', plain(part.name), plain(part.email)];
    const known = id === '' ? `\n${email || name}` : id;
    if (known === '\n') return;
    const key = `${part.type}\n${known}`;
    const before = found.get(key);
    const names = withText(before?.names ?? NONE, name);
    const emails = withText(before?.emails ?? NONE, email);
    found.set(key, {
      ...{ key, type: part.type, id, names, emails },
      ...{ name: names[0] ?? '', email: emails[0] ?? '' },
      role: (before?.role ?? 0) | PARTY_ROLES[role],
    });
  };
  add(event.actor, 'actor');
  for (const part of event.on_behalf_of ?? []) add(part, 'on_behalf_of');
  for (const part of event.targets ?? []) add(part, part.role ?? 'primary');
  return [...found.values()];
}

/** A name as the table of names has it. */
export const foldedName = (name: string): string => {
  const folded = fold(name).slice(0, FOLDED_LENGTH);
  return folded.isWellFormed() ? folded : folded.slice(0, -1);
};

/** The whole name, and what it looks like from each further word on. */
export function nameStarts(name: string): string[] {
  const folded = foldedName(name);
  const starts = [folded];
  for (const { index } of folded.matchAll(/(?<=[^\p{L}\p{N}\p{M}])[\p{L}\p{N}]/gu)) {
    if (starts.length > NAME_STARTS) break;
    starts.push(folded.slice(index));
  }
  return starts;
}

/** What is known of an entity from the events that were looked at; in ms, NEVER if it never was. */
export type Seen = Omit<EntityRow, 'tenantNo' | 'entity' | 'digest' | 'type' | 'id'>;

export const unseen = (): Seen => ({
  ...{ name: '', namedAt: NEVER, email: '', emailedAt: NEVER, firstSeen: NOT_YET },
  ...{ actedAt: NEVER, touchedAt: NEVER, createdAt: NEVER, deletedAt: NEVER },
  ...{ events: 0, ownEvents: 0 },
});

function seeNames(entry: Seen, { name, email }: Involved, occurredAt: number): void {
  if (name !== '' && occurredAt >= entry.namedAt) {
    entry.name = name;
    entry.namedAt = occurredAt;
  }
  if (email !== '' && occurredAt >= entry.emailedAt) {
    entry.email = email;
    entry.emailedAt = occurredAt;
  }
}

/** Adds what an event of the log's own says: whom it names, who is not seen by that. */
export function seeOwn(entry: Seen, part: Involved, occurredAt: number): void {
  entry.ownEvents++;
  seeNames(entry, part, occurredAt);
}

const ACTING = PARTY_ROLES.actor | PARTY_ROLES.on_behalf_of;

/** Adds what an event says of an entity that is involved in it. */
export function see(entry: Seen, part: Involved, event: ReadEvent, occurredAt: number): void {
  const { role } = part;
  entry.events++;
  entry.firstSeen = Math.min(entry.firstSeen, occurredAt);
  seeNames(entry, part, occurredAt);
  if ((role & ACTING) !== 0) entry.actedAt = Math.max(entry.actedAt, occurredAt);
  if ((role & ~ACTING) !== 0) entry.touchedAt = Math.max(entry.touchedAt, occurredAt);
  const result = event.outcome?.result ?? 'success';
  if ((role & PARTY_ROLES.primary) === 0 || result !== 'success') return;
  if (event.operation === 'create') entry.createdAt = Math.max(entry.createdAt, occurredAt);
  if (event.operation === 'delete') entry.deletedAt = Math.max(entry.deletedAt, occurredAt);
}
