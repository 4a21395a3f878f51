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

const uuid = (n: number): string => `0190f5fe-7c00-7a00-8000-${n.toString(16).padStart(12, '0')}`;
/** As it is read, but for what the questions here do not ask for. */
const read = (event: EventInput): ReadEvent => ({
  ...{ id: '', tenant_id: '', received_at: '' },
  ...event,
  occurred_at: event.occurred_at ?? '',
});

const NOW = Date.now();
const RUNS = 60;
const FIELDS = FACET_FIELDS.filter((field) => field !== 'actor');

test('a question about plain fields is true of a kind as it is of its events', () => {
  fc.assert(
    fc.property(worldEvent(NOW).map(read), plainQuery, (event, query) => {
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
  const path = `/v1/events${route}?${new URLSearchParams(asked)}`;
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
async function holds(app: TestApp, tenant: string, all: readonly ReadEvent[], q: string) {
  const begin = NOW - 30 * 86_400_000;
  const asked = { tenant_id: tenant, q, from: new Date(begin).toISOString() };
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
    const [app, tenant] = [await open(), 'kinds'];
    const occurred_at = new Date(NOW).toISOString();
    const known = new Map<string | undefined, ReadEvent>();
    const record = async (events: readonly EventInput[]) => {
      await app.record(tenant, events);
      const page = await ask<EventPage>(app, '', { tenant_id: tenant, limit: '500' });
      for (const event of page.events) known.set(event.id, event);
    };
    const hold = async (queries: readonly string[]) => {
      for (const q of queries) await holds(app, tenant, [...known.values()], q);
    };
    const queries = fc.sample(plainQuery, { seed: 2, numRuns: RUNS }).map(printQuery);
    await record(fc.sample(worldEvent(NOW), { seed: 1, numRuns: 500 }));
    await caughtUp(app, tenant);
    await hold(queries);
    // A kind that is new: in the tail of the index, then in its counts.
    await record(sampleEvents(20, { action: 'Brand.New', occurred_at }));
    await hold(['action:brand.new']);
    await caughtUp(app, tenant);
    await hold(['action:brand.new']);
    const roles = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(60));
    const actor = { type: 'user', id: 'u_1', roles } as const;
    await record(sampleEvents(10, { occurred_at, actor }));
    await caughtUp(app, tenant);
    await hold([`actor.role:${roles[3]}`, ...queries.slice(0, 10)]);
  });

  test('and of who acted', async () => {
    const [app, tenant] = [await open(), 'actors'];
    const busy = { type: 'service_account', id: 'svc_import', name: 'Import' } as const;
    // Somebody is called by the same word in some of the events.
    const alike = { type: 'user', id: 'u_9', name: 'svc_night' } as const;
    const night = { type: 'service_account', id: 'svc_night' } as const;
    const known = new Map<string | undefined, ReadEvent>();
    for (const [actor, count] of [
      [busy, 1_200],
      [night, 1_100],
      [alike, 20],
      [{ type: 'anonymous', email: 'only@mail.example' }, 1_050],
      [{ type: 'system' }, 30],
    ] as const) {
      for (let first = 0; first < count; first += 400) {
        const events = fc.sample(worldEvent(NOW), { seed: first + count, numRuns: 400 });
        const own = events.slice(0, count - first).map((event) => ({ ...event, actor }));
        const sent = own.map((event, n) => ({ ...event, id: uuid(first + count * 10_000 + n) }));
        await app.record(tenant, sent);
        for (const event of sent) known.set(event.id, read(event));
      }
    }
    await caughtUp(app, tenant);
    for (const q of [
      'actor:svc_import',
      'actor:SVC_Import outcome:denied',
      '-actor:svc_import',
      'actor:svc_import actor:only@mail.example',
      'actor:only@mail.example -outcome:success',
      '-actor:u_9 -actor:only@mail.example action:login',
    ]) {
      await holds(app, tenant, [...known.values()], q);
    }
    // Names that somebody has had, and few events: each is looked at.
    for (const q of [
      'actor:svc_night',
      'actor:Import operation:create',
      'actor:nobody',
      'actor:u_9',
    ]) {
      const counted = await ask<EventCount>(app, '/count', { tenant_id: tenant, q });
      const due = [...known.values()].filter(matcherOf(parseQuery(q)));
      assert.equal(counted.count, due.length, q);
    }
  });
});
