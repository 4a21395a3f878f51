/** People and records in lists: from the index of entities, or from events that a view shows. */
import type { Term } from '@annals/contract/query';
import type { Notice } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import type { Sight } from '../access/access.ts';
import type { EventKey } from '../event-rows.ts';
import type { Entity, Side, Store } from '../store/store.ts';
import type { CastEntry } from './cast.ts';
import { foldedName, nameStarts } from './involved.ts';
import { planFor } from './plan.ts';
import { BOUNDS, type Reader } from './read.ts';

export interface Person {
  /** The same for the same one, in one kind of list. */
  readonly key: string;
  /** Orders those that were seen at the same moment. */
  readonly number: number;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Other names it had, the latest first. */
  readonly former: readonly string[];
  /** Milliseconds; −1: never. */
  readonly firstSeen: number;
  readonly seenAt: number;
  readonly createdAt: number;
  readonly deletedAt: number;
  readonly events: number;
}
export interface PeopleAsked {
  readonly side: Side;
  readonly type: string | undefined;
  /** Folded beginning of a name, or of a word of it. */
  readonly search: string | undefined;
  /** Beyond this one, last seen first. */
  readonly after: { readonly seenAt: number; readonly number: number } | undefined;
  readonly limit: number;
}
export interface People {
  /** Last seen first. */
  list(asked: PeopleAsked): Promise<{ people: readonly Person[]; notices: readonly Notice[] }>;
}

/** Names of one entry that are shown. */
const FORMER_MOST = 10;

/** A person's place in a list, in the form of a cursor's. */
export const placeOf = ({ seenAt, number }: Person): EventKey => ({
  occurredAt: seenAt,
  sequence: number,
});

export const indexedPeople = (store: Store, tenantNo: number): People => ({
  async list({ side, type, search, after, limit }) {
    const place = after && { seenAt: after.seenAt, entity: after.number };
    const asked = { tenantNo, side, type, search, after: place, limit };
    const found = await store.entities.list(asked);
    const former = await formerNames(store, tenantNo, found);
    const people = found.map(
      (entity): Person => ({
        key: String(entity.entity),
        number: entity.entity,
        ...{ type: entity.type, id: entity.id, name: entity.name, email: entity.email },
        former: former.get(entity.entity) ?? [],
        firstSeen: entity.first_seen,
        seenAt: side === 'actor' ? entity.acted_at : entity.touched_at,
        createdAt: entity.created_at,
        deletedAt: entity.deleted_at,
        events: entity.events,
      }),
    );
    return { people, notices: [] };
  },
});

/** Other whole names, e-mails and ids of each, the latest first. */
async function formerNames(store: Store, tenantNo: number, entities: readonly Entity[]) {
  const numbers = entities.map(({ entity }) => entity);
  const names = numbers.length === 0 ? [] : await store.entities.names(tenantNo, numbers);
  const former = new Map<number, string[]>();
  const now = new Map(
    entities.map(({ entity, id, name, email }) => [entity, [id, name, email].map(foldedName)]),
  );
  for (const { entity, folded, name } of names) {
    const list = former.get(entity) ?? [];
    if (list.length < FORMER_MOST && !now.get(entity)?.includes(folded)) list.push(name);
    former.set(entity, list);
  }
  return former;
}

/** Some number of a text, the same each time (FNV-1a, 32 bits). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/** Whoever may have such a name; the events then tell who it is. */
const havingName = (prefix: string): Term => ({
  isNegated: false,
  body: {
    kind: 'field',
    key: 'party',
    test: { kind: 'is', value: prefix, before: false, after: true },
  },
});

/** As the index of names has it: names by each of their words, e-mails and ids by the beginning. */
const isNamed = ({ names, called }: CastEntry, prefix: string): boolean =>
  [...names.keys()].some((name) =>
    (called.has(name) ? nameStarts(name) : [foldedName(name)]).some((start) =>
      start.startsWith(prefix),
    ),
  );

/** Bounded: who was seen long ago in a large log may be missing, which a notice tells. */
export const castPeople = (
  reader: Reader,
  sight: Sight,
  signal: AbortSignal | undefined,
  bounds = BOUNDS,
): People => ({
  async list({ side, type, search, after, limit }) {
    const plan = planFor(sight, [], { from: undefined, to: undefined });
    const named = search === undefined ? {} : { hints: [havingName(search)], wantsAllNames: true };
    const spec = { edges: [], fields: [], hasCast: true };
    const { tally, back } = await reader.count({ ...plan, ...named }, spec, signal, bounds);
    const notices = [...plan.notices];
    const people = [...tally.cast.values()]
      .filter((entry) => (type ?? entry.type) === entry.type)
      .filter((entry) => search === undefined || isNamed(entry, search))
      .map((entry) => personIn(entry, side))
      .filter(({ seenAt }) => seenAt >= 0)
      .sort((one, other) => other.seenAt - one.seenAt || other.number - one.number)
      .filter(({ seenAt, number }) => {
        if (after === undefined) return true;
        return seenAt < after.seenAt || (seenAt === after.seenAt && number < after.number);
      })
      .slice(0, limit);
    if (back === undefined) return { people, notices };
    const from = formatInstant(back);
    const detail = `Looked at events as far as ${from}; who was seen earlier only is not here.`;
    return { people, notices: [...notices, { code: 'searched_in_part', detail, from }] };
  },
});

function personIn(entry: CastEntry, side: Side): Person {
  const { key, type, id, name, email, names, firstSeen, createdAt, deletedAt, events } = entry;
  const now = [id, name, email].map(foldedName);
  const latestFirst = [...names].sort(
    ([one, at], [other, then]) => then - at || (one < other ? -1 : 1),
  );
  // Each once, however it was written, as in the index of names.
  const others = new Map<string, string>();
  for (const [text] of latestFirst) {
    const folded = foldedName(text);
    if (!now.includes(folded) && !others.has(folded)) others.set(folded, text);
  }
  const former = [...others.values()].slice(0, FORMER_MOST);
  return {
    ...{ key, number: numberOf(key), type, id, name, email, former },
    ...{ firstSeen, createdAt, deletedAt, events },
    seenAt: side === 'actor' ? entry.actedAt : entry.touchedAt,
  };
}
