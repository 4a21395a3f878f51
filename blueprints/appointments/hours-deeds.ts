/** What is done to hours: those of a usual week, and single days that differ. */
import { type Item, targetsOf, turnTo } from '../kit/items.ts';
import { type AppointmentDeed, type On, removing, withDetails } from './moves.ts';
import {
  adjustmentItem,
  adjustmentKind,
  admin,
  hoursItem,
  manager,
  type Office,
  otherHours,
  staff,
  support,
  sync,
  WEEKS,
  worker,
} from './office.ts';
import { BOOKED, CONFLICT, NO_RIGHT, OVERLAP } from './refusals.ts';

const HOURS = { path: '/hours', label: 'Hours' };
type Week = 'business_hours' | 'working_hours';
const ownerPool = { business_hours: 'location', working_hours: 'user' } as const;

const setting =
  (pool: Week): On =>
  (office) => {
    const item = weekOf(pool)(office);
    const after = item.values.get(HOURS.path);
    return {
      targets: targetsOf(item),
      changes: [{ ...HOURS, after }],
      done: () => office.pools[pool].push(item),
    };
  };

const changing =
  (pool: Week): On =>
  ({ random, pools }) => {
    const item = random.pick(pools[pool]);
    const before = item.values.get(HOURS.path);
    const after = random.pick(WEEKS.filter((week) => week !== before));
    const { changes, take } = turnTo(item, [{ field: HOURS, after }]);
    return { targets: targetsOf(item), changes, done: take };
  };

const weekOf =
  (pool: Week) =>
  (office: Office): Item =>
    hoursItem(office, office.random.pick(office.pools[ownerPool[pool]]));

/** The hours go, and what they were is told. */
const clearing =
  (pool: Week | 'adjustment', make: (office: Office, atMs: number) => Item): On =>
  (office, atMs) => {
    const scene = removing(pool, make)(office, atMs);
    const before = scene?.about?.values.get(HOURS.path);
    return scene && { ...scene, changes: [{ ...HOURS, before }] };
  };

/** The hours of one location are taken over by another. */
export const copyHours = (from: Item, to: Item) => {
  const { changes, take } = turnTo(to, [{ field: HOURS, after: from.values.get(HOURS.path) }]);
  const [location] = from.parents;
  return { targets: targetsOf(to, ...(location ? [location] : [])), changes, done: take };
};

const copying: On = ({ random, pools }) => {
  const to = random.pick(pools.business_hours);
  const others = pools.business_hours.filter(
    (other) => other.values.get(HOURS.path) !== to.values.get(HOURS.path),
  );
  return others.length === 0 ? undefined : copyHours(random.pick(others), to);
};

const WEEK_DEEDS: readonly AppointmentDeed[] = [
  {
    action: 'business_hours.created',
    weight: 3,
    by: [admin, manager],
    refusals: [OVERLAP],
    on: setting('business_hours'),
  },
  {
    action: 'business_hours.updated',
    weight: 12,
    by: [admin, admin, manager, support],
    refusals: [OVERLAP, BOOKED],
    on: changing('business_hours'),
  },
  {
    action: 'business_hours.copied',
    weight: 4,
    by: [admin, manager],
    refusals: [BOOKED],
    on: copying,
  },
  {
    action: 'business_hours.deleted',
    weight: 2,
    by: [admin],
    refusals: [BOOKED],
    on: clearing('business_hours', weekOf('business_hours')),
  },
  {
    action: 'working_hours.created',
    weight: 6,
    by: [admin, manager, staff],
    refusals: [OVERLAP],
    on: setting('working_hours'),
  },
  {
    action: 'working_hours.updated',
    weight: 24,
    by: [admin, manager, manager, staff, sync],
    refusals: [OVERLAP, NO_RIGHT],
    on: changing('working_hours'),
  },
  {
    action: 'working_hours.deleted',
    weight: 3,
    by: [admin, manager],
    refusals: [BOOKED],
    on: clearing('working_hours', weekOf('working_hours')),
  },
];

const newAdjustment = (office: Office, atMs: number): Item => {
  const { location, user } = office.pools;
  const parent = office.random.pick(office.random.chance(0.4) ? location : user);
  return adjustmentItem(office, parent, atMs);
};

/** An adjustment comes into being. */
export const adjust = (office: Office, item: Item) => ({
  about: item,
  targets: targetsOf(item),
  changes: [{ ...HOURS, after: item.values.get(HOURS.path) }],
  metadata: { resource_details: adjustmentKind(item) },
  done: () => office.pools.adjustment.push(item),
});

const ADJUSTMENT_DEEDS: readonly AppointmentDeed[] = [
  {
    action: 'adjustment.created',
    weight: 26,
    by: [admin, admin, manager, staff],
    refusals: [OVERLAP, BOOKED],
    on: (office, atMs) => adjust(office, newAdjustment(office, atMs)),
  },
  {
    action: 'adjustment.updated',
    weight: 10,
    by: [admin, manager, staff],
    refusals: [CONFLICT],
    on: withDetails((office) => {
      const item = office.random.pick(office.pools.adjustment);
      const { changes, take } = turnTo(item, [{ field: HOURS, after: otherHours(office, item) }]);
      return { about: item, targets: targetsOf(item), changes, done: take };
    }, adjustmentKind),
  },
  {
    // What has passed is cleared away by the system.
    action: 'adjustment.deleted',
    weight: 9,
    by: [admin, manager, worker],
    refusals: [CONFLICT],
    on: withDetails(clearing('adjustment', newAdjustment), adjustmentKind),
  },
];

export const HOURS_DEEDS: readonly AppointmentDeed[] = [...WEEK_DEEDS, ...ADJUSTMENT_DEEDS];
