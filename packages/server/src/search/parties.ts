/**
 * Who and what a log is about: lists with search, and values proposed while somebody writes. Of a
 * view that shows everything the index of entities tells it, of any other the events it shows.
 */
import {
  type Actor,
  type RecordEntry,
  SUGGESTIONS,
  type SuggestField,
  type Suggestions,
} from '@annals/contract/find';
import { matcherOf } from '@annals/contract/match';
import type { Candidate } from '@annals/contract/problem';
import { QUERY_KEYS, type Query, type QueryKey, type Term } from '@annals/contract/query';
import { type Notice, PAGE_LIMIT } from '@annals/contract/routes';
import { END_OF_TIME_MS, formatInstant } from '@annals/contract/time';
import { FACET_FIELDS, type FacetField } from '@annals/contract/values';
import { activityIn, showsWhole, type View } from '@annals/contract/view';
import { fold } from '@annals/contract/words';
import type { Sight } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { Side, Store } from '../store/store.ts';
import type { CastEntry } from './cast.ts';
import type { Counting } from './counting.ts';
import type { Cursors } from './cursor.ts';
import { foldedName, nameStarts } from './involved.ts';
import { castPeople, indexedPeople, type People, type Person, placeOf } from './people.ts';
import { bindingOf, type Plan, planFor } from './plan.ts';
import { behind, caughtUp, type Reader } from './read.ts';
import { filterTerms } from './rules.ts';
import { addTo } from './tally.ts';

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

/** Different values of a field that are looked through: the most frequent. */
const VALUES_MOST = 2_000;
/** How often, and how many ms apart, a list looks whether the indexes have everything. */
const SETTLE = { looks: 25, ms: 20 } as const;
/** Events looked at for a proposal, and the time it may take in ms: somebody is writing. */
const SUGGEST_BOUNDS = { rows: 20_000, ms: 100, least: 1_000 };
const CANDIDATES_MOST = 20;

/** Fields that stand for people and records, and which side of events they are on. */
const SIDES = new Map<SuggestField, readonly Side[]>([
  ['actor', ['actor']],
  ['on_behalf_of', ['actor']],
  ['target', ['record']],
  ['party', ['actor', 'record']],
]);

const isFacet = (field: SuggestField): field is FacetField =>
  FACET_FIELDS.some((known) => known === field);
const present = (name: 'id' | 'name' | 'email', value: string) =>
  value === '' ? {} : { [name]: value };
/** A value begins so, or a word of it does. */
const hasStart = (text: string, prefix: string): boolean =>
  text.startsWith(prefix) ||
  text.split(/[^\p{L}\p{N}\p{M}]+/u).some((word) => word.startsWith(prefix));

/** Whether the index of entities tells of events as the view shows them. */
const isIndexed = ({ view }: Sight): boolean => showsWhole(view) && !view.hasOwn;

export class Parties {
  readonly #store: Store;
  readonly #cursors: Cursors;
  readonly #reader: Reader;
  readonly #counting: Counting;

  constructor(store: Store, cursors: Cursors, reader: Reader, counting: Counting) {
    this.#store = store;
    this.#cursors = cursors;
    this.#reader = reader;
    this.#counting = counting;
  }

  async actors(sight: Sight, asked: ListAsked, signal?: AbortSignal): Promise<Listed<Actor>> {
    return await this.#list(sight, asked, 'actor', personOf, signal);
  }

  async records(
    sight: Sight,
    asked: ListAsked,
    signal?: AbortSignal,
  ): Promise<Listed<RecordEntry>> {
    const entryOf = (person: Person) => {
      const { createdAt, deletedAt } = person;
      const isGone = deletedAt >= 0 && deletedAt >= createdAt;
      return { ...personOf(person), deleted_at: isGone ? formatInstant(deletedAt) : null };
    };
    return await this.#list(sight, asked, 'record', entryOf, signal);
  }

