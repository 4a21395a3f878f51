/**
 * What does not happen every day at Cedar Valley, and what the definition's questions find:
 * - A whole case file: a report becomes “Sullivan intake”, later “J. Sullivan Case”, with all that
 *   can hang on a case, and services with their cost and units.
 * - Trent Hollis is refused a restricted case on three evenings, assigns himself some days later,
 *   opens and exports it; he is taken off, and his account is closed.
 * - Before he goes, he deletes eleven attachments of a provider.
 * - A locked note is amended 45 days later, two days before the auditors come.
 * - Guadalupe Serna writes six service notes in one evening, weeks late.
 * - Two cases are closed with open tasks.
 * - A provider's license expires: enrollments are refused until it is renewed.
 * - Somebody is made admin for the time of a leave.
 * - A password is wrong nine times, then right.
 */
import { HOUR_MS, MINUTE_MS } from '../demo/calendar.ts';
import type { Scene } from '../kit/deeds.ts';
import type { Happening } from '../kit/happenings.ts';
import { type Item, itemOf, turnTo } from '../kit/items.ts';
import type { Person } from '../kit/people.ts';
import {
  enrollmentItem,
  handOf,
  leafOf,
  newAssignment,
  newInteraction,
  type Work,
} from './agency.ts';
import { PROGRAMS } from './cast.ts';
import { NOT_ASSIGNED, UNLICENSED, WRONG_PASSWORD } from './refusals.ts';
import { enrollmentMetadata, SECOND_FORM } from './service-deeds.ts';
import { type Stage, stageOf } from './stage.ts';
import { sullivan } from './sullivan.ts';

const userItem = ({ id, name, email }: Person): Item => itemOf('user', id, { name, email });

const assignedTo = (work: Work, parent: Item, { id, name }: Person): [Item, Scene] => {
  const item: Item = { ...newAssignment(work, work.shifts.fromMs), parents: [parent] };
  const metadata = { worker: name, worker_id: id, assigned_as: 'secondary worker' };
  return [item, { metadata }];
};

const snooper = (work: Work, { person, does, isRefused }: Stage): Happening[] => {
  const { shifts, pools, id } = work;
  const name = 'Trent Hollis';
  const restricted = itemOf('case', id('case'), { name: 'W. Pruitt Case' });
  const tried = [25, 24, 23].map((days, index) => {
    const atMs = shifts.daysAgo(days, 22, 8 + index * 17);
    return {
      atMs,
      play: () => isRefused(name, atMs, 'case.opened', NOT_ASSIGNED, restricted),
    };
  });
  const [own, scene] = assignedTo(work, restricted, person(name));
  const morningMs = shifts.daysAgo(19, 8, 4);
  const entered: Happening = {
    atMs: morningMs,
    play: () => [
      ...does(name, morningMs, 'assignment.created', own, scene),
      ...does(name, morningMs + MINUTE_MS, 'case.opened', restricted),
      ...does(name, morningMs + 6 * MINUTE_MS, 'case.exported', restricted, {
        metadata: { format: 'PDF', pages: 84 },
      }),
    ],
  };
  const noticedMs = shifts.daysAgo(12, 9, 31);
  work.left.set(person(name).id, noticedMs);
  const reason = { text: 'Opened a case without need', ticket: 'HR-77' };
  const noticed: Happening = {
    atMs: noticedMs,
    play: () => [
      ...does('Delphine Wu', noticedMs, 'assignment.ended', own, scene),
      ...does(
        'Rosalind Achebe',
        noticedMs + 50 * MINUTE_MS,
        'user.deactivated',
        userItem(person(name)),
        {
          reason,
        },
      ),
    ],
  };
  const provider = pools.provider[0];
  const tidyMs = shifts.daysAgo(16, 18, 20);
  const tidied: Happening = {
    atMs: tidyMs,
    play: () =>
      provider === undefined
        ? []
        : Array.from({ length: 11 }, (_, index) => {
            const file = leafOf('attachment', () => provider)(work, tidyMs);
            const atMs = tidyMs + index * 23_000;
            return does(name, atMs, 'attachment.deleted', file, {
              metadata: { bytes: 120_000 + index * 7_103 },
            });
          }).flat(),
  };
  return [...tried, entered, tidied, noticed];
};

const amendedNote = (work: Work, { does }: Stage): Happening[] => {
  const { shifts, pools } = work;
  const root = pools.case[4];
  if (root === undefined) return [];
  const lockedMs = shifts.daysAgo(52, 16, 2);
  const note = { ...leafOf('note', () => root)(work, lockedMs), name: 'Safety check' };
  const text = { path: '/text', label: 'Text' };
  const amendedMs = shifts.daysAgo(7, 19, 46);
  return [
    { atMs: lockedMs, play: () => does('Simon Petrosyan', lockedMs, 'note.locked', note) },
    {
      atMs: amendedMs,
      play: () =>
        does('Simon Petrosyan', amendedMs, 'note.amended', note, {
          changes: [
            { ...text, before: 'Nobody opened.', after: 'Nobody opened. Came back at six.' },
          ],
          metadata: { days_after: 45 },
        }),
    },
  ];
};

const lateNotes = (work: Work, { does }: Stage): Happening => {
  const startMs = work.shifts.daysAgo(6, 20, 15);
  return {
    atMs: startMs,
    play: () =>
      Array.from({ length: 6 }, (_, index) => {
        const atMs = startMs + index * 7 * MINUTE_MS;
        return does(
          'Guadalupe Serna',
          atMs,
          'service_interaction.created',
          newInteraction(work, atMs),
          {
            metadata: { minutes: 50, days_late: 38 - index * 4 },
          },
        );
      }).flat(),
  };
};

