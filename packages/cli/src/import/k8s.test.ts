import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type EventInput, LIMITS } from '@annals/contract/event';
import { mappedBy, unmappedBy } from '../../test/importers.ts';
import { k8s, OPERATION_OF_VERB, OPERATIONS_OF_RESOURCE } from './k8s.ts';

const RECORD = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: '0a1b2c3d-1111-4222-8333-444455556666',
  stage: 'ResponseComplete',
  requestURI: '/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl',
  verb: 'patch',
  user: { username: 'ada@example.com', uid: 'u-1', groups: ['developers', 'system:authenticated'] },
  sourceIPs: ['192.0.2.7', '10.0.0.1'],
  userAgent: 'kubectl/v1.31.0',
  objectRef: {
    resource: 'deployments',
    namespace: 'shop',
    name: 'web',
    apiGroup: 'apps',
    apiVersion: 'v1',
  },
  responseStatus: { code: 200 },
  requestObject: { spec: { replicas: 3, 'a/b': ['x'] } },
  requestReceivedTimestamp: '2026-01-02T03:04:05.123456Z',
  stageTimestamp: '2026-01-02T03:04:05.223456Z',
  annotations: {
    'authorization.k8s.io/decision': 'allow',
    'authorization.k8s.io/reason': 'RBAC: allowed',
  },
};

/** The event of the record with these changes. */
const mapped = (changes: object = {}): EventInput => mappedBy(k8s, { ...RECORD, ...changes });
const unmapped = (record: unknown): string => unmappedBy(k8s, record);

