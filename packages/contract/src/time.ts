/** Instants on the wire: RFC 3339 text, milliseconds since 1970 inside. Pure; reads no clock. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what RFC 3339 can write. */
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_799_999;

/** Longer text is refused: a fraction of more digits tells nothing that is kept. */
const INSTANT_LENGTH = 64;

/** Character codes. */
const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const PLUS = 43;
const COLON = 58;
const SPACE = 32;
/** Set in a lower-case letter; RFC 3339 allows `t` and `z`. */
const LOWER_CASE = 32;
const LOWER_T = 116;
const LOWER_Z = 122;

/** The two digits at a place; NaN if they are not digits, or the text is shorter. */
const twoDigits = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
};

const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const daysOfMonth = (year: number, month: number): number => {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
};

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar, by years from March on. */
const daysSince1970 = (year: number, month: number, day: number): number => {
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = month > 2 ? month - 3 : month + 9;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  // 719,468 days lie between 0000-03-01 and 1970-01-01.
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
};

/** Milliseconds of midnight UTC of the date that the text begins with; NaN if it is none. */
const dateMs = (text: string): number => {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  // Comparisons so put that NaN fails them.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS) return Number.NaN;
  if (day > daysOfMonth(year, month)) return Number.NaN;
  return daysSince1970(year, month, day) * DAY_MS;
};

/** Milliseconds of the day at places 11 to 18, without the fraction; NaN if they are no time. */
const timeMs = (text: string): number => {
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return Number.NaN;
  return hour * HOUR_MS + minute * MINUTE_MS + second * 1_000;
};

/** Milliseconds to subtract for the zone that the rest of the text is; NaN if it is none. */
const zoneMs = (text: string, at: number): number => {
  const sign = text.charCodeAt(at);
  if ((sign | LOWER_CASE) === LOWER_Z) return text.length === at + 1 ? 0 : Number.NaN;
  if (sign !== PLUS && sign !== MINUS) return Number.NaN;
  if (text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON) return Number.NaN;
  const hour = twoDigits(text, at + 1);
  const minute = twoDigits(text, at + 4);
  if (!(hour <= 23 && minute <= 59)) return Number.NaN;
  const offsetMs = hour * HOUR_MS + minute * MINUTE_MS;
  return sign === PLUS ? offsetMs : -offsetMs;
};

/**
 * Milliseconds since 1970 of an RFC 3339 instant with a zone; undefined if the text is not one.
 * Upper and lower case, and a space in place of `T`, as RFC 3339 allows. Digits finer than
 * milliseconds are dropped, toward the past. Refused: dates that no calendar has, second 60 (it
 * has no number of its own here), and what lies outside the years 0 to 9999 in UTC.
 */
export const parseInstant = (text: string): number | undefined => {
  if (text.length < 20 || text.length > INSTANT_LENGTH) return undefined;
  const separator = text.charCodeAt(10);
  if ((separator | LOWER_CASE) !== LOWER_T && separator !== SPACE) return undefined;
  let at = 19;
  let fractionMs = 0;
  if (text.charCodeAt(at) === POINT) {
    let weight = 100;
    for (at += 1; ; at += 1) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      if (weight >= 1) fractionMs += digit * weight;
      weight /= 10;
    }
    if (at === 20) return undefined;
  }
  const instantMs = dateMs(text) + timeMs(text) + fractionMs - zoneMs(text, at);
  return instantMs >= FIRST_MS && instantMs <= LAST_MS ? instantMs : undefined;
};

const padded = (length: number): readonly string[] =>
  Array.from({ length: 10 ** length }, (_, number) => String(number).padStart(length, '0'));
const TWO_DIGITS = padded(2);
const THREE_DIGITS = padded(3);

/** `YYYY-MM-DD`, by the inverse of `daysSince1970`; 400 years have 146,097 days. */
const dateText = (days: number): string => {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  // The corrections take out the leap days that came before.
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - 365 * yearOfEra - leapDays;
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  const century = Math.floor(year / 100);
  return `${TWO_DIGITS[century]}${TWO_DIGITS[year % 100]}-${TWO_DIGITS[month]}-${TWO_DIGITS[day]}`;
};

/**
 * `YYYY-MM-DDTHH:MM:SS.mmmZ`: what `Date.toISOString` prints, in a third of its time. Throws
 * RangeError for a fraction of a millisecond and for a year outside 0 to 9999.
 */
export const formatInstant = (instantMs: number): string => {
  if (!(Number.isInteger(instantMs) && instantMs >= FIRST_MS && instantMs <= LAST_MS)) {
    throw new RangeError(`${instantMs} is not an instant of the years 0 to 9999`);
  }
  const days = Math.floor(instantMs / DAY_MS);
  const ofDayMs = instantMs - days * DAY_MS;
  const hour = TWO_DIGITS[Math.floor(ofDayMs / HOUR_MS)];
  const minute = TWO_DIGITS[Math.floor(ofDayMs / MINUTE_MS) % 60];
  const second = TWO_DIGITS[Math.floor(ofDayMs / 1_000) % 60];
  return `${dateText(days)}T${hour}:${minute}:${second}.${THREE_DIGITS[ofDayMs % 1_000]}Z`;
};

/** The same of a moment that there may not be. */
export const instantOrNull = (instantMs: number | null): string | null =>
  instantMs === null ? null : formatInstant(instantMs);

/** Later than any event: the end of the time that a JavaScript Date holds. */
export const END_OF_TIME_MS = 8.64e15;

const RELATIVE = /^now(?:([+-])(\d{1,9})([smhdw]))?$/;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/**
 * Milliseconds since 1970 of an RFC 3339 instant, or of `now`, `now-7d`, `now+1h` (units s, m, h,
 * d, w: lengths of time, not of the calendar); undefined if the text is neither, or the moment lies
 * outside the years 0 to 9999.
 */
export const parseMoment = (text: string, nowMs: number): number | undefined => {
  const relative = RELATIVE.exec(text);
  if (relative === null) return parseInstant(text);
  const [, sign, count = '0', unit = 's'] = relative;
  const lengthMs = Number(count) * (UNITS_MS[unit] ?? 0);
  const momentMs = sign === '-' ? nowMs - lengthMs : nowMs + lengthMs;
  return momentMs >= FIRST_MS && momentMs <= LAST_MS ? momentMs : undefined;
};
