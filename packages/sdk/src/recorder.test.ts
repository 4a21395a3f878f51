import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS as CONTRACT } from '@annals/contract/event';
import fc from 'fast-check';
import { idsOf, type Peer, problem, recorded, startPeer } from '../test/peer.ts';
import { LIMITS, type NewEvent } from './recorder.ts';
import { AnnalsError, EventRejectedError, NotAllowedError, UnavailableError } from './sdk.ts';

const event = (action = 'document.read'): NewEvent => ({
  action,
  actor: { type: 'user', id: 'u-1' },
});
const sizes = (peer: Peer) => peer.seen.map(({ body }) => idsOf(body).length);
/** A promise and the function that resolves it. */
const door = () => Promise.withResolvers<void>();

test('a request is no larger than what the server takes', () => {
  assert.equal(LIMITS.requestEvents, CONTRACT.requestEvents);
  assert(LIMITS.requestBytes < CONTRACT.bodyBytes);
});

describe('one event at a time', () => {
  test('resolves with its own receipt; id and time are made', async () => {
    await using peer = await startPeer(({ body }) => recorded(body));
    const receipt = await peer.client({ project: 'shop' }).events.record(event());
    const [seen] = peer.seen;
    const sent = JSON.parse(seen?.body ?? '');
    assert.deepEqual(receipt, { id: sent.id, sequence: 0, leaf_hash: `hash-${sent.id}` });
    assert(Math.abs(Date.parse(sent.occurred_at) - Date.now()) < 10_000);
    assert.equal(seen?.method, 'POST');
    assert.equal(seen?.url, '/v1/events?project=shop');
    assert.equal(seen?.headers.authorization, 'Bearer test-key');
    assert.equal(seen?.headers['content-type'], 'application/x-ndjson');
  });

  test('events that come while a request runs go in the next; two run at once', async () => {
    const gate = door();
    await using peer = await startPeer(async ({ body }, count) => {
      if (count < 2) await gate.promise;
      return recorded(body);
    });
    const { events } = peer.client();
    const all = [events.record(event())];
    await untilSeen(peer, 1);
    all.push(events.record(event()));
    await untilSeen(peer, 2);
    for (let count = 0; count < 2_500; count += 1) all.push(events.record(event()));
    gate.resolve();
    const receipts = await Promise.all(all);
    assert.deepEqual(sizes(peer).toSorted(), [1, 1, 1000, 1000, 500].toSorted());
    const sent = peer.seen.flatMap(({ body }) => idsOf(body));
    assert.deepEqual(receipts.map(({ id }) => id).toSorted(), sent.toSorted());
  });

  test('a request holds at most 8 MiB', async () => {
    await using peer = await startPeer(({ body }) => recorded(body));
    const { events } = peer.client();
    const large = { ...event(), metadata: { text: 'é'.repeat(1_500_000) } };
    await Promise.all([1, 2, 3, 4].map(() => events.record(large)));
    assert.deepEqual(sizes(peer), [2, 2]);
    assert(peer.seen.every(({ body }) => Buffer.byteLength(body) <= LIMITS.requestBytes));
  });

  test('a refused event rejects, its neighbours do not', async () => {
    await using peer = await startPeer(({ body }) => recorded(body, [1]));
    const { events } = peer.client();
    const results = await Promise.allSettled([1, 2, 3].map(() => events.record(event())));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const ids = idsOf(peer.seen[0]?.body ?? '');
    assert.equal(results[2]?.status === 'fulfilled' && results[2].value.id, ids[2]);
    const reason = results[1]?.status === 'rejected' ? results[1].reason : undefined;
    assert(reason instanceof EventRejectedError);
    const { code, detail, path } = reason;
    assert.deepEqual(
      { code, detail, path },
      { code: 'invalid_event', detail: 'must be a string', path: '/action' },
    );
  });

  test('a refused request rejects every event in it, and the next request goes', async () => {
    await using peer = await startPeer(({ body }, count) =>
      count === 0 ? problem(401, 'unauthenticated') : recorded(body),
    );
    const { events } = peer.client();
    const results = await Promise.allSettled([events.record(event()), events.record(event())]);
    assert(results.every(({ status }) => status === 'rejected'));
    assert.equal((await events.record(event())).sequence, 0);
  });

  test('ids stay the same over retries, so that nothing is stored twice', async () => {
    await using peer = await startPeer(({ body }, count) =>
      count === 0 ? { cut: true } : count === 1 ? problem(503, 'stopping') : recorded(body),
    );
    await peer.client().events.record(event());
    assert.equal(peer.seen.length, 3);
    assert.equal(new Set(peer.seen.map(({ body }) => body)).size, 1);
  });

  test('a full queue refuses at once, and what it holds is sent', async () => {
    const gate = door();
    await using peer = await startPeer(async ({ body }) => {
      await gate.promise;
      return recorded(body);
    });
    const { events } = peer.client({ queueEvents: 3 });
    const running = [events.record(event())];
    await untilSeen(peer, 1);
    running.push(events.record(event()));
    await untilSeen(peer, 2);
    running.push(...[1, 2, 3].map(() => events.record(event())));
    await assert.rejects(events.record(event()), { name: 'QueueFullError', code: 'queue_full' });
    gate.resolve();
    assert.equal((await Promise.all(running)).length, 5);
    await events.record(event());
  });

  test('an event that cannot be JSON, or is larger than a request, is refused here', async () => {
    await using peer = await startPeer(({ body }) => recorded(body));
    const { events } = peer.client();
    await assert.rejects(events.record({ ...event(), metadata: { big: 1n } }), {
      name: 'EventRejectedError',
      code: 'invalid_event',
    });
    const tooLarge = { ...event(), metadata: { text: 'x'.repeat(LIMITS.requestBytes) } };
    await assert.rejects(events.record(tooLarge), { code: 'event_too_large' });
    assert.equal(peer.seen.length, 0);
  });

  test('abort takes back what has not been sent and lets the rest run', async () => {
    const gate = door();
    await using peer = await startPeer(async ({ body }) => {
      await gate.promise;
      return recorded(body);
    });
    const { events } = peer.client({ queueEvents: 2 });
    const abort = new AbortController();
    const { signal } = abort;
    const first = events.record(event('a'), { signal });
    await untilSeen(peer, 1);
    const second = events.record(event('b'));
    await untilSeen(peer, 2);
    const queued = [events.record(event('c'), { signal }), events.record(event('d'))];
    abort.abort(new Error('enough'));
    await assert.rejects(first, /enough/);
    await assert.rejects(queued[0] ?? first, /enough/);
    const fourth = events.record(event('e'));
    gate.resolve();
    await Promise.all([second, queued[1], fourth]);
    const actions = peer.seen.flatMap(({ body }) => body.match(/"action":"(.)"/g) ?? []);
    assert.deepEqual(
      actions,
      ['a', 'b', 'd', 'e'].map((name) => `"action":"${name}"`),
    );
    await assert.rejects(events.record(event(), { signal }), /enough/);
  });
});

