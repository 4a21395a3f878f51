/** What is done with e-mail, text messages, forms and files of a record. */
import { type Field, type Item, itemOf, targetsOf } from '../kit/items.ts';
import {
  addressOf,
  leafOf,
  newSms,
  signer,
  supervisor,
  system,
  type Work,
  worker,
} from './agency.ts';
import { TITLES } from './cast.ts';
import { adding, type CaseDeed, type On, removing, telling, touching, updating } from './moves.ts';
import {
  BOUNCED,
  CLOSED,
  INFECTED,
  LINK_EXPIRED,
  NO_RIGHT,
  SIGNED,
  TOO_LARGE,
  UNREACHABLE,
} from './refusals.ts';

/** An e-mail leaves its record for another one. */
const moving: On = (work, atMs) => {
  const { random, pools } = work;
  const item = pools.email.length > 0 ? random.pick(pools.email) : leafOf('email')(work, atMs);
  const [from] = item.parents;
  if (from === undefined) return undefined;
  const to = random.pick(pools.case.filter((other) => other !== from));
  const moved: Item = { ...item, parents: [to] };
  return {
    about: moved,
    targets: targetsOf(moved, from),
    done() {
      const place = pools.email.indexOf(item);
      if (place !== -1) pools.email[place] = moved;
    },
  };
};

/** What was sent to the address of a record is filed there. */
const filing: On = (work) => {
  const { random, pools, id } = work;
  const address =
    pools.resource_email.length > 0
      ? random.pick(pools.resource_email)
      : addressOf(work, random.pick(pools.case));
  const message = itemOf('email', id('email'), {
    name: random.pick(TITLES.email),
    parents: address.parents,
  });
  return {
    about: address,
    targets: targetsOf(address, message),
    done: () => pools.email.push(message),
  };
};

const MESSAGES: readonly CaseDeed[] = [
  {
    action: 'email.sent',
    weight: 24,
    by: [worker, worker, supervisor],
    refusals: [BOUNCED],
    on: telling(adding('email', [], leafOf('email')), ({ random }) => ({
      recipients: random.integer(1, 5),
    })),
  },
  { action: 'email.moved', weight: 4, by: [worker], refusals: [CLOSED], on: moving },
  {
    action: 'email.deleted',
    weight: 4,
    by: [worker, supervisor],
    refusals: [NO_RIGHT],
    on: removing('email', leafOf('email')),
  },
  {
    action: 'sms.sent',
    weight: 18,
    by: [worker],
    refusals: [UNREACHABLE],
    on: adding('sms', [], newSms),
  },
  { action: 'sms.received', weight: 12, by: [system], on: adding('sms', [], newSms) },
  {
    action: 'sms.deleted',
    weight: 2,
    by: [worker],
    refusals: [NO_RIGHT],
    on: removing('sms', newSms),
  },
  {
    action: 'resource_email.filed',
    weight: 16,
    by: [system],
    refusals: [TOO_LARGE, INFECTED],
    on: filing,
  },
];

const FORM_FIELDS: readonly Field[] = [
  { path: '/answers/risk', label: 'Risk', values: ['low', 'moderate', 'high', 'very high'] },
  { path: '/answers/goals', label: 'Goals', values: ['Find housing', 'Stay in school', 'None'] },
];
const sized = (on: On): On =>
  telling(on, ({ random }: Work) => ({ bytes: random.integer(18_000, 9_400_000) }));

const DOCUMENTS: readonly CaseDeed[] = [
  {
    action: 'form.created',
    weight: 14,
    by: [worker],
    refusals: [CLOSED],
    on: adding('form', FORM_FIELDS, leafOf('form')),
  },
  {
    action: 'form.updated',
    weight: 16,
    by: [worker],
    refusals: [SIGNED],
    on: updating('form', FORM_FIELDS),
  },
  {
    action: 'form.signed',
    weight: 9,
    by: [signer, signer, worker],
    refusals: [{ ...LINK_EXPIRED, by: [signer] }],
    on: telling(touching('form'), ({ random }) => ({
      signed_by: random.pick(['by a link', 'on a tablet', 'on paper']),
    })),
  },
  {
    action: 'form.deleted',
    weight: 2,
    by: [worker, supervisor],
    refusals: [SIGNED],
    on: removing('form', leafOf('form')),
  },
  {
    action: 'attachment.uploaded',
    weight: 26,
    by: [worker, worker, supervisor],
    refusals: [TOO_LARGE, INFECTED],
    on: sized(adding('attachment', [], leafOf('attachment'))),
  },
  {
    action: 'attachment.replaced',
    weight: 5,
    by: [worker],
    refusals: [TOO_LARGE],
    on: sized(touching('attachment')),
  },
  {
    action: 'attachment.downloaded',
    weight: 16,
    by: [worker, supervisor],
    refusals: [NO_RIGHT],
    on: sized(touching('attachment')),
  },
  {
    action: 'attachment.deleted',
    weight: 4,
    by: [worker],
    refusals: [NO_RIGHT],
    on: sized(removing('attachment', leafOf('attachment'))),
  },
];

export const MESSAGE_DEEDS: readonly CaseDeed[] = [...MESSAGES, ...DOCUMENTS];
