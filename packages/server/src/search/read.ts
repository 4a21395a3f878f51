/**
 * Answers of a plan, in order: rows that an index proposes, joined with the newest events that it
 * has not reached yet, each tested by the lens. Bounded in rows and time; says how far it came.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import { printQuery } from '@annals/contract/query';
import type { Notice } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { showsWhole } from '@annals/contract/view';
import {
  type EventBlock,
  type EventKey,
  type EventRow,
  lastKeyOf,
  readAhead,
  rowReader,
  rowsOf,
  viewerOf,
} from '../event-rows.ts';
import { Fault } from '../fault.ts';
import { keptOf } from '../kept.ts';
import type { Reach, Source, Store } from '../store/store.ts';
import { type Lenses, matchBlock } from './lenses.ts';
import { actionSource, indexSource, type Plan, waysOf } from './plan.ts';
import {
  addEvent,
  emptyTally,
  mergeTally,
  type Tally,
  type TallySpec,
  tallyBlock,
} from './tally.ts';

/** Where looking for one answer stops. */
export interface Bounds {
  readonly rows: number;
  /** The time it may take, in ms, once `least` rows are looked at. */
  readonly ms: number;
  /** So many are looked at however long they take: a small log is answered whole on a busy host. */
  readonly least: number;
}
export const BOUNDS: Bounds = { rows: 200_000, ms: 300, least: 5_000 };
/** The longest that any question may take, in ms. */
export const LIMIT_MS = 10_000;
/** Events behind the index that are read beside it: about 50 ms of work. */
export const TAIL_MOST = 5_000;
const TAIL_ROWS = 1_000;
/** First and largest number of rows read at once. */
const FIRST_ROWS = 120;
const MOST_ROWS = 1_000;
/** Rows looked at to see how dense answers are, and the share that makes them so. */
const PROBE_ROWS = 100;
const DENSE_SHARE = 0.1;
/** Blocks up to this size are looked at here: a thread costs as much as these rows. */
const INLINE_ROWS = 300;
/** Views of tenants of which is remembered how dense they are, and for how long, in ms. */
const VIEWS_KEPT = 10_000;
const VIEWS_KEPT_MS = 60_000;

export interface Found {
  readonly key: EventKey;
  readonly event: ReadEvent;
}
/** What a plan is read by. */
export interface Route {
  readonly source: Source;
  /** Rows of a later sequence are in `tail` instead. */
  readonly indexed: number;
  readonly tail: readonly Found[];
  /** Of the index that it reads by, if it reads by one that followers make. */
  readonly generation?: number;
  /** That the index is too far behind to be used, if it is. */
  readonly notices: readonly Notice[];
}
/** Answers among the rows from the place before up to `through`. */
export interface Step {
  readonly found: readonly Found[];
  /** The last row that was looked at; undefined: there are no more. */
  readonly through: EventKey | undefined;
  readonly examined: number;
}

const keyOf = ({ occurredAt, sequence }: EventRow): EventKey => ({ occurredAt, sequence });

/** Negative if the first comes first. */
export const compareKeys = (one: EventKey, other: EventKey, order: 'asc' | 'desc'): number => {
  const later = one.occurredAt - other.occurredAt || one.sequence - other.sequence;
  return order === 'asc' ? later : -later;
};

/** Whether looking stops, of a look that began at `started` of performance.now(). */
export const isOver = ({ rows, ms, least }: Bounds, examined: number, started: number): boolean =>
  examined >= rows || (examined >= least && performance.now() - started >= ms);

/** Throws when the client has left or the time is over. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  const isOver = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  if (isOver) throw new Fault('too_slow', `The limit is ${LIMIT_MS / 1_000} s.`);
  throw signal.reason;
}

/** Answers among the events of these sequences, in the plan's order. */
export async function tailOf(store: Store, plan: Plan, from: number, to: number): Promise<Found[]> {
  const view = viewerOf(plan);
  const found: Found[] = [];
  for (let at = from; at < to; ) {
    const block = await store.events.from(plan.tenantNo, at, Math.min(TAIL_ROWS, to - at));
    for (const row of rowsOf(block)) {
      if (row.occurredAt < plan.from || row.occurredAt >= plan.to) continue;
      const event = view(row);
      if (event) found.push({ key: keyOf(row), event });
    }
    if (block.count === 0) break;
    at += block.count;
  }
  return found.sort((one, other) => compareKeys(one.key, other.key, plan.order));
}

/** Whether so many events are answers that reading all of them in order is faster. */
async function isDense(store: Store, plan: Plan): Promise<boolean> {
  const looked = { ...plan, source: { kind: 'time' }, after: undefined } as const;
  const sizes = { first: PROBE_ROWS, most: PROBE_ROWS };
  for await (const block of store.finds.propose(looked, sizes)) {
    return matchBlock(block, plan).length > block.count * DENSE_SHARE;
  }
  return false;
}

