import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, problem, type Script, startPeer } from '../test/peer.ts';
import { AnnalsError, type Client, type TailOptions } from './sdk.ts';
import { tail } from './tail.ts';

const frame = (id: string, event: string, data: unknown) =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const stream = (body: string, end: { cut?: true } = {}): Answer => ({
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  body,
  ...end,
});

/** Ids of events until there are `count`, and what the tail told meanwhile. */
const follow = async (client: Client, count: number, options: TailOptions = {}) => {
  const ids: string[] = [];
  const places: string[] = [];
  const breaks: string[] = [];
  const told: TailOptions = {
    onPlace: (place) => places.push(place),
    onBreak: ({ code }) => breaks.push(code),
    ...options,
  };
  for await (const { id } of client.events.tail({ tenant_id: 'acme' }, told)) {
    if (ids.push(id) === count) break;
  }
  return { ids, places, breaks };
};

describe('a tail', () => {
  test('goes on after the last whole event, through cuts and refusals', async () => {
    const script: Script = (_, count) => {
      if (count === 0) {
        const half = frame('p2', 'event', { id: 'b' }).slice(0, -3);
        const begin = frame('p0', 'place', {}) + frame('p1', 'event', { id: 'a' });
        return stream(begin + half, { cut: true });
      }
      if (count === 1) return problem(503, 'stopping');
      if (count === 2) return problem(500, 'internal');
      if (count === 3) return { cut: true };
      if (count === 4) return stream(frame('p2', 'event', { id: 'b' }) + frame('p3', 'place', {}));
      return stream(`: still here\n\n${frame('p4', 'event', { id: 'c' })}`);
    };
    await using peer = await startPeer(script);
    const { ids, places, breaks } = await follow(peer.client({ project: 'shop' }), 3);
    assert.deepEqual(ids, ['a', 'b', 'c']);
    // The place of the last event was not told: its reader never asked for another one.
    assert.deepEqual(places, ['p0', 'p1', 'p2', 'p3']);
    assert.deepEqual(breaks, ['network', 'stopping', 'internal', 'network', 'network']);
    assert.deepEqual(
      peer.seen.map(({ headers }) => headers['last-event-id']),
      [undefined, 'p1', 'p1', 'p1', 'p1', 'p3'],
    );
    assert.equal(peer.seen[0]?.url, '/v1/events/tail?project=shop&tenant_id=acme');
    assert.equal(peer.seen[0]?.headers.accept, 'text/event-stream');
  });

  test('begins at the place that was given, and tells the one it got', async () => {
    await using peer = await startPeer(() =>
      stream(frame('p8', 'place', {}) + frame('p9', 'event', { id: 'z' })),
    );
    const { places } = await follow(peer.client(), 1, { lastEventId: 'p7' });
    assert.equal(peer.seen[0]?.headers['last-event-id'], 'p7');
    assert.deepEqual(places, ['p8']);
  });

  test('throws what cannot pass, also after it was open', async () => {
    await using peer = await startPeer((_, count) =>
      count === 1 ? stream(frame('p0', 'place', {})) : problem(400, 'invalid_cursor'),
    );
    const ended = { code: 'invalid_cursor' };
    await assert.rejects(follow(peer.client(), 1), ended);
    await assert.rejects(follow(peer.client(), 1), ended);
    assert.equal(peer.seen.length, 3);
  });

  test('gives up at the beginning as any call does', async () => {
    await using peer = await startPeer(() => problem(503, 'stopping'));
    await assert.rejects(follow(peer.client({ retries: 2 }), 1), { code: 'stopping' });
    assert.equal(peer.seen.length, 3);
  });

  test('says what is no stream of events', async () => {
    const answers: Answer[] = [
      { body: '<html>' },
      stream('id: 1\nevent: event\ndata: <\n\n'),
      stream('x'.repeat(2 ** 20 + 1)),
    ];
    for (const answer of answers) {
      await using peer = await startPeer(() => answer);
      await assert.rejects(follow(peer.client(), 1), { code: 'unexpected_answer' });
      assert.equal(peer.seen.length, 1);
    }
  });

  test('ends without an error when its signal does: in a stream, and between two', async () => {
    await using peer = await startPeer(async (_, count) => {
      if (count === 0) return stream(frame('p0', 'place', {}));
      await new Promise((resolve) => setTimeout(resolve, 300));
      return stream(frame('p1', 'event', { id: 'late' }));
    });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 150);
    const before = performance.now();
    const { ids } = await follow(peer.client(), 1, { signal: stop.signal });
    assert.deepEqual(ids, []);
    assert(performance.now() - before < 290);
    const { ids: none } = await follow(peer.client(), 1, { signal: stop.signal });
    assert.deepEqual(none, []);
  });

  test('an error of the reader’s own is the reader’s', async () => {
    await using peer = await startPeer(() => stream(frame('p0', 'place', {})));
    const onPlace = () => {
      throw new RangeError('mine');
    };
    await assert.rejects(follow(peer.client(), 1, { onPlace }), /mine/);
    assert.equal(peer.seen.length, 1);
  });

  test('a server that is silent is asked again', async () => {
    let asked = 0;
    const http = {
      json: async () => undefined,
      address: () => '',
      open: async () => {
        asked += 1;
        const text = frame('p0', 'event', { id: `of ${asked}` });
        const body = new ReadableStream<Uint8Array>({
          start: (control) => control.enqueue(new TextEncoder().encode(text)),
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      },
    };
    const breaks: AnnalsError[] = [];
    const options = { onBreak: (error: AnnalsError) => breaks.push(error) };
    const ids: string[] = [];
    for await (const { id } of tail({ http, query: {}, options, silenceMs: 30 })) {
      if (ids.push(id) === 2) break;
    }
    assert.deepEqual(ids, ['of 1', 'of 2']);
    assert(breaks[0] instanceof AnnalsError);
    assert.deepEqual([breaks.length, breaks[0].code], [1, 'timeout']);
  });
});
