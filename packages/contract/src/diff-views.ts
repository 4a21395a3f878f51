/**
 * What becomes wider or narrower in the views of a definition, and for which roles. Judged where
 * it is sure: a length of time that is longer on some days only is neither. Pure.
 */
import { compareRows } from './compare-rows.ts';
import { namedQuery } from './compile.ts';
import type { Definition, ViewDefinition } from './definition.ts';
import { delay, floor, longestRange, reach } from './diff-limits.ts';
import {
  eachField,
  eachNamed,
  type Fields,
  gain,
  isReordered,
  isSame,
  judged,
  listChange,
  listChanges,
  listWords,
  loss,
  memberOf,
  other,
  type Pair,
  quote,
  quoteAll,
  type Tell,
  texts,
  textWords,
  value,
} from './diff-parts.ts';
import type { Both } from './diff-values.ts';
import { pointerTo } from './pointer.ts';
import type { DefinitionChange } from './projects.ts';
import { parseQuery, printQuery } from './query.ts';
import { DOWNLOAD_FORMATS } from './route.ts';

type Filter = NonNullable<ViewDefinition['filters']>[number];

/** A member that is one of a few words; the words begin with the one that shows least. */
const ranked =
  <T extends string>(view: string, words: Readonly<Record<T, string>>, usual: NoInfer<T>) =>
  ({ path, before = usual, after = usual }: Pair<T | undefined>): DefinitionChange[] => {
    const order = Object.keys(words);
    const rank = order.indexOf(after) - order.indexOf(before);
    if (rank === 0) return [];
    return [judged(path, rank, `The ${view} shows ${words[after]} instead of ${words[before]}.`)];
  };

/** A member that says yes or no. */
const flag =
  (yes: string, no: string): Tell<boolean | undefined> =>
  ({ path, before = false, after = false }) => {
    if (before === after) return [];
    return [after ? gain(path, yes) : loss(path, no)];
  };

const binding =
  (view: string): Tell<ViewDefinition['binding']> =>
  ({ path, before = 'none', after = 'none' }) => {
    if (before === after) return [];
    const words = {
      none: 'the log of all',
      actor: 'the log of one actor at a time',
      record: 'the log of one record at a time',
    };
    const order = Number(after === 'none') - Number(before === 'none');
    return [judged(path, order, `The ${view} is ${words[after]} instead of ${words[before]}.`)];
  };

const classes =
  (view: string): Tell<ViewDefinition['classes']> =>
  ({ path, before, after }) => {
    const [had, has] = [before, after].map((list) => list?.includes('personal') ?? true);
    if (had === has) return [];
    return [
      has
        ? gain(path, `The ${view} shows personal values.`)
        : loss(path, `The ${view} no longer shows personal values.`),
    ];
  };

const targets =
  (view: string): Tell<ViewDefinition['targets']> =>
  (pair) =>
    eachNamed(pair, (type, { path, before = 'full', after = 'full' }) => {
      if (before === after) return [];
      const how = `those of type ${quote(type)} by their id alone`;
      return [
        after === 'id_only'
          ? loss(path, `The ${view} shows ${how}.`)
          : gain(path, `The ${view} no longer shows ${how}.`),
      ];
    });

const formats =
  (view: string): Tell<ViewDefinition['formats']> =>
  ({ path, before = [...DOWNLOAD_FORMATS], after = [...DOWNLOAD_FORMATS] }) =>
    listChanges(
      { before, after },
      (names) => gain(path, `The ${view} offers files as ${names}.`),
      (names) => loss(path, `The ${view} no longer offers files as ${names}.`),
    );

const columns =
  (view: string): Tell<ViewDefinition['columns']> =>
  ({ path, before, after }) => {
    const [gone, come] = [before, after].map((list) =>
      list?.map((column) => `${textWords(column.label)} ${column.path}`),
    );
    const all = 'a column for each field';
    if (come === undefined) return [other(path, `The ${view} has ${all}.`)];
    if (gone === undefined) {
      return [other(path, `The ${view} has these columns instead of ${all}: ${listWords(come)}.`)];
    }
    return [other(path, `The columns of the ${view} change: ${listChange(gone, come)}.`)];
  };

const filterName = ({ key, name }: Filter): string => (name === undefined ? key : `${key}.${name}`);
const byName = (filters: readonly Filter[]) =>
  Object.fromEntries(filters.map((filter) => [filterName(filter), filter]));

function filterChanges(view: string, name: string, pair: Pair<Filter | undefined>, path: string) {
  const { before, after } = pair;
  const filter = `filter ${quote(name)}`;
  const [needed, needs] = [before?.required ?? false, after?.required ?? false];
  const [single, isSingle] = [before?.one ?? false, after?.one ?? false];
  const changes: DefinitionChange[] = [];
  if (before === undefined) changes.push(other(path, `The ${view} offers the ${filter}.`));
  if (after === undefined) changes.push(other(path, `The ${view} no longer offers the ${filter}.`));
  if (needs && !needed) {
    changes.push(loss(path, `The ${view} searches nothing without the ${filter}.`));
  }
  if (needed && !needs) {
    changes.push(gain(path, `The ${view} also searches without the ${filter}.`));
  }
  if (isSingle && !single) {
    changes.push(loss(path, `The ${filter} of the ${view} refuses a name that several have.`));
  }
  if (single && !isSingle) {
    changes.push(gain(path, `The ${filter} of the ${view} takes a name that several have.`));
  }
  if (before && after) {
    const label = { path, before: before.label, after: after.label };
    if (!isSame(label.before, label.after)) {
      changes.push(...texts(`The label of the ${filter} of the ${view}`)(label));
    }
  }
  return changes;
}

