/**
 * What every comparison of definitions is put together from: two values at one place, the words
 * for what differs, and tables that have an entry for each field of a form. A difference of which
 * a table's entry says nothing is told all the same. Pure.
 */
import type { HumanText } from './human.ts';
import { pointerTo } from './pointer.ts';
import type { DefinitionChange } from './projects.ts';

/** What stands at one place of the definition that is there, and of the new one. */
export interface Pair<T> {
  readonly path: string;
  readonly before: T;
  readonly after: T;
}
/** Says what two values that differ change, at their place or around it. */
export type Tell<T> = (pair: Pair<T>) => readonly DefinitionChange[];
/** A telling for each field of a form: a field without one does not compile. */
export type Fields<T> = { readonly [K in keyof T]-?: Tell<T[K] | undefined> };
export type Named<T> = Readonly<Record<string, T>>;

const teller =
  (effect: DefinitionChange['effect']) =>
  (path: string, detail: string): DefinitionChange => ({ path, effect, detail });
export const gain = teller('gain');
export const loss = teller('loss');
export const other = teller('other');

/** Above zero readers see more, below less; undefined: neither is sure. */
export const judged = (path: string, order: number | undefined, detail: string) => {
  const tell = order === undefined || order === 0 ? other : order > 0 ? gain : loss;
  return tell(path, detail);
};

const isRecord = (value: unknown): value is Named<unknown> =>
  typeof value === 'object' && value !== null;
const namesOf = (value: Named<unknown>): string[] =>
  Object.keys(value).filter((name) => value[name] !== undefined);

/** Whether two JSON values are equal; the order of names does not matter. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isRecord(one) || !isRecord(other) || Array.isArray(one) !== Array.isArray(other)) {
    return false;
  }
  const names = namesOf(one);
  return (
    names.length === namesOf(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  );
}

/** The changes of two values; of what differs and changes nothing, that it does so. */
export function told<T>(pair: Pair<T>, tell: Tell<T>): readonly DefinitionChange[] {
  if (isSame(pair.before, pair.after)) return [];
  const changes = tell(pair);
  if (changes.length > 0) return changes;
  return [other(pair.path, `What stands at ${pair.path} is written otherwise and means the same.`)];
}

/** The changes of two objects of one form, field by field. */
export function eachField<T extends object>(
  { path, before, after }: Pair<T>,
  fields: Fields<T>,
): DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  for (const name in fields) {
    const pair = { path: path + pointerTo(name), before: before[name], after: after[name] };
    changes.push(...told(pair, fields[name]));
  }
  return changes;
}

/** The member of that name; nothing that every object has by itself. */
export const memberOf = <T>(record: Named<T> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;

/** The changes of members by name: those that stay, the new ones, and those that are gone. */
export function eachNamed<T>(
  { path, before = {}, after = {} }: Pair<Named<T> | undefined>,
  tell: (name: string, pair: Pair<T | undefined>) => readonly DefinitionChange[],
): DefinitionChange[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].flatMap((name) => {
    const [here, there] = [memberOf(before, name), memberOf(after, name)];
    return told({ path: path + pointerTo(name), before: here, after: there }, (pair) =>
      tell(name, pair),
    );
  });
}

/** Whether the members that both have come in another order. */
export function isReordered(before: Named<unknown> = {}, after: Named<unknown> = {}): boolean {
  const stay = Object.keys(before).filter((name) => Object.hasOwn(after, name));
  return !isSame(
    stay,
    Object.keys(after).filter((name) => Object.hasOwn(before, name)),
  );
}

/** Texts are shown no longer than this, and lists with no more entries. */
const SHOWN = { characters: 100, entries: 12 } as const;

const shorten = (text: string): string =>
  text.length > SHOWN.characters ? `${text.slice(0, SHOWN.characters).toWellFormed()}…` : text;
export const quote = (text: string): string => `"${text}"`;

/** What is listed may be long and many. */
export function listWords(words: readonly string[]): string {
  const shown = words.slice(0, SHOWN.entries).map(shorten).join(', ');
  const more = words.length - SHOWN.entries;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
export const quoteAll = (names: readonly string[]): string => listWords(names.map(quote));

/** What of the first list is not in the second; what stands twice counts twice. */
export function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return list.filter((one) => {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

/** How a list differs from one before: what it has more, what less, or its order. */
export function listChange(before: readonly string[], after: readonly string[]): string {
  const [added, removed] = [without(after, before), without(before, after)];
  const words = [
    ...(added.length > 0 ? [`with ${listWords(added)}`] : []),
    ...(removed.length > 0 ? [`without ${listWords(removed)}`] : []),
  ];
  return words.length > 0 ? words.join(', ') : 'in another order';
}

/** Each language's text in quotes; a plain text is of all. */
const wordsByLanguage = (text: HumanText | undefined): string[] => {
  if (text === undefined) return [];
  if (typeof text === 'string') return [quote(text)];
  return Object.entries(text).map(([locale, one]) => `${quote(one)} (${locale})`);
};
export const textWords = (text: HumanText): string => wordsByLanguage(text).join(' ');

function replacement(before: readonly string[], after: readonly string[]): string {
  const [gone, come] = [without(before, after), without(after, before)];
  if (gone.length === 0 || come.length === 0) return listChange(before, after);
  return `${listWords(come)} instead of ${listWords(gone)}`;
}

/** A text for people is another one. */
export const texts =
  (what: string): Tell<HumanText | undefined> =>
  ({ path, before, after }) => [
    other(
      path,
      `${what} changes: ${replacement(wordsByLanguage(before), wordsByLanguage(after))}.`,
    ),
  ];

/** A list of texts for people is another one. */
export const textList =
  (what: string): Tell<readonly HumanText[] | undefined> =>
  ({ path, before = [], after = [] }) => {
    const words = listChange(before.map(textWords), after.map(textWords));
    return isSame(before, after) ? [] : [other(path, `${what} change: ${words}.`)];
  };

/** A value that is one word is another one; `absent` says what holds without it. */
export const value =
  (what: string, absent: string): Tell<string | undefined> =>
  ({ path, before, after }) => {
    const [gone = '', come = ''] = [before, after].map((one) =>
      one === undefined ? absent : quote(one),
    );
    return [other(path, `${what} changes: ${shorten(come)} instead of ${shorten(gone)}.`)];
  };

/** A list has entries more, or less: a change each way. */
export function listChanges(
  { before = [], after = [] }: Omit<Pair<readonly string[] | undefined>, 'path'>,
  more: (names: string) => DefinitionChange,
  less: (names: string) => DefinitionChange,
): DefinitionChange[] {
  const [added, removed] = [without(after, before), without(before, after)];
  return [
    ...(added.length > 0 ? [more(listWords(added))] : []),
    ...(removed.length > 0 ? [less(listWords(removed))] : []),
  ];
}
