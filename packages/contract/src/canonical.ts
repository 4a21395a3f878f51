/** RFC 8785 canonical JSON: one text for one value, whoever prints it. Pure. */

/**
 * The canonical JSON of a JSON value: no white space, keys sorted by UTF-16 code unit, numbers and
 * strings as ECMAScript prints them. Throws TypeError for what JSON cannot carry or would carry
 * changed: undefined (a hole or member too), functions, symbols, bigint, NaN, infinities, lone
 * surrogates, objects of a class. Nesting is bounded only by the stack: limit it beforehand.
 */
export const canonicalJson = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    default:
      throw new TypeError(`a value of type ${typeof value} is not JSON`);
  }
};

/** No quotation mark, backslash, control character, nor anything that may be a lone surrogate. */
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

const quoted = (text: string): string => {
  // Most strings need no escape, and finding that out takes half the time of JSON.stringify.
  if (PLAIN.test(text)) return `"${text}"`;
  // JSON.stringify would print a lone surrogate as an escape, which RFC 8785 forbids.
  if (!text.isWellFormed()) throw new TypeError('a string holds a lone surrogate');
  return JSON.stringify(text);
};

const canonicalArray = (values: readonly unknown[]): string => {
  let text = '[';
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ',';
    text += canonicalJson(values[index]);
  }
  return `${text}]`;
};

const canonicalObject = (value: object): string => {
  if (!isPlain(value)) throw new TypeError('an object of a class is not JSON');
  let text = '';
  for (const key of Object.keys(value).sort()) {
    text += `${text === '' ? '{' : ','}${quoted(key)}:${canonicalJson(value[key])}`;
  }
  return text === '' ? '{}' : `${text}}`;
};

/** A plain object of any realm: its prototype is none, or one that has none itself. */
const isPlain = (value: object): value is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};
