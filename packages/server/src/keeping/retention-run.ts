/**
 * One run of retention over some events of a tenant, as it is kept and told. Each batch is stored
 * together with what the run has done so far, so a run whose server ended is told all the same.
 */
import { createHash, randomUUID } from 'node:crypto';
import { OWN_TYPES } from '@annals/contract/own-events';
import type { Retention } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import type { TenantRow } from '../access/access.ts';
import type { Revised } from '../revision.ts';
import type { RunRow, Takes } from '../store/store.ts';
import type { KeepingParts } from './parts.ts';

/** Behind every time: all events of a tenant that has ended. */
export const ALL_TIME = Number.MAX_SAFE_INTEGER;

/** One piece of work: what to take, of which events, and by which rule. */
export interface Task {
  readonly tenant: TenantRow;
  readonly takes: Takes;
  /** Events from before this time. */
  readonly until: number;
  readonly policy: Retention;
}

export class Run {
  readonly #parts: KeepingParts;
  readonly #tenantNo: number;
  #row: RunRow;
  #batch = 0;
  seen = 0;

  constructor(parts: KeepingParts, { tenant, takes, until, policy }: Task, since: number) {
    this.#parts = parts;
    this.#tenantNo = tenant.tenant_no;
    const now = Date.now();
    this.#row = {
      ...{ run_id: randomUUID(), tenant_no: tenant.tenant_no, takes, until, since },
      ...{ policy: JSON.stringify(policy), started_at: now, beat_at: now, finished_at: null },
      ...{ changed: 0, held: 0, digest: null },
    };
  }

  async take(sequences: readonly number[]): Promise<void> {
    const { ledger, store } = this.#parts;
    const { takes: take, changed, held } = this.#row;
    const sorted = sequences.toSorted((one, other) => one - other);
    const changes = sorted.map((sequence) => ({ sequence, take }));
    let row = this.#row;
    const note = ({ removed, erased, held: left }: Revised) => {
      const lost = [...removed, ...erased];
      const counts = { changed: changed + lost.length, held: held + left.length };
      row = { ...row, ...counts, beat_at: Date.now() };
      return store.retentions.runSteps(row, this.#batch, lost);
    };
    const done = await ledger.revise(this.#tenantNo, changes, note);
    // Where the last of them were held, nothing was stored that would tell it.
    if (row.held < held + done.held.length) await store.database.write(note(done));
    this.#row = row;
    this.#batch += 1;
    this.seen += sequences.length;
  }

  /** A run that finds nothing to do leaves no trace. */
  async end(): Promise<void> {
    if (this.#row.changed + this.#row.held > 0) await finishRun(this.#parts, this.#row);
  }
}

/** SHA-256, base64, of one bit for each sequence, the lowest first, up to the last that is set. */
function bitmapDigest(sequences: readonly number[]): string {
  const last = sequences.reduce((most, sequence) => Math.max(most, sequence), -1);
  const bytes = new Uint8Array(Math.floor(last / 8) + 1);
  for (const sequence of sequences) {
    const at = Math.floor(sequence / 8);
    bytes[at] = (bytes[at] ?? 0) | (1 << (sequence % 8));
  }
  return createHash('sha256').update(bytes).digest('base64');
}

/** Tells what a run took, once however often it is asked, and keeps that it is finished. */
export async function finishRun({ recordOwn, store }: KeepingParts, row: RunRow): Promise<void> {
  const digest = bitmapDigest(await store.retentions.taken(row.run_id));
  const tenant = await store.tenants.byNumber(row.tenant_no);
  // A log that has ended gets no more events.
  if (tenant && row.changed > 0 && row.until !== ALL_TIME) {
    await recordOwn(tenant, [
      {
        id: row.run_id,
        at: row.beat_at,
        action: 'annals.retention.applied',
        event_type: OWN_TYPES.administration,
        operation: 'delete',
        actor: { type: 'system' },
        outcome: { result: 'success' },
        metadata: {
          ...{ takes: row.takes, from: formatInstant(row.since), to: formatInstant(row.until) },
          ...{ n: row.changed, held: row.held, policy: JSON.parse(row.policy), digest },
        },
      },
    ]);
  }
  await store.retentions.finishRun(row.run_id, Date.now(), digest);
}
