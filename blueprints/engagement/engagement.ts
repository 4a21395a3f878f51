/**
 * The blueprint `engagement`: two organizations that keep in touch with people, and some fourteen
 * months of what they do to contacts, groups and users. What happens once is in `stories.ts`.
 * Promises the same events for the same seed and moment. Never reads a clock or anything outside.
 */
import type { Blueprint } from '../blueprint.ts';
import { createRandom } from '../demo/random.ts';
import { daysOf } from '../kit/days.ts';
import { createJournal, sharesOf } from '../kit/journal.ts';
import { CUSTOMERS } from './cast.ts';
import { deskOf } from './desk.ts';
import { tellStories } from './stories.ts';
import { WORKS } from './work.ts';

const TIME_ZONE = 'America/Chicago';
const DAYS = 430;
/** About so often something ordinary is done; some of it makes more than one event. */
const WORK_COUNT = 1_300;

export const engagement: Blueprint = {
  name: 'engagement',
  tenants: () => CUSTOMERS.map(({ tenant_id, label, plan = '' }) => ({ tenant_id, label, plan })),
  events({ seed, nowMs }) {
    const random = createRandom(seed);
    const days = daysOf(nowMs, TIME_ZONE);
    const journal = createJournal(random, nowMs);
    const desks = CUSTOMERS.map((customer) => ({
      desk: deskOf(random, journal, customer),
      weight: customer.weight,
    }));
    const span = { fromMs: days.at(DAYS, 0), toMs: nowMs };
    for (const [{ play }, times] of sharesOf(WORKS, WORK_COUNT)) {
      for (const atMs of days.spread(random, times, span)) {
        const { desk } = random.weighted(desks);
        journal.cue(atMs, () => play(desk, atMs));
      }
    }
    const [first] = desks;
    if (first) tellStories(first.desk, days, journal);
    return journal.events();
  },
};
