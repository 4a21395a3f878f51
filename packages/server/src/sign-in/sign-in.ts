/**
 * How people prove who they are. Owns passwords, one-time codes, single sign-on, the links that
 * begin an account, and how often somebody may try. Promises: an unknown e-mail, a wrong password
 * and a shut account are answered alike, in like time; nothing secret is stored or logged in clear;
 * better-auth is loaded when somebody first needs it. What they may then do is asked of `access`.
 */
import { randomBytes } from 'node:crypto';
import type { OwnAction, OwnTold } from '@annals/contract/own-events';
import type { LinkedAccount, SignedIn } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { type Access, BY_SETUP, digestOf, newId, type Person } from '../access/access.ts';
import type { Config } from '../config.ts';
import { Fault, invalidBody } from '../fault.ts';
import type { Log } from '../log.ts';
import type { PersonRow, Store } from '../store/store.ts';
import type { Browser, KnownProvider, OpenBetterAuth, Step, StepResult } from './better-auth.ts';
import { newSessionToken } from './cookies.ts';
import { refusalOf } from './passwords.ts';
import { SingleSignOn } from './single-sign-on.ts';
import { type Attempt, Failures, Gate, Throttle } from './throttle.ts';

export type { Browser } from './better-auth.ts';
export { clearing, isLoopback, outgoing, readCookies, sessionToken } from './cookies.ts';

const SECRET_BYTES = 32;
const SECRET_SETTING = 'auth_secret';
/** Where the browser goes after single sign-on. */
const WELCOME = '/';
const REFUSED = '/sign-in#refused';

/** An answer, and the cookies that go with it as better-auth writes them. */
export interface Outcome<T> {
  readonly answer: T;
  readonly setCookies: readonly string[];
}
interface Parts {
  readonly store: Store;
  readonly access: Access;
  readonly config: Pick<Config, 'publicUrl' | 'authSecret' | 'sessionIdleHours' | 'oidc'>;
  readonly log: Log;
}

const SIGNED_IN: SignedIn = { signed_in: true, code_needed: false };
const CODE_NEEDED: SignedIn = { signed_in: false, code_needed: true };

/** Only what a step is about: a session that is there must not stand for a code. */
const only = (browser: Browser, name: string): Browser => ({
  ...browser,
  cookies: new Map([...browser.cookies].filter(([own]) => own === name)),
});
const ofSession = (browser: Browser): Browser => only(browser, 'session_token');
const ofChallenge = (browser: Browser): Browser => only(browser, 'two_factor');
const refused = (): Fault => new Fault('sign_in_refused');
const linkInvalid = (): Fault => new Fault('link_invalid');

function checkPassword(password: string, email: string): void {
  const refusal = refusalOf(password, email);
  if (refusal !== undefined) throw new Fault('password_refused', refusal);
}

