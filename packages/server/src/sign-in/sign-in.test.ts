/** Signing in, on both databases, over HTTP with real cookies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Me, OneTimeLink, PersonSession, SignedIn } from '@annals/contract/routes';
import { onBothDatabases, type TestApp } from '../../test/harness.ts';
import { Browser, codeOf, joined, ownActions, PASSWORD } from '../../test/people.ts';

const OTHER = 'nine loud geese at dawn';
const owner = [{ owner: true }];

/** Turns one-time codes on; answers the secret's address and the backup codes. */
async function withCodes(browser: Browser): Promise<{ uri: string; backup_codes: string[] }> {
  const made = await browser.post<{ uri: string; backup_codes: string[] }>('/v1/auth/totp', {
    password: PASSWORD,
  });
  assert.equal(made.status, 200, made.text);
  const code = await codeOf(made.json.uri);
  const confirmed = await browser.post('/v1/auth/totp/confirm', { code });
  assert.equal(confirmed.status, 200, confirmed.text);
  return made.json;
}

async function meOf(browser: Browser): Promise<number> {
  return (await browser.get('/v1/me')).status;
}

onBothDatabases('sign-in', (open) => {
  test('the link of the first start makes one owner, once', async () => {
    const app = await open({});
    const token = app.app.setupPath?.split('#')[1] ?? '';
    const body = { token, email: 'First@A.example', name: 'First', password: PASSWORD };
    const wrong = await new Browser(app).post('/v1/auth/setup', { ...body, token: `${token}x` });
    assert.equal(wrong.status, 404, wrong.text);
    const browser = new Browser(app);
    const made = await browser.post<SignedIn>('/v1/auth/setup', body);
    assert.equal(made.status, 200, made.text);
    const me = await browser.get<Me>('/v1/me');
    assert.equal(me.json.email, 'first@a.example');
    assert.equal(me.json.seats.length, 1);
    assert.equal(me.json.seats[0]?.owner, true);
    assert.equal((await browser.get('/v1/projects')).status, 200);
    const again = await new Browser(app).post('/v1/auth/setup', { ...body, email: 'b@a.example' });
    assert.equal(again.status, 404, again.text);
    await app.restart();
    assert.equal(app.app.setupPath, undefined);
  });

  test('the link of the first start is void once there is somebody, and after a day', async () => {
    const app = await open({});
    const use = (path: string | undefined) =>
      new Browser(app).post('/v1/auth/setup', {
        ...{ token: path?.split('#')[1] ?? '', email: 'a@a.example' },
        ...{ name: 'A', password: PASSWORD },
      });
    const old = app.app.setupPath;
    await app.sql('UPDATE one_time_link SET expires_at = ?', Date.now());
    assert.equal((await use(old)).status, 404);
    await app.restart();
    const { setupPath } = app.app;
    await joined(app, 'first@a.example', owner);
    assert.equal((await use(setupPath)).status, 404);
  });

  test('whoever signs in has a session in a cookie, and signs out of it', async () => {
    const app = await open();
    await joined(app, 'in-out@a.example', owner);
    const browser = new Browser(app);
    const answer = await browser.signIn('In-Out@a.example');
    assert.deepEqual(answer.json, { signed_in: true, code_needed: false });
    const [line = ''] = answer.headers.getSetCookie();
    assert.match(line, /^annals\.session_token=.*; Path=\/; HttpOnly; SameSite=Lax$/);
    assert.ok(!answer.text.includes('token'), answer.text);
    assert.equal(await meOf(browser), 200);
    const { cookie } = browser;
    const out = await browser.post('/v1/auth/sign-out');
    assert.equal(out.status, 200, out.text);
    assert.equal(browser.cookies.size, 0);
    const kept = await app.call('GET', '/v1/me', { headers: { cookie } });
    assert.equal(kept.status, 401, kept.text);
  });

  test('over TLS the cookie is of this host alone', async () => {
    const app = await open({ ANNALS_PUBLIC_URL: 'https://annals.example' });
    const headers = { origin: 'https://annals.example' };
    const { link } = await invited(app, 'tls@a.example');
    const joining = await app.call('POST', '/v1/auth/join', {
      headers,
      body: { token: link.token, name: 'T', password: PASSWORD },
    });
    assert.equal(joining.status, 200, joining.text);
    const [line = ''] = joining.headers.getSetCookie();
    assert.match(
      line,
      /^__Host-annals\.session_token=.*; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    const [cookie = ''] = line.split(';');
    const secure = await app.call('GET', '/v1/me', { headers: { cookie } });
    assert.equal(secure.status, 200, secure.text);
    const plain = cookie.replace('__Host-', '');
    const forged = await app.call('GET', '/v1/me', { headers: { cookie: plain } });
    assert.equal(forged.status, 401, 'a cookie that another host can set is none');
  });

  test('unknown e-mail, wrong password and shut account are answered alike', async () => {
    const app = await open({});
    await joined(app, 'known@a.example', owner);
    const told = (text: string) => text.replace(/"request_id":"[^"]*"/, '');
    const wrong = await new Browser(app).signIn('known@a.example', OTHER);
    const unknown = await new Browser(app).signIn('unknown@a.example', OTHER);
    assert.equal(wrong.status, 401);
    assert.equal(told(unknown.text), told(wrong.text));
    for (let n = 0; n < 10; n++) await new Browser(app).signIn('known@a.example', OTHER);
    const shut = await new Browser(app).signIn('known@a.example', PASSWORD);
    assert.equal(shut.status, 401, 'the right password does not open a shut account');
    assert.equal(told(shut.text), told(wrong.text));
    for (let n = 0; n < 40; n++) await new Browser(app).signIn(`p${n}@a.example`, OTHER);
    const many = await new Browser(app).signIn('known@a.example', PASSWORD);
    assert.equal(many.status, 429, many.text);
    assert.ok(Number(many.headers.get('retry-after')) > 60);
  });

  test('a code follows the password once codes are on; a backup code counts once', async () => {
    const app = await open();
    const { browser } = await joined(app, 'codes@a.example', owner);
    const { uri, backup_codes } = await withCodes(browser);
    assert.equal((await browser.get<Me>('/v1/me')).json.two_factor, true);
    assert.equal(backup_codes.length, 10);

    const other = new Browser(app);
    const first = await other.signIn('codes@a.example');
    assert.deepEqual(first.json, { signed_in: false, code_needed: true });
    assert.equal(await meOf(other), 401, 'the password alone opens nothing');
    const bad = await other.post('/v1/auth/sign-in/code', { code: '000000' });
    assert.equal(bad.status, 401, bad.text);
    const good = await other.post('/v1/auth/sign-in/code', { code: await codeOf(uri) });
    assert.equal(good.status, 200, good.text);
    assert.equal(await meOf(other), 200);

    const [backup = ''] = backup_codes;
    const withBackup = async () => {
      const fresh = new Browser(app);
      await fresh.signIn('codes@a.example');
      return await fresh.post('/v1/auth/sign-in/code', { code: backup, is_backup: true });
    };
    assert.equal((await withBackup()).status, 200);
    assert.equal((await withBackup()).status, 401, 'it has been used');

    const wrong = await browser.post('/v1/auth/totp/remove', { password: OTHER });
    assert.equal(wrong.status, 401, wrong.text);
    const again = await browser.post('/v1/auth/totp', { password: PASSWORD });
    assert.equal(again.status, 400, again.text);
    const codes = await browser.post<{ backup_codes: string[] }>('/v1/auth/totp/backup-codes', {
      password: PASSWORD,
    });
    assert.equal(codes.json.backup_codes.length, 10);
    const removed = await browser.post('/v1/auth/totp/remove', { password: PASSWORD });
    assert.equal(removed.status, 200, removed.text);
    assert.deepEqual((await new Browser(app).signIn('codes@a.example')).json, {
      signed_in: true,
      code_needed: false,
    });
  });

  test('a code without a password before it, or for another browser, is nothing', async () => {
    const app = await open();
    const { browser } = await joined(app, 'code-only@a.example', owner);
    const { uri } = await withCodes(browser);
    const code = await codeOf(uri);
    const none = await new Browser(app).post('/v1/auth/sign-in/code', { code });
    assert.equal(none.status, 401, none.text);
    // A session that is there does not stand for the password.
    const own = await browser.post('/v1/auth/sign-in/code', { code });
    assert.equal(own.status, 401, own.text);
  });

  test('a changed password ends every other session; the old one opens nothing', async () => {
    const app = await open();
    const { browser } = await joined(app, 'change@a.example', owner);
    const other = new Browser(app);
    await other.signIn('change@a.example');
    const wrong = await browser.post('/v1/auth/password', {
      ...{ password: OTHER, new_password: OTHER },
    });
    assert.equal(wrong.status, 401, wrong.text);
    const common = await browser.post('/v1/auth/password', {
      ...{ password: PASSWORD, new_password: 'password1234' },
    });
    assert.equal(common.status, 422, common.text);
    const short = await browser.post('/v1/auth/password', {
      ...{ password: PASSWORD, new_password: 'short' },
    });
    assert.equal(short.status, 400, short.text);
    const done = await browser.post('/v1/auth/password', {
      ...{ password: PASSWORD, new_password: OTHER },
    });
    assert.equal(done.status, 200, done.text);
    assert.equal(await meOf(browser), 200, 'this one goes on');
    assert.equal(await meOf(other), 401, 'the other one has ended, at once');
    assert.equal((await new Browser(app).signIn('change@a.example')).status, 401);
    assert.equal((await new Browser(app).signIn('change@a.example', OTHER)).status, 200);
  });

  test('sessions are listed and ended one by one', async () => {
    const app = await open();
    const { browser } = await joined(app, 'sessions@a.example', owner);
    const other = new Browser(app);
    await other.signIn('sessions@a.example');
    const list = async () =>
      (await browser.get<{ sessions: PersonSession[] }>('/v1/auth/sessions')).json.sessions;
    const sessions = await list();
    assert.equal(sessions.length, 2);
    const found = sessions.find(({ current }) => !current);
    assert.equal(found?.ip, '127.0.0.1');
    const ended = await browser.call('DELETE', `/v1/auth/sessions/${found?.session_id}`);
    assert.equal(ended.status, 200, ended.text);
    assert.equal(await meOf(other), 401);
    assert.equal((await list()).length, 1);
    const { browser: stranger } = await joined(app, 'stranger@a.example', owner);
    const own = (await list())[0]?.session_id;
    const foreign = await stranger.call('DELETE', `/v1/auth/sessions/${own}`);
    assert.equal(foreign.status, 404, 'a session of somebody else is none');
    assert.equal(await meOf(browser), 200);
  });

  test('a session ends unused, and at the latest; in between it moves on', async () => {
    const app = await open({});
    const { browser } = await joined(app, 'idle@a.example', owner);
    const set = async (created: number, updated: number, expires: number) => {
      const at = (ms: number) => new Date(Date.now() + ms).toISOString();
      await app.sql(
        'UPDATE auth_session SET created_at = ?, updated_at = ?, expires_at = ?',
        ...[at(created), at(updated), at(expires)],
      );
      app.app.access.persons.forget();
    };
    const endsIn = async () => {
      const { json } = await browser.get<Me>('/v1/me');
      return (Date.parse(json.expires_at ?? '') - Date.now()) / 3_600_000;
    };
    const hour = 3_600_000;
    await set(-hour, -hour, 11 * hour);
    assert.ok((await endsIn()) > 11.9, 'use moves the end');
    await set(-719 * hour, -hour, 11 * hour);
    assert.ok((await endsIn()) < 1.1, 'but not behind the last day');
    await set(-hour, -hour, -1_000);
    assert.equal(await meOf(browser), 401, 'unused for too long');
    await set(-721 * hour, -hour, 11 * hour);
    assert.equal(await meOf(browser), 401, 'older than any session may be');
  });

  test('a link for a new password counts once and ends what was before', async () => {
    const app = await open();
    const { browser, person } = await joined(app, 'reset@a.example', owner);
    await withCodes(browser);
    const made = await app.admin<OneTimeLink>('POST', `/v1/people/${person.person_id}/reset`, {});
    assert.equal(made.status, 201, made.text);
    const { token } = made.json;
    const use = (password: string) => new Browser(app).post('/v1/auth/reset', { token, password });
    assert.equal((await use('password1234')).status, 422, 'the link is still there');
    assert.equal((await use(OTHER)).status, 200);
    assert.equal((await use(OTHER)).status, 404);
    assert.equal(await meOf(browser), 401, 'every session has ended');
    assert.equal((await new Browser(app).signIn('reset@a.example')).status, 401);
    const fresh = await new Browser(app).signIn('reset@a.example', OTHER);
    assert.deepEqual(fresh.json, { signed_in: true, code_needed: false });
  });

  test('two who use one link at once: one of them joins', async () => {
    const app = await open();
    const { link } = await invited(app, 'twice@a.example');
    const use = (name: string) =>
      new Browser(app).post('/v1/auth/join', { token: link.token, name, password: PASSWORD });
    const outcomes = await Promise.all([use('One'), use('Two')]);
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), [200, 404]);
  });

  test('nothing secret is stored in clear or logged, and the log has its own events', async () => {
    const app = await open({ ANNALS_LOG_LEVEL: 'trace' });
    const { browser, person } = await joined(app, 'secret@a.example', owner);
    const { uri, backup_codes } = await withCodes(browser);
    await new Browser(app).signIn('secret@a.example', OTHER);
    const reset = await app.admin<OneTimeLink>('POST', `/v1/people/${person.person_id}/reset`, {});
    const session = decodeURIComponent(browser.cookie.split('=')[1] ?? '').split('.')[0] ?? '';
    assert.ok(session.length > 20);
    const secret = new URL(uri).searchParams.get('secret') ?? '';
    const secrets = [PASSWORD, OTHER, session, secret, reset.json.token, ...backup_codes];
    const kept = await everything(app);
    for (const one of secrets) {
      assert.ok(!app.logLines.join('').includes(one), `in the log: ${one}`);
      assert.ok(!kept.includes(one), `in the database: ${one}`);
    }
    assert.ok(!app.logLines.join('').includes('secret@a.example'), 'the log names nobody');
    const actions = await ownActions(app);
    for (const action of [
      ...['invited', 'joined', 'signed_in', 'totp_enabled', 'sign_in_failed', 'reset'],
    ]) {
      assert.ok(actions.includes(`annals.person.${action}`), `${action}: ${actions.join()}`);
    }
  });
});

async function invited(app: TestApp, email: string): Promise<{ link: OneTimeLink }> {
  const body = { email, memberships: owner };
  return (await app.admin<{ link: OneTimeLink }>('POST', '/v1/people', body)).json;
}

/** All that is kept about people, as text. */
async function everything(app: TestApp): Promise<string> {
  const tables = [
    ...['auth_user', 'auth_session', 'auth_account', 'auth_verification', 'auth_two_factor'],
    ...['one_time_link', 'membership'],
  ];
  const rows = await Promise.all(tables.map((table) => app.sql(`SELECT * FROM ${table}`)));
  return JSON.stringify(rows);
}
