/**
 * What a query means: a pure test of one event, as a view shows it. Indexes only propose events;
 * this decides, on every answer, so that all of them agree and nothing hidden can be reached.
 * An erased value is absent; of an id its pseudonym stays.
 */
import type { ReadEvent } from './event.ts';
import { addressKey, networkKeys } from './ip.ts';
import type { Field, NamedKey, Operator, Query, QueryKey, Term, Test, Text } from './query.ts';
import { activityOf, idText, isErased, SEVERITIES } from './values.ts';
import { fold, wordsOf } from './words.ts';

export type Matcher = (event: ReadEvent) => boolean;
type Value = string | number;

/** Parts of an event that views show or hide as one; the text index has a column for each. */
export const UNITS = ['plain', 'names', 'paths', 'values', 'personal'] as const;
export type Unit = (typeof UNITS)[number];

/** Where another product's record stands whole: it is kept, not searched by word. */
const ORIGINAL = 'original';

const isPresent = (value: unknown): value is Value =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';
const present = (values: readonly unknown[]): Value[] => values.filter(isPresent);

/** Somebody or something as an event names it; its values may be erased. */
export interface Named {
  readonly type: string;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly email?: unknown;
}
const namesOf = (entities: readonly Named[] | undefined): Value[] =>
  present((entities ?? []).flatMap(({ id, name, email }) => [idText(id), name, email]));

/** What a dotted path leads to; a name may hold dots itself. */
function atPath(value: unknown, path: string): unknown[] {
  if (typeof value !== 'object' || value === null || isErased(value)) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => atPath(item, path));
  return Object.entries(value).flatMap(([name, inner]): unknown[] => {
    if (name === path) return Array.isArray(inner) ? inner : [inner];
    return path.startsWith(`${name}.`) ? atPath(inner, path.slice(name.length + 1)) : [];
  });
}

const VALUES: Readonly<Record<Exclude<QueryKey, NamedKey>, (event: ReadEvent) => unknown[]>> = {
  id: (event) => [event.id],
  event_type: (event) => [event.event_type],
  action: (event) => [event.action],
  activity: (event) => [event.activity ?? activityOf(event.action)],
  operation: (event) => [event.operation],
  actor: (event) => namesOf([event.actor]),
  'actor.type': (event) => [event.actor.type],
  'actor.role': (event) => event.actor.roles ?? [],
  on_behalf_of: (event) => namesOf(event.on_behalf_of),
  party: (event) => [
    ...namesOf([event.actor]),
    ...namesOf(event.targets),
    ...namesOf(event.on_behalf_of),
  ],
  target: (event) => namesOf(event.targets),
  'target.type': (event) => (event.targets ?? []).map(({ type }) => type),
  'target.parent': (event) => namesOf(event.targets?.filter(({ role }) => role === 'parent')),
  application: (event) => [event.source?.application],
  component: (event) => [event.source?.component],
  channel: (event) => [event.source?.channel],
  initiator: (event) => [event.source?.initiator],
  outcome: (event) => [event.outcome?.result],
  'outcome.reason': (event) => [event.outcome?.reason],
  ip: (event) => [event.context?.ip],
  request: (event) => [event.context?.request_id],
  session: (event) => [event.context?.session_id],
  correlation: (event) => [event.context?.correlation_id],
  trace: (event) => [event.context?.trace_id],
  changed: (event) => (event.changes ?? []).map(({ path }) => path),
  reason: (event) => [event.reason?.text],
  ticket: (event) => [event.reason?.ticket],
  severity: (event) => [event.severity],
};

/** The values that a key stands for; an object counts as present but has no value of its own. */
export function valuesOf(event: ReadEvent, key: QueryKey, name = ''): unknown[] {
  const isThere = (value: unknown) => value !== undefined && value !== null && !isErased(value);
  const found =
    key === 'label' || key === 'metadata'
      ? key === 'label'
        ? Object.entries(event.labels ?? {}).flatMap(([label, value]) =>
            label === name && !isErased(event.labels) ? [value] : [],
          )
        : atPath(event.metadata, name)
      : VALUES[key](event);
  return found.filter(isThere);
}

/** Nobody looks for the numbers in a browser's name, and they are half of its words. */
const withoutVersions = (userAgent: string): string =>
  userAgent.replace(/(?<![\p{L}\p{N}])\d[\d._]*(?![\p{L}\p{N}])/gu, ' ');

