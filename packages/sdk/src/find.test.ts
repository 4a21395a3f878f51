/** The client against the real server: every question, and a tail whose network breaks. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import { isErased } from '@annals/contract/values';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { startRelay } from '../test/relay.ts';
import { type Client, createClient, InvalidRequestError } from './sdk.ts';

let app: TestApp;
let client: Client;
before(async () => {
  // A client that was cut keeps a connection open without asking anything.
  const settings = { ANNALS_STOP_TIMEOUT_MS: '500' };
  app = await startTestApp({ dialect: 'sqlite', settings });
  client = createClient({ url: app.url, key: app.adminKey });
});
after(async () => {
  await client.close();
  await app.stop();
});

const ada = { type: 'user', id: 'u-1', name: 'Ada' } as const;
const bob = { type: 'user', id: 'u-2', name: 'Bob' } as const;
const road = [{ type: 'document', id: 'd-7', name: 'Roadmap' }];

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};
/** The number that a test gave to an event. */
const stepOf = ({ metadata }: ReadEvent): unknown =>
  isErased(metadata) ? undefined : metadata?.['step'];

describe('questions', () => {
  const tenant_id = 'asked';
  before(async () => {
    const events = [
      { actor: ada, action: 'document.shared', outcome: { result: 'success' } as const },
      { actor: bob, action: 'document.shared', outcome: { result: 'denied' } as const },
      { actor: ada, action: 'login', outcome: { result: 'success' } as const, targets: [] },
    ];
    await app.record(
      tenant_id,
      events.map((fields) => sampleEvent({ targets: road, ...fields })),
    );
  });

  test('search, and its pages', async () => {
    const { events, notices } = await client.events.search({ tenant_id, q: 'actor:ada' });
    assert.deepEqual([events.length, notices], [2, []]);
    const asked = { tenant_id, q: 'roadmap -outcome:denied', limit: 1 };
    const found = await collect(client.events.all(asked));
    assert.deepEqual(
      found.map(({ actor }) => actor.name),
      ['Ada'],
    );
  });

  test('count, histogram and facets', async () => {
    const asked = { tenant_id, q: 'action:document.shared' };
    assert.deepEqual(await client.events.count(asked), {
      count: 2,
      exact: true,
      counted_back_to: null,
      notices: [],
    });
    const steps = {
      interval: '1d',
      time_zone: 'Asia/Kathmandu',
      from: 'now-2d',
      to: 'now',
    } as const;
    const { buckets } = await client.events.histogram({ ...asked, ...steps });
    assert.equal(
      buckets.reduce((sum, { count }) => sum + count, 0),
      2,
    );
    assert.match(buckets[0]?.start ?? '', /T00:00:00\+05:45$/);
    const { facets } = await client.events.facets({ ...asked, fields: ['outcome', 'actor'] });
    assert.deepEqual(
      facets.map(({ field, values }) => [field, values.map(({ value }) => value)]),
      [
        ['outcome', ['denied', 'success']],
        ['actor', ['u-1', 'u-2']],
      ],
    );
  });

  test('suggestions, actors and records, once the index has them', async () => {
    const isThere = async () => (await client.actors.list({ tenant_id })).actors.length === 2;
    for (let look = 0; look < 200 && !(await isThere()); look += 1) await sleep(25);
    const [first] = await client.events.suggest({ tenant_id, field: 'actor', prefix: 'ad' });
    assert.deepEqual([first?.value, first?.label], ['u-1', 'Ada']);
    const actors = await collect(client.actors.all({ tenant_id, limit: 1 }));
    assert.deepEqual(actors.map(({ name }) => name).toSorted(), ['Ada', 'Bob']);
    const { records, next_cursor } = await client.records.list({ tenant_id, search: 'road' });
    assert.deepEqual([records[0]?.id, records[0]?.deleted_at, next_cursor], ['d-7', null, null]);
    const pages = await collect(client.records.pages({ tenant_id, type: 'nothing' }));
    assert.deepEqual(pages, [{ records: [], next_cursor: null, notices: [] }]);
  });

  test('a query that cannot be read says where', async () => {
    const error: unknown = await client.events
      .search({ tenant_id, q: 'ada who:x' })
      .catch((e) => e);
    assert(error instanceof InvalidRequestError);
    assert.equal(error.code, 'invalid_search');
    const [{ position, expected, hint } = {}] = error.errors;
    assert.deepEqual([position, expected], [4, 'a key']);
    assert.match(hint ?? '', /Did you mean "actor:"/);
  });
});

