/**
 * Ways of asking a blueprint at work, and of reading what it answers: every place where a reader
 * can put a text, the live tail, files as rows, moments by the calendar.
 */
import assert from 'node:assert/strict';
import type { Compiled } from '@annals/contract/compile';
import type { ReadEvent } from '@annals/contract/event';
import { SUGGEST_FIELDS } from '@annals/contract/find';
import { QUERY_KEYS } from '@annals/contract/query';
import { ROUTES, type ScopedRouteName } from '@annals/contract/routes';
import { FACET_FIELDS } from '@annals/contract/values';
import { Temporal } from 'temporal-polyfill';
import { framesOf } from '../../packages/server/test/event-stream.ts';
import { ASK, nothingAt } from '../../packages/server/test/places.ts';
import type { Asked, AtWork } from './at-work.ts';

/** The longest that a stream may take to show what was recorded, in ms. */
const STREAM_MS = 20_000;

/** The moment so long after another by the calendar there: `P3M`; before it: `-P1Y`. */
export const calendarFrom = (ms: number, period: string, timeZone: string): number =>
  Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timeZone)
    .add(Temporal.Duration.from(period)).epochMilliseconds;

export const isoAt = (ms: number): string => new Date(ms).toISOString();

/** What a live tail shows of what is recorded while it is open, up to a certain event. */
export async function tailed(
  work: AtWork,
  role: string,
  asked: Asked,
  { record, last }: { readonly record: () => Promise<unknown>; readonly last: string },
): Promise<ReadEvent[]> {
  const { app, project, tenant } = work;
  const search = new URLSearchParams({ project, tenant_id: tenant, ...asked });
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(STREAM_MS)]);
  const url = `${app.url}/v1/events/tail?${search}`;
  const frames = framesOf(url, { ...work.credential(role), signal });
  const shown: ReadEvent[] = [];
  try {
    assert.equal((await frames.next()).value?.event, 'place', 'the place is told first');
    await record();
    for await (const { event, data } of frames) {
      if (event !== 'event') continue;
      shown.push(JSON.parse(data));
      if (shown.at(-1)?.id === last) return shown;
    }
  } finally {
    ended.abort();
  }
  assert.fail('the stream ended before the last event came');
}

/** One way of asking for a text; what comes of it is told without what is another each time. */
export interface Question {
  readonly how: string;
  ask(): Promise<Answered>;
}
export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Digits stand in ids and times by chance, so only whole values and words are asked for. */
const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** Every query that asks for a text: as words, and as the value of each key. */
function queriesFor(text: string): string[] {
  const whole = `"${text}"`;
  const forms = isNumber(text) ? [whole] : [whole, `*${whole}*`];
  const keys = QUERY_KEYS.flatMap((key) =>
    key === 'label' || key === 'metadata' ? [`${key}.note`, `${key}."${text}"`] : [key],
  );
  const words = isNumber(text) ? [whole] : [whole, `${whole}*`];
  return [...words, ...keys.flatMap((key) => forms.map((form) => `${key}:${form}`))];
}

/** Queries that are asked by every route, not only counted. */
const thoroughly = (text: string): string[] => [
  ...['', '-', 'target:', '-target:', 'changed:', 'party:'].map((start) => `${start}"${text}"`),
];

/** A limit of the view that moves on with the clock. */
const MOVING = /\{"code":"clamped_by_reach"[^}]*\}/g;
const lasting = (text: string): string =>
  text.replaceAll(/"(request_id|as_of)":"[^"]*"/g, '').replace(MOVING, '');

