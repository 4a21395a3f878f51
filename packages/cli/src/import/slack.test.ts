import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type EventInput, LIMITS } from '@annals/contract/event';
import { mappedBy, unmappedBy } from '../../test/importers.ts';
import { OPERATIONS, REFUSALS, slack } from './slack.ts';

const ENTRY = {
  id: '0A1B2C3D-1111-4222-8333-444455556666',
  date_create: 1767323045,
  action: 'user_channel_join',
  actor: {
    type: 'user',
    user: { id: 'W1', name: 'Ada', email: 'ada@example.com', team: 'T1' },
  },
  entity: { type: 'channel', channel: { id: 'C1', name: 'general', privacy: 'public' } },
  context: {
    location: { type: 'workspace', id: 'T1', name: 'Acme', domain: 'acme' },
    ua: 'Firefox 140',
    ip_address: '192.0.2.7',
    session_id: 1656410836837,
    app: { id: 'A1', name: 'Robot' },
  },
  details: { channel_id: 'C1' },
};

/** The event of the entry with these changes. */
const mapped = (changes: object = {}): EventInput => mappedBy(slack, { ...ENTRY, ...changes });
const unmapped = (entry: unknown): string => unmappedBy(slack, entry);

test('every field goes where the table says', () => {
  assert.deepEqual(mapped(), {
    id: '0A1B2C3D-1111-4222-8333-444455556666',
    occurred_at: '2026-01-02T03:04:05.000Z',
    event_type: 'channel',
    action: 'user_channel_join',
    actor: { type: 'user', id: 'W1', name: 'Ada', email: 'ada@example.com' },
    targets: [
      { type: 'channel', id: 'C1', name: 'general' },
      { type: 'workspace', id: 'T1', name: 'Acme', role: 'parent' },
    ],
    outcome: { result: 'success' },
    source: { initiator: 'user', application: 'slack', component: 'Robot' },
    context: { ip: '192.0.2.7', user_agent: 'Firefox 140', session_id: '1656410836837' },
    metadata: {
      actor_team: 'T1',
      workspace_domain: 'acme',
      app_id: 'A1',
      channel: 'C1',
      original: JSON.stringify(ENTRY),
    },
  });
});

test('the id is the entry’s; without one it comes from the text', () => {
  const nameless = mapped({ id: undefined });
  assert.equal(nameless.id, mapped({ id: undefined }).id);
  assert.notEqual(nameless.id, mapped({ id: undefined, date_create: 1 }).id);
  assert.match(String(mapped({ id: 'no-uuid' }).id), /^.{8}-.{4}-8/);
  assert.equal(mapped({ id: 'no-uuid' }).id, mapped({ id: 'no-uuid', date_create: 1 }).id);
});

