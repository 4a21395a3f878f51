/** What a query means, told by examples; the databases are held to the same test elsewhere. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ReadEvent } from './event.ts';
import { matcherOf, textsOf, valuesOf } from './match.ts';
import { parseQuery } from './query.ts';

const erased = { _erased: 'x'.repeat(43) };
const event: ReadEvent = {
  id: '0190f5fe-7c00-7a00-8000-000000000001',
  tenant_id: 'acme',
  occurred_at: '2026-03-14T13:02:11.482Z',
  received_at: '2026-03-14T13:02:12.000Z',
  event_type: 'member',
  action: 'member.role_changed',
  operation: 'update',
  actor: {
    type: 'user',
    id: 'u_81',
    name: 'Dana Müller',
    email: 'dana@acme.example',
    roles: ['Admin', 'billing'],
  },
  on_behalf_of: [{ type: 'user', id: 'u_9', name: 'Ana Ruiz' }],
  targets: [
    { type: 'User', id: 'u_77', name: 'Omar Haddad' },
    { type: 'team', id: 't_1', name: 'Night shift', role: 'parent' },
  ],
  changes: [
    { path: '/role', before: 'Viewer', after: 'Admin' },
    { path: '/address/city', before: 'Wien', after: '東京都', label: 'City' },
  ],
  outcome: { result: 'denied', reason: 'Not allowed by policy 7' },
  source: { initiator: 'user', application: 'Dashboard', channel: 'web' },
  context: {
    ip: '203.0.113.7',
    request_id: 'req_cae43c',
    session_id: 'ses_1',
    trace_id: 'tr-1',
    correlation_id: 'cor 1',
  },
  reason: { text: 'Asked by phone', ticket: 'SUP-12' },
  severity: 'high',
  metadata: {
    took_ms: 349,
    'a.b': { c: ['x', 'y'] },
    flag: true,
    note: 'İstanbul office',
    original: '{"secretword":1}',
    list: [{ n: 1 }, { n: 2 }],
  },
  labels: { region: 'eu-west', 'my key': 'v' },
};
const bare: ReadEvent = {
  id: '0190f5fe-7c00-7a00-8000-000000000002',
  tenant_id: 'acme',
  occurred_at: '2026-03-14T13:02:11.482Z',
  received_at: '2026-03-14T13:02:12.000Z',
  action: 'ping',
  actor: { type: 'system' },
};

const matches = (written: string, one: ReadEvent = event) => matcherOf(parseQuery(written))(one);

const TRUE = [
  ['', 'no question'],
  ['id:0190F5FE-7C00-7A00-8000-000000000001'],
  ['action:member.role_changed action:other', 'values of one key: any'],
  ['action:MEMBER.*'],
  ['action:*_changed'],
  ['activity:"member role changed"'],
  ['operation:update event_type:member'],
  ['actor:u_81'],
  ['actor:"dana muller"', 'folded'],
  ['actor:DANA@ACME.EXAMPLE'],
  ['actor:*@acme.example'],
  ['actor.type:user actor.role:admin'],
  ['on_behalf_of:"ana ruiz"'],
  ['party:u_9'],
  ['party:u_77'],
  ['party:u_81'],
  ['target:t_1 target.parent:"night shift" target.type:user'],
  ['application:dashboard channel:web initiator:user'],
  ['outcome:denied outcome.reason:*policy*'],
  ['ip:203.0.113.7'],
  ['ip:203.0.113.0/24'],
  ['ip:203.0.113.1..203.0.113.9'],
  ['ip:::ffff:203.0.113.7', 'IPv4 as IPv6'],
  ['request:req_cae43c session:ses_1 trace:tr-1 correlation:"cor 1"'],
  ['changed:/role'],
  ['changed:role'],
  ['changed:/address', 'and what is below'],
  ['changed:*city'],
  ['reason:"asked by phone" ticket:sup-12 ticket:*'],
  ['severity:>=medium'],
  ['severity:medium..critical'],
  ['label.region:eu-* label."my key":v'],
  ['metadata.took_ms:349'],
  ['metadata.took_ms:>100 metadata.took_ms:<400', 'comparisons of one key: all'],
  ['metadata.took_ms:300..'],
  ['metadata.a.b.c:y', 'names with dots'],
  ['metadata.flag:true'],
  ['metadata.a.b:*', 'an object is present'],
  ['metadata.list.n:2'],
  ['omar'],
  ['"omar haddad"'],
  ['hadd*'],
  ['istanbul'],
  ['"role changed"', 'words of an action'],
  ['京都'],
  ['dana@acme.example'],
  ['admin', 'a value of a change'],
  ['(omar or nobody) -nobody'],
  ['-(nobody or noone)'],
  ['-actor:u_1 -actor:u_2'],
] as const;
const FALSE = [
  ['id:0190f5fe-7c00-7a00-8000-000000000009'],
  ['action:member'],
  ['actor:u_8'],
  ['actor:u_77', 'a target is no actor'],
  ['target:u_9'],
  ['target.parent:u_77'],
  ['-party:u_9'],
  ['outcome:success'],
  ['ip:203.0.113.8'],
  ['ip:10.0.0.0/8'],
  ['ip:203.0.113.8..203.0.113.9'],
  ['changed:/rol'],
  ['severity:<medium'],
  ['severity:>unheard'],
  ['metadata.took_ms:>349'],
  ['metadata.took_ms:>abc', 'a number beside a text'],
  ['metadata.a.b:x'],
  ['metadata.nothing:*'],
  ['label.nothing:*'],
  ['haddad-omar', 'words in this order'],
  ['"omar dana"', 'words of two texts'],
  ['secretword', 'the original record is not searched by word'],
  ['"..."', 'no word in it'],
  ['-(omar or nobody)'],
  ['actor:u_81 actor:u_1 -actor:u_81'],
] as const;

describe('true of the event', () => {
  for (const [written, why = ''] of TRUE) {
    test(`${written} ${why}`, () => assert.equal(matches(written), true));
  }
});
describe('not true of it', () => {
  for (const [written, why = ''] of FALSE) {
    test(`${written} ${why}`, () => assert.equal(matches(written), false));
  }
});

test('an absent value is not present, not equal, not in any order', () => {
  for (const key of ['actor', 'target', 'ip', 'severity', 'metadata.n', 'label.n', 'changed']) {
    for (const value of ['*', '1', '..5', '>0', '*1*']) {
      assert.equal(matches(`${key}:${value}`, bare), false, `${key}:${value}`);
      assert.equal(matches(`-${key}:${value}`, bare), true);
    }
  }
});

test('an erased value is absent', () => {
  const forgotten: ReadEvent = {
    ...event,
    actor: { type: 'user', id: erased, name: erased, email: erased },
    on_behalf_of: [{ type: 'user', id: erased }],
    changes: [{ path: '/role', before: erased, after: erased }],
    context: { ip: erased, session_id: erased },
    outcome: { result: 'success', reason: erased },
    metadata: erased,
    labels: erased,
    reason: { text: erased },
  };
  for (const written of ['actor:*', 'actor:u_81', 'ip:*', 'label.region:*', 'metadata.took_ms:*']) {
    assert.equal(matches(written, forgotten), false, written);
  }
  const words = JSON.stringify(textsOf(forgotten));
  assert.ok(!words.includes('xxx') && !words.includes('_erased'), words);
});

test('of an erased id its pseudonym is found, in the place of the id', () => {
  const id = { ...erased, as: 'erased-3f9c0k2m8xq1' };
  const actor = { type: 'user' as const, id, name: erased };
  const forgotten: ReadEvent = { ...event, actor, targets: [{ type: 'user', id, role: 'parent' }] };
  for (const key of ['actor', 'party', 'target', 'target.parent']) {
    assert.equal(matches(`${key}:erased-3f9c0k2m8xq1`, forgotten), true, key);
  }
  assert.equal(matches('3f9c0k2m8xq1', forgotten), true);
  assert.deepEqual(valuesOf(forgotten, 'actor'), ['erased-3f9c0k2m8xq1']);
  assert.equal(matches('on_behalf_of:erased-3f9c0k2m8xq1', forgotten), false);
});

test('a negated query is true where the query is not', () => {
  const terms = [...TRUE, ...FALSE].map(([written]) => written).filter((written) => written !== '');
  fc.assert(
    fc.property(fc.subarray(terms, { minLength: 1, maxLength: 3 }), (chosen) => {
      const group = `(${chosen.join(' or ')})`;
      for (const one of [event, bare]) {
        assert.notEqual(matches(group, one), matches(`-${group}`, one));
        assert.equal(
          matches(group, one),
          chosen.some((written) => matches(`(${written})`, one)),
        );
      }
    }),
  );
});

test('a browser is found by its words, not by the numbers of its version', () => {
  const browser = { ...bare, context: { user_agent: 'Mozilla/5.0 (X11; Win64) Chrome/139.0.1' } };
  const isFound = (q: string) => matcherOf(parseQuery(q))(browser);
  assert.deepEqual(['chrome', 'win64', 'x11', 'mozilla'].map(isFound), [true, true, true, true]);
  assert.deepEqual(['139', '5'].map(isFound), [false, false]);
});
