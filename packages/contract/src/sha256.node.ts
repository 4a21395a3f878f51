/**
 * SHA-256 in Node, by its one-shot function. Same exports and same results as `sha256.browser.ts`;
 * the package's `imports` map chooses between them as `#sha256`.
 * Text in, text out is the fast way: the function's `buffer` output costs twice its text outputs.
 */
import { hash } from 'node:crypto';

const DIGEST_BYTES = 32;
const NODE_PREFIX = 0x01;

const bytesOf = (binary: string): Uint8Array => {
  const bytes = new Uint8Array(DIGEST_BYTES);
  for (let index = 0; index < DIGEST_BYTES; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
};

/** Base64url (43 characters) of SHA-256 of the text's UTF-8. A lone surrogate counts as U+FFFD. */
export const sha256Text = (text: string): string => hash('sha256', text, 'base64url');

export const sha256Bytes = (data: Uint8Array): Uint8Array =>
  bytesOf(hash('sha256', data, 'binary'));

const encoder = new TextEncoder();
// Reused by every call: nothing can run between its filling and its reading.
const scratch = Buffer.alloc(8_192);
/** A UTF-16 code unit takes at most three bytes of UTF-8. */
const SCRATCH_LENGTH = Math.floor(scratch.length / 3);

/** Base64url, unpadded, of the text's UTF-8. A lone surrogate counts as U+FFFD. */
export const base64urlText = (text: string): string => {
  if (text.length > SCRATCH_LENGTH) return Buffer.from(text, 'utf8').toString('base64url');
  return scratch.toString('base64url', 0, encoder.encodeInto(text, scratch).written);
};

/** RFC 6962 hash of a leaf: SHA-256(0x00 ‖ UTF-8 of the leaf). */
export const leafHashOf = (leaf: string): Uint8Array =>
  bytesOf(hash('sha256', `\u0000${leaf}`, 'binary'));

// Reused by every call: nothing can run between its filling and its hashing.
const node = new Uint8Array(1 + 2 * DIGEST_BYTES);
node[0] = NODE_PREFIX;

/** RFC 6962 hash of an inner node: SHA-256(0x01 ‖ left ‖ right), both of 32 bytes. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  if (left.length !== DIGEST_BYTES || right.length !== DIGEST_BYTES) {
    throw new RangeError('a tree hash must be 32 bytes');
  }
  node.set(left, 1);
  node.set(right, 1 + DIGEST_BYTES);
  return bytesOf(hash('sha256', node, 'binary'));
};
