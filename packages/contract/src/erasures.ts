/**
 * Erasing a person from a tenant's log: what a dry run shows, what is confirmed, what a certificate
 * says, and the routes of it. Nothing of the person is in an erasure once it is completed.
 */
import Type, { type Static } from 'typebox';
import { LIMITS, TenantId, Uuid } from './event.ts';
import { closed, nullable, optional, paging, projectParam, type Route } from './route.ts';

export const ERASURE_LIMITS = {
  /** Names, e-mails and ids of one person; a service that many share has more. */
  aliases: 500,
  /** Events that are listed one by one; beyond it they are counted. */
  listed: 200,
  /** How long a dry run may be confirmed, in ms: then the log is another one. */
  confirmWithinMs: 24 * 3_600_000,
} as const;

const Count = Type.Integer({ minimum: 0 });
const Instant = Type.String({ description: 'RFC 3339 in UTC.' });

export const ErasureSubject = Type.Object(
  {
    type: Type.String({ minLength: 1, maxLength: LIMITS.shortText }),
    id: Type.String({ minLength: 1, maxLength: LIMITS.entityId }),
  },
  { ...closed, description: 'Who is to be erased, as events name them.' },
);
export type ErasureSubject = Static<typeof ErasureSubject>;

export const ALIAS_KINDS = ['id', 'email', 'name'] as const;
const alias = {
  kind: Type.Enum([...ALIAS_KINDS]),
  type: optional(
    Type.String({
      minLength: 1,
      maxLength: LIMITS.shortText,
      description: 'Of an id: of which type; default that of the subject.',
    }),
  ),
  value: Type.String({ minLength: 1, maxLength: LIMITS.entityId }),
};
/** Another id, an e-mail or a name of the subject. */
export const Alias = Type.Object(alias, closed);
export type Alias = Static<typeof Alias>;

export const ERASED_PLACES = [
  ...['actor', 'on_behalf_of', 'target', 'context', 'changes', 'mentions'],
] as const;
export type ErasedPlace = (typeof ERASED_PLACES)[number];

const PlaceCounts = Type.Object(
  {
    events: Type.Integer({ minimum: 0, description: 'In any of the places.' }),
    actor: Count,
    on_behalf_of: Count,
    target: Count,
    context: Type.Integer({ minimum: 0, description: 'Address, browser, place, session.' }),
    changes: Type.Integer({ minimum: 0, description: 'Of the subject’s own record.' }),
    mentions: Type.Integer({ minimum: 0, description: 'Other values that mention the subject.' }),
  },
  { description: 'Events by where they hold values of the subject.' },
);
export type PlaceCounts = Static<typeof PlaceCounts>;

/** Events with the values in them, by id and path; never what the values are. */
const Listing = Type.Object({
  events: Count,
  list: Type.Array(
    Type.Object({
      id: Uuid,
      sequence: Count,
      paths: Type.Array(Type.String({ description: 'JSON Pointer.' })),
    }),
    { description: `The first ${ERASURE_LIMITS.listed}.` },
  ),
});
export type Listing = Static<typeof Listing>;

const Elsewhere = Type.Object(
  {
    place: Type.Enum([
      ...['tenant', 'project', 'definition', 'api_key', 'account', 'legal_hold', 'report'],
    ]),
    id: Type.String({
      description: 'Of key, account, hold or report; the name of project or tenant.',
    }),
    field: Type.String(),
  },
  { description: 'Beside the log: to be changed by hand.' },
);
export type Elsewhere = Static<typeof Elsewhere>;

const searched = {
  searched: Type.Boolean({ description: 'Whether texts were searched at all.' }),
};
const Mentions = Type.Object(
  { ...searched, ...Listing.properties },
  { description: 'Personal values elsewhere in events that mention the subject.' },
);
const Clear = Type.Object(
  { ...searched, ...Listing.properties },
  {
    description:
      'Values that are not personal, as actions and ids of things. They are part of the proofs, ' +
      'so no erasure can reach them; a retention can remove the events.',
  },
);

/** What a dry run found. Holds personal values, so it is gone when the erasure is completed. */
export const ErasureFound = Type.Object({
  token: Type.String({ description: 'Sent back with the confirmation.' }),
  size: Type.Integer({ minimum: 0, description: 'Events that the log had.' }),
  counts: PlaceCounts,
  held: Type.Integer({ minimum: 0, description: 'Of these events, those under a legal hold.' }),
  aliases: Type.Array(
    Type.Object({
      ...alias,
      events: Type.Integer({ minimum: 0, description: 'Events that hold it, in any place.' }),
      of: optional(
        Type.String({ description: 'Whose it is, `TYPE:ID`, if not the subject’s own.' }),
      ),
      matches: Type.Enum(['words', 'values'], {
        description: 'How texts are searched for it. What is short is looked for as a whole value.',
      }),
    }),
    { description: 'Each to be confirmed, or not.' },
  ),
  mentions: Mentions,
  clear: Clear,
  elsewhere: Type.Array(Elsewhere),
  files: Type.Integer({
    minimum: 0,
    description: 'Exported files of views that show personal values: they are deleted.',
  }),
});
export type ErasureFound = Static<typeof ErasureFound>;

