/** Moves that many deeds share: a record changes, comes into being, or goes. */
import type { Random } from '../demo/random.ts';
import type { Deed } from './deeds.ts';
import { creationOf, type Field, type Item, targetsOf, turnOf, turnTo } from './items.ts';

/** Records of each kind, of which one is picked, added or removed. */
export interface Stock<P extends string> {
  readonly random: Random;
  readonly pools: Readonly<Record<P, Item[]>>;
}

/** Makes a record that was there before, and that nobody touched. */
export type Make<W> = (world: W, atMs: number) => Item;

/** How many records of a kind are left before others are taken that were never touched. */
const KEPT = 2;

const some = <P extends string, W extends Stock<P>>(
  world: W,
  pool: P,
  atMs: number,
  make?: Make<W>,
): Item | undefined => {
  const items = world.pools[pool];
  return items.length > 0 ? world.random.pick(items) : make?.(world, atMs);
};

/** The moves of one blueprint's world. */
export const movesOf = <P extends string, W extends Stock<P>>() => {
  type On = Deed<W>['on'];

  /** Some of a record's fields take other values. */
  const updating =
    (pool: P, fields: readonly Field[], make?: Make<W>): On =>
    (world, atMs) => {
      const item = some(world, pool, atMs, make);
      if (item === undefined) return undefined;
      const { changes, take } = turnOf(world.random, item, fields);
      if (changes.length === 0) return undefined;
      return { about: item, targets: targetsOf(item), changes, done: take };
    };

  /** One field takes another of its values. */
  const turning =
    (pool: P, field: Field, make?: Make<W>): On =>
    (world, atMs) => {
      const item = some(world, pool, atMs, make);
      if (item === undefined) return undefined;
      const before = item.values.get(field.path);
      const after = world.random.pick(field.values.filter((value) => value !== before));
      const { changes, take } = turnTo(item, [{ field, after }]);
      return { about: item, targets: targetsOf(item), changes, done: take };
    };

  /** Something is done to a record that leaves its values as they are. */
  const touching =
    (pool: P, make?: Make<W>): On =>
    (world, atMs) => {
      const item = some(world, pool, atMs, make);
      return item && { about: item, targets: targetsOf(item) };
    };

  const adding =
    (pool: P, fields: readonly Field[], make: Make<W>): On =>
    (world, atMs) => {
      const item = make(world, atMs);
      const changes = creationOf(world.random, item, fields);
      return {
        about: item,
        targets: targetsOf(item),
        ...(changes.length === 0 ? {} : { changes }),
        done: () => world.pools[pool].push(item),
      };
    };

  /** The record leaves; if all there are must stay, one that was never touched before. */
  const removing =
    (pool: P, make: Make<W>, isKept: (world: W, item: Item) => boolean = () => false): On =>
    (world, atMs) => {
      const items = world.pools[pool];
      const free = items.filter((item) => !isKept(world, item));
      const item = free.length > KEPT ? world.random.pick(free) : make(world, atMs);
      return {
        about: item,
        targets: targetsOf(item),
        done() {
          const place = items.indexOf(item);
          if (place !== -1) items.splice(place, 1);
        },
      };
    };

  return { updating, turning, touching, adding, removing };
};
