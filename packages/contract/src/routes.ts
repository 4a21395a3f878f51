/**
 * Every route of the API: method, path, what it needs, takes and answers. The server registers
 * them from here, OpenAPI and the reference are made from here, the SDK's types come from here.
 */
import Type, { type Static } from 'typebox';
import { ERASURE_ROUTES } from './erasures.ts';
import { EventInput, LIMITS, ReadEvent, TenantId, Uuid } from './event.ts';
import { EXPORT_ROUTES, fileForm } from './exports.ts';
import { FIND_ROUTES } from './find.ts';
import { KEEPING_ROUTES } from './keeping.ts';
import { PEOPLE_ROUTES } from './people.ts';
import { Problem, Rejection } from './problem.ts';
import { PROJECT_ROUTES } from './projects.ts';
import { REPORT_ROUTES } from './reports.ts';
import {
  closed,
  EventPage,
  optional,
  order,
  ProjectName,
  paging,
  projectParam,
  question,
  type Route,
  SCOPES,
  scope,
  searchId,
} from './route.ts';
import { SESSION_ROUTES } from './sessions.ts';
import { UNUSUAL_ROUTES } from './unusual.ts';

export type {
  Hold,
  HoldCovers,
  Retention,
  RetentionRun,
  RetentionState,
  TenantEnd,
} from './keeping.ts';
export type {
  LinkedAccount,
  Me,
  Membership,
  NewMembership,
  OneTimeLink,
  Person,
  PersonSession,
  Provider,
  Seat,
  SignedIn,
} from './people.ts';
export {
  type ChangedTenant,
  DefinedProject,
  type DefinitionDiff,
  type Explanation,
  Project,
  Tenant,
} from './projects.ts';
export {
  DOWNLOAD_FORMATS,
  EventPage,
  type Manage,
  type Notice,
  PAGE_LIMIT,
  ProjectName,
  type Route,
  SCOPES,
  type Scope,
} from './route.ts';

const Count = Type.Integer({ minimum: 0 });

export const Receipt = Type.Object({
  id: Uuid,
  sequence: Count,
  leaf_hash: Type.String({ description: 'SHA-256 of the leaf, base64. Keep it: it is evidence.' }),
});
export type Receipt = Static<typeof Receipt>;

/** Answer to a recording: each event of the request is in exactly one of the two lists. */
export const RecordResult = Type.Object({
  accepted: Type.Integer({ minimum: 0, description: 'Stored now.' }),
  duplicates: Type.Integer({ minimum: 0, description: 'Stored before with the same content.' }),
  rejected: Type.Array(Rejection),
  receipts: Type.Array(Receipt, {
    description: 'Of accepted events and duplicates, in the order of the request.',
  }),
  unknown_actions: optional(
    Type.Array(Type.String(), {
      description: 'Actions of accepted events that the project’s catalog does not have.',
    }),
  ),
});
export type RecordResult = Static<typeof RecordResult>;

export const Key = Type.Object({
  key_id: Type.String(),
  label: Type.String(),
  hint: Type.String({ description: 'The first characters of the key, to recognise it.' }),
  project: Type.Union([ProjectName, Type.Null()], { description: 'Null: every project.' }),
  tenant_id: Type.Union([TenantId, Type.Null()], { description: 'Null: every tenant.' }),
  scopes: Type.Array(Type.Enum([...SCOPES])),
  roles: Type.Array(Type.String(), { description: 'Of the project; it has these or scopes.' }),
  created_at: Type.String(),
  expires_at: Type.Union([Type.String(), Type.Null()]),
  revoked_at: Type.Union([Type.String(), Type.Null()]),
});
export type Key = Static<typeof Key>;

export const Reject = Type.Object({
  rejected_at: Type.String(),
  tenant_id: Type.Union([Type.String(), Type.Null()]),
  code: Type.String(),
  path: Type.String(),
  detail: Type.String(),
  shape: Type.Unknown({ description: 'Keys, types and lengths of what was sent; no value.' }),
});
export type Reject = Static<typeof Reject>;

export const JOB_KINDS = ['verify', 'rebuild', 'retention'] as const;
export const JOB_STATES = ['running', 'completed', 'failed'] as const;

/** What a re-reading of one tenant's log found. */
export const VerifyResult = Type.Object({
  ok: Type.Boolean(),
  tenant_id: TenantId,
  events: Type.Integer({ minimum: 0, description: 'Events that were read.' }),
  size: Type.Integer({ minimum: 0, description: 'Events that the head says there are.' }),
  kept_by_hash: Type.Integer({
    minimum: 0,
    description: 'Events that were removed since: only their hashes are kept, and were checked.',
  }),
  root: Type.String({ description: 'Root of the tree over what was read, base64.' }),
  problem: optional(
    Type.Object(
      {
        kind: Type.Enum(['changed', 'removed', 'inserted', 'swapped', 'moved', 'tree', 'head']),
        sequence: optional(Count),
        id: optional(Type.String()),
        detail: Type.String(),
      },
      { description: 'The first event that is not as it was recorded.' },
    ),
  ),
});
export type VerifyResult = Static<typeof VerifyResult>;

export const Job = Type.Object({
  job_id: Uuid,
  kind: Type.Enum([...JOB_KINDS]),
  state: Type.Enum([...JOB_STATES]),
  done: Type.Integer({ minimum: 0, description: 'Events handled so far.' }),
  total: Type.Integer({ minimum: 0 }),
  created_at: Type.String(),
  finished_at: Type.Union([Type.String(), Type.Null()]),
  result: Type.Union([VerifyResult, Type.Null()], { description: 'Of `verify`.' }),
  error: Type.Union([Type.String(), Type.Null()]),
});
export type Job = Static<typeof Job>;

