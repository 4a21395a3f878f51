/** What happened around an event: by the same person, to the same record, in the same request. */

import type { ReadEvent } from '@annals/contract/event';
import { printQuery, type QueryKey } from '@annals/contract/query';
import { idText, isPrimary } from '@annals/contract/values';
import { useQueries } from '@tanstack/react-query';
import { onlyValue } from '../find/query-edit.ts';
import { useLogLink } from '../log/log-link.tsx';
import { type Lens, placeOf } from '../log/question.ts';
import { classes } from '../look/classes.ts';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';

/** Before and after the event, in ms. */
const AROUND_MS = 3_600_000;

export function Around({ event, lens }: { event: ReadEvent; lens: Lens }) {
  const reader = useReader();
  const { client, tenantId, locale, words } = reader;
  const showLog = useLogLink();
  const at = Date.parse(event.occurred_at);
  const range = {
    from: new Date(at - AROUND_MS).toISOString(),
    to: new Date(at + AROUND_MS).toISOString(),
  };
  const target = event.targets?.find(isPrimary);
  const asked = (key: QueryKey, value: string | undefined, say: (n: string) => string) =>
    value === undefined ? [] : [{ q: printQuery(onlyValue([], { key }, value)), say }];
  const links = [
    ...asked('actor', idText(event.actor.id), words.aroundPerson),
    ...asked('target', target && idText(target.id), words.aroundRecord),
    ...asked('request', event.context?.request_id, words.aroundRequest),
  ];
  const counts = useQueries({
    queries: links.map(({ q }) => ({
      queryKey: ['around', tenantId, lens, event.id, q],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.events.count({ ...placeOf(reader, lens), q, ...range }, { signal }),
    })),
  });
  if (links.length === 0 || showLog === undefined) return null;
  return (
    <section className="border-t border-line pt-2 print:hidden">
      <h3
        className="mb-1 text-meta font-strong tracking-wide text-ink-3 uppercase"
        title={words.aroundHelp}
      >
        {words.groups.around}
      </h3>
      <p className="flex flex-wrap gap-x-3">
        {links.map(({ q, say }, index) => {
          const count = counts[index]?.data;
          const shown = count && `${number(count.count, locale)}${count.exact ? '' : '+'}`;
          return (
            <button
              key={q}
              type="button"
              title={words.aroundHelp}
              className={classes(
                'cursor-pointer rounded text-accent hover:underline',
                '@max-narrow/log:min-h-11',
              )}
              onClick={() =>
                showLog({ q, range: { kind: 'moments', from: at - AROUND_MS, to: at + AROUND_MS } })
              }
            >
              {say(shown ?? '…')}
            </button>
          );
        })}
      </p>
    </section>
  );
}
