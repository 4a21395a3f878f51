/**
 * The blueprint `identity`: two organizations whose agents work on flows, API clients and user
 * profiles, and some fourteen months of what they do. What happens once is in `stories.ts`.
 * Promises the same events for the same seed and moment. Never reads a clock or anything outside.
 */
import type { Blueprint } from '../blueprint.ts';
import { createRandom } from '../demo/random.ts';
import { daysOf } from '../kit/days.ts';
import { createJournal, sharesOf } from '../kit/journal.ts';
import { CUSTOMERS } from './cast.ts';
import { CONSOLE_WORKS } from './console-work.ts';
import { deskOf } from './desk.ts';
import { PROFILE_WORKS } from './profile-work.ts';
import { tellStories } from './stories.ts';

const TIME_ZONE = 'America/Los_Angeles';
const DAYS = 430;
/** About so often something ordinary is done. */
const WORK_COUNT = 1_700;

export const identity: Blueprint = {
  name: 'identity',
  tenants: () => CUSTOMERS.map(({ tenant_id, label }) => ({ tenant_id, label })),
  events({ seed, nowMs }) {
    const random = createRandom(seed);
    const days = daysOf(nowMs, TIME_ZONE);
    const journal = createJournal(random, nowMs);
    const span = { fromMs: days.at(DAYS, 0), toMs: nowMs };
    const desks = CUSTOMERS.map((customer) => ({
      desk: deskOf(random, journal, { customer, startMs: span.fromMs }),
      weight: customer.weight,
    }));
    for (const [{ play }, times] of sharesOf([...PROFILE_WORKS, ...CONSOLE_WORKS], WORK_COUNT)) {
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
