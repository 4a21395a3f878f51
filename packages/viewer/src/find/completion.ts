/**
 * What could be written next in a query: which key or value the caret is in, and the text with a
 * choice in its place. Pure.
 */
import { printQuery, QUERY_KEYS, type QueryKey } from '@annals/contract/query';

export type Completing =
  /** A key, or a word: `start` to the caret is what is there of it. */
  | { readonly kind: 'key'; readonly start: number; readonly typed: string }
  | {
      readonly kind: 'value';
      readonly key: QueryKey;
      readonly start: number;
      readonly typed: string;
    };

const isKey = (text: string): text is QueryKey => QUERY_KEYS.some((key) => key === text);
/** A quoted value may hold blanks; any other ends at one. */
const VALUE = /(?:^|[\s(])-?([a-z_.]+):("(?:[^"\\]|\\.)*|[^\s()"]*)$/;
const WORD = /(?:^|[\s(])-?([\p{L}\d_.]*)$/u;

/** What is being written at the caret; undefined inside of quotes, or where nothing can follow. */
export function completingAt(text: string, caret: number): Completing | undefined {
  const before = text.slice(0, caret);
  const [, key = '', value = ''] = VALUE.exec(before) ?? [];
  if (isKey(key)) {
    const typed = value.replace(/^"/, '').replaceAll(/\\(.)/g, '$1');
    return { kind: 'value', key, start: caret - value.length, typed };
  }
  const isQuoted = (before.match(/(?<!\\)"/g) ?? []).length % 2 === 1;
  const word = isQuoted ? undefined : WORD.exec(before)?.[1];
  return word === undefined ? undefined : { kind: 'key', start: caret - word.length, typed: word };
}

const valueText = (value: string): string =>
  printQuery([
    {
      isNegated: false,
      body: {
        kind: 'field',
        key: 'id',
        test: { kind: 'is', value, before: false, after: false },
      },
    },
  ]).slice('id:'.length);

export interface Completed {
  readonly text: string;
  readonly caret: number;
}

/** The text with a key or value chosen for what was being written. */
export function completed(
  text: string,
  caret: number,
  { start, kind }: Completing,
  choice: string,
): Completed {
  // What belongs to the word behind the caret goes with it.
  const rest = text.slice(caret).replace(/^[^\s()"]*"?/, '');
  const put = kind === 'key' ? `${choice}:` : `${valueText(choice)} `;
  const head = text.slice(0, start) + put;
  const tail = kind === 'value' ? rest.trimStart() : rest;
  return { text: head + tail, caret: head.length };
}

/** Keys that begin as what is typed, or have it behind a dot. */
export const keysLike = (typed: string): QueryKey[] => {
  const asked = typed.toLowerCase();
  return QUERY_KEYS.filter((key) => key.startsWith(asked) || key.includes(`.${asked}`));
};
