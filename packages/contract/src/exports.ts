/**
 * Files of events that are kept for a while, with their history. Owns the schemas of these routes,
 * and what describes a file: its form, its state, its manifest.
 */
import Type, { type Static } from 'typebox';
import { TenantId, Uuid } from './event.ts';
import { COMPRESSIONS, EXPORT_LIMITS } from './files.ts';
import {
  closed,
  DOWNLOAD_FORMATS,
  Notice,
  nullable,
  optional,
  order,
  paging,
  projectParam,
  question,
  type Route,
  scope,
} from './route.ts';

export const CSV_FLAVORS = ['exact', 'spreadsheet'] as const;
export const COLUMN_SETS = ['view', 'all'] as const;
export const EXPORT_STATES = [
  ...['waiting', 'running', 'completed', 'failed', 'cancelled', 'expired'],
] as const;
export type ExportState = (typeof EXPORT_STATES)[number];

/** What kind of file. */
export const fileForm = {
  format: Type.Enum([...DOWNLOAD_FORMATS]),
  flavor: optional(
    Type.Enum([...CSV_FLAVORS], {
      description: 'CSV only. `exact` (default) quotes; `spreadsheet` is formula-safe, BOM.',
    }),
  ),
  time_zone: optional(
    Type.String({
      maxLength: 64,
      description: 'CSV only: IANA zone of the times; default `UTC`.',
    }),
  ),
  columns: optional(
    Type.Enum([...COLUMN_SETS], {
      description: 'CSV only: those of the view (default, if it has any), or every field.',
    }),
  ),
};

const compression = optional(
  Type.Enum([...COMPRESSIONS], { description: 'Of the stored file; default `none`.' }),
);
const Count = Type.Integer({ minimum: 0 });
const Requester = Type.Object({
  type: Type.String(),
  id: optional(Type.String()),
  name: optional(Type.String()),
});

/** What a file holds, and for whom it was made. */
const Contents = {
  export_id: Uuid,
  tenant_id: TenantId,
  name: Type.String({ description: 'Of the file, without its ending.' }),
  requested_by: Requester,
  view: Type.String(),
  view_label: Type.String(),
  subject: nullable(Type.String(), 'Of a bound view: whose log it is.'),
  q: nullable(
    Type.String(),
    'The query; null: there is none, or the view shows no personal values, which it may hold.',
  ),
  from: nullable(Type.String(), 'Inclusive; null: from the beginning.'),
  to: nullable(Type.String(), 'Exclusive; null: to the end.'),
  order: Type.Enum(['desc', 'asc']),
  format: Type.Enum([...DOWNLOAD_FORMATS]),
  flavor: nullable(Type.Enum([...CSV_FLAVORS])),
  columns: nullable(Type.Enum([...COLUMN_SETS])),
  time_zone: nullable(Type.String()),
  compression: Type.Enum([...COMPRESSIONS]),
  as_of: Type.String({
    description: 'The moment whose state of the log it holds: nothing that was recorded later.',
  }),
  rows: Type.Integer({ minimum: 0, description: 'Events in the file so far.' }),
  bytes: nullable(Count, 'Of the file, as it is downloaded.'),
  sha256: nullable(Type.String(), 'Of the file, as it is downloaded; hexadecimal.'),
  run: nullable(
    Type.Object({
      report_id: Uuid,
      scheduled_at: nullable(Type.String(), 'Null: somebody ran it.'),
      from: Type.String({ description: 'Where its range begins.' }),
      late: Type.Integer({
        minimum: 0,
        description:
          'Events in the file from before its range, which no run before had: marked in the ' +
          'column `late`.',
      }),
    }),
    'Of a report; null: somebody asked for the file.',
  ),
  notices: Type.Array(Notice),
};

