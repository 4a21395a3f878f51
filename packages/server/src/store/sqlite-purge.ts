/**
 * Taking out of SQLite's files what was deleted. The ledger overwrites what it deletes at once. The
 * index does not, since that would make following slower: its words lie in segments that a deletion
 * only marks, and its free pages keep what they held. So it is written anew when it must be.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../fault.ts';
import type { Statement } from './database.ts';
import type { Runner } from './derived-rows.ts';

/** Pages that are merged at once: a step takes some 20 ms. */
const MERGE_PAGES = 500;
/** Readers may need the WAL for as long as a question takes. */
const TRIES = 100;
const RETRY_MS = 100;

type Ask = (statement: Statement) => Promise<readonly Record<string, unknown>[]>;

/** Moves the WAL into the file and cuts it off. Throws Fault `storage_unavailable`. */
export async function truncateWal(ask: Ask): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [state] = await ask({ sql: 'PRAGMA wal_checkpoint(TRUNCATE)', parameters: [] });
    if (Number(state?.['busy']) === 0) return;
    await sleep(RETRY_MS);
  }
  throw new Fault('storage_unavailable', 'A reader holds the files for too long.');
}

async function changesOf(index: Runner): Promise<number> {
  const sql = 'SELECT total_changes() AS n';
  const [row] = await index.all<{ n: number }>({ sql, parameters: [] });
  return row?.n ?? 0;
}

/** Writes all words anew, without those that were deleted: answers in between, to let others in. */
async function* mergeWords(index: Runner): AsyncGenerator<void> {
  const sql = "INSERT INTO event_text (event_text, rank) VALUES ('merge', ?)";
  // A negative number begins to merge all segments; others go on with it.
  for (let pages = -MERGE_PAGES; ; pages = MERGE_PAGES) {
    const before = await changesOf(index);
    await index.write([{ sql, parameters: [pages] }]);
    // As FTS5 says: less than two changes mean that there was nothing to merge.
    if ((await changesOf(index)) - before < 2) return;
    yield;
  }
}

/** Takes out of the index file what was deleted: answers in between, to let others in. */
export async function* purgeIndex(index: Runner): AsyncGenerator<void> {
  yield* mergeWords(index);
  await index.all({ sql: 'VACUUM', parameters: [] });
  yield;
  await truncateWal((statement) => index.all(statement));
}
