/**
 * Whether something is a definition of a project and makes sense: form, names that lead somewhere,
 * queries and sentences that parse, texts in every declared language. Pure; finds all at once.
 */
import { Compile } from 'typebox/schema';
import { type Action, Definition, type ViewDefinition } from './definition.ts';
import { type HumanText, isHumanText, schemaFields, textsByLocale } from './human.ts';
import { parsePeriod, roughDays } from './period.ts';
import { pointerTo as at } from './pointer.ts';
import { parseQuery, QueryError } from './query.ts';
import { parseTemplate, SURE_SLOTS, TemplateError } from './sentences.ts';
import { describeShapeErrors } from './shape-errors.ts';
import { BUILT_IN } from './view.ts';

export interface Finding {
  /** JSON Pointer into the definition. */
  readonly path: string;
  readonly detail: string;
  /** A gap leaves a reader with less; an error makes the definition unusable. */
  readonly level: 'error' | 'gap';
}

type Say = (path: string, detail: string, level?: Finding['level']) => void;

/** Values whose class a project may change, as JSON Pointers; a record's members are its own. */
const CLASSED = [
  ...['/actor/id', '/actor/name', '/actor/email', '/on_behalf_of/id', '/on_behalf_of/name'],
  ...['/on_behalf_of/email', '/targets/id', '/targets/name', '/targets/email', '/context/ip'],
  ...['/context/user_agent', '/context/location', '/context/session_id', '/reason/text'],
  ...['/outcome/reason', '/metadata', '/labels'],
];
/** Records of which only a member may be given a class. */
const CLASSED_WITHIN = ['/metadata/', '/labels/', '/changes/'];

/** Keys whose values are people and records. */
const NAMING_KEYS: readonly string[] = [
  ...['actor', 'on_behalf_of', 'party', 'target', 'target.parent'],
];

/** Where columns may lead: parts of an event, or what is made of it. */
const COLUMN_PARTS = [
  ...['/id', '/sequence', '/leaf_hash', '/tenant_id', '/occurred_at', '/received_at', '/action'],
  ...['/event_type', '/operation', '/actor', '/on_behalf_of', '/targets', '/changes', '/outcome'],
  ...['/source', '/context', '/reason', '/severity', '/metadata', '/labels'],
];
const MADE_COLUMNS = ['actor', 'target', 'resource', 'activity', 'sentence'];

const entriesOf = <T>(record: Readonly<Record<string, T>> | undefined): [string, T][] =>
  Object.entries(record ?? {});

type Texts = readonly (readonly [path: string, text: HumanText | undefined])[];
const listed = (path: string, name: string, texts: readonly HumanText[] = []): Texts =>
  texts.map((text, index) => [`${path}/${name}/${index}`, text]);
const labelled = (path: string, { label, description }: Described): Texts => [
  [`${path}/label`, label],
  [`${path}/description`, description],
];
interface Described {
  readonly label: HumanText;
  readonly description?: HumanText;
}

const metadataTexts = (path: string, metadata: Action['metadata'] = []): Texts =>
  metadata.flatMap(({ schema }, index) =>
    schemaFields(schema).flatMap(([field, texts]) =>
      Object.entries(texts).flatMap(([name, text]) =>
        isHumanText(text) ? [[fieldAt(path, index, field, name), text] as const] : [],
      ),
    ),
  );
const fieldAt = (path: string, index: number, field: string, name: string): string =>
  `${path}/metadata/${index}/schema${at('properties', field, name)}`;

/** Every text for people, with its place. */
const humanTexts = (definition: Definition): Texts => [
  ['/label', definition.label],
  ...entriesOf(definition.applications).flatMap(([name, of]) =>
    labelled(at('applications', name), of),
  ),
  ...entriesOf(definition.resource_types).flatMap(([name, of]) => {
    const path = at('resource_types', name);
    return [
      ...labelled(path, of),
      ...listed(path, 'synonyms', of.synonyms),
      ...listed(path, 'includes', of.includes),
      ...listed(path, 'excludes', of.excludes),
    ];
  }),
  ...entriesOf(definition.event_types).flatMap(([type, of]) => [
    ...labelled(at('event_types', type), of),
    ...entriesOf(of.actions).flatMap(([action, { sentences, failed, metadata, ...rest }]) => {
      const path = at('event_types', type, 'actions', action);
      return [
        ...labelled(path, rest),
        ...listed(path, 'sentences', sentences),
        ...listed(path, 'failed', failed),
        ...metadataTexts(path, metadata),
      ];
    }),
  ]),
  ...entriesOf(definition.views).flatMap(([name, of]) => {
    const path = at('views', name);
    const parts = (part: string, all: readonly Described[] = []) =>
      all.flatMap((one, index) => labelled(`${path}/${part}/${index}`, one));
    return [
      ...labelled(path, of),
      ...parts('filters', of.filters),
      ...parts('columns', of.columns),
    ];
  }),
  ...entriesOf(definition.roles).flatMap(([name, of]) => labelled(at('roles', name), of)),
  ...(['plans', 'addons'] as const).flatMap((part) =>
    entriesOf(definition.gating?.names?.[part]).map(
      ([name, text]) => [at('gating', 'names', part, name), text] as const,
    ),
  ),
  ...(definition.questions ?? []).flatMap((one, index) => labelled(`/questions/${index}`, one)),
];

