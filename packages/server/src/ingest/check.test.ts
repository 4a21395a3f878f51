/** What an event may be, at each limit’s edge, from the text of a body to the leaf. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '@annals/contract/event';
import { DEFAULT_POLICY, leafOf } from '@annals/contract/leaf';
import { leafHashOf } from '@annals/contract/sha256';
import fc from 'fast-check';
import { checkEvent, Refusal } from './check.ts';
import { prepareEvent } from './prepare.ts';
import { readBody } from './read-body.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const ORIGIN = 'log.example/1';
const base = {
  occurred_at: '2026-03-01T11:00:00Z',
  action: 'document.read',
  actor: { type: 'user', id: 'u1' },
};

interface Outcome {
  readonly code?: string;
  readonly path?: string;
  readonly detail?: string;
}

/** What becomes of one event as it stands in a body: nothing but a refusal may be thrown. */
function outcomeOf(json: string): Outcome {
  const { items, isSuspicious } = readBody(Buffer.from(json, 'utf8'), false);
  const [item] = items;
  assert.ok(item && 'value' in item && items.length === 1);
  try {
    const { event, occurredAt } = checkEvent(item.value, NOW, isSuspicious);
    const instant = new Date(occurredAt).toISOString();
    const times = { occurredAt: instant, receivedAt: instant };
    const given = { id: ID, ...times, origin: ORIGIN, policy: DEFAULT_POLICY };
    const prepared = prepareEvent(event, occurredAt, given);
    const again = leafOf(JSON.parse(prepared.document), ORIGIN, DEFAULT_POLICY, prepared.secret);
    assert.deepEqual(leafHashOf(again), prepared.leafHash, 'the stored text gives the same leaf');
    return {};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, path: error.path, detail: error.message };
  }
}

/** An event of the usual parts, with others put in or, by `undefined`, taken out. */
const withFields = (fields: object): string => JSON.stringify({ ...base, ...fields });
/** The text of one field as it is, since some numbers and texts have no other way in. */
const withText = (name: string, text: string): string =>
  `${JSON.stringify(base).slice(0, -1)},"${name}":${text}}`;
const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });
const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));
const fields = (count: number) => Object.fromEntries(many(count, (n) => [`k${n}`, n]));
const target = (n: number) => ({ type: 'document', id: `d${n}` });
const change = (n: number) => ({ path: `/f${n}`, before: n, after: n + 1 });

const ACCEPTED: readonly [string, string][] = [
  ['the least', withFields({})],
  ['20 targets', withFields({ targets: many(LIMITS.targets, target) })],
  ['20 on behalf of', withFields({ on_behalf_of: many(LIMITS.onBehalfOf, () => base.actor) })],
  ['200 changes', withFields({ changes: many(LIMITS.changes, change) })],
  ['50 metadata keys', withFields({ metadata: fields(LIMITS.metadataKeys) })],
  ['50 labels', withFields({ labels: Object.fromEntries(many(50, (n) => [`k${n}`, ''])) })],
  ['50 roles', withFields({ actor: { ...base.actor, roles: many(LIMITS.roles, String) } })],
  ['depth 16', withFields({ metadata: nested(LIMITS.depth - 2) })],
  [
    'depth 16 in a change',
    withFields({ changes: [{ path: '', after: nested(LIMITS.depth - 4) }] }),
  ],
  ['an action of 200', withFields({ action: 'a'.repeat(LIMITS.action) })],
  ['an action of 200 beyond the BMP', withFields({ action: '😀'.repeat(LIMITS.action) })],
  ['an id of 1,024', withFields({ actor: { type: 'user', id: 'x'.repeat(LIMITS.entityId) } })],
  ['5 minutes ahead', withFields({ occurred_at: '2026-03-01T12:05:00.000Z' })],
  ['the first moment', withFields({ occurred_at: '1970-01-01T00:00:00Z' })],
  ['another zone', withFields({ occurred_at: '2026-03-01T12:30:00+05:45' })],
  ['2^53 − 1', withText('metadata', '{"n":9007199254740991,"m":-9007199254740991}')],
  ['a fraction', withText('metadata', '{"n":0.1,"m":-1.5e-7,"z":-0}')],
  ['an escaped surrogate pair', withText('metadata', '{"\\ud83d\\ude00":"\\ud83d\\ude00"}')],
  ['a backslash before u0000', withText('metadata', '{"a":"\\\\u0000"}')],
  ['system without id', withFields({ actor: { type: 'system' } })],
  ['anonymous without id', withFields({ actor: { type: 'anonymous' } })],
  ['an id in capitals', withFields({ id: ID.toUpperCase() })],
  ['an IPv6 address', withFields({ context: { ip: '2001:db8::ffff:203.0.113.7' } })],
  ['the root as path', withFields({ changes: [{ path: '', after: null }] })],
  [
    'names of JavaScript',
    withText('metadata', '{"constructor":1,"toString":2,"hasOwnProperty":3}'),
  ],
];

