/**
 * PostgreSQL ≥ 15. A ledger transaction holds one tenant, READ COMMITTED, since a hot tenant in a
 * mixed transaction would serialise all servers; as many run at once as the pool has room for.
 */
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { BytesBuilder, bytesAt, type Column, type ColumnKind, type Columns } from '../columns.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import {
  type Database,
  DuplicateKey,
  HEADS_KEPT,
  type HeadRow,
  type LedgerTransaction,
  type LedgerUnit,
  NOW_MS,
  type Statement,
  type WriteStep,
} from './database.ts';
import { eventColumns } from './event-columns.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Connections kept for reads and administration while recording takes all the others. */
const CONNECTIONS_FOR_READS = 2;
const CONNECT_TIMEOUT_MS = 3_000;
/** A dead server's lock goes away after this long, in ms. */
const IDLE_IN_TRANSACTION_MS = 30_000;
const LOCK_TIMEOUT_MS = 3_000;
/**
 * A database that is silent for so long is gone, in ms. A group of 1,000 events takes about 30 ms.
 * A request may wait for the group before it and for its own: with both it is answered in 10 s.
 */
const QUERY_TIMEOUT_MS = 4_000;
/** A connection that cannot even forget its transaction in this time is thrown away, in ms. */
const ROLLBACK_TIMEOUT_MS = 500;
/**
 * Before the first ANALYZE, and for a tenant that grew since the last one, the planner expects few
 * rows and sorts them all; every order asked for here is the order of an index. Parallel workers
 * take longer to start than any question here may last.
 */
const PLANNING = 'SET enable_sort = off; SET max_parallel_workers_per_gather = 0';
/** Key of the advisory lock under which the schema is changed: the letters "anna". */
const MIGRATION_LOCK = 0x616e6e61;

const INT8 = 20;
const UNIQUE_VIOLATION = '23505';
const DISK_FULL = '53100';
/** Classes of SQLSTATE that say: the server is not there, or not now. */
const DATA_CLASS = '22';
const UNAVAILABLE_CLASSES = ['08', '53', '57', '55', '40', '25'];

const types: pg.CustomTypesConfig = {
  // Sequences, times and counts stay below 2^53.
  getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

/** The database's own details quote rows, and its complaints about data quote values. */
const withoutValues = (error: Error, code: string): Error =>
  new Error(code.startsWith(DATA_CLASS) ? code : `${error.message} (${code || 'connection'})`);

/** What an error of the driver means to those above. */
function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Fault) return error;
  const code = 'code' in error ? String(error.code) : '';
  const cause = withoutValues(error, code);
  if (code === UNIQUE_VIOLATION) return new DuplicateKey(cause);
  if (code === DISK_FULL) return new Fault('storage_full', undefined, { cause });
  // Not the database's own error, so the connection's: refused, reset, timed out, ended.
  if (!(error instanceof pg.DatabaseError) || UNAVAILABLE_CLASSES.includes(code.slice(0, 2))) {
    return new Fault('storage_unavailable', undefined, { cause });
  }
  return cause;
}

const fail = (error: unknown): never => {
  throw translate(error);
};

/** The pool for Kysely: the same connections, and errors in the same words. */
const translated = (pool: pg.Pool): PostgresPool => ({
  connect: async () => {
    const client = await pool.connect().catch(fail);
    let isBroken = false;
    const query = (sql: string, values: unknown[]) =>
      client.query(sql, values).catch((error: unknown) => {
        isBroken = !(error instanceof pg.DatabaseError);
        return fail(error);
      });
    // Kysely names a query by its text here; the other form is for cursors, which need a package.
    const own = new Map<PropertyKey, unknown>([
      ['query', query],
      ['release', () => client.release(isBroken)],
    ]);
    return new Proxy(client, {
      get: (_client, name) => own.get(name) ?? Reflect.get(client, name),
    });
  },
  end: () => pool.end(),
});

/**
 * In steps of about 8 s: as long as it stays the same, its index need not be written, and the row
 * keeps its place. Followers look back further than that.
 */
const CHANGED_AT = `${NOW_MS.postgres} / 8192 * 8192`;

/**
 * One statement: head, nodes and events; nothing at all unless the head has the size expected.
 * Byte values travel end to end in one parameter each.
 */
