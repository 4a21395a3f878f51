import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EventInput, LIMITS } from '@annals/contract/event';
import { guideRows, guideSection, unnamed } from '../../test/guide.ts';
import { mappedBy, unmappedBy } from '../../test/importers.ts';
import { CODES, COLLECTIONS, FIELDS, gcp } from './gcp.ts';

const BUCKET = 'projects/_/buckets/files';
const PAYLOAD = {
  '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
  status: {},
  authenticationInfo: {
    principalEmail: 'ada@example.com',
    principalSubject: 'user:ada@example.com',
    oauthInfo: { oauthClientId: 'client-1' },
  },
  requestMetadata: {
    callerIp: '192.0.2.7',
    callerSuppliedUserAgent: 'gcloud/1',
    callerNetwork: '//compute.googleapis.com/projects/p/global/networks/n',
    requestAttributes: { time: '2026-01-02T03:04:05Z', reason: 'ticket 7' },
  },
  serviceName: 'storage.googleapis.com',
  methodName: 'storage.objects.create',
  authorizationInfo: [
    { resource: `${BUCKET}/objects/a/b.txt`, permission: 'storage.objects.create', granted: true },
  ],
  resourceName: `${BUCKET}/objects/a/b.txt`,
  resourceLocation: { currentLocations: ['eu'] },
};
const ENTRY = {
  insertId: 'i-1',
  logName: 'projects/acme/logs/cloudaudit.googleapis.com%2Fdata_access',
  protoPayload: PAYLOAD,
  resource: { type: 'gcs_bucket', labels: { project_id: 'acme', bucket_name: 'files', zone: '' } },
  labels: { team: 'web' },
  severity: 'NOTICE',
  timestamp: '2026-01-02T03:04:05.678901234Z',
  receiveTimestamp: '2026-01-02T03:04:06Z',
  operation: { id: 'o-1', producer: 'storage.googleapis.com', first: true },
  trace: 'projects/acme/traces/t-1',
};

const mapped = (payload: object = {}, entry: object = {}) =>
  mappedBy(gcp, { ...ENTRY, ...entry, protoPayload: { ...PAYLOAD, ...payload } });
const unmapped = (record: unknown) => unmappedBy(gcp, record);

