/** What each route does: one call into one module. No rule lives here. */
import { Readable } from 'node:stream';
import { ROUTES } from '@annals/contract/routes';
import type { Need, Principal } from '../access/access.ts';
import { Fault } from '../fault.ts';
import { facetFields, questionSignal } from '../search/search.ts';
import { exportHandlers, reportHandlers } from './export-handlers.ts';
import type { Handlers, Modules } from './input.ts';
import { peopleHandlers } from './people-handlers.ts';

/** How often it is looked whether the reader of a stream still may, in ms. */
const STREAM_LOOK_MS = 5_000;

/** Plain characters, and no dot in front: that would be a hidden file. */
function fileName(tenantId: string): string {
  const plain = tenantId.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._]+/, '');
  return plain === '' ? 'events' : `${plain}-events`;
}

export const createHandlers = (modules: Modules): Handlers => ({
  ...eventHandlers(modules),
  ...findHandlers(modules),
  ...exportHandlers(modules),
  ...reportHandlers(modules),
  ...unusualHandlers(modules),
  ...listHandlers(modules),
  ...viewerHandlers(modules),
  ...adminHandlers(modules),
  ...keepingHandlers(modules),
  ...erasureHandlers(modules),
  ...jobHandlers(modules),
  ...peopleHandlers(modules),
});

const eventHandlers = ({ access, exports, ingest, ownLog, search, metrics }: Modules) =>
  ({
    async recordEvents({ principal, query, headers, bytes, isNdjson, reply }) {
      const result = await ingest.record(principal, {
        project: query.project,
        tenantId: query.tenant_id,
        idempotencyKey: headers['idempotency-key'],
        bytes,
        isNdjson,
      });
      metrics.countEvents('accepted', result.accepted);
      metrics.countEvents('duplicate', result.duplicates);
      metrics.countEvents('rejected', result.rejected.length);
      reply.code(result.receipts.length > 0 ? 201 : 400);
      return result;
    },
    async downloadEvents({ principal, query, reply }) {
      const isHead = reply.request.method === 'HEAD';
      const { contentType, extension, notices, open } = await exports.direct(principal, query);
      const name = `${fileName(query.tenant_id)}.${extension}`;
      reply.type(contentType).header('content-disposition', `attachment; filename="${name}"`);
      const codes = notices.map(({ code }) => code).join(', ');
      if (codes !== '') reply.header('annals-notices', codes);
      // A stream, since its length is not known either.
      if (isHead) return reply.send(Readable.from([]));
      const body = await open();
      // The status is on its way by then: only the log can still say why the file broke off.
      body.once('error', (error) => reply.log.error({ err: error }, 'download broke off'));
      return reply.send(body);
    },
    async getEvent({ principal, query, params }) {
      const sight = await access.sight(principal, query);
      const event = await search.one(sight, params.id.toLowerCase());
      ownLog.opened(principal, sight, event.id);
      return event;
    },
    async listRejects({ principal, query }) {
      return { rejects: await ingest.listRejects(principal, query) };
    },
  }) satisfies Partial<Handlers>;

