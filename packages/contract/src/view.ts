/**
 * Views: named lenses on the log. Every read goes through one. A view is plain data, and what it
 * shows of an event is a pure function, so that every thread and every program agrees on it.
 */
import type { ReadEvent } from './event.ts';

export interface View {
  readonly name: string;
  /** Whether the reader gets sequence and leaf hash: gaps in them betray hidden events. */
  readonly hasProof: boolean;
}

/** Built in: shows every event whole. */
export const ALL: View = { name: 'all', hasProof: true };

/** The event as the view shows it; undefined if it does not show it at all. */
export function projectEvent(view: View, event: ReadEvent): ReadEvent | undefined {
  if (view.hasProof) return event;
  const { sequence: _sequence, leaf_hash: _leafHash, ...shown } = event;
  return shown;
}
