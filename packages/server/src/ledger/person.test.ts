import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alias } from '@annals/contract/erasures';
import type { StoredEvent } from '@annals/contract/event';
import { DEFAULT_POLICY } from '@annals/contract/leaf';
import { AliasSearch } from './aliases.ts';
import { Person } from './person.ts';

const SUBJECT = { type: 'user', id: 'usr_1' };
const ALIASES: readonly Alias[] = [
  { kind: 'email', value: 'Ana.Müller@a.example' },
  { kind: 'name', value: 'Ana Müller' },
  { kind: 'id', value: 'usr_9' },
  { kind: 'id', type: 'support', value: 'agent_4' },
];
const ana = new Person(SUBJECT, ALIASES, { searches: true });
const event = (fields: Partial<StoredEvent>): StoredEvent => ({
  id: '0192f3c4-7b1a-7c3e-9d2f-000000000009',
  occurred_at: '2026-11-21T07:49:04.123Z',
  received_at: '2026-11-21T07:49:04.201Z',
  action: 'document.read',
  actor: { type: 'user', id: 'usr_2', name: 'Bo' },
  ...fields,
});
const found = (fields: Partial<StoredEvent>, person = ana) => {
  const one = event(fields);
  const here = person.in(one, DEFAULT_POLICY);
  // What is in an event must pass the first look at its text.
  if (here) assert.ok(person.mayBeIn(JSON.stringify(one)), JSON.stringify(one));
  return here;
};
const erased = (fields: Partial<StoredEvent>, person = ana) =>
  Object.fromEntries(found(fields, person)?.erased ?? []);

test('who acted: id, name and e-mail, and where from', () => {
  const actor = { type: 'user' as const, id: 'usr_1', name: 'Other Name', email: 'x@a.example' };
  const context = { ip: '10.0.0.1', location: 'Bern', request_id: 'r', session_id: 's' };
  assert.deepEqual(erased({ actor, context, changes: [{ path: '/a', before: 1 }] }), {
    '/actor/id': 'actor',
    '/actor/name': 'actor',
    '/actor/email': 'actor',
    '/context/ip': 'context',
    '/context/location': 'context',
    '/context/session_id': 'context',
  });
  assert.deepEqual(found({ actor })?.ids, ['/actor/id']);
});

test('whose record was changed: what it was and is; not where it is a parent', () => {
  const changes = [{ path: '/city', before: 'Bern', after: 'Basel', label: 'City' }];
  const target = { type: 'user', id: 'usr_9' };
  assert.deepEqual(erased({ targets: [target], changes }), {
    '/changes/0/before': 'changes',
    '/changes/0/after': 'changes',
    '/targets/0/id': 'target',
  });
  const parent = { ...target, role: 'parent' as const };
  assert.deepEqual(erased({ targets: [{ type: 'document', id: 'd' }, parent], changes }), {
    '/targets/1/id': 'target',
  });
});

test('by another id of another type, and by an e-mail where there is no id', () => {
  const support = { type: 'support' as const, id: 'agent_4' };
  assert.deepEqual(erased({ actor: support }), { '/actor/id': 'actor' });
  assert.deepEqual(erased({ actor: { type: 'user', id: 'agent_4' } }), {}, 'a user of this id');
  const policy = { number: 2, persons: new Set(['anonymous']) };
  const nameless = event({
    actor: { type: 'anonymous', name: 'A.', email: 'ana.muller@A.example' },
  });
  assert.deepEqual([...(ana.in(nameless, policy)?.erased.keys() ?? [])].sort(), [
    '/actor/email',
    '/actor/name',
  ]);
  assert.deepEqual(erased({ actor: { type: 'user', id: 'ana.müller@a.example' } }), {
    '/actor/id': 'actor',
  });
});

test('values that mention: whole words, folded, in names of members and in texts of JSON', () => {
  const mentions: readonly Partial<StoredEvent>[] = [
    { metadata: { note: 'seen by ANA MULLER.' } },
    { metadata: { deep: [{ 'ana.müller@a.example': 1 }] } },
    { metadata: { original: '{"userName":"Ana M\\u00fcller","n":[]}' } },
    { metadata: { url: '/u/ana.m%C3%BCller%40a.example/x' } },
    { labels: { owner: 'usr_1' } },
    { labels: { 'by usr_9': 'yes' } },
    { reason: { text: 'asked by "Ana Müller"' } },
    { outcome: { result: 'denied', reason: 'usr_1: no right' } },
    { changes: [{ path: '/owner', after: { id: 'usr_1' } }] },
    { context: { user_agent: 'Mail (ana.muller@a.example)' } },
  ];
  for (const fields of mentions) {
    const places = Object.values(erased(fields));
    assert.deepEqual(places, ['mentions'], JSON.stringify(fields));
  }
  const others: readonly Partial<StoredEvent>[] = [
    { metadata: { note: 'Diana Müllerin' } },
    { metadata: { note: 'Ana, Müller' } },
    { labels: { owner: 'usr_11', other: 'xusr_1' } },
    { reason: { text: 'jana.müller@a.example' } },
    { reason: { text: 'ana.müller@a.examples' } },
  ];
  for (const fields of others) assert.equal(found(fields), undefined, JSON.stringify(fields));
});

