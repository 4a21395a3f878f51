/**
 * What routes are made of: the form of a route, and the parameters and answers that several of
 * them share.
 */
import Type, { type Static, type TObject, type TObjectOptions, type TSchema } from 'typebox';
import { ReadEvent, TenantId } from './event.ts';
import { QUERY_LIMITS } from './query.ts';

export const closed = { additionalProperties: false } as const;
export const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);
export const nullable = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
/** Members of one form by names of one form: any other name is refused, not passed over. */
export const named = <T extends TSchema>(pattern: string, schema: T, options: TObjectOptions) =>
  Type.Record(Type.String({ pattern }), schema, { ...options, propertyNames: { pattern } });

/** What a key may do. `manage` administers projects, tenants, keys and jobs. */
export const SCOPES = ['events:write', 'events:read', 'manage'] as const;
export type Scope = (typeof SCOPES)[number];

export const DOWNLOAD_FORMATS = ['csv', 'json', 'ndjson'] as const;

export const PAGE_LIMIT = { default: 100, max: 500 } as const;

/** A project's name: in URLs and file names, so only these characters. */
export const ProjectName = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,62}$',
  description: 'Lower-case letters, digits and hyphens; begins with a letter; at most 63.',
});
export const projectParam = {
  project: optional(
    Type.String({
      maxLength: 63,
      description: 'The project, where the key may use several; else `default` or the key’s own.',
    }),
  ),
};
const Time = Type.String({
  maxLength: 64,
  description: 'RFC 3339, or relative to the server’s clock: `now`, `now-7d` (s m h d w).',
});
export const NOTICES = [
  ...['index_behind', 'searched_in_part', 'clamped_by_reach', 'clamped_by_floor'],
  ...['clamped_by_window', 'before_enabled', 'delayed', 'not_recorded_before'],
  ...['retention_pending', 'tenant_closed', 'watched_in_part'],
] as const;

/** Something a reader should know about an answer. */
export const Notice = Type.Object({
  code: Type.Enum([...NOTICES]),
  detail: Type.String(),
  from: optional(
    Type.String({
      description:
        'Of a limit: the answer begins here; nothing earlier is shown. Of ' +
        '`retention_pending` and `tenant_closed`: from this moment on it is so.',
    }),
  ),
  to: optional(Type.String({ description: 'Of `delayed`: the answer ends here.' })),
  period: optional(Type.String({ description: 'Of a limit: how long it is, as in `P90D`.' })),
  resource_type: optional(Type.String({ description: 'Of `not_recorded_before`.' })),
  indexed_to: optional(
    Type.String({ description: 'Of `index_behind`: the last event that the indexes have.' }),
  ),
});
export type Notice = Static<typeof Notice>;

/** Whoever may read everything can look as somebody with one role does. */
export const asRole = {
  as_role: optional(
    Type.String({
      maxLength: 63,
      description:
        'A role of the project: the answer is what its holders get. For the scope ' +
        '`events:read`; it takes rights away and gives none.',
    }),
  ),
};
/** Whose events, through which view. */
export const scope = {
  tenant_id: TenantId,
  view: optional(
    Type.String({
      maxLength: 63,
      description: 'The view; default: the first that the key’s roles have, else `all`.',
    }),
  ),
  subject: optional(
    Type.String({
      maxLength: 513,
      description: 'Of a bound view: whose log it is, `TYPE:ID` of the actor or record.',
    }),
  ),
  locale: optional(
    Type.String({ maxLength: 35, description: 'Language of the catalog’s texts, as in `de`.' }),
  ),
  ...asRole,
  ...projectParam,
};
/** Which events. */
export const question = {
  q: optional(
    Type.String({
      maxLength: QUERY_LIMITS.length,
      description: 'A query, for example `actor:alice outcome:denied`; see the guide.',
    }),
  ),
  from: optional(Time),
  to: optional(Time),
};
export const order = optional(
  Type.Enum(['desc', 'asc'], { description: 'By `occurred_at`; default `desc`, newest first.' }),
);
/** Requests of one search. */
export const searchId = {
  search_id: optional(
    Type.String({
      maxLength: 64,
      description:
        'The same for requests of one search: the log records a search once, with who made it.',
    }),
  ),
};
/** One page of a list. */
export const paging = {
  limit: optional(
    Type.Integer({ minimum: 1, maximum: PAGE_LIMIT.max, default: PAGE_LIMIT.default }),
  ),
  cursor: optional(Type.String({ maxLength: 2_048 })),
};

export const EventPage = Type.Object({
  events: Type.Array(ReadEvent),
  next_cursor: Type.Union([Type.String(), Type.Null()]),
  as_of: Type.String({
    description: 'The moment of the first page: what a view limits in time is counted from it.',
  }),
  notices: Type.Array(Notice),
});
export type EventPage = Static<typeof EventPage>;

/** What administers: each may be given to a role; scope `manage` has all. */
export const MANAGE = [
  ...['keys', 'tenants', 'people', 'sessions', 'project', 'rejects', 'explain', 'erasures'],
  ...['holds', 'retention'],
] as const;
export type Manage = (typeof MANAGE)[number];

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  /** Scope a key needs; null: `who` says it. */
  readonly scope: Scope | null;
  /** Of routes without a scope: anybody, whoever is authenticated, or people who are signed in. */
  readonly who?: 'open' | 'known' | 'person';
  /** What a role must be given instead; undefined: none can have it. */
  readonly manage?: Manage;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly headers?: TObject;
  readonly body?: TSchema;
  /** Content types of the body; default `application/json`. */
  readonly accepts?: readonly string[];
  readonly answers: Readonly<Record<number, TSchema>>;
  /** Content types of the answer; default `application/json`. */
  readonly produces?: readonly string[];
}
