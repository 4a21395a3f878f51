/**
 * Single sign-on by OpenID Connect. Owns which identity is let in: one that is linked already; one
 * whose e-mail the provider has verified, is trusted to speak for, and somebody was invited with;
 * or one that a person who is signed in asks to link. Every other is refused in the same words.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '@annals/contract/routes';
import { BY_SETUP } from '../access/access.ts';
import type { ProviderConfig } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Store } from '../store/store.ts';
import type { Browser, Identity, Judge, KnownProvider, OpenBetterAuth } from './better-auth.ts';
import { discoveryUrl, type SecretWay } from './discovery.ts';

/** A provider that does not answer in this time is down, in ms. */
const DISCOVERY_MS = 10_000;
/** And one that does not give an identity in this. */
const ANSWER_MS = 20_000;
/** Sent along, so that better-auth says where it ended; nobody is sent there. */
const [IN, OUT] = ['/in', '/out'];
const NO_HOST = 'http://localhost';

/** What is found out while one browser comes back. */
interface Round {
  proven?: { readonly personId: string; readonly name?: string };
  linked?: string;
}
interface Back extends Round {
  readonly setCookies: readonly string[];
}
export type Open = (judge: Judge, provider: KnownProvider) => Promise<OpenBetterAuth>;

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1);

export class SingleSignOn {
  readonly open: Open;
  readonly #store: Store;
  readonly #providers: readonly ProviderConfig[];
  readonly #opened = new Map<string, Promise<OpenBetterAuth>>();
  readonly #round = new AsyncLocalStorage<Round>();

  constructor(store: Store, providers: readonly ProviderConfig[], open: Open) {
    this.#store = store;
    this.#providers = providers;
    this.open = open;
  }

  providers(): Provider[] {
    return this.#providers.map(({ name, label }) => ({ provider: name, label }));
  }

  /** Throws `not_found`, or `provider_unavailable` while it does not answer. */
  async #auth(name: string): Promise<OpenBetterAuth> {
    const provider = this.#providers.find((one) => one.name === name);
    if (provider === undefined) throw new Fault('not_found', 'There is no such provider.');
    const known = this.#opened.get(name);
    if (known) return await known;
    const way = await secretWay(provider);
    const opening = this.open((identity) => this.#judge(identity), { ...provider, way });
    this.#opened.set(name, opening);
    opening.catch(() => this.#opened.delete(name));
    return await opening;
  }

  async start(browser: Browser, name: string, isLink: boolean) {
    const auth = await this.#auth(name);
    const path = isLink ? '/link-social' : '/sign-in/social';
    const pages = { callbackURL: IN, errorCallbackURL: OUT };
    const body = { provider: name, disableRedirect: true, ...pages };
    const { status, json, setCookies } = await auth.step({ path, body }, browser);
    const { url } = json;
    if (status !== 200 || typeof url !== 'string') throw new Fault('provider_unavailable');
    return { url, setCookies };
  }

  /** Undefined: refused. */
  async finish(browser: Browser, name: string, query: string): Promise<Back | undefined> {
    const auth = await this.#auth(name);
    const round: Round = {};
    const path = `/callback/${name}?${query}`;
    const step = this.#round.run(round, () => auth.step({ method: 'GET', path }, browser));
    const late = sleep(ANSWER_MS, undefined, { ref: false });
    const result = await Promise.race([step, late]);
    if (result?.location === undefined) return undefined;
    const { pathname } = new URL(result.location, NO_HOST);
    return pathname === IN ? { ...round, setCookies: result.setCookies } : undefined;
  }

  async #judge({
    provider,
    action,
    isAskedFor,
    personId,
    email,
    profile,
  }: Identity): Promise<boolean> {
    const round = this.#round.getStore();
    if (round === undefined || action === 'create-user') return false;
    const isVerified = profile['email_verified'] === true || profile['email_verified'] === 'true';
    if (action === 'link-account' && isAskedFor) {
      if (personId !== undefined) round.linked = personId;
      return isVerified;
    }
    const domains = this.#providers.find(({ name }) => name === provider)?.domains ?? [];
    const isProof = isVerified && domains.includes(domainOf(email.toLowerCase()));
    const person = isProof ? await this.#store.people.byEmail(email.toLowerCase()) : undefined;
    if (person) {
      const { name } = profile;
      const named = typeof name === 'string' && name !== '' ? name.slice(0, 512) : person.email;
      round.proven = { personId: person.id, ...(person.name === '' ? { name: named } : {}) };
    }
    if (action === 'sign-in') return true;
    if (person === undefined || !(await this.#wasInvited(person.id))) return false;
    if (!person.isProven) {
      // Whoever had the link could have set a password before its addressee came.
      await this.#store.signIns.clear(person.id);
      await this.#store.signIns.setProven(person.id, true);
    }
    round.linked = person.id;
    return true;
  }

  /** By somebody else: whoever became the first person named the e-mail without anybody's word. */
  async #wasInvited(personId: string): Promise<boolean> {
    const rows = await this.#store.people.memberships(personId);
    return rows.some((row) => row.created_by !== BY_SETUP);
  }
}

/**
 * Asked beforehand, since better-auth waits for it without an end. Answers how the provider wants
 * to be told the secret: `basic`, unless it says that it takes only the other way.
 */
async function secretWay({ issuer }: ProviderConfig): Promise<SecretWay> {
  try {
    const response = await fetch(discoveryUrl(issuer), {
      signal: AbortSignal.timeout(DISCOVERY_MS),
    });
    const found: unknown = await response.json();
    if (!response.ok || typeof found !== 'object' || found === null) {
      throw new Error(`the provider answered ${response.status}`);
    }
    const ways: unknown = Object.entries(found).find(
      ([name]) => name === 'token_endpoint_auth_methods_supported',
    )?.[1];
    return Array.isArray(ways) && !ways.includes('client_secret_basic') ? 'post' : 'basic';
  } catch (cause) {
    throw new Fault('provider_unavailable', undefined, { cause });
  }
}
