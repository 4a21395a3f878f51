/**
 * What is measured: the two anchors and Annals on both databases, each a server process of its own
 * with data of its own, all speaking the same request.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Postgres, startPostgres } from '../packages/server/test/postgres.ts';
import type { Endpoint } from './load.ts';
import { POSTGRES_SETTINGS } from './machine.ts';
import { type Cleanup, isHealthy, type Started, startProcess, waitUntilUp } from './processes.ts';

export const TARGETS = ['file', 'postgres', 'annals-sqlite', 'annals-postgres'] as const;
export type TargetName = (typeof TARGETS)[number];
export const LABELS: Readonly<Record<TargetName, string>> = {
  file: 'F (file)',
  postgres: 'P (PostgreSQL table)',
  'annals-sqlite': 'Annals, SQLite',
  'annals-postgres': 'Annals, PostgreSQL',
};
export const isAnnals = (name: TargetName): boolean => name.startsWith('annals');

/** As `npm start` does. */
const FLAGS = ['--max-semi-space-size=16'];
const MAIN = fileURLToPath(new URL('../packages/server/bin/server.js', import.meta.url));
const ANCHOR_FILE = fileURLToPath(new URL('./anchor-file.ts', import.meta.url));
const ANCHOR_POSTGRES = fileURLToPath(new URL('./anchor-postgres.ts', import.meta.url));
/** Kept out of "bytes an event", as PostgreSQL's write-ahead log is. */
const NOT_DATA = /-(wal|shm)$|\.lock$/;

export interface Target extends Endpoint {
  readonly name: TargetName;
  readonly logFile: string;
  /** The server process that runs now. */
  pid(): number;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  /** What the events and their indexes take on disk; ask while the server is stopped. */
  bytes(): Promise<number>;
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
}

/** Tables, their indexes and long values: everything but the write-ahead log. */
const TABLE_BYTES = `
  select coalesce(sum(pg_total_relation_size(c.oid)), 0)::text as bytes
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

const databaseBytes = async (database: Postgres): Promise<number> => {
  await database.sql('checkpoint');
  const [row] = await database.sql(TABLE_BYTES);
  return Number(row?.['bytes']);
};

const folderBytes = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !NOT_DATA.test(entry.name));
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) => stat(join(parentPath, name))),
  );
  return sizes.reduce((sum, { size }) => sum + size, 0);
};

interface Program {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}
const programOf = (
  name: TargetName,
  port: number,
  folder: string,
  database: Postgres | undefined,
  key: string,
): Program => {
  const address = database?.url ?? '';
  if (name === 'file') return { args: [ANCHOR_FILE, String(port), folder], env: {} };
  if (name === 'postgres') return { args: [ANCHOR_POSTGRES, String(port), address], env: {} };
  const env = {
    ANNALS_PORT: String(port),
    ANNALS_HOST: '127.0.0.1',
    ANNALS_DATA: folder,
    ANNALS_ADMIN_KEY: key,
    // One key does everything here; its limit is for the many keys of a real instance.
    ANNALS_RATE_LIMIT: '0',
  };
  return {
    args: [...FLAGS, MAIN],
    env: database === undefined ? env : { ...env, DATABASE_URL: address },
  };
};

/** In: a folder that does not exist yet. Out: the running target, empty. */
export const startTarget = async (
  cleanup: Cleanup,
  name: TargetName,
  folder: string,
): Promise<Target> => {
  const data = join(folder, 'data');
  const logFile = join(folder, 'log');
  // Anybody may pass through it: PostgreSQL's files may have to belong to another user.
  await mkdir(data, { recursive: true, mode: 0o755 });
  const removeFolder = cleanup.add(() => rm(folder, { recursive: true, force: true }));
  const hasDatabase = name === 'postgres' || name === 'annals-postgres';
  const database = hasDatabase
    ? await startPostgres({ settings: POSTGRES_SETTINGS, parent: folder })
    : undefined;
  const stopDatabase = cleanup.add(async () => await database?.stop());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const key = randomBytes(24).toString('base64url');
  const { args, env } = programOf(name, port, data, database, key);
  let started: Started | undefined;
  const stopServer = async (): Promise<void> => {
    await started?.stop();
    started = undefined;
  };
  const startServer = async (): Promise<void> => {
    started = startProcess(cleanup, {
      command: process.execPath,
      args,
      env,
      logFile,
      watchesInput: !isAnnals(name),
    });
    await waitUntilUp(started, logFile, isHealthy(url));
  };
  await startServer();
  return {
    name,
    logFile,
    url,
    headers: { authorization: `Bearer ${key}` },
    pid() {
      if (started === undefined) throw new Error(`${name} is stopped`);
      return started.pid;
    },
    startServer,
    stopServer,
    bytes: () => (database === undefined ? folderBytes(data) : databaseBytes(database)),
    async stop() {
      await stopServer();
      await stopDatabase();
      await removeFolder();
    },
  };
};
