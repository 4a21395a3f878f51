/** Secrets of events: 16 random bytes each, as base64url text, drawn from one block at a time. */
import { randomFillSync } from 'node:crypto';

const BLIND_BYTES = 16;
const BLINDS_AT_ONCE = 1_024;

export class Blinds {
  readonly #block = Buffer.alloc(BLIND_BYTES * BLINDS_AT_ONCE);
  #used = BLINDS_AT_ONCE;

  /** 22 characters, never the same twice. */
  next(): string {
    if (this.#used === BLINDS_AT_ONCE) {
      randomFillSync(this.#block);
      this.#used = 0;
    }
    const start = this.#used++ * BLIND_BYTES;
    const text = this.#block.toString('base64url', start, start + BLIND_BYTES);
    this.#block.fill(0, start, start + BLIND_BYTES);
    return text;
  }
}
