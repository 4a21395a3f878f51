/**
 * Changing stored events: in small batches, each whole or not at all. The ledger is written first;
 * whoever keeps what is derived from it prepares the change and takes it over afterwards. What a
 * legal hold covers is never changed, however late the hold was placed.
 */
import { setTimeout as sleep, setImmediate as yieldToOthers } from 'node:timers/promises';
import { Fault } from '../fault.ts';
import type { Change, Revised, RevisionAsked } from '../revision.ts';
import { Overtaken, type Store, type WriteStep } from '../store/store.ts';

/** Changes of one batch: it holds up the writer for about 30 ms. */
const BATCH_CHANGES = 500;
/** Another server may change the same log, or follow it, between preparing and storing. */
const TRIES = 20;
/** Longest pause before the next try, in ms; so that two servers do not meet again and again. */
const PAUSE_MOST_MS = 100;

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

/**
 * What is to be stored together with a batch, told all that came of the changes so far. May be
 * asked twice of one batch, when the first try was overtaken.
 */
export type Note = (done: Revised) => readonly WriteStep[];

async function reviseBatch(
  store: Store,
  deriving: Deriving,
  tenantNo: number,
  changes: readonly Change[],
  note: Note,
): Promise<PreparedRevision> {
  const state = await store.heads.revisionState(tenantNo);
  if (state === undefined) throw new Fault('ledger_halted', 'The ledger’s head is missing.');
  // After the state: a hold that is placed from now on changes it.
  const covering = await store.holds.covering(tenantNo);
  const prepared = await deriving.prepare({ tenantNo, ...state, covering, changes });
  let isStored = false;
  try {
    if (prepared.steps.length > 0) {
      await store.database.write([...note(prepared), ...prepared.steps]);
      isStored = true;
    }
  } finally {
    await deriving.settle(tenantNo, isStored);
  }
  return prepared;
}

/**
 * Whoever was overtaken takes less, which is prepared sooner: a follower of a busy log moves on
 * every 100 ms.
 */
async function tried<T>(most: number, work: (count: number) => Promise<T>): Promise<T> {
  for (let [tries, count] = [1, most]; ; tries++, count = Math.ceil(count / 2)) {
    try {
      return await work(count);
    } catch (error) {
      if (!(error instanceof Overtaken) || tries === TRIES) throw error;
    }
    await sleep(Math.random() * PAUSE_MOST_MS);
  }
}

/** See `Ledger.revise`. */
export async function revise(
  store: Store,
  deriving: Deriving,
  tenantNo: number,
  changes: readonly Change[],
  isStopping: () => boolean,
  note: Note = () => [],
): Promise<Revised> {
  const removed: number[] = [];
  const erased: number[] = [];
  const held: number[] = [];
  for (let first = 0; first < changes.length; ) {
    if (isStopping()) throw new Fault('stopping');
    const all = (done: Revised): Revised => ({
      removed: [...removed, ...done.removed],
      erased: [...erased, ...done.erased],
      held: [...held, ...done.held],
    });
    const noted: Note = (prepared) => note(all(prepared));
    const done = await tried(BATCH_CHANGES, (count) => {
      const batch = changes.slice(first, first + count);
      return reviseBatch(store, deriving, tenantNo, batch, noted);
    });
    removed.push(...done.removed);
    erased.push(...done.erased);
    held.push(...done.held);
    first += Math.max(1, done.taken);
    await yieldToOthers();
  }
  return { removed, erased, held };
}
