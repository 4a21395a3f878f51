/**
 * A planted fault for each rule, and the same thing done right: `tidy.test.ts` shows that the one
 * is found, at its line, and the other is not.
 */

export interface Plant {
  readonly rule: string;
  readonly what: string;
  readonly fault: Readonly<Record<string, string>>;
  /** Where the fault is found, `path:line`, all of it. */
  readonly found: readonly string[];
  readonly clean: Readonly<Record<string, string>>;
}

const SERVER = 'packages/server/src';
const CONTRACT = 'packages/contract/src';
const CLI = 'packages/cli/src';
const SDK = 'packages/sdk/src';
const HEADER = '/** Owns a thing. */\n';
const CONTRACT_MANIFEST = {
  'packages/contract/package.json': JSON.stringify({
    exports: { './*': './src/*.ts' },
    imports: { '#hash': { node: './src/hash.node.ts', default: './src/hash.browser.ts' } },
  }),
};
const SERVER_MANIFEST = {
  'packages/server/package.json': JSON.stringify({ exports: { './*': './src/*.ts' } }),
};
const EVENT = { ...CONTRACT_MANIFEST, [`${CONTRACT}/event.ts`]: 'export type Event = string;' };
const APP = { ...SERVER_MANIFEST, [`${SERVER}/app.ts`]: 'export type App = string;' };

/** The file `from` holds the import `text`; `clean` is a file that may hold one. */
function plantImport(
  what: string,
  others: Readonly<Record<string, string>>,
  from: string,
  text: string,
  clean: readonly [path: string, text: string],
): Plant {
  return {
    rule: 'layers',
    what,
    fault: { ...others, [from]: text },
    found: [`${from}:1`],
    clean: { ...others, [clean[0]]: clean[1] },
  };
}

