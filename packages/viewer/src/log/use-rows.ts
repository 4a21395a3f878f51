/**
 * The rows of a search as somebody scrolls through them. Owns which pages are asked for and which
 * are let go; a search that is over is not answered any more.
 */
import type { ReadEvent } from '@annals/contract/event';
import type { EventPage, Notice } from '@annals/contract/routes';
import type { Client } from '@annals/sdk';
import { useCallback, useEffect, useReducer, useRef } from 'react';
import {
  missing,
  NO_ROWS,
  type Rows,
  trimmed,
  unfolded,
  withNewest,
  withPage,
  withRefilled,
} from '../find/rows.ts';
import { useReader } from '../reader.tsx';
import type { Question } from './question.ts';

const PAGE_EVENTS = 100;
/** Empty pages that are passed over by themselves: the search goes on from where it came to. */
const EMPTY_PAGES = 3;

export interface Search {
  readonly question: Question;
  readonly order: 'desc' | 'asc';
  /** One for each time that somebody searches. */
  readonly searchId: string;
}

interface State {
  readonly search: Search | undefined;
  readonly rows: Rows;
  readonly notices: readonly Notice[];
  /** The moment that the answer is of. */
  readonly asOf: string | undefined;
  /** The rows are those of the search before. */
  readonly isStale: boolean;
  readonly isLoading: boolean;
  /** The reader did not want to wait for it. */
  readonly isGivenUp: boolean;
  readonly error: unknown;
}

type Action =
  | { readonly kind: 'search'; readonly search: Search }
  | { readonly kind: 'loading' }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'page';
      readonly search: Search;
      readonly cursor: string | null;
      readonly page: EventPage;
    }
  | {
      readonly kind: 'refilled';
      readonly search: Search;
      readonly index: number;
      readonly page: EventPage;
    }
  | { readonly kind: 'failed'; readonly search: Search; readonly error: unknown }
  | { readonly kind: 'unfold'; readonly id: string }
  | { readonly kind: 'newest'; readonly events: readonly ReadEvent[] }
  | { readonly kind: 'trim'; readonly first: number; readonly last: number };

const START: State = {
  search: undefined,
  rows: NO_ROWS,
  notices: [],
  asOf: undefined,
  isStale: false,
  isLoading: false,
  isGivenUp: false,
  error: undefined,
};

const ASKING = { isLoading: true, isGivenUp: false, error: undefined };

function reduce(state: State, action: Action): State {
  // What comes too late belongs to a search that is over.
  if ('search' in action && action.kind !== 'search' && action.search !== state.search)
    return state;
  switch (action.kind) {
    case 'search':
      return { ...state, ...ASKING, search: action.search, isStale: true };
    case 'loading':
      return { ...state, ...ASKING };
    case 'cancelled':
      return { ...state, isLoading: false, isGivenUp: true };
    case 'page': {
      const { page, cursor } = action;
      const rows = withPage(cursor === null ? NO_ROWS : state.rows, cursor, page);
      return {
        ...state,
        rows,
        notices: page.notices,
        asOf: page.as_of,
        isStale: false,
        isLoading: false,
      };
    }
    case 'refilled':
      return { ...state, rows: withRefilled(state.rows, action.index, action.page) };
    case 'failed':
      return { ...state, isLoading: false, error: action.error };
    case 'unfold':
      return { ...state, rows: unfolded(state.rows, action.id) };
    case 'newest':
      return { ...state, rows: withNewest(state.rows, action.events) };
    case 'trim':
      return { ...state, rows: trimmed(state.rows, action.first, action.last) };
  }
}

/** What is asked of the server. */
const askedOf = ({ question, order, searchId }: Search, cursor: string | null) => ({
  ...question,
  order,
  search_id: searchId,
  limit: PAGE_EVENTS,
  ...(cursor === null ? {} : { cursor }),
});

