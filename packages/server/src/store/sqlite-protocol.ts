/** What the main thread and a SQLite worker thread say to each other. */
import type { ColumnKind, Columns } from '../columns.ts';
import type { Statement, Value, WriteStep } from './database.ts';

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
  /** The file of what is derived from the events: seen by those that read. */
  readonly indexPath?: string;
  readonly readOnly: boolean;
}
