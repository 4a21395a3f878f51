import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EventInput, LIMITS } from '@annals/contract/event';
import { guideRows, guideSection, unnamed } from '../../test/guide.ts';
import { mappedBy, unmappedBy } from '../../test/importers.ts';
import { FIELDS, github, KINDS } from './github.ts';

const RECORD = {
  '@timestamp': 1_767_323_045_000,
  _document_id: 'Ab1==',
  action: 'repo.access',
  actor: 'ada',
  actor_id: 11,
  actor_ip: '192.0.2.7',
  actor_location: { country_code: 'CH' },
  business: 'acme-inc',
  business_id: 44,
  created_at: 1_767_323_045_000,
  external_identity_nameid: 'ada@example.com',
  operation_type: 'modify',
  org: 'acme',
  org_id: 33,
  previous_visibility: 'private',
  programmatic_access_type: 'OAuth access token',
  repo: 'acme/app',
  repo_id: 22,
  request_id: 'R-1',
  user_agent: 'gh/2.40',
  visibility: 'public',
};

const mapped = (changes: object = {}) => mappedBy(github, { ...RECORD, ...changes });
const unmapped = (record: unknown) => unmappedBy(github, record);

test('every field goes where the table says', () => {
  const { id, ...event } = mapped();
  assert.match(id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  assert.deepEqual(event, {
    occurred_at: '2026-01-02T03:04:05.000Z',
    event_type: 'repo',
    action: 'repo.access',
    operation: 'update',
    actor: { type: 'user', id: '11', name: 'ada', email: 'ada@example.com' },
    targets: [
      { type: 'repository', id: '22', name: 'acme/app' },
      { type: 'organization', id: '33', name: 'acme', role: 'parent' },
      { type: 'enterprise', id: '44', name: 'acme-inc', role: 'parent' },
    ],
    changes: [{ path: '/visibility', before: 'private', after: 'public' }],
    outcome: { result: 'success' },
    source: { initiator: 'api', application: 'github' },
    context: { ip: '192.0.2.7', user_agent: 'gh/2.40', location: 'CH', request_id: 'R-1' },
    metadata: {
      operation_type: 'modify',
      programmatic_access_type: 'OAuth access token',
      visibility: 'public',
      original: JSON.stringify(RECORD),
    },
  });
});

test('the id comes from _document_id, else from the text', () => {
  assert.equal(mapped().id, mapped({ actor: 'bob' }).id);
  assert.notEqual(mapped().id, mapped({ _document_id: 'other' }).id);
  const without = { _document_id: undefined };
  assert.equal(mapped(without).id, mapped(without).id);
  assert.notEqual(mapped(without).id, mapped({ ...without, actor: 'bob' }).id);
});

test('what is no GitHub record, or has no time, is not mapped', () => {
  assert.equal(unmapped([]), 'not a JSON object');
  assert.match(unmapped({ actor: 'ada', created_at: 1 }), /no action/);
  const zendesk = { action: 'login', actor_id: 7, actor_name: 'A', created_at: '2026-01-02' };
  assert.match(unmapped(zendesk), /none of actor, org/);
  assert.match(unmapped({ ...RECORD, action: 'two words' }), /name of an action/);
  const late = { '@timestamp': undefined, created_at: '2024-12-17 00:00:00000000' };
  assert.match(unmapped({ ...RECORD, ...late }), /no @timestamp or created_at/);
});

test('the time of the event comes before the time of what it is about', () => {
  const changes = { '@timestamp': undefined, at_sign_timestamp: '2024-04-09 06:17:55.186000000' };
  assert.equal(mapped(changes).occurred_at, '2024-04-09T06:17:55.186Z');
});

describe('actors', () => {
  const nobody = { actor: '', actor_id: undefined, external_identity_nameid: '' };
  const cases: Array<[string, object, EventInput['actor']]> = [
    [
      'a name without a number',
      { ...nobody, actor: 'ada' },
      { type: 'user', id: 'ada', name: 'ada' },
    ],
    ['a number without a name', { ...nobody, actor_id: '7' }, { type: 'user', id: '7' }],
    ['nobody', nobody, { type: 'anonymous' }],
    ['no member at all', { ...nobody, actor: undefined }, { type: 'anonymous' }],
    [
      'an e-mail address only',
      { ...nobody, external_identity_nameid: 'eve@example.com' },
      { type: 'anonymous', email: 'eve@example.com' },
    ],
    [
      'an app’s account by its name',
      { ...nobody, actor: 'dependabot[bot]' },
      { type: 'service_account', id: 'dependabot[bot]', name: 'dependabot[bot]' },
    ],
    [
      'an app’s account by its flag',
      { ...nobody, actor: 'deployer', actor_is_bot: true },
      { type: 'service_account', id: 'deployer', name: 'deployer' },
    ],
    [
      'an agent',
      { ...nobody, actor: 'Copilot', actor_is_agent: true, actor_is_bot: true },
      { type: 'agent', id: 'Copilot', name: 'Copilot' },
    ],
  ];
  for (const [what, changes, actor] of cases) {
    test(what, () => assert.deepEqual(mapped(changes).actor, actor));
  }

  test('who used no token came by the site itself, if it was a person', () => {
    const changes = { programmatic_access_type: undefined };
    assert.equal(mapped(changes).source?.initiator, 'user');
    assert.equal(mapped({ ...changes, actor: 'x[bot]' }).source?.initiator, undefined);
  });
});

test('outcomes', () => {
  const cases: Array<[object, EventInput['outcome']]> = [
    [{ action: 'user.failed_login' }, { result: 'failure' }],
    [{ action: 'protected_branch.rejected_ref_update' }, { result: 'denied' }],
    [{ conclusion: 'timed_out' }, { result: 'failure', code: 'timed_out' }],
    [{ conclusion: 'success' }, { result: 'success', code: 'success' }],
    [{ conclusion: 'skipped' }, { result: 'unknown', code: 'skipped' }],
    [{ action: 'api.request', status_code: 200 }, { result: 'success' }],
    [
      { action: 'api.request', status_code: '403' },
      { result: 'denied', code: '403' },
    ],
    [
      { action: 'api.request', status_code: 422 },
      { result: 'failure', code: '422' },
    ],
  ];
  for (const [changes, outcome] of cases) assert.deepEqual(mapped(changes).outcome, outcome);
});

test('operations: by the name, else by operation_type, else none', () => {
  const cases: Array<[string, EventInput['operation']]> = [
    ['user.login', 'login'],
    ['org.sso_response', 'login'],
    ['user.logout', 'logout'],
    ['git.clone', 'read'],
    ['git.push', 'update'],
    ['org.audit_log_export', 'export'],
    ['org.add_member', 'grant'],
    ['team.remove_repository', 'revoke'],
    ['personal_access_token.access_granted', 'grant'],
    ['workflows.created_workflow_run', 'invoke'],
    ['workflows.completed_workflow_run', 'other'],
    ['repo.create', 'create'],
    ['environment.create_actions_secret', 'create'],
    ['billing.budget_delete', 'delete'],
    ['hook.destroy', 'delete'],
    ['org.disable_two_factor_requirement', 'update'],
    ['org.saml_disabled', 'update'],
    ['repo.rename', 'update'],
    ['protected_branch.policy_override', undefined],
  ];
  const changes = { operation_type: undefined };
  for (const [action, operation] of cases) {
    assert.equal(mapped({ ...changes, action }).operation, operation, action);
  }
  const override = { action: 'protected_branch.policy_override', operation_type: 'modify' };
  assert.equal(mapped(override).operation, 'update');
  const request = { action: 'api.request', request_method: 'GET' };
  assert.equal(mapped(request).operation, 'read');
  assert.equal(mapped({ ...request, request_method: 'DELETE' }).operation, 'invoke');
});

describe('targets', () => {
  const bare = { repo: undefined, repo_id: undefined, business: '', business_id: undefined };
  const org = { type: 'organization', id: '33', name: 'acme' };
  const parent = { ...org, role: 'parent' as const };
  const cases: Array<[string, object, EventInput['targets']]> = [
    [
      'a hook in a repository, its number in data',
      { ...bare, action: 'hook.create', data: { hook_id: 9 }, repository: 'acme/app' },
      [
        { type: 'hook', id: '9' },
        { type: 'repository', id: 'acme/app', name: 'acme/app', role: 'parent' },
        parent,
      ],
    ],
    [
      'a person is related to the organization that takes them in',
      { ...bare, action: 'org.add_member', user: 'bob', user_id: 5 },
      [org, { type: 'user', id: '5', name: 'bob', role: 'related' }],
    ],
    [
      'somebody who is known by e-mail address only',
      { ...bare, action: 'org.invite_member', email: 'bob@example.com' },
      [org, { type: 'user', id: 'bob@example.com', email: 'bob@example.com', role: 'related' }],
    ],
    ['nobody is number 0', { ...bare, action: 'org.update', user: '', user_id: '0' }, [org]],
    [
      'a repository that a team gets',
      { ...bare, action: 'team.add_repository', team: 'acme/dev', repo: 'acme/app' },
      [
        { type: 'team', id: 'acme/dev', name: 'acme/dev' },
        { type: 'repository', id: 'acme/app', name: 'acme/app', role: 'related' },
        parent,
      ],
    ],
    [
      'several organizations of an enterprise',
      { ...bare, action: 'business.update', business: 'acme-inc', org: ['a', 'b'], org_id: [1, 2] },
      [
        { type: 'enterprise', id: 'acme-inc', name: 'acme-inc' },
        { type: 'organization', id: '1', name: 'a', role: 'related' },
        { type: 'organization', id: '2', name: 'b', role: 'related' },
      ],
    ],
    [
      'an action of no kind is on the innermost thing that holds others',
      { action: 'dependabot_alerts.disable', business: '', business_id: '' },
      [{ type: 'repository', id: '22', name: 'acme/app' }, parent],
    ],
    ['nothing', { ...bare, org: '', org_id: null, action: 'user.login' }, undefined],
  ];
  for (const [what, changes, targets] of cases) {
    test(what, () => assert.deepEqual(mapped(changes).targets, targets));
  }
});

test('changes: what old members say, next to what is now', () => {
  const { changes } = mapped({
    previous_visibility: undefined,
    old_permission: 'read',
    permission: 'admin',
    old_value: false,
    new_value: true,
    ruleset_old_enforcement: 'evaluate',
    ruleset_enforcement: 'disabled',
    old_name: 'gone',
  });
  assert.deepEqual(changes, [
    { path: '/permission', before: 'read', after: 'admin' },
    { path: '/value', before: false, after: true },
    { path: '/ruleset_enforcement', before: 'evaluate', after: 'disabled' },
    { path: '/name', before: 'gone' },
  ]);
});

test('a huge record keeps to the limits; the original has it whole', () => {
  const many = Array.from({ length: 30 }, (_, at) => `org-${at}`);
  const event = mapped({ org: many, org_id: undefined, user_agent: 'x'.repeat(5_000) });
  assert.equal(event.targets?.length, LIMITS.targets);
  assert.equal(event.metadata?.['targets_omitted'], 12);
  assert.equal(event.context?.user_agent?.length, LIMITS.userAgent);
  const old = Array.from({ length: 300 }, (_, at) => [`old_${at}`, at] as const);
  assert.equal(mapped(Object.fromEntries(old)).changes?.length, LIMITS.changes);
});

test('the guide says what the tables say', async () => {
  const section = await guideSection('GitHub: what maps where');
  for (const row of guideRows(FIELDS)) assert(section.includes(row), row);
  assert.deepEqual(
    unnamed(
      section,
      KINDS.map(({ type }) => type),
    ),
    [],
  );
});
