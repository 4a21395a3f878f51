/**
 * Re-reads a tenant's log, recomputes every leaf and the whole tree, and names the first event
 * that is not as it was recorded. Reads only, in batches, so that it may run beside recording:
 * it checks the log up to the size that the head had when it began.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { StoredEvent } from '@annals/contract/event';
import { type ClassPolicy, leafOf } from '@annals/contract/leaf';
import type { VerifyResult } from '@annals/contract/routes';
import { leafHashOf } from '@annals/contract/sha256';
import { parseInstant } from '@annals/contract/time';
import {
  type CompactRange,
  EMPTY_RANGE,
  extendRange,
  rangeRoot,
  rangeToBytes,
} from '@annals/contract/tree';
import type { HeadRow, LedgerRow, Store } from '../store/store.ts';
import { locateDisorder } from './locate.ts';

/** Told how far the work is; throws to stop it. */
export type Progress = (done: number, total: number) => Promise<void> | void;

/** Events read at once: two tiles, about half a megabyte. */
const BATCH = 512;
const TILE = 256;

type Problem = NonNullable<VerifyResult['problem']>;

const equal = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function uuidText(id: Uint8Array): string {
  const hex = Buffer.from(id).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
}

/** The leaf hash that the stored event gives under an origin; undefined if it gives none. */
function recompute(
  row: LedgerRow,
  origin: string,
  policies: ReadonlyMap<number, ClassPolicy>,
): Uint8Array | undefined {
  const policy = policies.get(row.policy);
  if (policy === undefined) return undefined;
  try {
    // A tampered document may be anything: leafOf checks the form and throws.
    const event = JSON.parse(row.document) as StoredEvent;
    return leafHashOf(leafOf(event, origin, policy, row.secret));
  } catch {
    return undefined;
  }
}

/** The columns that find an event must say what its document says, or tampering could hide it. */
function columnProblem(row: LedgerRow): string | undefined {
  const event = JSON.parse(row.document) as StoredEvent;
  if (event.id !== uuidText(row.id)) return 'its id column differs from the event';
  if (parseInstant(event.occurred_at) !== row.occurredAt) {
    return 'its occurred_at column differs from the event';
  }
  if (event.action !== row.action) return 'its action column differs from the event';
  return undefined;
}

class Verification {
  readonly #store: Store;
  readonly #logName: string;
  readonly #head: HeadRow;
  readonly #origin: string;
  #policies: ReadonlyMap<number, ClassPolicy> = new Map();
  #range: CompactRange = EMPTY_RANGE;
  #read = 0;
  /** Events of which only the hash was kept. */
  #hashed = 0;

  constructor(store: Store, logName: string, head: HeadRow) {
    this.#store = store;
    this.#logName = logName;
    this.#head = head;
    this.#origin = `${logName}/${head.log_id}`;
  }

