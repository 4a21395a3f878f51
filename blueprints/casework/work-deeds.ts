/** What is done to notes, assignments, meetings, relationships, tasks and workflows. */
import { type Field, targetsOf, turnTo } from '../kit/items.ts';
import {
  dayAfter,
  intake,
  type Leaf,
  leafOf,
  newAssignment,
  newRelationship,
  supervisor,
  system,
  worker,
} from './agency.ts';
import { STEPS } from './cast.ts';
import { adding, type CaseDeed, type On, removing, telling, touching, updating } from './moves.ts';
import {
  CLOSED,
  CONFLICT,
  DUPLICATE,
  IN_USE,
  LAST_ONE,
  LOCKED,
  NO_RIGHT,
  NOT_ASSIGNED,
  OVERLAP,
  STEPS_OPEN,
} from './refusals.ts';

const NOTE_FIELDS: readonly Field[] = [
  { path: '/title', label: 'Title', values: ['Home visit', 'Second home visit', 'Visit'] },
  {
    path: '/text',
    label: 'Text',
    values: ['Kitchen is safe now.', 'No heating.', 'All are well.'],
  },
];

const NOTES: readonly CaseDeed[] = [
  {
    action: 'note.created',
    weight: 44,
    by: [worker, worker, worker, supervisor, intake],
    refusals: [CLOSED, NOT_ASSIGNED],
    on: adding('note', NOTE_FIELDS, leafOf('note')),
  },
  {
    action: 'note.updated',
    weight: 18,
    by: [worker],
    refusals: [LOCKED],
    on: updating('note', NOTE_FIELDS),
  },
  {
    action: 'note.locked',
    weight: 14,
    by: [worker, supervisor],
    refusals: [CONFLICT],
    on: touching('note'),
  },
  {
    action: 'note.amended',
    weight: 2,
    by: [supervisor, worker],
    refusals: [NO_RIGHT],
    on: telling(updating('note', NOTE_FIELDS), ({ random }) => ({
      days_after: random.integer(0, 6),
    })),
  },
  {
    action: 'note.deleted',
    weight: 3,
    by: [worker],
    refusals: [LOCKED],
    on: removing('note', leafOf('note')),
  },
];

const assigned = (on: On): On =>
  telling(on, (_work, { about }) => ({
    worker: about?.values.get('/worker'),
    worker_id: about?.values.get('/worker_id'),
    assigned_as: about?.values.get('/assigned_as'),
  }));

const ASSIGNMENTS: readonly CaseDeed[] = [
  {
    action: 'assignment.created',
    weight: 14,
    by: [supervisor],
    refusals: [NO_RIGHT],
    on: assigned(adding('assignment', [], newAssignment)),
  },
  {
    action: 'assignment.updated',
    weight: 5,
    by: [supervisor],
    refusals: [CONFLICT],
    on: assigned(touching('assignment', newAssignment)),
  },
  {
    action: 'assignment.ended',
    weight: 6,
    by: [supervisor],
    refusals: [LAST_ONE],
    on: assigned(removing('assignment', newAssignment)),
  },
];

/** A day or a moment of a record is put off. */
const postponing =
  (pool: Leaf, field: { readonly path: string; readonly label: string }, hour = ''): On =>
  (work, atMs) => {
    const { random, pools } = work;
    const item = pools[pool].length > 0 ? random.pick(pools[pool]) : leafOf(pool)(work, atMs);
    const after = `${dayAfter(work, atMs)}${hour}`;
    const { changes, take } = turnTo(item, [{ field, after }]);
    return { about: item, targets: targetsOf(item), changes, done: take };
  };
/** New, with the day or moment that it has. */
const dated =
  (pool: Leaf, field: { readonly path: string; readonly label: string }): On =>
  (work, atMs) => {
    const scene = adding(pool, [], leafOf(pool))(work, atMs);
    const after = scene?.about?.values.get(field.path);
    return scene && { ...scene, changes: [{ ...field, after }] };
  };
const STARTS = { path: '/starts_at', label: 'Begins' };
const DUE = { path: '/due', label: 'Due' };

const MEETINGS: readonly CaseDeed[] = [
  {
    action: 'calendar_event.created',
    weight: 22,
    by: [worker, supervisor],
    refusals: [OVERLAP],
    on: dated('calendar_event', STARTS),
  },
  {
    action: 'calendar_event.rescheduled',
    weight: 10,
    by: [worker],
    refusals: [OVERLAP],
    on: postponing('calendar_event', STARTS, ' 14:00'),
  },
  {
    action: 'calendar_event.attended',
    weight: 12,
    by: [worker],
    refusals: [CLOSED],
    on: telling(touching('calendar_event'), ({ random }) => ({
      attendance: random.pick(['all came', 'some came', 'nobody came']),
    })),
  },
  {
    action: 'calendar_event.cancelled',
    weight: 4,
    by: [worker],
    refusals: [NO_RIGHT],
    on: removing('calendar_event', leafOf('calendar_event')),
  },
];

const RELATION_FIELDS: readonly Field[] = [
  { path: '/since', label: 'Since', values: ['birth', '2019', '2024'] },
  { path: '/lives_with', label: 'Living together', values: [true, false] },
];

const RELATIONSHIPS: readonly CaseDeed[] = [
  {
    action: 'relationship.created',
    weight: 10,
    by: [worker, intake],
    refusals: [DUPLICATE],
    on: adding('relationship', RELATION_FIELDS, newRelationship),
  },
  {
    action: 'relationship.updated',
    weight: 4,
    by: [worker],
    refusals: [CONFLICT],
    on: updating('relationship', RELATION_FIELDS),
  },
  {
    action: 'relationship.deleted',
    weight: 2,
    by: [worker],
    refusals: [IN_USE],
    on: removing('relationship', newRelationship),
  },
];

const stepped = (on: On): On => telling(on, ({ random }) => ({ step: random.pick(STEPS) }));

const TASKS: readonly CaseDeed[] = [
  {
    action: 'task.created',
    weight: 22,
    by: [worker, supervisor],
    refusals: [CLOSED],
    on: dated('task', DUE),
  },
  {
    action: 'task.postponed',
    weight: 9,
    by: [worker],
    refusals: [NO_RIGHT],
    on: postponing('task', DUE),
  },
  {
    action: 'task.completed',
    weight: 18,
    by: [worker],
    refusals: [STEPS_OPEN],
    on: removing('task', leafOf('task')),
  },
  {
    action: 'task.deleted',
    weight: 2,
    by: [worker, supervisor],
    refusals: [NO_RIGHT],
    on: removing('task', leafOf('task')),
  },
  {
    action: 'workflow.started',
    weight: 9,
    by: [worker, supervisor, system],
    refusals: [{ ...DUPLICATE, by: [worker] }],
    on: adding('workflow', [], leafOf('workflow')),
  },
  {
    action: 'workflow.step_completed',
    weight: 16,
    by: [worker, supervisor],
    refusals: [STEPS_OPEN],
    on: stepped(touching('workflow')),
  },
  {
    action: 'workflow.escalated',
    weight: 6,
    by: [system],
    on: stepped(touching('workflow')),
  },
  {
    action: 'workflow.cancelled',
    weight: 2,
    by: [supervisor],
    refusals: [CONFLICT],
    on: removing('workflow', leafOf('workflow')),
  },
];

export const WORK_DEEDS: readonly CaseDeed[] = [
  ...NOTES,
  ...ASSIGNMENTS,
  ...MEETINGS,
  ...RELATIONSHIPS,
  ...TASKS,
];
