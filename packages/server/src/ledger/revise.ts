/**
 * Changing stored events: in small batches, each whole or not at all. The ledger is written first;
 * whoever keeps what is derived from it prepares the change and takes it over afterwards. What a
 * legal hold covers is never changed, however late the hold was placed.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { Fault } from '../fault.ts';
import type { Change, Revised, RevisionAsked } from '../revision.ts';
import { Overtaken, type Store, type WriteStep } from '../store/store.ts';

/** Changes of one batch: it holds up the writer for about 30 ms. */
const BATCH_CHANGES = 500;
/** Another server may change the same log, or follow it, between preparing and storing. */
const TRIES = 8;

export interface PreparedRevision extends Revised {
  /** To be stored in one transaction, or not at all; empty: there is nothing to change. */
  readonly steps: readonly WriteStep[];
  /** How many of the changes it is about, counted from the first. */
  readonly taken: number;
}

/** Whoever keeps what is derived from events. */
export interface Deriving {
  /** Each call must be followed by one of `settle`; until then others wait. */
  prepare(asked: RevisionAsked): Promise<PreparedRevision>;
  /** Told whether the steps were stored. */
  settle(tenantNo: number, isStored: boolean): Promise<void>;
  /** What was taken from events is then in none of their files. */
  scrub(): Promise<void>;
}

async function reviseBatch(
  store: Store,
  deriving: Deriving,
  tenantNo: number,
  changes: readonly Change[],
): Promise<PreparedRevision> {
  const state = await store.heads.revisionState(tenantNo);
  if (state === undefined) throw new Fault('ledger_halted', 'The ledger’s head is missing.');
  // After the state: a hold that is placed from now on changes it.
  const covering = await store.holds.covering(tenantNo);
  const prepared = await deriving.prepare({ tenantNo, ...state, covering, changes });
  let isStored = false;
  try {
    if (prepared.steps.length > 0) {
      await store.database.write(prepared.steps);
      isStored = true;
    }
  } finally {
    await deriving.settle(tenantNo, isStored);
  }
  return prepared;
}

async function tried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Overtaken) || tries === TRIES) throw error;
    }
  }
}

/** See `Ledger.revise`. */
export async function revise(
  store: Store,
  deriving: Deriving,
  tenantNo: number,
  changes: readonly Change[],
  isStopping: () => boolean,
): Promise<Revised> {
  const removed: number[] = [];
  const erased: number[] = [];
  const held: number[] = [];
  for (let first = 0; first < changes.length; ) {
    if (isStopping()) throw new Fault('stopping');
    const batch = changes.slice(first, first + BATCH_CHANGES);
    const done = await tried(() => reviseBatch(store, deriving, tenantNo, batch));
    removed.push(...done.removed);
    erased.push(...done.erased);
    held.push(...done.held);
    first += Math.max(1, done.taken);
    await yieldToOthers();
  }
  return { removed, erased, held };
}
