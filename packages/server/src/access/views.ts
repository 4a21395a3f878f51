/**
 * Views: named lenses on the log. Every read goes through one. The project's own views come from
 * its definition; `all` is built in and shows every event whole.
 */
import type { ReadEvent } from '@annals/contract/event';

export interface View {
  readonly name: string;
  /** Whether the reader gets sequence and leaf hash: gaps in them betray hidden events. */
  readonly hasProof: boolean;
}

export const ALL: View = { name: 'all', hasProof: true };

export const viewNamed = (name: string): View | undefined => (name === ALL.name ? ALL : undefined);

/** The event as the view shows it; undefined if it does not show it at all. */
export function projectEvent(view: View, event: ReadEvent): ReadEvent | undefined {
  if (view.hasProof) return event;
  const { sequence: _sequence, leaf_hash: _leafHash, ...shown } = event;
  return shown;
}
