/**
 * What is out of a person's own ordinary: whether a view of a tenant is watched, what was found
 * through it, and what people say of it. Owns the schemas of these routes.
 */
import Type, { type Static } from 'typebox';
import { TenantId, Uuid } from './event.ts';
import { FINDING_KINDS, FINDING_STATES, MUTES, UNUSUAL_LIMITS } from './finding.ts';
import { closed, Notice, optional, paging, projectParam, type Route } from './route.ts';

const DEFAULT_MUTE = 'P30D';
export const WATCH_STATES = ['off', 'learning', 'watching', 'paused'] as const;

const nullable = <T extends Type.TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
const Count = Type.Integer({ minimum: 0 });

export const Watch = Type.Object({
  view: Type.String(),
  label: Type.String(),
  enabled: Type.Boolean(),
  state: Type.Enum([...WATCH_STATES]),
  reason: nullable(Type.String(), 'Why it is paused, or why the view cannot be watched.'),
  since: nullable(Type.String(), 'When it was turned on.'),
  looked_to: nullable(Type.String(), 'Events that happened before are looked at.'),
  learning: nullable(
    Type.Object({ from: Type.String(), to: Type.String() }),
    'Of `learning`: the time from which it learns what is usual; `looked_to` is how far it is.',
  ),
  notices: Type.Array(Notice),
});
export type Watch = Static<typeof Watch>;

export const Finding = Type.Object({
  finding_id: Uuid,
  tenant_id: TenantId,
  view: Type.String(),
  view_label: Type.String(),
  kind: Type.Enum([...FINDING_KINDS]),
  person: Type.Object({
    type: Type.String(),
    id: Type.String(),
    name: optional(Type.String({ description: 'As the view showed it then.' })),
  }),
  activity: nullable(Type.String(), 'Of `new_action` and `failures`: what the action is called.'),
  value: nullable(Type.String(), 'The action, or the network, that it is about.'),
  sentence: Type.String({ description: 'In the language asked for, times of the project’s zone.' }),
  figure: Count,
  usual: nullable(
    Type.Object({ median: Count, high: Count }),
    'Of the person at this hour of the week, over the last eight weeks.',
  ),
  q: Type.String({ description: 'With `from` and `to`, in the same view: its events.' }),
  from: Type.String({ description: 'Inclusive.' }),
  to: Type.String({ description: 'Exclusive.' }),
  state: Type.Enum([...FINDING_STATES]),
  note: nullable(Type.String()),
  judged_by: nullable(
    Type.Object({
      type: Type.String(),
      id: optional(Type.String()),
      name: optional(Type.String()),
    }),
  ),
  judged_at: nullable(Type.String()),
  muted_until: nullable(Type.String(), 'Until then the same of this person is not found again.'),
  found_at: Type.String(),
});
export type Finding = Static<typeof Finding>;

const place = { tenant_id: TenantId, ...projectParam };
const locale = optional(
  Type.String({
    maxLength: 35,
    description: 'Language of the texts: `de`; default the project’s.',
  }),
);

export const UNUSUAL_ROUTES = {
  listWatches: {
    method: 'GET',
    path: '/v1/unusual',
    summary: 'Which views of a tenant are watched for what is unusual, of those you have',
    scope: 'events:read',
    query: Type.Object({ ...place, locale }, closed),
    answers: { 200: Type.Object({ watches: Type.Array(Watch) }) },
  },
  putWatch: {
    method: 'PUT',
    path: '/v1/unusual/{view}',
    summary:
      'Begin or stop to watch a view; to stop forgets what was found. Keys with scopes need ' +
      '`manage` too',
    scope: 'events:read',
    params: Type.Object({ view: Type.String({ maxLength: 63 }) }),
    query: Type.Object({ ...place, locale }, closed),
    body: Type.Object({ enabled: Type.Boolean() }, closed),
    answers: { 200: Watch },
  },
  listFindings: {
    method: 'GET',
    path: '/v1/findings',
    summary: 'What was out of the ordinary, the latest first, through the views you have',
    scope: 'events:read',
    query: Type.Object(
      {
        ...place,
        state: optional(Type.Enum([...FINDING_STATES])),
        locale,
        ...paging,
      },
      closed,
    ),
    answers: {
      200: Type.Object({
        findings: Type.Array(Finding),
        next_cursor: nullable(Type.String()),
        notices: Type.Array(Notice),
      }),
    },
  },
  judgeFinding: {
    method: 'POST',
    path: '/v1/findings/{finding_id}/judge',
    summary: 'Say what is to be thought of a finding. Keys with scopes need `manage` too',
    scope: 'events:read',
    params: Type.Object({ finding_id: Uuid }),
    query: Type.Object({ ...place, locale }, closed),
    body: Type.Object(
      {
        state: Type.Enum(['expected', 'needs_a_look']),
        note: optional(Type.String({ minLength: 1, maxLength: UNUSUAL_LIMITS.note })),
        mute_for: optional(
          Type.Enum([...MUTES], {
            default: DEFAULT_MUTE,
            description: 'Of `expected`: how long the same of this person is not found again.',
          }),
        ),
      },
      closed,
    ),
    answers: { 200: Finding },
  },
} as const satisfies Record<string, Route>;
