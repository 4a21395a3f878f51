/**
 * An event is found again. Owns plans, pages, counts, suggestions, the live tail and the indexes
 * that its follower keeps. Promises: every answer goes through a plan that holds a view; indexes
 * propose rows, the view's projection decides, for every kind of answer; what was acknowledged
 * before a question is in its answer; the first page fixes the window, later pages keep it; pages
 * follow each other without gap or repetition; an answer that stops at a bound says so. Never
 * writes to the ledger.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import { type EventPage, type Explanation, type Notice, PAGE_LIMIT } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { ALL, showsEvery } from '@annals/contract/view';
import type { RoleSight, Sight, TenantRow } from '../access/access.ts';
import type { Config } from '../config.ts';
import { type EventBlock, type EventKey, viewerOf } from '../event-rows.ts';
import { Fault } from '../fault.ts';
import type { Store } from '../store/store.ts';
import { Counting } from './counting.ts';
import { CURSOR_KEY_BYTES, Cursors } from './cursor.ts';
import { explainView } from './explain.ts';
import { Followers } from './followers.ts';
import { Lenses } from './lenses.ts';
import { Parties } from './parties.ts';
import { type Asked, bindingOf, idsOf, type Plan, planFor, planOf, questionOf } from './plan.ts';
import {
  BOUNDS,
  BY_TIME,
  caughtUp,
  type Found,
  isOver,
  LIMIT_MS,
  orByTime,
  Reader,
  type Route,
} from './read.ts';
import { sinceNotices } from './rules.ts';
import { Tails } from './tail.ts';

export { facetFields } from './counting.ts';
export type { Plan } from './plan.ts';
export { LIMIT_MS } from './read.ts';

/** How long a file waits for the index to know every event, in steps of so many ms. */
const CATCH_UP = {
  prompt: { looks: 40, ms: 50 },
  /** Nobody waits for it at an open connection: half a minute. */
  patient: { looks: 120, ms: 250 },
} as const;
/** Rows that are read for each that is wanted, where some are likely to be left out. */
const VIEW_ROOM = 1.15;
/** A page's cursor is good for so long, in ms: a day. */
const CURSOR_KEPT_MS = 24 * 3_600_000;
/** How long a follower that makes an index anew is looked at, in ms. */
const RENEW_LOOK_MS = 200;

export interface PageAsked extends Asked {
  readonly limit?: number;
  readonly cursor?: string;
}
interface Page {
  readonly found: readonly Found[];
  /** Where the next page begins; undefined: there is none. */
  readonly next: EventKey | undefined;
  readonly isStopped: boolean;
}

const notices = (route: Route, page: Page): Notice[] => {
  const list: Notice[] = [];
  if (page.isStopped && page.next) {
    const back = formatInstant(page.next.occurredAt);
    const detail = `Looked at events as far as ${back}; the next page goes on from there.`;
    list.push({ code: 'searched_in_part', detail });
  }
  return [...list, ...route.notices];
};

export class Search {
  readonly counting: Counting;
  readonly parties: Parties;
  readonly tails: Tails;
  readonly followers: Followers;
  readonly #store: Store;
  readonly #cursors: Cursors;
  readonly #lenses = new Lenses();
  readonly #reader: Reader;

