/**
 * The activity reference: what a project records, in one language, and which views the asker has.
 * Owns its schema and how it is made of a definition. Pure.
 */
import Type, { type Static } from 'typebox';
import { type Capability, type Compiled, textIn } from './compile.ts';
import {
  type Action,
  CAPABILITIES,
  FILTER_KEYS,
  type ResourceType,
  type ViewDefinition,
} from './definition.ts';
import { type HumanText, isHumanText, schemaFields } from './human.ts';
import { pointerTo } from './pointer.ts';
import { DOWNLOAD_FORMATS, optional, ProjectName } from './route.ts';
import { OPERATIONS } from './values.ts';

const text = Type.String();
const described = { label: text, description: optional(text) };

const CatalogField = Type.Object({
  path: Type.String({ description: 'JSON Pointer into the event.' }),
  ...described,
  since: optional(Type.String({ description: 'So for events from this day on.' })),
  until: optional(Type.String({ description: 'And before this day; then otherwise, or no more.' })),
});
const CatalogAction = Type.Object({
  action: text,
  activity: Type.String({ description: 'What people call it.' }),
  description: optional(text),
  operation: optional(Type.Enum([...OPERATIONS])),
  resource_types: Type.Array(text),
  sentences: Type.Array(text),
  fields: Type.Array(CatalogField, { description: 'What it records besides what all do.' }),
});
const CatalogResource = Type.Object({
  type: text,
  ...described,
  synonyms: Type.Array(text),
  includes: Type.Array(text),
  excludes: Type.Array(text),
  since: optional(Type.String({ description: 'Recorded since this day.' })),
  person: Type.Boolean(),
});
const CatalogView = Type.Object({
  view: text,
  ...described,
  binding: Type.Enum(['none', 'actor', 'record']),
  capabilities: Type.Array(Type.Enum([...CAPABILITIES])),
  filters: Type.Array(
    Type.Object({
      key: Type.Enum([...FILTER_KEYS]),
      name: optional(text),
      label: text,
      required: Type.Boolean(),
      one: Type.Boolean(),
    }),
  ),
  columns: Type.Array(Type.Object({ path: text, label: text })),
  formats: Type.Array(Type.Enum([...DOWNLOAD_FORMATS])),
  reach: optional(text),
  floor: optional(text),
  window: optional(text),
  delay: optional(text),
  live: Type.Boolean({ description: 'Whether it has a live tail.' }),
});

export const Catalog = Type.Object({
  project: ProjectName,
  label: text,
  version: Type.Integer({ minimum: 0, description: 'Of the definition; 0: there is none.' }),
  locale: text,
  locales: Type.Array(text),
  time_zone: text,
  applications: Type.Array(Type.Object({ application: text, label: text })),
  resource_types: Type.Array(CatalogResource),
  event_types: Type.Array(
    Type.Object({ event_type: text, label: text, actions: Type.Array(CatalogAction) }),
  ),
  views: Type.Array(CatalogView, { description: 'Those that the asker may read.' }),
  questions: Type.Array(Type.Object({ label: text, q: text, range: text, view: optional(text) })),
  tenant_label: optional(
    Type.String({ description: 'What the named tenant is called, if it has a label.' }),
  ),
  closed: Type.Union([Type.Object({ code: text, detail: text }), Type.Null()], {
    description: 'Why the named tenant’s log cannot be read; null: it can.',
  }),
});
export type Catalog = Static<typeof Catalog>;

/** What is told of the project whether or not it has a definition. */
export type CatalogHead = Pick<
  Catalog,
  'project' | 'label' | 'version' | 'time_zone' | 'tenant_label' | 'closed'
>;

type Texts = (human: HumanText) => string;
const maybe = <K extends string, T>(name: K, value: T | undefined) =>
  (value === undefined ? {} : { [name]: value }) as Partial<Record<K, T>>;
const describe = (human: HumanText | undefined, say: Texts) =>
  maybe('description', human === undefined ? undefined : say(human));

type Field = Static<typeof CatalogField>;

