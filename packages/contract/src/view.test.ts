import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReadEvent } from './event.ts';
import { parseQuery } from './query.ts';
import { ALL, projectorOf, type View } from './view.ts';

const EVENT: ReadEvent = {
  id: '00000000-0000-4000-8000-000000000000',
  tenant_id: 'acme',
  sequence: 7,
  leaf_hash: 'AAAA',
  occurred_at: '2026-03-14T13:02:11.482Z',
  received_at: '2026-03-14T13:02:11.500Z',
  action: 'recordUpdated',
  actor: { type: 'user', id: 'a_1', name: 'Greg Stemp', email: 'greg@corp.example' },
  on_behalf_of: [{ type: 'support', id: 's_1', name: 'Lee Park' }],
  targets: [
    { type: 'profile', id: '2ca0ee4c', name: 'Ana Ruiz', email: 'ana@home.example' },
    { type: 'flow', id: 'f_1', name: 'Sign-up' },
  ],
  changes: [{ path: '/zip', before: '97206', after: '98101', label: 'Zip' }],
  outcome: { result: 'failure', reason: 'zip of Ana is wrong', code: 'E7' },
  source: { initiator: 'user', application: 'console' },
  context: { ip: '10.0.0.1', session_id: 'ses_1', correlation_id: 'c_1' },
  reason: { text: 'Ana called', ticket: 'T-1' },
  metadata: { new_flow_version: 3, note: { about: 'Ana', step: 2 } },
  labels: { city: 'Portland' },
};

const view = (change: Partial<View>): View => ({
  ...ALL,
  name: 'test',
  persons: ['user', 'support', 'profile'],
  ...change,
});
const shown = (change: Partial<View>, event = EVENT) => projectorOf(view(change))(event);

test('without personal values nothing personal is left, and all else is', () => {
  const event = shown({ hasPersonal: false, hasProof: false, changes: 'paths' });
  assert.deepEqual(event, {
    id: EVENT.id,
    tenant_id: 'acme',
    occurred_at: EVENT.occurred_at,
    received_at: EVENT.received_at,
    action: 'recordUpdated',
    actor: { type: 'user', id: 'a_1' },
    on_behalf_of: [{ type: 'support', id: 's_1' }],
    targets: [
      { type: 'profile', id: '2ca0ee4c' },
      { type: 'flow', id: 'f_1', name: 'Sign-up' },
    ],
    changes: [{ path: '/zip', label: 'Zip' }],
    outcome: { result: 'failure', code: 'E7' },
    source: { initiator: 'user', application: 'console' },
    context: { correlation_id: 'c_1' },
    reason: { ticket: 'T-1' },
  });
});

test('the log of somebody erased is that of the pseudonym', () => {
  const id = { _erased: 'x'.repeat(43), as: 'erased-3f9c0k2m8xq1' };
  const forgotten: ReadEvent = { ...EVENT, actor: { type: 'user', id } };
  const of = (subject: string) => ({
    subject: { kind: 'actor' as const, type: 'user', id: subject },
  });
  assert.ok(shown(of('erased-3f9c0k2m8xq1'), forgotten));
  assert.equal(shown(of('a_1'), forgotten), undefined);
  assert.ok(!JSON.stringify(shown({ idOnly: ['user'] }, forgotten)).includes('Greg'));
});

test('the class nearest to a value counts', () => {
  const event = shown({
    hasPersonal: false,
    classes: {
      '/actor/name': 'public',
      '/targets/id': 'personal',
      '/metadata/new_flow_version': 'public',
      '/metadata/note/step': 'public',
      '/changes/zip': 'public',
      '/labels/city': 'secret',
    },
  });
  assert.deepEqual(event?.actor, { type: 'user', id: 'a_1', name: 'Greg Stemp' });
  assert.deepEqual(event?.targets?.[0], { type: 'profile' });
  assert.deepEqual(event?.metadata, { new_flow_version: 3, note: { step: 2 } });
  assert.deepEqual(event?.changes, EVENT.changes);
  assert.equal(event?.labels, undefined);
  const whole = shown({ classes: { '/labels/city': 'secret', '/metadata/note/about': 'secret' } });
  assert.equal(whole?.labels, undefined);
  assert.deepEqual(whole?.metadata, { new_flow_version: 3, note: { step: 2 } });
});

test('rows, targets, support and changes', () => {
  assert.equal(shown({ rows: parseQuery('actor.type:system') }), undefined);
  assert.ok(shown({ rows: parseQuery('greg@corp.example'), hasPersonal: false }));
  assert.deepEqual(shown({ idOnly: ['profile'] })?.targets?.[0], {
    type: 'profile',
    id: '2ca0ee4c',
  });
  assert.deepEqual(shown({ support: 'id' })?.on_behalf_of, [{ type: 'support', id: 's_1' }]);
  assert.deepEqual(shown({ support: 'team' })?.on_behalf_of, [{ type: 'support' }]);
  assert.equal(shown({ changes: 'none' })?.changes, undefined);
});

test('an event is never changed, and what is shown is a part of it', () => {
  const classes = fc.dictionary(
    fc.constantFrom('/actor/name', '/targets/id', '/metadata', '/metadata/note', '/labels/city'),
    fc.constantFrom('public' as const, 'personal' as const, 'secret' as const),
  );
  const views = fc.record({
    hasPersonal: fc.boolean(),
    hasProof: fc.boolean(),
    changes: fc.constantFrom('none' as const, 'paths' as const, 'values' as const),
    support: fc.constantFrom('name' as const, 'id' as const, 'team' as const),
    idOnly: fc.subarray(['profile', 'flow', 'user']),
    classes,
  });
  const leaves = (value: unknown, path = ''): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}/${name}`))
      : [`${path}=${String(value)}`];
  const before = JSON.stringify(EVENT);
  const whole = new Set(leaves(EVENT));
  fc.assert(
    fc.property(views, (change) => {
      const event = shown(change);
      assert.ok(leaves(event).every((leaf) => whole.has(leaf)));
      assert.equal(JSON.stringify(EVENT), before);
      // A view of the view shows no more.
      assert.deepEqual(event && shown(change, event), event);
    }),
  );
});
