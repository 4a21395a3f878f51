import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeSdJwtSync, getClaimsSync } from '@sd-jwt/decode';
import fc from 'fast-check';
import Type from 'typebox';
import Value from 'typebox/value';
import { leafHashOf, sha256Text } from '#sha256';
import { canonicalJson } from './canonical.ts';
import { StoredEvent } from './event.ts';
import { type ClassPolicy, DEFAULT_POLICY, disclosuresOf, eraseValues, leafOf } from './leaf.ts';
import { idText, isErased } from './values.ts';

const ORIGIN = 'annals-0123456789abcdef.invalid/00112233445566778899aabbccddeeff';
const BLIND = 'q83vEjRWeJCrze8SNFZ4kA';

const Vectors = Type.Array(
  Type.Object({
    name: Type.String(),
    event: StoredEvent,
    origin: Type.String(),
    policy: Type.Object({ number: Type.Integer(), persons: Type.Array(Type.String()) }),
    secret: Type.String(),
    leaf: Type.String(),
    leaf_hash: Type.String(),
    disclosures: Type.Array(
      Type.Object({
        path: Type.String(),
        name: Type.String(),
        disclosure: Type.String(),
        digest: Type.String(),
      }),
    ),
  }),
);
const file: unknown = JSON.parse(
  readFileSync(new URL('./leaf.vectors.json', import.meta.url), 'utf8'),
);
assert.ok(Value.Check(Vectors, file), 'the vectors hold stored events');
const vectors = file.map(({ policy: { number, persons }, ...vector }) => ({
  ...vector,
  policy: { number, persons: new Set(persons) },
}));

const base64url = (text: string) => Buffer.from(text, 'utf8').toString('base64url');
const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('base64url');

// A second way to the leaf: a generic walk over paths, which shares no code with leaf.ts and knows
// neither the order of keys nor the places of values.
const ENTITY = /^\/(actor|on_behalf_of\/\d+|targets\/\d+)\/(id|name|email)$/;
const PERSONAL = new RegExp(
  '^/(context/(ip|user_agent|location|session_id)|changes/\\d+/(before|after)|' +
    'reason/text|outcome/reason|metadata|labels)$',
);

const naiveLeaf = (event: unknown, origin: string, policy: ClassPolicy, secret: string) => {
  const erased = secret.startsWith('{') ? JSON.parse(secret) : undefined;
  const salt = (path: string) =>
    erased ? erased.salts[path] : sha256(`annals/salt/v1\n${secret}\n${path}`).slice(0, 22);
  const pii: string[] = [];
  const walk = (node: unknown, path: string): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map((item, index) => walk(item, `${path}/${index}`));
    const digests: string[] = [];
    const clear: [string, unknown][] = [];
    for (const [name, value] of Object.entries(node)) {
      const at = `${path}/${name}`;
      const person = ENTITY.test(at) && 'type' in node && policy.persons.has(String(node.type));
      if (!person && !PERSONAL.test(at)) {
        clear.push([name, walk(value, at)]);
        continue;
      }
      pii.push(at);
      if (isErased(value)) digests.push(value._erased);
      else digests.push(sha256(base64url(canonicalJson([salt(at), name, value]))));
    }
    const sd = digests.length === 0 ? [] : [['_sd', digests.sort()] as const];
    return Object.fromEntries([...clear, ...sd]);
  };
  const nonce = erased ? erased.nonce : sha256(`annals/nonce/v1\n${secret}`).slice(0, 22);
  const body = { ...Object(walk(event, '')), log: origin, nonce, policy: policy.number, v: 1 };
  return canonicalJson(pii.length > 0 ? { ...body, _sd_alg: 'sha-256', pii: pii.sort() } : body);
};

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
// No `_` in front: such names are reserved, and refused before an event is stored.
const key = text.filter((name) => !name.startsWith('_'));
const anyJson = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' });
const optional = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape, { requiredKeys: [] });
const persons = fc.constantFrom('user', 'support', 'service_account', 'agent', 'system');
const personType = fc.constantFrom('user' as const, 'support' as const, 'agent' as const);
const target = fc.record(
  {
    type: fc.oneof(persons, text),
    id: text,
    name: text,
    email: text,
    role: fc.constantFrom('primary' as const, 'parent' as const),
  },
  { requiredKeys: ['type', 'id'] },
);
const change = fc.record(
  { path: text, before: anyJson, after: anyJson, label: text, secret: fc.constant(true as const) },
  { requiredKeys: ['path'] },
);
const storedEvent: fc.Arbitrary<StoredEvent> = fc.record(
  {
    id: fc.uuid(),
    occurred_at: text,
    received_at: text,
    event_type: text,
    action: text,
    operation: fc.constantFrom('read' as const, 'update' as const),
    actor: fc.record(
      { type: personType, id: text, name: text, email: text, roles: fc.array(text) },
      { requiredKeys: ['type'] },
    ),
    on_behalf_of: fc.array(
      fc.record(
        { type: personType, id: text, name: text, email: text },
        { requiredKeys: ['type', 'id'] },
      ),
      { maxLength: 3 },
    ),
    targets: fc.array(target, { maxLength: 14 }),
    changes: fc.array(change, { maxLength: 14 }),
    outcome: fc.record(
      { result: fc.constantFrom('success' as const, 'denied' as const), reason: text, code: text },
      { requiredKeys: ['result'] },
    ),
    source: optional({
      initiator: fc.constantFrom('user' as const, 'api' as const),
      application: text,
      component: text,
      channel: text,
    }),
    context: optional({
      ip: text,
      user_agent: text,
      location: text,
      request_id: text,
      session_id: text,
      trace_id: text,
      correlation_id: text,
    }),
    reason: optional({ text, ticket: text }),
    severity: fc.constantFrom('info' as const, 'critical' as const),
    metadata: fc.dictionary(key, anyJson, { maxKeys: 5 }),
    labels: fc.dictionary(key, text, { maxKeys: 5 }),
  },
  { requiredKeys: ['id', 'occurred_at', 'received_at', 'action', 'actor'] },
);
const blind = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

