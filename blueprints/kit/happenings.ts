/**
 * Fourteen months of all tenants of a blueprint: ordinary days, on which each deed is done as often
 * as it is worth, and stories.
 */
import type { EventInput } from '@annals/contract/event';
import type { Blueprint } from '../blueprint.ts';
import { DAY_MS } from '../demo/calendar.ts';
import { byTime } from '../demo/draft.ts';
import { createRandom } from '../demo/random.ts';
import { type Deed, eventsOf, type Recorder, type RefusalOf, recorderOf } from './deeds.ts';
import { type Shifts, shiftsOf } from './shifts.ts';

/** Something at its moment. Played in order of time, so that each finds what was before it. */
export interface Happening {
  readonly atMs: number;
  readonly play: () => readonly EventInput[];
}

/** A tenant of which deeds are told. */
export interface Told {
  readonly tenantId: string;
  /** How much is done there. */
  readonly events: number;
  /** Whether every action happens there some times, and the stories are told. */
  readonly isWhole?: true;
}

/** What a blueprint tells of its tenants, each of which is a world of its own. */
export interface Tale<T extends Told, W> {
  readonly zone: string;
  readonly tenants: readonly T[];
  readonly deeds: readonly Deed<W>[];
  worldOf(tenant: T, recorder: Recorder, shifts: Shifts): W;
  storiesOf(world: W): readonly Happening[];
}

/** Fourteen months. */
const SPAN_MS = 425 * DAY_MS;
/** Each action is done so often at least, and each way to be refused comes once besides. */
const LEAST = 3;
/** The share of deeds that are refused. */
const REFUSED = 0.025;

/** Ordinary days: each deed by its weight, whenever somebody works. */
const ordinaryDays = <W>(
  recorder: Recorder,
  world: W,
  deeds: readonly Deed<W>[],
  { isWhole, events }: Told,
  moment: () => number,
): Happening[] => {
  const { random } = recorder;
  const happening = (deed: Deed<W>, refusal?: RefusalOf<W>): Happening => {
    const atMs = moment();
    return {
      atMs,
      play() {
        const scene = deed.on(world, atMs);
        if (scene === undefined) return [];
        const hand = random.pick(refusal?.by ?? deed.by)(world, atMs);
        return eventsOf(recorder, deed.action, atMs, hand, scene, refusal);
      },
    };
  };
  const least = isWhole ? LEAST : 0;
  const sure = deeds.flatMap((deed) => [
    ...Array.from({ length: least }, () => happening(deed)),
    ...(least === 0 ? [] : (deed.refusals ?? []).map((refusal) => happening(deed, refusal))),
  ]);
  const free = Array.from({ length: Math.max(0, events - sure.length) }, () => {
    const deed = random.weighted(deeds);
    const { refusals = [] } = deed;
    const isRefused = refusals.length > 0 && random.chance(REFUSED);
    return isRefused ? happening(deed, random.pick(refusals)) : happening(deed);
  });
  return [...sure, ...free];
};

/** All events in order of time, without what lies after now. */
const played = (happenings: readonly Happening[], nowMs: number): EventInput[] =>
  happenings
    .toSorted((one, other) => one.atMs - other.atMs)
    .flatMap(({ play }) => play())
    .filter(({ occurred_at }) => Date.parse(occurred_at) <= nowMs)
    .sort(byTime);

/** The events of all tenants, oldest first; each tenant has its own chance. */
export const eventsOfTenants = <T extends Told, W>(
  { seed, nowMs }: Parameters<Blueprint['events']>[0],
  { zone, tenants, deeds, worldOf, storiesOf }: Tale<T, W>,
): EventInput[] => {
  const happenings = tenants.flatMap((tenant, index) => {
    const random = createRandom(seed + index);
    const recorder = recorderOf(random, tenant.tenantId);
    const shifts = shiftsOf(random, zone, nowMs - SPAN_MS, nowMs);
    const world = worldOf(tenant, recorder, shifts);
    return [
      ...ordinaryDays(recorder, world, deeds, tenant, shifts.moment),
      ...(tenant.isWhole ? storiesOf(world) : []),
    ];
  });
  return played(happenings, nowMs);
};
