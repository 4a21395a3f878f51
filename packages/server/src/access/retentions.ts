/**
 * How long a tenant's events are kept. The closest retention counts: its own, else that of its
 * plan, else that of its project. A shorter one takes effect 7 days after it was told: in effect
 * is the longest of all that were told in that time, so putting it back takes it back at once, and
 * nothing has to be written for the tenants of a plan or project.
 */
import type { Compiled } from '@annals/contract/compile';
import { RETENTION_DELAY_DAYS } from '@annals/contract/keeping';
import { periodWords } from '@annals/contract/period';
import type { Notice, Retention } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { keptOf } from '../kept.ts';
import type { ProjectRow, Store, TenantRow } from '../store/store.ts';
import type { Definitions } from './definitions.ts';
import { ownRetention } from './describe.ts';
import { movedBy } from './limits.ts';

const DELAY_MS = RETENTION_DELAY_DAYS * 24 * 3_600_000;
/** Since when retention is applied here: what was told before counts from then on. */
const SINCE = 'retention_since';
const STATES_KEPT = 50_000;
/** A change on another server is seen within this time, in ms. */
const KEPT_MS = 5_000;

/** Who told a retention. */
export type RetentionOf = 'tenant' | 'plan' | 'project' | 'none';

/** A part of a retention, as it is now. */
export interface Keeping {
  /** Undefined: kept for ever. */
  readonly period: string | undefined;
  /** What happened before is due, in ms; −Infinity: nothing. */
  readonly before: number;
}
const FOR_EVER: Keeping = { period: undefined, before: -Infinity };

export interface RetentionView {
  readonly of: RetentionOf;
  readonly inEffect: { readonly events: Keeping; readonly personal: Keeping };
  /** What waits because it is shorter, and from when on it counts, in ms. */
  readonly pending: Pending | undefined;
}
export interface Pending {
  readonly events: Keeping;
  readonly personal: Keeping;
  readonly at: number;
}

export const NO_RETENTION: RetentionView = {
  of: 'none',
  inEffect: { events: FOR_EVER, personal: FOR_EVER },
  pending: undefined,
};

/** What decides a retention besides the definition. */
type Described = Pick<TenantRow, 'plan' | 'retention'>;

/** The retention that counts for a tenant. */
export function closest(
  compiled: Compiled | undefined,
  tenant: Described,
): { readonly of: RetentionOf; readonly kept: Retention } {
  const own = ownRetention(tenant);
  if (own) return { of: 'tenant', kept: own };
  const { plans = {}, ...usual } = compiled?.definition.retention ?? {};
  const { plan } = tenant;
  const ofPlan = plan !== null && Object.hasOwn(plans, plan) ? plans[plan] : undefined;
  if (ofPlan) return { of: 'plan', kept: ofPlan };
  const has = usual.events !== undefined || usual.personal !== undefined;
  return { of: has ? 'project' : 'none', kept: usual };
}

/** What was told at a time, until another one; the last one is what is told now. */
interface Told {
  readonly kept: Retention;
  readonly timeZone: string;
  readonly until: number;
}

async function keepingOf(
  { kept, timeZone }: Told,
  part: 'events' | 'personal',
  now: number,
): Promise<Keeping> {
  const period = kept[part];
  if (period === undefined) return FOR_EVER;
  return { period, before: await movedBy(now, 'before', period, timeZone) };
}

