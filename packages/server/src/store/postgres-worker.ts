/**
 * A thread that reads a great many rows: the driver makes several objects of each, which would be
 * garbage of the main thread.
 */
import { workerData } from 'node:worker_threads';
import { type ColumnKind, type Columns, transferables } from '../columns.ts';
import { createLog, type LogLevel } from '../log.ts';
import { answerRequests } from '../thread.ts';
import type { Statement } from './database.ts';
import { connectPool, PostgresPool } from './postgres-pool.ts';

export interface BulkSettings {
  readonly url: string;
  readonly logLevel: LogLevel;
}
export interface BulkCalls {
  columns: { request: { statement: Statement; kinds: readonly ColumnKind[] }; result: Columns };
}

/** As many files as are made at once. */
const CONNECTIONS = 2;

const { url, logLevel }: BulkSettings = workerData;
const pool = new PostgresPool(connectPool(url, CONNECTIONS, createLog(logLevel)));

answerRequests<BulkCalls>({
  columns: async ({ statement, kinds }) => {
    const result = await pool.columns(statement, kinds);
    return { result, blocks: transferables(result.columns) };
  },
});
