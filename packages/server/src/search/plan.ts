/**
 * Query and view as one: what to read, by which index, and how each row is shown. Pure but for the
 * names and actions that it looks up.
 */

import { namedQuery } from '@annals/contract/compile';
import type { ReadEvent } from '@annals/contract/event';
import { networkWord } from '@annals/contract/ip';
import { kindEvent } from '@annals/contract/kinds';
import { conditionsOf, matcherOf, UNITS, type Unit } from '@annals/contract/match';
import {
  type Field,
  parseQuery,
  type Query,
  QueryError,
  type QueryKey,
  type Term,
  type Text,
} from '@annals/contract/query';
import type { Notice } from '@annals/contract/routes';
import { END_OF_TIME_MS, parseMoment } from '@annals/contract/time';
import { activityIn, type Subject, type View } from '@annals/contract/view';
import { wordsOf } from '@annals/contract/words';
import type { Sight } from '../access/access.ts';
import type { Lens } from '../event-rows.ts';
import { Fault } from '../fault.ts';
import {
  hasPrefixIndex,
  PARTY_ROLES,
  type Source,
  type Store,
  type TimeRange,
  type Words,
} from '../store/store.ts';
import { foldedName } from './involved.ts';
import { type AskedRange, checkFilters, limitRange } from './rules.ts';

/** What is asked of the log, as it came in. */
export interface Asked {
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
  readonly order?: 'asc' | 'desc';
}

export interface Plan extends Lens {
  readonly tenantNo: number;
  /** Milliseconds, inclusive. */
  readonly from: number;
  /** Milliseconds, exclusive. */
  readonly to: number;
  readonly order: 'asc' | 'desc';
  /** Must be true of every answer too: an index may be chosen by it. */
  readonly hints: Query;
  /** Hints name people and records of whom every event is wanted, under whatever name. */
  readonly wantsAllNames: boolean;
  /** What the view's limits have left out. */
  readonly notices: readonly Notice[];
}

/** People and records of one name that are read side by side. */
const ENTITIES_MOST = 30;
const ACTIONS_MOST = 20;
/** Different actions of a tenant that are looked through for those which a pattern means. */
const ACTIONS_KNOWN = 2_000;

function moment(name: 'from' | 'to', text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseMoment(text, now);
  if (ms !== undefined) return ms;
  const detail = 'must be an RFC 3339 time, or now, now-7d, now-12h (s m h d w)';
  throw new Fault('invalid_query', `${name} ${detail}.`, { errors: [{ path: name, detail }] });
}

