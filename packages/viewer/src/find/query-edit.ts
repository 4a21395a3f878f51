/**
 * A query as filters, facets and menus change it: values of one key, put in or taken out. What
 * somebody wrote stays as it is. Pure.
 */
import {
  type Field,
  parseQuery,
  printQuery,
  type Query,
  QueryError,
  type QueryKey,
  type Term,
} from '@annals/contract/query';

/** Undefined if the text is no query. */
export function queryOf(text: string): Query | undefined {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof QueryError) return undefined;
    throw error;
  }
}

/** What a filter or facet is about: a key, and of `label` and `metadata` a name. */
export interface KeyName {
  readonly key: QueryKey;
  readonly name?: string | undefined;
}

const isOf = ({ key, name }: KeyName, body: Term['body']): body is Field =>
  body.kind === 'field' && body.key === key && body.name === name;

/** Whole values alone: what stands as a range, a comparison or with a star was written by hand. */
const wholeValue = ({ test }: Field): string | undefined =>
  test.kind === 'is' && !test.before && !test.after ? test.value : undefined;

const termOf = ({ key, name }: KeyName, value: string, isNegated = false): Term => ({
  isNegated,
  body: {
    kind: 'field',
    key,
    ...(name === undefined ? {} : { name }),
    test: { kind: 'is', value, before: false, after: false },
  },
});

/** The values that a key is asked for, at the top of the query, in its order. */
export const valuesOf = (query: Query, of: KeyName): string[] =>
  query.flatMap(({ isNegated, body }) => {
    const value = !isNegated && isOf(of, body) ? wholeValue(body) : undefined;
    return value === undefined ? [] : [value];
  });

/** Values that a key is asked not to have. */
export const withoutValues = (query: Query, of: KeyName): string[] =>
  query.flatMap(({ isNegated, body }) => {
    const value = isNegated && isOf(of, body) ? wholeValue(body) : undefined;
    return value === undefined ? [] : [value];
  });

const isPlainTerm = (of: KeyName, { isNegated, body }: Term): boolean =>
  !isNegated && isOf(of, body) && wholeValue(body) !== undefined;

/** The same with these values of a key in place of those that it has; they stay at their place. */
export function putValues(query: Query, of: KeyName, values: readonly string[]): Query {
  const at = query.findIndex((term) => isPlainTerm(of, term));
  const others = query.filter((term) => !isPlainTerm(of, term));
  const put = values.map((value) => termOf(of, value));
  return at === -1 ? [...others, ...put] : others.toSpliced(at, 0, ...put);
}

/** Whether the value is one of those asked for. */
export const hasValue = (query: Query, of: KeyName, value: string): boolean =>
  valuesOf(query, of).includes(value);

export function toggleValue(query: Query, of: KeyName, value: string): Query {
  const values = valuesOf(query, of);
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  return putValues(query, of, next);
}

/** Only this value. */
export const onlyValue = (query: Query, of: KeyName, value: string): Query =>
  putValues(
    query.filter(({ isNegated, body }) => !(isNegated && isOf(of, body))),
    of,
    [value],
  );

/** Not this value; once more, and it may be there again. */
export function withoutValue(query: Query, of: KeyName, value: string): Query {
  const kept = query.filter(
    ({ isNegated, body }) => !(isNegated && isOf(of, body) && wholeValue(body) === value),
  );
  if (kept.length < query.length) return kept;
  const values = valuesOf(query, of).filter((one) => one !== value);
  return [...putValues(query, of, values), termOf(of, value, true)];
}

/** Without any term of a key: what a facet asks, so that several of its values can be chosen. */
export const withoutKey = (query: Query, of: KeyName): Query =>
  query.filter(({ body }) => !isOf(of, body));

/** Whether the key is asked for in any way. */
export const asks = (query: Query, of: KeyName): boolean =>
  query.some(({ isNegated, body }) => !isNegated && isOf(of, body));

/** An edit of a text; of one that cannot be read, nothing is changed. */
export function edited(text: string, edit: (query: Query) => Query): string {
  const query = queryOf(text);
  return query === undefined ? text : printQuery(edit(query));
}
