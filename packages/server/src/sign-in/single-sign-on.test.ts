/** Single sign-on against a real OpenID provider: who gets in, who is linked, who is refused. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { LinkedAccount, Me, NewMembership, Provider } from '@annals/contract/routes';
import { onBothDatabases, type TestApp } from '../../test/harness.ts';
import { CLIENT, startProvider, type TestProvider, throughProvider } from '../../test/oidc.ts';
import { Browser, invite, ownActions, PASSWORD } from '../../test/people.ts';

const ORIGIN = 'https://annals.example';
const BACK = `${ORIGIN}/v1/auth/callback/corp`;
const REFUSED = '/sign-in#refused';
const owner: NewMembership[] = [{ owner: true }];

interface World {
  readonly app: TestApp;
  readonly provider: TestProvider;
}

/** What becomes of the addresses on the way, to be changed by somebody who means harm. */
interface Way {
  readonly there?: (url: URL) => void;
  readonly back?: (url: URL) => void;
  readonly link?: boolean;
}

async function start(browser: Browser, link = false): Promise<URL> {
  const { status, json, text } = await browser.post<{ url: string }>('/v1/auth/providers/corp', {
    link,
  });
  assert.equal(status, 200, text);
  return new URL(json.url);
}

/** Comes back to the server; answers where it sends the browser. */
async function come(browser: Browser, back: URL): Promise<string | null> {
  const { status, headers } = await fetch(browser.url + back.pathname + back.search, {
    redirect: 'manual',
    headers: { cookie: browser.cookie, 'sec-fetch-site': 'cross-site' },
  });
  assert.equal(status, 302);
  browser.keep(headers);
  return headers.get('location');
}

/** The whole way of a browser; answers where it ends. */
async function go(browser: Browser, { there, back, link = false }: Way = {}) {
  const url = await start(browser, link);
  there?.(url);
  const returned = await throughProvider(url.href, BACK);
  back?.(returned);
  return await come(browser, returned);
}

const meOf = async (browser: Browser) => (await browser.get<Me>('/v1/me')).json;
const isIn = async (browser: Browser) => (await browser.get('/v1/me')).status === 200;

async function joinByPassword(app: TestApp, email: string): Promise<Browser> {
  const { link } = await invite(app, email, owner);
  const browser = new Browser(app, ORIGIN);
  const body = { token: link.token, name: 'By password', password: PASSWORD };
  const joined = await browser.post('/v1/auth/join', body);
  assert.equal(joined.status, 200, joined.text);
  return browser;
}

