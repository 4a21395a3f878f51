/** Texts for people: one text, or one for each language that a project declares. */
import Type, { type Static } from 'typebox';
import { named } from './route.ts';

const LOCALE_PATTERN = '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$';
/** What a value must be that does not match the pattern. */
export const LOCALE_WORDS: Readonly<Record<string, string>> = {
  [LOCALE_PATTERN]: 'must be a language tag, for example en or de-AT',
};

export const Locale = Type.String({
  pattern: LOCALE_PATTERN,
  maxLength: 35,
  description: 'A language tag (BCP 47), for example `en` or `de-AT`.',
});

/** Characters of one text. */
const HUMAN_TEXT_LENGTH = 2_000;
const one = Type.String({ minLength: 1, maxLength: HUMAN_TEXT_LENGTH });

export const HumanText = Type.Union([one, named(LOCALE_PATTERN, one, { minProperties: 1 })], {
  description: 'A text, or one for each language: `{en: …, de: …}`.',
});
export type HumanText = Static<typeof HumanText>;

/** The texts of a human text by language; a plain one is of every language. */
export const textsByLocale = (text: HumanText): Readonly<Record<string, string>> =>
  typeof text === 'string' ? { '': text } : text;

/** What people read of the fields of a JSON Schema: `title` and `description`, as they stand. */
export const schemaFields = (
  schema: Readonly<Record<string, unknown>>,
): [field: string, texts: Readonly<Record<string, unknown>>][] =>
  entriesIn(schema['properties']).map(([field, about]) => [
    field,
    Object.fromEntries(entriesIn(about).filter(([name]) => SCHEMA_TEXTS.includes(name))),
  ]);

const SCHEMA_TEXTS: readonly string[] = ['title', 'description'];
const entriesIn = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** Whether a value is a text, or one for each of some languages. */
export const isHumanText = (value: unknown): value is HumanText =>
  typeof value === 'string' ||
  (entriesIn(value).length > 0 && entriesIn(value).every(([, text]) => typeof text === 'string'));

/** `a, b and c`, with the word that is given. */
export const listed = (names: readonly string[], word: string): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
