/**
 * A worker thread that owns one connection to the SQLite file, so that the event loop never
 * waits for the disk. One such thread writes, others read.
 */
import { workerData } from 'node:worker_threads';
import { transferables } from '../columns.ts';
import { answerRequests } from '../thread.ts';
import type { Statement } from './database.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { RunAnswer, SqliteCalls, WorkerSettings } from './sqlite-protocol.ts';

/** Page cache of the writer, in KiB: the hot pages of the id index of a few million events. */
const WRITER_CACHE_KIB = 65_536;
/** Of each reader; the system keeps the file, and more here made no question faster. */
const READER_CACHE_KIB = 4_096;
/** WAL pages before a checkpoint: 8 KiB each; larger means fewer rewrites of the same page. */
const CHECKPOINT_PAGES = 2_000;

const READER = [`cache_size = -${READER_CACHE_KIB}`];
const WRITER = [
  'page_size = 8192',
  'journal_mode = WAL',
  'synchronous = FULL',
  'secure_delete = ON',
  'foreign_keys = ON',
  `cache_size = -${WRITER_CACHE_KIB}`,
  `wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
];

const { path, indexPath, readOnly }: WorkerSettings = workerData;
const connection = new SqliteConnection(path, { readOnly, pragmas: readOnly ? READER : WRITER });
if (indexPath !== undefined) connection.attach(indexPath);

function run(statement: Statement): RunAnswer {
  const rows = connection.all(statement);
  const [counted] = connection.all({ sql: 'SELECT changes() AS changes', parameters: [] });
  return { rows, changes: Number(counted?.['changes']) };
}

answerRequests<SqliteCalls>({
  all: ({ statement }) => ({ result: connection.all(statement) }),
  columns: ({ statement, kinds }) => {
    const result = connection.columns(statement, kinds);
    return { result, blocks: transferables(result.columns) };
  },
  run: ({ statement }) => ({ result: run(statement) }),
  write: ({ steps }) => ({ result: connection.write(steps) }),
  close: () => {
    // The last connection moves the WAL into the file; where there is no room, it stays beside.
    connection.close();
    return { result: null };
  },
});