/** The same value, read back from its text, the members of each object in another order. */
const reversed = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).reverse())
      : member,
  );

/** The event as another library rebuilds it from a leaf and disclosures, by way of an SD-JWT. */
const rebuilt = (leaf: string, disclosures: readonly { disclosure: string }[]) => {
  const hasher = (data: string) => createHash('sha256').update(data).digest();
  const jwt = `${base64url('{}')}.${base64url(leaf)}.${base64url('unsigned')}`;
  const token = [jwt, ...disclosures.map(({ disclosure }) => disclosure), ''].join('~');
  const decoded = decodeSdJwtSync(token, hasher);
  const claims = getClaimsSync<object>(decoded.jwt.payload, decoded.disclosures, hasher);
  const added = new Set(['log', 'nonce', 'policy', 'pii', 'v']);
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !added.has(name)));
};

const withoutErased = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutErased);
  const stay = Object.entries(value).filter(([, member]) => !isErased(member));
  return Object.fromEntries(stay.map(([name, member]) => [name, withoutErased(member)]));
};

for (const { name, event, origin, policy, secret, leaf, leaf_hash, disclosures } of vectors) {
  test(`golden vector: ${name}`, () => {
    assert.equal(leafOf(event, origin, policy, secret), leaf);
    assert.equal(Buffer.from(leafHashOf(leaf)).toString('hex'), leaf_hash);
    assert.deepEqual(disclosuresOf(event, policy, secret), disclosures);
  });

  test(`a second way to the vector: ${name}`, () => {
    assert.equal(naiveLeaf(event, origin, policy, secret), leaf);
    for (const { disclosure, digest } of disclosures) {
      assert.equal(sha256(disclosure), digest);
      assert.equal(leaf.split(digest).length, 2);
    }
  });

  test(`another SD-JWT library rebuilds the vector: ${name}`, () => {
    assert.deepEqual(rebuilt(leaf, disclosures), withoutErased(event));
  });
}

test('the erased vectors have the leaf of the whole one', () => {
  const [whole, partly, wholly] = ['personal', 'partly', 'wholly'].map((word) =>
    vectors.find(({ name }) => name.startsWith(word)),
  );
  assert.ok(whole && partly && wholly);
  assert.equal(partly.leaf, whole.leaf);
  assert.equal(wholly.leaf, whole.leaf);
  assert.deepEqual(wholly.disclosures, []);
  assert.equal(eraseValues(whole.event, whole.policy, whole.secret, 'all').secret, wholly.secret);
  assert.deepEqual(JSON.parse(wholly.secret).salts, {});
});

test('the SD-JWT vectors of RFC 9901', () => {
  const digests = {
    WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0:
      'X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0',
    WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0: 'w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs',
  };
  for (const [disclosure, digest] of Object.entries(digests)) {
    assert.equal(sha256Text(disclosure), digest);
  }
});