const findHandlers = ({ access, ownLog, search }: Modules) =>
  ({
    async listEvents({ principal, query, left }) {
      const sight = await access.sight(principal, query);
      const page = await search.page(sight, query, questionSignal(left()));
      if (query.cursor === undefined) ownLog.searched(principal, sight, query);
      return page;
    },
    async searchEvents({ principal, body, left }) {
      const sight = await access.sight(principal, body);
      const page = await search.page(sight, body, questionSignal(left()));
      if (body.cursor === undefined) ownLog.searched(principal, sight, body);
      return page;
    },
    async countEvents({ principal, query, left }) {
      const signal = questionSignal(left());
      const plan = await search.plan(await access.sight(principal, query), query, signal);
      return await search.counting.count(plan, signal);
    },
    async histogram({ principal, query, left }) {
      const sight = await access.sight(principal, query);
      const timeZone = query.time_zone ?? sight.project.time_zone;
      const steps = { interval: query.interval, timeZone };
      const signal = questionSignal(left());
      const plan = await search.plan(sight, query, signal);
      return await search.counting.histogram(plan, steps, signal);
    },
    async facets({ principal, query, left }) {
      const fields = facetFields(query.fields);
      const signal = questionSignal(left());
      const plan = await search.plan(await access.sight(principal, query), query, signal);
      return await search.counting.facets(plan, fields, query.limit, signal);
    },
    async suggest({ principal, query, left }) {
      const sight = await access.sight(principal, query);
      return await search.parties.suggest(sight, query, questionSignal(left()));
    },
    async tailEvents({ principal, query, headers, reply }) {
      const sight = await access.sight(principal, query);
      const ended = new AbortController();
      reply.raw.once('close', () => ended.abort());
      const lastEventId = headers['last-event-id'];
      const asked = { ...query, ...(lastEventId === undefined ? {} : { lastEventId }) };
      const pieces = await search.tails.open(sight, asked, ended.signal);
      ownLog.followed(principal, sight, query);
      // A stream must not outlive the right to it; its reader may ask again.
      const look = () =>
        access.mayStill(principal, query, sight).then(
          (may) => may || ended.abort(),
          (error: unknown) => reply.log.warn({ err: error }, 'a stream could not be looked at'),
        );
      const timer = setInterval(look, STREAM_LOOK_MS);
      reply.raw.once('close', () => clearInterval(timer));
      reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
      if (reply.request.method === 'HEAD') return reply.send(Readable.from([]));
      return reply.send(Readable.from(pieces, { objectMode: false }));
    },
  }) satisfies Partial<Handlers>;

const unusualHandlers = ({ unusual }: Modules) =>
  ({
    async listWatches({ principal, query }) {
      return { watches: await unusual.list(principal, query) };
    },
    async putWatch({ principal, query, params, body }) {
      return await unusual.put(principal, query, params.view, body.enabled);
    },
    async listFindings({ principal, query }) {
      return await unusual.findings(principal, query, query);
    },
    async judgeFinding({ principal, query, params, body }) {
      return await unusual.judge(principal, query, params.finding_id, body);
    },
  }) satisfies Partial<Handlers>;

/** A list of people or things, as the question that it answers. */
const listed = ({ search }: { readonly search?: string }) => (search ? { q: search } : {});

const listHandlers = ({ access, ownLog, search }: Modules) =>
  ({
    async listActors({ principal, query, left }) {
      const sight = await access.sight(principal, query);
      const signal = questionSignal(left());
      const { entries: actors, ...rest } = await search.parties.actors(sight, query, signal);
      if (query.cursor === undefined) ownLog.searched(principal, sight, listed(query), 'actors');
      return { actors, ...rest };
    },
    async listRecords({ principal, query, left }) {
      const sight = await access.sight(principal, query);
      const signal = questionSignal(left());
      const { entries: records, ...rest } = await search.parties.records(sight, query, signal);
      if (query.cursor === undefined) ownLog.searched(principal, sight, listed(query), 'records');
      return { records, ...rest };
    },
  }) satisfies Partial<Handlers>;

const viewerHandlers = ({ access }: Modules) =>
  ({
    async createViewerSession({ principal, query, body, reply }) {
      const session = await access.viewers.create(principal, { ...query, ...body });
      reply.code(201);
      return session;
    },
    async listViewerSessions({ principal, query }) {
      return { sessions: await access.viewers.list(principal, query) };
    },
    async revokeViewerSession({ principal, query, params }) {
      return await access.viewers.revoke(principal, params.session_id, query.project);
    },
    async createViewerKey({ principal, query, body, reply }) {
      const key = await access.viewers.createKey(principal, { ...query, ...body });
      reply.code(201);
      return key;
    },
    async listViewerKeys({ principal, query }) {
      return { keys: await access.viewers.listKeys(principal, query.project) };
    },
    async retireViewerKey({ principal, query, params }) {
      return await access.viewers.retireKey(principal, params.viewer_key_id, query.project);
    },
    async denyViewerToken({ principal, query, params, body, reply }) {
      const denied = await access.viewers.deny(principal, params.viewer_key_id, {
        ...query,
        ...body,
      });
      reply.code(201);
      return denied;
    },
  }) satisfies Partial<Handlers>;

