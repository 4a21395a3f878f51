/** Pages: complete, in order, without repetition, whatever happens between them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { Problem } from '@annals/contract/problem';
import type { EventPage } from '@annals/contract/routes';
import { onBothDatabases, sampleEvent, sampleEvents, type TestApp } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';

type Query = Readonly<Record<string, string | number>>;

function pathOf(query: Query, path = '/v1/events'): string {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return `${path}?${new URLSearchParams(pairs)}`;
}

async function page(app: TestApp, query: Query): Promise<EventPage> {
  const { status, json, text } = await app.admin<EventPage>('GET', pathOf(query));
  assert.equal(status, 200, text);
  return json;
}

/** All pages from the first to the last; `between` runs after each. */
async function pages(app: TestApp, query: Query, between?: () => Promise<unknown>) {
  const events: ReadEvent[] = [];
  let [cursor, count]: [string | null, number] = [null, 0];
  do {
    const { order: _, ...again } = query;
    const asked: Query = cursor === null ? query : { limit: 100, ...again, cursor };
    const got = await page(app, asked);
    events.push(...got.events);
    cursor = got.next_cursor;
    count++;
    await between?.();
    assert.ok(count < 1_000, 'pages end');
  } while (cursor !== null);
  return { events, count };
}

const sequences = (events: readonly ReadEvent[]) => events.map(({ sequence }) => sequence);
const at = (instant: string, count = 1): EventInput[] =>
  sampleEvents(count, { occurred_at: instant });

