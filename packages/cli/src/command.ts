/**
 * What a command is: its words for the help, its flags, and one function. Owns reading the
 * command line against them and the help made from them; the table of commands is `annals.ts`.
 */
import { parseArgs } from 'node:util';
import type { Client, ClientOptions } from '@annals/sdk';
import type { Config } from './config.ts';
import type { Terminal } from './terminal.ts';

/** What the process ends with; in the help of `annals`. */
export const EXIT = {
  done: 0,
  /** The command could not do what was asked. */
  failed: 1,
  /** It did, and what it found or was told is not well: a changed log, refused events. */
  found: 2,
} as const;

/** The command line is at fault; the message says how. */
export class UsageError extends Error {}

export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** One letter that stands for the name: `q` for `-q`. */
  readonly short?: string;
  /** The value may begin with a minus. */
  readonly takesMinus?: true;
  /** The value if none stands behind the flag. */
  readonly alone?: string;
  /** Stands for the value in the help, for example `FILE`. */
  readonly value?: string;
  readonly help: string;
}
export type Flags = Readonly<Record<string, Flag>>;

export interface Command {
  readonly summary: string;
  /** What stands behind `annals` on the usage line. */
  readonly usage: string;
  /** Some sentences and at least one example. */
  readonly about: string;
  readonly flags: Flags;
  /** The flags are somebody else's: all arguments are handed over as they are. */
  readonly raw?: true;
  /** Returns one of `EXIT`. Errors it throws are put into words by `annals.ts`. */
  run(context: Context): Promise<number>;
}

export interface Context {
  readonly args: Args;
  readonly config: Config;
  readonly terminal: Terminal;
  /** Ends when the person stops the command. */
  readonly signal: AbortSignal;
  /** Whether answers are to be JSON. */
  readonly json: boolean;
  readonly project: string | undefined;
  /** A client with the key and address given. Throws `UsageError` if they cannot be ones. */
  connect(options?: Pick<ClientOptions, 'retries'>): Client;
}

/** Flags that every command takes. */
export const GLOBAL_FLAGS = {
  url: { type: 'string', value: 'URL', help: 'the server; default ANNALS_URL, then this machine' },
  key: { type: 'string', value: 'KEY', help: 'the API key; better in ANNALS_KEY, which ps hides' },
  project: { type: 'string', value: 'NAME', help: 'the project, where the key may use several' },
  json: { type: 'boolean', help: 'answer in JSON, for programs' },
  debug: { type: 'boolean', help: 'show where an error comes from' },
  help: { type: 'boolean', help: 'this text' },
} as const satisfies Flags;

type Values = ReturnType<typeof parseArgs>['values'];

/** What stood on the command line. */
export class Args {
  readonly #values: Values;
  readonly positionals: readonly string[];

  constructor(values: Values, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** Whether the flag stands there, with a value or without. */
  given(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  /** The value of a flag; an empty one counts as given by mistake. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    if (value === '') throw new UsageError(`--${name} is empty`);
    return typeof value === 'string' ? value : undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`--${name} is required`);
    return value;
  }

  list(name: string): string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  }

  /** The value as one of a few words. */
  choice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) {
      throw new UsageError(`--${name} is one of ${choices.join(', ')}, not "${value}"`);
    }
    return found;
  }

  /** The value as a whole number from 1. */
  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 1) {
      throw new UsageError(`--${name} is a number from 1, not "${value}"`);
    }
    return number;
  }
}

/** `TYPE:ID` behind a flag; the id may hold colons itself. */
export const entityOf = (flag: string, text: string): { type: string; id: string } => {
  const at = text.indexOf(':');
  if (at > 0 && at < text.length - 1) return { type: text.slice(0, at), id: text.slice(at + 1) };
  throw new UsageError(`--${flag} is TYPE:ID, for example user:u-1, not "${text}"`);
};

const optionsOf = (flags: Flags) =>
  Object.fromEntries(
    Object.entries(flags).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );

/** `-q -outcome:success` as `--query=-outcome:success`: else the minus would begin a flag. */
export const joinMinus = (argv: readonly string[], flags: Flags): string[] => {
  const names = new Map<string, string>();
  for (const [name, { short, takesMinus }] of Object.entries(flags)) {
    if (takesMinus) for (const word of [`--${name}`, `-${short}`]) names.set(word, name);
  }
  const words: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const [word = '', next] = [argv[at], argv[at + 1]];
    const name = names.get(word);
    // Two minuses begin a flag and no query: then the value was forgotten.
    if (name === undefined || next === undefined || next.startsWith('--')) {
      words.push(word);
    } else {
      words.push(`--${name}=${next}`);
      at += 1;
    }
  }
  return words;
};

/** `--enable --plan x` as `--enable=now --plan x`: the flag says what it means alone. */
export const giveAlone = (argv: readonly string[], flags: Flags): string[] =>
  argv.map((word, at) => {
    const alone = word.startsWith('--') ? flags[word.slice(2)]?.alone : undefined;
    const next = argv[at + 1];
    const isAlone = alone !== undefined && (next === undefined || next.startsWith('-'));
    return isAlone ? `${word}=${alone}` : word;
  });

/** Reads arguments against the flags. Throws `UsageError` that names what is unknown. */
export const readArgs = (argv: readonly string[], flags: Flags): Args => {
  try {
    const { values, positionals } = parseArgs({
      args: giveAlone(joinMinus(argv, flags), flags),
      options: optionsOf({ ...GLOBAL_FLAGS, ...flags }),
      allowPositionals: true,
    });
    return new Args(values, positionals);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The rest of the sentence explains how to pass it as an argument, which nobody means.
    throw new UsageError(error.message.split('. To specify')[0] ?? error.message);
  }
};

/** Takes the command's name, the first word that is no flag, out of the arguments. */
export const splitCommand = (
  argv: readonly string[],
): { name: string | undefined; rest: string[] } => {
  const { tokens } = parseArgs({
    args: [...argv],
    options: optionsOf(GLOBAL_FLAGS),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const first = tokens.find((token) => token.kind === 'positional');
  if (first === undefined) return { name: undefined, rest: [...argv] };
  return { name: first.value, rest: argv.toSpliced(first.index, 1) };
};

const flagLines = (flags: Flags): string[] => {
  const rows = Object.entries(flags).map(([name, flag]) => ({
    left:
      (flag.short === undefined ? '  ' : `  -${flag.short}, `) +
      `--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    help: `${flag.help}${flag.multiple ? ' (may be repeated)' : ''}`,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows.map(({ left, help }) => left.padEnd(width) + help);
};

export const helpOf = (command: Command): string => {
  const own = Object.keys(command.flags).length === 0 ? [] : ['', ...flagLines(command.flags)];
  const common = command.raw ? [] : ['', 'With every command:', ...flagLines(GLOBAL_FLAGS)];
  return [`Usage: annals ${command.usage}`, '', command.about.trim(), ...own, ...common].join('\n');
};
