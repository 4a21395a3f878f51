/**
 * `annals`, the command line: the table of commands, and the one place that knows the process.
 * A thin caller of the SDK; only `start` and `verify --offline` load the server. Promises an exit
 * code that says how it went, and errors in words.
 */
import { parseArgs } from 'node:util';
import { createClient } from '@annals/sdk';
import manifest from '../package.json' with { type: 'json' };
import { catalog } from './catalog.ts';
import {
  Args,
  type Command,
  type Context,
  EXIT,
  helpOf,
  joinMinus,
  readArgs,
  splitCommand,
  UsageError,
} from './command.ts';
import { type Config, readConfig } from './config.ts';
import { countCommand, facets, histogram } from './counts.ts';
import { erase } from './erase.ts';
import { events } from './events.ts';
import { explain, Stopped } from './explain.ts';
import { exportCommand } from './export.ts';
import { exportsCommand } from './exports.ts';
import { holds } from './holds.ts';
import { importCommand } from './import/import.ts';
import { init } from './init.ts';
import { keys } from './keys.ts';
import { people } from './people.ts';
import { project } from './project.ts';
import { TAIL_FLAGS } from './question.ts';
import { rebuild } from './rebuild.ts';
import { record } from './record.ts';
import { reportsCommand } from './reports.ts';
import { retention } from './retention.ts';
import { start } from './start.ts';
import { tail } from './tail.ts';
import { tenants } from './tenants.ts';
import { createTerminal, OutputClosed, type Terminal } from './terminal.ts';
import { unusualCommand } from './unusual.ts';
import { verify } from './verify.ts';
import { viewers } from './viewers.ts';
import { why } from './why.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  start,
  record,
  events,
  tail,
  count: countCommand,
  facets,
  histogram,
  export: exportCommand,
  exports: exportsCommand,
  reports: reportsCommand,
  import: importCommand,
  verify,
  rebuild,
  init,
  project,
  catalog,
  why,
  tenants,
  unusual: unusualCommand,
  retention,
  holds,
  erase,
  keys,
  people,
  viewers,
};

/** Retries of a call that a person waits for: long enough for a restart, short enough to wait. */
const RETRIES = 4;

const helpOfAll = (): string =>
  [
    'Usage: annals COMMAND [flags]',
    '',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`),
    '',
    '  annals COMMAND --help tells more; annals --version says which one this is.',
    '',
    'Settings: ANNALS_URL (default http://127.0.0.1:4600), ANNALS_KEY.',
    'Ends with 0: done. 1: could not be done. 2: done, and something is not well',
    '(verify: the log is not as it was recorded; record, import: events were refused;',
    'project check: there are errors).',
  ].join('\n');

const isCommand = (name: string): boolean => Object.hasOwn(COMMANDS, name);

const commandOf = (name: string): Command => {
  const command = isCommand(name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`"${name}" is not a command`);
  return command;
};

export interface Surroundings {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly signal: AbortSignal;
}

const contextOf = (args: Args, { terminal, config, signal }: Surroundings): Context => {
  const url = args.text('url') ?? config.url;
  const key = args.text('key') ?? config.key;
  const project = args.text('project');
  return {
    args,
    config,
    terminal,
    signal,
    json: args.flag('json'),
    project,
    connect: ({ retries = RETRIES } = {}) => {
      if (key === undefined) throw new UsageError('No API key: set ANNALS_KEY, or use --key');
      try {
        return createClient({ url, key, retries, ...(project === undefined ? {} : { project }) });
      } catch (error) {
        if (error instanceof TypeError) throw new UsageError(error.message);
        throw error;
      }
    },
  };
};

const runCommand = async (
  command: Command,
  rest: readonly string[],
  surroundings: Surroundings,
): Promise<number> => {
  const wantsHelp = rest.includes('--help');
  // The server reads its own flags; only the help is ours.
  const args = command.raw || wantsHelp ? new Args({}, rest) : readArgs(rest, command.flags);
  if (!wantsHelp) return command.run(contextOf(args, surroundings));
  await surroundings.terminal.write(`${helpOf(command)}\n`);
  return EXIT.done;
};

const runGeneral = async (rest: readonly string[], terminal: Terminal): Promise<number> => {
  const flags = { version: { type: 'boolean', help: '' } } as const;
  const args = readArgs(rest, flags);
  if (args.flag('version')) await terminal.write(`${manifest.version}\n`);
  else await terminal.write(`${helpOfAll()}\n`);
  return EXIT.done;
};

/** Runs one command line. Returns the exit code; never throws. */
export const run = async (argv: readonly string[], surroundings: Surroundings): Promise<number> => {
  const { terminal } = surroundings;
  const { name, rest } = splitCommand(argv);
  try {
    if (name === undefined) return await runGeneral(rest, terminal);
    if (name !== 'help') return await runCommand(commandOf(name), rest, surroundings);
    const [about] = rest;
    if (about === undefined) return await runGeneral([], terminal);
    return await runCommand(commandOf(about), ['--help'], surroundings);
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT.done;
    const known = name !== undefined && isCommand(name) ? name : undefined;
    const debug = rest.includes('--debug');
    const url = urlOf(rest, surroundings.config);
    const lines = explain(error, { url, command: known, query: queryOf(rest), debug });
    for (const line of lines) terminal.note(line);
    return EXIT.failed;
  }
};

/** The address that was asked, for the words of an error: the flags may be what is wrong. */
const urlOf = (rest: readonly string[], config: Config): string => {
  const at = rest.findIndex((word) => word === '--url' || word.startsWith('--url='));
  const [, inline] = (rest[at] ?? '').split('=', 2);
  return inline ?? rest[at === -1 ? rest.length : at + 1] ?? config.url;
};

/** The query that was asked, for the words of an error about it. */
const queryOf = (rest: readonly string[]): string | undefined => {
  const { query: flag } = TAIL_FLAGS;
  const args = joinMinus(rest, { query: flag });
  const { query } = parseArgs({ args, options: { query: flag }, strict: false }).values;
  return typeof query === 'string' ? query : undefined;
};

/** Runs the process's command line and sets its exit code. */
export const main = async (argv: readonly string[]): Promise<void> => {
  const { stdin, stdout, stderr } = process;
  const terminal = createTerminal({ input: stdin, output: stdout, errors: stderr });
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Stopped());
  const { name } = splitCommand(argv);
  // A raw command answers signals itself. After the first, a second one ends the process.
  const isRaw = name !== undefined && isCommand(name) && commandOf(name).raw === true;
  if (!isRaw) {
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
  }
  const code = await run(argv, { terminal, config: readConfig(), signal: stop.signal });
  // The server goes on after its start and sets the code itself if it could not.
  if (code !== EXIT.done) process.exitCode = code;
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
};
