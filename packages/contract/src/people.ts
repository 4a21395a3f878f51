/**
 * People: who signs in, what they may do where, and how they prove who they are. Owns the schemas
 * of these routes.
 */
import Type, { type Static } from 'typebox';
import { CAPABILITIES } from './definition.ts';
import { LIMITS, TenantId } from './event.ts';
import {
  closed,
  MANAGE,
  nullable,
  optional,
  ProjectName,
  projectParam,
  type Route,
  SCOPES,
} from './route.ts';

/** Limits of people. */
export const PEOPLE_LIMITS = {
  /** Fewer are guessed; there are no other rules, since those make worse passwords. */
  passwordMin: 12,
  /** Bounds the work of one hash. */
  passwordMax: 256,
  /** Of one person: every one of them is looked at in each of the person's requests. */
  memberships: 100,
  /** Of one request. */
  membershipsAtOnce: 20,
  roles: 20,
  /** Characters of a one-time code or backup code. */
  code: 32,
  /** Characters of the secret in a one-time link. */
  token: 128,
} as const;

const Email = Type.String({
  minLength: 3,
  maxLength: LIMITS.email,
  pattern: '^[^\\s@\\u0000-\\u001f\\u007f]+@[^\\s@\\u0000-\\u001f\\u007f]+$',
  description: 'Kept in lower case.',
});
const PersonName = Type.String({
  minLength: 1,
  maxLength: LIMITS.name,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
});
const NewPassword = Type.String({
  minLength: PEOPLE_LIMITS.passwordMin,
  maxLength: PEOPLE_LIMITS.passwordMax,
  description: 'Not one of the commonest.',
});
const Password = Type.String({ minLength: 1, maxLength: PEOPLE_LIMITS.passwordMax });
const Token = Type.String({
  minLength: 1,
  maxLength: PEOPLE_LIMITS.token,
  description: 'What stands in the link behind `#`.',
});
const Code = Type.String({ minLength: 1, maxLength: PEOPLE_LIMITS.code });
const RoleNames = Type.Array(Type.String({ maxLength: 63 }), { maxItems: PEOPLE_LIMITS.roles });
const Time = Type.String({ description: 'RFC 3339.' });
const PersonId = Type.String({ maxLength: 64 });

/** What a person is given. */
export const NewMembership = Type.Object(
  {
    project: optional(ProjectName),
    tenant_id: optional(TenantId),
    roles: optional(RoleNames),
    owner: optional(Type.Boolean({ description: 'Of the instance: everything, without roles.' })),
  },
  { ...closed, description: 'An owner; or roles in a project, and there of one tenant if named.' },
);
export type NewMembership = Static<typeof NewMembership>;

export const Membership = Type.Object({
  project: nullable(ProjectName, 'Null: every project.'),
  tenant_id: nullable(TenantId, 'Null: every tenant.'),
  owner: Type.Boolean(),
  roles: Type.Array(Type.String()),
  accepted: Type.Boolean({ description: 'Whether the person has accepted the invitation.' }),
});
export type Membership = Static<typeof Membership>;

export const Person = Type.Object({
  person_id: PersonId,
  email: Type.String(),
  name: nullable(Type.String(), 'Null: has not accepted an invitation yet.'),
  two_factor: nullable(Type.Boolean(), 'Whether a code is asked beside the password.'),
  last_seen_at: nullable(Time),
  memberships: Type.Array(Membership, { description: 'Those that the asker may change.' }),
});
export type Person = Static<typeof Person>;

/** A link that is used once. */
export const OneTimeLink = Type.Object({
  path: Type.String({ description: 'Behind the address of the server. Hand it on: no mail goes.' }),
  token: Type.String({ description: 'The secret in it, shown once.' }),
  expires_at: Time,
});
export type OneTimeLink = Static<typeof OneTimeLink>;

/** One place where somebody may do something. */
export const Seat = Type.Object({
  project: nullable(ProjectName, 'Null: every project.'),
  tenant_id: nullable(TenantId, 'Null: every tenant.'),
  owner: Type.Boolean(),
  scopes: Type.Array(Type.Enum([...SCOPES])),
  roles: Type.Array(Type.String()),
  views: Type.Array(
    Type.Object({
      view: Type.String(),
      capabilities: Type.Array(Type.Enum([...CAPABILITIES])),
    }),
    { description: 'Of the roles. With the scope `events:read`: every view.' },
  ),
  manage: Type.Array(Type.Enum([...MANAGE]), {
    description: 'Of the roles. With the scope `manage`: everything.',
  }),
});
export type Seat = Static<typeof Seat>;

export const Me = Type.Object({
  kind: Type.Enum(['key', 'person', 'viewer']),
  id: Type.String(),
  name: nullable(Type.String()),
  email: nullable(Type.String()),
  two_factor: nullable(Type.Boolean(), 'Of a person.'),
  has_password: nullable(Type.Boolean(), 'Of a person; without one, single sign-on remains.'),
  expires_at: nullable(Time, 'When the key or session ends at the latest.'),
  seats: Type.Array(Seat),
});
export type Me = Static<typeof Me>;

