/** The frame of a tenant's pages: header and menu, beside the page or behind a button. */

import { forgetAllSearches } from '@annals/viewer/log/kept-searches';
import { isWriting } from '@annals/viewer/log/keys.tsx';
import { ZonePicker } from '@annals/viewer/log/zone-picker.tsx';
import { Button, IconButton } from '@annals/viewer/look/button.tsx';
import { classes } from '@annals/viewer/look/classes';
import { type MenuItem, Panel, Menu as Popup } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { GO_KEYS, KEYS } from '@annals/viewer/screens';
import { zoneLabel } from '@annals/viewer/words/format';
import { Link, useLocation, useNavigate, useRouter } from '@tanstack/react-router';
import { CircleUser, Menu as MenuIcon } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Menu, MenuEntry } from './menu.ts';
import { Palette, usePaletteKey } from './palette.tsx';
import { type TenantPlace, tenantPath } from './paths.ts';
import { client, type Theme, useMe } from './session.tsx';
import { useSettings } from './settings-context.tsx';

interface Where {
  readonly place: TenantPlace;
  readonly menu: Menu;
}
interface Props extends Where {
  /** In whose stead somebody looks. */
  readonly asRole: string | undefined;
  readonly onStop: () => void;
  readonly children: ReactNode;
}

export function Frame({ place, menu, asRole, onStop, children }: Props) {
  return (
    <div className="flex h-full flex-col">
      <Header place={place} menu={menu} />
      {asRole !== undefined && (
        <p
          role="status"
          className="flex flex-wrap items-center gap-3 border-b border-line bg-accent-tint px-4"
        >
          You see what the role {asRole} sees here.
          <Button onClick={onStop}>Stop</Button>
        </p>
      )}
      <div className="flex min-h-0 grow">
        <nav
          aria-label="Pages"
          className={classes(
            'hidden w-48 shrink-0 overflow-y-auto border-r border-line px-2 py-3',
            'min-[1024px]:block print:hidden',
          )}
        >
          <SideMenu place={place} menu={menu} />
        </nav>
        <main className="flex min-w-0 grow flex-col" style={{ container: 'log / inline-size' }}>
          <div className="flex min-h-0 grow flex-col overflow-auto px-4 pt-3 max-[720px]:px-3">
            {children}
          </div>
        </main>
      </div>
    </div>
  );
}

/** `g` and a letter: the first log, people, records, settings. */
function useGoing({ place, menu }: Where): void {
  const { hasKeys } = useReader();
  const { history } = useRouter();
  const wasG = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (!hasKeys) return;
    const goals: Readonly<Record<string, string | undefined>> = {
      [GO_KEYS.log]: menu.logs[0]?.path,
      [GO_KEYS.people]: menu.lists.find(({ path }) => path === 'actors')?.path,
      [GO_KEYS.records]: menu.lists.find(({ path }) => path === 'records')?.path,
      [GO_KEYS.settings]: menu.settings[0]?.path,
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event)) return;
      const isSecond = event.timeStamp - wasG.current < GO_WITHIN_MS;
      wasG.current = event.key === KEYS.go ? event.timeStamp : Number.NEGATIVE_INFINITY;
      const path = isSecond ? goals[event.key] : undefined;
      if (path === undefined) return;
      // The letter alone means something else on the page.
      event.preventDefault();
      event.stopImmediatePropagation();
      history.push(tenantPath(place, path));
    };
    document.addEventListener('keydown', onKey, { capture: true });
    return () => document.removeEventListener('keydown', onKey, { capture: true });
  }, [hasKeys, place, menu, history]);
}

const COMMAND = /Mac|iP/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';
/** The second letter follows within this time, in ms. */
const GO_WITHIN_MS = 1_000;

