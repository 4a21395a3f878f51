/** What users of this blueprint's product do with their accounts: sign in, join, change, leave. */
import { SUCCESS } from '../demo/draft.ts';
import { type Deed, newName, newWorker, someone, thingTarget, userTarget } from '../kit/desk.ts';
import { actorOf, delegateOf, supportOf } from '../kit/people.ts';
import { seatOf, type Worker } from '../kit/staff.ts';
import { DIRECTORY, NEW_FAMILY, NEW_GIVEN, SUPPORT } from './cast.ts';
import {
  type Desk,
  denied,
  failed,
  loginTarget,
  programDoes,
  systemDoes,
  userDoes,
} from './desk.ts';

const WAYS = ['passkey', 'TOTP', 'SAML', 'Google'] as const;
const UNKNOWN = { type: 'user_login', id: 'unknown' } as const;

function signIn(desk: Desk, atMs: number): void {
  const { random, customer } = desk;
  const worker = someone(desk);
  const isMobile = random.chance(0.3);
  const way = random.next();
  if (way < 0.02) {
    // Somebody without an account: whoever it was is not known.
    desk.note(atMs, {
      action: 'user_login.signed_in',
      actor: { type: 'anonymous' },
      targets: [{ ...UNKNOWN, email: `info@${customer.staff[0]?.email.split('@')[1]}` }],
      source: { initiator: 'user', application: 'web' },
      context: { ip: `192.0.2.${random.integer(200, 250)}` },
      ...failed(customer.words.unknownUser),
    });
    return;
  }
  const { wrongPassword, noCode } = customer.words;
  const deed = {
    action: 'user_login.signed_in',
    targets: [loginTarget(worker)],
    ...(way < 0.09
      ? failed(random.pick([wrongPassword, noCode]))
      : { metadata: { signed_in_with: random.pick(WAYS) } }),
  };
  if (isMobile) phoneDoes(desk, worker, atMs, deed);
  else userDoes(desk, worker, atMs, deed);
}

/** Where a telephone is, is not asked. */
function phoneDoes(desk: Desk, worker: Worker, atMs: number, deed: Deed): void {
  const { location: _location, ...seat } = seatOf(desk.random, worker, atMs);
  desk.note(atMs, {
    actor: actorOf(worker),
    outcome: SUCCESS,
    source: { initiator: 'user', application: 'mobile' },
    context: { ...seat, user_agent: 'Incidents/6.1 (Android 15)' },
    ...deed,
  });
}

function signOut(desk: Desk, atMs: number): void {
  const worker = someone(desk);
  const targets = [loginTarget(worker)];
  userDoes(desk, worker, atMs, { action: 'user_login.signed_out', targets });
}

export function lockLogin(desk: Desk, worker: Worker, atMs: number): void {
  systemDoes(desk, atMs, {
    action: 'user_login.locked',
    targets: [loginTarget(worker)],
    reason: { text: desk.customer.words.tooMany },
  });
}

function inviteUser(desk: Desk, atMs: number): void {
  const { random, helpers, customer } = desk;
  const name = newName(desk, NEW_GIVEN, NEW_FAMILY);
  const user = newWorker(desk, name, { prefix: 'usr', role: 'responder', device: 'linux' });
  const deed = { action: 'user.invited', targets: [userTarget(user)] };
  if (random.chance(0.2)) {
    userDoes(desk, someone(desk, 'responder'), atMs, { ...deed, ...denied(desk) });
    return;
  }
  helpers.add(user);
  const team = random.pick(customer.services);
  const changes = [{ path: '/team', label: customer.words.team, after: team }];
  if (random.chance(0.4)) programDoes(desk, DIRECTORY, atMs, { ...deed, changes });
  else userDoes(desk, someone(desk, 'admin'), atMs, { ...deed, changes });
}

/** Support works for somebody who asked for it, and says under which ticket. */
export function supportDoes(desk: Desk, asked: Worker, atMs: number, deed: Deed): void {
  const worker = desk.random.weighted(SUPPORT);
  userDoes(desk, worker, atMs, {
    actor: supportOf(worker),
    on_behalf_of: [delegateOf(asked)],
    reason: { text: desk.customer.words.helped, ticket: `INC-${desk.random.integer(700, 4_900)}` },
    ...deed,
  });
}

/** A number of the range that is kept for fiction. */
const phoneOf = ({ random }: Desk): string =>
  `+49 30 23125 ${String(random.integer(0, 999)).padStart(3, '0')}`;

