/**
 * What stands around every page: where one is, the menu of what the role may see, the zone, the
 * account. Gives the parts of the log their reader.
 */
import { type Client, createClient } from '@annals/sdk';
import { newQueries } from '@annals/viewer/queries';
import { type Place, type Reader, ReaderProvider } from '@annals/viewer/reader.tsx';
import { wordsOf } from '@annals/viewer/words/words';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import {
  Outlet,
  useLocation,
  useNavigate,
  useParams,
  useRouteContext,
  useSearch,
} from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Failed } from './failed.tsx';
import { Frame, PlainFrame } from './frame.tsx';
import { managesAt, menuOf } from './menu.ts';
import { pathOf, type TenantPlace } from './paths.ts';
import {
  applyTheme,
  readSettings,
  SessionProvider,
  type Settings,
  useMe,
  writeSettings,
} from './session.tsx';
import { SettingsProvider, useSettings } from './settings-context.tsx';

/** Of the console; the viewer speaks others too. */
const LOCALE = 'en';

export function SignedInShell() {
  const { me } = useRouteContext({ from: '/signed-in' });
  const [settings, setSettings] = useState(readSettings);
  const change = (next: Partial<Settings>) => {
    const all = { ...settings, ...next };
    setSettings(all);
    writeSettings(all);
    applyTheme(all.theme);
  };
  return (
    <SessionProvider value={me}>
      <SettingsProvider value={{ settings, change }}>
        <div className="annals h-full">
          <Outlet />
        </div>
      </SettingsProvider>
    </SessionProvider>
  );
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** In whose stead somebody looks: as the address says, until they stop. */
function useBorrowedRole(named: string | undefined) {
  const [role, setRole] = useState(named);
  const [seen, setSeen] = useState(named);
  if (named !== seen) {
    setSeen(named);
    if (named !== undefined) setRole(named);
  }
  // What was answered to another role must not be shown to this one.
  const queries = useMemo(() => (role === undefined ? undefined : newQueries()), [role]);
  return { role, queries, stop: () => setRole(undefined) };
}

/** Pages of one tenant. */
export function TenantShell() {
  const { as, tz } = useSearch({ strict: false }) as { as?: unknown; tz?: unknown };
  const borrowed = useBorrowedRole(textOf(as));
  const pages = <TenantPages asRole={borrowed.role} zone={textOf(tz)} onStop={borrowed.stop} />;
  if (borrowed.queries === undefined) return pages;
  return <QueryClientProvider client={borrowed.queries}>{pages}</QueryClientProvider>;
}

interface TenantPagesProps {
  readonly asRole: string | undefined;
  /** Of the address. */
  readonly zone: string | undefined;
  readonly onStop: () => void;
}

function useCatalog(client: Client, place: TenantPlace, asRole: string | undefined) {
  const { project, tenant } = place;
  return useQuery({
    queryKey: ['catalog', project, tenant, asRole],
    queryFn: ({ signal }) => {
      const asked = { project, tenant_id: tenant, locale: LOCALE };
      const as = asRole === undefined ? {} : { as_role: asRole };
      return client.catalog.get({ ...asked, ...as }, { signal });
    },
  });
}

function TenantPages({ asRole, zone, onStop }: TenantPagesProps) {
  const place = useParams({ from: '/signed-in/p/$project/$tenant' });
  const { project, tenant } = place;
  const { settings, change } = useSettings();
  const me = useMe();
  const here = useLocation({ select: ({ href }) => href });
  const navigate = useNavigate();
  const client = useMemo(
    () => createClient({ url: location.origin, project, retries: 2, giveUpAfterMs: 20_000 }),
    [project],
  );
  const { data: catalog, error, refetch } = useCatalog(client, place, asRole);
  if (error) {
    return (
      <PlainFrame width="max-w-xl">
        <Failed error={error} onRetry={() => void refetch()} />
      </PlainFrame>
    );
  }
  if (catalog === undefined) return null;
  const hrefOf = (to: Place, view?: string) => pathOf(place, to, view);
  const reader: Reader = {
    client,
    tenantId: tenant,
    catalog,
    asRole,
    words: wordsOf(LOCALE),
    locale: LOCALE,
    zone: zone ?? settings.zone ?? ownZone(),
    setZone: (next) => change({ zone: next }),
    density: settings.density,
    setDensity: (density) => change({ density }),
    hrefOf,
    go: (to, view) => void navigate({ to: hrefOf(to, view) }),
    storageName: `${me.id}.${project}.${tenant}`,
    signIn: () => void navigate({ to: '/sign-in', search: { to: here } }),
    apiUrl: location.origin,
    hasKeys: settings.hasKeys,
  };
  // What a role administers cannot be borrowed: only its eyes are.
  const manages = asRole === undefined ? managesAt(me, place) : () => false;
  return (
    <ReaderProvider value={reader}>
      <Frame place={place} menu={menuOf(catalog, manages)} asRole={asRole} onStop={onStop}>
        <Outlet />
      </Frame>
    </ReaderProvider>
  );
}
