/**
 * The events of a search as a grid: one tab stop, arrow keys and j/k move, Enter opens. Rows are
 * drawn as they come into sight; those far away are let go and asked for again.
 */

import type { ReadEvent } from '@annals/contract/event';
import { useVirtualizer } from '@tanstack/react-virtual';
import { MoreHorizontal } from 'lucide-react';
import {
  type KeyboardEvent,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useState,
} from 'react';
import type { Line } from '../find/families.ts';
import { lineAt, lineOf } from '../find/rows.ts';
import { IconButton } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { Menu, type MenuItem } from '../look/popup.tsx';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import { Cell, type TableColumn } from './cells.tsx';
import type { RowsOfSearch } from './use-rows.ts';

export interface TableHandle {
  readonly focus: () => void;
  readonly move: (by: number) => void;
  readonly openMenu: () => void;
}

export interface TableProps {
  readonly rows: RowsOfSearch;
  readonly columns: readonly TableColumn[];
  readonly order: 'desc' | 'asc';
  readonly onOrder: () => void;
  /** Counted events; undefined: not counted yet. */
  readonly total: number | undefined;
  readonly openId: string | undefined;
  readonly onOpen: (event: ReadEvent) => void;
  readonly menuOf: (event: ReadEvent) => readonly MenuItem[];
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly ref?: Ref<TableHandle>;
  readonly label: string;
}

const HEIGHTS = { dense: 28, comfortable: 44 } as const;
/** What a host may set is in this range, in px. */
const HEIGHT_RANGE = { least: 20, most: 120 } as const;

/** Of a row, in px: that of the density, or of `--annals-row-height` where a host sets it. */
function useRowHeight(scroller: RefObject<HTMLElement | null>): number {
  const { density } = useReader();
  const [own, setOwn] = useState<number>();
  useLayoutEffect(() => {
    const element = scroller.current;
    const set = element && getComputedStyle(element).getPropertyValue('--annals-row-height');
    const height = Number.parseFloat(set ?? '');
    if (height >= HEIGHT_RANGE.least && height <= HEIGHT_RANGE.most) setOwn(height);
  }, [scroller]);
  return own ?? HEIGHTS[density];
}
/** Rows outside of sight that are drawn too. */
const OVERSCAN = 12;
/** More is asked for when the end is so many rows away. */
const AHEAD = 40;

/** Rows in sight, and what has to be asked for so that they are there. */
function useSight({ rows, scroller }: TableProps, height: number) {
  const virtual = useVirtualizer({
    count: rows.rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height moves every row.
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const { look, more } = rows;
  const { count } = rows.rows;
  useEffect(() => look(first, last), [look, first, last]);
  useEffect(() => {
    if (last + AHEAD >= count) more();
  }, [last, count, more]);
  return { items, height: virtual.getTotalSize(), scrollTo: virtual.scrollToIndex };
}

/** Where the keys are: a row, and in it a cell. */
function useCursor(
  { rows, columns, scroller, onOpen }: TableProps,
  scrollTo: (at: number) => void,
) {
  const { density } = useReader();
  const [cursor, setCursor] = useState(0);
  const [column, setColumn] = useState(-1);
  const moveTo = (line: number) => {
    const at = Math.max(0, Math.min(rows.rows.count - 1, line));
    setCursor(at);
    scrollTo(at);
    const rowAt = () => scroller.current?.querySelector<HTMLElement>(`[data-line="${at}"]`);
    const row = rowAt();
    // At once if it is drawn: the next key must not come before the focus.
    if (row) row.focus({ preventScroll: true });
    else requestAnimationFrame(() => rowAt()?.focus({ preventScroll: true }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? 0) / HEIGHTS[density]) - 2,
    );
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -cursor,
      End: rows.rows.count - 1 - cursor,
    };
    const step = steps[event.key];
    const sideways = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const line = event.key === 'Enter' ? lineAt(rows.rows, cursor) : undefined;
    if (step !== undefined) moveTo(cursor + step);
    else if (sideways !== undefined) {
      setColumn(Math.max(-1, Math.min(columns.length - 1, column + sideways)));
    } else if (line) onOpen(line.event);
    else return;
    event.preventDefault();
  };
  return { cursor, setCursor, column, moveTo, onKeyDown };
}

export function Table(props: TableProps) {
  const { rows, columns, order, onOrder, total, openId, label } = props;
  const [menuFor, setMenuFor] = useState<string>();
  const height = useRowHeight(props.scroller);
  const sight = useSight(props, height);
  const { cursor, setCursor, column, moveTo, onKeyDown } = useCursor(props, sight.scrollTo);
  useImperativeHandle(props.ref, () => ({
    focus: () => {
      const at = openId === undefined ? -1 : lineOf(rows.rows, openId);
      moveTo(at === -1 ? cursor : at);
    },
    move: (by) => moveTo(cursor + by),
    openMenu: () => setMenuFor(lineAt(rows.rows, cursor)?.event.id),
  }));
  const template = {
    gridTemplateColumns: `${columns.map(({ width }) => width).join(' ')} 2.25rem`,
  };
  const rowOf = (index: number, start: number): RowProps => {
    const line = lineAt(rows.rows, index);
    const id = line?.event.id;
    const isCurrent = index === cursor;
    return {
      ...{ line, index, start, height, columns, template, isCurrent },
      isOpen: id !== undefined && id === openId,
      column: isCurrent ? column : -1,
      onOpen: props.onOpen,
      menuOf: props.menuOf,
      isMenuOpen: id !== undefined && id === menuFor,
      onMenu: (open) => setMenuFor(open ? id : undefined),
      onFocus: () => setCursor(index),
      onUnfold: rows.unfold,
    };
  };
  return (
    <div
      role="grid"
      aria-label={label}
      aria-rowcount={total === undefined ? -1 : total + 1}
      aria-colcount={columns.length + 1}
      aria-busy={rows.isLoading}
      onKeyDown={onKeyDown}
      className={classes('min-w-min', rows.isStale && rows.rows.count > 0 && 'opacity-50')}
    >
      <Head columns={columns} template={template} order={order} onOrder={onOrder} />
      <div role="rowgroup" className="relative" style={{ height: sight.height }}>
        {sight.items.map(({ index, start }) => (
          <Row key={index} {...rowOf(index, start)} />
        ))}
      </div>
    </div>
  );
}

