/**
 * A time as people write it: `3d`, `yesterday`, `14 mar`, `14 mar 9..12`, `2026-03-01..2026-03-14`,
 * `march`, `since march`. Owns the grammar. Pure.
 *
 *     time   = AMOUNT UNIT | "today" | "yesterday" | month | since | day HOUR ".." HOUR
 *            | moment [ ".." moment ]
 *     since  = "since" ( month | moment ) | ( month | moment ) ".."
 *     moment = day [ CLOCK ]
 *     month  = mar | mar 2026 | 2026-03
 *     day    = 2026-03-14 | 14.3. | 14.3.2026 | 14 mar | 14 mar 2026 | mar 14
 */
import { daysRange, type Range, UNITS, type Unit } from './range.ts';
import { type Day, dayIn, dayText, momentOf, partsIn, partsOfDay, shiftDay } from './zone.ts';

/** Beginnings of the names of months, in the languages of the screens. */
const MONTHS: readonly (readonly string[])[] = [
  ['jan'],
  ['feb'],
  ['mar', 'mär', 'mrz'],
  ['apr'],
  ['may', 'mai'],
  ['jun'],
  ['jul'],
  ['aug'],
  ['sep'],
  ['oct', 'okt'],
  ['nov'],
  ['dec', 'dez'],
];
const SINCE = /^(?:since|seit)\s+(?<worded>.+)$|^(?<open>.+?)\s*\.\.$/;
const TODAY = ['today', 'heute'];
const YESTERDAY = ['yesterday', 'gestern'];
/** Longest text that is looked at. */
const LENGTH_MOST = 80;
const AMOUNT_MOST = 10_000;

interface Place {
  readonly zone: string;
  readonly nowMs: number;
}
interface Clock {
  readonly hour: number;
  readonly minute: number;
}
interface Moment {
  readonly day: Day;
  readonly clock?: Clock;
}

function monthOf(word: string): number | undefined {
  const at = MONTHS.findIndex((names) => names.some((name) => word.startsWith(name)));
  return at === -1 ? undefined : at + 1;
}

/** A day without a year is the last one of that name. */
function lastDay(month: number, day: number, { zone, nowMs }: Place): Day {
  const { year } = partsIn(zone, nowMs);
  const here = dayText(year, month, day);
  return here > dayIn(zone, nowMs) ? dayText(year - 1, month, day) : here;
}

/** The day at the beginning of a text, and what is left of it. */
function readDay(text: string, place: Place): { day: Day; rest: string } | undefined {
  const { zone, nowMs } = place;
  const named = /^(\p{L}+)\b/u.exec(text)?.[1] ?? '';
  const today = dayIn(zone, nowMs);
  if (TODAY.includes(named)) return { day: today, rest: text.slice(named.length) };
  if (YESTERDAY.includes(named))
    return { day: shiftDay(today, -1), rest: text.slice(named.length) };
  const made = (found: RegExpExecArray, year: string | undefined, month: number, day: number) => {
    const whole =
      year === undefined ? lastDay(month, day, place) : dayText(Number(year), month, day);
    return partsOfDay(whole) ? { day: whole, rest: text.slice(found[0].length) } : undefined;
  };
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})/.exec(text);
  if (iso) return made(iso, iso[1], Number(iso[2]), Number(iso[3]));
  const dotted = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})?/.exec(text);
  if (dotted) return made(dotted, dotted[3], Number(dotted[2]), Number(dotted[1]));
  const worded =
    /^(\d{1,2})\.?\s+(\p{L}{3,})\.?(?:\s+(\d{4}))?(?![\d:])/u.exec(text) ??
    /^()(\p{L}{3,})\.?\s+\d{1,2}(?:,?\s+(\d{4}))?(?![\d:])/u.exec(text);
  const month = monthOf(worded?.[2] ?? '-');
  if (!worded || month === undefined) return undefined;
  const day = worded[1] === '' ? /\d{1,2}/.exec(worded[0])?.[0] : worded[1];
  return made(worded, worded[3], month, Number(day));
}

function readClock(text: string): { clock?: Clock; rest: string } {
  const found = /^[\sT]*(\d{1,2})(?::(\d{2}))?(?!\d)/i.exec(text);
  if (!found) return { rest: text };
  const clock = { hour: Number(found[1]), minute: Number(found[2] ?? 0) };
  if (clock.hour > 24 || clock.minute > 59) return { rest: text };
  return { clock, rest: text.slice(found[0].length) };
}

