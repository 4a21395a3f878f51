/**
 * PostgreSQL ≥ 15. A ledger transaction holds one tenant, READ COMMITTED, since a hot tenant in a
 * mixed transaction would serialise all servers; as many run at once as the pool has room for.
 */
import { Kysely, type PostgresPool as KyselyPool, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Column, ColumnKind, Columns } from '../columns.ts';
import { Fault } from '../fault.ts';
import { keptOf } from '../kept.ts';
import { LOG_LEVELS, type Log } from '../log.ts';
import { ThreadPool } from '../thread.ts';
import {
  type Database,
  HEADS_KEPT,
  type HeadRow,
  type LedgerTransaction,
  type LedgerUnit,
  NOW_MS,
  type Statement,
} from './database.ts';
import { eventColumns } from './event-columns.ts';
import { MIGRATIONS } from './migrations.ts';
import {
  connectionOf,
  connectPool,
  fail,
  numbered,
  PostgresPool,
  tellOf,
} from './postgres-pool.ts';
import type { BulkCalls, BulkSettings } from './postgres-worker.ts';
import type { Tables } from './tables.ts';

/** Connections kept for reads and administration while recording takes all the others. */
const CONNECTIONS_FOR_READS = 2;
/** Of that thread, in MB: two blocks of the largest events; without it much garbage would wait. */
const BULK_OLD_MB = 256;
/** Key of the advisory lock under which the schema is changed: the letters "anna". */
const MIGRATION_LOCK = 0x616e6e61;

/** The pool for Kysely: the same connections, and errors in the same words. */
const translated = (pool: pg.Pool): KyselyPool => ({
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

class PostgresDatabase extends PostgresPool implements Database {
  readonly tenantsPerTransaction = 1;
  readonly transactionsAtOnce: number;
  readonly kysely: Kysely<Tables>;
  readonly #heads = keptOf<number, HeadRow>({ most: HEADS_KEPT });
  readonly #bulk: ThreadPool<BulkCalls>;

  constructor(pool: pg.Pool, size: number, data: BulkSettings) {
    super(pool);
    const file = new URL('./postgres-worker.ts', import.meta.url);
    this.#bulk = new ThreadPool({
      ...{ file, data, oldMb: BULK_OLD_MB, most: 1 },
      died: (cause) => new Fault('storage_unavailable', undefined, { cause }),
    });
    this.transactionsAtOnce = Math.max(1, size - CONNECTIONS_FOR_READS);
    this.kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: translated(pool) }) });
  }

  bulk(statement: Statement, kinds: readonly ColumnKind[]): Promise<Columns> {
    return this.#bulk.ask({ kind: 'columns', statement, kinds });
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
    return await this.using(async (client) => {
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
    return await this.using(async (client) => {
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

  override async close(): Promise<void> {
    await this.#bulk.end();
    await super.close();
  }

  #keep(heads: readonly HeadRow[]): void {
    for (const head of heads) this.#heads.set(head.tenant_no, head);
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
  const logLevel = LOG_LEVELS.find((level) => level === log.level) ?? 'info';
  return new PostgresDatabase(connectPool(url, poolSize, log), poolSize, { url, logLevel });
}
