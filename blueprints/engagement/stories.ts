/**
 * What happens once at the customers of this blueprint, some of it better not:
 * - Dario Benedetti (riverbend) exports all contacts late in the evening; six days later his
 *   account is closed.
 * - Priyanka Nair deletes 38 contacts by mistake; they are restored the next morning.
 * - Theo Lindgren, an administrator, makes Lucía Fuentes one in the evening; she exports donors, he
 *   takes the role back. A review takes his right to change roles.
 * - Joseph Standing Bear is refused an export three times, gets the permission, and exports.
 * - Contacts with made-up names are typed in at night, from an address that nobody knows.
 * - Sixty guests of a conference are imported; rows without a good e-mail are refused.
 * - Hanae Morimoto marries and becomes Hanae Lindqvist.
 * - Support mends contacts that no form can save, and says which ticket asked for it.
 * - A group is deleted and made again under its name.
 */
import { DAY_MS, MINUTE_MS } from '../demo/calendar.ts';
import type { Days } from '../kit/days.ts';
import { type Stage, stageOf, userTarget } from '../kit/desk.ts';
import type { Journal } from '../kit/journal.ts';
import type { Worker } from '../kit/staff.ts';
import { SUPPORT } from './cast.ts';
import {
  contactTarget,
  type Desk,
  fileTarget,
  groupTarget,
  supportDoes,
  userDoes,
} from './desk.ts';
import { changeRole, PERMISSIONS } from './user-work.ts';
import { importContacts } from './work.ts';

function exportsAndLeaves({ desk, days, journal, person }: Stage<Desk>): void {
  const [dario, boss] = [person('dario.benedetti'), person('marguerite.okafor')];
  const files = ['all-contacts.csv', 'donors-with-addresses.csv', 'points-and-notes.csv'];
  for (const [index, name] of files.entries()) {
    journal.cue(days.workday(27, 23, 38 + index * 4), (atMs) => {
      const file = desk.files.add(desk.newFile(name, 1_940 - index * 410));
      const metadata = { contacts: file.contacts, columns: ['name', 'email', 'phone', 'address'] };
      const targets = [fileTarget(file)];
      userDoes(desk, dario, atMs, { action: 'contact.exported', targets, metadata });
      const downloaded = { action: 'contact_export.downloaded', targets, metadata };
      userDoes(desk, dario, atMs + 2 * MINUTE_MS, downloaded);
    });
  }
  journal.cue(days.workday(27, 9, 12) + 6 * DAY_MS, (atMs) => {
    desk.staff.remove(dario);
    userDoes(desk, boss, atMs, {
      action: 'user.deactivated',
      targets: [userTarget(dario)],
      reason: { text: 'Left the organization without notice', ticket: 'HR-318' },
    });
  });
}

function deletesByMistake({ desk, days, journal, person }: Stage<Desk>): void {
  const [priyanka, theo] = [person('priyanka.nair'), person('theo.lindgren')];
  const lost = Array.from({ length: 38 }, () => desk.newContact());
  const correlation_id = `bulk_${desk.random.hex(10)}`;
  const each = (from: number, worker: Worker, action: string) =>
    journal.cue(from, (atMs) => {
      for (const [index, contact] of lost.entries()) {
        userDoes(desk, worker, atMs + index * 150, {
          action,
          targets: [contactTarget(contact)],
          context: { correlation_id },
        });
      }
    });
  each(days.workday(16, 16, 52), priyanka, 'contact.deleted');
  each(days.workday(16, 9, 8) + DAY_MS, theo, 'contact.restored');
}

function opensADoor({ desk, days, journal, person }: Stage<Desk>): void {
  const [theo, boss, lucia] = [
    person('theo.lindgren'),
    person('marguerite.okafor'),
    person('lucia.fuentes'),
  ];
  let lent = lucia;
  journal.cue(days.workday(34, 18, 41), (atMs) => {
    lent = changeRole(desk, atMs, { by: theo, user: lucia, to: 2 });
  });
  journal.cue(days.workday(34, 18, 55), (atMs) => {
    const file = desk.files.add(desk.newFile('donors-above-1000.csv', 64));
    userDoes(desk, lent, atMs, {
      action: 'contact.exported',
      targets: [fileTarget(file)],
      metadata: { contacts: file.contacts, columns: ['name', 'email', 'phone'] },
    });
  });
  journal.cue(days.workday(34, 19, 20), (atMs) => {
    changeRole(desk, atMs, { by: theo, user: lent, to: 0 });
  });
  journal.cue(days.workday(9, 10, 5), (atMs) =>
    userDoes(desk, boss, atMs, {
      action: 'user.permissions_revoked',
      targets: [userTarget(theo)],
      changes: [{ path: '/permissions/roles', label: 'Change roles', before: true, after: false }],
      reason: { text: 'Review of the quarter', ticket: 'HR-322' },
    }),
  );
}

