/** Erasing persons: who may, and of which tenant; the rest is the ledger's. */
import { ROUTES } from '@annals/contract/routes';
import type { Need, Principal } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { Handlers, Modules } from './handlers.ts';

const NO_ERASURE = 'There is no such erasure.';

export const erasureHandlers = ({ access, erasures }: Modules) => {
  const tenantOf = async (
    principal: Principal,
    project: string | undefined,
    tenantId: string,
    route: Need,
  ) => {
    const row = await access.project(principal, project, route);
    return await access.tenantToRead(principal, row, tenantId, route);
  };
  const erasureOf = async (
    principal: Principal,
    project: string | undefined,
    erasureId: string,
    { scope, manage }: Need,
  ) => {
    const need: Need = { scope, ...(manage && { manage }) };
    const found = await erasures.find(erasureId.toLowerCase());
    const named = project && (await access.project(principal, project, need));
    if (found === undefined || (named && named.project_no !== found.projectNo)) {
      throw new Fault('not_found', NO_ERASURE);
    }
    const { projectNo, tenantNo, erasure } = found;
    await access.demand(principal, { ...need, projectNo, tenantNo }, { missing: NO_ERASURE });
    return erasure;
  };
  return {
    async createErasure({ principal, query, body, reply }) {
      const { createErasure } = ROUTES;
      const tenant = await tenantOf(principal, query.project, body.tenant_id, createErasure);
      reply.code(202);
      return body.dry_run === false
        ? await erasures.confirm(tenant, body, principal)
        : await erasures.dryRun(tenant, body, principal);
    },
    async listErasures({ principal, query }) {
      const { listErasures } = ROUTES;
      const tenant = await tenantOf(principal, query.project, query.tenant_id, listErasures);
      return { erasures: await erasures.list(tenant, query.limit) };
    },
    async getErasure({ principal, query, params }) {
      return await erasureOf(principal, query.project, params.erasure_id, ROUTES.getErasure);
    },
    async resumeErasure({ principal, query, params, reply }) {
      const { resumeErasure } = ROUTES;
      const found = await erasureOf(principal, query.project, params.erasure_id, resumeErasure);
      reply.code(202);
      return await erasures.resume(found.erasure_id);
    },
  } satisfies Partial<Handlers>;
};
