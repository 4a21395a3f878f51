/**
 * One case from its first report on, with all that can hang on a case: a report becomes “Sullivan
 * intake” and later “J. Sullivan Case”. Who searches for the case finds the whole of it, services
 * with their cost and units included. S1.6, S1.18, S1.19, S1.24
 */
import type { Scene } from '../kit/deeds.ts';
import type { Happening } from '../kit/happenings.ts';
import { type Item, itemOf, turnTo } from '../kit/items.ts';
import {
  addressEvent,
  addressOf,
  enrollmentItem,
  type Leaf,
  leafOf,
  SYSTEM,
  signer,
  type Work,
} from './agency.ts';
import { PROGRAMS } from './cast.ts';
import { enrollmentMetadata } from './service-deeds.ts';
import type { Stage } from './stage.ts';

const KEISHA = 'Keisha Barrow';
const DELPHINE = 'Delphine Wu';
const EWA = 'Ewa Kowalczyk';

/** The records of the story. */
const castOf = (work: Work) => {
  const jordan = itemOf('person', 'per_81', { name: 'Jordan Sullivan' });
  const casey = itemOf('person', 'per_82', { name: 'Casey Sullivan' });
  const report = itemOf('report', 'rep_77', { name: 'School referral 77' });
  const file = itemOf('case', 'case_204', { name: 'Sullivan intake', related: [jordan] });
  const [provider = itemOf('provider', 'prv_1')] = work.pools.provider;
  const enrollment = enrollmentItem('enr_301', PROGRAMS[0], file, jordan, provider);
  const tutoring = enrollmentItem('enr_302', PROGRAMS[3], file, jordan, provider);
  return { jordan, casey, report, file, enrollment, tutoring };
};
type Cast = ReturnType<typeof castOf>;

/**
 * A part of the story: on this day and hour somebody does this. What follows from another part is
 * at least three days or some hours later: a weekend moves both to the same Friday.
 */
type Part = (
  days: number,
  hour: number,
  name: string,
  action: string,
  about: Item,
  scene?: (atMs: number) => Scene,
) => Happening;

const after = (path: string, label: string, value: unknown): Scene => ({
  changes: [{ path, label, after: value }],
});

/** From the report to the case, each new record with its own address. */
const opening = (
  work: Work,
  part: Part,
  { jordan, casey, report, file, enrollment }: Cast,
): Happening[] => {
  const created = (item: Item, metadata?: Scene['metadata']) => (): Scene => ({
    ...(metadata === undefined ? {} : { metadata }),
    follows: [addressEvent('resource_email.created', addressOf(work, item))],
  });
  return [
    part(168, 9, EWA, 'report.created', report, created(report, { received_by: 'telephone' })),
    part(168, 10, DELPHINE, 'report.screened', report, () => ({
      metadata: { decision: 'screened in' },
    })),
    part(168, 11, EWA, 'person.created', jordan, created(jordan)),
    part(168, 12, EWA, 'person.created', casey, created(casey)),
    part(168, 13, KEISHA, 'case.created', file, created(file, { case_type: 'Child welfare' })),
    part(168, 14, DELPHINE, 'report.converted', { ...report, related: [file] }),
    part(165, 8, KEISHA, 'case.renamed', file, () => ({
      changes: [
        { path: '/name', label: 'Name', before: 'Sullivan intake', after: 'J. Sullivan Case' },
      ],
      done() {
        file.name = 'J. Sullivan Case';
      },
    })),
    part(148, 9, KEISHA, 'service_enrollment.created', enrollment, (atMs) => ({
      metadata: enrollmentMetadata(work, enrollment, atMs),
    })),
  ];
};

/** The two services and their notes. */
const services = (work: Work, part: Part, { enrollment, tutoring, file }: Cast): Happening[] => {
  const noteOn = (item: Item, index: number): Item =>
    itemOf('service_interaction', `int_${item.id}_${index}`, {
      name: `Session ${index}`,
      parents: [item, file],
    });
  const notes = [141, 134, 127, 120].map((days, index) =>
    part(days, 16, KEISHA, 'service_interaction.created', noteOn(enrollment, index + 1), () => ({
      metadata: { minutes: 50 },
    })),
  );
  const dearer = part(132, 10, KEISHA, 'service_enrollment.updated', enrollment, (atMs) => {
    const { changes, take } = turnTo(enrollment, [
      { field: { path: '/total_cost', label: 'Total Cost' }, after: '$1,440.00' },
      { field: { path: '/units', label: 'Units' }, after: '14' },
    ]);
    take();
    return { changes, metadata: enrollmentMetadata(work, enrollment, atMs) };
  });
  const ended = part(25, 14, KEISHA, 'service_enrollment.ended', enrollment, (atMs) => ({
    metadata: enrollmentMetadata(work, enrollment, atMs),
    reason: { text: 'Goals reached', ticket: 'QA-204' },
  }));
  const second = part(20, 11, KEISHA, 'service_enrollment.created', tutoring, (atMs) => ({
    metadata: enrollmentMetadata(work, tutoring, atMs),
  }));
  return [...notes, dearer, ended, second];
};

