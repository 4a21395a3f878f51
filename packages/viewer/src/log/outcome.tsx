/** In place of rows: why there are none, and what to do. The true cause, never a guess. */

import type { Candidate } from '@annals/contract/problem';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { forbiddenWhy, type Limits, longestRange } from '../find/limits.ts';
import type { LogState } from '../find/log-state.ts';
import { edited, onlyValue } from '../find/query-edit.ts';
import { askedRange, daysIn, PRESETS, type Range } from '../find/range.ts';
import { Button } from '../look/button.tsx';
import { copyText } from '../look/copy.ts';
import { typeWord, useReader } from '../reader.tsx';
import { number, periodText, rangeText, shortMoment } from '../words/format.ts';
import { type Lens, placeOf } from './question.ts';
import { State, TroubleNote, Waiting } from './states.tsx';
import { whysOf } from './time-picker.tsx';
import type { Trouble } from './troubles.ts';
import type { RowsOfSearch, Search } from './use-rows.ts';

interface Props {
  readonly search: Search | undefined;
  readonly rows: RowsOfSearch;
  readonly trouble: Trouble | undefined;
  readonly missing: readonly string[];
  readonly isEmpty: boolean;
  readonly state: LogState;
  readonly limits: Limits;
  readonly lens: Lens;
  readonly onQuery: (q: string) => void;
  readonly onRange: (range: Range) => void;
}

export function Outcome(props: Props) {
  const { search, rows, trouble, missing, isEmpty } = props;
  const { words } = useReader();
  if (missing.length > 0) {
    return <State>{words.filtersMissing(missing.join(', '))}</State>;
  }
  if (trouble) return <Problem {...props} trouble={trouble} />;
  if (search === undefined) return null;
  if (rows.isLoading && rows.rows.count === 0) return <Waiting onCancel={rows.cancel} />;
  if (rows.isGivenUp) {
    return (
      <State>
        <p>{words.givenUp}</p>
        <Button onClick={rows.retry}>{words.tryAgain}</Button>
      </State>
    );
  }
  if (isEmpty && rows.rows.next !== null) return <InPart rows={rows} />;
  return isEmpty ? <Nothing {...props} /> : null;
}

function Problem({ trouble, rows, state, limits, onQuery, onRange }: Props & { trouble: Trouble }) {
  const reader = useReader();
  const { words, zone, locale } = reader;
  const now = Date.now();
  const { window } = limits;
  if (trouble.kind === 'query') return null;
  // Everything is longer than any window, and no range to a view that asks for one.
  const isTooLong =
    trouble.kind === 'window' || (trouble.kind === 'filters' && state.range.kind === 'all');
  if (isTooLong && window !== undefined) {
    const next = longestRange(state.range, window, zone, now);
    const isAll = state.range.kind === 'all';
    const days = words.days(number(daysIn(state.range, zone, now), locale));
    const asked = isAll ? lower(words.allTime) : days;
    return (
      <State>
        <p role="alert">{words.windowLimit(periodText(window, reader), asked)}</p>
        <Button onClick={() => onRange(next)}>{words.takeRange(rangeText(next, reader))}</Button>
      </State>
    );
  }
  if (trouble.kind === 'ambiguous') {
    return <Ambiguous candidates={trouble.error?.candidates ?? []} q={state.q} onQuery={onQuery} />;
  }
  return <TroubleNote trouble={trouble} onRetry={rows.retry} />;
}

/** Several records have the name: one of them is meant. */
function Ambiguous({
  candidates,
  q,
  onQuery,
}: {
  candidates: readonly Candidate[];
  q: string;
  onQuery: (q: string) => void;
}) {
  const reader = useReader();
  const { words } = reader;
  return (
    <State>
      <p>{words.ambiguous(candidates[0]?.name ?? '')}</p>
      <ul className="flex flex-col gap-1">
        {candidates.map(({ type, id, name, last_seen: seen }) => (
          <li key={`${type}:${id}`}>
            <Button
              onClick={() =>
                onQuery(edited(q, (query) => onlyValue(query, { key: 'target' }, id ?? '')))
              }
            >
              {name ?? id} · {typeWord('record', type, reader)} · {id}
              {seen && ` · ${words.lastChange(shortMoment(Date.parse(seen), reader))}`}
            </Button>
          </li>
        ))}
      </ul>
    </State>
  );
}

