/**
 * The blueprint `incidents`: three organisations that are called when a service fails, and some
 * fourteen months of what they do to services, policies, roles and users. What happens once is in
 * `stories.ts`. Promises the same events for the same seed and moment. Never reads a clock or
 * anything outside.
 */
import type { Blueprint } from '../blueprint.ts';
import { createRandom } from '../demo/random.ts';
import { type Days, daysOf } from '../kit/days.ts';
import { createJournal, sharesOf } from '../kit/journal.ts';
import { CUSTOMERS, type Customer } from './cast.ts';
import { deskOf } from './desk.ts';
import { PEOPLE_WORKS } from './people-work.ts';
import { tellStories } from './stories.ts';
import { THING_WORKS } from './thing-work.ts';

const TIME_ZONE = 'Europe/Berlin';
const DAYS = 430;
/** About so often something ordinary is done. */
const WORK_COUNT = 2_000;

/** Resource types that are recorded since a day within these months; the definition says it too. */
const SINCE: Readonly<Record<string, string>> = {
  api_refresh_token: '2025-11-03',
  extension: '2026-02-02',
  runbook: '2026-05-01',
};

const tenantOf = ({ tenantId, label, plan, enabledDaysAgo }: Customer, days: Days) => ({
  tenant_id: tenantId,
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
  events({ seed, nowMs }) {
    const random = createRandom(seed);
    const days = daysOf(nowMs, TIME_ZONE);
    const journal = createJournal(random, nowMs);
    const startMs = days.at(DAYS, 0);
    const desks = CUSTOMERS.map((customer) => ({
      desk: deskOf(random, journal, customer),
      weight: customer.weight,
    }));
    for (const [{ play, type }, times] of sharesOf([...PEOPLE_WORKS, ...THING_WORKS], WORK_COUNT)) {
      const since = SINCE[type];
      const fromMs = since === undefined ? startMs : Math.max(startMs, days.startOf(since));
      // Before that day nothing of this type was recorded at all.
      if (fromMs >= nowMs) continue;
      for (const atMs of days.spread(random, times, { fromMs, toMs: nowMs })) {
        const { desk } = random.weighted(desks);
        journal.cue(atMs, () => play(desk, atMs));
      }
    }
    for (const { desk } of desks) tellStories(desk, days, journal);
    return journal.events();
  },
};
