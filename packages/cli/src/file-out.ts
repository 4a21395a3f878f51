/** A file that the server streams, on its way to a file here or to standard output. */
import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { Download } from '@annals/sdk';
import { CommandFailed } from './explain.ts';
import { count, type Terminal } from './terminal.ts';

/** Stands for standard output. */
export const STDOUT = '-';

export interface FileOut {
  readonly source: () => Promise<Download>;
  readonly terminal: Terminal;
  /** A path, or `-` for standard output. */
  readonly out: string;
  readonly signal: AbortSignal;
}
export interface Written {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

type Write = (chunk: Uint8Array) => Promise<unknown>;

const copy = async ({ source, terminal, signal }: FileOut, write: Write): Promise<Written> => {
  const { body } = await source();
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      signal.throwIfAborted();
      throw new CommandFailed('The connection broke off before the end of the file', {
        cause: error,
      });
    });
    if (next.done) return { bytes, sha256: hash.digest('hex') };
    try {
      await write(next.value);
    } catch (error) {
      // Else the server would go on sending until the connection times out.
      await chunks.return?.();
      throw error;
    }
    hash.update(next.value);
    bytes += next.value.length;
    terminal.progress(`${count(Math.floor(bytes / 1024))} KiB`, bytes);
  }
};

/** The file appears under its name only when it is whole, and is the one that was meant. */
const copyToFile = async (options: FileOut, sha256: string | undefined): Promise<Written> => {
  // Two exports to one name at once must not write into each other's part.
  const part = `${options.out}.${randomUUID().slice(0, 8)}.part`;
  const file = await open(part, 'wx');
  try {
    const written = await copy(options, (chunk) => file.writeFile(chunk));
    if (sha256 !== undefined && written.sha256 !== sha256) {
      throw new CommandFailed('The file that arrived is not the one that the server made');
    }
    await file.sync();
    await file.close();
    await rename(part, options.out);
    return written;
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
};

/**
 * Writes a download to its place; on an error no file is left behind. A digest that is known
 * beforehand must be that of what arrives.
 */
export const writeOut = async (options: FileOut, sha256?: string): Promise<Written> => {
  const { terminal, out } = options;
  try {
    if (out === STDOUT) return await copy(options, (chunk) => terminal.write(chunk));
    return await copyToFile(options, sha256);
  } finally {
    terminal.endProgress();
  }
};
