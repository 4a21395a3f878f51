/** What is done to users and clients, and who signs in. */
import { type Hand, type Scene, unplaced } from '../kit/deeds.ts';
import { type Item, itemOf, targetsOf, turnTo } from '../kit/items.ts';
import { outsider, plain } from '../kit/people.ts';
import type { Customer } from './cast.ts';
import {
  type AppointmentDeed,
  adding,
  type On,
  removing,
  touching,
  turning,
  updating,
} from './moves.ts';
import {
  admin,
  clientItem,
  FIELDS,
  importer,
  manager,
  type Office,
  staff,
  support,
  sync,
  visitor,
  worker,
} from './office.ts';
import {
  BAD_FILE,
  BOOKED,
  CONFLICT,
  DUPLICATE,
  EXPIRED,
  LAST_ADMIN,
  NO_ANSWER,
  NO_RIGHT,
  NOT_CONFIRMED,
  TAKEN,
  TOO_MANY,
  WRONG_CODE,
} from './refusals.ts';

const worksHere = ({ customer }: Office, { id }: Item): boolean =>
  customer.people.some((person) => person.id === id);

/** A colleague's role goes up or down one step. */
const ROLES = ['staff', 'manager', 'admin'];
const roleTurn =
  (step: 1 | -1): On =>
  (office) => {
    const suits = (item: Item): string | undefined =>
      ROLES[ROLES.indexOf(String(item.values.get('/role'))) + step];
    const others = office.pools.user.filter((item) => !worksHere(office, item) && suits(item));
    if (others.length === 0) return undefined;
    const item = office.random.pick(others);
    const field = { path: '/role', label: 'Role' };
    const after = suits(item);
    const { changes, take } = turnTo(item, [{ field, after }]);
    const role = step === 1 ? after : item.values.get('/role');
    return { targets: targetsOf(item), changes, metadata: { role }, done: take };
  };

/** An address of the organization; the number keeps namesakes apart. */
const addressOf = ({ people }: Customer, name: string, number: number): string => {
  const [, domain = 'mail.example'] = people[0]?.email.split('@') ?? [];
  return `${plain(name)}${number}@${domain}`;
};

/** A new user, and the values with which it begins. */
const makeUser = ({ random, customer, id }: Office): Item => {
  const { name } = outsider(random);
  const email = addressOf(customer, name, random.integer(2, 9));
  const item = itemOf('user', id('usr'), { name, email });
  const role = random.pick(['staff', 'staff', 'staff', 'manager']);
  item.values.set('/name', name).set('/email', email).set('/role', role);
  return item;
};

const newUser = (office: Office): Scene => {
  const item = makeUser(office);
  const first = (path: string, label: string) => ({ path, label, after: item.values.get(path) });
  return {
    targets: targetsOf(item),
    changes: [first('/name', 'Name'), first('/email', 'E-mail'), first('/role', 'Role')],
    metadata: { role: item.values.get('/role') },
    done: () => office.pools.user.push(item),
  };
};

const newEmail: On = (office) => {
  const item = office.random.pick(office.pools.user.filter((user) => !worksHere(office, user)));
  const field = { path: '/email', label: 'E-mail' };
  const after = addressOf(office.customer, item.name ?? item.id, office.random.integer(10, 99));
  const { changes, take } = turnTo(item, [{ field, after }]);
  return {
    targets: targetsOf(item),
    changes,
    done() {
      take();
      item.email = after;
    },
  };
};

