import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  hasSecretForm,
  isSecretName,
  redactSecretText,
  SECRET_REMOVED,
  stripSecrets,
} from './secrets.ts';

const JWT = [
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  'eyJzdWIiOiIxMjM0NTY3ODkwIn0',
  'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P',
].join('.');
const PEM = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'MIIEpAIBAAKCAQEA7bq98sF0',
  'Zm9vYmFyYmF6',
  '-----END RSA PRIVATE KEY-----',
].join('\n');
const removed = SECRET_REMOVED;

test('names of secrets, however they are written', () => {
  for (const name of [
    ...['password', 'Password', 'PASSWORD', 'user_password', 'newPassword', 'db.password'],
    ...['passwd', 'pwd', 'DB_PWD', 'pass-phrase', 'passcode', 'password_hash'],
    ...['secret', 'client_secret', 'clientSecret', 'AWS_SECRET_ACCESS_KEY', 'secrets'],
    ...['token', 'access_token', 'accessToken', 'refresh-token', 'X-Auth-Token', 'idToken'],
    ...['sessionToken', 'access_tokens', 'API Tokens', 'csrf_token'],
    ...['api_key', 'apiKey', 'X-Api-Key', 'API-KEY', 'private_key', 'privateKey', 'secret_key'],
    ...['Authorization', 'proxy-authorization', 'cookie', 'Set-Cookie', 'set_cookie', 'cookies'],
    ...['credential', 'credentials', 'connectionString', 'recovery_codes', 'otp', 'accessKey'],
    `${'x'.repeat(1_000)}_password`,
  ]) {
    assert.ok(isSecretName(name), name);
    assert.ok(isSecretName(name), `${name}, the second time`);
  }
});

test('false friends are not names of secrets', () => {
  for (const name of [
    ...['max_tokens', 'maxTokens', 'token_count', 'tokenCount', 'tokens', 'input_tokens'],
    ...['secretary', 'secretary_name', 'secret_name', 'secretId', 'secret_arn', 'tokenType'],
    ...['password_changed_at', 'passwordPolicy', 'password_reset', 'api_key_id', 'apiKeyName'],
    ...['next_token', 'nextPageToken', 'continuationToken', 'clientRequestToken'],
    ...['author', 'authorized', 'preauthorization', 'authorization_id', 'cookie_consent'],
    ...['accessKeyId', 'public_key', 'key', 'keys', 'keyboard', 'passport', 'compass', 'bypass'],
    ...['credential_type', 'name', 'id', 'pin', '', '_', '__proto__', 'constructor'],
    `password_${'x'.repeat(1_000)}`,
  ]) {
    assert.ok(!isSecretName(name), name);
    assert.ok(!isSecretName(name), `${name}, the second time`);
  }
});

test('more names than are remembered are still judged rightly', () => {
  for (let index = 0; index < 5_000; index += 1) {
    assert.ok(isSecretName(`n${index}_password`));
    assert.ok(!isSecretName(`n${index}_name`));
  }
});

const redacted = (text: string, expected: string) => {
  assert.equal(redactSecretText(text), expected);
  assert.ok(text === expected || hasSecretForm(text), `the first look at ${text}`);
  assert.equal(redactSecretText(expected), expected, 'a second time it changes nothing');
};

test('blocks of private keys', () => {
  redacted(PEM, removed);
  redacted(`before ${PEM} after`, `before ${removed} after`);
  redacted(`${PEM}\n${PEM}`, `${removed}\n${removed}`);
  redacted(PEM.replaceAll('RSA ', ''), removed);
  redacted(PEM.replaceAll('RSA PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'), removed);
  redacted(JSON.stringify({ a: PEM, b: 1 }), `{"a":"${removed}","b":1}`);
  // Cut off: to the end of the text, or of the JSON string it is in.
  redacted(`a ${PEM.slice(0, 60)}`, `a ${removed}`);
  redacted(`{"a":"${PEM.slice(0, 60)}","b":1}`, `{"a":"${removed}","b":1}`);
  const certificate = PEM.replaceAll('RSA PRIVATE KEY', 'CERTIFICATE');
  redacted(certificate, certificate);
  redacted(`${certificate} ${PEM}`, `${certificate} ${removed}`);
  redacted('-----BEGIN nothing', '-----BEGIN nothing');
});

