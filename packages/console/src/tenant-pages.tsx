/** Pages of a tenant beside its logs: an event, a person, a record, lists of them. */
import { viewFor } from '@annals/viewer/entity/entity';
import { EntityList } from '@annals/viewer/entity/entity-list.tsx';
import { EntityPage as Entity } from '@annals/viewer/entity/entity-page.tsx';
import { EventPage as Event } from '@annals/viewer/event/event-page.tsx';
import { type LogState, linkedState, readState, writeState } from '@annals/viewer/find/log-state';
import { type Asked, LogLinkProvider } from '@annals/viewer/log/log-link.tsx';
import { State } from '@annals/viewer/log/states.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTenantTitle } from './title.ts';

const TENANT = '/signed-in/p/$project/$tenant' as const;

const useViewName = (): string | undefined => {
  const { view } = useSearch({ strict: false }) as { view?: string };
  return view;
};

/** Leads what is around an event to the log of its view. */
function ShowsLog({ view, children }: { view: string | undefined; children: ReactNode }) {
  const { project, tenant } = useParams({ from: TENANT });
  const navigate = useNavigate();
  const showLog = ({ q, range }: Asked) => {
    if (view === undefined) return;
    const search = writeState({ ...readState({}), q, range });
    void navigate({
      to: '/p/$project/$tenant/log/$view',
      params: { project, tenant, view },
      search,
    });
  };
  return (
    <LogLinkProvider value={view === undefined ? undefined : showLog}>{children}</LogLinkProvider>
  );
}

export function EventPage() {
  const { id } = useParams({ from: `${TENANT}/event/$id` });
  const { catalog, words } = useReader();
  const router = useRouter();
  const unbound = catalog.views.find(({ binding }) => binding === 'none');
  const name = useViewName() ?? unbound?.view;
  const { subject } = useSearch({ strict: false }) as { subject?: string };
  const [title, setTitle] = useState<string>();
  useTenantTitle(title);
  if (name === undefined) return <State>{words.notAllowed}</State>;
  return (
    <ShowsLog view={unbound?.view}>
      <Event
        id={id}
        lens={{ view: name, subject }}
        link={location.href}
        onBack={() => router.history.back()}
        onTitle={setTitle}
      />
    </ShowsLog>
  );
}

export const ActorPage = () => <EntityOf kind="actor" />;
export const RecordPage = () => <EntityOf kind="record" />;

/** What an address of a log need not say must be said here, where another time is usual. */
const WEEK = { from: 'now-7d' };

function EntityOf({ kind }: { kind: 'actor' | 'record' }) {
  const { type, id } = useParams({ from: `${TENANT}/${kind}/$type/$id` });
  const search = useSearch({ strict: false }) as Record<string, string>;
  const navigate = useNavigate();
  const { zone, catalog } = useReader();
  const [title, setTitle] = useState<string>();
  useTenantTitle(title);
  const view = useViewName();
  const named = view === undefined ? {} : { view };
  const place = { kind, type, id };
  // All of it, unless one search may not cover all.
  const isBounded = viewFor(catalog.views, place, view)?.window !== undefined;
  const usual = { from: isBounded ? 'now-90d' : 'all' };
  const linkOf = (state: LogState) => {
    const query = new URLSearchParams({
      ...named,
      ...writeState(linkedState(state, zone, Date.now())),
    });
    return `${location.origin}${location.pathname}?${query}`;
  };
  return (
    <Entity
      place={place}
      asked={view}
      state={readState({ ...usual, ...search })}
      onState={(state, isStep) =>
        void navigate({
          to: '.',
          search: { ...named, ...WEEK, ...writeState(state) },
          replace: !isStep,
        })
      }
      linkOf={linkOf}
      onTitle={setTitle}
      isWholePage
    />
  );
}

export const PeoplePage = () => <ListOf kind="actor" />;
export const RecordsPage = () => <ListOf kind="record" />;

function ListOf({ kind }: { kind: 'actor' | 'record' }) {
  const { catalog, words } = useReader();
  useTenantTitle(kind === 'actor' ? words.people : words.records);
  return <EntityList kind={kind} view={catalog.views.find(({ binding }) => binding === 'none')} />;
}
