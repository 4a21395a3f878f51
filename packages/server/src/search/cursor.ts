/**
 * Cursors: where a page ended and what the first page fixed, encrypted, since a place in the log
 * would tell of events that a view hides. Bound to tenant and view: it opens nothing else.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EventKey } from '../event-rows.ts';

export interface CursorContent {
  readonly after: EventKey;
  /** The window and order that the first page fixed. */
  readonly from: number;
  readonly to: number;
  readonly order: 'asc' | 'desc';
  /** When the first page was asked for, in ms. */
  readonly asOf: number;
}

export const CURSOR_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FIELDS = 6;

export class Cursors {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** `binding` is what the cursor is good for; the same text must be given to open it. */
  seal({ after, from, to, order, asOf }: CursorContent, binding: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(binding));
    const plain = [after.occurredAt, after.sequence, from, to, order === 'asc' ? 1 : 0, asOf];
    const sealed = Buffer.concat([cipher.update(JSON.stringify(plain), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** Undefined if the text is not a cursor of this instance for this binding. */
  open(text: string, binding: string): CursorContent | undefined {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce)
      .setAAD(Buffer.from(binding))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    let plain: string;
    try {
      plain = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)).toString('utf8');
      plain += decipher.final('utf8');
    } catch {
      return undefined;
    }
    const fields: unknown = JSON.parse(plain);
    if (!Array.isArray(fields) || fields.length !== FIELDS) return undefined;
    const [occurredAt, sequence, from, to, isAscending, asOf] = fields.map(Number);
    if (occurredAt === undefined || sequence === undefined) return undefined;
    if (from === undefined || to === undefined || asOf === undefined) return undefined;
    const order = isAscending === 1 ? 'asc' : 'desc';
    return { after: { occurredAt, sequence }, from, to, order, asOf };
  }
}
