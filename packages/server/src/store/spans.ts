/**
 * Keys of events that hold terms, in order of time, though the index has no such order: it is asked
 * span of time by span, beginning at the end that is wanted first, and each answer is put in
 * order. The fewer keys there are, the more spans are asked at once.
 */
import type { EventKey } from '../event-rows.ts';
import { countsOf } from './counts.ts';
import type { Database, Statement } from './database.ts';
import { type Proposing, within } from './proposing.ts';
import {
  spanOf as postgresSpan,
  TERMS_MOST,
  type Terms,
  termCondition,
  termCount,
} from './terms-postgres.ts';
import { firstRow, matchText, spanOf as sqliteSpan } from './texts-sqlite.ts';

/** Spans looked at first: about two days, or two weeks; a party has fewer events than a word. */
const FIRST_SPANS = { word: 2, party: 8 } as const;
const GROWTH = 4;
/** Most keys that one statement answers: a third of a megabyte. */
const KEYS_MOST = 20_000;

/** Conditions on rows that hold the terms, in spans from one on. */
interface TermQuery {
  readonly spanOf: (ms: number) => number;
  /** Most spans of one statement. */
  readonly spansMost: number;
  readonly query: (first: number, count: number, window: Statement) => Statement;
}

const onSqlite = (tenantNo: number, terms: Terms): TermQuery => {
  if (terms.kind === 'party') throw new Error('parties have an index of their own here');
  const match = matchText(tenantNo, terms);
  return {
    spanOf: sqliteSpan,
    spansMost: Infinity,
    query: (first, count, window) => ({
      sql: `SELECT occurred_at, sequence
        FROM event_text CROSS JOIN text_row ON text_row.row = event_text.rowid
        WHERE event_text MATCH ? AND event_text.rowid >= ? AND event_text.rowid < ?
          AND text_row.tenant_no = ? AND ${window.sql}`,
      parameters: [match, firstRow(first), firstRow(first + count), tenantNo, ...window.parameters],
    }),
  };
};

const onPostgres = (tenantNo: number, terms: Terms): TermQuery => ({
  spanOf: postgresSpan,
  spansMost: Math.max(1, Math.floor(TERMS_MOST / Math.max(1, termCount(terms)))),
  query: (first, count, window) => {
    const spans = Array.from({ length: count }, (_, index) => first + index);
    const condition = termCondition(tenantNo, spans, terms);
    return {
      sql: `SELECT occurred_at, sequence FROM event_text
        WHERE tenant_no = ? AND ${condition.sql} AND ${window.sql}`,
      parameters: [tenantNo, ...condition.parameters, ...window.parameters],
    };
  },
});

/** The part of a window that a tenant's events lie in, beyond the place in it. */
async function reached(database: Database, asked: Proposing) {
  const all = await countsOf(database).edges(asked.tenantNo);
  if (all === undefined) return undefined;
  const { from, to, order, after } = asked;
  const range = {
    from: Math.max(from, all.first, order === 'asc' ? (after?.occurredAt ?? 0) : 0),
    to: Math.min(to, all.last + 1, order === 'desc' ? (after?.occurredAt ?? to) + 1 : to),
  };
  return range.from < range.to ? range : undefined;
}

/** Keys of these spans, in order, as many as one statement may answer. */
async function read(
  database: Database,
  { order }: Proposing,
  statement: Statement,
  limit: number,
): Promise<EventKey[]> {
  const { count, columns } = await database.columns(
    {
      sql: `${statement.sql} ORDER BY occurred_at ${order}, sequence ${order} LIMIT ?`,
      parameters: [...statement.parameters, limit],
    },
    ['integer', 'integer'],
  );
  const [times, sequences] = columns;
  if (times?.kind !== 'integer' || sequences?.kind !== 'integer') return [];
  return Array.from({ length: count }, (_, row) => ({
    occurredAt: times.values[row] ?? Number.NaN,
    sequence: sequences.values[row] ?? Number.NaN,
  }));
}

/** Batches of keys in order; `wanted` is about how many are used at first. */
export async function* keyBatches(
  database: Database,
  asked: Proposing,
  terms: Terms,
  wanted: number,
): AsyncGenerator<readonly EventKey[]> {
  const range = await reached(database, asked);
  if (range === undefined) return;
  const { tenantNo, order } = asked;
  const ways = database.dialect === 'sqlite' ? onSqlite : onPostgres;
  const { spanOf, spansMost, query } = ways(tenantNo, terms);
  const [first, last] = [spanOf(range.from), spanOf(range.to - 1)];
  let step: number = FIRST_SPANS[terms.kind === 'party' ? 'party' : 'word'];
  let limit = Math.min(KEYS_MOST, wanted);
  for (let done = 0; first + done <= last; step *= GROWTH) {
    const count = Math.min(step, spansMost, last - first - done + 1);
    const start = order === 'desc' ? last - done - count + 1 : first + done;
    let { after } = asked;
    for (;;) {
      const window = within({ ...asked, after }, 'sequence', (sequence) => sequence);
      const keys = await read(database, asked, query(start, count, window), limit);
      if (keys.length > 0) yield keys;
      after = keys.at(-1);
      if (keys.length < limit || after === undefined) break;
      limit = KEYS_MOST;
    }
    done += count;
  }
}
