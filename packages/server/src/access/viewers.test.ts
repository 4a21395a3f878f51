/** Readers in customers' pages: what their sessions and signed tokens open, and what not. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import type { Definition } from '@annals/contract/definition';
import type { EventPage, Key } from '@annals/contract/routes';
import type { ViewerKey, ViewerSession } from '@annals/contract/sessions';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';

const PROJECT = 'shop';
const definition: Definition = {
  project: PROJECT,
  label: 'Shop',
  views: {
    page: { label: 'Page' },
    own: { label: 'Of one', binding: 'actor' },
    item: { label: 'Of one record', binding: 'record' },
    staff: { label: 'Staff', operators: true, self_audit: true },
  },
  roles: {
    reader: { label: 'Reader', viewer: true, grants: { page: ['read', 'export'] } },
    self: { label: 'Self', viewer: true, grants: { own: ['read'], page: ['read'] } },
    record: { label: 'Record', viewer: true, grants: { item: ['read'] } },
    vendor: { label: 'Vendor', grants: { staff: ['read'] } },
    opener: { label: 'Opens sessions', manage: ['sessions'] },
  },
};

const OCCURRED_AT = new Date(Date.now() - 60_000).toISOString();

type Session = ViewerSession & { readonly token: string };

async function open(app: TestApp): Promise<void> {
  const body = { definition };
  const put = await app.admin('PUT', `/v1/projects/${PROJECT}`, body);
  assert.equal(put.status, 200, put.text);
  for (const tenant of ['acme', 'other']) {
    // The same each time: what is there already is not stored again.
    const events = ['alice', 'bob'].map((id, index) => ({
      id: `0190f5fe-7c00-7a00-8000-00000000000${index}`,
      action: 'document.read',
      occurred_at: OCCURRED_AT,
      actor: { type: 'user', id },
      targets: [{ type: 'document', id: `${id}-doc` }],
    }));
    const path = `/v1/events?project=${PROJECT}&tenant_id=${tenant}`;
    assert.equal((await app.admin('POST', path, events)).status, 201);
  }
}

const SESSIONS = `/v1/viewer-sessions?project=${PROJECT}`;
const KEYS = `/v1/viewer-keys?project=${PROJECT}`;
const asked = (fields: object = {}) => ({
  tenant_id: 'acme',
  roles: ['reader'],
  viewer: { id: 'u-1', name: 'Ada', email: 'ada@example.com' },
  ...fields,
});

async function session(app: TestApp, fields: object = {}, key = app.adminKey): Promise<Session> {
  const made = await app.call<Session>('POST', SESSIONS, { key, body: asked(fields) });
  assert.equal(made.status, 201, made.text);
  return made.json;
}

const events = async (app: TestApp, key: string, query: Readonly<Record<string, string>> = {}) =>
  await app.call<EventPage & { code?: string }>(
    'GET',
    `/v1/events?${new URLSearchParams({ tenant_id: 'acme', ...query })}`,
    { key },
  );

const actors = ({ json }: { readonly json: EventPage }) =>
  json.events.map(({ actor }) => actor.id).sort();

onBothDatabases('viewer sessions', (start) => {
  test('open one tenant, with the roles that were asked for, until they end', async () => {
    const app = await start();
    await open(app);
    const made = await session(app);
    assert.match(made.token, /^anv_[\w-]{43}$/);
    assert.deepEqual(actors(await events(app, made.token)), ['alice', 'bob']);
    assert.equal((await events(app, made.token, { tenant_id: 'other' })).status, 404);
    assert.equal((await events(app, made.token, { view: 'staff' })).json.code, 'view_not_granted');
    assert.equal((await events(app, made.token, { view: 'log' })).json.code, 'view_not_granted');
    for (const [method, path, body] of [
      ['POST', '/v1/events', sampleEvent()],
      ['POST', SESSIONS, asked()],
      ['GET', '/v1/keys', undefined],
      ['GET', '/v1/tenants', undefined],
      ['POST', '/v1/jobs', { kind: 'verify', tenant_id: 'acme' }],
    ] as const) {
      const options = { key: made.token, ...(body === undefined ? {} : { body }) };
      const { status } = await app.call(method, path, options);
      assert.ok(status === 403 || status === 400, `${method} ${path} ${status}`);
    }
    const stored = await app.sql('SELECT * FROM viewer_session');
    assert.ok(!JSON.stringify(stored).includes(made.token), 'the token is kept nowhere');
    const ended = await app.admin<ViewerSession>(
      'DELETE',
      `/v1/viewer-sessions/${made.session_id}?project=${PROJECT}`,
    );
    assert.ok(ended.json.revoked_at);
    assert.equal((await events(app, made.token)).status, 401);
    const { json } = await app.admin<{ sessions: ViewerSession[] }>(
      'GET',
      `${SESSIONS}&tenant_id=acme`,
    );
    assert.deepEqual(json.sessions[0], ended.json);
  });

  test('a bound one sees one actor or record, in bound views alone', async () => {
    const app = await start();
    await open(app);
    const { token } = await session(app, { roles: ['self'], subject: 'user:alice' });
    assert.deepEqual(
      actors(await events(app, token)),
      ['alice'],
      'the bound view is the usual one',
    );
    assert.deepEqual(actors(await events(app, token, { subject: 'user:alice' })), ['alice']);
    const other = await events(app, token, { subject: 'user:bob' });
    assert.deepEqual([other.status, other.json.code], [403, 'forbidden']);
    const page = await events(app, token, { view: 'page' });
    assert.deepEqual([page.status, page.json.code], [403, 'view_not_granted']);
    const free = await session(app, { roles: ['self'] });
    assert.deepEqual(actors(await events(app, free.token)), ['alice', 'bob']);
    const bob = { view: 'own', subject: 'user:bob' };
    assert.deepEqual(actors(await events(app, free.token, bob)), ['bob']);
    const item = await session(app, { roles: ['record'], subject: 'document:bob-doc' });
    assert.deepEqual(actors(await events(app, item.token)), ['bob']);
  });

  test('are refused with what is wrong in them', async () => {
    const app = await start();
    await open(app);
    for (const [fields, status, path] of [
      [{ roles: ['vendor'] }, 400, '/roles/0'],
      [{ roles: ['reader', 'opener'] }, 400, '/roles/1'],
      [{ roles: ['none'] }, 400, '/roles/0'],
      [{ roles: [] }, 400, '/roles'],
      [{ subject: 'alice' }, 400, '/subject'],
      [{ expires_in: 59 }, 400, '/expires_in'],
      [{ expires_in: 86_401 }, 400, '/expires_in'],
      [{ viewer: {} }, 400, '/viewer/id'],
    ] as const) {
      const { json, ...answer } = await app.admin<{ errors: { path: string }[] }>(
        'POST',
        SESSIONS,
        asked(fields),
      );
      assert.deepEqual([answer.status, json.errors[0]?.path], [status, path], answer.text);
    }
  });

  test('are opened by those who may, for their tenant, and live no longer than these', async () => {
    const app = await start();
    await open(app);
    const make = async (fields: object) => {
      const body = { label: 'k', ...fields };
      const made = await app.admin<Key & { secret: string }>(
        'POST',
        `/v1/keys?project=${PROJECT}`,
        body,
      );
      assert.equal(made.status, 201, made.text);
      return made.json.secret;
    };
    const status = async (key: string, fields: object = {}) =>
      (await app.call('POST', SESSIONS, { key, body: asked(fields) })).status;
    const opener = await make({ roles: ['opener'], tenant_id: 'acme' });
    assert.equal(await status(opener), 201, 'the right itself is enough');
    assert.equal(await status(opener, { tenant_id: 'other' }), 404);
    assert.equal(await status(opener, { tenant_id: 'nowhere' }), 404);
    assert.equal(await status(await make({ roles: ['reader'] })), 403);
    assert.equal(await status(await make({ scopes: ['events:read'] })), 403);
    assert.equal(await status(await make({ scopes: ['manage'] })), 403, 'who may not read');
    assert.equal(await status(await make({ scopes: ['events:read', 'manage'] })), 201);
    const soon = new Date(Date.now() + 120_000).toISOString();
    const brief = await make({ scopes: ['events:read', 'manage'], expires_at: soon });
    assert.equal((await session(app, { expires_in: 86_400 }, brief)).expires_at, soon);
  });

  test('a role without the mark opens nothing; the end of a session ends its streams', async () => {
    const app = await start();
    await open(app);
    const made = await session(app);
    const { reader, ...roles } = definition.roles;
    const bare = { ...definition, roles: { ...roles, reader: { label: 'R', grants: {} } } };
    assert.ok(reader);
    await app.admin('PUT', `/v1/projects/${PROJECT}`, { definition: bare });
    assert.equal((await events(app, made.token)).json.code, 'view_not_granted');
    await app.admin('PUT', `/v1/projects/${PROJECT}`, { definition });
    const response = await fetch(`${app.url}/v1/events/tail?tenant_id=acme`, {
      headers: { authorization: `Bearer ${made.token}` },
    });
    assert.equal(response.status, 200);
    const read = response.text();
    await app.admin('DELETE', `/v1/viewer-sessions/${made.session_id}?project=${PROJECT}`);
    await read;
  });
});

interface Signer {
  readonly key: ViewerKey;
  readonly secret: KeyObject;
}

const now = () => Math.floor(Date.now() / 1_000);
const claims = (fields: JWTPayload = {}): JWTPayload => ({
  ...{
    iss: 'https://shop.example',
    aud: `annals/${PROJECT}`,
    sub: 'u-1',
    jti: `t-${Math.random()}`,
  },
  ...{ iat: now(), exp: now() + 600, tenant_id: 'acme', roles: ['reader'] },
  ...fields,
});

const without = (name: string): JWTPayload => {
  const { [name]: _gone, ...rest } = claims();
  return rest;
};

const sign = ({ key, secret }: Signer, payload = claims(), header: object = {}) =>
  new SignJWT(payload)
    .setProtectedHeader({ alg: key.algorithm, kid: key.viewer_key_id, ...header })
    .sign(secret);

const pair = {
  EdDSA: () => generateKeyPairSync('ed25519'),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
} as const;

async function register(
  app: TestApp,
  algorithm: keyof typeof pair,
  fields: object = {},
): Promise<Signer> {
  const { publicKey, privateKey } = pair[algorithm]();
  const body = {
    ...{ label: 'Shop', issuer: 'https://shop.example', algorithm, roles: ['reader', 'self'] },
    public_key: publicKey.export({ format: 'pem', type: 'spki' }),
    ...fields,
  };
  const made = await app.admin<ViewerKey>('POST', KEYS, body);
  assert.equal(made.status, 201, made.text);
  return { key: made.json, secret: privateKey };
}

onBothDatabases('tokens that the host signs', (start) => {
  test('open what they say within what their key may give, in each algorithm', async () => {
    const app = await start();
    await open(app);
    for (const algorithm of ['EdDSA', 'ES256', 'RS256'] as const) {
      const signer = await register(app, algorithm);
      const token = await sign(signer);
      assert.deepEqual(actors(await events(app, token)), ['alice', 'bob'], algorithm);
      assert.equal((await events(app, token, { tenant_id: 'other' })).status, 404);
      const bound = await sign(signer, claims({ roles: ['self'], subject: 'user:bob' }));
      assert.deepEqual(actors(await events(app, bound)), ['bob']);
    }
  });

  test('hostile ones open nothing, and all are answered alike', async () => {
    const app = await start();
    await open(app);
    const [signer, other, limited] = [
      await register(app, 'ES256'),
      await register(app, 'ES256'),
      await register(app, 'ES256', { tenants: ['other'] }),
    ];
    const rsa = await register(app, 'RS256');
    const { json: listed } = await app.admin<{ keys: ViewerKey[] }>('GET', KEYS);
    assert.deepEqual(listed.keys.slice(-1), [rsa.key]);
    const good = await sign(signer);
    assert.equal((await events(app, good)).status, 200);
    const [head = '', body = '', signature = ''] = good.split('.');
    const swapped = Buffer.from(JSON.stringify(claims({ tenant_id: 'other' }))).toString(
      'base64url',
    );
    // The oldest attack: the public key as the secret of an HMAC.
    const confused = new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: rsa.key.viewer_key_id })
      .sign(Buffer.from(rsa.secret.export({ format: 'pem', type: 'pkcs8' })));
    const kid = signer.key.viewer_key_id;
    const unsigned = new UnsecuredJWT(claims()).encode().split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid })).toString('base64url');
    const HOSTILE: Readonly<Record<string, string | Promise<string>>> = {
      'no signature': `${head}.${body}.`,
      'another signature': `${head}.${body}.${signature.split('').reverse().join('')}`,
      'changed claims': `${head}.${swapped}.${signature}`,
      'algorithm none': `${none}.${unsigned[1]}.${signature}`,
      'an HMAC with the public key': confused,
      'the name of another key': sign({ ...other, key: signer.key }),
      'a key that is not known': sign(signer, claims(), { kid: 'vk_nobody' }),
      'no key named': sign(signer, claims(), { kid: undefined }),
      'a critical header': `${Buffer.from(
        JSON.stringify({ alg: 'ES256', kid, crit: ['x'], x: 1 }),
      ).toString('base64url')}.${body}.${signature}`,
      'another issuer': sign(signer, claims({ iss: 'https://evil.example' })),
      'another audience': sign(signer, claims({ aud: 'annals/default' })),
      'no audience': sign(signer, without('aud')),
      'no issuer': sign(signer, without('iss')),
      'no id': sign(signer, without('jti')),
      'no end': sign(signer, without('exp')),
      'no beginning': sign(signer, without('iat')),
      'over since a minute': sign(signer, claims({ iat: now() - 600, exp: now() - 60 })),
      'made in the future': sign(signer, claims({ iat: now() + 600, exp: now() + 1_200 })),
      'not to be used yet': sign(signer, claims({ nbf: now() + 600 })),
      'longer than an hour': sign(signer, claims({ exp: now() + 3_601 })),
      'old, and longer': sign(signer, claims({ iat: now() - 4_000, exp: now() + 600 })),
      'a tenant that is not there': sign(signer, claims({ tenant_id: 'nowhere' })),
      'a tenant that the key may not name': sign(limited, claims()),
      'no tenant': sign(signer, without('tenant_id')),
      'a role beyond the key': sign(signer, claims({ roles: ['reader', 'record'] })),
      'a role that manages': sign(signer, claims({ roles: ['opener'] })),
      'no roles': sign(signer, claims({ roles: [] })),
      'roles of another form': sign(signer, claims({ roles: 'reader' })),
      'a subject of another form': sign(signer, claims({ subject: 7 })),
    };
    const told = new Set<string>();
    for (const [what, made] of Object.entries(HOSTILE)) {
      const { status, json, text } = await events(app, await made);
      assert.equal(status, 401, `${what}: ${text}`);
      const { request_id: _id, ...problem } = json as EventPage & { request_id?: string };
      told.add(JSON.stringify(problem));
    }
    assert.equal(told.size, 1, 'no answer tells what is wrong');
    const dotted = await events(app, `${good}.x`);
    assert.equal(dotted.status, 401);
    assert.equal((await events(app, good)).status, 200, 'the good one is good still');
  });

  test('end with their denial, and with the key', async () => {
    const app = await start();
    await open(app);
    const signer = await register(app, 'EdDSA');
    const [one, two] = [claims({ jti: 'one' }), claims({ jti: 'two' })];
    const [first, second] = [await sign(signer, one), await sign(signer, two)];
    for (const token of [first, second]) assert.equal((await events(app, token)).status, 200);
    const { viewer_key_id: id } = signer.key;
    const path = `/v1/viewer-keys/${id}/denials?project=${PROJECT}`;
    assert.equal((await app.admin('POST', path, { jti: 'one' })).status, 201);
    assert.equal((await events(app, first)).status, 401);
    assert.equal((await events(app, second)).status, 200);
    const retired = await app.admin<ViewerKey>(
      'DELETE',
      `/v1/viewer-keys/${id}?project=${PROJECT}`,
    );
    assert.ok(retired.json.retired_at);
    assert.equal((await events(app, second)).status, 401);
  });

  test('are signed with keys of the right kind, of which the public part is given', async () => {
    const app = await start();
    await open(app);
    const { privateKey, publicKey } = pair.ES256();
    const small = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
    const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' });
    for (const [algorithm, public_key, words] of [
      ['EdDSA', pem(publicKey), /EdDSA needs an Ed25519 key/],
      ['RS256', pem(small), /at least 2048 bits/],
      ['ES256', privateKey.export({ format: 'pem', type: 'pkcs8' }), /private key/],
      ['ES256', privateKey.export({ format: 'jwk' }), /private key/],
      ['ES256', { kty: 'oct', k: 'c2VjcmV0' }, /private key/],
      ['ES256', 'nothing', /must be a public key/],
      ['ES256', {}, /must be a public key/],
    ] as const) {
      const body = { label: 'x', issuer: 'x', algorithm, public_key, roles: ['reader'] };
      const { status, text } = await app.admin('POST', KEYS, body);
      assert.equal(status, 400, text);
      assert.match(text, words);
    }
    const jwk = { public_key: publicKey.export({ format: 'jwk' }) };
    const made = await register(app, 'ES256', jwk);
    assert.ok(!JSON.stringify(made.key).includes('"x"'));
  });
});