export class RetentionRules {
  readonly #store: Store;
  readonly #definitions: Definitions;
  #since: number | undefined;
  readonly #known = keptOf<number, { readonly threat: Pending | undefined }>({
    most: STATES_KEPT,
    ttl: KEPT_MS,
  });

  constructor(store: Store, definitions: Definitions) {
    this.#store = store;
    this.#definitions = definitions;
  }

  /**
   * To be called at each start: what was told before the first one with retention is not applied
   * at once. Where there was nobody yet whose events were kept, there is nothing to wait for.
   */
  async prepare(now: number): Promise<void> {
    const since = (await this.#store.tenants.isAny()) ? now : 0;
    this.#since = Number(await this.#store.settings.keep(SINCE, String(since)));
  }

  forget(tenantNo: number): void {
    this.#known.delete(tenantNo);
  }

  forgetAll(): void {
    this.#known.clear();
  }

  /** Before this time events may be due by one of these; −Infinity: by none. */
  async latestOf(all: readonly Retention[], timeZone: string, now: number): Promise<number> {
    let latest = -Infinity;
    for (const kept of all) {
      for (const part of ['events', 'personal'] as const) {
        const { before } = await keepingOf({ kept, timeZone, until: Infinity }, part, now);
        latest = Math.max(latest, before);
      }
    }
    return latest;
  }

  /** What waits and will take something away, as it was a few seconds ago at most: for notices. */
  async threat(project: ProjectRow, tenant: TenantRow, now: number): Promise<Pending | undefined> {
    const known = this.#known.get(tenant.tenant_no);
    if (known) return known.threat;
    const { pending, inEffect } = await this.of(project, tenant, now);
    const threat = pending && (await this.#taking(tenant.tenant_no, inEffect, pending, now));
    this.#known.set(tenant.tenant_no, { threat });
    return threat;
  }

  async #taking(
    tenantNo: number,
    inEffect: RetentionView['inEffect'],
    pending: Pending,
    now: number,
  ): Promise<Pending | undefined> {
    const taking = async (part: 'events' | 'personal'): Promise<Keeping> => {
      // By then time has gone on.
      const to = pending[part].before + pending.at - now;
      const range = { from: Math.max(0, inEffect[part].before), to };
      const isAny = to > 0 && (await this.#store.retentions.countOf(tenantNo, range, 1)) > 0;
      return isAny ? pending[part] : FOR_EVER;
    };
    const [events, personal] = [await taking('events'), await taking('personal')];
    if (events === FOR_EVER && personal === FOR_EVER) return undefined;
    return { ...pending, events, personal };
  }

  async of(project: ProjectRow, tenant: TenantRow, now: number): Promise<RetentionView> {
    const told = await this.#told(project, tenant, now);
    const last = told.at(-1);
    if (last === undefined || told.every(({ kept }) => !kept.events && !kept.personal))
      return NO_RETENTION;
    const { of } = closest(await this.#definitions.of(project), tenant);
    let at = -Infinity;
    const longest = async (part: 'events' | 'personal') => {
      const wanted = await keepingOf(last, part, now);
      let kept = wanted;
      for (const one of told) {
        const other = await keepingOf(one, part, now);
        if (other.before < wanted.before) at = Math.max(at, one.until + DELAY_MS);
        if (other.before < kept.before) kept = other;
      }
      return { wanted, kept };
    };
    const [events, personal] = [await longest('events'), await longest('personal')];
    const inEffect = { events: events.kept, personal: personal.kept };
    const waiting = { events: events.wanted, personal: personal.wanted, at };
    return { of, inEffect, pending: at > now ? waiting : undefined };
  }

  /** All that was told in the last days, the latest last. */
  async #told(project: ProjectRow, tenant: TenantRow, now: number): Promise<Told[]> {
    const start = now - DELAY_MS;
    const definitions = await this.#definitionsSince(project, start);
    const past = await this.#store.retentions.past(tenant.tenant_no, start);
    const tenants = [...past, { ...tenant, until: Infinity }];
    const since = this.#since ?? now;
    const ends = [...definitions, ...tenants].map(({ until }) => until);
    const moments = [...new Set(ends)].sort((one, other) => one - other);
    const told: Told[] = [];
    // Before retention was applied here, everything was kept.
    if (since > start) told.push({ kept: {}, timeZone: project.time_zone, until: since });
    for (const until of moments) {
      // It had no events then that anybody was told of.
      if (until <= Math.max(since, tenant.created_at)) continue;
      const definition = definitions.find((one) => one.until >= until);
      const described = tenants.find((one) => one.until >= until);
      if (!described) continue;
      const { kept } = closest(definition?.compiled, described);
      told.push({ kept, timeZone: definition?.compiled?.timeZone ?? project.time_zone, until });
    }
    return told;
  }

  /** Definitions that counted since a moment, each until when; the last one counts now. */
  async #definitionsSince(
    project: ProjectRow,
    start: number,
  ): Promise<{ compiled: Compiled | undefined; until: number }[]> {
    const history = await this.#store.definitions.history(project.project_no);
    const ends = history.map(({ applied_at }, index) => ({
      version: index === 0 ? 0 : (history[index - 1]?.version ?? 0),
      until: applied_at,
    }));
    const last = { version: project.version, until: Infinity };
    const found = [];
    for (const { version, until } of [...ends, last]) {
      if (until <= start) continue;
      found.push({ compiled: await this.#definitions.of({ ...project, version }), until });
    }
    return found;
  }
}

/** What readers should know of what will be removed. */
export function tenantNotices(endsAt: number | null, pending: Pending | undefined): Notice[] {
  const notices: Notice[] = [];
  if (endsAt !== null) {
    const from = formatInstant(endsAt);
    const detail = `The tenant is closed: its events are removed ${from}. Export what you need.`;
    notices.push({ code: 'tenant_closed', detail, from });
  }
  if (pending === undefined) return notices;
  const from = formatInstant(pending.at);
  const parts = { events: 'events', personal: 'personal values' } as const;
  for (const part of ['events', 'personal'] as const) {
    const { period } = pending[part];
    if (period === undefined) continue;
    const detail = `From ${from} on, ${parts[part]} are kept for ${periodWords(period)}.`;
    notices.push({ code: 'retention_pending', detail, from, period });
  }
  return notices;
}
