/** All that is done in an instance on ordinary days. */
import { BRANCH_DEEDS } from './branch-deeds.ts';
import { HOURS_DEEDS } from './hours-deeds.ts';
import type { AppointmentDeed } from './moves.ts';
import { PEOPLE_DEEDS } from './people-deeds.ts';
import { SETTINGS_DEEDS } from './settings-deeds.ts';

export const DEEDS: readonly AppointmentDeed[] = [
  ...PEOPLE_DEEDS,
  ...BRANCH_DEEDS,
  ...HOURS_DEEDS,
  ...SETTINGS_DEEDS,
];
