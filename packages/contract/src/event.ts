/**
 * The event: what a client sends (`EventInput`), what the ledger keeps (`StoredEvent`), what a
 * reader gets (`ReadEvent`), and every limit on them. Pure; owns no storage and no policy.
 */
import Type, { type Static, type TSchema } from 'typebox';
import {
  ACTOR_TYPES,
  INITIATORS,
  OPERATIONS,
  OUTCOMES,
  PSEUDONYM_PATTERN,
  SEVERITIES,
  TARGET_ROLES,
} from './values.ts';

/** Limits of one event and one request. Bytes are UTF-8, lengths are characters. */
export const LIMITS = {
  /** One event's JSON: larger ones belong in an object store, with a link in `metadata`. */
  eventBytes: 65_536,
  /** A leaf must fit the uint16 length of a C2SP tlog-tiles entry. */
  leafBytes: 65_535,
  /** A request body after decompression: bounds memory a request can take. */
  bodyBytes: 10 * 1024 * 1024,
  /** Events of one request: bounds the time one group holds the write lock. */
  requestEvents: 1_000,
  /** Nesting of one event, the event itself being depth 1: bounds recursion. */
  depth: 16,
  metadataKeys: 50,
  labels: 50,
  targets: 20,
  onBehalfOf: 20,
  changes: 200,
  roles: 50,
  tenantId: 128,
  action: 200,
  /** Room for a cloud resource name (AWS allows 2,048 for an ARN; real ones stay below 1,024). */
  entityId: 1_024,
  name: 512,
  /** RFC 5321: 64 + 1 + 255 and room for a non-ASCII local part. */
  email: 384,
  path: 1_024,
  shortText: 256,
  text: 4_096,
  userAgent: 1_024,
  /** How far `occurred_at` may lie ahead of the server's clock, in ms: clients' clocks drift. */
  futureMs: 5 * 60 * 1000,
} as const;

const closed = { additionalProperties: false } as const;
/** One word or dotted name: no white space or control character, so it can be quoted anywhere. */
const NAME_PATTERN = '^[^\\s\\u0000-\\u001f\\u007f]+$';
const POINTER_PATTERN = '^(/([^/~]|~[01])*)*$';
const IP_PATTERN = '^(\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[\\w.-]+)?)$';

const UUID_PATTERN =
  '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$';
const TENANT_PATTERN = '^[^\\u0000-\\u001f\\u007f]+$';

export const Uuid = Type.String({
  pattern: UUID_PATTERN,
  description: 'A UUID of any version; kept in lower case.',
});
export const TenantId = Type.String({
  minLength: 1,
  maxLength: LIMITS.tenantId,
  pattern: TENANT_PATTERN,
  description: 'The host product’s own identifier of its customer organization.',
});
const ActionName = Type.String({
  minLength: 1,
  maxLength: LIMITS.action,
  pattern: NAME_PATTERN,
  description: 'Machine name, for example `document.share.updated`.',
});
const Instant = Type.String({
  maxLength: 64,
  description: 'RFC 3339 with a zone; kept in milliseconds UTC.',
});
const oneOf = <const V extends string[]>(values: readonly [...V], description?: string) =>
  Type.Enum(values, description === undefined ? {} : { description });
const text = (maxLength: number, description?: string) =>
  Type.String({ minLength: 1, maxLength, ...(description === undefined ? {} : { description }) });
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

/** What a value must be that does not match one of the patterns above. */
export const PATTERN_WORDS: Readonly<Record<string, string>> = {
  [NAME_PATTERN]: 'must be one word without white space',
  [POINTER_PATTERN]: 'must be a JSON Pointer, for example /address/city',
  [IP_PATTERN]: 'must be an IPv4 or IPv6 address',
  [UUID_PATTERN]: 'must be a UUID',
  [TENANT_PATTERN]: 'must not hold control characters',
};

/** What stands in place of a personal value once it is erased: the digest that is in the leaf. */
export const Erased = Type.Object(
  {
    _erased: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    as: Type.Optional(
      Type.String({
        pattern: PSEUDONYM_PATTERN,
        description: 'Of an erased id: what stands for it, the same in all events of one erasure.',
      }),
    ),
  },
  { ...closed, description: 'An erased personal value: its digest in the leaf.' },
);
export type Erased = Static<typeof Erased>;

type Text = ReturnType<typeof text>;
/** Wraps each value that may later be erased. */
type Personal<S extends TSchema> = (schema: Text) => S;

const entityFields = <S extends TSchema>(personal: Personal<S>) => ({
  id: personal(text(LIMITS.entityId, 'The host product’s own identifier.')),
  name: optional(personal(text(LIMITS.name, 'The name at the time of the event.'))),
  email: optional(personal(text(LIMITS.email))),
});

const actor = <S extends TSchema>({ id, name, email }: ReturnType<typeof entityFields<S>>) =>
  Type.Object(
    {
      type: oneOf(ACTOR_TYPES),
      id: optional(id),
      name,
      email,
      roles: optional(Type.Array(text(LIMITS.shortText), { maxItems: LIMITS.roles })),
    },
    {
      ...closed,
      description: 'Who did it, as of then. Only `anonymous` and `system` need no id.',
    },
  );

const onBehalfOf = <S extends TSchema>(entity: ReturnType<typeof entityFields<S>>) =>
  Type.Array(Type.Object({ type: oneOf(ACTOR_TYPES), ...entity }, closed), {
    maxItems: LIMITS.onBehalfOf,
    description: 'Whom the actor acted for: impersonation, delegation, AI agents.',
  });