/** A text in every place where a reader can put one. */
export function questionsFor(work: AtWork, role: string, scope: Asked, text: string): Question[] {
  const get = (route: string, asked: Asked): Question => ({
    how: `${route} ${JSON.stringify(asked)}`,
    async ask() {
      const { status, text: told } = await work.get(role, `/v1/${route}`, { ...scope, ...asked });
      return { status, text: lasting(told) };
    },
  });
  const search = (q: string): Question => ({
    how: `events/search ${q}`,
    async ask() {
      const { project, tenant: tenant_id, app } = work;
      const body = { project, tenant_id, ...scope, q, limit: 500 };
      const asked = { ...work.credential(role), body };
      const { status, text: told } = await app.call('POST', '/v1/events/search', asked);
      return { status, text: lasting(told) };
    },
  });
  const fields = FACET_FIELDS.join();
  return [
    ...queriesFor(text).map((q) => get('events/count', { q })),
    ...thoroughly(text).flatMap((q) => [
      get('events', { q, limit: '500' }),
      search(q),
      get('events/histogram', { q, interval: '1w' }),
      get('events/facets', { q, fields, limit: '100' }),
      get('events/download', { q, format: 'csv' }),
      get('events/download', { q, format: 'csv', columns: 'all' }),
    ]),
    ...['actors', 'records'].map((list) => get(list, { search: text, limit: '500' })),
    ...SUGGEST_FIELDS.map((field) => get('events/suggest', { field, prefix: text, limit: '50' })),
  ];
}

/** An event, and where it is. */
export interface About {
  readonly project: string;
  readonly tenant: string;
  readonly id: string;
}

/** Routes that read and are asked through no view. */
export const WITHOUT_VIEW: ReadonlySet<string> = new Set([
  ...['getCatalog', 'listExports', 'getExport', 'cancelExport', 'retryExport'],
  ...['downloadExport', 'getManifest', 'listReports', 'getReport', 'putReport'],
  ...['deleteReport', 'pauseReport', 'resumeReport', 'runReport', 'testReport', 'listDeliveries'],
  ...['listWatches', 'putWatch', 'listFindings', 'judgeFinding'],
]);

/** A request of every route about an event: of those that read, one for each view and subject. */
export function everyRequest({ project, tenant, id }: About, scopes: readonly Asked[]) {
  const place = { ...nothingAt(project, tenant), eventId: id, jobId: id, erasureId: id };
  const names = Object.keys(ASK) as ScopedRouteName[];
  return names.flatMap((name) => {
    const { method, scope: right } = ROUTES[name];
    const { path, body } = ASK[name](place);
    const isRead = right === 'events:read';
    // Some have neither view nor subject: the reference, and files by their ids.
    const isOfView = isRead && !WITHOUT_VIEW.has(name);
    if (!isOfView) return [{ name, method, isRead, path, body }];
    return scopes.map((scope) =>
      typeof body === 'object'
        ? { name, method, isRead, path, body: { ...body, ...scope } }
        : { name, method, isRead, path: `${path}&${new URLSearchParams(scope)}`, body },
    );
  });
}

/** Short values are in other words by chance. */
const TELLING = 4;
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
};

/** What of an event nobody may see who sees public values alone. */
export function personalTexts({ definition, persons }: Compiled, event: ReadEvent): string[] {
  const { data_classes = {} } = definition;
  const isPublic = (pointer: string): boolean => data_classes[pointer] === 'public';
  const ofPersons = (part: string, entities: readonly { type: string }[] = []) =>
    entities
      .filter(({ type }) => persons.includes(type))
      .flatMap((entity) => Object.entries(entity))
      .filter(([name]) => ['name', 'email'].includes(name) && !isPublic(`/${part}/${name}`))
      .map(([, value]) => value);
  const { ip, user_agent, location, session_id } = event.context ?? {};
  const hidden = Object.entries(event.metadata ?? {}).filter(
    ([name]) => !isPublic(`/metadata/${name}`),
  );
  return textsIn([
    ofPersons('actor', [event.actor]),
    ofPersons('on_behalf_of', event.on_behalf_of),
    ofPersons('targets', event.targets),
    event.changes,
    [ip, user_agent, location, session_id],
    [event.reason?.text, event.outcome?.reason],
    hidden.map(([, value]) => value),
    event.labels,
  ]).filter((text) => text.length >= TELLING);
}