function checkLocales(definition: Definition, say: Say): void {
  const locales = definition.locales ?? [];
  for (const [path, text] of humanTexts(definition)) {
    if (text === undefined || typeof text === 'string') continue;
    const missing = locales.filter((locale) => text[locale] === undefined);
    if (missing.length > 0) say(path, `lacks ${missing.join(', ')}`, 'gap');
    const unknown = Object.keys(text).filter((key) => !locales.includes(key));
    if (unknown.length > 0) say(path, `is in ${unknown.join(', ')}, which is not declared`);
  }
}

function checkQuery(text: string, path: string, say: Say): void {
  try {
    parseQuery(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    say(path, `${error.message} (at ${error.position})`);
  }
}

function checkSentences(sentences: Action['sentences'], path: string, say: Say): void {
  for (const [index, sentence] of sentences.entries()) {
    for (const [locale, text] of Object.entries(textsByLocale(sentence))) {
      const here = `${path}/${index}${locale === '' ? '' : `/${locale}`}`;
      try {
        const slots = parseTemplate(text).filter((part) => typeof part !== 'string');
        const unsure = slots.find(({ name }) => !SURE_SLOTS.includes(name));
        if (index === sentences.length - 1 && unsure) {
          const sure = SURE_SLOTS.map((name) => `{${name}}`).join(', ');
          say(
            here,
            `the last sentence may have no slot but ${sure}: {${unsure.name}} may be hidden`,
          );
        }
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        say(here, error.message);
      }
    }
  }
}

/** A day of the calendar: the form lets 31 February through. */
function checkDay(day: string | undefined, path: string, say: Say): void {
  if (day === undefined) return;
  const date = new Date(`${day}T00:00:00Z`);
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
  if (!isReal) say(path, 'is no day of the calendar');
}

function checkMetadata({ metadata = [] }: Action, path: string, say: Say): void {
  let before = '';
  for (const [index, { from = '', schema }] of metadata.entries()) {
    const here = `${path}/metadata/${index}`;
    if (from !== '') checkDay(from, `${here}/from`, say);
    if (index > 0 && from <= before) say(`${here}/from`, 'must be later than that before it');
    before = from;
    try {
      Compile(schema);
    } catch {
      say(`${here}/schema`, 'is no JSON Schema that can be used');
    }
    for (const [field, texts] of schemaFields(schema)) {
      for (const [name, text] of Object.entries(texts)) {
        if (isHumanText(text)) continue;
        say(fieldAt(path, index, field, name), 'must be a text, or one for each language');
      }
    }
  }
}

function checkCatalog(definition: Definition, say: Say): void {
  const places = new Map<string, string>();
  for (const [type, { actions }] of entriesOf(definition.event_types)) {
    for (const [action, of] of entriesOf(actions)) {
      const { sentences, resource_types = [] } = of;
      const path = at('event_types', type, 'actions', action);
      const other = places.get(action);
      if (other !== undefined) say(path, `is of the event type "${other}" already`);
      places.set(action, type);
      checkSentences(sentences, `${path}/sentences`, say);
      checkSentences(of.failed ?? [], `${path}/failed`, say);
      checkMetadata(of, path, say);
      for (const [index, resource] of resource_types.entries()) {
        if (definition.resource_types?.[resource] !== undefined) continue;
        say(`${path}/resource_types/${index}`, 'is no resource type');
      }
    }
  }
  const names = new Map<string, string>();
  for (const [type, { label, synonyms = [], since }] of entriesOf(definition.resource_types)) {
    checkDay(since, `${at('resource_types', type)}/since`, say);
    for (const text of [label, ...synonyms]) {
      for (const name of new Set(Object.values(textsByLocale(text)))) {
        const other = names.get(name.toLowerCase());
        if (other !== undefined && other !== type) {
          say(at('resource_types', type), `is called "${name}" as "${other}" is`, 'gap');
        }
        names.set(name.toLowerCase(), type);
      }
    }
  }
}

function checkClasses({ data_classes }: Definition, say: Say): void {
  for (const [pointer, dataClass] of entriesOf(data_classes)) {
    const path = at('data_classes', pointer);
    const isWithin = CLASSED_WITHIN.some((start) => pointer.startsWith(start));
    if (!isWithin && !CLASSED.includes(pointer)) {
      say(path, `has no class of its own; these have: ${CLASSED.join(', ')} and what is in them`);
    } else if (dataClass === 'secret' && !isWithin) {
      say(path, 'only what is in metadata, labels and changes can be secret');
    }
  }
}

function checkColumns({ columns = [] }: ViewDefinition, path: string, say: Say): void {
  for (const [index, column] of columns.entries()) {
    const isPart = COLUMN_PARTS.some(
      (part) => column.path === part || column.path.startsWith(`${part}/`),
    );
    if (!isPart && !MADE_COLUMNS.includes(column.path)) {
      const known = [...MADE_COLUMNS, ...COLUMN_PARTS].join(', ');
      say(`${path}/columns/${index}/path`, `leads nowhere; it begins with one of: ${known}`);
    }
  }
}

function checkView(definition: Definition, name: string, view: ViewDefinition, say: Say): void {
  const path = at('views', name);
  if (BUILT_IN.has(name)) say(path, 'is the name of a built-in view');
  if (view.rows !== undefined) checkQuery(view.rows, `${path}/rows`, say);
  for (const type of Object.keys(view.targets ?? {})) {
    if (definition.resource_types?.[type] === undefined) {
      say(`${path}/targets${at(type)}`, 'is no resource type');
    }
  }
  checkDay(view.floor, `${path}/floor`, say);
  const [window, reach] = [view.window, view.reach].map((period) => parsePeriod(period ?? ''));
  if (window && reach && roughDays(window) > roughDays(reach)) {
    say(`${path}/window`, 'is longer than the reach', 'gap');
  }
  const seen = new Set<string>();
  for (const [index, { key, name: of, one }] of (view.filters ?? []).entries()) {
    const here = `${path}/filters/${index}`;
    if (one === true && !NAMING_KEYS.includes(key)) {
      say(`${here}/one`, `is only for people and records: ${NAMING_KEYS.join(', ')}`);
    }
    const needsName = key === 'label' || key === 'metadata';
    if (needsName !== (of !== undefined)) {
      say(here, needsName ? `needs a name: which ${key}` : `${key} takes no name`);
    }
    if (seen.has(`${key} ${of ?? ''}`)) say(here, 'is there twice');
    seen.add(`${key} ${of ?? ''}`);
  }
  checkColumns(view, path, say);
}

function checkRoles({ roles, views }: Definition, say: Say): void {
  for (const [name, { grants, manage = [], viewer }] of entriesOf(roles)) {
    const path = at('roles', name);
    for (const [view, capabilities] of entriesOf(grants)) {
      const here = `${path}/grants${at(view)}`;
      const known = views[view];
      if (known === undefined) say(here, 'is no view');
      if (!capabilities.includes('read')) say(here, 'gives nothing without read');
      const isExport = capabilities.some((one) => one !== 'read');
      if (known && isExport && known.formats?.length === 0) say(here, 'the view has no format');
    }
    if (viewer === true && manage.length > 0) {
      say(`${path}/manage`, 'a role that the product gives to its own users manages nothing');
    }
  }
}

function checkQuestions({ questions = [], views }: Definition, say: Say): void {
  for (const [index, { q, view }] of questions.entries()) {
    checkQuery(q, `/questions/${index}/q`, say);
    if (view !== undefined && views[view] === undefined) {
      say(`/questions/${index}/view`, 'is no view');
    }
  }
}

function checkTimeZone({ time_zone }: Definition, say: Say): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: time_zone });
  } catch {
    say('/time_zone', 'must be an IANA time zone name, for example Europe/Berlin');
  }
}

