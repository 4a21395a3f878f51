/**
 * Views: named lenses on the log. Every read goes through one. A view is plain data, and what it
 * shows of an event is a pure function, so that every thread and every program agrees on it.
 */
import type { ReadEvent } from './event.ts';
import { activityOf, matcherOf } from './match.ts';
import { pointerPart } from './pointer.ts';
import type { Query } from './query.ts';
import { parseTemplate, sentenceOf, type Template } from './sentences.ts';
import type { DataClass } from './values.ts';

/** The one actor or record whose log a bound view is. */
export interface Subject {
  readonly kind: 'actor' | 'record';
  readonly type: string;
  readonly id: string;
}
/** A project's words for what happens, in one language. */
export interface Vocabulary {
  readonly locale: string;
  /** Friendly form of actions, by their names. */
  readonly activities: Readonly<Record<string, string>>;
  /** Templates of sentences, the richest first; none: no sentences are made. */
  readonly sentences: Readonly<Record<string, readonly string[]>>;
}

export interface View {
  readonly name: string;
  /** True of every event of the view. Asked of the whole event: it may look at what is hidden. */
  readonly rows: Query;
  /** Whether the log's own events (`annals.*`) are in it. */
  readonly hasOwn: boolean;
  /** Only events in which it acts, or which are about it. */
  readonly subject: Subject | undefined;
  /** Whether values of class `personal` are shown. */
  readonly hasPersonal: boolean;
  readonly changes: 'none' | 'paths' | 'values';
  /** Types of actors and targets that are shown by their id alone. */
  readonly idOnly: readonly string[];
  /** How support staff is shown. */
  readonly support: 'name' | 'id' | 'team';
  /** Types of actors and targets whose names and e-mails are personal. */
  readonly persons: readonly string[];
  /** Classes that the project gives to values, by JSON Pointer; other values keep their own. */
  readonly classes: Readonly<Record<string, DataClass>>;
  /** Whether the reader gets sequence and leaf hash: gaps in them betray hidden events. */
  readonly hasProof: boolean;
  /** Undefined: the project has no catalog. */
  readonly vocabulary: Vocabulary | undefined;
}

/** Built in: shows every event whole. */
export const ALL: View = {
  name: 'all',
  rows: [],
  hasOwn: true,
  subject: undefined,
  hasPersonal: true,
  changes: 'values',
  idOnly: [],
  support: 'name',
  persons: ['user', 'support'],
  classes: {},
  hasProof: true,
  vocabulary: undefined,
};

/** What the names of the log's own actions begin with. */
export const OWN_ACTIONS = 'annals.';

export const showsAll = (view: View): boolean => view.name === ALL.name;
/** Whether every event but the log's own is in it, however little of each is shown. */
export const showsEvery = ({ rows, subject }: View): boolean =>
  rows.length === 0 && subject === undefined;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Shown = Mutable<ReadEvent>;
interface Named {
  type: string;
  id?: unknown;
  name?: unknown;
  email?: unknown;
}

/** The class of each value that is not public by itself. Names and e-mails are those of persons. */
const OWN_CLASSES: ReadonlyMap<string, DataClass> = new Map(
  [
    ...['name', 'email'].flatMap((part) =>
      ['actor', 'on_behalf_of', 'targets'].map((entity) => `/${entity}/${part}`),
    ),
    ...['ip', 'user_agent', 'location', 'session_id'].map((part) => `/context/${part}`),
    ...['/reason/text', '/outcome/reason', '/metadata', '/labels', '/changes'],
  ].map((pointer) => [pointer, 'personal']),
);

/** The class of a value: its own, or that of what it is in, whichever is named nearest. */
export function classOf(classes: View['classes'], pointer: string): DataClass {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = classes[at] ?? OWN_CLASSES.get(at);
    if (found) return found;
  }
  return 'public';
}

/** Pointers whose answer is remembered: events bring any names in metadata and changes. */
const POINTERS_KEPT = 1_000;

/** Says of each event what the project calls it, and adds the sentence about what is shown. */
function namerOf({ locale, activities, sentences }: Vocabulary): (shown: Shown) => void {
  const templates = new Map<string, readonly Template[]>();
  const templatesOf = (action: string): readonly Template[] => {
    const known = templates.get(action);
    if (known) return known;
    const made = (Object.hasOwn(sentences, action) ? (sentences[action] ?? []) : []).map(
      parseTemplate,
    );
    if (templates.size < POINTERS_KEPT) templates.set(action, made);
    return made;
  };
  return (shown) => {
    const { action } = shown;
    shown.activity =
      (Object.hasOwn(activities, action) ? activities[action] : undefined) ?? activityOf(action);
    const sentence = sentenceOf(templatesOf(action), shown, locale);
    if (sentence !== undefined) shown.sentence = sentence;
  };
}

class Projection {
  readonly #view: View;
  readonly #isInView: (event: ReadEvent) => boolean;
  readonly #persons: ReadonlySet<string>;
  readonly #idOnly: ReadonlySet<string>;
  readonly #shown = new Map<string, boolean>();