onBothDatabases('single sign-on', (open) => {
  let world: Promise<World> | undefined;
  const stopping: TestProvider[] = [];
  after(async () => {
    for (const provider of stopping) await provider.stop();
  });
  const begin = async (): Promise<World> => {
    const provider = await startProvider(BACK);
    stopping.push(provider);
    const settings = [
      {
        ...{ name: 'corp', label: 'Corp', issuer: provider.issuer, ...CLIENT },
        domains: ['corp.example'],
      },
    ];
    const app = await open(
      { ANNALS_PUBLIC_URL: ORIGIN, ANNALS_OIDC: JSON.stringify(settings) },
      'suite',
    );
    return { app, provider };
  };
  /** A new browser for an account that the provider knows. */
  const visitor = async (sub: string, claims: Readonly<Record<string, unknown>>) => {
    world ??= begin();
    const { app, provider } = await world;
    provider.accounts.set(sub, claims);
    provider.next = sub;
    return { app, provider, browser: new Browser(app, ORIGIN) };
  };

  test('who was invited joins by single sign-on with the same verified e-mail', async () => {
    const claims = { email: 'Ann@corp.example', email_verified: true, name: 'Ann' };
    const { app, browser } = await visitor('ann', claims);
    const { link } = await invite(app, 'ann@corp.example', owner);
    const { json } = await browser.get<{ providers: Provider[] }>('/v1/auth/providers');
    assert.deepEqual(json.providers, [{ provider: 'corp', label: 'Corp' }]);
    assert.equal(await go(browser), '/');
    const me = await meOf(browser);
    assert.equal(me.email, 'ann@corp.example');
    assert.equal(me.name, 'Ann');
    assert.equal(me.has_password, false);
    assert.equal(me.seats[0]?.owner, true);
    const again = new Browser(app, ORIGIN);
    assert.equal(await go(again), '/', 'and comes again');
    assert.equal((await meOf(again)).id, me.id);
    const body = { token: link.token, name: 'Thief', password: PASSWORD };
    const late = await new Browser(app, ORIGIN).post('/v1/auth/join', body);
    assert.equal(late.status, 404, 'the link waits for nothing any more');
    const actions = await ownActions(app);
    for (const action of ['linked', 'joined', 'signed_in']) {
      assert.ok(actions.includes(`annals.person.${action}`), action);
    }
    const rows = await app.sql('SELECT access_token, refresh_token, id_token FROM auth_account');
    assert.ok(rows.every((row) => Object.values(row).every((value) => value === null)));
  });

  test('refused in the same words: not verified, unknown, another domain', async () => {
    const told = new Set<string | null>();
    for (const [sub, claims, isInvited] of [
      ['unverified', { email: 'u@corp.example', email_verified: false }, true],
      ['silent', { email: 's@corp.example' }, true],
      ['unknown', { email: 'nobody@corp.example', email_verified: true }, false],
      ['foreign', { email: 'f@foreign.example', email_verified: true }, true],
      ['tricky', { email: 't@foreign.example@corp.example.x', email_verified: true }, false],
      ['nameless', {}, false],
    ] as const) {
      const { app, browser } = await visitor(sub, claims);
      if (isInvited && 'email' in claims) await invite(app, claims.email, owner);
      told.add(await go(browser));
      assert.equal(await isIn(browser), false, sub);
      const { email } = { email: 'x', ...claims };
      const rows = await app.sql(
        `SELECT account.id FROM auth_account AS account
         JOIN auth_user ON auth_user.id = account.user_id WHERE auth_user.email = ?`,
        email,
      );
      assert.deepEqual(rows, [], sub);
    }
    assert.deepEqual([...told], [REFUSED]);
  });

  test('the first person named the e-mail alone, and must link it', async () => {
    const claims = { email: 'first@corp.example', email_verified: true };
    const { app, browser } = await visitor('first', claims);
    await app.sql(`UPDATE membership SET created_by = 'nobody'`);
    const own = await joinByPassword(app, 'first@corp.example');
    const { id } = await meOf(own);
    await app.sql(`UPDATE membership SET created_by = 'setup' WHERE person_id = ?`, id);
    assert.equal(await go(browser), REFUSED);
    assert.equal(await go(own, { link: true }), '/');
    assert.equal(await go(browser), '/');
    assert.equal((await meOf(browser)).id, id);
    assert.equal((await meOf(own)).has_password, true, 'a link takes nothing away');
  });

  test('what was set before the e-mail was proven counts no more', async () => {
    const claims = { email: 'target@corp.example', email_verified: true, name: 'Target' };
    const { app, browser } = await visitor('target', claims);
    const early = await joinByPassword(app, 'target@corp.example');
    assert.equal(await go(browser), '/');
    assert.equal(await isIn(early), false, 'the session of whoever had the link has ended');
    assert.equal((await early.signIn('target@corp.example')).status, 401, 'so has the password');
    assert.equal((await meOf(browser)).has_password, false);
    const again = new Browser(app, ORIGIN);
    assert.equal(await go(again), '/');
  });

  test('a signed-in person links an account of any e-mail, and unlinks it', async () => {
    const claims = { email: 'else@elsewhere.example', email_verified: true };
    const { app, browser } = await visitor('else', claims);
    const own = await joinByPassword(app, 'linker@a.example');
    assert.equal(await go(browser), REFUSED, 'not before it is linked');
    assert.equal(await go(own, { link: true }), '/');
    assert.equal(await go(browser), '/');
    assert.equal((await meOf(browser)).email, 'linker@a.example');
    const other = await joinByPassword(app, 'other@a.example');
    assert.equal(await go(other, { link: true }), REFUSED, 'it is somebody else’s');
    const { json } = await own.get<{ accounts: LinkedAccount[] }>('/v1/auth/accounts');
    assert.equal(json.accounts.length, 1);
    const path = `/v1/auth/accounts/${json.accounts[0]?.account_id}`;
    assert.equal((await other.call('DELETE', path)).status, 404);
    assert.equal((await own.call('DELETE', path)).status, 200);
    assert.equal(await go(new Browser(app, ORIGIN)), REFUSED);
    const stranger = new Browser(app, ORIGIN);
    const link = await stranger.post('/v1/auth/providers/corp', { link: true });
    assert.equal(link.status, 401, link.text);
  });

  test('the last way to sign in is not unlinked', async () => {
    const claims = { email: 'only@corp.example', email_verified: true };
    const { app, browser } = await visitor('only', claims);
    await invite(app, 'only@corp.example', owner);
    assert.equal(await go(browser), '/');
    const { json } = await browser.get<{ accounts: LinkedAccount[] }>('/v1/auth/accounts');
    const path = `/v1/auth/accounts/${json.accounts[0]?.account_id}`;
    assert.equal((await browser.call('DELETE', path)).status, 404);
    assert.equal(await isIn(browser), true);
  });

  test('wrong state, another browser, wrong nonce and a code used twice lead nowhere', async () => {
    const claims = { email: 'bob@corp.example', email_verified: true };
    const { app, browser } = await visitor('bob', claims);
    await invite(app, 'bob@corp.example', owner);
    const set = (name: string, value: string) => (url: URL) => url.searchParams.set(name, value);
    const wrong = async (way: Way) => {
      const fresh = new Browser(app, ORIGIN);
      assert.equal(await go(fresh, way), REFUSED);
      assert.equal(await isIn(fresh), false);
    };
    await wrong({ back: set('state', 'A'.repeat(32)) });
    await wrong({ back: (url) => url.searchParams.delete('state') });
    await wrong({ there: set('nonce', 'another') });
    await wrong({ back: set('code', 'another') });
    await wrong({ back: set('iss', 'https://evil.example') });
    await wrong({ back: (url) => url.searchParams.delete('code') });

    const theirs = await throughProvider((await start(browser)).href, BACK);
    const victim = new Browser(app, ORIGIN);
    assert.equal(await come(victim, theirs), REFUSED, 'began in another browser');
    assert.equal(await isIn(victim), false);
    const mine = await throughProvider((await start(browser)).href, BACK);
    assert.equal(await come(browser, mine), '/');
    assert.equal(await come(browser, mine), REFUSED, 'the same way twice');
    const second = await start(browser);
    const replayed = await throughProvider(second.href, BACK);
    replayed.searchParams.set('code', mine.searchParams.get('code') ?? '');
    const thief = new Browser(app, ORIGIN);
    for (const [name, value] of browser.cookies) {
      if (name.endsWith('state')) thief.cookies.set(name, value);
    }
    assert.equal(await come(thief, replayed), REFUSED, 'a code counts once');
    assert.equal(await isIn(thief), false);
  });

  test('who was removed is refused, and their account is gone', async () => {
    const claims = { email: 'leaver@corp.example', email_verified: true };
    const { app, browser } = await visitor('leaver', claims);
    const { person } = await invite(app, 'leaver@corp.example', owner);
    assert.equal(await go(browser), '/');
    await app.admin('DELETE', `/v1/people/${person.person_id}`);
    assert.equal(await isIn(browser), false);
    assert.equal(await go(new Browser(app, ORIGIN)), REFUSED);
  });

  test('a provider that is down is said to be, and others sign in meanwhile', async () => {
    const { app, provider } = await begin();
    const person = await joinByPassword(app, 'down@a.example');
    await provider.stop();
    const browser = new Browser(app, ORIGIN);
    const started = await browser.post('/v1/auth/providers/corp', {});
    assert.equal(started.status, 503, started.text);
    const back = new URL(`${BACK}?code=x&state=y`);
    assert.equal(await come(browser, back), REFUSED);
    assert.equal((await browser.post('/v1/auth/providers/none', {})).status, 404);
    assert.equal(await isIn(person), true);
    assert.equal((await new Browser(app, ORIGIN).signIn('down@a.example')).status, 200);
  });
});
