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
  /** What a person types, who then is there to be asked. */
  readonly typed?: string;
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

export const testTerminal = ({ columns, input, typed }: Looks = {}): TestTerminal => {
  const output = kept(columns);
  const errors = kept(typed === undefined ? columns : (columns ?? 80));
  const text = typed ?? input;
  const read = Readable.from(text === undefined ? [] : [Buffer.from(text)]);
  const terminal = createTerminal({
    input: Object.assign(read, typed === undefined ? {} : { isTTY: true }),
    output: output.stream,
    errors: errors.stream,
  });
  return Object.assign(terminal, { out: output.text, errors: errors.text });
};