  async run(tenantId: string, progress: Progress): Promise<VerifyResult> {
    this.#policies = await this.#store.classPolicies.all();
    const problem = await this.#findProblem(progress);
    return {
      ok: problem === undefined,
      tenant_id: tenantId,
      events: this.#read,
      size: this.#head.size,
      kept_by_hash: this.#hashed,
      root: base64(rangeRoot(this.#range)),
      ...(problem ? { problem } : {}),
    };
  }

  async #findProblem(progress: Progress): Promise<Problem | undefined> {
    const { size, tenant_no } = this.#head;
    for (let from = 0; from < size; from += BATCH) {
      const rows = await this.#store.events.bySequence(
        tenant_no,
        from,
        Math.min(BATCH, size - from),
      );
      const problem = (await this.#checkRows(rows, from)) ?? (await this.#checkTiles(rows, from));
      if (problem) return problem;
      await progress(this.#read, size);
      await yieldToOthers();
    }
    return (await this.#checkHead()) ?? (await this.#checkBeyond());
  }

  async #checkRows(rows: readonly LedgerRow[], from: number): Promise<Problem | undefined> {
    const expected = Math.min(BATCH, this.#head.size - from);
    for (let index = 0; index < expected; index++) {
      const sequence = from + index;
      const row = rows[index];
      if (row?.sequence !== sequence) {
        return { kind: 'removed', sequence, detail: `Event ${sequence} is not there.` };
      }
      this.#read++;
      if (row.isRemoved) {
        // Its leaf hash is checked with the tree.
        this.#hashed++;
        continue;
      }
      const made = recompute(row, this.#origin, this.#policies);
      if (made === undefined || !equal(made, row.leafHash)) return await this.#explain(row);
      const column = columnProblem(row);
      if (column)
        return { kind: 'changed', ...this.#place(row), detail: `Of this event, ${column}.` };
    }
    return undefined;
  }

  #place(row: LedgerRow) {
    return { sequence: row.sequence, id: uuidText(row.id) };
  }

  /** An event whose leaf differs was changed, or is of another tenant's log. */
  async #explain(row: LedgerRow): Promise<Problem> {
    for (const { tenant_no, log_id } of await this.#store.heads.logIds()) {
      if (tenant_no === this.#head.tenant_no) continue;
      const made = recompute(row, `${this.#logName}/${log_id}`, this.#policies);
      if (made === undefined || !equal(made, row.leafHash)) continue;
      const tenant = await this.#store.tenants.byNumber(tenant_no);
      const owner = tenant ? ` of ${JSON.stringify(tenant.tenant_id)}` : '';
      const detail = `This event was recorded in another tenant’s log${owner}.`;
      return { kind: 'moved', ...this.#place(row), detail };
    }
    const detail = 'This event or its leaf hash is not as it was recorded.';
    return { kind: 'changed', ...this.#place(row), detail };
  }

  /** The finished subtrees of this batch must be those that were stored with the events. */
  async #checkTiles(rows: readonly LedgerRow[], from: number): Promise<Problem | undefined> {
    const made: { level: number; index: number; hash: Uint8Array }[] = [];
    const before = this.#range;
    this.#range = extendRange(
      before,
      rows.map(({ leafHash }) => leafHash),
      (level, index, hash) => made.push({ level, index, hash }),
    );
    for (const { level, index, hash } of made) {
      const stored = await this.#store.heads.nodes(this.#head.tenant_no, level, index, 1);
      const kept = stored.get(index);
      if (kept && equal(kept, hash)) continue;
      if (level === 1 && kept) return await this.#locate(index * TILE);
      const [first, last] = [index * TILE ** level, (index + 1) * TILE ** level - 1];
      const detail = `The stored hash over events ${first} to ${last} is not theirs.`;
      return { kind: 'tree', sequence: Math.max(first, from), detail };
    }
    return undefined;
  }

  /** Every event is itself, yet the tree differs: they were reordered, inserted or taken out. */
  async #locate(first: number): Promise<Problem> {
    const { tenant_no, size } = this.#head;
    const ends = { first, size, range: this.#head.range };
    const read = async (from: number, limit: number) => {
      const rows = await this.#store.events.bySequence(tenant_no, from, limit);
      return rows.map(({ leafHash }) => leafHash);
    };
    const tiles = (from: number, limit: number) =>
      this.#store.heads.nodes(tenant_no, 1, from, limit);
    const found = await locateDisorder(ends, read, tiles);
    const [row] = await this.#store.events.bySequence(tenant_no, found.sequence, 1);
    return { ...found, ...(row ? { id: uuidText(row.id) } : {}) };
  }

  async #checkHead(): Promise<Problem | undefined> {
    if (equal(rangeToBytes(this.#range), this.#head.range)) return undefined;
    const { size } = this.#head;
    const tail = size - (size % TILE);
    if (tail < size) {
      const found = await this.#locate(tail);
      if (found.kind !== 'tree') return found;
    }
    const detail = 'The head’s hashes are not those of the events.';
    return { kind: 'head', sequence: tail, detail };
  }

  /** Rows beyond the head, unless recording has moved it on meanwhile. */
  async #checkBeyond(): Promise<Problem | undefined> {
    const { tenant_no } = this.#head;
    // The row is read before the head: a row that recording added is then below the head's size.
    const [newest] = await this.#store.events.newest(tenant_no);
    const head = await this.#store.heads.byTenant(tenant_no);
    if (newest === undefined || head === undefined || newest.sequence < head.size) return undefined;
    const [row] = await this.#store.events.bySequence(tenant_no, head.size, 1);
    if (row === undefined) return undefined;
    // It may be newer than the policies that were read first.
    this.#policies = await this.#store.classPolicies.all();
    const made = recompute(row, this.#origin, this.#policies);
    if (made === undefined || !equal(made, row.leafHash)) return await this.#explain(row);
    const detail = `The log ends before ${head.size}; this event was put behind its end.`;
    return { kind: 'inserted', ...this.#place(row), detail };
  }
}

/** Checks one tenant's log; see `Ledger.verify`. */
export async function verifyTenant(
  store: Store,
  logName: string,
  tenantNo: number,
  tenantId: string,
  progress: Progress,
): Promise<VerifyResult> {
  const head = await store.heads.byTenant(tenantNo);
  if (head) return await new Verification(store, logName, head).run(tenantId, progress);
  const root = base64(rangeRoot(EMPTY_RANGE));
  const [stray] = await store.events.newest(tenantNo);
  const none = { events: 0, size: 0, kept_by_hash: 0, root };
  const result = { ok: stray === undefined, tenant_id: tenantId, ...none };
  if (stray === undefined) return result;
  const detail = 'There are events, but the head of the log is gone.';
  return { ...result, problem: { kind: 'head', sequence: stray.sequence, detail } };
}
