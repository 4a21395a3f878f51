/**
 * Keys of events that hold terms, in order of time, though the index has no such order: it is asked
 * span of time by span, beginning at the end that is wanted first, and each answer is put in
 * order. The fewer keys there are, the more spans are asked at once.
 */
import type { EventKey } from '../event-rows.ts';
import type { TimeRange } from './counts.ts';
import type { Database, Statement } from './database.ts';
import { type Proposing, within } from './proposing.ts';
import {
  spanOf as postgresSpan,
  spanStart as postgresStart,
  TERMS_MOST,
  type Terms,
  termCondition,
  termCount,
} from './terms-postgres.ts';
import {
  firstRow,
  matchText,
  spanOf as sqliteSpan,
  spanStart as sqliteStart,
} from './texts-sqlite.ts';

/** Spans looked at first: about two days, or two weeks; a party has fewer events than a word. */
const FIRST_SPANS = { word: 2, party: 8 } as const;
const GROWTH = 4;

/** Conditions on rows that hold the terms, in spans from one on. */
interface TermQuery {
  readonly spanOf: (ms: number) => number;
  /** Its first millisecond. */
  readonly spanStart: (span: number) => number;
  /** Most spans of one statement. */
  readonly spansMost: number;
  readonly query: (first: number, count: number, window: Statement) => Statement;
}

const onSqlite = (tenantNo: number, terms: Terms): TermQuery => {
  if (terms.kind === 'party') throw new Error('parties have an index of their own here');
  const match = matchText(tenantNo, terms);
  return {
    spanOf: sqliteSpan,
    spanStart: sqliteStart,
    spansMost: Infinity,
    query: (first, count, window) => ({
      sql: `SELECT tenant_no, occurred_at, sequence
        FROM event_text CROSS JOIN text_row ON text_row.row = event_text.rowid
        WHERE event_text MATCH ? AND event_text.rowid >= ? AND event_text.rowid < ?
          AND text_row.tenant_no = ? AND ${window.sql}`,
      parameters: [match, firstRow(first), firstRow(first + count), tenantNo, ...window.parameters],
    }),
  };
};

const onPostgres = (tenantNo: number, terms: Terms): TermQuery => ({
  spanOf: postgresSpan,
  spanStart: postgresStart,
  spansMost: Math.max(1, Math.floor(TERMS_MOST / Math.max(1, termCount(terms)))),
  query: (first, count, window) => {
    const spans = Array.from({ length: count }, (_, index) => first + index);
    const condition = termCondition(tenantNo, spans, terms);
    return {
      sql: `SELECT tenant_no, occurred_at, sequence FROM event_text
        WHERE tenant_no = ? AND ${condition.sql} AND ${window.sql}`,
      parameters: [tenantNo, ...condition.parameters, ...window.parameters],
    };
  },
});

/** The keys of some spans beyond a place, in order, at most so many. */
export type KeysOfSpans = (after: EventKey | undefined, limit: number) => Statement;

export interface SpanGroup {
  readonly keysOf: KeysOfSpans;
  /** The time of the groups after this one; undefined: it is the last. */
  readonly rest: TimeRange | undefined;
}

/**
 * Group after group of spans, beginning with the end that is wanted first. Who knows that nothing
 * happened until a moment of the rest says so by `next(moment)`: it goes on from there.
 */
export function* spansOf(
  dialect: Database['dialect'],
  asked: Proposing,
  terms: Terms,
  span: TimeRange,
): Generator<SpanGroup, void, number | undefined> {
  const { tenantNo, order } = asked;
  const from = Math.max(
    asked.from,
    span.from,
    order === 'asc' ? (asked.after?.occurredAt ?? 0) : 0,
  );
  const end = Math.min(asked.to, span.to);
  const to = order === 'desc' ? Math.min(end, (asked.after?.occurredAt ?? end) + 1) : end;
  if (from >= to) return;
  const ways = dialect === 'sqlite' ? onSqlite : onPostgres;
  const { spanOf, spanStart, spansMost, query } = ways(tenantNo, terms);
  const [first, last] = [spanOf(from), spanOf(to - 1)];
  const firstStep: number = FIRST_SPANS[terms.kind === 'party' ? 'party' : 'word'];
  let step = firstStep;
  for (let done = 0; first + done <= last; ) {
    const count = Math.min(step, spansMost, last - first - done + 1);
    const start = order === 'desc' ? last - done - count + 1 : first + done;
    const keysOf: KeysOfSpans = (after, limit) => {
      const window = within({ ...asked, after }, 'sequence', (sequence) => sequence);
      const { sql, parameters } = query(start, count, window);
      return {
        sql: `${sql} ORDER BY occurred_at ${order}, sequence ${order} LIMIT ?`,
        parameters: [...parameters, limit],
      };
    };
    done += count;
    step *= GROWTH;
    const edge =
      order === 'desc'
        ? { from, to: spanStart(last - done + 1) }
        : { from: spanStart(first + done), to };
    const moment = yield { keysOf, rest: first + done > last ? undefined : edge };
    if (moment === undefined) continue;
    const passed = order === 'desc' ? last - done - spanOf(moment) : spanOf(moment) - first - done;
    done += Math.max(0, passed);
    // Beyond a gap that is longer than the next group nothing is known of how much there is.
    if (passed >= step) step = firstStep;
  }
}
