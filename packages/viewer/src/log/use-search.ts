/**
 * From what a page shows to what is asked: one search for each time that question or time change,
 * none as long as a filter is missing or the query cannot be read.
 */
import { useMemo, useRef } from 'react';
import type { LogState } from '../find/log-state.ts';
import { queryOf } from '../find/query-edit.ts';
import { type CatalogView, useReader } from '../reader.tsx';
import { missingFilters } from './filters.tsx';
import { type Lens, questionOf } from './question.ts';
import type { Search } from './use-rows.ts';

/**
 * `run` counts how often somebody asked for the same again. Each question has a `search_id` of
 * its own; another order or place in the list is the same search.
 */
export function useSearch(
  view: CatalogView,
  lens: Lens,
  state: LogState,
  run: number,
): Search | undefined {
  const reader = useReader();
  const ids = useRef(new Map<string, string>());
  const isReady = queryOf(state.q) !== undefined && missingFilters(view, state.q).length === 0;
  const question = JSON.stringify(questionOf(reader, lens, state));
  const { order } = state;
  return useMemo(() => {
    if (!isReady) return undefined;
    const key = `${run} ${question}`;
    const searchId = ids.current.get(key) ?? crypto.randomUUID();
    ids.current = new Map([[key, searchId]]);
    return { question: JSON.parse(question), order, searchId };
  }, [isReady, question, order, run]);
}
