/**
 * `npm run docs`: writes the reference, which is made from the contract and the settings and
 * never by hand. With `--check` it writes nothing and fails if a page is not what it would write.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Page, pages } from './maker/pages.ts';

const FOLDER = fileURLToPath(new URL('./reference/', import.meta.url));

function write(made: readonly Page[]): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, text } of made) writeFileSync(join(FOLDER, name), text);
}

/** What is wrong with the folder, one sentence each; empty if it is as it would be written. */
function faults(made: readonly Page[]): string[] {
  const there = new Set(readdirSync(FOLDER));
  const wrong = made.flatMap(({ name, text }) => {
    if (!there.has(name)) return [`docs/reference/${name} is not there.`];
    if (readFileSync(join(FOLDER, name), 'utf8') === text) return [];
    return [`docs/reference/${name} is not what its source says now.`];
  });
  const names = new Set(made.map(({ name }) => name));
  const strange = [...there].filter((name) => !names.has(name));
  return [...wrong, ...strange.map((name) => `docs/reference/${name} is made from nothing.`)];
}

function check(made: readonly Page[]): void {
  const found = faults(made);
  if (found.length === 0) return;
  const advice =
    'The reference is made from the contract: run `npm run docs`, keep what it writes.';
  process.stderr.write(`${[...found, advice].join('\n')}\n`);
  process.exitCode = 1;
}

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
if (values.check) check(pages());
else write(pages());
