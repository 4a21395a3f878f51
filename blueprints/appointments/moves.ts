/** The moves of this blueprint’s world. */
import type { Deed } from '../kit/deeds.ts';
import type { Item } from '../kit/items.ts';
import { movesOf } from '../kit/moves.ts';
import type { Office, Pool } from './office.ts';

export type AppointmentDeed = Deed<Office>;
export type On = AppointmentDeed['on'];

export const { updating, turning, touching, adding, removing } = movesOf<Pool, Office>();

/** The same, with details that say what kind of record it is. */
export const withDetails =
  (on: On, details: (item: Item) => string): On =>
  (office, atMs) => {
    const scene = on(office, atMs);
    const { about } = scene ?? {};
    return about && { ...scene, metadata: { resource_details: details(about) } };
  };
