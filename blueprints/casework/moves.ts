/** The moves of this blueprint's world. */
import type { Deed, Scene } from '../kit/deeds.ts';
import { movesOf } from '../kit/moves.ts';
import { addressEvent, addressOf, type Pool, type Work } from './agency.ts';

export type CaseDeed = Deed<Work>;
export type On = CaseDeed['on'];

export const { updating, turning, touching, adding, removing } = movesOf<Pool, Work>();

/** The same, with more told about it. */
export const telling =
  (on: On, metadata: (work: Work, scene: Scene, atMs: number) => Scene['metadata']): On =>
  (work, atMs) => {
    const scene = on(work, atMs);
    const told = scene && metadata(work, scene, atMs);
    return scene && (told === undefined ? scene : { ...scene, metadata: told });
  };

/** The same for a reason, every now and then. */
export const forReason =
  (on: On, texts: readonly string[], share = 0.5): On =>
  (work, atMs) => {
    const scene = on(work, atMs);
    const isTold = work.random.chance(share);
    const ticket = `QA-${work.random.integer(100, 999)}`;
    return scene && isTold
      ? { ...scene, reason: { text: work.random.pick(texts), ticket } }
      : scene;
  };

/** A new record gets its own address from the system. S1.24 */
export const withAddress =
  (on: On): On =>
  (work, atMs) => {
    const scene = on(work, atMs);
    if (scene?.about === undefined) return undefined;
    const address = addressOf(work, scene.about);
    return {
      ...scene,
      done() {
        scene.done?.();
        work.pools.resource_email.push(address);
      },
      follows: [addressEvent('resource_email.created', address)],
    };
  };

/** With the record goes its address. */
export const withoutAddress =
  (on: On): On =>
  (work, atMs) => {
    const scene = on(work, atMs);
    const addresses = work.pools.resource_email;
    const address = addresses.find(({ parents }) => parents[0] === scene?.about);
    if (scene === undefined || address === undefined) return scene;
    return {
      ...scene,
      done() {
        scene.done?.();
        addresses.splice(addresses.indexOf(address), 1);
      },
      follows: [addressEvent('resource_email.deactivated', address)],
    };
  };
