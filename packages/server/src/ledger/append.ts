/**
 * Appending in one transaction: lock the heads, drop ids that are there, number, extend the
 * trees, write events and heads. No unsealed state, no gap.
 *
 * The unique key on (tenant, id) is the arbiter of duplicates. A group is first stored as if all
 * ids were new; only when the database refuses does a second try look them up, under the lock.
 */
import { canonicalJson } from '@annals/contract/canonical';
import type { StoredEvent } from '@annals/contract/event';
import { extendRange, rangeFromBytes, rangeToBytes } from '@annals/contract/tree';
import { isErased } from '@annals/contract/values';
import { Fault } from '../fault.ts';
import {
  DuplicateKey,
  type HeadRow,
  type LedgerTransaction,
  type LedgerUnit,
  type NewEvent,
  type Store,
  type StoredTwin,
} from '../store/store.ts';
import type { Unit } from './lanes.ts';

/** An event with its leaf made, ready to be numbered. */
export interface PreparedEvent extends NewEvent {
  readonly event: StoredEvent;
}

/** What became of one event. */
export type Appended =
  | { readonly kind: 'accepted' | 'duplicate'; sequence: number; leafHash: Uint8Array }
  | { readonly kind: 'conflict' };

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');

/** Content of an event for the comparison with a twin: all but when the server received it. */
function isSameContent(event: StoredEvent, twin: StoredEvent): boolean {
  const fields = new Set([...Object.keys(event), ...Object.keys(twin)]);
  fields.delete('received_at');
  const left: Record<string, unknown> = event;
  const right: Record<string, unknown> = twin;
  return [...fields].every((name) => isSameValue(left[name], right[name]));
}

/** An erased value cannot be compared any more, so it is taken to be the same. */
function isSameValue(left: unknown, right: unknown): boolean {
  if (isErased(right)) return left !== undefined;
  if (left === undefined || right === undefined) return left === right;
  const isTree = typeof left === 'object' && typeof right === 'object';
  if (!isTree || left === null || right === null)
    return canonicalJson(left) === canonicalJson(right);
  const leftEntries = new Map(Object.entries(left));
  const rightEntries = new Map(Object.entries(right));
  return (
    Array.isArray(left) === Array.isArray(right) &&
    leftEntries.size === rightEntries.size &&
    [...leftEntries].every(([key, value]) => isSameValue(value, rightEntries.get(key)))
  );
}

type Twins = ReadonlyMap<string, StoredTwin>;
const NO_TWINS: Twins = new Map();

/** One tenant's part of a group: what is new, and what each event of each unit became. */
function numberEvents(head: HeadRow, units: readonly Unit<PreparedEvent>[], twins: Twins) {
  const fresh: PreparedEvent[] = [];
  const placed = new Map<string, { event: StoredEvent; sequence: number; leafHash: Uint8Array }>();
  const place = (prepared: PreparedEvent): Appended => {
    const id = hex(prepared.id);
    const twin = twins.get(id);
    if (twin && twin.document === '') {
      // It was removed: its content cannot be compared any more, so it is taken to be the same.
      return { kind: 'duplicate', sequence: twin.sequence, leafHash: twin.leafHash };
    }
    const before =
      placed.get(id) ?? (twin && { ...twin, event: JSON.parse(twin.document) as StoredEvent });
    if (before) {
      const { sequence, leafHash } = before;
      return isSameContent(prepared.event, before.event)
        ? { kind: 'duplicate', sequence, leafHash }
        : { kind: 'conflict' };
    }
    const { event, leafHash } = prepared;
    const sequence = head.size + fresh.length;
    fresh.push(prepared);
    placed.set(id, { event, sequence, leafHash });
    return { kind: 'accepted', sequence, leafHash };
  };
  const results = units.map((unit) => unit.events.map(place));
  return { fresh, results };
}

function ledgerUnit(head: HeadRow, fresh: readonly PreparedEvent[]): LedgerUnit {
  const nodes: { level: number; index: number; hash: Uint8Array }[] = [];
  const range = extendRange(
    rangeFromBytes(head.size, head.range),
    fresh.map(({ leafHash }) => leafHash),
    (level, index, hash) => nodes.push({ level, index, hash }),
  );
  return {
    tenantNo: head.tenant_no,
    oldSize: head.size,
    newSize: range.size,
    range: rangeToBytes(range),
    nodes,
    events: fresh,
  };
}

async function appendIn(
  store: Store,
  transaction: LedgerTransaction,
  units: readonly Unit<PreparedEvent>[],
  isChecked: boolean,
): Promise<Appended[][]> {
  const results = new Map<Unit<PreparedEvent>, Appended[]>();
  const written: LedgerUnit[] = [];
  for (const [tenantNo, ofTenant] of Map.groupBy(units, (unit) => unit.tenantNo)) {
    const head = transaction.heads.get(tenantNo);
    if (head === undefined) throw new Fault('ledger_halted', 'The ledger’s head is missing.');
    const ids = ofTenant.flatMap(({ events }) => events.map(({ id }) => id));
    const twins = isChecked ? await store.events.twins(transaction, tenantNo, ids) : NO_TWINS;
    const numbered = numberEvents(head, ofTenant, twins);
    for (const [index, unit] of ofTenant.entries()) {
      results.set(unit, numbered.results[index] ?? []);
    }
    if (numbered.fresh.length > 0) written.push(ledgerUnit(head, numbered.fresh));
  }
  // A crash before this line leaves nothing; after it, everything.
  if (written.length > 0) await transaction.commit(written);
  return units.map((unit) => results.get(unit) ?? []);
}

/** Stores a group; answers what became of each event, durable when it resolves. */
export async function appendGroup(
  store: Store,
  units: readonly Unit<PreparedEvent>[],
): Promise<Appended[][]> {
  const tenantNos = [...new Set(units.map(({ tenantNo }) => tenantNo))];
  const attempt = (isChecked: boolean) =>
    store.database.transactLedger(tenantNos, (transaction) =>
      appendIn(store, transaction, units, isChecked),
    );
  try {
    return await attempt(false);
  } catch (error) {
    if (error instanceof DuplicateKey) return await attempt(true);
    throw error;
  }
}