test('any event: canonical, and the same by the second way', () => {
  fc.assert(
    fc.property(storedEvent, blind, (event, secret) => {
      const leaf = leafOf(event, ORIGIN, DEFAULT_POLICY, secret);
      assert.equal(canonicalJson(JSON.parse(leaf)), leaf);
      assert.equal(naiveLeaf(event, ORIGIN, DEFAULT_POLICY, secret), leaf);
    }),
  );
});

test('any event: read back from its text, in any order of keys, it has the same leaf', () => {
  fc.assert(
    fc.property(storedEvent, blind, (event, secret) => {
      const leaf = leafOf(event, ORIGIN, DEFAULT_POLICY, secret);
      const read = JSON.parse(JSON.stringify(event));
      assert.equal(leafOf(read, ORIGIN, DEFAULT_POLICY, secret), leaf);
      assert.equal(leafOf(reversed(event), ORIGIN, DEFAULT_POLICY, secret), leaf);
    }),
  );
});

test('any event: whatever is erased, in whatever steps, the leaf stays', () => {
  const chosen = fc.infiniteStream(fc.boolean());
  fc.assert(
    fc.property(storedEvent, blind, chosen, (event, secret, choice) => {
      const leaf = leafOf(event, ORIGIN, DEFAULT_POLICY, secret);
      let stored = { event, secret };
      for (let step = 0; step < 2; step += 1) {
        const before = disclosuresOf(stored.event, DEFAULT_POLICY, stored.secret);
        const erased = before.filter(() => choice.next().value);
        const paths = new Set(erased.map(({ path }) => path));
        stored = eraseValues(stored.event, DEFAULT_POLICY, stored.secret, paths);
        stored = { ...stored, event: JSON.parse(JSON.stringify(stored.event)) };
        assert.equal(leafOf(stored.event, ORIGIN, DEFAULT_POLICY, stored.secret), leaf);
        const after = disclosuresOf(stored.event, DEFAULT_POLICY, stored.secret);
        assert.deepEqual(
          after,
          before.filter(({ path }) => !paths.has(path)),
        );
      }
      const all = eraseValues(stored.event, DEFAULT_POLICY, stored.secret, 'all');
      assert.equal(leafOf(all.event, ORIGIN, DEFAULT_POLICY, all.secret), leaf);
      assert.deepEqual(disclosuresOf(all.event, DEFAULT_POLICY, all.secret), []);
    }),
  );
});

const person: StoredEvent = {
  id: '0192f3c4-7b1a-7c3e-9d2f-000000000009',
  occurred_at: '2026-11-21T07:49:04.123Z',
  received_at: '2026-11-21T07:49:04.201Z',
  action: 'document.read',
  actor: { type: 'user', id: 'usr_1', name: 'Ada', email: 'ada@example.com' },
  targets: [{ type: 'document', id: 'doc_1', name: 'Plan' }],
  changes: [{ path: '/a', before: 1, after: 2 }],
  on_behalf_of: [{ type: 'user', id: 'usr_2' }],
  outcome: { result: 'success' },
  source: { application: 'web' },
  context: { ip: '203.0.113.4', request_id: 'req_1' },
  reason: { text: 'because' },
  metadata: { a: 1 },
};
const personLeaf = leafOf(person, ORIGIN, DEFAULT_POLICY, BLIND);
/** The event as somebody else may have written it into the database. */
const altered = (change: (event: Record<string, unknown>) => unknown): StoredEvent => {
  const copy = structuredClone(person);
  change(copy);
  return copy;
};

test('erasing takes the value and its salt, and leaves the event given as it was', () => {
  const before = structuredClone(person);
  const erased = eraseValues(person, DEFAULT_POLICY, BLIND, new Set(['/actor/email']));
  assert.deepEqual(person, before);
  assert.ok(isErased(erased.event.actor.email));
  assert.ok(!JSON.stringify(erased).includes('ada@example.com'));
  assert.ok(!erased.secret.includes(BLIND));
  assert.equal(JSON.parse(erased.secret).salts['/actor/email'], undefined);
  assert.equal(leafOf(erased.event, ORIGIN, DEFAULT_POLICY, erased.secret), personLeaf);
});

test('erasing nothing changes nothing; erasing what is not personal is refused', () => {
  const none = eraseValues(person, DEFAULT_POLICY, BLIND, new Set());
  assert.deepEqual(none, { event: person, secret: BLIND });
  const once = eraseValues(person, DEFAULT_POLICY, BLIND, new Set(['/actor/id']));
  const twice = eraseValues(once.event, DEFAULT_POLICY, once.secret, new Set(['/actor/id']));
  assert.deepEqual(twice, once);
  for (const path of ['/targets/0/id', '/action', '/labels', '/actor/nothing', '']) {
    const erase = () => eraseValues(person, DEFAULT_POLICY, BLIND, new Set([path]));
    assert.throws(erase, RangeError);
  }
});

