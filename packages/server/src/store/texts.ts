/** What must be in an event, as indexes look it up: words, in parts of it that views show. */
import type { Unit } from '@annals/contract/match';

export type Words =
  | {
      readonly kind: 'word';
      readonly word: string;
      readonly isPrefix: boolean;
      readonly units: readonly Unit[];
    }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Words[] };

/** A word by which its beginnings can be looked up on PostgreSQL: no number, no random id. */
export const VOCABULARY = /^\p{L}{3}/u;

/** Whether words that begin so can be looked up: not where too many do, or each is its own. */
export const hasPrefixIndex = (dialect: 'sqlite' | 'postgres', beginning: string): boolean =>
  dialect === 'sqlite' ? beginning.length > 1 : VOCABULARY.test(beginning);
