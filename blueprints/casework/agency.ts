/** One agency's instance while time passes: its records, what hangs on them, and who acts. */
import { DAY_MS } from '../demo/calendar.ts';
import { SUCCESS, type Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import type { Hand, Recorder } from '../kit/deeds.ts';
import { type Item, itemOf, targetsOf } from '../kit/items.ts';
import {
  actorOf,
  delegateOf,
  outsider,
  type Person,
  phoneOf,
  plain,
  supportOf,
} from '../kit/people.ts';
import type { Shifts } from '../kit/shifts.ts';
import { type Agency, PROGRAMS, SUPPORT, SUPPORT_CASES, TITLES } from './cast.ts';

/** Records that stand by themselves, each in one application of the product. S1.10 */
export const APPLICATIONS = {
  case: 'engage',
  report: 'intake',
  provider: 'providers',
  person: 'people',
} as const;
export type Root = keyof typeof APPLICATIONS;
export const ROOTS: readonly Root[] = ['case', 'report', 'provider', 'person'];

/** What hangs on them and has no more than a title. */
export type Leaf =
  | 'note'
  | 'email'
  | 'form'
  | 'attachment'
  | 'calendar_event'
  | 'task'
  | 'workflow';
export type Pool =
  | Root
  | Leaf
  | 'service_enrollment'
  | 'service_interaction'
  | 'assignment'
  | 'sms'
  | 'relationship'
  | 'resource_email'
  | 'user';

export interface Work {
  readonly agency: Agency;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly shifts: Shifts;
  readonly pools: Readonly<Record<Pool, Item[]>>;
  /** From when on somebody does nothing more, by id. */
  readonly left: Map<string, number>;
  /** A new id of a kind. */
  id(kind: string): string;
}

/** The record that something is or hangs on, and with it the application. */
const rootOf = (item: Item): Item => item.parents.at(-1) ?? item;
export const applicationOf = (item: Item): string | undefined => {
  const { type } = rootOf(item);
  return ROOTS.includes(type as Root) ? APPLICATIONS[type as Root] : undefined;
};

/** How often each kind of record is the one on which something hangs. */
const WEIGHTS = [
  { root: 'case', weight: 13 },
  { root: 'provider', weight: 4 },
  { root: 'person', weight: 2 },
  { root: 'report', weight: 2 },
] as const;
const someRoot = ({ random, pools }: Work): Item =>
  random.pick(pools[random.weighted(WEIGHTS).root]);

/** A day soon after this moment, as the product writes it. */
export const dayAfter = ({ random, shifts }: Work, atMs: number): string =>
  shifts.dayOf(atMs + random.integer(3, 45) * DAY_MS);

export const leafOf =
  (type: Leaf, root: (work: Work) => Item = someRoot) =>
  (work: Work, atMs: number): Item => {
    const item = itemOf(type, work.id(type), {
      name: work.random.pick(TITLES[type]),
      parents: [root(work)],
    });
    item.values.set('/due', dayAfter(work, atMs));
    item.values.set('/starts_at', `${dayAfter(work, atMs)} 10:00`);
    return item;
  };

export const newPerson = ({ random, id }: Work): Item => {
  const { name, email } = outsider(random);
  const item = itemOf('person', id('per'), { name, email });
  item.values.set('/phone', phoneOf(random));
  return item;
};

/** Called after the person that it is about, as the agency does. */
export const newCase = (work: Work): Item => {
  const person = work.random.pick(work.pools.person);
  const [given = '', ...family] = (person.name ?? '').split(' ');
  const name = `${given.slice(0, 1)}. ${family.join(' ')} Case`;
  return itemOf('case', work.id('case'), { name, related: [person] });
};

export const newReport = ({ random, id }: Work): Item => {
  const key = id('rep');
  return itemOf('report', key, { name: `${random.pick(TITLES.report)} ${key.slice(4)}` });
};

export const newProvider = ({ random, id }: Work): Item => {
  const place = random.pick(['Northside', 'Hilltop', 'Lakeside', 'Union Street', 'Prospect']);
  const kind = random.pick(['Shelter', 'Clinic', 'Day Care', 'Legal Aid']);
  return itemOf('provider', id('prv'), { name: `${place} ${kind}` });
};

/** A service that somebody of a case gets. */
export const newEnrollment = (work: Work): Item => {
  const { random, pools, id } = work;
  const parent = random.pick(pools.case);
  const person = parent.related[0] ?? random.pick(pools.person);
  const program = random.pick(PROGRAMS);
  return enrollmentItem(id('enr'), program, parent, person, random.pick(pools.provider));
};
export const enrollmentItem = (
  id: string,
  { name, offering, type, cost, units }: (typeof PROGRAMS)[number],
  parent: Item,
  person: Item,
  provider: Item,
): Item => {
  const item = itemOf('service_enrollment', id, {
    name,
    parents: [parent],
    related: [person, provider],
  });
  item.values
    .set('/total_cost', cost)
    .set('/units', units)
    .set('/offering', offering)
    .set('/service_type', type);
  return item;
};

export const newInteraction = (work: Work, atMs: number): Item => {
  const { random, pools, shifts, id } = work;
  const enrollment = random.pick(pools.service_enrollment);
  return itemOf('service_interaction', id('int'), {
    name: `Session ${shifts.dayOf(atMs)}`,
    parents: [enrollment, ...enrollment.parents],
  });
};

export const newAssignment = (work: Work, atMs: number): Item => {
  const { random, id } = work;
  const worker = random.pick(presentAt(work, atMs));
  const item = itemOf('assignment', id('asg'), { name: 'Assignment', parents: [someRoot(work)] });
  item.values
    .set('/worker', worker.name)
    .set('/worker_id', worker.id)
    .set('/assigned_as', random.pick(['primary worker', 'secondary worker', 'supervisor']));
  return item;
};

/** The people who work there at this moment. */
const presentAt = ({ agency, left }: Work, atMs: number): readonly Person[] =>
  agency.people.filter(({ id }) => atMs < (left.get(id) ?? Number.POSITIVE_INFINITY));

export const newSms = (work: Work): Item => {
  const { random, pools, id } = work;
  const parent = random.pick(pools.case);
  const person = parent.related[0] ?? random.pick(pools.person);
  return itemOf('sms', id('sms'), { name: 'Text message', parents: [parent], related: [person] });
};

export const newRelationship = ({ random, pools, id }: Work): Item => {
  const parent = random.pick(pools.person);
  const other = random.pick(pools.person.filter((person) => person !== parent));
  const name = random.pick(TITLES.relationship);
  return itemOf('relationship', id('rel'), { name, parents: [parent], related: [other] });
};

/** The unique address of a record. S1.24 */
export const addressOf = ({ random, id, agency }: Work, parent: Item): Item => {
  const email = `r-${random.hex(10)}@in.${agency.tenantId}.example`;
  return itemOf('resource_email', id('rem'), { name: email, email, parents: [parent] });
};

export const newUser = ({ random, agency, id }: Work): Item => {
  const { name } = outsider(random);
  const domain = agency.people[0]?.email.split('@')[1] ?? 'mail.example';
  const email = `${plain(name)}${random.integer(2, 9)}@${domain}`;
  const item = itemOf('user', id('u'), { name, email });
  item.values.set('/role', random.pick(['caseworker', 'caseworker', 'intake', 'supervisor']));
  return item;
};

/** How many of each there are at the beginning. */
const BEGIN = { person: 36, case: 22, report: 10, leaf: 8, user: 8 } as const;
/** Two cases have this name: who searches for it must choose. S1.11 */
export const SHARED_NAME = 'M. Delaney Case';

export const createWork = (agency: Agency, recorder: Recorder, shifts: Shifts): Work => {
  const { random } = recorder;
  let number = 2_000;
  const id = (kind: string): string => {
    number += random.integer(1, 5);
    return `${kind}_${number}`;
  };
  const none = (): Item[] => [];
  const pools: Record<Pool, Item[]> = {
    case: none(),
    report: none(),
    provider: agency.providers.map((name) => itemOf('provider', id('prv'), { name })),
    person: none(),
    note: none(),
    email: none(),
    form: none(),
    attachment: none(),
    calendar_event: none(),
    task: none(),
    workflow: none(),
    service_enrollment: none(),
    service_interaction: none(),
    assignment: none(),
    sms: none(),
    relationship: none(),
    resource_email: none(),
    user: none(),
  };
  const work: Work = { agency, random, recorder, shifts, pools, left: new Map(), id };
  const fill = (pool: Pool, count: number, make: (work: Work, atMs: number) => Item): void => {
    for (let index = 0; index < count; index += 1) pools[pool].push(make(work, shifts.fromMs));
  };
  fill('person', BEGIN.person, newPerson);
  fill('case', BEGIN.case, newCase);
  for (const each of pools.case.slice(0, 2)) each.name = SHARED_NAME;
  fill('report', BEGIN.report, newReport);
  fill('user', BEGIN.user, newUser);
  fill('service_enrollment', BEGIN.leaf, newEnrollment);
  fill('service_interaction', BEGIN.leaf, newInteraction);
  fill('assignment', BEGIN.leaf, newAssignment);
  fill('sms', BEGIN.leaf, newSms);
  fill('relationship', BEGIN.leaf, newRelationship);
  for (const leaf of [
    ...(['note', 'email', 'form', 'attachment', 'calendar_event', 'task', 'workflow'] as const),
  ]) {
    fill(leaf, BEGIN.leaf, leafOf(leaf));
  }
  for (const root of ROOTS.flatMap((type) => pools[type])) {
    pools.resource_email.push(addressOf(work, root));
  }
  return work;
};

export const SYSTEM: Hand = {
  actor: { type: 'system', id: 'system', name: 'System' },
  source: { initiator: 'system' },
};
export const system = (): Hand => SYSTEM;

/** What the system does with the address of a record, because of something done to the record. */
export const addressEvent = (
  action: 'resource_email.created' | 'resource_email.deactivated',
  address: Item,
) => {
  const application = applicationOf(address);
  const targets: Target[] = targetsOf(address);
  return {
    afterMs: 400,
    draft: {
      action,
      ...SYSTEM,
      source: { ...SYSTEM.source, ...(application === undefined ? {} : { application }) },
      targets,
      outcome: SUCCESS,
    },
  };
};

export const personOf = (work: Work, role: string, atMs: number): Person =>
  work.random.pick(presentAt(work, atMs).filter(({ roles }) => roles.includes(role)));

export const handOf = ({ recorder }: Work, person: Person, atMs: number): Hand => ({
  actor: actorOf(person),
  source: { initiator: 'user', channel: 'web' },
  context: recorder.contextOf(person, atMs),
});

const byRole =
  (role: string) =>
  (work: Work, atMs: number): Hand =>
    handOf(work, personOf(work, role, atMs), atMs);
export const admin = byRole('admin');
export const supervisor = byRole('supervisor');
/** Where nobody works in intake or casework, the others do it. */
export const worker = byRole('caseworker');
export const intake = byRole('intake');

export const importer = (work: Work, atMs: number): Hand => ({
  ...admin(work, atMs),
  source: { initiator: 'import', channel: 'file' },
});

/** The state's register, which tells when people move. */
export const register = ({ random, agency }: Work): Hand => ({
  actor: {
    type: 'service_account',
    id: `svc_register_${agency.tenantId}`,
    name: 'State eligibility register',
  },
  source: { initiator: 'api', channel: 'rest' },
  context: {
    ip: '203.0.113.249',
    user_agent: 'eligibility/2',
    request_id: `req_${random.hex(12)}`,
  },
});

/** Somebody who signs by a link, and has no account. */
export const signer = ({ random }: Work): Hand => ({
  actor: { type: 'anonymous' },
  source: { initiator: 'user', channel: 'link' },
  context: { ip: `203.0.113.${random.integer(180, 240)}`, request_id: `req_${random.hex(12)}` },
});

export const support = (work: Work, atMs: number): Hand => {
  const { random, recorder } = work;
  const person = random.pick(SUPPORT);
  const ticket = `CASE-${random.integer(4_100, 9_900)}`;
  return {
    actor: supportOf(person),
    on_behalf_of: [delegateOf(personOf(work, 'admin', atMs))],
    source: { initiator: 'user', component: 'support-desk' },
    context: { ...recorder.contextOf(person, atMs), correlation_id: ticket },
    reason: { text: random.pick(SUPPORT_CASES), ticket },
  };
};
