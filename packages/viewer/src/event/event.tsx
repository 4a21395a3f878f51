/**
 * One event, read from top to bottom: what happened, what was changed, who, what, where, why, and
 * what happened around it. Shows what the reader's view gives and no empty group.
 */

import type { ReadEvent } from '@annals/contract/event';
import { activityOf, nameOf } from '@annals/contract/values';
import { type ReactNode, useId } from 'react';
import { actorName, outcomeInk } from '../log/cells.tsx';
import type { Lens } from '../log/question.ts';
import { ValueIcon } from '../look/icons.tsx';
import { Tabs } from '../look/tabs.tsx';
import { useReader } from '../reader.tsx';
import { fullMoment, number, relative } from '../words/format.ts';
import { Around } from './around.tsx';
import { Changes } from './changes.tsx';
import { EntityLine, type FactRow, Facts } from './facts.tsx';
import { JsonTree } from './json-tree.tsx';

/** What the page is called: the sentence, or what happened to what. */
export function titleOf(event: ReadEvent, about: Parameters<typeof actorName>[1]): string {
  if (event.sentence !== undefined) return event.sentence;
  const target = event.targets?.map(nameOf).find((name) => name !== undefined);
  const what = event.activity ?? activityOf(event.action);
  const who = actorName(event.actor, about);
  return target === undefined ? `${who}: ${what}` : `${who}: ${what} (${target})`;
}

interface Props {
  readonly event: ReadEvent;
  readonly lens: Lens;
  readonly headingRef?: (element: HTMLHeadingElement | null) => void;
  readonly headingId: string;
}

export function EventBody({ event, lens, headingRef, headingId }: Props) {
  const reader = useReader();
  const { words } = reader;
  const ms = Date.parse(event.occurred_at);
  const result = event.outcome?.result;
  return (
    <article aria-labelledby={headingId} className="flex flex-col gap-3">
      <header>
        <h2
          id={headingId}
          ref={headingRef}
          tabIndex={-1}
          className="text-sentence font-strong outline-none!"
        >
          {titleOf(event, reader)}
        </h2>
        <p className="mt-1 flex flex-wrap items-center gap-x-1.5 text-ink-2">
          {result !== undefined && (
            <span
              className={`inline-flex items-center gap-1 ${outcomeInk(result)}`}
              data-outcome={result}
            >
              <ValueIcon of="outcome" value={result} />
              {words.outcomes[result]}
            </span>
          )}
          {result !== undefined && <span aria-hidden="true">·</span>}
          <time dateTime={event.occurred_at} title={relative(ms, reader.locale)}>
            {fullMoment(ms, reader)}
          </time>
        </p>
      </header>
      <Tabs
        label={words.event}
        tabs={[
          {
            value: 'details',
            label: words.details,
            panel: <Details event={event} lens={lens} />,
          },
          { value: 'json', label: words.json, panel: <JsonTree value={event} /> },
          { value: 'proof', label: words.proof, panel: <Proof event={event} /> },
        ]}
      />
    </article>
  );
}

function Group({ title, count, children }: { title: string; count?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-t border-line pt-2 first:border-0 first:pt-0">
      <h3 id={id} className="mb-1 text-meta font-strong tracking-wide text-ink-3 uppercase">
        {title}
        {count !== undefined && <span className="ml-1.5 font-normal">{count}</span>}
      </h3>
      {children}
    </section>
  );
}

const text = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return undefined;
};

function Details({ event, lens }: { event: ReadEvent; lens: Lens }) {
  const { words, locale } = useReader();
  const { changes = [], targets = [], actor, on_behalf_of: behalf = [] } = event;
  return (
    <div className="flex flex-col gap-3">
      {changes.length > 0 && (
        <Group title={words.groups.changes} count={number(changes.length, locale)}>
          <Changes changes={changes} />
        </Group>
      )}
      <Group title={words.groups.who}>
        <EntityLine kind="actor" entity={actor} relation="" lens={lens} />
        {behalf.map((entity) => (
          <EntityLine
            key={JSON.stringify(entity)}
            kind="actor"
            entity={entity}
            relation={words.onBehalfOf('')}
            lens={lens}
          />
        ))}
        {actor.roles && actor.roles.length > 0 && (
          <Facts rows={[{ label: words.roles, value: actor.roles.join(', ') }]} />
        )}
      </Group>
      {targets.length > 0 && (
        <Group title={words.groups.what}>
          {targets.map((target) => (
            <EntityLine
              key={JSON.stringify(target)}
              kind="record"
              entity={target}
              relation={words.roleOf[target.role ?? 'primary']}
              lens={lens}
            />
          ))}
        </Group>
      )}
      <FactGroups event={event} />
      <Around event={event} lens={lens} />
    </div>
  );
}

