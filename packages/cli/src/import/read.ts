/**
 * Reads files of records: plain or gzip (found by its first bytes), arrays, `{"Records": […]}` or
 * one a line. A file is never in memory as a whole. Promises an item for every record, good or
 * not, in the order of the file, and that a file which breaks off says so instead of ending.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Item, Scanner, type Shape } from './scan.ts';

/** The first two bytes of a gzip file. */
const GZIP = [0x1f, 0x8b];
/** Bytes read from the disk at once. */
const CHUNK_BYTES = 256 * 1024;

/** The records of a stream of bytes. */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  shape: Shape,
): AsyncGenerator<Item, void, undefined> {
  const scanner = new Scanner(shape);
  for await (const chunk of chunks) yield* scanner.push(chunk);
  yield* scanner.end();
}

const isGzip = async (path: string): Promise<boolean> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0);
    return bytesRead === GZIP.length && GZIP.every((byte, at) => buffer[at] === byte);
  } finally {
    await file.close();
  }
};

const isCorrupt = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

async function* unpacked(
  path: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = await isGzip(path);
  const file = counted(createReadStream(path, { highWaterMark: CHUNK_BYTES }), onRead);
  // An error of the file reaches the reader of the unpacked stream.
  yield* gzip ? pipeline(file, createGunzip(), () => undefined) : file;
}

export interface FileOptions {
  readonly shape: Shape;
  /** Called with the bytes of the file as they are read. */
  readonly onRead: (bytes: number) => void;
}

/** The records of one file. Throws if it cannot be opened or read. */
export async function* readFileRecords(
  path: string,
  { shape, onRead }: FileOptions,
): AsyncGenerator<Item, void, undefined> {
  let line = 1;
  try {
    for await (const item of readRecords(unpacked(path, onRead), shape)) {
      ({ line } = item);
      yield item;
    }
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    yield { kind: 'broken', reason: `the gzip file is damaged: ${error.message}`, line };
  }
}