export const Export = Type.Object({
  ...Contents,
  state: Type.Enum([...EXPORT_STATES]),
  expected: nullable(
    Type.Object({ rows: Count, exact: Type.Boolean() }),
    'How many there will be, as far as was counted; null: it is not counted yet.',
  ),
  created_at: Type.String(),
  started_at: nullable(Type.String()),
  finished_at: nullable(Type.String()),
  expires_at: nullable(Type.String(), 'When the file goes; its history stays.'),
  file: nullable(Type.String(), 'Its name with its ending; null: there is none to download.'),
  reason: nullable(Type.String(), 'Why it failed, or why its file is gone.'),
});
export type Export = Static<typeof Export>;

export const Manifest = Type.Object({
  ...Contents,
  project: Type.String(),
  finished_at: Type.String(),
  log: Type.Object(
    {
      size: Type.Integer({ minimum: 0, description: 'Events of the tenant’s log at `as_of`.' }),
      root: Type.String({ description: 'Root of the tree over them, base64 (RFC 6962).' }),
    },
    { description: 'The state of the log that the file was made from.' },
  ),
  sequences: optional(
    nullable(
      Type.Object({ first: Count, last: Count }),
      'The lowest and the highest in the file; only for readers who see sequences.',
    ),
  ),
});
export type Manifest = Static<typeof Manifest>;

const { project: _, ...ownScope } = scope;
const place = { tenant_id: TenantId, ...projectParam };
const exportParams = Type.Object({ export_id: Uuid });
const ofExport = {
  scope: 'events:read',
  params: exportParams,
  query: Type.Object(place, closed),
} as const;

export const EXPORT_ROUTES = {
  createExport: {
    method: 'POST',
    path: '/v1/exports',
    summary: 'Begin to make a file of events; it is kept for a while, and its history for good',
    scope: 'events:read',
    query: Type.Object(projectParam, closed),
    body: Type.Object(
      {
        name: optional(
          Type.String({
            minLength: 1,
            maxLength: EXPORT_LIMITS.name,
            description: 'Of the file; default: the view and the day.',
          }),
        ),
        ...ownScope,
        ...question,
        order,
        ...fileForm,
        compression,
      },
      closed,
    ),
    answers: { 202: Export },
  },
  listExports: {
    method: 'GET',
    path: '/v1/exports',
    summary: 'The history of a tenant’s exports, the latest first, as far as you may export',
    scope: 'events:read',
    query: Type.Object({ ...place, ...paging }, closed),
    answers: {
      200: Type.Object({
        exports: Type.Array(Export),
        next_cursor: nullable(Type.String()),
      }),
    },
  },
  getExport: {
    method: 'GET',
    path: '/v1/exports/{export_id}',
    summary: 'How far an export is',
    ...ofExport,
    answers: { 200: Export },
  },
  cancelExport: {
    method: 'POST',
    path: '/v1/exports/{export_id}/cancel',
    summary: 'Stop an export that waits or runs; what is finished stays',
    ...ofExport,
    body: Type.Object({}, closed),
    answers: { 200: Export },
  },
  retryExport: {
    method: 'POST',
    path: '/v1/exports/{export_id}/retry',
    summary: 'Make the same file again, of the log as it is now; a new export',
    ...ofExport,
    body: Type.Object({}, closed),
    answers: { 202: Export },
  },
  downloadExport: {
    method: 'GET',
    path: '/v1/exports/{export_id}/file',
    summary: 'The file of an export; whether you may is looked at again',
    ...ofExport,
    produces: [
      ...['text/csv', 'application/json', 'application/x-ndjson'],
      ...['application/gzip', 'application/zstd'],
    ],
    answers: { 200: Type.String({ description: 'The file.' }) },
  },
  getManifest: {
    method: 'GET',
    path: '/v1/exports/{export_id}/manifest',
    summary: 'What a finished file holds, by which its bytes and its completeness can be checked',
    ...ofExport,
    answers: { 200: Manifest },
  },
} as const satisfies Record<string, Route>;
