/**
 * Records that are not what they should be: whatever stands at any place of a record, an importer
 * answers with an event that keeps to the contract or with a reason, and never throws.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventInput } from '@annals/contract/event';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { gcp } from './gcp.ts';
import { github } from './github.ts';
import { type Importer, isObject } from './importer.ts';
import { okta } from './okta.ts';

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
];

/** Names that every object of JavaScript seems to have, and texts at the edge. */
const TRAPS = ['constructor', '__proto__', 'toString', 'length', '', ' ', '.', '/', '.x', 'x.'];

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
    const anyValue = fc.oneof(fc.constantFrom(...TRAPS), fc.jsonValue());
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