test('times: seconds, seconds as text, or a text; what is none is not mapped', () => {
  const times: Array<[unknown, string]> = [
    [1767323045, '2026-01-02T03:04:05.000Z'],
    ['1767323045', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02 03:04:05.678000000', '2026-01-02T03:04:05.678Z'],
    [0, '1970-01-01T00:00:00.000Z'],
  ];
  for (const [date_create, at] of times) assert.equal(mapped({ date_create }).occurred_at, at);
  for (const date_create of ['soon', 1e300, true, {}]) {
    assert.equal(unmapped({ ...ENTRY, date_create }), 'date_create is not a time');
  }
});

test('what is no entry is not mapped, and the reason is said', () => {
  assert.equal(unmapped([ENTRY]), 'not a JSON object');
  assert.match(unmapped({}), /no action, actor.user.id, date_create$/);
  assert.match(unmapped({ ...ENTRY, actor: null }), /no actor.user.id$/);
  assert.match(unmapped({ ...ENTRY, actor: { type: 'user', user: {} } }), /no actor.user.id$/);
  assert.match(unmapped({ ...ENTRY, date_create: null }), /no date_create$/);
  assert.match(unmapped({ ...ENTRY, action: 'a b' }), /not the name of an action/);
});

test('where no user did it, Slack did', () => {
  const event = mapped({ actor: { type: 'user', user: { id: 'USLACKUSER' } } });
  assert.deepEqual(event.actor, { type: 'system', id: 'USLACKUSER' });
  assert.equal(event.source?.initiator, 'system');
});

test('targets: by the entity’s type; nothing is named twice', () => {
  const parent = { type: 'workspace', id: 'T1', name: 'Acme', role: 'parent' } as const;
  const cases: Array<[object | undefined, EventInput['targets']]> = [
    [
      { type: 'user', user: { id: 'W2', name: 'Bob', email: 'bob@example.com' } },
      [{ type: 'user', id: 'W2', name: 'Bob', email: 'bob@example.com' }, parent],
    ],
    [
      { type: 'file', file: { id: 'F1', name: '', title: 'Plan' } },
      [{ type: 'file', id: 'F1', name: 'Plan' }, parent],
    ],
    [
      { type: 'message', message: { team: 'T1', channel: 'C1', timestamp: '1.2' } },
      [{ type: 'message', id: 'C1/1.2' }, parent],
    ],
    [
      { type: 'workspace', workspace: { id: 'T1', name: 'Acme' } },
      [{ type: 'workspace', id: 'T1', name: 'Acme' }],
    ],
    [{ type: 'barrier', barrier: {} }, [parent]],
    [undefined, [parent]],
  ];
  for (const [entity, targets] of cases) assert.deepEqual(mapped({ entity }).targets, targets);
  const bare = mapped({ entity: undefined, context: 'text' });
  assert.equal(bare.targets, undefined);
  assert.equal(bare.context, undefined);
});

test('operations and outcomes: by the action’s name, where it says them', () => {
  const cases: Array<[string, EventInput['operation'], string]> = [
    ['user_login', 'login', 'success'],
    ['user_logout', 'logout', 'success'],
    ['user_login_failed', undefined, 'failure'],
    ['file_downloaded', 'export', 'success'],
    ['file_downloaded_blocked', undefined, 'denied'],
    ['manual_export_started', 'export', 'success'],
    ['role_change_to_owner', 'grant', 'success'],
    ['role_change_to_guest', 'update', 'success'],
    ['app_installed', 'create', 'success'],
    ['app_uninstalled', 'delete', 'success'],
    ['public_channel_archive', 'update', 'success'],
    ['constructor', undefined, 'success'],
    ['emoji_added', undefined, 'success'],
  ];
  for (const [action, operation, result] of cases) {
    const event = mapped({ action });
    assert.equal(event.operation, operation, action);
    assert.equal(event.outcome?.result, result, action);
  }
});

test('changes: what was and what is', () => {
  const details = {
    previous_scopes: ['a'],
    new_scopes: ['a', 'b'],
    new_name: 'x',
    previous_ua: '',
  };
  assert.deepEqual(mapped({ details }).changes, [
    { path: '/scopes', before: ['a'], after: ['a', 'b'] },
    { path: '/name', after: 'x' },
  ]);
  const action = 'pref.two_factor_auth_changed';
  assert.deepEqual(
    mapped({ action, details: { previous_value: 'off', new_value: 'on' } }).changes,
    [{ path: '/two_factor_auth_changed', before: 'off', after: 'on' }],
  );
  assert.equal(mapped({ details: ['text'] }).changes, undefined);
  assert.equal(mapped({ details: { new_text: 'x'.repeat(10_000) } }).changes, undefined);
});

test('an anomaly keeps its reasons and its place on earth', () => {
  const details = { reason: ['session_fingerprint', 'ip_address'], location: 'London, UK' };
  const event = mapped({ action: 'anomaly', details });
  assert.deepEqual(event.metadata?.['anomaly_reasons'], details.reason);
  assert.equal(event.context?.location, 'London, UK');
  assert.equal(event.reason, undefined);
  assert.equal(
    mapped({ details: { reason: 'left the company' } }).reason?.text,
    'left the company',
  );
});

test('what is longer than a field may be is shortened; the original has it whole', () => {
  const event = mapped({
    entity: { type: 'channel', channel: { id: 'C1', name: 'n'.repeat(1_000) } },
    context: { ua: 'x'.repeat(5_000), ip_address: 'no address' },
  });
  assert.equal(event.targets?.[0]?.name?.length, LIMITS.name);
  assert.equal(event.context?.user_agent?.length, LIMITS.userAgent);
  assert.equal(event.context?.ip, undefined);
});

test('the guide lists the operations and refusals', async () => {
  const path = new URL('../../../../docs/guide/import.md', import.meta.url);
  const [, rest = ''] = (await readFile(path, 'utf8')).split('| `action` of Slack | event |');
  const [table = ''] = rest.split('\n\n');
  const rows = [...table.matchAll(/^\| (.*) \| `(\w+)` \|$/gm)].flatMap(
    ([, cell = '', word = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, word] as const),
  );
  assert(rows.length > 20);
  const patterns = [...OPERATIONS, ...REFUSALS];
  for (const [name, word] of rows) {
    const action = name.replace('…', name.startsWith('…') ? 'thing' : 'user');
    assert.equal(patterns.find(([pattern]) => pattern.test(action))?.[1], word, name);
  }
  for (const [pattern, word] of patterns) {
    assert(
      rows.some(([name, said]) => said === word && pattern.test(name.replace('…', 'user'))),
      `the guide has no name for ${pattern}`,
    );
  }
});