function asksForPermission({ desk, days, journal, person }: Stage<Desk>): void {
  const [joseph, boss] = [person('joseph.standingbear'), person('marguerite.okafor')];
  for (const minute of [2, 3, 9]) {
    journal.cue(days.workday(12, 11, minute), (atMs) =>
      userDoes(desk, joseph, atMs, {
        action: 'contact.exported',
        targets: [],
        outcome: { result: 'denied', reason: 'the permission "Export contacts" is missing' },
      }),
    );
  }
  const [path, label] = PERMISSIONS[0];
  journal.cue(days.workday(12, 13, 30), (atMs) =>
    userDoes(desk, boss, atMs, {
      action: 'user.permissions_granted',
      targets: [userTarget(joseph)],
      changes: [{ path, label, before: false, after: true }],
    }),
  );
  journal.cue(days.workday(12, 14, 4), (atMs) => {
    const file = desk.files.add(desk.newFile('reading-mentors.csv', 52));
    userDoes(desk, joseph, atMs, {
      action: 'contact.exported',
      targets: [fileTarget(file)],
      metadata: { contacts: file.contacts, columns: ['name', 'email'] },
    });
  });
}

function typesAtNight({ desk, days, journal, person }: Stage<Desk>): void {
  for (const [index, minute] of [3, 4, 6, 7, 9].entries()) {
    journal.cue(days.at(6, 2, minute), (atMs) => {
      const contact = desk.contacts.add(desk.newContact());
      userDoes(desk, person('abdirahman.warsame'), atMs, {
        action: 'contact.created',
        targets: [{ ...contactTarget(contact), name: `Test Person ${index + 1}` }],
        changes: [{ path: '/email', label: 'E-mail', after: contact.email }],
        context: { ip: '192.0.2.250', location: 'unknown' },
      });
    });
  }
}

function marries({ desk, days, journal, person }: Stage<Desk>): void {
  const [hanae, boss] = [person('hanae.morimoto'), person('marguerite.okafor')];
  const married = {
    ...hanae,
    name: 'Hanae Lindqvist',
    email: 'hanae.lindqvist@riverbend.example',
  };
  journal.cue(days.workday(3, 9, 40), (atMs) => {
    desk.staff.replace(hanae, married);
    userDoes(desk, boss, atMs, {
      action: 'user.profile_updated',
      targets: [userTarget(hanae)],
      changes: [
        { path: '/name', label: 'Name', before: hanae.name, after: married.name },
        { path: '/email', label: 'E-mail', before: hanae.email, after: married.email },
      ],
    });
  });
}

function isMended({ desk, days, journal, person }: Stage<Desk>): void {
  const [lee] = SUPPORT;
  const hanae = person('hanae.morimoto');
  if (lee === undefined) return;
  for (const minute of [10, 12, 15, 21]) {
    journal.cue(days.workday(19, 15, minute), (atMs) => {
      const contact = desk.contacts.any();
      const email = contact.email.replace('@', '+1@');
      desk.contacts.replace(contact, { ...contact, email });
      supportDoes(desk, [lee, hanae], atMs, {
        action: 'contact.updated',
        targets: [contactTarget(contact)],
        changes: [{ path: '/email', label: 'E-mail', before: contact.email, after: email }],
        reason: { text: 'Two contacts share an e-mail since the import', ticket: 'ENG-4711' },
      });
    });
  }
}

function isMadeAgain({ desk, days, journal, person }: Stage<Desk>): void {
  const [hanae, abdi] = [person('hanae.morimoto'), person('abdirahman.warsame')];
  const [old, again] = [desk.newGroup('Summer camp'), desk.newGroup('Summer camp')];
  const steps = [
    ['group.created', old, abdi, 70],
    ['group.deleted', old, abdi, 24],
    ['group.created', again, hanae, 23],
  ] as const;
  for (const [action, group, worker, daysAgo] of steps) {
    journal.cue(days.workday(daysAgo, 11, 26), (atMs) =>
      userDoes(desk, worker, atMs, { action, targets: [groupTarget(group)] }),
    );
  }
}

/** Cues all that happens once, at the customer whose people it names. */
export function tellStories(desk: Desk, days: Days, journal: Journal): void {
  if (desk.customer.tenant_id !== 'riverbend') return;
  const stage = stageOf(desk, days, journal);
  exportsAndLeaves(stage);
  deletesByMistake(stage);
  opensADoor(stage);
  asksForPermission(stage);
  typesAtNight(stage);
  marries(stage);
  isMended(stage);
  isMadeAgain(stage);
  journal.cue(days.workday(45, 10, 15), (atMs) =>
    importContacts(desk, atMs, 'conference-guests.csv', 60),
  );
}
