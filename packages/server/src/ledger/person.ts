/**
 * Which values of an event are a person's: those where it names the person by an id or e-mail,
 * what it says of the one who acted or was changed, and other values that mention the person.
 * Pure. What is looked for are whole words, folded as search folds them.
 */
import type { Alias, ErasedPlace, ErasureSubject } from '@annals/contract/erasures';
import type { StoredEvent } from '@annals/contract/event';
import { type ClassPolicy, personalValuesOf } from '@annals/contract/leaf';
import type { Named } from '@annals/contract/match';
import { pointerTo } from '@annals/contract/pointer';
import { isErased, isPrimary } from '@annals/contract/values';
import { fold, holdsWhole, wordsOf } from '@annals/contract/words';

/** A term is looked for inside texts from so many characters on, if it is a number from so many. */
const WORDS_LENGTH = 3;
const NUMBER_LENGTH = 6;

/** What an event holds of a person. */
export interface PersonIn {
  /** Personal values to be erased, by path, with where they are. */
  readonly erased: ReadonlyMap<string, ErasedPlace>;
  /** Those of them that are the person's ids. */
  readonly ids: readonly string[];
  /** Personal values that stay although they mention the person: they are somebody else's. */
  readonly kept: readonly string[];
  /** Values that are not personal and mention the person. */
  readonly clear: readonly string[];
  /** Of the terms that were looked for, those that are in the event, by their numbers. */
  readonly terms: ReadonlySet<number>;
}

export const typedId = (type: string, id: string): string => `${type}\n${id}`;

/** Whether it is found inside texts, or only as a whole value: `7` and `Al` are in many words. */
export const matchesOf = (value: string): 'words' | 'values' => {
  const { length } = value;
  const isShort = /^\d+$/.test(value) ? length < NUMBER_LENGTH : length < WORDS_LENGTH;
  return isShort ? 'values' : 'words';
};

/** How JSON may write these, also in a text of JSON, is several ways. */
const ESCAPED = /["\\/\p{Cc}]/u;
/** A text that the folded JSON of an event surely holds if one of its texts holds the form. */
const probeOf = (form: string): string => (ESCAPED.test(form) ? longest(wordsOf(form)) : form);

const longest = (texts: readonly string[]): string =>
  texts.reduce((found, text) => (text.length > found.length ? text : found), '');

interface Term {
  /** Folded: as it is, and as it stands in addresses of pages. */
  readonly forms: readonly string[];
  readonly isWhole: boolean;
}

function termOf({ value }: Alias): Term {
  const forms = new Set([fold(value), fold(encodeURIComponent(value.toWellFormed()))]);
  return { forms: [...forms], isWhole: matchesOf(value) === 'values' };
}

const holds = ({ forms, isWhole }: Term, folded: string): boolean =>
  forms.some((form) => (isWhole ? folded === form : holdsWhole(folded, form)));

/** Another product's record stands as one text: what is in it is written in JSON's own way. */
function parsedText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Texts, numbers and names in a value at any depth. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    yield value;
    const parsed = parsedText(value);
    if (typeof parsed === 'object') yield* textsIn(parsed);
  } else if (typeof value === 'number') {
    yield String(value);
  } else if (typeof value === 'object' && value !== null && !isErased(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (!Array.isArray(value)) yield name;
      yield* textsIn(member);
    }
  }
}

/** Fields that hold one of a few words, or a time. */
const WORDS_OF_OURS = new RegExp(
  '^/(occurred_at|received_at|operation|severity|outcome/result|source/initiator|' +
    '(actor|on_behalf_of/\\d+)/type|targets/\\d+/role)$',
);

/** Texts that are not personal, with their paths. */
function* clearTexts(
  value: unknown,
  path: string,
  personal: ReadonlySet<string>,
): Generator<readonly [string, string]> {
  if (personal.has(path) || WORDS_OF_OURS.test(path)) return;
  if (typeof value === 'string') yield [path, value];
  if (typeof value !== 'object' || value === null || isErased(value)) return;
  for (const [name, member] of Object.entries(value)) {
    yield* clearTexts(member, path + pointerTo(name), personal);
  }
}

const ENTITY_PATH = /^\/(actor|on_behalf_of|targets)(?:\/(\d+))?\/(id|name|email)$/;
const CONTEXT_PATH = /^\/context\//;
const CHANGES_PATH = /^\/changes\//;

interface Owner {
  readonly place: 'actor' | 'on_behalf_of' | 'target';
  readonly entity: Named;
  readonly field: string;
}

