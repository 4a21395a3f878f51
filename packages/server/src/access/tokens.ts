/** Secrets that are shown once: random, kept as SHA-256, compared in constant time. */
import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
const HANDLE_DIGITS = 16;
const ID_CHARACTERS = 20;

export const newSecret = (prefix: string): string =>
  prefix + randomBytes(SECRET_BYTES).toString('base64url');

/** A name, not a secret. */
export const newId = (prefix: string): string =>
  prefix + randomUUID().replaceAll('-', '').slice(0, ID_CHARACTERS);

export const digestOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** What finds the row: the first digits of the hash; the whole hash then decides. */
export const handleOf = (digest: Uint8Array): string =>
  Buffer.from(digest).toString('hex').slice(0, HANDLE_DIGITS);

export const isSameDigest = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);