export const PersonSession = Type.Object({
  session_id: Type.String(),
  current: Type.Boolean({ description: 'Whether it is the one that asks.' }),
  created_at: Time,
  last_seen_at: Type.String({ description: 'To five minutes.' }),
  expires_at: Type.String({ description: 'If nothing is done until then.' }),
  ip: nullable(Type.String()),
  user_agent: nullable(Type.String()),
});
export type PersonSession = Static<typeof PersonSession>;

/** How signing in went; the session is in a cookie. */
export const SignedIn = Type.Object({
  signed_in: Type.Boolean(),
  code_needed: Type.Boolean({ description: 'A one-time code must follow within ten minutes.' }),
});
export type SignedIn = Static<typeof SignedIn>;

export const Provider = Type.Object({
  provider: Type.String({ description: 'Its name in addresses.' }),
  label: Type.String(),
});
export type Provider = Static<typeof Provider>;

const ProviderName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' });
export const LinkedAccount = Type.Object({
  account_id: Type.String(),
  provider: Type.String(),
  linked_at: Time,
});
export type LinkedAccount = Static<typeof LinkedAccount>;

const NewTotp = Type.Object({
  uri: Type.String({ description: '`otpauth://…`, for an authenticator app; shown once.' }),
  backup_codes: Type.Array(Type.String(), { description: 'Each counts once; shown once.' }),
});
const Done = Type.Object({ ok: Type.Boolean() });
const sessions = Type.Object({ sessions: Type.Array(PersonSession) });
/** Whose people: where the asker has several seats, this chooses one. */
const place = Type.Object({ ...projectParam, tenant_id: optional(TenantId) }, closed);
const person = Type.Object({ person_id: PersonId });
const memberships = Type.Array(NewMembership, {
  minItems: 1,
  maxItems: PEOPLE_LIMITS.membershipsAtOnce,
});

const MANAGED = {
  me: {
    method: 'GET',
    path: '/v1/me',
    summary: 'Who asks, and what they may do where',
    scope: null,
    who: 'known',
    answers: { 200: Me },
  },
  listPeople: {
    method: 'GET',
    path: '/v1/people',
    summary: 'People by e-mail, with what they may do',
    scope: 'manage',
    manage: 'people',
    query: Type.Object(
      {
        ...place.properties,
        after: optional(Type.String({ maxLength: LIMITS.email, description: 'An e-mail.' })),
        limit: optional(Type.Integer({ minimum: 1, maximum: 500, default: 500 })),
      },
      closed,
    ),
    answers: { 200: Type.Object({ people: Type.Array(Person) }) },
  },
  invitePerson: {
    method: 'POST',
    path: '/v1/people',
    summary: 'Invite somebody; the answer holds the link to hand on',
    scope: 'manage',
    manage: 'people',
    query: place,
    body: Type.Object({ email: Email, memberships }, closed),
    answers: { 201: Type.Object({ person: Person, link: OneTimeLink }) },
  },
  putPerson: {
    method: 'PUT',
    path: '/v1/people/{person_id}',
    summary: 'Put these memberships in place of those that the asker may change',
    scope: 'manage',
    manage: 'people',
    params: person,
    query: place,
    body: Type.Object({ memberships }, closed),
    answers: { 200: Person },
  },
  removePerson: {
    method: 'DELETE',
    path: '/v1/people/{person_id}',
    summary:
      'Take away every membership that the asker may change; without any, the person is gone',
    scope: 'manage',
    manage: 'people',
    params: person,
    query: place,
    answers: { 200: Done },
  },
  resetPerson: {
    method: 'POST',
    path: '/v1/people/{person_id}/reset',
    summary: 'A link to set a new password; it ends sessions, codes and single sign-on when used',
    scope: 'manage',
    manage: 'people',
    params: person,
    query: place,
    body: Type.Object({}, closed),
    answers: { 201: OneTimeLink },
  },
  listPersonSessions: {
    method: 'GET',
    path: '/v1/people/{person_id}/sessions',
    summary: 'Where a person is signed in',
    scope: 'manage',
    manage: 'people',
    params: person,
    query: place,
    answers: { 200: sessions },
  },
  endPersonSessions: {
    method: 'DELETE',
    path: '/v1/people/{person_id}/sessions',
    summary: 'Sign a person out everywhere',
    scope: 'manage',
    manage: 'people',
    params: person,
    query: place,
    answers: { 200: Done },
  },
} as const satisfies Record<string, Route>;

