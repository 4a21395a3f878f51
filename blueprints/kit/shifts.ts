/** When people work: moments of working days in one time zone, and moments that stories name. */
import { DAY_MS, HOUR_MS, isWeekend, MINUTE_MS, zoneOffsets } from '../demo/calendar.ts';
import type { Random } from '../demo/random.ts';

export interface Shifts {
  readonly fromMs: number;
  readonly nowMs: number;
  /** Some moment at which somebody works. */
  moment(): number;
  /** The moment of a local time some days before today; moved back to Friday from a weekend. */
  daysAgo(days: number, hour: number, minute?: number): number;
  /** The moment of a local day and time: `2024-12-31`, 23, 58. */
  onDay(day: string, hour: number, minute?: number): number;
  /** The local day of a moment: `2026-03-14`. */
  dayOf(atMs: number): string;
}

/** How much is done in each local hour from 7 to 19, against the others. */
const HOURS = [1, 5, 10, 10, 9, 5, 7, 10, 9, 8, 5, 2, 1].map((weight, index) => ({
  weight,
  hour: 7 + index,
}));
/** What is done on a weekend day, against a working day. */
const WEEKEND = 0.08;
/** After so many days on which nobody works, one is taken at any rate. */
const TRIES = 200;

/** In: the first moment and the last. Out: shifts between them, the last included. */
export const shiftsOf = (random: Random, zone: string, fromMs: number, nowMs: number): Shifts => {
  const offsetMs = zoneOffsets();
  const localOf = (atMs: number): number => atMs + offsetMs(zone, atMs);
  const midnightOf = (atMs: number): number => Math.floor(localOf(atMs) / DAY_MS) * DAY_MS;
  /** From a zone's own clock, counted as if it were UTC. */
  const momentOf = (localMs: number): number => localMs - offsetMs(zone, localMs);
  const days = Math.max(1, Math.floor((nowMs - fromMs) / DAY_MS));
  const moment = (): number => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const dayMs = midnightOf(fromMs + random.integer(0, days) * DAY_MS);
      const { hour } = random.weighted(HOURS);
      const atMs = momentOf(dayMs + hour * HOUR_MS + random.integer(0, HOUR_MS - 1));
      const isUsual = !isWeekend(dayMs) || random.chance(WEEKEND);
      if (isUsual && atMs >= fromMs && atMs <= nowMs) return atMs;
    }
    return fromMs + Math.floor(random.next() * (nowMs - fromMs));
  };
  return {
    fromMs,
    nowMs,
    moment,
    daysAgo(count, hour, minute = 0) {
      let dayMs = midnightOf(nowMs) - count * DAY_MS;
      while (isWeekend(dayMs)) dayMs -= DAY_MS;
      return momentOf(dayMs + hour * HOUR_MS + minute * MINUTE_MS);
    },
    onDay: (day, hour, minute = 0) =>
      momentOf(Date.parse(`${day}T00:00:00Z`) + hour * HOUR_MS + minute * MINUTE_MS),
    dayOf: (atMs) => new Date(localOf(atMs)).toISOString().slice(0, 10),
  };
};
