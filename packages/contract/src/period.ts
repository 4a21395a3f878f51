/**
 * Lengths of time as ISO 8601 writes them: `P90D`, `P3M`, `PT6H`. Years and months are those of the
 * calendar, so a length has no fixed number of days.
 */
export const PERIOD_PATTERN =
  '^P(?=.)(\\d{1,4}Y)?(\\d{1,4}M)?(\\d{1,4}W)?(\\d{1,4}D)?(T(?=.)(\\d{1,4}H)?(\\d{1,4}M)?)?$';

/** What a value must be that does not match the pattern. */
export const PERIOD_WORDS: Readonly<Record<string, string>> = {
  [PERIOD_PATTERN]: 'must be a length of time, for example P90D, P3M or PT6H',
};

export interface PeriodParts {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly minutes: number;
}

const PARTS = new RegExp(PERIOD_PATTERN);

/** Undefined if the text is no period. */
export function parsePeriod(text: string): PeriodParts | undefined {
  const found = PARTS.exec(text);
  if (found === null) return undefined;
  const [, years, months, weeks, days, , hours, minutes] = found.map((part) =>
    Number.parseInt(part ?? '0', 10),
  );
  return {
    years: years ?? 0,
    months: months ?? 0,
    days: (weeks ?? 0) * 7 + (days ?? 0),
    minutes: (hours ?? 0) * 60 + (minutes ?? 0),
  };
}

const MINUTES_A_DAY = 24 * 60;
/** About how long it is, in days: to compare, not to count with. */
export const roughDays = ({ years, months, days, minutes }: PeriodParts): number =>
  years * 365.25 + months * 30.44 + days + minutes / MINUTES_A_DAY;

const monthsOf = ({ years, months }: PeriodParts): number => years * 12 + months;
/** Days by which a number of calendar months may miss its average: February, and leap years. */
const MONTHS_SLACK = 4;
/** The same of days, in days: clocks are turned. */
const DAYS_SLACK = 2 / 24;

/** How many days a length of time has at least and at most, wherever in the calendar it lies. */
function daysWithin(parts: PeriodParts): { least: number; most: number } {
  const hasMonths = monthsOf(parts) > 0;
  const slack = (hasMonths ? MONTHS_SLACK : 0) + (hasMonths || parts.days > 0 ? DAYS_SLACK : 0);
  const about = roughDays(parts);
  return { least: about - slack, most: about + slack };
}

/**
 * Whether one length of time is shorter (below zero) or longer (above) than another wherever in
 * the calendar they lie; undefined if that depends on it, as of `P3M` and `P90D`.
 */
export function comparePeriods(one: PeriodParts, other: PeriodParts): number | undefined {
  const parts = [monthsOf(one) - monthsOf(other), one.days - other.days];
  const signs = new Set([...parts, one.minutes - other.minutes].map(Math.sign));
  signs.delete(0);
  const [sign = 0] = signs;
  if (signs.size < 2) return sign;
  const [here, there] = [daysWithin(one), daysWithin(other)];
  if (here.most < there.least) return -1;
  return here.least > there.most ? 1 : undefined;
}

const NO_TIME: PeriodParts = { years: 0, months: 0, days: 0, minutes: 0 };

/** In words: `P1Y6M` is "1 year 6 months", `PT90M` "1 hour 30 minutes". */
export function periodWords(period: string): string {
  const { years, months, days, minutes } = parsePeriod(period) ?? NO_TIME;
  const units = { year: years, month: months, day: days };
  const finer = { hour: Math.floor(minutes / 60), minute: minutes % 60 };
  const words = Object.entries({ ...units, ...finer }).flatMap(([unit, n]) =>
    n === 0 ? [] : [`${n} ${unit}${n === 1 ? '' : 's'}`],
  );
  return words.length === 0 ? 'no time' : words.join(' ');
}
