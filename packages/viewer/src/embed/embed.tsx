/**
 * What stands inside of `<annals-log>`: a client with the host's tokens, the log that its token
 * allows, and the way from it to the host.
 */
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { newQueries } from '../queries.ts';
import { Connected } from './connected.tsx';
import type { EmbedProps } from './props.ts';

export type { EmbedProps } from './props.ts';

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
