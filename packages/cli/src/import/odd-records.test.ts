/**
 * Records that are not what they should be: whatever stands at any place of a record, an importer
 * answers with an event that keeps to the contract or with a reason, and never throws.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventInput } from '@annals/contract/event';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { auth0 } from './auth0.ts';
import { gcp } from './gcp.ts';
import { github } from './github.ts';
import { type Importer, isObject } from './importer.ts';
import { k8s } from './k8s.ts';
import { okta } from './okta.ts';
import { slack } from './slack.ts';

const SAMPLES: ReadonlyArray<readonly [string, Importer, object]> = [
  [
    'github',
    github,
    {
      '@timestamp': 1_767_323_045_000,
      action: 'repo.access',
      actor: 'ada',
      actor_location: { country_code: 'CH' },
      conclusion: 'success',
      data: { hook_id: 7 },
      operation_type: 'modify',
      org: ['acme'],
      previous_visibility: 'private',
      old_constructor: 1,
      repo: 'acme/app',
      status_code: 200,
      visibility: 'public',
    },
  ],
  [
    'okta',
    okta,
    {
      uuid: 'u-1',
      published: '2026-01-02T03:04:05.678Z',
      eventType: 'user.session.start',
      severity: 'INFO',
      actor: { id: '1', type: 'User', alternateId: 'ada@example.com', displayName: 'Ada' },
      client: { ipAddress: '192.0.2.7', geographicalContext: { city: 'Bern' } },
      outcome: { result: 'FAILURE', reason: 'LOCKED_OUT' },
      target: [{ id: '2', type: 'User', changeDetails: { from: { a: 1 }, to: { a: 2 } } }],
      transaction: { type: 'WEB', detail: { requestApiTokenId: 't' } },
      debugContext: { debugData: { requestId: 'r' } },
    },
  ],
  [
    'gcp',
    gcp,
    {
      insertId: 'i-1',
      logName: 'projects/acme/logs/cloudaudit.googleapis.com%2Factivity',
      timestamp: '2026-01-02T03:04:05Z',
      severity: 'NOTICE',
      labels: { team: 'web' },
      resource: { type: 'gcs_bucket', labels: { project_id: 'acme', cluster_name: 'c' } },
      protoPayload: {
        methodName: 'SetIamPolicy',
        serviceName: 'storage.googleapis.com',
        resourceName: 'projects/_/buckets/files',
        status: { code: 7, message: 'no' },
        authenticationInfo: {
          principalEmail: 'ada@example.com',
          serviceAccountDelegationInfo: [{ firstPartyPrincipal: { principalEmail: 'e@x.y' } }],
        },
        authorizationInfo: [{ resource: 'projects/acme', granted: true }],
        requestMetadata: { callerIp: '192.0.2.7', requestAttributes: { reason: 'x' } },
        serviceData: {
          policyDelta: { bindingDeltas: [{ action: 'ADD', role: 'r', member: 'm' }] },
        },
      },
    },
  ],
  [
    'k8s',
    k8s,
    {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Request',
      auditID: 'a-1',
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/a/pods/b/exec?command=sh&command=-c',
      verb: 'patch',
      user: { username: 'system:serviceaccount:a:b', groups: ['g'], extra: { arn: ['arn:x'] } },
      impersonatedUser: { username: 'ada@example.com', groups: ['g'] },
      sourceIPs: ['192.0.2.7', '192.0.2.8'],
      userAgent: 'kubectl',
      objectRef: { resource: 'rolebindings', subresource: 's', namespace: 'a', name: 'b' },
      responseStatus: { code: 403, reason: 'Forbidden', message: 'no' },
      requestObject: {
        metadata: { name: 'b' },
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [{ kind: 'User', name: 'u', namespace: 'n' }],
      },
      requestReceivedTimestamp: '2026-01-02T03:04:05Z',
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    },
  ],
  [
    'k8s',
    k8s,
    {
      kind: 'Event',
      verb: 'patch',
      user: { username: 'ada' },
      objectRef: { resource: 'pods', name: 'b' },
      requestObject: [{ op: 'replace', path: '/spec/a', value: [{ b: 1 }] }],
      requestReceivedTimestamp: '2026-01-02T03:04:05Z',
    },
  ],
  [
    'auth0',
    auth0,
    {
      log_id: 'l-1',
      data: {
        date: '2026-01-02T03:04:05Z',
        type: 'sapi',
        client_id: 'c-1',
        client_name: 'Shop',
        user_id: 'auth0|1',
        user_name: 'ada@example.com',
        organization_id: 'org_1',
        details: {
          request: {
            method: 'patch',
            path: '/api/v2/users/auth0%7C7/roles',
            auth: { user: { user_id: 'admin', name: 'Grace', email: 'grace@example.com' } },
            body: { roles: ['r'], metadata: { plan: 'pro' } },
          },
          response: { statusCode: 201, body: { user_id: 'u' } },
        },
      },
    },
  ],
  [
    'auth0',
    auth0,
    {
      log_id: 'l-1',
      date: '2026-01-02T03:04:05Z',
      type: 'fu',
      user_name: 'ada@example.com',
      connection_id: 'con_1',
      connection: 'Users',
      organization_id: 'org_1',
      organization_name: 'acme',
      details: { error: { message: 'no' }, session_id: 's' },
    },
  ],
  [
    'slack',
    slack,
    {
      id: 'e-1',
      date_create: 1_767_323_045,
      action: 'pref.two_factor_auth_changed',
      actor: { type: 'user', user: { id: 'W1', name: 'Ada', email: 'ada@example.com', team: 'T' } },
      entity: { type: 'message', message: { channel: 'C', timestamp: '1.2', title: 't' } },
      context: {
        location: { type: 'workspace', id: 'T1', name: 'Acme', domain: 'acme' },
        ua: 'Firefox',
        ip_address: '192.0.2.7',
        session_id: 7,
        app: { id: 'A1', name: 'Robot' },
      },
      details: { previous_value: 'off', new_value: { a: ['on'] }, reason: ['x'] },
    },
  ],
];

/** Names that every object of JavaScript seems to have, and texts at the edge. */
const TRAPS = [
  ...['constructor', '__proto__', 'toString', 'valueOf', 'length', '', ' ', '.', '/', '.x', 'x.'],
];

