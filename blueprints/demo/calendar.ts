/** The demo's half year: its days, the zones' local hours, and when people work. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Half a year. The last of these days is the one that `nowMs` lies in. */
export const DAYS = 183;

/** How likely somebody starts to work in each local hour of a working day. */
const HOURS = [
  0.006, 0.004, 0.003, 0.003, 0.004, 0.01, 0.04, 0.2, 0.7, 1, 1, 0.9, 0.45, 0.75, 0.95, 0.9, 0.8,
  0.5, 0.22, 0.1, 0.07, 0.05, 0.03, 0.01,
] as const;
const WEEKEND = 0.06;
/** The share of work that is done on the first day; it grows to 1 by the last. */
const FIRST_DAY = 0.7;

export interface Calendar {
  /** Midnight UTC of the first day. */
  readonly startMs: number;
  readonly nowMs: number;
  /** How likely work starts at this moment in this zone, 0 to 1. */
  busy(zone: string, atMs: number): number;
  /** Weight of a day (0 = the first) against the others. */
  weight(day: number): number;
  dayOf(atMs: number): number;
  /** The moment of a local time, some days before today; moved to Friday from a weekend. */
  daysAgo(days: number, zone: string, hour: number, minute?: number): number;
  /** The moment within this day (UTC) at which it is this hour in the zone. */
  hourIn(day: number, zone: string, hour: number): number;
}

export const isWeekend = (localMs: number): boolean => {
  const weekday = new Date(localMs).getUTCDay();
  return weekday === 0 || weekday === 6;
};

const zoneOf = (timeZone: string) => ({
  form: new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }),
  ofStep: new Map<number, number>(),
});

/**
 * How far a zone's clock is ahead of UTC. Asked at most once in each step, a day or an hour: asking
 * costs more than making an event.
 */
export const zoneOffsets = (stepMs: number = DAY_MS) => {
  const zones = new Map<string, ReturnType<typeof zoneOf>>();
  return (zone: string, atMs: number): number => {
    const known = zones.get(zone) ?? zoneOf(zone);
    zones.set(zone, known);
    const { form, ofStep } = known;
    const step = Math.floor(atMs / stepMs);
    const cached = ofStep.get(step);
    if (cached !== undefined) return cached;
    const name = form.formatToParts(step * stepMs).find((part) => part.type === 'timeZoneName');
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name?.value ?? '') ?? [];
    const sizeMs = Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS;
    const offsetMs = sign === '-' ? -sizeMs : sizeMs;
    ofStep.set(step, offsetMs);
    return offsetMs;
  };
};

/** In: the moment the demo ends. Out: its calendar. */
export const createCalendar = (nowMs: number): Calendar => {
  const startMs = Math.floor(nowMs / DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS;
  const offsetMs = zoneOffsets();
  const hourIn = (day: number, zone: string, hour: number): number => {
    const dayMs = startMs + day * DAY_MS;
    const local = hour * HOUR_MS - offsetMs(zone, dayMs);
    return dayMs + (((local % DAY_MS) + DAY_MS) % DAY_MS);
  };
  return {
    startMs,
    nowMs,
    hourIn,
    busy(zone, atMs) {
      const localMs = atMs + offsetMs(zone, atMs);
      const likely = HOURS[new Date(localMs).getUTCHours()] ?? 0;
      return isWeekend(localMs) ? likely * WEEKEND : likely;
    },
    weight(day) {
      const dayMs = startMs + day * DAY_MS;
      const growth = FIRST_DAY + ((1 - FIRST_DAY) * day) / DAYS;
      const elapsed = Math.min(1, (nowMs - dayMs) / DAY_MS);
      return growth * elapsed * (isWeekend(dayMs) ? WEEKEND : 1);
    },
    dayOf: (atMs) => Math.floor((atMs - startMs) / DAY_MS),
    daysAgo(days, zone, hour, minute = 0) {
      let dayMs = startMs + (DAYS - 1 - days) * DAY_MS;
      while (isWeekend(dayMs)) dayMs -= DAY_MS;
      return dayMs + hour * HOUR_MS + minute * MINUTE_MS - offsetMs(zone, dayMs);
    },
  };
};
