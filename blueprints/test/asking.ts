/** What the acceptance tests of all blueprints ask in the same way. */
import assert from 'node:assert/strict';
import type { Catalog } from '@annals/contract/catalog';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { EventPage, RecordResult } from '@annals/contract/routes';
import { MINUTE_MS } from '../demo/calendar.ts';
import type { Asked, AtWork } from './at-work.ts';

export const HOUR = 60;
export const DAY = 24 * HOUR;

/** The moment so many minutes ago. */
export const ago = (minutes: number): string =>
  new Date(Date.now() - minutes * MINUTE_MS).toISOString();

/** What is asked with a question: each must refuse what the others refuse. */
export const QUESTION_ROUTES: readonly [path: string, more: Asked][] = [
  ['/v1/events', {}],
  ['/v1/events/count', {}],
  ['/v1/events/histogram', {}],
  ['/v1/events/facets', { fields: 'action' }],
  ['/v1/events/download', { format: 'csv' }],
];

export const page = (at: AtWork, role: string, asked: Asked) =>
  at.get<EventPage>(role, '/v1/events', asked);

export const catalogOf = async (at: AtWork, role: string): Promise<Catalog> => {
  const { status, json, text } = await at.get<Catalog>(role, '/v1/catalog');
  assert.equal(status, 200, text);
  return json;
};

export const actionsIn = ({ event_types }: Catalog) =>
  event_types.flatMap(({ actions }) => actions);

/** The codes and places of what is refused of events that must all be refused. */
export async function refusals(
  at: AtWork,
  events: readonly EventInput[],
): Promise<(readonly [code: string, path: string])[]> {
  const path = `/v1/events?project=${at.project}&tenant_id=${at.tenant}`;
  const { json, text } = await at.app.admin<RecordResult>('POST', path, events);
  assert.equal(json.accepted, 0, text);
  return json.rejected.map((one) => [one.code, one.path]);
}

export const idsOf = (events: readonly Pick<ReadEvent, 'id'>[]): string[] =>
  events.map(({ id }) => id);

/** Names and e-mails of everybody and everything of some types. */
export function namesOf(events: readonly ReadEvent[], types: readonly string[]): Set<string> {
  const named = events
    .flatMap(({ actor, targets = [] }) => [actor, ...targets])
    .filter(({ type }) => types.includes(type));
  const names = named.flatMap(({ name, email }) => [name, email]);
  return new Set(names.filter((name) => typeof name === 'string'));
}

/** Neither pages nor files of a role hold one of these names. */
export async function hides(
  at: AtWork,
  role: string,
  asked: Asked,
  names: ReadonlySet<string>,
): Promise<void> {
  const [events, rows] = [await at.events(role, asked), await at.rows(role, asked)];
  assert.ok(events.length > 0 && events.length === rows.length);
  const text = JSON.stringify([events, rows]);
  assert.ok(names.size > 0);
  for (const name of names) assert.ok(!text.includes(name), name);
}
