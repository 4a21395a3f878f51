/** What a server does when the machine, the database or the operator lets it down. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, checkLogs, killUnderLoad, type Load, makeEvent, startLoad } from './load.ts';
import { freePort } from './postgres.ts';
import {
  ADMIN_KEY,
  type DatabaseServer,
  type Ending,
  type ServerProcess,
  type ServerSettings,
  startDatabaseServer,
  startInVain,
  startServer,
  startWire,
  temporaryFolder,
} from './server-process.ts';

/** Rounds of `kill -9` here; `durability.long.ts` does many more. */
const KILL_ROUNDS = 2;
/** A server that ends by itself needs less, in ms. */
const STOP_MAX_MS = 5_000;

const record = (server: ServerProcess, tenant: string, key = ADMIN_KEY) =>
  ask(server.url, key, '/v1/events', [makeEvent(tenant)]);

async function statusOf(server: ServerProcess, path: string): Promise<number> {
  return (await ask(server.url, ADMIN_KEY, path)).status;
}

async function isRefusedWith(code: string, sent: ReturnType<typeof ask>): Promise<void> {
  const { status, text, headers, body } = await sent;
  assert.equal(status, 503, text);
  assert.ok(typeof body === 'object' && body !== null && 'code' in body, text);
  assert.equal(body.code, code);
  assert.ok(Number(headers.get('retry-after')) >= 1, 'says when to come back');
}

/** A person reads this at the terminal: what is wrong and where, and no insides. */
function saysWhy({ code, stdout, stderr }: Ending, ...words: readonly RegExp[]): void {
  assert.equal(code, 1, stderr);
  for (const word of words) assert.match(stderr, word);
  assert.doesNotMatch(stderr, /^\s+at .*:\d+/m, 'no stack');
  assert.ok(stderr.trim().length < 400, stderr);
  assert.doesNotMatch(stdout, /listens on/);
}

async function endsUnderLoad(t: TestContext, settings: ServerSettings): Promise<void> {
  const server = await startServer(t, settings);
  const load = startLoad(t, server.url, { retries: false });
  await load.more(2_000);
  const began = performance.now();
  server.signal('SIGTERM');
  await load.ended();
  const { code, signal, stderr } = await server.ended();
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  assert.ok(performance.now() - began < STOP_MAX_MS, 'it ends in time');
  for (const refusal of load.refusals.keys()) assert.equal(refusal, 'stopping');
  const again = await startServer(t, settings);
  const stored = await checkLogs(again.url, load);
  assert.ok(stored >= load.acknowledged);
  assert.equal((await again.stop()).code, 0);
}

interface Outage {
  readonly databaseUrl: string;
  readonly away: () => Promise<void> | void;
  readonly back: () => Promise<void> | void;
}

async function survives(t: TestContext, { databaseUrl, away, back }: Outage): Promise<void> {
  let isAway = false;
  // A test that fails half-way must not take the next one along.
  t.after(async () => {
    if (isAway) await back();
  });
  const server = await startServer(t, { databaseUrl });
  const load = startLoad(t, server.url);
  await load.more(500);
  assert.equal(await statusOf(server, '/readyz'), 200);
  isAway = true;
  await away();
  await load.refused('storage_unavailable', 10);
  const meanwhile = [
    ask(server.url, ADMIN_KEY, '/readyz'),
    ask(server.url, ADMIN_KEY, '/v1/events?tenant_id=hot'),
    record(server, 'a-new-tenant'),
    // A key that nobody has asked for lately must be looked up.
    record(server, 'hot', `${ADMIN_KEY}-other`),
  ];
  await Promise.all(meanwhile.map((sent) => isRefusedWith('storage_unavailable', sent)));
  assert.equal(await statusOf(server, '/healthz'), 200);
  await back();
  isAway = false;
  await load.more(500);
  assert.equal(await statusOf(server, '/readyz'), 200);
  assert.equal((await record(server, 'hot', `${ADMIN_KEY}-other`)).status, 401);
  await load.finish();
  assert.ok(server.isRunning(), 'it has lived through this');
  await checkLogs(server.url, load);
  assert.equal((await server.stop()).code, 0);
}

