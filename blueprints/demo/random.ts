/**
 * A small seeded source of chance for the demo's events: the same seed gives the same events.
 * Never for secrets: mulberry32 can be predicted from a few of its numbers.
 */
const UINT32 = 2 ** 32;
/** The variant digit of a UUID, as RFC 9562 allows it. */
const VARIANTS = ['8', '9', 'a', 'b'] as const;

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number, both ends included. */
  integer(least: number, most: number): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** One of a list, by its weight. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T;
  hex(digits: number): string;
  /** An id in the form of a UUIDv7 of this moment. */
  uuid(atMs: number): string;
}

/** In: a whole number as seed. Out: a source of chance that repeats itself for the same seed. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32;
  };
  const integer = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  const pick = <T>(list: readonly T[]): T => {
    const found = list[integer(0, list.length - 1)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  };
  const weighted = <T extends { readonly weight: number }>(list: readonly T[]): T => {
    let left = next() * list.reduce((sum, one) => sum + one.weight, 0);
    for (const one of list) {
      left -= one.weight;
      if (left < 0) return one;
    }
    return pick(list);
  };
  const hex = (digits: number): string => {
    let out = '';
    while (out.length < digits) {
      out += Math.floor(next() * UINT32)
        .toString(16)
        .padStart(8, '0');
    }
    return out.slice(0, digits);
  };
  const uuid = (atMs: number): string => {
    const time = atMs.toString(16).padStart(12, '0');
    const tail = `${pick(VARIANTS)}${hex(3)}-${hex(12)}`;
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${tail}`;
  };
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick,
    weighted,
    hex,
    uuid,
  };
};