const LAYERS: readonly Plant[] = [
  plantImport(
    'an import upward, for a type',
    { [`${SERVER}/ingest/ingest.ts`]: '', [`${SERVER}/ledger/ledger.ts`]: '' },
    `${SERVER}/ledger/head.ts`,
    "import type { Ingest } from '../ingest/ingest.ts';",
    [`${SERVER}/ingest/queue.ts`, "import type { Ledger } from '../ledger/ledger.ts';"],
  ),
  plantImport(
    'an import sideways',
    { [`${SERVER}/search/search.ts`]: '', [`${SERVER}/config.ts`]: '' },
    `${SERVER}/export/export.ts`,
    "export { plan } from '../search/search.ts';",
    [`${SERVER}/log.ts`, "export { plan } from './config.ts';"],
  ),
  plantImport(
    'an import of app.ts from below',
    APP,
    `${SERVER}/http/http.ts`,
    "const app = await import('../app.ts');",
    [`${SERVER}/main.ts`, "import { app } from './app.ts';"],
  ),
  {
    rule: 'layers',
    what: 'a module without a layer, once for all its files',
    fault: { [`${SERVER}/jobs/jobs.ts`]: '', [`${SERVER}/jobs/run.ts`]: '' },
    found: [`${SERVER}/jobs/jobs.ts:1`],
    clean: { [`${SERVER}/store/store.ts`]: '', [`${SERVER}/store/run.test.ts`]: '' },
  },
  {
    rule: 'layers',
    what: 'a package and a folder that the map does not know',
    fault: { 'packages/mobile/src/mobile.ts': '', 'scripts/x.mjs': '' },
    found: ['packages/mobile/src/mobile.ts:1', 'scripts/x.mjs:1'],
    clean: { [`${SDK}/sdk.ts`]: '', 'bench/x.mjs': '' },
  },
  plantImport(
    'the contract importing another package',
    APP,
    `${CONTRACT}/event.ts`,
    "import type { App } from '@annals/server/app';",
    [`${CONTRACT}/event.test.ts`, "import type { App } from '@annals/server/app';"],
  ),
  plantImport(
    "the contract importing one of Node's modules",
    {},
    `${CONTRACT}/leaf.ts`,
    "import { hash } from 'node:crypto';",
    [`${CONTRACT}/leaf.node.ts`, "import { hash } from 'node:crypto';"],
  ),
  plantImport(
    'a *.node.ts file imported by path',
    { ...CONTRACT_MANIFEST, [`${CONTRACT}/hash.node.ts`]: '' },
    `${CONTRACT}/leaf.ts`,
    "import { hash } from './hash.node.ts';",
    [`${CONTRACT}/leaf.ts`, "import { hash } from '#hash';"],
  ),
  plantImport(
    'the SDK importing a value of the contract',
    EVENT,
    `${SDK}/client.ts`,
    "import { type Event } from '@annals/contract/event';",
    [`${SDK}/client.ts`, "import type { Event } from '@annals/contract/event';"],
  ),
  plantImport(
    'the SDK with a run-time dependency',
    {},
    `${SDK}/client.ts`,
    "import { fetch } from 'undici';",
    [`${SDK}/client.test.ts`, "import { fetch } from 'undici';"],
  ),
  plantImport(
    "the SDK importing one of Node's modules",
    {},
    `${SDK}/client.ts`,
    "export { readFile } from 'fs';",
    [`${SDK}/client.test.ts`, "export { readFile } from 'fs';"],
  ),
  plantImport(
    'the CLI importing the server at its start',
    APP,
    `${CLI}/start.ts`,
    "import { app } from '@annals/server/app';",
    [`${CLI}/start.ts`, "const { app } = await import('@annals/server/app');"],
  ),
  plantImport(
    'the CLI loading the server elsewhere',
    APP,
    `${CLI}/record.ts`,
    "const { app } = await import('@annals/server/app');",
    [`${CLI}/verify-offline.ts`, "const { app } = await import('@annals/server/app');"],
  ),
  plantImport(
    'a blueprint importing a value of the contract',
    EVENT,
    'blueprints/github/github.ts',
    "import { event } from '@annals/contract/event';",
    ['blueprints/github/github.ts', "import type { Event } from '@annals/contract/event';"],
  ),
  plantImport(
    'the server importing demo data at its start',
    { 'blueprints/demo/demo.ts': '' },
    `${SERVER}/demo.ts`,
    "import { demo } from '../../../blueprints/demo/demo.ts';",
    [`${SERVER}/demo.ts`, "const { demo } = await import('../../../blueprints/demo/demo.ts');"],
  ),
  plantImport(
    'the server loading demo data elsewhere',
    { 'blueprints/demo/demo.ts': '' },
    `${SERVER}/app.ts`,
    "const { demo } = await import('../../../blueprints/demo/demo.ts');",
    [`${SERVER}/demo.ts`, "const { demo } = await import('../../../blueprints/demo/demo.ts');"],
  ),
  plantImport(
    'the server importing what is started beside it',
    { ...SERVER_MANIFEST, [`${SERVER}/demo.ts`]: '', [`${SERVER}/verify-offline.ts`]: '' },
    `${SERVER}/app.ts`,
    "const { verifyOffline } = await import('./verify-offline.ts');",
    [`${SERVER}/main.ts`, "const { fillDemo } = await import('./demo.ts');"],
  ),
  plantImport(
    "another package's file by relative path",
    EVENT,
    `${SERVER}/ingest/ingest.ts`,
    "import type { Event } from '../../../contract/src/event.ts';",
    [`${SERVER}/ingest/ingest.ts`, "import type { Event } from '@annals/contract/event';"],
  ),
  plantImport(
    "the package's own file by its name",
    EVENT,
    `${CONTRACT}/leaf.ts`,
    "import type { Event } from '@annals/contract/event';",
    [`${CONTRACT}/leaf.ts`, "import type { Event } from './event.ts';"],
  ),
  plantImport(
    'product code importing a test helper',
    { 'packages/server/test/harness.ts': '' },
    `${SERVER}/app.ts`,
    "import { boot } from '../test/harness.ts';",
    ['packages/cli/test/start.ts', "import { boot } from '../../server/test/harness.ts';"],
  ),
];

