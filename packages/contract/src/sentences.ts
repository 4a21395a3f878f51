/**
 * Sentences about events: a template such as `{actor} changed the role of {target}`, filled from
 * what a view shows. Of an action's variants the first one counts whose slots can all be filled, so
 * what a reader may not see is in no sentence. Pure.
 */
import type { ReadEvent } from './event.ts';
import { type Named, valuesOf } from './match.ts';
import { isPrimary, nameOf, textOf } from './values.ts';

/** Slots, and what fills each; those with a colon take an argument. */
export const SLOTS = {
  actor: 'name, e-mail or id of the actor, else a word for its type',
  action: 'machine name of the action',
  activity: 'friendly form of the action',
  on_behalf_of: 'the first one that the actor acted for',
  target: 'name, e-mail or id of the first primary target',
  parent: 'the same of the first parent',
  related: 'the same of the first related target',
  'target:TYPE': 'the same of the first target of this type',
  'before:PATH': 'value before the change at this JSON Pointer: `{before:/role}`',
  'after:PATH': 'value after it',
  changed: 'what was changed: labels, else paths',
  'metadata:PATH': 'a value of the metadata: `{metadata:cost.total}`',
  'label:NAME': 'a label',
  application: 'from `source`',
  component: 'from `source`',
  channel: 'from `source`',
  outcome: 'result',
  'outcome.reason': 'reason of the outcome',
  severity: 'severity',
  reason: 'text of the reason',
  ticket: 'ticket of the reason',
  ip: 'from `context`',
  location: 'from `context`',
} as const;
type SlotName = keyof typeof SLOTS;
const NAMED_SLOTS = ['target', 'before', 'after', 'metadata', 'label'] as const;
type NamedSlot = (typeof NAMED_SLOTS)[number];
type PlainSlot = Exclude<SlotName, `${string}:${string}`>;

const isPlain = (name: string): name is PlainSlot => Object.hasOwn(SLOTS, name);

/** Slots that every event can fill, whatever a view hides: the last variant has no others. */
export const SURE_SLOTS: readonly string[] = ['actor', 'action', 'activity'];

export type Slot =
  | { readonly name: PlainSlot; readonly argument?: undefined }
  | { readonly name: NamedSlot; readonly argument: string };
/** A template: words and slots in turn. */
export type Template = readonly (string | Slot)[];

export class TemplateError extends Error {}

function slotOf(text: string): Slot {
  const colon = text.indexOf(':');
  if (colon === -1) {
    if (isPlain(text)) return { name: text };
  } else {
    const name = NAMED_SLOTS.find((known) => known === text.slice(0, colon));
    const argument = text.slice(colon + 1);
    if (name && argument !== '') return { name, argument };
  }
  const known = Object.keys(SLOTS).join(', ');
  throw new TemplateError(`there is no slot {${text}}; slots are: ${known}`);
}

/** Throws TemplateError in words for the author of the template. */
export function parseTemplate(text: string): Template {
  const parts: (string | Slot)[] = [];
  let at = 0;
  for (const found of text.matchAll(/\{([^{}]*)\}/g)) {
    if (found.index > at) parts.push(text.slice(at, found.index));
    parts.push(slotOf(found[1]?.trim() ?? ''));
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  if (parts.some((part) => typeof part === 'string' && /[{}]/.test(part))) {
    throw new TemplateError('a brace stands alone');
  }
  return parts;
}

/** What stands for an actor that has no name to show, by language. */
const ACTOR_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: {
    ...{ user: 'Somebody', service_account: 'A service', api_key: 'An API key', agent: 'An agent' },
    ...{ system: 'System', anonymous: 'Somebody unknown', support: 'Support' },
  },
  de: {
    ...{ user: 'Jemand', service_account: 'Ein Dienst', api_key: 'Ein API-Schlüssel' },
    ...{ agent: 'Ein Agent', system: 'System', anonymous: 'Jemand Unbekanntes' },
    support: 'Support',
  },
};

function actorName(actor: Named, locale: string): string {
  const [language = ''] = locale.split('-');
  const words = ACTOR_WORDS[language] ?? ACTOR_WORDS['en'];
  return nameOf(actor) ?? words?.[actor.type] ?? actor.type;
}

/** A value in a sentence; undefined for what is not there, was erased, or is a structure. */
function valueText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return textOf(value);
}

const firstTarget = (event: ReadEvent, test: (target: Named & { role?: string }) => boolean) => {
  const found = event.targets?.find(test);
  return found && nameOf(found);
};

function plainValue(event: ReadEvent, name: PlainSlot, locale: string): string | undefined {
  switch (name) {
    case 'actor':
      return actorName(event.actor, locale);
    case 'on_behalf_of':
      return event.on_behalf_of?.[0] && nameOf(event.on_behalf_of[0]);
    case 'target':
      return firstTarget(event, isPrimary);
    case 'parent':
    case 'related':
      return firstTarget(event, ({ role }) => role === name);
    case 'location':
      return textOf(event.context?.location);
    case 'changed': {
      const labels = (event.changes ?? []).map(({ label, path }) => textOf(label) ?? path);
      return textOf(labels.join(', '));
    }
    default:
      // A key of the query language means the same here.
      return valueText(valuesOf(event, name)[0]);
  }
}

function namedValue(event: ReadEvent, name: NamedSlot, argument: string): string | undefined {
  switch (name) {
    case 'before':
    case 'after': {
      const change = event.changes?.find(({ path }) => path === argument);
      return valueText(change?.[name]);
    }
    case 'target':
      return firstTarget(event, ({ type }) => type === argument);
    case 'metadata':
    case 'label':
      return valueText(valuesOf(event, name, argument)[0]);
  }
}

/** What an event that came to nothing says behind a sentence that does not, by language. */
const OUTCOME_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: { failure: 'failed', denied: 'denied' },
  de: { failure: 'fehlgeschlagen', denied: 'abgelehnt' },
};

function outcomeWord(event: ReadEvent, locale: string): string | undefined {
  const [language = ''] = locale.split('-');
  const words = OUTCOME_WORDS[language] ?? OUTCOME_WORDS['en'] ?? {};
  const { result = '' } = event.outcome ?? {};
  return Object.hasOwn(words, result) ? words[result] : undefined;
}

/** Of one action; `failed` may be empty. */
export interface Templates {
  readonly usual: readonly Template[];
  readonly failed: readonly Template[];
}

const tellsOutcome = (template: Template): boolean =>
  template.some((part) => typeof part !== 'string' && part.name.startsWith('outcome'));

/** The first of the templates whose slots the event can fill, filled. */
function filled(templates: readonly Template[], event: ReadEvent, locale: string) {
  for (const template of templates) {
    const parts = template.map((part) => {
      if (typeof part === 'string') return part;
      return part.argument === undefined
        ? plainValue(event, part.name, locale)
        : namedValue(event, part.name, part.argument);
    });
    if (parts.every((part) => part !== undefined)) return { template, text: parts.join('') };
  }
  return undefined;
}

/**
 * The sentence about an event, of the first template whose slots it can fill; undefined if there is
 * none. The event is as a view shows it: what it hides fills no slot. What failed or was denied
 * never reads as if it had been done.
 */
export function sentenceOf(
  { usual, failed }: Templates,
  event: ReadEvent,
  locale: string,
): string | undefined {
  const word = outcomeWord(event, locale);
  const own = word === undefined ? undefined : filled(failed, event, locale);
  if (own) return own.text;
  const found = filled(usual, event, locale);
  if (found === undefined || word === undefined || tellsOutcome(found.template)) return found?.text;
  return `${found.text}: ${word}`;
}
