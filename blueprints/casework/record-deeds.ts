/** What is done to cases, intake reports, providers and people. */
import { type Field, type Item, targetsOf, turnTo } from '../kit/items.ts';
import {
  admin,
  importer,
  intake,
  newCase,
  newPerson,
  newProvider,
  newReport,
  register,
  SHARED_NAME,
  supervisor,
  worker,
} from './agency.ts';
import { PROGRAMS } from './cast.ts';
import {
  adding,
  type CaseDeed,
  forReason,
  type On,
  removing,
  telling,
  touching,
  turning,
  updating,
  withAddress,
  withoutAddress,
} from './moves.ts';
import {
  CLOSED,
  CONFLICT,
  DUPLICATE,
  IN_USE,
  NO_RIGHT,
  NOT_ASSIGNED,
  STEPS_OPEN,
  TOO_LARGE,
} from './refusals.ts';

const TYPES = ['Child welfare', 'Housing', 'Adult services', 'Reentry'];
const STATUS: Field = { path: '/status', label: 'Status', values: ['open', 'on hold', 'watched'] };
const PRIORITY: Field = { path: '/priority', label: 'Priority', values: ['low', 'normal', 'high'] };
const PHONE: Field = {
  path: '/phone',
  label: 'Telephone',
  values: ['312-555-0133', '646-555-0170', '518-555-0101'],
};
const CASE_FIELDS: readonly Field[] = [
  STATUS,
  PRIORITY,
  { path: '/case_type', label: 'Type of case', values: TYPES },
];

const closing: On = (work, atMs) => {
  const scene = turning('case', { ...STATUS, values: ['closed', 'closed, moved away'] })(
    work,
    atMs,
  );
  const open_tasks = work.random.chance(0.2) ? work.random.integer(1, 4) : 0;
  return scene && { ...scene, metadata: { open_tasks } };
};

/** After the family, and back. Those that share a name keep it. */
const renaming: On = ({ random, pools }) => {
  const item = random.pick(pools.case.filter(({ name }) => name !== SHARED_NAME));
  const before = item.name ?? '';
  const family = before.replace(/^\S+ | Case$| family$/g, '');
  const after = before.endsWith(' family') ? `The ${family} Case` : `The ${family} family`;
  return {
    about: item,
    targets: targetsOf(item),
    changes: [{ path: '/name', label: 'Name', before, after }],
    done() {
      item.name = after;
    },
  };
};

/** One that is closed; an old one, if none is. */
const reopening: On = (work) => {
  const isClosed = ({ values }: Item): boolean =>
    String(values.get('/status')).startsWith('closed');
  const closed = work.pools.case.filter(isClosed);
  const item = closed.length > 0 ? work.random.pick(closed) : newCase(work);
  if (closed.length === 0) item.values.set('/status', 'closed');
  const { changes, take } = turnTo(item, [{ field: STATUS, after: 'open' }]);
  return { about: item, targets: targetsOf(item), changes, done: take };
};

const CASES: readonly CaseDeed[] = [
  {
    action: 'case.created',
    weight: 12,
    by: [worker, worker, supervisor],
    refusals: [DUPLICATE],
    on: telling(withAddress(adding('case', CASE_FIELDS, newCase)), ({ random }) => ({
      case_type: random.pick(TYPES),
    })),
  },
  {
    action: 'case.updated',
    weight: 24,
    by: [worker, worker, worker, supervisor],
    refusals: [CONFLICT, NOT_ASSIGNED],
    on: updating('case', CASE_FIELDS),
  },
  {
    action: 'case.renamed',
    weight: 2,
    by: [worker, supervisor],
    refusals: [CLOSED],
    on: renaming,
  },
  {
    action: 'case.closed',
    weight: 7,
    by: [supervisor, worker],
    refusals: [STEPS_OPEN],
    on: withoutAddress(closing),
  },
  {
    action: 'case.reopened',
    weight: 3,
    by: [supervisor],
    refusals: [CONFLICT],
    on: forReason(reopening, ['A new report came in', 'The family asked for it']),
  },
  {
    action: 'case.restricted',
    weight: 2,
    by: [supervisor, admin],
    refusals: [NO_RIGHT],
    on: touching('case'),
  },
  {
    action: 'case.opened',
    weight: 9,
    by: [worker, supervisor],
    refusals: [NOT_ASSIGNED],
    on: touching('case'),
  },
  {
    action: 'case.exported',
    weight: 4,
    by: [supervisor, admin, worker],
    refusals: [NO_RIGHT, TOO_LARGE],
    on: telling(touching('case'), ({ random }) => ({
      format: random.pick(['PDF', 'ZIP']),
      pages: random.integer(4, 190),
    })),
  },
  {
    action: 'case.deleted',
    weight: 1,
    by: [admin],
    refusals: [NO_RIGHT],
    on: withoutAddress(removing('case', newCase, (_work, { name }) => name === SHARED_NAME)),
  },
];

const RECEIVED = ['telephone', 'web form', 'letter'];
const DECISIONS = ['screened in', 'screened out', 'referred'];

