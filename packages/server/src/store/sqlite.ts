/**
 * The embedded database: one SQLite file, one writer and two reader threads. A write unit is one
 * message to the writer. One process owns the file, so the ledger's transactions here are a queue
 * in this process: heads are read, the unit is one message, the head's old size fences it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { type ColumnKind, type Columns, transferables } from '../columns.ts';
import { Fault } from '../fault.ts';
import { keptOf } from '../kept.ts';
import { Thread, type ThreadError, ThreadPool } from '../thread.ts';
import {
  type Database,
  DuplicateKey,
  HEADS_KEPT,
  type HeadRow,
  type LedgerTransaction,
  type LedgerUnit,
  NOW_MS,
  Overtaken,
  type Statement,
  type WriteStep,
} from './database.ts';
import { eventColumns } from './event-columns.ts';
import { rowNumber } from './event-place.ts';
import { MIGRATIONS } from './migrations.ts';
import { emptyLog } from './sqlite-connection.ts';
import {
  DATABASE_FILE,
  type DatabaseFiles,
  filesOf,
  makeIndex,
  makePrivate,
} from './sqlite-index.ts';
import { sqliteDialect } from './sqlite-kysely.ts';
import type { SqliteCalls, WorkerSettings } from './sqlite-protocol.ts';
import type { Tables } from './tables.ts';

const LOCK_FILE = 'annals.lock';
const READERS = 2;
/** Requests to the writer behind which a small read may wait: less than starting a reader takes. */
const FEW = 8;
/** One transaction holds any tenants: there is one writer anyway. */
const TENANTS_PER_TRANSACTION = 1_000;

const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** What a worker's error means to those above. */
function translate(error: ThreadError): Error {
  if (error.errcode === Overtaken.errcode) return new Overtaken(error.message);
  const cause = new Error(error.message);
  const primary = error.errcode & 0xff;
  if (primary === SQLITE_FULL) return new Fault('storage_full', undefined, { cause });
  if (primary === SQLITE_IOERR) return new Fault('storage_unavailable', undefined, { cause });
  const unique = [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE];
  return unique.includes(error.errcode) ? new DuplicateKey(cause) : cause;
}

const ofThreads = {
  file: new URL('./sqlite-worker.ts', import.meta.url),
  translate,
  died: (cause: unknown) => new Fault('storage_unavailable', undefined, { cause }),
};

type Writer = Thread<SqliteCalls>;