test('the first look at a text misses no way in which JSON writes a name', () => {
  const names = ['a/b "c" \\d', 'Ana\tRuiz', 'O’Neil–Ünï', '東京 王芳', 'ﬁne@x.example', '—…—'];
  for (const value of names) {
    const person = new Person(SUBJECT, [{ kind: 'name', value }], { searches: true });
    const inside = JSON.stringify({ deep: [value] });
    for (const text of [`by ${value}.`, inside, inside.replaceAll('/', '\\/'), ` ${inside} `]) {
      assert.deepEqual(erased({ metadata: { text } }, person), { '/metadata': 'mentions' }, text);
    }
  }
});

test('a number is found as a number; what is short only as a whole value', () => {
  const searching = (id: string) => new Person({ type: 'user', id }, [], { searches: true });
  assert.deepEqual(erased({ metadata: { by: 1234567 } }, searching('1234567')), {
    '/metadata': 'mentions',
  });
  assert.deepEqual(erased({ labels: { by: '7' } }, searching('7')), { '/labels': 'mentions' });
  assert.deepEqual(erased({ labels: { by: '7 of 9' } }, searching('7')), {});
  assert.deepEqual(erased({ reason: { text: '東京の王芳です' } }, searching('王芳王')), {});
  assert.deepEqual(erased({ reason: { text: '東京の王小芳です' } }, searching('王小芳')), {
    '/reason/text': 'mentions',
  });
});

test('others keep what is theirs, though it is alike; not the person’s e-mail', () => {
  const namesake = { type: 'user', id: 'usr_5', name: 'Ana Müller' };
  assert.deepEqual(erased({ targets: [namesake] }), {});
  assert.deepEqual(found({ targets: [namesake] })?.kept, ['/targets/0/name']);
  const alike = { type: 'user', id: 'team-usr_1', email: 'ana.muller@a.example' };
  assert.deepEqual(erased({ targets: [alike] }), { '/targets/0/email': 'mentions' });
  assert.deepEqual(found({ targets: [alike] })?.kept, ['/targets/0/id']);
});

test('what is not personal is told: things, actions, tickets, paths', () => {
  const here = found({
    action: 'login.usr_1',
    targets: [{ type: 'mailbox', id: 'ana.muller@a.example' }],
    changes: [{ path: '/members/usr_9' }],
    reason: { ticket: 'ask Ana Müller' },
    context: { request_id: 'usr_1/4' },
    actor: { type: 'user', id: 'usr_2', roles: ['of usr_1'] },
  });
  assert.deepEqual(here?.erased.size, 0);
  assert.deepEqual([...here.clear].sort(), [
    '/action',
    '/actor/roles/0',
    '/changes/0/path',
    '/context/request_id',
    '/reason/ticket',
    '/targets/0/id',
  ]);
});

test('without a search only those who acted and were acted on are looked at', () => {
  const person = new Person(SUBJECT, ALIASES, { searches: false });
  assert.equal(found({ metadata: { by: 'usr_1' }, action: 'login.usr_1' }, person), undefined);
  assert.deepEqual(erased({ actor: { type: 'user', id: 'usr_1' } }, person), {
    '/actor/id': 'actor',
  });
  const mailbox = { type: 'mailbox', id: 'ana.muller@a.example' };
  assert.deepEqual(found({ targets: [mailbox] }, person)?.clear, ['/targets/0/id']);
});

test('which terms an event holds', () => {
  const actor = { type: 'user' as const, id: 'usr_1', email: 'ana.müller@a.example' };
  const metadata = { about: 'Ana Müller' };
  assert.deepEqual([...(found({ actor, metadata })?.terms ?? [])].sort(), [0, 1, 2]);
});

test('aliases: own e-mails and names; ids with these e-mails, and what these are called', () => {
  const search = new AliasSearch(SUBJECT, [{ kind: 'name', value: 'Anni' }]);
  const actors: readonly StoredEvent['actor'][] = [
    { type: 'user', id: 'usr_8', name: 'Too Early', email: 'ana@a.example' },
    { type: 'user', id: 'usr_1', name: 'Ana', email: 'ana@a.example' },
    { type: 'user', id: 'usr_1', name: 'ANA', email: 'Ana@a.example' },
    { type: 'user', id: 'usr_8', name: 'Ana M.', email: 'ANA@a.example' },
    { type: 'support', id: 'ana@a.example', name: 'Agent Ana' },
    { type: 'user', id: 'usr_8', email: 'second@a.example' },
    { type: 'user', id: 'usr_7', name: 'Not Ana', email: 'second@a.example' },
    { type: 'anonymous', name: 'A.', email: 'ana@a.example' },
  ];
  for (const actor of actors) search.note(event({ actor }));
  assert.deepEqual(search.found, [
    { kind: 'name', value: 'Anni' },
    { kind: 'email', value: 'ana@a.example' },
    { kind: 'name', value: 'Ana' },
    { kind: 'id', value: 'usr_8' },
    { kind: 'name', value: 'Ana M.', of: 'user:usr_8' },
    { kind: 'id', type: 'support', value: 'ana@a.example' },
    { kind: 'name', value: 'Agent Ana', of: 'support:ana@a.example' },
    { kind: 'email', value: 'second@a.example', of: 'user:usr_8' },
    { kind: 'name', value: 'A.' },
  ]);
});
