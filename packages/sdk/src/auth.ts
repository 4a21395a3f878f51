/**
 * `client.auth`: signing in, and what people change about themselves. The session is in a cookie
 * that the browser keeps, so these calls are for pages of the server itself. Owns the mapping of
 * these calls to routes.
 */
import type {
  LinkedAccount,
  PersonSession,
  Provider,
  ROUTES,
  SignedIn,
} from '@annals/contract/routes';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { path } from './http.ts';

type Routes = typeof ROUTES;
type Body<R extends 'setUp' | 'join' | 'resetPassword' | 'signIn' | 'signInCode'> = Static<
  Routes[R]['body']
>;
/** Shown once: the address for an authenticator app, and codes that count once each. */
export type NewTotp = Static<Routes['startTotp']['answers'][200]>;

/** Throws `AuthenticationError` for what is wrong or used, `UnavailableError` when throttled. */
export interface Auth {
  /** Becomes the first person, by the link that the first start printed. */
  setUp(asked: Body<'setUp'>, options?: CallOptions): Promise<SignedIn>;
  /** Accepts an invitation. */
  join(asked: Body<'join'>, options?: CallOptions): Promise<SignedIn>;
  resetPassword(asked: Body<'resetPassword'>, options?: CallOptions): Promise<SignedIn>;
  /** If `code_needed`, `signInCode` must follow. */
  signIn(asked: Body<'signIn'>, options?: CallOptions): Promise<SignedIn>;
  signInCode(asked: Body<'signInCode'>, options?: CallOptions): Promise<SignedIn>;
  signOut(options?: CallOptions): Promise<void>;
  /** Where one can sign in by single sign-on. */
  providers(options?: CallOptions): Promise<Provider[]>;
  /** Begins single sign-on: the address to go to. `link`: for the person who is signed in. */
  startProvider(
    provider: string,
    asked?: { link?: boolean },
    options?: CallOptions,
  ): Promise<string>;
  /** Every other session ends. */
  changePassword(password: string, newPassword: string, options?: CallOptions): Promise<void>;
  startTotp(password: string, options?: CallOptions): Promise<NewTotp>;
  /** From now on a code follows the password. */
  confirmTotp(code: string, options?: CallOptions): Promise<void>;
  removeTotp(password: string, options?: CallOptions): Promise<void>;
  newBackupCodes(password: string, options?: CallOptions): Promise<string[]>;
  sessions(options?: CallOptions): Promise<PersonSession[]>;
  endSession(sessionId: string, options?: CallOptions): Promise<void>;
  accounts(options?: CallOptions): Promise<LinkedAccount[]>;
  unlinkAccount(accountId: string, options?: CallOptions): Promise<void>;
}

export function authOf({ http }: Wiring): Auth {
  // A lost answer is not asked for again: links and codes count once.
  const post = <T>(parts: readonly string[], json: object, { signal }: CallOptions = {}) =>
    answerOf<T>(
      http.json({ method: 'POST', path: path('auth', ...parts), json, signal, repeatable: false }),
    );
  const get = <T>(part: string, { signal }: CallOptions = {}) =>
    answerOf<T>(http.json({ method: 'GET', path: path('auth', part), signal }));
  const remove = async (part: string, id: string, { signal }: CallOptions = {}) => {
    await http.json({ method: 'DELETE', path: path('auth', part, id), signal });
  };
  return {
    setUp: (asked, options) => post(['setup'], asked, options),
    join: (asked, options) => post(['join'], asked, options),
    resetPassword: (asked, options) => post(['reset'], asked, options),
    signIn: (asked, options) => post(['sign-in'], asked, options),
    signInCode: (asked, options) => post(['sign-in', 'code'], asked, options),
    signOut: async (options) => {
      await post(['sign-out'], {}, options);
    },
    providers: async (options) =>
      (await get<{ providers: Provider[] }>('providers', options)).providers,
    startProvider: async (provider, asked = {}, options) =>
      (await post<{ url: string }>(['providers', provider], asked, options)).url,
    changePassword: async (password, newPassword, options) => {
      await post(['password'], { password, new_password: newPassword }, options);
    },
    startTotp: (password, options) => post(['totp'], { password }, options),
    confirmTotp: async (code, options) => {
      await post(['totp', 'confirm'], { code }, options);
    },
    removeTotp: async (password, options) => {
      await post(['totp', 'remove'], { password }, options);
    },
    newBackupCodes: async (password, options) =>
      (await post<{ backup_codes: string[] }>(['totp', 'backup-codes'], { password }, options))
        .backup_codes,
    sessions: async (options) =>
      (await get<{ sessions: PersonSession[] }>('sessions', options)).sessions,
    endSession: (sessionId, options) => remove('sessions', sessionId, options),
    accounts: async (options) =>
      (await get<{ accounts: LinkedAccount[] }>('accounts', options)).accounts,
    unlinkAccount: (accountId, options) => remove('accounts', accountId, options),
  };
}
