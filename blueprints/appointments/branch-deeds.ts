/** What is done to locations, services, questions, categories and assignments. */
import { type Item, itemOf, targetsOf, turnTo } from '../kit/items.ts';
import { CATEGORIES, QUESTIONS, SERVICES } from './cast.ts';
import {
  type AppointmentDeed,
  adding,
  type On,
  removing,
  turning,
  updating,
  withDetails,
} from './moves.ts';
import {
  ADDRESSES,
  admin,
  assignmentItem,
  assignmentKind,
  FIELDS,
  manager,
  type Office,
} from './office.ts';
import { BOOKED, CONFLICT, IN_USE, NO_RIGHT, NOT_CONFIRMED } from './refusals.ts';

/** Whether the cast began with it: such ones stay. */
const isOf =
  (names: readonly string[]) =>
  (_office: Office, { name = '' }: { readonly name?: string }): boolean =>
    names.includes(name);

const popUp = ({ random, id }: Office): Item => {
  const place = random.pick(['Market', 'Campus', 'Library', 'Arena', 'Ferry', 'Fair']);
  const item = itemOf('location', id('loc'), { name: `Pop-up ${place}` });
  item.values.set('/address', random.pick(ADDRESSES)).set('/bookings', 'open');
  return item;
};
const seasonal = ({ random, id }: Office): Item => {
  const name = `${random.pick(['Spring', 'Autumn', 'Weekend', 'Tax season'])} advice`;
  const item = itemOf('service', id('srv'), { name });
  item.values.set('/duration_minutes', 30);
  return item;
};

const LOCATIONS: readonly AppointmentDeed[] = [
  {
    action: 'location.created',
    weight: 2,
    by: [admin],
    refusals: [NOT_CONFIRMED, NO_RIGHT],
    on: adding('location', FIELDS.location, popUp),
  },
  {
    action: 'location.updated',
    weight: 12,
    by: [admin, admin, manager],
    refusals: [CONFLICT],
    on: updating('location', FIELDS.location),
  },
  {
    action: 'location.moved',
    weight: 3,
    by: [admin],
    refusals: [NOT_CONFIRMED, NO_RIGHT],
    on: turning('location', { path: '/address', label: 'Address', values: ADDRESSES }),
  },
  {
    action: 'location.bookings_changed',
    weight: 4,
    by: [admin, manager],
    refusals: [BOOKED],
    on: turning('location', { path: '/bookings', label: 'Bookings', values: ['open', 'closed'] }),
  },
  {
    action: 'location.deleted',
    weight: 1.5,
    by: [admin],
    refusals: [BOOKED],
    on: removing('location', popUp, ({ customer }, { name }) =>
      customer.locations.includes(name ?? ''),
    ),
  },
];

const SERVICE_DEEDS: readonly AppointmentDeed[] = [
  {
    action: 'service.created',
    weight: 3,
    by: [admin],
    refusals: [NOT_CONFIRMED, NO_RIGHT],
    on: adding('service', FIELDS.service, seasonal),
  },
  {
    action: 'service.updated',
    weight: 14,
    by: [admin],
    refusals: [CONFLICT],
    on: updating('service', FIELDS.service),
  },
  {
    action: 'service.duration_changed',
    weight: 6,
    by: [admin],
    refusals: [BOOKED],
    on: turning('service', {
      path: '/duration_minutes',
      label: 'Duration in minutes',
      values: [15, 30, 45, 60, 90],
    }),
  },
  {
    action: 'service.deleted',
    weight: 2,
    by: [admin],
    refusals: [BOOKED, IN_USE],
    on: removing('service', seasonal, isOf(SERVICES)),
  },
];

const NEW_QUESTIONS = ['Do you have your documents ready?', 'May we call you before?'];
const WORDINGS = [
  'What is your visit about?',
  'How can we help you?',
  'Which language shall we speak?',
  'Do you have an account with us?',
] as const;
const OPTIONS = ['Mortgage', 'Account', 'Français', 'ਪੰਜਾਬੀ', 'By text message', 'Other'] as const;

const newQuestion = ({ random, id }: Office): Item => {
  const name = random.pick(NEW_QUESTIONS);
  const item = itemOf('question', id('qst'), { name });
  item.values.set('/text', name);
  return item;
};

