import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EventInput, LIMITS } from '@annals/contract/event';
import { guideRows, guideSection, unnamed } from '../../test/guide.ts';
import { mappedBy, unmappedBy } from '../../test/importers.ts';
import { ACTOR_TYPES, FIELDS, LOCATION, okta, PARENTS, RESULTS, SEVERITIES } from './okta.ts';

const RECORD = {
  uuid: '0a1b2c3d-1111-11ef-8333-444455556666',
  published: '2026-01-02T03:04:05.678Z',
  eventType: 'application.user_membership.add',
  version: '0',
  severity: 'INFO',
  legacyEventType: 'app.generic.provision.assign_user_to_app',
  displayMessage: 'Add user to application membership',
  actor: { id: '00u1', type: 'User', alternateId: 'ada@example.com', displayName: 'Ada' },
  client: {
    userAgent: { rawUserAgent: 'Mozilla/5.0', os: 'Linux', browser: 'FIREFOX' },
    zone: 'null',
    device: 'Computer',
    id: null,
    ipAddress: '192.0.2.7',
    geographicalContext: { city: 'Bern', state: 'Bern', country: 'Switzerland' },
  },
  outcome: { result: 'SUCCESS' },
  target: [
    { id: '0ua1', type: 'AppUser', alternateId: 'bob@example.com', displayName: 'Bob' },
    { id: '0oa1', type: 'AppInstance', alternateId: 'Wiki', displayName: 'Wiki' },
    { id: '00u2', type: 'User', alternateId: 'bob@example.com', displayName: 'Bob' },
  ],
  transaction: { type: 'WEB', id: 'T-1', detail: {} },
  debugContext: { debugData: { requestId: 'R-1', requestUri: '/admin', threatSuspected: 'false' } },
  authenticationContext: { externalSessionId: 'S-1', authenticationStep: 0 },
  securityContext: { asOrg: 'init7', isProxy: false },
};

const mapped = (changes: object = {}) => mappedBy(okta, { ...RECORD, ...changes });
const unmapped = (record: unknown) => unmappedBy(okta, record);

test('every field goes where the table says', () => {
  assert.deepEqual(mapped(), {
    id: '0a1b2c3d-1111-11ef-8333-444455556666',
    occurred_at: '2026-01-02T03:04:05.678Z',
    event_type: 'application',
    action: 'application.user_membership.add',
    operation: 'grant',
    severity: 'info',
    actor: { type: 'user', id: '00u1', name: 'Ada', email: 'ada@example.com' },
    targets: [
      { type: 'AppUser', id: '0ua1', name: 'Bob', email: 'bob@example.com' },
      { type: 'AppInstance', id: '0oa1', name: 'Wiki', role: 'parent' },
      { type: 'User', id: '00u2', name: 'Bob', email: 'bob@example.com', role: 'related' },
    ],
    outcome: { result: 'success' },
    source: { initiator: 'user', application: 'okta', channel: 'Computer' },
    context: {
      ip: '192.0.2.7',
      user_agent: 'Mozilla/5.0',
      location: 'Bern, Bern, Switzerland',
      request_id: 'R-1',
      session_id: 'S-1',
      correlation_id: 'T-1',
    },
    metadata: {
      display_message: 'Add user to application membership',
      legacy_event_type: 'app.generic.provision.assign_user_to_app',
      request_uri: '/admin',
      threat_suspected: 'false',
      browser: 'FIREFOX',
      os: 'Linux',
      is_proxy: false,
      as_org: 'init7',
      original: JSON.stringify(RECORD),
    },
  });
});

