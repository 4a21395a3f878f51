/**
 * The blueprint `engagement`: two organizations that keep in touch with people, and some fourteen
 * months of what they do to contacts, groups and users. What happens once is in `stories.ts`.
 * Promises the same events for the same seed and moment. Never reads a clock or anything outside.
 */
import type { Blueprint } from '../blueprint.ts';
import { eventsOf } from '../kit/work.ts';
import { CUSTOMERS } from './cast.ts';
import { deskOf } from './desk.ts';
import { tellStories } from './stories.ts';
import { WORKS } from './work.ts';

export const engagement: Blueprint = {
  name: 'engagement',
  tenants: () => CUSTOMERS.map(({ tenant_id, label, plan = '' }) => ({ tenant_id, label, plan })),
  events: (world) =>
    eventsOf(world, {
      timeZone: 'America/Chicago',
      customers: CUSTOMERS,
      works: WORKS,
      count: 1_300,
      deskOf,
      tellStories,
    }),
};