const APPEND = `WITH head AS (
    UPDATE ledger_head SET size = $2::bigint + $3::int, range = $4, changed_at = ${CHANGED_AT}
    WHERE tenant_no = $1::int AND size = $2::bigint RETURNING 1),
  nodes AS (
    INSERT INTO ledger_node (tenant_no, level, position, hash)
    SELECT $1::int, level, place, substring($7::bytea FROM (n::int - 1) * 32 + 1 FOR 32)
    FROM head, unnest($5::int[], $6::bigint[]) WITH ORDINALITY AS node (level, place, n)),
  added AS (
    INSERT INTO event
      (tenant_no, sequence, id, occurred_at, action, policy, secret, leaf_hash, document)
    SELECT $1::int, $2::bigint + n - 1, substring($8::bytea FROM (n::int - 1) * 16 + 1 FOR 16),
      occurred_at, action, policy, secret,
      substring($9::bytea FROM (n::int - 1) * 32 + 1 FOR 32),
      substring($10::bytea FROM first FOR size)
    FROM head, unnest($11::bigint[], $12::text[], $13::int[], $14::text[], $15::int[], $16::int[])
      WITH ORDINALITY AS row (occurred_at, action, policy, secret, first, size, n))
  SELECT count(*) AS heads FROM head`;

const numbers = (column: Column | undefined): number[] =>
  column?.kind === 'integer' ? Array.from(column.values) : [];
const texts = (column: Column | undefined): readonly string[] =>
  column?.kind === 'text' ? column.values : [];
const bytes = (column: Column | undefined): Buffer => {
  if (column?.kind !== 'bytes') return Buffer.alloc(0);
  return Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
};

/** A column as one parameter: an array of its values. */
function arrayOf(column: Column): unknown[] {
  if (column.kind !== 'bytes') return [...column.values];
  return Array.from(column.ends, (_end, row) => Buffer.from(bytesAt(column, row)));
}

function appendParameters(unit: LedgerUnit): unknown[] {
  const { columns } = eventColumns([unit], (_tenantNo, sequence) => sequence);
  const [, , ids, times, actions, policies, secrets, leafHashes, documents] = columns;
  const ends = documents?.kind === 'bytes' ? Array.from(documents.ends) : [];
  const starts = ends.map((_end, index) => (index === 0 ? 0 : (ends[index - 1] ?? 0)));
  return [
    unit.tenantNo,
    unit.oldSize,
    unit.newSize - unit.oldSize,
    Buffer.from(unit.range),
    unit.nodes.map(({ level }) => level),
    unit.nodes.map(({ index }) => index),
    Buffer.concat(unit.nodes.map(({ hash }) => hash)),
    bytes(ids),
    bytes(leafHashes),
    bytes(documents),
    numbers(times),
    texts(actions),
    numbers(policies),
    texts(secrets),
    starts.map((start) => start + 1),
    ends.map((end, index) => end - (starts[index] ?? 0)),
  ];
}

/** Another server has appended since the head was read; nothing was stored. */
class HeadMoved extends Error {}

interface TransactionOptions {
  readonly client: pg.PoolClient;
  readonly heads: readonly HeadRow[];
  /** False: no transaction is open, and the one statement of `commit` is its own. */
  readonly isLocked: boolean;
}

class PostgresTransaction implements LedgerTransaction {
  readonly heads: ReadonlyMap<number, HeadRow>;
  readonly #client: pg.PoolClient;
  readonly #isLocked: boolean;
  /** The heads that this transaction has stored; undefined until it has. */
  stored: HeadRow[] | undefined;

  constructor({ client, heads, isLocked }: TransactionOptions) {
    this.#client = client;
    this.#isLocked = isLocked;
    this.heads = new Map(heads.map((head) => [head.tenant_no, head]));
  }

