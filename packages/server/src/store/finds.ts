/**
 * Proposals: rows of `event` in order of time, found by the index that a question can use. They
 * may hold events that are no answer; none that is one is left out, as far as the index reaches.
 */
import type { EventBlock, EventKey } from '../event-rows.ts';
import { countsOf } from './counts.ts';
import type { Database, Statement, Value } from './database.ts';
import { ROW_KINDS, selectRows } from './events.ts';
import {
  completed,
  spanOf,
  TERMS_MOST,
  type Terms,
  termCondition,
  termCount,
} from './terms-postgres.ts';
import type { Words } from './texts.ts';
import { matchText, TIME_SHIFT } from './texts-sqlite.ts';

/** Where rows are proposed from. */
export type Source =
  | { readonly kind: 'time' }
  | { readonly kind: 'actions'; readonly actions: readonly string[] }
  /** Any of the entities in any of these roles (bits). */
  | { readonly kind: 'parties'; readonly entities: readonly number[]; readonly roles: number }
  | { readonly kind: 'words'; readonly words: Words };

export interface Proposing {
  readonly tenantNo: number;
  /** Milliseconds, inclusive. */
  readonly from: number;
  /** Milliseconds, exclusive. */
  readonly to: number;
  readonly order: 'asc' | 'desc';
  /** Rows beyond this place in the order. */
  readonly after: EventKey | undefined;
  readonly limit: number;
  readonly source: Source;
}

export interface Finds {
  /** In order of (occurred_at, sequence); fewer than `limit` only when there are no more. */
  propose(proposing: Proposing): Promise<EventBlock>;
  /** Words as they can be looked up; undefined if they cannot. */
  lookUp(tenantNo: number, words: Words): Promise<Words | undefined>;
}

const ROWS_PER_TENANT = 2 ** 32;
/** Spans of time looked at first; a party has fewer events than a word. */
const FIRST_SPANS = { word: 1, party: 4 } as const;

/** What the two dialects write differently. */
const PLACES = {
  // The row number ends every secondary index, so ordering by it needs no sort.
  sqlite: {
    place: 'row',
    placeOf: (tenantNo: number, sequence: number) => tenantNo * ROWS_PER_TENANT + sequence,
    joined: `event.row = (key.tenant_no * ${ROWS_PER_TENANT}) + key.sequence`,
  },
  postgres: {
    place: 'sequence',
    placeOf: (_tenantNo: number, sequence: number) => sequence,
    joined: 'event.tenant_no = key.tenant_no AND event.sequence = key.sequence',
  },
} as const;

/** The window and the place in it, as conditions on two columns. */
function within(asked: Proposing, place: string, placeOf: (sequence: number) => number): Statement {
  const { from, to, order, after } = asked;
  const beyond = order === 'desc' ? '<' : '>';
  // Said again as a plain bound, so that the index is entered at the place itself.
  const start = after && order === 'asc' ? Math.max(from, after.occurredAt) : from;
  const end = after && order === 'desc' ? Math.min(to, after.occurredAt + 1) : to;
  const keyset = after ? `AND (occurred_at, ${place}) ${beyond} (?, ?)` : '';
  return {
    sql: `occurred_at >= ? AND occurred_at < ? ${keyset}`,
    parameters: [start, end, ...(after ? [after.occurredAt, placeOf(after.sequence)] : [])],
  };
}

/** Rows that several conditions propose, each in order, put in order together. */
function merged(parts: readonly Statement[], order: string, limit: number): Statement {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const each = parts.map(({ sql }) => `SELECT * FROM (${sql}) AS part`).join(' UNION ');
  return {
    sql: `SELECT * FROM (${each}) AS parts
      ORDER BY occurred_at ${order}, sequence ${order} LIMIT ?`,
    parameters: [...parts.flatMap(({ parameters }) => [...parameters]), limit],
  };
}

