/** Takes one member out of a record's text, exactly as it is written there. */
import { isObject } from './importer.ts';

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
/** Up to the next sign that matters for nesting. */
const PLAIN = /[^"{}[\],]+/y;

/** Where the match at `at` ends; `at` if there is none. */
const skip = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
};

/** Where the value that begins at `from` ends: at the `,` or `}` of its object. */
const endOfValue = (text: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const sign = text[at];
    if (depth === 0 && (sign === ',' || sign === '}')) return at;
    if (sign === '{' || sign === '[') depth += 1;
    if (sign === '}' || sign === ']') depth -= 1;
    at = sign === '"' ? skip(STRING, text, at) : Math.max(at + 1, skip(PLAIN, text, at));
  }
  return text.length;
};

/**
 * The text of the member `name` of an object. `text` must be valid JSON and `value` what it
 * says. Undefined if it is no object or has no such member. Of two members with the name the
 * last counts, as everywhere in JavaScript.
 */
export const memberText = (text: string, value: unknown, name: string): string | undefined => {
  if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
  let found: string | undefined;
  for (let at = text.indexOf('{') + 1; at < text.length; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) break;
    const colon = text.indexOf(':', skip(STRING, text, quote));
    const end = endOfValue(text, colon + 1);
    const key: unknown = JSON.parse(text.slice(quote, skip(STRING, text, quote)));
    if (key === name) found = text.slice(colon + 1, end).trim();
    at = end + 1;
  }
  return found;
};
