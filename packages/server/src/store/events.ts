/** Events as they are read: by time, by id, by sequence. Appending is `transactLedger`'s. */
import { bytesAt, type ColumnKind, type Columns } from '../columns.ts';
import {
  columnReader,
  DOCUMENT_JSON,
  documentText,
  type EventBlock,
  type EventKey,
  type EventRow,
  rowsOf,
} from '../event-rows.ts';
import type { Database, LedgerTransaction, Statement } from './database.ts';

/** Everything the ledger holds of one event. */
export interface LedgerRow extends EventRow {
  readonly id: Uint8Array;
  readonly action: string;
  readonly policy: number;
  readonly secret: string;
}

/** A stored event that has an id of a new one. */
export interface StoredTwin {
  readonly sequence: number;
  readonly leafHash: Uint8Array;
  readonly document: string;
}

export interface PageQuery {
  readonly tenantNo: number;
  /** Milliseconds, inclusive. */
  readonly from: number;
  /** Milliseconds, exclusive. */
  readonly to: number;
  readonly order: 'asc' | 'desc';
  /** Rows beyond this place in the order. */
  readonly after: EventKey | undefined;
  readonly limit: number;
}

export interface Events {
  /** In order of (occurred_at, sequence). */
  page(query: PageQuery): Promise<EventBlock>;
  byId(tenantNo: number, id: Uint8Array): Promise<EventRow | undefined>;
  /** In order of sequence, from one on; a document that is no text of a known form is empty. */
  bySequence(tenantNo: number, from: number, limit: number): Promise<LedgerRow[]>;
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
  return Array.from({ length: answer.count }, (_, row) => ({
    sequence: sequences[row] ?? Number.NaN,
    occurredAt: times[row] ?? Number.NaN,
    leafHash: bytesAt(hashes, row),
    document: tamperedText(bytesAt(documents, row)),
    id: bytesAt(ids, row),
    action: actions[row] ?? '',
    policy: policies[row] ?? Number.NaN,
    secret: secrets[row] ?? '',
  }));
}

/** What the two dialects write differently. */
const DIALECTS = {
  // The row number ends every secondary index, so ordering by it needs no sort.
  sqlite: {
    place: 'row',
    document: 'document',
    // A column here takes values of any type: tampering must not look like a failure.
    asStored: (column: string) => `CAST(${column} AS blob)`,
    // With the plus no index on the tenant is used: the row number alone is the way in.
    ofTenant: '+tenant_no = ?',
    placeOf: (tenantNo: number, sequence: number) => tenantNo * 2 ** 32 + sequence,
    idIn: (ids: readonly Uint8Array[]): Statement => ({
      sql: 'IN (SELECT unhex(value) FROM json_each(?))',
      parameters: [JSON.stringify(ids.map((id) => Buffer.from(id).toString('hex')))],
    }),
  },
  postgres: {
    place: 'sequence',
    document: `CASE get_byte(document, 0) WHEN ${DOCUMENT_JSON}
      THEN convert_from(substring(document FROM 2), 'UTF8') END`,
    asStored: (column: string) => column,
    ofTenant: 'tenant_no = ?',
    placeOf: (_tenantNo: number, sequence: number) => sequence,
    idIn: (ids: readonly Uint8Array[]): Statement => ({
      sql: `IN (SELECT substring(?::bytea FROM n * 16 + 1 FOR 16)
        FROM generate_series(0, ?::int - 1) AS n)`,
      parameters: [Buffer.concat(ids), ids.length],
    }),
  },
} as const;

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

export const eventsOf = (database: Database): Events => {
  const { place, placeOf, idIn, document, asStored, ofTenant } = DIALECTS[database.dialect];
  const select = `SELECT sequence, occurred_at, leaf_hash, ${document}`;
  const rowKinds: readonly ColumnKind[] = ['integer', 'integer', 'bytes', 'bytes'];
  const bytes = ['leaf_hash', 'document', 'id'].map(asStored).join(', ');
  const selectLedger = `SELECT sequence, occurred_at, ${bytes}, action, policy, secret`;
  return {
    async page({ tenantNo, from, to, order, after, limit }) {
      const beyond = order === 'desc' ? '<' : '>';
      const keyset = after === undefined ? '' : `AND (occurred_at, ${place}) ${beyond} (?, ?)`;
      const key = after && [after.occurredAt, placeOf(tenantNo, after.sequence)];
      // Said again as a plain bound, so that the index is entered at the place itself.
      const start = after && order === 'asc' ? Math.max(from, after.occurredAt) : from;
      const end = after && order === 'desc' ? Math.min(to, after.occurredAt + 1) : to;
      const statement = {
        sql: `${select} FROM event
          WHERE tenant_no = ? AND occurred_at >= ? AND occurred_at < ? ${keyset}
          ORDER BY occurred_at ${order}, ${place} ${order} LIMIT ?`,
        parameters: [tenantNo, start, end, ...(key ?? []), limit],
      };
      return await database.columns(statement, rowKinds);
    },
    async byId(tenantNo, id) {
      const statement = {
        sql: `${select} FROM event WHERE tenant_no = ? AND id = ?`,
        parameters: [tenantNo, id],
      };
      const [row] = rowsOf(await database.columns(statement, rowKinds));
      return row;
    },
    async bySequence(tenantNo, from, limit) {
      const statement = {
        sql: `${selectLedger} FROM event
          WHERE ${ofTenant} AND ${place} >= ? AND ${place} < ? ORDER BY ${place} LIMIT ?`,
        parameters: [tenantNo, placeOf(tenantNo, from), placeOf(tenantNo, 2 ** 32), limit],
      };
      return toLedgerRows(await database.columns(statement, LEDGER_KINDS));
    },
    async newest(tenantNo) {
      const statement = {
        sql: `SELECT sequence FROM event
          WHERE ${ofTenant} AND ${place} >= ? AND ${place} < ? ORDER BY ${place} DESC LIMIT 1`,
        parameters: [tenantNo, placeOf(tenantNo, 0), placeOf(tenantNo, 2 ** 32)],
      };
      return await database.all(statement);
    },
    async twins(transaction, tenantNo, ids) {
      const list = idIn(ids);
      const rows = await transaction.all<TwinRow>({
        sql: `SELECT id, sequence, leaf_hash, ${document} AS document FROM event
          WHERE tenant_no = ? AND id ${list.sql}`,
        parameters: [tenantNo, ...list.parameters],
      });
      return toTwins(rows);
    },
  };
};