  async #list<T>(
    sight: Sight,
    asked: ListAsked,
    side: Side,
    entryOf: (person: Person) => T,
    signal: AbortSignal | undefined,
  ): Promise<Listed<T>> {
    const limit = asked.limit ?? PAGE_LIMIT.default;
    const search = asked.search === undefined ? undefined : foldedName(asked.search);
    const binding = `${side} ${bindingOf(sight)} ${asked.type ?? ''} ${search ?? ''}`;
    const after =
      asked.cursor === undefined ? undefined : this.#cursors.open(asked.cursor, binding);
    if (asked.cursor !== undefined && after === undefined) throw new Fault('invalid_cursor');
    const { people, notices } = await this.#people(sight, signal);
    const found = await people.list({
      ...{ side, type: asked.type, search, limit: limit + 1 },
      after: after && { seenAt: after.after.occurredAt, number: after.after.sequence },
    });
    const shown = found.people.slice(0, limit);
    const last = shown.at(-1);
    const content = { from: 0, to: 0, order: 'desc', asOf: sight.now } as const;
    return {
      entries: shown.map(entryOf),
      next_cursor:
        found.people.length > limit && last
          ? this.#cursors.seal({ after: placeOf(last), ...content }, binding)
          : null,
      notices: [...notices, ...found.notices],
    };
  }

  /** Lists come from the indexes alone, so they wait a moment for what was just recorded. */
  async #people(sight: Sight, signal: AbortSignal | undefined) {
    if (!isIndexed(sight)) {
      return { people: castPeople(this.#reader, sight, signal), notices: [] };
    }
    const { tenant_no: tenantNo } = sight.tenant;
    const { indexed, size } = await caughtUp(this.#store, tenantNo, SETTLE);
    const notices = indexed < size ? [await behind(this.#store, tenantNo, indexed)] : [];
    return { people: indexedPeople(this.#store, tenantNo), notices };
  }

  async suggest(
    sight: Sight,
    asked: { field: SuggestField; prefix?: string; limit?: number },
    signal?: AbortSignal,
  ): Promise<Suggestions> {
    const limit = asked.limit ?? SUGGESTIONS.default;
    const prefix = foldedName(asked.prefix ?? '');
    const sides = SIDES.get(asked.field);
    const suggestions =
      sides !== undefined
        ? await this.#named(sight, sides, { prefix, limit }, signal)
        : asked.field === 'key'
          ? QUERY_KEYS.filter((key) => hasStart(key, prefix)).map((value) => ({ value }))
          : await this.#values(sight, asked.field, prefix, signal);
    return { suggestions: suggestions.slice(0, limit) };
  }

  async #named(
    sight: Sight,
    sides: readonly Side[],
    { prefix, limit }: { readonly prefix: string; readonly limit: number },
    signal: AbortSignal | undefined,
  ): Promise<Suggestion[]> {
    const people: People = isIndexed(sight)
      ? indexedPeople(this.#store, sight.tenant.tenant_no)
      : castPeople(this.#reader, sight, signal, SUGGEST_BOUNDS);
    const search = prefix === '' ? undefined : prefix;
    const found = new Map<string, Person>();
    for (const side of sides) {
      const list = { side, type: undefined, search, after: undefined, limit };
      for (const person of (await people.list(list)).people) {
        const known = found.get(person.key);
        if (!known || known.seenAt < person.seenAt) found.set(person.key, person);
      }
    }
    return [...found.values()]
      .sort((one, other) => other.seenAt - one.seenAt)
      .slice(0, limit)
      .map((person) => suggestionOf(person, prefix));
  }

  /** Values of a field that begin so, the most frequent first. */
  async #values(
    sight: Sight,
    field: SuggestField,
    prefix: string,
    signal: AbortSignal | undefined,
  ): Promise<Suggestion[]> {
    const isActivity = field === 'activity';
    const dimension = isActivity ? 'action' : field;
    if (!isFacet(dimension)) return [];
    const plan = planFor(sight, [], { from: undefined, to: undefined });
    const sums = await this.#counting.values(plan, dimension, signal, SUGGEST_BOUNDS);
    return [...(isActivity ? activitiesOf(sums, sight.view) : sums)]
      .sort(([one, n], [other, m]) => m - n || (one < other ? -1 : 1))
      .slice(0, VALUES_MOST)
      .map(([value, count]) => {
        const label = field === 'action' ? activityIn(sight.view, value) : undefined;
        return { value, ...(label === undefined ? {} : { label }), count };
      })
      .filter(
        ({ value, label }) => hasStart(fold(value), prefix) || hasStart(fold(label ?? ''), prefix),
      );
  }

  /**
   * The plan with ids in place of names where a filter must mean one person or record: then what
   * it was called at other times is found too. Throws Fault `record_ambiguous` where several of
   * those that the view shows have the name.
   */
  async resolveOne(sight: Sight, plan: Plan, signal: AbortSignal | undefined): Promise<Plan> {
    let resolved = plan;
    for (const filter of sight.rules?.filters ?? []) {
      const terms = filter.one === true ? filterTerms(filter, plan.query) : [];
      if (terms.length === 0 || filter.key === 'date_range') continue;
      const found = await this.#meant(sight, plan, { key: filter.key, terms }, signal);
      const [one, other] = found;
      if (other === undefined) {
        const query = one?.id ? withId(resolved.query, terms, one.id) : resolved.query;
        resolved = { ...resolved, query };
        continue;
      }
      const candidates = found
        .sort((one, other) => lastSeen(other) - lastSeen(one))
        .slice(0, CANDIDATES_MOST)
        .map(candidateOf);
      const detail = `${found.length} have this name. Choose one by its id.`;
      const errors = [{ path: 'q', detail: `${filter.key} must mean one` }];
      throw new Fault('record_ambiguous', detail, { errors, about: { candidates } });
    }
    return resolved;
  }

  /**
   * Those whom a name means among what is asked for; if none is called so there, among all that
   * the view reaches: a name may be of another time than the range.
   */
  async #meant(
    { limits }: Sight,
    plan: Plan,
    { key, terms }: { readonly key: QueryKey; readonly terms: readonly Term[] },
    signal: AbortSignal | undefined,
  ): Promise<CastEntry[]> {
    const to = Math.min(limits.to, END_OF_TIME_MS);
    for (const among of [plan, { ...plan, query: terms, from: limits.from, to }]) {
      const spec = { edges: [], fields: [], hasCast: true };
      const { tally } = await this.#reader.count(among, spec, signal);
      const found = [...tally.cast.values()].filter(meantBy(key, terms));
      if (found.length > 0) return found;
    }
    return [];
  }
}

/** How often each activity is there: several actions may be called the same. */
function activitiesOf(actions: ReadonlyMap<string, number>, view: View): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [action, n] of actions) addTo(sums, activityIn(view, action), n);
  return sums;
}

/** The query with one id in place of what some of its terms say. */
function withId(query: Query, terms: readonly Term[], id: string): Query {
  const bodies = new Set<Term['body']>(terms.map(({ body }) => body));
  return query.map((term) => {
    if (term.body.kind !== 'field' || !bodies.has(term.body)) return term;
    const test = { kind: 'is', value: id, before: false, after: false } as const;
    return { ...term, body: { ...term.body, test } };
  });
}

const lastSeen = ({ actedAt, touchedAt }: CastEntry): number => Math.max(actedAt, touchedAt);

const candidateOf = (entry: CastEntry): Candidate => ({
  type: entry.type,
  ...(entry.id === '' ? {} : { id: entry.id }),
  ...(entry.name === '' ? {} : { name: entry.name }),
  last_seen: formatInstant(lastSeen(entry)),
});

/** Whether one of the names that something had is the value of one of the terms. */
function meantBy(key: QueryKey, terms: readonly Term[]): (entry: CastEntry) => boolean {
  const matches = matcherOf(terms);
  const isActing = key === 'actor' || key === 'on_behalf_of';
  const never = new Date(0).toISOString();
  return ({ names, actedAt, touchedAt }) => {
    if ((isActing ? actedAt : touchedAt) < 0 && key !== 'party') return false;
    return [...names.keys()].some((name) => {
      const one = { type: 'user' as const, id: name };
      const event = { id: '', tenant_id: '', occurred_at: never, received_at: never, action: '' };
      const targets = [{ ...one, role: 'parent' as const }];
      return matches({ ...event, actor: one, on_behalf_of: [one], targets });
    });
  };
}

function personOf(person: Person): Actor {
  return {
    type: person.type,
    ...present('id', person.id),
    ...present('name', person.name),
    ...present('email', person.email),
    former_names: [...person.former],
    first_seen: formatInstant(person.firstSeen),
    last_seen: formatInstant(person.seenAt),
    events: person.events,
  };
}

function suggestionOf(person: Person, prefix: string): Suggestion {
  const { id, name, email, type, former, seenAt, events } = person;
  const value = id || email || name;
  const label = name || email;
  const startsSo = (text: string) => nameStarts(text).some((start) => start.startsWith(prefix));
  const matched = [name, email, id].some(startsSo) ? undefined : former.find(startsSo);
  return {
    value,
    ...(label === '' || label === value ? {} : { label }),
    type,
    ...(matched === undefined ? {} : { matched }),
    last_seen: formatInstant(seenAt),
    count: events,
  };
}
