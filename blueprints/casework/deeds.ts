/** All that is done in an instance on ordinary days, the Admin section included. */
import { type Hand, supportDeeds, unplaced } from '../kit/deeds.ts';
import { type Item, targetsOf, turnTo } from '../kit/items.ts';
import {
  admin,
  applicationOf,
  newUser,
  supervisor,
  support,
  system,
  type Work,
  worker,
} from './agency.ts';
import { MESSAGE_DEEDS } from './message-deeds.ts';
import { adding, type CaseDeed, forReason, type On, removing, telling } from './moves.ts';
import { RECORD_DEEDS } from './record-deeds.ts';
import { DUPLICATE, LAST_ONE, NO_RIGHT, NOT_CONSENTED, WRONG_PASSWORD } from './refusals.ts';
import { SERVICE_DEEDS } from './service-deeds.ts';
import { WORK_DEEDS } from './work-deeds.ts';

const LADDER = ['intake', 'caseworker', 'supervisor'];
const ROLE = { path: '/role', label: 'Role' };

/** Somebody's role goes up or down one step. */
const roleTurn =
  (step: 1 | -1): On =>
  (work) => {
    const { random, pools } = work;
    const suits = (item: Item): string | undefined =>
      LADDER[LADDER.indexOf(String(item.values.get(ROLE.path))) + step];
    const others = pools.user.filter(suits);
    const item = others.length > 0 ? random.pick(others) : newUser(work);
    const before = item.values.get(ROLE.path);
    const after = suits(item) ?? 'caseworker';
    const { changes, take } = turnTo(item, [{ field: ROLE, after }]);
    return {
      about: item,
      targets: targetsOf(item),
      changes,
      metadata: { role: step === 1 ? after : before },
      done: take,
    };
  };

const hidden = (work: Work, atMs: number): Hand => unplaced(worker(work, atMs));

const USERS: readonly CaseDeed[] = [
  {
    action: 'user.invited',
    weight: 4,
    by: [admin],
    refusals: [DUPLICATE],
    on: telling(adding('user', [], newUser), (_work, { about }) => ({
      role: about?.values.get(ROLE.path),
    })),
  },
  {
    action: 'user.role_granted',
    weight: 3,
    by: [admin],
    refusals: [NO_RIGHT],
    on: roleTurn(1),
  },
  {
    action: 'user.role_revoked',
    weight: 2,
    by: [admin],
    refusals: [LAST_ONE],
    on: roleTurn(-1),
  },
  {
    action: 'user.deactivated',
    weight: 3,
    by: [admin, system],
    refusals: [NO_RIGHT],
    on: forReason(removing('user', newUser), ['Has left', 'Not signed in for 90 days']),
  },
  {
    action: 'user.signed_in',
    weight: 48,
    by: [worker, worker, supervisor, admin],
    refusals: [WRONG_PASSWORD, { ...WRONG_PASSWORD, by: [hidden] }],
    on: () => ({}),
  },
  { action: 'user.signed_out', weight: 16, by: [worker, supervisor], on: () => ({}) },
];

const SUPPORT = supportDeeds(support, NOT_CONSENTED, {
  weight: 4,
  on: ({ random, pools }: Work) => {
    const about = random.pick([...pools.case, ...pools.form]);
    return { about, targets: targetsOf(about) };
  },
});

/** Everything done to a record is done in the record's application. S1.10 */
const inApplication = (deed: CaseDeed): CaseDeed => ({
  ...deed,
  on(work, atMs) {
    const scene = deed.on(work, atMs);
    const application = scene?.about && applicationOf(scene.about);
    return scene && application !== undefined ? { ...scene, application } : scene;
  },
});

export const DEEDS: readonly CaseDeed[] = [
  ...RECORD_DEEDS,
  ...SERVICE_DEEDS,
  ...MESSAGE_DEEDS,
  ...WORK_DEEDS,
  ...USERS,
  ...SUPPORT,
].map(inApplication);
