/**
 * One connection to the embedded database, used by the thread that opened it: its settings, its
 * compiled statements, rows in and out.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { BytesBuilder, type Column, type ColumnKind, type Columns, valueAt } from '../columns.ts';
import { Overtaken, type Statement, type Value, type WriteStep } from './database.ts';

/** Compiled statements kept: the program has fewer than this many different ones. */
const STATEMENTS_KEPT = 300;
/** How long a lock is waited for, in ms: only a backup tool can hold one. */
const BUSY_TIMEOUT_MS = 5_000;

/** One column of rows that came as arrays. */
function columnOf(rows: readonly unknown[][], index: number, kind: ColumnKind): Column {
  if (kind === 'integer') {
    return { kind, values: Float64Array.from(rows, (row) => Number(row[index])) };
  }
  if (kind === 'text') return { kind, values: rows.map((row) => String(row[index])) };
  let size = 0;
  for (const row of rows) size += bytesOf(row[index]).length;
  const bytes = new BytesBuilder(size);
  for (const row of rows) bytes.addBytes(bytesOf(row[index]));
  return bytes.build();
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('a byte column was expected');
}

/** How often readers are waited for that still read what is older. */
const LOG_TRIES = 20;

/** Moves all writes into the file and empties the log of them. Throws if readers never let it. */
export async function emptyLog(
  all: (sql: string) => Promise<readonly Record<string, Value>[]>,
): Promise<void> {
  for (let tries = 0; tries < LOG_TRIES; tries++) {
    const [state] = await all('PRAGMA wal_checkpoint(TRUNCATE)');
    if (Number(state?.['busy']) === 0) return;
  }
  throw new Error('the log of writes could not be emptied: something reads all the time');
}

export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `pragmas` are run first, in their order. */
  constructor(path: string, options: { readOnly: boolean; pragmas: readonly string[] }) {
    const { readOnly, pragmas } = options;
    this.#database = new DatabaseSync(path, { readOnly, timeout: BUSY_TIMEOUT_MS });
    for (const pragma of pragmas) this.#database.exec(`PRAGMA ${pragma}`);
  }

  /** Another file, whose tables are seen as if they were in this one. */
  attach(path: string): void {
    this.#database.prepare('ATTACH ? AS attached').run(path);
  }

  #prepare(sql: string, rowsAsArrays = false): StatementSync {
    const key = rowsAsArrays ? `[]${sql}` : sql;
    const known = this.#statements.get(key);
    if (known !== undefined) return known;
    if (this.#statements.size >= STATEMENTS_KEPT) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(rowsAsArrays);
    this.#statements.set(key, statement);
    return statement;
  }

  /** Integers are safe by construction: sequences, times and row numbers stay below 2^53. */
  all({ sql, parameters }: Statement): Record<string, Value>[] {
    return this.#prepare(sql).all(...parameters) as Record<string, Value>[];
  }

  /** Rows as columns; each result column must have the kind named. */
  columns({ sql, parameters }: Statement, kinds: readonly ColumnKind[]): Columns {
    // All at once: an iterator costs as much again as the rows.
    const answer: unknown[] = this.#prepare(sql, true).all(...parameters);
    const rows = answer.filter((row) => Array.isArray(row));
    return { count: rows.length, columns: kinds.map((kind, index) => columnOf(rows, index, kind)) };
  }

  /** All steps in one transaction, or none. Answers the changed rows of each. */
  write(steps: readonly WriteStep[]): number[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const changed = steps.map((step) => this.#step(step));
      this.#database.exec('COMMIT');
      return changed;
    } catch (error) {
      // A full disk may have rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #step(step: WriteStep): number {
    const statement = this.#prepare(step.sql);
    const changes = step.rows
      ? runMany(statement, step.rows)
      : Number(statement.run(...step.parameters).changes);
    if (step.expect !== undefined && changes !== step.expect) {
      throw new Overtaken(`${changes} rows changed where ${step.expect} must: ${step.sql}`);
    }
    return changes;
  }

  close(): void {
    this.#database.close();
  }
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
