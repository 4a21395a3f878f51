/** Who is signed in, and their settings of this browser: zone, theme, density, keys. */

import type { Me } from '@annals/contract/routes';
import { type Client, createClient } from '@annals/sdk';
import type { Density } from '@annals/viewer/reader.tsx';
import { createContext, use } from 'react';

/** One for the whole page: whoever is signed in, by the browser's cookie. */
export const client: Client = createClient({
  url: location.origin,
  retries: 2,
  giveUpAfterMs: 20_000,
});

/** Asked before each page; kept for a minute. */
export const whoAmI = { queryKey: ['me'], queryFn: () => client.me(), staleTime: 60_000 };

const SessionContext = createContext<Me | null>(null);
export const SessionProvider = SessionContext.Provider;

/** Throws outside of pages for people who are signed in. */
export function useMe(): Me {
  const me = use(SessionContext);
  if (me === null) throw new Error('nobody is signed in on this page');
  return me;
}

export type Theme = 'system' | 'light' | 'dark';
export interface Settings {
  /** Undefined: that of the browser. */
  readonly zone: string | undefined;
  readonly theme: Theme;
  readonly density: Density;
  readonly hasKeys: boolean;
}

const SETTINGS_KEY = 'annals.settings';
const USUAL: Settings = { zone: undefined, theme: 'system', density: 'dense', hasKeys: true };

export function readSettings(): Settings {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? '{}');
    return { ...USUAL, ...(typeof kept === 'object' ? kept : {}) };
  } catch {
    return USUAL;
  }
}

export function writeSettings(settings: Settings): void {
  localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
