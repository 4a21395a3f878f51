/**
 * Whether one query surely means fewer events than another, told from their conditions alone: a
 * query with more conditions, or with fewer alternatives in one, means fewer. Pure.
 */
import { conditionsOf } from './match.ts';
import { printQuery, type Query } from './query.ts';

type Condition = ReadonlySet<string>;

const conditions = (query: Query): Condition[] =>
  conditionsOf(query).map((terms) => new Set(terms.map((term) => printQuery([term]))));

/** Whether what fulfils all of `narrow` fulfils all of `wide`. */
const implies = (narrow: readonly Condition[], wide: readonly Condition[]): boolean =>
  wide.every((one) => narrow.some((other) => [...other].every((term) => one.has(term))));

/** Above zero if the first means more events, below if fewer; undefined if neither is sure. */
export function compareRows(one: Query, other: Query): number | undefined {
  const [here, there] = [conditions(one), conditions(other)];
  const [isNarrower, isWider] = [implies(here, there), implies(there, here)];
  if (isNarrower === isWider) return isNarrower ? 0 : undefined;
  return isWider ? 1 : -1;
}