  private constructor(store: Store, cursors: Cursors, config: Config) {
    this.#store = store;
    this.#cursors = cursors;
    this.#reader = new Reader(store, this.#lenses);
    this.counting = new Counting(store, this.#reader);
    this.parties = new Parties(store, cursors, this.#reader, this.counting);
    this.tails = new Tails(store, cursors);
    const { dataDir, databaseUrl, logLevel } = config;
    this.followers = new Followers({ config: { dataDir, databaseUrl }, logLevel });
  }

  static async open(store: Store, config: Config): Promise<Search> {
    const proposed = randomBytes(CURSOR_KEY_BYTES).toString('base64');
    const key = Buffer.from(await store.settings.keep('cursor_key', proposed), 'base64');
    return new Search(store, new Cursors(key), config);
  }

  /** A tenant's log has become longer on this server. */
  moved(tenantNo: number, size: number): void {
    this.followers.moved(tenantNo, size);
    this.tails.moved(tenantNo);
  }

  /**
   * One page. A cursor keeps what its first page fixed. Throws Fault `invalid_cursor`,
   * `invalid_search`, `too_slow`.
   */
  async page(sight: Sight, asked: PageAsked, signal?: AbortSignal): Promise<EventPage> {
    const limit = asked.limit ?? PAGE_LIMIT.default;
    const binding = `${bindingOf(sight)} ${asked.q ?? ''}`;
    const { plan, after, asOf } = await this.#resume(sight, asked, binding, signal);
    const ids = idsOf(plan.query);
    const as_of = formatInstant(asOf);
    if (ids !== undefined) return { ...(await this.#byIds(plan, ids)), as_of };
    const chosen = await this.#reader.route(plan, 'first');
    const { page, route } = await orByTime(chosen, async (route) => {
      return { route, page: await this.#read(plan, route, after, limit, signal) };
    });
    const { from, to, order } = plan;
    const next_cursor =
      page.next === undefined
        ? null
        : this.#cursors.seal({ after: page.next, from, to, order, asOf }, binding);
    return {
      events: page.found.map(({ event }) => event),
      next_cursor,
      as_of,
      notices: [...plan.notices, ...notices(route, page)],
    };
  }

  async #read(
    plan: Plan,
    route: Route,
    after: EventKey | undefined,
    limit: number,
    signal: AbortSignal | undefined,
  ): Promise<Page> {
    const found: Found[] = [];
    const started = performance.now();
    let examined = 0;
    const room = showsEvery(plan.view) ? 1 : VIEW_ROOM;
    // What is missing, at the rate at which answers were found so far.
    const wanted = () =>
      found.length === 0
        ? undefined
        : Math.ceil((((limit + 1 - found.length) * examined) / found.length) * VIEW_ROOM);
    const reading = {
      plan,
      route,
      after,
      firstRows: Math.ceil((limit + 1) * room),
      wanted,
      signal,
    };
    for await (const step of this.#reader.steps(reading)) {
      found.push(...step.found);
      examined += step.examined;
      const last = found[limit - 1];
      if (found.length > limit && last) {
        return { found: found.slice(0, limit), next: last.key, isStopped: false };
      }
      if (step.through && isOver(BOUNDS, examined, started))
        return { found, next: step.through, isStopped: true };
    }
    return { found, next: undefined, isStopped: false };
  }

  async #byIds(plan: Plan, ids: readonly string[]): Promise<Omit<EventPage, 'as_of'>> {
    const view = viewerOf(plan);
    const events: ReadEvent[] = [];
    for (const id of new Set(ids)) {
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) continue;
      const row = await this.#store.events.byId(plan.tenantNo, idBytes(id));
      if (row === undefined || row.occurredAt < plan.from || row.occurredAt >= plan.to) continue;
      const event = view(row);
      if (event) events.push(event);
    }
    const sign = plan.order === 'asc' ? 1 : -1;
    events.sort((one, other) => (one.occurred_at < other.occurred_at ? -sign : sign));
    return { events, next_cursor: null, notices: [...plan.notices] };
  }

  /**
   * The plan of a question under the view's rules. Throws Fault `invalid_query`, `invalid_search`,
   * `filter_required`, `filter_value_unknown`, `window_too_long`, `record_ambiguous`.
   */
  async plan(sight: Sight, asked: Asked, signal?: AbortSignal): Promise<Plan> {
    const plan = await this.parties.resolveOne(sight, planOf(sight, asked), signal);
    const since = await sinceNotices(sight.compiled, plan.query, plan.from);
    return since.length === 0 ? plan : { ...plan, notices: [...plan.notices, ...since] };
  }

  async #resume(
    sight: Sight,
    asked: PageAsked,
    binding: string,
    signal: AbortSignal | undefined,
  ): Promise<{ plan: Plan; after: EventKey | undefined; asOf: number }> {
    if (asked.cursor === undefined) {
      const plan = await this.plan(sight, asked, signal);
      return { plan, after: undefined, asOf: sight.now };
    }
    const cursor = this.#cursors.open(asked.cursor, binding);
    if (cursor === undefined) throw new Fault('invalid_cursor');
    const { after, from, to, order, asOf } = cursor;
    // The view's reach moves on: a kept cursor must not reach further back than it for long.
    if (sight.now - asOf > CURSOR_KEPT_MS) throw new Fault('invalid_cursor', 'It is a day old.');
    const query = questionOf(sight, asked.q);
    const open = planFor(sight, query, { from: undefined, to: undefined }, order);
    const plan = { ...open, from, to, notices: [] };
    return { plan: await this.parties.resolveOne(sight, plan, signal), after, asOf };
  }

  /** One event. Throws Fault `not_found` also for an event that the view does not show. */
  async one({ tenant, view, limits }: Sight, id: string): Promise<ReadEvent> {
    const row = await this.#store.events.byId(tenant.tenant_no, idBytes(id));
    const isWithin = row && row.occurredAt >= limits.from && row.occurredAt < limits.to;
    const show = viewerOf({ tenantId: tenant.tenant_id, view, query: [] });
    const event = isWithin ? show(row) : undefined;
    if (event === undefined) throw new Fault('not_found', 'There is no such event.');
    return event;
  }

  /** Why a role sees an event, or does not; `id` in lower case. */
  async explain(
    tenant: Pick<TenantRow, 'tenant_no' | 'tenant_id'>,
    asked: { readonly id: string; readonly role: string },
    sights: readonly RoleSight[],
  ): Promise<Explanation> {
    const { tenant_id } = tenant;
    const row = await this.#store.events.byId(tenant.tenant_no, idBytes(asked.id));
    const whole = row && viewerOf({ tenantId: tenant_id, view: ALL, query: [] })(row);
    const views =
      row && whole ? sights.map((sight) => explainView(sight, whole, row.occurredAt)) : [];
    const visible = views.some((view) => view.visible);
    return { tenant_id, ...asked, recorded: whole !== undefined, visible, views };
  }

  /**
   * All rows that a plan's index proposes, in blocks, for a lens to decide. Of a state of the log
   * that is `pinned` by its size, at least those that were there.
   */
  async *scan(
    plan: Plan,
    pinned: number,
    patience: 'patient' | 'prompt',
  ): AsyncGenerator<EventBlock> {
    const { source, generation } = await this.#routeOfAll(plan, pinned, CATCH_UP[patience]);
    yield* this.#store.scans.proposed({ ...plan, source, after: undefined });
    if (generation === undefined) return;
    const after = await this.#store.counts.reach(plan.tenantNo);
    // The file is cut off, so that nobody takes it for a whole one.
    if (after.generation !== generation) {
      throw new Fault('storage_unavailable', 'The index was made anew.');
    }
  }

  /**
   * A file has no tail to join: it waits a moment for the index of its state of the log, or reads
   * everything by time.
   */
  async #routeOfAll(
    plan: Plan,
    pinned: number,
    patience: (typeof CATCH_UP)['prompt' | 'patient'],
  ): Promise<Route> {
    const hasAll = ({ tail, notices, indexed }: Route) =>
      notices.length === 0 && (tail.length === 0 || indexed >= pinned);
    const route = await this.#reader.route(plan, 'all');
    if (hasAll(route)) return route;
    await caughtUp(this.#store, plan.tenantNo, patience, pinned);
    const later = await this.#reader.route(plan, 'all');
    return hasAll(later) ? later : BY_TIME;
  }

  /** Has the indexes of a tenant made anew and resolves when they hold all it has now. */
  async rebuild(
    tenantNo: number,
    progress: (done: number, total: number) => Promise<void> | void,
  ): Promise<void> {
    const { size } = await this.#store.counts.reach(tenantNo);
    await this.followers.renew(tenantNo);
    for (;;) {
      await sleep(RENEW_LOOK_MS);
      const { indexed } = await this.#store.counts.reach(tenantNo);
      await progress(Math.min(indexed, size), size);
      if (indexed >= size) return;
    }
  }

  async close(): Promise<void> {
    this.tails.close();
    await Promise.all([this.followers.stop(), this.#lenses.close()]);
  }
}

const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

/** Ends when the client leaves or the time is over. */
export const questionSignal = (left: AbortSignal): AbortSignal =>
  AbortSignal.any([left, AbortSignal.timeout(LIMIT_MS)]);
