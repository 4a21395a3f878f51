/**
 * Everybody who may ask, at one place of a log: keys, viewers, people, and those whom nobody knows
 * or knows any more.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { CAPABILITIES, type Definition } from '@annals/contract/definition';
import { MANAGE } from '@annals/contract/route';
import type { Key, NewMembership, Scope } from '@annals/contract/routes';
import type { ViewerKey, ViewerSession } from '@annals/contract/sessions';
import { SignJWT } from 'jose';
import type { TestApp } from './harness.ts';
import { joined } from './people.ts';
import type { Gives, Place } from './places.ts';

/** Somebody who asks. */
export interface Asker {
  readonly headers: () => Readonly<Record<string, string>>;
  /** What they can hand on, if anything. */
  readonly gives?: Gives;
}
export type Askers = Readonly<Record<string, Asker>>;

const FILES = ['read', 'export', 'schedule'] as const;

/** A project whose roles are as different as roles can be. */
export const definitionOf = (project: string): Definition => ({
  project,
  label: project,
  views: {
    page: { label: 'Page' },
    own: { label: 'Of one', binding: 'actor' },
    item: { label: 'Of one record', binding: 'record' },
  },
  roles: {
    reader: { label: 'Reader', viewer: true, grants: { page: [...FILES] } },
    self: { label: 'Self', viewer: true, grants: { own: [...FILES] } },
    record: { label: 'Record', viewer: true, grants: { item: [...FILES] } },
    peek: { label: 'Peek', grants: { page: ['read'] } },
    steward: { label: 'Steward', manage: [...MANAGE] },
    chief: { label: 'Chief', grants: { page: [...CAPABILITIES] }, manage: [...MANAGE] },
    ...Object.fromEntries(MANAGE.map((right) => [right, { label: right, manage: [right] }])),
  },
});

const bearing = (secret: string): Asker => ({
  headers: () => ({ authorization: `Bearer ${secret}` }),
});

const CHIEF = ['chief', 'reader'];
const scope = (...scopes: Scope[]): Gives => ({ scopes });
const roles = (...names: string[]): Gives => ({ roles: names });

/** Makes what lets somebody ask at a place. */
class Maker {
  readonly #app: TestApp;
  readonly #where: Place;

  constructor(app: TestApp, where: Place) {
    this.#app = app;
    this.#where = where;
  }

  async make<T>(path: string, body: unknown): Promise<T> {
    const query = `?project=${this.#where.project}`;
    const made = await this.#app.admin<T>('POST', `${path}${query}`, body);
    assert.equal(made.status, 201, made.text);
    return made.json;
  }

  async remove(path: string): Promise<void> {
    const gone = await this.#app.admin('DELETE', `${path}?project=${this.#where.project}`);
    assert.equal(gone.status, 200, gone.text);
  }

