/**
 * When reports run, and over which days: names and forms. A schedule is a cron line; the usual ones
 * have a simpler form. Without a schema: pages use it too. Pure.
 */

/** Days of the calendar before the run; weeks begin on Monday. */
export const REPORT_RANGES = ['yesterday', 'last_week', 'last_month', 'last_90_days'] as const;
export type ReportRange = (typeof REPORT_RANGES)[number];

export const RANGE_WORDS: Readonly<Record<ReportRange, string>> = {
  yesterday: 'Yesterday',
  last_week: 'Last full week',
  last_month: 'Last full month',
  last_90_days: 'Last 90 days',
};

export const RECIPIENT_TYPES = ['email', 'webhook', 's3'] as const;
export type RecipientType = (typeof RECIPIENT_TYPES)[number];

export const REPORT_LIMITS = {
  /** Characters of a title, which becomes that of files. */
  title: 100,
  recipients: 20,
  /** Of a tenant: more are made by programs, not by people. */
  reports: 500,
  nextRuns: 3,
  previewRows: 20,
} as const;

/** The same every day, week or month; `on` is 1 (Monday) to 7, or 1 to 28, or `last`. */
export type Simple =
  | { readonly every: 'day'; readonly at: string }
  | { readonly every: 'week'; readonly on: number; readonly at: string }
  | { readonly every: 'month'; readonly on: number | 'last'; readonly at: string };

const SIMPLE = /^(\d{1,2}) (\d{1,2}) (\*|L|\d{1,2}) \* (\*|[0-7])$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;
export const LATEST_DAY = 28;

/** The cron line of a simple schedule. Throws RangeError for an `at` that is no `HH:MM`. */
export function cronOf(simple: Simple): string {
  const [, hour, minute] = TIME.exec(simple.at) ?? [];
  if (hour === undefined || minute === undefined) throw new RangeError(`not a time: ${simple.at}`);
  const time = `${Number(minute)} ${Number(hour)}`;
  if (simple.every === 'day') return `${time} * * *`;
  if (simple.every === 'week') return `${time} * * ${simple.on % 7}`;
  return `${time} ${simple.on === 'last' ? 'L' : simple.on} * *`;
}

/** The simple schedule that a cron line is; undefined: it is none of these. */
export function simpleOf(cron: string): Simple | undefined {
  const [, minute, hour, day, weekday] = SIMPLE.exec(cron) ?? [];
  if (minute === undefined || hour === undefined) return undefined;
  const at = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (!TIME.test(at)) return undefined;
  if (day === '*') {
    return weekday === '*' ? { every: 'day', at } : { every: 'week', on: Number(weekday) || 7, at };
  }
  if (weekday !== '*') return undefined;
  if (day === 'L') return { every: 'month', on: 'last', at };
  const on = Number(day);
  return on >= 1 && on <= LATEST_DAY ? { every: 'month', on, at } : undefined;
}

const WEEKDAYS = [
  ...['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
] as const;
export const weekdayName = (on: number): string => WEEKDAYS[on - 1] ?? '';

/** As people say it: "Daily at 02:30". */
export function scheduleWords(cron: string): string {
  const simple = simpleOf(cron);
  if (simple === undefined) return `By the cron line ${cron}`;
  const { at } = simple;
  if (simple.every === 'day') return `Daily at ${at}`;
  if (simple.every === 'week') return `Every ${weekdayName(simple.on)} at ${at}`;
  const day = simple.on === 'last' ? 'last day' : `day ${simple.on}`;
  return `Monthly on ${simple.on === 'last' ? `the ${day}` : day} at ${at}`;
}
