/**
 * How far back a view reaches, how new it is, and how long one question may be, as moments. Years,
 * months and days are those of the calendar in the project's time zone (Temporal).
 */
import type { ViewDefinition } from '@annals/contract/definition';
import { type PeriodParts, parsePeriod } from '@annals/contract/period';
import type { Temporal } from 'temporal-polyfill';

/** What keeps a view from reaching further back. */
export type LimitedBy = 'reach' | 'floor' | 'enabled';

export interface Limits {
  /** Nothing earlier is shown, in ms. */
  readonly from: number;
  readonly by: LimitedBy | undefined;
  /** Nothing from here on is shown yet, in ms. */
  readonly to: number;
  /** As the definition writes them. */
  readonly reach: string | undefined;
  readonly delay: string | undefined;
  readonly window: Window | undefined;
}
export interface Window {
  readonly period: string;
  /** The latest end of a range that begins so. */
  endOf(from: number): number;
  /** The earliest beginning of a range that ends so. */
  startOf(to: number): number;
  /** How many days of the calendar a range has; what is left of one counts as a whole one. */
  daysOf(from: number, to: number): number;
}

/** A view without any limit. */
export const NO_LIMITS: Limits = {
  from: 0,
  by: undefined,
  to: Infinity,
  reach: undefined,
  delay: undefined,
  window: undefined,
};

const partsOf = (period: string): PeriodParts => {
  const parts = parsePeriod(period);
  if (parts === undefined) throw new Error(`not a period: ${period}`);
  return parts;
};

export async function limitsOf(
  view: ViewDefinition,
  timeZone: string,
  enabledAt: number | null,
  now: number,
): Promise<Limits> {
  const { reach, floor, window, delay } = view;
  const from = view.operators === true ? 0 : (enabledAt ?? 0);
  const none = { ...NO_LIMITS, from, by: from > 0 ? ('enabled' as const) : undefined };
  if (!reach && !floor && !window && !delay) return none;
  // Loaded when it is first needed: 3 MB that a server which only records does without.
  const { Temporal } = await import('temporal-polyfill');
  const zoned = (ms: number): Temporal.ZonedDateTime =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const before = (ms: number, period: string) => zoned(ms).subtract(partsOf(period));
  const after = (ms: number, period: string) => zoned(ms).add(partsOf(period));
  const starts: [LimitedBy, number][] = [['enabled', from]];
  if (reach) starts.push(['reach', before(now, reach).epochMilliseconds]);
  if (floor) {
    const day = Temporal.PlainDate.from(floor).toZonedDateTime(timeZone);
    starts.push(['floor', day.epochMilliseconds]);
  }
  const [by, start] = starts.reduce((one, other) => (other[1] > one[1] ? other : one));
  return {
    from: start,
    by: start > 0 ? by : undefined,
    // What happened exactly so long ago is shown.
    to: delay ? before(now, delay).epochMilliseconds + 1 : Infinity,
    reach,
    delay,
    window: window
      ? {
          period: window,
          endOf: (ms) => after(ms, window).epochMilliseconds,
          startOf: (ms) => before(ms, window).epochMilliseconds,
          daysOf: (start, end) => {
            const { days } = zoned(start).until(zoned(end), { largestUnit: 'days' });
            return zoned(start).add({ days }).epochMilliseconds < end ? days + 1 : days;
          },
        }
      : undefined,
  };
}

/** The moment that lies so long before, or after, another in the calendar there, in ms. */
export async function movedBy(
  ms: number,
  direction: 'before' | 'after',
  period: string,
  timeZone: string,
): Promise<number> {
  const { Temporal } = await import('temporal-polyfill');
  const zoned = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const parts = partsOf(period);
  const moved = direction === 'before' ? zoned.subtract(parts) : zoned.add(parts);
  return moved.epochMilliseconds;
}

/** The first moment of a day such as `2025-01-01` there, in ms. */
export async function startOfDay(day: string, timeZone: string): Promise<number> {
  const { Temporal } = await import('temporal-polyfill');
  return Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds;
}
