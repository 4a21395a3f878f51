/** People over HTTP: who may invite, change and remove whom, and from which seat they ask. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Definition } from '@annals/contract/definition';
import type { Key, Me, NewMembership, Person } from '@annals/contract/routes';
import { onBothDatabases, sampleEvent, startTestApp, type TestApp } from '../../test/harness.ts';
import { Browser, invite, joined, ownActions, PASSWORD } from '../../test/people.ts';

const definition = (project: string, roles: Definition['roles'] = {}): Definition => ({
  project,
  label: project,
  views: { page: { label: 'Page' } },
  roles: {
    reader: { label: 'Reader', grants: { page: ['read'] } },
    chief: { label: 'Chief', grants: { page: ['read', 'export'] }, manage: ['people', 'keys'] },
    ...roles,
  },
});

async function fill(app: TestApp): Promise<void> {
  for (const project of ['default', 'other']) {
    const body = { definition: definition(project) };
    const put = await app.admin('PUT', `/v1/projects/${project}`, body);
    assert.equal(put.status, 200, put.text);
    for (const tenant of ['acme', 'bond']) {
      const path = `/v1/events?project=${project}&tenant_id=${tenant}`;
      const made = await app.admin('POST', path, [
        sampleEvent({ labels: { place: `${project}-${tenant}` } }),
      ]);
      assert.equal(made.status, 201, made.text);
    }
  }
}
const acme = (...roles: string[]): NewMembership => ({
  ...{ project: 'default', tenant_id: 'acme', roles },
});
const list = async (browser: Browser, query = '') =>
  (await browser.get<{ people: Person[] }>(`/v1/people${query}`)).json.people ?? [];
const emails = (people: readonly Person[]) => people.map(({ email }) => email);

onBothDatabases('people', (open) => {
  test('a member sees the own tenant through the roles, and nothing else', async () => {
    const app = await open();
    await fill(app);
    const { browser } = await joined(app, 'member@a.example', [acme('reader')]);
    const read = (query: string) => browser.get(`/v1/events?${query}`);
    assert.equal((await read('tenant_id=acme')).status, 200);
    assert.equal((await read('tenant_id=acme&project=default')).status, 200);
    for (const query of ['tenant_id=bond', 'tenant_id=acme&project=other', 'tenant_id=none']) {
      const { status, text } = await read(query);
      assert.equal(status, 404, `${query}: ${text}`);
    }
    const exported = await read('tenant_id=acme&view=all');
    assert.equal(exported.status, 403, exported.text);
    for (const path of ['/v1/people', '/v1/keys', '/v1/projects', '/v1/tenants']) {
      assert.equal((await browser.get(path)).status, 403, path);
    }
    const me = (await browser.get<Me>('/v1/me')).json;
    assert.deepEqual(me.seats, [
      {
        ...{ project: 'default', tenant_id: 'acme', owner: false, scopes: [], roles: ['reader'] },
        ...{ views: [{ view: 'page', capabilities: ['read'] }], manage: [] },
      },
    ]);
  });

  test('the place that a request names chooses among the seats', async () => {
    const app = await open();
    const { browser } = await joined(app, 'many@a.example', [
      acme('reader'),
      { project: 'other', roles: ['chief'] },
    ]);
    const seen = async (query: string) => {
      const { status, json } = await browser.get<{ events: { labels: { place: string } }[] }>(
        `/v1/events?${query}`,
      );
      return status === 200 ? json.events[0]?.labels.place : status;
    };
    assert.equal(await seen('tenant_id=acme'), 'default-acme', 'a member before an operator');
    assert.equal(await seen('tenant_id=acme&project=other'), 'other-acme');
    assert.equal(await seen('tenant_id=bond'), 'other-bond', 'the operator has every tenant');
    assert.equal(await seen('tenant_id=bond&project=default'), 404);
    const body = { tenant_id: 'acme', project: 'other' };
    const searched = await browser.post<{ events: { labels: { place: string } }[] }>(
      '/v1/events/search',
      body,
    );
    assert.equal(searched.json.events[0]?.labels.place, 'other-acme', 'the body names it, too');
    assert.equal((await browser.get('/v1/people')).status, 200, 'else the widest seat is meant');
    assert.equal((await browser.get('/v1/people?project=default')).status, 403);
  });

  test('a chief of a tenant has its people and no more than the own roles to give', async () => {
    const app = await open();
    const { browser } = await joined(app, 'chief@a.example', [acme('chief')]);
    await joined(app, 'elsewhere@a.example', [
      { project: 'default', tenant_id: 'bond', roles: ['reader'] },
    ]);
    const people = emails(await list(browser));
    assert.ok(people.includes('chief@a.example'));
    assert.ok(!people.includes('elsewhere@a.example'));
    const ask = (memberships: NewMembership[]) =>
      browser.post('/v1/people', { email: 'new@a.example', memberships });
    assert.equal((await ask([{ roles: ['chief'] }])).status, 201);
    for (const [words, status, given] of [
      ['roles that the chief lacks', 403, [{ roles: ['reader'] }]],
      ['an owner', 400, [{ owner: true }]],
      ['another tenant', 404, [{ tenant_id: 'bond', roles: ['chief'] }]],
      ['another project', 404, [{ project: 'other', roles: ['chief'] }]],
      ['a role that is none', 400, [{ roles: ['nobody'] }]],
      ['nothing', 400, [{ roles: [] }]],
      ['twice the same', 400, [{ roles: ['chief'] }, { roles: ['chief'] }]],
    ] as const) {
      const { status: got, text } = await ask(given.map((one) => ({ ...one }) as NewMembership));
      assert.equal(got, status, `${words}: ${text}`);
    }
  });

  test('an invitation says the same whether or not the e-mail is known', async () => {
    const app = await open();
    await joined(app, 'known@a.example', [{ owner: true }]);
    const { browser } = await joined(app, 'asker@a.example', [acme('chief')]);
    const ask = async (email: string) => {
      const { status, json } = await browser.post<{ person: Person }>('/v1/people', {
        ...{ email, memberships: [{ roles: ['chief'] }] },
      });
      return { status, person: { ...json.person, person_id: '', email: '' } };
    };
    assert.deepEqual(await ask('known@a.example'), await ask('unknown@a.example'));
    for (const { email, person_id } of await list(browser)) {
      if (email !== 'known@a.example' && email !== 'unknown@a.example') continue;
      const reset = await browser.post(`/v1/people/${person_id}/reset`);
      assert.equal(reset.status, 403, reset.text);
      assert.match(reset.text, /has not accepted/);
    }
  });

  test('who is here accepts more by signing in; nobody else can with that link', async () => {
    const app = await open();
    const { browser } = await joined(app, 'twice@a.example', [acme('reader')]);
    const { link } = await invite(app, 'twice@a.example', [
      { project: 'other', roles: ['reader'] },
    ]);
    const body = { token: link.token, name: 'Thief', password: PASSWORD };
    const thief = await new Browser(app).post('/v1/auth/join', body);
    assert.equal(thief.status, 401, thief.text);
    const { browser: stranger } = await joined(app, 'thief@a.example', [acme('reader')]);
    assert.equal((await stranger.post('/v1/auth/join', body)).status, 401);
    assert.equal((await browser.get('/v1/events?tenant_id=bond')).status, 404);
    const accepted = await browser.post('/v1/auth/join', { token: link.token });
    assert.equal(accepted.status, 200, accepted.text);
    assert.equal((await browser.get('/v1/events?tenant_id=bond')).status, 200, 'at once');
  });

  test('who takes over an account must have all that it has', async () => {
    const app = await open();
    const { browser } = await joined(app, 'taker@a.example', [acme('chief', 'reader')]);
    const { person: owner } = await joined(app, 'rich@a.example', [
      { owner: true },
      acme('reader'),
    ]);
    const { person: wide } = await joined(app, 'wide@a.example', [
      acme('reader'),
      { project: 'default', tenant_id: 'bond', roles: ['reader'] },
    ]);
    for (const { person_id } of [owner, wide]) {
      for (const [method, path] of [
        ['POST', 'reset'],
        ['GET', 'sessions'],
        ['DELETE', 'sessions'],
      ] as const) {
        const { status, text } = await browser.call(method, `/v1/people/${person_id}/${path}`, {
          ...(method === 'POST' ? { body: {} } : {}),
        });
        assert.equal(status, 403, `${method} ${path}: ${text}`);
      }
    }
    const { person: poor } = await joined(app, 'poor@a.example', [acme('reader')]);
    const reset = await browser.post(`/v1/people/${poor.person_id}/reset`);
    assert.equal(reset.status, 201, reset.text);
    const { browser: low } = await joined(app, 'low@a.example', [acme('chief')]);
    const up = await low.post(`/v1/people/${poor.person_id}/reset`);
    assert.equal(up.status, 403, 'the reader’s role is not the chief’s own');
  });

  test('taken away at once: membership, person, session', async () => {
    const app = await open();
    const { browser, person } = await joined(app, 'gone@a.example', [
      acme('reader'),
      { project: 'other', roles: ['reader'] },
    ]);
    const { person_id: id } = person;
    const reads = async (tenant: string) =>
      (await browser.get(`/v1/events?tenant_id=${tenant}`)).status;
    assert.equal(await reads('bond'), 200);
    const put = await app.admin<Person>('PUT', `/v1/people/${id}`, {
      memberships: [acme('reader')],
    });
    assert.equal(put.json.memberships.length, 1, put.text);
    assert.equal(await reads('bond'), 404);
    assert.equal(await reads('acme'), 200);
    const ended = await app.admin('DELETE', `/v1/people/${id}/sessions`);
    assert.equal(ended.status, 200, ended.text);
    assert.equal(await reads('acme'), 401);
    await browser.signIn('gone@a.example');
    assert.equal(await reads('acme'), 200);
    assert.equal((await app.admin('DELETE', `/v1/people/${id}`)).status, 200);
    assert.equal(await reads('acme'), 401, 'with the person every session is gone');
    assert.equal((await browser.signIn('gone@a.example')).status, 401);
    assert.equal((await app.admin('DELETE', `/v1/people/${id}`)).status, 404);
    assert.deepEqual(await app.sql('SELECT * FROM membership WHERE person_id = ?', id), []);
  });

  test('a role that the definition drops opens nothing any more', async () => {
    const app = await open();
    const put = (roles: Definition['roles']) =>
      app.admin('PUT', '/v1/projects/other', { definition: definition('other', roles) });
    await put({ guest: { label: 'Guest', grants: { page: ['read'] } } });
    const { browser } = await joined(app, 'guest@a.example', [
      { project: 'other', tenant_id: 'acme', roles: ['guest'] },
    ]);
    assert.equal((await browser.get('/v1/events?tenant_id=acme')).status, 200);
    assert.equal((await put({})).status, 200);
    assert.equal((await browser.get('/v1/events?tenant_id=acme')).status, 403);
    assert.deepEqual((await browser.get<Me>('/v1/me')).json.seats[0]?.views, []);
  });

  test('a stream ends with the session that opened it', async () => {
    const app = await open();
    const { browser } = await joined(app, 'tail@a.example', [acme('reader')]);
    const response = await fetch(`${app.url}/v1/events/tail?tenant_id=acme`, {
      headers: { cookie: browser.cookie },
    });
    assert.equal(response.status, 200);
    const ended = (async () => {
      for await (const _ of response.body ?? []);
      return true;
    })().catch(() => true);
    await browser.post('/v1/auth/sign-out');
    const late = sleep(12_000, false, { ref: false });
    assert.equal(await Promise.race([ended, late]), true);
  });

  test('an owner administers; what a person made is told as the person’s', async () => {
    const app = await open();
    const { browser } = await joined(app, 'owner@a.example', [{ owner: true }]);
    const key = await browser.post<Key>('/v1/keys', { label: 'k', scopes: ['events:write'] });
    assert.equal(key.status, 201, key.text);
    assert.equal(key.json.expires_at, null, 'it outlives the session');
    const invited = await browser.post('/v1/people', {
      ...{ email: 'second@a.example', memberships: [{ owner: true }] },
    });
    assert.equal(invited.status, 201, invited.text);
    assert.ok((await list(browser)).length > 1);
    const page = await list(browser, '?limit=1');
    assert.equal(page.length, 1);
    const next = await list(browser, `?limit=1&after=${page[0]?.email}`);
    assert.ok((next[0]?.email ?? '') > (page[0]?.email ?? ''));
    assert.ok((await ownActions(app)).includes('annals.person.joined'));
    const operator = await app.key({ project: 'other' });
    const body = { email: 'x@a.example', memberships: [{ owner: true }] };
    const made = await app.call('POST', '/v1/people', { key: operator, body });
    assert.notEqual(made.status, 201, made.text);
  });

  test('what has run out is forgotten: invitations, and people who never came', async () => {
    const app = await open();
    const { person, link } = await invite(app, 'never@a.example', [acme('reader')]);
    const past = new Date(Date.now() - 8 * 86_400_000);
    await app.sql(
      'UPDATE one_time_link SET expires_at = ? WHERE person_id = ?',
      past.getTime(),
      person.person_id,
    );
    await app.sql(
      'UPDATE auth_user SET created_at = ? WHERE id = ?',
      past.toISOString(),
      person.person_id,
    );
    const body = { token: link.token, name: 'Late', password: PASSWORD };
    assert.equal((await new Browser(app).post('/v1/auth/join', body)).status, 404);
    await app.app.access.people.prune();
    assert.deepEqual(await app.sql('SELECT id FROM auth_user WHERE id = ?', person.person_id), []);
    const { people } = (await app.admin<{ people: Person[] }>('GET', '/v1/people')).json;
    assert.ok(!emails(people).includes('never@a.example'));
    assert.ok(people.length > 3, 'everybody else is still here');
  });
});

test('what one server ends, another one takes no more within 5 seconds', async () => {
  const app = await startTestApp({ dialect: 'postgres' });
  const { databaseUrl = '' } = app.config;
  const settings = { DATABASE_URL: databaseUrl, ANNALS_ADMIN_KEY: app.adminKey };
  const other = await startTestApp({ dialect: 'postgres', settings });
  try {
    const { browser, person } = await joined(app, 'both@a.example', [{ owner: true }]);
    const there = async () =>
      (await other.call('GET', '/v1/me', { headers: { cookie: browser.cookie } })).status;
    assert.equal(await there(), 200);
    assert.equal((await app.admin('DELETE', `/v1/people/${person.person_id}`)).status, 200);
    const started = Date.now();
    while ((await there()) === 200 && Date.now() - started < 20_000) await sleep(200);
    assert.equal(await there(), 401);
    assert.ok(Date.now() - started < 8_000, 'five seconds, and what a busy machine adds');
  } finally {
    await other.stop();
    await app.stop();
  }
});

onBothDatabases('requests of a browser', (open) => {
  test('hostile requests: one table', async () => {
    const app = await open();
    const { browser } = await joined(app, 'victim@a.example', [{ owner: true }]);
    const { browser: over, person: removed } = await joined(app, 'over@a.example', [
      { owner: true },
    ]);
    await app.admin('DELETE', `/v1/people/${removed.person_id}`);
    const { browser: ended } = await joined(app, 'ended@a.example', [{ owner: true }]);
    const { cookie: expired } = ended;
    await ended.post('/v1/auth/sign-out');
    const { cookie } = browser;
    const [name = ''] = cookie.split('=');
    const body = { label: 'made', scopes: ['events:read'] };
    const make = (headers: Record<string, string>, raw: unknown = body) =>
      app.call('POST', '/v1/keys', { headers, body: raw });
    const own = { origin: app.url };
    const TABLE: readonly (readonly [string, number, Record<string, string>])[] = [
      ['from a page of this server', 201, { cookie, ...own }],
      ['by Sec-Fetch-Site alone', 201, { cookie, 'sec-fetch-site': 'same-origin' }],
      ['no cookie', 401, own],
      ['a forged cookie', 401, { cookie: `${name}=${'A'.repeat(32)}.sig`, ...own }],
      ['an empty cookie', 401, { cookie: `${name}=`, ...own }],
      ['a cookie of a session that was ended', 401, { cookie: expired, ...own }],
      ['a cookie of somebody who was removed', 401, { cookie: over.cookie, ...own }],
      ['a cookie by the name that TLS has', 401, { cookie: `__Host-${cookie}`, ...own }],
      ['no origin', 403, { cookie }],
      ['another origin', 403, { cookie, origin: 'https://evil.example' }],
      ['an origin that hides', 403, { cookie, origin: 'null' }],
      ['another port', 403, { cookie, origin: 'http://127.0.0.1:1' }],
      ['another site', 403, { cookie, ...own, 'sec-fetch-site': 'cross-site' }],
      ['a form', 415, { cookie, ...own, 'content-type': 'text/plain' }],
      ['lines of JSON', 415, { cookie, ...own, 'content-type': 'application/x-ndjson' }],
      ['a wrong key beside the cookie', 401, { cookie, ...own, authorization: 'Bearer ann_x' }],
    ];
    const keys = async () => (await app.sql('SELECT key_id FROM api_key')).length;
    for (const [words, status, headers] of TABLE) {
      const before = await keys();
      const answer = await make(headers);
      assert.equal(answer.status, status, `${words}: ${answer.text}`);
      assert.equal((await keys()) - before, status === 201 ? 1 : 0, words);
    }
  });

  test('a key beside a cookie is what counts', async () => {
    const app = await open();
    const { browser } = await joined(app, 'both@a.example', [{ owner: true }]);
    const { json } = await app.call<Me>('GET', '/v1/me', {
      key: app.adminKey,
      headers: { cookie: browser.cookie },
    });
    assert.equal(json.kind, 'key');
  });

  test('pages of other hosts cannot sign anybody in', async () => {
    const app = await open();
    await joined(app, 'lured@a.example', [{ owner: true }]);
    const body = { email: 'lured@a.example', password: PASSWORD };
    const ask = (headers: Record<string, string>) =>
      app.call('POST', '/v1/auth/sign-in', { body, headers });
    assert.equal((await ask({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await ask({ 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await ask({ 'content-type': 'text/plain' })).status, 415);
    assert.equal((await ask({})).status, 200, 'a program says nothing');
  });

  test('what only people do is not for keys, and paths of better-auth lead nowhere', async () => {
    const app = await open();
    assert.equal((await app.admin('GET', '/v1/auth/sessions')).status, 403);
    assert.equal((await app.admin('POST', '/v1/auth/sign-out', {})).status, 403);
    const { browser } = await joined(app, 'paths@a.example', [{ owner: true }]);
    for (const path of [
      ...['sign-up/email', 'sign-in/email', 'get-session', 'update-user', 'delete-user'],
      ...['change-email', 'list-sessions', 'two-factor/enable', 'ok', 'error', 'api/auth/ok'],
    ]) {
      assert.equal((await browser.get(`/v1/auth/${path}`)).status, 404, path);
      const posted = await browser.post(`/v1/auth/${path}`);
      assert.equal(posted.status, 404, path);
    }
  });

  test('who may do nothing anywhere still learns who they are', async () => {
    const app = await open();
    const { person } = await invite(app, 'nowhere@a.example', [{ owner: true }]);
    const { browser } = await joined(app, 'nowhere@a.example', [{ owner: true }]);
    await app.sql('DELETE FROM membership WHERE person_id = ?', person.person_id);
    app.app.access.persons.forget();
    assert.deepEqual((await browser.get<Me>('/v1/me')).json.seats, []);
    assert.equal((await browser.get('/v1/projects')).status, 403);
    assert.equal((await browser.get('/v1/projects/default')).status, 404);
    assert.equal((await browser.get('/v1/events?tenant_id=_annals')).status, 404);
  });
});
