/**
 * A definition as what answers are made with: views, grants of roles, and words in one language.
 * Pure; the definition must have passed `checkDefinition`.
 */
import type { Action, CAPABILITIES, Definition, ViewDefinition } from './definition.ts';
import { type HumanText, textsByLocale } from './human.ts';
import { ownWords } from './own-events.ts';
import { parseQuery, type Query, type QueryKey, type Term } from './query.ts';
import type { Manage } from './route.ts';
import { ALL, type Subject, type View, type Vocabulary } from './view.ts';
import { fold } from './words.ts';

export type Capability = (typeof CAPABILITIES)[number];

/** What roles together allow. */
export interface Grants {
  /** By view, in the order of the definition. */
  readonly views: ReadonlyMap<string, ReadonlySet<Capability>>;
  readonly manage: ReadonlySet<Manage>;
}

export interface KnownAction {
  readonly eventType: string;
  readonly action: Action;
}

/** A definition with what is looked up in it often. */
export interface Compiled {
  readonly definition: Definition;
  readonly timeZone: string;
  /** The language of those who name none. */
  readonly locale: string;
  /** Types of actors and targets whose id, name and e-mail are personal values, sorted. */
  readonly persons: readonly string[];
  readonly actions: ReadonlyMap<string, KnownAction>;
  /** Machine names by the folded names that people have for them, by the key of a query. */
  readonly named: ReadonlyMap<QueryKey, ReadonlyMap<string, readonly string[]>>;
}

const DEFAULT_LOCALE = 'en';

export function compileDefinition(definition: Definition): Compiled {
  const { applications = {}, resource_types = {}, event_types = {} } = definition;
  const { locales = [], time_zone = 'UTC' } = definition;
  const actions = new Map<string, KnownAction>();
  for (const [eventType, type] of Object.entries(event_types)) {
    for (const [name, action] of Object.entries(type.actions)) {
      actions.set(name, { eventType, action });
    }
  }
  const persons = Object.entries(resource_types).flatMap(([type, { person }]) =>
    person === true ? [type] : [],
  );
  return {
    definition,
    timeZone: time_zone,
    locale: locales[0] ?? DEFAULT_LOCALE,
    persons: [...new Set([...ALL.persons, ...persons])].sort(),
    actions,
    named: new Map<QueryKey, ReadonlyMap<string, readonly string[]>>([
      ['target.type', byName(resource_types)],
      ['application', byName(applications)],
      ['event_type', byName(event_types)],
    ]),
  };
}

interface Named {
  readonly label: HumanText;
  readonly synonyms?: readonly HumanText[];
}

/** Each name that something has in any language, folded, and what has it. */
function byName(things: Readonly<Record<string, Named>>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [own, { label, synonyms = [] }] of Object.entries(things)) {
    const names = [label, ...synonyms].flatMap((text) => Object.values(textsByLocale(text)));
    for (const name of new Set([own, ...names].map(fold))) {
      found.set(name, [...(found.get(name) ?? []), own]);
    }
  }
  return found;
}

/** The text in a language, else in the one nearest to it, else in the project's own. */
export function textIn(text: HumanText, locale: string, { locale: own }: Pick<Compiled, 'locale'>) {
  if (typeof text === 'string') return text;
  const [language = ''] = locale.split('-');
  const found = text[locale] ?? text[language] ?? text[own];
  return found ?? Object.values(text)[0] ?? '';
}

/** Whether the language is one that the project declares, or a region of one. */
const isSpoken = ({ definition: { locales = [] } }: Compiled, locale: string): boolean =>
  locales.some((known) => known === locale || known === locale.split('-')[0]);

function vocabularyOf(compiled: Compiled, asked: string | undefined): Vocabulary {
  const locale = asked !== undefined && isSpoken(compiled, asked) ? asked : compiled.locale;
  const entries = [...compiled.actions];
  const say = (text: HumanText) => textIn(text, locale, compiled);
  const own = ownWords(locale);
  return {
    locale,
    activities: {
      ...own.activities,
      ...Object.fromEntries(entries.map(([name, { action }]) => [name, say(action.label)])),
    },
    sentences: {
      ...own.sentences,
      ...Object.fromEntries(entries.map(([name, { action }]) => [name, action.sentences.map(say)])),
    },
    failed: Object.fromEntries(
      entries.flatMap(([name, { action }]) =>
        action.failed ? [[name, action.failed.map(say)]] : [],
      ),
    ),
  };
}

/** A built-in view with the project's words. */
export const builtInOf = (compiled: Compiled, view: View, locale: string | undefined): View => ({
  ...view,
  persons: compiled.persons,
  vocabulary: vocabularyOf(compiled, locale),
});

/** How a view of the definition shows events; a bound one, those of its subject. */
export function viewOf(
  compiled: Compiled,
  name: string,
  view: ViewDefinition,
  {
    locale,
    subject,
  }: { readonly locale?: string | undefined; readonly subject?: Subject | undefined },
): View {
  const { data_classes = {} } = compiled.definition;
  const classes = view.classes ?? ['public', 'personal'];
  return {
    name,
    rows: namedQuery(compiled, parseQuery(view.rows ?? '')),
    hasOwn: view.self_audit ?? false,
    subject,
    hasPersonal: classes.includes('personal'),
    changes: view.changes ?? 'values',
    idOnly: Object.entries(view.targets ?? {}).flatMap(([type, how]) =>
      how === 'id_only' ? [type] : [],
    ),
    support: view.support ?? 'name',
    persons: compiled.persons,
    classes: data_classes,
    hasProof: view.proof ?? false,
    vocabulary: vocabularyOf(compiled, locale),
  };
}

/**
 * The query with machine names in place of what people call things: `target.type:Staff` asks for
 * the type `user` where that is a synonym of it.
 */
export function namedQuery(compiled: Pick<Compiled, 'named'>, query: Query): Query {
  return query.flatMap((term) => namedTerms(compiled, term));
}

function namedTerms(compiled: Pick<Compiled, 'named'>, term: Term): readonly Term[] {
  const { body } = term;
  if (body.kind === 'group') {
    const alternatives = body.alternatives.map((query) => namedQuery(compiled, query));
    return [{ ...term, body: { ...body, alternatives } }];
  }
  if (body.kind !== 'field' || body.test.kind !== 'is') return [term];
  const { key, test } = body;
  const found = test.before || test.after ? undefined : compiled.named.get(key);
  // Values of one key side by side are a choice, and none of them if they are negated.
  return (
    found
      ?.get(fold(test.value))
      ?.map((value) => ({ ...term, body: { ...body, test: { ...test, value } } })) ?? [term]
  );
}

/** Whether the product may give the role to its own users. */
export const isViewerRole = ({ definition: { roles } }: Compiled, name: string): boolean =>
  Object.hasOwn(roles, name) && roles[name]?.viewer === true;

/** What some roles allow together; those that the definition does not know allow nothing. */
export function grantsOf({ definition }: Compiled, roles: readonly string[]): Grants {
  const known = roles.flatMap((name) => {
    const role = Object.hasOwn(definition.roles, name) ? definition.roles[name] : undefined;
    return role ? [role] : [];
  });
  const views = new Map<string, Set<Capability>>();
  for (const view of Object.keys(definition.views)) {
    const capabilities = known.flatMap(({ grants = {} }) => grants[view] ?? []);
    if (capabilities.includes('read')) views.set(view, new Set(capabilities));
  }
  return { views, manage: new Set(known.flatMap(({ manage = [] }) => manage)) };
}
