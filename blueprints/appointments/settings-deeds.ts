/** What is done to settings, of the enterprise or of a line of business, and by support. */
import { supportDeeds } from '../kit/deeds.ts';
import { targetsOf, turnTo } from '../kit/items.ts';
import type { AppointmentDeed, On } from './moves.ts';
import { admin, type Office, SETTINGS, support, sync } from './office.ts';
import { CONFLICT, LOCKED, NO_RIGHT, NOT_CONFIRMED, NOT_CONSENTED } from './refusals.ts';

type Setting = (typeof SETTINGS)[number];

/** A setting of the enterprise or of a line takes a value. */
export const setTo = (
  office: Office,
  { part, path, label }: Pick<Setting, 'part' | 'path' | 'label'>,
  after: unknown,
) => {
  const { changes, take } = turnTo(office.settings, [{ field: { path, label }, after }]);
  return {
    targets: targetsOf(office.settings),
    changes,
    metadata: { resource_details: part },
    done: take,
  };
};

const others = ({ settings }: Office, { path, values }: Setting): unknown[] => {
  const before = settings.values.get(path);
  return values.filter((value) => value !== before);
};

const changing: On = (office) => {
  const setting = office.random.pick(SETTINGS);
  return setTo(office, setting, office.random.pick(others(office, setting)));
};

/** The value that a new instance has. */
const resetting: On = (office) => {
  const setting = office.random.pick(SETTINGS);
  const [first] = others(office, setting);
  return setTo(office, setting, first);
};

const SECRETS = [
  { path: '/settings/connections/core_banking_secret', label: 'Core banking secret' },
  { path: '/settings/connections/webhook_secret', label: 'Webhook secret' },
] as const;

const ofLine =
  (kind: 'own' | 'change' | 'back'): On =>
  ({ random, pools }) => {
    const line = random.pick(pools.line_of_business_settings);
    const { part, path, label, values } = random.pick(SETTINGS);
    const known = line.values.get(path);
    const before = known ?? random.pick<unknown>(values);
    const after = random.pick<unknown>(values.filter((value) => value !== before));
    const change = {
      path,
      label,
      ...(kind === 'own' ? {} : { before }),
      ...(kind === 'back' ? {} : { after }),
    };
    return {
      targets: targetsOf(line),
      changes: [change],
      metadata: { resource_details: part },
      done() {
        if (kind === 'back') line.values.delete(path);
        else line.values.set(path, after);
      },
    };
  };

const LINE = 'line_of_business_settings';

const SETTING_DEEDS: readonly AppointmentDeed[] = [
  {
    action: 'settings.updated',
    weight: 14,
    by: [admin, admin, admin, support],
    refusals: [CONFLICT, NO_RIGHT, NOT_CONFIRMED],
    on: changing,
  },
  {
    action: 'settings.secret_rotated',
    weight: 2,
    by: [admin, sync],
    refusals: [NOT_CONFIRMED],
    on: (office) => ({
      targets: targetsOf(office.settings),
      changes: [{ ...office.random.pick(SECRETS), secret: true }],
      metadata: { resource_details: 'Connections' },
    }),
  },
  {
    action: 'settings.reset',
    weight: 1,
    by: [admin],
    refusals: [NOT_CONFIRMED],
    on: resetting,
  },
  { action: `${LINE}.created`, weight: 4, by: [admin], refusals: [LOCKED], on: ofLine('own') },
  { action: `${LINE}.updated`, weight: 7, by: [admin], refusals: [LOCKED], on: ofLine('change') },
  { action: `${LINE}.deleted`, weight: 2, by: [admin], refusals: [LOCKED], on: ofLine('back') },
];

const SUPPORT_DEEDS = supportDeeds(support, NOT_CONSENTED, {
  weight: 5,
  on: ({ random, pools, settings }: Office) => ({
    targets: targetsOf(random.pick([settings, random.pick(pools.client), random.pick(pools.user)])),
  }),
});

export const SETTINGS_DEEDS: readonly AppointmentDeed[] = [...SETTING_DEEDS, ...SUPPORT_DEEDS];