const ENTERED = {
  setUp: {
    method: 'POST',
    path: '/v1/auth/setup',
    summary: 'Become the first person, an owner, by the link that the first start printed',
    scope: null,
    who: 'open',
    body: Type.Object(
      { token: Token, email: Email, name: PersonName, password: NewPassword },
      closed,
    ),
    answers: { 200: SignedIn },
  },
  join: {
    method: 'POST',
    path: '/v1/auth/join',
    summary: 'Accept an invitation: a new person sets name and password, others are signed in',
    scope: null,
    who: 'open',
    body: Type.Object(
      { token: Token, name: optional(PersonName), password: optional(NewPassword) },
      closed,
    ),
    answers: { 200: SignedIn },
  },
  resetPassword: {
    method: 'POST',
    path: '/v1/auth/reset',
    summary: 'Set a new password by a link',
    scope: null,
    who: 'open',
    body: Type.Object({ token: Token, password: NewPassword }, closed),
    answers: { 200: SignedIn },
  },
  signIn: {
    method: 'POST',
    path: '/v1/auth/sign-in',
    summary: 'Sign in by e-mail and password; the session is in a cookie',
    scope: null,
    who: 'open',
    body: Type.Object({ email: Email, password: Password }, closed),
    answers: { 200: SignedIn },
  },
  signInCode: {
    method: 'POST',
    path: '/v1/auth/sign-in/code',
    summary: 'The one-time code that follows the password, or a backup code',
    scope: null,
    who: 'open',
    body: Type.Object({ code: Code, is_backup: optional(Type.Boolean()) }, closed),
    answers: { 200: SignedIn },
  },
  listProviders: {
    method: 'GET',
    path: '/v1/auth/providers',
    summary: 'Where one can sign in by single sign-on',
    scope: null,
    who: 'open',
    answers: { 200: Type.Object({ providers: Type.Array(Provider) }) },
  },
  startProvider: {
    method: 'POST',
    path: '/v1/auth/providers/{provider}',
    summary: 'Begin single sign-on; go to the address of the answer',
    scope: null,
    who: 'open',
    params: Type.Object({ provider: ProviderName }),
    body: Type.Object(
      {
        link: optional(Type.Boolean({ description: 'To link it to the person who is signed in.' })),
      },
      closed,
    ),
    answers: { 200: Type.Object({ url: Type.String() }) },
  },
  callback: {
    method: 'GET',
    path: '/v1/auth/callback/{provider}',
    summary: 'Where the provider sends the browser back; goes to `/`, or to `/sign-in#refused`',
    scope: null,
    who: 'open',
    params: Type.Object({ provider: ProviderName }),
    answers: { 302: Type.Null({ description: 'Nothing.' }) },
  },
} as const satisfies Record<string, Route>;

const OWN = {
  signOut: {
    method: 'POST',
    path: '/v1/auth/sign-out',
    summary: 'End this session',
    scope: null,
    who: 'person',
    body: Type.Object({}, closed),
    answers: { 200: Done },
  },
  changePassword: {
    method: 'POST',
    path: '/v1/auth/password',
    summary: 'Change the own password; every other session ends',
    scope: null,
    who: 'person',
    body: Type.Object({ password: Password, new_password: NewPassword }, closed),
    answers: { 200: Done },
  },
  startTotp: {
    method: 'POST',
    path: '/v1/auth/totp',
    summary: 'Make a secret for one-time codes; asked for only after the first code is confirmed',
    scope: null,
    who: 'person',
    body: Type.Object({ password: Password }, closed),
    answers: { 200: NewTotp },
  },
  confirmTotp: {
    method: 'POST',
    path: '/v1/auth/totp/confirm',
    summary: 'Confirm the first code: from now on a code follows the password',
    scope: null,
    who: 'person',
    body: Type.Object({ code: Code }, closed),
    answers: { 200: Done },
  },
  removeTotp: {
    method: 'POST',
    path: '/v1/auth/totp/remove',
    summary: 'Ask for no codes any more',
    scope: null,
    who: 'person',
    body: Type.Object({ password: Password }, closed),
    answers: { 200: Done },
  },
  newBackupCodes: {
    method: 'POST',
    path: '/v1/auth/totp/backup-codes',
    summary: 'New backup codes in place of the old ones',
    scope: null,
    who: 'person',
    body: Type.Object({ password: Password }, closed),
    answers: { 200: Type.Object({ backup_codes: Type.Array(Type.String()) }) },
  },
  listOwnSessions: {
    method: 'GET',
    path: '/v1/auth/sessions',
    summary: 'Where one is signed in',
    scope: null,
    who: 'person',
    answers: { 200: sessions },
  },
  endOwnSession: {
    method: 'DELETE',
    path: '/v1/auth/sessions/{session_id}',
    summary: 'End one of the own sessions',
    scope: null,
    who: 'person',
    params: Type.Object({ session_id: Type.String({ maxLength: 64 }) }),
    answers: { 200: Done },
  },
  listAccounts: {
    method: 'GET',
    path: '/v1/auth/accounts',
    summary: 'Linked accounts of single sign-on',
    scope: null,
    who: 'person',
    answers: { 200: Type.Object({ accounts: Type.Array(LinkedAccount) }) },
  },
  unlinkAccount: {
    method: 'DELETE',
    path: '/v1/auth/accounts/{account_id}',
    summary: 'Unlink an account; not the last way to sign in',
    scope: null,
    who: 'person',
    params: Type.Object({ account_id: Type.String({ maxLength: 64 }) }),
    answers: { 200: Done },
  },
} as const satisfies Record<string, Route>;

export const PEOPLE_ROUTES = { ...MANAGED, ...ENTERED, ...OWN } as const;
