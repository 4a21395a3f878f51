/** What a view lets one search cover, and why a range is too much for it. Pure. */
import type { Catalog } from '@annals/contract/catalog';
import { parsePeriod } from '@annals/contract/period';
import { boundsOf, type Range } from './range.ts';
import { dayIn, momentOf, partsIn } from './zone.ts';

export type Limits = Pick<Catalog['views'][number], 'reach' | 'floor' | 'window'>;

/** A moment, and a period before it by the calendar of a zone. In: what ISO 8601 writes. */
export function before(ms: number, period: string, zone: string): number {
  const length = parsePeriod(period);
  if (!length) return ms;
  const parts = partsIn(zone, ms);
  const first = new Date(Date.UTC(parts.year - length.years, parts.month - 1 - length.months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const shifted = new Date(first);
  shifted.setUTCDate(Math.min(parts.day, last) - length.days);
  const moment = momentOf(zone, {
    ...parts,
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
  });
  return moment - length.minutes * 60_000;
}

const DAY_MS = 86_400_000;

/** As long as a period is that ends now, in whole days. */
export const lastOf = (period: string, zone: string, nowMs: number): Range => ({
  kind: 'last',
  amount: Math.max(1, Math.round((nowMs - before(nowMs, period, zone)) / DAY_MS)),
  unit: 'd',
});

/** Before this moment the view shows nothing, in ms. */
export function reachStart({ reach, floor }: Limits, zone: string, nowMs: number): number {
  const byReach = reach === undefined ? Number.NEGATIVE_INFINITY : before(nowMs, reach, zone);
  const byFloor = floor === undefined ? Number.NEGATIVE_INFINITY : Date.parse(floor);
  return Math.max(byReach, Number.isNaN(byFloor) ? byReach : byFloor);
}

interface Whys {
  readonly window: (period: string) => string;
  readonly reach: (period: string) => string;
}

/** A day's difference is the server's to judge, which knows the project's calendar. */
const SLACK_MS = DAY_MS;

/** Why a range is not to be had; undefined: it is. Days alone that are partly shown are allowed. */
export function forbiddenWhy(
  range: Range,
  limits: Limits,
  zone: string,
  nowMs: number,
  whys: Whys,
): string | undefined {
  const { window, reach } = limits;
  const { from, to } = boundsOf(range, zone, nowMs);
  const start = reachStart(limits, zone, nowMs);
  if (reach !== undefined && to <= start) return whys.reach(reach);
  const shownFrom = Math.max(from, start);
  if (window === undefined) return undefined;
  const end = Math.min(to, nowMs);
  const isLonger = !Number.isFinite(shownFrom) || shownFrom < before(end, window, zone) - SLACK_MS;
  return isLonger ? whys.window(window) : undefined;
}

/** The longest range that ends as the given one does, in whole days. */
export function longestRange(range: Range, window: string, zone: string, nowMs: number): Range {
  const end = Math.min(boundsOf(range, zone, nowMs).to, nowMs);
  const start = before(end, window, zone);
  // The first day counts from its beginning, so one day less is whole.
  return { kind: 'days', from: dayIn(zone, start + SLACK_MS), to: dayIn(zone, end - 1) };
}
