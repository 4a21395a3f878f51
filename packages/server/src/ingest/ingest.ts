/**
 * An event becomes durable. Owns reading of bodies, checks, completion, secrets and the order of
 * a request's answer. Promises: each event of a request is stored and acknowledged, or refused
 * with its reason; nothing in between, nothing lost, nothing acknowledged before it is on disk.
 * Never numbers events (the ledger does) and never keeps a refused value.
 */

import type { EventInput } from '@annals/contract/event';
import type { OwnEvent } from '@annals/contract/own-events';
import type { Rejection } from '@annals/contract/problem';
import { type Receipt, type RecordResult, type Reject, ROUTES } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import type { Access, Principal, ProjectRow, TenantRow } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { Appended, Ledger, PreparedEvent } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { NewReject, Store } from '../store/store.ts';
import { Catalogs } from './catalog.ts';
import { checkEvent, Refusal } from './check.ts';
import { newEventId, repeatableEventId } from './ids.ts';
import { prepareEvent } from './prepare.ts';
import { type Body, type Item, readBody } from './read-body.ts';
import { shapeOf } from './shape.ts';

/** Refused events are kept this long, in ms: 7 days. */
export const REJECTS_KEPT_MS = 7 * 24 * 3_600_000;
/** And at most so many of a project: a broken client must not fill the disk. */
export const REJECTS_KEPT = 10_000;
/** Refusals of one request that are kept; its answer names them all. */
const REJECTS_OF_REQUEST = 100;

export { OwnLog } from './own-log.ts';

export interface Recording {
  readonly project?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly bytes: Uint8Array;
  readonly isNdjson: boolean;
}

interface Tenant {
  readonly tenantNo: number;
  readonly origin: string;
}
interface Checked {
  readonly index: number;
  readonly item: Item;
  readonly event: EventInput;
  /** Milliseconds. */
  readonly occurredAt: number;
  readonly tenantId: string;
}
interface Ready {
  readonly index: number;
  readonly tenantNo: number;
  readonly prepared: PreparedEvent;
}
interface Refused {
  readonly index: number;
  readonly item: Item;
  readonly refusal: Refusal;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
/** Names that a client chose may hold what PostgreSQL does not keep. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');
const fieldOf = (item: Item, name: 'id' | 'tenant_id'): string | undefined => {
  if (!('value' in item) || typeof item.value !== 'object' || item.value === null) return undefined;
  const found: unknown = Object.entries(item.value).find(([key]) => key === name)?.[1];
  return typeof found === 'string' ? found.slice(0, 128) : undefined;
};

export class Ingest {
  readonly #store: Store;
  readonly #access: Access;
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #catalogs = new Catalogs();

  constructor(parts: { store: Store; access: Access; ledger: Ledger; log: Log }) {
    this.#store = parts.store;
    this.#access = parts.access;
    this.#ledger = parts.ledger;
    this.#log = parts.log;
  }

  /**
   * Records the events of one request; durable when it resolves. Sending the same events with the
   * same ids again is answered with the same receipts. Throws Fault for the request as a whole
   * (form, permission, `queue_full`, `storage_unavailable`): then send it again.
   */
  async record(principal: Principal, recording: Recording): Promise<RecordResult> {
    const project = await this.#access.project(principal, recording.project, ROUTES.recordEvents);
    const body = readBody(recording.bytes, recording.isNdjson);
    const { ready, refused, unknown } = await this.#prepare(principal, project, recording, body);
    const outcomes = await this.#append(ready);
    const answered = answer(ready, outcomes, refused, body.items);
    const result = unknown.length === 0 ? answered : { ...answered, unknown_actions: unknown };
    await this.#keepRejects(principal, project, recording, result.rejected, body.items);
    return result;
  }

