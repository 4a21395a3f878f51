/**
 * The blueprint `identity`: two organizations whose agents work on flows, API clients and user
 * profiles, and some fourteen months of what they do. What happens once is in `stories.ts`.
 * Promises the same events for the same seed and moment. Never reads a clock or anything outside.
 */
import type { Blueprint } from '../blueprint.ts';
import { eventsOf } from '../kit/work.ts';
import { CUSTOMERS } from './cast.ts';
import { CONSOLE_WORKS } from './console-work.ts';
import { deskOf } from './desk.ts';
import { PROFILE_WORKS } from './profile-work.ts';
import { tellStories } from './stories.ts';

export const identity: Blueprint = {
  name: 'identity',
  tenants: () => CUSTOMERS.map(({ tenant_id, label }) => ({ tenant_id, label })),
  events: (world) =>
    eventsOf(world, {
      timeZone: 'America/Los_Angeles',
      customers: CUSTOMERS,
      works: [...PROFILE_WORKS, ...CONSOLE_WORKS],
      count: 1_700,
      deskOf,
      tellStories,
    }),
};
