/** Legal holds: placed and released by those who manage them, told to nobody else. */
import { randomUUID } from 'node:crypto';
import { ownEvent } from '@annals/contract/own-events';
import { parseQuery, QueryError } from '@annals/contract/query';
import { type Hold, type HoldCovers, ROUTES } from '@annals/contract/routes';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import type { Principal, TenantRow } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { HoldRow } from '../store/store.ts';
import type { KeepingParts } from './parts.ts';

export interface HoldAsked {
  readonly project?: string;
  readonly tenant_id: string;
  readonly covers: HoldCovers;
  readonly reason: string;
}

const NO_HOLD = 'There is no such hold.';

/** How the table of holds names somebody. */
const nameOf = ({ actor }: Principal): string => `${actor.type}:${actor.id ?? actor.name ?? ''}`;

const describe = (row: HoldRow, tenantId: string): Hold => ({
  hold_id: row.hold_id,
  tenant_id: tenantId,
  covers: row.covers,
  reason: row.reason,
  placed_at: formatInstant(row.placed_at),
  placed_by: row.placed_by,
  released_at: instantOrNull(row.released_at),
  released_by: row.released_by,
  release_reason: row.release_reason,
});

/** Throws if the covered events could not be told. */
function checkCovers(covers: HoldCovers): void {
  if (covers.kind !== 'query') return;
  try {
    parseQuery(covers.q);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const errors = [{ path: '/covers/q', detail: error.message }];
    throw new Fault('invalid_body', `/covers/q: ${error.message}`, { errors });
  }
}

export class Holds {
  readonly #parts: KeepingParts;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  async list(
    principal: Principal,
    asked: { project?: string; tenant_id: string },
  ): Promise<Hold[]> {
    const { access, store } = this.#parts;
    const project = await access.project(principal, asked.project, ROUTES.listHolds);
    const tenant = await access.tenantToRead(principal, project, asked.tenant_id, ROUTES.listHolds);
    const rows = await store.holds.list(tenant.tenant_no);
    return rows.map((row) => describe(row, tenant.tenant_id));
  }

  /** When it resolves, nothing that the hold covers is taken from any more. */
  async place(principal: Principal, asked: HoldAsked): Promise<Hold> {
    const { access, ledger, store } = this.#parts;
    const project = await access.project(principal, asked.project, ROUTES.placeHold);
    const { tenant_id, covers, reason } = asked;
    const tenant = await access.tenantToRead(principal, project, tenant_id, ROUTES.placeHold);
    checkCovers(covers);
    const { tenant_no } = tenant;
    // Its head is what a change of its events stands on.
    await ledger.origin(tenant_no);
    const hold_id = randomUUID();
    const placed = { hold_id, tenant_no, covers, reason, placed_at: Date.now() };
    await store.holds.place({ ...placed, placed_by: nameOf(principal) });
    await this.#tell(principal, tenant, 'placed', { hold_id, covers, reason });
    return describe(await this.#row(hold_id), tenant_id);
  }

  async release(
    principal: Principal,
    holdId: string,
    asked: { project?: string; reason: string },
  ): Promise<Hold> {
    const { access, store } = this.#parts;
    await access.demand(principal, ROUTES.releaseHold);
    const named =
      asked.project && (await access.project(principal, asked.project, ROUTES.releaseHold));
    const row = await store.holds.byId(holdId);
    const tenant = row && (await store.tenants.byNumber(row.tenant_no));
    if (!row || !tenant || (named && tenant.project_no !== named.project_no)) {
      throw new Fault('not_found', NO_HOLD);
    }
    const { project_no: projectNo, tenant_no: tenantNo } = tenant;
    const demand = { ...ROUTES.releaseHold, projectNo, tenantNo };
    await access.demand(principal, demand, { missing: NO_HOLD });
    const isReleased = await store.holds.release(holdId, {
      released_at: Date.now(),
      released_by: nameOf(principal),
      release_reason: asked.reason,
    });
    if (isReleased) {
      // Retention has passed over what was held.
      await store.retentions.forgetMarks(tenantNo);
      const { hold_id, covers } = row;
      await this.#tell(principal, tenant, 'released', { hold_id, covers, reason: asked.reason });
    }
    return describe(await this.#row(holdId), tenant.tenant_id);
  }

  async #row(holdId: string): Promise<HoldRow> {
    const row = await this.#parts.store.holds.byId(holdId);
    if (row === undefined) throw new Error('a hold just changed is not there');
    return row;
  }

  async #tell(
    principal: Principal,
    tenant: TenantRow,
    what: 'placed' | 'released',
    hold: Pick<HoldRow, 'hold_id' | 'covers' | 'reason'>,
  ): Promise<void> {
    const told = {
      targets: [{ type: 'legal_hold', id: hold.hold_id }],
      reason: { text: hold.reason },
      metadata: { covers: hold.covers },
    };
    await this.#parts.recordOwn(tenant, [ownEvent(`annals.hold.${what}`, principal, told)]);
  }
}
