/**
 * A project as code: its vocabulary, who sees what, and its rules. The one definition of the file
 * that `annals project` reads and of what the API takes. Form only; whether it makes sense is told
 * by `check-definition.ts`.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { LIMITS } from './event.ts';
import { HumanText, LOCALE_WORDS, Locale } from './human.ts';
import { Period, Retention } from './keeping.ts';
import { PERIOD_WORDS } from './period.ts';
import { QUERY_KEYS, QUERY_LIMITS } from './query.ts';
import { closed, DOWNLOAD_FORMATS, MANAGE, named, optional, ProjectName } from './route.ts';
import { DATA_CLASSES, OPERATIONS } from './values.ts';

/** Most entries of each list of a definition: more is a mistake, not a catalog. */
export const DEFINITION_LIMITS = {
  applications: 100,
  resourceTypes: 500,
  eventTypes: 200,
  actions: 1_000,
  sentences: 8,
  views: 50,
  roles: 100,
  columns: 50,
  questions: 50,
  dataClasses: 200,
} as const;

const NAME_PATTERN = '^[a-z][a-z0-9_-]*$';
const Name = Type.String({
  minLength: 1,
  maxLength: 63,
  pattern: NAME_PATTERN,
  description: 'Lower-case letters, digits, hyphens and underscores.',
});
const NAME_KEY = '^[a-z][a-z0-9_-]{0,62}$';
/** Machine names as events carry them: any characters but white space. */
const CODE_KEY = '^\\S{1,256}$';
/** The usual pattern of a record ends at a line break. */
const ANY_KEY = '^[\\s\\S]*$';
const DAY_PATTERN = '^\\d{4}-\\d{2}-\\d{2}$';
const day = (description: string) => Type.String({ pattern: DAY_PATTERN, description });
const Day = day('A day in the project’s time zone: `2025-01-01`.');
/** What a value must be that does not match one of the patterns here. */
export const DEFINITION_WORDS: Readonly<Record<string, string>> = {
  [NAME_PATTERN]: 'must be lower-case letters, digits, hyphens and underscores',
  [NAME_KEY]: 'must be up to 63 lower-case letters, digits, hyphens and underscores',
  [CODE_KEY]: 'must be up to 256 characters without white space',
  [DAY_PATTERN]: 'must be a day, for example 2025-01-31',
  ...PERIOD_WORDS,
  ...LOCALE_WORDS,
};
const byKey = <T extends TSchema>(pattern: string, schema: T, maxProperties: number) =>
  named(pattern, schema, { maxProperties });
const texts = Type.Array(HumanText, { maxItems: 50 });

export const ResourceType = Type.Object(
  {
    label: HumanText,
    description: optional(HumanText),
    synonyms: optional(texts),
    includes: optional(texts),
    excludes: optional(texts),
    since: optional(day('Recorded since this day.')),
    person: optional(
      Type.Boolean({ description: 'Whether its id, name and e-mail are personal values.' }),
    ),
  },
  closed,
);
export type ResourceType = Static<typeof ResourceType>;

export const Action = Type.Object(
  {
    label: HumanText,
    description: optional(HumanText),
    operation: optional(Type.Enum([...OPERATIONS])),
    resource_types: optional(
      Type.Array(Type.String({ maxLength: LIMITS.shortText }), {
        minItems: 1,
        maxItems: 20,
        description: 'Types of what it is done to.',
      }),
    ),
    sentences: Type.Array(HumanText, {
      minItems: 1,
      maxItems: DEFINITION_LIMITS.sentences,
      description: 'The richest first; the last has only slots that every event can fill.',
    }),
    failed: optional(
      Type.Array(HumanText, {
        minItems: 1,
        maxItems: DEFINITION_LIMITS.sentences,
        description:
          'The same of events that failed or were denied; default: the others, and that word.',
      }),
    ),
    metadata: optional(
      Type.Array(
        Type.Object(
          {
            from: optional(Day),
            schema: Type.Record(Type.String(), Type.Unknown(), {
              description:
                'JSON Schema; `title` and `description` of a field may be in each language.',
            }),
          },
          closed,
        ),
        {
          minItems: 1,
          maxItems: 50,
          description: 'Its metadata, by the day from which on a version is used, oldest first.',
        },
      ),
    ),
  },
  closed,
);
export type Action = Static<typeof Action>;

export const EventType = Type.Object(
  {
    label: HumanText,
    actions: byKey(CODE_KEY, Action, DEFINITION_LIMITS.actions),
  },
  closed,
);

export const CAPABILITIES = ['read', 'export', 'schedule', 'findings'] as const;

/** What a reader may choose by: a key of the query language, or the time. */
export const FILTER_KEYS = [...QUERY_KEYS, 'date_range'] as const;

const Filter = Type.Object(
  {
    key: Type.Enum([...FILTER_KEYS]),
    name: optional(Type.String({ description: 'Of `label` and `metadata`: which one.' })),
    label: HumanText,
    required: optional(
      Type.Boolean({ description: 'Whether nothing is searched without it; default not.' }),
    ),
    one: optional(
      Type.Boolean({
        description: 'Of people and records: whether a name that several have is refused.',
      }),
    ),
  },
  closed,
);
const Column = Type.Object(
  {
    path: Type.String({
      maxLength: LIMITS.path,
      description:
        'JSON Pointer into the event as shown, of which a name is looked up in each item of a ' +
        'list; or `actor`, `target`, `resource`, `activity`, `sentence`.',
    }),
    label: HumanText,
  },
  closed,
);

