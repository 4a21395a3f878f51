/**
 * Proposals: rows of `event` in order of time, found by the index that a question can use. They
 * may hold events that are no answer; none that is one is left out, as far as the index reaches.
 */
import { columnReader, type EventBlock, type EventKey, lastKeyOf } from '../event-rows.ts';
import type { TimeRange } from './counts.ts';
import type { ReadingDatabase, Statement } from './database.ts';
import { PLACES, ROWS_PER_TENANT } from './event-place.ts';
import { ROW_KINDS, selectRows } from './events.ts';
import { type Proposing, type Source, within } from './proposing.ts';
import { spansOf } from './spans.ts';
import { completed, type Terms } from './terms-postgres.ts';
import type { Words } from './texts.ts';

/** How many rows the first block has at most, and how far later ones grow. */
export interface BlockSizes {
  readonly first: number;
  readonly most: number;
  /** How many rows the reader wants next, if it knows; else each block is larger than the last. */
  readonly wanted?: (() => number | undefined) | undefined;
}

export interface Finds {
  /** Blocks in order of (occurred_at, sequence); the last one may be short or empty. */
  propose(proposing: Proposing, sizes: BlockSizes): AsyncGenerator<EventBlock>;
  /** Words as they can be looked up; undefined if they cannot. */
  lookUp(tenantNo: number, words: Words): Promise<Words | undefined>;
}

const GROWTH = 4;
const nextSize = (last: number, { most, wanted }: BlockSizes): number =>
  Math.min(most, wanted?.() ?? last * GROWTH);
/** Most keys that one statement answers: a third of a megabyte. */
const KEYS_MOST = 20_000;

/**
 * What the two dialects write differently. OFFSET 0 has PostgreSQL look up each key: of a table
 * that it has no statistics of yet it would rather compare all rows with all keys.
 */
const KEYED = {
  sqlite: {
    joined: `AS key CROSS JOIN event
      WHERE event.row = (key.tenant_no * ${ROWS_PER_TENANT}) + key.sequence`,
    listed: `FROM json_each(?) AS key CROSS JOIN event
      WHERE event.row = (? * ${ROWS_PER_TENANT}) + key.value`,
  },
  postgres: {
    joined: `AS key CROSS JOIN LATERAL (SELECT * FROM event
      WHERE tenant_no = key.tenant_no AND sequence = key.sequence OFFSET 0) AS event`,
    listed: `FROM jsonb_array_elements(?::jsonb) WITH ORDINALITY AS key (value, place)
      CROSS JOIN LATERAL (SELECT * FROM event
        WHERE tenant_no = ? AND sequence = key.value::bigint OFFSET 0) AS event
      ORDER BY key.place`,
  },
} as const;

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

interface Part {
  readonly table: 'event' | 'party';
  readonly condition: Statement;
}

/** Events of keys, in order. SQLite keeps the order of the keys; sorting would copy documents. */
const rowsBy = (database: ReadingDatabase, keys: Statement, order: string): Promise<EventBlock> => {
  const sorted =
    database.dialect === 'sqlite' ? '' : `ORDER BY key.occurred_at ${order}, key.sequence ${order}`;
  return database.columns(
    {
      sql: `${selectRows(database.dialect)} FROM (${keys.sql})
        ${KEYED[database.dialect].joined} ${sorted}`,
      parameters: keys.parameters,
    },
    ROW_KINDS,
  );
};

/** The next rows of several conditions, each of which has an index in order of time. */
function rowsOfParts(
  database: ReadingDatabase,
  asked: Proposing,
  parts: readonly Part[],
  limit: number,
): Promise<EventBlock> {
  const { tenantNo, order } = asked;
  const { place, placeOf } = PLACES[database.dialect];
  const statements = parts.map(({ table, condition }): Statement => {
    const last = table === 'event' ? place : 'sequence';
    const window = within(asked, last, (sequence) =>
      table === 'event' ? placeOf(tenantNo, sequence) : sequence,
    );
    return {
      sql: `SELECT tenant_no, occurred_at, sequence FROM ${table}
        WHERE tenant_no = ? AND ${condition.sql} AND ${window.sql}
        ORDER BY occurred_at ${order}, ${last} ${order} LIMIT ?`,
      parameters: [tenantNo, ...condition.parameters, ...window.parameters, limit],
    };
  });
  return rowsBy(database, merged(statements, order, limit), order);
}

