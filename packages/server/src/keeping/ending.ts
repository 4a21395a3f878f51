/**
 * The end of a tenant: nothing more is recorded at once, it can be read for a time, then its events
 * are removed. Heads and hashes stay.
 */
import { CLOSING } from '@annals/contract/keeping';
import { ownEvent } from '@annals/contract/own-events';
import { ROUTES, type TenantEnd } from '@annals/contract/routes';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import { movedBy, type Principal, type TenantRow } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { TenantFields } from '../store/store.ts';
import type { KeepingParts, Place } from './parts.ts';

const DAY_MS = 24 * 3_600_000;
/** Days are those of the calendar, of which one may be shorter by this, in ms. */
const DAY_SLACK_MS = 2 * 3_600_000;

interface EndAsked {
  readonly project?: string;
  readonly tenant_id: string;
}

export class Ending {
  readonly #parts: KeepingParts;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  /** Closing again changes the end. */
  async close(principal: Principal, asked: EndAsked & { after?: string }): Promise<TenantEnd> {
    const place = await this.#place(principal, asked, 'closeTenant');
    const { project, tenant } = place;
    const now = Date.now();
    this.#demandOpenEnd(tenant, now);
    const after = asked.after ?? CLOSING.default;
    const ends_at = await movedBy(now, 'after', after, project.time_zone);
    if (ends_at < now + CLOSING.leastDays * DAY_MS - DAY_SLACK_MS) {
      const detail = `must be at least ${CLOSING.least}`;
      throw new Fault('invalid_body', `/after: ${detail}`, {
        errors: [{ path: '/after', detail }],
      });
    }
    const fields = { closed_at: tenant.closed_at ?? now, ends_at };
    return await this.#change(place, fields, 'closed');
  }

  /** Throws `tenant_closed` if it has ended. */
  async reopen(principal: Principal, asked: EndAsked): Promise<TenantEnd> {
    const place = await this.#place(principal, asked, 'reopenTenant');
    this.#demandOpenEnd(place.tenant, Date.now());
    if (place.tenant.closed_at === null) return await this.#describe(place.tenant);
    return await this.#change(place, { closed_at: null, ends_at: null }, 'reopened');
  }

  async #place(
    principal: Principal,
    asked: EndAsked,
    route: 'closeTenant' | 'reopenTenant',
  ): Promise<Place> {
    const { access, store } = this.#parts;
    const project = await access.project(principal, asked.project, ROUTES[route]);
    await access.tenantToRead(principal, project, asked.tenant_id, ROUTES[route]);
    if (principal.tenantId !== null) {
      throw new Fault('forbidden', 'Nobody of the tenant itself closes or reopens it.');
    }
    const tenant = await store.tenants.byId(project.project_no, asked.tenant_id);
    if (tenant === undefined) throw new Error('a tenant just found is not there');
    return { principal, project, tenant };
  }

  #demandOpenEnd({ ends_at }: TenantRow, now: number): void {
    if (ends_at === null || ends_at > now) return;
    throw new Fault('tenant_closed', `It ended ${formatInstant(ends_at)}.`);
  }

  async #change(
    { principal, project, tenant }: Place,
    fields: TenantFields,
    what: 'closed' | 'reopened',
  ): Promise<TenantEnd> {
    const { access, recordOwn, store } = this.#parts;
    const { tenant_id } = tenant;
    const told = {
      targets: [{ type: 'tenant', id: tenant_id }],
      metadata: { ends_at: instantOrNull(fields.ends_at ?? null) },
    };
    await recordOwn(tenant, [ownEvent(`annals.tenant.${what}`, principal, told)]);
    const row = await store.tenants.put(project.project_no, tenant_id, fields, Date.now());
    access.forget(project.project, row);
    return await this.#describe(row);
  }

  async #describe({ tenant_no, tenant_id, closed_at, ends_at }: TenantRow): Promise<TenantEnd> {
    const head = await this.#parts.store.heads.byTenant(tenant_no);
    const ends = { closed_at: instantOrNull(closed_at), ends_at: instantOrNull(ends_at) };
    return { tenant_id, ...ends, events: head?.size ?? 0 };
  }
}
