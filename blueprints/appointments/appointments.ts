/**
 * The blueprint of branch and appointment scheduling: its tenants and their events. The definition
 * stands beside it. Five organizations: two have the log, one lacks the add-on that it needs, one
 * has not asked for it, and one is a demo instance.
 */
import type { Blueprint } from '../blueprint.ts';
import { eventsOfTenants } from '../kit/happenings.ts';
import { CUSTOMERS } from './cast.ts';
import { DEEDS } from './deeds.ts';
import { createOffice } from './office.ts';
import { storiesOf } from './stories.ts';

export const appointments: Blueprint = {
  name: 'appointments',
  tenants: (nowMs) =>
    CUSTOMERS.map(({ tenantId, label, plan, addons, isDemo, enabledAt }) => ({
      tenant_id: tenantId,
      label,
      plan,
      addons,
      ...(isDemo ? { is_demo: true } : {}),
      ...(enabledAt ? { audit_enabled_at: enabledAt(nowMs) } : {}),
    })),
  events: (world) =>
    eventsOfTenants(world, {
      zone: 'America/Toronto',
      tenants: CUSTOMERS,
      deeds: DEEDS,
      worldOf: createOffice,
      storiesOf,
    }),
};
