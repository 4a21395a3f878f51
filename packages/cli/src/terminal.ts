/**
 * The place where a command speaks: answers on standard output, everything else on standard
 * error. Owns colours, the progress bar and back-pressure. Promises colours only where a person
 * looks and `NO_COLOR` is not set, a bar only on a terminal. Never bound to the process: tests
 * give it streams of their own.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { clean } from './safe.ts';

export type Style = Parameters<typeof styleText>[0];

/** A stream as the process has it; `isTTY` and `columns` are there if it is a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type Input = Readable & { readonly isTTY?: boolean };

export interface Streams {
  readonly input: Input;
  readonly output: Output;
  readonly errors: Output;
}

/** The reader of standard output has gone (`annals events | head`): nobody is left to tell. */
export class OutputClosed extends Error {}

export interface Terminal {
  readonly input: Input;
  /** Whether a person looks at standard output. */
  readonly interactive: boolean;
  /** Columns of the terminal; undefined if standard output is none. */
  readonly columns: number | undefined;
  /** Writes to standard output; resolves when it has been taken. Throws `OutputClosed`. */
  write(data: string | Uint8Array): Promise<void>;
  /** Writes a line to standard error. */
  note(line: string): void;
  /** Whether a person is there to be asked. */
  readonly canAsk: boolean;
  /** Asks on standard error; the line that is typed, or undefined if the input ends. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** Paints text meant for `write`. */
  paint(style: Style, text: string): string;
  /** Paints text meant for `note`. */
  paintNote(style: Style, text: string): string;
  /** Shows how far work is: a bar if `total` is known and above 0. */
  progress(label: string, done: number, total?: number): void;
  /** Takes the bar away. */
  endProgress(): void;
}

/** Columns of the bar itself. */
const BAR_WIDTH = 24;
/** Time between two drawings, in ms: more often costs work and only flickers. */
const REDRAW_MS = 100;
const ERASE_LINE = '\r\u001b[K';
const COUNT = new Intl.NumberFormat('en-US');

export const count = (value: number): string => COUNT.format(value);
export const countedEvents = (value: number): string =>
  `${count(value)} ${value === 1 ? 'event' : 'events'}`;

const barOf = (done: number, total: number): string => {
  const part = Math.min(1, done / total);
  const full = Math.round(part * BAR_WIDTH);
  const percent = `${Math.floor(part * 100)}`.padStart(3);
  return `[${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}] ${percent} %`;
};

const isClosedPipe = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');

const writer =
  (output: Output) =>
  (data: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      output.write(data, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(isClosedPipe(error) ? new OutputClosed('Standard output is closed') : error);
      });
    });

/** What comes next; undefined: the input has ended. */
const chunkOf = (input: Input, signal: AbortSignal): Promise<Buffer | undefined> => {
  if (input.readableEnded) return Promise.resolve(undefined);
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  return Promise.race([
    once(input, 'data', { signal: until }).then(([chunk]) => Buffer.from(chunk)),
    once(input, 'end', { signal: until }).then(() => undefined),
  ])
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    })
    .finally(() => {
      ended.abort();
      // Else the open input would keep the process from ending.
      input.pause();
    });
};

/** Line by line: what was typed ahead is there for the next question. */
const lineReader = (input: Input) => {
  const decoder = new TextDecoder();
  let rest = '';
  return async (signal: AbortSignal): Promise<string | undefined> => {
    while (!rest.includes('\n')) {
      const chunk = await chunkOf(input, signal);
      if (chunk === undefined) {
        const last = rest;
        rest = '';
        return last === '' ? undefined : last;
      }
      rest += decoder.decode(chunk, { stream: true });
    }
    const end = rest.indexOf('\n');
    const line = rest.slice(0, end).replace(/\r$/, '');
    rest = rest.slice(end + 1);
    return line;
  };
};

export const createTerminal = ({ input, output, errors }: Streams): Terminal => {
  const nextLine = lineReader(input);
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const erase = () => {
    if (drawn) errors.write(ERASE_LINE);
    drawn = false;
  };
  // Without a listener a closed pipe would end the process; `write` reports it to its caller,
  // and a lost line on standard error has nobody left to read it.
  for (const stream of [output, errors]) stream.on('error', () => undefined);
  return {
    input,
    interactive: output.isTTY === true,
    columns: output.isTTY === true ? (output.columns ?? 80) : undefined,
    write: writer(output),
    note: (line) => {
      erase();
      errors.write(`${line}\n`);
    },
    canAsk: input.isTTY === true && errors.isTTY === true,
    ask: (question, signal) => {
      erase();
      errors.write(clean(question));
      return nextLine(signal);
    },
    paint: (style, text) => styleText(style, text, { stream: output }),
    paintNote: (style, text) => styleText(style, text, { stream: errors }),
    progress: (label, done, total = 0) => {
      const now = performance.now();
      if (errors.isTTY !== true || now - drawnAtMs < REDRAW_MS) return;
      drawnAtMs = now;
      drawn = true;
      const bar = total > 0 ? `${barOf(done, total)}  ` : '';
      errors.write(`${ERASE_LINE}${bar}${clean(label)}`);
    },
    endProgress: () => {
      erase();
      drawnAtMs = Number.NEGATIVE_INFINITY;
    },
  };
};
