/** What is out of people's own ordinary: off until it is turned on, then what was found. */
import type { Watch } from '@annals/sdk';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery } from '@tanstack/react-query';
import { Answered, PlainPage } from '../parts.tsx';
import { useTenantTitle } from '../title.ts';
import { Findings } from './findings.tsx';
import { Introduction, TurnOn, Watches } from './watches.tsx';

/** How often it is looked how far it is, in ms: while it learns, and otherwise. */
const LOOK_MS = { learning: 2_000, idle: 60_000 } as const;

const useWatches = () => {
  const { client, tenantId, locale, catalog } = useReader();
  return useQuery({
    queryKey: ['watches', tenantId, locale],
    queryFn: ({ signal }) => client.unusual.list({ tenant_id: tenantId, locale }, { signal }),
    // Whoever looks in another role's stead sees what that role does.
    select: (watches: Watch[]) =>
      watches.filter(({ view }) =>
        catalog.views.some((one) => one.view === view && one.capabilities.includes('findings')),
      ),
    refetchInterval: ({ state: { data } }) =>
      data?.some(({ state }) => state === 'learning') ? LOOK_MS.learning : LOOK_MS.idle,
  });
};

export function Unusual() {
  const query = useWatches();
  useTenantTitle('Unusual');
  const watches = query.data ?? [];
  const off = watches.filter(({ enabled, reason }) => !enabled && reason === null);
  const isOn = watches.some(({ enabled }) => enabled);
  return (
    <PlainPage
      title="Unusual"
      intro="What is out of a person’s own ordinary: held against what is usual for them."
      action={isOn && off.length > 0 && <TurnOn views={off} label="Watch another view" />}
    >
      <Answered query={query}>
        {(all) =>
          isOn ? (
            <>
              <Watches watches={all.filter(({ enabled }) => enabled)} />
              <Findings />
            </>
          ) : (
            <Introduction watches={all} views={off} />
          )
        }
      </Answered>
    </PlainPage>
  );
}