function updateUser(desk: Desk, atMs: number): void {
  const { random, customer } = desk;
  const { words, services } = customer;
  const user = someone(desk);
  const before = random.pick(services);
  const after = random.pick(services.filter((other) => other !== before));
  const change = random.chance(0.5)
    ? { path: '/phone', label: words.phone, before: phoneOf(desk), after: phoneOf(desk) }
    : { path: '/team', label: words.team, before, after };
  const deed = { action: 'user.updated', targets: [userTarget(user)], changes: [change] };
  if (random.chance(0.12)) supportDoes(desk, user, atMs, deed);
  else if (random.chance(0.4)) phoneDoes(desk, user, atMs, deed);
  else userDoes(desk, user, atMs, deed);
}

function resetFactor(desk: Desk, atMs: number): void {
  const { random, customer } = desk;
  const user = desk.helpers.any();
  userDoes(desk, someone(desk, 'admin'), atMs, {
    action: 'user.second_factor_reset',
    targets: [userTarget(user)],
    ...(random.chance(0.6) && { reason: { text: customer.words.lostPhone } }),
  });
}

function deactivateUser(desk: Desk, atMs: number): void {
  const { random, helpers } = desk;
  if (helpers.all().length < 2) {
    inviteUser(desk, atMs);
    return;
  }
  const deed = { action: 'user.deactivated', targets: [userTarget(helpers.take())] };
  if (random.chance(0.5)) programDoes(desk, DIRECTORY, atMs, deed);
  else userDoes(desk, someone(desk, 'admin'), atMs, deed);
}

function deleteUser(desk: Desk, atMs: number): void {
  const { random, helpers, customer } = desk;
  if (helpers.all().length < 2) {
    inviteUser(desk, atMs);
    return;
  }
  const isDenied = random.chance(0.2);
  const user = isDenied ? helpers.any() : helpers.take();
  const reason = random.chance(0.6) && { reason: { text: customer.words.left } };
  userDoes(desk, someone(desk, isDenied ? 'manager' : 'admin'), atMs, {
    action: 'user.deleted',
    targets: [userTarget(user)],
    ...(isDenied ? denied(desk) : reason),
  });
}

/** Gives a role, or takes it. */
export function moveRole(
  desk: Desk,
  atMs: number,
  { by, user, role, isGiven }: { by: Worker; user: Worker; role: string; isGiven: boolean },
  more: Partial<Deed> = {},
): void {
  const known = desk.roles.all().find(({ name }) => name === role) ?? desk.roles.any();
  userDoes(desk, by, atMs, {
    action: isGiven ? 'rbac.role_assigned' : 'rbac.role_withdrawn',
    targets: [thingTarget('rbac', known), { ...userTarget(user), role: 'related' }],
    ...more,
  });
}

const LENT = ['Stakeholder', 'Auditor', 'Manager'] as const;

function assignRole(desk: Desk, atMs: number): void {
  const { random, helpers, customer } = desk;
  const isDenied = random.chance(0.15);
  const by = someone(desk, isDenied ? 'manager' : 'admin');
  const reason = random.chance(0.4) && { reason: { text: customer.words.standIn } };
  const role = isDenied ? 'Administrator' : random.pick(LENT);
  const move = { by, user: helpers.any(), role, isGiven: true };
  moveRole(desk, atMs, move, isDenied ? denied(desk) : { ...reason });
}

function withdrawRole(desk: Desk, atMs: number): void {
  const by = someone(desk, 'admin');
  const role = desk.random.pick(LENT);
  moveRole(desk, atMs, { by, user: desk.helpers.any(), role, isGiven: false });
}

export const PEOPLE_WORKS = [
  { weight: 90, type: 'user_login', play: signIn },
  { weight: 45, type: 'user_login', play: signOut },
  {
    weight: 2,
    type: 'user_login',
    play: (desk: Desk, atMs: number) => lockLogin(desk, someone(desk), atMs),
  },
  { weight: 7, type: 'user', play: inviteUser },
  { weight: 16, type: 'user', play: updateUser },
  { weight: 4, type: 'user', play: resetFactor },
  { weight: 3, type: 'user', play: deactivateUser },
  { weight: 4, type: 'user', play: deleteUser },
  { weight: 9, type: 'rbac', play: assignRole },
  { weight: 5, type: 'rbac', play: withdrawRole },
] as const;
