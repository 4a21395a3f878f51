/**
 * Which questions the facets take. A group of values leaves out what is asked of its own key, so
 * that another value can be chosen beside the first: such a group needs a question of its own.
 */
import { printQuery, type Query } from '@annals/contract/query';
import type { FacetField } from '@annals/contract/values';
import { withoutKey } from './query-edit.ts';

/** In their order on screen. */
export const SHOWN_FACETS = [
  'outcome',
  'actor',
  'action',
  'target.type',
  'initiator',
  'application',
] as const satisfies readonly FacetField[];

export interface FacetQuestion {
  readonly q: string;
  readonly fields: readonly FacetField[];
}

/** One question for all that nothing is asked of, and one for each other. */
export function facetQuestions(query: Query, fields: readonly FacetField[]): FacetQuestion[] {
  const whole = printQuery(query);
  const byText = new Map<string, FacetField[]>();
  for (const field of fields) {
    const own = withoutKey(query, { key: field });
    const q = own.length === query.length ? whole : printQuery(own);
    byText.set(q, [...(byText.get(q) ?? []), field]);
  }
  return [...byText].map(([q, own]) => ({ q, fields: own }));
}