const REPORTS: readonly CaseDeed[] = [
  {
    action: 'report.created',
    weight: 12,
    by: [intake],
    refusals: [DUPLICATE],
    on: telling(withAddress(adding('report', [STATUS, PRIORITY], newReport)), ({ random }) => ({
      received_by: random.pick(RECEIVED),
    })),
  },
  {
    action: 'report.updated',
    weight: 14,
    by: [intake],
    refusals: [CONFLICT],
    on: updating('report', [STATUS, PRIORITY]),
  },
  {
    action: 'report.screened',
    weight: 9,
    by: [intake, supervisor],
    refusals: [NO_RIGHT],
    on: telling(touching('report'), ({ random }) => ({ decision: random.pick(DECISIONS) })),
  },
  {
    action: 'report.converted',
    weight: 5,
    by: [supervisor, intake],
    refusals: [STEPS_OPEN],
    on: (work, atMs) => {
      const scene = touching('report')(work, atMs);
      const report = scene?.about;
      return report && { ...scene, targets: targetsOf(report, work.random.pick(work.pools.case)) };
    },
  },
  {
    action: 'report.deleted',
    weight: 1,
    by: [admin],
    refusals: [IN_USE],
    on: withoutAddress(removing('report', newReport)),
  },
];

const CAPACITY: Field = { path: '/capacity', label: 'Places', values: [8, 12, 20, 35] };
const program: On = telling(touching('provider'), ({ random }) => {
  const { name, offering } = random.pick(PROGRAMS);
  return { program: name, service_offering_id: offering };
});

const PROVIDERS: readonly CaseDeed[] = [
  {
    action: 'provider.created',
    weight: 3,
    by: [admin, supervisor, importer],
    refusals: [DUPLICATE],
    on: withAddress(adding('provider', [PHONE, CAPACITY], newProvider)),
  },
  {
    action: 'provider.updated',
    weight: 10,
    by: [supervisor, worker],
    refusals: [CONFLICT],
    on: updating('provider', [PHONE, CAPACITY]),
  },
  {
    action: 'provider.license_changed',
    weight: 4,
    by: [supervisor, admin],
    refusals: [NO_RIGHT],
    on(work, atMs) {
      const field = { path: '/license', label: 'License', values: ['valid', 'expired', 'renewed'] };
      for (const { values } of work.pools.provider) {
        if (!values.has(field.path)) values.set(field.path, 'valid');
      }
      return turning('provider', field)(work, atMs);
    },
  },
  {
    action: 'provider.program_added',
    weight: 5,
    by: [supervisor],
    refusals: [DUPLICATE],
    on: program,
  },
  {
    action: 'provider.program_removed',
    weight: 2,
    by: [supervisor],
    refusals: [IN_USE],
    on: program,
  },
  {
    action: 'provider.deleted',
    weight: 1,
    by: [admin],
    refusals: [IN_USE],
    on: withoutAddress(
      removing('provider', newProvider, ({ agency }, { name = '' }) =>
        agency.providers.includes(name),
      ),
    ),
  },
];

const PERSON_FIELDS: readonly Field[] = [
  PHONE,
  { path: '/language', label: 'Language', values: ['English', 'Spanish', 'Vietnamese', 'Arabic'] },
  { path: '/allergies', label: 'Allergies', values: ['none known', 'peanuts', 'penicillin'] },
];
const STREETS = [
  '14 Elm Court',
  '902 River Road',
  '77 Quarry Lane',
  '5 Chapel Hill',
  '310 Oak Row',
];
const ADDRESS: Field = { path: '/address', label: 'Address', values: STREETS };

const PEOPLE: readonly CaseDeed[] = [
  {
    action: 'person.created',
    weight: 14,
    by: [worker, intake, intake, importer],
    refusals: [DUPLICATE],
    on: withAddress(adding('person', [...PERSON_FIELDS, ADDRESS], newPerson)),
  },
  {
    action: 'person.updated',
    weight: 20,
    by: [worker, worker, intake, register],
    refusals: [CONFLICT],
    on: updating('person', PERSON_FIELDS),
  },
  {
    action: 'person.moved',
    weight: 6,
    by: [worker, register],
    refusals: [CONFLICT],
    on(work, atMs) {
      for (const { values } of work.pools.person) {
        if (!values.has(ADDRESS.path)) values.set(ADDRESS.path, work.random.pick(STREETS));
      }
      return turning('person', ADDRESS)(work, atMs);
    },
  },
  {
    action: 'person.merged',
    weight: 3,
    by: [supervisor, intake],
    refusals: [NO_RIGHT],
    on(work, atMs) {
      const scene = withoutAddress(removing('person', newPerson))(work, atMs);
      const { about: gone } = scene ?? {};
      const kept = work.pools.person.find((item) => item !== gone);
      return gone && kept && { ...scene, about: kept, targets: targetsOf(kept, gone) };
    },
  },
  {
    action: 'person.deleted',
    weight: 1,
    by: [admin],
    refusals: [IN_USE],
    on: withoutAddress(removing('person', newPerson)),
  },
];

export const RECORD_DEEDS: readonly CaseDeed[] = [...CASES, ...REPORTS, ...PROVIDERS, ...PEOPLE];
