import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { EventInput, LIMITS } from '@annals/contract/event';
import { Value } from 'typebox/value';
import { cloudtrail } from './cloudtrail.ts';
import { PARAMETERS } from './cloudtrail-targets.ts';

const ROLE_ARN = 'arn:aws:iam::111122223333:role/deploy';
const SESSION_ARN = 'arn:aws:sts::111122223333:assumed-role/deploy/build-17';
const RECORD = {
  eventVersion: '1.09',
  userIdentity: {
    type: 'IAMUser',
    principalId: 'AIDAEXAMPLE',
    arn: 'arn:aws:iam::111122223333:user/ada',
    accountId: '111122223333',
    userName: 'ada',
  },
  eventTime: '2026-01-02T03:04:05Z',
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateUser',
  awsRegion: 'us-east-1',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'aws-cli/2.1',
  requestParameters: { userName: 'bob' },
  responseElements: null,
  requestID: 'r-1',
  eventID: '0A1B2C3D-1111-4222-8333-444455556666',
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '111122223333',
  eventCategory: 'Management',
};

/** The event of the record with these changes; the text is what stands in the file. */
const mapped = (changes: object = {}): EventInput => {
  const record = { ...RECORD, ...changes };
  const result = cloudtrail.map(record, JSON.stringify(record));
  assert('event' in result, JSON.stringify(result));
  assert.deepEqual([...Value.Errors(EventInput, result.event)], []);
  return result.event;
};
const unmapped = (record: unknown): string => {
  const result = cloudtrail.map(record, JSON.stringify(record));
  assert('unmapped' in result);
  return result.unmapped;
};

test('every field goes where the table says', () => {
  assert.deepEqual(mapped(), {
    id: '0A1B2C3D-1111-4222-8333-444455556666',
    occurred_at: '2026-01-02T03:04:05.000Z',
    event_type: 'AwsApiCall',
    action: 'iam.CreateUser',
    operation: 'create',
    actor: { type: 'user', id: 'arn:aws:iam::111122223333:user/ada', name: 'ada' },
    targets: [{ type: 'AWS::IAM::User', id: 'bob' }],
    outcome: { result: 'success' },
    source: { initiator: 'api', application: 'iam.amazonaws.com' },
    context: { ip: '192.0.2.7', user_agent: 'aws-cli/2.1', request_id: 'r-1' },
    metadata: {
      aws_region: 'us-east-1',
      account_id: '111122223333',
      event_category: 'Management',
      original: JSON.stringify(RECORD),
    },
  });
});