interface SmallDisk {
  /** Starts a server whose data folder is on the disk. */
  readonly wrapper: readonly string[];
  /** What the operating system's refusal is to the server. */
  readonly code: string;
  fill(pid: number): Promise<void>;
  free(pid: number): Promise<void>;
}

const DISK_MIB = 96;
/** As the POSIX shell counts, in blocks of 512 bytes: 8 MiB. */
const FILE_BLOCKS = 16_384;

const isPossible = ([command = '', ...args]: readonly string[]): boolean =>
  spawnSync(command, [...args, 'true']).status === 0;

/** A disk in memory that only the server sees: it is gone with the process, whatever happens. */
function memoryDisk(folder: string): SmallDisk | undefined {
  const script = `mount -t tmpfs -o size=${DISK_MIB}m annals "$0" && exec "$@"`;
  const wrapper = [[], ['--user', '--map-root-user']]
    .map((flags) => ['unshare', '--mount', ...flags, 'sh', '-c', script, folder])
    .find(isPossible);
  if (wrapper === undefined) return undefined;
  const ballast = (pid: number) => join(`/proc/${pid}/root`, folder, 'ballast');
  return {
    wrapper,
    code: 'storage_full',
    async fill(pid) {
      const file = await open(ballast(pid), 'a');
      const block = Buffer.alloc(65_536);
      // The last block goes in piece by piece, until not one byte fits.
      for (let size = block.length; size >= 1; ) {
        const { bytesWritten } = await file
          .write(block, 0, size)
          .catch(() => ({ bytesWritten: 0 }));
        if (bytesWritten < size) size = Math.floor(size / 2);
      }
      await file.close();
    },
    free: (pid) => rm(ballast(pid)),
  };
}