  async all<Row>({ sql, parameters }: Statement): Promise<Row[]> {
    // Rows have the type that the statement's author names; SQL carries none.
    return (await this.#client.query(numbered(sql), [...parameters]).catch(fail)).rows as Row[];
  }

  async commit(units: readonly LedgerUnit[]): Promise<void> {
    const stored: HeadRow[] = [];
    for (const unit of units) {
      const values = appendParameters(unit);
      const append = { name: 'append', text: APPEND, values };
      const { rows } = await this.#client.query(append).catch(fail);
      const head = this.heads.get(unit.tenantNo);
      if (rows[0]?.heads !== 1 || head === undefined) throw new HeadMoved('the head has moved');
      stored.push({ ...head, size: unit.newSize, range: unit.range });
    }
    if (this.#isLocked) await this.#client.query('COMMIT').catch(fail);
    this.stored = stored;
  }
}

/** Statements are written with `?`; PostgreSQL numbers its parameters. */
const numberedTexts = new Map<string, string>();
const NUMBERED_KEPT = 500;
function numbered(sql: string): string {
  const known = numberedTexts.get(sql);
  if (known !== undefined) return known;
  if (numberedTexts.size >= NUMBERED_KEPT) numberedTexts.clear();
  let n = 0;
  const text = sql.replace(/\?/g, () => `$${++n}`);
  numberedTexts.set(sql, text);
  return text;
}

function toColumns(rows: readonly unknown[][], kinds: readonly ColumnKind[]): Columns {
  const columns = kinds.map((kind, index): Column => {
    if (kind === 'integer') {
      return { kind, values: Float64Array.from(rows, (row) => Number(row[index])) };
    }
    if (kind === 'text') return { kind, values: rows.map((row) => String(row[index])) };
    const builder = new BytesBuilder(rows.length * 256);
    for (const row of rows) {
      const value = row[index];
      // pg gives bytes as hex text, twice as long: a document comes as the text that it holds.
      if (typeof value === 'string') builder.addText(value, 1);
      else if (value instanceof Uint8Array) builder.addBytes(value);
      else throw new Error('a byte column was expected');
    }
    return builder.build();
  });
  return { count: rows.length, columns };
}

class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly tenantsPerTransaction = 1;
  readonly transactionsAtOnce: number;
  readonly kysely: Kysely<Tables>;
  readonly #pool: pg.Pool;
  readonly #heads = new LRUCache<number, HeadRow>({ max: HEADS_KEPT });

  constructor(pool: pg.Pool, size: number) {
    this.#pool = pool;
    this.transactionsAtOnce = Math.max(1, size - CONNECTIONS_FOR_READS);
    this.kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: translated(pool) }) });
  }

  async all<Row>({ sql, parameters }: Statement): Promise<Row[]> {
    return await this.#using(
      async (client) => (await client.query(numbered(sql), [...parameters]).catch(fail)).rows,
    );
  }

  async columns({ sql, parameters }: Statement, kinds: readonly ColumnKind[]): Promise<Columns> {
    const query = {
      text: numbered(sql),
      values: [...parameters],
      rowMode: 'array' as const,
    };
    return await this.#using(async (client) => {
      const { rows } = await client.query<unknown[]>(query).catch(fail);
      return toColumns(rows, kinds);
    });
  }

  async write(steps: readonly WriteStep[]): Promise<number[]> {
    return await this.#using(async (client) => {
      const changed: number[] = [];
      await client.query('BEGIN').catch(fail);
      for (const { sql, parameters, rows, expect } of steps) {
        const values: unknown[] = rows ? rows.columns.map(arrayOf) : [...parameters];
        const { rowCount } = await client.query(numbered(sql), values).catch(fail);
        if (expect !== undefined && rowCount !== expect) {
          throw new Error(`${rowCount} rows changed where ${expect} must: ${sql}`);
        }
        changed.push(rowCount ?? 0);
      }
      await client.query('COMMIT').catch(fail);
      return changed;
    });
  }

  async transactLedger<T>(
    tenantNos: readonly number[],
    work: (transaction: LedgerTransaction) => Promise<T>,
  ): Promise<T> {
    const [tenantNo] = tenantNos;
    if (tenantNo === undefined || tenantNos.length > 1 || !Number.isSafeInteger(tenantNo)) {
      throw new Error('a ledger transaction holds one tenant here');
    }
    // Forgotten until the new one is on disk: after a failure it is read again.
    const known = this.#heads.get(tenantNo);
    this.#heads.delete(tenantNo);
    try {
      if (known) return await this.#append([known], work);
    } catch (error) {
      if (!(error instanceof HeadMoved)) throw error;
    }
    return await this.#lockAndAppend(tenantNo, work);
  }

  /**
   * Without a lock of its own: the statement that appends checks the head's size and is stored
   * whole or not at all. One round trip instead of three, as long as no other server appends here.
   */
  async #append<T>(heads: HeadRow[], work: (transaction: LedgerTransaction) => Promise<T>) {
    return await this.#using(async (client) => {
      const transaction = new PostgresTransaction({ client, heads, isLocked: false });
      const result = await work(transaction);
      this.#keep(transaction.stored ?? heads);
      return result;
    });
  }

  async #lockAndAppend<T>(
    tenantNo: number,
    work: (transaction: LedgerTransaction) => Promise<T>,
  ): Promise<T> {
    return await this.#using(async (client) => {
      // BEGIN and the lock in one round trip: the number is a checked integer, never a text.
      const begin = `BEGIN; SELECT tenant_no, log_id, size, range FROM ledger_head
        WHERE tenant_no = ${tenantNo} FOR UPDATE`;
      const answers: unknown = await client.query(begin).catch(fail);
      const [, { rows: heads }] = answers as [unknown, pg.QueryResult<HeadRow>];
      const transaction = new PostgresTransaction({ client, heads, isLocked: true });
      const result = await work(transaction);
      if (!transaction.stored) await client.query('ROLLBACK').catch(fail);
      this.#keep(transaction.stored ?? heads);
      return result;
    });
  }

  #keep(heads: readonly HeadRow[]): void {
    for (const head of heads) this.#heads.set(head.tenant_no, head);
  }

  /** Runs with a connection. One that failed in a transaction is rolled back, or thrown away. */
  async #using<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    let broken: Error | undefined;
    try {
      client = await this.#pool.connect().catch(fail);
      return await work(client);
    } catch (error) {
      const rollback = { text: 'ROLLBACK', query_timeout: ROLLBACK_TIMEOUT_MS };
      await client?.query(rollback).catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client?.release(broken);
    }
  }

  async ping(): Promise<boolean> {
    return await this.all({ sql: 'SELECT 1', parameters: [] }).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

async function migrate(client: pg.Client): Promise<void> {
  // Held until the connection ends, whatever happens; other servers wait for it here.
  await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
  await client.query('CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY)');
  const { rows } = await client.query('SELECT max(version) AS version FROM schema_version');
  const version = Number(rows[0]?.version ?? 0);
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new Error(`The database is of a newer Annals (schema ${version}, this one ${newest}).`);
  }
  for (const migration of MIGRATIONS.filter((step) => step.version > version)) {
    await client.query('BEGIN');
    for (const statement of migration.postgres) await client.query(statement);
    await client.query('INSERT INTO schema_version VALUES ($1)', [migration.version]);
    await client.query('COMMIT');
  }
}