  async #prepare(
    principal: Principal,
    project: ProjectRow,
    recording: Recording,
    body: Body,
  ): Promise<{ ready: Ready[]; refused: Refused[]; unknown: string[] }> {
    const { checked, refused } = checkAll(body, recording, principal);
    const tenants = await this.#tenants(principal, project, checked);
    const rules = await this.#catalogs.of(await this.#access.definitions.of(project));
    const policy = await this.#access.policyOf(project);
    const ready: Ready[] = [];
    const unknown = new Set<string>();
    const now = Date.now();
    const receivedAt = formatInstant(now);
    for (const one of checked) {
      const { index, item, event, occurredAt: ms, tenantId } = one;
      try {
        const tenant = tenants.get(tenantId);
        if (tenant === undefined) throw new Error('a tenant was not looked up');
        if (tenant instanceof Refusal) throw tenant;
        const id = idOf(event, recording, principal, tenantId, index, now);
        const { tenantNo, origin } = tenant;
        const occurredAt = isCanonical(event.occurred_at) ? event.occurred_at : formatInstant(ms);
        const preparation = { id, occurredAt, receivedAt, origin, policy };
        const catalogued = rules ? rules.apply(event, ms) : event;
        if (rules && !rules.knows(event.action)) unknown.add(event.action);
        ready.push({ index, tenantNo, prepared: prepareEvent(catalogued, ms, preparation) });
      } catch (error) {
        refused.push({ index, item, refusal: refusalFrom(error) });
      }
    }
    return { ready, refused, unknown: [...unknown] };
  }

  /** Each tenant of the request once, or why it is refused. */
  async #tenants(
    principal: Principal,
    project: ProjectRow,
    checked: readonly Checked[],
  ): Promise<Map<string, Tenant | Refusal>> {
    const found = new Map<string, Tenant | Refusal>();
    for (const tenantId of new Set(checked.map((one) => one.tenantId))) {
      const tenant = this.#tenant(principal, project, tenantId);
      found.set(tenantId, await tenant.catch(refusalFrom));
    }
    return found;
  }

  async #tenant(principal: Principal, project: ProjectRow, tenantId: string): Promise<Tenant> {
    const { tenant_no } = await this.#access.tenantToWrite(principal, project, tenantId);
    return { tenantNo: tenant_no, origin: await this.#ledger.origin(tenant_no) };
  }

  /** What became of each event, in the order of `ready`. */
  async #append(ready: readonly Ready[]): Promise<Map<Ready, Appended>> {
    const outcomes = new Map<Ready, Appended>();
    const lanes = [...Map.groupBy(ready, ({ tenantNo }) => tenantNo)];
    await Promise.all(
      lanes.map(async ([tenantNo, ofTenant]) => {
        const prepared = ofTenant.map((one) => one.prepared);
        const appended = await this.#ledger.append(tenantNo, prepared);
        for (const [index, one] of ofTenant.entries()) {
          const outcome = appended[index];
          if (outcome) outcomes.set(one, outcome);
        }
      }),
    );
    return outcomes;
  }

  /** Keeping a reject must not fail a request whose events are stored. */
  async #keepRejects(
    principal: Principal,
    project: ProjectRow,
    recording: Recording,
    rejected: readonly Rejection[],
    items: readonly Item[],
  ): Promise<void> {
    const rows = rejected.slice(0, REJECTS_OF_REQUEST).map((rejection): NewReject => {
      const item = items[rejection.index] ?? { unreadable: '' };
      const named = fieldOf(item, 'tenant_id') ?? recording.tenantId;
      return {
        project_no: project.project_no,
        tenant_id: principal.tenantId ?? (named === undefined ? null : storable(named)),
        key_id: principal.id,
        rejected_at: Date.now(),
        code: rejection.code,
        path: storable(rejection.path),
        detail: storable(rejection.detail),
        shape: 'value' in item ? shapeOf(item.value) : '"not JSON"',
      };
    });
    try {
      await this.#store.rejects.add(rows);
    } catch (error) {
      this.#log.warn({ err: error }, 'rejects could not be kept');
    }
  }

  /**
   * Records events of the log itself (`annals.*`), which no client may send: at most 1,000 of one
   * tenant, durable when it resolves. Throws Fault as `record` does; the catalog is not asked.
   */
  async recordOwn(tenant: TenantRow, events: readonly OwnEvent[]): Promise<void> {
    const project = await this.#store.projects.byNumber(tenant.project_no);
    if (project === undefined) throw new Error('a tenant has no project');
    const policy = await this.#access.policyOf(project);
    const origin = await this.#ledger.origin(tenant.tenant_no);
    const now = Date.now();
    const receivedAt = formatInstant(now);
    const prepared = events.map(({ at = now, ...event }) => {
      const occurredAt = formatInstant(at);
      const whole = { ...event, occurred_at: occurredAt };
      const preparation = { id: newEventId(now), occurredAt, receivedAt, origin, policy };
      return prepareEvent(whole, at, preparation);
    });
    await this.#ledger.append(tenant.tenant_no, prepared);
  }

  /** What was refused in the last 7 days, newest first. */
  async listRejects(
    principal: Principal,
    asked: { project?: string; limit?: number },
  ): Promise<Reject[]> {
    const project = await this.#access.project(principal, asked.project, ROUTES.listRejects);
    const rows = await this.#store.rejects.list({
      projectNo: project.project_no,
      tenantId: principal.tenantId ?? undefined,
      since: Date.now() - REJECTS_KEPT_MS,
      limit: asked.limit ?? 100,
    });
    return rows.map((row) => ({
      rejected_at: formatInstant(row.rejected_at),
      tenant_id: row.tenant_id,
      code: row.code,
      path: row.path,
      detail: row.detail,
      shape: JSON.parse(row.shape) as unknown,
    }));
  }

  /** Drops rejects that are too old or too many. */
  async pruneRejects(): Promise<void> {
    await this.#store.rejects.prune(Date.now() - REJECTS_KEPT_MS, REJECTS_KEPT);
  }
}