  /** Of the whole project, or of the tenant alone. */
  async newKey(gives: Gives, of: 'project' | 'tenant') {
    const bound = of === 'tenant' ? { tenant_id: this.#where.tenant } : {};
    return await this.make<Key & { secret: string }>('/v1/keys', { label: of, ...gives, ...bound });
  }

  async key(gives: Gives, of: 'project' | 'tenant'): Promise<Asker> {
    return { ...bearing((await this.newKey(gives, of)).secret), gives };
  }

  async session(fields: object) {
    const viewer = { id: 'u-1' };
    const body = { tenant_id: this.#where.tenant, viewer, ...fields };
    return await this.make<ViewerSession & { token: string }>('/v1/viewer-sessions', body);
  }

  async viewer(role: string, subject?: string): Promise<Asker> {
    const fields = { roles: [role], ...(subject === undefined ? {} : { subject }) };
    return bearing((await this.session(fields)).token);
  }

  async signer(): Promise<{ key: ViewerKey; secret: KeyObject }> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = await this.make<ViewerKey>('/v1/viewer-keys', {
      ...{ label: 'host', issuer: 'host', algorithm: 'EdDSA', roles: ['reader'] },
      public_key: publicKey.export({ format: 'jwk' }),
    });
    return { key, secret: privateKey };
  }

  /** A token that the host signs, made so many seconds ago and good for ten minutes. */
  async signed({ key, secret }: { key: ViewerKey; secret: KeyObject }, ago: number, jti = 'id') {
    const iat = Math.floor(Date.now() / 1_000) - ago;
    const { issuer: iss, audience: aud, viewer_key_id: kid, algorithm: alg } = key;
    const claims = { iss, aud, sub: 'u-1', jti, iat, exp: iat + 600, roles: ['reader'] };
    return await new SignJWT({ ...claims, tenant_id: this.#where.tenant })
      .setProtectedHeader({ alg, kid })
      .sign(secret);
  }

  async viewerOfHost(): Promise<Asker> {
    return bearing(await this.signed(await this.signer(), 0));
  }

  async person(gives: Gives | undefined, ...memberships: NewMembership[]) {
    const email = `${randomUUID()}@a.example`;
    const { browser, person } = await joined(this.#app, email, memberships);
    const headers = () => ({ origin: browser.origin, cookie: browser.cookie });
    return { headers, browser, person, email, ...(gives ? { gives } : {}) };
  }
}

/** All of them, made at once. */
async function together(made: Readonly<Record<string, Promise<Asker>>>): Promise<Askers> {
  const askers = Object.entries(made).map(async ([name, asker]) => [name, await asker] as const);
  return Object.fromEntries(await Promise.all(askers));
}

const boundTo = (maker: Maker, { actorId }: Place) =>
  ({
    tw: maker.key(scope('events:write'), 'tenant'),
    tr: maker.key(scope('events:read'), 'tenant'),
    tm: maker.key(scope('manage'), 'tenant'),
    tc: maker.key(roles(...CHIEF), 'tenant'),
    v: maker.viewer('reader'),
    va: maker.viewer('self', `user:${actorId}`),
    vr: maker.viewer('record', 'folder:folder-1'),
    vh: maker.viewerOfHost(),
  }) as const;

/** Those who are bound to another tenant, in place of those who are bound to the first. */
export const askersOf = async (app: TestApp, where: Place, askers: Askers): Promise<Askers> => ({
  ...askers,
  ...(await together(boundTo(new Maker(app, where), where))),
});

/** Everybody, by the name of a column. */
export async function askersAt(app: TestApp, where: Place, other: string): Promise<Askers> {
  const maker = new Maker(app, where);
  const { project, tenant: tenant_id } = where;
  const member = (...names: string[]) => ({ project, tenant_id, roles: names });
  const movedOn = async () => {
    const person = await maker.person(roles('peek'), member('peek'), {
      ...member('peek'),
      project: other,
    });
    await maker.remove(`/v1/people/${person.person.person_id}`);
    return person;
  };
  return {
    ad: bearing(app.adminKey),
    ...(await together({
      w: maker.key(scope('events:write'), 'project'),
      r: maker.key(scope('events:read'), 'project'),
      m: maker.key(scope('manage'), 'project'),
      kp: maker.key(roles('peek'), 'project'),
      ks: maker.key(roles('steward'), 'project'),
      ...boundTo(maker, where),
      ow: maker.person(undefined, { owner: true }),
      op: maker.person(roles(...CHIEF), { project, roles: CHIEF }),
      mc: maker.person(roles(...CHIEF), member(...CHIEF)),
      mp: maker.person(roles('peek'), member('peek')),
      mx: movedOn(),
    })),
  };
}

/** For each right that a role can give, a key that has it alone. */
export async function holdersOfOneRight(app: TestApp, where: Place): Promise<Askers> {
  const maker = new Maker(app, where);
  const made = MANAGE.map((right) => [right, maker.key(roles(right), 'project')] as const);
  return await together(Object.fromEntries(made));
}

/** Whom nobody knows, or knows any more. */
export async function strangersAt(app: TestApp, where: Place): Promise<Askers> {
  const maker = new Maker(app, where);
  const overKey = await maker.newKey(scope('events:read'), 'project');
  await app.sql('UPDATE api_key SET expires_at = 1 WHERE key_id = ?', overKey.key_id);
  const revokedKey = await maker.newKey(scope('events:read', 'manage'), 'project');
  await maker.remove(`/v1/keys/${revokedKey.key_id}`);
  const over = await maker.session({ roles: ['reader'] });
  await app.sql('UPDATE viewer_session SET expires_at = 1 WHERE session_id = ?', over.session_id);
  const revoked = await maker.session({ roles: ['reader'] });
  await maker.remove(`/v1/viewer-sessions/${revoked.session_id}`);
  const signer = await maker.signer();
  await maker.make(`/v1/viewer-keys/${signer.key.viewer_key_id}/denials`, { jti: 'denied' });
  const retired = await maker.signer();
  await maker.remove(`/v1/viewer-keys/${retired.key.viewer_key_id}`);
  return {
    'no key': { headers: () => ({}) },
    'no bearer': { headers: () => ({ authorization: 'Basic YTpi' }) },
    'a key of another form': bearing('x'),
    'an unknown key': bearing(`ann_${'A'.repeat(43)}`),
    'an expired key': bearing(overKey.secret),
    'a revoked key': bearing(revokedKey.secret),
    'an unknown session': bearing(`anv_${'A'.repeat(43)}`),
    'an expired session': bearing(over.token),
    'a revoked session': bearing(revoked.token),
    'an expired token of the host': bearing(await maker.signed(signer, 3_600)),
    'a denied token of the host': bearing(await maker.signed(signer, 0, 'denied')),
    'a token of a retired key': bearing(await maker.signed(retired, 0)),
    ...(await goneFrom(app, maker, where)),
  };
}

/** Somebody's sessions that have ended, each in its way, by their last cookies. */
async function goneFrom(
  app: TestApp,
  maker: Maker,
  { project, tenant: tenant_id }: Place,
): Promise<Askers> {
  const { browser, person, email } = await maker.person(undefined, {
    ...{ project, tenant_id, roles: CHIEF },
  });
  const asker = (): Asker => {
    const headers = { origin: browser.origin, cookie: browser.cookie };
    return { headers: () => headers };
  };
  const signedOut = asker();
  await browser.post('/v1/auth/sign-out');
  await browser.signIn(email);
  const over = asker();
  const sql = 'UPDATE auth_session SET expires_at = ? WHERE user_id = ?';
  await app.sql(sql, new Date(0).toISOString(), person.person_id);
  await browser.signIn(email);
  const removed = asker();
  await maker.remove(`/v1/people/${person.person_id}`);
  return {
    'somebody who signed out': signedOut,
    'somebody whose session is over': over,
    'somebody who was removed': removed,
  };
}

/** Many small requests: this costs a third of what `fetch` does. */
const AGENT = new Agent({ keepAlive: true });

/** The status, and the text of a refusal. */
export async function send(url: string, options: RequestOptions, body: unknown) {
  const request = httpRequest(url, { ...options, agent: AGENT });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const [response]: IncomingMessage[] = await once(request, 'response');
  assert.ok(response);
  const { statusCode: status = 0 } = response;
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
  if (isStream) response.destroy();
  return { status, text: isStream ? '' : await text(response) };
}
