import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type EventInput, LIMITS } from '@annals/contract/event';
import { mappedBy, unmappedBy } from '../../test/importers.ts';
import { auth0, COLLECTIONS, GRANTS, KINDS } from './auth0.ts';

const LOGIN = {
  date: '2026-01-02T03:04:05.678Z',
  type: 's',
  description: 'Success login',
  connection: 'Users',
  connection_id: 'con_1',
  client_id: 'client-1',
  client_name: 'Shop',
  ip: '192.0.2.7',
  user_agent: 'Firefox 140',
  hostname: 'login.example.com',
  user_id: 'auth0|1',
  user_name: 'ada@example.com',
  strategy: 'auth0',
  session_id: 'session-1',
  organization_id: 'org_1',
  organization_name: 'acme',
  location_info: { city_name: 'Berlin', country_name: 'Germany' },
  tenant_name: 'example',
};
const RECORD = { log_id: '90020260102', data: LOGIN };
const DOOR = { user_id: undefined, user_name: undefined, client_id: undefined };

const mapRecord = (record: unknown): EventInput => mappedBy(auth0, record);
/** The event of the record with these changes to its data. */
const mapped = (changes: object = {}): EventInput =>
  mapRecord({ ...RECORD, data: { ...LOGIN, ...changes } });
const unmapped = (record: unknown): string => unmappedBy(auth0, record);

/** A call of the Management API by a person at the console. */
const call = (method: string, path: string, changes: object = {}, request: object = {}) =>
  mapped({
    type: 'sapi',
    connection_id: undefined,
    organization_id: undefined,
    details: {
      request: {
        method,
        path,
        channel: 'https://manage.auth0.com/',
        auth: { user: { user_id: 'admin-1', name: 'Grace', email: 'grace@example.com' } },
        ...request,
      },
      response: { statusCode: 200, ...changes },
    },
  });

