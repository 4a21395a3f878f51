/**
 * The house in one table: who may import whom, which files start a process, how long things may
 * get. `tidy.ts` reads it and knows no name of its own. A new package, module or entry point is
 * added here, in the change that brings it.
 */

/** How far a permission goes: everything, or what is gone at run time (`import type`). */
export type Reach = 'any' | 'type';

export interface PackageRules {
  /** Packages it may import, and how far the permission goes. */
  readonly imports: Readonly<Record<string, Reach>>;
  /** Files that alone may load a package, by `import()` or for its types. */
  readonly lazy?: Readonly<Record<string, readonly string[]>>;
  /** Node's own modules: everywhere, only in `*.node.ts`, or nowhere. Tests are free. */
  readonly node: 'any' | 'node-files' | 'none';
  /** Packages from npm: everything, or their types only. */
  readonly npm: Reach;
  /** Layers of `src`, highest first. A file imports from layers below its own. */
  readonly layers?: readonly Layer[];
  /** Folders of `src` that are shelves, not modules: each of their files is taken by itself. */
  readonly shelves?: readonly string[];
}

export interface Layer {
  /** File stems or folders directly in `src`. */
  readonly modules: readonly string[];
  /** Modules of this layer may use each other. */
  readonly open?: true;
}

const SERVER_LAYERS: readonly Layer[] = [
  { modules: ['main'] },
  // What the program and the command line start besides the server itself.
  { modules: ['demo', 'verify-offline'] },
  { modules: ['app'] },
  { modules: ['http'] },
  { modules: ['ingest', 'search', 'export', 'unusual', 'keeping', 'sign-in', 'delivery'] },
  { modules: ['ledger', 'access'] },
  { modules: ['store'] },
  {
    modules: [
      ...['event-rows', 'revision', 'columns', 'thread'],
      ...['fault', 'log', 'config', 'kept', 'memory', 'rounds', 'busy', 'list-place'],
    ],
    open: true,
  },
];

/** Keys are folders. Code in a folder that is neither here nor in `FREE` is a finding. */
export const PACKAGES: Readonly<Record<string, PackageRules>> = {
  'packages/contract': { imports: {}, node: 'node-files', npm: 'any' },
  'packages/server': {
    imports: { 'packages/contract': 'any' },
    // Demo data are loaded only when somebody asks for them.
    lazy: {
      blueprints: ['packages/server/src/demo.ts'],
      // What builds the pages stays out of the process that serves them.
      'packages/console': ['packages/server/src/main.ts'],
    },
    node: 'any',
    npm: 'any',
    layers: SERVER_LAYERS,
  },
  'packages/sdk': { imports: { 'packages/contract': 'type' }, node: 'none', npm: 'type' },
  'packages/cli': {
    imports: { 'packages/contract': 'any', 'packages/sdk': 'any' },
    lazy: {
      'packages/server': ['packages/cli/src/start.ts', 'packages/cli/src/verify-offline.ts'],
    },
    node: 'any',
    npm: 'any',
  },
  'packages/viewer': {
    imports: { 'packages/contract': 'any', 'packages/sdk': 'any' },
    node: 'none',
    npm: 'any',
    layers: [
      { modules: ['react'] },
      { modules: ['viewer'] },
      { modules: ['embed'] },
      { modules: ['log', 'event', 'entity'], open: true },
      { modules: ['reader', 'queries'] },
      { modules: ['look', 'words'], open: true },
      { modules: ['find'] },
      { modules: ['screens'] },
    ],
    shelves: ['log', 'event', 'entity', 'look', 'words', 'find'],
  },
  'packages/console': {
    imports: { 'packages/contract': 'any', 'packages/sdk': 'any', 'packages/viewer': 'any' },
    node: 'any',
    npm: 'any',
    shelves: ['settings'],
  },
  blueprints: { imports: { 'packages/contract': 'type' }, node: 'none', npm: 'type' },
  tidy: { imports: {}, node: 'any', npm: 'any' },
};

/** Folders whose files may import anything, through any door: they look at the whole house. */
export const FREE = ['bench/', 'docs/', 'e2e/', 'examples/'];

/** Files that are started or published, so that no import has to lead to them. */
export const ENTRIES = [
  'packages/server/src/main.ts',
  'packages/server/bin/server.js',
  // Its caller, reports, comes with the next change.
  'packages/cli/bin/annals.js',
  'packages/sdk/src/sdk.ts',
  'packages/viewer/src/viewer.tsx',
  'packages/viewer/src/react.tsx',
  'packages/console/src/css.d.ts',
  'packages/console/console.ts',
  // Run by console.ts in a process of its own.
  'packages/console/build.ts',
  'packages/console/src/main.tsx',
  'bench/bench.ts',
  'docs/reference.ts',
  'e2e/stage.ts',
  'e2e/shots.ts',
  'examples/embed/embed.ts',
  // Blueprints: loaded by whoever wants to see one at work.
  'blueprints/appointments/appointments.ts',
  'blueprints/casework/casework.ts',
  'blueprints/engagement/engagement.ts',
  'blueprints/identity/identity.ts',
  'blueprints/incidents/incidents.ts',
  // Run by tidy.test.ts alone.
  'tidy/tidy.ts',
  'tidy/disk.ts',
];

/** Where the environment may be read. Tests may read it too. */
export const ENVIRONMENT = [
  'packages/server/src/config.ts',
  'packages/cli/src/config.ts',
  'bench/',
  'e2e/',
  'examples/',
  'tidy/',
];

/** Where `console.log` is the way to speak to a person. */
export const PRINTERS = [
  'packages/cli/',
  'packages/server/src/main.ts',
  'bench/',
  'e2e/',
  'examples/',
  'tidy/',
];

/** Lines: past this, a file holds more than one story. */
export const FILE_LINES_MAX = 500;
/** Lines: what fits on one screen and in one head. */
export const FUNCTION_LINES_MAX = 70;
/** Characters: two files side by side, and the formatter's own width. */
export const LINE_CHARACTERS_MAX = 100;

/** Places on one machine, which mean nothing to a reader. Joined, or this file would hold them. */
export const PRIVATE_PATHS = [
  ['', 'work', ''],
  ['', 'tmp', 'brief'],
].map((parts) => parts.join('/'));
