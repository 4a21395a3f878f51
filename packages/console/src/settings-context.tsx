/** The reader's settings in this browser, as the shell holds them. */
import { createContext, use } from 'react';
import type { Settings } from './session.tsx';

interface Value {
  readonly settings: Settings;
  readonly change: (next: Partial<Settings>) => void;
}
const SettingsContext = createContext<Value | null>(null);
export const SettingsProvider = SettingsContext.Provider;

/** The reader's settings in this browser. Throws outside of pages for people who are signed in. */
export function useSettings(): Value {
  const value = use(SettingsContext);
  if (value === null) throw new Error('these settings are for people who are signed in');
  return value;
}
