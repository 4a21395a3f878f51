/** Events as they are read: by time, by id, by sequence. Appending is `transactLedger`'s. */
import { bytesAt, type ColumnKind, type Columns } from '../columns.ts';
import {
  columnReader,
  DOCUMENT_JSON,
  DOCUMENT_REMOVED,
  documentText,
  type EventBlock,
  type EventRow,
  REMOVED_AT,
  REMOVED_TEXT,
  rowsOf,
} from '../event-rows.ts';
import type { TimeRange } from './counts.ts';
import type { Database, LedgerTransaction, Statement } from './database.ts';
import { PLACES, ROWS_PER_TENANT } from './event-place.ts';

/** Everything the ledger holds of one event. */
export interface LedgerRow extends Omit<EventRow, 'leafHash'> {
  readonly leafHash: Uint8Array;
  readonly id: Uint8Array;
  readonly action: string;
  readonly policy: number;
  readonly secret: string;
  /** Whether it was removed: nothing is left but what finds its place. */
  readonly isRemoved: boolean;
}

/** A stored event that has an id of a new one. */
export interface StoredTwin {
  readonly sequence: number;
  readonly leafHash: Uint8Array;
  /** Empty: the event was removed. */
  readonly document: string;
}

export interface Events {
  /** In order of sequence, from one on. */
  from(tenantNo: number, sequence: number, limit: number): Promise<EventBlock>;
  byId(tenantNo: number, id: Uint8Array): Promise<EventRow | undefined>;
  /** In order of sequence, from one on; a document that is no text of a known form is empty. */
  bySequence(tenantNo: number, from: number, limit: number): Promise<LedgerRow[]>;
  /** Different actions, at most so many. */
  actions(tenantNo: number, limit: number): Promise<string[]>;
  /** How many events a project's tenants have in a time, up to a number. */
  countOf(projectNo: number, range: TimeRange, most: number): Promise<number>;
  /** The highest sequence, in a list of at most one. */
  newest(tenantNo: number): Promise<{ sequence: number }[]>;
  /** Stored events with one of these ids, by id in hex, read in a ledger transaction. */
  twins(
    transaction: LedgerTransaction,
    tenantNo: number,
    ids: readonly Uint8Array[],
  ): Promise<Map<string, StoredTwin>>;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The same of bytes that somebody may have tampered with: empty if they are no such text. */
function tamperedText(document: Uint8Array): string {
  try {
    return document[0] === DOCUMENT_JSON ? strict.decode(document.subarray(1)) : '';
  } catch {
    return '';
  }
}

const LEDGER_KINDS = [
  ...['integer', 'integer', 'bytes', 'bytes', 'bytes', 'text', 'integer', 'text'],
] as const satisfies readonly ColumnKind[];

function toLedgerRows(answer: Columns): LedgerRow[] {
  const read = columnReader(answer);
  const [sequences, times, policies] = [read.integers(0), read.integers(1), read.integers(6)];
  const [hashes, documents, ids] = [read.bytes(2), read.bytes(3), read.bytes(4)];
  const [actions, secrets] = [read.texts(5), read.texts(7)];
  return Array.from({ length: answer.count }, (_, row) => {
    const stored = bytesAt(documents, row);
    const [occurredAt, action, secret] = [times[row], actions[row], secrets[row]];
    const isHollow = stored.length === 1 && stored[0] === DOCUMENT_REMOVED;
    return {
      sequence: sequences[row] ?? Number.NaN,
      occurredAt: occurredAt ?? Number.NaN,
      leafHash: bytesAt(hashes, row),
      document: tamperedText(stored),
      id: bytesAt(ids, row),
      action: action ?? '',
      policy: policies[row] ?? Number.NaN,
      secret: secret ?? '',
      isRemoved: isHollow && occurredAt === REMOVED_AT && action === '' && secret === '',
    };
  });
}

/** `IN (…)` of byte strings of 16 bytes. */
export const bytesIn = (dialect: Database['dialect'], values: readonly Uint8Array[]): Statement =>
  dialect === 'sqlite'
    ? {
        sql: 'IN (SELECT unhex(value) FROM json_each(?))',
        parameters: [JSON.stringify(values.map((value) => Buffer.from(value).toString('hex')))],
      }
    : {
        sql: `IN (SELECT substring(?::bytea FROM n * 16 + 1 FOR 16)
        FROM generate_series(0, ?::int - 1) AS n)`,
        parameters: [Buffer.concat(values), values.length],
      };

/** What the two dialects write differently. */
const DIALECTS = {
  sqlite: {
    document: 'document',
    // A column here takes values of any type: tampering must not look like a failure.
    asStored: (column: string) => `CAST(${column} AS blob)`,
    // With the plus no index on the tenant is used: the row number alone is the way in.
    ofTenant: '+tenant_no = ?',
    placeIn: 'IN (SELECT value FROM json_each(?))',
  },
  postgres: {
    document: `CASE get_byte(document, 0) WHEN ${DOCUMENT_JSON}
      THEN convert_from(substring(document FROM 2), 'UTF8')
      WHEN ${DOCUMENT_REMOVED} THEN chr(${REMOVED_TEXT.charCodeAt(0)}) END`,
    asStored: (column: string) => column,
    ofTenant: 'tenant_no = ?',
    placeIn: '= ANY (ARRAY(SELECT jsonb_array_elements_text(?::jsonb)::bigint))',
  },
} as const;

/** From action to action by the index, without reading each event of it. */
const DIFFERENT_ACTIONS = `WITH RECURSIVE different (action) AS (
    SELECT (SELECT action FROM event WHERE tenant_no = ? AND action > '' ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM event WHERE tenant_no = ? AND action > different.action
      ORDER BY action LIMIT 1)
    FROM different WHERE different.action IS NOT NULL)`;

interface TwinRow {
  readonly id: Uint8Array;
  readonly sequence: number;
  readonly leaf_hash: Uint8Array;
  readonly document: Uint8Array | string;
}

const toTwins = (rows: readonly TwinRow[]): Map<string, StoredTwin> =>
  new Map(
    rows.map(({ id, sequence, leaf_hash: leafHash, document }) => [
      Buffer.from(id).toString('hex'),
      { sequence, leafHash, document: documentText(document) },
    ]),
  );

/** Columns of an EventBlock, of a row of `event`. */
export const selectRows = (dialect: Database['dialect']): string =>
  `SELECT event.sequence, event.occurred_at, leaf_hash, ${DIALECTS[dialect].document}`;
export const ROW_KINDS: readonly ColumnKind[] = ['integer', 'integer', 'bytes', 'bytes'];

/** Events of a tenant in order of sequence, from one on. */
export const eventsFrom = (database: Pick<Database, 'dialect' | 'columns'>) => {
  const { ofTenant } = DIALECTS[database.dialect];
  const { place, placeOf } = PLACES[database.dialect];
  return (tenantNo: number, from: number, limit: number): Promise<EventBlock> =>
    database.columns(
      {
        sql: `${selectRows(database.dialect)} FROM event
          WHERE ${ofTenant} AND ${place} >= ? AND ${place} < ? ORDER BY ${place} LIMIT ?`,
        parameters: [tenantNo, placeOf(tenantNo, from), placeOf(tenantNo, ROWS_PER_TENANT), limit],
      },
      ROW_KINDS,
    );
};

const selectLedger = (dialect: Database['dialect']): string => {
  const bytes = ['leaf_hash', 'document', 'id'].map(DIALECTS[dialect].asStored).join(', ');
  return `SELECT sequence, occurred_at, ${bytes}, action, policy, secret FROM event`;
};

/** Events of a tenant with these sequences, in their order. */
export const ledgerRowsOf = (database: Pick<Database, 'dialect' | 'columns'>) => {
  const { place, placeOf } = PLACES[database.dialect];
  const { ofTenant, placeIn } = DIALECTS[database.dialect];
  return async (tenantNo: number, sequences: readonly number[]): Promise<LedgerRow[]> => {
    const places = JSON.stringify(sequences.map((sequence) => placeOf(tenantNo, sequence)));
    const sql = `${selectLedger(database.dialect)}
      WHERE ${ofTenant} AND ${place} ${placeIn} ORDER BY ${place}`;
    const asked = { sql, parameters: [tenantNo, places] };
    return toLedgerRows(await database.columns(asked, LEDGER_KINDS));
  };
};

export const eventsOf = (database: Database): Events => {
  const { ofTenant } = DIALECTS[database.dialect];
  const { place, placeOf } = PLACES[database.dialect];
  const select = selectRows(database.dialect);
  return {
    from: eventsFrom(database),
    async byId(tenantNo, id) {
      const statement = {
        sql: `${select} FROM event WHERE tenant_no = ? AND id = ?`,
        parameters: [tenantNo, id],
      };
      const [row] = rowsOf(await database.columns(statement, ROW_KINDS));
      return row;
    },
    async bySequence(tenantNo, from, limit) {
      const statement = {
        sql: `${selectLedger(database.dialect)}
          WHERE ${ofTenant} AND ${place} >= ? AND ${place} < ? ORDER BY ${place} LIMIT ?`,
        parameters: [tenantNo, placeOf(tenantNo, from), placeOf(tenantNo, ROWS_PER_TENANT), limit],
      };
      return toLedgerRows(await database.columns(statement, LEDGER_KINDS));
    },
    async actions(tenantNo, limit) {
      const rows = await database.all<{ action: string }>({
        sql: `${DIFFERENT_ACTIONS} SELECT action FROM different WHERE action IS NOT NULL LIMIT ?`,
        parameters: [tenantNo, tenantNo, limit],
      });
      return rows.map(({ action }) => action);
    },
    async countOf(projectNo, { from, to }, most) {
      const [row] = await database.all<{ n: number }>({
        sql: `SELECT COUNT(*) AS n FROM (
            SELECT 1 FROM tenant JOIN event ON event.tenant_no = tenant.tenant_no
            WHERE project_no = ? AND occurred_at >= ? AND occurred_at < ? LIMIT ?) AS found`,
        parameters: [projectNo, Math.max(0, from), to, most],
      });
      return row?.n ?? 0;
    },
    async newest(tenantNo) {
      const statement = {
        sql: `SELECT sequence FROM event
          WHERE ${ofTenant} AND ${place} >= ? AND ${place} < ? ORDER BY ${place} DESC LIMIT 1`,
        parameters: [tenantNo, placeOf(tenantNo, 0), placeOf(tenantNo, ROWS_PER_TENANT)],
      };
      return await database.all(statement);
    },
    async twins(transaction, tenantNo, ids) {
      const list = bytesIn(database.dialect, ids);
      const rows = await transaction.all<TwinRow>({
        sql: `SELECT id, sequence, leaf_hash, ${DIALECTS[database.dialect].document} AS document
          FROM event
          WHERE tenant_no = ? AND id ${list.sql}`,
        parameters: [tenantNo, ...list.parameters],
      });
      return toTwins(rows);
    },
  };
};
