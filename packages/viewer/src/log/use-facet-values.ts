/** Values of one field that begin as somebody types, with how often they are in the log. */
import type { Facets } from '@annals/contract/find';
import type { FacetField } from '@annals/contract/values';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useReader } from '../reader.tsx';
import type { Search } from './use-rows.ts';
import { useSettled } from './use-settled.ts';

type Value = Facets['facets'][number]['values'][number];
/** After the last key, in ms. */
const TYPING_MS = 200;
const VALUES = 8;

export function useFacetValues(
  search: Search | undefined,
  field: FacetField,
  typed: string,
): readonly Value[] {
  const { client } = useReader();
  const prefix = useSettled(typed, TYPING_MS);
  const { data } = useQuery({
    queryKey: ['facet-values', search?.question, field, prefix],
    enabled: search !== undefined && prefix !== '',
    queryFn: ({ signal }) => {
      const { q: _, from: __, to: ___, ...place } = search?.question ?? { tenant_id: '' };
      return client.events.suggest({ ...place, field, prefix, limit: VALUES }, { signal });
    },
    placeholderData: keepPreviousData,
  });
  return (data ?? []).map(({ value, label, count = 0 }) => ({
    value,
    count,
    ...(label === undefined ? {} : { label }),
  }));
}
