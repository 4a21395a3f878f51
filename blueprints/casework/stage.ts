/** What stories are told with: what somebody of an agency does, or is refused, in short. */
import type { EventInput } from '@annals/contract/event';
import { eventsOf, type Hand, type Refusal, type Scene } from '../kit/deeds.ts';
import { type Item, oneNamed, targetsOf } from '../kit/items.ts';
import type { Person } from '../kit/people.ts';
import { applicationOf, handOf, type Work } from './agency.ts';

export const stageOf = (work: Work) => {
  const person = (name: string): Person => oneNamed(work.agency.people, name);
  const play = (
    hand: Hand,
    atMs: number,
    action: string,
    about: Item | undefined,
    scene: Scene = {},
    refusal?: Refusal,
  ): EventInput[] => {
    const application = about && applicationOf(about);
    const whole: Scene = {
      ...(about ? { targets: targetsOf(about) } : {}),
      ...(application === undefined ? {} : { application }),
      ...scene,
    };
    return eventsOf(work.recorder, action, atMs, hand, whole, refusal);
  };
  return {
    person,
    play,
    does: (name: string, atMs: number, action: string, about?: Item, scene: Scene = {}) =>
      play(handOf(work, person(name), atMs), atMs, action, about, scene),
    isRefused: (
      name: string,
      atMs: number,
      action: string,
      refusal: Refusal,
      about?: Item,
      scene: Scene = {},
    ) => play(handOf(work, person(name), atMs), atMs, action, about, scene, refusal),
  };
};
export type Stage = ReturnType<typeof stageOf>;
