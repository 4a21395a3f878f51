/** Who may do what: one pure function. Deny by default. */
import type { Scope } from '@annals/contract/routes';

/** Whoever asks, once authenticated. `null` means: bound to none, so it may use any. */
export interface Principal {
  readonly kind: 'key';
  readonly keyId: string;
  readonly projectNo: number | null;
  readonly tenantNo: number | null;
  readonly tenantId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Milliseconds; null: never. */
  readonly expiresAt: number | null;
}

/** What is asked for. Absent numbers: the request is not about one project or tenant. */
export interface Demand {
  readonly scope: Scope;
  readonly projectNo?: number;
  readonly tenantNo?: number;
}

/** `hidden` is answered as if the thing did not exist. */
export type Decision = 'allowed' | 'forbidden' | 'hidden';

export function decide(principal: Principal, demand: Demand): Decision {
  const { projectNo, tenantNo, scope } = demand;
  const isForeignProject =
    projectNo !== undefined && principal.projectNo !== null && principal.projectNo !== projectNo;
  const isForeignTenant =
    tenantNo !== undefined && principal.tenantNo !== null && principal.tenantNo !== tenantNo;
  if (isForeignProject || isForeignTenant) return 'hidden';
  return principal.scopes.has(scope) ? 'allowed' : 'forbidden';
}
