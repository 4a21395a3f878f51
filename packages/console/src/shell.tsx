/**
 * What stands around every page: where one is, the menu of what the role may see, the zone, the
 * account. Gives the parts of the log their reader.
 */
import { createClient } from '@annals/sdk';
import { type Place, type Reader, ReaderProvider } from '@annals/viewer/reader.tsx';
import { wordsOf } from '@annals/viewer/words/words';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate, useParams, useRouteContext, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Frame } from './frame.tsx';
import { managesAt, menuOf } from './menu.ts';
import { pathOf } from './paths.ts';
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

/** Pages of one tenant. */
export function TenantShell() {
  const { project, tenant } = useParams({ from: '/signed-in/p/$project/$tenant' });
  const { tz } = useSearch({ strict: false }) as { tz?: unknown };
  const { settings, change } = useSettings();
  const me = useMe();
  const navigate = useNavigate();
  const client = useMemo(
    () => createClient({ url: location.origin, project, retries: 2, giveUpAfterMs: 20_000 }),
    [project],
  );
  const { data: catalog, error } = useQuery({
    queryKey: ['catalog', project, tenant],
    queryFn: ({ signal }) =>
      client.catalog.get({ project, tenant_id: tenant, locale: LOCALE }, { signal }),
  });
  if (error) throw error;
  if (catalog === undefined) return null;
  const hrefOf = (to: Place, view?: string) => pathOf({ project, tenant }, to, view);
  const reader: Reader = {
    client,
    tenantId: tenant,
    catalog,
    words: wordsOf(LOCALE),
    locale: LOCALE,
    zone: textOf(tz) ?? settings.zone ?? ownZone(),
    setZone: (zone) => change({ zone }),
    density: settings.density,
    setDensity: (density) => change({ density }),
    hrefOf,
    go: (to, view) => void navigate({ to: hrefOf(to, view) }),
    storageName: `${me.id}.${project}.${tenant}`,
    apiUrl: location.origin,
    hasKeys: settings.hasKeys,
  };
  const place = { project, tenant };
  return (
    <ReaderProvider value={reader}>
      <Frame place={place} menu={menuOf(catalog, managesAt(me, place))}>
        <Outlet />
      </Frame>
    </ReaderProvider>
  );
}
