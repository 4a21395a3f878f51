/** Templates: questions asked again and again, when each runs, and what became of its last run. */
import { RANGE_WORDS, scheduleWords } from '@annals/contract/schedule';
import type { Report } from '@annals/sdk';
import { State } from '@annals/viewer/log/states.tsx';
import { useNarrow } from '@annals/viewer/log/use-narrow';
import { Button } from '@annals/viewer/look/button.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { weekdayMoment } from '@annals/viewer/words/format';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { type ReactNode, useId, useRef, useState } from 'react';
import { Answered, Moment, Table, useDoing } from '../parts.tsx';
import { tenantPath } from '../paths.ts';
import { FILE_STATES } from './history.tsx';
import { TemplateActions } from './template-actions.tsx';
import { TemplateDetails } from './template-details.tsx';
import { viewsFor } from './views.ts';

/** How often it is looked what became of runs, in ms: while one is made, and otherwise. */
const LOOK_MS = { making: 1_000, idle: 30_000 } as const;
const TENANT = '/signed-in/p/$project/$tenant' as const;
const LINK = 'text-accent hover:underline';

const isMaking = ({ last_run: last }: Report): boolean =>
  last?.state === 'waiting' || last?.state === 'running';

const useTemplates = () => {
  const { client, tenantId, catalog } = useReader();
  return useQuery({
    queryKey: ['reports', tenantId],
    queryFn: ({ signal }) => client.reports.list({ tenant_id: tenantId }, { signal }),
    // Whoever looks in another role's stead sees what that role does.
    select: (reports: Report[]) =>
      reports.filter(({ view }) =>
        catalog.views.some((one) => one.view === view && one.capabilities.includes('schedule')),
      ),
    refetchInterval: ({ state: { data } }) =>
      data?.some(isMaking) ? LOOK_MS.making : LOOK_MS.idle,
  });
};

/** For whoever may make one: what others lend with their eyes, they do not. */
export function NewTemplateButton() {
  const { catalog, asRole } = useReader();
  const place = useParams({ from: TENANT });
  const navigate = useNavigate();
  if (asRole !== undefined || viewsFor('schedule', catalog.views).length === 0) return null;
  const to = tenantPath(place, 'reports/templates/new');
  return <Button onClick={() => void navigate({ to })}>New template</Button>;
}

export function Templates() {
  const query = useTemplates();
  return (
    <Answered query={query}>
      {(reports) => (reports.length === 0 ? <Nothing /> : <List reports={reports} />)}
    </Answered>
  );
}

function Nothing() {
  return (
    <State>
      <p className="max-w-2xl">
        A template asks the same question again and again: every night, every Monday, or when
        somebody runs it. Each time a file is made, kept in Export history, and sent to whom you
        name.
      </p>
      <NewTemplateButton />
    </State>
  );
}

/** Below this width there is no room for columns, in px. */
const TABLE_LEAST = 860;
const HEAD = ['Title', 'When', 'Next run', 'Last run', 'State', 'Owner', ''];

function List({ reports }: { reports: readonly Report[] }) {
  const element = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow(element) < TABLE_LEAST;
  const rows = reports.map((report) => (
    <Row key={report.report_id} report={report} isNarrow={isNarrow} />
  ));
  return <div ref={element}>{isNarrow ? <ul>{rows}</ul> : <Table head={HEAD}>{rows}</Table>}</div>;
}

