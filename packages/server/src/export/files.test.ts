/** A file as a stream: whole, and no faster than its receiver. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS, type ReadEvent } from '@annals/contract/event';
import { ALL, LOG } from '@annals/contract/view';
import { BytesBuilder } from '../columns.ts';
import type { EventBlock, Lens } from '../event-rows.ts';
import { Files } from './files.ts';
import type { FileForm } from './format.ts';

const event = (n: number): ReadEvent => ({
  id: `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`,
  tenant_id: 'acme',
  occurred_at: '2026-03-01T12:00:00.000Z',
  received_at: '2026-03-01T12:00:00.123Z',
  action: 'document.read',
  actor: { type: 'user', id: `u${n}` },
});
const form = (format: FileForm['format']): FileForm => ({
  format,
  flavor: 'exact',
  timeZone: 'UTC',
  columns: undefined,
  lateBefore: undefined,
});
const FORMATS = ['csv', 'json', 'ndjson'] as const;

/** Events as rows that the database gave. */
function blockOf(events: readonly ReadEvent[]): EventBlock {
  const hashes = new BytesBuilder(32);
  const documents = new BytesBuilder(1_024);
  for (const event of events) {
    hashes.addBytes(Buffer.alloc(32));
    documents.addText(JSON.stringify(event), 1);
  }
  return {
    count: events.length,
    columns: [
      { kind: 'integer', values: Float64Array.from(events, (_event, index) => index) },
      { kind: 'integer', values: Float64Array.from(events, () => 0) },
      hashes.build(),
      documents.build(),
    ],
  };
}

const LENS: Lens = {
  tenantId: 'acme',
  view: { ...ALL, name: 'plain', hasProof: false },
  query: [],
};
const files = new Files();
after(() => files.close());
const eventFile = (blocks: AsyncIterable<EventBlock>, asked: FileForm) =>
  files.file([{ blocks, lens: LENS }], asked);

/** Pieces of events that tell how far they were taken, and whether they were let go. */
function source(pieces: readonly (readonly ReadEvent[])[], failAt = -1) {
  const state = { taken: 0, ended: false };
  const generator = (async function* () {
    try {
      for (const piece of pieces) {
        if (state.taken === failAt) throw new Error('the database is gone');
        state.taken++;
        yield blockOf(piece);
      }
    } finally {
      state.ended = true;
    }
  })();
  return { state, generator };
}

for (const format of FORMATS) {
  test(`${format}: pieces of any size make one file, empty ones too`, async () => {
    const events = Array.from({ length: 6 }, (_, n) => event(n));
    const [whole] = [[events]];
    const cut = [[], events.slice(0, 1), [], events.slice(1, 4), events.slice(4), []];
    const one = await text(eventFile(source(whole).generator, form(format)).body);
    const other = await text(eventFile(source(cut).generator, form(format)).body);
    assert.equal(other, one);
    assert.ok(events.every(({ id }) => one.includes(id)));
    if (format === 'json') assert.deepEqual(JSON.parse(one), events);
    for (const none of [[], [[]], [[], []]]) {
      const empty = await text(eventFile(source(none).generator, form(format)).body);
      assert.equal(empty.length < one.length, true);
      if (format === 'json') assert.deepEqual(JSON.parse(empty), []);
      if (format === 'ndjson') assert.equal(empty, '');
    }
  });

  test(`${format}: nothing is read ahead of a receiver that does not take`, async () => {
    const { state, generator } = source(Array.from({ length: 100 }, (_, n) => [event(n)]));
    const { body } = eventFile(generator, form(format));
    let release: () => void = () => undefined;
    const slow = new Writable({
      highWaterMark: 1,
      write: (_bytes, _encoding, done) => {
        release = done;
      },
    });
    const piped = pipeline(body, slow);
    await sleep(20);
    assert.ok(state.taken <= 3, `${state.taken} pieces`);
    release();
    await sleep(20);
    assert.ok(state.taken <= 4, `${state.taken} pieces`);
    slow.destroy();
    await assert.rejects(piped);
    await sleep(5);
    assert.equal(state.ended, true, 'the source is let go when the receiver leaves');
  });

  test(`${format}: what fails in the middle fails for the receiver`, async () => {
    const { state, generator } = source(
      Array.from({ length: 9 }, (_, n) => [event(n)]),
      4,
    );
    const { body } = eventFile(generator, form(format));
    await assert.rejects(text(body), /the database is gone/);
    assert.equal(state.ended, true);
  });
}

test('the largest events fit the thread, a block of them larger than its heap', async () => {
  // Small members take the most memory for their length, and quotes become the longest.
  const members = Array.from({ length: 50 }, (_, n) => [`m${n}`, Array<string>(400).fill('"')]);
  const largest = { ...event(0), metadata: Object.fromEntries(members) };
  assert.ok(JSON.stringify(largest).length > LIMITS.eventBytes);
  const blocks = [Array<ReadEvent>(400).fill(largest), [event(1)]];
  const { body, tally } = eventFile(source(blocks).generator, form('csv'));
  let bytes = 0;
  for await (const piece of body) bytes += piece.length;
  assert.equal(tally.rows, 401);
  assert.ok(bytes > 400 * LIMITS.eventBytes);
});

test('a zone that is none is told before anything is read', () => {
  const sight = { view: LOG, rules: undefined, compiled: undefined };
  const asked = { format: 'csv', time_zone: 'Mars/Base' } as const;
  assert.throws(() => new Files().formOf(sight, asked), { code: 'invalid_query' });
});
