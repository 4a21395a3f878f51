/**
 * What one customer of this blueprint has at a moment: users, contacts, groups and files; and how
 * something that is done becomes an event.
 */
import type { Program } from '../demo/cast.ts';
import type { Draft, Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import { type Citizen, citizenOf } from '../kit/crowd.ts';
import { type Journal, many, type Shelf, shelfOf } from '../kit/journal.ts';
import { actorOf, delegateOf, supportOf } from '../kit/people.ts';
import { programActor, programSeat, seatOf, type Worker } from '../kit/staff.ts';
import type { Customer } from './cast.ts';

export interface Group {
  readonly id: string;
  readonly name: string;
}
export interface ExportFile {
  readonly id: string;
  readonly name: string;
  readonly contacts: number;
}

export interface Desk {
  readonly random: Random;
  readonly customer: Customer;
  /** They stay as they are, but for what the stories tell. */
  readonly staff: Shelf<Worker>;
  /** They come, go and change. */
  readonly helpers: Shelf<Worker>;
  /** Deactivated users. */
  readonly dormant: Shelf<Worker>;
  readonly contacts: Shelf<Citizen>;
  readonly deleted: Shelf<Citizen>;
  readonly groups: Shelf<Group>;
  readonly files: Shelf<ExportFile>;
  newContact(): Citizen;
  newFile(name: string, contacts: number): ExportFile;
  newGroup(name: string): Group;
  note(atMs: number, draft: Draft): void;
}

/** At the beginning. */
const CONTACTS = 120;
const DELETED = 3;

export function deskOf(random: Random, journal: Journal, customer: Customer): Desk {
  const newContact = () => citizenOf(random, `con_${random.hex(10)}`);
  const newFile = (name: string, contacts: number): ExportFile => ({
    id: `exp_${random.hex(8)}`,
    name,
    contacts,
  });
  const newGroup = (name: string): Group => ({ id: `grp_${random.hex(6)}`, name });
  // Whoever takes the last user away invites one instead, so nobody is made up.
  const aUser = () => random.pick(customer.staff);
  return {
    random,
    customer,
    staff: shelfOf(random, customer.staff, aUser),
    helpers: shelfOf(random, customer.helpers, aUser),
    dormant: shelfOf(random, [], aUser),
    contacts: shelfOf(random, many(CONTACTS, newContact), newContact),
    deleted: shelfOf(random, many(DELETED, newContact), newContact),
    groups: shelfOf(random, customer.groups.map(newGroup), () => newGroup('Newsletter')),
    files: shelfOf(random, [], () => newFile('all-contacts.csv', random.integer(90, 900))),
    newContact,
    newFile,
    newGroup,
    note: (atMs, draft) => journal.note(customer.tenant_id, atMs, draft),
  };
}

export const contactTarget = ({ id, name, email }: Citizen): Target => ({
  type: 'contact',
  id,
  name,
  email,
});
export const groupTarget = ({ id, name }: Group): Target => ({ type: 'group', id, name });
export const fileTarget = ({ id, name }: ExportFile): Target => ({
  type: 'contact_export',
  id,
  name,
});
export const userTarget = ({ id, name, email }: Worker): Target => ({
  type: 'user',
  id,
  name,
  email,
});

type Deed = Pick<Draft, 'action' | 'targets'> & Partial<Draft>;
const SUCCESS = { result: 'success' } as const;

/** Somebody who works there does something in the dashboard. */
export function userDoes(desk: Desk, worker: Worker, atMs: number, deed: Deed): void {
  const { context, ...rest } = deed;
  desk.note(atMs, {
    actor: actorOf(worker),
    outcome: SUCCESS,
    source: { initiator: 'user', application: 'dashboard' },
    context: { ...seatOf(desk.random, worker, atMs), ...context },
    ...rest,
  });
}

/** The product's support does something for one of the customer's users, who asked for it. */
export function supportDoes(
  desk: Desk,
  [worker, asked]: readonly [Worker, Worker],
  atMs: number,
  deed: Deed,
): void {
  userDoes(desk, worker, atMs, {
    actor: supportOf(worker),
    on_behalf_of: [delegateOf(asked)],
    ...deed,
  });
}

export function programDoes(desk: Desk, program: Program, atMs: number, deed: Deed): void {
  desk.note(atMs, {
    actor: programActor(program),
    outcome: SUCCESS,
    source: { initiator: 'api', application: 'public_api' },
    context: programSeat(desk.random, program),
    ...deed,
  });
}

/** Somebody who works there now, with this role if one is named. */
export function someone({ random, staff, helpers }: Desk, role?: string): Worker {
  const present = [...staff.all(), ...helpers.all()];
  const suited = present.filter(({ roles }) => role === undefined || roles.includes(role));
  return random.weighted(suited.length > 0 ? suited : present);
}
