/** The events of a search where there is little room: one item each, under the days. */

import type { ReadEvent } from '@annals/contract/event';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { type RefObject, useEffect } from 'react';
import { titleOf } from '../event/event.tsx';
import type { Line } from '../find/families.ts';
import { lineAt } from '../find/rows.ts';
import { dayIn } from '../find/zone.ts';
import { classes } from '../look/classes.ts';
import { useReader } from '../reader.tsx';
import { clock, date, number } from '../words/format.ts';
import { OutcomeMark, outcomeInk } from './cells.tsx';
import type { RowsOfSearch } from './use-rows.ts';

const ITEM_HEIGHT = 64;
const AHEAD = 20;

interface Props {
  readonly rows: RowsOfSearch;
  readonly onOpen: (event: ReadEvent) => void;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly label: string;
}

export function Items({ rows, onOpen, scroller, label }: Props) {
  const { zone } = useReader();
  const virtual = useVirtualizer({
    count: rows.rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ITEM_HEIGHT,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const { look, more } = rows;
  useEffect(() => look(first, last), [look, first, last]);
  useEffect(() => {
    if (last + AHEAD >= rows.rows.count) more();
  }, [last, rows.rows.count, more]);
  const dayOf = (line: Line | undefined) => line && dayIn(zone, Date.parse(line.event.occurred_at));
  return (
    <ul
      aria-label={label}
      aria-busy={rows.isLoading}
      className={`relative ${rows.isStale && rows.rows.count > 0 ? 'opacity-50' : ''}`}
      style={{ height: virtual.getTotalSize() }}
    >
      {items.map(({ index, start, key }) => {
        const line = lineAt(rows.rows, index);
        const isNewDay = line && dayOf(line) !== dayOf(lineAt(rows.rows, index - 1));
        return (
          <li
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className="absolute inset-x-0"
            style={{ transform: `translateY(${start}px)` }}
          >
            {line ? (
              <Item line={line} hasDay={isNewDay === true} onOpen={onOpen} onUnfold={rows.unfold} />
            ) : (
              <div className="h-14 p-3">
                <span className="skeleton block h-3 w-48" />
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}

interface ItemProps {
  readonly line: Line;
  readonly hasDay: boolean;
  readonly onOpen: (event: ReadEvent) => void;
  readonly onUnfold: (id: string) => void;
}

function Item({ line: { event, isChild, folded }, hasDay, onOpen, onUnfold }: ItemProps) {
  const reader = useReader();
  const { words, locale, catalog } = reader;
  const ms = Date.parse(event.occurred_at);
  const application = catalog.applications.find(
    (one) => one.application === event.source?.application,
  );
  const place = application?.label ?? event.source?.application;
  return (
    <>
      {hasDay && (
        <h2
          className={classes(
            'border-b border-line bg-paper px-1 pt-3 pb-1 text-meta font-strong',
            'text-ink-2',
          )}
        >
          {date(ms, reader)}
        </h2>
      )}
      <button
        type="button"
        onClick={() => onOpen(event)}
        className={classes(
          'flex min-h-14 w-full cursor-pointer items-center gap-2 border-b',
          'border-line px-1 py-1.5 text-left',
          isChild ? 'pl-5' : '',
        )}
      >
        <span className="min-w-0 grow">
          <span className={`line-clamp-2 ${outcomeInk(event.outcome?.result)}`}>
            <OutcomeMark event={event} /> {titleOf(event, reader)}
          </span>
          <span className="block text-meta text-ink-3">
            {clock(ms, reader)}
            {place !== undefined && ` · ${place}`}
          </span>
        </span>
        <ChevronRight className="icon text-ink-3" aria-hidden="true" />
      </button>
      {folded > 0 && (
        <button
          type="button"
          className="min-h-11 w-full cursor-pointer border-b border-line pl-5 text-left text-accent"
          onClick={() => onUnfold(event.id)}
        >
          {words.showChildren(number(folded, locale))}
        </button>
      )}
    </>
  );
}