describe('many events', () => {
  test('go in several requests; indexes are those of the array', async () => {
    await using peer = await startPeer(({ body }) => recorded(body, [1, 3]));
    const many: NewEvent[] = Array.from({ length: 2_100 }, () => event());
    many[5] = { ...event(), metadata: { big: 1n } };
    const result = await peer.client().events.record(many);
    assert.deepEqual(sizes(peer), [1000, 1000, 99]);
    assert.deepEqual(
      result.rejected.map(({ index }) => index),
      [1, 3, 5, 1002, 1004, 2002, 2004],
    );
    assert.equal(result.accepted, 2_093);
    assert.equal(result.receipts.length, 2_093);
  });

  test('all of them refused is an answer, not an error', async () => {
    await using peer = await startPeer(({ body }) => recorded(body, [0, 1]));
    const result = await peer.client().events.record([event(), event()]);
    assert.equal(result.rejected.length, 2);
    assert.deepEqual(result.receipts, []);
  });

  test('an error says what was recorded before it', async () => {
    await using peer = await startPeer(({ body }, count) =>
      count === 0 ? recorded(body) : problem(503, 'storage_full'),
    );
    const many = Array.from({ length: 1_500 }, () => event());
    const error: unknown = await peer
      .client({ retries: 1 })
      .events.record(many)
      .catch((reason: unknown) => reason);
    assert(error instanceof UnavailableError);
    assert.equal(error.code, 'storage_full');
    assert.equal(error.recorded?.accepted, 1_000);
    assert.equal(peer.seen.length, 3);
  });

  test('an answer that leaves events out is an error, not a success', async () => {
    await using peer = await startPeer(({ body }) => ({
      ...recorded(body),
      body: { accepted: 1, duplicates: 0, rejected: [], receipts: [] },
    }));
    const { events } = peer.client();
    await assert.rejects(events.record([event()]), { code: 'unexpected_answer' });
    await assert.rejects(events.record(event()), AnnalsError);
  });

  test('every event of any array ends once, as a receipt or as a rejection', async () => {
    await using peer = await startPeer(({ body }) => {
      const lines = body.trimEnd().split('\n');
      return recorded(
        body,
        lines.flatMap((line, index) => (line.includes('"bad"') ? [index] : [])),
      );
    });
    const client = peer.client();
    const kinds = fc.array(fc.constantFrom('good', 'bad', 'big'), { maxLength: 1_200 });
    await fc.assert(
      fc.asyncProperty(kinds, async (given) => {
        const many = given.map((kind) =>
          kind === 'big' ? { ...event(kind), metadata: { big: 1n } } : event(kind),
        );
        const result = await client.events.record(many);
        assert.deepEqual(
          result.rejected.map(({ index }) => index),
          given.flatMap((kind, index) => (kind === 'good' ? [] : [index])),
        );
        assert.equal(result.receipts.length + result.rejected.length, given.length);
      }),
      { numRuns: 25 },
    );
  });
});

describe('closing', () => {
  test('sends what it holds, then refuses', async () => {
    const gate = door();
    await using peer = await startPeer(async ({ body }) => {
      await gate.promise;
      return recorded(body);
    });
    const client = peer.client();
    const receipts = [1, 2, 3].map(() => client.events.record(event()));
    const closing = client.close();
    await assert.rejects(client.events.record(event()), { name: 'ClientClosedError' });
    await assert.rejects(client.events.record([event()]), { code: 'closed' });
    gate.resolve();
    await closing;
    assert.equal((await Promise.all(receipts)).length, 3);
  });

  test('flush resolves when what came before has ended, well or not', async () => {
    await using peer = await startPeer(() => problem(403, 'forbidden'));
    const { events } = peer.client();
    let reason: unknown;
    const failed = events.record(event()).catch((error: unknown) => {
      reason = error;
    });
    await events.flush();
    assert(reason instanceof NotAllowedError);
    await failed;
  });
});

const untilSeen = async (peer: Peer, count: number) => {
  while (peer.seen.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
};