export class SignIn {
  readonly #parts: Parts;
  readonly #throttle = new Throttle();
  readonly #gate = new Gate();
  readonly #failures: Failures<{ request: Browser['request']; way: string }>;
  readonly #singleSignOn: SingleSignOn;
  #secret: Promise<string> | undefined;
  #opened: Promise<OpenBetterAuth> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#failures = new Failures(({ request, way }, count) => {
      const doer = { kind: 'person', actor: { type: 'anonymous' }, request } as const;
      parts.access.tell(doer, { projectNo: null, tenantNo: null }, 'annals.person.sign_in_failed', {
        outcome: { result: 'denied' },
        metadata: { way, failures: count },
      });
    });
    this.#singleSignOn = new SingleSignOn(parts.store, parts.config.oidc, (judge, provider) =>
      this.#open(judge, provider),
    );
  }

  async #open(judge: Parameters<SingleSignOn['open']>[0], provider?: KnownProvider) {
    const { store, config, log } = this.#parts;
    const proposed = () => randomBytes(SECRET_BYTES).toString('base64url');
    this.#secret ??= config.authSecret
      ? Promise.resolve(config.authSecret)
      : store.settings.keep(SECRET_SETTING, proposed());
    const { openBetterAuth } = await import('./better-auth.ts');
    return await openBetterAuth(
      { store, config, log, judge, secret: await this.#secret },
      provider,
    );
  }

  /** The one for passwords and codes; no identity of elsewhere comes to it. */
  #auth(): Promise<OpenBetterAuth> {
    this.#opened ??= this.#open(() => Promise.resolve(false)).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** Work that hashes a password. */
  async #hashing<T>(work: () => Promise<T>): Promise<T> {
    const done = await this.#gate.pass(async () => ({ value: await work() }));
    if (done) return done.value;
    const detail = 'Too many people sign in at this moment.';
    throw new Fault('rate_limited', detail, { retryAfterSeconds: 2 });
  }

  async #hash(password: string): Promise<string> {
    const auth = await this.#auth();
    return await this.#hashing(() => auth.hash(password));
  }

  /**
   * A step that proves something, counted as failed until it has not. Throws `sign_in_refused`, or
   * `rate_limited` for an address that has failed too often.
   */
  async #attempt(browser: Browser, account: string | undefined, step: Step): Promise<StepResult> {
    const attempt: Attempt = { address: browser.request.ip, account };
    const wait = this.#throttle.waitOf(attempt);
    if (wait > 0) {
      const detail = 'Too many failures from this address.';
      throw new Fault('rate_limited', detail, { retryAfterSeconds: wait });
    }
    const { isShut } = this.#throttle.begin(attempt);
    const auth = await this.#auth();
    if (isShut) {
      // As long as a wrong password takes.
      await this.#hashing(() => auth.hash(step.path));
      throw this.#fail(browser, step.path);
    }
    const result = await this.#hashing(() => auth.step(step, browser));
    if (result.status >= 500) throw new Error(`better-auth answered ${result.status}`);
    const isKnown = result.json['code'] === 'TOTP_ALREADY_ENABLED';
    if (result.status >= 300 && !isKnown) throw this.#fail(browser, step.path);
    this.#throttle.succeed(attempt);
    return result;
  }

  #fail({ request }: Browser, way: string): Fault {
    this.#failures.add(request.ip, { request, way });
    return refused();
  }

  async #tell(
    personId: string,
    { request }: Pick<Browser, 'request'>,
    action: OwnAction,
    told: OwnTold = {},
  ): Promise<void> {
    await this.#parts.access.people.tellOf(personId, request, action, told);
  }

  /** Whose session the cookies begin. */
  async #begun(setCookies: readonly string[]): Promise<string> {
    const token = newSessionToken(setCookies);
    const hash = token === undefined ? '' : digestOf(token).toString('hex');
    const session = await this.#parts.store.signIns.byHash(hash);
    if (session === undefined) throw new Error('a session just begun is not there');
    return session.personId;
  }

  async #signedIn({ setCookies }: StepResult, browser: Browser, way: string) {
    const personId = await this.#begun(setCookies);
    await this.#tell(personId, browser, 'annals.person.signed_in', { metadata: { way } });
    return { answer: SIGNED_IN, setCookies };
  }

  async signIn(
    browser: Browser,
    asked: { readonly email: string; readonly password: string },
  ): Promise<Outcome<SignedIn>> {
    const email = asked.email.toLowerCase();
    const body = { email, password: asked.password };
    const fresh = { ...browser, cookies: new Map<string, string>() };
    const result = await this.#attempt(fresh, email, { path: '/sign-in/email', body });
    if (result.json['twoFactorRedirect'] === true) {
      return { answer: CODE_NEEDED, setCookies: result.setCookies };
    }
    return await this.#signedIn(result, browser, 'password');
  }

  async signInCode(
    browser: Browser,
    { code, is_backup = false }: { readonly code: string; readonly is_backup?: boolean },
  ): Promise<Outcome<SignedIn>> {
    const path = is_backup ? '/two-factor/verify-backup-code' : '/two-factor/verify-totp';
    const step = { path, body: { code } };
    const result = await this.#attempt(ofChallenge(browser), undefined, step);
    return await this.#signedIn(result, browser, is_backup ? 'backup code' : 'one-time code');
  }

  async signOut(browser: Browser, person: Person): Promise<void> {
    await this.#parts.access.persons.end(person.id, person.sessionId);
    await this.#tell(person.id, browser, 'annals.person.signed_out');
  }

  /** Ends one of the person's own sessions; throws `not_found` if there is none. */
  async endSession(browser: Browser, person: Person, sessionId: string): Promise<void> {
    await this.#parts.access.persons.end(person.id, sessionId);
    await this.#tell(person.id, browser, 'annals.person.session_ended');
  }

  /** A step that asks a signed-in person for the password again. */
  async #asOwn(browser: Browser, person: Person, step: Step): Promise<StepResult> {
    const result = await this.#attempt(ofSession(browser), person.id, step);
    // A step may have put another session in place of this one.
    this.#parts.access.persons.forget();
    return result;
  }

  async changePassword(
    browser: Browser,
    person: Person,
    asked: { readonly password: string; readonly new_password: string },
  ): Promise<readonly string[]> {
    checkPassword(asked.new_password, person.email);
    const { password: currentPassword, new_password: newPassword } = asked;
    const body = { currentPassword, newPassword, revokeOtherSessions: true };
    const result = await this.#asOwn(browser, person, { path: '/change-password', body });
    await this.#tell(person.id, browser, 'annals.person.password_changed');
    return result.setCookies;
  }

  async startTotp(browser: Browser, person: Person, password: string) {
    const step = { path: '/two-factor/enable', body: { password } };
    const { status, json } = await this.#asOwn(browser, person, step);
    if (status !== 200) throw invalidBody('', 'one-time codes are asked for already');
    return { uri: String(json['totpURI']), backup_codes: textsOf(json['backupCodes']) };
  }

  async confirmTotp(browser: Browser, person: Person, code: string): Promise<readonly string[]> {
    const step = { path: '/two-factor/verify-totp', body: { code } };
    const { setCookies } = await this.#asOwn(browser, person, step);
    await this.#tell(person.id, browser, 'annals.person.totp_enabled');
    return setCookies;
  }

  async removeTotp(browser: Browser, person: Person, password: string) {
    const step = { path: '/two-factor/disable', body: { password } };
    const { setCookies } = await this.#asOwn(browser, person, step);
    await this.#tell(person.id, browser, 'annals.person.totp_disabled');
    return setCookies;
  }

  async newBackupCodes(browser: Browser, person: Person, password: string): Promise<string[]> {
    const step = { path: '/two-factor/generate-backup-codes', body: { password } };
    const { json } = await this.#asOwn(browser, person, step);
    return textsOf(json['backupCodes']);
  }

  /** The first person, who is an owner. */
  async setUp(
    browser: Browser,
    asked: {
      readonly token: string;
      readonly email: string;
      readonly name: string;
      readonly password: string;
    },
  ): Promise<Outcome<SignedIn>> {
    const { store, access } = this.#parts;
    const link = await access.people.linkOf(asked.token, 'setup');
    if (link === undefined || (await store.people.hasAny())) throw linkInvalid();
    const email = asked.email.toLowerCase();
    checkPassword(asked.password, email);
    const hash = await this.#hash(asked.password);
    // Several servers may have printed a link; the first one that is used is the last.
    if (!(await store.people.takeLinks('setup'))) throw linkInvalid();
    const now = Date.now();
    const person = await store.people.keep(newId('person_'), email, now);
    const owner = { project_no: null, tenant_no: null, roles: '', link_id: null };
    const made = { created_by: BY_SETUP, created_at: now, accepted_at: now };
    await store.people.give([{ person_id: person.id, ...owner, ...made }]);
    await store.people.rename(person.id, asked.name, now);
    await store.signIns.setPassword(person.id, newId('account_'), hash, now);
    await this.#tell(person.id, browser, 'annals.person.joined');
    return await this.signIn(browser, { email, password: asked.password });
  }

  /** Accepts an invitation: a new person needs name and password, others must be signed in. */
  async join(
    browser: Browser,
    signedIn: Person | null,
    asked: { readonly token: string; readonly name?: string; readonly password?: string },
  ): Promise<Outcome<SignedIn>> {
    const { store, access } = this.#parts;
    const link = await access.people.linkOf(asked.token, 'join');
    const person = await this.#waiting(link);
    if (link === undefined || person === undefined) throw linkInvalid();
    if (person.name === '') return await this.#joinNew(browser, person, link.link_id, asked);
    if (signedIn?.id !== person.id) {
      throw new Fault('unauthenticated', 'Sign in first, then open the link again.');
    }
    if (!(await store.people.takeLink(link.link_id))) throw linkInvalid();
    await store.people.accept(person.id, link.link_id, Date.now());
    access.persons.forget();
    await this.#tell(person.id, browser, 'annals.person.joined');
    return { answer: SIGNED_IN, setCookies: [] };
  }

  /** Whom a link is for, if something waits for it. */
  async #waiting(
    link: { readonly link_id: string; readonly person_id: string | null } | undefined,
  ): Promise<PersonRow | undefined> {
    if (link === undefined || link.person_id === null) return undefined;
    const rows = await this.#parts.store.people.memberships(link.person_id);
    const waits = rows.some((row) => row.accepted_at === null && row.link_id === link.link_id);
    return waits ? await this.#parts.store.people.byId(link.person_id) : undefined;
  }

  async #joinNew(
    browser: Browser,
    { id, email }: PersonRow,
    linkId: string,
    { name, password }: { readonly name?: string; readonly password?: string },
  ): Promise<Outcome<SignedIn>> {
    const { store } = this.#parts;
    if (name === undefined) throw invalidBody('/name', 'must be set');
    if (password === undefined) throw invalidBody('/password', 'must be set');
    checkPassword(password, email);
    const hash = await this.#hash(password);
    if (!(await store.people.takeLink(linkId))) throw linkInvalid();
    const now = Date.now();
    await store.signIns.setPassword(id, newId('account_'), hash, now);
    await store.people.accept(id, linkId, now);
    await store.people.rename(id, name, now);
    await this.#tell(id, browser, 'annals.person.joined');
    return await this.signIn(browser, { email, password });
  }

  /** Sets a new password by a link; what was before it counts no more. */
  async resetPassword(
    browser: Browser,
    { token, password }: { readonly token: string; readonly password: string },
  ): Promise<Outcome<SignedIn>> {
    const { store, access } = this.#parts;
    const link = await access.people.linkOf(token, 'reset');
    const person = link?.person_id ? await store.people.byId(link.person_id) : undefined;
    if (link === undefined || person === undefined) throw linkInvalid();
    checkPassword(password, person.email);
    const hash = await this.#hash(password);
    if (!(await store.people.takeLink(link.link_id))) throw linkInvalid();
    await store.signIns.clear(person.id);
    // The link went through other hands: single sign-on has to prove the e-mail again.
    await store.signIns.setProven(person.id, false);
    await store.signIns.setPassword(person.id, newId('account_'), hash, Date.now());
    access.persons.forget();
    await this.#tell(person.id, browser, 'annals.person.password_changed');
    return await this.signIn(browser, { email: person.email, password });
  }

  providers() {
    return this.#singleSignOn.providers();
  }

  /** Where the browser goes to sign in with a provider, or to link an account of it. */
  async startProvider(
    browser: Browser,
    signedIn: Person | null,
    { provider, link }: { readonly provider: string; readonly link: boolean },
  ): Promise<Outcome<{ url: string }>> {
    if (link && signedIn === null) throw new Fault('unauthenticated', 'Sign in first.');
    const started = await this.#singleSignOn.start(ofSession(browser), provider, link);
    return { answer: { url: started.url }, setCookies: started.setCookies };
  }

  /** The browser is back. Answers where it goes: in, or to the same words for every refusal. */
  async callback(browser: Browser, provider: string, query: string): Promise<Outcome<string>> {
    const { store, access } = this.#parts;
    const back = await this.#singleSignOn
      .finish(only(browser, 'state'), provider, query)
      .catch((error: unknown) => {
        if (error instanceof Fault && error.code === 'provider_unavailable') return undefined;
        throw error;
      });
    if (back === undefined) {
      this.#fail(browser, provider);
      return { answer: REFUSED, setCookies: [] };
    }
    access.persons.forget();
    const told = { metadata: { way: provider } };
    if (back.linked !== undefined) {
      await this.#tell(back.linked, browser, 'annals.person.linked', told);
    }
    if (newSessionToken(back.setCookies) === undefined) {
      return { answer: WELCOME, setCookies: back.setCookies };
    }
    const personId = await this.#begun(back.setCookies);
    if (back.proven?.personId === personId) {
      const rows = await store.people.memberships(personId);
      await store.people.accept(personId, undefined, Date.now());
      if (back.proven.name !== undefined) {
        await store.people.rename(personId, back.proven.name, Date.now());
      }
      if (rows.some((row) => row.accepted_at === null)) {
        await this.#tell(personId, browser, 'annals.person.joined');
      }
    }
    await this.#tell(personId, browser, 'annals.person.signed_in', told);
    return { answer: WELCOME, setCookies: back.setCookies };
  }

  async accounts(person: Person): Promise<LinkedAccount[]> {
    const rows = await this.#parts.store.signIns.accounts(person.id);
    return rows.map(({ accountId, provider, linkedAt }) => ({
      ...{ account_id: accountId, provider, linked_at: formatInstant(linkedAt) },
    }));
  }

  /** Throws `not_found` for an account that is not there or the last way in. */
  async unlink(browser: Browser, person: Person, accountId: string): Promise<void> {
    const isDone = await this.#parts.store.signIns.unlink(person.id, accountId);
    if (!isDone) {
      throw new Fault('not_found', 'There is no such account, or it is the last way to sign in.');
    }
    await this.#tell(person.id, browser, 'annals.person.unlinked');
  }

  /** Tells what waits to be told. */
  close(): void {
    this.#failures.close();
  }
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
