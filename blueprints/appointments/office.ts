/** One organization's instance while time passes: its records and their values, and who acts. */
import { DAY_MS } from '../demo/calendar.ts';
import type { Source } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import type { Hand, Recorder } from '../kit/deeds.ts';
import { creationOf, type Field, type Item, itemOf } from '../kit/items.ts';
import { actorOf, delegateOf, outsider, type Person, supportOf } from '../kit/people.ts';
import type { Shifts } from '../kit/shifts.ts';
import { CATEGORIES, type Customer, QUESTIONS, SERVICES, SUPPORT, SUPPORT_CASES } from './cast.ts';

/** Kinds of records of which one is picked, added or removed. */
export const POOLS = [
  ...['user', 'client', 'location', 'service', 'question', 'category', 'assignment'],
  ...['business_hours', 'working_hours', 'adjustment', 'line_of_business_settings'],
] as const;
export type Pool = (typeof POOLS)[number];

export interface Office {
  readonly customer: Customer;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly shifts: Shifts;
  readonly settings: Item;
  readonly pools: Readonly<Record<Pool, Item[]>>;
  /** A new id of a kind. */
  id(kind: string): string;
}

const LANGUAGES = ['en', 'en, fr', 'en, pa', 'en, uk', 'en, zh'];
export const FIELDS = {
  user: [
    { path: '/phone', label: 'Phone number', values: ['416-555-0111', '416-555-0148', 'none'] },
    { path: '/languages', label: 'Languages', values: LANGUAGES },
    { path: '/title', label: 'Title', values: ['Advisor', 'Senior advisor', 'Specialist'] },
  ],
  client: [
    { path: '/phone', label: 'Phone number', values: ['647-555-0102', '647-555-0177', 'none'] },
    { path: '/language', label: 'Language', values: ['English', 'French', 'Punjabi'] },
    { path: '/notes_on_file', label: 'Notes', values: ['none', 'Prefers mornings', 'Call first'] },
  ],
  location: [
    { path: '/phone', label: 'Phone number', values: ['416-555-0120', '416-555-0121'] },
    { path: '/external_id', label: 'External id', values: ['BR-104', 'BR-140', 'BR-204'] },
    { path: '/capacity', label: 'Rooms', values: [3, 4, 5, 6] },
  ],
  service: [
    { path: '/visibility', label: 'Visibility', values: ['public', 'members only', 'hidden'] },
    { path: '/methods', label: 'Meeting methods', values: ['in person', 'in person or video'] },
    { path: '/buffer_minutes', label: 'Buffer in minutes', values: [0, 5, 10, 15] },
  ],
  question: [
    { path: '/required', label: 'Answer needed', values: [true, false] },
    { path: '/order', label: 'Order', values: [1, 2, 3, 4, 5] },
  ],
  category: [
    { path: '/external_id', label: 'External id', values: ['CAT-7', 'CAT-17', 'CAT-71'] },
    { path: '/description', label: 'Description', values: ['none', 'Shown on the booking page'] },
  ],
} as const satisfies Record<string, readonly Field[]>;

export const ADDRESSES = [
  '12 Harbour Street, Toronto',
  '240 Mill Street, Toronto',
  '18 Lakeview Avenue, Mississauga',
  '5501 rue Saint-Jacques, Montréal',
  '77 Kensington Avenue, Toronto',
] as const;
export const WEEKS = [
  'Mon–Fri 09:00–17:00',
  'Mon–Fri 09:30–16:30; Sat 10:00–15:00',
  'Mon–Thu 09:00–17:00; Fri 09:00–19:00',
  'Mon–Sat 10:00–18:00',
  'Tue–Sat 08:30–16:00',
] as const;

/** Settings by the part of the settings page on which they stand. */
export const SETTINGS = [
  {
    part: 'Booking',
    path: '/settings/booking/window_days',
    label: 'Days ahead that can be booked',
    values: [30, 45, 60, 90],
  },
  {
    part: 'Booking',
    path: '/settings/booking/cancellation_hours',
    label: 'Hours before which one can cancel',
    values: [2, 12, 24, 48],
  },
  {
    part: 'Reminders',
    path: '/settings/reminders/text_messages',
    label: 'Reminders by text message',
    values: [true, false],
  },
  {
    part: 'Security',
    path: '/settings/security/idle_minutes',
    label: 'Minutes until an idle session ends',
    values: [15, 30, 60],
  },
  {
    part: 'Languages',
    path: '/settings/languages',
    label: 'Languages of the booking page',
    values: ['en', 'en, fr', 'en, fr, pa'],
  },
] as const satisfies readonly (Field & { part: string })[];

