/** Instants in a time zone, as RFC 3339 with that zone's offset at that moment. */

/** Times within a bucket share an offset, unless the clocks change in it. */
const BUCKET_MS = 3_600_000;
const BUCKETS_KEPT = 10_000;
/** In place of an offset: the clocks change in this bucket, at whatever minute. */
const CHANGES = Number.NaN;

/** Offset of a zone at a moment, in minutes, from the `GMT+05:45` that Intl writes. */
function offsetMinutes(format: Intl.DateTimeFormat, ms: number): number {
  const parts = format.formatToParts(ms);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  const size = Number(hours) * 60 + Number(minutes);
  return sign === '-' ? -size : size;
}

/**
 * Formats `YYYY-MM-DDTHH:MM:SS.mmmZ`. In UTC it answers what it is given. Throws RangeError for
 * a name that is no time zone.
 */
export function zoneTime(timeZone: string): (instant: string) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  if (format.resolvedOptions().timeZone === 'UTC') return (instant) => instant;
  const offsets = new Map<number, number>();
  const offsetOf = (bucket: number): number => {
    const known = offsets.get(bucket);
    if (known !== undefined) return known;
    const [first, last] = [bucket * BUCKET_MS, (bucket + 1) * BUCKET_MS - 1].map((ms) =>
      offsetMinutes(format, ms),
    );
    const minutes = first === last && first !== undefined ? first : CHANGES;
    if (offsets.size >= BUCKETS_KEPT) offsets.clear();
    offsets.set(bucket, minutes);
    return minutes;
  };
  return (instant) => {
    const ms = Date.parse(instant);
    const ofBucket = offsetOf(Math.floor(ms / BUCKET_MS));
    const minutes = Number.isNaN(ofBucket) ? offsetMinutes(format, ms) : ofBucket;
    const size = Math.abs(minutes);
    const hour = String(Math.floor(size / 60)).padStart(2, '0');
    const offset = `${minutes < 0 ? '-' : '+'}${hour}:${String(size % 60).padStart(2, '0')}`;
    return new Date(ms + minutes * 60_000).toISOString().slice(0, -1) + offset;
  };
}