export const ROUTES = {
  recordEvents: {
    method: 'POST',
    path: '/v1/events',
    summary: 'Record events: one object, an array, or NDJSON; gzip, br or zstd',
    scope: 'events:write',
    query: Type.Object({ ...projectParam, tenant_id: optional(TenantId) }, closed),
    headers: Type.Object({
      'idempotency-key': optional(
        Type.String({
          minLength: 1,
          maxLength: 256,
          description: 'Gives events without `id` ids that are the same when you send again.',
        }),
      ),
    }),
    body: Type.Union([
      EventInput,
      Type.Array(EventInput, { minItems: 1, maxItems: LIMITS.requestEvents }),
    ]),
    accepts: ['application/json', 'application/x-ndjson'],
    answers: { 201: RecordResult, 400: Type.Union([RecordResult, Problem]) },
  },
  listEvents: {
    method: 'GET',
    path: '/v1/events',
    summary: 'A page of events, newest first',
    scope: 'events:read',
    query: Type.Object(
      {
        ...scope,
        ...question,
        order,
        ...searchId,
        ...paging,
      },
      closed,
    ),
    answers: { 200: EventPage },
  },
  ...FIND_ROUTES,
  downloadEvents: {
    method: 'GET',
    path: '/v1/events/download',
    summary: 'All events of a range as a file, streamed',
    scope: 'events:read',
    query: Type.Object(
      {
        ...scope,
        ...question,
        order,
        ...fileForm,
      },
      closed,
    ),
    produces: ['text/csv', 'application/json', 'application/x-ndjson'],
    answers: { 200: Type.String({ description: 'The file.' }) },
  },
  getEvent: {
    method: 'GET',
    path: '/v1/events/{id}',
    summary: 'One event',
    scope: 'events:read',
    params: Type.Object({ id: Uuid }),
    query: Type.Object(scope, closed),
    answers: { 200: ReadEvent },
  },
  listRejects: {
    method: 'GET',
    path: '/v1/rejects',
    summary: 'What was refused in the last 7 days, newest first: reason and shape, never a value',
    scope: 'events:write',
    manage: 'rejects',
    query: Type.Object(
      { ...projectParam, limit: optional(Type.Integer({ minimum: 1, maximum: 500 })) },
      closed,
    ),
    answers: { 200: Type.Object({ rejects: Type.Array(Reject) }) },
  },
  ...EXPORT_ROUTES,
  ...REPORT_ROUTES,
  ...PROJECT_ROUTES,
  ...ERASURE_ROUTES,
  ...PEOPLE_ROUTES,
  ...KEEPING_ROUTES,
  listKeys: {
    method: 'GET',
    path: '/v1/keys',
    summary: 'API keys: everything but the key itself',
    scope: 'manage',
    manage: 'keys',
    query: Type.Object(projectParam, closed),
    answers: { 200: Type.Object({ keys: Type.Array(Key) }) },
  },
  createKey: {
    method: 'POST',
    path: '/v1/keys',
    summary: 'Make an API key; the answer shows it once',
    scope: 'manage',
    manage: 'keys',
    query: Type.Object(projectParam, closed),
    body: Type.Object(
      {
        label: Type.String({ minLength: 1, maxLength: LIMITS.name }),
        scopes: optional(
          Type.Array(Type.Enum([...SCOPES]), { minItems: 1, maxItems: SCOPES.length }),
        ),
        roles: optional(
          Type.Array(Type.String({ maxLength: 63 }), {
            minItems: 1,
            maxItems: 20,
            description: 'In place of scopes: it sees what these roles of the project see.',
          }),
        ),
        tenant_id: optional(TenantId),
        expires_at: optional(Type.String({ maxLength: 64 })),
      },
      closed,
    ),
    answers: {
      201: Type.Object({ ...Key.properties, secret: Type.String({ description: 'The key.' }) }),
    },
  },
  revokeKey: {
    method: 'DELETE',
    path: '/v1/keys/{key_id}',
    summary: 'Revoke an API key, at once',
    scope: 'manage',
    manage: 'keys',
    params: Type.Object({ key_id: Type.String({ maxLength: 64 }) }),
    query: Type.Object(projectParam, closed),
    answers: { 200: Key },
  },
  ...SESSION_ROUTES,
  ...UNUSUAL_ROUTES,
  createJob: {
    method: 'POST',
    path: '/v1/jobs',
    summary:
      'Start a long piece of work: `verify` checks a tenant’s log, `rebuild` indexes it anew, ' +
      '`retention` removes what is due',
    scope: 'manage',
    query: Type.Object(projectParam, closed),
    body: Type.Object({ kind: Type.Enum([...JOB_KINDS]), tenant_id: TenantId }, closed),
    answers: { 202: Job },
  },
  getJob: {
    method: 'GET',
    path: '/v1/jobs/{job_id}',
    summary: 'How far a job is, and what it found',
    scope: 'manage',
    params: Type.Object({ job_id: Uuid }),
    query: Type.Object(projectParam, closed),
    answers: { 200: Job },
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
/** Routes that need a scope, or a role in its place. */
export type ScopedRouteName = {
  [N in RouteName]: (typeof ROUTES)[N]['scope'] extends null ? never : N;
}[RouteName];
