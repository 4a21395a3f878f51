/** How far an answer goes: its time, whether the indexes have everything, more to come. */
import { useMemo } from 'react';
import { useReader } from '../reader.tsx';
import { clock, shortMoment } from '../words/format.ts';
import type { RowsOfSearch } from './use-rows.ts';

export function StatusLine({ rows, onKeys }: { rows: RowsOfSearch; onKeys: () => void }) {
  const reader = useReader();
  const { words, hasKeys } = reader;
  const { notices, isStale, asOf } = rows;
  const behind = notices.find(({ code }) => code === 'index_behind');
  const upTo = useMemo(() => asOf && clock(Date.parse(asOf), reader), [asOf, reader]);
  return (
    <footer className="flex min-h-7 items-center gap-2 border-t border-line text-meta text-ink-3">
      {upTo && !isStale && <span>{words.upTo(upTo)}</span>}
      {upTo && !isStale && <span aria-hidden="true">·</span>}
      <span>
        {behind?.indexed_to === undefined
          ? behind
            ? behind.detail
            : words.indexCurrent
          : words.indexedTo(shortMoment(Date.parse(behind.indexed_to), reader))}
      </span>
      <span className="grow" />
      {hasKeys && (
        <button
          type="button"
          onClick={onKeys}
          className="min-h-6 cursor-pointer rounded px-1 hover:text-ink @max-narrow/log:hidden"
        >
          {words.keysHint}
        </button>
      )}
    </footer>
  );
}
