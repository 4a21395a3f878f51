/**
 * The log page: a question, its time, and everything that answers it. The state is the page's
 * around it (an address, a host); this only asks to change it.
 */
import { type ReactNode, useRef } from 'react';
import { reachStart } from '../find/limits.ts';
import { lineAt } from '../find/rows.ts';
import { useReader } from '../reader.tsx';
import { Drawer } from './drawer.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { FacetList } from './facets.tsx';
import { Filters, missingFilters } from './filters.tsx';
import { Histogram } from './histogram.tsx';
import { Items } from './items.tsx';
import { KeysDialog, useKeys } from './keys.tsx';
import { LogHeader, type LogPart } from './log-header.tsx';
import { type Asked, LogLinkProvider } from './log-link.tsx';
import { Notices } from './notices.tsx';
import { Outcome } from './outcome.tsx';
import { Printed } from './printed.tsx';
import { QueryBar } from './query-bar.tsx';
import { Sheet } from './sheet.tsx';
import { StatusLine } from './status-line.tsx';
import { Table } from './table.tsx';
import { TimePicker } from './time-picker.tsx';
import { type LogInput, type LogModel, type Shown, useLog } from './use-log.ts';
import { useNarrow } from './use-narrow.ts';

export interface LogProps extends Omit<LogInput, 'hidden'> {
  /** Whose log it is: stands first among the filters and cannot be taken away. */
  readonly locked?: ReactNode;
  readonly hidden?: ReadonlySet<LogPart>;
  /** In the console keys count on the whole page. */
  readonly isWholePage: boolean;
  /** Whether there is a page that has the history of files. */
  readonly hasReports?: boolean;
  readonly onExported?: (name: string) => void;
}

const NONE: ReadonlySet<LogPart> = new Set();
/** Below this width an event takes the place of the list, below the other the list is of items. */
const DRAWER_LEAST = 1_024;
const TABLE_LEAST = 720;
/** Beside an open event facets have room from this width on. */
const FACETS_LEAST = 1_500;

interface Part {
  readonly props: LogProps & { readonly hidden: ReadonlySet<LogPart> };
  readonly log: LogModel;
  readonly isNarrow: boolean;
  readonly scroller: React.RefObject<HTMLDivElement | null>;
  readonly query: React.RefObject<HTMLInputElement | null>;
}

export function Log(given: LogProps) {
  const props = { ...given, hidden: given.hidden ?? NONE };
  const { state, isWholePage, hidden, view } = props;
  const root = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const query = useRef<HTMLInputElement>(null);
  const width = useNarrow(root);
  const log = useLog(props, scroller);
  useKeys(
    {
      query: () => query.current?.focus(),
      time: () => log.setShown('time'),
      down: () => log.table.current?.move(1),
      up: () => log.table.current?.move(-1),
      previousEvent: () => log.step(-1),
      nextEvent: () => log.step(1),
      rowMenu: () => log.table.current?.openMenu(),
      ...(hidden.has('export') ? {} : { export: () => log.setShown('export') }),
      ...(view.live ? { live: log.toggleLive } : {}),
      link: log.copyLink,
      keys: () => log.setShown('keys'),
    },
    isWholePage ? null : root,
  );
  const part: Part = { props, log, isNarrow: width < TABLE_LEAST, scroller, query };
  const isPage = state.event !== undefined && width < DRAWER_LEAST;
  const showLog = ({ q, range }: Asked) => log.change({ q, range, event: undefined });
  return (
    <LogLinkProvider value={showLog}>
      <div ref={root} className="flex min-h-0 grow flex-col gap-2">
        {!isPage && <Top {...part} />}
        <div className="flex min-h-0 grow gap-4">
          {!isPage && (
            <List {...part} hasFacets={state.event === undefined || width >= FACETS_LEAST} />
          )}
          <OpenEvent {...part} />
        </div>
        <p className="sr-only" role="status" aria-live="polite">
          {log.said}
        </p>
        <Dialogs {...part} />
        {isWholePage && (
          <Printed
            rows={log.rows}
            columns={log.columns}
            state={state}
            total={log.count?.exact ? log.count.count : undefined}
            link={given.linkOf?.(state)}
          />
        )}
      </div>
    </LogLinkProvider>
  );
}

/** Opens and closes one of the things above the page. */
const opener =
  ({ setShown }: LogModel, name: Exclude<Shown, undefined>) =>
  (isOpen: boolean) =>
    setShown(isOpen ? name : undefined);

function FilterRow({ props, log }: Part) {
  const { view, lens, state, locked = null } = props;
  return <Filters view={view} lens={lens} q={state.q} onQuery={log.setQuery} locked={locked} />;
}

function FacetColumn({ props, log }: Part) {
  return (
    <FacetList search={log.search} answer={log.facets} q={props.state.q} onQuery={log.setQuery} />
  );
}