function Header({ place, menu }: Where) {
  const { catalog, zone } = useReader();
  const navigate = useNavigate();
  const [isPalette, setPalette] = useState(false);
  usePaletteKey(() => setPalette((isOpen) => !isOpen));
  useGoing({ place, menu });
  const groups = [menu.logs, menu.lists, menu.others, menu.settings].flat();
  const items: MenuItem[] = groups.map(({ label, path }) => ({
    label,
    onChoose: () => void navigate({ to: tenantPath(place, path) }),
  }));
  return (
    <header className="flex min-h-11 items-center gap-2 border-b border-line px-3 print:hidden">
      <span className="min-[1024px]:hidden">
        <Popup
          label="Pages"
          items={items}
          trigger={
            <IconButton label="Pages">
              <MenuIcon className="icon" aria-hidden="true" />
            </IconButton>
          }
        />
      </span>
      <Link
        to="/"
        className="flex min-w-0 items-baseline gap-1.5 rounded px-1 hover:bg-accent-tint"
      >
        <span className="truncate font-strong" title={place.tenant}>
          {catalog.tenant_label ?? place.tenant}
        </span>
        <span className="truncate text-meta text-ink-3">{catalog.label}</span>
      </Link>
      <span className="grow" />
      <Button kind="quiet" onClick={() => setPalette(true)} className="max-[720px]:hidden">
        Go to <kbd className="font-sans text-meta text-ink-3">{COMMAND}</kbd>
      </Button>
      <Palette place={place} menu={menu} open={isPalette} onOpenChange={setPalette} />
      <Panel
        label="Time zone"
        className="w-64"
        trigger={
          <Button kind="quiet" className="max-[720px]:hidden">
            {zoneLabel(zone, Date.now())}
          </Button>
        }
      >
        <ZonePicker />
      </Panel>
      <AccountMenu />
    </header>
  );
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'Theme of the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** Around pages of no tenant. */
export function PlainFrame({ width, children }: { width: string; children: ReactNode }) {
  return (
    <div className="flex h-full flex-col">
      <header className="flex min-h-11 items-center gap-2 border-b border-line px-3">
        <Link to="/" className="rounded px-1 font-strong hover:bg-accent-tint">
          Annals
        </Link>
        <span className="grow" />
        <AccountMenu />
      </header>
      <main className={classes('mx-auto flex w-full grow flex-col overflow-auto p-4', width)}>
        {children}
      </main>
    </div>
  );
}

function AccountMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const { settings, change } = useSettings();
  const signOut = async () => {
    await client.auth.signOut();
    // They may name people; the next one at this browser is somebody else.
    forgetAllSearches();
    location.assign('/sign-in');
  };
  const items: MenuItem[] = [
    { label: me.email ?? me.name ?? 'Account', onChoose: () => void navigate({ to: '/me' }) },
    ...THEMES.map(([theme, label]) => ({
      label,
      isChecked: settings.theme === theme,
      onChoose: () => change({ theme }),
    })),
    { label: 'Sign out', onChoose: () => void signOut() },
  ];
  return (
    <Popup
      label="Account"
      items={items}
      trigger={
        <IconButton label="Account">
          <CircleUser className="icon" aria-hidden="true" />
        </IconButton>
      }
    />
  );
}

const LINK =
  'block truncate rounded px-2 py-1 text-ink-2 hover:bg-accent-tint ' +
  'aria-[current=page]:bg-accent-tint aria-[current=page]:font-strong aria-[current=page]:text-ink';

function SideMenu({ place, menu }: Where) {
  return (
    <div className="flex flex-col gap-4">
      <Entries place={place} entries={menu.logs} />
      <Entries place={place} entries={[...menu.lists, ...menu.others]} />
      {menu.settings.length > 0 && (
        <Entries place={place} entries={menu.settings} title="Settings" />
      )}
    </div>
  );
}

function Entries({
  place,
  entries,
  title,
}: {
  place: TenantPlace;
  entries: readonly MenuEntry[];
  title?: string;
}) {
  const { pathname } = useLocation();
  if (entries.length === 0) return null;
  return (
    <div>
      {title !== undefined && <p className="px-2 pb-1 text-meta font-strong text-ink-3">{title}</p>}
      <ul>
        {entries.map(({ label, path }) => {
          const to = tenantPath(place, path);
          return (
            <li key={path}>
              <Link to={to} aria-current={pathname === to ? 'page' : undefined} className={LINK}>
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
