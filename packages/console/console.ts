/**
 * The pages as files: where they are, built first if they are absent or of older sources. Owns
 * `dist/`. Never loads what builds them into the process that asks.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const DIST = at('./dist/');
/** Of what sources the pages are. */
const STAMP = 'sources';
const SOURCES = ['./', '../viewer/', '../contract/src/', '../sdk/src/', '../../package-lock.json'];
const SOURCE_FILE = /\.(tsx?|css|html|json)$/;
const NO_SOURCE = /(^|\/)(dist[^/]*|node_modules)\/|\.(test|long)\.ts$/;

async function filesOf(path: string): Promise<string[]> {
  if (SOURCE_FILE.test(path)) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => SOURCE_FILE.test(name) && !NO_SOURCE.test(name))
    .map((name) => join(path, name));
}

/** The same for the same sources, whenever they were written. */
async function stateOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const files = (await Promise.all(SOURCES.map((path) => filesOf(at(path))))).flat();
  for (const file of files.sort())
    hash.update(file.slice(at('../../').length)).update(await readFile(file));
  return hash.digest('hex');
}

export interface Pages {
  /** The console: `index.html`, and `assets/` whose names change with their content. */
  readonly console: string;
  /** `annals-log.js`. */
  readonly viewer: string;
}

/** Puts a folder in the place of `dist/`; whoever comes second to the same change is as good. */
async function putInPlace(built: string): Promise<void> {
  const old = `${built}-old`;
  await rename(DIST, old).catch(() => undefined);
  await rename(built, DIST).catch(() => undefined);
  await Promise.all([old, built].map((path) => rm(path, { recursive: true, force: true })));
}

/**
 * Resolves with the folders; `onBuild` is called if they are built first. Throws what the build
 * says if it fails. Several processes may ask at once.
 */
export async function preparePages(onBuild?: () => void): Promise<Pages> {
  const pages = { console: join(DIST, 'console'), viewer: join(DIST, 'viewer') };
  const state = await stateOfSources();
  const stamp = await readFile(join(DIST, STAMP), 'utf8').catch(() => undefined);
  if (stamp === state) return pages;
  onBuild?.();
  const folder = await mkdtemp(at('./dist-'));
  await promisify(execFile)(process.execPath, [at('./build.ts'), folder]);
  await writeFile(join(folder, STAMP), state);
  await putInPlace(folder);
  return pages;
}

// `npm run build`: what a first start would do, before there is a server.
if (import.meta.main) await preparePages();