function Top(part: Part) {
  const { props, log, isNarrow, query } = part;
  const { view, lens, state, hidden, onState } = props;
  const { zone } = useReader();
  const now = Date.now();
  return (
    <>
      <LogHeader
        view={view}
        state={state}
        onState={onState}
        hidden={hidden}
        live={log.live}
        onLive={log.toggleLive}
        onExport={() => log.setShown('export')}
        onSaid={log.setSaid}
      />
      <Notices notices={log.rows.notices} delay={view.delay} />
      <div className="flex flex-wrap items-start gap-2">
        {!hidden.has('query') && (
          <QueryBar
            lens={lens}
            value={state.q}
            inputRef={query}
            problem={log.trouble?.kind === 'query' ? log.trouble.text : undefined}
            onSearch={(q, range) => (range ? log.change({ q, range }) : log.setQuery(q))}
          />
        )}
        <TimePicker
          range={state.range}
          limits={view}
          onRange={log.setRange}
          open={log.shown === 'time'}
          onOpen={opener(log, 'time')}
        />
        {isNarrow && (
          <Sheet open={log.shown === 'sheet'} onOpenChange={opener(log, 'sheet')}>
            {!hidden.has('filters') && <FilterRow {...part} />}
            {!hidden.has('facets') && <FacetColumn {...part} />}
          </Sheet>
        )}
      </div>
      {!isNarrow && !hidden.has('filters') && <FilterRow {...part} />}
      {!hidden.has('histogram') && log.search && (
        <Histogram
          answer={log.histogram}
          reach={{ from: reachStart(view, zone, now), to: now }}
          onZoom={log.zoom}
          onUndo={log.unzoom}
        />
      )}
    </>
  );
}

function List(part: Part & { readonly hasFacets: boolean }) {
  const { props, log, isNarrow, scroller, hasFacets } = part;
  const { view, lens, state, hidden } = props;
  const { words, density } = useReader();
  const { rows, isLoading, asOf } = log.rows;
  // Before the first answer nobody knows.
  const isEmpty = rows.count === 0 && !isLoading && asOf !== undefined;
  const hasRows = log.search !== undefined && (rows.count > 0 || isLoading);
  return (
    <>
      {!isNarrow && hasFacets && !hidden.has('facets') && log.search && (
        <div className="w-58 shrink-0 overflow-y-auto pr-1">
          <FacetColumn {...part} />
        </div>
      )}
      <div className="flex min-w-0 grow flex-col">
        <div
          ref={scroller}
          part="table"
          className="min-h-0 grow overflow-auto"
          data-density={density}
        >
          <Outcome
            search={log.search}
            rows={log.rows}
            trouble={log.trouble}
            missing={missingFilters(view, state.q)}
            isEmpty={isEmpty}
            state={state}
            limits={view}
            lens={lens}
            onQuery={log.setQuery}
            onRange={log.setRange}
          />
          {hasRows && isNarrow && (
            <Items rows={log.rows} onOpen={log.open} scroller={scroller} label={words.table} />
          )}
          {hasRows && !isNarrow && (
            <Table
              ref={log.table}
              rows={log.rows}
              columns={log.columns}
              order={state.order}
              onOrder={() => log.change({ order: state.order === 'desc' ? 'asc' : 'desc' })}
              total={log.count?.exact ? log.count.count : undefined}
              openId={state.event}
              onOpen={log.open}
              menuOf={log.menuOf}
              scroller={scroller}
              label={words.table}
            />
          )}
        </div>
        <StatusLine rows={log.rows} onKeys={() => log.setShown('keys')} />
      </div>
    </>
  );
}

function OpenEvent({ props, log, isNarrow }: Part) {
  const { state, lens } = props;
  if (state.event === undefined) return null;
  const isListed = log.at !== -1;
  return (
    <Drawer
      id={state.event}
      lens={lens}
      known={lineAt(log.rows.rows, log.at)?.event}
      position={isListed ? log.at + 1 : undefined}
      total={log.total}
      onStep={isListed ? log.step : undefined}
      onClose={log.close}
      linkOf={log.link}
      onSaid={log.setSaid}
      isNarrow={isNarrow}
    />
  );
}

function Dialogs({ props, log }: Part) {
  const { view, state, hasReports = false, onExported } = props;
  return (
    <>
      {log.search && (
        <ExportDialog
          open={log.shown === 'export'}
          onOpenChange={opener(log, 'export')}
          view={view}
          search={log.search}
          range={state.range}
          count={log.count}
          hasReports={hasReports}
          onSaid={log.setSaid}
          onExported={onExported}
        />
      )}
      <KeysDialog open={log.shown === 'keys'} onOpenChange={opener(log, 'keys')} />
    </>
  );
}
