#!/usr/bin/env node
/**
 * Starts the server in as little memory as it can run in. What removes types takes 17 MB in the
 * main thread and 10 in each other, for as long as the thread lives. So this file has none, and
 * where something has changed since the last start, another process loads the program first: it
 * leaves what it made of the sources in Node's compile cache, and its memory goes with it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SELF = fileURLToPath(import.meta.url);
const SOURCES = ['../src/', '../../contract/src/'].map((path) => new URL(path, import.meta.url));
const FILL = '--fill-cache';
/** A process that takes longer than this to load the program is not waited for, in ms. */
const FILL_TIMEOUT_MS = 30_000;

const sha256 = (text) => createHash('sha256').update(text).digest('base64url');

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !/\.(test|long)\.ts$/.test(name))
    .map((name) => join(fileURLToPath(folder), name));

/** Differs if any source has changed. */
function stateOfSources() {
  const states = SOURCES.flatMap(filesOf).map((path) => {
    const { mtimeMs, size } = statSync(path);
    return `${path} ${mtimeMs} ${size}`;
  });
  return sha256(states.sort().join('\n'));
}

/** Loads all that a server loads, in whatever thread; what runs only in a thread fails here. */
async function fill() {
  for (const path of filesOf(SOURCES[0])) await import(path).catch(() => undefined);
}

function fillBefore() {
  const directory = getCompileCacheDir();
  if (directory === undefined) return;
  const note = join(directory, `annals-${sha256(SELF)}`);
  try {
    const state = stateOfSources();
    if (existingText(note) === state) return;
    // The cache is one for each set of flags; those that stop a process to be looked at are not.
    const flags = process.execArgv.filter((flag) => !/^--(inspect|watch)/.test(flag));
    const options = { stdio: 'ignore', timeout: FILL_TIMEOUT_MS };
    spawnSync(process.execPath, [...flags, SELF, FILL], options);
    writeFileSync(note, state);
  } catch (error) {
    // Only memory depends on it, and the folder of the cache may be somebody else's.
    process.emitWarning(`the compile cache in ${directory} cannot be filled: ${error.message}`);
  }
}

function existingText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

enableCompileCache();
const args = process.argv.slice(2);
if (args[0] === FILL) {
  await fill();
} else {
  fillBefore();
  const { main } = await import('../src/main.ts');
  await main(args);
}
