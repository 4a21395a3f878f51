/**
 * Where files are kept. Owns what a place for files must do, and the one in a folder. Promises: a
 * file is under its name whole or not at all, and on disk when `write` resolves; its digest is that
 * of the bytes that were kept.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

export interface Kept {
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

export interface Shelf {
  /**
   * Keeps a file under a name such as `12/ab.1`. When the signal ends, nothing is kept. The pieces
   * of the body are the shelf's: it may take their memory from them.
   */
  write(name: string, body: Readable, signal: AbortSignal): Promise<Kept>;
  /** Throws if there is none. */
  read(name: string): Promise<Readable>;
  /** What is not there is gone already. */
  remove(name: string): Promise<void>;
  /** An address that leads to the file for a few minutes; undefined: the shelf has none. */
  link(name: string, as: Linked): Promise<string | undefined>;
  close(): Promise<void>;
}

/** What a browser is told of a file. */
export interface Linked {
  readonly fileName: string;
  readonly contentType: string;
}

/** What is written goes here until it is whole. */
const UNFINISHED = '.part';
/** A folder and the files in it are for the server alone. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** What a folder lists is on disk when the folder is. */
async function keepName(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/**
 * Gives memory back at once. To the collector a file's pieces are memory outside the heap, and
 * every 64 MB of that it looks through all of the heap: a quarter of the time that a file took.
 */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  // Of a part, the rest may be somebody else's.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Files in a folder of this machine, or of one that several servers share. */
export class FolderShelf implements Shelf {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(name: string, body: Readable, signal: AbortSignal): Promise<Kept> {
    const path = join(this.#folder, name);
    const unfinished = path + UNFINISHED;
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const file = await open(unfinished, 'w', FILE_MODE);
    try {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const piece of body as AsyncIterable<Uint8Array>) {
        signal.throwIfAborted();
        hash.update(piece);
        bytes += piece.length;
        await file.appendFile(piece);
        giveBack(piece);
      }
      signal.throwIfAborted();
      await file.sync();
      await file.close();
      await rename(unfinished, path);
      await keepName(dirname(path));
      return { bytes, sha256: hash.digest('hex') };
    } catch (error) {
      body.destroy();
      await file.close().catch(() => undefined);
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async read(name: string): Promise<Readable> {
    const file = await open(join(this.#folder, name), 'r');
    return file.createReadStream();
  }

  async remove(name: string): Promise<void> {
    const path = join(this.#folder, name);
    await Promise.all([rm(path, { force: true }), rm(path + UNFINISHED, { force: true })]);
  }

  async link(): Promise<undefined> {
    return undefined;
  }

  async close(): Promise<void> {}
}
