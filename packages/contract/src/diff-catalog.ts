/**
 * What a new definition changes in the catalog: words for what is recorded, which fields it has,
 * and which types of resources are persons. Pure.
 */
import type { Action, Definition, ResourceType } from './definition.ts';
import {
  eachField,
  eachNamed,
  type Fields,
  isReordered,
  isSame,
  listChange,
  memberOf,
  type Named,
  other,
  type Pair,
  quote,
  quoteAll,
  type Tell,
  textList,
  texts,
  value,
} from './diff-parts.ts';
import { type Both, personalChange } from './diff-values.ts';
import { pointerTo } from './pointer.ts';
import type { DefinitionChange } from './projects.ts';

export const applications: Tell<Definition['applications']> = (pair) =>
  eachNamed(pair, (name, { path, before, after }) => {
    const what = `application ${quote(name)}`;
    if (before === undefined) return [other(path, `The ${what} is new.`)];
    if (after === undefined) return [other(path, `The ${what} is gone.`)];
    return eachField({ path, before, after }, { label: texts(`The label of the ${what}`) });
  });

/** Names and e-mails of those of the type become personal values, or are no longer. */
function personChange(type: string, both: Both, path: string): DefinitionChange[] {
  const [was, is] = [both.before, both.after].map(({ persons }) => persons.includes(type));
  if (was === is) return [];
  const what = `Those of type ${quote(type)}`;
  const names = ['actor', 'on_behalf_of', 'targets'].flatMap((part) =>
    ['name', 'email'].map((field) => `/${part}/${field}`),
  );
  const detail = is
    ? `${what} are persons: their names and e-mails are personal values.`
    : `${what} are no longer persons: their names and e-mails are public.`;
  return [personalChange(both, { path, detail, pointers: names, isPersonal: is === true })];
}

const resourceFields = (type: string, both: Both): Fields<ResourceType> => {
  const what = `resource type ${quote(type)}`;
  return {
    label: texts(`The label of the ${what}`),
    description: texts(`The description of the ${what}`),
    synonyms: textList(`The synonyms of the ${what}`),
    includes: textList(`The notes on what the ${what} includes`),
    excludes: textList(`The notes on what the ${what} excludes`),
    since: value(`The day since which the ${what} is recorded`, 'none'),
    person: ({ path }) => personChange(type, both, path),
  };
};

export const resourceTypes =
  (both: Both): Tell<Definition['resource_types']> =>
  (pair) =>
    eachNamed(pair, (type, { path, before, after }) => {
      const person = () => personChange(type, both, path);
      const what = `resource type ${quote(type)}`;
      if (before === undefined) return [other(path, `The ${what} is new.`), ...person()];
      if (after === undefined) return [other(path, `The ${what} is gone.`), ...person()];
      return eachField({ path, before, after }, resourceFields(type, both));
    });

type Version = NonNullable<Action['metadata']>[number];
const START = 'the start';
const versionsOf = (versions: readonly Version[] = []): Named<Version> =>
  Object.fromEntries(versions.map((version) => [version.from ?? START, version]));
const fieldsOf = ({ schema: { properties } }: Version): string[] =>
  typeof properties === 'object' && properties !== null ? Object.keys(properties).map(quote) : [];

/** Told of the list as a whole, version by version. */
const versions =
  (action: string): Tell<Action['metadata']> =>
  ({ path, before, after }) => {
    const pair = { path, before: versionsOf(before), after: versionsOf(after) };
    const changes = eachNamed(pair, (from, each) => {
      const what = `the metadata of the ${action} from ${from} on`;
      if (each.before === undefined) return [other(path, `A version is new: ${what}.`)];
      if (each.after === undefined) return [other(path, `A version is gone: ${what}.`)];
      const [had, has] = [fieldsOf(each.before), fieldsOf(each.after)];
      const how = isSame(had, has) ? 'the rules of its fields' : listChange(had, has);
      return [other(path, `A version changes, ${how}: ${what}.`)];
    });
    return changes.map((change) => ({ ...change, path }));
  };

const actionFields = (name: string): Fields<Action> => {
  const what = `action ${quote(name)}`;
  return {
    label: texts(`The label of the ${what}`),
    description: texts(`The description of the ${what}`),
    operation: value(`The operation of the ${what}`, 'none'),
    resource_types: textList(`The resource types of the ${what}`),
    sentences: textList(`The sentences of the ${what}`),
    failed: textList(`The sentences of the failed ${what}`),
    metadata: versions(what),
  };
};

