/**
 * Connections to PostgreSQL: what is asked on them, how long it may take, and what their errors
 * mean. The follower's thread needs no more than this.
 */
import pg from 'pg';
import { BytesBuilder, bytesAt, type Column, type ColumnKind, type Columns } from '../columns.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import { DuplicateKey, Overtaken, type Statement, type WriteStep } from './database.ts';
import type { Runner } from './derived-rows.ts';

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

export const fail = (error: unknown): never => {
  throw translate(error);
};

/** A column as one parameter: an array of its values. */
function arrayOf(column: Column): unknown[] {
  if (column.kind !== 'bytes') return [...column.values];
  return Array.from(column.ends, (_end, row) => Buffer.from(bytesAt(column, row)));
}

/** Statements are written with `?`; PostgreSQL numbers its parameters. */
const numberedTexts = new Map<string, string>();
const NUMBERED_KEPT = 500;
export function numbered(sql: string): string {
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

/** A pool, as what both the server and its follower need of a database. */
export class PostgresPool implements Runner {
  readonly dialect = 'postgres';
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async all<Row>({ sql, parameters }: Statement): Promise<Row[]> {
    return await this.using(
      async (client) => (await client.query(numbered(sql), [...parameters]).catch(fail)).rows,
    );
  }

  async columns({ sql, parameters }: Statement, kinds: readonly ColumnKind[]): Promise<Columns> {
    const query = {
      text: numbered(sql),
      values: [...parameters],
      rowMode: 'array' as const,
    };
    return await this.using(async (client) => {
      const { rows } = await client.query<unknown[]>(query).catch(fail);
      return toColumns(rows, kinds);
    });
  }

  async write(steps: readonly WriteStep[]): Promise<number[]> {
    return await this.using(async (client) => {
      const changed: number[] = [];
      await client.query('BEGIN').catch(fail);
      for (const { sql, parameters, rows, expect } of steps) {
        const values: unknown[] = rows ? rows.columns.map(arrayOf) : [...parameters];
        const { rowCount } = await client.query(numbered(sql), values).catch(fail);
        if (expect !== undefined && rowCount !== expect) {
          throw new Overtaken(`${rowCount} rows changed where ${expect} must: ${sql}`);
        }
        changed.push(rowCount ?? 0);
      }
      await client.query('COMMIT').catch(fail);
      return changed;
    });
  }

  /** Runs with a connection. One that failed in a transaction is rolled back, or thrown away. */
  async using<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
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

  /** What was changed is nowhere that SQL, an index or a dump would give it. */
  async scrub(): Promise<void> {}

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

export const connectionOf = (url: string) => ({
  connectionString: url,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
});
export const tellOf = (log: Log) => (error: Error) =>
  log.warn({ reason: error.message }, 'database connection lost');

/** A pool on a database whose schema is there; it connects when it is first used. */
export function connectPool(url: string, poolSize: number, log: Log): pg.Pool {
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
  return pool;
}
