/** What is done to users of this blueprint's product: their names, roles and rights. */
import { plain } from '../kit/crowd.ts';
import { newName, newWorker, someone, userTarget } from '../kit/desk.ts';
import type { Worker } from '../kit/staff.ts';
import { NEW_FAMILY, NEW_GIVEN } from './cast.ts';
import { type Desk, userDoes } from './desk.ts';

/** From few rights to many, as the dashboard calls them. */
const ROLES = [
  ['coordinator', 'Coordinator'],
  ['campaign_manager', 'Campaign manager'],
  ['admin', 'Administrator'],
] as const;
export const PERMISSIONS = [
  ['/permissions/export_contacts', 'Export contacts'],
  ['/permissions/delete_contacts', 'Delete contacts'],
  ['/permissions/import_contacts', 'Import contacts'],
  ['/permissions/send_messages', 'Send messages'],
] as const;

/** The ways in which an organization may spell somebody's address, but for the one it has. */
function otherAddress({ random }: Desk, name: string, email: string): string {
  const [given = '', family = ''] = name.split(' ').map(plain);
  const domain = email.split('@')[1] ?? '';
  const spelled = [`${given}.${family}`, `${given.charAt(0)}.${family}`, `${family}.${given}`];
  return random.pick(
    spelled.map((account) => `${account}@${domain}`).filter((one) => one !== email),
  );
}

const rankOf = ({ roles }: Worker): number =>
  Math.max(
    0,
    ROLES.findIndex(([role]) => roles.includes(role)),
  );

/** An administrator, but never the user whom it is about. */
function adminFor(desk: Desk, user: Worker): Worker {
  const admin = someone(desk, 'admin');
  return admin.id === user.id ? someone(desk, 'sys_admin') : admin;
}

function inviteUser(desk: Desk, atMs: number): void {
  const name = newName(desk, NEW_GIVEN, NEW_FAMILY);
  const [role, title] = desk.random.pick([ROLES[0], ROLES[0], ROLES[1]]);
  const user = newWorker(desk, name, { prefix: 'usr', role, device: 'windows' });
  desk.helpers.add(user);
  userDoes(desk, someone(desk, 'admin'), atMs, {
    action: 'user.created',
    targets: [userTarget(user)],
    changes: [
      { path: '/name', label: 'Name', after: name },
      { path: '/email', label: 'E-mail', after: user.email },
      { path: '/role', label: 'Role', after: title },
    ],
  });
}

/** Changes a user's name, or e-mail, or both; everything later happens under the new ones. */
function changeProfile(desk: Desk, atMs: number): void {
  const { random, helpers } = desk;
  const user = helpers.any();
  const kind = random.pick(['name', 'email', 'both'] as const);
  const hasBoth = kind === 'both';
  const [given = user.name] = user.name.split(' ');
  const others = ['Marchetti', 'Sorby', 'Delacroix', 'Aguilar', 'Haddow'];
  const family = random.pick(others.filter((other) => !user.name.endsWith(other)));
  const name = kind === 'email' ? user.name : `${given} ${family}`;
  const email = kind === 'name' ? user.email : otherAddress(desk, name, user.email);
  helpers.replace(user, { ...user, name, email });
  userDoes(desk, adminFor(desk, user), atMs, {
    action: 'user.profile_updated',
    targets: [userTarget(user)],
    changes: [
      ...(hasBoth || kind === 'name'
        ? [{ path: '/name', label: 'Name', before: user.name, after: name }]
        : []),
      ...(hasBoth || kind === 'email'
        ? [{ path: '/email', label: 'E-mail', before: user.email, after: email }]
        : []),
    ],
  });
}

/** The user with another role. */
export function changeRole(
  desk: Desk,
  atMs: number,
  { by, user, to, reason }: { by: Worker; user: Worker; to: number; reason?: string },
): Worker {
  const from = rankOf(user);
  const [role, after] = ROLES[to] ?? ROLES[0];
  const [, before] = ROLES[from] ?? ROLES[0];
  userDoes(desk, by, atMs, {
    action: 'user.role_changed',
    operation: to > from ? 'grant' : 'revoke',
    targets: [userTarget(user)],
    changes: [{ path: '/role', label: 'Role', before, after }],
    ...(reason !== undefined && { reason: { text: reason } }),
  });
  return { ...user, roles: [role] };
}

/** To which rank somebody goes from each. */
const NEXT_RANKS = [[1], [0, 0, 2], [0, 1]] as const;

function moveUser(desk: Desk, atMs: number): void {
  const { random, helpers } = desk;
  const user = helpers.any();
  const to = random.pick(NEXT_RANKS[rankOf(user)] ?? [0]);
  if (random.chance(0.15)) {
    userDoes(desk, someone(desk, 'campaign_manager'), atMs, {
      action: 'user.role_changed',
      operation: 'grant',
      targets: [userTarget(user)],
      changes: [{ path: '/role', label: 'Role', after: 'Administrator' }],
      outcome: { result: 'denied', reason: 'only an administrator gives this role' },
    });
    return;
  }
  const reason = random.chance(0.4) ? { reason: 'New tasks since this month' } : {};
  const moved = changeRole(desk, atMs, { by: adminFor(desk, user), user, to, ...reason });
  helpers.replace(user, moved);
}

function changePermissions(desk: Desk, atMs: number): void {
  const { random, helpers } = desk;
  const isGiven = random.chance(0.65);
  const first = random.integer(0, PERMISSIONS.length - 2);
  const user = helpers.any();
  const chosen = PERMISSIONS.slice(first, first + random.integer(1, 2));
  userDoes(desk, adminFor(desk, user), atMs, {
    action: isGiven ? 'user.permissions_granted' : 'user.permissions_revoked',
    targets: [userTarget(user)],
    changes: chosen.map(([path, label]) => ({ path, label, before: !isGiven, after: isGiven })),
  });
}

function deactivateUser(desk: Desk, atMs: number): void {
  const { random, helpers, dormant } = desk;
  if (helpers.all().length < 2) {
    inviteUser(desk, atMs);
    return;
  }
  const user = dormant.add(helpers.take());
  userDoes(desk, someone(desk, 'admin'), atMs, {
    action: 'user.deactivated',
    targets: [userTarget(user)],
    ...(random.chance(0.5) && { reason: { text: 'On leave' } }),
  });
}

/** Nobody who is not deactivated comes back, or is deleted: that is done first then. */
function reactivateUser(desk: Desk, atMs: number): void {
  if (desk.dormant.all().length === 0) {
    deactivateUser(desk, atMs);
    return;
  }
  const user = desk.helpers.add(desk.dormant.take());
  userDoes(desk, someone(desk, 'admin'), atMs, {
    action: 'user.reactivated',
    targets: [userTarget(user)],
  });
}

function deleteUser(desk: Desk, atMs: number): void {
  const { random, dormant } = desk;
  if (dormant.all().length === 0) {
    deactivateUser(desk, atMs);
    return;
  }
  userDoes(desk, someone(desk, 'sys_admin'), atMs, {
    action: 'user.deleted',
    targets: [userTarget(dormant.take())],
    ...(random.chance(0.5) && { reason: { text: 'Left the organization' } }),
  });
}

export const USER_WORKS = [
  { weight: 8, play: inviteUser },
  { weight: 4, play: changeProfile },
  { weight: 5, play: moveUser },
  { weight: 5, play: changePermissions },
  { weight: 6, play: deactivateUser },
  { weight: 2, play: reactivateUser },
  { weight: 2, play: deleteUser },
] as const;
