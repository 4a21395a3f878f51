/**
 * Ways of asking a blueprint at work, and of reading what it answers: every place where a reader
 * can put a text, the live tail, files as rows, moments by the calendar.
 */
import assert from 'node:assert/strict';
import type { Compiled } from '@annals/contract/compile';
import type { ReadEvent } from '@annals/contract/event';
import { SUGGEST_FIELDS } from '@annals/contract/find';
import { QUERY_KEYS } from '@annals/contract/query';
import { ROUTES, type Route, type ScopedRouteName } from '@annals/contract/routes';
import { FACET_FIELDS } from '@annals/contract/values';
import { Temporal } from 'temporal-polyfill';
import { framesOf } from '../../packages/server/test/event-stream.ts';
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
  text.replace(/"request_id":"[^"]*"/, '').replace(MOVING, '');

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

interface Request {
  readonly path: string;
  readonly body?: unknown;
}
interface About {
  readonly project: string;
  readonly tenant: string;
  /** Of an event. */
  readonly id: string;
  /** View and subject. */
  readonly scope: Asked;
}

const reading = (route: string, { project, tenant, scope }: About, asked: Asked = {}): Request => {
  const search = new URLSearchParams({ project, tenant_id: tenant, ...scope, ...asked });
  return { path: `/v1/${route}?${search}` };
};