/** Looked at a part and found nothing yet: it goes on from there. */
function InPart({ rows }: { rows: RowsOfSearch }) {
  const reader = useReader();
  const { words } = reader;
  const to = rows.notices.find(({ code }) => code === 'searched_in_part')?.from;
  return (
    <State>
      <p>
        {to === undefined
          ? words.nothingMatches
          : words.searchedTo(shortMoment(Date.parse(to), reader))}
      </p>
      <Button onClick={rows.more}>{words.searchOn}</Button>
    </State>
  );
}

/** T16: a longer time that has something, if there is one and the view allows it. */
function Nothing({ state, lens, limits, onRange, onQuery }: Props) {
  const reader = useReader();
  const { client, tenantId, words, locale, zone } = reader;
  const longer = longerThan(state.range, limits, reader);
  const { data: elsewhere } = useQuery({
    queryKey: ['elsewhere', tenantId, lens, state.q, longer],
    enabled: longer !== undefined,
    queryFn: ({ signal }) => {
      const q = state.q.trim() === '' ? {} : { q: state.q };
      const range = longer ? askedRange(longer, zone) : {};
      return client.events.count({ ...placeOf(reader, lens), ...q, ...range }, { signal });
    },
  });
  const { data: anything } = useQuery({
    queryKey: ['anything', tenantId, lens],
    queryFn: ({ signal }) => {
      const always = { from: new Date(0).toISOString(), to: 'now' };
      return client.events.list({ ...placeOf(reader, lens), ...always, limit: 1 }, { signal });
    },
    enabled: state.q.trim() === '' && limits.window === undefined,
  });
  const here = rangeText(state.range, reader);
  if (anything?.events.length === 0) return <FirstEvent />;
  const found = elsewhere?.count ?? 0;
  return (
    <State>
      {longer && found > 0 ? (
        <>
          <p>
            {words.nothingButLonger(
              lower(here),
              words.events(`${number(found, locale)}${elsewhere?.exact ? '' : '+'}`),
              lower(rangeText(longer, reader)),
            )}
          </p>
          <Button onClick={() => onRange(longer)}>
            {words.show(lower(rangeText(longer, reader)))}
          </Button>
        </>
      ) : (
        <p>
          {state.q.trim() === ''
            ? words.nothingHere(lower(here))
            : `${words.nothingMatches} (${here})`}
        </p>
      )}
      {state.q.trim() !== '' && <Button onClick={() => onQuery('')}>{words.clearSearch}</Button>}
    </State>
  );
}

const lower = (text: string): string =>
  /^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

const LONGER: readonly Range[] = [PRESETS.d30, PRESETS.d90, { kind: 'all' }];

function longerThan(
  range: Range,
  limits: Limits,
  about: Parameters<typeof whysOf>[0],
): Range | undefined {
  const now = Date.now();
  const days = range.kind === 'all' ? Number.POSITIVE_INFINITY : daysIn(range, about.zone, now);
  return LONGER.find(
    (one) =>
      (one.kind === 'all'
        ? days !== Number.POSITIVE_INFINITY
        : daysIn(one, about.zone, now) > days) &&
      forbiddenWhy(one, limits, about.zone, now, whysOf(about)) === undefined,
  );
}

/** T17: a log without any event: how the first one comes in. */
function FirstEvent() {
  const { words, apiUrl, tenantId } = useReader();
  const body = JSON.stringify({
    tenant_id: tenantId,
    action: 'hello.said',
    actor: { type: 'user', id: 'u-1' },
    occurred_at: new Date().toISOString(),
  });
  const headers = `-H "Authorization: Bearer $ANNALS_KEY" -H 'Content-Type: application/json'`;
  const curl = `curl ${apiUrl}/v1/events ${headers} -d '${body}'`;
  const [said, setSaid] = useState<string>();
  const copy = () => void copyText(curl, words).then(setSaid);
  return (
    <State>
      <p>{words.waitingForFirst}</p>
      <Button onClick={copy}>{words.copyCurl}</Button>
      <p role="status">{said}</p>
    </State>
  );
}
