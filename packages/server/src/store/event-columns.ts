/** New events of a ledger transaction as columns, in the order of the insert statements. */
import { BytesBuilder, type Columns } from '../columns.ts';
import type { LedgerUnit } from './database.ts';

const TYPICAL_DOCUMENT_BYTES = 1_024;

/**
 * Key, tenant, id, time, action, policy, secret, leaf hash, document.
 * `keyOf` makes the row's key of tenant and sequence.
 */
export function eventColumns(
  units: readonly LedgerUnit[],
  keyOf: (tenantNo: number, sequence: number) => number,
): Columns {
  const count = units.reduce((sum, unit) => sum + unit.events.length, 0);
  const keys = new Float64Array(count);
  const tenants = new Float64Array(count);
  const times = new Float64Array(count);
  const policies = new Float64Array(count);
  const actions: string[] = [];
  const secrets: string[] = [];
  const ids = new BytesBuilder(count * 16);
  const leafHashes = new BytesBuilder(count * 32);
  const documents = new BytesBuilder(count * TYPICAL_DOCUMENT_BYTES);
  let row = 0;
  for (const { tenantNo, oldSize, events } of units) {
    for (const [index, event] of events.entries()) {
      keys[row] = keyOf(tenantNo, oldSize + index);
      tenants[row] = tenantNo;
      times[row] = event.occurredAt;
      policies[row] = event.policy;
      actions.push(event.action);
      secrets.push(event.secret);
      ids.addBytes(event.id);
      leafHashes.addBytes(event.leafHash);
      documents.addText(event.document, 1);
      row++;
    }
  }
  return {
    count,
    columns: [
      { kind: 'integer', values: keys },
      { kind: 'integer', values: tenants },
      ids.build(),
      { kind: 'integer', values: times },
      { kind: 'text', values: actions },
      { kind: 'integer', values: policies },
      { kind: 'text', values: secrets },
      leafHashes.build(),
      documents.build(),
    ],
  };
}
