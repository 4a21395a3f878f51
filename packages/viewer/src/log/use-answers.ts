/** Count, histogram and facets of a search, each asked beside the list and kept while it lasts. */
import type { EventCount, Facets, Histogram } from '@annals/contract/find';
import type { FacetField } from '@annals/contract/values';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { type FacetQuestion, facetQuestions, SHOWN_FACETS } from '../find/facet-plan.ts';
import { queryOf } from '../find/query-edit.ts';
import { useReader } from '../reader.tsx';
import type { Search } from './use-rows.ts';

/** An answer that is not asked for yet. */
const NOTHING = ['nothing'] as const;

export function useCount(search: Search | undefined) {
  const { client } = useReader();
  return useQuery<EventCount>({
    queryKey: search ? ['count', search.question, search.searchId] : NOTHING,
    enabled: search !== undefined,
    queryFn: ({ signal }) => client.events.count(asked(search).question, { signal }),
    placeholderData: keepPreviousData,
  });
}

export function useHistogram(search: Search | undefined) {
  const { client, zone } = useReader();
  return useQuery<Histogram>({
    queryKey: search ? ['histogram', search.question, search.searchId, zone] : NOTHING,
    enabled: search !== undefined,
    queryFn: ({ signal }) =>
      client.events.histogram({ ...asked(search).question, time_zone: zone }, { signal }),
    placeholderData: keepPreviousData,
  });
}

const asked = (search: Search | undefined): Search => {
  if (search === undefined) throw new Error('nothing is searched yet');
  return search;
};

export interface FacetAnswer {
  readonly facets: Facets['facets'];
  readonly isExact: boolean;
  readonly isLoading: boolean;
}

/** Each group leaves out what is asked of its own key. */
export function useFacets(
  search: Search | undefined,
  fields: readonly FacetField[] = SHOWN_FACETS,
): FacetAnswer {
  const { client } = useReader();
  const query = queryOf(search?.question.q ?? '');
  const questions: FacetQuestion[] = search && query ? facetQuestions(query, fields) : [];
  const answers = useQueries({
    queries: questions.map(({ q, fields: own }) => ({
      queryKey: ['facets', search?.question, search?.searchId, q, own],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const { q: _, ...rest } = asked(search).question;
        return client.events.facets(
          { ...rest, ...(q === '' ? {} : { q }), fields: own },
          { signal },
        );
      },
      placeholderData: keepPreviousData,
    })),
  });
  const facets = answers.flatMap(({ data }) => data?.facets ?? []);
  return {
    facets: fields.flatMap((field) => facets.find((facet) => facet.field === field) ?? []),
    isExact: answers.every(({ data }) => data?.exact ?? true),
    isLoading: answers.some(({ isPending }) => isPending),
  };
}
