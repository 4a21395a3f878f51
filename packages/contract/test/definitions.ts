/**
 * Definitions for properties: any field may be there or not, from few names, so that two of them
 * have much in common. They have the form; they need not make sense beyond that.
 */
import fc from 'fast-check';
import {
  type Action,
  CAPABILITIES,
  type Definition,
  type ResourceType,
  type RoleDefinition,
  type ViewDefinition,
} from '../src/definition.ts';
import type { Retention } from '../src/keeping.ts';
import { DOWNLOAD_FORMATS, MANAGE } from '../src/route.ts';
import { DATA_CLASSES } from '../src/values.ts';

type Arbitraries<T> = { [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> };

/** An object whose optional fields are there or not. */
const form = <T>(
  fields: Arbitraries<T>,
  required: readonly (keyof T & string)[],
): fc.Arbitrary<T> => fc.record<T>(fields, { requiredKeys: [...required], noNullPrototype: true });
const named = <T>(names: readonly string[], each: fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom(...names), each, { maxKeys: names.length, noNullPrototype: true });
const some = <T>(...values: readonly T[]) => fc.subarray([...values]);
const atLeastOne = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const few = <T>(each: fc.Arbitrary<T>) => fc.array(each, { maxLength: 3 });

const word = fc.constantFrom('a', 'b', 'c');
const human = fc.oneof(
  word,
  fc.tuple(word, word).map(([en, de]): Record<string, string> => ({ en, de })),
);
const yes = fc.boolean();
const day = fc.constantFrom('2024-01-01', '2025-01-01');
const period = fc.constantFrom('P1D', 'P30D', 'P1M', 'P12M', 'P1Y', 'PT6H', 'PT0M');

const resourceType = form<ResourceType>(
  {
    ...{ label: human, description: human, since: day, person: yes },
    ...{ synonyms: few(human), includes: few(human), excludes: few(human) },
  },
  ['label'],
);

const version = form<NonNullable<Action['metadata']>[number]>(
  { from: day, schema: named(['properties'], named(['x', 'y'], fc.constant({}))) },
  ['schema'],
);
const action = form<Action>(
  {
    ...{ label: human, description: human, operation: fc.constantFrom('create', 'delete') },
    resource_types: atLeastOne('person', 'case'),
    sentences: fc.array(human, { minLength: 1, maxLength: 3 }),
    failed: fc.array(human, { minLength: 1, maxLength: 2 }),
    metadata: fc.array(version, { minLength: 1, maxLength: 2 }),
  },
  ['label', 'sentences'],
);

type Filter = NonNullable<ViewDefinition['filters']>[number];
const filter = form<Filter>(
  {
    ...{ key: fc.constantFrom('actor', 'target', 'date_range'), name: word, label: human },
    ...{ required: yes, one: yes },
  },
  ['key', 'label'],
);
const column = form<{ path: string; label: Definition['label'] }>(
  { path: fc.constantFrom('/action', 'actor'), label: human },
  ['path', 'label'],
);
const term = fc.constantFrom('action:a', 'action:b', '-actor:b', 'target.type:c', 'outcome:denied');

const view = form<ViewDefinition>(
  {
    ...{ label: human, description: human, permission: word },
    ...{ operators: yes, self_audit: yes, proof: yes },
    rows: few(term).map((terms) => terms.join(' ')),
    classes: atLeastOne('public', 'personal'),
    changes: fc.constantFrom('none', 'paths', 'values'),
    targets: named(['person', 'case'], fc.constantFrom('full', 'id_only')),
    support: fc.constantFrom('name', 'id', 'team'),
    ...{ reach: period, floor: day, window: period, delay: period },
    binding: fc.constantFrom('none', 'actor', 'record'),
    filters: fc.uniqueArray(filter, {
      maxLength: 3,
      selector: ({ key, name }) => `${key} ${name}`,
    }),
    columns: fc.array(column, { minLength: 1, maxLength: 3 }),
    formats: some(...DOWNLOAD_FORMATS),
  },
  ['label'],
);

const role = form<RoleDefinition>(
  {
    ...{ label: human, description: human, viewer: yes },
    grants: named(['page', 'profile', 'constructor'], atLeastOne(...CAPABILITIES)),
    manage: some(...MANAGE),
  },
  ['label'],
);

type Question = NonNullable<Definition['questions']>[number];
const question = form<Question>(
  { label: human, q: term, range: period, view: fc.constantFrom('page', 'profile') },
  ['label', 'q', 'range'],
);

/** Values that may be given a class. */
const CLASSED = [
  '/targets/name',
  '/metadata',
  '/metadata/x',
  '/labels',
  '/changes/x',
  '/context/ip',
];

export const definition: fc.Arbitrary<Definition> = form<Definition>(
  {
    ...{ $schema: word, project: word, label: human },
    locales: atLeastOne('en', 'de'),
    time_zone: fc.constantFrom('UTC', 'Asia/Tokyo'),
    applications: named(['web', 'app'], fc.record({ label: human }, { noNullPrototype: true })),
    resource_types: named(['person', 'case', 'user'], resourceType),
    event_types: named(
      ['one', 'two'],
      fc.record({ label: human, actions: named(['a', 'b', 'c'], action) }),
    ),
    unknown_actions: fc.constantFrom('accept', 'refuse'),
    data_classes: named(CLASSED, fc.constantFrom(...DATA_CLASSES)),
    views: named(['page', 'profile', 'constructor'], view),
    roles: named(['admin', 'agent'], role),
    questions: few(question),
    gating: form<NonNullable<Definition['gating']>>(
      {
        ...{ opt_in: yes, demo: yes },
        ...{ prerequisites: some('x', 'y'), plans: atLeastOne('p', 'q') },
        names: form<NonNullable<NonNullable<Definition['gating']>['names']>>(
          { plans: named(['p', 'q'], human), addons: named(['x'], human) },
          [],
        ),
      },
      [],
    ),
    retention: form<NonNullable<Definition['retention']>>(
      {
        events: period,
        personal: period,
        plans: named(['small', 'big'], form<Retention>({ events: period, personal: period }, [])),
      },
      [],
    ),
  },
  ['project', 'label', 'views', 'roles'],
);
