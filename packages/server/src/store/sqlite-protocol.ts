/** What the main thread and a SQLite worker thread say to each other. */
import type { ColumnKind, Columns } from '../columns.ts';
import type { Statement, Value } from './database.ts';

/** One step of a write unit: a statement, or one statement for many rows. */
export interface WriteStep extends Statement {
  /** Changed rows there must be; otherwise nothing of the unit is stored. */
  readonly expect?: number;
  /** Rows to bind, one column a parameter, instead of `parameters`. */
  readonly rows?: Columns;
}

/** Rows and changes of one statement. */
export interface RunAnswer {
  readonly rows: Record<string, Value>[];
  readonly changes: number;
}

export interface SqliteCalls {
  all: { request: { statement: Statement }; result: Record<string, Value>[] };
  columns: { request: { statement: Statement; kinds: readonly ColumnKind[] }; result: Columns };
  /** One statement that writes and may answer rows. */
  run: { request: { statement: Statement }; result: RunAnswer };
  write: { request: { steps: readonly WriteStep[] }; result: number[] };
  close: { request: object; result: null };
}

export interface WorkerSettings {
  readonly path: string;
  readonly readOnly: boolean;
}
