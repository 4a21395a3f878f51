/** Kysely over the SQLite threads: it builds statements, the threads run them. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Statement, Value } from './database.ts';
import type { RunAnswer } from './sqlite-protocol.ts';

/** What the driver needs of the threads. */
interface Runner {
  read<Row>(statement: Statement): Promise<Row[]>;
  run(statement: Statement): Promise<RunAnswer>;
}

/** Only these kinds can be bound; anything else is a bug of ours. */
function bindable(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Uint8Array) return value;
  throw new Error(`a value of type ${typeof value} cannot be bound`);
}

class Connection implements DatabaseConnection {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const statement = { sql: query.sql, parameters: query.parameters.map(bindable) };
    if (query.query.kind === 'SelectQueryNode') {
      return { rows: await this.#runner.read<R>(statement) };
    }
    const { rows, changes } = await this.#runner.run(statement);
    // Rows have the type that the query's builder gave them; the thread border carries none.
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: reading in pieces goes through Database.columns
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered here: use Database.columns');
  }
}

const noTransaction = (): Promise<void> =>
  Promise.reject(new Error('no transactions through Kysely: use Database.write'));

export function sqliteDialect(runner: Runner): Dialect {
  const connection = new Connection(runner);
  const driver: Driver = {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: noTransaction,
    commitTransaction: noTransaction,
    rollbackTransaction: noTransaction,
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
