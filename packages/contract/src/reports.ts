/**
 * Reports: a question that is asked again and again, each time for a file. Owns the schemas of
 * these routes, and what is told of a report and of how its files were delivered.
 */
import Type, { type Static } from 'typebox';
import { TenantId, Uuid } from './event.ts';
import { COLUMN_SETS, CSV_FLAVORS, Export, fileForm } from './exports.ts';
import { COMPRESSIONS } from './files.ts';
import {
  closed,
  DOWNLOAD_FORMATS,
  Notice,
  nullable,
  optional,
  order,
  projectParam,
  question,
  type Route,
  scope,
} from './route.ts';
import { RECIPIENT_TYPES, REPORT_LIMITS, REPORT_RANGES } from './schedule.ts';

export const REPORT_STATES = ['active', 'paused', 'stopped'] as const;
export type ReportState = (typeof REPORT_STATES)[number];
export const DELIVERY_STATES = ['waiting', 'sent', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
export const DELIVERY_KINDS = ['file', 'failure', 'test'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

const RecipientType = Type.Enum([...RECIPIENT_TYPES]);
const to = Type.String({
  minLength: 1,
  maxLength: 500,
  description:
    'An e-mail address; an `https` address that is called by the rules of Standard Webhooks; or ' +
    'how names in the bucket of `ANNALS_S3` begin.',
});
const attach = optional(
  Type.Boolean({
    description:
      'E-mail only: attach the file, if it is no larger than `ANNALS_MAIL_ATTACH_MB`; default: a ' +
      'link to it.',
  }),
);
const NewRecipient = Type.Object({ type: RecipientType, to, attach }, closed);
export type NewRecipient = Static<typeof NewRecipient>;

const range = Type.Enum([...REPORT_RANGES], {
  description: 'Whole days before the run, by the calendar in `time_zone`; weeks begin on Monday.',
});
const title = Type.String({ minLength: 1, maxLength: REPORT_LIMITS.title });
const { time_zone: _time, ...form } = fileForm;
const { from: _from, to: _to, ...asked } = question;
const { project: _project, as_role: _role, ...ownScope } = scope;

const body = {
  title,
  ...ownScope,
  ...asked,
  order,
  ...form,
  compression: optional(Type.Enum([...COMPRESSIONS], { description: 'Default `none`.' })),
  time_zone: optional(
    Type.String({
      maxLength: 64,
      description:
        'IANA zone of the schedule, the range, and in CSV of the times; default: the project’s.',
    }),
  ),
  range,
  schedule: optional(
    Type.String({
      maxLength: 100,
      description:
        'When it runs, as a cron line of five fields (minute, hour, day, month, day of the ' +
        'week): `30 2 * * *` daily at 02:30, `0 6 * * 1` on Mondays, `0 6 1 * *` monthly, `L` is ' +
        'the last day. At most once an hour. Absent: only when somebody runs it.',
    }),
  ),
  recipients: optional(Type.Array(NewRecipient, { maxItems: REPORT_LIMITS.recipients })),
};

export const Recipient = Type.Object({
  recipient_id: Uuid,
  type: RecipientType,
  to: Type.String(),
  attach: Type.Boolean(),
  secret: optional(
    Type.String({
      description: 'Of a webhook, to check signatures with; only in the answer that made it.',
    }),
  ),
});
export type Recipient = Static<typeof Recipient>;

const Owner = Type.Object(
  { type: Type.String(), id: optional(Type.String()), name: optional(Type.String()) },
  { description: 'Whoever saved or resumed it last: it runs with their rights.' },
);

export const Report = Type.Object({
  report_id: Uuid,
  tenant_id: TenantId,
  title: Type.String(),
  owner: Owner,
  view: Type.String(),
  view_label: Type.String(),
  subject: nullable(Type.String(), 'Of a bound view: whose log it is.'),
  q: nullable(
    Type.String(),
    'The query; null: there is none, or the view shows no personal values, which it may hold.',
  ),
  order: Type.Enum(['desc', 'asc']),
  format: Type.Enum([...DOWNLOAD_FORMATS]),
  flavor: nullable(Type.Enum([...CSV_FLAVORS])),
  columns: nullable(Type.Enum([...COLUMN_SETS])),
  compression: Type.Enum([...COMPRESSIONS]),
  locale: nullable(Type.String()),
  time_zone: Type.String(),
  range,
  schedule: nullable(Type.String(), 'A cron line; null: only when somebody runs it.'),
  recipients: Type.Array(Recipient),
  state: Type.Enum([...REPORT_STATES], {
    description: 'A stopped one may not run any more: its owner has left or lost the right.',
  }),
  reason: nullable(Type.String(), 'Why it was stopped.'),
  next_runs: Type.Array(Type.String(), {
    maxItems: REPORT_LIMITS.nextRuns,
    description:
      'When the next files are begun: by the schedule, but no earlier than 15 minutes after the ' +
      'view shows the whole range.',
  }),
  last_run: nullable(
    Type.Object({ export_id: Uuid, state: Export.properties.state, created_at: Type.String() }),
  ),
  created_at: Type.String(),
  changed_at: Type.String(),
});
export type Report = Static<typeof Report>;

export const ReportPreview = Type.Object({
  from: Type.String({ description: 'Inclusive.' }),
  to: Type.String({ description: 'Exclusive.' }),
  next_runs: Type.Array(Type.String()),
  columns: Type.Array(Type.String()),
  rows: Type.Array(Type.Array(Type.String()), {
    maxItems: REPORT_LIMITS.previewRows,
    description: 'The first rows of the file that would be made now, as its cells.',
  }),
  notices: Type.Array(Notice),
});
export type ReportPreview = Static<typeof ReportPreview>;

export const Delivery = Type.Object({
  delivery_id: Uuid,
  kind: Type.Enum([...DELIVERY_KINDS], {
    description: 'A file, a notice to the owner that something failed, or a test.',
  }),
  export_id: nullable(Uuid),
  recipient: Type.Object({ type: RecipientType, to: Type.String() }),
  state: Type.Enum([...DELIVERY_STATES], { description: '`failed`: it is not tried any more.' }),
  attempts: Type.Integer({ minimum: 0 }),
  reason: nullable(Type.String(), 'Why the last attempt failed.'),
  created_at: Type.String(),
  next_at: nullable(Type.String(), 'When it is tried next.'),
  ended_at: nullable(Type.String()),
});
export type Delivery = Static<typeof Delivery>;

const place = { tenant_id: TenantId, ...projectParam };
const inProject = Type.Object(projectParam, closed);
const reportParams = Type.Object({ report_id: Uuid });
const { tenant_id: _tenant, ...changeable } = body;
const ofReport = {
  scope: 'events:read',
  params: reportParams,
  query: Type.Object(place, closed),
} as const;

export const REPORT_ROUTES = {
  createReport: {
    method: 'POST',
    path: '/v1/reports',
    summary: 'Save a question that files are made of again and again',
    scope: 'events:read',
    query: inProject,
    body: Type.Object(body, closed),
    answers: { 201: Report },
  },
  previewReport: {
    method: 'POST',
    path: '/v1/reports/preview',
    summary: 'What a report would hold now, and when it would run; nothing is saved',
    scope: 'events:read',
    query: inProject,
    body: Type.Object(body, closed),
    answers: { 200: ReportPreview },
  },
  listReports: {
    method: 'GET',
    path: '/v1/reports',
    summary: 'The reports of a tenant, as far as you may schedule',
    scope: 'events:read',
    query: Type.Object(place, closed),
    answers: { 200: Type.Object({ reports: Type.Array(Report) }) },
  },
  getReport: {
    method: 'GET',
    path: '/v1/reports/{report_id}',
    summary: 'One report',
    ...ofReport,
    answers: { 200: Report },
  },
  putReport: {
    method: 'PUT',
    path: '/v1/reports/{report_id}',
    summary: 'Save another question or schedule; you become its owner',
    ...ofReport,
    body: Type.Object(changeable, closed),
    answers: { 200: Report },
  },
  deleteReport: {
    method: 'DELETE',
    path: '/v1/reports/{report_id}',
    summary: 'Remove a report; its files and their history stay',
    ...ofReport,
    answers: { 200: Report },
  },
  pauseReport: {
    method: 'POST',
    path: '/v1/reports/{report_id}/pause',
    summary: 'Let a report run no more until it is resumed',
    ...ofReport,
    body: Type.Object({}, closed),
    answers: { 200: Report },
  },
  resumeReport: {
    method: 'POST',
    path: '/v1/reports/{report_id}/resume',
    summary: 'Let a paused or stopped report run again; you become its owner',
    ...ofReport,
    body: Type.Object({}, closed),
    answers: { 200: Report },
  },
  runReport: {
    method: 'POST',
    path: '/v1/reports/{report_id}/run',
    summary: 'Make a file of a report now, beside its schedule; it is delivered too',
    ...ofReport,
    body: Type.Object({}, closed),
    answers: { 202: Export },
  },
  testReport: {
    method: 'POST',
    path: '/v1/reports/{report_id}/test',
    summary: 'Send each recipient a message without a file, once',
    ...ofReport,
    body: Type.Object({}, closed),
    answers: { 200: Type.Object({ deliveries: Type.Array(Delivery) }) },
  },
  listDeliveries: {
    method: 'GET',
    path: '/v1/reports/{report_id}/deliveries',
    summary: 'What was sent for a report, the latest first, at most 200',
    ...ofReport,
    answers: { 200: Type.Object({ deliveries: Type.Array(Delivery) }) },
  },
} as const satisfies Record<string, Route>;
