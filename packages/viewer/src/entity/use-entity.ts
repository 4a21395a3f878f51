/** What is known of one person or record beside its events. */

import type { ReadEvent } from '@annals/contract/event';
import type { Actor, RecordEntry } from '@annals/contract/find';
import { useQuery } from '@tanstack/react-query';
import { asQuery, type Lens, placeOf, withinOf } from '../log/question.ts';
import { useReader } from '../reader.tsx';
import type { EntityPlace } from './entity.ts';

export type Entity = Actor | RecordEntry;

/** Names, first and last time, number of events; null: the view names nobody of this id. */
export function useEntity(place: EntityPlace, lens: Lens) {
  const reader = useReader();
  const { client, tenantId } = reader;
  return useQuery<Entity | null>({
    queryKey: ['entity', tenantId, lens, place],
    queryFn: async ({ signal }) => {
      const asked = { ...placeOf(reader, lens), search: place.id, type: place.type };
      const found: readonly Entity[] =
        place.kind === 'actor'
          ? (await client.actors.list(asked, { signal })).actors
          : (await client.records.list(asked, { signal })).records;
      return found.find(({ id, type }) => id === place.id && type === place.type) ?? null;
    },
  });
}

/** Events that the fields of a record are made of: more are not read. */
export const HISTORY_MOST = 2_000;
const PAGE = 500;

export interface Past {
  /** The oldest first. */
  readonly events: readonly ReadEvent[];
  /** Whether older ones were left out. */
  readonly isCut: boolean;
}

/** All events of a record, the newest kept if there are too many. */
export function usePast(lens: Lens) {
  const reader = useReader();
  const { client, tenantId } = reader;
  return useQuery<Past>({
    queryKey: ['past', tenantId, lens],
    queryFn: async ({ signal }) => {
      const asked = {
        ...placeOf(reader, lens),
        ...asQuery(withinOf(lens, '')),
        limit: PAGE,
      };
      const events: ReadEvent[] = [];
      for await (const page of client.events.pages(asked, { signal })) {
        events.push(...page.events);
        if (events.length >= HISTORY_MOST) {
          return { events: events.reverse(), isCut: page.next_cursor !== null };
        }
      }
      return { events: events.reverse(), isCut: false };
    },
  });
}

/** When each former name was seen last. */
export function useNames(entity: Entity | null | undefined, lens: Lens) {
  const reader = useReader();
  const { client, tenantId } = reader;
  const names = (entity?.former_names ?? []).slice(0, 6);
  return useQuery({
    queryKey: ['names', tenantId, lens, names],
    enabled: names.length > 0,
    queryFn: async ({ signal }) => {
      const until = async (name: string) => {
        const q = withinOf(lens, JSON.stringify(name));
        const asked = { ...placeOf(reader, lens), q, limit: 1 };
        const [event] = (await client.events.search(asked, { signal })).events;
        return { name, until: event && Date.parse(event.occurred_at) };
      };
      return await Promise.all(names.map(until));
    },
  });
}