onBothDatabases('pages', (open) => {
  test('follow each other without gap or repetition, also through equal times', async () => {
    const app = await open();
    const events = Array.from({ length: 97 }, (_, n) =>
      sampleEvent({ occurred_at: new Date(1_750_000_000_000 + ((n * 7) % 5)).toISOString() }),
    );
    await app.record('equal', events);
    const expected = events
      .map((event, sequence) => ({ time: Date.parse(event.occurred_at), sequence }))
      .sort((one, other) => one.time - other.time || one.sequence - other.sequence)
      .map(({ sequence }) => sequence);
    for (const [order, all] of [
      ['asc', expected],
      ['desc', expected.toReversed()],
    ] as const) {
      for (const limit of [1, 7, 96, 97, 98, 500]) {
        const { events: found, count } = await pages(app, { tenant_id: 'equal', order, limit });
        assert.deepEqual(sequences(found), all, `${order} ${limit}`);
        assert.equal(count, Math.ceil(97 / limit), 'and no empty page at the end');
      }
    }
    const usual = await page(app, { tenant_id: 'equal' });
    assert.deepEqual(sequences(usual.events), expected.toReversed(), 'newest first by default');
  });

  test('words are found on both sides of years in which nothing happened', async () => {
    const app = await open();
    const days = [
      '2009-03-01',
      '2009-03-02',
      '2009-06-01',
      '2017-01-01',
      '2017-01-20',
      '2026-11-01',
    ];
    const events = days.flatMap((day, index) => [
      ...at(`${day}T00:00:00Z`, 2),
      sampleEvent({
        occurred_at: `${day}T12:00:00Z`,
        metadata: { note: index % 2 === 0 ? 'quarterly review' : 'review' },
      }),
    ]);
    await app.record('gaps', events);
    await caughtUp(app, 'gaps');
    for (const [q, expected] of [
      ['quarterly', [2, 8, 14]],
      ['review', [2, 5, 8, 11, 14, 17]],
      ['yearly', []],
    ] as const) {
      for (const limit of [1, 2, 50]) {
        const asked = { tenant_id: 'gaps', q, limit };
        const up = await pages(app, { ...asked, order: 'asc' });
        assert.deepEqual(sequences(up.events), expected, `${q} ${limit} asc`);
        const down = await pages(app, { ...asked, order: 'desc' });
        assert.deepEqual(sequences(down.events), expected.toReversed(), `${q} ${limit} desc`);
      }
    }
  });

  test('an event reads as it was sent, with its place and proof', async () => {
    const app = await open();
    const event = sampleEvent({
      occurred_at: '2026-02-03T05:06:07.8999+01:00',
      reason: { text: 'Zürich "東京" 😀 \u2028\n' },
      on_behalf_of: [{ type: 'user', id: 'u2' }],
      severity: 'high',
      event_type: 'sharing',
    });
    const { receipts } = await app.record('reads', [event]);
    const { events, notices, next_cursor } = await page(app, { tenant_id: 'reads' });
    assert.deepEqual([notices, next_cursor], [[], null]);
    const { received_at, ...read } = events[0] ?? assert.fail();
    assert.ok(Math.abs(Date.parse(received_at) - Date.now()) < 60_000);
    const { sequence, leaf_hash } = receipts[0] ?? assert.fail();
    const occurred_at = '2026-02-03T04:06:07.899Z';
    assert.deepEqual(read, { ...event, occurred_at, tenant_id: 'reads', sequence, leaf_hash });
    const path = pathOf({ tenant_id: 'reads' }, `/v1/events/${event.id?.toUpperCase()}`);
    assert.deepEqual((await app.admin('GET', path)).json, events[0]);
  });

  test('an id that is not there, or is another tenant’s, is not found', async () => {
    const app = await open();
    const [own] = await Promise.all([
      app.record('one', [sampleEvent()]),
      app.record('two', at('2026-01-01T00:00:00Z')),
    ]);
    const known = own.receipts[0]?.id ?? '';
    for (const [id, tenant_id] of [
      [randomUUID(), 'one'],
      [known, 'two'],
    ] as const) {
      const { status, json } = await app.admin<Problem>(
        'GET',
        pathOf({ tenant_id }, `/v1/events/${id}`),
      );
      assert.equal(status, 404);
      assert.equal(json.detail, 'There is no such event.');
    }
  });

  test('from is inclusive, to is exclusive, to the millisecond', async () => {
    const app = await open();
    const instants = ['10:00:00.000', '10:00:00.001', '10:00:00.002', '10:00:00.003'];
    await app.record(
      'range',
      instants.flatMap((time) => at(`2026-01-01T${time}Z`)),
    );
    const found = async (query: Query) =>
      (await page(app, { tenant_id: 'range', order: 'asc', ...query })).events.map(
        ({ occurred_at }) => occurred_at.slice(-4, -1),
      );
    assert.deepEqual(await found({ from: '2026-01-01T10:00:00.001Z' }), ['001', '002', '003']);
    assert.deepEqual(await found({ to: '2026-01-01T10:00:00.002Z' }), ['000', '001']);
    const both = { from: '2026-01-01T11:00:00.001+01:00', to: '2026-01-01T05:00:00.003-05:00' };
    assert.deepEqual(await found(both), ['001', '002']);
    const [from, to] = ['2026-01-01T10:00:00.001Z', '2026-01-01T10:00:00.001Z'];
    assert.deepEqual(await found({ from, to }), [], 'an empty range is empty');
    assert.deepEqual(await found({ to: '1970-01-01T00:00:00Z' }), []);
    assert.deepEqual(await found({ from: '9999-12-31T23:59:59Z' }), []);
    const paged = await pages(app, { tenant_id: 'range', ...both, order: 'asc', limit: 1 });
    assert.equal(paged.events.length, 2, 'the range stays with the cursor');
  });

  test('relative times count from the server’s clock', async () => {
    const app = await open();
    const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
    const [minute, day] = [60_000, 86_400_000];
    await app.record(
      'relative',
      [30_000, 90 * minute, 3 * day, 10 * day].flatMap((ms) => at(ago(ms))),
    );
    const count = async (query: Query) =>
      (await page(app, { tenant_id: 'relative', ...query })).events.length;
    assert.equal(await count({ from: 'now-60s' }), 1);
    assert.equal(await count({ from: 'now-2m' }), 1);
    assert.equal(await count({ from: 'now-2h' }), 2);
    assert.equal(await count({ from: 'now-7d' }), 3);
    assert.equal(await count({ from: 'now-2w' }), 4);
    assert.equal(await count({ to: 'now-1d' }), 2);
    assert.equal(await count({ from: 'now-4d', to: 'now-1h' }), 2);
    assert.equal(await count({ to: 'now+1h' }), 4);
    assert.equal(await count({ from: 'now' }), 0);
  });

  test('an empty tenant has one empty page', async () => {
    const app = await open();
    await app.admin('PUT', '/v1/tenants/empty', {});
    const { as_of: asOf, ...got } = await page(app, { tenant_id: 'empty' });
    assert.deepEqual(got, { events: [], next_cursor: null, notices: [] });
    assert.ok(Math.abs(Date.parse(asOf) - Date.now()) < 60_000, asOf);
  });
});

