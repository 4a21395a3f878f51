/** What is done now and then by the customers of this blueprint, each action in all its forms. */
import { MINUTE_MS } from '../demo/calendar.ts';
import { type Change, SUCCESS } from '../demo/draft.ts';
import { type Citizen, phoneOf, streetOf } from '../kit/crowd.ts';
import { type Deed, someone } from '../kit/desk.ts';
import type { Work } from '../kit/work.ts';
import { CRM_SYNC, GROUP_NAMES, SIGN_UP_FORM, SUPPORT, SYSTEM } from './cast.ts';
import {
  contactTarget,
  type Desk,
  fileTarget,
  groupTarget,
  programDoes,
  supportDoes,
  userDoes,
} from './desk.ts';
import { USER_WORKS } from './user-work.ts';

const DENIED = 'denied' as const;
const FAILURE = 'failure' as const;

const NOTES = ['Prefers to be called', 'Moved away', 'Speaks Spanish', 'Met at the book fair'];

/** A change that somebody might make to a contact, and the contact afterwards. */
function editOf({ random }: Desk, contact: Citizen): { changes: Change[]; after: Citizen } {
  const kind = random.weighted([
    { name: 'email', weight: 3 },
    { name: 'phone', weight: 3 },
    { name: 'street', weight: 2 },
    { name: 'note', weight: 2 },
  ] as const).name;
  switch (kind) {
    case 'email': {
      const [account = '', host] = contact.email.split('@');
      const email = `${account}@${host === 'work.example' ? 'home' : 'work'}.example`;
      const changes = [{ path: '/email', label: 'E-mail', before: contact.email, after: email }];
      return { changes, after: { ...contact, email } };
    }
    case 'phone': {
      const phone = phoneOf(random);
      const changes = [{ path: '/phone', label: 'Phone', before: contact.phone, after: phone }];
      return { changes, after: { ...contact, phone } };
    }
    case 'street': {
      const street = streetOf(random);
      const changes = [
        { path: '/address/street', label: 'Street', before: contact.street, after: street },
        { path: '/address/checked', label: 'Address checked', before: false, after: true },
      ];
      return { changes, after: { ...contact, street } };
    }
    case 'note':
      return {
        changes: [{ path: '/note', label: 'Note', after: random.pick(NOTES) }],
        after: contact,
      };
  }
}

function supportMends(desk: Desk, atMs: number, deed: Deed, text: string): void {
  const reason = { text, ticket: `ENG-${desk.random.integer(1_200, 4_800)}` };
  const sides = [desk.random.weighted(SUPPORT), someone(desk)] as const;
  supportDoes(desk, sides, atMs, { ...deed, reason });
}

const systemDoes = (desk: Desk, atMs: number, deed: Deed, component: string): void =>
  desk.note(atMs, {
    ...deed,
    actor: SYSTEM,
    outcome: SUCCESS,
    source: { initiator: 'system', component },
  });

function updateContact(desk: Desk, atMs: number): void {
  const { random, contacts } = desk;
  const contact = contacts.any();
  const { changes, after } = editOf(desk, contact);
  const deed = { action: 'contact.updated', targets: [contactTarget(contact)], changes };
  if (random.chance(0.03)) {
    const outcome = { result: FAILURE, reason: 'somebody else changed it meanwhile' };
    userDoes(desk, someone(desk), atMs, { ...deed, outcome });
    return;
  }
  contacts.replace(contact, after);
  if (random.chance(0.03)) {
    supportMends(desk, atMs, deed, 'The form does not save this contact');
  } else if (random.chance(0.12)) {
    programDoes(desk, CRM_SYNC, atMs, deed);
  } else {
    userDoes(desk, someone(desk), atMs, deed);
  }
}

const firstValues = ({ email, phone }: Citizen): Change[] => [
  { path: '/email', label: 'E-mail', after: email },
  { path: '/phone', label: 'Phone', after: phone },
];

function createContact(desk: Desk, atMs: number): void {
  const { random, contacts, groups } = desk;
  const contact = desk.newContact();
  const deed = {
    action: 'contact.created',
    targets: [contactTarget(contact)],
    changes: firstValues(contact),
  };
  if (random.chance(0.05)) {
    const outcome = { result: FAILURE, reason: 'another contact has this e-mail' };
    userDoes(desk, someone(desk), atMs, { ...deed, outcome });
    return;
  }
  contacts.add(contact);
  if (random.chance(0.3)) {
    const source = { initiator: 'api', application: 'sign_up_form' } as const;
    programDoes(desk, SIGN_UP_FORM, atMs, { ...deed, source });
  } else if (random.chance(0.15)) {
    programDoes(desk, CRM_SYNC, atMs, deed);
  } else if (random.chance(0.4)) {
    const group = { ...groupTarget(groups.any()), role: 'related' as const };
    userDoes(desk, someone(desk), atMs, { ...deed, targets: [...deed.targets, group] });
  } else {
    userDoes(desk, someone(desk), atMs, deed);
  }
}

