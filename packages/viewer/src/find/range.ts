/**
 * The time that a search covers: as the address keeps it, as people write and read it, as the API
 * takes it. Days are those of the zone that is shown, both included. Pure.
 */
import { type Day, dayIn, dayText, partsIn, partsOfDay, shiftDay, startOfDay } from './zone.ts';

export const UNITS = ['m', 'h', 'd', 'w'] as const;
export type Unit = (typeof UNITS)[number];
const UNIT_MS: Readonly<Record<Unit, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

export type Range =
  | { readonly kind: 'last'; readonly amount: number; readonly unit: Unit }
  | { readonly kind: 'days'; readonly from: Day; readonly to: Day }
  /** `to` is not included. */
  | { readonly kind: 'moments'; readonly from: number; readonly to: number }
  | { readonly kind: 'all' };

export const DEFAULT_RANGE: Range = { kind: 'last', amount: 7, unit: 'd' };
/** The choices of the time picker. */
export const PRESETS = {
  m15: { kind: 'last', amount: 15, unit: 'm' },
  h1: { kind: 'last', amount: 1, unit: 'h' },
  h24: { kind: 'last', amount: 24, unit: 'h' },
  d7: { kind: 'last', amount: 7, unit: 'd' },
  d30: { kind: 'last', amount: 30, unit: 'd' },
  d90: { kind: 'last', amount: 90, unit: 'd' },
} as const satisfies Record<string, Range>;
export type PresetName = keyof typeof PRESETS;

/** How the address says it: `from=now-7d`, `from=2026-03-09&to=2026-03-12`, or two moments. */
export interface RangeText {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const LAST = /^now-(\d{1,5})([mhdw])$/;

/** What the address says; the default for nothing, or for what cannot be read. */
export function readRange({ from, to }: RangeText): Range {
  if (from === 'all') return { kind: 'all' };
  const [, amount, unit] = LAST.exec(from ?? '') ?? [];
  if (amount !== undefined && to === undefined) {
    return { kind: 'last', amount: Number(amount), unit: unit as Unit };
  }
  if (from !== undefined && to !== undefined) {
    if (partsOfDay(from) && partsOfDay(to) && from <= to) return { kind: 'days', from, to };
    const [start, end] = [Date.parse(from), Date.parse(to)];
    if (start < end) return { kind: 'moments', from: start, to: end };
  }
  return DEFAULT_RANGE;
}

const isDefault = (range: Range): boolean =>
  JSON.stringify(range) === JSON.stringify(DEFAULT_RANGE);

/** The other way round. The default says nothing. */
export function writeRange(range: Range): RangeText {
  if (isDefault(range)) return {};
  switch (range.kind) {
    case 'all':
      return { from: 'all' };
    case 'last':
      return { from: `now-${range.amount}${range.unit}` };
    case 'days':
      return { from: range.from, to: range.to };
    case 'moments':
      return { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() };
  }
}

/** From and to, in ms, `to` not included. Of everything, `from` is −Infinity. */
export function boundsOf(range: Range, zone: string, nowMs: number): { from: number; to: number } {
  switch (range.kind) {
    case 'all':
      return { from: Number.NEGATIVE_INFINITY, to: nowMs };
    case 'last':
      return { from: nowMs - range.amount * UNIT_MS[range.unit], to: nowMs };
    case 'days':
      return { from: startOfDay(zone, range.from), to: startOfDay(zone, shiftDay(range.to, 1)) };
    case 'moments':
      return { from: range.from, to: range.to };
  }
}

/** As the API takes it. What ends now does so by the server's clock. */
export function askedRange(range: Range, zone: string): { from?: string; to?: string } {
  if (range.kind === 'all') return {};
  if (range.kind === 'last') return { from: `now-${range.amount}${range.unit}`, to: 'now' };
  const { from, to } = boundsOf(range, zone, 0);
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** The same range with an end that does not move: what a link to it means tomorrow too. */
export function fixedRange(range: Range, zone: string, nowMs: number): Range {
  if (range.kind !== 'last') return range;
  return { kind: 'moments', ...boundsOf(range, zone, nowMs) };
}

/** A month of the zone: this one, or with −1 the last one. */
export function monthRange(zone: string, nowMs: number, shift: number): Range {
  const { year, month } = partsIn(zone, nowMs);
  const at = new Date(Date.UTC(year, month - 1 + shift, 1));
  const first = dayText(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
  const next = new Date(Date.UTC(year, month + shift, 1));
  const after = dayText(next.getUTCFullYear(), next.getUTCMonth() + 1, 1);
  return { kind: 'days', from: first, to: shiftDay(after, -1) };
}

/** Days of the zone, both included; undefined where they are none or in the wrong order. */
export const daysRange = (from: Day, to: Day): Range | undefined =>
  partsOfDay(from) && partsOfDay(to) && from <= to ? { kind: 'days', from, to } : undefined;

/** In how many days a range is, of the zone; 0 if it has no beginning. */
export function daysIn(range: Range, zone: string, nowMs: number): number {
  const { from, to } = boundsOf(range, zone, nowMs);
  if (!Number.isFinite(from)) return 0;
  return Math.max(1, Math.round((to - from) / UNIT_MS.d));
}

/** The day of its beginning and its last day. */
export function daysOf(range: Range, zone: string, nowMs: number): { from: Day; to: Day } {
  const { from, to } = boundsOf(range, zone, nowMs);
  const start = Number.isFinite(from) ? from : nowMs;
  return { from: dayIn(zone, start), to: dayIn(zone, to - 1) };
}
