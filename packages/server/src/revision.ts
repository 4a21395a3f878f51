/**
 * Changes to stored events, as plain data that crosses threads: what is taken from which event,
 * and what legal holds keep as it is. The leaf of a changed event stays the same.
 */
import type { ReadEvent } from '@annals/contract/event';
import { matcherOf } from '@annals/contract/match';
import { parseQuery } from '@annals/contract/query';

/**
 * What is taken: `event` all but the place, the id and the leaf hash; `personal` all personal
 * values; or the personal values at these JSON Pointers.
 */
export type Taking = 'event' | 'personal' | readonly string[];

export interface Change {
  readonly sequence: number;
  readonly take: Taking;
}

/** What became of changes, by sequence. Events that had nothing left to take are in no list. */
export interface Revised {
  /** Only their hashes are kept now. */
  readonly removed: readonly number[];
  /** They have lost values. */
  readonly erased: readonly number[];
  /** Left as they are: a legal hold covers them. */
  readonly held: readonly number[];
}

/** Which events of a tenant a legal hold covers. */
export type Covering =
  | { readonly kind: 'tenant' }
  | { readonly kind: 'actor' | 'record'; readonly type: string; readonly id: string }
  | { readonly kind: 'query'; readonly q: string };

/** Changes of one tenant's log, and the state that they are made for. */
export interface RevisionAsked {
  readonly tenantNo: number;
  /** How often events of the log have been changed. */
  readonly revision: number;
  /** How often a hold was placed on it. */
  readonly holds: number;
  /** What holds cover: it is left as it is. */
  readonly covering: readonly Covering[];
  readonly changes: readonly Change[];
}

type Covers = (event: ReadEvent) => boolean;

function coversOf(covering: Covering): Covers {
  switch (covering.kind) {
    case 'tenant':
      return () => true;
    case 'query':
      return matcherOf(parseQuery(covering.q));
    case 'actor':
      return ({ actor, on_behalf_of = [] }) =>
        [actor, ...on_behalf_of].some(
          ({ type, id }) => type === covering.type && id === covering.id,
        );
    case 'record':
      return ({ targets = [] }) =>
        targets.some(({ type, id }) => type === covering.type && id === covering.id);
  }
}

/** Whether any hold covers an event. Throws if the query of one cannot be read. */
export function anyCovers(holds: readonly Covering[]): Covers {
  const all = holds.map(coversOf);
  return (event) => all.some((covers) => covers(event));
}