test('an id that is no UUID comes from the text, the same each time', () => {
  const { id } = mapped({ eventID: '1' });
  assert.match(id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(mapped({ eventID: '1' }).id, id);
  assert.notEqual(mapped({ eventID: '1', requestID: 'r-2' }).id, id);
  assert.equal(mapped({ eventID: undefined }).id?.charAt(14), '8');
});

test('a time without a zone is UTC; what is no time is not mapped', () => {
  const times = {
    '2022-09-15 13:45:24': '2022-09-15T13:45:24.000Z',
    '2025-01-21 17:49:47.123456789': '2025-01-21T17:49:47.123Z',
    '2026-01-02T03:04:05+02:00': '2026-01-02T01:04:05.000Z',
  };
  for (const [eventTime, at] of Object.entries(times)) {
    assert.equal(mapped({ eventTime }).occurred_at, at);
  }
  for (const eventTime of ['redacted', '1111', '2026-13-02T03:04:05Z', '15 Sep 2022']) {
    assert.equal(unmapped({ ...RECORD, eventTime }), 'eventTime is not a time');
  }
});

test('what is no CloudTrail record is not mapped, and the reason is said', () => {
  assert.equal(unmapped([]), 'not a JSON object');
  assert.equal(unmapped(7), 'not a JSON object');
  assert.match(unmapped({ action: 'x' }), /no eventName, eventSource, eventTime$/);
  assert.match(unmapped({ ...RECORD, eventTime: undefined }), /no eventTime$/);
  assert.match(unmapped({ ...RECORD, eventName: 'Create User' }), /name of an action/);
  assert.match(unmapped({ ...RECORD, userIdentity: null }), /who acted/);
  assert.match(unmapped({ ...RECORD, userIdentity: { type: 'IAMUser' } }), /names nobody/);
  assert.match(unmapped({ ...RECORD, userIdentity: { type: 'Robot' } }), /not one that/);
});

describe('actors', () => {
  const session = (changes: object = {}, sessionContext: object = {}) => ({
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:build-17',
    arn: SESSION_ARN,
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: ROLE_ARN, userName: 'deploy' },
      attributes: { mfaAuthenticated: 'false' },
      ...sessionContext,
    },
    ...changes,
  });
  const ssoArn = `arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_1`;
  const mail = 'arn:aws:sts::1:assumed-role/Dev/ada@example.com';
  const anonymous = { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' };
  const cases: Array<[string, object, EventInput['actor']]> = [
    [
      'a role’s session',
      session(),
      { type: 'service_account', id: SESSION_ARN, name: 'build-17', roles: ['deploy'] },
    ],
    [
      'a session of Identity Center is a person',
      session({}, { sessionIssuer: { arn: ssoArn, userName: 'AWSReservedSSO_Dev_1' } }),
      { type: 'user', id: SESSION_ARN, name: 'build-17', roles: ['AWSReservedSSO_Dev_1'] },
    ],
    [
      'a session named by an e-mail address is a person',
      { type: 'AssumedRole', arn: mail },
      { type: 'user', id: mail, name: 'ada@example.com', email: 'ada@example.com', roles: ['Dev'] },
    ],
    [
      'a session with MFA is a person',
      session({}, { attributes: { mfaAuthenticated: 'true' } }),
      { type: 'user', id: SESSION_ARN, name: 'build-17', roles: ['deploy'] },
    ],
    [
      'the root user',
      { type: 'Root', principalId: '1', arn: 'arn:aws:iam::1:root' },
      { type: 'user', id: 'arn:aws:iam::1:root', name: 'root' },
    ],
    [
      'a federated user',
      { type: 'FederatedUser', arn: 'arn:aws:sts::1:federated-user/Eve' },
      { type: 'user', id: 'arn:aws:sts::1:federated-user/Eve', name: 'Eve' },
    ],
    [
      'an Identity Center user',
      { type: 'IdentityCenterUser', onBehalfOf: { userId: 'u-9', identityStoreArn: 'a' } },
      { type: 'user', id: 'u-9' },
    ],
    [
      'a service',
      { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' },
      { type: 'system', id: 'lambda.amazonaws.com' },
    ],
    [
      'another account',
      { type: 'AWSAccount', principalId: 'AROA:x', accountId: '2' },
      { type: 'service_account', id: 'AROA:x' },
    ],
    ['nobody', anonymous, { type: 'anonymous' }],
    [
      'somebody CloudTrail could not name',
      { type: 'Unknown', principalId: 'p-1', userName: 'Bo' },
      { type: 'anonymous', id: 'p-1', name: 'Bo' },
    ],
    [
      'an identity without arn',
      { type: 'IAMUser', arn: '', userName: 'x' },
      { type: 'user', id: 'x', name: 'x' },
    ],
    [
      'a service without a type',
      { accountId: '1', invokedBy: 'eks.amazonaws.com' },
      { type: 'system', id: 'eks.amazonaws.com' },
    ],
  ];
  for (const [what, userIdentity, actor] of cases) {
    test(what, () => assert.deepEqual(mapped({ userIdentity }).actor, actor));
  }

  test('a session from the console is a person, and the person that it stands for is named', () => {
    const userIdentity = session({ onBehalfOf: { userId: 'u-9' } });
    const event = mapped({ userIdentity, sessionCredentialFromConsole: 'true' });
    assert.equal(event.actor.type, 'user');
    assert.deepEqual(event.on_behalf_of, [{ type: 'user', id: 'u-9' }]);
    assert.equal(event.source?.initiator, 'user');
  });

  test('an event of a service itself has the service as actor', () => {
    const event = mapped({ userIdentity: undefined, eventType: 'AwsServiceEvent' });
    assert.deepEqual(event.actor, { type: 'system', id: 'iam.amazonaws.com' });
    assert.equal(event.source?.initiator, 'system');
  });
});

test('outcomes', () => {
  const login = { eventName: 'ConsoleLogin', eventType: 'AwsConsoleSignIn' };
  const cases: Array<[object, EventInput['outcome']]> = [
    [{ errorCode: '' }, { result: 'success' }],
    [{ errorCode: 'AccessDenied' }, { result: 'denied', code: 'AccessDenied' }],
    [{ errorCode: 'VpceAccessDenied' }, { result: 'denied', code: 'VpceAccessDenied' }],
    [
      { errorCode: 'Client.UnauthorizedOperation', errorMessage: 'no' },
      { result: 'denied', code: 'Client.UnauthorizedOperation', reason: 'no' },
    ],
    [{ errorCode: 'NoSuchEntity' }, { result: 'failure', code: 'NoSuchEntity' }],
    [{ ...login, responseElements: { ConsoleLogin: 'Success' } }, { result: 'success' }],
    [
      { ...login, responseElements: { ConsoleLogin: 'Failure' }, errorMessage: 'wrong' },
      { result: 'failure', reason: 'wrong' },
    ],
    [{ ...login, responseElements: null }, { result: 'unknown' }],
    [
      { ...login, eventName: 'PasswordUpdated', responseElements: { PasswordUpdated: 'Failure' } },
      { result: 'failure' },
    ],
  ];
  for (const [changes, outcome] of cases) assert.deepEqual(mapped(changes).outcome, outcome);
});

test('operations only where they are certain', () => {
  const cases: Array<[object, EventInput['operation']]> = [
    [{ eventName: 'ListUsers', readOnly: true }, 'read'],
    [{ eventName: 'CreateUser', readOnly: undefined }, undefined],
    [{ eventName: 'DeleteTrail', readOnly: 'false' }, 'delete'],
    [{ eventName: 'PutObject' }, 'update'],
    [{ eventName: 'StopLogging' }, undefined],
    [{ eventName: 'Creates' }, undefined],
    [{ eventName: 'ConsoleLogin' }, 'login'],
  ];
  for (const [changes, operation] of cases) assert.equal(mapped(changes).operation, operation);
});

test('the caller: an address, a service, or neither', () => {
  const sourceOf = (changes: object) => {
    const { source, context } = mapped(changes);
    return { ip: context?.ip, component: source?.component, initiator: source?.initiator };
  };
  const service = 'cloudformation.amazonaws.com';
  assert.deepEqual(sourceOf({ sourceIPAddress: service }), {
    ip: undefined,
    component: service,
    initiator: 'system',
  });
  assert.deepEqual(sourceOf({ sourceIPAddress: '2001:db8::1' }), {
    ip: '2001:db8::1',
    component: undefined,
    initiator: 'api',
  });
  assert.deepEqual(sourceOf({ sourceIPAddress: '035.249.253.232' }), {
    ip: undefined,
    component: undefined,
    initiator: 'api',
  });
  const userIdentity = { ...RECORD.userIdentity, invokedBy: 'signin.amazonaws.com' };
  assert.equal(sourceOf({ userIdentity }).initiator, 'user');
});

test('targets', () => {
  const ec2 = { eventSource: 'ec2.amazonaws.com', eventName: 'TerminateInstances' };
  const items = [{ instanceId: 'i-1' }, { instanceId: 'i-2' }];
  const cases: Array<[object, EventInput['targets']]> = [
    [
      { resources: [{ ARN: ROLE_ARN, type: 'AWS::IAM::Role' }, { arn: 'arn:aws:s3:::b' }, {}] },
      [
        { type: 'AWS::IAM::Role', id: ROLE_ARN },
        { type: 'aws_resource', id: 'arn:aws:s3:::b' },
      ],
    ],
    [
      { requestParameters: { userName: 'bob', policyArn: 'arn:aws:iam::aws:policy/Admin' } },
      [
        { type: 'AWS::IAM::User', id: 'bob' },
        { type: 'AWS::IAM::ManagedPolicy', id: 'arn:aws:iam::aws:policy/Admin', role: 'related' },
      ],
    ],
    [
      { ...ec2, requestParameters: { instancesSet: { items } } },
      [
        { type: 'AWS::EC2::Instance', id: 'i-1' },
        { type: 'AWS::EC2::Instance', id: 'i-2' },
      ],
    ],
    [
      { ...ec2, eventName: 'RunInstances', requestParameters: { subnetId: 's-1' } },
      [{ type: 'AWS::EC2::Subnet', id: 's-1', role: 'related' }],
    ],
    [
      {
        eventSource: 's3.amazonaws.com',
        eventName: 'GetObject',
        requestParameters: { bucketName: 'b', key: 'k/1' },
      },
      [
        { type: 'AWS::S3::Object', id: 'b/k/1' },
        { type: 'AWS::S3::Bucket', id: 'b', role: 'parent' },
      ],
    ],
    [{ requestParameters: { somethingElse: 'x' } }, undefined],
    [{ requestParameters: 'text', resources: 'text' }, undefined],
    [{ eventSource: 'new.amazonaws.com', requestParameters: { userName: 'x' } }, undefined],
  ];
  for (const [changes, targets] of cases) assert.deepEqual(mapped(changes).targets, targets);
});

test('what is longer than a field may be is shortened; the original has it whole', () => {
  const resources = Array.from({ length: 25 }, (_, at) => ({ ARN: `arn:aws:s3:::b${at}` }));
  const event = mapped({
    resources,
    userAgent: '😀'.repeat(LIMITS.userAgent),
    errorCode: 'X'.repeat(400),
    errorMessage: 'y'.repeat(LIMITS.text + 1),
  });
  assert.equal(event.targets?.length, LIMITS.targets);
  assert.equal(event.metadata?.['targets_omitted'], 5);
  assert.match(event.outcome?.reason ?? '', /y…$/);
  assert((event.context?.user_agent ?? '').isWellFormed());
});

test('the guide lists the parameters that make targets', async () => {
  const path = new URL('../../../../docs/guide/import.md', import.meta.url);
  const [, rest = ''] = (await readFile(path, 'utf8')).split('| service | parameters |');
  const [table = ''] = rest.split('\n\n');
  const rows = [...table.matchAll(/^\| ([a-z0-9-]+) \| (.*) \|$/gm)].map(
    ([, service, cell = '']) => [
      service,
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name).filter((name) => name !== 'key'),
    ],
  );
  const names = Object.entries(PARAMETERS).map(([service, each]) => [service, Object.keys(each)]);
  assert.deepEqual(rows, names);
});