/** Straight from the events, by an index of theirs that has the order. */
const direct = (
  database: ReadingDatabase,
  asked: Proposing,
  condition: Statement,
  limit: number,
) => {
  const { tenantNo, order } = asked;
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

/** How the next rows of a source are read, each time beyond the last. */
function nextRows(database: ReadingDatabase, source: Exclude<Source, { kind: 'words' }>) {
  const actionIs = (action: string) => ({ sql: 'action = ?', parameters: [action] });
  if (source.kind === 'time') {
    return (asked: Proposing, limit: number) =>
      direct(database, asked, { sql: '', parameters: [] }, limit);
  }
  if (source.kind === 'actions') {
    const [action, ...others] = source.actions;
    if (action !== undefined && others.length === 0) {
      const condition = { sql: 'AND action = ?', parameters: [action] };
      return (asked: Proposing, limit: number) => direct(database, asked, condition, limit);
    }
  }
  const parts: Part[] =
    source.kind === 'actions'
      ? source.actions.map((action) => ({ table: 'event', condition: actionIs(action) }))
      : source.entities.map((entity) => ({
          table: 'party',
          condition: {
            sql: 'entity = ? AND (role & ?) <> 0',
            parameters: [entity, source.roles],
          },
        }));
  return (asked: Proposing, limit: number) => rowsOfParts(database, asked, parts, limit);
}

async function* byIndex(
  database: ReadingDatabase,
  asked: Proposing,
  source: Exclude<Source, { kind: 'words' }>,
  sizes: BlockSizes,
): AsyncGenerator<EventBlock> {
  if (source.kind === 'actions' && source.actions.length === 0) return;
  const read = nextRows(database, source);
  let after = asked.after;
  for (let limit = sizes.first; ; limit = nextSize(limit, sizes)) {
    const block = await read({ ...asked, after }, limit);
    after = lastKeyOf(block);
    yield block;
    if (block.count < limit || after === undefined) return;
  }
}

/** The keys that a statement selects, in order. */
async function keysBy(database: ReadingDatabase, statement: Statement): Promise<EventKey[]> {
  const keys = { ...statement, sql: `SELECT occurred_at, sequence FROM (${statement.sql}) AS key` };
  const answer = await database.columns(keys, ['integer', 'integer']);
  const read = columnReader(answer);
  const [times, sequences] = [read.integers(0), read.integers(1)];
  return Array.from({ length: answer.count }, (_, row) => ({
    occurredAt: times[row] ?? Number.NaN,
    sequence: sequences[row] ?? Number.NaN,
  }));
}

/** When the first event of a time was, in the order that is asked for; null: there is none. */
async function momentIn(
  database: ReadingDatabase,
  { tenantNo, order }: Proposing,
  { from, to }: TimeRange,
): Promise<number | null> {
  const [row] = await database.all<{ occurred_at: number }>({
    sql: `SELECT occurred_at FROM event WHERE tenant_no = ? AND occurred_at >= ? AND occurred_at < ?
      ORDER BY occurred_at ${order} LIMIT 1`,
    parameters: [tenantNo, from, to],
  });
  return row === undefined ? null : Number(row.occurred_at);
}

/**
 * Span by span. Few events come with their keys, in one statement; of many the keys come first,
 * since putting a span's keys in order for each block would cost more than the events.
 */
async function* byTerms(
  database: ReadingDatabase,
  asked: Proposing,
  { terms, span }: { terms: Terms; span: TimeRange },
  sizes: BlockSizes,
): AsyncGenerator<EventBlock> {
  const { tenantNo, order } = asked;
  const listed = `${selectRows(database.dialect)} ${KEYED[database.dialect].listed}`;
  let { after } = asked;
  let size = sizes.first;
  const groups = spansOf(database.dialect, asked, terms, span);
  for (let group = groups.next(); !group.done; ) {
    const { keysOf, rest } = group.value;
    if (size === sizes.first) {
      const block = await rowsBy(database, keysOf(after, size), order);
      const { count } = block;
      // Before it is given away: whoever takes it may hand its memory to a thread.
      after = lastKeyOf(block) ?? after;
      yield block;
      if (count < size) {
        const moment = rest && (await momentIn(database, asked, rest));
        // Nothing at all happened in the rest.
        if (moment === null) return;
        group = groups.next(moment);
        continue;
      }
    }
    for (let keys: EventKey[]; ; ) {
      keys = await keysBy(database, keysOf(after, KEYS_MOST));
      const list = keys.map(({ sequence }) => sequence);
      while (list.length > 0) {
        size = nextSize(size, sizes);
        const parameters = [JSON.stringify(list.splice(0, size)), tenantNo];
        yield await database.columns({ sql: listed, parameters }, ROW_KINDS);
      }
      after = keys.at(-1) ?? after;
      if (keys.length < KEYS_MOST) break;
    }
    group = groups.next();
  }
}

export const findsOf = (database: ReadingDatabase): Finds => ({
  async lookUp(tenantNo, words) {
    return database.dialect === 'sqlite' ? words : await completed(database, tenantNo, words);
  },
  async *propose(asked, sizes) {
    const { source } = asked;
    if (source.kind === 'words') {
      const { words: terms, span } = source;
      return yield* byTerms(database, asked, { terms, span }, sizes);
    }
    if (source.kind === 'parties') {
      if (source.entities.length === 0) return;
      if (database.dialect === 'postgres') {
        const { entities, roles, span } = source;
        const terms = { kind: 'party', entities, roles } as const;
        return yield* byTerms(database, asked, { terms, span }, sizes);
      }
    }
    yield* byIndex(database, asked, source, sizes);
  },
});
