/** Nobody gives more than they have: asked wherever roles are handed on, to keys or to people. */
import type { Scope } from '@annals/contract/routes';
import { Fault, invalidBody } from '../fault.ts';
import type { ProjectRow } from '../store/store.ts';
import type { Demand, Principal } from './decide.ts';
import type { Definitions } from './definitions.ts';

/** Who may do it: what `Access` answers. */
interface Demanding {
  demand(principal: Principal, demand: Demand): Promise<void>;
}

/** Roles read and manage, so whoever gives them by scopes must do both. */
const FOR_ROLES: readonly Scope[] = ['events:read', 'manage'];

/** Throws `invalid_body` if one is no role of the project; `path` is where they stand. */
export async function checkRoles(
  { definitions }: { readonly definitions: Definitions },
  project: ProjectRow,
  roles: readonly string[],
  path: string,
): Promise<void> {
  const compiled = await definitions.of(project);
  const known = compiled?.definition.roles ?? {};
  const unknown = roles.findIndex((role) => !Object.hasOwn(known, role));
  if (unknown >= 0) throw invalidBody(`${path}/${unknown}`, 'is no role of the project');
}

/** Throws `forbidden` if the principal does not have all of it. */
export async function demandRoles(
  access: Demanding,
  principal: Principal,
  projectNo: number,
  roles: readonly string[],
): Promise<void> {
  if (roles.length === 0) return;
  if (principal.roles.length === 0) return await demandScopes(access, principal, projectNo);
  const isMore = roles.some((role) => !principal.roles.includes(role));
  if (isMore) throw new Fault('forbidden', 'Nobody gives roles to others that they do not have.');
}

/** Everything that roles can have, in one project or, without a number, in all. */
export async function demandScopes(
  access: Demanding,
  principal: Principal,
  projectNo?: number,
): Promise<void> {
  for (const scope of FOR_ROLES) {
    await access.demand(principal, { scope, ...(projectNo === undefined ? {} : { projectNo }) });
  }
}
