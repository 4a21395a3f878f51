/**
 * Lengths of time as ISO 8601 writes them: `P90D`, `P3M`, `PT6H`. Years and months are those of the
 * calendar, so a length has no fixed number of days.
 */
import Type from 'typebox';

const PERIOD_PATTERN =
  '^P(?=.)(\\d{1,4}Y)?(\\d{1,4}M)?(\\d{1,4}W)?(\\d{1,4}D)?(T(?=.)(\\d{1,4}H)?(\\d{1,4}M)?)?$';

/** What a value must be that does not match the pattern. */
export const PERIOD_WORDS: Readonly<Record<string, string>> = {
  [PERIOD_PATTERN]: 'must be a length of time, for example P90D, P3M or PT6H',
};

export const Period = Type.String({
  pattern: PERIOD_PATTERN,
  maxLength: 40,
  description: 'ISO 8601: `P90D`, `P3M`, `P1Y`, `PT6H`. Months and years are calendar ones.',
});

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

const UNITS = ['years', 'months', 'days'] as const;
const counted = (n: number, unit: string): string => `${n} ${n === 1 ? unit.slice(0, -1) : unit}`;

/** `P1Y6M` is "1 year 6 months": for people, in English. */
export function periodWords(period: string): string {
  const parts = parsePeriod(period);
  if (parts === undefined) return period;
  const [hours, minutes] = [Math.floor(parts.minutes / 60), parts.minutes % 60];
  const words = UNITS.flatMap((unit) => (parts[unit] > 0 ? [counted(parts[unit], unit)] : []));
  if (hours > 0) words.push(counted(hours, 'hours'));
  if (minutes > 0) words.push(counted(minutes, 'minutes'));
  return words.join(' ') || '0 days';
}