/** The tree of a query. Throws Fault `invalid_search` with the place at fault. */
export function queryOf(text: string | undefined): Query {
  if (text === undefined) return [];
  try {
    return parseQuery(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { message: detail, position, expected, hint } = error;
    throw new Fault('invalid_search', detail, {
      errors: [{ path: 'q', detail, position, expected, hint }],
    });
  }
}

/** What a place in a stream is good for: one tenant, through one view, however it is defined. */
export const placeBinding = ({ tenant, view }: Sight): string =>
  JSON.stringify([tenant.tenant_no, view.name, view.subject?.type, view.subject?.id]);

/** What a cursor is good for: the same, through the view as it is defined now. */
export const bindingOf = (sight: Sight): string =>
  JSON.stringify([placeBinding(sight), sight.tenant.audit_enabled_at, sight.project.version]);

/** The range that a request names; relative times count from now. Throws Fault `invalid_query`. */
function rangeOf(asked: Asked, now: number): AskedRange {
  const from = moment('from', asked.from, now);
  const to = moment('to', asked.to, now);
  if ((from ?? 0) > (to ?? END_OF_TIME_MS)) {
    const errors = [{ path: 'from', detail: 'must not lie after to' }];
    throw new Fault('invalid_query', 'from must not lie after to.', { errors });
  }
  return { from, to };
}

/** Which events a bound view is about, as a query: what looks up the subject by its id. */
const subjectTerms = ({ kind, id }: Subject): Query => [
  {
    isNegated: false,
    body: {
      kind: 'field',
      key: kind === 'actor' ? 'actor' : 'target',
      test: { kind: 'is', value: id, before: false, after: false },
    },
  },
];

/** A query as the project's names and the view's demands have it. Throws Fault. */
export function questionOf(sight: Sight, text: string | undefined, range?: AskedRange): Query {
  const parsed = queryOf(text);
  const query = sight.compiled ? namedQuery(sight.compiled, parsed) : parsed;
  checkFilters(sight, query, range);
  return query;
}

/**
 * The plan of a request under the view's rules. Throws Fault `invalid_query`, `invalid_search`,
 * `filter_required`, `filter_value_unknown`, `window_too_long`.
 */
export function planOf(sight: Sight, asked: Asked): Plan {
  const range = rangeOf(asked, sight.now);
  const query = questionOf(sight, asked.q, range);
  return planFor(sight, query, range, asked.order);
}

/** The plan of a query that no filter is demanded of. */
export function planFor(
  { tenant, view, limits, notices: known, now }: Sight,
  query: Query,
  asked: AskedRange,
  order: Plan['order'] = 'desc',
): Plan {
  const { tenant_no: tenantNo, tenant_id: tenantId } = tenant;
  const { from, to, notices: cuts } = limitRange(limits, asked, now);
  const notices = [...known, ...cuts];
  const hints = view.subject ? subjectTerms(view.subject) : [];
  const wantsAllNames = false;
  return { tenantNo, tenantId, view, query, from, to, order, hints, wantsAllNames, notices };
}

const { actor, on_behalf_of, primary, parent, related } = PARTY_ROLES;
const TARGETS = primary | parent | related;
/** Keys whose values are people and records, as bits of the roles that they ask for. */
const PARTY_KEYS = new Map<QueryKey, number>([
  ['actor', actor],
  ['on_behalf_of', on_behalf_of],
  ['target', TARGETS],
  ['target.parent', parent],
  ['party', actor | on_behalf_of | TARGETS],
]);

const PLAIN: readonly Unit[] = ['plain'];
const PERSONAL: readonly Unit[] = ['personal'];
/** The unit that holds the words of a key's values; `textsOf` puts them there. */
const KEY_UNITS = new Map<QueryKey, readonly Unit[]>([
  ...(
    [
      ...['event_type', 'action', 'operation', 'actor.type', 'actor.role'],
      ...['target.type', 'application', 'component', 'channel', 'initiator', 'outcome'],
      ...['request', 'correlation', 'trace', 'ticket', 'severity'],
    ] as QueryKey[]
  ).map((key) => [key, PLAIN] as const),
  ...[...PARTY_KEYS.keys()].map((key) => [key, ['names']] as const),
  ...(['session', 'reason', 'outcome.reason', 'label', 'metadata'] as const).map(
    (key) => [key, PERSONAL] as const,
  ),
  ['changed', ['paths']],
]);

const all = (of: readonly Words[]): Words | undefined =>
  of.length > 1 ? { kind: 'all', of } : of[0];

/** Whether words that begin so can be looked up. */
type PrefixTest = (beginning: string) => boolean;

const STARTS_WITH_WORD = /^[\p{L}\p{N}\p{M}]/u;

/** Words that whatever passes the test must have in these units; undefined if none is sure. */
function sureWords(
  value: string,
  open: { before: boolean; after: boolean },
  units: readonly Unit[],
  hasPrefix: PrefixTest,
): Words | undefined {
  const words = wordsOf(value);
  // A word that the value begins in the middle of may be any.
  const sure = open.before && STARTS_WITH_WORD.test(value) ? words.slice(1) : words;
  const parts = sure.map((word, index): Words | undefined => {
    const isPrefix = open.after && index === sure.length - 1;
    if (isPrefix && !hasPrefix(word)) return undefined;
    return { kind: 'word', word, isPrefix, units };
  });
  return all(parts.filter((part) => part !== undefined));
}

function fieldWords({ key, name, test }: Field, hasPrefix: PrefixTest): Words | undefined {
  if (test.kind !== 'is') return undefined;
  const { value, before, after } = test;
  if (key === 'ip') {
    const word = before || after ? undefined : networkWord(value);
    return word === undefined
      ? undefined
      : { kind: 'word', word, isPrefix: false, units: PERSONAL };
  }
  // The whole record of another product is kept, not indexed.
  if (key === 'metadata' && name?.startsWith('original')) return undefined;
  const units = KEY_UNITS.get(key);
  return units && sureWords(value, { before, after }, units, hasPrefix);
}

const textWords = ({ text, isPrefix }: Text, hasPrefix: PrefixTest): Words | undefined =>
  sureWords(text, { before: false, after: isPrefix }, UNITS, hasPrefix);

function termWords({ isNegated, body }: Term, hasPrefix: PrefixTest): Words | undefined {
  if (isNegated) return undefined;
  if (body.kind === 'field') return fieldWords(body, hasPrefix);
  if (body.kind === 'text') return textWords(body, hasPrefix);
  return anyOf(body.alternatives.map((query) => all(wordsOfQuery(query, hasPrefix))));
}

/** One of several must be true: only if each has its words, one of these is sure to be there. */
function anyOf(parts: readonly (Words | undefined)[]): Words | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.length > 1 ? { kind: 'any', of: known } : known[0];
}

