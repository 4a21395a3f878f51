/**
 * The index file beside the embedded database: made when it is missing or of another version. A
 * crash of the machine may cost its last commits, never its order, and the followers go on from
 * where it stands.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { INDEX_FILE, INDEX_SQLITE, INDEX_VERSION } from './index-tables.ts';
import { SqliteConnection } from './sqlite-connection.ts';

export const DATABASE_FILE = 'annals.db';

/** Page cache of the follower, in KiB: the ends of the indexes of a few million events. */
const CACHE_KIB = 32_768;
/** WAL pages of 8 KiB before a checkpoint: the same page is written by many batches. */
const CHECKPOINT_PAGES = 4_000;

export interface DatabaseFiles {
  readonly path: string;
  /** The file of what is derived from the events. */
  readonly indexPath: string;
}

export const filesOf = (dataDir: string): DatabaseFiles => ({
  path: join(dataDir, DATABASE_FILE),
  indexPath: join(dataDir, INDEX_FILE),
});

/** A file that only its owner may read; SQLite gives those it makes beside it the same rights. */
export const makePrivate = (path: string): void => closeSync(openSync(path, 'a', 0o600));

/**
 * Opens the index file to write. `NORMAL` waits for the disk at checkpoints only: after a power
 * cut the file is whole, though some of it may be older than the ledger.
 */
export const openIndex = (indexPath: string): SqliteConnection =>
  new SqliteConnection(indexPath, {
    readOnly: false,
    pragmas: [
      'page_size = 8192',
      'journal_mode = WAL',
      'synchronous = NORMAL',
      'secure_delete = FAST',
      `cache_size = -${CACHE_KIB}`,
      `wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
    ],
  });

const versionOf = (connection: SqliteConnection): number => {
  const [state] = connection.all({ sql: 'PRAGMA user_version', parameters: [] });
  return Number(state?.['user_version']);
};

/** A log of which events were changed, and how often. */
export interface Revision {
  readonly tenant_no: number;
  readonly revision: number;
}

/**
 * Events may have been changed without the index: whoever did it was cut off between the two files.
 * Then nobody may read what it has.
 */
function disown(connection: SqliteConnection, revisions: readonly Revision[]): void {
  const known = new Map(revisions.map(({ tenant_no, revision }) => [tenant_no, revision]));
  const cursors = 'SELECT tenant_no, revision FROM follower_cursor WHERE sequence >= 0';
  const wrong = connection
    .all({ sql: cursors, parameters: [] })
    .map((row) => ({ tenantNo: Number(row['tenant_no']), revision: Number(row['revision']) }))
    .filter(({ tenantNo, revision }) => revision !== (known.get(tenantNo) ?? 0));
  if (wrong.length === 0) return;
  const sql = `UPDATE follower_cursor SET sequence = -1, generation = generation + 1
    WHERE tenant_no IN (SELECT value FROM json_each(?))`;
  const parameters = [JSON.stringify(wrong.map(({ tenantNo }) => tenantNo))];
  connection.write([{ sql, parameters }]);
}

/**
 * Makes the file if there is none, or one of another version: what is in it can be made anew. So is
 * what it has of logs that are of other revisions than these.
 */
export function makeIndex(indexPath: string, revisions: readonly Revision[]): void {
  makePrivate(indexPath);
  let connection = openIndex(indexPath);
  const version = versionOf(connection);
  if (version !== INDEX_VERSION) {
    if (version !== 0) {
      connection.close();
      for (const end of ['', '-wal', '-shm']) rmSync(indexPath + end, { force: true });
      makePrivate(indexPath);
      connection = openIndex(indexPath);
    }
    const steps = [...INDEX_SQLITE, `PRAGMA user_version = ${INDEX_VERSION}`];
    connection.write(steps.map((sql) => ({ sql, parameters: [] })));
  }
  disown(connection, revisions);
  connection.close();
}
