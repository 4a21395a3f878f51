/**
 * One look through a watched view: what was recorded late, then the next hours that are closed. An
 * event is counted once, whenever it was recorded; counts and findings are stored together with how
 * far was looked.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatInstant } from '@annals/contract/time';
import type { Sight } from '../access/access.ts';
import { type EventBlock, type EventRow, rowReader, viewerOf } from '../event-rows.ts';
import type { Looked, WatchRow } from '../store/store.ts';
import { addedBy } from './added.ts';
import { type Deed, Deeds, deedOf, FailedRuns } from './deeds.ts';
import { HOUR_MS, Judge } from './judging.ts';
import type { UnusualParts } from './parts.ts';
import { DAY_MS, RULES, WEEK_MS } from './rules.ts';

/** An hour is closed so long after its end: events come late, in ms. */
const LATE_MS = 15 * 60_000;
/** What is learned at once, in hours. */
const LEARN_HOURS = 24;
/** Events recorded late that are looked at together. */
const LATE_ROWS = 2_000;
/** New things that were recorded later than this are history, in ms. */
const LATE_FINDINGS_MS = 7 * DAY_MS;
/** Persons of one watch: with 300 hours each in eight weeks, a million and a half rows. */
const PERSONS_MOST = 5_000;
/** What was never seen again, and what was found, are kept for so long, in ms. */
const KEPT_MS = 400 * DAY_MS;
/** Hours before the eight weeks, since neighbours of the first one count too. */
const HOURS_KEPT_MS = RULES.weeks * WEEK_MS + DAY_MS;

export class Stopped extends Error {}

const floorHour = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;
const ceilHour = (ms: number): number => Math.ceil(ms / HOUR_MS) * HOUR_MS;

/** The end of what may be looked at: of the last closed hour. */
const closedAt = ({ limits }: Sight, now: number): number =>
  floorHour(Math.min(now, limits.to) - LATE_MS);

/** What a watch begins with: it learns from the last weeks that the view shows. */
export function fresh(sight: Sight, size: number, now: number) {
  const learn_to = closedAt(sight, now);
  const shown = Math.max(learn_to - RULES.weeks * WEEK_MS, ceilHour(sight.limits.from));
  const learn_from = Math.min(shown, learn_to);
  return { learn_from, learn_to, looked_to: learn_from, log_size: size, full_at: null };
}

interface Eyes {
  readonly parts: UnusualParts;
  readonly watch: WatchRow;
  readonly sight: Sight;
  readonly stop: AbortSignal;
  readonly size: number;
  /** Who is watched already. */
  readonly persons: readonly string[];
}

export class Looking {
  readonly #parts: UnusualParts;
  readonly #sight: Sight;
  readonly #stop: AbortSignal;
  /** Of the log: what is recorded later is looked at the next time, so that this one ends. */
  readonly #size: number;
  readonly #persons: Set<string>;
  #watch: WatchRow;
  /** Whether somebody was left out. */
  #isFull = false;

  private constructor({ parts, watch, sight, stop, size, persons }: Eyes) {
    this.#parts = parts;
    this.#watch = watch;
    this.#sight = sight;
    this.#stop = stop;
    this.#size = size;
    this.#persons = new Set(persons);
  }

  static async begin(eyes: Omit<Eyes, 'size' | 'persons'>): Promise<Looking> {
    const { store } = eyes.parts;
    const head = await store.heads.byTenant(eyes.watch.tenant_no);
    const persons = await store.unusual.watched(eyes.watch);
    return new Looking({ ...eyes, size: head?.size ?? 0, persons });
  }