test('every field goes where the table says', () => {
  const { id, ...event } = mapped();
  assert.match(id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  assert.deepEqual(event, {
    occurred_at: '2026-01-02T03:04:05.678Z',
    event_type: 'data_access',
    action: 'storage.objects.create',
    operation: 'create',
    severity: 'info',
    actor: { type: 'user', id: 'ada@example.com', email: 'ada@example.com' },
    targets: [
      { type: 'object', id: `${BUCKET}/objects/a/b.txt`, name: 'a/b.txt' },
      { type: 'bucket', id: BUCKET, name: 'files', role: 'parent' },
      { type: 'project', id: 'projects/acme', name: 'acme', role: 'parent' },
    ],
    outcome: { result: 'success' },
    source: { initiator: 'api', application: 'storage.googleapis.com' },
    context: {
      ip: '192.0.2.7',
      user_agent: 'gcloud/1',
      trace_id: 'projects/acme/traces/t-1',
      correlation_id: 'o-1',
    },
    reason: { text: 'ticket 7' },
    labels: { project_id: 'acme', bucket_name: 'files', team: 'web' },
    metadata: {
      log_name: ENTRY.logName,
      resource_type: 'gcs_bucket',
      project_id: 'acme',
      locations: ['eu'],
      principal_subject: 'user:ada@example.com',
      oauth_client_id: 'client-1',
      caller_network: '//compute.googleapis.com/projects/p/global/networks/n',
      original: JSON.stringify({ ...ENTRY, protoPayload: PAYLOAD }),
    },
  });
});

test('the id comes from log, time and insertId, which Google keeps unique', () => {
  const { id } = mapped();
  assert.equal(mapped({ status: { code: 5 } }).id, id);
  for (const entry of [{ insertId: 'i-2' }, { timestamp: '2026-01-02T03:04:06Z' }]) {
    assert.notEqual(mapped({}, entry).id, id);
  }
  const bare = { insertId: undefined };
  assert.notEqual(mapped({}, bare).id, mapped({ status: { code: 5 } }, bare).id);
});

test('what is no audit log, or has no time, is not mapped', () => {
  assert.equal(unmapped(null), 'not a JSON object');
  assert.match(
    unmapped({ ...ENTRY, protoPayload: undefined, textPayload: 'x' }),
    /no protoPayload/,
  );
  assert.match(unmapped({ ...ENTRY, protoPayload: '...' }), /no protoPayload/);
  const other = {
    ...PAYLOAD,
    '@type': 'type.googleapis.com/google.appengine.logging.v1.RequestLog',
  };
  assert.match(unmapped({ ...ENTRY, protoPayload: other }), /not an audit log/);
  assert.match(unmapped({ ...ENTRY, timestamp: '', receiveTimestamp: '' }), /no timestamp/);
  const spaced = { ...PAYLOAD, methodName: 'two words' };
  assert.match(unmapped({ ...ENTRY, protoPayload: spaced }), /name of an action/);
});

test('an entry in lower case, and one without a time of its own', () => {
  const { protoPayload: protopayload, insertId: insertid, logName: logname, ...rest } = ENTRY;
  assert.equal(mappedBy(gcp, { ...rest, protopayload, insertid, logname }).id, mapped().id);
  const received = mapped({}, { timestamp: undefined });
  assert.equal(received.occurred_at, '2026-01-02T03:04:06.000Z');
});

test('a method of one word gets its service before it', () => {
  const encrypt = { methodName: 'Encrypt', serviceName: 'cloudkms.googleapis.com' };
  assert.equal(mapped(encrypt).action, 'cloudkms.Encrypt');
  assert.equal(mapped({ ...encrypt, serviceName: undefined }).action, 'Encrypt');
  assert.equal(mapped({ ...encrypt, serviceName: 'k8s.io' }).action, 'k8s.io.Encrypt');
});

describe('actors', () => {
  const robot = 'robot@acme.iam.gserviceaccount.com';
  const cases: Array<[string, unknown, EventInput['actor']]> = [
    [
      'a service account by its address',
      { principalEmail: robot },
      { type: 'service_account', id: robot, email: robot },
    ],
    [
      'a service account by its subject',
      { principalEmail: 'a@example.com', principalSubject: 'serviceAccount:a@example.com' },
      { type: 'service_account', id: 'a@example.com', email: 'a@example.com' },
    ],
    [
      'a service account of Kubernetes',
      { principalEmail: 'system:serviceaccount:kube-system:deployer' },
      { type: 'service_account', id: 'system:serviceaccount:kube-system:deployer' },
    ],
    [
      'a part of Kubernetes',
      { principalEmail: 'system:kube-scheduler' },
      { type: 'system', id: 'system:kube-scheduler' },
    ],
    [
      'nobody, as Kubernetes says it',
      { principalEmail: 'system:anonymous' },
      { type: 'anonymous', id: 'system:anonymous' },
    ],
    [
      'a person of another company’s directory',
      { principalSubject: 'principal://iam.googleapis.com/x/workforcePools/p/subject/eve' },
      { type: 'user', id: 'principal://iam.googleapis.com/x/workforcePools/p/subject/eve' },
    ],
    [
      'a workload',
      { principalSubject: 'principal://iam.googleapis.com/x/workloadIdentityPools/p/subject/w' },
      {
        type: 'service_account',
        id: 'principal://iam.googleapis.com/x/workloadIdentityPools/p/subject/w',
      },
    ],
    ['nobody', {}, { type: 'anonymous' }],
    ['no member at all', undefined, { type: 'anonymous' }],
  ];
  for (const [what, authenticationInfo, actor] of cases) {
    test(what, () => assert.deepEqual(mapped({ authenticationInfo }).actor, actor));
  }

  test('a system event is Google’s own', () => {
    const logName = 'projects/acme/logs/cloudaudit.googleapis.com%2Fsystem_event';
    const event = mapped({ authenticationInfo: undefined }, { logName });
    assert.deepEqual(event.actor, { type: 'system', id: 'storage.googleapis.com' });
    assert.equal(event.source?.initiator, 'system');
    assert.equal(event.event_type, 'system_event');
  });

  test('who had a service account act', () => {
    const serviceAccountDelegationInfo = [
      { firstPartyPrincipal: { principalEmail: 'ada@example.com' } },
      { principalSubject: `serviceAccount:${robot}` },
      {},
    ];
    const event = mapped({
      authenticationInfo: { principalEmail: robot, serviceAccountDelegationInfo },
    });
    assert.deepEqual(event.on_behalf_of, [
      { type: 'user', id: 'ada@example.com', email: 'ada@example.com' },
      { type: 'service_account', id: `serviceAccount:${robot}` },
    ]);
  });
});

test('outcomes', () => {
  const refused = { granted: false, permission: 'x' };
  const cases: Array<[object, EventInput['outcome']]> = [
    [{ status: undefined }, { result: 'success' }],
    [{ status: { code: 0, message: 'OK' } }, { result: 'success', reason: 'OK' }],
    [
      { status: { code: 7, message: 'no' } },
      { result: 'denied', code: 'PERMISSION_DENIED', reason: 'no' },
    ],
    [{ status: { code: 16 } }, { result: 'denied', code: 'UNAUTHENTICATED' }],
    [{ status: { code: 5 } }, { result: 'failure', code: 'NOT_FOUND' }],
    [{ status: { code: 409 } }, { result: 'failure', code: '409' }],
    [{ authorizationInfo: [refused, refused] }, { result: 'denied' }],
    [{ authorizationInfo: [refused, { granted: true }] }, { result: 'success' }],
    [{ authorizationInfo: [refused, { permission: 'y' }] }, { result: 'success' }],
    [{ authorizationInfo: [] }, { result: 'success' }],
  ];
  for (const [payload, outcome] of cases) assert.deepEqual(mapped(payload).outcome, outcome);
  assert.equal(CODES.indexOf('UNAUTHENTICATED'), 16);
});

test('operations only where they are certain', () => {
  const cases: Array<[string, EventInput['operation']]> = [
    ['v1.compute.instances.insert', 'create'],
    ['google.iam.admin.v1.CreateServiceAccountKey', 'create'],
    ['v1.compute.instances.aggregatedList', 'read'],
    ['google.logging.v2.ConfigServiceV2.GetSink', 'read'],
    ['v1.compute.firewalls.patch', 'update'],
    ['google.iam.v1.WorkloadIdentityPools.UndeleteWorkloadIdentityPool', 'update'],
    ['cloudsql.instances.export', 'export'],
    ['DestroyCryptoKeyVersion', 'delete'],
    ['GenerateAccessToken', 'invoke'],
    ['io.k8s.core.v1.pods.exec.create', 'invoke'],
    ['google.admin.AdminService.addGroupMember', 'grant'],
    ['google.admin.AdminService.inboundSsoProfileDeleted', 'delete'],
    ['google.login.LoginService.loginFailure', 'login'],
    ['google.login.LoginService.logout', 'logout'],
    ['SetIamPolicy', 'update'],
    ['v1.compute.instances.reset', undefined],
  ];
  for (const [methodName, operation] of cases) {
    assert.equal(mapped({ methodName }).operation, operation, methodName);
  }
});

test('a policy: who got and who lost which role', () => {
  const delta = (...bindingDeltas: object[]) => ({
    methodName: 'SetIamPolicy',
    serviceData: { policyDelta: { bindingDeltas } },
  });
  const added = { action: 'ADD', role: 'roles/viewer', member: 'allUsers' };
  const removed = { action: 'REMOVE', role: 'roles/owner', member: 'user:bob@example.com' };
  const granted = mapped(delta(added));
  assert.equal(granted.operation, 'grant');
  assert.deepEqual(granted.changes, [{ path: '/bindings/roles~1viewer', after: 'allUsers' }]);
  assert.equal(mapped(delta(removed)).operation, 'revoke');
  assert.deepEqual(mapped(delta(removed)).changes, [
    { path: '/bindings/roles~1owner', before: 'user:bob@example.com' },
  ]);
  assert.equal(mapped(delta(added, removed)).operation, 'update');
  const permissionDelta = { addedPermissions: ['a.get'], removedPermissions: ['a.set'] };
  assert.deepEqual(mapped({ serviceData: { permissionDelta } }).changes, [
    { path: '/permissions', after: 'a.get' },
    { path: '/permissions', before: 'a.set' },
  ]);
});

describe('targets', () => {
  const own = { type: 'project', id: 'projects/acme', name: 'acme' };
  const project = { ...own, role: 'parent' as const };
  const cases: Array<[string, string | undefined, EventInput['targets']]> = [
    [
      'a name that says its project',
      'projects/p/zones/z/instances/vm',
      [
        { type: 'instance', id: 'projects/p/zones/z/instances/vm', name: 'vm' },
        { type: 'project', id: 'projects/p', name: 'p', role: 'parent' },
      ],
    ],
    [
      'a full name with its service',
      '//storage.googleapis.com/projects/_/buckets/files',
      [{ type: 'bucket', id: BUCKET, name: 'files' }, project],
    ],
    ['a collection', 'projects/acme/builds', [own]],
    [
      'a thing of Kubernetes and a way of using it',
      'apps/v1/namespaces/web/deployments/shop/scale',
      [
        { type: 'deployment', id: 'apps/v1/namespaces/web/deployments/shop', name: 'shop' },
        { type: 'namespace', id: 'apps/v1/namespaces/web', name: 'web', role: 'parent' },
        project,
      ],
    ],
    [
      'a thing of an unknown kind has the entry’s type',
      'projects/acme/gizmos/7',
      [{ type: 'gcs_bucket', id: 'projects/acme/gizmos/7' }, project],
    ],
    ['no name', undefined, [project]],
  ];
  for (const [what, resourceName, targets] of cases) {
    test(what, () => {
      const event = mapped({ resourceName, authorizationInfo: [] });
      assert.deepEqual(event.targets, targets);
    });
  }

  test('the cluster is a parent of what is inside of it', () => {
    const labels = { project_id: 'acme', cluster_name: 'blue', location: 'eu' };
    const resource = { type: 'k8s_cluster', labels };
    const resourceName = 'core/v1/namespaces/web/pods/a';
    const { targets } = mapped({ resourceName, authorizationInfo: [] }, { resource });
    assert.deepEqual(targets?.slice(2), [
      { type: 'project', id: 'projects/acme', name: 'acme', role: 'parent' },
      {
        type: 'cluster',
        id: 'projects/acme/locations/eu/clusters/blue',
        name: 'blue',
        role: 'parent',
      },
    ]);
  });

  test('other resources are related, each once, and no more than an event may have', () => {
    const authorizationInfo = Array.from({ length: 30 }, (_, at) => ({
      resource: `projects/acme/topics/${at % 25}`,
    }));
    const event = mapped({ authorizationInfo });
    assert.equal(event.targets?.length, LIMITS.targets);
    assert.deepEqual(event.targets?.at(-1), {
      type: 'topic',
      id: 'projects/acme/topics/16',
      name: '16',
      role: 'related',
    });
    assert.equal(event.metadata?.['targets_omitted'], 8);
  });
});

test('members that are not what they should be are left out', () => {
  const event = mapped(
    { requestMetadata: '...', request: '...', resourceLocation: '...', serviceData: [] },
    { resource: '...', labels: { many: { x: 1 } }, operation: null, severity: 'LOUD' },
  );
  assert.equal(event.context?.ip, undefined);
  assert.equal(event.labels, undefined);
  assert.equal(event.severity, undefined);
  const inside = mapped({ requestMetadata: { callerIp: 'gce-internal-ip' } });
  assert.equal(inside.context?.ip, undefined);
});

test('the guide says what the tables say', async () => {
  const section = await guideSection('Google Cloud: what maps where');
  for (const row of guideRows(FIELDS)) assert(section.includes(row), row);
  assert.deepEqual(unnamed(section, Object.keys(COLLECTIONS)), []);
});