/** Every event, in order; no index has to be whole for it. */
export const BY_TIME: Route = {
  source: { kind: 'time' },
  indexed: Infinity,
  tail: [],
  notices: [],
};

/** What a reader is told while the indexes do not have everything. */
export async function behind(store: Store, tenantNo: number, indexed: number): Promise<Notice> {
  const [last] = indexed === 0 ? [] : rowsOf(await store.events.from(tenantNo, indexed - 1, 1));
  const reach = last ? `the events up to ${formatInstant(last.occurredAt)}` : 'no events yet';
  return {
    code: 'index_behind',
    detail: `The index is being made and holds ${reach}: answers take longer.`,
    ...(last ? { indexed_to: formatInstant(last.occurredAt) } : {}),
  };
}

/** Waits a while for the index to have every event that there is now, or the first so many. */
export async function caughtUp(
  { counts }: Store,
  tenantNo: number,
  { looks, ms }: { readonly looks: number; readonly ms: number },
  most = Infinity,
): Promise<Reach> {
  let reach = await counts.reach(tenantNo);
  const size = Math.min(reach.size, most);
  for (let look = 0; reach.indexed < size && look < looks; look++) {
    await sleep(ms);
    reach = await counts.reach(tenantNo);
  }
  return { ...reach, size };
}

interface Proposed {
  readonly block: EventBlock;
  readonly check: Promise<void>;
}
export interface Reading {
  readonly plan: Plan;
  readonly route: Route;
  readonly after: EventKey | undefined;
  /** How many rows to begin with. */
  readonly firstRows?: number;
  /** How many rows are wanted next, if that is known. */
  readonly wanted?: () => number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A tally and how far it goes. */
export interface Counted {
  readonly tally: Tally;
  /** Everything from here on is in it; undefined: it is complete. */
  readonly back: number | undefined;
  readonly notices: readonly Notice[];
}

/** Somebody had the index made anew while it was read: what it proposed may not have been all. */
export class IndexRenewed extends Error {}

/** An answer by a route, or by time if the index was made anew meanwhile. */
export async function orByTime<T>(route: Route, answer: (route: Route) => Promise<T>): Promise<T> {
  try {
    return await answer(route);
  } catch (error) {
    if (!(error instanceof IndexRenewed)) throw error;
    return await answer(BY_TIME);
  }
}

/** Reads on and on; the reader stops when it has enough. Throws IndexRenewed. */
export class Reader {
  readonly #store: Store;
  readonly #lenses: Lenses;
  readonly #dense = keptOf<string, boolean>({ most: VIEWS_KEPT, ttl: VIEWS_KEPT_MS });

  constructor(store: Store, lenses: Lenses) {
    this.#store = store;
    this.#lenses = lenses;
  }

  /** The way to the first answers of a plan, or to all: by an index and its tail, or by time. */
  async route(plan: Plan, wants: 'first' | 'all'): Promise<Route> {
    const store = this.#store;
    const isAsked = plan.query.length > 0 || plan.hints.length > 0;
    if (!isAsked && plan.view.rows.length === 0) return BY_TIME;
    const ways = waysOf(store, plan);
    const actions = await actionSource(store, plan, ways);
    if (actions) return { ...BY_TIME, source: actions };
    if (!ways.words && !ways.parties) return BY_TIME;
    // Known, as a rule: then nothing need be asked.
    if (!isAsked && !ways.parties && (await this.#isViewDense(plan))) return BY_TIME;
    // Where all answers to a question are wanted, each row that is not read is a gain.
    const mayBeDense = isAsked && !ways.parties && wants === 'first';
    const [{ indexed, size, generation, span }, dense] = await Promise.all([
      store.counts.span(plan.tenantNo),
      mayBeDense ? isDense(store, plan) : false,
    ]);
    if (dense || span === undefined) return BY_TIME;
    // Found after the reach was read, so that names of all that is indexed are known.
    const source = await indexSource(store, plan, ways, span);
    if (source === undefined) return BY_TIME;
    if (size - indexed > TAIL_MOST) {
      return { ...BY_TIME, notices: [await behind(store, plan.tenantNo, indexed)] };
    }
    const tail = size > indexed ? await tailOf(store, plan, indexed, size) : [];
    return { source, indexed, generation, tail, notices: [] };
  }

  /** How dense a view's own events are changes little, so it need not be seen each time. */
  async #isViewDense(plan: Plan): Promise<boolean> {
    const key = `${plan.tenantNo} ${printQuery(plan.view.rows)}`;
    const known = this.#dense.get(key);
    if (known !== undefined) return known;
    const dense = await isDense(this.#store, plan);
    this.#dense.set(key, dense);
    return dense;
  }

  /** Blocks of proposed rows, in order, growing, each with the check that it may be relied on. */
  async *#blocks(reading: Reading): AsyncGenerator<Proposed> {
    const { plan, route, after, firstRows, wanted, signal } = reading;
    const { source } = route;
    const sizes = { first: firstRows ?? FIRST_ROWS, most: MOST_ROWS, wanted };
    const blocks = this.#store.finds.propose({ ...plan, source, after }, sizes);
    let isChecked = false;
    for await (const block of readAhead(blocks)) {
      checkSignal(signal);
      isChecked = block.count > 0;
      if (!isChecked) continue;
      // Asked after the index has proposed, and while its rows are looked at.
      const check = this.#check(plan, route);
      check.catch(() => undefined);
      yield { block, check };
    }
    if (!isChecked) await this.#check(plan, route);
  }

  async #check({ tenantNo }: Plan, { generation }: Route): Promise<void> {
    if (generation === undefined) return;
    const reach = await this.#store.counts.reach(tenantNo);
    if (reach.generation !== generation) throw new IndexRenewed();
  }