const PSEUDONYM = 'erased-3f9c0k2m8xq1';

test('any event: pseudonyms of erased ids change no leaf, and stay when more is erased', () => {
  const chosen = fc.infiniteStream(fc.boolean());
  fc.assert(
    fc.property(storedEvent, blind, chosen, (event, secret, choice) => {
      const leaf = leafOf(event, ORIGIN, DEFAULT_POLICY, secret);
      const opened = disclosuresOf(event, DEFAULT_POLICY, secret);
      const paths = new Set(opened.filter(() => choice.next().value).map(({ path }) => path));
      const ids = [...paths].filter((path) => path.endsWith('/id'));
      const named = new Map(ids.map((path) => [path, PSEUDONYM] as const));
      const once = eraseValues(event, DEFAULT_POLICY, secret, paths, named);
      assert.equal(leafOf(once.event, ORIGIN, DEFAULT_POLICY, once.secret), leaf);
      assert.equal(JSON.stringify(once.event).split(PSEUDONYM).length, ids.length + 1);
      const all = eraseValues(once.event, DEFAULT_POLICY, once.secret, 'all');
      assert.equal(leafOf(all.event, ORIGIN, DEFAULT_POLICY, all.secret), leaf);
      assert.equal(JSON.stringify(all.event).split(PSEUDONYM).length, ids.length + 1);
    }),
  );
});

test('a pseudonym stands beside an erased id, nowhere else and in no other form', () => {
  const erase = (paths: readonly string[], path: string, pseudonym: string) => () =>
    eraseValues(person, DEFAULT_POLICY, BLIND, new Set(paths), new Map([[path, pseudonym]]));
  const { event, secret } = erase(['/actor/id'], '/actor/id', PSEUDONYM)();
  assert.equal(idText(event.actor.id), PSEUDONYM);
  assert.throws(erase(['/actor/name'], '/actor/id', PSEUDONYM), RangeError);
  assert.throws(erase(['/actor/name'], '/actor/name', PSEUDONYM), RangeError);
  for (const bad of ['erased-3F9c0k2m8xq1', 'erased-3f9c0k2m8xq', 'usr_1', `${PSEUDONYM} `]) {
    assert.throws(erase(['/actor/id'], '/actor/id', bad), RangeError, bad);
    const { id } = event.actor;
    assert.ok(isErased(id));
    const forged = { ...event, actor: { ...event.actor, id: { ...id, as: bad } } };
    assert.throws(() => leafOf(forged, ORIGIN, DEFAULT_POLICY, secret), /unknown field/, bad);
  }
  const all = eraseValues(person, DEFAULT_POLICY, BLIND, 'all');
  const { name } = all.event.actor;
  assert.ok(isErased(name));
  const elsewhere = { ...all.event.actor, name: { ...name, as: PSEUDONYM } };
  const forged = { ...all.event, actor: elsewhere };
  assert.throws(() => leafOf(forged, ORIGIN, DEFAULT_POLICY, all.secret), /unknown field/);
});

test('another origin, policy, secret or value gives another leaf', () => {
  const leaves = [
    personLeaf,
    leafOf(person, `${ORIGIN}0`, DEFAULT_POLICY, BLIND),
    leafOf(person, ORIGIN, { ...DEFAULT_POLICY, number: 2 }, BLIND),
    leafOf(person, ORIGIN, { number: 1, persons: new Set(['user', 'document']) }, BLIND),
    leafOf(person, ORIGIN, DEFAULT_POLICY, 'AAAAAAAAAAAAAAAAAAAAAA'),
    leafOf({ ...person, action: 'document.write' }, ORIGIN, DEFAULT_POLICY, BLIND),
    leafOf({ ...person, metadata: { a: 2 } }, ORIGIN, DEFAULT_POLICY, BLIND),
    leafOf({ ...person, labels: {} }, ORIGIN, DEFAULT_POLICY, BLIND),
  ];
  assert.equal(new Set(leaves).size, leaves.length);
});

test('the leaf holds no personal value', () => {
  for (const value of ['usr_1', 'Ada', 'ada@example.com', 'usr_2', '203.0.113.4', 'because']) {
    assert.ok(!personLeaf.includes(value));
  }
  assert.ok(personLeaf.includes('doc_1'));
});