test('JSON Web Tokens', () => {
  redacted(JWT, removed);
  redacted(`token=${JWT}&x=1`, `token=${removed}&x=1`);
  redacted(`It was ${JWT}. Then`, `It was ${removed}. Then`);
  redacted(`a\\n${JWT}\\n`, `a\\n${removed}\\n`);
  redacted(`${JWT.slice(0, JWT.lastIndexOf('.'))}.`, removed);
  redacted(`${JWT}.c2lnbmF0dXJl.dGFn`, removed);
  redacted('eyJhbGciOiJkaXIifQ..aXYxMjM0NTY.Y2lwaGVy.dGFn', removed);
  for (const text of [
    ...['eyJhbGciOiJIUzI1NiJ9', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0', 'eyJ', 'eyJ.a.b', 'eyJ...'],
    'the cursor eyJvIjoxMH0 of the page',
  ]) {
    redacted(text, text);
  }
});

test('values after Bearer and Basic', () => {
  redacted('Authorization: Bearer abc123def', `Authorization: Bearer ${removed}`);
  redacted('bearer  mF_9.B5f-4.1JqM', `bearer  ${removed}`);
  redacted(`BEARER ${'x'.repeat(20)}`, `BEARER ${removed}`);
  redacted('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', `Basic ${removed}`);
  redacted('a\\nBasic dTpw\\n', `a\\nBasic ${removed}\\n`);
  for (const text of [
    ...['Bearer authentication failed', 'the bearer of this', 'bearer certificate', 'Bearer'],
    ...['Basic plan', 'Basic authentication', 'BASIC QWxhZGRpbg==', 'basic', 'Basic AAAA'],
  ]) {
    redacted(text, text);
  }
});

test('secret names in JSON that is kept as a string', () => {
  redacted('{"password":"hunter2","a":1}', `{"password":"${removed}","a":1}`);
  redacted('{ "api_key" : "k" }', `{ "api_key" : "${removed}" }`);
  redacted('{"a":{"token":"t"},"token":""}', `{"a":{"token":"${removed}"},"token":""}`);
  redacted('{"pwd":"a\\"b\\\\","x":"y"}', `{"pwd":"${removed}","x":"y"}`);
  redacted('{"otp":123456,"x":1}', `{"otp":"${removed}","x":1}`);
  redacted('{"password":"cut off', `{"password":"${removed}`);
  for (const text of [
    '{"password":null,"token":false,"secret":{"name":"n"},"tokens":12}',
    '{"max_tokens":100,"nextToken":"abc","secretary":"Ms. Moneypenny"}',
    '{"type":"password","time":"10:20:30","note":"the password: none"}',
    '"password"',
    '":":":":',
  ]) {
    redacted(text, text);
  }
});

test('in JSON put into strings several times the right string is removed', () => {
  const secrets = ['plain', 'with "marks" and \\ \\\\', 'ends with \\', '\\"', '"'];
  for (const secret of secrets) {
    const build = (value: string) => {
      let text = JSON.stringify({ a: 'x', password: value, b: 'y' });
      const layers = [text];
      for (let depth = 0; depth < 3; depth += 1) {
        text = JSON.stringify({ inner: text, after: 'z' });
        layers.push(text);
      }
      return layers;
    };
    const clean = build(SECRET_REMOVED);
    for (const [depth, text] of build(secret).entries()) {
      redacted(text, clean[depth] ?? assert.fail());
    }
  }
});

test('any secret is removed from any JSON text, and the rest stays as it was', () => {
  const json = fc.dictionary(fc.constantFrom('a', 'note', 'count'), fc.jsonValue({ maxDepth: 2 }));
  const secret = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(json, secret, json, (before, value, after) => {
      const text = JSON.stringify({ before, client_secret: value, after });
      const expected = JSON.stringify({ before, client_secret: SECRET_REMOVED, after });
      // Generated strings may by chance hold a form of their own.
      fc.pre(redactSecretText(expected) === expected);
      assert.equal(redactSecretText(text), expected);
      const twice = JSON.stringify({ original: text });
      assert.equal(redactSecretText(twice), JSON.stringify({ original: expected }));
    }),
  );
});

test('what the first look lets pass is not changed', () => {
  const parts = fc.constantFrom('eyJ', '-----BEGIN ', '"', ':', 'Bearer ', 'password', 'a1', '\\');
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string()), { maxLength: 12 }), (words) => {
      const text = words.join('');
      if (!hasSecretForm(text)) assert.equal(redactSecretText(text), text);
      const once = redactSecretText(text);
      assert.ok(once.length <= text.length + words.length * (SECRET_REMOVED.length + 2));
    }),
  );
});

