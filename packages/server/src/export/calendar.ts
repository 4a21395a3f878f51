/**
 * When reports run, and over which days, by the clock on the wall of a zone. Each time of a
 * schedule comes once: one that the clock jumps over comes as much later as it jumps, one that
 * comes twice counts the first time (RFC 5545 3.3.5, Temporal's `compatible`). Pure.
 */
import type { ReportRange } from '@annals/contract/schedule';
import { Cron } from 'croner';

const HOUR_MS = 3_600_000;
/** Runs of a new schedule that are looked at for those which lie too close. */
const LOOKED_AT = 200;
const AT_ONCE = 50;
const FIVE_FIELDS = /^\S+( \S+){4}$/;

/** Moments in ms: the first inclusive, the last exclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}
export interface Calendar {
  /** The next times of a cron line after a moment, in ms; fewer if there are no more. */
  runs(cron: string, after: number, count: number): number[];
  /** The days that a run is about. */
  range(range: ReportRange, at: number): Range;
  /** The day of a moment, as in `2026-03-29`. */
  day(ms: number): string;
}

/** Times of the clock on the wall, as if they were in UTC. */
const patternOf = (cron: string): Cron =>
  new Cron(cron, { timezone: 'UTC', mode: '5-part', paused: true });

/** Why a cron line cannot be a schedule, in words that follow its name; undefined: it can. */
export function scheduleProblem(cron: string): string | undefined {
  if (!FIVE_FIELDS.test(cron)) {
    return 'must be a cron line of five fields, for example 30 2 * * *';
  }
  let times: Date[];
  try {
    times = patternOf(cron).nextRuns(LOOKED_AT);
  } catch {
    return 'is no cron line: minute, hour, day, month, day of the week';
  }
  if (times.length === 0) return 'names a time that never comes';
  const isDense = times.some((time, n) => {
    const before = times[n - 1];
    return before !== undefined && time.getTime() - before.getTime() < HOUR_MS;
  });
  return isDense ? 'must run at most once an hour' : undefined;
}

/** Throws RangeError for a name that is no time zone. */
export async function calendarOf(timeZone: string): Promise<Calendar> {
  // Loaded when it is first needed: 3 MB that a server which only records does without.
  const { Temporal } = await import('temporal-polyfill');
  const zoned = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const onWall = (ms: number) =>
    Temporal.PlainDateTime.from(new Date(ms).toISOString().slice(0, -1));
  zoned(0);
  return {
    runs(cron, after, count) {
      const pattern = patternOf(cron);
      const found: number[] = [];
      // Clocks have been moved by up to a day.
      const wall = zoned(after).toPlainDateTime().subtract({ days: 2 });
      let from = new Date(`${wall.toString()}Z`);
      for (;;) {
        const times = pattern.nextRuns(AT_ONCE, from);
        for (const time of times) {
          const ms = onWall(time.getTime()).toZonedDateTime(timeZone).epochMilliseconds;
          if (ms > (found.at(-1) ?? after)) found.push(ms);
          if (found.length === count) return found;
        }
        const last = times.at(-1);
        if (last === undefined || times.length < AT_ONCE) return found;
        from = last;
      }
    },
    range(range, at) {
      const today = zoned(at).startOfDay();
      const between = (from: typeof today, to: typeof today): Range => ({
        from: from.epochMilliseconds,
        to: to.epochMilliseconds,
      });
      if (range === 'yesterday') return between(today.subtract({ days: 1 }).startOfDay(), today);
      if (range === 'last_90_days')
        return between(today.subtract({ days: 90 }).startOfDay(), today);
      if (range === 'last_week') {
        const monday = today.subtract({ days: today.dayOfWeek - 1 }).startOfDay();
        return between(monday.subtract({ weeks: 1 }).startOfDay(), monday);
      }
      const first = today.with({ day: 1 }).startOfDay();
      return between(first.subtract({ months: 1 }).startOfDay(), first);
    },
    day: (ms) => zoned(ms).toPlainDate().toString(),
  };
}

/** Of whole days in a row, the first and the last. */
export function daysText({ day }: Calendar, { from, to }: Range): string {
  const [first, last] = [day(from), day(to - 1)];
  return first === last ? first : `${first} to ${last}`;
}
