/** What rows are asked for: from which source, in which window and order. */
import type { EventKey } from '../event-rows.ts';
import type { TimeRange } from './counts.ts';
import type { Statement } from './database.ts';
import type { Words } from './texts.ts';

/** Where rows are proposed from. */
export type Source =
  | { readonly kind: 'time' }
  | { readonly kind: 'actions'; readonly actions: readonly string[] }
  | PartySource
  | { readonly kind: 'words'; readonly words: Words; readonly span: TimeRange };

/** Any of the entities in any of these roles (bits). */
export interface PartySource {
  readonly kind: 'parties';
  readonly entities: readonly number[];
  readonly roles: number;
  /** Time in which everything lies that the index has. */
  readonly span: TimeRange;
}

export interface Proposing extends TimeRange {
  readonly tenantNo: number;
  readonly order: 'asc' | 'desc';
  /** Rows beyond this place in the order. */
  readonly after: EventKey | undefined;
  readonly source: Source;
}
/** The window and the place in it, as conditions on two columns. */
export function within(
  asked: Omit<Proposing, 'source'>,
  place: string,
  placeOf: (sequence: number) => number,
): Statement {
  const { from, to, order, after } = asked;
  const beyond = order === 'desc' ? '<' : '>';
  // Said again as a plain bound, so that the index is entered at the place itself.
  const earliest = Math.max(0, from);
  const start = after && order === 'asc' ? Math.max(earliest, after.occurredAt) : earliest;
  const end = after && order === 'desc' ? Math.min(to, after.occurredAt + 1) : to;
  const keyset = after ? `AND (occurred_at, ${place}) ${beyond} (?, ?)` : '';
  return {
    sql: `occurred_at >= ? AND occurred_at < ? ${keyset}`,
    parameters: [start, end, ...(after ? [after.occurredAt, placeOf(after.sequence)] : [])],
  };
}
