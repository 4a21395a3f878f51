/**
 * What a log page knows and does: from its state to a search and its answers, and from what
 * somebody does to a new state. Draws nothing.
 */
import type { ReadEvent } from '@annals/contract/event';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { LogState } from '../find/log-state.ts';
import { edited, onlyValue, withoutValue } from '../find/query-edit.ts';
import { type Range, readRange } from '../find/range.ts';
import { lineAt, lineOf } from '../find/rows.ts';
import { copyText } from '../look/copy.ts';
import type { MenuItem } from '../look/popup.tsx';
import { type CatalogView, type Reader, useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import { columnsOf, type TableColumn } from './cells.tsx';
import { keepLast } from './kept-searches.ts';
import type { LogPart } from './log-header.tsx';
import type { Lens } from './question.ts';
import { menuOfEvent } from './row-menu.ts';
import type { TableHandle } from './table.tsx';
import { type Trouble, troubleOf } from './troubles.ts';
import { useCount, useFacets, useHistogram } from './use-answers.ts';
import { useLive } from './use-live.ts';
import { useRows } from './use-rows.ts';
import { useSearch } from './use-search.ts';

export interface LogInput {
  readonly view: CatalogView;
  readonly lens: Lens;
  readonly state: LogState;
  /** `isStep`: worth going back to. */
  readonly onState: (state: LogState, isStep: boolean) => void;
  readonly hidden: ReadonlySet<LogPart>;
  /** An address for what is shown; undefined: there is none. */
  readonly linkOf: ((state: LogState) => string) | undefined;
  readonly onOpened?: ((id: string) => void) | undefined;
}

/** What is open above the page. */
export type Shown = 'time' | 'export' | 'keys' | 'sheet' | undefined;

export type LogModel = ReturnType<typeof useLog>;

/** Ranges that were zoomed out of, to go back to. */
function useZoom(range: Range, change: (next: Partial<LogState>) => void) {
  const [before, setBefore] = useState<readonly Range[]>([]);
  const last = before.at(-1);
  return {
    setRange: (next: Range) => {
      setBefore([]);
      change({ range: next, isLive: false });
    },
    zoom: (next: { readonly from: number; readonly to: number }) => {
      setBefore([...before, range]);
      change({ range: { kind: 'moments', ...next }, isLive: false });
    },
    unzoom:
      last &&
      (() => {
        setBefore(before.slice(0, -1));
        change({ range: last });
      }),
  };
}

/** What was said last, for those who hear the page. */
function useSaid(text: string | undefined) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (text !== undefined) setSaid(text);
  }, [text]);
  return [said, setSaid] as const;
}

/** Columns that somebody chose, in the order of the view; all of them if none is known. */
function chosenColumns(
  view: CatalogView,
  reader: Reader,
  chosen: LogState['columns'],
): readonly TableColumn[] {
  const columns = columnsOf(view, reader);
  const known = columns.filter(({ path }) => chosen?.includes(path));
  return known.length === 0 ? columns : known;
}

const filterLabels = (view: CatalogView): ReadonlyMap<string, string> =>
  new Map(view.filters.map(({ key, label }) => [key, label]));

/** Search and answers of the state. */
function useAnswers({ view, lens, state, hidden }: LogInput, run: number) {
  const { words, locale } = useReader();
  const search = useSearch(view, lens, state, run);
  const rows = useRows(search);
  const count = useCount(search).data;
  const histogram = useHistogram(hidden.has('histogram') ? undefined : search).data;
  const facets = useFacets(hidden.has('facets') ? undefined : search);
  const trouble: Trouble | undefined =
    rows.error === undefined ? undefined : troubleOf(rows.error, words, filterLabels(view));
  const total = count && `${number(count.count, locale)}${count.exact ? '' : '+'}`;
  return { search, rows, count, histogram, facets, trouble, total };
}

export function useLog(input: LogInput, scroller: RefObject<HTMLDivElement | null>) {
  const { view, lens, state, onState, linkOf } = input;
  const reader = useReader();
  const { words, storageName } = reader;
  const table = useRef<TableHandle>(null);
  const [run, setRun] = useState(0);
  const [shown, setShown] = useState<Shown>();
  const answers = useAnswers(input, run);
  const { rows, total } = answers;
  const [said, setSaid] = useSaid(
    rows.isLoading || total === undefined ? undefined : words.events(total),
  );
  const columns = useMemo(
    () => chosenColumns(view, reader, state.columns),
    [view, reader, state.columns],
  );
  const change = (next: Partial<LogState>) => onState({ ...state, ...next }, true);
  const setQuery = (q: string) => (q === state.q ? setRun(run + 1) : change({ q }));
  const zooming = useZoom(state.range, change);
  const live = useLive({
    search: answers.search,
    range: state.range,
    isLive: state.isLive && view.live,
    isAtTop: () => (scroller.current?.scrollTop ?? 0) < 4,
    onEvents: rows.prepend,
    onOver: (error) => {
      onState({ ...state, isLive: false }, false);
      if (error !== undefined) setSaid(troubleOf(error, words).text);
    },
  });
  useEffect(() => keepLast(storageName, state.q), [storageName, state.q]);
  const copy = (text: string, done?: string) => void copyText(text, words, done).then(setSaid);
  const link = linkOf && (() => linkOf(state));
  const opening = useOpening(input, answers.rows, table);
  return {
    ...answers,
    ...zooming,
    ...opening,
    columns,
    change,
    setQuery,
    live,
    table,
    shown,
    setShown,
    said,
    setSaid,
    link,
    toggleLive: () => {
      const isLive = !state.isLive;
      const isNow = state.range.kind === 'last';
      change({
        isLive,
        order: 'desc',
        range: isLive && !isNow ? readRange({ from: 'now-15m' }) : state.range,
      });
    },
    copyLink: () => {
      if (link) copy(link(), words.linkCopied);
    },
    menuOf: (event: ReadEvent): MenuItem[] =>
      menuOfEvent(event, reader, {
        only: (key, value) => setQuery(edited(state.q, (q) => onlyValue(q, { key }, value))),
        without: (key, value) => setQuery(edited(state.q, (q) => withoutValue(q, { key }, value))),
        copy: (text) => copy(text, words.copied),
        view: lens.view,
      }),
  };
}

/** Opening an event, going to its neighbours, and back to its row. */
function useOpening(
  { state, onState, onOpened }: LogInput,
  { rows }: ReturnType<typeof useRows>,
  table: RefObject<TableHandle | null>,
) {
  const at = state.event === undefined ? -1 : lineOf(rows, state.event);
  const open = ({ id }: ReadEvent) => {
    onState({ ...state, event: id }, state.event === undefined);
    onOpened?.(id);
  };
  const step = (by: number) => {
    const line = lineAt(rows, at + by);
    if (at !== -1 && line) open(line.event);
  };
  const close = () => {
    onState({ ...state, event: undefined }, false);
    requestAnimationFrame(() => table.current?.focus());
  };
  return { at, open, step, close };
}