test('long hostile text takes no long time', () => {
  const size = 65_536;
  const fill = (unit: string, end = '') => unit.repeat(Math.ceil(size / unit.length)) + end;
  const hostile = [
    ...['"', '\\', ':', '":', '" :', '\\":', '\\\\":"', ' ', '-', '.', '{', 'a', '\u{1f602}'],
    ...['eyJ', 'eyJ-', 'eyJ.', 'eyJaaaaaaaa.', 'eyJaaaaaaaa.b ', 'eyJaaaaaaaa..', 'eyJa.eyJa.!'],
    ...['-----BEGIN ', '-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----"', '-----END '],
    ...['Bearer ', 'bearer', 'Basic ', 'Basic QTpB', 'Basic Ojo6', 'Bearer a', 'Bearer    '],
    ...['"password":"', '"password":', '"password": ', '\\"password\\":\\"', '"password":1'],
    ...['"password":"\\', '"a":"b",', '\\\\\\"password\\\\\\":\\\\\\"x\\"'],
  ];
  const texts = hostile.flatMap((unit) => [
    fill(unit),
    fill(unit, '"'),
    `"password":"${fill(unit)}`,
    `"password":${fill(unit)}`,
    `-----BEGIN PRIVATE KEY-----${fill(unit)}-----END x`,
    `Basic ${fill('Ojo6')}AA==${fill(unit)}`,
    `eyJ${fill('a')}${fill(unit)}`,
  ]);
  texts.push(Array.from({ length: 9_000 }, (_, index) => `"${index}":`).join(''));
  redactSecretText(texts.join(' ').slice(0, size));
  for (const text of texts) {
    const started = performance.now();
    const once = redactSecretText(text);
    const tookMs = performance.now() - started;
    // Quadratic time would be seconds; the bound leaves room for a busy machine.
    assert.ok(tookMs < 250, `${text.slice(0, 40)}: ${Math.round(tookMs)} ms`);
    assert.equal(typeof once, 'string');
  }
});

test('values under secret names go, whatever they are; others stay', () => {
  const value = {
    user: 'ada',
    password: 'hunter2',
    pin_otp: { api_key: 'k', list: [1, { token: ['a', 'b'] }, `see ${JWT}`] },
    credentials: { user: 'u', value: 'v' },
    otp: 123456,
    note: 'nothing here',
    original: '{"secret":"s","n":1.50}',
  };
  assert.deepEqual(stripSecrets(value), {
    user: 'ada',
    password: removed,
    pin_otp: { api_key: removed, list: [1, { token: removed }, `see ${removed}`] },
    credentials: removed,
    otp: removed,
    note: 'nothing here',
    original: `{"secret":"${removed}","n":1.50}`,
  });
});

test('what holds no secret stays: null, booleans, empty text, an object that only tells', () => {
  const value = {
    has_password: true,
    password: null,
    token: '',
    max_tokens: 5,
    authorization: { scope: '/subscriptions/1', action: 'read' },
    accessKey: { accessKeyId: 'AKIA1', status: 'Active' },
  };
  assert.equal(stripSecrets(value), value);
  assert.deepEqual(stripSecrets({ authorization: { token: 't' }, Authorization: 'x' }), {
    authorization: { token: removed },
    Authorization: removed,
  });
});

test('only what changes is copied, and the value given stays as it was', () => {
  const kept = { a: [1, 2, { b: null }], n: Number.NaN };
  const value = { kept, list: [kept, { token: 't' }] };
  const before = structuredClone(value);
  const stripped = stripSecrets(value);
  assert.deepEqual(value, before);
  assert.ok(typeof stripped === 'object' && stripped !== null && 'kept' in stripped);
  assert.equal(stripped.kept, kept);
  assert.ok('list' in stripped && Array.isArray(stripped.list));
  assert.equal(stripped.list[0], kept);
  assert.equal(stripSecrets(stripped), stripped);
  for (const same of [kept, [kept], 'text', 1, null, true, undefined, [], {}]) {
    assert.equal(stripSecrets(same), same);
  }
  const proto = JSON.parse('{"__proto__":{"password":"p"},"a":1}');
  assert.equal(
    JSON.stringify(stripSecrets(proto)),
    `{"__proto__":{"password":"${removed}"},"a":1}`,
  );
});

test('after stripping, no value under a secret name is left, at any depth', () => {
  const name = fc.constantFrom('password', 'apiKey', 'note', 'list', 'max_tokens');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(name, tie('tree')),
    ),
  }));
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key === 'password' || key === 'apiKey') {
        assert.ok(member === SECRET_REMOVED || member === '');
      } else check(member);
    }
  };
  fc.assert(
    fc.property(tree, (value) => {
      const stripped = stripSecrets(value);
      check(stripped);
      assert.equal(stripSecrets(stripped), stripped);
    }),
  );
});
