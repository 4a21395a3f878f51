/** The console in the browser: puts the router on the page. */
import './console.css';
import { newQueries } from '@annals/viewer/queries';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createPages } from './router.tsx';
import { applyTheme, readSettings } from './session.tsx';

const queries = newQueries();
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