test('a field that leaf v1 does not know is refused, wherever it is', () => {
  const places: readonly ((event: Record<string, unknown>) => unknown)[] = [
    (event) => event,
    (event) => event['actor'],
    (event) => Object(event['on_behalf_of'])[0],
    (event) => Object(event['targets'])[0],
    (event) => Object(event['changes'])[0],
    ...['outcome', 'source', 'context', 'reason'].map(
      (name) => (event: Record<string, unknown>) => event[name],
    ),
  ];
  for (const place of places) {
    for (const name of ['other', '_sd', 'tenant_id', 'toJSON']) {
      const event = altered((copy) => Object.assign(Object(place(copy)), { [name]: 'x' }));
      assert.throws(
        () => leafOf(event, ORIGIN, DEFAULT_POLICY, BLIND),
        /unknown field/,
        `${name} in ${place}`,
      );
    }
  }
});

test('a part of another type than the schema says is refused, not left out', () => {
  const parts = ['actor', 'outcome', 'source', 'context', 'reason'];
  const lists = ['on_behalf_of', 'targets', 'changes'];
  const texts = ['id', 'occurred_at', 'received_at', 'action', 'event_type', 'operation'];
  const wrong: readonly unknown[] = [null, 0, false, '', 'x', [], [1]];
  for (const name of [...parts, ...lists, ...texts]) {
    for (const value of [...wrong, {}]) {
      if (parts.includes(name) && value?.constructor === Object) continue;
      if (lists.includes(name) && Array.isArray(value) && value.length === 0) continue;
      if (texts.includes(name) && typeof value === 'string') continue;
      const event = altered((copy) => Object.assign(copy, { [name]: value }));
      assert.throws(() => leafOf(event, ORIGIN, DEFAULT_POLICY, BLIND), `${name}: ${value}`);
    }
  }
  const nested = altered((copy) => Object.assign(Object(copy['targets'])[0], { id: { b: 1 } }));
  assert.throws(() => leafOf(nested, ORIGIN, DEFAULT_POLICY, BLIND), /is not text/);
  const secret = altered((copy) => Object.assign(Object(copy['changes'])[0], { secret: false }));
  assert.throws(() => leafOf(secret, ORIGIN, DEFAULT_POLICY, BLIND), /is not true/);
  const roles = altered((copy) => Object.assign(Object(copy['actor']), { roles: [{}] }));
  assert.throws(() => leafOf(roles, ORIGIN, DEFAULT_POLICY, BLIND), /is not text/);
});

test('a lone surrogate is refused in clear and in personal values; its look-alike is not', () => {
  for (const broken of [
    { ...person, action: 'a\ud800' },
    { ...person, metadata: { a: '\udc00' } },
    { ...person, metadata: { '\ud800': 1 } },
    { ...person, actor: { type: 'user' as const, id: '\ud800' } },
  ]) {
    assert.throws(() => leafOf(broken, ORIGIN, DEFAULT_POLICY, BLIND), TypeError);
  }
  const alike = { ...person, action: String.raw`C:\udata\ud800` };
  assert.ok(leafOf(alike, ORIGIN, DEFAULT_POLICY, BLIND).includes(String.raw`\\ud800`));
});

test('a marker that no erasure made is refused', () => {
  const marker = { _erased: 'A'.repeat(43) };
  const forged = { ...person, metadata: marker };
  assert.throws(() => leafOf(forged, ORIGIN, DEFAULT_POLICY, BLIND), /never erased/);
  const { event, secret } = eraseValues(person, DEFAULT_POLICY, BLIND, 'all');
  for (const bad of [
    { _erased: 'short' },
    { _erased: 'A'.repeat(44) },
    { _erased: 1 },
    { ...marker, other: 1 },
  ]) {
    const changed = { ...event, metadata: bad };
    assert.throws(() => leafOf(changed, ORIGIN, DEFAULT_POLICY, secret), TypeError);
  }
});

test('a value without its salt and a malformed secret are refused', () => {
  const { secret } = eraseValues(person, DEFAULT_POLICY, BLIND, 'all');
  assert.throws(() => leafOf(person, ORIGIN, DEFAULT_POLICY, secret), /has no salt/);
  const nonce = 'A'.repeat(22);
  for (const bad of [
    ...['', 'short', `${BLIND}A`, 'null', '1', '"x"', '[]', '{}'],
    JSON.stringify({ nonce }),
    JSON.stringify({ nonce: 'short', salts: {} }),
    JSON.stringify({ nonce: 1, salts: {} }),
    JSON.stringify({ nonce, salts: null }),
    JSON.stringify({ nonce, salts: { '/actor/id': 'short' } }),
  ]) {
    assert.throws(() => leafOf(person, ORIGIN, DEFAULT_POLICY, bad), `secret ${bad}`);
  }
});
