/**
 * What stands inside of `<annals-log>`: a client with the host's tokens, the log that its token
 * allows, and the way from it to the host.
 */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Connected } from './connected.tsx';
import type { EmbedProps } from './props.ts';

export type { EmbedProps } from './props.ts';

/** Two sessions of the same page share nothing. */
const newQueries = () =>
  new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: 30_000, refetchOnWindowFocus: false } },
  });

export function Embed(props: EmbedProps) {
  const [queries] = useState(newQueries);
  return (
    <QueryClientProvider client={queries}>
      <div className="annals flex h-full flex-col p-3">
        <Connected {...props} />
      </div>
    </QueryClientProvider>
  );
}
