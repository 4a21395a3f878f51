/** Numbers, times and lengths of time, as a reader's language writes them. Pure. */
import { parsePeriod } from '@annals/contract/period';
import { boundsOf, PRESETS, type PresetName, type Range } from '../find/range.ts';
import { dayIn, offsetMs } from '../find/zone.ts';
import type { Words } from './words.ts';

export interface Formatting {
  readonly words: Words;
  readonly locale: string;
  readonly zone: string;
}

const numbers = new Map<string, Intl.NumberFormat>();
export function number(value: number, locale: string): string {
  const format = numbers.get(locale) ?? new Intl.NumberFormat(locale);
  numbers.set(locale, format);
  return format.format(value);
}

/** Plain English writes days before months, as the screens do. */
const dateLocale = (locale: string): string => (/^en(-US)?$/.test(locale) ? 'en-GB' : locale);

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(
  { locale, zone }: Formatting,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, zone, options]);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(dateLocale(locale), {
    timeZone: zone,
    hourCycle: 'h23',
    ...options,
  });
  formats.set(key, made);
  return made;
}

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const DATE = { day: 'numeric', month: 'short', year: 'numeric' } as const;

/** 14:02:11 */
export const clock = (ms: number, about: Formatting): string => formatOf(about, CLOCK).format(ms);

/** 14 Mar 2026 */
export const date = (ms: number, about: Formatting): string => formatOf(about, DATE).format(ms);

/** 14 Mar */
export const shortDate = (ms: number, about: Formatting): string =>
  formatOf(about, { day: 'numeric', month: 'short' }).format(ms);

/** 14 Mar, 14:02:11; the year only if it is not this one. */
export function shortMoment(ms: number, about: Formatting, nowMs = Date.now()): string {
  const isThisYear = dayIn(about.zone, ms).slice(0, 4) === dayIn(about.zone, nowMs).slice(0, 4);
  return `${isThisYear ? shortDate(ms, about) : date(ms, about)}, ${clock(ms, about)}`;
}

/** 08:14; 08:14:05 within a minute. */
export const shortClock = (ms: number, about: Formatting): string =>
  ms % 60_000 === 0 ? minute(ms, about) : clock(ms, about);

const minute = (ms: number, about: Formatting): string =>
  formatOf(about, { hour: '2-digit', minute: '2-digit' }).format(ms);

/** 14 Mar, 08:14 */
export const minuteMoment = (ms: number, about: Formatting): string =>
  `${shortDate(ms, about)}, ${minute(ms, about)}`;

/** Sat 14 Mar, 08:14 */
export const weekdayMoment = (ms: number, about: Formatting): string =>
  `${formatOf(about, { weekday: 'short' }).format(ms)} ${minuteMoment(ms, about)}`;

const zoneName = (ms: number, about: Formatting): string =>
  formatOf(about, { timeZoneName: 'short' })
    .formatToParts(ms)
    .find(({ type }) => type === 'timeZoneName')?.value ?? about.zone;

/** 14 Mar 2026, 14:02:11.482 CET (13:02:11Z) */
export function fullMoment(ms: number, about: Formatting): string {
  const fraction = String(((ms % 1_000) + 1_000) % 1_000).padStart(3, '0');
  const utc = new Date(ms).toISOString().slice(11, 19);
  return `${date(ms, about)}, ${clock(ms, about)}.${fraction} ${zoneName(ms, about)} (${utc}Z)`;
}

/** `UTC+1`, of a zone at a moment. */
export function offsetName(zone: string, ms: number): string {
  const minutes = Math.round(offsetMs(zone, ms) / 60_000);
  if (minutes === 0) return 'UTC';
  const [whole, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const tail = rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`;
  return `UTC${minutes < 0 ? '−' : '+'}${whole}${tail}`;
}

/** `Berlin UTC+1` */
export function zoneLabel(zone: string, ms: number): string {
  if (zone === 'UTC') return zone;
  const city = (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
  return `${city} ${offsetName(zone, ms)}`;
}

const relatives = new Map<string, Intl.RelativeTimeFormat>();
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];
/** "3 days ago" */
export function relative(ms: number, locale: string, nowMs = Date.now()): string {
  const format = relatives.get(locale) ?? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  relatives.set(locale, format);
  const distance = ms - nowMs;
  const [unit, step] = STEPS.find(([, size]) => Math.abs(distance) >= size) ?? ['second', 1_000];
  return format.format(Math.round(distance / step), unit);
}

/** `P90D` as "90 days", `PT6H` as "6 hours". */
export function periodText(period: string, { words, locale }: Formatting): string {
  const parts = parsePeriod(period);
  if (!parts) return period;
  const counts = [
    [parts.years, words.years],
    [parts.months, words.months],
    [parts.days, words.days],
    [Math.floor(parts.minutes / 60), words.hours],
    [parts.minutes % 60, words.minutes],
  ] as const;
  const said = counts.flatMap(([n, word]) => (n ? [word(number(n, locale))] : []));
  return said.length === 0 ? period : said.join(' ');
}

const presetOf = (range: Range): PresetName | undefined =>
  (Object.keys(PRESETS) as PresetName[]).find(
    (name) => JSON.stringify(PRESETS[name]) === JSON.stringify(range),
  );

/** "Last 7 days", "14 Mar – 16 Mar 2026". */
/** Behind "the last": 12 months, where nobody says 1 year. */
export const lastPeriodText = (period: string, about: Formatting): string =>
  periodText(period === 'P1Y' ? 'P12M' : period, about);

export function rangeText(range: Range, about: Formatting): string {
  const { words, locale } = about;
  const preset = presetOf(range);
  if (preset) return words.last[preset];
  if (range.kind === 'all') return words.allTime;
  if (range.kind === 'last') {
    const { m, h, d, w } = {
      m: words.minutes,
      h: words.hours,
      d: words.days,
      w: (n: string) => words.days(String(Number(n) * 7)),
    };
    const word = { m, h, d, w }[range.unit];
    return words.lastOf(word(number(range.amount, locale)));
  }
  const { from, to } = boundsOf(range, about.zone, 0);
  if (range.kind === 'days') {
    return range.from === range.to
      ? date(from, about)
      : `${shortDate(from, about)} – ${date(to - 1, about)}`;
  }
  const isOneDay = dayIn(about.zone, from) === dayIn(about.zone, to);
  const end = isOneDay ? minute(to, about) : minuteMoment(to, about);
  return `${minuteMoment(from, about)} – ${end}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
/** "9 MB" */
export function bytesText(bytes: number, locale: string): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** step;
  const shown = value < 10 && step > 0 ? Math.round(value * 10) / 10 : Math.round(value);
  return `${number(shown, locale)} ${UNITS[step]}`;
}
