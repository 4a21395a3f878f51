/**
 * Lines of a log of any length, page by page. Lines keep their place while pages come and go: what
 * is far from what is looked at is let go, its place is kept, and it is asked for again by its
 * cursor. Pure: it holds pages and says which are wanted.
 */
import type { ReadEvent } from '@annals/contract/event';
import type { EventPage } from '@annals/contract/routes';
import { type Line, linesOf } from './families.ts';

interface Page {
  /** Null: the first one. */
  readonly cursor: string | null;
  /** How many lines it has. */
  readonly count: number;
  /** Came in live: no cursor leads to it, so it is never let go. */
  readonly isLive?: true;
  /** Undefined: let go. */
  readonly loaded:
    | { readonly events: readonly ReadEvent[]; readonly lines: readonly Line[] }
    | undefined;
}

/** Pages that are kept: 12 of 100 events are one or two MB. */
const PAGES_KEPT = 12;

export interface Rows {
  readonly pages: readonly Page[];
  /** Lines of all pages, also of those let go. */
  readonly count: number;
  /** Where to go on; null: there is no more. */
  readonly next: string | null;
  /** Ids of events whose children are unfolded. */
  readonly open: ReadonlySet<string>;
}

export const NO_ROWS: Rows = { pages: [], count: 0, next: null, open: new Set() };

const loadedPage = (
  cursor: string | null,
  events: readonly ReadEvent[],
  open: Rows['open'],
): Page => {
  const lines = linesOf(events, (id) => open.has(id));
  return { cursor, count: lines.length, loaded: { events, lines } };
};

const withPages = (rows: Rows, pages: readonly Page[]): Rows => ({
  ...rows,
  pages,
  count: pages.reduce((sum, { count }) => sum + count, 0),
});

/** The rows with one more page at the end. */
export const withPage = (rows: Rows, cursor: string | null, page: EventPage): Rows => ({
  ...withPages(rows, [...rows.pages, loadedPage(cursor, page.events, rows.open)]),
  next: page.next_cursor,
});

/** The rows with events that have just happened before all others, the newest first. */
export function withNewest(rows: Rows, events: readonly ReadEvent[]): Rows {
  const [first, ...others] = rows.pages;
  const [live, rest] = first?.isLive ? [first, others] : [undefined, rows.pages];
  const known = new Set(
    rows.pages.slice(0, 2).flatMap(({ loaded }) => loaded?.events.map(({ id }) => id) ?? []),
  );
  const fresh = events.filter(({ id }) => !known.has(id));
  const page = loadedPage(null, [...fresh, ...(live?.loaded?.events ?? [])], rows.open);
  return withPages(rows, [{ ...page, isLive: true }, ...rest]);
}

/** A page that had been let go, there again: the same cursor gives the same events. */
export const withRefilled = (rows: Rows, index: number, { events }: EventPage): Rows =>
  withPages(
    rows,
    rows.pages.map((page, at) =>
      at === index ? loadedPage(page.cursor, events, rows.open) : page,
    ),
  );

/** The rows with the children of an event shown. */
export function unfolded(rows: Rows, id: string): Rows {
  const open = new Set([...rows.open, id]);
  const pages = rows.pages.map((page) =>
    page.loaded?.events.some((event) => event.id === id)
      ? loadedPage(page.cursor, page.loaded.events, open)
      : page,
  );
  return withPages({ ...rows, open }, pages);
}

/** In which page a line is; −1 if in none. */
export function pageOfLine(rows: Rows, line: number): number {
  let first = 0;
  for (const [index, { count }] of rows.pages.entries()) {
    if (line < first + count) return line < 0 ? -1 : index;
    first += count;
  }
  return -1;
}

/** Undefined: it is not there, or let go. */
export function lineAt(rows: Rows, line: number): Line | undefined {
  let first = 0;
  for (const { count, loaded } of rows.pages) {
    if (line < first + count) return loaded?.lines[line - first];
    first += count;
  }
  return undefined;
}

/** On which line an event is; −1 if it is not among those that are there. */
export function lineOf(rows: Rows, id: string): number {
  let first = 0;
  for (const { count, loaded } of rows.pages) {
    const at = loaded?.lines.findIndex(({ event }) => event.id === id) ?? -1;
    if (at !== -1) return first + at;
    first += count;
  }
  return -1;
}

/** Lets pages go that are far from the lines looked at. */
export function trimmed(rows: Rows, firstLine: number, lastLine: number): Rows {
  const first = pageOfLine(rows, firstLine);
  if (rows.pages.length <= PAGES_KEPT || first === -1) return rows;
  const last = Math.max(first, pageOfLine(rows, lastLine));
  const spare = Math.floor((PAGES_KEPT - 2) / 2);
  const isFar = (index: number) => index < first - spare || index > last + spare;
  const goes = (page: Page, index: number) => page.loaded && !page.isLive && isFar(index);
  if (!rows.pages.some(goes)) return rows;
  const pages = rows.pages.map((page, index) =>
    goes(page, index) ? { ...page, loaded: undefined } : page,
  );
  return { ...rows, pages };
}

/** Pages of the lines looked at that were let go: to be asked for again. */
export function missing(rows: Rows, firstLine: number, lastLine: number): number[] {
  const first = pageOfLine(rows, firstLine);
  if (first === -1) return [];
  const found = pageOfLine(rows, lastLine);
  const last = found === -1 ? rows.pages.length - 1 : found;
  return rows.pages.flatMap(({ loaded }, index) =>
    index >= first && index <= last && loaded === undefined ? [index] : [],
  );
}