/** Keys of proposed rows: tenant, time, sequence. */
function keysOf(
  dialect: Database['dialect'],
  asked: Proposing,
  source: Exclude<Source, { kind: 'time' }>,
): Statement {
  const { tenantNo, order, limit } = asked;
  const { place, placeOf } = PLACES[dialect];
  const byRow = within(asked, place, (sequence) => placeOf(tenantNo, sequence));
  const bySequence = within(asked, 'sequence', (sequence) => sequence);
  const part = (
    table: string,
    condition: Statement,
    window: Statement,
    last: string,
  ): Statement => ({
    sql: `SELECT tenant_no, occurred_at, sequence FROM ${table}
      WHERE tenant_no = ? AND ${condition.sql} AND ${window.sql}
      ORDER BY occurred_at ${order}, ${last} ${order} LIMIT ?`,
    parameters: [tenantNo, ...condition.parameters, ...window.parameters, limit],
  });
  switch (source.kind) {
    case 'actions':
      return merged(
        source.actions.map((action) =>
          part('event', { sql: 'action = ?', parameters: [action] }, byRow, place),
        ),
        order,
        limit,
      );
    case 'parties':
      return merged(
        source.entities.map((entity) => {
          const sql = 'entity = ? AND (role & ?) <> 0';
          const condition = { sql, parameters: [entity, source.roles] };
          return part('party', condition, bySequence, 'sequence');
        }),
        order,
        limit,
      );
    case 'words':
      return textKeys(asked, source.words);
  }
}

/** On SQLite: rows of the text index lie in order of time. */
function textKeys(asked: Proposing, words: Words): Statement {
  const { tenantNo, from, to, order, after, limit } = asked;
  const beyond = order === 'desc' ? '<' : '>';
  const start = after && order === 'asc' ? Math.max(from, after.occurredAt) : from;
  const end = after && order === 'desc' ? Math.min(to, after.occurredAt + 1) : to;
  // Later than a row number has bits for is later than any event.
  const latest = 2 ** (63 - TIME_SHIFT) - 1;
  const time = `(text_row.row >> ${TIME_SHIFT})`;
  const keyset = after ? `AND (${time}, text_row.sequence) ${beyond} (?, ?)` : '';
  const keys: Value[] = after ? [after.occurredAt, after.sequence] : [];
  return {
    sql: `SELECT text_row.tenant_no, ${time} AS occurred_at, text_row.sequence
      FROM event_text CROSS JOIN text_row ON text_row.row = event_text.rowid
      WHERE event_text MATCH ? AND event_text.rowid >= (? << ${TIME_SHIFT})
        AND event_text.rowid < (? << ${TIME_SHIFT})
        AND text_row.tenant_no = ? ${keyset}
      ORDER BY event_text.rowid ${order} LIMIT ?`,
    parameters: [
      matchText(tenantNo, words),
      Math.max(0, start),
      Math.max(0, Math.min(end, latest)),
      tenantNo,
      ...keys,
      limit,
    ],
  };
}

const NOTHING: EventBlock = {
  count: 0,
  columns: [
    { kind: 'integer', values: new Float64Array(0) },
    { kind: 'integer', values: new Float64Array(0) },
    { kind: 'bytes', bytes: new Uint8Array(0), ends: new Uint32Array(0) },
    { kind: 'bytes', bytes: new Uint8Array(0), ends: new Uint32Array(0) },
  ],
};

/** Events of keys, in order. */
const rowsBy = (database: Database, keys: Statement, order: string): Promise<EventBlock> =>
  database.columns(
    {
      sql: `${selectRows(database.dialect)} FROM (${keys.sql}) AS key CROSS JOIN event
        WHERE ${PLACES[database.dialect].joined}
        ORDER BY key.occurred_at ${order}, key.sequence ${order}`,
      parameters: keys.parameters,
    },
    ROW_KINDS,
  );

/** Straight from the events, by an index of theirs that has the order. */
const direct = (database: Database, asked: Proposing, condition: Statement) => {
  const { tenantNo, order, limit } = asked;
  const { place, placeOf } = PLACES[database.dialect];
  const window = within(asked, place, (sequence) => placeOf(tenantNo, sequence));
  return database.columns(
    {
      sql: `${selectRows(database.dialect)} FROM event
        WHERE tenant_no = ? ${condition.sql} AND ${window.sql}
        ORDER BY occurred_at ${order}, ${place} ${order} LIMIT ?`,
      parameters: [tenantNo, ...condition.parameters, ...window.parameters, limit],
    },
    ROW_KINDS,
  );
};