/** How many of each there are at the beginning, where the cast does not say. */
const CLIENTS = 60;
const ASSIGNMENTS = 14;
const ADJUSTMENTS = 10;

const userItem = ({ id, name, email, roles }: Person): Item => {
  const item = itemOf('user', id, { name, email });
  item.values.set('/role', roles[0]).set('/email', email);
  return item;
};

const withValues = (random: Random, item: Item, fields: readonly Field[]): Item => {
  creationOf(random, item, fields);
  return item;
};

export const clientItem = (office: Pick<Office, 'random' | 'id'>): Item => {
  const { name, email, phone } = outsider(office.random);
  const item = itemOf('client', office.id('cli'), { name, email });
  item.values.set('/phone', phone).set('/consent', office.random.pick(['given', 'withdrawn']));
  return item;
};

/** That a user works at a location or offers a service, as a record of its own. */
export const assignmentItem = (office: Pick<Office, 'id'>, user: Item, other: Item): Item => {
  const id = office.id('asg');
  const kind = other.type === 'location' ? 'Location assignment' : 'Service assignment';
  const item = itemOf('assignment', id, {
    name: `${kind} ${id.slice('asg_'.length)}`,
    parents: [user, other],
  });
  item.values.set('/kind', kind);
  return item;
};
export const assignmentKind = (item: Item): string => String(item.values.get('/kind'));

/** A usual week of a location or a user. */
export const hoursItem = (office: Pick<Office, 'id' | 'random'>, parent: Item): Item => {
  const isBusiness = parent.type === 'location';
  const item = itemOf(
    isBusiness ? 'business_hours' : 'working_hours',
    office.id(isBusiness ? 'bh' : 'wh'),
    { name: office.random.pick(['Usual week', 'Summer week', 'Winter week']), parents: [parent] },
  );
  item.values.set('/hours', office.random.pick(WEEKS));
  return item;
};

const DAY_FORM = new Intl.DateTimeFormat('en-CA', { dateStyle: 'medium', timeZone: 'UTC' });

/** An exception to the hours of a location or a user, on a day soon after this moment. */
export const adjustmentItem = (
  office: Pick<Office, 'id' | 'random'>,
  parent: Item,
  atMs: number,
): Item => {
  const day = DAY_FORM.format(atMs + office.random.integer(2, 40) * DAY_MS);
  const item = itemOf('adjustment', office.id('adj'), {
    name: `Adjustment ${day}`,
    parents: [parent],
  });
  item.values.set('/day', day);
  item.values.set('/hours', otherHours(office, item));
  return item;
};
/** Other hours for the day of an adjustment. */
export const otherHours = ({ random }: Pick<Office, 'random'>, item: Item): string => {
  const [parent] = item.parents;
  const hours =
    parent?.type === 'location'
      ? ['closed', '10:00–14:00', '12:00–20:00']
      : ['away', '12:00–18:00', 'home office'];
  const texts = hours.map((text) => `${item.values.get('/day')}: ${text}`);
  return random.pick(texts.filter((text) => text !== item.values.get('/hours')));
};
/** Whether it is a location’s or a user’s: the record’s details say so. S0.16 */
export const adjustmentKind = ({ parents: [parent] }: Item): string =>
  parent?.type === 'location' ? 'Location adjustment' : 'User adjustment';

