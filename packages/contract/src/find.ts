/**
 * Questions about many events: how many, when, of which kinds; who and what there is; and what
 * happens now. Owns the schemas of these routes. Every answer tells whether it is complete.
 */
import Type, { type Static } from 'typebox';
import {
  closed,
  EventPage,
  Notice,
  optional,
  order,
  paging,
  question,
  type Route,
  scope,
  searchId,
} from './route.ts';
import { FACET_FIELDS } from './values.ts';

/** Steps of a histogram. `1d`, `1w` and `1mo` are days, weeks (from Monday) and months there. */
export const INTERVALS = [
  ...['1s', '5s', '15s', '1m', '5m', '15m', '1h', '3h', '6h', '12h', '1d', '1w', '1mo'],
] as const;
export type Interval = (typeof INTERVALS)[number];
/** Most bars of one histogram: a screen has room for about 120. */
export const BUCKETS_MOST = 1_000;
/** Bars that an interval chosen by the server leads to at most. */
export const BUCKETS_AUTO = 120;

export const FACET_VALUES = { default: 8, max: 100 } as const;

/** Fields whose values are proposed while somebody writes. */
export const SUGGEST_FIELDS = [
  ...FACET_FIELDS,
  ...(['target', 'party', 'on_behalf_of', 'activity', 'key'] as const),
] as const;
export type SuggestField = (typeof SUGGEST_FIELDS)[number];
export const SUGGESTIONS = { default: 10, max: 50 } as const;

const Count = Type.Integer({ minimum: 0 });
const listed = {
  next_cursor: Type.Union([Type.String(), Type.Null()]),
  notices: Type.Array(Notice),
};

/** How far an answer about many events goes. */
const bounds = {
  exact: Type.Boolean({ description: 'False: counting stopped at a bound.' }),
  counted_back_to: Type.Union([Type.String(), Type.Null()], {
    description: 'If not exact: everything from here to the end of the range is counted.',
  }),
  notices: Type.Array(Notice),
};

export const EventCount = Type.Object({ count: Count, ...bounds });
export type EventCount = Static<typeof EventCount>;

const Bucket = Type.Object({
  start: Type.String({ description: 'RFC 3339, with the zone’s offset at that moment.' }),
  count: Count,
  outcomes: Type.Record(Type.String(), Count, {
    description: 'By `outcome.result`; events without an outcome are in `count` alone.',
  }),
});
export const Histogram = Type.Object({
  interval: Type.Enum([...INTERVALS]),
  time_zone: Type.String(),
  from: Type.String({ description: 'Where the first bucket begins.' }),
  to: Type.String({ description: 'Where the last bucket ends.' }),
  buckets: Type.Array(Bucket, { description: 'In order of time; empty ones too.' }),
  ...bounds,
});
export type Histogram = Static<typeof Histogram>;

const FacetValue = Type.Object({
  value: Type.String({ description: 'As a query takes it.' }),
  label: optional(Type.String({ description: 'How to show it, where that differs.' })),
  count: Count,
});
export const Facets = Type.Object({
  facets: Type.Array(
    Type.Object({
      field: Type.Enum([...FACET_FIELDS]),
      values: Type.Array(FacetValue, { description: 'The most frequent first.' }),
      others: Type.Integer({ minimum: 0, description: 'How many further values there are.' }),
    }),
  ),
  ...bounds,
});
export type Facets = Static<typeof Facets>;

const Suggestion = Type.Object({
  value: Type.String({ description: 'As a query takes it.' }),
  label: optional(Type.String({ description: 'How to show it, where that differs.' })),
  type: optional(Type.String({ description: 'Of a person or record.' })),
  matched: optional(Type.String({ description: 'The former name, e-mail or id that matched.' })),
  last_seen: optional(Type.String()),
  count: optional(Count),
});
export const Suggestions = Type.Object({ suggestions: Type.Array(Suggestion) });
export type Suggestions = Static<typeof Suggestions>;