  constructor(view: View) {
    this.#view = view;
    this.#isInView = matcherOf(view.rows);
    this.#persons = new Set(view.persons);
    this.#idOnly = new Set(view.idOnly);
  }

  of(event: ReadEvent): ReadEvent | undefined {
    if (!this.#isInView(event) || !this.#isOfSubject(event)) return undefined;
    if (!this.#view.hasOwn && event.action.startsWith(OWN_ACTIONS)) return undefined;
    const shown: Shown = { ...event };
    if (!this.#view.hasProof) {
      delete shown.sequence;
      delete shown.leaf_hash;
    }
    shown.actor = this.#entity('actor', event.actor);
    if (event.on_behalf_of) {
      shown.on_behalf_of = event.on_behalf_of.map((one) => this.#entity('on_behalf_of', one));
    }
    if (event.targets) shown.targets = event.targets.map((one) => this.#entity('targets', one));
    this.#part(shown, 'context');
    this.#part(shown, 'reason');
    this.#part(shown, 'outcome');
    this.#record(shown, 'metadata');
    this.#record(shown, 'labels');
    this.#changes(shown);
    return shown;
  }

  #isOfSubject({ actor, targets = [] }: ReadEvent): boolean {
    const { subject } = this.#view;
    if (subject === undefined) return true;
    const { kind, type, id } = subject;
    const sides: readonly Named[] = kind === 'actor' ? [actor] : targets;
    return sides.some((one) => one.type === type && one.id === id);
  }

  #isShown(pointer: string): boolean {
    const known = this.#shown.get(pointer);
    if (known !== undefined) return known;
    const dataClass = classOf(this.#view.classes, pointer);
    const isShown = dataClass === 'public' || (dataClass === 'personal' && this.#view.hasPersonal);
    if (this.#shown.size < POINTERS_KEPT) this.#shown.set(pointer, isShown);
    return isShown;
  }

  #entity<E extends Named>(part: string, entity: E): E {
    const { support } = this.#view;
    const shown = { ...entity };
    const isStaff = entity.type === 'support';
    const isPerson = this.#persons.has(entity.type);
    const isNameless = this.#idOnly.has(entity.type) || (isStaff && support !== 'name');
    const hides = (field: string) => isPerson && !this.#isShown(`/${part}/${field}`);
    if (hides('id') || (isStaff && support === 'team')) delete shown.id;
    if (isNameless || hides('name')) delete shown.name;
    if (isNameless || hides('email')) delete shown.email;
    return shown;
  }

  /** Leaves out members that are hidden, and a part of which nothing is shown. */
  #part(shown: Shown, part: 'context' | 'reason' | 'outcome'): void {
    const value = shown[part];
    if (value === undefined) return;
    const members = Object.entries(value).filter(([name]) => this.#isShown(`/${part}/${name}`));
    if (members.length === 0) delete shown[part];
    else Object.assign(shown, { [part]: Object.fromEntries(members) });
  }

  #record(shown: Shown, part: 'metadata' | 'labels'): void {
    const value = shown[part];
    if (value === undefined) return;
    const visible = this.#members(`/${part}`, value);
    if (visible === undefined) delete shown[part];
    else Object.assign(shown, { [part]: visible });
  }

  /** What of a value is shown: members may be public in a record that is not. */
  #members(pointer: string, value: unknown): unknown {
    const named = Object.keys(this.#view.classes).filter((at) => at.startsWith(`${pointer}/`));
    if (named.length === 0) return this.#isShown(pointer) ? value : undefined;
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isRecord) return this.#isShown(pointer) ? value : undefined;
    const members = Object.entries(value).flatMap(([name, inner]) => {
      const at = `${pointer}/${pointerPart(name)}`;
      const visible = this.#members(at, inner);
      return visible === undefined ? [] : [[name, visible] as const];
    });
    return members.length === 0 ? undefined : Object.fromEntries(members);
  }

  #changes(shown: Shown): void {
    if (shown.changes === undefined) return;
    if (this.#view.changes === 'none') {
      delete shown.changes;
      return;
    }
    shown.changes = shown.changes.map((change) => {
      const isVisible = this.#view.changes === 'values' && this.#isShown(`/changes${change.path}`);
      if (isVisible) return change;
      const { before: _before, after: _after, ...path } = change;
      return path;
    });
  }
}

/**
 * How events look through a view, made once and used on many: an event as it is shown, or undefined
 * if it is not in the view. Never changes the event it is given.
 */
export function projectorOf(view: View): (event: ReadEvent) => ReadEvent | undefined {
  const { vocabulary } = view;
  const name = vocabulary && namerOf(vocabulary);
  const projection = showsAll(view) ? undefined : new Projection(view);
  if (name === undefined) return (event) => (projection ? projection.of(event) : event);
  return (event) => {
    const shown = projection ? projection.of(event) : { ...event };
    if (shown) name(shown);
    return shown;
  };
}