interface HeadProps {
  readonly columns: readonly TableColumn[];
  readonly template: { readonly gridTemplateColumns: string };
  readonly order: 'desc' | 'asc';
  readonly onOrder: () => void;
}

function Head({ columns, template, order, onOrder }: HeadProps) {
  const { words } = useReader();
  const isDown = order === 'desc';
  return (
    <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-paper">
      <div
        role="row"
        aria-rowindex={1}
        style={template}
        className="grid h-7 items-center gap-x-3 px-2 text-meta font-strong text-ink-2"
      >
        {columns.map(({ label, path }) => (
          <div
            key={path}
            role="columnheader"
            className="truncate"
            aria-sort={path === '/occurred_at' ? (isDown ? 'descending' : 'ascending') : undefined}
          >
            {path === '/occurred_at' ? (
              <button
                type="button"
                onClick={onOrder}
                className="cursor-pointer rounded font-strong hover:text-ink"
                title={isDown ? words.newestFirst : words.oldestFirst}
              >
                {label} <span aria-hidden="true">{isDown ? '↓' : '↑'}</span>
              </button>
            ) : (
              label
            )}
          </div>
        ))}
        <div role="columnheader">
          <span className="sr-only">{words.more}</span>
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  readonly line: Line | undefined;
  readonly index: number;
  readonly start: number;
  readonly height: number;
  readonly columns: readonly TableColumn[];
  readonly template: { readonly gridTemplateColumns: string };
  readonly isOpen: boolean;
  readonly isCurrent: boolean;
  /** The cell that the keys are in; −1: the row. */
  readonly column: number;
  readonly onOpen: (event: ReadEvent) => void;
  readonly menuOf: (event: ReadEvent) => readonly MenuItem[];
  readonly isMenuOpen: boolean;
  readonly onMenu: (open: boolean) => void;
  readonly onFocus: () => void;
  readonly onUnfold: (id: string) => void;
}

const ROW =
  'group absolute inset-x-0 grid cursor-pointer items-center gap-x-3 border-b border-line px-2 ' +
  'hover:bg-accent-tint aria-selected:bg-accent-tint outline-offset-[-2px]!';

function Row(props: RowProps) {
  const {
    line,
    index,
    start,
    height,
    columns,
    template,
    isOpen,
    isCurrent,
    column,
    onOpen,
    onFocus,
  } = props;
  const place = { ...template, height, transform: `translateY(${start}px)` };
  if (line === undefined) {
    return (
      <div style={place} className={ROW}>
        <span className="skeleton h-3 w-24" />
      </div>
    );
  }
  const { event, isChild } = line;
  return (
    <div
      role="row"
      part="row"
      data-line={index}
      aria-rowindex={index + 2}
      aria-selected={isOpen}
      tabIndex={isCurrent ? 0 : -1}
      style={place}
      className={ROW}
      onFocus={onFocus}
      onClick={() => onOpen(event)}
    >
      {columns.map((one, at) => (
        <div
          key={one.path}
          role="gridcell"
          aria-colindex={at + 1}
          className={classes(
            'min-w-0 truncate',
            isChild && at === 0 ? 'pl-5' : '',
            column === at ? 'rounded outline-2 outline-accent' : '',
          )}
        >
          <Cell column={one} columns={columns} event={event} isChild={isChild} />
          {at === 0 && height > HEIGHTS.dense && <Second event={event} />}
        </div>
      ))}
      <RowEnd {...props} line={line} />
    </div>
  );
}

/** The second line of comfortable rows: what names the event and where it came from. */
function Second({ event }: { event: ReadEvent }) {
  const { context, id } = event;
  const ip = typeof context?.ip === 'string' ? ` · ${context.ip}` : '';
  return (
    <div className="truncate font-mono text-meta text-ink-3">
      {id.slice(0, 8)}
      {ip}
    </div>
  );
}

function RowEnd({ line, menuOf, isMenuOpen, onMenu, onUnfold }: RowProps & { line: Line }) {
  const { words, locale } = useReader();
  const { event, folded } = line;
  return (
    <div role="gridcell" className="flex justify-end" onClick={(click) => click.stopPropagation()}>
      {folded > 0 && (
        <button
          type="button"
          className="cursor-pointer rounded px-1 text-meta text-accent hover:underline"
          aria-label={words.showChildren(number(folded, locale))}
          onClick={() => onUnfold(event.id)}
        >
          +{number(folded, locale)}
        </button>
      )}
      <span className="on-hover">
        <Menu
          label={words.rowMenu}
          items={menuOf(event)}
          open={isMenuOpen}
          onOpenChange={onMenu}
          trigger={
            <IconButton label={words.rowMenu} tabIndex={-1} className="min-h-6!">
              <MoreHorizontal className="icon" aria-hidden="true" />
            </IconButton>
          }
        />
      </span>
    </div>
  );
}
