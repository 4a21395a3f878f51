/**
 * The answer of a database is the answer of the pure predicate, whatever index it is read by:
 * right after the events were acknowledged, and once the followers have them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import type { EventCount, Facets, Histogram } from '@annals/contract/find';
import { matcherOf } from '@annals/contract/match';
import { parseQuery, printQuery, QUERY_LIMITS } from '@annals/contract/query';
import type { EventPage, Job } from '@annals/contract/routes';
import fc from 'fast-check';
import { onBothDatabases, sampleEvents, type TestApp } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';
import { worldEvent, worldQuery } from '../../test/worlds.ts';
import { facetValues } from './tally.ts';

const EVENTS = 400;
const RUNS = 60;

const pathOf = (route: string, tenant: string, asked: Record<string, string | number> = {}) => {
  const search = new URLSearchParams({ tenant_id: tenant });
  for (const [name, value] of Object.entries(asked)) search.set(name, String(value));
  return `/v1/events${route}?${search}`;
};

async function ask<T>(app: TestApp, path: string): Promise<T> {
  const { status, json, text } = await app.admin<T>('GET', path);
  assert.equal(status, 200, `${path}: ${text}`);
  return json;
}

/** All pages of a question. */
async function answers(app: TestApp, tenant: string, asked: Record<string, string | number>) {
  const events: ReadEvent[] = [];
  let cursor: string | null = null;
  do {
    const path = pathOf('', tenant, { ...asked, ...(cursor === null ? {} : { cursor }) });
    const page: EventPage = await ask<EventPage>(app, path);
    events.push(...page.events);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return events;
}

async function fill(app: TestApp, tenant: string, seed: number): Promise<ReadEvent[]> {
  const events = fc.sample(worldEvent(Date.now()), { seed, numRuns: EVENTS });
  await app.record(tenant, events);
  const all = await answers(app, tenant, { limit: 500 });
  assert.equal(all.length, EVENTS);
  return all;
}

const sequences = (events: readonly ReadEvent[]) => events.map(({ sequence }) => sequence);

async function holdsTo(app: TestApp, tenant: string, all: readonly ReadEvent[], seed: number) {
  for (const query of fc.sample(worldQuery, { seed, numRuns: RUNS })) {
    const q = printQuery(query);
    if (q.length > QUERY_LIMITS.length) continue;
    const matches = matcherOf(parseQuery(q));
    const expected = all.filter(matches);
    const order = q.length % 2 === 0 ? 'desc' : 'asc';
    const wanted = order === 'desc' ? expected : expected.toReversed();
    const found = await answers(app, tenant, { q, limit: 130, order });
    assert.deepEqual(sequences(found), sequences(wanted), q);
    const counted = await ask<EventCount>(app, pathOf('/count', tenant, { q }));
    assert.deepEqual([counted.count, counted.exact], [expected.length, true], q);
  }
}

onBothDatabases('answers are those of the predicate', (open) => {
  for (const seed of [1, 2]) {
    test(`before the index has the events, and after (${seed})`, async () => {
      const app = await open();
      const tenant = `world-${seed}`;
      const all = await fill(app, tenant, seed);
      await holdsTo(app, tenant, all, seed * 100);
      await caughtUp(app, tenant);
      await holdsTo(app, tenant, all, seed * 100 + 1);
    });
  }

  test('while the index is made anew', async () => {
    const app = await open();
    const all = await fill(app, 'anew', 3);
    await caughtUp(app, 'anew');
    const job = await app.admin<Job>('POST', '/v1/jobs', { kind: 'rebuild', tenant_id: 'anew' });
    assert.equal(job.status, 202);
    await holdsTo(app, 'anew', all, 300);
    let { json } = job;
    while (json.state === 'running') {
      await sleep(50);
      json = (await app.admin<Job>('GET', `/v1/jobs/${json.job_id}`)).json;
    }
    assert.deepEqual([json.state, json.done], ['completed', json.total]);
    assert.ok(json.total >= EVENTS, 'the log’s own too');
    await holdsTo(app, 'anew', all, 301);
  });

  test('over more rows than are read at once', async () => {
    const app = await open();
    const events = fc.sample(worldEvent(Date.now()), { seed: 5, numRuns: 3_000 });
    for (let first = 0; first < events.length; first += 1_000) {
      await app.record('many', events.slice(first, first + 1_000));
    }
    await caughtUp(app, 'many');
    const all = await answers(app, 'many', { limit: 500 });
    for (const q of ['-outcome:success', 'outcome:denied', 'actor:u_1', 'action:login', 'ana']) {
      const wanted = all.filter(matcherOf(parseQuery(q)));
      assert.deepEqual(
        sequences(await answers(app, 'many', { q, limit: 500 })),
        sequences(wanted),
        q,
      );
      const counted = await ask<EventCount>(app, pathOf('/count', 'many', { q }));
      assert.deepEqual([counted.count, counted.exact], [wanted.length, true], q);
    }
  });

  test('over blocks that a thread has taken', async () => {
    const app = await open();
    const day = 86_400_000;
    const zoe = { id: 'z_1', type: 'user', name: 'Zoe' } as const;
    for (const daysAgo of [1, 1, 1, 100, 300]) {
      const occurred_at = new Date(Date.now() - daysAgo * day).toISOString();
      const same = { occurred_at, actor: zoe, reason: { text: 'zebra' } };
      const events = sampleEvents(400, same).map((event, n) => ({ ...event, metadata: { n } }));
      await app.record('taken', events);
    }
    // What is not rare among the newest events is read by time.
    await app.record('taken', sampleEvents(200, { occurred_at: new Date().toISOString() }));
    await caughtUp(app, 'taken');
    const all = await answers(app, 'taken', { limit: 500 });
    // Indexes propose far more than a page, of which little is an answer.
    for (const q of ['zebra', 'zeb* metadata.n:>390', 'actor:z_1 metadata.n:<9', 'zebra zoe']) {
      const wanted = all.filter(matcherOf(parseQuery(q)));
      const got = await answers(app, 'taken', { q, limit: 500 });
      assert.deepEqual(sequences(got), sequences(wanted), q);
      const counted = await ask<EventCount>(app, pathOf('/count', 'taken', { q }));
      assert.ok(!counted.exact || counted.count === wanted.length, `${q}: ${counted.count}`);
    }
  });

  test('facets and histogram count what the predicate counts', async () => {
    const app = await open();
    const all = await fill(app, 'counts', 4);
    for (const step of ['before', 'after']) {
      if (step === 'after') await caughtUp(app, 'counts');
      for (const [q, from] of [
        ['', ''],
        ['', 'now-20d'],
        ['outcome:*', 'now-11d'],
      ]) {
        const asked = { ...(q ? { q } : {}), ...(from ? { from } : {}) };
        const begin = from ? Date.now() - Number.parseInt(from.slice(4), 10) * 86_400_000 : 0;
        const matches = matcherOf(parseQuery(q ?? ''));
        const due = all.filter((event) => matches(event) && Date.parse(event.occurred_at) >= begin);
        const facets = await ask<Facets>(
          app,
          pathOf('/facets', 'counts', {
            ...asked,
            fields: 'action,outcome,actor,target.type',
            limit: 50,
          }),
        );
        for (const { field, values } of facets.facets) {
          const wanted = new Map<string, number>();
          for (const event of due) {
            for (const value of facetValues(event, field)) {
              wanted.set(value, (wanted.get(value) ?? 0) + 1);
            }
          }
          assert.deepEqual(
            new Map(values.map(({ value, count }) => [value, count])),
            wanted,
            field,
          );
        }
        const histogram = await ask<Histogram>(
          app,
          pathOf('/histogram', 'counts', { ...asked, interval: '1d', time_zone: 'Asia/Kathmandu' }),
        );
        assert.equal(
          histogram.buckets.reduce((sum, { count }) => sum + count, 0),
          due.length,
        );
        for (const [index, { start, count, outcomes }] of histogram.buckets.entries()) {
          assert.match(start, /T00:00:00\+05:45$/);
          const end = Date.parse(histogram.buckets[index + 1]?.start ?? histogram.to);
          const inside = due.filter(({ occurred_at }) => {
            const ms = Date.parse(occurred_at);
            return ms >= Date.parse(start) && ms < end;
          });
          assert.equal(count, inside.length, start);
          const denied = inside.filter(({ outcome }) => outcome?.result === 'denied').length;
          assert.equal(outcomes['denied'] ?? 0, denied, start);
        }
      }
    }
  });
});
