/** What is told of the kinds of events is true of the events. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { EventCount, Facets, Histogram } from '@annals/contract/find';
import { asksPlain, eventOfKind, kindText } from '@annals/contract/kinds';
import { matcherOf } from '@annals/contract/match';
import { parseQuery, printQuery } from '@annals/contract/query';
import type { EventPage } from '@annals/contract/routes';
import { FACET_FIELDS, type FacetField } from '@annals/contract/values';
import fc from 'fast-check';
import { onBothDatabases, sampleEvents, type TestApp } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';
import { plainQuery, worldEvent } from '../../test/worlds.ts';
import { facetValues } from './tally.ts';

const NOW = Date.now();
const RUNS = 60;
const FIELDS = FACET_FIELDS.filter((field) => field !== 'actor');

test('a question about plain fields is true of a kind as it is of its events', () => {
  const read = worldEvent(NOW).map(
    (event): ReadEvent => ({ ...event, id: '', tenant_id: '', occurred_at: '', received_at: '' }),
  );
  fc.assert(
    fc.property(read, plainQuery, (event, query) => {
      const kind = eventOfKind(kindText(event));
      const matches = matcherOf(query);
      assert.ok(asksPlain(query));
      assert.equal(matches(kind), matches(event));
      for (const field of FIELDS) {
        const [told, due] = [facetValues(kind, field), facetValues(event, field)];
        assert.deepEqual([...told].sort(), [...due].sort());
      }
      assert.equal(kindText(kind), kindText(event));
    }),
  );
});

test('a question about anything else is not asked of kinds', () => {
  for (const q of ['word', 'actor:u_1', 'outcome:denied reason:x', '(outcome:denied or word)']) {
    assert.ok(!asksPlain(parseQuery(q)), q);
  }
});

async function ask<T>(app: TestApp, route: string, asked: Record<string, string>): Promise<T> {
  const path = `/v1/events${route}?${new URLSearchParams({ tenant_id: 'kinds', ...asked })}`;
  const { status, json, text } = await app.admin<T>('GET', path);
  assert.equal(status, 200, `${path}: ${text}`);
  return json;
}

function countsOf(events: readonly ReadEvent[], field: FacetField) {
  const counts = new Map<string, number>();
  for (const event of events) {
    for (const value of facetValues(event, field)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

const within = (events: readonly ReadEvent[], from: number, to: number): ReadEvent[] =>
  events.filter(({ occurred_at }) => {
    const ms = Date.parse(occurred_at);
    return ms >= from && ms < to;
  });

/** Every answer about a question is that of the predicate. */
async function holds(app: TestApp, all: readonly ReadEvent[], q: string, from: string) {
  const begin = NOW - Number.parseInt(from.slice(4), 10) * 86_400_000;
  const asked = { q, from: new Date(begin).toISOString() };
  const due = within(all.filter(matcherOf(parseQuery(q))), begin, Infinity);
  const counted = await ask<EventCount>(app, '/count', asked);
  assert.deepEqual([counted.count, counted.exact], [due.length, true], q);
  // With actors by the facts of each event, without by counts.
  for (const fields of [FIELDS, FACET_FIELDS]) {
    const names = { fields: fields.join(), limit: '100' };
    const { facets } = await ask<Facets>(app, '/facets', { ...asked, ...names });
    for (const { field, values } of facets) {
      const told = new Map(values.map(({ value, count }) => [value, count]));
      assert.deepEqual(told, countsOf(due, field), `${q} ${field}`);
    }
  }
  for (const steps of [
    { interval: '1d', time_zone: 'Europe/Berlin' },
    { interval: '5m', from: new Date(NOW - 86_400_000).toISOString() },
  ]) {
    const { buckets, to } = await ask<Histogram>(app, '/histogram', { ...asked, ...steps });
    for (const [index, { start, count, outcomes }] of buckets.entries()) {
      const inside = within(due, Date.parse(start), Date.parse(buckets[index + 1]?.start ?? to));
      assert.equal(count, inside.length, `${q} ${start}`);
      assert.deepEqual(new Map(Object.entries(outcomes)), countsOf(inside, 'outcome'), q);
    }
  }
}

onBothDatabases('counts by kind', (open) => {
  test('are those of the predicate, also where some kinds are not kept', async () => {
    const app = await open();
    const occurred_at = new Date(NOW).toISOString();
    const known = new Map<string | undefined, ReadEvent>();
    const record = async (events: readonly EventInput[]) => {
      await app.record('kinds', events);
      const page = await ask<EventPage>(app, '', { limit: '500' });
      for (const event of page.events) known.set(event.id, event);
    };
    const hold = async (queries: readonly string[]) => {
      for (const q of queries) await holds(app, [...known.values()], q, 'now-30d');
    };
    const queries = fc.sample(plainQuery, { seed: 2, numRuns: RUNS }).map(printQuery);
    await record(fc.sample(worldEvent(NOW), { seed: 1, numRuns: 500 }));
    await caughtUp(app, 'kinds');
    await hold(queries);
    // A kind that is new: in the tail of the index, then in its counts.
    await record(sampleEvents(20, { action: 'Brand.New', occurred_at }));
    await hold(['action:brand.new']);
    await caughtUp(app, 'kinds');
    await hold(['action:brand.new']);
    const roles = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(60));
    const actor = { type: 'user', id: 'u_1', roles } as const;
    await record(sampleEvents(10, { occurred_at, actor }));
    await caughtUp(app, 'kinds');
    await hold([`actor.role:${roles[3]}`, ...queries.slice(0, 10)]);
  });
});
