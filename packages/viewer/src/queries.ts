/** What pages have asked, and for how long the answers are good. Two sessions share nothing. */
import { QueryClient } from '@tanstack/react-query';

/** Answers older than this are asked for again when they are looked at again, in ms. */
const STALE_MS = 30_000;

export const newQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      // The SDK tries again by itself.
      queries: { retry: false, staleTime: STALE_MS, refetchOnWindowFocus: false },
    },
  });
