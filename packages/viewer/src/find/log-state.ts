/**
 * What a log page shows, as its address keeps it: everything a link must bring back. Owns the
 * names of the parameters. Pure.
 */
import { fixedRange, type Range, readRange, writeRange } from './range.ts';
import { isZone } from './zone.ts';

export interface LogState {
  readonly q: string;
  readonly range: Range;
  readonly order: 'desc' | 'asc';
  /** Zone of a link; undefined: the reader's own. */
  readonly zone: string | undefined;
  /** Names of columns that are shown; undefined: those of the view. */
  readonly columns: readonly string[] | undefined;
  readonly rows: 'dense' | 'comfortable' | undefined;
  /** The event that is open. */
  readonly event: string | undefined;
  readonly isLive: boolean;
}

/** Parameters of an address; those of other names are not ours. */
export type StateParams = Readonly<Record<string, string | undefined>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Addresses of this length are understood everywhere. */
const QUERY_MOST = 4_096;

/** What cannot be read is left out: a broken link still shows a log. */
export function readState(params: StateParams): LogState {
  const { q = '', from, to, tz, order, cols, rows, event, live } = params;
  return {
    q: q.slice(0, QUERY_MOST),
    range: readRange({ from, to }),
    order: order === 'asc' ? 'asc' : 'desc',
    zone: tz !== undefined && isZone(tz) ? tz : undefined,
    columns: cols?.split(',').filter((name) => name !== ''),
    rows: rows === 'dense' || rows === 'comfortable' ? rows : undefined,
    event: event !== undefined && UUID.test(event) ? event : undefined,
    isLive: live === '1',
  };
}

/** Only what is not as usual stands in an address. */
export function writeState(state: LogState): Record<string, string> {
  const { from, to } = writeRange(state.range);
  const all = {
    q: state.q,
    from,
    to,
    tz: state.zone,
    order: state.order === 'asc' ? 'asc' : undefined,
    cols: state.columns?.join(','),
    rows: state.rows,
    event: state.event,
    live: state.isLive ? '1' : undefined,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given) as Record<string, string>;
}

/** What a link says: no time that moves, and the zone in which it was read. */
export const linkedState = (state: LogState, zone: string, nowMs: number): LogState => ({
  ...state,
  range: fixedRange(state.range, zone, nowMs),
  zone,
  isLive: false,
});

export const EMPTY_STATE: LogState = readState({});

/** As one text, which a host page keeps for the viewer. */
export const stateText = (state: LogState): string =>
  new URLSearchParams(writeState(state)).toString();
export const stateOfText = (text: string): LogState =>
  readState(Object.fromEntries(new URLSearchParams(text)));
