/**
 * Views: named lenses on the log. Every read goes through one. A view is plain data, and what it
 * shows of an event is a pure function, so that every thread and every program agrees on it.
 */
import type { ReadEvent } from './event.ts';
import { matcherOf, type Named } from './match.ts';
import { OWN_ACTIONS } from './own-events.ts';
import { pointerPart } from './pointer.ts';
import type { Query } from './query.ts';
import { parseTemplate, sentenceOf, type Template } from './sentences.ts';
import { activityOf, type DataClass, idText } from './values.ts';

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
  /** The same of what failed or was denied, where an action has words of its own for it. */
  readonly failed: Readonly<Record<string, readonly string[]>>;
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

/** Built in: shows every event whole, the log's own too. */
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

/** Built in: shows every event whole but the log's own. What keys with scopes see through. */
export const LOG: View = { ...ALL, name: 'log', hasOwn: false };
export const BUILT_IN: ReadonlyMap<string, View> = new Map(
  [ALL, LOG].map((one) => [one.name, one]),
);

export const isOwn = ({ action }: Pick<ReadEvent, 'action'>): boolean =>
  action.startsWith(OWN_ACTIONS);

/** Whether the events of the view are shown whole. */
export const showsWhole = ({ name }: View): boolean => BUILT_IN.has(name);
/** Whether every event but the log's own is in it, however little of each is shown. */
export const showsEvery = ({ rows, subject }: View): boolean =>
  rows.length === 0 && subject === undefined;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Shown = Mutable<ReadEvent>;

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

/** Templates of each action, parsed when they are first needed. */
function templatesIn(texts: Vocabulary['sentences']) {
  const known = new Map<string, readonly Template[]>();
  return (action: string): readonly Template[] => {
    const found = known.get(action);
    if (found) return found;
    const made = (Object.hasOwn(texts, action) ? (texts[action] ?? []) : []).map(parseTemplate);
    if (known.size < POINTERS_KEPT) known.set(action, made);
    return made;
  };
}

/** What a view calls an action. */
export const activityIn = ({ vocabulary }: Pick<View, 'vocabulary'>, action: string): string => {
  const known = vocabulary?.activities ?? {};
  return (Object.hasOwn(known, action) ? known[action] : undefined) ?? activityOf(action);
};

/** Says of each event what the project calls it, and adds the sentence about what is shown. */
function namerOf(vocabulary: Vocabulary): (shown: Shown) => void {
  const { locale, sentences, failed } = vocabulary;
  const [usual, ofFailed] = [templatesIn(sentences), templatesIn(failed)];
  return (shown) => {
    const { action } = shown;
    shown.activity = activityIn({ vocabulary }, action);
    const sentence = sentenceOf({ usual: usual(action), failed: ofFailed(action) }, shown, locale);
    if (sentence !== undefined) shown.sentence = sentence;
  };
}

/** Members of parts that may be hidden one by one. */
const PARTS = {
  context: ['ip', 'user_agent', 'location', 'session_id'],
  reason: ['text'],
  outcome: ['reason'],
} as const;
type Part = keyof typeof PARTS;
const PART_NAMES: readonly Part[] = ['context', 'reason', 'outcome'];

/**
 * Works out once what is the same for every event; then an event costs 1 to 2 µs. Parts that are
 * shown whole are those of the event itself.
 */
class Projection {
  readonly #view: View;
  readonly #isInView: (event: ReadEvent) => boolean;
  readonly #hidden: Readonly<Record<Part, readonly string[]>>;
  /** By part and type. */
  readonly #hides = new Map<string, readonly string[]>();
  /** Pointers of metadata and labels that have a class of their own. */
  readonly #named: readonly string[];
  readonly #shown = new Map<string, boolean>();

  constructor(view: View) {
    this.#view = view;
    this.#isInView = matcherOf(view.rows);
    const hiddenOf = (part: Part) =>
      PARTS[part].filter((name) => !this.#isShown(`/${part}/${name}`));
    this.#hidden = {
      context: hiddenOf('context'),
      reason: hiddenOf('reason'),
      outcome: hiddenOf('outcome'),
    };
    this.#named = Object.keys(view.classes);
  }