/** No file may grow beyond a size: all that can be had without the right to mount. */
function fileLimit(): SmallDisk | undefined {
  const wrapper = ['sh', '-c', `ulimit -S -f ${FILE_BLOCKS} && exec "$@"`, 'sh'];
  const limit = (pid: number, bytes: string) => {
    const { status } = spawnSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:`]);
    assert.equal(status, 0, 'prlimit has worked before');
    return Promise.resolve();
  };
  const canLift = spawnSync('prlimit', [`--pid=${process.pid}`, '--fsize']).status === 0;
  if (!isPossible(wrapper) || !canLift) return undefined;
  return {
    wrapper,
    // EFBIG is an input/output error to SQLite, not a full disk.
    code: 'storage_unavailable',
    fill: (pid) => limit(pid, String(FILE_BLOCKS * 512)),
    free: (pid) => limit(pid, 'unlimited'),
  };
}

async function fillsUp(t: TestContext, dataDir: string, disk: SmallDisk): Promise<Load> {
  const server = await startServer(t, { dataDir, wrapper: disk.wrapper });
  const load = startLoad(t, server.url, { fillerMax: 2_000 });
  await load.more(500);
  for (const tenant of ['made-while-full', 'made-while-full-again']) {
    await disk.fill(server.pid);
    load.addTenant(tenant);
    await load.refused(disk.code, 20);
    assert.equal(await statusOf(server, '/healthz'), 200);
    assert.equal(await statusOf(server, '/v1/events?tenant_id=hot'), 200, 'reading goes on');
    await disk.free(server.pid);
    await load.more(1_000);
  }
  await load.finish();
  assert.ok(server.isRunning(), 'it has lived through this');
  assert.equal(await checkLogs(server.url, load), load.acknowledged);
  // Nothing is lost in a server that stops while there is no room: that is a clean end.
  await disk.fill(server.pid);
  const { code, stdout } = await server.stop();
  assert.equal(code, 0, stdout.slice(-600));
  return load;
}

const bad: readonly [name: string, value: string][] = [
  ['ANNALS_PORT', 'http'],
  ['ANNALS_PORT', '70000'],
  ['DATABASE_URL', 'mysql://localhost/annals'],
  ['ANNALS_ADMIN_KEY', 'sesame'],
  ['ANNALS_TRUST_PROXY', 'maybe'],
  ['ANNALS_RATE_LIMIT', '-1'],
  ['ANNALS_LOG_LEVEL', 'loud'],
];

// Two at a time: half of them wait for what does not come.
describe('faults', { concurrency: 2 }, () => {
  describe('SIGTERM, and a silent database', { concurrency: 1 }, () => {
    let database: DatabaseServer;
    before(async () => {
      database = await startDatabaseServer();
    });
    after(() => database.close());

    test('SIGTERM under load, SQLite: what was promised is stored, no more', async (t) => {
      await endsUnderLoad(t, { dataDir: await temporaryFolder(t) });
    });

    test('SIGTERM under load, PostgreSQL: what was promised is stored, no more', async (t) => {
      await endsUnderLoad(t, { databaseUrl: await database.create() });
    });

    test('SIGTERM: a client that stops in the middle of its body holds nothing up', async (t) => {
      const env = { ANNALS_STOP_TIMEOUT_MS: '300' };
      const server = await startServer(t, { dataDir: await temporaryFolder(t), env });
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      t.after(() => socket.destroy());
      await once(socket, 'connect');
      socket.write(
        `POST /v1/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${ADMIN_KEY}\r\n` +
          'content-type: application/json\r\ncontent-length: 1000\r\n\r\n[{"action":',
      );
      await sleep(100);
      const began = performance.now();
      assert.equal((await server.stop()).code, 0);
      assert.ok(performance.now() - began < STOP_MAX_MS, 'it ends in time');
    });

    test('PostgreSQL falls silent, its connections open, and comes back', async (t) => {
      const { url, carry } = await startWire(t, await database.create());
      await survives(t, { databaseUrl: url, away: () => carry(false), back: () => carry(true) });
    });
  });

  describe('PostgreSQL goes away and comes back', { concurrency: 1 }, () => {
    let database: DatabaseServer;
    before(async () => {
      database = await startDatabaseServer();
    });
    after(() => database.close());

    test('stopped', async (t) => {
      const databaseUrl = await database.create();
      await survives(t, { databaseUrl, away: database.stop, back: database.start });
    });

    test('killed', async (t) => {
      const databaseUrl = await database.create();
      await survives(t, { databaseUrl, away: database.kill, back: database.start });
    });
  });

  describe('full disk: refuses, reads on, and records again when there is room', () => {
    test('a disk of its own', async (t) => {
      const dataDir = await temporaryFolder(t);
      const disk = memoryDisk(dataDir);
      if (disk === undefined) t.skip('no right to mount a small disk here (unshare, mount)');
      else await fillsUp(t, dataDir, disk);
    });

    test('a limit on the size of a file', async (t) => {
      const disk = fileLimit();
      if (disk === undefined) {
        t.skip('no ulimit -f or prlimit here');
        return;
      }
      const dataDir = await temporaryFolder(t);
      const load = await fillsUp(t, dataDir, disk);
      const again = await startServer(t, { dataDir });
      assert.equal(await checkLogs(again.url, load), load.acknowledged);
    });
  });

  describe('a server that cannot start says why and ends with 1', () => {
    test('the database does not answer', async (t) => {
      const port = await freePort();
      for (const host of ['127.0.0.1', 'localhost']) {
        const databaseUrl = `postgres://annals:sesame@${host}:${port}/annals`;
        const ending = await startInVain({ databaseUrl, dataDir: await temporaryFolder(t) });
        saysWhy(ending, /PostgreSQL|database/i, new RegExp(`${host}:${port}`), /DATABASE_URL/);
        assert.doesNotMatch(ending.stderr + ending.stdout, /sesame/);
      }
    });

    test('another server has the data folder; once that is killed, it can', async (t) => {
      const dataDir = await temporaryFolder(t);
      const first = await startServer(t, { dataDir });
      saysWhy(await startInVain({ dataDir }), /another/i, new RegExp(dataDir), /ANNALS_DATA/);
      assert.equal((await record(first, 'hot')).status, 201, 'the first is not disturbed');
      await first.kill();
      const second = await startServer(t, { dataDir });
      assert.equal((await record(second, 'hot')).status, 201);
    });

    test('the port is taken', async (t) => {
      const first = await startServer(t, { dataDir: await temporaryFolder(t) });
      const port = Number(new URL(first.url).port);
      const ending = await startInVain({ dataDir: await temporaryFolder(t), port });
      saysWhy(ending, new RegExp(`${port}`), /in use/, /ANNALS_PORT/);
    });

    test('the data folder cannot be made', async (t) => {
      const file = join(await temporaryFolder(t), 'file');
      await writeFile(file, '');
      saysWhy(await startInVain({ dataDir: join(file, 'data') }), new RegExp(file), /ANNALS_DATA/);
    });

    test('a setting is wrong', async (t) => {
      const dataDir = await temporaryFolder(t);
      const endings = bad.map(async ([name, value]) => {
        const ending = await startInVain({ dataDir, env: { [name]: value } });
        saysWhy(ending, new RegExp(`${name} must be`));
        assert.doesNotMatch(ending.stderr, /sesame/, 'a key is not printed, not even a wrong one');
      });
      await Promise.all(endings);
    });

    test('the file of settings is wrong', async (t) => {
      const dataDir = await temporaryFolder(t);
      const path = join(dataDir, 'settings.json');
      const start = () => startInVain({ dataDir, env: { ANNALS_CONFIG: path } });
      saysWhy(await start(), /ANNALS_CONFIG|settings\.json/);
      await writeFile(path, '{"ANNALS_PORT": ');
      saysWhy(await start(), /settings\.json/);
      await writeFile(path, '{"ANNALS_PROT": 4600}');
      saysWhy(await start(), /settings\.json/, /ANNALS_PROT/);
    });
  });

  test('kill -9 under load: what was acknowledged is there', async (t) => {
    await killUnderLoad(t, { dataDir: await temporaryFolder(t) }, KILL_ROUNDS);
  });

  test('the admin key is shown once, and replaced by a given one', async (t) => {
    const dataDir = await temporaryFolder(t);
    const keys: string[] = [];
    const given = 'another-key-of-the-tests-0123456789';
    const session = async (adminKey: string, statuses: () => Record<string, number>) => {
      const server = await startServer(t, { dataDir, adminKey });
      const [, shown] = /keep it\): (\S+)/.exec(server.stdout()) ?? [];
      if (shown !== undefined) keys.push(shown);
      for (const [key, status] of Object.entries(statuses())) {
        const answer = await ask(server.url, key, '/v1/keys');
        assert.equal(answer.status, status);
      }
      const { code, stdout } = await server.stop();
      assert.equal(code, 0);
      return stdout;
    };
    await session('', () => ({ [keys[0] ?? '']: 200, [given]: 401 }));
    assert.equal(keys.length, 1);
    assert.match(keys[0] ?? '', /^ann_[\w-]{43}$/);
    const second = await session('', () => ({ [keys[0] ?? '']: 200 }));
    assert.doesNotMatch(second, /admin key|ann_/i);
    const third = await session(given, () => ({ [keys[0] ?? '']: 401, [given]: 200 }));
    assert.doesNotMatch(third, new RegExp(`admin key|${given}`, 'i'));
    await session('', () => ({ [keys[0] ?? '']: 401, [given]: 200 }));
    assert.equal(keys.length, 1, 'no other was made');
  });
});
