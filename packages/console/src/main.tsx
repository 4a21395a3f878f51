/** The console in the browser: puts the router on the page. */
import './console.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createPages } from './router.tsx';
import { applyTheme, readSettings } from './session.tsx';

/** Answers older than this are asked for again when they are looked at again, in ms. */
const STALE_MS = 30_000;

const queries = new QueryClient({
  defaultOptions: {
    // The SDK tries again by itself.
    queries: { retry: false, staleTime: STALE_MS, refetchOnWindowFocus: false },
  },
});
const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
applyTheme(readSettings().theme);
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={createPages(queries)} />
    </QueryClientProvider>
  </StrictMode>,
);