/** Every place of a value, from the outside in. */
const placesIn = (value: unknown, place: readonly string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => [
        [...place, name],
        ...placesIn(inner, [...place, name]),
      ])
    : [];

const withValueAt = (value: unknown, place: readonly string[], put: unknown): unknown => {
  const [name, ...rest] = place;
  if (name === undefined) return put;
  if (Array.isArray(value)) {
    return value.map((each, at) => (String(at) === name ? withValueAt(each, rest, put) : each));
  }
  return isObject(value) ? { ...value, [name]: withValueAt(value[name], rest, put) } : value;
};

for (const [name, importer, sample] of SAMPLES) {
  test(`${name}: anything at any place gives an event of the contract, or a reason`, () => {
    const trapped = fc.dictionary(fc.constantFrom(...TRAPS), fc.jsonValue(), { maxKeys: 2 });
    const anyValue = fc.oneof(fc.constantFrom(...TRAPS), trapped, fc.jsonValue());
    fc.assert(
      fc.property(fc.constantFrom(...placesIn(sample)), anyValue, (place, value) => {
        const text = JSON.stringify(withValueAt(sample, place, value));
        const result = importer.map(JSON.parse(text), text);
        if ('unmapped' in result) return;
        // What is not JSON would vanish on the way to the server.
        assert.deepEqual(JSON.parse(JSON.stringify(result.event)), result.event);
        assert.deepEqual([...Value.Errors(EventInput, result.event)], [], text);
      }),
      { numRuns: 1_000 },
    );
  });
}