const keepingHandlers = ({ keeping }: Modules) =>
  ({
    async listHolds({ principal, query }) {
      return { holds: await keeping.holds.list(principal, query) };
    },
    async placeHold({ principal, query, body, reply }) {
      const hold = await keeping.holds.place(principal, { ...query, ...body });
      reply.code(201);
      return hold;
    },
    async releaseHold({ principal, query, params }) {
      return await keeping.holds.release(principal, params.hold_id, query);
    },
    async getRetention({ principal, query }) {
      return await keeping.retention.state(principal, query);
    },
    async closeTenant({ principal, query, params, body }) {
      return await keeping.ending.close(principal, { ...query, ...params, ...body });
    },
    async reopenTenant({ principal, query, params }) {
      return await keeping.ending.reopen(principal, { ...query, ...params });
    },
  }) satisfies Partial<Handlers>;

const jobHandlers = ({ access, keeping, ledger, search }: Modules) =>
  ({
    async createJob({ principal, query, body, reply }) {
      const project = await access.project(principal, query.project, ROUTES.createJob);
      const tenant = await access.tenantToRead(
        principal,
        project,
        body.tenant_id,
        ROUTES.createJob,
      );
      reply.code(202);
      const { tenant_no: tenantNo, tenant_id: tenantId } = tenant;
      const place = { kind: body.kind, projectNo: project.project_no, tenantNo };
      return await ledger.startJob(place, async (progress) => {
        if (body.kind === 'verify') return await ledger.verify(tenantNo, tenantId, progress);
        if (body.kind === 'rebuild') await search.rebuild(tenantNo, progress);
        else await keeping.retention.run(project, tenant, progress);
        return undefined;
      });
    },
    async getJob({ principal, query, params }) {
      await access.demand(principal, ROUTES.getJob);
      const found = await ledger.findJob(params.job_id);
      const named =
        query.project && (await access.project(principal, query.project, ROUTES.getJob));
      const missing = 'There is no such job.';
      if (found === undefined || (named && named.project_no !== found.projectNo)) {
        throw new Fault('not_found', missing);
      }
      const { projectNo, tenantNo } = found;
      await access.demand(principal, { ...ROUTES.getJob, projectNo, tenantNo }, { missing });
      return found.job;
    },
  }) satisfies Partial<Handlers>;

const NO_ERASURE = 'There is no such erasure.';

const erasureHandlers = ({ access, erasures }: Modules) => {
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
    await access.demand(principal, need);
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

const adminHandlers = ({ access, ownLog, search }: Modules) =>
  ({
    async listProjects({ principal }) {
      return { projects: await access.admin.listProjects(principal) };
    },
    async getProject({ principal, params }) {
      return await access.admin.getProject(principal, params.project);
    },
    async putProject({ principal, params, body }) {
      return await access.admin.putProject(principal, params.project, body);
    },
    async diffProject({ principal, params, body }) {
      return await access.admin.diffProject(principal, params.project, body.definition);
    },
    async getCatalog({ principal, query }) {
      return await access.catalog(principal, query);
    },
    async explain({ principal, query }) {
      const { tenant, sights } = await access.roleSights(principal, query);
      const asked = { id: query.id.toLowerCase(), role: query.role };
      const explanation = await search.explain(tenant, asked, sights);
      ownLog.explained(principal, tenant, asked);
      return explanation;
    },
    async listTenants({ principal, query }) {
      return { tenants: await access.admin.listTenants(principal, query) };
    },
    async putTenant({ principal, query, params, body }) {
      return await access.admin.putTenant(principal, { ...query, ...params, ...body });
    },
    async listKeys({ principal, query }) {
      return { keys: await access.admin.listKeys(principal, query.project) };
    },
    async createKey({ principal, query, body, reply }) {
      const key = await access.admin.createKey(principal, { ...query, ...body });
      reply.code(201);
      return key;
    },
    async revokeKey({ principal, query, params }) {
      return await access.admin.revokeKey(principal, params.key_id, query.project);
    },
  }) satisfies Partial<Handlers>;
