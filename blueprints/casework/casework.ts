/**
 * The blueprint of case management: its tenants and their events. The definition stands beside it.
 * Three agencies: two are on the plan that has the log, one is not.
 */
import type { Blueprint } from '../blueprint.ts';
import { eventsOfTenants } from '../kit/happenings.ts';
import { createWork } from './agency.ts';
import { AGENCIES } from './cast.ts';
import { DEEDS } from './deeds.ts';
import { storiesOf } from './stories.ts';

export const casework: Blueprint = {
  name: 'casework',
  tenants: () =>
    AGENCIES.map(({ tenantId, label, plan }) => ({ tenant_id: tenantId, label, plan })),
  events: (world) =>
    eventsOfTenants(world, {
      zone: 'America/New_York',
      tenants: AGENCIES,
      deeds: DEEDS,
      worldOf: createWork,
      storiesOf,
    }),
};