onBothDatabases('cursors', (open) => {
  test('events that arrive meanwhile do not disturb the pages of the past', async () => {
    const app = await open();
    await app.record('busy', sampleEvents(50));
    const late = () => app.record('busy', sampleEvents(3));
    const { events } = await pages(app, { tenant_id: 'busy', limit: 9 }, late);
    assert.deepEqual(
      sequences(events),
      Array.from({ length: 50 }, (_, n) => 49 - n),
    );
    const rising = await pages(app, { tenant_id: 'busy', limit: 30, order: 'asc' });
    const all = sequences(rising.events);
    assert.deepEqual(all.slice(0, 50), sequences(events).toReversed());
    const rises = all.every((one = 0, n) => n === 0 || one > (all[n - 1] ?? one));
    assert.ok(all.length > 50 && rises);
  });

  test('a cursor keeps range and order of its first page, whatever else is asked', async () => {
    const app = await open();
    await app.record('kept', sampleEvents(20));
    const query = { tenant_id: 'kept', order: 'asc', limit: 5, from: 'now-2h' };
    const { next_cursor } = await page(app, query);
    const cursor = next_cursor ?? assert.fail();
    const second = await page(app, { tenant_id: 'kept', limit: 5, cursor });
    assert.deepEqual(sequences(second.events), [5, 6, 7, 8, 9]);
    const other = { order: 'desc', from: 'now-1m', to: 'now', limit: 2 };
    const again = await page(app, { tenant_id: 'kept', cursor, ...other });
    assert.deepEqual(sequences(again.events), [5, 6], 'only the limit is new');
  });

  test('a cursor is good for its tenant only, and garbage for none', async () => {
    const app = await open();
    await app.record('mine', sampleEvents(5));
    await app.record('theirs', sampleEvents(5));
    const { next_cursor } = await page(app, { tenant_id: 'mine', limit: 2 });
    const cursor = next_cursor ?? assert.fail();
    const turned = [...cursor].reverse().join('');
    for (const query of [
      { tenant_id: 'theirs', cursor },
      { tenant_id: 'mine', cursor: turned },
      { tenant_id: 'mine', cursor: cursor.slice(0, -3) },
      { tenant_id: 'mine', cursor: 'x' },
      { tenant_id: 'mine', cursor: 'A'.repeat(2_000) },
    ]) {
      const { status, json } = await app.admin<Problem>('GET', pathOf(query));
      assert.equal(status, 400);
      assert.equal(json.code, 'invalid_cursor');
    }
    const empty = await app.admin<Problem>('GET', pathOf({ tenant_id: 'mine', cursor: '' }));
    assert.equal(empty.status, 400, 'an empty cursor is not the first page');
  });

  test('a cursor outlives the server', async () => {
    const app = await open({});
    await app.record('lasting', sampleEvents(10));
    const { next_cursor } = await page(app, { tenant_id: 'lasting', limit: 4 });
    await app.restart();
    const cursor = next_cursor ?? assert.fail();
    const { events } = await page(app, { tenant_id: 'lasting', cursor, limit: 4 });
    assert.deepEqual(sequences(events), [5, 4, 3, 2]);
  });
});
