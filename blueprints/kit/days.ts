/**
 * Days and working hours of one time zone: when something happens in a blueprint. Local times are
 * those of the wall clock, also across daylight saving time. Reads no clock of its own.
 */
import { DAY_MS, HOUR_MS, isWeekend, MINUTE_MS, zoneOffsets } from '../demo/calendar.ts';
import type { Random } from '../demo/random.ts';

/** How likely somebody does something in each local hour of a working day. */
const HOURS = [
  0.01, 0.005, 0.005, 0.005, 0.01, 0.02, 0.05, 0.25, 0.8, 1, 1, 0.9, 0.5, 0.8, 0.95, 0.9, 0.7, 0.4,
  0.15, 0.08, 0.05, 0.04, 0.03, 0.02,
] as const;
const WEEKEND = 0.07;
/** Moments that are tried before one is taken as it is: a range may lie in the night altogether. */
const TRIES = 500;

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Days {
  readonly nowMs: number;
  /** The moment of a local time so many days before today. */
  at(daysAgo: number, hour: number, minute?: number): number;
  /** The same, of the Friday before if that is a weekend. */
  workday(daysAgo: number, hour: number, minute?: number): number;
  /** Moments at which people work, in order. */
  spread(random: Random, count: number, span: Span): number[];
  /** Midnight at which a day of the calendar begins: `2026-05-01`. */
  startOf(day: string): number;
}

/** In: the moment at which the blueprint's data end, and the zone whose clocks count. */
export function daysOf(nowMs: number, timeZone: string): Days {
  const offsetMs = zoneOffsets(HOUR_MS);
  const offset = (atMs: number): number => offsetMs(timeZone, atMs);
  /** The moment at which clocks show this; twice, for the offset may be another one there. */
  const fromLocal = (localMs: number): number => {
    const nearMs = localMs - offset(localMs);
    return localMs - offset(nearMs);
  };
  const todayMs = Math.floor((nowMs + offset(nowMs)) / DAY_MS) * DAY_MS;
  const localAt = (daysAgo: number, hour: number, minute: number) =>
    todayMs - daysAgo * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS;
  const busy = (atMs: number): number => {
    const localMs = atMs + offset(atMs);
    const likely = HOURS[new Date(localMs).getUTCHours()] ?? 0;
    return isWeekend(localMs) ? likely * WEEKEND : likely;
  };
  const workingMoment = (random: Random, { fromMs, toMs }: Span): number => {
    let atMs = fromMs;
    for (let tries = 0; tries < TRIES; tries += 1) {
      atMs = fromMs + Math.floor(random.next() * (toMs - fromMs));
      if (random.next() < busy(atMs)) break;
    }
    return atMs;
  };
  return {
    nowMs,
    at: (daysAgo, hour, minute = 0) => fromLocal(localAt(daysAgo, hour, minute)),
    workday(daysAgo, hour, minute = 0) {
      let localMs = localAt(daysAgo, hour, minute);
      while (isWeekend(localMs)) localMs -= DAY_MS;
      return fromLocal(localMs);
    },
    spread: (random, count, span) =>
      Array.from({ length: count }, () => workingMoment(random, span)).sort((a, b) => a - b),
    startOf: (day) => fromLocal(Date.parse(`${day}T00:00:00Z`)),
  };
}