let shape: ReturnType<typeof Compile<typeof Definition>> | undefined;

export interface Checked {
  /** Undefined if there is an error. */
  readonly definition: Definition | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Whether a value is a definition that can be applied, with what is wrong with it, or that it
 * lacks. Only what has the form is looked at further.
 */
export function readDefinition(value: unknown): Checked {
  // Made when it is first needed: few programs check a definition.
  shape ??= Compile(Definition);
  if (!shape.Check(value)) {
    const errors = describeShapeErrors(shape.Errors(value)[1]);
    const findings = errors.map((error): Finding => ({ ...error, level: 'error' }));
    return { definition: undefined, findings };
  }
  const findings = senseOf(value);
  const isUsable = findings.every(({ level }) => level !== 'error');
  return { definition: isUsable ? value : undefined, findings };
}

/** What is wrong with a definition, or that it lacks; empty: it can be applied. */
export const checkDefinition = (value: unknown): readonly Finding[] =>
  readDefinition(value).findings;

function senseOf(definition: Definition): Finding[] {
  const findings: Finding[] = [];
  const say: Say = (path, detail, level = 'error') => findings.push({ path, detail, level });
  checkTimeZone(definition, say);
  checkLocales(definition, say);
  checkCatalog(definition, say);
  checkClasses(definition, say);
  for (const [name, view] of entriesOf(definition.views)) checkView(definition, name, view, say);
  checkRoles(definition, say);
  checkQuestions(definition, say);
  return findings;
}