type VisitText = (unit: Unit, text: Value) => boolean;

/** Shows texts, numbers, and yes or no in a value, at any depth. */
function visitLeaves(unit: Unit, value: unknown, visit: VisitText): boolean {
  if (typeof value === 'boolean') return visit(unit, String(value));
  if (typeof value !== 'object' || value === null) return isPresent(value) && visit(unit, value);
  if (isErased(value)) return false;
  return Object.values(value).some((inner) => visitLeaves(unit, inner, visit));
}

/**
 * Shows texts of an event that are searched by word, with the unit they belong to, until one is
 * what was looked for. One by one: most questions are decided by few of them.
 */
function visitTexts(event: ReadEvent, visit: VisitText): boolean {
  const { actor, source, context, outcome, reason, metadata } = event;
  const { changes = [], targets = [], on_behalf_of = [] } = event;
  const see = (unit: Unit, value: unknown) => isPresent(value) && visit(unit, value);
  const seeNames = ({ id, name, email }: Named) =>
    see('names', idText(id)) || see('names', name) || see('names', email);
  const userAgent = context?.user_agent;
  return (
    see('plain', event.action) ||
    see('plain', event.event_type) ||
    see('plain', event.operation) ||
    see('plain', event.severity) ||
    see('plain', actor.type) ||
    (actor.roles ?? []).some((role) => see('plain', role)) ||
    targets.some(({ type }) => see('plain', type)) ||
    see('plain', source?.application) ||
    see('plain', source?.component) ||
    see('plain', source?.channel) ||
    see('plain', source?.initiator) ||
    see('plain', outcome?.result) ||
    see('plain', outcome?.code) ||
    see('plain', reason?.ticket) ||
    see('plain', context?.request_id) ||
    see('plain', context?.trace_id) ||
    see('plain', context?.correlation_id) ||
    seeNames(actor) ||
    on_behalf_of.some(seeNames) ||
    targets.some(seeNames) ||
    changes.some(({ path, label }) => see('paths', path) || see('paths', label)) ||
    changes.some(
      ({ before, after }) =>
        visitLeaves('values', before, visit) || visitLeaves('values', after, visit),
    ) ||
    see('personal', context?.ip) ||
    see('personal', context?.location) ||
    see('personal', context?.session_id) ||
    (typeof userAgent === 'string' && see('personal', withoutVersions(userAgent))) ||
    see('personal', reason?.text) ||
    see('personal', outcome?.reason) ||
    (!isErased(metadata) &&
      Object.entries(metadata ?? {}).some(
        ([name, value]) => name !== ORIGINAL && visitLeaves('personal', value, visit),
      )) ||
    visitLeaves('personal', event.labels, visit)
  );
}

/** Texts of an event that are searched by word, by the unit they belong to. */
export function textsOf(event: ReadEvent): Record<Unit, Value[]> {
  const texts: Record<Unit, Value[]> = {
    ...{ plain: [], names: [], paths: [], values: [], personal: [] },
  };
  visitTexts(event, (unit, text) => {
    texts[unit].push(text);
    return false;
  });
  return texts;
}

const hasSequence = (words: readonly string[], wanted: readonly string[], isPrefix: boolean) => {
  const last = wanted.length - 1;
  for (let start = 0; start + last < words.length; start++) {
    const isHere = wanted.every((word, index) => {
      const found = words[start + index] ?? '';
      return isPrefix && index === last ? found.startsWith(word) : found === word;
    });
    if (isHere) return true;
  }
  return false;
};

/** The words that an event must have to hold a text, in order; none if the text has no word. */
export const wordsOfText = ({ text }: Text): string[] => wordsOf(text);