const SHAPE: readonly Plant[] = [
  {
    rule: 'cycles',
    what: 'a cycle of three, one of them a type',
    fault: {
      [`${CONTRACT}/a.ts`]: "// first\nimport { b } from './b.ts';",
      [`${CONTRACT}/b.ts`]: "export * from './c.ts';",
      [`${CONTRACT}/c.ts`]: "type A = import('./a.ts').A;",
    },
    found: [`${CONTRACT}/a.ts:2`],
    clean: {
      [`${CONTRACT}/a.ts`]: "import { b } from './b.ts'; import { c } from './c.ts';",
      [`${CONTRACT}/b.ts`]: "export * from './c.ts'; new URL('./a.ts', import.meta.url);",
      [`${CONTRACT}/c.ts`]: '',
    },
  },
  {
    rule: 'door',
    what: 'a module entered from the side',
    fault: {
      [`${SERVER}/ledger/ledger.ts`]: '',
      [`${SERVER}/ledger/head.ts`]: '',
      [`${SERVER}/app.ts`]: "import { head } from './ledger/head.ts';",
      [`${SERVER}/ingest/ingest.ts`]: '',
      [`${SERVER}/ingest/ingest.test.ts`]: "import { head } from '../ledger/head.ts';",
    },
    found: [`${SERVER}/app.ts:1`, `${SERVER}/ingest/ingest.test.ts:1`],
    clean: {
      [`${SERVER}/ledger/ledger.ts`]: "import { head } from './head.ts';",
      [`${SERVER}/ledger/head.ts`]: '',
      [`${SERVER}/ledger/head.test.ts`]: "import { head } from './head.ts';",
      [`${SERVER}/app.ts`]: "import { ledger } from './ledger/ledger.ts';",
      'packages/server/test/kill.long.ts': "import { head } from '../src/ledger/head.ts';",
      'bench/bench.ts': "import { head } from '../packages/server/src/ledger/head.ts';",
    },
  },
  {
    rule: 'door',
    what: 'a module without a door, and a barrel',
    fault: { [`${SERVER}/store/event.ts`]: '', [`${SDK}/index.ts`]: '' },
    found: [`${SDK}/index.ts:1`, `${SERVER}/store/event.ts:1`],
    clean: { [`${SERVER}/store/event.ts`]: '', [`${SERVER}/store/store.ts`]: '' },
  },
  {
    rule: 'header',
    what: 'a door and a file of src without a header',
    fault: {
      [`${SERVER}/ledger/ledger.ts`]: 'export const a = 1; /** Late. */',
      [`${SERVER}/log.ts`]: '// Short.\nexport const a = 1;',
      [`${SERVER}/fault.ts`]: '/** */\nexport const a = 1;',
    },
    found: [`${SERVER}/fault.ts:1`, `${SERVER}/ledger/ledger.ts:1`, `${SERVER}/log.ts:1`],
    clean: {
      [`${SERVER}/ledger/ledger.ts`]: `${HEADER}export const a = 1;`,
      [`${SERVER}/ledger/head.ts`]: 'export const a = 1;',
      [`${SERVER}/log.test.ts`]: 'export const a = 1;',
      [`${CLI}/annals.ts`]: `#!/usr/bin/env node\n${HEADER}export const a = 1;`,
    },
  },
  {
    rule: 'budgets',
    what: 'a long file',
    fault: { 'bench/a.ts': 'go();\n'.repeat(501) },
    found: ['bench/a.ts:501'],
    clean: { 'bench/a.ts': 'go();\n'.repeat(500) },
  },
  {
    rule: 'budgets',
    what: 'a long function, in a test too',
    fault: {
      'bench/a.ts': `\nconst a = () => {\n${'go();\n'.repeat(69)}};`,
      'bench/a.test.ts': `test('x', () => {\nfunction f() {\n${'go();\n'.repeat(69)}}\n});`,
    },
    found: ['bench/a.test.ts:2', 'bench/a.ts:2'],
    clean: {
      'bench/a.ts': `\nconst a = () => {\n${'go();\n'.repeat(68)}};`,
      'bench/a.test.ts': `describe('x', () => {\n${"it('y', () => {});\n".repeat(100)}});`,
    },
  },
  {
    rule: 'budgets',
    what: 'a long line',
    fault: { 'bench/a.test.ts': `\nconst a = '${'😀'.repeat(89)}';` },
    found: ['bench/a.test.ts:2'],
    clean: { 'bench/a.test.ts': `\nconst a = '${'😀'.repeat(88)}'\n// https://x${'y'.repeat(99)}` },
  },
  {
    rule: 'orphan',
    what: 'files without a use',
    fault: {
      ...CONTRACT_MANIFEST,
      [`${CONTRACT}/event.ts`]: "import './event.ts';",
      [`${CONTRACT}/leaf.ts`]: '',
      [`${CONTRACT}/leaf.test.ts`]: "import './leaf.ts';",
      'packages/server/test/harness.ts': '',
    },
    found: [`${CONTRACT}/event.ts:1`, `${CONTRACT}/leaf.ts:1`, 'packages/server/test/harness.ts:1'],
    clean: {
      ...CONTRACT_MANIFEST,
      [`${CONTRACT}/event.ts`]: "import { hash } from '#hash';",
      [`${CONTRACT}/hash.node.ts`]: '',
      [`${CONTRACT}/hash.browser.ts`]: '',
      [`${SERVER}/main.ts`]: "import { event } from '@annals/contract/event';",
      'packages/server/test/harness.ts': "new URL('./child.ts', import.meta.url);",
      'packages/server/test/child.ts': '',
      'packages/server/test/kill.long.ts': "import './harness.ts';",
    },
  },
];