/** A file of contacts comes in, row by row; some rows are refused. */
export function importContacts(desk: Desk, atMs: number, file: string, rows: number): void {
  const { random, contacts } = desk;
  const worker = someone(desk, 'campaign_manager');
  const correlation_id = `imp_${random.hex(10)}`;
  for (let row = 1; row <= rows; row += 1) {
    const contact = desk.newContact();
    const isRefused = row % 17 === 0;
    if (!isRefused) contacts.add(contact);
    userDoes(desk, worker, atMs + row * 400, {
      action: 'contact.created',
      targets: [contactTarget(contact)],
      changes: firstValues(contact),
      metadata: { import_file: file, import_row: row },
      source: { initiator: 'import', application: 'importer' },
      context: { correlation_id },
      ...(isRefused && { outcome: { result: FAILURE, reason: 'the e-mail is not valid' } }),
    });
  }
}

const IMPORT_FILES = [
  'book-fair.csv',
  'school-list.xlsx',
  'mentors-autumn.csv',
  'event-guests.csv',
];

function adjustPoints(desk: Desk, atMs: number): void {
  const { random, contacts } = desk;
  const before = random.integer(0, 40) * 10;
  const after = Math.max(0, before + random.pick([-50, -20, 10, 20, 50, 100]));
  userDoes(desk, someone(desk, 'campaign_manager'), atMs, {
    action: 'contact.points_adjusted',
    targets: [contactTarget(contacts.any())],
    changes: [{ path: '/points', label: 'Points', before, after }],
    ...(random.chance(0.5) && { reason: { text: random.pick(['Quiz scored twice', 'Raffle']) } }),
  });
}

function optOut(desk: Desk, atMs: number): void {
  const { random, contacts } = desk;
  const channel = random.pick(['e-mails', 'text messages', 'letters']);
  const deed = {
    action: 'contact.opted_out',
    targets: [contactTarget(contacts.any())],
    changes: [{ path: '/consent', label: 'Consent', before: true, after: false }],
    metadata: { channel },
  };
  if (random.chance(0.6)) {
    systemDoes(desk, atMs, deed, 'unsubscribe-link');
  } else {
    const reason = random.chance(0.5) ? { reason: { text: 'Asked for it by telephone' } } : {};
    userDoes(desk, someone(desk), atMs, { ...deed, ...reason });
  }
}

function mergeContacts(desk: Desk, atMs: number): void {
  const { random, contacts } = desk;
  const gone = contacts.take();
  const kept = contacts.any();
  const deed = {
    action: 'contact.merged',
    targets: [contactTarget(kept), { ...contactTarget(gone), role: 'related' as const }],
  };
  if (random.chance(0.3)) {
    supportMends(desk, atMs, deed, 'Duplicates cannot be merged in the dashboard');
  } else {
    userDoes(desk, someone(desk), atMs, deed);
  }
}

function deleteContact(desk: Desk, atMs: number): void {
  const { random, contacts, deleted } = desk;
  if (random.chance(0.15)) {
    userDoes(desk, someone(desk, 'coordinator'), atMs, {
      action: 'contact.deleted',
      targets: [contactTarget(contacts.any())],
      outcome: { result: DENIED, reason: 'the permission "Delete contacts" is missing' },
    });
    return;
  }
  const contact = deleted.add(contacts.take());
  const reason = random.chance(0.4) ? { reason: { text: 'Asked to be forgotten' } } : {};
  userDoes(desk, someone(desk), atMs, {
    action: 'contact.deleted',
    targets: [contactTarget(contact)],
    ...reason,
  });
}

function restoreContact(desk: Desk, atMs: number): void {
  const contact = desk.contacts.add(desk.deleted.take());
  userDoes(desk, someone(desk, 'admin'), atMs, {
    action: 'contact.restored',
    targets: [contactTarget(contact)],
  });
}

const COLUMNS = [
  ['name', 'email'],
  ['name', 'email', 'phone', 'address'],
  ['name', 'email', 'points'],
];