function readMoment(text: string, place: Place): { moment: Moment; rest: string } | undefined {
  const found = readDay(text, place);
  if (!found) return undefined;
  const { clock, rest } = readClock(found.rest);
  return { moment: { day: found.day, ...(clock ? { clock } : {}) }, rest: rest.trimStart() };
}

const instantOf = ({ day, clock }: Moment, zone: string): number => {
  const parts = partsOfDay(day);
  if (!parts) return Number.NaN;
  return momentOf(zone, { ...parts, hour: clock?.hour ?? 0, minute: clock?.minute ?? 0 });
};

const moments = (from: number, to: number): Range | undefined =>
  from < to ? { kind: 'moments', from, to } : undefined;

/** A minute that is named is included, as a day is. */
function endOf(moment: Moment, zone: string): number {
  return moment.clock === undefined
    ? instantOf({ day: shiftDay(moment.day, 1) }, zone)
    : instantOf(moment, zone);
}

/** Undefined for what is no time. */
export function typedRange(text: string, zone: string, nowMs: number): Range | undefined {
  const asked = text.trim().toLowerCase().replaceAll('–', '..').slice(0, LENGTH_MOST);
  const [, amount, unit] = /^(\d{1,5})\s*([mhdw])$/.exec(asked) ?? [];
  if (amount !== undefined) {
    const isUsable = Number(amount) > 0 && Number(amount) <= AMOUNT_MOST;
    const known: Unit | undefined = UNITS.find((one) => one === unit);
    return isUsable && known ? { kind: 'last', amount: Number(amount), unit: known } : undefined;
  }
  const place = { zone, nowMs };
  const since = SINCE.exec(asked)?.groups;
  if (since) return rangeSince((since['worded'] ?? since['open'] ?? '').trim(), place);
  const month = readMonth(asked, place);
  if (month) return daysRange(month.first, month.last);
  const first = readMoment(asked, place);
  if (!first) return undefined;
  const { moment, rest } = first;
  if (rest === '') {
    if (moment.clock === undefined) return daysRange(moment.day, moment.day);
    return moments(instantOf(moment, zone), instantOf(moment, zone) + 3_600_000);
  }
  const tail = /^\.\.\s*(.*)$/.exec(rest)?.[1];
  if (tail === undefined) return undefined;
  const second = readMoment(tail, place) ?? clockOnly(tail, moment.day);
  if (second?.rest !== '') return undefined;
  if (moment.clock === undefined && second.moment.clock === undefined) {
    return daysRange(moment.day, second.moment.day);
  }
  return moments(instantOf(moment, zone), endOf(second.moment, zone));
}

/** A month without a year is the last one that has begun. */
function readMonth(text: string, place: Place): { first: Day; last: Day } | undefined {
  const named = /^(\p{L}{3,})\.?(?:\s+(\d{4}))?$/u.exec(text);
  const number = /^(\d{4})-(\d{1,2})$/.exec(text);
  const month = number ? Number(number[2]) : monthOf(named?.[1] ?? '-');
  if (month === undefined || month < 1 || month > 12) return undefined;
  const year = number?.[1] ?? named?.[2];
  const first = year === undefined ? lastDay(month, 1, place) : dayText(Number(year), month, 1);
  const inNext = partsOfDay(shiftDay(first, 31));
  if (!inNext) return undefined;
  return { first, last: shiftDay(dayText(inNext.year, inNext.month, 1), -1) };
}

/** Until today, or until now where a clock is named. */
function rangeSince(text: string, place: Place): Range | undefined {
  const { zone, nowMs } = place;
  const today = dayIn(zone, nowMs);
  const month = readMonth(text, place);
  if (month) return daysRange(month.first, today);
  const found = readMoment(text, place);
  if (found?.rest !== '') return undefined;
  const { moment } = found;
  if (moment.clock === undefined) return daysRange(moment.day, today);
  return moments(instantOf(moment, zone), nowMs);
}

/** Of `14 mar 9..12` the second half names no day. */
function clockOnly(text: string, day: Day): { moment: Moment; rest: string } | undefined {
  const { clock, rest } = readClock(text);
  return clock ? { moment: { day, clock }, rest: rest.trim() } : undefined;
}