const optionTurn =
  (isAdded: boolean): On =>
  ({ random, pools }) => {
    const option = random.pick(OPTIONS);
    const change = { path: '/option', label: 'Option' };
    return {
      targets: targetsOf(random.pick(pools.question)),
      changes: [isAdded ? { ...change, after: option } : { ...change, before: option }],
      metadata: { resource_details: isAdded ? 'Option added' : 'Option removed' },
    };
  };

const QUESTION_DEEDS: readonly AppointmentDeed[] = [
  {
    action: 'question.created',
    weight: 2,
    by: [admin],
    refusals: [NOT_CONFIRMED, NO_RIGHT],
    on: adding('question', FIELDS.question, newQuestion),
  },
  {
    action: 'question.reworded',
    weight: 4,
    by: [admin],
    refusals: [CONFLICT],
    on({ random, pools }) {
      const item = random.pick(pools.question);
      const after = random.pick(WORDINGS.filter((text) => text !== item.name));
      const { changes, take } = turnTo(item, [{ field: { path: '/text', label: 'Text' }, after }]);
      return {
        targets: targetsOf(item),
        changes,
        done() {
          take();
          item.name = after;
        },
      };
    },
  },
  {
    action: 'question.updated',
    weight: 5,
    by: [admin],
    refusals: [CONFLICT],
    on: updating('question', FIELDS.question),
  },
  {
    action: 'question.option_added',
    weight: 4,
    by: [admin],
    refusals: [CONFLICT],
    on: optionTurn(true),
  },
  {
    action: 'question.option_removed',
    weight: 3,
    by: [admin],
    refusals: [IN_USE],
    on: optionTurn(false),
  },
  {
    action: 'question.deleted',
    weight: 1,
    by: [admin],
    refusals: [IN_USE],
    on: removing('question', newQuestion, isOf([...QUESTIONS, ...WORDINGS])),
  },
];

const KINDS = ['Staff category', 'Service category', 'Location category'];
const newCategory = ({ random, id }: Office): Item => {
  const name = `${random.pick(['Evening', 'Weekend', 'Newcomer', 'Farm'])} team`;
  const item = itemOf('category', id('cat'), { name });
  item.values.set('/kind', random.pick(KINDS));
  return item;
};
const kindOf = (item: Item): string => String(item.values.get('/kind'));

const CATEGORY_DEEDS: readonly AppointmentDeed[] = [
  {
    action: 'category.created',
    weight: 3,
    by: [admin],
    refusals: [NOT_CONFIRMED, NO_RIGHT],
    on: withDetails(adding('category', FIELDS.category, newCategory), kindOf),
  },
  {
    action: 'category.updated',
    weight: 5,
    by: [admin],
    refusals: [CONFLICT],
    on: withDetails(updating('category', FIELDS.category), kindOf),
  },
  {
    action: 'category.deleted',
    weight: 1.5,
    by: [admin],
    refusals: [IN_USE],
    on: withDetails(
      removing('category', newCategory, isOf(CATEGORIES.map(({ name }) => name))),
      kindOf,
    ),
  },
];

const newAssignment =
  (kind: 'location' | 'service') =>
  (office: Office): Item => {
    const { random, pools } = office;
    return assignmentItem(office, random.pick(pools.user), random.pick(pools[kind]));
  };
const isOther =
  (kind: 'location' | 'service') =>
  (_office: Office, { parents }: Item): boolean =>
    parents.every(({ type }) => type !== kind);

const assignmentDeeds = (kind: 'location' | 'service'): readonly AppointmentDeed[] => [
  {
    action: `assignment.${kind}_added`,
    weight: 9,
    by: [admin, admin, manager],
    refusals: [NO_RIGHT],
    on: withDetails(adding('assignment', [], newAssignment(kind)), assignmentKind),
  },
  {
    action: `assignment.${kind}_removed`,
    weight: 7,
    by: [admin, admin, manager],
    refusals: [BOOKED],
    on: withDetails(removing('assignment', newAssignment(kind), isOther(kind)), assignmentKind),
  },
];

export const BRANCH_DEEDS: readonly AppointmentDeed[] = [
  ...LOCATIONS,
  ...SERVICE_DEEDS,
  ...QUESTION_DEEDS,
  ...CATEGORY_DEEDS,
  ...assignmentDeeds('location'),
  ...assignmentDeeds('service'),
];
