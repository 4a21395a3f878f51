/**
 * `annals catalog`: the activity reference of a project, whole or what has a word in it. A type of
 * resource is found by any name that people have for it, and its actions with it.
 */
import type { Catalog } from '@annals/contract/catalog';
import { fold } from '@annals/contract/words';
import { type Command, EXIT, UsageError } from './command.ts';
import { clean, cleanJson } from './safe.ts';
import type { Terminal } from './terminal.ts';

type Resource = Catalog['resource_types'][number];
type EventType = Catalog['event_types'][number];
type Action = EventType['actions'][number];
type View = Catalog['views'][number];

const resourceTexts = (one: Resource): (string | undefined)[] => [
  ...[one.type, one.label, one.description],
  ...[...one.synonyms, ...one.includes, ...one.excludes],
];
const actionTexts = (one: Action): (string | undefined)[] => [
  ...[one.action, one.activity, one.description],
  ...one.fields.flatMap(({ path, label, description }) => [path, label, description]),
];

/** The part of a catalog that has the word; of what matches as a whole, all. */
export function matching(catalog: Catalog, word: string): Catalog {
  const wanted = fold(word);
  const has = (texts: readonly (string | undefined)[]) =>
    texts.some((text) => text !== undefined && fold(text).includes(wanted));
  const named = catalog.resource_types.filter(({ type, label, synonyms }) =>
    has([type, label, ...synonyms]),
  );
  const types = new Set(named.map(({ type }) => type));
  const isOfType = ({ resource_types }: Action) => resource_types.some((type) => types.has(type));
  return {
    ...catalog,
    applications: catalog.applications.filter(({ application, label }) =>
      has([application, label]),
    ),
    resource_types: catalog.resource_types.filter((one) => has(resourceTexts(one))),
    event_types: catalog.event_types.flatMap((type) => {
      if (has([type.event_type, type.label])) return [type];
      const actions = type.actions.filter((one) => has(actionTexts(one)) || isOfType(one));
      return actions.length === 0 ? [] : [{ ...type, actions }];
    }),
    views: catalog.views.filter(({ view, label, description }) => has([view, label, description])),
    questions: catalog.questions.filter(({ label, q }) => has([label, q])),
  };
}

/** The friendly name, and the one that programs use where it is another. */
const named = (label: string, name: string): string =>
  label === name ? name : `${label} (${name})`;
const line = (depth: number, text: string): string => `${'  '.repeat(depth)}${clean(text)}`;
const list = (depth: number, word: string, texts: readonly string[]): string[] =>
  texts.length === 0 ? [] : [line(depth, `${word}: ${texts.join('; ')}`)];
const maybe = (depth: number, text: string | undefined): string[] =>
  text === undefined ? [] : [line(depth, text)];

const resourceLines = (one: Resource): string[] => [
  line(1, named(one.label, one.type)),
  ...maybe(2, one.description),
  ...list(2, 'also called', one.synonyms),
  ...list(2, 'includes', one.includes),
  ...list(2, 'leaves out', one.excludes),
  ...(one.person ? [line(2, 'a person: its name and e-mail are personal values')] : []),
  ...(one.since === undefined ? [] : [line(2, `recorded since ${one.since}`)]),
];

const actionLines = (one: Action): string[] => [
  line(2, named(one.activity, one.action)),
  ...maybe(3, one.description),
  ...list(3, 'of', one.resource_types),
  ...one.fields.map(({ path, label, description, since, until }) => {
    const words = [label, description, since && `since ${since}`, until && `until ${until}`];
    return line(3, `${path}  ${words.filter((word) => word !== undefined).join('; ')}`);
  }),
];

const typeLines = ({ event_type, label, actions }: EventType): string[] => [
  line(1, named(label, event_type)),
  ...actions.flatMap(actionLines),
];

const viewLines = (one: View): string[] => {
  const { reach, floor, window, delay, binding, filters, formats } = one;
  const required = filters.filter((filter) => filter.required).map(({ label }) => label);
  const limits = [
    ...(reach === undefined ? [] : [`reaches back ${reach}`]),
    ...(floor === undefined ? [] : [`begins on ${floor}`]),
    ...(window === undefined ? [] : [`ranges of ${window} at most`]),
    ...(delay === undefined ? [] : [`events after ${delay}`]),
    ...(binding === 'none' ? [] : [`the log of one ${binding}`]),
  ];
  return [
    line(1, `${named(one.label, one.view)}: ${one.capabilities.join(', ')}`),
    ...maybe(2, one.description),
    ...list(2, 'limits', limits),
    ...list(2, 'needs', required),
    ...(one.capabilities.includes('export') ? list(2, 'files', formats) : []),
  ];
};

/** A heading and what is under it; nothing if there is nothing. */
const section = (terminal: Terminal, title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', terminal.paint('bold', title), ...lines];

export const catalogLines = (catalog: Catalog, terminal: Terminal): string[] => [
  ...section(
    terminal,
    'Applications',
    catalog.applications.map(({ application, label }) => line(1, named(label, application))),
  ),
  ...section(terminal, 'Resource types', catalog.resource_types.flatMap(resourceLines)),
  ...section(terminal, 'Event types and their actions', catalog.event_types.flatMap(typeLines)),
  ...section(terminal, 'Views of this key', catalog.views.flatMap(viewLines)),
  ...section(
    terminal,
    'Questions',
    catalog.questions.map(({ label, q, range }) => line(1, `${label}  -q '${q}', last ${range}`)),
  ),
];

const headOf = ({ project, label, version, locale, time_zone }: Catalog): string =>
  clean(`${named(label, project)}, version ${version}, ${locale}, ${time_zone}`);

export const catalog: Command = {
  summary: 'Show what a project records, and which views there are',
  usage: 'catalog [WORD] [--locale TAG] [--tenant ID]',
  about: `Prints the activity reference: types of resources with what they include and leave out,
event types with their actions and fields, the views of this key, and questions to begin with. With
WORD only what has it in a name, a synonym or a text.

  annals catalog --project crm
  annals catalog advisor --locale de`,
  flags: {
    locale: { type: 'string', value: 'TAG', help: 'language of the texts, as in de' },
    tenant: { type: 'string', value: 'ID', help: 'says too whether its log can be read' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [word, ...more] = args.positionals;
    if (more.length > 0) throw new UsageError('Search for one word, or quote them');
    const locale = args.text('locale');
    const tenant = args.text('tenant');
    const query = {
      ...(locale === undefined ? {} : { locale }),
      ...(tenant === undefined ? {} : { tenant_id: tenant }),
    };
    const whole = await connect().catalog.get(query, { signal });
    const found = word === undefined ? whole : matching(whole, word);
    if (json) {
      await terminal.write(`${cleanJson(found)}\n`);
      return EXIT.done;
    }
    const lines = catalogLines(found, terminal);
    await terminal.write([headOf(found), ...lines].map((one) => `${one}\n`).join(''));
    if (lines.length === 0) {
      const why = word === undefined ? 'The catalog is empty.' : `Nothing in it has "${word}".`;
      terminal.note(clean(why));
    }
    if (found.closed !== null) {
      terminal.note(clean(`${found.closed.detail} (${found.closed.code})`));
    }
    return EXIT.done;
  },
};