function textMatcher(text: Text): Matcher {
  const wanted = wordsOfText(text);
  // Without a word there is nothing to look for: punctuation alone is in no event.
  const [first] = wanted;
  if (first === undefined) return () => false;
  // A word is a part of its folded text: most texts need not be cut into words to be left out.
  const holds = (value: string) =>
    fold(value).includes(first) && hasSequence(wordsOf(value), wanted, text.isPrefix);
  return (event) => visitTexts(event, (_unit, value) => holds(String(value)));
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const numberOf = (value: Value): number | undefined =>
  typeof value === 'number' ? value : NUMBER.test(value) ? Number(value) : undefined;
const RANKS: ReadonlyMap<string, number> = new Map(SEVERITIES.map((name, rank) => [name, rank]));
const severityRank = (value: string): number => RANKS.get(value) ?? -1;

/** Below, equal or above zero; undefined if the two cannot be compared. */
function compare(key: QueryKey, value: Value, operand: string): number | undefined {
  if (key === 'severity') {
    const [left, right] = [severityRank(fold(String(value))), severityRank(fold(operand))];
    return left < 0 || right < 0 ? undefined : left - right;
  }
  const [left, right] =
    key === 'ip'
      ? [addressKey(String(value)), addressKey(operand)]
      : [numberOf(value), numberOf(operand)];
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : 0;
  // A number beside a text, or what is no address: only two of a kind are compared.
  if (key === 'ip' || typeof value === 'number' || right !== undefined) return undefined;
  const [text, other] = [fold(value), fold(operand)];
  return text < other ? -1 : text > other ? 1 : 0;
}

const HOLDS: Readonly<Record<Operator, (order: number) => boolean>> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};

type ValueTest = (value: unknown) => boolean;

function isTest(key: QueryKey, { value, before, after }: Test & { kind: 'is' }): ValueTest {
  const wanted = fold(value);
  const isWhole = !before && !after;
  if (key === 'ip' && isWhole) {
    const network = networkKeys(value);
    if (network) {
      return (found) => {
        const address = addressKey(String(found));
        return address !== undefined && address >= network.first && address <= network.last;
      };
    }
    const address = addressKey(value);
    return (found) => addressKey(String(found)) === address && address !== undefined;
  }
  if (key === 'changed' && isWhole) {
    const path = wanted.startsWith('/') || wanted === '' ? wanted : `/${wanted}`;
    return (found) => {
      const here = fold(String(found));
      return here === path || here.startsWith(`${path}/`);
    };
  }
  return (found) => {
    if (typeof found === 'object') return false;
    const text = fold(String(found));
    if (before && after) return text.includes(wanted);
    if (before) return text.endsWith(wanted);
    return after ? text.startsWith(wanted) : text === wanted;
  };
}

function valueTest(key: QueryKey, test: Test): ValueTest {
  switch (test.kind) {
    case 'present':
      return () => true;
    case 'is':
      return isTest(key, test);
    case 'compare': {
      const holds = HOLDS[test.operator];
      return (value) => {
        const order = isPresent(value) ? compare(key, value, test.value) : undefined;
        return order !== undefined && holds(order);
      };
    }
    case 'range': {
      const { from, to } = test;
      return (value) => {
        if (!isPresent(value)) return false;
        const [low, high] = [from, to].map((end) =>
          end === undefined ? 0 : compare(key, value, end),
        );
        return low !== undefined && high !== undefined && low >= 0 && high <= 0;
      };
    }
  }
}

function fieldMatcher({ key, name, test }: Field): Matcher {
  const holds = valueTest(key, test);
  return (event) => valuesOf(event, key, name).some(holds);
}

function bodyMatcher(body: Term['body']): Matcher {
  if (body.kind === 'text') return textMatcher(body);
  if (body.kind === 'field') return fieldMatcher(body);
  const alternatives = body.alternatives.map(matcherOf);
  return (event) => alternatives.some((matches) => matches(event));
}

/** Terms that must all be true, each as alternatives of which one must. */
export function conditionsOf(query: Query): (readonly Term[])[] {
  const conditions: Term[][] = [];
  const ofKey = new Map<string, Term[]>();
  for (const term of query) {
    const { isNegated, body } = term;
    // Two comparisons of a key are two ends of a range; two values of it are a choice.
    const isChoice = !isNegated && body.kind === 'field' && body.test.kind !== 'compare';
    const key = isChoice ? `${body.key} ${body.name ?? ''}` : '';
    const known = isChoice ? ofKey.get(key) : undefined;
    if (known) {
      known.push(term);
    } else {
      const condition = [term];
      conditions.push(condition);
      if (isChoice) ofKey.set(key, condition);
    }
  }
  return conditions;
}

function termMatcher({ isNegated, body }: Term): Matcher {
  const matches = bodyMatcher(body);
  return isNegated ? (event) => !matches(event) : matches;
}

/** The test of a query, made once and used on many events. */
export function matcherOf(query: Query): Matcher {
  const conditions = conditionsOf(query).map((terms) => terms.map(termMatcher));
  return (event) => conditions.every((terms) => terms.some((matches) => matches(event)));
}