  of(event: ReadEvent): ReadEvent | undefined {
    if (!this.#isInView(event) || !this.#isOfSubject(event)) return undefined;
    if (!this.#view.hasOwn && isOwn(event)) return undefined;
    // Copied with the rest first: `delete`, or adding member by member, takes twice as long.
    const { sequence, leaf_hash, metadata, labels, changes, ...rest } = event;
    const shown: Shown = rest;
    shown.actor = this.#entity('actor', event.actor);
    if (event.on_behalf_of) {
      shown.on_behalf_of = event.on_behalf_of.map((one) => this.#entity('on_behalf_of', one));
    }
    if (event.targets) shown.targets = event.targets.map((one) => this.#entity('targets', one));
    for (const part of PART_NAMES) this.#part(shown, part);
    if (changes && this.#view.changes !== 'none') shown.changes = this.#changes(changes);
    if (metadata !== undefined) this.#record(shown, 'metadata', metadata);
    if (labels !== undefined) this.#record(shown, 'labels', labels);
    if (!this.#view.hasProof) return shown;
    if (sequence !== undefined) shown.sequence = sequence;
    if (leaf_hash !== undefined) shown.leaf_hash = leaf_hash;
    return shown;
  }

  #isOfSubject({ actor, targets = [] }: ReadEvent): boolean {
    const { subject } = this.#view;
    if (subject === undefined) return true;
    const { kind, type, id } = subject;
    const sides: readonly Named[] = kind === 'actor' ? [actor] : targets;
    return sides.some((one) => one.type === type && idText(one.id) === id);
  }

  #isShown(pointer: string): boolean {
    const known = this.#shown.get(pointer);
    if (known !== undefined) return known;
    const dataClass = classOf(this.#view.classes, pointer);
    const isShown = dataClass === 'public' || (dataClass === 'personal' && this.#view.hasPersonal);
    if (this.#shown.size < POINTERS_KEPT) this.#shown.set(pointer, isShown);
    return isShown;
  }

  /** What of an entity of a type is left out. */
  #hidesOf(part: string, type: string): readonly string[] {
    const key = `${part} ${type}`;
    const known = this.#hides.get(key);
    if (known) return known;
    const { support, idOnly, persons } = this.#view;
    const isStaff = type === 'support';
    const isNameless = idOnly.includes(type) || (isStaff && support !== 'name');
    const isHidden = (field: string) =>
      persons.includes(type) && !this.#isShown(`/${part}/${field}`);
    const hides = ['id', 'name', 'email'].filter(
      (field) => isHidden(field) || (field === 'id' ? isStaff && support === 'team' : isNameless),
    );
    if (this.#hides.size < POINTERS_KEPT) this.#hides.set(key, hides);
    return hides;
  }

  #entity<E extends Named>(part: string, entity: E): E {
    const hides = this.#hidesOf(part, entity.type);
    // The only cast: members that are left out are optional in every entity.
    return hides.length === 0 ? entity : (without(entity, hides) as E);
  }

  /** Leaves out members that are hidden, and a part of which nothing is shown. */
  #part(shown: Shown, part: Part): void {
    const value = shown[part];
    const hidden = this.#hidden[part];
    if (value === undefined || !hidden.some((name) => Object.hasOwn(value, name))) return;
    const visible = without(value, hidden);
    if (Object.keys(visible).length === 0) delete shown[part];
    else Object.assign(shown, { [part]: visible });
  }

  #record(shown: Shown, part: 'metadata' | 'labels', value: unknown): void {
    const visible = this.#members(`/${part}`, value);
    if (visible !== undefined) Object.assign(shown, { [part]: visible });
  }

  /** What of a value is shown: members may be public in a record that is not. */
  #members(pointer: string, value: unknown): unknown {
    const isNamed = this.#named.some((at) => at.startsWith(`${pointer}/`));
    if (!isNamed) return this.#isShown(pointer) ? value : undefined;
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isRecord) return this.#isShown(pointer) ? value : undefined;
    const members = Object.entries(value).flatMap(([name, inner]) => {
      const at = `${pointer}/${pointerPart(name)}`;
      const visible = this.#members(at, inner);
      return visible === undefined ? [] : [[name, visible] as const];
    });
    return members.length === 0 ? undefined : Object.fromEntries(members);
  }

  #changes(changes: NonNullable<ReadEvent['changes']>): NonNullable<ReadEvent['changes']> {
    return changes.map((change) => {
      const isVisible = this.#view.changes === 'values' && this.#isShown(`/changes${change.path}`);
      if (isVisible) return change;
      const { before: _before, after: _after, ...path } = change;
      return path;
    });
  }
}

/** A copy without some members. */
function without<T extends object>(value: T, hidden: readonly string[]): Partial<T> {
  const shown: Partial<T> = {};
  for (const name in value) if (!hidden.includes(name)) shown[name] = value[name];
  return shown;
}

/**
 * How events look through a view, made once and used on many: an event as it is shown, or undefined
 * if it is not in the view. Never changes the event it is given.
 */
export function projectorOf(view: View): (event: ReadEvent) => ReadEvent | undefined {
  const { vocabulary, hasOwn } = view;
  const name = vocabulary && namerOf(vocabulary);
  const isWhole = showsWhole(view);
  const projection = isWhole ? undefined : new Projection(view);
  const show = (event: ReadEvent) => {
    if (projection) return projection.of(event);
    return hasOwn || !isOwn(event) ? event : undefined;
  };
  if (name === undefined) return show;
  return (event) => {
    const seen = show(event);
    const shown = seen && isWhole ? { ...seen } : seen;
    if (shown) name(shown);
    return shown;
  };
}
