/** Statements that take something away from stored events: the one place that changes them. */
import { BytesBuilder, integerColumn, textColumn } from '../columns.ts';
import { DOCUMENT_REMOVED, REMOVED_AT } from '../event-rows.ts';
import type { Database, WriteStep } from './database.ts';
import { rowNumber } from './event-place.ts';

/** What stays of events of one tenant. */
export interface LedgerRevision {
  readonly tenantNo: number;
  /** The state that they were read in; see `RevisionState`. */
  readonly revision: number;
  readonly holds: number;
  /** Of these only place, id and leaf hash. */
  readonly removed: readonly number[];
  /** Documents and secrets that give the same leaves as before. */
  readonly erased: readonly Erased[];
}
export interface Erased {
  readonly sequence: number;
  /** JSON text. */
  readonly document: string;
  readonly secret: string;
}

const HOLLOW = `occurred_at = ${REMOVED_AT}, action = '', secret = ''`;
const HOLLOW_HEX = DOCUMENT_REMOVED.toString(16).padStart(2, '0');
const DIALECTS = {
  sqlite: {
    remove: `UPDATE event SET ${HOLLOW}, document = x'${HOLLOW_HEX}' WHERE row = ?`,
    erase: 'UPDATE event SET document = ?, secret = ? WHERE row = ?',
  },
  // Each row is found by its key: of a large table the planner may know too little.
  postgres: {
    remove: `UPDATE event SET ${HOLLOW}, document = '\\x${HOLLOW_HEX}'::bytea
      FROM unnest(?::int[], ?::bigint[]) AS row (tenant_no, sequence)
      WHERE event.tenant_no = row.tenant_no AND event.sequence = row.sequence`,
    erase: `UPDATE event SET document = row.document, secret = row.secret
      FROM unnest(?::bytea[], ?::text[], ?::int[], ?::bigint[])
        AS row (document, secret, tenant_no, sequence)
      WHERE event.tenant_no = row.tenant_no AND event.sequence = row.sequence`,
  },
} as const;

/** By key on each dialect: the row's number, or tenant and sequence. */
const keysOf = (dialect: Database['dialect'], tenantNo: number, sequences: readonly number[]) =>
  dialect === 'sqlite'
    ? [integerColumn(sequences.map((sequence) => rowNumber(tenantNo, sequence)))]
    : [integerColumn(sequences.map(() => tenantNo)), integerColumn(sequences)];

/** The head comes last: until then recording does not wait. */
export function ledgerSteps(
  dialect: Database['dialect'],
  { tenantNo, revision, holds, removed, erased }: LedgerRevision,
): WriteStep[] {
  const { remove, erase } = DIALECTS[dialect];
  const steps: WriteStep[] = [];
  if (removed.length > 0) {
    const rows = { count: removed.length, columns: keysOf(dialect, tenantNo, removed) };
    steps.push({ sql: remove, parameters: [], rows, expect: removed.length });
  }
  if (erased.length > 0) {
    const documents = new BytesBuilder(erased.length * 1_024);
    for (const { document } of erased) documents.addText(document, 1);
    const sequences = erased.map(({ sequence }) => sequence);
    const columns = [
      documents.build(),
      textColumn(erased.map(({ secret }) => secret)),
      ...keysOf(dialect, tenantNo, sequences),
    ];
    const rows = { count: erased.length, columns };
    steps.push({ sql: erase, parameters: [], rows, expect: erased.length });
  }
  const head = `UPDATE ledger_head SET revision = revision + 1
    WHERE tenant_no = ? AND revision = ? AND holds = ?`;
  return [...steps, { sql: head, parameters: [tenantNo, revision, holds], expect: 1 }];
}

/** Of large tables of which little is known the planner may rather read all than look up. */
export const LOOK_UP: readonly WriteStep[] = [
  'enable_seqscan',
  'enable_hashjoin',
  'enable_mergejoin',
].map((setting) => ({ sql: `SET LOCAL ${setting} = off`, parameters: [] }));
