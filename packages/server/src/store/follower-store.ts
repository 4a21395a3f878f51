/**
 * The store of a follower, which works in a thread of its own: it reads the ledger and writes what
 * is derived from it. On SQLite that is a second file, so that the ledger's writer never waits.
 */
import type { ColumnKind } from '../columns.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Statement, WriteStep } from './database.ts';
import { type Derived, derivedOf, type Followed, followedOf } from './derived.ts';
import type { Runner } from './derived-rows.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { filesOf, openIndex } from './sqlite-index.ts';

export type FollowerConfig = Pick<Config, 'dataDir' | 'databaseUrl'>;

export interface FollowerStore {
  readonly ledger: Followed;
  readonly derived: Derived;
  close(): Promise<void>;
}

/** Connections to PostgreSQL: one follows, one renews its lease. */
const CONNECTIONS = 2;
/** Page cache for reading the ledger, in KiB: it is read once, in order. */
const LEDGER_CACHE_KIB = 4_096;

/** A connection of this thread as a database: what it answers is there at once. */
const runnerOf = (connection: SqliteConnection): Runner => ({
  dialect: 'sqlite',
  // Rows have the type that the statement's author names; SQL carries none.
  all: async <Row>(statement: Statement) => connection.all(statement) as Row[],
  columns: async (statement: Statement, kinds: readonly ColumnKind[]) =>
    connection.columns(statement, kinds),
  write: async (steps: readonly WriteStep[]) => connection.write(steps),
  close: async () => connection.close(),
});

const LOG_NAME = "SELECT value FROM setting WHERE name = 'log_name'";

/** An index that was made of another ledger, whose file lies here now, is made anew. */
async function adopt(ledger: Runner, index: Runner, derived: Derived): Promise<void> {
  const one = async (runner: Runner, sql: string): Promise<string> => {
    const [row] = await runner.all<{ value: string }>({ sql, parameters: [] });
    return row?.value ?? '';
  };
  const name = await one(ledger, LOG_NAME);
  const known = await one(index, "SELECT value FROM index_state WHERE name = 'log_name'");
  if (name === known) return;
  if (known !== '') await derived.renew([...(await derived.cursors()).keys()]);
  const sql = "INSERT OR REPLACE INTO index_state (name, value) VALUES ('log_name', ?)";
  await index.write([{ sql, parameters: [name] }]);
}

export async function openFollowerStore(config: FollowerConfig, log: Log): Promise<FollowerStore> {
  if (config.databaseUrl !== undefined) {
    const { connectPool, PostgresPool } = await import('./postgres-pool.ts');
    const database = new PostgresPool(connectPool(config.databaseUrl, CONNECTIONS, log));
    return {
      ledger: followedOf(database),
      derived: derivedOf(database),
      close: () => database.close(),
    };
  }
  const { path, indexPath } = filesOf(config.dataDir);
  const pragmas = [`cache_size = -${LEDGER_CACHE_KIB}`];
  const ledger = runnerOf(new SqliteConnection(path, { readOnly: true, pragmas }));
  const index = runnerOf(openIndex(indexPath));
  const derived = derivedOf(index);
  await adopt(ledger, index, derived);
  return {
    ledger: followedOf(ledger),
    derived,
    async close() {
      await index.close();
      await ledger.close();
    },
  };
}
