/**
 * The seam between SQL and what runs it: statements in, rows out, the same on both dialects.
 * A write unit is a list of statements that are stored all or not at all.
 */
import type { Kysely } from 'kysely';
import type { Column, ColumnKind, Columns } from '../columns.ts';
import type { Tables } from './tables.ts';

export type Value = string | number | null | Uint8Array;

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly Value[];
}

/** One step of a write unit: a statement, or one statement for many rows. */
export interface WriteStep extends Statement {
  /** Changed rows there must be; otherwise Overtaken, and nothing of the unit is stored. */
  readonly expect?: number;
  /** Rows to bind, one column a parameter, instead of `parameters`. */
  readonly rows?: Columns;
}

/** Numbers of new events and the state of a ledger's head, stored in one transaction. */
export interface LedgerUnit {
  readonly tenantNo: number;
  readonly oldSize: number;
  readonly newSize: number;
  /** Roots of the perfect subtrees, concatenated. */
  readonly range: Uint8Array;
  readonly nodes: readonly { level: number; index: number; hash: Uint8Array }[];
  readonly events: readonly NewEvent[];
}

/** An event ready to be stored; its sequence is its place in the unit. */
export interface NewEvent {
  readonly id: Uint8Array;
  readonly occurredAt: number;
  readonly action: string;
  readonly policy: number;
  readonly secret: string;
  readonly leafHash: Uint8Array;
  /** JSON text. */
  readonly document: string;
}

/** Heads a database keeps in memory, about 1 KB each. */
export const HEADS_KEPT = 10_000;

export interface HeadRow {
  readonly tenant_no: number;
  readonly log_id: string;
  readonly size: number;
  readonly range: Uint8Array;
}

/**
 * An open ledger transaction. The heads of its tenants are locked until it ends, or they are those
 * last seen and `commit` stores nothing if they have moved; the work is then done once more.
 */
export interface LedgerTransaction {
  readonly heads: ReadonlyMap<number, HeadRow>;
  /** Reads what is committed. */
  all<Row>(statement: Statement): Promise<Row[]>;
  /** Stores the units and commits. Throws DuplicateKey if an id is there; nothing is stored. */
  commit(units: readonly LedgerUnit[]): Promise<void>;
}

export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  /** Builds and runs everything that is not on the hot path. No transactions through it. */
  readonly kysely: Kysely<Tables>;
  /** Tenants one ledger transaction may hold. */
  readonly tenantsPerTransaction: number;
  /** Ledger transactions that may run at once. */
  readonly transactionsAtOnce: number;
  all<Row>(statement: Statement): Promise<Row[]>;
  /** Rows as columns; each result column must have the kind named. */
  columns(statement: Statement, kinds: readonly ColumnKind[]): Promise<Columns>;
  /** The same for one who reads a great many rows, of which the main thread must not be full. */
  bulk(statement: Statement, kinds: readonly ColumnKind[]): Promise<Columns>;
  /** Stores all statements or none; durable when it resolves. Answers the changed rows of each. */
  write(steps: readonly WriteStep[]): Promise<number[]>;
  /** Locks the heads, calls `work`, and rolls back unless `work` commits. */
  transactLedger<T>(
    tenantNos: readonly number[],
    work: (transaction: LedgerTransaction) => Promise<T>,
  ): Promise<T>;
  /** What was taken from stored events is then in no file of an embedded database any more. */
  scrub(): Promise<void>;
  /** True if the database answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** What it takes to read events. */
export type ReadingDatabase = Pick<Database, 'dialect' | 'all' | 'columns'>;

/** The database's clock, in ms. */
export const NOW_MS: Readonly<Record<Database['dialect'], string>> = {
  sqlite: "CAST(unixepoch('subsec') * 1000 AS integer)",
  postgres: '(extract(epoch FROM clock_timestamp()) * 1000)::bigint',
};

/** Integers for `IN (…)`: they are ours and checked, so they may stand in the statement. */
export const integerList = (numbers: readonly number[]): string =>
  numbers.map((number) => Math.trunc(number)).join(', ') || 'NULL';

/**
 * FROM: rows of a table for each item of a JSON list of lists of integers, which are the one
 * parameter. Looked up item by item: OFFSET 0 keeps PostgreSQL from reading the whole table to
 * compare each row with each item. `condition` gets the text for an item's number at a place.
 */
export function forEach(
  { dialect }: Pick<Database, 'dialect'>,
  table: string,
  condition: (item: (at: number) => string) => string,
): string {
  if (dialect === 'sqlite') {
    return `FROM json_each(?) AS item CROSS JOIN ${table}
      WHERE ${condition((at) => `(item.value ->> ${at})`)}`;
  }
  return `FROM jsonb_array_elements(?::jsonb) AS item (value) CROSS JOIN LATERAL (
    SELECT * FROM ${table}
    WHERE ${condition((at) => `(item.value ->> ${at})::bigint`)} OFFSET 0) AS ${table}`;
}

/** Behind every text that begins so, by byte. */
export const endOfPrefix = (prefix: string): string => `${prefix}\u{10ffff}`;

/** Somebody else has changed what a write unit stands on; nothing of it was stored. */
export class Overtaken extends Error {
  /** What tells it apart when it has crossed a thread border: no number of SQLite is below zero. */
  static readonly errcode = -1;
  readonly errcode = Overtaken.errcode;

  constructor(message: string) {
    super(message);
    this.name = 'Overtaken';
  }
}

/** A unique key is there already; nothing of the unit was stored. */
export class DuplicateKey extends Error {
  constructor(cause: unknown) {
    super('a unique key is there already', { cause });
    this.name = 'DuplicateKey';
  }
}

/** What a Database needs to bind rows: kept here so that both dialects agree. */
export type { Column, ColumnKind, Columns };
