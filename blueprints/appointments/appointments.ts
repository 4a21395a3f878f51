/**
 * The blueprint of branch and appointment scheduling: its tenants and their events. The definition
 * stands beside it. Five organizations: two have the log, one lacks the add-on that it needs, one
 * has not asked for it, and one is a demo instance.
 */
import type { Blueprint } from '../blueprint.ts';
import { DAY_MS } from '../demo/calendar.ts';
import { createRandom } from '../demo/random.ts';
import { type Happening, ordinaryDays, played, recorderOf } from '../kit/deeds.ts';
import { shiftsOf } from '../kit/shifts.ts';
import { CUSTOMERS, type Customer } from './cast.ts';
import { DEEDS } from './deeds.ts';
import { createOffice } from './office.ts';
import { storiesOf } from './stories.ts';

const ZONE = 'America/Toronto';
/** Fourteen months. */
const SPAN_MS = 425 * DAY_MS;
/** Each action is done so often at least, where everything happens. */
const LEAST = 3;

const happeningsOf = (customer: Customer, seed: number, nowMs: number): Happening[] => {
  const random = createRandom(seed);
  const recorder = recorderOf(random, customer.tenantId);
  const shifts = shiftsOf(random, ZONE, nowMs - SPAN_MS, nowMs);
  const office = createOffice(customer, recorder, shifts);
  const amount = { least: customer.isWhole ? LEAST : 0, count: customer.events };
  return [
    ...ordinaryDays(recorder, office, DEEDS, amount, shifts.moment),
    ...(customer.isWhole ? storiesOf(office) : []),
  ];
};

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
  events: ({ seed, nowMs }) =>
    played(
      CUSTOMERS.flatMap((customer, index) => happeningsOf(customer, seed + index, nowMs)),
      nowMs,
    ),
};
