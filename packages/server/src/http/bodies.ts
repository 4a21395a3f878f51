/** Bodies as they come in: decompressed within a bound, JSON or left as bytes. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { LIMITS } from '@annals/contract/event';
import { Fault } from '../fault.ts';

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECOMPRESS = new Map<string, Decompress>([
  ['gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
]);

export const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson'] as const;

const tooLarge = (): Fault =>
  new Fault('body_too_large', `The body is larger than ${LIMITS.bodyBytes} bytes, decompressed.`);

/**
 * The bytes that were meant. Throws Fault `unsupported_encoding`, `body_too_large` or
 * `invalid_body`.
 */
export async function decompressBody(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity' || encoding === '') return bytes;
  const decompress = DECOMPRESS.get(encoding.toLowerCase());
  if (decompress === undefined) {
    throw new Fault('unsupported_encoding', 'The content encoding must be gzip, br or zstd.');
  }
  try {
    return await decompress(bytes, { maxOutputLength: LIMITS.bodyBytes });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Fault('invalid_body', `The body is not valid ${encoding}.`, { cause });
  }
}

/** Throws Fault `invalid_body` for text that no database keeps as it is. */
function checkText(_name: string, value: unknown): unknown {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw new Fault('invalid_body', 'A text holds U+0000 or half a surrogate pair.');
  }
  return value;
}

/** JSON of a route that takes one document. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), checkText);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('invalid_json', 'The body is not valid JSON in UTF-8.', { cause });
  }
}
