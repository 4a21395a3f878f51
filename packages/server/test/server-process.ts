/**
 * Real processes for tests that pull the plug: the server as a person starts it (`server.js`, its
 * own process, its own settings) and a PostgreSQL that can be stopped, killed and started again.
 * All of them end: with their test, or with the process of the tests, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from './postgres.ts';

const MAIN = fileURLToPath(new URL('../bin/server.js', import.meta.url));
/** How long a server or a database may take until it answers, in ms. */
const START_MS = 30_000;
/** How long a process may take to end by itself before it is killed, in ms. */
const STOP_MS = 15_000;
/** Characters of a server's output that are kept: a broken one must not fill the memory. */
const OUTPUT_KEPT = 200_000;
/** The instance's admin key of a server that is not told another. */
export const ADMIN_KEY = 'key-of-the-tests-0123456789-abcdef';

const living = new Set<ChildProcess>();
const killLiving = (): void => {
  for (const child of living) child.kill('SIGKILL');
};
process.on('exit', killLiving);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}

function keep(child: ChildProcess): ChildProcess {
  living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
}

async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited ${START_MS} ms: ${what}`);
    await sleep(20);
  }
}

/** A folder that is removed with its test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'annals-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface ServerSettings {
  /** The embedded database's folder, or … */
  readonly dataDir?: string;
  /** … a PostgreSQL. */
  readonly databaseUrl?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Empty: the server makes its own. */
  readonly adminKey?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that becomes the server: it must end in an exec of its further arguments. */
  readonly wrapper?: readonly string[];
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  isRunning(): boolean;
  stdout(): string;
  signal(signal: NodeJS.Signals): void;
  /** Its end; by force when that takes too long. */
  ended(): Promise<Ending>;
  /** SIGTERM, and its end. */
  stop(): Promise<Ending>;
  /** `kill -9`, and its end. */
  kill(): Promise<Ending>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  readonly stdout: () => string;
}

function spawnServer(settings: ServerSettings): Running {
  const [command = '', ...args] = [...(settings.wrapper ?? []), process.execPath, MAIN];
  const env = {
    PATH: process.env['PATH'] ?? '',
    ANNALS_HOST: '127.0.0.1',
    ANNALS_PORT: String(settings.port ?? 0),
    ANNALS_ADMIN_KEY: settings.adminKey ?? ADMIN_KEY,
    // One key sends everything here; the limit is for the many keys of a real instance.
    ANNALS_RATE_LIMIT: '0',
    ANNALS_LOG_LEVEL: 'warn',
    ...(settings.dataDir === undefined ? {} : { ANNALS_DATA: settings.dataDir }),
    ...(settings.databaseUrl === undefined ? {} : { DATABASE_URL: settings.databaseUrl }),
    ...settings.env,
  };
  const child = keep(spawn(command, args, { env, cwd: tmpdir(), stdio: 'pipe' }));
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      printed[name] = (printed[name] + text).slice(-OUTPUT_KEPT);
    });
  }
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...printed }));
  });
  return { child, ended, stdout: () => printed.stdout };
}

/** Starts a server that is not to come up, and waits for its end; kills it after some time. */
export async function startInVain(settings: ServerSettings, killMs = STOP_MS): Promise<Ending> {
  const { child, ended } = spawnServer(settings);
  const force = setTimeout(() => child.kill('SIGKILL'), killMs);
  return await ended.finally(() => clearTimeout(force));
}

async function isHealthy(url: string): Promise<boolean> {
  const options = { signal: AbortSignal.timeout(2_000) };
  return await fetch(`${url}/healthz`, options).then(
    async (response) => (await response.text()) !== '' && response.ok,
    () => false,
  );
}

/** Starts a server and waits until it answers; throws with its own words when it does not. */
export async function startServer(
  t: Pick<TestContext, 'after'>,
  settings: ServerSettings,
): Promise<ServerProcess> {
  const { child, ended, stdout } = spawnServer(settings);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  let isAsked = false;
  const signal = (name: NodeJS.Signals): void => {
    isAsked = true;
    child.kill(name);
  };
  const tell = ({ code, stdout: text, stderr }: Ending): void => {
    if (!isAsked) console.error(`the server has ended by itself (${code}):\n${text}${stderr}`);
  };
  ended.then(tell, (error: unknown) => console.error(error));
  const end = async (name?: NodeJS.Signals): Promise<Ending> => {
    if (name !== undefined) signal(name);
    const force = setTimeout(() => signal('SIGKILL'), STOP_MS);
    return await ended.finally(() => clearTimeout(force));
  };
  t.after(() => end('SIGKILL'));
  let url: string | undefined;
  await until('for the server to answer', async () => {
    if (!isRunning()) throw new Error(`the server has ended (${(await ended).code})`);
    url ??= /listens on (http:\S+)/.exec(stdout())?.[1];
    return url !== undefined && (await isHealthy(url));
  });
  if (url === undefined || child.pid === undefined) throw new Error('a server without an address');
  return {
    url,
    pid: child.pid,
    isRunning,
    stdout,
    signal,
    ended: () => end(),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

export interface DatabaseServer {
  sql(text: string): Promise<Record<string, unknown>[]>;
  /** The address of a new, empty database. */
  create(): Promise<string>;
  /** Ends as an operator ends it: sessions are cut, what was committed is written. */
  stop(): Promise<void>;
  /** `kill -9` of the server and all its sessions. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Tells whether the process was there. */
const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

/** A PostgreSQL of its own. Whoever asks for it closes it. */
export async function startDatabaseServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<DatabaseServer> {
  const server = await startPostgres({ settings });
  const [row] = await server.sql('SHOW data_directory');
  const pidFile = join(String(row?.['data_directory']), 'postmaster.pid');
  let main = 0;
  let sessions: number[] = [];
  const look = async (): Promise<void> => {
    const rows = await server.sql('SELECT pid FROM pg_stat_activity');
    main = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
    sessions = rows.map(({ pid }) => Number(pid));
  };
  const end = async (pids: readonly number[], signal: NodeJS.Signals): Promise<void> => {
    for (const pid of pids) send(pid, signal);
    await until('for PostgreSQL to be gone', () => !send(main, 0));
  };
  let databases = 0;
  return {
    sql: (text) => server.sql(text),
    async create() {
      const name = `test_${++databases}`;
      await server.sql(`CREATE DATABASE ${name}`);
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
    },
    async stop() {
      await look();
      await end([main], 'SIGINT');
    },
    async kill() {
      await look();
      await end([main, ...sessions], 'SIGKILL');
    },
    async start() {
      // Memory that the killed ones shared is freed a moment after the last of them is gone.
      await until('for PostgreSQL to be back', () =>
        server.restart().then(
          () => true,
          () => false,
        ),
      );
    },
    close: () => server.stop(),
  };
}

export interface Wire {
  /** The same database by way of the wire. */
  readonly url: string;
  /** Nothing arrives any more, and nobody is told; true again: everything that was sent arrives. */
  carry(isWhole: boolean): void;
}

/** A network between a server and its database that can fall silent. It is gone with its test. */
export async function startWire(t: TestContext, databaseUrl: string): Promise<Wire> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isWhole = true;
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    if (!isWhole) socket.pause();
  };
  const relay = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (data) => to.write(data));
      from.once('close', () => to.destroy());
      add(from);
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  const address = relay.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${address.port}` }).href,
    carry(whole) {
      isWhole = whole;
      for (const socket of sockets) {
        if (whole) socket.resume();
        else socket.pause();
      }
    },
  };
}