export interface RowsOfSearch extends Omit<State, 'search'> {
  /** Asks for what comes behind the last row. */
  readonly more: () => void;
  /** Says which lines are looked at: what is far away is let go, what is missing asked for. */
  readonly look: (first: number, last: number) => void;
  readonly unfold: (id: string) => void;
  /** Puts events that have just happened on top, the newest first. */
  readonly prepend: (events: readonly ReadEvent[]) => void;
  /** Gives the question up. */
  readonly cancel: () => void;
  /** Asks once more for what failed. */
  readonly retry: () => void;
}

/** Asks for a page, and passes over empty ones: they only say how far the search came. */
async function pageFrom(
  client: Client,
  search: Search,
  cursor: string | null,
  signal: AbortSignal,
): Promise<{ readonly cursor: string | null; readonly page: EventPage }> {
  let at = cursor;
  let page = await client.events.search(askedOf(search, at), { signal });
  for (let tries = 0; tries < EMPTY_PAGES && isEmpty(page); tries++) {
    at = page.next_cursor;
    page = await client.events.search(askedOf(search, at), { signal });
  }
  return { cursor: at, page };
}

/** Pages of a search, one at a time; none any more once another one begins. */
function usePages(search: Search | undefined, dispatch: (action: Action) => void) {
  const { client } = useReader();
  const controller = useRef<AbortController>(new AbortController());
  const isAsking = useRef(false);
  const load = useCallback(
    async (of: Search, cursor: string | null, signal: AbortSignal) => {
      isAsking.current = true;
      try {
        const found = await pageFrom(client, of, cursor, signal);
        const at = cursor === null ? null : found.cursor;
        dispatch({ kind: 'page', search: of, cursor: at, page: found.page });
      } catch (error) {
        if (!signal.aborted) dispatch({ kind: 'failed', search: of, error });
      } finally {
        if (!signal.aborted) isAsking.current = false;
      }
    },
    [client, dispatch],
  );
  useEffect(() => {
    if (search === undefined) return;
    const own = new AbortController();
    controller.current = own;
    dispatch({ kind: 'search', search });
    void load(search, null, own.signal);
    return () => own.abort();
  }, [search, load, dispatch]);
  const ask = useCallback(
    (cursor: string | null) => {
      if (search === undefined || isAsking.current) return;
      dispatch({ kind: 'loading' });
      void load(search, cursor, controller.current.signal);
    },
    [search, load, dispatch],
  );
  const refill = useCallback(
    (index: number, cursor: string | null) => {
      if (search === undefined) return;
      const { signal } = controller.current;
      client.events.search(askedOf(search, cursor), { signal }).then(
        (page) => dispatch({ kind: 'refilled', search, index, page }),
        (error: unknown) => {
          if (!signal.aborted) dispatch({ kind: 'failed', search, error });
        },
      );
    },
    [search, client, dispatch],
  );
  const cancel = useCallback(() => {
    controller.current.abort();
    controller.current = new AbortController();
    isAsking.current = false;
    dispatch({ kind: 'cancelled' });
  }, [dispatch]);
  return { ask, refill, cancel };
}

/** Undefined: nothing is searched yet. */
export function useRows(search: Search | undefined): RowsOfSearch {
  const [state, dispatch] = useReducer(reduce, START);
  const { ask, refill, cancel } = usePages(search, dispatch);
  const { rows, isStale } = state;
  const { next } = rows;
  const more = useCallback(() => {
    if (next !== null) ask(next);
  }, [next, ask]);
  const look = useCallback(
    (first: number, last: number) => {
      dispatch({ kind: 'trim', first, last });
      for (const index of missing(rows, first, last)) {
        refill(index, rows.pages[index]?.cursor ?? null);
      }
    },
    [rows, refill],
  );
  const retry = useCallback(
    () => ask(rows.count === 0 || isStale ? null : next),
    [ask, rows.count, isStale, next],
  );
  const unfold = useCallback((id: string) => dispatch({ kind: 'unfold', id }), []);
  const prepend = useCallback(
    (events: readonly ReadEvent[]) => dispatch({ kind: 'newest', events }),
    [],
  );
  return { ...state, more, look, unfold, prepend, cancel, retry };
}

const isEmpty = ({ events, next_cursor }: EventPage): boolean =>
  events.length === 0 && next_cursor !== null;
