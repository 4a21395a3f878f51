/**
 * What one customer of this blueprint has at a moment: agents, profiles, flows, forms and clients;
 * and how something that is done becomes an event.
 */
import type { Program } from '../demo/cast.ts';
import type { Draft, Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import { type Citizen, citizenOf, uuidOf } from '../kit/crowd.ts';
import { type Journal, many, type Shelf, shelfOf } from '../kit/journal.ts';
import { actorOf } from '../kit/people.ts';
import { programActor, programSeat, seatOf, type Worker } from '../kit/staff.ts';
import type { Customer } from './cast.ts';

export interface Thing {
  readonly id: string;
  readonly name: string;
}
export interface Flow extends Thing {
  readonly version: string;
  readonly locale: string;
}
export interface Form extends Thing {
  readonly flow: Flow;
}

export interface Desk {
  readonly random: Random;
  readonly customer: Customer;
  readonly agents: Shelf<Worker>;
  readonly helpers: Shelf<Worker>;
  /** Deactivated agents. */
  readonly dormant: Shelf<Worker>;
  readonly profiles: Shelf<Citizen>;
  readonly flows: Shelf<Flow>;
  readonly forms: Shelf<Form>;
  readonly clients: Shelf<Thing>;
  readonly applications: readonly Thing[];
  newProfile(): Citizen;
  newFlow(name: string, atMs: number): Flow;
  newForm(flow: Flow): Form;
  newClient(name: string): Thing;
  note(atMs: number, draft: Draft): void;
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
  { customer, startMs }: { readonly customer: Customer; readonly startMs: number },
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
  // Whoever takes the last agent away invites one instead, so nobody is made up.
  const anAgent = () => random.pick(customer.agents);
  const flows = shelfOf(
    random,
    customer.flows.map((name) => newFlow(name, startMs)),
    () => newFlow('Standard sign-up', startMs),
  );
  return {
    random,
    customer,
    agents: shelfOf(random, customer.agents, anAgent),
    helpers: shelfOf(random, customer.helpers, anAgent),
    dormant: shelfOf(random, [], anAgent),
    profiles: shelfOf(random, many(PROFILES, newProfile), newProfile),
    flows,
    forms: shelfOf(random, flows.all().map(newForm), () => newForm(flows.any())),
    clients: shelfOf(random, customer.clients.map(newClient), () => newClient('Web shop')),
    applications: customer.applications.map((name) => ({ id: `app_${random.hex(8)}`, name })),
    newProfile,
    newFlow,
    newForm,
    newClient,
    note: (atMs, draft) => journal.note(customer.tenant_id, atMs, draft),
  };
}

export const profileTarget = ({ id, name, email }: Citizen): Target => ({
  type: 'profile',
  id,
  name,
  email,
});
export const agentTarget = ({ id, name, email }: Worker): Target => ({
  type: 'agent',
  id,
  name,
  email,
});
export const thingTarget = (type: string, { id, name }: Thing): Target => ({ type, id, name });

export type Deed = Pick<Draft, 'action' | 'targets'> & Partial<Draft>;
export const SUCCESS = { result: 'success' } as const;

const isOfPortal = ({ roles }: Worker): boolean =>
  roles.some((role) => role.startsWith('customer_care'));

/** An agent does something, where agents of that role work. */
export function agentDoes(desk: Desk, agent: Worker, atMs: number, deed: Deed): void {
  const { context, ...rest } = deed;
  desk.note(atMs, {
    actor: actorOf(agent),
    outcome: SUCCESS,
    source: { initiator: 'user', application: isOfPortal(agent) ? 'care_portal' : 'console' },
    context: { ...seatOf(desk.random, agent, atMs), ...context },
    ...rest,
  });
}

export function programDoes(desk: Desk, program: Program, atMs: number, deed: Deed): void {
  const { context, ...rest } = deed;
  desk.note(atMs, {
    actor: programActor(program),
    outcome: SUCCESS,
    source: { initiator: 'api', application: 'api' },
    context: { ...programSeat(desk.random, program), ...context },
    ...rest,
  });
}

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

const ADMIN = ['application_admin'];
const MANAGER = ['console_access_manager'];
const CARE = [
  ...['customer_care_portal_agent', 'customer_care_portal_editor'],
  ...['user_profile_admin', 'user_profile_manager'],
];

/** One of those agents who have one of these roles now. */
function someone({ random, agents, helpers }: Desk, wanted: readonly string[]): Worker {
  const present = [...agents.all(), ...helpers.all()];
  const suited = present.filter(({ roles }) => roles.some((role) => wanted.includes(role)));
  return random.weighted(suited.length > 0 ? suited : present);
}
export const anAdmin = (desk: Desk): Worker => someone(desk, ADMIN);
export const aManager = (desk: Desk): Worker => someone(desk, MANAGER);
export const aCarer = (desk: Desk): Worker => someone(desk, CARE);
export const anyAgent = ({ random, agents, helpers }: Desk): Worker =>
  random.weighted([...agents.all(), ...helpers.all()]);