const USERS: readonly AppointmentDeed[] = [
  {
    action: 'user.created',
    weight: 10,
    by: [admin],
    refusals: [TAKEN, NOT_CONFIRMED, NO_RIGHT],
    on: newUser,
  },
  {
    action: 'user.updated',
    weight: 22,
    by: [admin, admin, manager, staff, support],
    refusals: [NO_RIGHT, CONFLICT],
    on: updating('user', FIELDS.user),
  },
  { action: 'user.email_changed', weight: 5, by: [admin], refusals: [TAKEN], on: newEmail },
  {
    action: 'user.role_granted',
    weight: 4,
    by: [admin],
    refusals: [NOT_CONFIRMED, NO_RIGHT],
    on: roleTurn(1),
  },
  {
    action: 'user.role_revoked',
    weight: 3,
    by: [admin],
    refusals: [LAST_ADMIN, NO_RIGHT],
    on: roleTurn(-1),
  },
  {
    // Who has not signed in for long is deactivated by the system.
    action: 'user.deactivated',
    weight: 6,
    by: [admin, admin, worker],
    refusals: [BOOKED],
    on: touching('user'),
  },
  {
    action: 'user.deleted',
    weight: 3,
    by: [admin],
    refusals: [BOOKED],
    on: removing('user', makeUser, worksHere),
  },
  {
    action: 'user.calendar_connected',
    weight: 8,
    by: [staff, staff, manager, admin],
    refusals: [NO_ANSWER],
    on: (office) => ({
      targets: targetsOf(office.random.pick(office.pools.user)),
      metadata: { provider: office.random.pick(['Exchange', 'Google', 'iCloud']) },
    }),
  },
];

const CLIENTS: readonly AppointmentDeed[] = [
  {
    action: 'client.created',
    weight: 40,
    by: [visitor, visitor, staff, admin],
    refusals: [DUPLICATE],
    on: adding('client', FIELDS.client, clientItem),
  },
  {
    action: 'client.updated',
    weight: 60,
    by: [staff, staff, manager, admin, sync, sync],
    refusals: [CONFLICT],
    on: updating('client', FIELDS.client),
  },
  {
    action: 'client.consent_changed',
    weight: 12,
    by: [visitor, staff, admin],
    refusals: [CONFLICT],
    on: turning('client', {
      path: '/consent',
      label: 'Consent to messages',
      values: ['given', 'withdrawn', 'only reminders'],
    }),
  },
  {
    action: 'client.merged',
    weight: 4,
    by: [admin, manager],
    refusals: [BOOKED],
    on(office, atMs) {
      const scene = removing('client', clientItem)(office, atMs);
      const { about: gone } = scene ?? {};
      const kept = office.pools.client.find((item) => item !== gone);
      return gone && kept && { ...scene, targets: targetsOf(kept, gone) };
    },
  },
  {
    action: 'client.deleted',
    weight: 5,
    by: [admin],
    refusals: [BOOKED, NO_RIGHT],
    on(office, atMs) {
      const scene = removing('client', clientItem)(office, atMs);
      const isAsked = office.random.chance(0.5);
      const ticket = `PRIV-${office.random.integer(100, 999)}`;
      return scene && isAsked
        ? { ...scene, reason: { text: 'Asked to be forgotten', ticket } }
        : scene;
    },
  },
  {
    action: 'client.imported',
    weight: 4,
    by: [importer],
    refusals: [BAD_FILE, TOO_MANY],
    on: ({ random, pools, shifts }, atMs) => ({
      targets: targetsOf(random.pick(pools.location)),
      metadata: {
        rows: random.integer(12, 2_400),
        file: `members-${shifts.dayOf(atMs)}-${random.pick(['east', 'west', 'new'])}.csv`,
      },
    }),
  },
  {
    action: 'client.exported',
    weight: 4,
    by: [admin, manager],
    refusals: [NO_RIGHT, TOO_MANY],
    on: ({ random, pools }) => ({
      targets: targetsOf(random.pick(pools.location)),
      metadata: { rows: random.integer(40, 1_900), format: random.pick(['CSV', 'XLSX']) },
    }),
  },
];

/** Somebody at the tablet on a branch’s counter, which does not pass on where it is. */
const counter = (office: Office, atMs: number): Hand => unplaced(staff(office, atMs));

const SIGN_INS: readonly AppointmentDeed[] = [
  {
    action: 'user.signed_in',
    weight: 70,
    by: [admin, manager, staff, staff, counter],
    refusals: [WRONG_CODE, EXPIRED, { ...WRONG_CODE, by: [counter] }],
    on: ({ random }) => ({
      metadata: { method: random.pick(['single sign-on', 'a code by e-mail']) },
    }),
  },
  { action: 'user.signed_out', weight: 24, by: [admin, manager, staff], on: () => ({}) },
];

export const PEOPLE_DEEDS: readonly AppointmentDeed[] = [...USERS, ...CLIENTS, ...SIGN_INS];
