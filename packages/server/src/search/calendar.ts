/**
 * Calendar steps of a time zone: where the bars of a histogram begin. Days, weeks and months begin
 * at midnight there, hours of the day at that hour on the clock, however long they are on the day
 * on which the clocks change (RFC 9557 zones; Temporal).
 */
import { BUCKETS_AUTO, BUCKETS_MOST, INTERVALS, type Interval } from '@annals/contract/find';
import type { Temporal } from 'temporal-polyfill';
import { Fault } from '../fault.ts';

type Zoned = Temporal.ZonedDateTime;

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Usual lengths, in ms. */
const LENGTHS: Readonly<Record<Interval, number>> = {
  '1s': SECOND,
  '5s': 5 * SECOND,
  '15s': 15 * SECOND,
  '1m': 60 * SECOND,
  '5m': 300 * SECOND,
  '15m': 900 * SECOND,
  '1h': HOUR,
  '3h': 3 * HOUR,
  '6h': 6 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '1w': 7 * DAY,
  '1mo': 30 * DAY,
};

export interface Steps {
  readonly interval: Interval;
  /** Beginnings in ms, and the end of the last step. */
  readonly edges: readonly number[];
  /** The same as RFC 3339 with the zone's offset at that moment. */
  readonly texts: readonly string[];
}
export interface Window {
  readonly from: number;
  /** After `from`. */
  readonly to: number;
  readonly interval: Interval | undefined;
  readonly timeZone: string;
}

const invalid = (path: string, detail: string): Fault =>
  new Fault('invalid_query', `${path} ${detail}.`, { errors: [{ path, detail }] });

/** The finest interval that makes few enough bars of so long a time. */
const chosen = (length: number): Interval =>
  INTERVALS.find((interval) => length / LENGTHS[interval] <= BUCKETS_AUTO - 1) ?? '1mo';

/** The beginning of the step that a moment is in. */
function floor(moment: Zoned, interval: Interval): Zoned {
  const day = moment.startOfDay();
  if (interval === '1d') return day;
  if (interval === '1w') return day.subtract({ days: day.dayOfWeek - 1 }).startOfDay();
  if (interval === '1mo') return day.with({ day: 1 }).startOfDay();
  const length = LENGTHS[interval];
  if (length > HOUR) {
    const hours = length / HOUR;
    const hour = moment.hour - (moment.hour % hours);
    return hour === 0
      ? day
      : moment.with({ hour }).round({ smallestUnit: 'hour', roundingMode: 'floor' });
  }
  // Zones differ from UTC by whole seconds at least, and the clock shows when a step begins.
  const clock =
    ((moment.hour * 60 + moment.minute) * 60 + moment.second) * SECOND + moment.millisecond;
  return moment.subtract({ milliseconds: clock % length });
}

function next(edge: Zoned, interval: Interval): Zoned {
  if (interval === '1d') return edge.add({ days: 1 }).startOfDay();
  if (interval === '1w') return edge.add({ weeks: 1 }).startOfDay();
  if (interval === '1mo') return edge.add({ months: 1 }).with({ day: 1 }).startOfDay();
  const length = LENGTHS[interval];
  if (length > HOUR) {
    const wall = edge.toPlainDateTime().add({ hours: length / HOUR });
    return wall.toZonedDateTime(edge.timeZoneId);
  }
  const later = edge.add({ milliseconds: length });
  // Where the clocks move by half an hour, the step after it is the shorter one.
  const aligned = floor(later, interval);
  return aligned.epochMilliseconds > edge.epochMilliseconds ? aligned : later;
}

/** Throws Fault `invalid_query` for what is no zone, and for more steps than there may be. */
export async function stepsOf({ from, to, interval, timeZone }: Window): Promise<Steps> {
  // Loaded when it is first needed: 3 MB that a server which only records does without.
  const { Temporal } = await import('temporal-polyfill');
  const step = interval ?? chosen(to - from);
  if ((to - from) / LENGTHS[step] > BUCKETS_MOST) {
    throw invalid('interval', `is too fine for this range: at most ${BUCKETS_MOST} buckets`);
  }
  let edge: Zoned;
  try {
    edge = floor(Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone), step);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw invalid('time_zone', 'must be an IANA time zone name, for example Europe/Berlin');
  }
  const edges: number[] = [];
  const texts: string[] = [];
  for (;;) {
    edges.push(edge.epochMilliseconds);
    texts.push(edge.toString({ timeZoneName: 'never' }));
    if (edge.epochMilliseconds >= to) return { interval: step, edges, texts };
    edge = next(edge, step);
  }
}