/** Everything that can be said of the events without asking anybody. */
function checkAll(body: Body, recording: Recording, principal: Principal) {
  const checked: Checked[] = [];
  const refused: Refused[] = [];
  const now = Date.now();
  for (const [index, item] of body.items.entries()) {
    try {
      if ('unreadable' in item) throw new Refusal('invalid_json', '', item.unreadable);
      const { event, occurredAt } = checkEvent(item.value, now, body.isSuspicious);
      const tenantId = tenantOf(event, recording, principal);
      checked.push({ index, item, event, occurredAt, tenantId });
    } catch (error) {
      refused.push({ index, item, refusal: refusalFrom(error) });
    }
  }
  return { checked, refused };
}

/** The form in which times are stored; of a time that was parsed, so digits need no look. */
const isCanonical = (instant: string): boolean =>
  instant.length === 24 && instant[10] === 'T' && instant[19] === '.' && instant[23] === 'Z';

function refusalFrom(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const isOfTenant =
    error instanceof Fault &&
    ['tenant_unknown', 'tenant_not_allowed', 'tenant_closed'].includes(error.code);
  if (isOfTenant) return new Refusal(error.code, '/tenant_id', error.message);
  throw error;
}

function tenantOf(event: EventInput, recording: Recording, principal: Principal): string {
  const tenantId = event.tenant_id ?? recording.tenantId ?? principal.tenantId;
  if (tenantId !== null && tenantId !== undefined) return tenantId;
  const detail = 'The key is bound to no tenant, so the event must name one.';
  throw new Refusal('invalid_event', '/tenant_id', detail);
}

function idOf(
  event: EventInput,
  { idempotencyKey }: Recording,
  principal: Principal,
  tenantId: string,
  index: number,
  now: number,
): string {
  if (event.id !== undefined) return event.id.toLowerCase();
  if (idempotencyKey === undefined) return newEventId(now);
  return repeatableEventId(principal.id, idempotencyKey, tenantId, index);
}

function answer(
  ready: readonly Ready[],
  outcomes: ReadonlyMap<Ready, Appended>,
  refused: readonly Refused[],
  items: readonly Item[],
): RecordResult {
  const receipts: Receipt[] = [];
  const rejected: Rejection[] = [];
  let accepted = 0;
  for (const one of ready) {
    const outcome = outcomes.get(one);
    if (outcome === undefined) throw new Error('the ledger left an event without an outcome');
    const { id } = one.prepared.event;
    if (outcome.kind === 'conflict') {
      const detail = 'Another event with this id is stored; ids are used once.';
      rejected.push({ index: one.index, id, code: 'id_conflict', detail, path: '/id' });
    } else {
      if (outcome.kind === 'accepted') accepted++;
      receipts.push({ id, sequence: outcome.sequence, leaf_hash: base64(outcome.leafHash) });
    }
  }
  for (const { index, item, refusal } of refused) {
    const id = fieldOf(item, 'id');
    const { code, path, message: detail } = refusal;
    rejected.push({ index, ...(id === undefined ? {} : { id }), code, detail, path });
  }
  rejected.sort((left, right) => left.index - right.index);
  if (receipts.length + rejected.length !== items.length) {
    throw new Error('an event of the request is neither accepted nor rejected');
  }
  return { accepted, duplicates: receipts.length - accepted, rejected, receipts };
}
