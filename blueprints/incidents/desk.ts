/**
 * What one organisation of this blueprint has at a moment: users, services, policies, runbooks,
 * roles, extensions and tokens; and how something that is done becomes an event.
 */
import type { Program } from '../demo/cast.ts';
import type { Draft, Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import { type Journal, type Shelf, shelfOf } from '../kit/journal.ts';
import { actorOf } from '../kit/people.ts';
import { programActor, programSeat, seatOf, type Worker } from '../kit/staff.ts';
import { type Customer, EXTENSIONS, ROLES, SYSTEM, TOKENS } from './cast.ts';

export interface Thing {
  readonly id: string;
  readonly name: string;
}

export interface Desk {
  readonly random: Random;
  readonly customer: Customer;
  readonly staff: Shelf<Worker>;
  readonly helpers: Shelf<Worker>;
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
  note(atMs: number, draft: Draft): void;
}

export function deskOf(random: Random, journal: Journal, customer: Customer): Desk {
  const thing = (kind: string, name: string): Thing => ({ id: `${kind}_${random.hex(8)}`, name });
  const shelf = (kind: string, names: readonly string[]) =>
    shelfOf(
      random,
      names.map((name) => thing(kind, name)),
      () => thing(kind, random.pick(names)),
    );
  // Whoever takes the last user away invites one instead, so nobody is made up.
  const aUser = () => random.pick(customer.staff);
  const token = () => thing('tok', random.pick(TOKENS));
  return {
    random,
    customer,
    staff: shelfOf(random, customer.staff, aUser),
    helpers: shelfOf(random, customer.helpers, aUser),
    services: shelf('srv', customer.services),
    policies: shelf('pol', customer.policies),
    runbooks: shelf('run', customer.runbooks),
    roles: shelf('role', ROLES),
    extensions: shelf('ext', EXTENSIONS.slice(0, 3)),
    tokens: shelf('tok', TOKENS.slice(0, 3)),
    revoked: shelfOf(random, [], token),
    thing,
    note: (atMs, draft) => journal.note(customer.tenantId, atMs, draft),
  };
}

export const thingTarget = (type: string, { id, name }: Thing): Target => ({ type, id, name });
export const userTarget = ({ id, name, email }: Worker): Target => ({
  type: 'user',
  id,
  name,
  email,
});
export const loginTarget = (worker: Worker): Target => ({
  ...userTarget(worker),
  type: 'user_login',
});

export type Deed = Pick<Draft, 'action' | 'targets'> & Partial<Draft>;
export const SUCCESS = { result: 'success' } as const;

/** Somebody does something in the web app, or somewhere else if the deed says so. */
export function userDoes(desk: Desk, worker: Worker, atMs: number, deed: Deed): void {
  const { context, ...rest } = deed;
  desk.note(atMs, {
    actor: actorOf(worker),
    outcome: SUCCESS,
    source: { initiator: 'user', application: 'web' },
    context: { ...seatOf(desk.random, worker, atMs), ...context },
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

export function systemDoes(desk: Desk, atMs: number, deed: Deed): void {
  desk.note(atMs, {
    actor: SYSTEM,
    outcome: SUCCESS,
    source: { initiator: 'system' },
    ...deed,
  });
}

/** One of those who work there now and have this role. */
export function someone({ random, staff, helpers }: Desk, role?: string): Worker {
  const present = [...staff.all(), ...helpers.all()];
  const suited = present.filter(({ roles }) => role === undefined || roles.includes(role));
  return random.weighted(suited.length > 0 ? suited : present);
}
/** Administrators and managers: who changes things. */
export const aManager = (desk: Desk): Worker =>
  someone(desk, desk.random.chance(0.4) ? 'admin' : 'manager');

/** What happens to one who may not do it. */
export const denied = ({ customer }: Desk) =>
  ({ outcome: { result: 'denied', reason: customer.words.noRight } }) as const;
export const failed = (reason: string) => ({ outcome: { result: 'failure', reason } }) as const;