export const createOffice = (customer: Customer, recorder: Recorder, shifts: Shifts): Office => {
  const { random } = recorder;
  let number = 1_000;
  const id = (kind: string): string => {
    number += random.integer(1, 7);
    return `${kind}_${number}`;
  };
  const made = { random, id };
  const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const user = [...customer.people, ...customer.colleagues].map((person) =>
    withValues(random, userItem(person), FIELDS.user),
  );
  const location = customer.locations.map((name) =>
    withValues(random, itemOf('location', id('loc'), { name }), FIELDS.location),
  );
  for (const item of location) {
    item.values.set('/address', random.pick(ADDRESSES)).set('/bookings', 'open');
  }
  const service = SERVICES.map((name) =>
    withValues(random, itemOf('service', id('srv'), { name }), FIELDS.service),
  );
  for (const item of service) item.values.set('/duration_minutes', random.pick([30, 45, 60]));
  const question = QUESTIONS.map((name) =>
    withValues(random, itemOf('question', id('qst'), { name }), FIELDS.question),
  );
  for (const item of question) item.values.set('/text', item.name);
  const category = CATEGORIES.map(({ name, kind }) => {
    const item = withValues(random, itemOf('category', id('cat'), { name }), FIELDS.category);
    item.values.set('/name', name).set('/kind', kind);
    return item;
  });
  const settings = itemOf('settings', 'enterprise', { name: customer.label });
  for (const { path, values } of SETTINGS) settings.values.set(path, random.pick<unknown>(values));
  return {
    customer,
    random,
    recorder,
    shifts,
    settings,
    id,
    pools: {
      user,
      client: times(CLIENTS, () => clientItem(made)),
      location,
      service,
      question,
      category,
      assignment: times(ASSIGNMENTS, () =>
        assignmentItem(made, random.pick(user), random.pick([...location, ...service])),
      ),
      business_hours: location.map((one) => hoursItem(made, one)),
      working_hours: user.map((one) => hoursItem(made, one)),
      adjustment: times(ADJUSTMENTS, () =>
        adjustmentItem(made, random.pick([...location, ...user]), shifts.fromMs),
      ),
      line_of_business_settings: customer.lines.map((name) =>
        itemOf('line_of_business_settings', id('lob'), { name }),
      ),
    },
  };
};

const inConsole: Source = { initiator: 'user', application: 'console', channel: 'web' };

const personOf = ({ customer, random }: Office, role: string): Person =>
  random.pick(customer.people.filter(({ roles }) => roles.includes(role)));

export const handOf = (
  office: Office,
  person: Person,
  atMs: number,
  source: Source = inConsole,
): Hand => ({
  actor: actorOf(person),
  source,
  context: office.recorder.contextOf(person, atMs),
});

const byRole =
  (role: string) =>
  (office: Office, atMs: number): Hand =>
    handOf(office, personOf(office, role), atMs);
export const admin = byRole('admin');
export const manager = byRole('manager');
export const staff = byRole('staff');

export const importer = (office: Office, atMs: number): Hand =>
  handOf(office, personOf(office, 'admin'), atMs, {
    initiator: 'import',
    application: 'console',
    component: 'import',
  });

/** The program that keeps clients as the core banking system has them. */
export const sync = ({ random, customer }: Office): Hand => ({
  actor: {
    type: 'service_account',
    id: `svc_members_${customer.tenantId}`,
    name: 'Member synchronization',
  },
  source: { initiator: 'api', application: 'sync', channel: 'rest' },
  context: {
    ip: '203.0.113.250',
    user_agent: 'member-sync/4.2',
    request_id: `req_${random.hex(12)}`,
  },
});

export const worker = (): Hand => ({
  actor: { type: 'system', id: 'scheduling', name: 'Scheduling' },
  source: { initiator: 'system', application: 'worker' },
});

/** Somebody who books, and is not signed in. */
export const visitor = ({ random }: Office): Hand => ({
  actor: { type: 'anonymous' },
  source: { initiator: 'user', application: 'booking', channel: 'web' },
  context: { ip: `198.51.100.${random.integer(180, 250)}`, request_id: `req_${random.hex(12)}` },
});

export const support = (office: Office, atMs: number): Hand => {
  const { random, recorder } = office;
  const person = random.pick(SUPPORT);
  const ticket = `SUP-${random.integer(10_400, 19_900)}`;
  return {
    actor: supportOf(person),
    on_behalf_of: [delegateOf(personOf(office, 'admin'))],
    source: { initiator: 'user', application: 'support_desk' },
    context: { ...recorder.contextOf(person, atMs), correlation_id: ticket },
    reason: { text: random.pick(SUPPORT_CASES), ticket },
  };
};
