/**
 * A worker thread that owns one connection to the SQLite file, so that the event loop never
 * waits for the disk. One such thread writes, others read.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import {
  BytesBuilder,
  type Column,
  type ColumnKind,
  type Columns,
  transferables,
  valueAt,
} from '../columns.ts';
import { answerRequests } from '../thread.ts';
import type { Statement, Value } from './database.ts';
import type { RunAnswer, SqliteCalls, WorkerSettings, WriteStep } from './sqlite-protocol.ts';

/** Compiled statements kept: the program has fewer than this many different ones. */
const STATEMENTS_KEPT = 300;
/** How long a lock is waited for, in ms: only a backup tool can hold one. */
const BUSY_TIMEOUT_MS = 5_000;
/** Page cache of the writer, in KiB: the hot pages of the id index of a few million events. */
const WRITER_CACHE_KIB = 65_536;
const READER_CACHE_KIB = 16_384;
/** WAL pages before a checkpoint: 8 KiB each; larger means fewer rewrites of the same page. */
const CHECKPOINT_PAGES = 2_000;

const settings: WorkerSettings = workerData;
const database = new DatabaseSync(settings.path, {
  readOnly: settings.readOnly,
  timeout: BUSY_TIMEOUT_MS,
});
if (settings.readOnly) {
  database.exec(`PRAGMA cache_size = -${READER_CACHE_KIB}`);
} else {
  database.exec('PRAGMA page_size = 8192');
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA secure_delete = ON');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec(`PRAGMA cache_size = -${WRITER_CACHE_KIB}`);
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
}

const statements = new Map<string, StatementSync>();

function prepare(sql: string, rowsAsArrays = false): StatementSync {
  const key = rowsAsArrays ? `[]${sql}` : sql;
  const known = statements.get(key);
  if (known !== undefined) return known;
  if (statements.size >= STATEMENTS_KEPT) {
    const oldest = statements.keys().next().value;
    if (oldest !== undefined) statements.delete(oldest);
  }
  const statement = database.prepare(sql);
  statement.setReturnArrays(rowsAsArrays);
  statements.set(key, statement);
  return statement;
}

/** Integers are safe by construction: sequences, times and row numbers stay below 2^53. */
function rows({ sql, parameters }: Statement): Record<string, Value>[] {
  return prepare(sql).all(...parameters) as Record<string, Value>[];
}

function runMany(statement: StatementSync, { count, columns }: Columns): number {
  let changes = 0;
  const values: Value[] = new Array(columns.length);
  for (let row = 0; row < count; row++) {
    for (const [index, column] of columns.entries()) values[index] = valueAt(column, row);
    changes += Number(statement.run(...values).changes);
  }
  return changes;
}

function write(steps: readonly WriteStep[]): number[] {
  database.exec('BEGIN IMMEDIATE');
  try {
    const changed = steps.map((step) => {
      const statement = prepare(step.sql);
      const changes = step.rows
        ? runMany(statement, step.rows)
        : Number(statement.run(...step.parameters).changes);
      if (step.expect !== undefined && changes !== step.expect) {
        throw new Error(`${changes} rows changed where ${step.expect} must: ${step.sql}`);
      }
      return changes;
    });
    database.exec('COMMIT');
    return changed;
  } catch (error) {
    // A full disk may have rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Collects result columns as they stream by. */
function collector(kind: ColumnKind) {
  const numbers: number[] = [];
  const texts: string[] = [];
  const bytes = kind === 'bytes' ? new BytesBuilder(65_536) : undefined;
  return {
    add(value: unknown): void {
      if (kind === 'integer') numbers.push(Number(value));
      else if (kind === 'text') texts.push(String(value));
      else if (value instanceof Uint8Array) bytes?.addBytes(value);
      else throw new Error('a byte column was expected');
    },
    build(): Column {
      if (bytes) return bytes.build();
      return kind === 'integer'
        ? { kind, values: Float64Array.from(numbers) }
        : { kind: 'text', values: texts };
    },
  };
}

function readColumns({ sql, parameters }: Statement, kinds: readonly ColumnKind[]): Columns {
  const collectors = kinds.map(collector);
  let count = 0;
  for (const row of prepare(sql, true).iterate(...parameters)) {
    count++;
    const cells: readonly unknown[] = Object.values(row);
    for (const [index, collect] of collectors.entries()) collect.add(cells[index]);
  }
  return { count, columns: collectors.map((collect) => collect.build()) };
}

function run(statement: Statement): RunAnswer {
  const answered = rows(statement);
  const [counted] = rows({ sql: 'SELECT changes() AS changes', parameters: [] });
  return { rows: answered, changes: Number(counted?.['changes']) };
}

answerRequests<SqliteCalls>({
  all: ({ statement }) => ({ result: rows(statement) }),
  columns: ({ statement, kinds }) => {
    const result = readColumns(statement, kinds);
    return { result, blocks: transferables(result.columns) };
  },
  run: ({ statement }) => ({ result: run(statement) }),
  write: ({ steps }) => ({ result: write(steps) }),
  close: () => {
    // The last connection moves the WAL into the file; where there is no room, it stays beside.
    database.close();
    return { result: null };
  },
});
