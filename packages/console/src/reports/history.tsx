/** The history of files of a tenant's log: who asked for each, and what became of it. */

import type { Export, ExportPage } from '@annals/sdk';
import { State } from '@annals/viewer/log/states.tsx';
import { useNarrow } from '@annals/viewer/log/use-narrow';
import { Button, ButtonLink } from '@annals/viewer/look/button.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { bytesText, number } from '@annals/viewer/words/format';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { Answered, Earlier, Moment, Table, useDoing } from '../parts.tsx';

/** How often it is looked how far files are, in ms: while some are made, and otherwise. */
const LOOK_MS = { making: 1_000, idle: 30_000 } as const;
const PAGE = 50;

const isMade = ({ state }: Export): boolean => state === 'waiting' || state === 'running';

const useHistory = () => {
  const { client, tenantId } = useReader();
  return useInfiniteQuery({
    queryKey: ['exports', tenantId],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      client.exports.list(
        {
          ...{ tenant_id: tenantId, limit: PAGE },
          ...(pageParam === undefined ? {} : { cursor: pageParam }),
        },
        { signal },
      ),
    getNextPageParam: ({ next_cursor: next }: ExportPage) => next ?? undefined,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ exports }) => exports.some(isMade)) ? LOOK_MS.making : LOOK_MS.idle,
  });
};

export function History() {
  const query = useHistory();
  return (
    <>
      <Answered query={query}>
        {({ pages }) => {
          const exports = pages.flatMap((page) => page.exports);
          return exports.length === 0 ? (
            <State>No file has left this log yet.</State>
          ) : (
            <Files exports={exports} />
          );
        }}
      </Answered>
      <Earlier query={query} />
    </>
  );
}

const HEAD = ['Requested by', 'Type', 'File', 'Generated', 'Status', ''];

const requesterOf = ({ requested_by: { name, id, type } }: Export): string => name ?? id ?? type;

/** Below this width there is no room for columns, in px. */
const TABLE_LEAST = 720;

function Files({ exports }: { exports: readonly Export[] }) {
  const { run, note } = useDoing();
  const element = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow(element) < TABLE_LEAST;
  return (
    <div ref={element}>
      {note}
      {isNarrow ? <Items exports={exports} run={run} /> : <Columns exports={exports} run={run} />}
    </div>
  );
}

interface Shown {
  readonly exports: readonly Export[];
  readonly run: Run;
}

function Items({ exports, run }: Shown) {
  return (
    <ul>
      {exports.map((made) => (
        <li key={made.export_id} className="flex flex-col gap-1 border-b border-line py-3">
          <FileOf made={made} />
          <p className="text-meta text-ink-2">
            {made.view_label} · {requesterOf(made)} · <Moment iso={made.created_at} />
          </p>
          <div className="flex items-start justify-between gap-3">
            <div>
              <Status made={made} />
            </div>
            <Doing made={made} run={run} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Columns({ exports, run }: Shown) {
  return (
    <Table head={HEAD}>
      {exports.map((made) => (
        <tr key={made.export_id}>
          <td className="break-words">{requesterOf(made)}</td>
          <td className="whitespace-nowrap">{made.view_label}</td>
          <td className="min-w-56">
            <FileOf made={made} />
          </td>
          <td>
            <Moment iso={made.created_at} />
          </td>
          <td>
            <Status made={made} />
          </td>
          <td className="text-right whitespace-nowrap">
            <Doing made={made} run={run} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

const rangeWords = ({ from, to }: Export) => {
  if (from === null && to === null) return 'all of it';
  return (
    <>
      {from === null ? 'from the beginning' : <Moment iso={from} />}
      {' – '}
      {to === null ? 'its end' : <Moment iso={to} />}
    </>
  );
};

/** What is in the file, in short, and all of it when it is opened. */
function FileOf({ made }: { made: Export }) {
  const { locale, words } = useReader();
  const { name, format, rows, bytes, subject, q, sha256, expires_at: until, run } = made;
  const late = run !== null && run.late > 0 ? ` · ${number(run.late, locale)} late` : '';
  const size = bytes === null ? '' : ` · ${bytesText(bytes, locale)}`;
  return (
    <details>
      <summary className="cursor-pointer">
        <span className="break-words">{name}</span>
        <span className="block pl-3.5 text-meta text-ink-3">
          {format.toUpperCase()} · {words.events(number(rows, locale))}
          {size}
        </span>
        {run !== null && (
          <span className="block pl-3.5 text-meta text-ink-3">By template{late}</span>
        )}
      </summary>
      <dl
        className={
          'mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 pl-3.5 text-meta ' +
          '[&_dd]:break-all [&_dt]:text-ink-2'
        }
      >
        <dt>Time</dt>
        <dd>{rangeWords(made)}</dd>
        {subject !== null && (
          <>
            <dt>Of</dt>
            <dd>{subject}</dd>
          </>
        )}
        {q !== null && (
          <>
            <dt>Query</dt>
            <dd className="font-mono">{q}</dd>
          </>
        )}
        <dt>State of</dt>
        <dd>
          <Moment iso={made.as_of} />
        </dd>
        {sha256 !== null && (
          <>
            <dt>SHA-256</dt>
            <dd className="font-mono">{sha256}</dd>
          </>
        )}
        {until !== null && made.file !== null && (
          <>
            <dt>Kept until</dt>
            <dd>
              <Moment iso={until} />
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}

export const FILE_STATES: Readonly<Record<Export['state'], string>> = {
  waiting: 'Waiting',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  expired: 'Expired',
};

function Status({ made }: { made: Export }) {
  const { locale } = useReader();
  const { state, rows, expected, reason } = made;
  const share =
    state !== 'running'
      ? ''
      : expected?.exact && expected.rows > 0
        ? ` ${Math.min(99, Math.floor((rows / expected.rows) * 100))} %`
        : ` ${number(rows, locale)}`;
  const isBad = state === 'failed';
  return (
    <>
      <span className={`whitespace-nowrap ${isBad ? 'text-failure' : ''}`}>
        {isBad && <span aria-hidden="true">✕ </span>}
        {FILE_STATES[state]}
        {share}
      </span>
      {reason !== null && <span className="block max-w-64 text-meta text-ink-2">{reason}</span>}
    </>
  );
}

type Run = ReturnType<typeof useDoing>['run'];
const AGAIN: readonly Export['state'][] = ['failed', 'cancelled', 'expired'];

function Doing({ made, run }: { made: Export; run: Run }) {
  const { client } = useReader();
  if (made.file !== null) {
    return (
      <ButtonLink href={client.exports.fileUrl(made)} download={made.file}>
        Download
        <span className="sr-only"> {made.file}</span>
      </ButtonLink>
    );
  }
  if (isMade(made)) {
    return <Button onClick={() => void run(() => client.exports.cancel(made))}>Cancel</Button>;
  }
  if (!AGAIN.includes(made.state)) return null;
  return <Button onClick={() => void run(() => client.exports.retry(made))}>Try again</Button>;
}
