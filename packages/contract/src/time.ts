/** Times on the wire: RFC 3339 in, milliseconds since 1970 inside, UTC with milliseconds out. */

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const RELATIVE = /^now(?:([+-])(\d{1,6})([smhdw]))?$/;
const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: 24 * 60 * MINUTE_MS,
  w: 7 * 24 * 60 * MINUTE_MS,
};
/** `YYYY-MM-DDTHH:MM:SS.mmmZ`: the form that Date reads itself, and nearly all that comes in. */
const USUAL_LENGTH = 24;

const daysOf = (year: number, month: number): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * Milliseconds since 1970 of an RFC 3339 time; finer digits are dropped toward the past. Undefined
 * if it is not one, has no zone, names a day that does not exist, or a leap second.
 */
export function parseInstant(text: string): number | undefined {
  const parts = RFC_3339.exec(text);
  if (parts === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = parts;
  const isReal =
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    (Number(day) <= 28 || Number(day) <= daysOf(Number(year), Number(month))) &&
    Number(hour) <= 23 &&
    Number(minute) <= 59 &&
    Number(second) <= 59;
  if (!isReal) return undefined;
  if (text.length === USUAL_LENGTH && text.endsWith('Z') && text[10] === 'T')
    return Date.parse(text);
  const [, , , , , , , fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = parts;
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined;
  const whole = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * MINUTE_MS;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return whole + milliseconds - (sign === '-' ? -offset : offset);
}

/** `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
export const formatInstant = (ms: number): string => new Date(ms).toISOString();

/** RFC 3339, or relative to a moment: `now`, `now-7d`, `now+1h` with s, m, h, d, w. */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const parts = RELATIVE.exec(text);
  if (parts === null) return parseInstant(text);
  const [, sign, count = '0', unit = 's'] = parts;
  const distance = Number(count) * (UNIT_MS[unit] ?? 0);
  return sign === '-' ? nowMs - distance : nowMs + distance;
}