const MentionsChoice = Type.Enum(['list', 'erase'], {
  description: 'Whether values that mention the subject are erased too, or only listed.',
});

/** What was done, without anything of the person. */
export const ErasureCertificate = Type.Object({
  completed_at: Instant,
  pseudonym: Type.String({
    description: 'What stands for the erased ids: the events still group.',
  }),
  counts: PlaceCounts,
  sequences: nullable(
    Type.Object({ first: Count, last: Count }, { description: 'Of the events that changed.' }),
  ),
  log: Type.Object(
    {
      origin: Type.String(),
      size: Count,
      root_before: Type.String({ description: 'Base64.' }),
      root_after: Type.String({ description: 'Made again of every leaf hash: the same.' }),
    },
    { description: 'The log up to where it was erased.' },
  ),
  mentions: MentionsChoice,
  files: Type.Integer({ minimum: 0, description: 'Exported files that were deleted.' }),
  remaining: Type.Object({
    mentions: Mentions,
    clear: Clear,
    elsewhere: Type.Array(Elsewhere),
    copies: Type.Array(Type.String(), { description: 'What no server can call back.' }),
  }),
});
export type ErasureCertificate = Static<typeof ErasureCertificate>;

export const ERASURE_STATES = [
  ...['searching', 'found', 'expired', 'running', 'held', 'completed', 'failed'],
] as const;
export type ErasureState = (typeof ERASURE_STATES)[number];

export const Erasure = Type.Object({
  erasure_id: Uuid,
  tenant_id: TenantId,
  state: Type.Enum([...ERASURE_STATES], {
    description: '`held`: a legal hold covers what is left of it; it goes on when asked to.',
  }),
  subject: nullable(ErasureSubject),
  legal_basis: Type.String(),
  reason: nullable(Type.String()),
  created_at: Instant,
  created_by: Type.String({ description: 'Key or person.' }),
  finished_at: nullable(Instant),
  done: Type.Integer({ minimum: 0, description: 'Events looked at so far.' }),
  total: Count,
  error: nullable(Type.String()),
  found: nullable(ErasureFound),
  certificate: nullable(ErasureCertificate),
});
export type Erasure = Static<typeof Erasure>;

const params = Type.Object({ erasure_id: Uuid });
const query = Type.Object(projectParam, closed);
const need = { scope: 'manage', manage: 'erasures' } as const;

export const ERASURE_ROUTES = {
  createErasure: {
    method: 'POST',
    path: '/v1/erasures',
    summary: 'Erase a person: first a dry run; then, with its token, the erasure itself',
    ...need,
    query,
    body: Type.Object(
      {
        tenant_id: TenantId,
        subject: ErasureSubject,
        dry_run: optional(Type.Boolean({ description: 'Default true: looks and erases nothing.' })),
        legal_basis: optional(
          Type.String({
            minLength: 1,
            maxLength: LIMITS.shortText,
            description: 'Of the dry run, required: as in `GDPR Art. 17(1)(b)`. No personal value.',
          }),
        ),
        reason: optional(
          Type.String({
            minLength: 1,
            maxLength: LIMITS.text,
            description: 'Of the dry run, as a ticket. No personal value: it is kept.',
          }),
        ),
        aliases: optional(
          Type.Array(Alias, {
            maxItems: ERASURE_LIMITS.aliases,
            description: 'Of the dry run: also looked for. Of the erasure: those confirmed.',
          }),
        ),
        search_mentions: optional(
          Type.Boolean({
            description: 'Of the dry run: whether texts are searched; default true.',
          }),
        ),
        token: optional(Type.String({ maxLength: 64, description: 'Of the dry run.' })),
        mentions: optional(MentionsChoice),
      },
      closed,
    ),
    answers: { 202: Erasure },
  },
  listErasures: {
    method: 'GET',
    path: '/v1/erasures',
    summary: 'Erasures of a tenant, the latest first',
    ...need,
    query: Type.Object({ ...projectParam, tenant_id: TenantId, limit: paging.limit }, closed),
    answers: { 200: Type.Object({ erasures: Type.Array(Erasure) }) },
  },
  getErasure: {
    method: 'GET',
    path: '/v1/erasures/{erasure_id}',
    summary: 'How far an erasure is, what it found, and its certificate',
    ...need,
    params,
    query,
    answers: { 200: Erasure },
  },
  resumeErasure: {
    method: 'POST',
    path: '/v1/erasures/{erasure_id}/resume',
    summary: 'Go on with an erasure that a legal hold or a failure has stopped',
    ...need,
    params,
    query,
    answers: { 202: Erasure },
  },
} as const satisfies Record<string, Route>;