/** The entity that a value belongs to. */
function ownerOf(event: StoredEvent, path: string): Owner | undefined {
  const [, list, index, field = ''] = ENTITY_PATH.exec(path) ?? [];
  if (list === 'actor') return { place: 'actor', entity: event.actor, field };
  const place = list === 'targets' ? 'target' : 'on_behalf_of';
  const entities: readonly Named[] | undefined =
    list === 'targets' ? event.targets : event.on_behalf_of;
  const entity = index === undefined ? undefined : entities?.[Number(index)];
  return entity && { place, entity, field };
}

export interface PersonOptions {
  /** Whether texts of events are searched, or only those who acted and were acted on. */
  readonly searches: boolean;
}

/** Somebody by the names that are known. */
export class Person {
  readonly #ids = new Set<string>();
  readonly #emails = new Set<string>();
  readonly #terms: readonly Term[];
  /** Numbers of terms that are nobody else's: others may have the name, or an id that is alike. */
  readonly #sure = new Set<number>();
  readonly #probes: readonly string[];
  readonly searches: boolean;

  /** The subject's own id is term 0, the aliases follow in their order. */
  constructor(subject: ErasureSubject, aliases: readonly Alias[], { searches }: PersonOptions) {
    const all: readonly Alias[] = [{ kind: 'id', value: subject.id }, ...aliases];
    for (const [number, { kind, type, value }] of all.entries()) {
      if (kind === 'id') this.#ids.add(typedId(type ?? subject.type, value));
      if (kind !== 'email') continue;
      this.#emails.add(fold(value));
      this.#sure.add(number);
    }
    this.#terms = all.map(termOf);
    this.searches = searches;
    const probed = all.flatMap((one, number) =>
      searches || one.kind !== 'name' ? (this.#terms[number]?.forms ?? []) : [],
    );
    this.#probes = [...new Set(probed.map(probeOf))];
  }

  /** False: the document, as JSON text, surely holds nothing of the person. */
  mayBeIn(document: string): boolean {
    // A letter in a record of JSON inside this one may be written by its number.
    if (this.searches && document.includes('\\\\u')) return true;
    const folded = fold(document);
    return this.#probes.some((probe) => folded.includes(probe));
  }

  /** Whether an event names the person there: by an id, or by an e-mail where it gives no id. */
  is({ type, id, email }: Named): boolean {
    if (typeof id !== 'string') return typeof email === 'string' && this.#emails.has(fold(email));
    return this.#ids.has(typedId(type, id)) || this.#emails.has(fold(id));
  }

  /** Whether a text, or one in a value, mentions the person. */
  isNamedIn(value: unknown): boolean {
    return this.#termsIn(value, new Set()).size > 0;
  }

  #termsIn(value: unknown, found: Set<number>): Set<number> {
    const here = new Set<number>();
    for (const text of textsIn(value)) {
      const folded = fold(text);
      for (const [number, term] of this.#terms.entries()) {
        if (!here.has(number) && holds(term, folded)) here.add(number);
      }
    }
    for (const number of here) found.add(number);
    return here;
  }

  /** What an event holds of the person; undefined: nothing. */
  in(event: StoredEvent, policy: ClassPolicy): PersonIn | undefined {
    const erased = new Map<string, ErasedPlace>();
    const ids: string[] = [];
    const kept: string[] = [];
    const terms = new Set<number>();
    const values = personalValuesOf(event, policy);
    const isActor = this.is(event.actor);
    const isChanged = (event.targets ?? []).some((target) => isPrimary(target) && this.is(target));
    for (const { path, value } of values) {
      const owner = ownerOf(event, path);
      const isSearched = this.searches || owner !== undefined;
      const here = isSearched ? this.#termsIn(value, terms) : new Set<number>();
      if (owner && this.is(owner.entity)) {
        erased.set(path, owner.place);
        if (owner.field === 'id') ids.push(path);
      } else if (isActor && CONTEXT_PATH.test(path)) erased.set(path, 'context');
      else if (isChanged && CHANGES_PATH.test(path)) erased.set(path, 'changes');
      else if (this.searches && here.size > 0) {
        const isOthers = typeof owner?.entity.id === 'string';
        if (isOthers && ![...here].some((number) => this.#sure.has(number))) kept.push(path);
        else erased.set(path, 'mentions');
      }
    }
    const clear = this.#clear(event, new Set(values.map(({ path }) => path)), terms);
    if (erased.size + kept.length + clear.length === 0) return undefined;
    return { erased, ids, kept, clear, terms };
  }

  #clear(event: StoredEvent, personal: ReadonlySet<string>, terms: Set<number>): string[] {
    const paths: string[] = [];
    for (const [path, text] of clearTexts(event, '', personal)) {
      if (!this.searches && !ENTITY_PATH.test(path)) continue;
      if (this.#termsIn(text, terms).size > 0) paths.push(path);
    }
    return paths;
  }
}