test('every field goes where the table says', () => {
  const { id, ...event } = mapped();
  assert.match(String(id), /^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  assert.deepEqual(event, {
    occurred_at: '2026-01-02T03:04:05.123Z',
    event_type: 'apps',
    action: 'deployments.patch',
    operation: 'update',
    actor: {
      type: 'user',
      id: 'ada@example.com',
      name: 'ada@example.com',
      email: 'ada@example.com',
      roles: ['developers', 'system:authenticated'],
    },
    targets: [
      { type: 'deployments', id: 'shop/web', name: 'web' },
      { type: 'namespaces', id: 'shop', name: 'shop', role: 'parent' },
    ],
    changes: [
      { path: '/spec/replicas', after: 3 },
      { path: '/spec/a~1b', after: ['x'] },
    ],
    outcome: { result: 'success', code: '200' },
    source: { initiator: 'api', application: 'kubernetes' },
    context: {
      ip: '192.0.2.7',
      user_agent: 'kubectl/v1.31.0',
      request_id: '0a1b2c3d-1111-4222-8333-444455556666',
    },
    metadata: {
      stage: 'ResponseComplete',
      level: 'RequestResponse',
      api_version: 'v1',
      request_uri: '/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl',
      authorization_decision: 'allow',
      authorization_reason: 'RBAC: allowed',
      user_uid: 'u-1',
      source_ips: ['192.0.2.7', '10.0.0.1'],
      original: JSON.stringify(RECORD),
    },
  });
});

test('the id is of request and stage; without a request’s id, of the text', () => {
  assert.equal(mapped().id, mapped({ level: 'Metadata' }).id);
  assert.notEqual(mapped().id, mapped({ stage: 'Panic' }).id);
  assert.notEqual(mapped().id, mapped({ auditID: 'other' }).id);
  const nameless = mapped({ auditID: undefined });
  assert.equal(nameless.id, mapped({ auditID: undefined }).id);
  assert.notEqual(nameless.id, mapped({ auditID: undefined, level: 'Metadata' }).id);
});

test('of a request’s stages the last is the event; a shell is one when it opens, too', () => {
  const exec = { objectRef: { ...RECORD.objectRef, resource: 'pods', subresource: 'exec' } };
  const skipped = /^stage \w+: the request’s last stage is its event$/;
  assert.match(unmapped({ ...RECORD, stage: 'RequestReceived' }), skipped);
  assert.match(unmapped({ ...RECORD, ...exec, stage: 'RequestReceived' }), skipped);
  assert.match(unmapped({ ...RECORD, verb: 'watch', stage: 'ResponseStarted' }), skipped);
  const begun = mapped({ ...exec, verb: 'create', stage: 'ResponseStarted' });
  assert.equal(begun.metadata?.['stage'], 'ResponseStarted');
  assert.notEqual(begun.id, mapped({ ...exec, verb: 'create' }).id);
  assert.equal(mapped({ stage: 'Panic', responseStatus: undefined }).outcome?.result, 'failure');
});

test('what is no whole audit event is not mapped, and the reason is said', () => {
  assert.equal(unmapped([]), 'not a JSON object');
  assert.match(unmapped({}), /^not a Kubernetes audit event/);
  // An event of the cluster, such as `kubectl get events` lists.
  assert.match(unmapped({ ...RECORD, apiVersion: 'v1' }), /^not a Kubernetes audit event/);
  assert.match(unmapped({ kind: 'EventList', items: [RECORD] }), /give its items/);
  assert.match(unmapped({ protoPayload: {} }), /Google Cloud/);
  const missing = { kind: 'Event', user: {}, verb: '' };
  assert.match(unmapped(missing), /no verb, user.username, requestReceivedTimestamp$/);
  assert.match(unmapped({ ...RECORD, user: 'ada' }), /no user.username$/);
  assert.match(unmapped({ ...RECORD, requestReceivedTimestamp: 'yesterday' }), /not a time/);
  assert.match(unmapped({ ...RECORD, verb: 'get put' }), /name of an action/);
  const broken = { category: 'kube-audit', properties: { log: '{"kind":' } };
  assert.match(unmapped(broken), /holds no JSON object/);
});

test('actors', () => {
  const cases: Array<[string, EventInput['actor']['type'], string?]> = [
    ['ada', 'user'],
    ['system:admin', 'user'],
    ['system:anonymous', 'anonymous'],
    ['system:serviceaccount:kube-system:coredns', 'service_account', 'kube-system/coredns'],
    ['robot@project.iam.gserviceaccount.com', 'service_account'],
    ['system:node:worker-1', 'system'],
    ['eks:addon-manager', 'system'],
  ];
  for (const [username, type, name] of cases) {
    const { actor, source } = mapped({ user: { username } });
    assert.deepEqual(actor, { type, id: username, ...(name === undefined ? {} : { name }) });
    assert.equal(source?.initiator, type === 'system' ? 'system' : 'api');
  }
});

test('impersonation: the one who called is the actor, the other one stands behind', () => {
  const impersonatedUser = { username: 'system:serviceaccount:shop:robot', groups: ['x'] };
  const event = mapped({ impersonatedUser });
  assert.equal(event.actor.id, 'ada@example.com');
  assert.deepEqual(event.on_behalf_of, [
    { type: 'service_account', id: 'system:serviceaccount:shop:robot', name: 'shop/robot' },
  ]);
});

test('outcomes', () => {
  const forbid = { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': 'no' };
  const cases: Array<[object, EventInput['outcome']]> = [
    [{ responseStatus: { code: 101 } }, { result: 'success', code: '101' }],
    [{ responseStatus: { code: 401 } }, { result: 'denied', code: '401' }],
    [
      { responseStatus: { code: 403, reason: 'Forbidden', message: 'pods is forbidden' } },
      { result: 'denied', code: '403', reason: 'pods is forbidden' },
    ],
    [
      { responseStatus: { code: 409, reason: 'Conflict' } },
      { result: 'failure', code: '409', reason: 'Conflict' },
    ],
    [{ responseStatus: {} }, { result: 'unknown' }],
    [
      { responseStatus: {}, annotations: forbid },
      { result: 'denied', reason: 'no' },
    ],
  ];
  for (const [changes, outcome] of cases) assert.deepEqual(mapped(changes).outcome, outcome);
});

test('operations: by verb, and by what the resource is', () => {
  const cases: Array<[string, string | undefined, string, EventInput['operation']]> = [
    ['pods', undefined, 'list', 'read'],
    ['pods', undefined, 'deletecollection', 'delete'],
    ['pods', 'exec', 'get', 'invoke'],
    ['pods', 'eviction', 'create', 'delete'],
    ['clusterrolebindings', undefined, 'create', 'grant'],
    ['clusterrolebindings', undefined, 'get', 'read'],
    ['rolebindings', undefined, 'delete', 'revoke'],
    ['selfsubjectaccessreviews', undefined, 'create', 'read'],
    ['pods', undefined, 'propfind', undefined],
  ];
  for (const [resource, subresource, verb, operation] of cases) {
    const event = mapped({ objectRef: { resource, subresource, name: 'x' }, verb });
    assert.equal(event.operation, operation, `${resource}/${subresource} ${verb}`);
  }
});

test('targets: a path, a namespace, a new object, a binding with whom it binds', () => {
  const targetsOf = (changes: object) => mapped({ verb: 'create', ...changes }).targets;
  assert.deepEqual(targetsOf({ objectRef: undefined, requestURI: '/healthz?verbose' }), [
    { type: 'url', id: '/healthz' },
  ]);
  assert.deepEqual(
    targetsOf({ objectRef: { resource: 'namespaces', namespace: 'a', name: 'a' } }),
    [{ type: 'namespaces', id: 'a', name: 'a' }],
  );
  assert.deepEqual(targetsOf({ objectRef: { resource: 'secrets', namespace: 'a' } }), [
    { type: 'namespaces', id: 'a', name: 'a', role: 'parent' },
  ]);
  assert.equal(targetsOf({ objectRef: { resource: 'nodes' } }), undefined);
  assert.deepEqual(
    targetsOf({
      objectRef: { resource: 'pods', namespace: 'a' },
      responseObject: { metadata: { name: 'web-x7' } },
    })?.[0],
    { type: 'pods', id: 'a/web-x7', name: 'web-x7' },
  );
  const requestObject = {
    roleRef: { kind: 'Role', name: 'editor' },
    subjects: [
      { kind: 'User', name: 'bob' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'b' },
      { kind: 'Robot', name: 'x' },
      'text',
    ],
  };
  const objectRef = { resource: 'rolebindings', namespace: 'a', name: 'editors' };
  assert.deepEqual(targetsOf({ objectRef, requestObject }), [
    { type: 'rolebindings', id: 'a/editors', name: 'editors' },
    { type: 'namespaces', id: 'a', name: 'a', role: 'parent' },
    { type: 'roles', id: 'a/editor', role: 'related' },
    { type: 'users', id: 'bob', role: 'related' },
    { type: 'serviceaccounts', id: 'b/robot', role: 'related' },
  ]);
  const many = Array.from({ length: 30 }, (_, index) => ({ kind: 'User', name: `u-${index}` }));
  const event = mapped({ objectRef, requestObject: { subjects: many } });
  assert.equal(event.targets?.length, LIMITS.targets);
  assert.equal(event.metadata?.['targets_omitted'], 12);
});

test('AKS: the record is unwrapped, and the cluster is a parent', () => {
  const cluster = '/subscriptions/1/managedClusters/shop';
  const wrapper = {
    category: 'kube-audit',
    resourceId: cluster,
    properties: { log: JSON.stringify(RECORD) },
  };
  const event = mappedBy(k8s, wrapper);
  assert.equal(event.id, mapped().id);
  assert.deepEqual(event.targets?.at(-1), { type: 'cluster', id: cluster, role: 'parent' });
  assert.equal(event.metadata?.['original'], JSON.stringify(wrapper));
});

test('a Secret’s values are in no field, wrapped or not', () => {
  const body = { data: { ordinary_name: 'cGFzcw==' } };
  const secret = {
    ...RECORD,
    objectRef: { resource: 'secrets', namespace: 'a', name: 's' },
    requestObject: body,
    responseObject: { ...body, metadata: { name: 's' } },
  };
  const wrapper = { category: 'kube-audit', properties: { log: JSON.stringify(secret) } };
  for (const record of [secret, wrapper]) {
    const event = mappedBy(k8s, record);
    assert(!JSON.stringify(event).includes('cGFzcw'));
    assert.match(String(event.metadata?.['original']), /ada@example.com/);
    assert.equal(event.changes, undefined);
  }
});

test('changes: of a patch only, and only if all of them fit', () => {
  const steps = [
    { op: 'test', path: '/spec/paused', value: false },
    { op: 'replace', path: '/spec/paused', value: true },
    { op: 'remove', path: '/spec/strategy' },
  ];
  assert.deepEqual(mapped({ requestObject: steps }).changes, [
    { path: '/spec/paused', after: true },
    { path: '/spec/strategy' },
  ]);
  assert.equal(mapped({ verb: 'update' }).changes, undefined);
  assert.equal(mapped({ requestObject: undefined }).changes, undefined);
  assert.equal(mapped({ requestObject: { text: 'x'.repeat(10_000) } }).changes, undefined);
  assert.equal(mapped({ requestObject: [{ path: 'no pointer', value: 1 }] }).changes, undefined);
  assert.equal(mapped({ requestObject: { number: 2 ** 60 } }).changes, undefined);
  const deep = JSON.parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`);
  assert.equal(mapped({ requestObject: deep }).changes, undefined);
});

test('what is longer than a field may be is shortened, and the command of a shell is named', () => {
  const event = mapped({
    requestURI: `/api/v1/pods/b/exec?command=sh&command=-c&command=${'x'.repeat(5_000)}`,
    userAgent: 'x'.repeat(2_000),
    responseStatus: { code: 500, message: 'y'.repeat(LIMITS.text + 1) },
    user: { username: 'ada', groups: Array.from({ length: 60 }, (_, index) => `g-${index}`) },
    sourceIPs: ['no address'],
  });
  assert.match(String(event.metadata?.['command']), /^sh -c x+…$/);
  assert.match(event.outcome?.reason ?? '', /y…$/);
  assert.equal(event.actor.roles?.length, LIMITS.roles);
  assert.equal(event.context?.ip, undefined);
});

test('the guide lists the operations', async () => {
  const path = new URL('../../../../docs/guide/import.md', import.meta.url);
  const guide = await readFile(path, 'utf8');
  const rowsUnder = (heading: string): string[][] => {
    const [, table = ''] = guide.split(heading);
    const [lines = ''] = table.split('\n\n');
    return [...lines.matchAll(/^\| (`.*`) \| `(\w+)` \|$/gm)].map(
      ([, cell = '', operation = '']) => [...cell.replaceAll('`', '').split(', '), operation],
    );
  };
  const listed = rowsUnder('| verb | `operation` |').flatMap((row) =>
    row.slice(0, -1).map((verb) => [verb, row.at(-1)]),
  );
  assert.deepEqual(Object.fromEntries(listed), OPERATION_OF_VERB);
  const special = rowsUnder('| resource and verb | `operation` |').flatMap((row) =>
    row.slice(0, -1).map((each) => [each, row.at(-1)]),
  );
  const expected = Object.entries(OPERATIONS_OF_RESOURCE).flatMap(([resource, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => [
      verb === '*' ? resource : `${resource} ${verb}`,
      operation,
    ]),
  );
  assert.deepEqual(Object.fromEntries(special), Object.fromEntries(expected));
});