test('every field goes where the table says', () => {
  const { id, ...event } = mapped();
  assert.match(String(id), /^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  assert.deepEqual(event, {
    occurred_at: '2026-01-02T03:04:05.678Z',
    event_type: 's',
    action: 'user.login',
    operation: 'login',
    actor: { type: 'user', id: 'auth0|1', name: 'ada@example.com', email: 'ada@example.com' },
    targets: [
      { type: 'client', id: 'client-1', name: 'Shop' },
      { type: 'organization', id: 'org_1', name: 'acme', role: 'parent' },
      { type: 'connection', id: 'con_1', name: 'Users', role: 'related' },
    ],
    outcome: { result: 'success' },
    source: { initiator: 'user', application: 'auth0', component: 'login.example.com' },
    context: {
      ip: '192.0.2.7',
      user_agent: 'Firefox 140',
      location: 'Berlin',
      session_id: 'session-1',
    },
    metadata: {
      description: 'Success login',
      connection: 'Users',
      strategy: 'auth0',
      tenant_name: 'example',
      original: JSON.stringify(RECORD),
    },
  });
});

test('a log of a stream, of EventBridge and of the API is the same event', () => {
  const { id } = mapped();
  assert.equal(mapRecord({ detail: RECORD, source: 'aws.partner' }).id, id);
  assert.equal(mapRecord({ ...LOGIN, log_id: RECORD.log_id }).id, id);
  assert.notEqual(mapRecord({ ...RECORD, log_id: 'other' }).id, id);
  const nameless = mapRecord({ data: LOGIN });
  assert.equal(nameless.id, mapRecord({ data: LOGIN }).id);
  assert.notEqual(nameless.id, mapRecord({ data: { ...LOGIN, type: 'f' } }).id);
});

test('what is no Auth0 log is not mapped, and the reason is said', () => {
  assert.equal(unmapped('text'), 'not a JSON object');
  assert.equal(unmapped({ log_id: '1' }), 'not an Auth0 log: no type, date');
  assert.equal(unmapped({ data: { ...LOGIN, date: undefined } }), 'not an Auth0 log: no date');
  assert.equal(unmapped({ data: { ...LOGIN, date: 'today' } }), 'date is not a time');
  assert.match(unmapped({ ...RECORD, data: { ...LOGIN, type: 'a b' } }), /name of an action/);
  assert.match(unmapped({ type: 'article', date: LOGIN.date }), /none of Auth0’s$/);
});

test('a type that is not listed keeps its name, and nothing more is said of it', () => {
  for (const type of ['new_type', 'constructor']) {
    const event = mapped({ type });
    assert.equal(event.action, `auth0.${type}`);
    assert.equal(event.operation, undefined);
    assert.deepEqual(event.outcome, { result: 'unknown', code: type, reason: 'Success login' });
  }
});

test('actors: a person at the door, a client, Auth0 itself', () => {
  const cases: Array<[object, EventInput['actor'], string]> = [
    [{ type: 'fp' }, { type: 'user', id: 'auth0|1', name: 'ada@example.com' }, 'user'],
    [
      { ...DOOR, type: 'fu', user_id: '', user_name: 'eve@example.com' },
      { type: 'anonymous', name: 'eve@example.com' },
      'user',
    ],
    [{ ...DOOR, type: 'f' }, { type: 'anonymous' }, 'user'],
    [
      { ...DOOR, type: 'seccft', client_id: 'robot' },
      { type: 'service_account', id: 'robot', name: 'Shop' },
      'api',
    ],
    [{ ...DOOR, type: 'admin_update_launch' }, { type: 'system', id: 'auth0' }, 'system'],
  ];
  for (const [changes, expected, initiator] of cases) {
    const { actor, source } = mapped(changes);
    const { email, ...rest } = actor;
    assert.deepEqual(rest, expected);
    assert.equal(email, actor.name?.includes('@') ? actor.name : undefined);
    assert.equal(source?.initiator, initiator);
  }
});

test('a user who is deleted is the target; the caller did it', () => {
  const request = { auth: { user: { user_id: 'admin-1', name: 'Grace' } } };
  const event = mapped({ type: 'sdu', details: { request } });
  assert.deepEqual(event.actor, { type: 'user', id: 'admin-1', name: 'Grace' });
  assert.deepEqual(event.targets?.[0], { type: 'user', id: 'auth0|1', name: 'ada@example.com' });
  assert.equal(mapped({ type: 'sdu' }).actor.id, 'client-1');
});

test('outcomes and severity', () => {
  const failure = { details: { error: { message: 'Wrong code' } } };
  const cases: Array<[object, EventInput['outcome'], EventInput['severity']?]> = [
    [
      { type: 'fp', description: 'Wrong email or password.' },
      { result: 'failure', code: 'fp', reason: 'Wrong email or password.' },
    ],
    [
      { type: 'gd_auth_failed', ...failure },
      { result: 'failure', code: 'gd_auth_failed', reason: 'Wrong code' },
    ],
    [
      { type: 'limit_wc', description: 'blocked' },
      { result: 'denied', code: 'limit_wc', reason: 'blocked' },
      'high',
    ],
    [
      { type: 'w', description: 'careful', details: 'text' },
      { result: 'unknown', code: 'w', reason: 'careful' },
    ],
  ];
  for (const [changes, outcome, severity] of cases) {
    const event = mapped(changes);
    assert.deepEqual(event.outcome, outcome);
    assert.equal(event.severity, severity);
  }
  assert.deepEqual(call('get', '/api/v2/users', { statusCode: 403 }).outcome, {
    result: 'denied',
    code: '403',
    reason: 'Success login',
  });
  assert.equal(call('get', '/api/v2/users', { statusCode: 400 }).outcome?.result, 'failure');
});

test('calls of the Management API', () => {
  const made = { statusCode: 201, body: { client_id: 'c-9' } };
  const cases: Array<[string, object, string, EventInput['operation'], string]> = [
    ['patch /api/v2/users/auth0%7C7', {}, 'users.patch', 'update', 'user auth0|7'],
    ['post /api/v2/users/auth0%7C7/roles', {}, 'users.roles.post', 'grant', 'user auth0|7'],
    ['delete /v2/roles/r%zz/users', {}, 'roles.users.delete', 'revoke', 'role r%zz'],
    ['post /api/v2/clients', made, 'clients.post', 'create', 'client c-9'],
    ['get /api/v2/clients?page=2', {}, 'clients.get', 'read', 'endpoint clients'],
    [
      'post /v2/guardian/policies',
      {},
      'guardian.policies.post',
      undefined,
      'endpoint guardian/policies',
    ],
    [
      'put /api/v2/actions/triggers/post-login/bindings',
      {},
      'actions.triggers.bindings.put',
      'update',
      'trigger post-login',
    ],
    ['constructor /api/v2/prompts', {}, 'prompts.constructor', undefined, 'endpoint prompts'],
  ];
  for (const [request, response, action, operation, target] of cases) {
    const [method = '', path = ''] = request.split(' ');
    const event = call(method, path, response);
    assert.equal(event.action, `management.${action}`);
    assert.equal(event.operation, operation, action);
    const [type, id] = target.split(' ');
    assert.deepEqual(event.targets, [{ type, id }]);
    assert.equal(event.actor.name, 'Grace');
    assert.equal(event.source?.channel, 'https://manage.auth0.com/');
  }
  const pathless = mapped({ type: 'fapi', details: {} });
  assert.equal(pathless.action, 'management.call');
  assert.equal(pathless.operation, undefined);
});

test('changes: of a call that updated something', () => {
  const body = { name: 'New', metadata: { plan: 'pro', tags: ['a'] } };
  const path = '/api/v2/clients/c-1';
  assert.deepEqual(call('patch', path, {}, { body }).changes, [
    { path: '/name', after: 'New' },
    { path: '/metadata/plan', after: 'pro' },
    { path: '/metadata/tags', after: ['a'] },
  ]);
  assert.equal(call('patch', path, { statusCode: 400 }, { body }).changes, undefined);
  assert.equal(call('get', path, {}, { body }).changes, undefined);
  assert.equal(call('put', path, {}, { body: ['all-applications'] }).changes, undefined);
});

test('what is longer than a field may be is shortened; the original has it whole', () => {
  const event = mapped({
    type: 'f',
    description: 'y'.repeat(LIMITS.text + 1),
    user_agent: 'x'.repeat(5_000),
    user_name: 'n'.repeat(1_000),
    ip: 'somewhere',
  });
  assert.match(event.outcome?.reason ?? '', /y…$/);
  assert.equal(event.context?.user_agent?.length, LIMITS.userAgent);
  assert.equal(event.actor.name?.length, LIMITS.name);
  assert.equal(event.context?.ip, undefined);
});

test('no type is listed twice', () => {
  const types = KINDS.flatMap(([, , , ...cells]) => cells.join(' ').split(' ')).filter(Boolean);
  assert.equal(new Set(types).size, types.length);
});

test('the guide lists types, things and rights', async () => {
  const path = new URL('../../../../docs/guide/import.md', import.meta.url);
  const guide = await readFile(path, 'utf8');
  const cellsUnder = (heading: string): string[][] => {
    const [, rest = ''] = guide.split(heading);
    const [table = ''] = rest.split('\n\n');
    const rows = table.trimEnd().split('\n').slice(2);
    return rows.map((row) => row.split('|').map((cell) => cell.replaceAll('`', '').trim()));
  };
  const kinds = KINDS.map(([action, operation, , ...cells]) => [
    ...['', action === 'management' ? 'management.…' : action],
    action === 'management' ? 'see below' : operation,
    ...Array.from({ length: 4 }, (_, index) => cells[index] ?? ''),
    '',
  ]);
  assert.deepEqual(cellsUnder('| action | operation | success | failure |'), kinds);
  const things = Object.entries(COLLECTIONS).map(([place, [type]]) => ['', place, type, '']);
  assert.deepEqual(cellsUnder('| path | target |'), things);
  for (const each of GRANTS) assert(guide.includes(`\`${each}\``), each);
});
