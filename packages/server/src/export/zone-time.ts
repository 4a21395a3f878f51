/** Instants in a time zone, as RFC 3339 with that zone's offset at that moment. */

/** Zones change their offset on quarter hours at the finest. */
const BUCKET_MS = 15 * 60_000;
const BUCKETS_KEPT = 100_000;

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
  return (instant) => {
    const ms = Date.parse(instant);
    const bucket = Math.floor(ms / BUCKET_MS);
    let minutes = offsets.get(bucket);
    if (minutes === undefined) {
      minutes = offsetMinutes(format, ms);
      if (offsets.size >= BUCKETS_KEPT) offsets.clear();
      offsets.set(bucket, minutes);
    }
    const size = Math.abs(minutes);
    const hour = String(Math.floor(size / 60)).padStart(2, '0');
    const offset = `${minutes < 0 ? '-' : '+'}${hour}:${String(size % 60).padStart(2, '0')}`;
    return new Date(ms + minutes * 60_000).toISOString().slice(0, -1) + offset;
  };
}
