/** Browsers for tests: they keep cookies, say where they come from, and sign in. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewMembership, OneTimeLink, Person } from '@annals/contract/routes';
import { type Answer, type CallOptions, callAt, type TestApp } from './harness.ts';

export const PASSWORD = 'seven quiet herons';

export class Browser {
  readonly url: string;
  readonly origin: string;
  readonly cookies = new Map<string, string>();

  /** `origin`: where its pages come from, if that is not where requests go. */
  constructor({ url }: Pick<TestApp, 'url'>, origin = url) {
    this.url = url;
    this.origin = origin;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async call<T = unknown>(
    method: string,
    path: string,
    { headers = {}, ...options }: CallOptions = {},
  ): Promise<Answer<T>> {
    const answer = await callAt<T>(this.url, method, path, {
      ...options,
      headers: { origin: this.origin, ...(this.cookie ? { cookie: this.cookie } : {}), ...headers },
    });
    this.keep(answer.headers);
    return answer;
  }

  keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  get<T = unknown>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  post<T = unknown>(path: string, body: unknown = {}): Promise<Answer<T>> {
    return this.call<T>('POST', path, { body });
  }

  async signIn(email: string, password = PASSWORD): Promise<Answer<unknown>> {
    return await this.post('/v1/auth/sign-in', { email, password });
  }
}

export interface Invited {
  readonly person: Person;
  readonly link: OneTimeLink;
}

/** With the admin key. */
export async function invite(
  app: TestApp,
  email: string,
  memberships: readonly NewMembership[],
): Promise<Invited> {
  const { status, json, text } = await app.admin<Invited>('POST', '/v1/people', {
    ...{ email, memberships },
  });
  assert.equal(status, 201, text);
  return json;
}

/** Somebody who was invited, has joined and is signed in. */
export async function joined(
  app: TestApp,
  email: string,
  memberships: readonly NewMembership[],
): Promise<{ browser: Browser; person: Person }> {
  const { person, link } = await invite(app, email, memberships);
  const browser = new Browser(app);
  const [name = email] = email.split('@');
  const body = { token: link.token, name, password: PASSWORD };
  const answer = await browser.post('/v1/auth/join', body);
  assert.equal(answer.status, 200, answer.text);
  return { browser, person };
}

/** The one-time code of this moment, by the address that an authenticator app is given. */
export async function codeOf(uri: string): Promise<string> {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const letter of secret) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0');
  const bytes = bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Actions of the log's own events of the instance, once those told so far are there. */
export async function ownActions(app: TestApp): Promise<string[]> {
  const ask = async () => {
    const path = '/v1/events?tenant_id=_annals&limit=500&view=all';
    const { json } = await app.admin<{ events?: { action: string }[] }>('GET', path);
    return (json.events ?? []).map(({ action }) => action);
  };
  let known = await ask();
  for (let tries = 0; tries < 100; tries++) {
    await sleep(100);
    const now = await ask();
    if (now.length > 0 && now.length === known.length) return now;
    known = now;
  }
  throw new Error('the log has no events of its own');
}