const entity = {
  type: Type.String(),
  id: optional(Type.String()),
  name: optional(Type.String({ description: 'The latest.' })),
  email: optional(Type.String()),
  former_names: Type.Array(Type.String(), { description: 'Other names it had, latest first.' }),
  first_seen: Type.String(),
  last_seen: Type.String(),
  events: Type.Integer({ minimum: 0, description: 'Events it has a part in.' }),
};
export const Actor = Type.Object(entity, { description: 'Somebody or something that acts.' });
export type Actor = Static<typeof Actor>;
export const RecordEntry = Type.Object(
  {
    ...entity,
    deleted_at: Type.Union([Type.String(), Type.Null()], {
      description: 'When it was deleted, unless it was created again later.',
    }),
  },
  { description: 'Something that is acted on.' },
);
export type RecordEntry = Static<typeof RecordEntry>;

const entityQuery = Type.Object(
  {
    ...scope,
    search: optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'The beginning of an id, an e-mail, or a word of a name it has or had.',
      }),
    ),
    type: optional(Type.String({ maxLength: 256 })),
    ...paging,
  },
  closed,
);

export const FIND_ROUTES = {
  searchEvents: {
    method: 'POST',
    path: '/v1/events/search',
    summary: 'A page of events; the query is in the body, so that no address or log holds it',
    scope: 'events:read',
    body: Type.Object({ ...scope, ...question, order, ...searchId, ...paging }, closed),
    answers: { 200: EventPage },
  },
  countEvents: {
    method: 'GET',
    path: '/v1/events/count',
    summary: 'How many events',
    scope: 'events:read',
    query: Type.Object({ ...scope, ...question }, closed),
    answers: { 200: EventCount },
  },
  histogram: {
    method: 'GET',
    path: '/v1/events/histogram',
    summary: 'How many events when, by calendar steps of a time zone',
    scope: 'events:read',
    query: Type.Object(
      {
        ...scope,
        ...question,
        interval: optional(
          Type.Enum([...INTERVALS], {
            description: `Default: the finest that makes at most ${BUCKETS_AUTO} buckets.`,
          }),
        ),
        time_zone: optional(
          Type.String({ maxLength: 64, description: 'IANA zone; default the project’s.' }),
        ),
      },
      closed,
    ),
    answers: { 200: Histogram },
  },
  facets: {
    method: 'GET',
    path: '/v1/events/facets',
    summary: 'How many events of each action, outcome, …',
    scope: 'events:read',
    query: Type.Object(
      {
        ...scope,
        ...question,
        fields: Type.String({
          maxLength: 256,
          description: `Names separated by commas, of: ${FACET_FIELDS.join(', ')}.`,
        }),
        limit: optional(
          Type.Integer({
            minimum: 1,
            maximum: FACET_VALUES.max,
            default: FACET_VALUES.default,
            description: 'Values of each field.',
          }),
        ),
      },
      closed,
    ),
    answers: { 200: Facets },
  },
  suggest: {
    method: 'GET',
    path: '/v1/events/suggest',
    summary: 'Values that begin so: people by name, e-mail or former name, records, actions, …',
    scope: 'events:read',
    query: Type.Object(
      {
        ...scope,
        field: Type.Enum([...SUGGEST_FIELDS]),
        prefix: optional(Type.String({ maxLength: 256 })),
        limit: optional(
          Type.Integer({
            minimum: 1,
            maximum: SUGGESTIONS.max,
            default: SUGGESTIONS.default,
          }),
        ),
      },
      closed,
    ),
    answers: { 200: Suggestions },
  },
  tailEvents: {
    method: 'GET',
    path: '/v1/events/tail',
    summary: 'Events as they are recorded, in order of sequence: server-sent events',
    scope: 'events:read',
    query: Type.Object({ ...scope, q: question.q }, closed),
    headers: Type.Object({
      'last-event-id': optional(
        Type.String({
          maxLength: 2_048,
          description: 'The id of the last event received: the stream goes on after it.',
        }),
      ),
    }),
    produces: ['text/event-stream'],
    answers: { 200: Type.String({ description: 'Each `event` is one event as JSON.' }) },
  },
  listActors: {
    method: 'GET',
    path: '/v1/actors',
    summary: 'Who acts in a tenant’s log, last seen first',
    scope: 'events:read',
    query: entityQuery,
    answers: { 200: Type.Object({ actors: Type.Array(Actor), ...listed }) },
  },
  listRecords: {
    method: 'GET',
    path: '/v1/records',
    summary: 'What a tenant’s log is about, last seen first',
    scope: 'events:read',
    query: entityQuery,
    answers: { 200: Type.Object({ records: Type.Array(RecordEntry), ...listed }) },
  },
} as const satisfies Record<string, Route>;
