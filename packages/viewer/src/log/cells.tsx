/** What stands in the cells of the table: times, people, records, what happened, with its mark. */
import { type Column, cellOf } from '@annals/contract/cells';
import type { ReadEvent } from '@annals/contract/event';
import { activityOf, isErased, nameOf } from '@annals/contract/values';
import type { ReactNode } from 'react';
import { ValueIcon } from '../look/icons.tsx';
import { type CatalogView, type Reader, resourceLabels, useReader } from '../reader.tsx';
import { clock, fullMoment, relative, shortDate } from '../words/format.ts';
import { valueWord } from './value-word.ts';

/** A column of the table: of the view, or one of ours where a view has none. */
export interface TableColumn extends Column {
  readonly kind: 'time' | 'who' | 'what' | 'outcome' | 'value';
  /** Whether each row is of the same person: whose name need not be said again. */
  readonly isOfOne: boolean;
  /** Share of the width. */
  readonly width: string;
}

export function actorName(actor: ReadEvent['actor'], { words }: Pick<Reader, 'words'>): string {
  return nameOf(actor) ?? (isErased(actor.name) ? words.erased : words.actorTypes[actor.type]);
}

const KINDS: Readonly<Record<string, TableColumn['kind']>> = {
  '/occurred_at': 'time',
  '/received_at': 'time',
  actor: 'who',
  '/actor/name': 'who',
  sentence: 'what',
  activity: 'what',
  '/outcome/result': 'outcome',
};
/** Columns of values that have words, with the field that they are of. */
const WORDED: Readonly<Record<string, string>> = {
  '/severity': 'severity',
  '/operation': 'operation',
  '/source/initiator': 'initiator',
  '/source/application': 'application',
  '/actor/type': 'actor.type',
};
/** Of the body's text: the head's is smaller, and its columns must be as wide. */
const ems = (count: number): string => `calc(var(--annals-font-size) * ${count})`;
const WIDTHS: Readonly<Record<TableColumn['kind'], string>> = {
  time: ems(10.5),
  who: `minmax(${ems(7.5)}, 1.5fr)`,
  what: `minmax(${ems(12)}, 4fr)`,
  outcome: ems(7.5),
  value: `minmax(${ems(6)}, 1.2fr)`,
};

/** Columns whose values are known to be short, or to be useless when they are cut. */
const SHORT: Readonly<Record<string, string>> = {
  '/severity': ems(5),
  '/context/ip': `minmax(${ems(8.5)}, 0.8fr)`,
};

/** Columns of a view; those that everybody needs where it has none. */
export function columnsOf(
  { columns: own, binding }: CatalogView,
  { words }: Pick<Reader, 'words'>,
): TableColumn[] {
  const usual = [
    { path: '/occurred_at', label: words.columns.when },
    { path: 'actor', label: words.columns.who },
    { path: 'sentence', label: words.columns.what },
  ];
  const columns = own.length > 0 ? own : usual;
  return columns.map((column) => {
    const kind = KINDS[column.path] ?? 'value';
    const width = SHORT[column.path] ?? WIDTHS[kind];
    return { ...column, kind, width, isOfOne: binding === 'actor' };
  });
}

/** The sentence without who it is about, where that stands in a column of its own. */
function whatHappened(event: ReadEvent, reader: Reader, hasWho: boolean): string {
  const { sentence, activity, action, targets } = event;
  if (sentence !== undefined) {
    const who = `${actorName(event.actor, reader)} `;
    // "Lee Park (support), as Dana Keller, opened …" is not cut: what is left would begin oddly.
    const isCut = hasWho && sentence.startsWith(who) && /^\p{L}/u.test(sentence.slice(who.length));
    return isCut ? sentence.slice(who.length) : sentence;
  }
  const about = targets?.map(nameOf).find((name) => name !== undefined);
  const what = activity ?? activityOf(action);
  return about === undefined ? what : `${what}: ${about}`;
}

const MARKED: Readonly<Record<string, string>> = { failure: 'text-failure', denied: 'text-denied' };
export const outcomeInk = (result: string | undefined): string => MARKED[result ?? ''] ?? '';

