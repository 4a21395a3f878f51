/** Who and what a log is about: lists with search, and values proposed while somebody writes. */
import {
  type Actor,
  type RecordEntry,
  SUGGESTIONS,
  type SuggestField,
  type Suggestions,
} from '@annals/contract/find';
import { activityOf } from '@annals/contract/match';
import { QUERY_KEYS } from '@annals/contract/query';
import { type Notice, PAGE_LIMIT } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { FACET_FIELDS, type FacetField } from '@annals/contract/values';
import { fold } from '@annals/contract/words';
import type { Sight } from '../access/access.ts';
import { Fault } from '../fault.ts';
import { addList, type Entity, groupOf, type Side, type Store } from '../store/store.ts';
import type { Cursors } from './cursor.ts';
import { foldedName } from './derive.ts';
import { behind, caughtUp } from './read.ts';

export interface ListAsked {
  readonly search?: string;
  readonly type?: string;
  readonly limit?: number;
  readonly cursor?: string;
}
interface Listed<T> {
  readonly entries: T[];
  readonly next_cursor: string | null;
  readonly notices: Notice[];
}
type Suggestion = Suggestions['suggestions'][number];

/** Different values of a field that are looked through. */
const VALUES_MOST = 2_000;
/** How often, and how many ms apart, a list looks whether the indexes have everything. */
const SETTLE = { looks: 25, ms: 20 } as const;
/** Names of one entry that are shown. */
const FORMER_MOST = 10;

/** Fields that stand for people and records, and which side of events they are on. */
const SIDES = new Map<SuggestField, readonly Side[]>([
  ['actor', ['actor']],
  ['on_behalf_of', ['actor']],
  ['target', ['record']],
  ['party', ['actor', 'record']],
]);

const seenAt = (entity: Entity, side: Side): number =>
  side === 'actor' ? entity.acted_at : entity.touched_at;
const isFacet = (field: SuggestField): field is FacetField =>
  FACET_FIELDS.some((known) => known === field);
const present = (name: 'id' | 'name' | 'email', value: string) =>
  value === '' ? {} : { [name]: value };
/** A value begins so, or a word of it does. */
const hasStart = (text: string, prefix: string): boolean =>
  text.startsWith(prefix) ||
  text.split(/[^\p{L}\p{N}\p{M}]+/u).some((word) => word.startsWith(prefix));

export class Parties {
  readonly #store: Store;
  readonly #cursors: Cursors;

  constructor(store: Store, cursors: Cursors) {
    this.#store = store;
    this.#cursors = cursors;
  }

  async actors(sight: Sight, asked: ListAsked): Promise<Listed<Actor>> {
    return await this.#list(sight, asked, 'actor', (entry) => entry);
  }

