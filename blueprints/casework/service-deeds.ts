/** What is done to services that people get, and to the notes on each appointment of them. */
import { DAY_MS } from '../demo/calendar.ts';
import type { Field, Item } from '../kit/items.ts';
import { newEnrollment, newInteraction, supervisor, type Work, worker } from './agency.ts';
import { COSTS, FUNDING, UNITS } from './cast.ts';
import {
  adding,
  type CaseDeed,
  forReason,
  type On,
  removing,
  telling,
  touching,
  updating,
} from './moves.ts';
import { CLOSED, CONFLICT, IN_USE, LOCKED, NO_FUNDS, NO_RIGHT, UNLICENSED } from './refusals.ts';

/** From this day on an enrollment tells more: the definition has a second form. S1.25 */
export const SECOND_FORM = '2026-03-01';

const FIELDS: readonly Field[] = [
  { path: '/total_cost', label: 'Total Cost', values: COSTS },
  { path: '/units', label: 'Units', values: UNITS },
];

/** Text field values, and ids of what belongs to it. S1.19 */
export const enrollmentMetadata = (
  { random, shifts }: Work,
  { values, related }: Item,
  atMs: number,
) => {
  const idOf = (type: string) => related.find((item) => item.type === type)?.id;
  const first = {
    total_cost: values.get('/total_cost'),
    units: values.get('/units'),
    service_offering_id: values.get('/offering'),
    service_type_id: values.get('/service_type'),
    person_id: idOf('person'),
  };
  if (shifts.dayOf(atMs) < SECOND_FORM) return first;
  return {
    ...first,
    provider_id: idOf('provider'),
    frequency: random.pick(['weekly', 'every two weeks', 'monthly']),
    starts_on: shifts.dayOf(atMs + random.integer(1, 14) * DAY_MS),
    ...(random.chance(0.6)
      ? { ends_on: shifts.dayOf(atMs + random.integer(60, 200) * DAY_MS) }
      : {}),
    ...(random.chance(0.7) ? { funding_source: random.pick(FUNDING) } : {}),
  };
};

const enrolled = (on: On): On =>
  telling(on, (work, { about, changes = [] }, atMs) => {
    if (about === undefined) return undefined;
    const told = enrollmentMetadata(work, about, atMs);
    const after = (path: string) => changes.find((change) => change.path === path)?.after;
    return {
      ...told,
      total_cost: after('/total_cost') ?? told.total_cost,
      units: after('/units') ?? told.units,
    };
  });

/** Written within three days it is in time. */
const written = (on: On): On =>
  telling(on, ({ random }) => ({
    minutes: random.pick([30, 45, 50, 60, 90]),
    ...(random.chance(0.2) ? { days_late: random.integer(1, 12) } : {}),
  }));

const NOTE_FIELDS: readonly Field[] = [
  { path: '/summary', label: 'Summary', values: ['Went well', 'Did not come', 'Left early'] },
  { path: '/place', label: 'Place', values: ['office', 'at home', 'by video'] },
];

export const SERVICE_DEEDS: readonly CaseDeed[] = [
  {
    action: 'service_enrollment.created',
    weight: 22,
    by: [worker],
    refusals: [NO_FUNDS, UNLICENSED],
    on: enrolled(adding('service_enrollment', [], newEnrollment)),
  },
  {
    action: 'service_enrollment.updated',
    weight: 14,
    by: [worker, supervisor],
    refusals: [NO_FUNDS],
    on: enrolled(updating('service_enrollment', FIELDS)),
  },
  {
    action: 'service_enrollment.ended',
    weight: 7,
    by: [worker],
    refusals: [CONFLICT],
    on: forReason(enrolled(touching('service_enrollment')), ['Goals reached', 'Moved away']),
  },
  {
    action: 'service_enrollment.deleted',
    weight: 2,
    by: [supervisor],
    refusals: [IN_USE],
    on: enrolled(removing('service_enrollment', newEnrollment)),
  },
  {
    action: 'service_interaction.created',
    weight: 36,
    by: [worker],
    refusals: [CLOSED],
    on: written(adding('service_interaction', NOTE_FIELDS, newInteraction)),
  },
  {
    action: 'service_interaction.updated',
    weight: 10,
    by: [worker],
    refusals: [LOCKED],
    on: written(updating('service_interaction', NOTE_FIELDS)),
  },
  {
    action: 'service_interaction.deleted',
    weight: 2,
    by: [supervisor],
    refusals: [NO_RIGHT],
    on: written(removing('service_interaction', newInteraction)),
  },
];