/** Told of the list as a whole: a filter's place in it means nothing but the order. */
const filters =
  (view: string): Tell<ViewDefinition['filters']> =>
  ({ path, before = [], after = [] }) => {
    const pair = { path, before: byName(before), after: byName(after) };
    const order = other(path, `The filters of the ${view} come in another order.`);
    return [
      ...eachNamed(pair, (name, each) => filterChanges(view, name, each, path)).map((change) => ({
        ...change,
        path,
      })),
      ...(isReordered(pair.before, pair.after) ? [order] : []),
    ];
  };

/** What rows mean: a name of resource types may stand for other types than before. */
function rowsChange(view: string, both: Both, pair: Pair<ViewDefinition>): DefinitionChange[] {
  const path = `${pair.path}/rows`;
  const [gone = '', come = ''] = [pair.before.rows, pair.after.rows];
  const meant = namedQuery(both.before, parseQuery(gone));
  const means = namedQuery(both.after, parseQuery(come));
  const order = compareRows(means, meant);
  if (order === 0) return [];
  const words = (query: string) => (query === '' ? 'all events' : `those of ${query}`);
  const detail =
    gone === come
      ? `The ${view} means other types of resources with its rows: ${printQuery(means)}.`
      : `The ${view} has other events: ${words(come)} instead of ${words(gone)}.`;
  return [judged(path, order, detail)];
}

/** A telling of every member. That of `rows` also has to be told when the text is the same. */
const viewFields = (view: string, both: Both, whole: Pair<ViewDefinition>) =>
  ({
    label: texts(`The label of the ${view}`),
    description: texts(`The description of the ${view}`),
    permission: value(`The permission that the ${view} names`, 'none'),
    operators: flag(
      `The ${view} is for the product’s own staff: neither gating nor enabling binds it.`,
      `The ${view} is no longer for the product’s own staff: gating and enabling bind it.`,
    ),
    self_audit: flag(
      `The ${view} shows the log’s own events (annals.*).`,
      `The ${view} no longer shows the log’s own events (annals.*).`,
    ),
    rows: () => rowsChange(view, both, whole),
    classes: classes(view),
    changes: ranked(
      view,
      { none: 'nothing of changes', paths: 'paths of changes', values: 'changes with values' },
      'values',
    ),
    targets: targets(view),
    support: ranked(
      view,
      { team: 'support staff as a team', id: 'support staff by id', name: 'support staff by name' },
      'name',
    ),
    reach: reach(view),
    floor: floor(view),
    window: longestRange(view),
    delay: delay(view),
    binding: binding(view),
    filters: filters(view),
    columns: columns(view),
    formats: formats(view),
    proof: flag(
      `The ${view} shows sequence and leaf hash.`,
      `The ${view} no longer shows sequence and leaf hash.`,
    ),
  }) satisfies Fields<ViewDefinition>;

/** Roles that may read a view. */
const readersOf = ({ roles }: Definition, view: string): string[] =>
  Object.keys(roles).filter((role) =>
    memberOf(roles[role]?.grants, view)?.some((capability) => capability === 'read'),
  );

function wholeView(name: string, both: Both, { path, before }: Pair<ViewDefinition | undefined>) {
  const isNew = before === undefined;
  const { definition } = isNew ? both.after : both.before;
  const roles = readersOf(definition, name);
  const has = roles.length === 1 ? 'the role' : 'the roles';
  const whose = roles.length === 0 ? 'no role' : `${has} ${quoteAll(roles)}`;
  const detail = isNew
    ? `The view ${quote(name)} is new; ${whose} may read it.`
    : `The view ${quote(name)} is gone; ${whose} could read it.`;
  return [judged(path, roles.length === 0 ? 0 : isNew ? 1 : -1, detail)];
}

export function viewChanges(both: Both): DefinitionChange[] {
  const { views: before } = both.before.definition;
  const { views: after } = both.after.definition;
  const changes = eachNamed({ path: '/views', before, after }, (name, pair) => {
    const { path, before: gone, after: come } = pair;
    if (gone === undefined || come === undefined) return wholeView(name, both, pair);
    const whole = { path, before: gone, after: come };
    return eachField(whole, viewFields(`view ${quote(name)}`, both, whole));
  });
  const meanings = Object.keys(after).flatMap((name) => {
    const [gone, come] = [memberOf(before, name), memberOf(after, name)];
    if (gone === undefined || come === undefined || gone.rows !== come.rows) return [];
    const path = `/views${pointerTo(name)}`;
    return rowsChange(`view ${quote(name)}`, both, { path, before: gone, after: come });
  });
  const order = other('/views', 'The views come in another order.');
  return [...changes, ...meanings, ...(isReordered(before, after) ? [order] : [])];
}