/** The fields of each version of an action's metadata: an event is shown by those of its day. */
function fieldsOf({ metadata = [] }: Action, say: Texts): Field[] {
  const fields: Field[] = [];
  for (const [index, { from, schema }] of metadata.entries()) {
    const until = metadata[index + 1]?.from;
    for (const [name, texts] of schemaFields(schema)) {
      const { title, description: about } = texts;
      const path = pointerTo('metadata', name);
      const label = isHumanText(title) ? say(title) : name;
      const description = isHumanText(about) ? say(about) : undefined;
      const before = fields.findIndex(
        (one) => one.path === path && one.until === from && from !== undefined,
      );
      const known = fields[before];
      const isSame = known?.label === label && known.description === description;
      const since = isSame ? known.since : from;
      if (isSame) fields.splice(before, 1);
      const told = { path, label, ...maybe('description', description) };
      fields.push({ ...told, ...maybe('since', since), ...maybe('until', until) });
    }
  }
  return fields;
}

const resourceOf = (
  type: string,
  of: ResourceType,
  say: Texts,
): Static<typeof CatalogResource> => ({
  type,
  label: say(of.label),
  ...describe(of.description, say),
  synonyms: (of.synonyms ?? []).map(say),
  includes: (of.includes ?? []).map(say),
  excludes: (of.excludes ?? []).map(say),
  ...maybe('since', of.since),
  person: of.person ?? false,
});

const catalogView = (
  view: string,
  of: ViewDefinition,
  capabilities: ReadonlySet<Capability>,
  say: Texts,
): Static<typeof CatalogView> => ({
  view,
  label: say(of.label),
  ...describe(of.description, say),
  binding: of.binding ?? 'none',
  capabilities: CAPABILITIES.filter((one) => capabilities.has(one)),
  filters: (of.filters ?? []).map(({ key, name, label, required = false, one = false }) => ({
    key,
    ...maybe('name', name),
    label: say(label),
    required,
    one,
  })),
  columns: (of.columns ?? []).map(({ path, label }) => ({ path, label: say(label) })),
  formats: of.formats ?? [...DOWNLOAD_FORMATS],
  ...maybe('reach', of.reach),
  ...maybe('floor', of.floor),
  ...maybe('window', of.window),
  ...maybe('delay', of.delay),
  live: of.delay === undefined,
});

/** What the built-in views are called, which every project has. */
const BUILT_IN_LABELS: Readonly<Record<string, HumanText>> = {
  log: { en: 'All activity', de: 'Alle Aktivität' },
  all: {
    en: 'All activity, with use of the log',
    de: 'Alle Aktivität, mit Nutzung des Protokolls',
  },
};

/** The definition's views and the built-in ones, as far as they are granted. */
function viewsOf(
  views: Readonly<Record<string, ViewDefinition>>,
  granted: ReadonlyMap<string, ReadonlySet<Capability>>,
  say: Texts,
): Catalog['views'] {
  const builtIn = Object.entries(BUILT_IN_LABELS).map(
    ([name, label]) => [name, { label }] as const,
  );
  return [...Object.entries(views), ...builtIn].flatMap(([name, view]) => {
    const capabilities = granted.get(name);
    return capabilities ? [catalogView(name, view, capabilities, say)] : [];
  });
}

/** The catalog with the views of `granted`; without a definition only built-in ones are left. */
export function catalogOf(
  head: CatalogHead,
  compiled: Compiled | undefined,
  granted: ReadonlyMap<string, ReadonlySet<Capability>>,
  asked: string | undefined,
): Catalog {
  const locale = asked ?? compiled?.locale ?? 'en';
  const say: Texts = (human) => textIn(human, locale, compiled ?? { locale: 'en' });
  const { definition } = compiled ?? {};
  const { applications = {}, resource_types = {}, event_types = {} } = definition ?? {};
  return {
    ...head,
    locale,
    locales: definition?.locales ?? [],
    applications: Object.entries(applications).map(([application, { label }]) => ({
      application,
      label: say(label),
    })),
    resource_types: Object.entries(resource_types).map(([type, of]) => resourceOf(type, of, say)),
    event_types: Object.entries(event_types).map(([event_type, { label, actions }]) => ({
      event_type,
      label: say(label),
      actions: Object.entries(actions).map(([action, of]) => ({
        action,
        activity: say(of.label),
        ...describe(of.description, say),
        ...maybe('operation', of.operation),
        resource_types: of.resource_types ?? [],
        sentences: of.sentences.map(say),
        fields: fieldsOf(of, say),
      })),
    })),
    views: viewsOf(definition?.views ?? {}, granted, say),
    questions: (definition?.questions ?? [])
      .filter(({ view }) => view === undefined || granted.has(view))
      .map(({ label, q, range, view }) => ({
        label: say(label),
        q,
        range,
        ...maybe('view', view),
      })),
  };
}