/** Words that every answer must have: one entry for each condition that has such. */
function wordsOfQuery(query: Query, hasPrefix: PrefixTest): Words[] {
  return conditionsOf(query)
    .map((terms) => anyOf(terms.map((term) => termWords(term, hasPrefix))))
    .filter((part) => part !== undefined);
}

/** Values of `id:` if the query names whole ones, so that no other event can be an answer. */
export function idsOf(query: Query): string[] | undefined {
  for (const terms of conditionsOf(query)) {
    const ids = terms.flatMap(({ isNegated, body }) => {
      const isId = !isNegated && body.kind === 'field' && body.key === 'id';
      if (!isId || body.test.kind !== 'is' || body.test.before || body.test.after) return [];
      return [body.test.value.toLowerCase()];
    });
    if (ids.length === terms.length) return ids;
  }
  return undefined;
}

/** Conditions of which one may be looked up alone. */
const loneConditions = (query: Query, words: readonly Words[]): (readonly Term[])[] =>
  // Several conditions are looked up together by their words.
  words.length > 1 ? [] : conditionsOf(query);

const isParty = ({ isNegated, body }: Term): boolean =>
  !isNegated &&
  body.kind === 'field' &&
  PARTY_KEYS.has(body.key) &&
  body.test.kind === 'is' &&
  !body.test.before &&
  body.test.value !== '';
const isAction = ({ isNegated, body }: Term): boolean =>
  !isNegated && body.kind === 'field' && (body.key === 'action' || body.key === 'activity');

/** Entities in their roles; undefined if they are too many. */
async function partySource(
  { entities }: Pick<Store, 'entities'>,
  tenantNo: number,
  terms: readonly Term[],
  span: TimeRange,
): Promise<Source | undefined> {
  const found = new Set<number>();
  let roles = 0;
  for (const { body } of terms) {
    if (body.kind !== 'field' || body.test.kind !== 'is') return undefined;
    roles |= PARTY_KEYS.get(body.key) ?? 0;
    const test = { value: foldedName(body.test.value), after: body.test.after };
    const some = await entities.withName(tenantNo, test, ENTITIES_MOST + 1);
    for (const entity of some) found.add(entity);
    if (found.size > ENTITIES_MOST) return undefined;
  }
  return { kind: 'parties', entities: [...found], roles, span };
}

const eventWith = (action: string, view: View): ReadEvent => ({
  ...kindEvent({ action, actor: { type: 'system' } }),
  activity: activityIn(view, action),
});

/** How a query can be read by an index: known before anything is looked up. */
export interface Ways {
  readonly words: Words | undefined;
  readonly parties: readonly Term[] | undefined;
  readonly actions: readonly Term[] | undefined;
}
export function waysOf({ database }: Pick<Store, 'database'>, plan: Plan): Ways {
  if (plan.wantsAllNames) {
    const parties = conditionsOf(plan.hints).find((terms) => terms.every(isParty));
    return { words: undefined, actions: undefined, parties };
  }
  const asked = waysBy(database, [...plan.query, ...plan.hints]);
  const isBlind = !asked.words && !asked.parties && !asked.actions;
  // Most events of a view are such that its own rows say: they help only where nothing else does.
  return isBlind ? waysBy(database, plan.view.rows) : asked;
}

function waysBy(database: Store['database'], query: Query): Ways {
  const words = wordsOfQuery(query, (beginning) => hasPrefixIndex(database.dialect, beginning));
  const lone = loneConditions(query, words);
  return {
    words: all(words),
    parties: lone.find((terms) => terms.every(isParty)),
    actions: lone.find((terms) => terms.every(isAction)),
  };
}

/**
 * Actions that a condition means, which are known without a follower; undefined if it has another
 * way, or if they are too many.
 */
export async function actionSource(
  { events }: Pick<Store, 'events'>,
  { tenantNo, view }: Plan,
  { parties, actions: terms }: Ways,
): Promise<Source | undefined> {
  if (parties || !terms) return undefined;
  const known = await events.actions(tenantNo, ACTIONS_KNOWN + 1);
  if (known.length > ACTIONS_KNOWN) return undefined;
  const matches = matcherOf(terms);
  const actions = known.filter((action) => matches(eventWith(action, view)));
  return actions.length > ACTIONS_MOST ? undefined : { kind: 'actions', actions };
}

/** The index to read by, of those that followers make; undefined if there is none. */
export async function indexSource(
  store: Store,
  { tenantNo }: Plan,
  { parties, words }: Ways,
  span: TimeRange,
): Promise<Source | undefined> {
  const source = parties && (await partySource(store, tenantNo, parties, span));
  if (source) return source;
  const known = words && (await store.finds.lookUp(tenantNo, words));
  return known && { kind: 'words', words: known, span };
}
