/** Everything that can be asked of a tenant's log, for tests that compare two states of it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import type { EventCount } from '@annals/contract/find';
import { matcherOf } from '@annals/contract/match';
import { parseQuery, printQuery, QUERY_LIMITS } from '@annals/contract/query';
import type { EventPage, Job } from '@annals/contract/routes';
import { fold } from '@annals/contract/words';
import fc from 'fast-check';
import type { TestApp } from './harness.ts';
import { worldQuery } from './worlds.ts';

const LOOK_MS = 25;
const PAGE = 130;
const FACETS = 'action,event_type,operation,actor,actor.type,target.type,application,outcome';
const SUGGESTED = ['actor', 'target', 'party', 'action', 'key'];
const PREFIXES = ['', 'd', 'dana', 'an', 'u_', 'mül', '7'];

const pathOf = (route: string, tenant: string, asked: Record<string, string | number> = {}) => {
  const search = new URLSearchParams({ tenant_id: tenant });
  for (const [name, value] of Object.entries(asked)) search.set(name, String(value));
  return `/v1/${route}?${search}`;
};

export async function ask<T>(app: TestApp, path: string): Promise<T> {
  const { status, json, text } = await app.admin<T>('GET', path);
  assert.equal(status, 200, `${path}: ${text}`);
  return json;
}

/** All pages of a question. */
export async function eventsOf(
  app: TestApp,
  tenant: string,
  asked: Record<string, string | number> = {},
): Promise<ReadEvent[]> {
  const events: ReadEvent[] = [];
  let cursor: string | null = null;
  do {
    const more: Record<string, string> = cursor === null ? {} : { cursor };
    const path = pathOf('events', tenant, { limit: 500, ...asked, ...more });
    const page: EventPage = await ask<EventPage>(app, path);
    events.push(...page.events);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return events;
}

/** All pages of a list. */
async function listOf(app: TestApp, route: 'actors' | 'records', tenant: string) {
  const entries: unknown[] = [];
  let cursor: string | null = null;
  do {
    const more: Record<string, string> = cursor === null ? {} : { cursor };
    type Page = { [key: string]: unknown[] } & { next_cursor: string | null };
    const page: Page = await ask<Page>(app, pathOf(route, tenant, { limit: 500, ...more }));
    entries.push(...(page[route] ?? []));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return entries;
}

const SORTED = new Set(['former_names', 'suggestions', 'actors', 'records']);
const sortedBy = <T>(values: readonly T[], text: (value: T) => string): T[] =>
  values.toSorted((one, other) => (text(one) < text(other) ? -1 : 1));

/**
 * What is not the same when an index is made anew: which of several former names was seen last, or
 * how one is spelled that was spelled in several ways; and the order of what one event names.
 */
function settled(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(settled);
  if (typeof answer !== 'object' || answer === null) return answer;
  // Of several with one id it is that of the latest, of which one event may name two.
  const isFacet = 'count' in answer && !('last_seen' in answer);
  const left = isFacet ? ['matched', 'label'] : ['matched'];
  const fields = Object.entries(answer).filter(([name]) => !left.includes(name));
  return Object.fromEntries(
    fields.map(([name, value]) => {
      if (!SORTED.has(name) || !Array.isArray(value)) return [name, settled(value)];
      const values = name === 'former_names' ? value.map((one) => fold(String(one))) : value;
      return [name, sortedBy(values.map(settled), (one) => JSON.stringify(one))];
    }),
  );
}

/** What indexes alone know, and what is counted from them. */
export async function answersOf(app: TestApp, tenant: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const keep = async (path: string) => {
    found[path] = settled(await ask(app, path));
  };
  await keep(pathOf('events/facets', tenant, { fields: FACETS, limit: 100 }));
  await keep(pathOf('events/facets', tenant, { fields: FACETS, limit: 100, from: 'now-11d' }));
  for (const q of ['', 'outcome:denied', 'actor:dana', 'action:login']) {
    const asked = { ...(q ? { q } : {}), interval: '1d', time_zone: 'Asia/Kathmandu' };
    await keep(pathOf('events/histogram', tenant, asked));
    await keep(pathOf('events/count', tenant, q ? { q } : {}));
  }
  for (const field of SUGGESTED) {
    for (const prefix of PREFIXES) {
      await keep(pathOf('events/suggest', tenant, { field, prefix, limit: 50 }));
    }
  }
  for (const route of ['actors', 'records'] as const) {
    Object.assign(found, settled({ [route]: await listOf(app, route, tenant) }));
  }
  return found;
}

const sequences = (events: readonly ReadEvent[]) => events.map(({ sequence }) => sequence);

/** Pages and counts of random questions are those of the predicate. */
export async function holdsTo(
  app: TestApp,
  tenant: string,
  all: readonly ReadEvent[],
  random: { readonly seed: number; readonly runs: number },
): Promise<void> {
  for (const query of fc.sample(worldQuery, { seed: random.seed, numRuns: random.runs })) {
    const q = printQuery(query);
    if (q.length > QUERY_LIMITS.length) continue;
    const expected = all.filter(matcherOf(parseQuery(q)));
    const found = await eventsOf(app, tenant, { q, limit: PAGE });
    assert.deepEqual(sequences(found), sequences(expected), q);
    const counted = await ask<EventCount>(app, pathOf('events/count', tenant, { q }));
    assert.deepEqual([counted.count, counted.exact], [expected.length, true], q);
  }
}

/** Has the indexes of a tenant made anew, and waits for it. */
export async function rebuilt(app: TestApp, tenant: string): Promise<void> {
  const job = await app.admin<Job>('POST', '/v1/jobs', { kind: 'rebuild', tenant_id: tenant });
  assert.equal(job.status, 202, job.text);
  let { json } = job;
  while (json.state === 'running') {
    await sleep(LOOK_MS);
    json = (await app.admin<Job>('GET', `/v1/jobs/${json.job_id}`)).json;
  }
  assert.equal(json.state, 'completed', json.error ?? '');
}