/** The event type of each action. */
const homesOf = ({ event_types = {} }: Definition): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(event_types).flatMap(([type, { actions }]) =>
      Object.keys(actions).map((action) => [action, type] as const),
    ),
  );

interface Homes {
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  readonly definitions: Both;
}

const refuses = ({ after }: Both): boolean => after.definition.unknown_actions === 'refuse';

/** An action is new, gone, or of another event type than before. */
function wholeAction(
  name: string,
  homes: Homes,
  { path, before, after }: Pair<Action | undefined>,
) {
  const what = `The action ${quote(name)}`;
  const [from, to] = [homes.before.get(name), homes.after.get(name)];
  if (after === undefined) {
    if (to !== undefined) return [other(path, `${what} is of the event type ${quote(to)} now.`)];
    const then = refuses(homes.definitions) ? ' Events of it are refused.' : '';
    return [other(path, `${what} is gone.${then}`)];
  }
  if (before !== undefined || from === undefined) return [other(path, `${what} is new.`)];
  const definition = homes.definitions.before.definition;
  const old = memberOf(memberOf(definition.event_types, from)?.actions, name);
  const moved = other(path, `${what} comes from the event type ${quote(from)}.`);
  const changed = old ? eachField({ path, before: old, after }, actionFields(name)) : [];
  return [moved, ...changed];
}

const actions =
  (homes: Homes): Tell<Named<Action> | undefined> =>
  (pair) =>
    eachNamed(pair, (name, each) => {
      const { path, before, after } = each;
      if (before === undefined || after === undefined) return wholeAction(name, homes, each);
      return eachField({ path, before, after }, actionFields(name));
    });

type Type = NonNullable<Definition['event_types']>[string];

/** An event type is new or gone, with those of its actions that do not only move. */
function wholeType(name: string, homes: Homes, { path, before, after }: Pair<Type | undefined>) {
  const others = after === undefined ? homes.after : homes.before;
  const names = Object.keys((after ?? before)?.actions ?? {});
  const own = names.filter((action) => !others.has(action));
  const state = after === undefined ? 'gone' : 'new';
  const which = own.length === 0 ? '' : `, with the actions ${quoteAll(own)}`;
  const isRefused = after === undefined && own.length > 0 && refuses(homes.definitions);
  const then = isRefused ? ' Events of them are refused.' : '';
  const moved = names
    .filter((action) => others.has(action))
    .flatMap((action) =>
      wholeAction(action, homes, {
        path: path + pointerTo('actions', action),
        before: memberOf(before?.actions, action),
        after: memberOf(after?.actions, action),
      }),
    );
  return [other(path, `The event type ${quote(name)} is ${state}${which}.${then}`), ...moved];
}

export const eventTypes =
  (definitions: Both): Tell<Definition['event_types']> =>
  (pair) => {
    const homes = {
      before: homesOf(definitions.before.definition),
      after: homesOf(definitions.after.definition),
      definitions,
    };
    return eachNamed(pair, (type, each) => {
      const { path, before, after } = each;
      if (before === undefined || after === undefined) return wholeType(type, homes, each);
      const fields: Fields<Type> = {
        label: texts(`The label of the event type ${quote(type)}`),
        actions: actions(homes),
      };
      return eachField({ path, before, after }, fields);
    });
  };

/** People read the catalog in the order of the definition. */
export function catalogOrder({ before, after }: Both): DefinitionChange[] {
  const [old, now] = [before.definition, after.definition];
  const types = Object.entries(now.event_types ?? {}).map(([name, { actions }]) => ({
    path: pointerTo('event_types', name, 'actions'),
    what: `actions of the event type ${quote(name)}`,
    pair: [memberOf(old.event_types, name)?.actions, actions] as const,
  }));
  const lists = [
    {
      path: '/resource_types',
      what: 'resource types',
      pair: [old.resource_types, now.resource_types],
    },
    { path: '/event_types', what: 'event types', pair: [old.event_types, now.event_types] },
    { path: '/applications', what: 'applications', pair: [old.applications, now.applications] },
  ] as const;
  return [...lists, ...types].flatMap(({ path, what, pair: [gone, come] }) =>
    isReordered(gone, come) ? [other(path, `The ${what} come in another order.`)] : [],
  );
}
