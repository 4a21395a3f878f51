/**
 * What one customer of this blueprint has at a moment: users, contacts, groups and files; and how
 * something that is done becomes an event.
 */
import type { Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import { type Citizen, citizenOf } from '../kit/crowd.ts';
import {
  type Deed,
  programDoesIn,
  type StaffedDesk,
  staffedDesk,
  type Thing,
  thingTarget,
  userDoesIn,
} from '../kit/desk.ts';
import { type Journal, many, type Shelf, shelfOf } from '../kit/journal.ts';
import { delegateOf, supportOf } from '../kit/people.ts';
import type { Worker } from '../kit/staff.ts';
import type { Customer } from './cast.ts';

export interface ExportFile extends Thing {
  readonly contacts: number;
}

export interface Desk extends StaffedDesk<Customer> {
  readonly contacts: Shelf<Citizen>;
  readonly deleted: Shelf<Citizen>;
  readonly groups: Shelf<Thing>;
  readonly files: Shelf<ExportFile>;
  newContact(): Citizen;
  newFile(name: string, contacts: number): ExportFile;
  newGroup(name: string): Thing;
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
  const newGroup = (name: string): Thing => ({ id: `grp_${random.hex(6)}`, name });
  return {
    ...staffedDesk(random, journal, customer),
    contacts: shelfOf(random, many(CONTACTS, newContact), newContact),
    deleted: shelfOf(random, many(DELETED, newContact), newContact),
    groups: shelfOf(random, customer.groups.map(newGroup), () => newGroup('Newsletter')),
    files: shelfOf(random, [], () => newFile('all-contacts.csv', random.integer(90, 900))),
    newContact,
    newFile,
    newGroup,
  };
}

export const contactTarget = (contact: Citizen): Target => thingTarget('contact', contact);
export const groupTarget = (group: Thing): Target => thingTarget('group', group);
export const fileTarget = (file: ExportFile): Target => thingTarget('contact_export', file);

export const userDoes = userDoesIn(() => 'dashboard');
export const programDoes = programDoesIn('public_api');

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