/** Where, why, and all that has no group of its own. */
function FactGroups({ event }: { event: ReadEvent }) {
  const reader = useReader();
  const { words } = reader;
  const { context, source, reason, outcome, labels, metadata } = event;
  const where: FactRow[] = [
    { label: words.address, value: text(context?.ip), isCode: true },
    { label: words.location, value: text(context?.location) },
    { label: words.application, value: applicationName(source?.application, reader.catalog) },
    { label: words.component, value: source?.component },
    { label: words.channel, value: source?.channel },
    { label: words.device, value: text(context?.user_agent) },
  ];
  const why: FactRow[] = [
    { label: words.reasonText, value: text(reason?.text) },
    { label: words.ticket, value: reason?.ticket },
    { label: words.outcomeReason, value: text(outcome?.reason) },
    { label: words.outcomeCode, value: outcome?.code, isCode: true },
  ];
  const more: FactRow[] = [
    { label: words.facetNames.event_type, value: event.event_type, isCode: true },
    { label: words.facetNames.action, value: event.action, isCode: true },
    { label: words.severity, value: event.severity && words.severities[event.severity] },
    { label: words.requestId, value: context?.request_id, isCode: true },
    { label: words.sessionId, value: text(context?.session_id), isCode: true },
    { label: words.correlationId, value: context?.correlation_id, isCode: true },
    { label: words.traceId, value: context?.trace_id, isCode: true },
    { label: words.receivedAt, value: fullMoment(Date.parse(event.received_at), reader) },
    { label: words.eventId, value: event.id, isCode: true },
    ...Object.entries(labels ?? {}).map(([label, value]) => ({ label, value: text(value) })),
  ];
  return (
    <>
      <FactGroup title={words.groups.where} rows={where} />
      <FactGroup title={words.groups.why} rows={why} />
      {metadata !== undefined && Object.keys(metadata).length > 0 && (
        <Group title={words.metadata}>
          <Metadata event={event} />
        </Group>
      )}
      <FactGroup title={words.groups.more} rows={more} />
    </>
  );
}

const applicationName = (
  application: string | undefined,
  { applications }: { applications: readonly { application: string; label: string }[] },
): string | undefined =>
  applications.find((one) => one.application === application)?.label ?? application;

function FactGroup({ title, rows }: { title: string; rows: readonly FactRow[] }) {
  const shown = rows.filter(({ value }) => value !== undefined);
  if (shown.length === 0) return null;
  return (
    <Group title={title}>
      <Facts rows={shown} />
    </Group>
  );
}

/** Metadata under the labels of the catalog; what has none, as it is called. */
function Metadata({ event }: { event: ReadEvent }) {
  const { catalog } = useReader();
  const action = catalog.event_types
    .flatMap(({ actions }) => actions)
    .find((one) => one.action === event.action);
  const labels = new Map((action?.fields ?? []).map(({ path, label }) => [path, label]));
  const entries = Object.entries(event.metadata ?? {});
  const plain = entries.filter(([, value]) => typeof value !== 'object' || value === null);
  const nested = entries.filter(([, value]) => typeof value === 'object' && value !== null);
  const rows = plain.map(([name, value]) => ({
    label: labels.get(`/metadata/${name}`) ?? name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
  return (
    <>
      <Facts rows={rows} />
      {nested.map(([name, value]) => (
        <JsonTree key={name} value={value} name={labels.get(`/metadata/${name}`) ?? name} />
      ))}
    </>
  );
}

function Proof({ event }: { event: ReadEvent }) {
  const { words, locale } = useReader();
  const { sequence, leaf_hash: leafHash } = event;
  if (sequence === undefined || leafHash === undefined) {
    return <p className="text-ink-2">{words.noProof}</p>;
  }
  return (
    <div className="flex flex-col gap-2">
      <Facts
        rows={[
          { label: words.sequence, value: number(sequence, locale) },
          { label: words.leafHash, value: leafHash, isCode: true },
        ]}
      />
      <p className="text-meta text-ink-2">{words.proofIs}</p>
    </div>
  );
}
