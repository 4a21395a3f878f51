/** An event as somebody pastes it into a ticket, and as the call that fetches it. Pure. */
import type { ReadEvent } from '@annals/contract/event';
import { idText } from '@annals/contract/values';
import { type Formatting, fullMoment } from '../words/format.ts';
import { differenceOf, labelOf, type Shown } from './differences.ts';

const said = (shown: Shown, { words }: Formatting): string => {
  switch (shown.kind) {
    case 'not-set':
      return words.notSet;
    case 'null':
      return words.nullValue;
    case 'empty':
      return words.emptyText;
    case 'erased':
      return words.erasedValue;
    case 'text':
      return shown.text;
  }
};

const nameAndId = ({
  name,
  email,
  id,
}: {
  name?: unknown;
  email?: unknown;
  id?: unknown;
}): string =>
  [name, email, idText(id)]
    .filter((part): part is string => typeof part === 'string' && part !== '')
    .join(' · ');

function changeText(change: NonNullable<ReadEvent['changes']>[number], about: Formatting): string {
  const { words } = about;
  const difference = differenceOf(change);
  const label = labelOf(change);
  switch (difference.kind) {
    case 'secret':
      return `${label}: ${words.secretChanged}`;
    case 'hidden':
      return `${label}: ${words.valuesHidden}`;
    case 'scalar':
      return `${label}: ${said(difference.before, about)} → ${said(difference.after, about)}`;
    default: {
      const [before, after] = [change.before ?? null, change.after ?? null];
      return `${label}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
    }
  }
}

/** Lines, the most important first; nothing that the view does not show. */
export function eventText(
  event: ReadEvent,
  title: string,
  about: Formatting,
  link?: string,
): string {
  const { words } = about;
  const { actor, targets = [], changes = [], context, reason, outcome } = event;
  const lines = [
    title,
    [outcome && words.outcomes[outcome.result], fullMoment(Date.parse(event.occurred_at), about)]
      .filter(Boolean)
      .join(' · '),
    `${words.groups.who}: ${nameAndId(actor) || words.actorTypes[actor.type]}`,
    ...targets.map((target) => `${words.groups.what}: ${nameAndId(target)} (${target.type})`),
    ...changes.map((change) => `${words.groups.changes}: ${changeText(change, about)}`),
    typeof context?.ip === 'string' ? `${words.groups.where}: ${context.ip}` : undefined,
    typeof reason?.text === 'string' ? `${words.groups.why}: ${reason.text}` : undefined,
    reason?.ticket === undefined ? undefined : `${words.ticket}: ${reason.ticket}`,
    `${words.eventId}: ${event.id}`,
    link,
  ];
  return lines.filter((line) => line !== undefined && line !== '').join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The call that fetches the event, for a shell; the key is taken from the environment. */
export function eventCurl(
  apiUrl: string,
  id: string,
  query: Readonly<Record<string, string | undefined>>,
): string {
  const given = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const search = new URLSearchParams(given);
  const url = `${apiUrl.replace(/\/$/, '')}/v1/events/${encodeURIComponent(id)}?${search}`;
  return `curl -H "Authorization: Bearer $ANNALS_KEY" ${quoted(url)}`;
}
