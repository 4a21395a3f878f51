/** Moves that many deeds share: a record changes, comes into being, or goes. */
import type { Deed } from '../kit/deeds.ts';
import { creationOf, type Field, type Item, targetsOf, turnOf, turnTo } from '../kit/items.ts';
import type { Office, Pool } from './office.ts';

export type AppointmentDeed = Deed<Office>;
export type On = AppointmentDeed['on'];

const one = ({ random, pools }: Office, pool: Pool): Item | undefined =>
  pools[pool].length === 0 ? undefined : random.pick(pools[pool]);

/** Some of an item's fields take other values. */
export const updating =
  (pool: Pool, fields: readonly Field[]): On =>
  (office) => {
    const item = one(office, pool);
    if (item === undefined) return undefined;
    const { changes, take } = turnOf(office.random, item, fields);
    return changes.length === 0
      ? undefined
      : { about: item, targets: targetsOf(item), changes, done: take };
  };

/** One field takes another of these values, or one that is made for it. */
export const turning =
  (pool: Pool, field: Field): On =>
  (office) => {
    const item = one(office, pool);
    if (item === undefined) return undefined;
    const before = item.values.get(field.path);
    const after = office.random.pick(field.values.filter((value) => value !== before));
    const { changes, take } = turnTo(item, [{ field, after }]);
    return { about: item, targets: targetsOf(item), changes, done: take };
  };

export const adding =
  (pool: Pool, fields: readonly Field[], make: (office: Office) => Item): On =>
  (office) => {
    const item = make(office);
    const changes = creationOf(office.random, item, fields);
    return {
      about: item,
      targets: targetsOf(item),
      changes,
      done: () => office.pools[pool].push(item),
    };
  };

/** The item leaves; if all there are must stay, one that was never touched before. */
export const removing =
  (
    pool: Pool,
    make: (office: Office, atMs: number) => Item,
    isKept: (office: Office, item: Item) => boolean = () => false,
  ): On =>
  (office, atMs) => {
    const items = office.pools[pool];
    const free = items.filter((item) => !isKept(office, item));
    const item = free.length > 1 ? office.random.pick(free) : make(office, atMs);
    return {
      about: item,
      targets: targetsOf(item),
      done() {
        const place = items.indexOf(item);
        if (place !== -1) items.splice(place, 1);
      },
    };
  };

/** The same, with details that say what kind of record it is. */
export const withDetails =
  (on: On, details: (item: Item) => string): On =>
  (office, atMs) => {
    const scene = on(office, atMs);
    const { about } = scene ?? {};
    return about && { ...scene, metadata: { resource_details: details(about) } };
  };
