/** Every requirement of the five reference systems has its number in the name of a test. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** How many requirements each system has: S0 is `appointments`, and so on. */
const SYSTEMS = { S0: 32, S1: 25, S2: 15, S3: 30, S4: 19 } as const;
const ALL = Object.entries(SYSTEMS).flatMap(([system, most]) =>
  Array.from({ length: most }, (_, index) => `${system}.${index + 1}`),
);

/** Tests of the blueprints, and of the screens with their events. */
const FOLDERS = ['./', '../e2e/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
/** Numbers alone in quotes: of tests whose names are made from a table. */
const IN_TABLES = /(['"`])(S[0-4]\.\d+(?:, S[0-4]\.\d+)*)\1/g;
/** A test's or suite's name, in quotes of any kind, up to the first one that ends it. */
const NAMES = /\b(?:test|suite|describe|it)\(\s*(['"`])([\s\S]*?)(?<!\\)\1/g;

function named(): Set<string> {
  const found = new Set<string>();
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  for (const file of files) {
    if (!file.endsWith('.test.ts')) continue;
    const text = readFileSync(file, 'utf8');
    // The list of this file is of those that wait.
    const tables = file.endsWith('requirements.test.ts') ? [] : [...text.matchAll(IN_TABLES)];
    for (const [, , name = ''] of [...text.matchAll(NAMES), ...tables]) {
      for (const [number] of name.matchAll(/\bS[0-4]\.\d+\b/g)) found.add(number);
    }
  }
  return found;
}

test('each requirement is named by a test', () => {
  const found = named();
  assert.deepEqual(
    ALL.filter((number) => !found.has(number)),
    [],
    'no test names these',
  );
  assert.deepEqual(
    [...found].filter((number) => !ALL.includes(number)),
    [],
    'there are no such requirements',
  );
});