  async records(sight: Sight, asked: ListAsked): Promise<Listed<RecordEntry>> {
    return await this.#list(sight, asked, 'record', (entry, { created_at, deleted_at }) => ({
      ...entry,
      deleted_at: deleted_at >= 0 && deleted_at >= created_at ? formatInstant(deleted_at) : null,
    }));
  }

  async #list<T>(
    { tenant, view }: Sight,
    asked: ListAsked,
    side: Side,
    entryOf: (entry: Actor, entity: Entity) => T,
  ): Promise<Listed<T>> {
    const { tenant_no: tenantNo } = tenant;
    const notices = await this.#settled(tenantNo);
    const limit = asked.limit ?? PAGE_LIMIT.default;
    const search = asked.search === undefined ? undefined : foldedName(asked.search);
    const binding = `${side} ${tenantNo} ${view.name} ${asked.type ?? ''} ${search ?? ''}`;
    const after =
      asked.cursor === undefined ? undefined : this.#cursors.open(asked.cursor, binding);
    if (asked.cursor !== undefined && after === undefined) throw new Fault('invalid_cursor');
    const found = await this.#store.entities.list({
      tenantNo,
      side,
      type: asked.type,
      search,
      after: after && { seenAt: after.after.occurredAt, entity: after.after.sequence },
      limit: limit + 1,
    });
    const shown = found.slice(0, limit);
    const former = await this.#formerNames(tenantNo, shown);
    const last = shown.at(-1);
    const place = last && { occurredAt: seenAt(last, side), sequence: last.entity };
    const content = { from: 0, to: 0, order: 'desc' } as const;
    return {
      entries: shown.map((entity) => entryOf(entry(entity, side, former), entity)),
      next_cursor:
        found.length > limit && place
          ? this.#cursors.seal({ after: place, ...content }, binding)
          : null,
      notices,
    };
  }

  /** Lists come from the indexes alone, so they wait a moment for what was just recorded. */
  async #settled(tenantNo: number): Promise<Notice[]> {
    const { indexed, size } = await caughtUp(this.#store, tenantNo, SETTLE);
    return indexed < size ? [await behind(this.#store, tenantNo, indexed)] : [];
  }

  /** Other whole names, e-mails and ids of each, the latest first. */
  async #formerNames(tenantNo: number, entities: readonly Entity[]) {
    const numbers = entities.map(({ entity }) => entity);
    const names = numbers.length === 0 ? [] : await this.#store.entities.names(tenantNo, numbers);
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

  async suggest(
    { tenant }: Sight,
    asked: { field: SuggestField; prefix?: string; limit?: number },
  ): Promise<Suggestions> {
    const limit = asked.limit ?? SUGGESTIONS.default;
    const prefix = foldedName(asked.prefix ?? '');
    const { tenant_no: tenantNo } = tenant;
    const sides = SIDES.get(asked.field);
    const suggestions =
      sides !== undefined
        ? await this.#people(tenantNo, sides, prefix, limit)
        : asked.field === 'key'
          ? QUERY_KEYS.filter((key) => hasStart(key, prefix)).map((value) => ({ value }))
          : await this.#values(tenantNo, asked.field, prefix);
    return { suggestions: suggestions.slice(0, limit) };
  }

  async #people(
    tenantNo: number,
    sides: readonly Side[],
    prefix: string,
    limit: number,
  ): Promise<Suggestion[]> {
    const search = prefix === '' ? undefined : prefix;
    const found = new Map<number, { entity: Entity; seen: number }>();
    for (const side of sides) {
      const list = { tenantNo, side, type: undefined, search, after: undefined, limit };
      for (const entity of await this.#store.entities.list(list)) {
        const seen = Math.max(seenAt(entity, side), found.get(entity.entity)?.seen ?? 0);
        found.set(entity.entity, { entity, seen });
      }
    }
    const latest = [...found.values()].sort((one, other) => other.seen - one.seen).slice(0, limit);
    const former = await this.#formerNames(
      tenantNo,
      latest.map(({ entity }) => entity),
    );
    return latest.map(({ entity, seen }) => suggestionOf(entity, seen, former, prefix));
  }

  /** Values of a field that begin so, the most frequent first. */
  async #values(tenantNo: number, field: SuggestField, prefix: string): Promise<Suggestion[]> {
    const isActivity = field === 'activity';
    const dimension = isActivity ? 'action' : field;
    if (!isFacet(dimension)) return [];
    const all = { group: groupOf(dimension), level: 'four_weeks', from: 0, to: Infinity } as const;
    const { counted } = await this.#store.counts.read(tenantNo, [all]);
    const sums = new Map<string, number>();
    for (const { counts } of counted) {
      for (const list of counts) if (list[0] === dimension) addList(sums, list);
    }
    return [...sums]
      .slice(0, VALUES_MOST)
      .map(([value, n]) => {
        const label = field === 'action' || isActivity ? activityOf(value) : undefined;
        const shown = isActivity ? activityOf(value) : value;
        return { value: shown, ...(label === undefined || isActivity ? {} : { label }), count: n };
      })
      .filter(
        ({ value, label }) => hasStart(fold(value), prefix) || hasStart(fold(label ?? ''), prefix),
      )
      .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
  }
}

function entry(entity: Entity, side: Side, former: ReadonlyMap<number, string[]>): Actor {
  return {
    type: entity.type,
    ...present('id', entity.id),
    ...present('name', entity.name),
    ...present('email', entity.email),
    former_names: former.get(entity.entity) ?? [],
    first_seen: formatInstant(entity.first_seen),
    last_seen: formatInstant(seenAt(entity, side)),
    events: entity.events,
  };
}

function suggestionOf(
  entity: Entity,
  seen: number,
  former: ReadonlyMap<number, string[]>,
  prefix: string,
): Suggestion {
  const { id, name, email, type } = entity;
  const value = id || email || name;
  const label = name || email;
  const isCurrent = [name, email, id].some((text) => hasStart(foldedName(text), prefix));
  const matched = isCurrent
    ? undefined
    : former.get(entity.entity)?.find((text) => hasStart(foldedName(text), prefix));
  return {
    value,
    ...(label === '' || label === value ? {} : { label }),
    type,
    ...(matched === undefined ? {} : { matched }),
    last_seen: formatInstant(seen),
    count: entity.events,
  };
}
