/** Facts of events, told by batches of any size, are read as they were told. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DIALECTS } from '../../test/harness.ts';
import { freshDatabase } from '../../test/postgres.ts';
import { createLog } from '../log.ts';
import { type CursorMove, type FactPart, NO_EVENT, openFollowerStore, openStore } from './store.ts';

const log = createLog('silent');
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };
const HOUR = 3_600_000;

const entry = (tenantNo: number, sequence: number) => ({
  tenantNo,
  sequence,
  // Now and then one comes late.
  occurredAt: 1_700_000_000_000 + sequence * 1_000 - (sequence % 97 === 0 ? HOUR : 0),
  kind: 1 + (sequence % 700),
  parties: [
    { entity: 3, role: 4 },
    { entity: 10 + (sequence % 50), role: 1 },
  ],
});
type Entry = ReturnType<typeof entry>;

/** What parts say, one list an event. */
const told = (parts: readonly FactPart[]) =>
  parts.flatMap(({ first, kinds, actors, times }) =>
    Array.from(kinds, (kind, at) => [first + at, kind, actors[at], times[at]]),
  );
const saying = ({ sequence, kind, parties, occurredAt }: Entry) => {
  return [sequence, kind, parties[1]?.entity, occurredAt];
};

const sizes = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
    fc.integer({ min: 1, max: 400 }),
    fc.integer({ min: 1_500, max: 5_000 }),
  ),
  { minLength: 1, maxLength: 40 },
);

for (const dialect of DIALECTS) {
  test(`${dialect}: facts`, async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'annals-facts-'));
    const databaseUrl = dialect === 'postgres' ? await freshDatabase() : undefined;
    const place = { dataDir, databaseUrl, databasePool: 2 };
    const store = await openStore(place, log);
    const follower = await openFollowerStore(place, log);
    t.after(async () => {
      await follower.close();
      await store.close();
      rmSync(dataDir, { recursive: true });
    });
    const read = async (tenantNo: number, range = ALL, wants = { actors: true, times: true }) => {
      const parts: FactPart[] = [];
      for await (const part of store.facts.read(tenantNo, range, wants)) parts.push(part);
      return parts;
    };
    let last = 0;
    /** As a batch that tells nothing else. */
    const writeEntries = async (cursors: readonly CursorMove[], entries: readonly Entry[]) => {
      const { encode } = follower.derived;
      const units: string[][] = [[], [], [], [], []];
      const none = { entities: [], names: [], counts: [], kinds: [] };
      await follower.derived.write({
        ...{ ...none, cursors },
        entries: entries.map((one) => ({ ...one, words: encode(one, one.parties, units) })),
      });
    };
    const write = async (cursors: readonly CursorMove[]) => {
      const entries = cursors.flatMap(({ tenantNo, was, next }) =>
        Array.from({ length: next - was }, (_, at) => entry(tenantNo, was + at)),
      );
      await writeEntries(cursors, entries);
    };

    await t.test('are whole and in order, whatever the batches were', async () => {
      await fc.assert(
        fc.asyncProperty(sizes, async (batches) => {
          // Two tenants in each batch, one behind the other.
          const [one, other] = [++last, ++last];
          let was = 0;
          for (const size of batches) {
            await write([
              { tenantNo: one, was, next: was + size, revision: 0 },
              { tenantNo: other, was: was * 2, next: (was + size) * 2, revision: 0 },
            ]);
            was += size;
          }
          for (const [tenantNo, count] of [
            [one, was],
            [other, was * 2],
          ] as const) {
            const parts = await read(tenantNo);
            const due = Array.from({ length: count }, (_, sequence) => entry(tenantNo, sequence));
            assert.deepEqual(told(parts), due.map(saying));
            // Whole parts are one each; behind them are few.
            const whole = parts.filter(({ kinds }) => kinds.length === 4_096);
            assert.equal(whole.length, Math.floor(count / 4_096));
            assert.ok(parts.length - whole.length <= 4_096 / 256 + 8, `${parts.length} parts`);
          }
        }),
        { numRuns: 6, seed: 1 },
      );
    });

    await t.test('are read by time, and without what is not asked for', async () => {
      const tenantNo = ++last;
      for (let was = 0; was < 12_288; was += 2_048) {
        await write([{ tenantNo, was, next: was + 2_048, revision: 0 }]);
      }
      const all = Array.from({ length: 12_288 }, (_, sequence) => entry(tenantNo, sequence));
      const [from, to] = [1_700_000_000_000 + 5_000_000, 1_700_000_000_000 + 11_000_000];
      const range = { from, to };
      const inside = ([, , , ms = 0]: readonly (number | undefined)[]) => ms >= from && ms < to;
      const parts = told(await read(tenantNo, range));
      assert.deepEqual(parts.filter(inside), all.map(saying).filter(inside));
      assert.ok(parts.length < all.length, 'a part of another time is not read');
      const bare = await read(tenantNo, ALL, { actors: false, times: false });
      assert.deepEqual(
        bare.flatMap(({ kinds }) => [...kinds]),
        all.map(({ kind }) => kind),
      );
      assert.ok(bare.every(({ actors, times }) => actors.length === 0 && times.length === 0));
      const partly = await read(tenantNo, range, { actors: false, times: false });
      assert.ok(partly.every(({ times, kinds }) => times.length === kinds.length));
    });

    await t.test('an event that is gone leaves its place empty', async () => {
      const tenantNo = ++last;
      const entries = [0, 1, 4].map((sequence) => entry(tenantNo, sequence));
      await writeEntries([{ tenantNo, was: 0, next: 5, revision: 0 }], entries);
      const [part] = await read(tenantNo);
      assert.deepEqual([...(part?.kinds ?? [])], [1, 2, NO_EVENT, NO_EVENT, 5]);
    });
  });
}