/** Failure and denial; success is plain ink and has no mark. */
export function OutcomeMark({ event }: { event: ReadEvent }) {
  const { words } = useReader();
  const result = event.outcome?.result;
  if (result === undefined || !(result in MARKED)) return null;
  return (
    <span className={`inline-flex items-center gap-1 ${outcomeInk(result)}`} data-outcome={result}>
      <ValueIcon of="outcome" value={result} />
      <span className="sr-only">{`${words.outcomes[result]} `}</span>
    </span>
  );
}

export function When({ iso, isChild = false }: { iso: string; isChild?: boolean }) {
  const reader = useReader();
  const ms = Date.parse(iso);
  return (
    <time
      dateTime={iso}
      title={`${fullMoment(ms, reader)} · ${relative(ms, reader.locale)}`}
      className={isChild ? 'text-ink-3' : ''}
    >
      <span className="text-ink-2">{shortDate(ms, reader)}</span> {clock(ms, reader)}
    </time>
  );
}

function Who({ event }: { event: ReadEvent }) {
  const reader = useReader();
  const { actor, on_behalf_of } = event;
  const principal = on_behalf_of?.map(nameOf).find((name) => name !== undefined);
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      {actor.type !== 'user' && (
        <span className="inline-flex text-ink-3" title={reader.words.actorTypes[actor.type]}>
          <ValueIcon of="actor" value={actor.type} />
          <span className="sr-only">{`${reader.words.actorTypes[actor.type]} `}</span>
        </span>
      )}
      <span className="truncate">
        {actorName(actor, reader)}
        {principal !== undefined && (
          <span className="text-ink-3"> {reader.words.onBehalfOf(principal)}</span>
        )}
      </span>
    </span>
  );
}

/** The moment that a column of times shows. */
export const timeIn = ({ path }: TableColumn, event: ReadEvent): string =>
  path === '/received_at' ? event.received_at : event.occurred_at;

interface CellProps {
  readonly column: TableColumn;
  readonly columns: readonly TableColumn[];
  readonly event: ReadEvent;
  readonly isChild: boolean;
}

export function Cell({ column, columns, event, isChild }: CellProps): ReactNode {
  const reader = useReader();
  const result = event.outcome?.result;
  switch (column.kind) {
    case 'time':
      return <When iso={timeIn(column, event)} isChild={isChild} />;
    case 'who':
      return <Who event={event} />;
    case 'outcome':
      return result === undefined ? null : (
        <span className={`flex items-center gap-1.5 ${outcomeInk(result)}`} data-outcome={result}>
          <ValueIcon of="outcome" value={result} />
          {reader.words.outcomes[result]}
        </span>
      );
    case 'what': {
      const hasWho = column.isOfOne || columns.some(({ kind }) => kind === 'who');
      const hasOutcome = columns.some(({ kind }) => kind === 'outcome');
      const said =
        column.path === 'activity'
          ? (event.activity ?? activityOf(event.action))
          : whatHappened(event, reader, hasWho);
      return (
        <span
          className={`flex min-w-0 items-center gap-1.5 ${hasOutcome ? '' : outcomeInk(result)}`}
        >
          {isChild && (
            <span aria-hidden="true" className="text-ink-3">
              ↳
            </span>
          )}
          {!hasOutcome && <OutcomeMark event={event} />}
          <span className="truncate" title={said}>
            {said}
          </span>
        </span>
      );
    }
    case 'value':
      return <Plain column={column} event={event} />;
  }
}

function Plain({ column, event }: { column: TableColumn; event: ReadEvent }) {
  const reader = useReader();
  const columns = { columns: [], resources: resourceLabels(reader.catalog) };
  const text = cellOf(column, columns, (iso) => fullMoment(Date.parse(iso), reader))(event);
  const field = WORDED[column.path];
  const value = field === undefined || !text ? text : valueWord(field, { value: text }, reader);
  return (
    <span className="truncate" title={value}>
      {value}
    </span>
  );
}
