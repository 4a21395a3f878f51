/**
 * Searches that this browser keeps for a reader: those saved by name, and the last ten. They may
 * name people, so they stay here and are gone with the sign-out.
 */
export interface KeptSearches {
  readonly saved: readonly { readonly name: string; readonly q: string }[];
  readonly last: readonly string[];
}

const LAST_MOST = 10;
const SAVED_MOST = 50;
const NOTHING: KeptSearches = { saved: [], last: [] };

const keyOf = (storageName: string) => `annals.searches.${storageName}`;

const isKept = (value: unknown): value is KeptSearches =>
  typeof value === 'object' &&
  value !== null &&
  'saved' in value &&
  'last' in value &&
  Array.isArray(value.saved) &&
  Array.isArray(value.last);

/** `storageName` undefined: nothing is kept. */
export function keptSearches(storageName: string | undefined): KeptSearches {
  if (storageName === undefined) return NOTHING;
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(storageName)) ?? 'null');
    return isKept(value) ? value : NOTHING;
  } catch {
    // Storage that is closed to the page is the same as an empty one.
    return NOTHING;
  }
}

function keep(storageName: string | undefined, kept: KeptSearches): void {
  if (storageName === undefined) return;
  try {
    localStorage.setItem(keyOf(storageName), JSON.stringify(kept));
  } catch (error) {
    // Full or closed: the search itself is not hindered.
    console.warn('Annals cannot keep searches in this browser:', error);
  }
}

export function keepLast(storageName: string | undefined, q: string): void {
  if (q.trim() === '') return;
  const { saved, last } = keptSearches(storageName);
  const next = [q, ...last.filter((one) => one !== q)].slice(0, LAST_MOST);
  keep(storageName, { saved, last: next });
}

/** Saved again under its name, a search takes the place of the one before. */
export function saveSearch(storageName: string | undefined, name: string, q: string): void {
  const { saved, last } = keptSearches(storageName);
  const others = saved.filter((one) => one.name !== name);
  keep(storageName, { saved: [{ name, q }, ...others].slice(0, SAVED_MOST), last });
}

export function forgetSearch(storageName: string | undefined, name: string): void {
  const { saved, last } = keptSearches(storageName);
  keep(storageName, { saved: saved.filter((one) => one.name !== name), last });
}

/** Everything of every reader of this browser: somebody signs out. */
export function forgetAllSearches(): void {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(keyOf(''))) localStorage.removeItem(key);
  }
}