function exportContacts(desk: Desk, atMs: number): void {
  const { random, groups, files } = desk;
  if (random.chance(0.12)) {
    userDoes(desk, someone(desk, 'coordinator'), atMs, {
      action: 'contact.exported',
      targets: [],
      outcome: { result: DENIED, reason: 'the permission "Export contacts" is missing' },
    });
    return;
  }
  const group = groups.any();
  const isOfGroup = random.chance(0.6);
  const name = isOfGroup ? group.name.toLowerCase().replace(/[^a-z0-9]+/g, '-') : 'all-contacts';
  const file = files.add(desk.newFile(`${name}.csv`, random.integer(12, 480)));
  const worker = someone(desk, 'campaign_manager');
  const metadata = { contacts: file.contacts, columns: random.pick(COLUMNS) };
  const related = isOfGroup ? [{ ...groupTarget(group), role: 'related' as const }] : [];
  userDoes(desk, worker, atMs, {
    action: 'contact.exported',
    targets: [fileTarget(file), ...related],
    metadata,
  });
  userDoes(desk, worker, atMs + random.integer(1, 9) * MINUTE_MS, {
    action: 'contact_export.downloaded',
    targets: [fileTarget(file)],
    metadata,
  });
}

function downloadAgain(desk: Desk, atMs: number): void {
  const { random, files } = desk;
  const file = files.any();
  const isLate = random.chance(0.4);
  userDoes(desk, someone(desk, 'campaign_manager'), atMs, {
    action: 'contact_export.downloaded',
    targets: [fileTarget(file)],
    metadata: { contacts: file.contacts },
    ...(isLate && { outcome: { result: FAILURE, reason: 'the file has expired' } }),
  });
}

function deleteFile(desk: Desk, atMs: number): void {
  const deed = { action: 'contact_export.deleted', targets: [fileTarget(desk.files.take())] };
  if (desk.random.chance(0.3)) {
    userDoes(desk, someone(desk, 'campaign_manager'), atMs, deed);
  } else {
    systemDoes(desk, atMs, deed, 'expiry');
  }
}

function createGroup(desk: Desk, atMs: number): void {
  const { random, groups } = desk;
  const name = random.pick(GROUP_NAMES);
  const group = groups.add(desk.newGroup(name));
  userDoes(desk, someone(desk, 'campaign_manager'), atMs, {
    action: 'group.created',
    targets: [groupTarget(group)],
    changes: [{ path: '/name', label: 'Name', after: name }],
  });
}

const RENAMED = ['old', 'north', 'south', 'to check'];

function updateGroup(desk: Desk, atMs: number): void {
  const { random, groups } = desk;
  const group = groups.any();
  const [base = ''] = group.name.split(',');
  const names = RENAMED.map((suffix) => `${base}, ${suffix}`);
  const name = random.pick(names.filter((other) => other !== group.name));
  const renamed = { ...group, name };
  const isRenamed = random.chance(0.5);
  if (isRenamed) groups.replace(group, renamed);
  const change = isRenamed
    ? { path: '/name', label: 'Name', before: group.name, after: name }
    : { path: '/rule', label: 'Rule', before: 'points > 20', after: 'points > 50' };
  userDoes(desk, someone(desk, 'campaign_manager'), atMs, {
    action: 'group.updated',
    targets: [groupTarget(group)],
    changes: [change],
  });
}

const moveContacts = (action: string) => (desk: Desk, atMs: number) =>
  userDoes(desk, someone(desk), atMs, {
    action,
    targets: [groupTarget(desk.groups.any())],
    metadata: { contacts: desk.random.integer(2, 40) },
  });

function deleteGroup(desk: Desk, atMs: number): void {
  const { random, groups } = desk;
  const isUsed = random.chance(0.3);
  const group = isUsed ? groups.any() : groups.take();
  const outcome = { result: FAILURE, reason: 'a campaign that is running uses it' };
  userDoes(desk, someone(desk, 'campaign_manager'), atMs, {
    action: 'group.deleted',
    targets: [groupTarget(group)],
    ...(isUsed && { outcome }),
  });
}

export const WORKS: readonly Work<Desk>[] = [
  { weight: 90, play: updateContact },
  { weight: 34, play: createContact },
  { weight: 14, play: adjustPoints },
  { weight: 12, play: optOut },
  { weight: 4, play: mergeContacts },
  { weight: 9, play: deleteContact },
  { weight: 3, play: restoreContact },
  { weight: 12, play: exportContacts },
  { weight: 4, play: downloadAgain },
  { weight: 7, play: deleteFile },
  { weight: 5, play: createGroup },
  { weight: 8, play: updateGroup },
  { weight: 18, play: moveContacts('group.members_added') },
  { weight: 8, play: moveContacts('group.members_removed') },
  { weight: 4, play: deleteGroup },
  {
    weight: 1.5,
    play: (desk, atMs) =>
      importContacts(desk, atMs, desk.random.pick(IMPORT_FILES), desk.random.integer(5, 20)),
  },
  ...USER_WORKS,
];
