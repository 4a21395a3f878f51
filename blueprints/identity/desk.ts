/**
 * What one customer of this blueprint has at a moment: agents, profiles, flows, forms and clients;
 * and how something that is done becomes an event.
 */
import { SUCCESS, type Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import { type Citizen, citizenOf, uuidOf } from '../kit/crowd.ts';
import {
  type Deed,
  programDoesIn,
  type StaffedDesk,
  someone,
  staffedDesk,
  type Thing,
  thingTarget,
  userDoesIn,
} from '../kit/desk.ts';
import { type Journal, many, type Shelf, shelfOf } from '../kit/journal.ts';
import type { Worker } from '../kit/staff.ts';
import type { Customer } from './cast.ts';

export interface Flow extends Thing {
  readonly version: string;
  readonly locale: string;
}
export interface Form extends Thing {
  readonly flow: Flow;
}

export interface Desk extends StaffedDesk<Customer> {
  readonly profiles: Shelf<Citizen>;
  readonly flows: Shelf<Flow>;
  readonly forms: Shelf<Form>;
  readonly clients: Shelf<Thing>;
  readonly applications: readonly Thing[];
  newProfile(): Citizen;
  newFlow(name: string, atMs: number): Flow;
  newForm(flow: Flow): Form;
  newClient(name: string): Thing;
}

/** At the beginning. */
const PROFILES = 160;
const LOCALES = ['en-US', 'es-MX', 'fr-CA'] as const;
const FORMS = [
  'Registration',
  'Edit profile',
  'Sign in',
  'Forgot password',
  'Preferences',
] as const;
const VERSION_DIGITS = 14;

/** The moment, as digits: how the console numbers versions of a flow. */
export const versionAt = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/\D/g, '').slice(0, VERSION_DIGITS);

export function deskOf(
  random: Random,
  journal: Journal,
  customer: Customer,
  startMs: number,
): Desk {
  const newProfile = () => citizenOf(random, uuidOf(random));
  const newFlow = (name: string, atMs: number): Flow => ({
    id: `flow_${random.hex(8)}`,
    name,
    version: versionAt(atMs),
    locale: random.pick(LOCALES),
  });
  const newForm = (flow: Flow): Form => ({
    id: `form_${random.hex(8)}`,
    name: random.pick(FORMS),
    flow,
  });
  const newClient = (name: string): Thing => ({ id: `client_${random.hex(12)}`, name });
  const flows = shelfOf(
    random,
    customer.flows.map((name) => newFlow(name, startMs)),
    () => newFlow('Standard sign-up', startMs),
  );
  return {
    ...staffedDesk(random, journal, customer),
    profiles: shelfOf(random, many(PROFILES, newProfile), newProfile),
    flows,
    forms: shelfOf(random, flows.all().map(newForm), () => newForm(flows.any())),
    clients: shelfOf(random, customer.clients.map(newClient), () => newClient('Web shop')),
    applications: customer.applications.map((name) => ({ id: `app_${random.hex(8)}`, name })),
    newProfile,
    newFlow,
    newForm,
    newClient,
  };
}

export const profileTarget = (profile: Citizen): Target => thingTarget('profile', profile);
export const agentTarget = (agent: Worker): Target => thingTarget('agent', agent);

const isOfPortal = ({ roles }: Worker): boolean =>
  roles.some((role) => role.startsWith('customer_care'));

/** An agent does something, where agents of that role work. */
export const agentDoes = userDoesIn((agent) => (isOfPortal(agent) ? 'care_portal' : 'console'));
export const programDoes = programDoesIn('api');

/** People change their own profiles; as actors they are named by the id alone. */
export function ownerDoes(desk: Desk, profile: Citizen, atMs: number, deed: Deed): void {
  const { random } = desk;
  const { context, ...rest } = deed;
  desk.note(atMs, {
    actor: { type: 'user', id: profile.id },
    outcome: SUCCESS,
    source: { initiator: 'user', application: 'self_service' },
    context: { ip: `198.51.100.${random.integer(20, 190)}`, location: profile.city, ...context },
    ...rest,
  });
}

const CARE = [
  ...['customer_care_portal_agent', 'customer_care_portal_editor'],
  ...['user_profile_admin', 'user_profile_manager'],
];

export const anAdmin = (desk: Desk): Worker => someone(desk, 'application_admin');
export const aManager = (desk: Desk): Worker => someone(desk, 'console_access_manager');
export const aCarer = (desk: Desk): Worker => someone(desk, ...CARE);