function Row({ report, isNarrow }: { report: Report; isNarrow: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const { run, note, isBusy } = useDoing();
  const id = useId();
  const title = <Title report={report} id={id} isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />;
  const details = isOpen && (
    <div id={id} className="pb-2 pl-5">
      <TemplateDetails report={report} />
    </div>
  );
  const actions = <TemplateActions report={report} run={run} isBusy={isBusy} />;
  const Shape = isNarrow ? Item : Line;
  return <Shape {...{ report, title, details, actions, note }} />;
}

interface Shown {
  readonly report: Report;
  readonly title: ReactNode;
  readonly details: ReactNode;
  readonly actions: ReactNode;
  readonly note: ReactNode;
}

function Line({ report, title, details, actions, note }: Shown) {
  const hasMore = Boolean(details || note);
  return (
    <>
      <tr className={hasMore ? 'border-none!' : ''}>
        <td className="min-w-52">{title}</td>
        <td className="min-w-36">
          <When report={report} />
        </td>
        <td>
          <Moment iso={report.next_runs[0] ?? null} as={weekdayMoment} />
        </td>
        <td>
          <LastRun report={report} />
        </td>
        <td>
          <StateOf report={report} />
        </td>
        <td className="break-words">{ownerOf(report)}</td>
        <td>{actions}</td>
      </tr>
      {hasMore && (
        <tr>
          <td colSpan={HEAD.length}>
            {note && <div className="pb-2 pl-5">{note}</div>}
            {details}
          </td>
        </tr>
      )}
    </>
  );
}

function Item({ report, title, details, actions, note }: Shown) {
  return (
    <li className="flex flex-col gap-1 border-b border-line py-3">
      {title}
      <div className="flex flex-col gap-2 pl-5">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-meta [&_dt]:text-ink-2">
          <dt>When</dt>
          <dd>
            <When report={report} />
          </dd>
          <dt>Next run</dt>
          <dd>
            <Moment iso={report.next_runs[0] ?? null} as={weekdayMoment} />
          </dd>
          <dt>Last run</dt>
          <dd>
            <LastRun report={report} />
          </dd>
          <dt>Owner</dt>
          <dd>{ownerOf(report)}</dd>
        </dl>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <div>
            <StateOf report={report} />
          </div>
          {actions}
        </div>
        {note}
      </div>
      {details}
    </li>
  );
}

const ownerOf = ({ owner: { name, id, type } }: Report): string => name ?? id ?? type;

function Title({
  report,
  id,
  isOpen,
  onToggle,
}: {
  report: Report;
  id: string;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { title, view_label: label, range, format } = report;
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      {...(isOpen ? { 'aria-controls': id } : {})}
      onClick={onToggle}
      className="grid cursor-pointer grid-cols-[auto_1fr] items-start gap-x-1 text-left"
    >
      <ChevronRight
        className={`icon mt-0.5 text-ink-3 ${isOpen ? 'rotate-90' : ''}`}
        aria-hidden="true"
      />
      <span className="break-words">{title}</span>
      <span className="col-start-2 text-meta text-ink-3">
        {label} · {RANGE_WORDS[range]} · {format.toUpperCase()}
      </span>
    </button>
  );
}

function When({ report: { schedule, time_zone: zone } }: { report: Report }) {
  if (schedule === null) return <>Only when run</>;
  return (
    <>
      {scheduleWords(schedule)}
      <span className="block text-meta whitespace-nowrap text-ink-3">{zone}</span>
    </>
  );
}

function LastRun({ report: { last_run: last } }: { report: Report }) {
  const place = useParams({ from: TENANT });
  if (last === null) return <span className="text-ink-3">None yet</span>;
  const isBad = last.state === 'failed';
  return (
    <>
      <Link to={tenantPath(place, 'reports')} className={isBad ? 'text-failure' : LINK}>
        {isBad && <span aria-hidden="true">✕ </span>}
        {FILE_STATES[last.state]}
      </Link>
      <span className="block text-meta text-ink-3">
        <Moment iso={last.created_at} />
      </span>
    </>
  );
}

const STATES: Readonly<Record<Report['state'], string>> = {
  active: 'Active',
  paused: 'Paused',
  stopped: 'Stopped',
};

function StateOf({ report: { state, reason } }: { report: Report }) {
  const isBad = state === 'stopped';
  return (
    <>
      <span className={`whitespace-nowrap ${isBad ? 'text-failure' : ''}`}>
        {isBad && <span aria-hidden="true">✕ </span>}
        {STATES[state]}
      </span>
      {reason !== null && <span className="block max-w-64 text-meta text-ink-2">{reason}</span>}
    </>
  );
}
