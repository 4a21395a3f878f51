/**
 * The query language: text to tree and back. Owns grammar, keys' names and the words of syntax
 * errors; what a query means is told by `match.ts`. Printing a tree and parsing the text again
 * gives the same tree. Parsing takes time in proportion to the text, and never throws anything but
 * `QueryError`.
 *
 *     query  = { term }                      all terms must be true …
 *     term   = [ "-" ] ( field | text | group )
 *     group  = "(" query { "or" query } ")"
 *     field  = key ":" value                 … but values of one key, side by side: any of them
 *     value  = [ "*" ] ( bare | quoted ) [ "*" ]      whole, or beginning or ending so
 *            | "*"                                    present
 *            | ( ">" | ">=" | "<" | "<=" ) plain      compared
 *            | [ plain ] ".." [ plain ]               from … to, both included
 *     text   = ( bare | quoted ) [ "*" ]              words, in this order
 */

export type Operator = '>' | '>=' | '<' | '<=';

export type Test =
  | {
      readonly kind: 'is';
      readonly value: string;
      readonly before: boolean;
      readonly after: boolean;
    }
  | { readonly kind: 'present' }
  | { readonly kind: 'compare'; readonly operator: Operator; readonly value: string }
  /** At least one end is there. */
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string };

export interface Field {
  readonly kind: 'field';
  readonly key: QueryKey;
  /** What follows `label.` or `metadata.`; only these have it. */
  readonly name?: string;
  readonly test: Test;
}
export interface Text {
  readonly kind: 'text';
  readonly text: string;
  /** The last word may go on. */
  readonly isPrefix: boolean;
}
export interface Group {
  readonly kind: 'group';
  readonly alternatives: readonly Query[];
}
export interface Term {
  readonly isNegated: boolean;
  readonly body: Field | Text | Group;
}
/** All terms are true, as `match.ts` reads them. */
export type Query = readonly Term[];

/** Every key of the language; `label` and `metadata` take a name: `label.region`. */
export const QUERY_KEYS = [
  ...['id', 'event_type', 'action', 'activity', 'operation', 'actor', 'actor.type', 'actor.role'],
  ...['on_behalf_of', 'party', 'target', 'target.type', 'target.parent', 'application'],
  ...['component', 'channel', 'initiator', 'outcome', 'outcome.reason', 'ip', 'request', 'session'],
  ...['correlation', 'trace', 'changed', 'reason', 'ticket', 'severity', 'label', 'metadata'],
] as const;
export type QueryKey = (typeof QUERY_KEYS)[number];
export type NamedKey = 'label' | 'metadata';

export const QUERY_LIMITS = {
  /** Characters: a question that a person or a page writes, and what fits into an address. */
  length: 4_096,
  /** Groups in groups. */
  depth: 8,
  /** Terms in all: each is tested on each event that is looked at. */
  terms: 200,
} as const;

export class QueryError extends Error {
  /** Characters before the place at fault. */
  readonly position: number;
  readonly expected: string;
  readonly hint: string;

  constructor(position: number, expected: string, hint: string) {
    super(`At character ${position + 1}: expected ${expected}. ${hint}`);
    this.name = 'QueryError';
    this.position = position;
    this.expected = expected;
    this.hint = hint;
  }
}

const KEYS: ReadonlySet<string> = new Set(QUERY_KEYS);
const isKey = (name: string): name is QueryKey => KEYS.has(name);
const NAMED: readonly NamedKey[] = ['label', 'metadata'];
const isNamed = (key: string): key is NamedKey => NAMED.some((named) => named === key);

