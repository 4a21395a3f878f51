/**
 * What of a log is kept, and for how long: retention, legal holds, the end of a tenant. Owns the
 * schemas of these routes.
 */
import Type, { type Static } from 'typebox';
import { LIMITS, TenantId } from './event.ts';
import { PERIOD_PATTERN } from './period.ts';
import { QUERY_LIMITS } from './query.ts';
import { closed, optional, projectParam, type Route } from './route.ts';

/** A length of time: its parts, and how two compare, are in `period.ts`. */
export const Period = Type.String({
  pattern: PERIOD_PATTERN,
  maxLength: 40,
  description: 'ISO 8601: `P90D`, `P3M`, `P1Y`, `PT6H`. Months and years are calendar ones.',
});

/** How long events are kept, and personal values in them; what is absent is kept for ever. */
export const Retention = Type.Object(
  {
    events: optional(Period),
    personal: optional(Period),
  },
  closed,
);
export type Retention = Static<typeof Retention>;

/** A shorter retention takes effect so much later: it can be taken back until then. */
export const RETENTION_DELAY_DAYS = 7;

/** A tenant is kept for so long after it was closed. */
export const CLOSING = { default: 'P30D', least: 'P7D', leastDays: 7 } as const;

const Count = Type.Integer({ minimum: 0 });
const Reason = Type.String({ minLength: 1, maxLength: 1_000 });
const EntityText = Type.String({ minLength: 1, maxLength: LIMITS.shortText });

/** Which events a legal hold covers. */
export const HoldCovers = Type.Union([
  Type.Object({ kind: Type.Literal('tenant') }, closed),
  Type.Object(
    { kind: Type.Enum(['actor', 'record']), type: EntityText, id: EntityText },
    { ...closed, description: 'What it did or was done for it, or what was done to it.' },
  ),
  Type.Object(
    {
      kind: Type.Literal('query'),
      q: Type.String({ minLength: 1, maxLength: QUERY_LIMITS.length }),
    },
    { ...closed, description: 'Every event of which the query is true, asked of the whole event.' },
  ),
]);
export type HoldCovers = Static<typeof HoldCovers>;

export const Hold = Type.Object({
  hold_id: Type.String(),
  tenant_id: TenantId,
  covers: HoldCovers,
  reason: Type.String(),
  placed_at: Type.String(),
  placed_by: Type.String(),
  released_at: Type.Union([Type.String(), Type.Null()]),
  released_by: Type.Union([Type.String(), Type.Null()]),
  release_reason: Type.Union([Type.String(), Type.Null()]),
});
export type Hold = Static<typeof Hold>;

export const RetentionRun = Type.Object({
  takes: Type.Enum(['event', 'personal'], {
    description: 'Whole events, of which a hash is kept, or their personal values.',
  }),
  until: Type.Union([Type.String(), Type.Null()], {
    description: 'Events from before it; null: all, since the tenant has ended.',
  }),
  started_at: Type.String(),
  finished_at: Type.Union([Type.String(), Type.Null()]),
  changed: Type.Integer({ minimum: 0, description: 'Events that lost something.' }),
  held: Type.Integer({ minimum: 0, description: 'Events left as they were under a legal hold.' }),
});
export type RetentionRun = Static<typeof RetentionRun>;

/** Events that a retention will take something from, as of now. */
const Due = Type.Object({
  events: Type.Integer({ minimum: 0, description: 'Events that go, up to 100,000.' }),
  personal: Type.Integer({
    minimum: 0,
    description: 'Events that lose their personal values, up to 100,000.',
  }),
});

export const RetentionState = Type.Object({
  tenant_id: TenantId,
  of: Type.Enum(['tenant', 'plan', 'project', 'none'], {
    description: 'Whose retention it is: the closest one counts.',
  }),
  in_effect: Retention,
  pending: Type.Union(
    [
      Type.Object({
        events: Retention.properties.events,
        personal: Retention.properties.personal,
        takes_effect_at: Type.String(),
        takes: Due,
      }),
      Type.Null(),
    ],
    { description: 'A shorter one that waits, and what it will take then.' },
  ),
  closed_at: Type.Union([Type.String(), Type.Null()]),
  ends_at: Type.Union([Type.String(), Type.Null()]),
  runs: Type.Array(RetentionRun, { description: 'The latest first.' }),
});
export type RetentionState = Static<typeof RetentionState>;

const TenantEnd = Type.Object({
  tenant_id: TenantId,
  closed_at: Type.Union([Type.String(), Type.Null()]),
  ends_at: Type.Union([Type.String(), Type.Null()], {
    description: 'From when on its events are removed; reopening before keeps them.',
  }),
  events: Count,
});
export type TenantEnd = Static<typeof TenantEnd>;

const tenantParams = Type.Object({ tenant_id: TenantId });

export const KEEPING_ROUTES = {
  listHolds: {
    method: 'GET',
    path: '/v1/holds',
    summary: 'Legal holds of a tenant, released ones too, the latest first',
    scope: 'manage',
    manage: 'holds',
    query: Type.Object({ ...projectParam, tenant_id: TenantId }, closed),
    answers: { 200: Type.Object({ holds: Type.Array(Hold) }) },
  },
  placeHold: {
    method: 'POST',
    path: '/v1/holds',
    summary: 'Place a legal hold: what it covers is neither removed nor erased',
    scope: 'manage',
    manage: 'holds',
    query: Type.Object(projectParam, closed),
    body: Type.Object({ tenant_id: TenantId, covers: HoldCovers, reason: Reason }, closed),
    answers: { 201: Hold },
  },
  releaseHold: {
    method: 'DELETE',
    path: '/v1/holds/{hold_id}',
    summary: 'Release a legal hold',
    scope: 'manage',
    manage: 'holds',
    params: Type.Object({ hold_id: Type.String({ maxLength: 64 }) }),
    query: Type.Object({ ...projectParam, reason: Reason }, closed),
    answers: { 200: Hold },
  },
  getRetention: {
    method: 'GET',
    path: '/v1/retention',
    summary: 'How long a tenant’s events are kept, what waits to change, and the last runs',
    scope: 'manage',
    manage: 'retention',
    query: Type.Object({ ...projectParam, tenant_id: TenantId }, closed),
    answers: { 200: RetentionState },
  },
  closeTenant: {
    method: 'POST',
    path: '/v1/tenants/{tenant_id}/close',
    summary: 'Close a tenant: nothing more is recorded, and after a time its events are removed',
    scope: 'manage',
    manage: 'tenants',
    params: tenantParams,
    query: Type.Object(projectParam, closed),
    body: Type.Object(
      {
        after: optional(
          Type.String({
            ...Period,
            description:
              `How long it can still be read; default ${CLOSING.default}, ` +
              `at least ${CLOSING.least}.`,
          }),
        ),
      },
      closed,
    ),
    answers: { 200: TenantEnd },
  },
  reopenTenant: {
    method: 'POST',
    path: '/v1/tenants/{tenant_id}/reopen',
    summary: 'Reopen a tenant that was closed, before its events are removed',
    scope: 'manage',
    manage: 'tenants',
    params: tenantParams,
    query: Type.Object(projectParam, closed),
    answers: { 200: TenantEnd },
  },
} as const satisfies Record<string, Route>;