test('a record whose outer members are in lower case says the same', () => {
  const lower = Object.fromEntries(
    Object.entries(RECORD).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const withoutOriginal = ({ metadata, ...event }: EventInput) => ({
    ...event,
    metadata: { ...metadata, original: '' },
  });
  assert.deepEqual(withoutOriginal(mappedBy(okta, lower)), withoutOriginal(mapped()));
});

test('what is no Okta record, or has no time, is not mapped', () => {
  assert.equal(unmapped('x'), 'not a JSON object');
  assert.match(unmapped({ ...RECORD, eventType: undefined }), /no eventType, or no actor/);
  assert.match(unmapped({ ...RECORD, actor: 'ada' }), /no eventType, or no actor/);
  assert.match(unmapped({ ...RECORD, eventType: 'a b' }), /name of an action/);
  assert.equal(unmapped({ ...RECORD, published: 'redacted' }), 'published is not a time');
  assert.equal(unmapped({ ...RECORD, published: undefined }), 'published is not a time');
});

test('an id that is no UUID is made from it', () => {
  const { id } = mapped({ uuid: 'aa-11' });
  assert.match(id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  assert.equal(mapped({ uuid: 'aa-11', severity: 'WARN' }).id, id);
});

describe('actors', () => {
  const unknown = { id: 'unknown', alternateId: 'unknown', displayName: 'unknown' };
  const cases: Array<[string, object, EventInput['actor']]> = [
    [
      'an application',
      { id: '0oa9', type: 'PublicClientApp', alternateId: '123', displayName: 'CLI' },
      { type: 'service_account', id: '0oa9', name: 'CLI' },
    ],
    [
      'Okta itself',
      { id: 'system', type: 'SystemPrincipal', alternateId: 'system@okta.com' },
      { type: 'system', id: 'system', name: 'system@okta.com', email: 'system@okta.com' },
    ],
    ['Okta itself, without an id', { type: 'SystemPrincipal' }, { type: 'system' }],
    [
      'an address',
      { id: '192.0.2.9', type: 'IP address', alternateId: 'unknown', displayName: '192.0.2.9' },
      { type: 'anonymous', id: '192.0.2.9', name: '192.0.2.9' },
    ],
    [
      'a name that nobody has, with an e-mail address only',
      { ...unknown, type: 'User', alternateId: 'eve@example.com' },
      { type: 'anonymous', name: 'eve@example.com', email: 'eve@example.com' },
    ],
    ['nobody at all', { ...unknown, type: 'User' }, { type: 'anonymous' }],
    ['nothing', {}, { type: 'anonymous' }],
    [
      'a login that is no address',
      { id: '00u1', type: 'User', alternateId: 'admin', displayName: null },
      { type: 'user', id: '00u1', name: 'admin' },
    ],
  ];
  for (const [what, actor, expected] of cases) {
    test(what, () => assert.deepEqual(mapped({ actor }).actor, expected));
  }

  test('who started it', () => {
    const transaction = { type: 'JOB', id: 'unknown', detail: {} };
    const job = mapped({ transaction });
    assert.equal(job.source?.initiator, 'system');
    assert.equal(job.context?.correlation_id, undefined);
    const token = { ...transaction, detail: { requestApiTokenId: '00T1' } };
    const byToken = mapped({ transaction: token });
    assert.equal(byToken.source?.initiator, 'api');
    assert.equal(byToken.metadata?.['api_token_id'], '00T1');
    const system = { actor: { id: 's', type: 'SystemPrincipal' } };
    assert.equal(mapped(system).source?.initiator, 'system');
    assert.equal(mapped({ actor: { type: 'User' } }).source?.initiator, undefined);
  });
});

test('outcomes', () => {
  const cases: Array<[unknown, EventInput['outcome']]> = [
    [{ result: 'ALLOW' }, { result: 'success', code: 'ALLOW' }],
    [
      { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' },
      { result: 'failure', reason: 'INVALID_CREDENTIALS', code: 'INVALID_CREDENTIALS' },
    ],
    [
      { result: 'FAILURE', reason: 'No.' },
      { result: 'failure', reason: 'No.' },
    ],
    [
      { result: 'DENY', reason: 'Password Spray' },
      { result: 'denied', reason: 'Password Spray', code: 'DENY' },
    ],
    [{ result: 'CHALLENGE' }, { result: 'unknown', code: 'CHALLENGE' }],
    [{ result: 'NEW_WORD' }, { result: 'unknown', code: 'NEW_WORD' }],
    [null, { result: 'unknown' }],
  ];
  for (const [outcome, expected] of cases) assert.deepEqual(mapped({ outcome }).outcome, expected);
});

test('operations only where they are certain', () => {
  const cases: Array<[string, EventInput['operation']]> = [
    ['user.session.start', 'login'],
    ['user.authentication.auth_via_mfa', 'login'],
    ['user.session.end', 'logout'],
    ['group.privilege.grant', 'grant'],
    ['app.oauth2.token.grant.access_token', 'grant'],
    ['group.user_membership.remove', 'revoke'],
    ['system.api_token.revoke', 'revoke'],
    ['policy.rule.add', 'create'],
    ['user.lifecycle.create', 'create'],
    ['user.lifecycle.delete.initiated', 'delete'],
    ['user.account.reset_password', 'update'],
    ['user.mfa.factor.deactivate', 'update'],
    ['application.user_membership.show_password', 'read'],
    ['system.org.rate_limit.warning', undefined],
    ['policy.evaluate_sign_on', undefined],
  ];
  for (const [eventType, operation] of cases) {
    assert.equal(mapped({ eventType }).operation, operation, eventType);
  }
});

test('severities; a word that Okta does not have is left out', () => {
  assert.equal(mapped({ severity: 'WARN' }).severity, 'medium');
  assert.equal(mapped({ severity: 'ERROR' }).severity, 'high');
  assert.equal(mapped({ severity: 'HIGH' }).severity, undefined);
});

describe('targets', () => {
  const app = { type: 'AppInstance', alternateId: 'Console', displayName: 'Console' };
  const cases: Array<[string, unknown, EventInput['targets']]> = [
    [
      'the holder comes second, whatever the order',
      [
        { ...app, id: '0oa1' },
        { id: '0ua1', type: 'AppUser' },
      ],
      [
        { type: 'AppUser', id: '0ua1' },
        { type: 'AppInstance', id: '0oa1', name: 'Console', role: 'parent' },
      ],
    ],
    [
      'without an id the login is the id',
      [app, { id: '00u1', type: 'User' }],
      [
        { type: 'AppInstance', id: 'Console', name: 'Console' },
        { type: 'User', id: '00u1', role: 'related' },
      ],
    ],
    ['null', null, undefined],
    ['an empty list', [], undefined],
    ['no list', { id: '1', type: 'User' }, undefined],
  ];
  for (const [what, target, targets] of cases) {
    test(what, () => assert.deepEqual(mapped({ target }).targets, targets));
  }

  test('those without any name, and those beyond the limit, are counted', () => {
    const many = Array.from({ length: 25 }, (_, at) => ({ id: `00u${at}`, type: 'User' }));
    const event = mapped({ target: [...many, { type: 'User', id: null }, { id: 'no type' }] });
    assert.equal(event.targets?.length, LIMITS.targets);
    assert.equal(event.metadata?.['targets_omitted'], 7);
  });

  test('what changed on a target', () => {
    const changeDetails = { from: { status: 'ACTIVE', gone: 1 }, to: { status: null, new: 'x' } };
    assert.deepEqual(mapped({ target: [{ id: '1', type: 'User', changeDetails }] }).changes, [
      { path: '/status', before: 'ACTIVE', after: null },
      { path: '/gone', before: 1 },
      { path: '/new', after: 'x' },
    ]);
  });
});

test('an address in the chain stands in for one that is missing', () => {
  const request = { ipChain: [{ ip: '2001:db8::7', version: 'V6' }] };
  const client = { ...RECORD.client, ipAddress: null, geographicalContext: null };
  const { context } = mapped({ client, request });
  assert.equal(context?.ip, '2001:db8::7');
  assert.equal(context?.location, undefined);
});

test('the guide says what the tables say', async () => {
  const section = await guideSection('Okta: what maps where');
  for (const row of guideRows(FIELDS)) assert(section.includes(row), row);
  const words = [ACTOR_TYPES, RESULTS, SEVERITIES, PARENTS].flatMap((table) => Object.keys(table));
  const held = Object.values(PARENTS).flat();
  assert.deepEqual(unnamed(section, [...words, ...held, ...LOCATION]), []);
});
