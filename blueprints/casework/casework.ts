/**
 * The blueprint of case management: its tenants and their events. The definition stands beside it.
 * Three agencies: two are on the plan that has the log, one is not.
 */
import type { Blueprint } from '../blueprint.ts';
import { DAY_MS } from '../demo/calendar.ts';
import { createRandom } from '../demo/random.ts';
import { type Happening, ordinaryDays, played, recorderOf } from '../kit/deeds.ts';
import { shiftsOf } from '../kit/shifts.ts';
import { createWork } from './agency.ts';
import { AGENCIES, type Agency } from './cast.ts';
import { DEEDS } from './deeds.ts';
import { storiesOf } from './stories.ts';

const ZONE = 'America/New_York';
/** Fourteen months. */
const SPAN_MS = 425 * DAY_MS;
/** Each action is done so often at least, where everything happens. */
const LEAST = 3;

const happeningsOf = (agency: Agency, seed: number, nowMs: number): Happening[] => {
  const random = createRandom(seed);
  const recorder = recorderOf(random, agency.tenantId);
  const shifts = shiftsOf(random, ZONE, nowMs - SPAN_MS, nowMs);
  const work = createWork(agency, recorder, shifts);
  const amount = { least: agency.isWhole ? LEAST : 0, count: agency.events };
  return [
    ...ordinaryDays(recorder, work, DEEDS, amount, shifts.moment),
    ...(agency.isWhole ? storiesOf(work) : []),
  ];
};

export const casework: Blueprint = {
  name: 'casework',
  tenants: () =>
    AGENCIES.map(({ tenantId, label, plan }) => ({ tenant_id: tenantId, label, plan })),
  events: ({ seed, nowMs }) =>
    played(
      AGENCIES.flatMap((agency, index) => happeningsOf(agency, seed + index, nowMs)),
      nowMs,
    ),
};
