/** What the server loads, and what it gives back: most of its memory at rest is one of the two. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { giveMemoryBack } from './memory.ts';

/** Packages from npm that a process loads when it imports a file. */
function packagesOf(file: string): string[] {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({ load(url, context, next) {
      const name = /.*\\/node_modules\\/((@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
      if (name !== undefined) seen.add(name);
      return next(url, context);
    } });
    // What runs only in a thread fails here, when all that it imports has been loaded.
    await import(${JSON.stringify(new URL(file, import.meta.url).href)}).catch(() => undefined);
    process.stdout.write(JSON.stringify([...seen]));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(out.toString());
}

const LARGE = ['typebox', 'kysely', 'pg', 'fastify'];
const WORKERS = [
  './store/sqlite-worker.ts',
  './store/postgres-worker.ts',
  './search/follow-worker.ts',
  './search/lens-worker.ts',
  './export/format-worker.ts',
];

for (const file of WORKERS) {
  test(`${file} loads no large package`, () => {
    const packages = packagesOf(file);
    const needed = file.includes('postgres') ? ['pg'] : [];
    assert.deepEqual(
      packages.filter((name) => LARGE.includes(name)),
      needed,
    );
  });
}

test('the program loads no database before it opens one', () => {
  const packages = packagesOf('./app.ts');
  assert.ok(packages.includes('fastify'));
  assert.deepEqual(
    packages.filter((name) => ['kysely', 'pg'].includes(name)),
    [],
  );
});

test('a heap that has grown is given back', async () => {
  let much: string[] | undefined = Array.from({ length: 2_000_000 }, (_, n) => `value ${n}`);
  assert.equal(much.length, 2_000_000);
  const grown = getHeapStatistics().total_heap_size;
  much = undefined;
  await giveMemoryBack();
  const left = getHeapStatistics().total_heap_size;
  assert.ok(left < grown - 30_000_000, `${grown} bytes before, ${left} after`);
});

test('a thread keeps to its own limit, whatever the process was started with', () => {
  const worker = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ number }) => {
      let kept = [];
      let most = 0;
      for (let made = 0; made < 3e6; made++) {
        kept.push({ made });
        if (made % 1e4 > 0) continue;
        if (kept.length > 5e5) kept = [];
        const spaces = getHeapSpaceStatistics();
        const young = spaces.find(({ space_name: name }) => name === 'new_space');
        most = Math.max(most, young.space_size);
      }
      parentPort.postMessage({ number, result: most });
    });`;
  const threads = new URL('./thread.ts', import.meta.url).href;
  const script = `
    import { Thread } from ${JSON.stringify(threads)};
    const file = new URL('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(worker))});
    const thread = new Thread({ file, youngMb: 6 });
    process.stdout.write(String(await thread.ask({ kind: 'churn' })));
    await thread.end();`;
  const flags = ['--max-semi-space-size=16', '--input-type=module', '-e'];
  const mostMb = Number(execFileSync(process.execPath, [...flags, script])) / 2 ** 20;
  assert.ok(mostMb > 0 && mostMb <= 6, `${mostMb} MB`);
});

test('not even its first start loads what removes types', (t) => {
  const tell = `process.on('exit', () => {
    const isThere = process.moduleLoadList.some((name) => name.includes('amaro'));
    process.stdout.write(isThere ? ' stripped here' : ' stripped before');
  });`;
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`];
  const firstStart = (file: string) => {
    const cache = mkdtempSync(join(tmpdir(), 'annals-cache-'));
    t.after(() => rmSync(cache, { recursive: true }));
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    const path = fileURLToPath(new URL(file, import.meta.url));
    return execFileSync(process.execPath, [...flags, path, '--help'], { env }).toString();
  };
  assert.match(firstStart('./main.ts'), /stripped here$/);
  assert.match(firstStart('../bin/server.js'), /stripped before$/);
});