const REFUSED: readonly [name: string, json: string, path: string, words?: RegExp][] = [
  ['21 targets', withFields({ targets: many(21, target) }), '/targets', /20/],
  [
    '21 on behalf of',
    withFields({ on_behalf_of: many(21, () => base.actor) }),
    '/on_behalf_of',
    /20/,
  ],
  ['201 changes', withFields({ changes: many(201, change) }), '/changes', /200/],
  ['51 metadata keys', withFields({ metadata: fields(51) }), '/metadata', /50/],
  ['10,000 metadata keys', withFields({ metadata: fields(10_000) }), '/metadata', /50/],
  ['10,000 fields', withFields(fields(10_000)), '/k0', /no field "k0"/],
  ['51 roles', withFields({ actor: { ...base.actor, roles: many(51, String) } }), '/actor/roles'],
  [
    'depth 17',
    withFields({ metadata: nested(LIMITS.depth - 1) }),
    `/metadata${'/a'.repeat(15)}`,
    /16/,
  ],
  [
    'depth 17 in a change',
    withFields({ changes: [{ path: '', after: nested(13) }] }),
    `/changes/0/after${'/a'.repeat(13)}`,
  ],
  [
    '100,000 brackets',
    withText('metadata', `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    `/metadata/a${'/0'.repeat(14)}`,
  ],
  [
    '100,000 objects',
    withText('metadata', `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`),
    `/metadata${'/a'.repeat(15)}`,
  ],
  ['brackets for an actor', withText('actor', `${'['.repeat(1e5)}${']'.repeat(1e5)}`), '/actor'],
  ['an action of 201', withFields({ action: 'a'.repeat(201) }), '/action', /200/],
  ['combining marks without end', withFields({ action: `a${'\u0301'.repeat(5_000)}` }), '/action'],
  ['an action with a space', withFields({ action: 'a b' }), '/action', /white space/],
  ['no action', withFields({ action: undefined }), '/action', /required/],
  ['no actor', withFields({ actor: undefined }), '/actor', /required/],
  ['no time', withFields({ occurred_at: undefined }), '/occurred_at', /required/],
  ['a user without id', withFields({ actor: { type: 'user' } }), '/actor/id', /needs an id/],
  ['an empty id', withFields({ actor: { type: 'user', id: '' } }), '/actor/id'],
  [
    'an unknown type of actor',
    withFields({ actor: { type: 'robot', id: 'r' } }),
    '/actor/type',
    /one of: user/,
  ],
  ['an unknown field', withFields({ colour: 'red' }), '/colour', /no field "colour"/],
  ['an unknown inner field', withFields({ actor: { ...base.actor, age: 1 } }), '/actor/age'],
  [
    'ten unknown inner fields',
    withFields({ actor: { ...base.actor, ...fields(10) } }),
    '/actor/k0',
    /no field "k0"/,
  ],
  [
    'unknown fields, all named',
    withFields({ colour: 'red', 'a/b': 1, metadata: 5 }),
    '/colour',
    /no field "colour", "a\/b" here/,
  ],
  [
    'a name of 10,000 letters',
    withFields({ labels: { ['x'.repeat(10_000)]: 1 } }),
    `/labels/${'x'.repeat(504)}…`,
  ],
  ['a field of the server', withFields({ sequence: 1 }), '/sequence'],
  ['a leaf hash', withFields({ leaf_hash: 'x' }), '/leaf_hash'],
  ['a number for a text', withFields({ action: 5 }), '/action'],
  ['a text for an object', withFields({ actor: 'me' }), '/actor'],
  ['a list for an object', withFields({ actor: [] }), '/actor'],
  ['null for an object', withFields({ actor: null }), '/actor'],
  ['an object for a list', withFields({ targets: {} }), '/targets'],
  ['null for a text', withFields({ reason: { text: null } }), '/reason/text'],
  ['an id that is none', withFields({ id: 'e1' }), '/id', /UUID/],
  [
    'an address that is none',
    withFields({ context: { ip: 'localhost' } }),
    '/context/ip',
    /IPv4 or IPv6/,
  ],
  [
    'a path that is none',
    withFields({ changes: [{ path: 'a' }] }),
    '/changes/0/path',
    /JSON Pointer/,
  ],
  ['1969', withFields({ occurred_at: '1969-12-31T23:59:59.999Z' }), '/occurred_at', /1970/],
  [
    '1970 in a zone ahead',
    withFields({ occurred_at: '1970-01-01T00:59:59+01:00' }),
    '/occurred_at',
  ],
  [
    '6 minutes ahead',
    withFields({ occurred_at: '2026-03-01T12:05:00.001Z' }),
    '/occurred_at',
    /5 minutes/,
  ],
  ['no zone', withFields({ occurred_at: '2026-03-01T11:00:00' }), '/occurred_at', /zone/],
  ['no such day', withFields({ occurred_at: '2026-02-29T11:00:00Z' }), '/occurred_at'],
  ['a number for a time', withFields({ occurred_at: 1_772_362_800_000 }), '/occurred_at'],
  ['2^53', withText('metadata', '{"n":9007199254740992}'), '/metadata/n', /2\^53/],
  [
    '2^53 + 1, which no double holds',
    withText('metadata', '{"n":9007199254740993}'),
    '/metadata/n',
  ],
  ['1e999', withText('metadata', '{"n":[0,1e999]}'), '/metadata/n/1', /2\^53/],
  ['−1e999 in a change', withText('changes', '[{"path":"/a","after":-1e999}]'), '/changes/0/after'],
  ['U+0000 in a text', withText('metadata', '{"a":"x\\u0000y"}'), '/metadata/a', /U\+0000/],
  ['U+0000 in a name', withText('metadata', '{"x\\u0000y":1}'), '/metadata', /U\+0000/],
  ['U+0000 in an actor', withText('actor', '{"type":"user","id":"\\u0000"}'), '/actor/id'],
  ['half a surrogate pair', withText('labels', '{"a":"\\ud800"}'), '/labels/a', /surrogate/],
  ['the other half', withText('reason', '{"text":"\\udc00\\ud800"}'), '/reason/text', /surrogate/],
  ['half a pair in a tenant', withText('tenant_id', '"\\ud83d"'), '/tenant_id'],
  ['U+0000 in a tenant', withText('tenant_id', '"a\\u0000"'), '/tenant_id', /control/],
  ['_sd', withFields({ metadata: { _sd: ['x'] } }), '/metadata/_sd', /reserved/],
  ['_sd_alg deep', withFields({ metadata: { a: [{ _sd_alg: 1 }] } }), '/metadata/a/0/_sd_alg'],
  ['...', withFields({ changes: [{ path: '', before: { '...': 1 } }] }), '/changes/0/before/...'],
  ['_erased', withFields({ metadata: { _erased: 'A'.repeat(43) } }), '/metadata/_erased'],
  [
    '_erased for a text',
    withFields({ reason: { text: { _erased: 'A'.repeat(43) } } }),
    '/reason/text',
  ],
  ['__proto__', withText('metadata', '{"__proto__":{"a":1}}'), '/metadata/__proto__', /reserved/],
  ['__proto__ as a label', withText('labels', '{"__proto__":"a"}'), '/labels/__proto__'],
  ['__proto__ of the event', withText('__proto__', '{"severity":"low"}'), '/__proto__'],
  ['a label that is no text', withFields({ labels: { a: 1 } }), '/labels/a'],
  ['such a label under a name of two lines', withFields({ labels: { 'a\nb': 1 } }), '/labels/a\nb'],
  ['a list', '[[]]', '', /JSON object/],
  ['a text', '["event"]', '', /JSON object/],
  ['null', '[null]', '', /JSON object/],
];

for (const [name, json] of ACCEPTED) {
  test(`accepted: ${name}`, () => assert.deepEqual(outcomeOf(json), {}));
}

for (const [name, json, path, words] of REFUSED) {
  test(`refused: ${name}`, () => {
    const { code, path: at, detail = '' } = outcomeOf(json);
    assert.deepEqual({ code, at }, { code: 'invalid_event', at: path }, detail);
    if (words) assert.match(detail, words);
    assert.ok(detail.length < 500, 'bounded');
  });
}

test('an event of 64 KiB is stored, one byte more is not, whatever it is made of', () => {
  for (const letter of ['a', 'é', '€', '😀', '"', '\n', '\u007f']) {
    const size = (count: number) => {
      const text = letter.repeat(count);
      const received = { received_at: base.occurred_at, metadata: { text } };
      return Buffer.byteLength(
        JSON.stringify({ id: ID, ...base, occurred_at: '2026-03-01T11:00:00.000Z', ...received }),
      );
    };
    const unit = size(2) - size(1);
    const fixed = size(0) + '.000'.length;
    const count = Math.floor((LIMITS.eventBytes - fixed) / unit);
    const make = (n: number) => withFields({ metadata: { text: letter.repeat(n) } });
    assert.deepEqual(outcomeOf(make(count)), {}, `${count} × ${letter}`);
    assert.equal(outcomeOf(make(count + 1)).code, 'event_too_large', `${count + 1} × ${letter}`);
  }
});

test('whatever JSON says, an event is stored or refused: nothing else happens', () => {
  const hostile = fc.constantFrom(
    ...['', '\0', '\ud800', '=1+1', '__proto__', '_sd', 'a'.repeat(999)],
    '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----',
  );
  const sometimes = <T, U>(usual: fc.Arbitrary<T>, seldom: fc.Arbitrary<U>) =>
    fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: seldom });
  const text = sometimes(fc.string({ unit: 'grapheme', minLength: 1 }), hostile);
  const name = sometimes(fc.string({ unit: 'binary-ascii' }), hostile);
  const anything = fc.oneof(fc.jsonValue(), text, fc.integer(), fc.dictionary(name, text));
  const part = <T>(usual: fc.Arbitrary<T>) => fc.option(sometimes(usual, anything));
  const entity = fc.record(
    { type: fc.constantFrom('user', 'system', 'support'), id: text, name: text, email: text },
    { requiredKeys: ['type', 'id'] },
  );
  const changed = {
    path: fc.constantFrom('', '/a', '/password'),
    before: anything,
    after: anything,
  };
  const event = fc.record(
    {
      occurred_at: fc.constantFrom(base.occurred_at, '2026-03-01T11:00:00.1234+01:00'),
      action: fc.constantFrom('a.b', 'ä', '\ud83d\ude00'),
      actor: sometimes(entity, anything),
      on_behalf_of: part(fc.array(entity, { maxLength: 3 })),
      targets: part(fc.array(entity, { maxLength: 3 })),
      changes: part(fc.array(fc.record(changed, { requiredKeys: ['path'] }), { maxLength: 3 })),
      outcome: part(fc.record({ result: fc.constant('success'), reason: text })),
      reason: part(fc.record({ text, ticket: text })),
      context: part(fc.record({ ip: fc.ipV6(), user_agent: text, session_id: text })),
      metadata: part(fc.dictionary(name, anything, { maxKeys: 5 })),
      labels: part(fc.dictionary(name, text, { maxKeys: 5 })),
    },
    { requiredKeys: ['occurred_at', 'action', 'actor'] },
  );
  let stored = 0;
  fc.assert(
    fc.property(event, (value) => {
      const present = Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null));
      const { code } = outcomeOf(JSON.stringify(present));
      if (code === undefined) stored++;
    }),
    { numRuns: 1_000 },
  );
  assert.ok(stored > 300 && stored < 950, `${stored} of 1,000 were stored`);
});
