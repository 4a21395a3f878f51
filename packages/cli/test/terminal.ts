/** A terminal of streams for tests: keeps what was written, and looks like a screen if told so. */
import { PassThrough, Readable } from 'node:stream';
import { createTerminal, type Terminal } from '../src/terminal.ts';

export interface TestTerminal extends Terminal {
  /** What stands on standard output. */
  out(): string;
  /** What stands on standard error. */
  errors(): string;
}

export interface Looks {
  /** Columns of the screen; absent: neither output is a terminal. */
  readonly columns?: number;
  readonly input?: string;
}

const kept = (columns: number | undefined) => {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk) => {
    text += String(chunk);
  });
  const looks = columns === undefined ? {} : { isTTY: true, columns };
  return { stream: Object.assign(stream, looks), text: () => text };
};

export const testTerminal = ({ columns, input }: Looks = {}): TestTerminal => {
  const output = kept(columns);
  const errors = kept(columns);
  const terminal = createTerminal({
    input: Readable.from(input === undefined ? [] : [Buffer.from(input)]),
    output: output.stream,
    errors: errors.stream,
  });
  return Object.assign(terminal, { out: output.text, errors: errors.text });
};
