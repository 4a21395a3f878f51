/**
 * What one organisation of this blueprint has at a moment: users, services, policies, runbooks,
 * roles, extensions and tokens; and how something that is done becomes an event.
 */
import { SUCCESS, type Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
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
import { type Journal, type Shelf, shelfOf } from '../kit/journal.ts';
import type { Worker } from '../kit/staff.ts';
import { type Customer, EXTENSIONS, ROLES, SYSTEM, TOKENS } from './cast.ts';

export interface Desk extends StaffedDesk<Customer> {
  readonly services: Shelf<Thing>;
  readonly policies: Shelf<Thing>;
  readonly runbooks: Shelf<Thing>;
  readonly roles: Shelf<Thing>;
  readonly extensions: Shelf<Thing>;
  readonly tokens: Shelf<Thing>;
  /** Revoked tokens that are still listed. */
  readonly revoked: Shelf<Thing>;
  /** Something new, of a kind that is short for its id. */
  thing(kind: string, name: string): Thing;
}

export function deskOf(random: Random, journal: Journal, customer: Customer): Desk {
  const thing = (kind: string, name: string): Thing => ({ id: `${kind}_${random.hex(8)}`, name });
  const shelf = (kind: string, names: readonly string[]) =>
    shelfOf(
      random,
      names.map((name) => thing(kind, name)),
      () => thing(kind, random.pick(names)),
    );
  const token = () => thing('tok', random.pick(TOKENS));
  return {
    ...staffedDesk(random, journal, customer),
    services: shelf('srv', customer.services),
    policies: shelf('pol', customer.policies),
    runbooks: shelf('run', customer.runbooks),
    roles: shelf('role', ROLES),
    extensions: shelf('ext', EXTENSIONS.slice(0, 3)),
    tokens: shelf('tok', TOKENS.slice(0, 3)),
    revoked: shelfOf(random, [], token),
    thing,
  };
}

export const loginTarget = (worker: Worker): Target => thingTarget('user_login', worker);

/** In the web app, or somewhere else if the deed says so. */
export const userDoes = userDoesIn(() => 'web');
export const programDoes = programDoesIn('api');

export function systemDoes(desk: Desk, atMs: number, deed: Deed): void {
  desk.note(atMs, {
    actor: SYSTEM,
    outcome: SUCCESS,
    source: { initiator: 'system' },
    ...deed,
  });
}

/** Administrators and managers: who changes things. */
export const aManager = (desk: Desk): Worker =>
  someone(desk, desk.random.chance(0.4) ? 'admin' : 'manager');

/** What happens to one who may not do it. */
export const denied = ({ customer }: Desk) =>
  ({ outcome: { result: 'denied', reason: customer.words.noRight } }) as const;
export const failed = (reason: string) => ({ outcome: { result: 'failure', reason } }) as const;
