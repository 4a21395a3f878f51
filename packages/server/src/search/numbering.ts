/**
 * Numbers that a follower gives, in each tenant, to what it has not seen before: entities, and
 * kinds of events. What is common is remembered; the rest is looked up by digest.
 */
import { hash } from 'node:crypto';
import { keptOf } from '../kept.ts';
import type { FollowerStore, Numbered } from '../store/store.ts';

/** Numbers that are kept in memory, about 200 bytes each. */
const NUMBERS_KEPT = 50_000;
/** Tenants whose last numbers are kept, about 100 bytes each. */
const TENANTS_KEPT = 100_000;

const DIGEST_BYTES = 16;
export const digestOf = (key: string): Uint8Array =>
  hash('sha256', key, 'buffer').subarray(0, DIGEST_BYTES);

/** What gets a number. */
export interface NewNumber {
  readonly number: number;
  readonly key: string;
  readonly digest: Uint8Array;
}

/** To be cleared when a batch was not stored, which has given numbers that nothing has then. */
export class Numbering {
  readonly #derived: Pick<FollowerStore['derived'], 'numbers' | 'lastNumber'>;
  readonly #of: Numbered;
  /** Numbers above it are not given: `beyond` stands in their place. */
  readonly #limit: { readonly most: number; readonly beyond: number };
  /**
   * By tenant and key. Two generations: what the batch that is being stored has numbered must be
   * found here, since the database does not know it yet.
   */
  #newer = new Map<string, number>();
  #older = new Map<string, number>();
  readonly #last = keptOf<number, number>({ most: TENANTS_KEPT });

  constructor(
    derived: Pick<FollowerStore['derived'], 'numbers' | 'lastNumber'>,
    of: Numbered,
    limit = { most: Infinity, beyond: 0 },
  ) {
    this.#derived = derived;
    this.#of = of;
    this.#limit = limit;
  }

  clear(): void {
    this.#newer.clear();
    this.#older.clear();
    this.#last.clear();
  }

  /** Numbers of these keys, and which of them are new: the caller has to store them. */
  async number(
    tenantNo: number,
    keys: Iterable<string>,
  ): Promise<{ numbers: ReadonlyMap<string, number>; fresh: readonly NewNumber[] }> {
    const numbers = new Map<string, number>();
    const unknown = new Map<string, { key: string; digest: Uint8Array }>();
    for (const key of keys) {
      if (numbers.has(key)) continue;
      const own = `${tenantNo} ${key}`;
      const known = this.#newer.get(own) ?? this.#older.get(own);
      if (known !== undefined) {
        numbers.set(key, known);
        continue;
      }
      const digest = digestOf(key);
      unknown.set(Buffer.from(digest).toString('hex'), { key, digest });
    }
    const fresh: NewNumber[] = [];
    if (unknown.size === 0) return { numbers, fresh };
    const digests = [...unknown.values()].map(({ digest }) => digest);
    const stored = await this.#derived.numbers(this.#of, tenantNo, digests);
    let last = this.#last.get(tenantNo) ?? (await this.#derived.lastNumber(this.#of, tenantNo));
    for (const [hex, { key, digest }] of unknown) {
      let number = stored.get(hex);
      if (number === undefined && last < this.#limit.most) {
        number = ++last;
        fresh.push({ number, key, digest });
      }
      numbers.set(key, number ?? this.#limit.beyond);
      this.#keep(`${tenantNo} ${key}`, number ?? this.#limit.beyond);
    }
    this.#last.set(tenantNo, last);
    return { numbers, fresh };
  }

  #keep(key: string, number: number): void {
    if (this.#newer.size >= NUMBERS_KEPT / 2) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, number);
  }
}