describe('the live tail', () => {
  const EVENTS = 150;

  /** Records events one request after the other; `step` has their numbers. */
  const recordAll = async (tenant_id: string) => {
    for (let step = 0; step < EVENTS; step += 1) {
      await client.events.record({ ...sampleEvent(), tenant_id, metadata: { step } });
      if (step % 10 === 0) await sleep(20);
    }
  };
  const all = Array.from({ length: EVENTS }, (_, step) => step);
  /** Bytes of a connection: some break in the head of the answer, most in the middle of a frame. */
  const bytesOf = (connection: number) => 300 + ((connection * 1_237) % 6_000);

  test('cut again and again, it repeats nothing and misses nothing', async () => {
    const tenant_id = 'cut';
    await app.record(tenant_id, [sampleEvent()]);
    await using relay = await startRelay(app.url, bytesOf);
    const far = createClient({ url: relay.url, key: app.adminKey, retries: 50 });
    const begun = Promise.withResolvers<void>();
    const steps: unknown[] = [];
    const reading = (async () => {
      const options = { onPlace: () => begun.resolve() };
      for await (const event of far.events.tail({ tenant_id }, options)) {
        if (steps.push(stepOf(event)) === EVENTS) return;
      }
    })();
    await begun.promise;
    await Promise.all([recordAll(tenant_id), reading]);
    assert.deepEqual(steps, all);
    assert(relay.connections() > 10, `${relay.connections()} connections`);
  });

  test('a later tail goes on where an earlier one ended, with a query too', async () => {
    const tenant_id = 'later';
    await app.record(tenant_id, [sampleEvent()]);
    const stop = new AbortController();
    let place: string | undefined;
    const begun = Promise.withResolvers<void>();
    const onPlace = (id: string) => {
      place = id;
      begun.resolve();
    };
    const { signal } = stop;
    const first = collect(client.events.tail({ tenant_id }, { signal, onPlace }));
    await begun.promise;
    stop.abort();
    assert.deepEqual(await first, []);
    const events = [sampleEvent({ actor: ada }), sampleEvent({ actor: bob })];
    await app.record(tenant_id, events);
    assert(place !== undefined);
    const query = { tenant_id, q: 'actor:bob' };
    for await (const { actor } of client.events.tail(query, { lastEventId: place })) {
      assert.equal(actor.name, 'Bob');
      break;
    }
  });

  test('it outlives a restart of its server', async () => {
    const tenant_id = 'restarted';
    await app.record(tenant_id, [sampleEvent()]);
    await using relay = await startRelay(app.url);
    const far = createClient({ url: relay.url, key: app.adminKey });
    const begun = Promise.withResolvers<void>();
    const breaks: string[] = [];
    const options = {
      onPlace: () => begun.resolve(),
      onBreak: ({ code }: { code: string }) => breaks.push(code),
    };
    const steps: unknown[] = [];
    const reading = (async () => {
      for await (const event of far.events.tail({ tenant_id }, options)) {
        if (steps.push(stepOf(event)) === 2) return;
      }
    })();
    await begun.promise;
    await app.record(tenant_id, [sampleEvent({ metadata: { step: 0 } })]);
    relay.hold();
    await app.restart();
    await app.record(tenant_id, [sampleEvent({ metadata: { step: 1 } })]);
    relay.turnTo(app.url);
    await reading;
    assert.deepEqual(steps, [0, 1]);
    assert(breaks.length > 0);
  });
});