/** How every route is asked about an event of a tenant. A new route is added here. */
const EVERY_ROUTE: Readonly<Record<ScopedRouteName, (about: About) => Request>> = {
  recordEvents: ({ project, tenant }) => ({
    path: `/v1/events?project=${project}&tenant_id=${tenant}`,
    body: [{ action: 'x', actor: { type: 'system' }, occurred_at: isoAt(0) }],
  }),
  listEvents: (about) => reading('events', about),
  searchEvents: ({ project, tenant, scope }) => ({
    path: '/v1/events/search',
    body: { project, tenant_id: tenant, ...scope },
  }),
  countEvents: (about) => reading('events/count', about),
  histogram: (about) => reading('events/histogram', about),
  facets: (about) => reading('events/facets', about, { fields: FACET_FIELDS.join() }),
  suggest: (about) => reading('events/suggest', about, { field: 'party' }),
  tailEvents: (about) => reading('events/tail', about),
  listActors: (about) => reading('actors', about),
  listRecords: (about) => reading('records', about),
  downloadEvents: (about) => reading('events/download', about, { format: 'csv' }),
  getEvent: (about) => reading(`events/${about.id}`, about),
  getCatalog: (about) => reading('catalog', { ...about, scope: {} }),
  explain: (about) =>
    reading('explain', { ...about, scope: {} }, { id: about.id, role: 'operator' }),
  listRejects: ({ project }) => ({ path: `/v1/rejects?project=${project}` }),
  listProjects: () => ({ path: '/v1/projects' }),
  getProject: ({ project }) => ({ path: `/v1/projects/${project}` }),
  putProject: ({ project }) => ({ path: `/v1/projects/${project}`, body: {} }),
  diffProject: ({ project }) => ({
    path: `/v1/projects/${project}/diff`,
    body: { definition: {} },
  }),
  listTenants: ({ project }) => ({ path: `/v1/tenants?project=${project}` }),
  putTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}?project=${project}`,
    body: { label: 'Mine' },
  }),
  listKeys: ({ project }) => ({ path: `/v1/keys?project=${project}` }),
  createKey: ({ project }) => ({
    path: `/v1/keys?project=${project}`,
    body: { label: 'mine', scopes: ['events:read'] },
  }),
  revokeKey: ({ project }) => ({ path: `/v1/keys/key_1?project=${project}` }),
  listPeople: ({ project, tenant }) => ({
    path: `/v1/people?project=${project}&tenant_id=${tenant}`,
  }),
  invitePerson: ({ project, tenant }) => ({
    path: `/v1/people?project=${project}&tenant_id=${tenant}`,
    body: { email: 'x@a.example', memberships: [{ roles: ['x'] }] },
  }),
  putPerson: ({ project }) => ({
    path: `/v1/people/person_1?project=${project}`,
    body: { memberships: [{ roles: ['x'] }] },
  }),
  removePerson: ({ project }) => ({ path: `/v1/people/person_1?project=${project}` }),
  resetPerson: ({ project }) => ({
    path: `/v1/people/person_1/reset?project=${project}`,
    body: {},
  }),
  listPersonSessions: ({ project }) => ({
    path: `/v1/people/person_1/sessions?project=${project}`,
  }),
  endPersonSessions: ({ project }) => ({
    path: `/v1/people/person_1/sessions?project=${project}`,
  }),
  createViewerSession: ({ project, tenant }) => ({
    path: `/v1/viewer-sessions?project=${project}`,
    body: { tenant_id: tenant, roles: ['reader'], viewer: { id: 'u-1' } },
  }),
  listViewerSessions: ({ project, tenant }) => ({
    path: `/v1/viewer-sessions?project=${project}&tenant_id=${tenant}`,
  }),
  revokeViewerSession: ({ project }) => ({ path: `/v1/viewer-sessions/vs_1?project=${project}` }),
  createViewerKey: ({ project }) => ({
    path: `/v1/viewer-keys?project=${project}`,
    body: { label: 'x', issuer: 'x', algorithm: 'EdDSA', public_key: 'x', roles: ['reader'] },
  }),
  listViewerKeys: ({ project }) => ({ path: `/v1/viewer-keys?project=${project}` }),
  retireViewerKey: ({ project }) => ({ path: `/v1/viewer-keys/vk_1?project=${project}` }),
  denyViewerToken: ({ project }) => ({
    path: `/v1/viewer-keys/vk_1/denials?project=${project}`,
    body: { jti: 'x' },
  }),
  createErasure: ({ project, tenant }) => ({
    path: `/v1/erasures?project=${project}`,
    body: { tenant_id: tenant, subject: { type: 'user', id: 'u-1' }, legal_basis: 'x' },
  }),
  listErasures: (about) => reading('erasures', { ...about, scope: {} }),
  getErasure: ({ project, id }) => ({ path: `/v1/erasures/${id}?project=${project}` }),
  resumeErasure: ({ project, id }) => ({ path: `/v1/erasures/${id}/resume?project=${project}` }),
  listHolds: ({ project, tenant }) => ({
    path: `/v1/holds?project=${project}&tenant_id=${tenant}`,
  }),
  placeHold: ({ project, tenant }) => ({
    path: `/v1/holds?project=${project}`,
    body: { tenant_id: tenant, covers: { kind: 'tenant' }, reason: 'x' },
  }),
  releaseHold: ({ project }) => ({ path: `/v1/holds/hold_1?project=${project}&reason=x` }),
  getRetention: ({ project, tenant }) => ({
    path: `/v1/retention?project=${project}&tenant_id=${tenant}`,
  }),
  closeTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}/close?project=${project}`,
    body: {},
  }),
  reopenTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}/reopen?project=${project}`,
  }),
  createJob: ({ project, tenant }) => ({
    path: `/v1/jobs?project=${project}`,
    body: { kind: 'verify', tenant_id: tenant },
  }),
  getJob: ({ project, id }) => ({ path: `/v1/jobs/${id}?project=${project}` }),
};

/** A request of every route about an event: of those that read, one for each view and subject. */
export function everyRequest(about: Omit<About, 'scope'>, scopes: readonly Asked[]) {
  const requests = new Map<string, (about: About) => Request>(Object.entries(EVERY_ROUTE));
  return Object.entries<Route>(ROUTES).flatMap(([name, { method, scope: right }]) => {
    // About who asks, and no project's or tenant's.
    if (right === null) return [];
    const request = requests.get(name);
    assert.ok(request, name);
    const isRead = right === 'events:read';
    return (isRead ? scopes : [{}]).map((scope) => {
      return { name, method, isRead, ...request({ ...about, scope }) };
    });
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
