/**
 * Taking out of the index file what was deleted. The ledger's file overwrites what it deletes at
 * once. Here that would make following slower: words lie in segments that a deletion only marks,
 * and free pages keep what they held. So the file is written anew when it must be.
 */
import { setImmediate as letOthersIn } from 'node:timers/promises';
import type { Runner } from './derived-rows.ts';
import { emptyLog } from './sqlite-connection.ts';

/** Pages that are merged at once: a step takes some 20 ms. */
const MERGE_PAGES = 500;

async function changesOf(index: Runner): Promise<number> {
  const sql = 'SELECT total_changes() AS n';
  const [row] = await index.all<{ n: number }>({ sql, parameters: [] });
  return row?.n ?? 0;
}

/** Writes all words anew, without those that were deleted. */
async function mergeWords(index: Runner): Promise<void> {
  const sql = "INSERT INTO event_text (event_text, rank) VALUES ('merge', ?)";
  // A negative number begins to merge all segments; others go on with it.
  for (let pages = -MERGE_PAGES; ; pages = MERGE_PAGES) {
    const before = await changesOf(index);
    await index.write([{ sql, parameters: [pages] }]);
    // As FTS5 says: less than two changes mean that there was nothing to merge.
    if ((await changesOf(index)) - before < 2) return;
    await letOthersIn();
  }
}

/** What was taken back is then nowhere in the file, nor in its log of writes. */
export async function scrubIndex(index: Runner): Promise<void> {
  await mergeWords(index);
  await index.all({ sql: 'VACUUM', parameters: [] });
  await emptyLog((sql) => index.all({ sql, parameters: [] }));
}