/** The part of a window that a tenant's events lie in, beyond the place in it. */
async function reached(database: Database, asked: Proposing) {
  const all = await countsOf(database).edges(asked.tenantNo);
  if (all === undefined) return undefined;
  const { from, to, order, after } = asked;
  return {
    from: Math.max(from, all.first, order === 'asc' ? (after?.occurredAt ?? 0) : 0),
    to: Math.min(to, all.last + 1, order === 'desc' ? (after?.occurredAt ?? to) + 1 : to),
  };
}

/** On PostgreSQL: span by span, more of them at once the fewer rows they have. */
async function keysBySpans(database: Database, asked: Proposing, terms: Terms) {
  const { tenantNo, order, limit } = asked;
  const found: EventKey[] = [];
  const range = await reached(database, asked);
  if (range === undefined) return found;
  const [first, last] = [spanOf(range.from), spanOf(range.to - 1)];
  const window = within(asked, 'sequence', (sequence) => sequence);
  const most = Math.max(1, Math.floor(TERMS_MOST / termCount(terms)));
  let step: number = FIRST_SPANS[terms.kind === 'party' ? 'party' : 'word'];
  for (let done = 0; first + done <= last && found.length < limit; step *= 2) {
    const count = Math.min(step, most, last - first - done + 1);
    const start = order === 'desc' ? last - done - count + 1 : first + done;
    const spans = Array.from({ length: count }, (_, index) => start + index);
    const condition = termCondition(tenantNo, spans, terms);
    const wanted = limit - found.length;
    const keys = await database.all<{ occurred_at: number; sequence: number }>({
      sql: `SELECT occurred_at, sequence FROM event_text
        WHERE tenant_no = ? AND ${condition.sql} AND ${window.sql}
        ORDER BY occurred_at ${order}, sequence ${order} LIMIT ?`,
      parameters: [tenantNo, ...condition.parameters, ...window.parameters, wanted],
    });
    for (const { occurred_at: occurredAt, sequence } of keys) found.push({ occurredAt, sequence });
    done += count;
  }
  return found;
}

async function bySpans(database: Database, asked: Proposing, terms: Terms): Promise<EventBlock> {
  const keys = await keysBySpans(database, asked, terms);
  if (keys.length === 0) return NOTHING;
  const list = (of: (key: EventKey) => number) => `{${keys.map(of).join(',')}}`;
  const statement = {
    sql: `SELECT ?::int AS tenant_no, * FROM unnest(?::bigint[], ?::bigint[])
      AS row (occurred_at, sequence)`,
    parameters: [asked.tenantNo, list((key) => key.occurredAt), list((key) => key.sequence)],
  };
  return await rowsBy(database, statement, asked.order);
}

export const findsOf = (database: Database): Finds => ({
  async lookUp(tenantNo, words) {
    return database.dialect === 'sqlite' ? words : await completed(database, tenantNo, words);
  },
  async propose(asked) {
    const { source, order } = asked;
    if (source.kind === 'time') return await direct(database, asked, { sql: '', parameters: [] });
    if (source.kind === 'actions') {
      const [action, ...others] = source.actions;
      if (action === undefined) return NOTHING;
      if (others.length === 0) {
        return await direct(database, asked, { sql: 'AND action = ?', parameters: [action] });
      }
    }
    if (source.kind === 'parties' && source.entities.length === 0) return NOTHING;
    if (database.dialect === 'postgres' && source.kind !== 'actions') {
      const { kind } = source;
      const terms: Terms = kind === 'words' ? source.words : { ...source, kind: 'party' };
      return await bySpans(database, asked, terms);
    }
    return await rowsBy(database, keysOf(database.dialect, asked, source), order);
  },
});