const WORDS: readonly Plant[] = [
  {
    rule: 'syntax',
    what: 'a file that does not parse',
    fault: { 'bench/a.ts': '\nlet a = ;' },
    found: ['bench/a.ts:2'],
    clean: { 'bench/a.ts': '\nlet a = 1;' },
  },
  {
    rule: 'any',
    what: 'ways around the type checker',
    fault: {
      'bench/a.ts': [
        'let a: any[];',
        'let b = c as any;',
        'let d = (e as unknown) as F;',
        'let g = h!.i;',
        'let j!: string;',
        'class K { l!: string }',
        '// @ts-expect-error later',
        '/* first\n @ts-ignore */',
      ].join('\n'),
    },
    found: [1, 2, 3, 4, 5, 6, 7, 9].map((line) => `bench/a.ts:${line}`),
    clean: {
      'bench/a.ts': "let a: unknown[]; // any\nlet b = c as const; let d = !e; let f = 'as any!';",
    },
  },
  {
    rule: 'env',
    what: 'the environment read outside the config',
    fault: {
      [`${SERVER}/log.ts`]: [
        'const a = process.env.A;',
        "const b = globalThis.process?.['env'];",
        'const { env } = process;',
        "import { env as c } from 'node:process';",
      ].join('\n'),
    },
    found: [1, 2, 3, 4].map((line) => `${SERVER}/log.ts:${line}`),
    clean: {
      [`${SERVER}/config.ts`]: 'const a = process.env;',
      [`${SERVER}/log.test.ts`]: 'const a = process.env;',
      [`${SERVER}/log.ts`]: "const a = this.env; process.exit(); import { env } from './a.ts';",
      'packages/cli/test/run.ts': 'const a = process.env;',
      'bench/bench.ts': 'const { env } = process;',
    },
  },
  {
    rule: 'empty catch',
    what: 'errors swallowed',
    fault: {
      'bench/a.ts': 'try { a(); } catch { /* never mind */ }\ntry { a(); } catch (e) { ; }\n',
      'bench/b.ts': 'await a().catch(() => {});',
    },
    found: ['bench/a.ts:1', 'bench/a.ts:2', 'bench/b.ts:1'],
    clean: { 'bench/a.ts': 'try { a(); } catch { b(); }\nawait a().catch(() => undefined);' },
  },
  {
    rule: 'leftovers',
    what: 'unfinished work and prints',
    fault: {
      [`${SERVER}/app.ts`]: `/**\n * ${'TO'}DO: more\n */\nconsole.log(1);\n// ${'FIX'}ME ${'XX'}X`,
    },
    found: [2, 4, 5].map((line) => `${SERVER}/app.ts:${line}`),
    clean: {
      [`${SERVER}/app.ts`]: "const XXXL = 'TODO'; // all done\nconsole.error(1);",
      [`${SERVER}/main.ts`]: 'console.log(1);',
      [`${CLI}/record.ts`]: 'console.log(1);',
    },
  },
  {
    rule: 'leftovers',
    what: 'tests switched off or favoured',
    fault: {
      'bench/a.test.ts': [
        "test.only('a', () => {});",
        "describe.skip('b', () => {});",
        "it('c', { skip: true }, () => {});",
        "await t.test('d', { todo: 'later' }, () => {});",
      ].join('\n'),
    },
    found: [1, 2, 3, 4].map((line) => `bench/a.test.ts:${line}`),
    clean: {
      'bench/a.test.ts': "it('c', { skip: isRoot && 'root may write anywhere' }, () => {});",
      'bench/a.ts': 'rows.only(1); page({ skip: 10 }); page({ skip: true });',
    },
  },
  {
    rule: 'private paths',
    what: 'a path of one machine',
    fault: {
      'docs/guide/start.md': `first\ncd ${['', 'work', 'main'].join('/')}`,
      'bench/a.ts': `const a = '${['', 'tmp', 'brief.md'].join('/')}';`,
    },
    found: ['bench/a.ts:1', 'docs/guide/start.md:2'],
    clean: { 'docs/guide/start.md': 'see docs/work/here and ./work/ and /tmp/other' },
  },
];

export const PLANTS: readonly Plant[] = [...LAYERS, ...SHAPE, ...WORDS];
