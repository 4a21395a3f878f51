/**
 * SHA-256 where there is no Node. Same exports and same results as `sha256.node.ts`. Not Web
 * Crypto: that one is asynchronous, and a leaf is made in one go.
 */
import { sha256 } from '@noble/hashes/sha2.js';

const DIGEST_BYTES = 32;
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const encoder = new TextEncoder();

const base64url = (bytes: Uint8Array): string => {
  let text = '';
  for (let start = 0; start < bytes.length; start += 3) {
    const present = Math.min(3, bytes.length - start);
    const group =
      ((bytes[start] ?? 0) << 16) | ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0);
    // n bytes need n + 1 characters of six bits.
    for (let index = 0; index <= present; index += 1) {
      text += BASE64URL.charAt((group >> (18 - 6 * index)) & 63);
    }
  }
  return text;
};

/** Base64url (43 characters) of SHA-256 of the text's UTF-8. A lone surrogate counts as U+FFFD. */
export const sha256Text = (text: string): string => base64url(sha256(encoder.encode(text)));

export const sha256Bytes = (data: Uint8Array): Uint8Array => sha256(data);

/** Base64url, unpadded, of the text's UTF-8. A lone surrogate counts as U+FFFD. */
export const base64urlText = (text: string): string => base64url(encoder.encode(text));

/** RFC 6962 hash of a leaf: SHA-256(0x00 ‖ UTF-8 of the leaf). */
export const leafHashOf = (leaf: string): Uint8Array => {
  const utf8 = encoder.encode(leaf);
  const preimage = new Uint8Array(1 + utf8.length);
  preimage[0] = LEAF_PREFIX;
  preimage.set(utf8, 1);
  return sha256(preimage);
};

/** RFC 6962 hash of an inner node: SHA-256(0x01 ‖ left ‖ right), both of 32 bytes. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  if (left.length !== DIGEST_BYTES || right.length !== DIGEST_BYTES) {
    throw new RangeError('a tree hash must be 32 bytes');
  }
  const preimage = new Uint8Array(1 + 2 * DIGEST_BYTES);
  preimage[0] = NODE_PREFIX;
  preimage.set(left, 1);
  preimage.set(right, 1 + DIGEST_BYTES);
  return sha256(preimage);
};
