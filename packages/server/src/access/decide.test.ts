import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPES, type Scope } from '@annals/contract/routes';
import { type Decision, type Demand, decide, NO_GRANTS, type Principal } from './decide.ts';

const principal = (
  scopes: readonly Scope[],
  projectNo: number | null,
  tenantNo: number | null,
): Principal => ({
  kind: 'key',
  keyId: 'key_1',
  projectNo,
  tenantNo,
  tenantId: tenantNo === null ? null : `tenant-${tenantNo}`,
  scopes: new Set(scopes),
  roles: [],
  expiresAt: null,
});

/** Who asks × what for → the decision with the scope; without it, what must come instead. */
const TABLE: readonly [
  who: [projectNo: number | null, tenantNo: number | null],
  what: Omit<Demand, 'scope'>,
  withScope: Decision,
  without: Decision,
][] = [
  [[null, null], {}, 'allowed', 'forbidden'],
  [[null, null], { projectNo: 1 }, 'allowed', 'forbidden'],
  [[null, null], { projectNo: 1, tenantNo: 10 }, 'allowed', 'forbidden'],
  [[1, null], {}, 'allowed', 'forbidden'],
  [[1, null], { projectNo: 1 }, 'allowed', 'forbidden'],
  [[1, null], { projectNo: 1, tenantNo: 10 }, 'allowed', 'forbidden'],
  [[1, null], { tenantNo: 10 }, 'allowed', 'forbidden'],
  [[1, null], { projectNo: 2 }, 'hidden', 'hidden'],
  [[1, null], { projectNo: 2, tenantNo: 10 }, 'hidden', 'hidden'],
  [[1, 10], {}, 'allowed', 'forbidden'],
  [[1, 10], { projectNo: 1 }, 'allowed', 'forbidden'],
  [[1, 10], { projectNo: 1, tenantNo: 10 }, 'allowed', 'forbidden'],
  [[1, 10], { tenantNo: 11 }, 'hidden', 'hidden'],
  [[1, 10], { projectNo: 1, tenantNo: 11 }, 'hidden', 'hidden'],
  [[1, 10], { projectNo: 2 }, 'hidden', 'hidden'],
  [[1, 10], { projectNo: 2, tenantNo: 10 }, 'hidden', 'hidden'],
  // Number 0 is a number, not an absence.
  [[0, 0], { projectNo: 0, tenantNo: 0 }, 'allowed', 'forbidden'],
  [[0, null], { projectNo: 1 }, 'hidden', 'hidden'],
  [[1, null], { projectNo: 0 }, 'hidden', 'hidden'],
  [[1, 10], { projectNo: 1, tenantNo: 0 }, 'hidden', 'hidden'],
];

for (const [[projectNo, tenantNo], what, withScope, without] of TABLE) {
  test(`a key of ${projectNo}/${tenantNo} asks ${JSON.stringify(what)}: ${withScope}`, () => {
    for (const scope of SCOPES) {
      const others = SCOPES.filter((one) => one !== scope);
      const ask = (scopes: readonly Scope[]) =>
        decide(principal(scopes, projectNo, tenantNo), { ...what, scope }, NO_GRANTS);
      assert.equal(ask(SCOPES), withScope);
      assert.equal(ask([scope]), withScope);
      assert.equal(ask(others), without);
      assert.equal(ask([]), without);
    }
  });
}
