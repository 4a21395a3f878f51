/**
 * What a new definition of a project changes, told in words to those who decide whether to apply
 * it: which role gains or loses which view, what each view shows more or less, and what the catalog
 * calls otherwise. Pure; both definitions must have passed `checkDefinition`. Promises that
 * nothing is missed: of every value that differs, something is told at its place or around it.
 */
import { compileDefinition } from './compile.ts';
import type { Definition, ViewDefinition } from './definition.ts';
import { applications, catalogOrder, eventTypes, resourceTypes } from './diff-catalog.ts';
import { compareLengths } from './diff-limits.ts';
import {
  eachField,
  type Fields,
  listChange,
  memberOf,
  other,
  quote,
  quoteAll,
  type Tell,
  texts,
  textWords,
  value,
} from './diff-parts.ts';
import { roleChanges } from './diff-roles.ts';
import { gating, retention } from './diff-rules.ts';
import { type Both, dataClasses } from './diff-values.ts';
import { viewChanges } from './diff-views.ts';
import { pointerTo } from './pointer.ts';
import type { DefinitionChange } from './projects.ts';

const locales: Tell<Definition['locales']> = ({ path, before = [], after = [] }) => {
  const [was = 'en', is = 'en'] = [before[0], after[0]];
  const usual = was === is ? '' : ` Who names none gets ${quote(is)} instead of ${quote(was)}.`;
  return [other(path, `The languages change: ${listChange(before, after)}.${usual}`)];
};

/** Limits of views count days, months and years of the project's time zone. */
const timeZone =
  ({ after: { definition } }: Both): Tell<Definition['time_zone']> =>
  ({ path, before = 'UTC', after = 'UTC' }) => {
    if (before === after) return [];
    const limited = Object.entries(definition.views).flatMap(([name, { reach, floor, window }]) =>
      (reach ?? floor ?? window) === undefined ? [] : [name],
    );
    const views =
      limited.length === 0 ? '' : ` The limits of these views move with it: ${quoteAll(limited)}.`;
    return [other(path, `The time zone is ${after} instead of ${before}.${views}`)];
  };

const unknownActions: Tell<Definition['unknown_actions']> = ({
  path,
  before = 'accept',
  after = 'accept',
}) => {
  if (before === after) return [];
  const verb = after === 'refuse' ? 'refused' : 'accepted';
  return [other(path, `Events whose action the catalog does not have are ${verb}.`)];
};

const questions: Tell<Definition['questions']> = ({ path, before = [], after = [] }) => {
  const words = (all: NonNullable<Definition['questions']>) =>
    all.map(({ label, q, range, view }) => {
      const where = view === undefined ? '' : ` of the view ${quote(view)}`;
      return `${textWords(label)} (${q}, ${range}${where})`;
    });
  return [other(path, `The questions change: ${listChange(words(before), words(after))}.`)];
};

/** In the order of their weight to those who decide. Views and roles are told as wholes. */
const fieldsOf = (both: Both): Fields<Omit<Definition, 'roles' | 'views'>> => ({
  gating: gating(both),
  retention,
  data_classes: dataClasses(both),
  unknown_actions: unknownActions,
  resource_types: resourceTypes(both),
  event_types: eventTypes(both),
  applications,
  time_zone: timeZone(both),
  locales,
  questions,
  project: value('The name of the project', 'none'),
  label: texts('The label of the project'),
  $schema: value('The schema that the definition names', 'none'),
});

/** A first definition is compared with one that records the same and shows nothing to nobody. */
function withoutViews(definition: Definition): Definition {
  const { project, label, $schema, locales, time_zone, ...rest } = definition;
  const { applications, resource_types, event_types } = rest;
  return {
    ...{ project, label, views: {}, roles: {} },
    ...($schema === undefined ? {} : { $schema }),
    ...(locales === undefined ? {} : { locales }),
    ...(time_zone === undefined ? {} : { time_zone }),
    ...(applications === undefined ? {} : { applications }),
    ...(resource_types === undefined ? {} : { resource_types }),
    ...(event_types === undefined ? {} : { event_types }),
  };
}

const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

function firstChange({ applications, resource_types, event_types = {} }: Definition) {
  const actions = Object.values(event_types).flatMap((type) => Object.keys(type.actions));
  const catalog = [
    many(Object.keys(applications ?? {}).length, 'application'),
    many(Object.keys(resource_types ?? {}).length, 'resource type'),
    many(Object.keys(event_types).length, 'event type'),
  ].join(', ');
  const detail = `The project has no definition yet. This one has a catalog of ${catalog}`;
  return other('', `${detail} and ${many(actions.length, 'action')}.`);
}

export function diffDefinitions(
  before: Definition | undefined,
  after: Definition,
): DefinitionChange[] {
  const both = {
    before: compileDefinition(before ?? withoutViews(after)),
    after: compileDefinition(after),
  };
  const pair = { path: '', before: both.before.definition, after };
  return [
    ...(before === undefined ? [firstChange(after)] : []),
    ...roleChanges(both),
    ...viewChanges(both),
    ...eachField(pair, fieldsOf(both)),
    ...catalogOrder(both),
  ];
}

/** How far a view goes back. */
export interface Depth {
  readonly reach?: string;
  readonly floor?: string;
}
export interface NarrowedView {
  readonly view: string;
  /** Of the changes that tell it. */
  readonly paths: readonly string[];
  readonly before: Depth;
  readonly after: Depth;
}

const depthOf = ({ reach, floor }: ViewDefinition): Depth => ({
  ...(reach === undefined ? {} : { reach }),
  ...(floor === undefined ? {} : { floor }),
});

/**
 * Views that may show less of the past than before, so that events may leave them. Those whose
 * reach is shorter on some days only are among them.
 */
export function narrowedViews(before: Definition | undefined, after: Definition): NarrowedView[] {
  return Object.entries(before?.views ?? {}).flatMap(([view, gone]) => {
    const come = memberOf(after.views, view);
    if (come === undefined) return [];
    const path = `/views${pointerTo(view)}`;
    const order = compareLengths(come.reach, gone.reach);
    const paths = [
      ...(order === undefined || order < 0 ? [`${path}/reach`] : []),
      ...((come.floor ?? '') > (gone.floor ?? '') ? [`${path}/floor`] : []),
    ];
    return paths.length === 0 ? [] : [{ view, paths, before: depthOf(gone), after: depthOf(come) }];
  });
}