export const ViewDefinition = Type.Object(
  {
    label: HumanText,
    description: optional(HumanText),
    permission: optional(
      Type.String({
        maxLength: LIMITS.name,
        description: 'What the product calls the right to it, to be named to those who lack it.',
      }),
    ),
    operators: optional(
      Type.Boolean({
        description: 'For the product’s own staff: gating and `audit_enabled_at` do not bind it.',
      }),
    ),
    self_audit: optional(
      Type.Boolean({
        description: 'Whether the log’s own events (`annals.*`) are in it; default not.',
      }),
    ),
    rows: optional(
      Type.String({
        maxLength: QUERY_LIMITS.length,
        description: 'A query that is true of every event of the view; asked of the whole event.',
      }),
    ),
    classes: optional(
      Type.Array(Type.Enum(['public', 'personal']), {
        minItems: 1,
        maxItems: 2,
        description: 'Classes of values that are shown; default both.',
      }),
    ),
    changes: optional(
      Type.Enum(['none', 'paths', 'values'], { description: 'What of changes; default `values`.' }),
    ),
    targets: optional(
      byKey(CODE_KEY, Type.Enum(['full', 'id_only']), DEFINITION_LIMITS.resourceTypes),
    ),
    support: optional(
      Type.Enum(['name', 'id', 'team'], {
        description: 'How support staff is shown; default `name`.',
      }),
    ),
    reach: optional(Period),
    floor: optional(Day),
    window: optional(Period),
    delay: optional(Period),
    binding: optional(
      Type.Enum(['none', 'actor', 'record'], {
        description: 'Whether it is the log of one actor or one record; default `none`.',
      }),
    ),
    filters: optional(Type.Array(Filter, { maxItems: FILTER_KEYS.length })),
    columns: optional(Type.Array(Column, { minItems: 1, maxItems: DEFINITION_LIMITS.columns })),
    formats: optional(
      Type.Array(Type.Enum([...DOWNLOAD_FORMATS]), { maxItems: DOWNLOAD_FORMATS.length }),
    ),
    proof: optional(
      Type.Boolean({ description: 'Whether sequence and leaf hash are shown; default not.' }),
    ),
  },
  closed,
);
export type ViewDefinition = Static<typeof ViewDefinition>;

export const RoleDefinition = Type.Object(
  {
    label: HumanText,
    description: optional(HumanText),
    viewer: optional(
      Type.Boolean({ description: 'Whether the product may give it to its own users.' }),
    ),
    grants: optional(
      byKey(
        NAME_KEY,
        Type.Array(Type.Enum([...CAPABILITIES]), { minItems: 1, maxItems: CAPABILITIES.length }),
        DEFINITION_LIMITS.views,
      ),
    ),
    manage: optional(Type.Array(Type.Enum([...MANAGE]), { maxItems: MANAGE.length })),
  },
  closed,
);
export type RoleDefinition = Static<typeof RoleDefinition>;

const Question = Type.Object(
  {
    label: HumanText,
    q: Type.String({ maxLength: QUERY_LIMITS.length }),
    range: Period,
    view: optional(Name),
  },
  closed,
);

const Gating = Type.Object(
  {
    opt_in: optional(
      Type.Boolean({ description: 'Whether a tenant must be enabled first; default not.' }),
    ),
    prerequisites: optional(
      Type.Array(Type.String({ maxLength: LIMITS.shortText }), {
        maxItems: 20,
        description: 'Add-ons that a tenant must have to be enabled, and to read.',
      }),
    ),
    plans: optional(
      Type.Array(Type.String({ maxLength: LIMITS.shortText }), {
        minItems: 1,
        maxItems: 20,
        description: 'Plans that may read; default all.',
      }),
    ),
    demo: optional(Type.Boolean({ description: 'Whether demo tenants may read; default yes.' })),
    names: optional(
      Type.Object(
        {
          plans: optional(byKey(CODE_KEY, HumanText, 20)),
          addons: optional(byKey(CODE_KEY, HumanText, 20)),
        },
        { ...closed, description: 'What plans and add-ons are called, by their codes.' },
      ),
    ),
  },
  closed,
);

export const Definition = Type.Object(
  {
    $schema: optional(Type.String()),
    project: ProjectName,
    label: HumanText,
    locales: optional(
      Type.Array(Locale, { minItems: 1, maxItems: 50, description: 'The first is the default.' }),
    ),
    time_zone: optional(Type.String({ maxLength: 64, description: 'IANA name; default `UTC`.' })),
    applications: optional(
      byKey(CODE_KEY, Type.Object({ label: HumanText }, closed), DEFINITION_LIMITS.applications),
    ),
    resource_types: optional(byKey(CODE_KEY, ResourceType, DEFINITION_LIMITS.resourceTypes)),
    event_types: optional(byKey(CODE_KEY, EventType, DEFINITION_LIMITS.eventTypes)),
    unknown_actions: optional(
      Type.Enum(['accept', 'refuse'], {
        description: 'What happens to events whose action is not here; default `accept`.',
      }),
    ),
    data_classes: optional(
      named(ANY_KEY, Type.Enum([...DATA_CLASSES]), {
        maxProperties: DEFINITION_LIMITS.dataClasses,
        description: 'By JSON Pointer into an event; what is not named keeps its class.',
      }),
    ),
    views: byKey(NAME_KEY, ViewDefinition, DEFINITION_LIMITS.views),
    roles: byKey(NAME_KEY, RoleDefinition, DEFINITION_LIMITS.roles),
    questions: optional(Type.Array(Question, { maxItems: DEFINITION_LIMITS.questions })),
    gating: optional(Gating),
    retention: optional(
      Type.Object(
        {
          ...Retention.properties,
          plans: optional(byKey(CODE_KEY, Retention, 20)),
        },
        {
          ...closed,
          description:
            'How long events and their personal values are kept; of a plan in its place.',
        },
      ),
    ),
  },
  closed,
);
export type Definition = Static<typeof Definition>;