const openTasks = (work: Work, { does }: Stage): Happening[] =>
  [33, 140].map((days, index) => {
    const atMs = work.shifts.daysAgo(days, 17, 10);
    const item = itemOf('case', work.id('case'), {
      name: ['T. Baek Case', 'R. Rahimi Case'][index] ?? '',
    });
    return {
      atMs,
      play: () =>
        does('Marcus Eastman', atMs, 'case.closed', item, {
          changes: [{ path: '/status', label: 'Status', before: 'open', after: 'closed' }],
          metadata: { open_tasks: 4 - index },
        }),
    };
  });

const license = (work: Work, { does, isRefused }: Stage): Happening[] => {
  const { shifts, pools, id } = work;
  const [provider] = pools.provider.slice(4);
  const [root] = pools.case.slice(6);
  const [person] = root?.related ?? [];
  const program = PROGRAMS[4];
  if (!(provider && root && person)) return [];
  const field = { path: '/license', label: 'License' };
  const turns = (days: number, name: string, after: string): Happening => {
    const atMs = shifts.daysAgo(days, 9, 15);
    return {
      atMs,
      play() {
        const { changes, take } = turnTo(provider, [{ field, after }]);
        return does(name, atMs, 'provider.license_changed', provider, { changes, done: take });
      },
    };
  };
  const wanted = [96, 95, 93].map((days): Happening => {
    const atMs = shifts.daysAgo(days, 13, 37);
    const item = enrollmentItem(id('enr'), program, root, person, provider);
    const metadata = () => enrollmentMetadata(work, item, atMs);
    return {
      atMs,
      play: () =>
        isRefused('Trang Vo', atMs, 'service_enrollment.created', UNLICENSED, item, {
          metadata: metadata(),
        }),
    };
  });
  const visitMs = shifts.daysAgo(90, 10, 30);
  const on = (type: 'note' | 'attachment' | 'calendar_event') =>
    leafOf(type, () => provider)(work, visitMs);
  // S1.7: what hangs on a provider and its programs.
  const visited: Happening = {
    atMs: visitMs,
    play: () => [
      ...does('Delphine Wu', visitMs, 'calendar_event.created', on('calendar_event'), {
        changes: [{ path: '/starts_at', label: 'Begins', after: shifts.dayOf(visitMs) }],
      }),
      ...does('Delphine Wu', visitMs + HOUR_MS, 'note.created', on('note')),
      ...does('Delphine Wu', visitMs + 2 * HOUR_MS, 'attachment.uploaded', on('attachment'), {
        metadata: { bytes: 482_113 },
      }),
      ...does('Delphine Wu', visitMs + 3 * HOUR_MS, 'provider.program_added', provider, {
        metadata: { program: 'Evening group', service_offering_id: 'so_171' },
      }),
    ],
  };
  return [
    turns(98, 'Marcus Eastman', 'expired'),
    ...wanted,
    visited,
    turns(88, 'Delphine Wu', 'renewed'),
  ];
};

const adminOnLeave = (work: Work, { does }: Stage): Happening => {
  const atMs = work.shifts.daysAgo(72, 15, 12);
  const cover = itemOf('user', work.id('u'), {
    name: 'Noreen Castillo',
    email: 'noreen.castillo@cedarvalley.example',
  });
  return {
    atMs,
    play: () =>
      does('Patrick Maloney', atMs, 'user.role_granted', cover, {
        changes: [{ path: '/role', label: 'Role', before: 'supervisor', after: 'admin' }],
        metadata: { role: 'admin' },
        reason: { text: 'Cover while Rosalind is on leave', ticket: 'HR-61' },
      }),
  };
};

const WRONG = 9;
const wrongPasswords = (work: Work, { person, play }: Stage): Happening => {
  const startMs = work.shifts.daysAgo(27, 2, 14);
  const stranger: Person = { ...person('Naledi Mokoena'), ip: '203.0.113.66', location: 'Unknown' };
  return {
    atMs: startMs,
    play: () =>
      Array.from({ length: WRONG + 1 }, (_, index) => {
        const atMs = startMs + index * 34_000;
        const refusal = index < WRONG ? WRONG_PASSWORD : undefined;
        return play(handOf(work, stranger, atMs), atMs, 'user.signed_in', undefined, {}, refusal);
      }).flat(),
  };
};

/** Enrollments just before and after the day from which they tell more. S1.25 */
const bothForms = (work: Work, { does }: Stage): Happening[] => {
  const { shifts, pools, id } = work;
  const [first] = shifts.onDay(SECOND_FORM, 0) < shifts.nowMs ? pools.case.slice(9) : [];
  const [person] = first?.related ?? [];
  const [provider] = pools.provider;
  if (!(first && person && provider)) return [];
  return [shifts.onDay('2026-02-28', 23, 40), shifts.onDay(SECOND_FORM, 0, 20)].map((atMs) => {
    const item = enrollmentItem(id('enr'), PROGRAMS[3], first, person, provider);
    return {
      atMs,
      play: () =>
        does('Keisha Barrow', atMs, 'service_enrollment.created', item, {
          metadata: enrollmentMetadata(work, item, atMs),
        }),
    };
  });
};

/** The stories of Cedar Valley. */
export const storiesOf = (work: Work): Happening[] => {
  const stage = stageOf(work);
  return [
    ...sullivan(work, stage),
    ...snooper(work, stage),
    ...amendedNote(work, stage),
    lateNotes(work, stage),
    ...openTasks(work, stage),
    ...license(work, stage),
    adminOnLeave(work, stage),
    wrongPasswords(work, stage),
    ...bothForms(work, stage),
  ];
};