const INSERT_EVENT = `INSERT INTO event
  (row, tenant_no, id, occurred_at, action, policy, secret, leaf_hash, document)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_NODE =
  'INSERT INTO ledger_node (tenant_no, level, position, hash) VALUES (?, ?, ?, ?)';
const UPDATE_HEAD = `UPDATE ledger_head SET size = ?, range = ?, changed_at = ${NOW_MS.sqlite}
  WHERE tenant_no = ? AND size = ?`;

function stepsOf(units: readonly LedgerUnit[], rows: Columns): WriteStep[] {
  const heads = units.map(
    (unit): WriteStep => ({
      sql: UPDATE_HEAD,
      parameters: [unit.newSize, unit.range, unit.tenantNo, unit.oldSize],
      expect: 1,
    }),
  );
  const nodes = units.flatMap(({ tenantNo, nodes: made }) =>
    made.map(
      ({ level, index, hash }): WriteStep => ({
        sql: INSERT_NODE,
        parameters: [tenantNo, level, index, hash],
      }),
    ),
  );
  return [...heads, ...nodes, { sql: INSERT_EVENT, parameters: [], rows }];
}

/** Opens the file, alone: a second process is told who holds it. */
function takeLock(dataDir: string): DatabaseSync {
  for (const name of [DATABASE_FILE, LOCK_FILE]) makePrivate(join(dataDir, name));
  const lock = new DatabaseSync(join(dataDir, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw new Error(
      `Another Annals process uses ${dataDir}. Stop it, or set ANNALS_DATA to another folder.`,
      { cause },
    );
  }
}

async function migrate(writer: Writer): Promise<void> {
  const ask = (sql: string) => writer.ask({ kind: 'all', statement: { sql, parameters: [] } });
  const [state] = await ask('PRAGMA user_version');
  const version = Number(state?.['user_version']);
  for (const migration of MIGRATIONS.filter((step) => step.version > version)) {
    const steps = [...migration.sqlite, `PRAGMA user_version = ${migration.version}`];
    await writer.ask({ kind: 'write', steps: steps.map((sql) => ({ sql, parameters: [] })) });
  }
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new Error(`The database is of a newer Annals (schema ${version}, this one ${newest}).`);
  }
}

async function endWriter(writer: Writer): Promise<void> {
  if (!writer.isDead) await writer.ask({ kind: 'close' });
  await writer.end();
}

class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly tenantsPerTransaction = TENANTS_PER_TRANSACTION;
  readonly transactionsAtOnce = 1;
  readonly kysely: Kysely<Tables>;
  readonly #lock: DatabaseSync;
  readonly #writer: Writer;
  readonly #readers: ThreadPool<SqliteCalls>;
  readonly #heads = keptOf<number, HeadRow>({ most: HEADS_KEPT });
  /** Under way. */
  #writes = 0;

  constructor(lock: DatabaseSync, writer: Writer, files: DatabaseFiles) {
    this.#lock = lock;
    this.#writer = writer;
    const data: WorkerSettings = { ...files, readOnly: true };
    this.#readers = new ThreadPool({
      ...ofThreads,
      data,
      most: READERS,
      least: 1,
    });
    this.kysely = new Kysely<Tables>({
      dialect: sqliteDialect({
        read: (statement) => this.#readSmall(statement),
        run: (statement) => this.#written(writer.ask({ kind: 'run', statement })),
      }),
    });
  }

  async all<Row>(statement: Statement): Promise<Row[]> {
    // Rows have the type that the statement's author names; SQL carries none.
    return (await this.#readers.ask({ kind: 'all', statement })) as Row[];
  }

  /**
   * Not of the index. What a server reads at its start and at rest, when it looks for something to
   * do, needs no thread of its own: each would take 15 MB, and those that there are come to rest.
   */
  async #readSmall<Row>(statement: Statement): Promise<Row[]> {
    const isQuiet = this.#writes === 0 || this.#readers.threads.length === 0;
    if (!isQuiet || this.#writer.waiting >= FEW) return await this.all(statement);
    return (await this.#writer.ask({ kind: 'all', statement })) as Row[];
  }

  columns(statement: Statement, kinds: readonly ColumnKind[]): Promise<Columns> {
    return this.#readers.ask({ kind: 'columns', statement, kinds });
  }

  bulk(statement: Statement, kinds: readonly ColumnKind[]): Promise<Columns> {
    return this.columns(statement, kinds);
  }

  write(steps: readonly WriteStep[]): Promise<number[]> {
    return this.#written(this.#writer.ask({ kind: 'write', steps }));
  }

  async #written<T>(writing: Promise<T>): Promise<T> {
    this.#writes++;
    try {
      return await writing;
    } finally {
      this.#writes--;
    }
  }

  async transactLedger<T>(
    tenantNos: readonly number[],
    work: (transaction: LedgerTransaction) => Promise<T>,
  ): Promise<T> {
    const heads = await this.#readHeads(tenantNos);
    return await work({
      heads,
      all: (statement) => this.all(statement),
      commit: (units) => this.#commit(units, heads),
    });
  }

  /** Heads change in this process only, so those that it wrote need not be read again. */
  async #readHeads(tenantNos: readonly number[]): Promise<Map<number, HeadRow>> {
    const heads = new Map<number, HeadRow>();
    const unknown: number[] = [];
    for (const tenantNo of tenantNos) {
      const head = this.#heads.get(tenantNo);
      if (head) heads.set(tenantNo, head);
      else unknown.push(tenantNo);
    }
    if (unknown.length === 0) return heads;
    const rows = await this.all<HeadRow>({
      sql: `SELECT tenant_no, log_id, size, range FROM ledger_head
        WHERE tenant_no IN (SELECT value FROM json_each(?))`,
      parameters: [JSON.stringify(unknown)],
    });
    for (const row of rows) heads.set(row.tenant_no, row);
    return heads;
  }

  async #commit(units: readonly LedgerUnit[], heads: ReadonlyMap<number, HeadRow>): Promise<void> {
    const rows = eventColumns(units, rowNumber);
    const steps = stepsOf(units, rows);
    // Forgotten until the new ones are on disk: after a failure they are read again.
    for (const { tenantNo } of units) this.#heads.delete(tenantNo);
    await this.#written(this.#writer.ask({ kind: 'write', steps }, transferables(rows.columns)));
    for (const { tenantNo, newSize, range } of units) {
      const head = heads.get(tenantNo);
      if (head) this.#heads.set(tenantNo, { ...head, size: newSize, range });
    }
  }

  /** Deleted content is overwritten at once; what is left of it waits in the log of writes. */
  async scrub(): Promise<void> {
    await emptyLog((sql) => this.#writer.ask({ kind: 'all', statement: { sql, parameters: [] } }));
  }

  async ping(): Promise<boolean> {
    const alive = [this.#writer, ...this.#readers.threads].map((thread) =>
      thread.ask({ kind: 'all', statement: { sql: 'SELECT 1', parameters: [] } }),
    );
    return await Promise.all(alive).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.#readers.end();
    await endWriter(this.#writer);
    this.#lock.close();
  }
}

/** Opens or makes the embedded database in a folder. Throws if another process has it open. */
export async function openSqlite(dataDir: string): Promise<Database> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`Cannot make the folder ${dataDir} that ANNALS_DATA names: ${cause}`, {
      cause,
    });
  }
  const lock = takeLock(dataDir);
  const files = filesOf(dataDir);
  const data: WorkerSettings = { path: files.path, readOnly: false };
  const writer: Writer = new Thread({ ...ofThreads, data });
  try {
    await migrate(writer);
    const sql = 'SELECT tenant_no, revision FROM ledger_head WHERE revision > 0';
    const changed = await writer.ask({ kind: 'all', statement: { sql, parameters: [] } });
    const revisions = changed.map((row) => ({
      tenant_no: Number(row['tenant_no']),
      revision: Number(row['revision']),
    }));
    makeIndex(files.indexPath, revisions);
  } catch (error) {
    await endWriter(writer);
    lock.close();
    throw error;
  }
  return new SqliteDatabase(lock, writer, files);
}
