/**
 * better-auth, in one place: passwords, one-time codes, single sign-on and the rows of sessions.
 * Loaded when somebody first signs in. Only the steps that are called from here can be reached, and
 * no request reaches it as it came. It alters no table, sends nothing home and limits no rate.
 */

import type { Doer } from '@annals/contract/own-events';
import { PEOPLE_LIMITS } from '@annals/contract/people';
import type { DBAdapter } from 'better-auth/adapters';
import { getOAuthState } from 'better-auth/api';
import { getAdapter } from 'better-auth/db/adapter';
import { betterAuth } from 'better-auth/minimal';
import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import type { BetterAuthOptions } from 'better-auth/types';
import type { Config, ProviderConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { forBetterAuth } from './cookies.ts';
import { discoveryUrl, type SecretWay } from './discovery.ts';
import { withHashedTokens } from './hashed-tokens.ts';

/** Where browsers come back from single sign-on: below it lies `/callback/NAME`. */
const BASE_PATH = '/v1/auth';
/** Nobody is sent there: without single sign-on no address leaves the server. */
const NO_ORIGIN = 'http://localhost';
const HOUR_SECONDS = 3_600;
const ADDRESS_HEADER = 'x-annals-address';

/** Whoever sends a request, as far as signing in is concerned. */
export interface Browser {
  /** The server's own cookies, by their names without a prefix. */
  readonly cookies: ReadonlyMap<string, string>;
  readonly request: NonNullable<Doer['request']>;
}
export interface Step {
  readonly method?: 'GET' | 'POST';
  /** Below the base path, with a query if it has one. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}
export interface StepResult {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  /** As better-auth writes them. */
  readonly setCookies: readonly string[];
  readonly location: string | undefined;
}

/** Who comes back from a provider, and what for. */
export interface Identity {
  readonly provider: string;
  readonly action: 'create-user' | 'link-account' | 'sign-in';
  /** Asked for by the person who is signed in. */
  readonly isAskedFor: boolean;
  /** Of the person that it is linked to, or shall be. */
  readonly personId: string | undefined;
  /** As the provider says. */
  readonly email: string;
  readonly profile: Readonly<Record<string, unknown>>;
}
/** Whether the identity is let in. */
export type Judge = (identity: Identity) => Promise<boolean>;

export interface Parts {
  readonly store: Store;
  readonly config: Pick<Config, 'publicUrl' | 'sessionIdleHours'>;
  readonly secret: string;
  readonly log: Log;
  readonly judge: Judge;
}

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const fields = <N extends string>(...names: N[]): Record<N, string> =>
  Object.fromEntries(names.map((name) => [name, snakeCase(name)])) as Record<N, string>;

/** Where it keeps what: the tables of the schema's migration. */
export const TABLES = {
  user: { modelName: 'auth_user', fields: fields('emailVerified', 'createdAt', 'updatedAt') },
  session: {
    modelName: 'auth_session',
    fields: fields('expiresAt', 'createdAt', 'updatedAt', 'ipAddress', 'userAgent', 'userId'),
  },
  account: {
    modelName: 'auth_account',
    fields: {
      ...fields('accountId', 'providerId', 'userId', 'accessToken', 'refreshToken', 'idToken'),
      ...fields('accessTokenExpiresAt', 'refreshTokenExpiresAt', 'createdAt', 'updatedAt'),
    },
  },
  verification: {
    modelName: 'auth_verification',
    fields: fields('expiresAt', 'createdAt', 'updatedAt'),
  },
} as const;
const TWO_FACTOR_TABLES = {
  user: { fields: fields('twoFactorEnabled') },
  twoFactor: {
    modelName: 'auth_two_factor',
    fields: fields('backupCodes', 'userId', 'failedVerificationCount', 'lockedUntil'),
  },
};

/** The plugins that have tables. */
export const tablePlugins = () => [twoFactor({ issuer: 'Annals', schema: TWO_FACTOR_TABLES })];

/** A provider that has answered. */
export interface KnownProvider extends ProviderConfig {
  readonly way: SecretWay;
}

const singleSignOn = ({ name, label, issuer, clientId, clientSecret, way }: KnownProvider) =>
  genericOAuth({
    config: [
      {
        providerId: name,
        name: label,
        discoveryUrl: discoveryUrl(issuer),
        clientId,
        clientSecret,
        scopes: ['openid', 'email', 'profile'],
        authentication: way,
        pkce: true,
        requireIdTokenVerification: true,
        // Nobody is added who was not invited; who was is there already.
        disableSignUp: true,
      },
    ],
  });

function optionsOf({ config, secret, log, judge }: Parts, provider?: KnownProvider) {
  return {
    appName: 'Annals',
    secret,
    baseURL: config.publicUrl ?? NO_ORIGIN,
    basePath: BASE_PATH,
    ...TABLES,
    user: {
      ...TABLES.user,
      async validateUserInfo({ user, source }) {
        const isAskedFor = (await getOAuthState())?.link !== undefined;
        const { action, oauth } = source;
        const { providerId = '', profile = {} } = oauth ?? {};
        const email = String(user.email ?? '');
        const identity = { provider: providerId, action, isAskedFor, email, profile };
        const personId = user.id;
        return (await judge({ ...identity, personId })) ? undefined : { error: 'refused' };
      },
    },
    account: {
      ...TABLES.account,
      updateAccountOnSignIn: false,
      // Whether an e-mail counts is decided by `judge`.
      accountLinking: { requireLocalEmailVerified: false, allowDifferentEmails: true },
    },
    verification: { ...TABLES.verification, storeIdentifier: 'hashed' },
    // The end of a session is moved by whoever asks for it, see `access/persons.ts`.
    session: {
      ...TABLES.session,
      expiresIn: config.sessionIdleHours * HOUR_SECONDS,
      disableSessionRefresh: true,
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PEOPLE_LIMITS.passwordMin,
      maxPasswordLength: PEOPLE_LIMITS.passwordMax,
    },
    databaseHooks: {
      account: {
        create: {
          // What a provider would give for its own data is not asked for and not kept.
          async before(account) {
            const none = { accessToken: null, refreshToken: null, idToken: null, scope: null };
            return { data: { ...account, ...none } };
          },
        },
      },
    },
    advanced: {
      cookiePrefix: 'annals',
      useSecureCookies: false,
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // Its words without what is said about: that may name a person.
    logger: { level: 'error', log: (_level, words) => log.warn({ words }, 'sign-in') },
    plugins: [...tablePlugins(), ...(provider ? [singleSignOn(provider)] : [])],
  } satisfies BetterAuthOptions;
}

/** One better-auth: for passwords and codes, or for one provider of single sign-on. */
export async function openBetterAuth(parts: Parts, provider?: KnownProvider) {
  const { dialect, kysely } = parts.store.database;
  const type = dialect === 'sqlite' ? 'sqlite' : 'postgres';
  const options = optionsOf(parts, provider);
  const own: DBAdapter = withHashedTokens(
    await getAdapter({ ...options, database: { db: kysely, type, transaction: false } }),
  );
  const auth = betterAuth({ ...options, database: () => own });
  const { password } = await auth.$context;
  const { origin } = new URL(options.baseURL);
  return {
    /** As passwords are kept. */
    hash: (text: string): Promise<string> => password.hash(text),
    async step({ method = 'POST', path, body }: Step, browser: Browser): Promise<StepResult> {
      const { cookies } = browser;
      const { ip, userAgent } = browser.request;
      const request = new Request(`${origin}${BASE_PATH}${path}`, {
        method,
        headers: {
          origin,
          cookie: forBetterAuth(cookies),
          [ADDRESS_HEADER]: ip,
          ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const response = await auth.handler(request);
      return {
        status: response.status,
        json: await jsonOf(response),
        setCookies: response.headers.getSetCookie(),
        location: response.headers.get('location') ?? undefined,
      };
    },
  };
}
export type OpenBetterAuth = Awaited<ReturnType<typeof openBetterAuth>>;

async function jsonOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  if (!response.headers.get('content-type')?.startsWith('application/json')) return {};
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}