  /** Answers in order, with the tail where its events belong. */
  async *steps(reading: Reading): AsyncGenerator<Step> {
    const { plan, route, after } = reading;
    const isBeyond = ({ key }: Found) => !after || compareKeys(after, key, plan.order) < 0;
    const tail = route.tail.filter(isBeyond);
    for await (const { block, check } of this.#blocks(reading)) {
      const through = lastKeyOf(block);
      const proposed = await this.#matching(block, plan, route.indexed);
      await check;
      const end = tail.findIndex(
        ({ key }) => through !== undefined && compareKeys(key, through, plan.order) > 0,
      );
      const due = tail.splice(0, end === -1 ? tail.length : end);
      const found =
        due.length === 0
          ? proposed
          : [...proposed, ...due].sort((one, other) => compareKeys(one.key, other.key, plan.order));
      yield { found, through, examined: block.count };
    }
    yield { found: tail, through: undefined, examined: 0 };
  }

  /** Adds every answer to a tally, except the tail's, as often as a block was looked at. */
  async *tallies(
    reading: Reading,
    spec: TallySpec,
    tally: Tally,
  ): AsyncGenerator<{ through: EventKey | undefined; rows: number }> {
    const { plan, route } = reading;
    for await (const { block, check } of this.#blocks(reading)) {
      const [through, rows] = [lastKeyOf(block), block.count];
      const isSmall = rows <= INLINE_ROWS;
      const part = isSmall
        ? tallyBlock(block, plan, spec, route.indexed)
        : await this.#lenses.tally(block, plan, spec, route.indexed);
      await check;
      mergeTally(tally, part);
      yield { through, rows };
    }
  }

  /** When the first answer in the plan's order was; undefined: there is none, or it is far. */
  async first(plan: Plan, signal?: AbortSignal): Promise<number | undefined> {
    const route = await this.route(plan, 'first');
    return await orByTime(route, async (chosen) => {
      const started = performance.now();
      let examined = 0;
      const reading = { plan, route: chosen, after: undefined, signal };
      for await (const step of this.steps(reading)) {
        const [first] = step.found;
        if (first) return first.key.occurredAt;
        examined += step.examined;
        if (isOver(BOUNDS, examined, started)) return step.through?.occurredAt;
      }
      return undefined;
    });
  }

  /** Counts the answers of a plan, newest first, up to a bound. */
  async count(
    plan: Plan,
    spec: TallySpec,
    signal?: AbortSignal,
    bounds = BOUNDS,
  ): Promise<Counted> {
    const newestFirst: Plan = { ...plan, order: 'desc' };
    const route = await this.route(newestFirst, 'all');
    return await orByTime(route, async (chosen) => {
      const tally = emptyTally();
      for (const { event, key } of chosen.tail) addEvent(tally, spec, event, key.occurredAt);
      const started = performance.now();
      let examined = 0;
      const reading = { plan: newestFirst, route: chosen, after: undefined, signal };
      for await (const { through, rows } of this.tallies(reading, spec, tally)) {
        examined += rows;
        if (!through || !isOver(bounds, examined, started)) continue;
        // Of the last millisecond some events may not have been looked at.
        return { tally, back: through.occurredAt + 1, notices: chosen.notices };
      }
      return { tally, back: undefined, notices: chosen.notices };
    });
  }

  async #matching(block: EventBlock, plan: Plan, indexed: number): Promise<Found[]> {
    const isSieved = plan.query.length > 0 || !showsWhole(plan.view);
    const isLarge = block.count > INLINE_ROWS && isSieved;
    const { block: kept, rows } = isLarge
      ? await this.#lenses.match(block, plan)
      : { block, rows: undefined };
    const view = viewerOf(isLarge ? { ...plan, query: [] } : plan);
    const rowAt = rowReader(kept);
    const found: Found[] = [];
    for (const number of rows ?? Array.from({ length: kept.count }, (_, row) => row)) {
      const row = rowAt(number);
      if (row.sequence >= indexed) continue;
      const event = view(row);
      if (event) found.push({ key: keyOf(row), event });
    }
    return found;
  }
}
