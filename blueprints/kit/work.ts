/** What is done now and then at the desks of a blueprint, over some fourteen months. */
import type { EventInput } from '@annals/contract/event';
import type { Blueprint } from '../blueprint.ts';
import { createRandom, type Random } from '../demo/random.ts';
import { type Days, daysOf } from './days.ts';
import type { StaffedDesk, StaffedTenant } from './desk.ts';
import { createJournal, type Journal } from './journal.ts';

const DAYS = 430;

export interface Work<D> {
  readonly weight: number;
  /** The day since which it is recorded at all. */
  readonly since?: string | undefined;
  readonly play: (desk: D, atMs: number) => void;
}

export interface Trade<C extends StaffedTenant, D extends StaffedDesk> {
  readonly timeZone: string;
  readonly customers: readonly C[];
  readonly works: readonly Work<D>[];
  /** About so often something ordinary is done; some of it makes more than one event. */
  readonly count: number;
  deskOf(random: Random, journal: Journal, customer: C, startMs: number): D;
  /** Cues what happens once at a customer. */
  tellStories(desk: D, days: Days, journal: Journal): void;
}

/** So often each of them is done at least. */
const WORK_LEAST = 5;

/** The events of all customers, oldest first. */
export function eventsOf<C extends StaffedTenant, D extends StaffedDesk>(
  { seed, nowMs }: Parameters<Blueprint['events']>[0],
  { timeZone, customers, works, count, deskOf, tellStories }: Trade<C, D>,
): EventInput[] {
  const random = createRandom(seed);
  const days = daysOf(nowMs, timeZone);
  const journal = createJournal(random, nowMs);
  const startMs = days.at(DAYS, 0);
  const desks = customers.map((customer) => ({
    desk: deskOf(random, journal, customer, startMs),
    weight: customer.weight,
  }));
  const whole = works.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, since, play } of works) {
    const fromMs = since === undefined ? startMs : Math.max(startMs, days.startOf(since));
    // Before that day nothing of the kind was recorded at all.
    if (fromMs >= nowMs) continue;
    const times = Math.max(WORK_LEAST, Math.round((count * weight) / whole));
    for (const atMs of days.spread(random, times, { fromMs, toMs: nowMs })) {
      const { desk } = random.weighted(desks);
      journal.cue(atMs, () => play(desk, atMs));
    }
  }
  for (const { desk } of desks) tellStories(desk, days, journal);
  return journal.events();
}