/** Why PostgreSQL cannot be reached, without the password that is in its address. */
function unreachable(url: string, cause: unknown): Error {
  const { host } = new URL(url);
  // Where a name has several addresses, the error of all of them has no words, only a code.
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why = cause instanceof Error && cause.message !== '' ? cause.message : code;
  return new Error(`Cannot reach PostgreSQL at ${host}: ${why}. See DATABASE_URL.`, { cause });
}

const connectionOf = (url: string) => ({
  connectionString: url,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
});
const tellOf = (log: Log) => (error: Error) =>
  log.warn({ reason: error.message }, 'database connection lost');

/** Opens PostgreSQL and brings the schema up to date. Throws if it cannot be reached. */
export async function openPostgres(url: string, poolSize: number, log: Log): Promise<Database> {
  // A connection without a limit of time: a change of the schema may take long.
  const client = new pg.Client(connectionOf(url)).on('error', tellOf(log));
  try {
    await client.connect().catch((cause: unknown) => {
      throw unreachable(url, cause);
    });
    await migrate(client);
  } finally {
    await client.end();
  }
  return connectPostgres(url, poolSize, log);
}

/** A pool on a database whose schema is there; it connects when it is first used. */
export function connectPostgres(url: string, poolSize: number, log: Log): Database {
  const pool = new pg.Pool({
    ...connectionOf(url),
    max: poolSize,
    types,
    lock_timeout: LOCK_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    application_name: 'annals',
  });
  const tell = tellOf(log);
  pool.on('error', tell);
  // One in use tells its user by the next query; unheard, the event would end the process.
  pool.on('connect', (connected) => {
    connected.on('error', tell);
    connected.query(PLANNING).catch(tell);
  });
  return new PostgresDatabase(pool, poolSize);
}
