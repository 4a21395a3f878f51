/**
 * The blueprint `incidents`: three organisations that are called when a service fails, and some
 * fourteen months of what they do to services, policies, roles and users. What happens once is in
 * `stories.ts`. Promises the same events for the same seed and moment. Never reads a clock or
 * anything outside.
 */
import type { Blueprint } from '../blueprint.ts';
import { type Days, daysOf } from '../kit/days.ts';
import { eventsOf } from '../kit/work.ts';
import { CUSTOMERS, type Customer } from './cast.ts';
import { deskOf } from './desk.ts';
import { PEOPLE_WORKS } from './people-work.ts';
import { tellStories } from './stories.ts';
import { THING_WORKS } from './thing-work.ts';

const TIME_ZONE = 'Europe/Berlin';

/** Resource types that are recorded since a day within these months; the definition says it too. */
const SINCE: Readonly<Record<string, string>> = {
  api_refresh_token: '2025-11-03',
  extension: '2026-02-02',
  runbook: '2026-05-01',
};

const tenantOf = ({ tenant_id, label, plan, enabledDaysAgo }: Customer, days: Days) => ({
  tenant_id,
  label,
  plan,
  ...(enabledDaysAgo !== undefined && {
    audit_enabled_at: new Date(days.at(enabledDaysAgo, 0)).toISOString(),
  }),
});

export const incidents: Blueprint = {
  name: 'incidents',
  tenants(nowMs) {
    const days = daysOf(nowMs, TIME_ZONE);
    return CUSTOMERS.map((customer) => tenantOf(customer, days));
  },
  events: (world) =>
    eventsOf(world, {
      timeZone: TIME_ZONE,
      customers: CUSTOMERS,
      works: [...PEOPLE_WORKS, ...THING_WORKS].map((work) => ({
        ...work,
        since: SINCE[work.type],
      })),
      count: 2_000,
      deskOf,
      tellStories,
    }),
};
