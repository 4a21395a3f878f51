/** What was found: a sentence, a figure beside the usual one, its events, what is said of it. */
import { type FindingState, findingSentence, lowOf } from '@annals/contract/finding';
import type { Finding, FindingPage } from '@annals/sdk';
import { State } from '@annals/viewer/log/states.tsx';
import { Button, ButtonLink } from '@annals/viewer/look/button.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { date, number, rangeText } from '@annals/viewer/words/format';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Answered, Earlier, Moment } from '../parts.tsx';
import { tenantPath } from '../paths.ts';
import { JudgeButtons } from './judging.tsx';

const LOOK_MS = 30_000;
const PAGE = 50;
const TENANT = '/signed-in/p/$project/$tenant' as const;

const useFindings = (state: FindingState) => {
  const { client, tenantId } = useReader();
  return useInfiniteQuery({
    queryKey: ['findings', tenantId, state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      client.findings.list(
        {
          ...{ tenant_id: tenantId, limit: PAGE, state },
          ...(pageParam === undefined ? {} : { cursor: pageParam }),
        },
        { signal },
      ),
    getNextPageParam: ({ next_cursor: next }: FindingPage) => next ?? undefined,
    refetchInterval: LOOK_MS,
  });
};

const NEW = ['new', 'New', 'Nothing is out of the ordinary.'] as const;
const STATES: readonly (readonly [FindingState, string, nothing: string])[] = [
  NEW,
  ['needs_a_look', 'Needs a look', 'Nothing waits for a look.'],
  ['expected', 'Expected', 'Nothing was expected so far.'],
];

export function Findings() {
  const { state: asked } = useSearch({ strict: false }) as { state?: string };
  const navigate = useNavigate();
  const [state, , nothing] = STATES.find(([name]) => name === asked) ?? NEW;
  const query = useFindings(state);
  return (
    <section aria-label="Findings" className="flex flex-col gap-1">
      <div role="group" aria-label="Show" className="flex gap-1">
        {STATES.map(([name, label]) => (
          <Button
            key={name}
            kind="quiet"
            aria-pressed={name === state}
            onClick={() =>
              void navigate({ to: '.', search: name === 'new' ? {} : { state: name } })
            }
          >
            {label}
          </Button>
        ))}
      </div>
      <Answered query={query}>
        {({ pages }) => {
          const findings = pages.flatMap((page) => page.findings);
          return findings.length === 0 ? <State>{nothing}</State> : <Days findings={findings} />;
        }}
      </Answered>
      <Earlier query={query} />
    </section>
  );
}

function Days({ findings }: { findings: readonly Finding[] }) {
  const reader = useReader();
  const days = Map.groupBy(findings, ({ from }) => date(Date.parse(from), reader));
  return [...days].map(([day, ofDay]) => (
    <section key={day} aria-label={day} className="pt-3">
      <h2 className="border-b border-line pb-1 text-meta font-strong text-ink-2">{day}</h2>
      <ul>
        {ofDay.map((finding) => (
          <Row key={finding.finding_id} finding={finding} />
        ))}
      </ul>
    </section>
  ));
}

function Row({ finding }: { finding: Finding }) {
  const reader = useReader();
  const { from, to, view_label: label } = finding;
  const range = { kind: 'moments', from: Date.parse(from), to: Date.parse(to) } as const;
  return (
    <li
      className={
        'grid grid-cols-[minmax(0,1fr)_9rem_auto] items-start gap-x-6 gap-y-2 border-b ' +
        'border-line py-3 @max-narrow/log:grid-cols-1'
      }
    >
      <div className="flex flex-col gap-0.5">
        <p className="text-sentence">{findingSentence(finding, reader.locale, reader.zone)}</p>
        <p className="text-meta text-ink-3">
          {rangeText(range, reader)} · {label}
        </p>
        <Said finding={finding} />
      </div>
      <Figure finding={finding} />
      <div className="flex flex-wrap justify-end gap-2 @max-narrow/log:justify-start">
        <EventsLink finding={finding} />
        <JudgeButtons finding={finding} />
      </div>
    </li>
  );
}

const share = (part: number, whole: number): string =>
  `${Math.min(100, (part / Math.max(1, whole)) * 100)}%`;

/** What stands beside the figure where nothing is usual. */
const BESIDE: Readonly<Partial<Record<Finding['kind'], string>>> = {
  new_action: 'first time',
  new_network: 'first time',
  failures: 'failures in a row',
};

/** The figure at the end of a line, on which what is usual is marked. */
function Figure({ finding: { kind, figure, usual } }: { finding: Finding }) {
  const { locale } = useReader();
  const low = usual === null ? 0 : lowOf(usual);
  const range = (high: number) =>
    low === high ? number(high, locale) : `${number(low, locale)} to ${number(high, locale)}`;
  return (
    <div className="flex flex-col gap-1">
      <p className="flex items-baseline justify-between gap-2">
        <span className="text-title font-strong tabular-nums">{number(figure, locale)}</span>
        <span className="text-meta whitespace-nowrap text-ink-2">
          {usual === null ? BESIDE[kind] : `usually ${range(usual.high)}`}
        </span>
      </p>
      {usual !== null && usual.high > 0 && (
        <div aria-hidden="true" className="relative h-1.5 rounded bg-line">
          <span
            className="absolute inset-y-0 rounded bg-bar-success"
            style={{ left: share(low, figure), width: share(usual.high - low, figure) }}
          />
          <span className="absolute -top-0.5 right-0 h-2.5 w-0.5 bg-ink" />
        </div>
      )}
    </div>
  );
}

function Said({ finding }: { finding: Finding }) {
  const { state, note, judged_by: by, judged_at: at, muted_until: until } = finding;
  if (state === 'new' || at === null) return null;
  const who = by?.name ?? by?.id ?? by?.type ?? '';
  const isForEver = until?.startsWith('9999') === true;
  return (
    <div className="mt-1 border-l-2 border-line pl-3 text-ink-2">
      {note !== null && <p className="break-words text-ink">{note}</p>}
      <p className="text-meta">
        {who}, <Moment iso={at} />
        {until !== null && (
          <>
            {' · not found again '}
            {isForEver ? (
              'at all'
            ) : (
              <>
                until <Moment iso={until} />
              </>
            )}
          </>
        )}
      </p>
    </div>
  );
}

function EventsLink({ finding: { q, from, to, view } }: { finding: Finding }) {
  const place = useParams({ from: TENANT });
  const query = new URLSearchParams({ q, from, to });
  const path = `${tenantPath(place, `log/${encodeURIComponent(view)}`)}?${query}`;
  return <ButtonLink href={path}>Events</ButtonLink>;
}
