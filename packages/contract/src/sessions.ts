/**
 * Readers in customers' pages: sessions that the host product asks for, and keys with which it
 * signs tokens itself. Owns the schemas of these routes and of such a token.
 */
import Type, { type Static } from 'typebox';
import { LIMITS, TenantId } from './event.ts';
import { closed, optional, ProjectName, projectParam, type Route } from './route.ts';

/** Seconds. */
export const SESSION_SECONDS = { least: 60, default: 3_600, most: 86_400 } as const;
/** A token that the host signs lives no longer, in seconds: nobody but the host can end it. */
export const SIGNED_SECONDS = 3_600;
/** EdDSA is Ed25519. */
export const TOKEN_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

const ROLES_MOST = 20;
const Roles = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
    minItems: 1,
    maxItems: ROLES_MOST,
    description,
  });
const SubjectText = Type.String({
  minLength: 3,
  maxLength: 513,
  description: '`TYPE:ID`: it sees the log of this one actor or record, in bound views alone.',
});
const PersonText = Type.String({ minLength: 1, maxLength: LIMITS.name });

/** Who looks, as the host product knows them: the log names them when it says who read it. */
export const Viewer = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: LIMITS.shortText }),
    name: optional(PersonText),
    email: optional(Type.String({ minLength: 1, maxLength: LIMITS.shortText })),
  },
  closed,
);
export type Viewer = Static<typeof Viewer>;

export const ViewerSession = Type.Object({
  session_id: Type.String(),
  project: ProjectName,
  tenant_id: TenantId,
  roles: Type.Array(Type.String()),
  subject: Type.Union([Type.String(), Type.Null()]),
  viewer: Viewer,
  created_at: Type.String(),
  expires_at: Type.String(),
  revoked_at: Type.Union([Type.String(), Type.Null()]),
});
export type ViewerSession = Static<typeof ViewerSession>;

export const ViewerKey = Type.Object({
  viewer_key_id: Type.String({ description: 'What `kid` in the header of a token must say.' }),
  project: ProjectName,
  label: Type.String(),
  issuer: Type.String({ description: 'What `iss` must say.' }),
  audience: Type.String({ description: 'What `aud` must say.' }),
  algorithm: Type.Enum([...TOKEN_ALGORITHMS]),
  roles: Type.Array(Type.String(), { description: 'Roles that its tokens may give.' }),
  tenants: Type.Union([Type.Array(TenantId), Type.Null()], {
    description: 'Tenants that its tokens may name; null: every one of the project.',
  }),
  created_at: Type.String(),
  retired_at: Type.Union([Type.String(), Type.Null()]),
});
export type ViewerKey = Static<typeof ViewerKey>;

/** What a token says that the host signs; other claims are passed over. Times in seconds. */
export const ViewerClaims = Type.Object({
  iss: Type.String(),
  aud: Type.String(),
  sub: Viewer.properties.id,
  jti: Type.String({ minLength: 1, maxLength: 128 }),
  iat: Type.Integer({ minimum: 0 }),
  exp: Type.Integer({ minimum: 0 }),
  tenant_id: TenantId,
  roles: Roles('Of those that the key may give.'),
  subject: optional(SubjectText),
  name: Viewer.properties.name,
  email: Viewer.properties.email,
});
export type ViewerClaims = Static<typeof ViewerClaims>;

const sessionParams = Type.Object({ session_id: Type.String({ maxLength: 64 }) });
const keyParams = Type.Object({ viewer_key_id: Type.String({ maxLength: 64 }) });
const manages = { scope: 'manage', manage: 'sessions' } as const;

export const SESSION_ROUTES = {
  createViewerSession: {
    method: 'POST',
    path: '/v1/viewer-sessions',
    summary: 'Let one of your users read: a token for their browser; the answer shows it once',
    ...manages,
    query: Type.Object(projectParam, closed),
    body: Type.Object(
      {
        tenant_id: TenantId,
        roles: Roles('Roles of the project that are marked `viewer: true`.'),
        viewer: Viewer,
        subject: optional(SubjectText),
        expires_in: optional(
          Type.Integer({
            minimum: SESSION_SECONDS.least,
            maximum: SESSION_SECONDS.most,
            default: SESSION_SECONDS.default,
            description: 'Seconds.',
          }),
        ),
      },
      closed,
    ),
    answers: {
      201: Type.Object({
        ...ViewerSession.properties,
        token: Type.String({ description: 'Sent as `Authorization: Bearer TOKEN`.' }),
      }),
    },
  },
  listViewerSessions: {
    method: 'GET',
    path: '/v1/viewer-sessions',
    summary: 'Sessions of a tenant’s readers that last, or have ended within a day, newest first',
    ...manages,
    query: Type.Object(
      {
        ...projectParam,
        tenant_id: TenantId,
        limit: optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
      },
      closed,
    ),
    answers: { 200: Type.Object({ sessions: Type.Array(ViewerSession) }) },
  },
  revokeViewerSession: {
    method: 'DELETE',
    path: '/v1/viewer-sessions/{session_id}',
    summary: 'End a session, at once',
    ...manages,
    params: sessionParams,
    query: Type.Object(projectParam, closed),
    answers: { 200: ViewerSession },
  },
  createViewerKey: {
    method: 'POST',
    path: '/v1/viewer-keys',
    summary: 'Register a public key of yours: tokens that you sign with it let your users read',
    ...manages,
    query: Type.Object(projectParam, closed),
    body: Type.Object(
      {
        label: PersonText,
        issuer: Type.String({ minLength: 1, maxLength: LIMITS.shortText }),
        algorithm: Type.Enum([...TOKEN_ALGORITHMS]),
        public_key: Type.Union(
          [Type.String({ maxLength: 8_192 }), Type.Record(Type.String(), Type.Unknown())],
          { description: 'SPKI in PEM, or a JWK. RSA keys of at least 2,048 bits.' },
        ),
        roles: Roles('Roles that its tokens may give, marked `viewer: true`.'),
        tenants: optional(
          Type.Array(TenantId, {
            minItems: 1,
            maxItems: 1_000,
            description: 'Tenants that its tokens may name; default every one of the project.',
          }),
        ),
      },
      closed,
    ),
    answers: { 201: ViewerKey },
  },
  listViewerKeys: {
    method: 'GET',
    path: '/v1/viewer-keys',
    summary: 'Registered public keys, retired ones too',
    ...manages,
    query: Type.Object(projectParam, closed),
    answers: { 200: Type.Object({ keys: Type.Array(ViewerKey) }) },
  },
  retireViewerKey: {
    method: 'DELETE',
    path: '/v1/viewer-keys/{viewer_key_id}',
    summary: 'Retire a public key: no token signed with it is taken any more',
    ...manages,
    params: keyParams,
    query: Type.Object(projectParam, closed),
    answers: { 200: ViewerKey },
  },
  denyViewerToken: {
    method: 'POST',
    path: '/v1/viewer-keys/{viewer_key_id}/denials',
    summary: 'End one token that you signed, by its `jti`',
    ...manages,
    params: keyParams,
    query: Type.Object(projectParam, closed),
    body: Type.Object({ jti: ViewerClaims.properties.jti }, closed),
    answers: {
      201: Type.Object({ jti: Type.String(), denied_until: Type.String() }),
    },
  },
} as const satisfies Record<string, Route>;