const SPACE = /\s/;
/** What ends a bare text or value. */
const BARE_END = /[\s()"]/;
const RESERVED = /^(?:or|and|not)$/i;
const QUOTES_HINT = 'Put it in double quotes to search for it as it is.';

/** The key that somebody may have meant. */
function hintForKey(name: string): string {
  const [near] = QUERY_KEYS.filter((key) => key.startsWith(name) || name.startsWith(key));
  const alias = ALIASES.get(name);
  const meant = alias ?? near;
  return meant === undefined ? QUOTES_HINT : `Did you mean "${meant}:"? ${QUOTES_HINT}`;
}
const ALIASES: ReadonlyMap<string, QueryKey> = new Map<string, QueryKey>([
  ['user', 'actor'],
  ['who', 'actor'],
  ['by', 'actor'],
  ['person', 'party'],
  ['object', 'target'],
  ['resource', 'target'],
  ['record', 'target'],
  ['type', 'target.type'],
  ['result', 'outcome'],
  ['status', 'outcome'],
  ['app', 'application'],
  ['source', 'initiator'],
  ['event', 'action'],
  ['field', 'changed'],
  ['change', 'changed'],
]);

class Parser {
  readonly #text: string;
  #at = 0;
  #terms = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Query {
    const query = this.#query(0);
    if (this.#at < this.#text.length) {
      throw this.#error('the end', 'There is a ")" without its "(".');
    }
    return query;
  }

  #error(expected: string, hint: string, at = this.#at): QueryError {
    return new QueryError(at, expected, hint);
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #skip(): void {
    while (this.#at < this.#text.length && SPACE.test(this.#peek())) this.#at++;
  }

  /** A reserved word at this place, and only as a whole word. */
  #word(): string {
    const found = /^[a-z]+(?=[\s()"]|$)/i.exec(this.#text.slice(this.#at, this.#at + 4))?.[0] ?? '';
    return RESERVED.test(found) ? found.toLowerCase() : '';
  }

  /** Terms up to `)`, `or` or the end. */
  #query(depth: number): Term[] {
    const terms: Term[] = [];
    for (;;) {
      this.#skip();
      const next = this.#peek();
      if (next === '' || next === ')') return terms;
      const word = this.#word();
      if (word === 'or') {
        if (depth > 0) return terms;
        throw this.#error('a term', 'Alternatives stand in parentheses: (a or b).');
      }
      if (word === 'and') this.#at += word.length;
      else terms.push(this.#term(depth));
    }
  }

  #term(depth: number): Term {
    if (++this.#terms > QUERY_LIMITS.terms) {
      throw this.#error(`at most ${QUERY_LIMITS.terms} terms`, 'Ask in several queries.');
    }
    const isNot = this.#word() === 'not';
    if (isNot) {
      this.#at += 'not'.length;
      this.#skip();
    }
    const isNegated = isNot || this.#peek() === '-';
    if (this.#peek() === '-' && !isNot) this.#at++;
    const next = this.#peek();
    if (next === '(') return { isNegated, body: this.#group(depth + 1) };
    if (next === '' || next === ')' || SPACE.test(next)) {
      throw this.#error('a term after the minus', 'Write it without a space: -outcome:success.');
    }
    return { isNegated, body: next === '"' ? this.#quotedText() : this.#bareTerm() };
  }

  #group(depth: number): Group {
    const start = this.#at;
    if (depth > QUERY_LIMITS.depth) {
      throw this.#error(`at most ${QUERY_LIMITS.depth} groups in each other`, 'Ask more simply.');
    }
    const alternatives: Query[] = [];
    do {
      // The parenthesis or the "or" before the alternative.
      this.#at += alternatives.length === 0 ? 1 : 'or'.length;
      const alternative = this.#query(depth);
      if (alternative.length === 0) {
        throw this.#error('a term', 'Alternatives look like this: (a or b).');
      }
      alternatives.push(alternative);
    } while (this.#word() === 'or');
    if (this.#peek() !== ')') {
      throw this.#error('")"', `It closes the "(" at character ${start + 1}.`);
    }
    this.#at++;
    return { kind: 'group', alternatives };
  }

  /** What stands in double quotes; `\"` and `\\` stand for the character after the backslash. */
  #quoted(): string {
    const start = this.#at++;
    let value = '';
    for (;;) {
      const next = this.#peek();
      if (next === '') {
        throw this.#error('a closing quote', `It opened at character ${start + 1}.`);
      }
      this.#at++;
      if (next === '"') return value;
      if (next === '\\') {
        if (this.#peek() === '') continue;
        value += this.#peek();
        this.#at++;
      } else {
        value += next;
      }
    }
  }

  #bare(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !BARE_END.test(this.#peek())) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #quotedText(): Text {
    const start = this.#at;
    const text = this.#quoted();
    if (text === '') throw this.#error('a text between the quotes', 'They are empty.', start);
    const isPrefix = this.#peek() === '*';
    if (isPrefix) this.#at++;
    this.#endOfTerm();
    return { kind: 'text', text, isPrefix };
  }

  #endOfTerm(): void {
    const next = this.#peek();
    if (next === '' || next === ')' || SPACE.test(next)) return;
    throw this.#error('a space', 'Terms stand apart from each other.');
  }

  /** A field if there is a key before a colon or a comparison, else words. */
  #bareTerm(): Field | Text {
    const start = this.#at;
    const name = /^[A-Za-z_][A-Za-z_.]*/.exec(this.#text.slice(start, start + 64))?.[0] ?? '';
    const after = this.#text[start + name.length] ?? '';
    const named = NAMED.find((key) => name === key || name.startsWith(`${key}.`));
    if (named !== undefined) return this.#namedField(named);
    if (name !== '' && (after === ':' || after === '<' || after === '>')) {
      if (!isKey(name)) {
        throw this.#error('a key', `There is no key "${name}". ${hintForKey(name)}`);
      }
      this.#at += name.length;
      return { kind: 'field', key: name, test: this.#test() };
    }
    const word = this.#bare();
    if (word === '') throw this.#error('a term', QUOTES_HINT);
    if (word.includes(':') && !word.startsWith('*')) {
      throw this.#error('a key before the colon', QUOTES_HINT, start);
    }
    this.#endOfTerm();
    const isPrefix = word.endsWith('*');
    const text = isPrefix ? word.slice(0, -1) : word;
    if (text === '' || text.includes('*')) {
      throw this.#error('a word', 'A "*" may end a word: invoice*.', start);
    }
    return { kind: 'text', text, isPrefix };
  }

  /** `label.region:eu`, `metadata."my key":x`; without a dot it is a word. */
  #namedField(key: NamedKey): Field | Text {
    const start = this.#at;
    this.#at += key.length;
    if (this.#peek() !== '.') {
      const rest = this.#bare();
      if (/[:<>]/.test(rest)) {
        throw this.#error('a name', `Say which: ${key}.NAME:value.`, start + key.length);
      }
      this.#endOfTerm();
      const isPrefix = rest.endsWith('*');
      return { kind: 'text', text: key + (isPrefix ? rest.slice(0, -1) : rest), isPrefix };
    }
    this.#at++;
    let name = '';
    if (this.#peek() === '"') {
      name = this.#quoted();
    } else {
      const nameStart = this.#at;
      while (this.#at < this.#text.length && !/[\s()":<>*]/.test(this.#peek())) this.#at++;
      name = this.#text.slice(nameStart, this.#at);
    }
    if (name === '') throw this.#error('a name', `Say which: ${key}.NAME:value.`);
    if (!/[:<>]/.test(this.#peek())) {
      throw this.#error('":"', `For any value: ${key}.${name}:*.`);
    }
    return { kind: 'field', key, name, test: this.#test() };
  }

  /** From the colon, or the comparison, to the end of the value. */
  #test(): Test {
    if (this.#peek() === ':') this.#at++;
    const operator = /^[<>]=?/.exec(this.#text.slice(this.#at, this.#at + 2))?.[0];
    if (operator !== undefined) {
      this.#at += operator.length;
      const value = this.#plain();
      if (value === '') throw this.#error('a value', `For example ${operator}100.`);
      this.#endOfTerm();
      return { kind: 'compare', operator: operator as Operator, value };
    }
    const test = this.#valueTest();
    this.#endOfTerm();
    return test;
  }

  /** A quoted or bare value, without stars or dots of a range in it. */
  #plain(): string {
    if (this.#peek() === '"') return this.#quoted();
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const next = this.#peek();
      if (BARE_END.test(next) || next === '*' || this.#text.startsWith('..', this.#at)) break;
      this.#at++;
    }
    return this.#text.slice(start, this.#at);
  }

  #star(): boolean {
    if (this.#peek() !== '*') return false;
    this.#at++;
    return true;
  }

  #valueTest(): Test {
    const start = this.#at;
    const before = this.#star();
    const isQuoted = this.#peek() === '"';
    const value = this.#plain();
    if (!before && this.#text.startsWith('..', this.#at)) {
      this.#at += 2;
      const isToQuoted = this.#peek() === '"';
      const to = this.#plain();
      const [hasFrom, hasTo] = [isQuoted || value !== '', isToQuoted || to !== ''];
      if (!hasFrom && !hasTo) throw this.#error('a value', 'A range looks like this: 10..20.');
      return { kind: 'range', ...(hasFrom ? { from: value } : {}), ...(hasTo ? { to } : {}) };
    }
    const after = this.#star();
    if (value === '' && !isQuoted) {
      if (before && !after) return { kind: 'present' };
      throw this.#error('a value', 'For any value write a single star: key:*.', start);
    }
    if (value === '' && (before || after)) {
      throw this.#error('a value beside the star', 'For any value write key:*.', start);
    }
    if (this.#peek() === '*') throw this.#error('a space', 'A "*" stands at an end only.');
    return { kind: 'is', value, before, after };
  }
}

/** In: a text. Throws QueryError. An empty text is the query that every event answers. */
export function parseQuery(text: string): Query {
  if (text.length > QUERY_LIMITS.length) {
    const expected = `at most ${QUERY_LIMITS.length} characters`;
    throw new QueryError(QUERY_LIMITS.length, expected, 'Ask in several queries.');
  }
  return new Parser(text).parse();
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const isPlain = (value: string): boolean =>
  value !== '' && !/[\s()"*<>]/.test(value) && !value.includes('..') && !value.endsWith('.');
const printValue = (value: string): string => (isPlain(value) ? value : quote(value));

function printTest(test: Test): string {
  switch (test.kind) {
    case 'present':
      return '*';
    case 'compare':
      return (
        test.operator + (test.value.startsWith('=') ? quote(test.value) : printValue(test.value))
      );
    case 'range': {
      const { from, to } = test;
      const end = (value: string | undefined) => (value === undefined ? '' : printValue(value));
      return `${end(from)}..${to?.startsWith('.') ? quote(to) : end(to)}`;
    }
    case 'is':
      return (test.before ? '*' : '') + printValue(test.value) + (test.after ? '*' : '');
  }
}

function printText({ text, isPrefix }: Text): string {
  const isBare = /^[\p{L}\p{N}_.@/+][^\s()":*<>]*$/u.test(text) && !RESERVED.test(text);
  return (
    (isBare && !isNamed(text.split('.')[0] ?? '') ? text : quote(text)) + (isPrefix ? '*' : '')
  );
}

function printBody(body: Term['body']): string {
  if (body.kind === 'text') return printText(body);
  if (body.kind === 'group') return `(${body.alternatives.map(printQuery).join(' or ')})`;
  const { key, name, test } = body;
  const isBareName = name !== undefined && !/[\s()":<>*\\]/.test(name) && name !== '';
  const named = name === undefined ? '' : `.${isBareName ? name : quote(name)}`;
  return `${key}${named}:${printTest(test)}`;
}

/** The text of a query: parsing it gives the same tree. */
export function printQuery(query: Query): string {
  return query.map(({ isNegated, body }) => (isNegated ? '-' : '') + printBody(body)).join(' ');
}