const targets = <S extends TSchema>(entity: ReturnType<typeof entityFields<S>>) =>
  Type.Array(
    Type.Object(
      {
        type: text(LIMITS.shortText, 'Resource type.'),
        ...entity,
        role: optional(oneOf(TARGET_ROLES, 'Absent means `primary`.')),
      },
      closed,
    ),
    { maxItems: LIMITS.targets, description: 'What it was done to; a parent is a target too.' },
  );

const changes = <U extends TSchema>(personalAny: U) =>
  Type.Array(
    Type.Object(
      {
        path: Type.String({
          maxLength: LIMITS.path,
          pattern: POINTER_PATTERN,
          description: 'JSON Pointer (RFC 6901) into the record.',
        }),
        before: optional(personalAny),
        after: optional(personalAny),
        label: optional(text(LIMITS.name)),
        secret: optional(
          Type.Literal(true, { description: 'Changed; its values are never stored.' }),
        ),
      },
      closed,
    ),
    { maxItems: LIMITS.changes },
  );

const outcome = <S extends TSchema>(personal: Personal<S>) =>
  Type.Object(
    {
      result: oneOf(OUTCOMES),
      reason: optional(personal(text(LIMITS.text))),
      code: optional(text(LIMITS.shortText)),
    },
    closed,
  );

const Source = Type.Object(
  {
    initiator: optional(oneOf(INITIATORS)),
    application: optional(text(LIMITS.shortText)),
    component: optional(text(LIMITS.shortText)),
    channel: optional(text(LIMITS.shortText)),
  },
  closed,
);

const IpAddress = Type.String({
  maxLength: 64,
  pattern: IP_PATTERN,
  description: 'IPv4 or IPv6 address.',
});

const context = <S extends TSchema>(personal: Personal<S>) =>
  Type.Object(
    {
      ip: optional(personal(IpAddress)),
      user_agent: optional(personal(text(LIMITS.userAgent))),
      location: optional(personal(text(LIMITS.shortText))),
      request_id: optional(text(LIMITS.shortText)),
      session_id: optional(personal(text(LIMITS.shortText))),
      trace_id: optional(text(LIMITS.shortText)),
      correlation_id: optional(text(LIMITS.shortText)),
    },
    closed,
  );

const reason = <S extends TSchema>(personal: Personal<S>) =>
  Type.Object(
    {
      text: optional(personal(text(LIMITS.text))),
      ticket: optional(text(LIMITS.shortText)),
    },
    closed,
  );

/** The parts that an event has on its way in, in the ledger and for a reader. */
const parts = <S extends TSchema, U extends TSchema>(personal: Personal<S>, personalAny: U) => {
  const entity = entityFields(personal);
  return {
    event_type: optional(text(LIMITS.action, 'Category of the action.')),
    action: ActionName,
    operation: optional(oneOf(OPERATIONS)),
    actor: actor(entity),
    on_behalf_of: optional(onBehalfOf(entity)),
    targets: optional(targets(entity)),
    changes: optional(changes(personalAny)),
    outcome: optional(outcome(personal)),
    source: optional(Source),
    context: optional(context(personal)),
    reason: optional(reason(personal)),
    severity: optional(oneOf(SEVERITIES)),
  };
};

const Metadata = Type.Record(Type.String(), Type.Unknown(), {
  maxProperties: LIMITS.metadataKeys,
  description: 'Anything else, as JSON. Another product’s record goes whole into `original`.',
});
/** Names of any characters: the usual pattern of a record ends at a line break. */
const LabelName = Type.String({ pattern: '^[\\s\\S]*$' });
const Labels = Type.Record(LabelName, Type.String({ maxLength: LIMITS.text }), {
  maxProperties: LIMITS.labels,
});

/** An event on its way in. Unknown fields are refused by name. */
export const EventInput = Type.Object(
  {
    id: optional(Uuid),
    tenant_id: optional(TenantId),
    occurred_at: Instant,
    ...parts((schema) => schema, Type.Unknown()),
    metadata: optional(Metadata),
    labels: optional(Labels),
  },
  { ...closed, description: 'An event as a client sends it.' },
);
export type EventInput = Static<typeof EventInput>;

const stored = {
  id: Uuid,
  occurred_at: Instant,
  received_at: Instant,
  ...parts((schema) => Type.Union([schema, Erased]), Type.Unknown()),
  metadata: optional(Type.Union([Metadata, Erased])),
  labels: optional(Type.Union([Labels, Erased])),
};

/** An event as the ledger keeps it: completed, times in ms UTC, personal values perhaps erased. */
export const StoredEvent = Type.Object(stored, closed);
export type StoredEvent = Static<typeof StoredEvent>;

/** An event as a reader gets it, projected by a view. */
export const ReadEvent = Type.Object(
  {
    ...stored,
    tenant_id: TenantId,
    sequence: optional(
      Type.Integer({ minimum: 0, description: 'Position in the tenant’s ledger, gap-free.' }),
    ),
    leaf_hash: optional(
      Type.String({ description: 'SHA-256 of the leaf, base64; the same as in the receipt.' }),
    ),
    activity: optional(
      Type.String({ description: 'What the project’s catalog calls the action.' }),
    ),
    sentence: optional(
      Type.String({ description: 'What happened, in words, made of what this view shows.' }),
    ),
  },
  { ...closed, description: 'An event as this view shows it.' },
);
export type ReadEvent = Static<typeof ReadEvent>;