/** What else hangs on the case. */
const around = (work: Work, part: Part, { jordan, casey, file }: Cast): Happening[] => {
  const leaf = (type: Leaf, name: string): Item => ({
    ...leafOf(type, () => file)(work, work.shifts.nowMs),
    name,
  });
  const keisha = work.agency.people.find(({ name }) => name === KEISHA);
  const assignment = itemOf('assignment', 'asg_204', { name: 'Assignment', parents: [file] });
  const sms = itemOf('sms', 'sms_204', {
    name: 'Text message',
    parents: [file],
    related: [jordan],
  });
  const siblings = itemOf('relationship', 'rel_204', {
    name: 'siblings',
    parents: [jordan, file],
    related: [casey],
  });
  const meeting = leaf('calendar_event', 'Family meeting');
  const task = leaf('task', 'Call the school');
  const workflow = leaf('workflow', 'Opening a case');
  const order = leaf('attachment', 'court order.pdf');
  return [
    part(162, 9, DELPHINE, 'assignment.created', assignment, () => ({
      metadata: { worker: KEISHA, worker_id: keisha?.id, assigned_as: 'primary worker' },
    })),
    part(160, 14, KEISHA, 'note.created', leaf('note', 'First conversation')),
    part(160, 9, KEISHA, 'workflow.started', workflow),
    part(160, 10, KEISHA, 'calendar_event.created', meeting, () =>
      after('/starts_at', 'Begins', 'Tuesday, 10:00'),
    ),
    part(157, 12, KEISHA, 'workflow.step_completed', workflow, () => ({
      metadata: { step: 'Gather documents' },
    })),
    part(155, 12, KEISHA, 'calendar_event.attended', meeting, () => ({
      metadata: { attendance: 'all came' },
    })),
    part(130, 9, KEISHA, 'attachment.uploaded', order, () => ({ metadata: { bytes: 231_877 } })),
    part(129, 9, KEISHA, 'email.sent', leaf('email', 'Documents for the hearing'), () => ({
      metadata: { recipients: 2 },
    })),
    part(128, 15, KEISHA, 'sms.sent', sms),
    part(121, 10, KEISHA, 'relationship.created', siblings),
    part(115, 9, KEISHA, 'task.created', task, () => after('/due', 'Due', 'next Friday')),
    part(109, 9, KEISHA, 'task.completed', task),
    part(4, 13, KEISHA, 'note.created', leaf('note', 'Home visit')),
  ];
};

export const sullivan = (work: Work, { does, play }: Stage): Happening[] => {
  const { shifts } = work;
  const cast = castOf(work);
  const part: Part = (days, hour, name, action, about, scene) => {
    const atMs = shifts.daysAgo(days, hour, (days * 7) % 60);
    return { atMs, play: () => does(name, atMs, action, about, scene?.(atMs)) };
  };
  const form: Item = {
    ...leafOf('form', () => cast.file)(work, shifts.nowMs),
    name: 'Consent to share information',
  };
  const signedMs = shifts.daysAgo(157, 19, 22);
  const filedMs = shifts.daysAgo(126, 7, 51);
  const address = addressOf(work, cast.file);
  const message = itemOf('email', 'email_204', { name: 'Re: appointment', parents: [cast.file] });
  return [
    ...opening(work, part, cast),
    ...services(work, part, cast),
    ...around(work, part, cast),
    part(160, 15, KEISHA, 'form.created', form),
    {
      atMs: signedMs,
      play: () =>
        play(signer(work), signedMs, 'form.signed', form, {
          metadata: { signed_by: 'by a link' },
        }),
    },
    {
      atMs: filedMs,
      play: () => play(SYSTEM, filedMs, 'resource_email.filed', { ...address, related: [message] }),
    },
  ];
};
