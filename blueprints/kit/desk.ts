/**
 * What customers of several blueprints have alike: people who stay, come and go; and how something
 * that they do becomes an event. What a product has besides, its blueprint adds.
 */
import type { BlueprintTenant } from '../blueprint.ts';
import { DEVICES, type Program } from '../demo/cast.ts';
import { type Draft, SUCCESS, type Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import { plain } from './crowd.ts';
import type { Days } from './days.ts';
import { type Journal, type Shelf, shelfOf } from './journal.ts';
import { actorOf } from './people.ts';
import { programActor, programSeat, seatOf, type Worker, workerOf } from './staff.ts';

export interface StaffedTenant extends BlueprintTenant {
  /** How much happens there, against the others. */
  readonly weight: number;
  /** They stay as they are, but for what the stories tell. */
  readonly staff: readonly Worker[];
  /** They come, go and change. */
  readonly helpers: readonly Worker[];
}

/** What a customer has at a moment. */
export interface StaffedDesk<C extends StaffedTenant = StaffedTenant> {
  readonly random: Random;
  readonly customer: C;
  readonly staff: Shelf<Worker>;
  readonly helpers: Shelf<Worker>;
  /** Who is deactivated, and may come back. */
  readonly dormant: Shelf<Worker>;
  note(atMs: number, draft: Draft): void;
}

export function staffedDesk<C extends StaffedTenant>(
  random: Random,
  journal: Journal,
  customer: C,
): StaffedDesk<C> {
  // Whoever takes the last one away invites one instead, so nobody is made up.
  const anybody = () => random.pick(customer.staff);
  return {
    random,
    customer,
    staff: shelfOf(random, customer.staff, anybody),
    helpers: shelfOf(random, customer.helpers, anybody),
    dormant: shelfOf(random, [], anybody),
    note: (atMs, draft) => journal.note(customer.tenant_id, atMs, draft),
  };
}

/** One of those who work there now and have one of these roles; of all, if nobody has. */
export function someone(
  { random, staff, helpers }: StaffedDesk,
  ...wanted: readonly string[]
): Worker {
  const present = [...staff.all(), ...helpers.all()];
  const suited = present.filter(({ roles }) => roles.some((role) => wanted.includes(role)));
  return random.weighted(suited.length > 0 ? suited : present);
}

/** A name that nobody has who works there. */
export function newName(
  { random, staff, helpers, dormant }: StaffedDesk,
  given: readonly string[],
  family: readonly string[],
): string {
  const names = given.flatMap((one) => family.map((other) => `${one} ${other}`));
  const taken = [staff, helpers, dormant].flatMap((shelf) => shelf.all().map(({ name }) => name));
  return random.pick(names.filter((name) => !taken.includes(name)));
}

/** Somebody who is invited. */
export function newWorker(
  { random, customer }: StaffedDesk,
  name: string,
  { prefix, role, device }: { prefix: string; role: string; device: keyof typeof DEVICES },
): Worker {
  const [boss] = customer.staff;
  return {
    id: `${prefix}_${random.hex(8)}`,
    name,
    email: `${name.split(' ').map(plain).join('.')}@${boss?.email.split('@')[1] ?? 'example'}`,
    roles: [role],
    location: boss?.location ?? '',
    ip: `192.0.2.${random.integer(100, 199)}`,
    userAgent: DEVICES[device],
    weight: 2,
  };
}

export interface Thing {
  readonly id: string;
  readonly name: string;
}
export const thingTarget = (
  type: string,
  { id, name, email }: Thing & { readonly email?: string },
): Target => ({ type, id, name, ...(email === undefined ? {} : { email }) });
export const userTarget = (worker: Worker): Target => thingTarget('user', worker);

/** What is told stands in place of what is usual. */
export type Deed = Pick<Draft, 'action' | 'targets'> & Partial<Draft>;

export const userDoesIn =
  (applicationOf: (worker: Worker) => string) =>
  (desk: StaffedDesk, worker: Worker, atMs: number, { context, ...deed }: Deed): void =>
    desk.note(atMs, {
      actor: actorOf(worker),
      outcome: SUCCESS,
      source: { initiator: 'user', application: applicationOf(worker) },
      context: { ...seatOf(desk.random, worker, atMs), ...context },
      ...deed,
    });

export const programDoesIn =
  (application: string) =>
  (desk: StaffedDesk, program: Program, atMs: number, { context, ...deed }: Deed): void =>
    desk.note(atMs, {
      actor: programActor(program),
      outcome: SUCCESS,
      source: { initiator: 'api', application },
      context: { ...programSeat(desk.random, program), ...context },
      ...deed,
    });

/** What stories are told with. */
export interface Stage<D extends StaffedDesk> {
  readonly desk: D;
  readonly days: Days;
  readonly journal: Journal;
  /** By the part of the e-mail address before the @. */
  person(account: string): Worker;
}

export const stageOf = <D extends StaffedDesk>(
  desk: D,
  days: Days,
  journal: Journal,
): Stage<D> => ({
  desk,
  days,
  journal,
  person: (account) => workerOf(desk.customer.staff, account),
});
