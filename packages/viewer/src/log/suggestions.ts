/** Values that the server proposes for the keys of a query. */
import type { SuggestField } from '@annals/contract/find';
import { queryOptions } from '@tanstack/react-query';
import type { Reader } from '../reader.tsx';
import { type Lens, placeOf } from './question.ts';

const VALUES = 12;

export interface Found {
  readonly value: string;
  readonly label?: string;
  readonly type?: string;
  readonly matched?: string;
  readonly last_seen?: string;
  readonly count?: number;
}

/** Fields whose values the server proposes, by key of the query. */
const FIELDS: Readonly<Record<string, SuggestField>> = {
  actor: 'actor',
  target: 'target',
  party: 'party',
  on_behalf_of: 'on_behalf_of',
  action: 'action',
  activity: 'activity',
  event_type: 'event_type',
  operation: 'operation',
  'actor.type': 'actor.type',
  'target.type': 'target.type',
  application: 'application',
  component: 'component',
  channel: 'channel',
  initiator: 'initiator',
  outcome: 'outcome',
  severity: 'severity',
};

export const suggestFieldOf = (key: string): SuggestField | undefined =>
  Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;

/** Values of a field that begin so; of no field there are none. */
export const suggestionsOf = (
  reader: Reader,
  lens: Lens,
  field: SuggestField | undefined,
  prefix: string,
) =>
  queryOptions<readonly Found[]>({
    queryKey: ['filter', reader.tenantId, lens, field, prefix],
    enabled: field !== undefined,
    queryFn: ({ signal }) => {
      const asked = { ...placeOf(reader, lens), field: field ?? 'actor', limit: VALUES };
      const typed = prefix === '' ? {} : { prefix };
      return reader.client.events.suggest({ ...asked, ...typed }, { signal });
    },
  });