  /** Looks at a little more; answers whether there is more yet. Throws Stopped, Overtaken. */
  async step(now: number): Promise<boolean> {
    if (this.#watch.log_size < this.#size) {
      await this.#late();
      return true;
    }
    const { looked_to, learn_to } = this.#watch;
    const closed = closedAt(this.#sight, now);
    // What is not shown any more, or was long ago, is not looked for.
    const earliest = Math.max(floorHour(this.#sight.limits.from), closed - RULES.weeks * WEEK_MS);
    const from = Math.max(looked_to, earliest);
    if (from >= closed) return false;
    const isLearning = from < learn_to;
    const to = isLearning
      ? Math.min(from + LEARN_HOURS * HOUR_MS, learn_to, closed)
      : from + HOUR_MS;
    await this.#hours(from, to, isLearning);
    return to < closed;
  }

  /** When there will be something to look at, in ms. */
  nextAt(now: number): number {
    const { limits } = this.#sight;
    const delay = Number.isFinite(limits.to) ? now - limits.to : 0;
    return this.#watch.looked_to + HOUR_MS + LATE_MS + Math.max(0, delay);
  }

  /** Deeds among rows, giving way to others for as long as they took. */
  async #read(
    blocks: AsyncIterable<EventBlock> | Iterable<EventBlock>,
    deedIn: (row: EventRow) => Deed | undefined,
    take: (deed: Deed) => void,
  ): Promise<void> {
    for await (const block of blocks) {
      const started = performance.now();
      const rowAt = rowReader(block);
      for (let row = 0; row < block.count; row++) {
        const deed = deedIn(rowAt(row));
        if (deed && this.#admits(deed.person)) take(deed);
      }
      await sleep(performance.now() - started);
      if (this.#stop.aborted) throw new Stopped();
    }
  }

  #admits(person: string): boolean {
    if (this.#persons.has(person)) return true;
    this.#isFull ||= this.#persons.size >= PERSONS_MOST;
    if (!this.#isFull) this.#persons.add(person);
    return !this.#isFull;
  }

  #deedThrough(view: ReturnType<typeof viewerOf>) {
    const { persons } = this.#sight.view;
    return (row: EventRow): Deed | undefined => {
      const event = view(row);
      return event && deedOf(event, persons);
    };
  }

  /** Events that were recorded since, and happened before what is looked at already. */
  async #late(): Promise<void> {
    const { store } = this.#parts;
    const { tenant_no, log_size, looked_to } = this.#watch;
    const { tenant, view, limits } = this.#sight;
    const deedIn = this.#deedThrough(viewerOf({ tenantId: tenant.tenant_id, view, query: [] }));
    const deeds = new Deeds();
    const to = Math.min(this.#size, log_size + LATE_ROWS);
    const block = await store.events.from(tenant_no, log_size, to - log_size);
    const isShown = ({ occurredAt }: EventRow) =>
      occurredAt < looked_to && occurredAt >= limits.from && occurredAt < limits.to;
    await this.#read(
      [block],
      (row) => (isShown(row) ? deedIn(row) : undefined),
      (deed) => deeds.add(deed),
    );
    const fields = { log_size: to };
    if (deeds.persons.size === 0) {
      await this.#store({ fields, hours: [], seen: [], found: [] });
      return;
    }
    const since = Math.max(this.#watch.learn_to, looked_to - LATE_FINDINGS_MS);
    await this.#keep(deeds, fields, (judge) => judge.firsts(deeds, since));
  }

  async #hours(from: number, to: number, isLearning: boolean): Promise<void> {
    const { lens, blocks } = await this.#parts.look(this.#sight, {
      // Failures may have begun in the hour before.
      from: formatInstant(isLearning ? from : from - RULES.failures.withinMs),
      ...{ to: formatInstant(to), order: 'asc' },
    });
    const below = this.#watch.log_size;
    const deeds = new Deeds();
    const runs = new FailedRuns(from);
    await this.#read(
      blocks(below, 'patient'),
      this.#deedThrough(viewerOf({ ...lens, below })),
      (deed) => {
        if (!isLearning) runs.add(deed);
        if (deed.at >= from) deeds.add(deed);
      },
    );
    await this.#keep(deeds, { looked_to: to }, async (judge) => {
      if (isLearning) return;
      await judge.firsts(deeds, from);
      judge.failures(runs.found.values());
      await judge.bursts(deeds);
    });
  }

  async #keep(
    deeds: Deeds,
    fields: Partial<WatchRow>,
    judging: (judge: Judge) => Promise<void> | void,
  ): Promise<void> {
    const { store } = this.#parts;
    const watch = this.#watch;
    const persons = [...deeds.persons.keys()];
    const seen = Map.groupBy(await store.unusual.seen(watch, persons), ({ person }) => person);
    const { looked_to } = watch;
    const recent = await store.unusual.recent(watch, persons, looked_to - HOUR_MS);
    const { timeZone = this.#sight.project.time_zone } = this.#sight.compiled ?? {};
    const shownFrom = this.#sight.limits.from;
    const people = this.#persons.size;
    const judge = new Judge({ store, watch, timeZone, shownFrom, people, seen, recent });
    await judging(judge);
    const { found, isCut } = judge.judged;
    const { isFull, ...added } = addedBy(deeds, seen);
    const full = isCut || isFull || this.#isFull ? { full_at: Date.now() } : {};
    await this.#store({ fields: { ...fields, ...full }, ...added, found });
  }

  async #store(looked: Looked): Promise<void> {
    if (this.#stop.aborted) throw new Stopped();
    const { looked_to: before } = this.#watch;
    const { looked_to = before } = looked.fields;
    const isNextDay = Math.floor(looked_to / DAY_MS) > Math.floor(before / DAY_MS);
    const hour = Math.max(looked_to - HOURS_KEPT_MS, this.#sight.limits.from) / HOUR_MS;
    const old = looked_to - KEPT_MS;
    const forget = { hour: Math.floor(hour), seen: old, found: old };
    const fields = { ...looked.fields, beat_at: Date.now() };
    await this.#parts.store.unusual.looked(this.#watch, {
      ...looked,
      fields,
      ...(isNextDay ? { forget } : {}),
    });
    this.#watch = { ...this.#watch, ...fields };
  }
}
