/** Calendar days and clock times of a zone, by the browser's own tables (IANA). Pure. */

export interface Parts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  formats.set(zone, made);
  return made;
}

/** What clock and calendar of the zone say at a moment. */
export function partsIn(zone: string, ms: number): Parts {
  const found = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const number = (name: Intl.DateTimeFormatPartTypes) => Number(found.get(name));
  return {
    year: number('year'),
    month: number('month'),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
    second: number('second'),
  };
}

const utcOf = ({ year, month, day, hour, minute, second }: Parts): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/** How far the zone's clock is before UTC at a moment, in ms. */
export const offsetMs = (zone: string, ms: number): number => {
  const whole = Math.floor(ms / 1_000) * 1_000;
  return utcOf(partsIn(zone, whole)) - whole;
};

/**
 * The moment at which the zone's clock shows this. A time that is skipped when clocks are put
 * forward means the moment of the change; of one that is twice, the first is meant.
 */
export function momentOf(zone: string, parts: Parts): number {
  const shown = utcOf(parts);
  // The offset of the day before and of the day after: at a change they differ.
  const offsets = [offsetMs(zone, shown - DAY_MS), offsetMs(zone, shown + DAY_MS)];
  for (const offset of offsets) {
    if (offsetMs(zone, shown - offset) === offset) return shown - offset;
  }
  return skipped(zone, shown - Math.max(...offsets), shown - Math.min(...offsets));
}

/** The first moment after a change of clocks between two moments. */
function skipped(zone: string, from: number, to: number): number {
  const before = offsetMs(zone, from);
  let [low, high] = [from, to];
  while (high - low > MINUTE_MS) {
    const middle = Math.floor((low + high) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetMs(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** A day of the calendar, `2026-03-14`. */
export type Day = string;
const DAY_PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/;

export const dayText = (year: number, month: number, day: number): Day =>
  [String(year).padStart(4, '0'), ...[month, day].map((n) => String(n).padStart(2, '0'))].join('-');

/** Undefined unless it is a day that the calendar has. */
export function partsOfDay(day: Day): Parts | undefined {
  const [year = 0, month = 0, date = 0] = DAY_PATTERN.exec(day)?.slice(1).map(Number) ?? [];
  const utc = new Date(Date.UTC(year, month - 1, date));
  if (year < 1000 || utc.getUTCMonth() !== month - 1 || utc.getUTCDate() !== date) return undefined;
  return { year, month, day: date, hour: 0, minute: 0, second: 0 };
}

/** Some days later, or earlier. */
export function shiftDay(day: Day, days: number): Day {
  const parts = partsOfDay(day);
  if (parts === undefined) return day;
  const at = new Date(utcOf(parts) + days * DAY_MS);
  return dayText(at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate());
}

/** When a day begins in a zone, in ms; NaN for what is no day. */
export function startOfDay(zone: string, day: Day): number {
  const parts = partsOfDay(day);
  return parts ? momentOf(zone, parts) : Number.NaN;
}

/** The day that it is in a zone. */
export function dayIn(zone: string, ms: number): Day {
  const { year, month, day } = partsIn(zone, ms);
  return dayText(year, month, day);
}

export const isZone = (zone: string): boolean => {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
};
