/**
 * The follower: reads committed events by sequence and keeps the indexes. It finds the tenants
 * that moved, by what this server tells it and by the database, takes the next events of each,
 * and stores a batch with the cursors it moves. Runs in a thread of its own
 * (`follow-worker.ts`); what it does can be thrown away and done again.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { ReadEvent } from '@annals/contract/event';
import { kindText } from '@annals/contract/kinds';
import { rowsOf } from '../event-rows.ts';
import { keptOf } from '../kept.ts';
import type { Log } from '../log.ts';
import type { RevisionAsked } from '../revision.ts';
import {
  type Cursor,
  type FollowerStore,
  KINDS_MOST,
  OTHER_KIND,
  Overtaken,
  type WriteStep,
} from '../store/store.ts';
import { Derivation, isKindKept, KnownNames } from './derive.ts';
import { Gate } from './gate.ts';
import { involved } from './involved.ts';
import { Numbering } from './numbering.ts';
import { type Prepared, Rederiving } from './rederive.ts';

/** Events of one batch: larger ones write less often to the same pages. */
const BATCH_EVENTS = 2_000;
/** And characters of their documents: large events make small batches. */
const BATCH_CHARACTERS = 4_000_000;
/** Events read at once: their documents are about a third of a megabyte, at most 13. */
const READ_EVENTS = 200;
/** A batch waits so long for more, in ms: readers look at what is not indexed by themselves. */
const GATHER_MS = 100;
/** Recording goes first, in bursts of so many events: that many take about 10 s afterwards. */
const YIELD_EVENTS = 100_000;
/** How long recording counts as busy after it was said to be, in ms. */
const BUSY_MS = 200;
/** How often the database is asked which logs moved, in ms: other servers record too. */
const POLL_MS = 1_000;
/** A commit may come so much later than its own time, in ms. */
const POLL_OVERLAP_MS = 60_000;
/** How often all logs are compared with all cursors, in ms. */
const SWEEP_MS = 3_600_000;
/** A follower that is silent for so long has lost its lease, in ms. */
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
/** After an error, in ms; and where another server has changed what was followed. */
const RETRY_MS = 1_000;
const OVERTAKEN_MS = 20;
/** Tenants whose cursors are kept in memory, about 100 bytes each. */
const TENANTS_KEPT = 100_000;

export interface FollowerState {
  /** Whether this server's follower is the one that works. */
  readonly isActive: boolean;
  /** Events that are recorded and not yet in the indexes. */
  readonly lag: number;
}

/** What the thread is asked. */
export interface FollowCalls {
  /** Logs that this server has made longer: tenant and size. */
  moved: {
    request: { sizes: readonly (readonly [number, number])[]; isBusy: boolean };
    result: null;
  };
  state: { request: object; result: FollowerState };
  /** Makes the indexes of a tenant anew. */
  renew: { request: { tenantNo: number }; result: null };
  /** Prepares a change of stored events; nothing is derived until `settle`. */
  prepare: { request: RevisionAsked; result: Omit<Prepared, 'later'> };
  /** Whether the change that was prepared is stored. */
  settle: { request: { isStored: boolean }; result: null };
  /** What was taken from events is then in no file of the indexes any more. */
  scrub: { request: object; result: null };
  stop: { request: object; result: null };
}

interface Task {
  readonly tenantNo: number;
  readonly was: number;
  readonly revision: number;
  readonly size: number;
}

/** A change of stored events that waits to be stored. */
interface Waiting {
  readonly tenantNo: number;
  /** Once it is stored. */
  readonly cursor: Cursor;
  readonly later: readonly WriteStep[];
  readonly release: () => void;
}

export class Follower {
  readonly #store: FollowerStore;
  readonly #log: Log;
  readonly #holder: string;
  /** Sizes of logs that may be longer than their cursors. */
  readonly #behind = new Map<number, number>();
  readonly #cursors = keptOf<number, Cursor>({ most: TENANTS_KEPT });
  readonly #entities: Numbering;
  readonly #kinds: Numbering;
  readonly #names = new KnownNames();
  readonly #gate = new Gate();
  #waiting: Waiting | undefined;
  #isActive = false;
  #isStopping = false;
  #isUnsettled = false;
  #busyUntil = 0;
  #leasedAt = 0;
  #polledAt = 0;
  #sweptAt = 0;
  /** Of the database's clock. */
  #since: number | undefined;
  /** The batch that is being stored while the next one is made. */
  #storing: { readonly done: Promise<void>; readonly events: number } | undefined;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(store: FollowerStore, log: Log, holder: string) {
    this.#store = store;
    this.#log = log;
    this.#holder = holder;
    this.#entities = new Numbering(store.derived, 'entity');
    const limit = { most: KINDS_MOST, beyond: OTHER_KIND };
    this.#kinds = new Numbering(store.derived, 'event_kind', limit);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** `isBusy`: recording takes all that the machine gives it. */
  moved(sizes: readonly (readonly [number, number])[], isBusy: boolean): void {
    if (!this.#isActive) return;
    this.#busyUntil = isBusy ? performance.now() + BUSY_MS : 0;
    for (const [tenantNo, size] of sizes) this.#note(tenantNo, size);
    if (this.#behind.size > 0) this.#wake?.();
  }

  #note(tenantNo: number, size: number): void {
    if (this.#at(tenantNo) >= size) return;
    this.#behind.set(tenantNo, Math.max(size, this.#behind.get(tenantNo) ?? 0));
  }

  #at(tenantNo: number): number {
    return this.#cursors.get(tenantNo)?.sequence ?? 0;
  }

  state(): FollowerState {
    let lag = this.#storing?.events ?? 0;
    for (const [tenantNo, size] of this.#behind) {
      lag += Math.max(0, size - this.#at(tenantNo));
    }
    // Before the first sweep it is not known how far behind this is: a lag of 0 would be a lie.
    return { isActive: this.#isActive && this.#sweptAt !== 0, lag };
  }

  async renew(tenantNo: number): Promise<void> {
    await this.#store.derived.renew([tenantNo]);
    this.#polledAt = 0;
    this.#wake?.();
  }

  /**
   * Prepares a change of stored events, whoever follows. From then on nothing is derived here
   * until `settle`.
   */
  async prepare(asked: RevisionAsked): Promise<Omit<Prepared, 'later'>> {
    const release = await this.#gate.enter();
    try {
      if (this.#isStopping) throw new Error('the follower is stopping');
      await this.#storedOrForgotten();
      // What another follower has numbered is not known here.
      if (!this.#isActive) this.#forgetDerived();
      const { tenantNo } = asked;
      const stored = (await this.#store.derived.cursors([tenantNo])).get(tenantNo);
      const cursor = stored ?? { sequence: 0, revision: asked.revision };
      const parts = { store: this.#store, entities: this.#entities, kinds: this.#kinds };
      const { later, ...prepared } = await new Rederiving(parts, asked, cursor).prepare();
      const { sequence } = cursor;
      const after = { sequence: Math.max(0, sequence), revision: asked.revision + 1 };
      this.#waiting = { tenantNo, cursor: after, later, release };
      return prepared;
    } catch (error) {
      this.#forgetDerived();
      release();
      throw error;
    }
  }

  /** Takes over what was prepared, once it is stored in the ledger. */
  async settle(isStored: boolean): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    const { tenantNo, cursor, later, release } = waiting;
    try {
      // What was numbered or named may be gone, or was never stored.
      this.#forgetDerived();
      this.#cursors.delete(tenantNo);
      if (!isStored) return;
      if (later.length > 0 && !(await this.#tookOver(tenantNo, later))) return;
      this.#cursors.set(tenantNo, cursor);
    } finally {
      release();
    }
  }

  /** The ledger has the change already: what cannot follow it is made anew. */
  async #tookOver(tenantNo: number, steps: readonly WriteStep[]): Promise<boolean> {
    try {
      await this.#store.derived.takeOver(steps);
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, 'an index could not follow a change; it is made anew');
      await this.renew(tenantNo);
      return false;
    }
  }

  async scrub(): Promise<void> {
    await this.#gate.alone(() => this.#store.derived.scrub());
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    await this.#running;
    await this.#stored().catch(() => undefined);
    await this.#store.derived.release(this.#holder).catch(() => undefined);
    await this.#store.close();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
    });
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        // What SQLite answers is there at once: without this no message would ever come in.
        await setImmediate();
        await this.#turn();
      } catch (error) {
        this.#failed(error);
        await this.#pause(error instanceof Overtaken ? OVERTAKEN_MS : RETRY_MS);
      }
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Overtaken) this.#log.debug('followed anew: a log was changed meanwhile');
    else this.#log.warn({ err: error }, 'following failed; it is tried again');
    this.#forgetCaches();
  }

  /** After an error nothing that was remembered is sure: another follower may have gone on. */
  #forgetCaches(): void {
    this.#cursors.clear();
    this.#forgetDerived();
    this.#sweptAt = 0;
    this.#polledAt = 0;
    this.#leasedAt = 0;
  }

  #forgetDerived(): void {
    this.#entities.clear();
    this.#kinds.clear();
    this.#names.clear();
    this.#store.derived.forgetWords();
  }

  async #turn(): Promise<void> {
    if (!(await this.#hasLease())) {
      await this.#pause(RENEW_MS);
      return;
    }
    const now = performance.now();
    if (this.#polledAt === 0 || now - this.#polledAt >= POLL_MS) {
      await this.#gate.alone(() => this.#poll());
    }
    if (this.#behind.size === 0) {
      await this.#gate.alone(() => this.#stored());
      if (this.#isUnsettled) await this.#store.derived.settle();
      this.#isUnsettled = false;
      await this.#pause(POLL_MS);
      if (this.#behind.size > 0 && !this.#isStopping) await this.#gather();
      return;
    }
    if (performance.now() < this.#busyUntil && this.state().lag < YIELD_EVENTS) {
      await sleep(BUSY_MS);
      return;
    }
    await this.#gate.alone(() => this.#batch());
    if (this.state().lag < BATCH_EVENTS && this.#behind.size > 0) await this.#gather();
  }

  /** Not woken by more: a batch that is full is taken at once by the next turn. */
  #gather(): Promise<void> {
    return sleep(GATHER_MS);
  }

  async #hasLease(): Promise<boolean> {
    const now = performance.now();
    if (this.#isActive && this.#leasedAt !== 0 && now - this.#leasedAt < RENEW_MS) return true;
    const has = await this.#store.derived.lease(this.#holder, LEASE_MS);
    if (has && !this.#isActive) this.#forgetCaches();
    this.#leasedAt = now;
    this.#isActive = has;
    if (!has) this.#behind.clear();
    return has;
  }

  async #poll(): Promise<void> {
    await this.#stored();
    const started = performance.now();
    const { ledger, derived } = this.#store;
    for (const tenantNo of await derived.toRenew()) await this.#renewNow(tenantNo);
    const isSweep = this.#sweptAt === 0 || started - this.#sweptAt >= SWEEP_MS;
    const since = isSweep || this.#since === undefined ? undefined : this.#since - POLL_OVERLAP_MS;
    const { sizes, now } = await ledger.moved(since);
    this.#since = now;
    this.#polledAt = started;
    const unknown = [...sizes.keys()].filter((tenantNo) => !this.#cursors.has(tenantNo));
    if (unknown.length > 0) await this.#readCursors(isSweep ? undefined : unknown, sizes);
    for (const [tenantNo, size] of sizes) this.#note(tenantNo, size);
    if (isSweep) this.#sweptAt = started;
  }

  async #readCursors(tenantNos: readonly number[] | undefined, sizes: ReadonlyMap<number, number>) {
    const cursors = await this.#store.derived.cursors(tenantNos);
    const revisions = await this.#store.ledger.revisions(tenantNos);
    const wrong: number[] = [];
    for (const [tenantNo, { sequence, revision }] of cursors) {
      // The ledger was put back to an older state: what is derived knows more than there is.
      const isAhead = sequence > (sizes.get(tenantNo) ?? (tenantNos === undefined ? 0 : sequence));
      // Events were changed, and the change did not come through to what is derived of them.
      const isOther = revision !== (revisions.get(tenantNo) ?? 0);
      if (isAhead || isOther) wrong.push(tenantNo);
      else if (sizes.has(tenantNo)) {
        this.#cursors.set(tenantNo, { sequence: Math.max(0, sequence), revision });
      }
    }
    await this.#store.derived.renew(wrong);
    for (const tenantNo of wrong) await this.#renewNow(tenantNo);
  }

  async #renewNow(tenantNo: number): Promise<void> {
    this.#cursors.delete(tenantNo);
    this.#forgetDerived();
    const revision = (await this.#store.ledger.revisions([tenantNo])).get(tenantNo) ?? 0;
    while (!(await this.#store.derived.forget(tenantNo, revision))) {
      if (this.#isStopping) return;
    }
    this.#cursors.set(tenantNo, { sequence: 0, revision });
    const size = (await this.#store.ledger.sizes([tenantNo])).get(tenantNo);
    if (size !== undefined) this.#note(tenantNo, size);
  }

  /** Reads, derives and stores the next events of as many tenants as make up a batch. */
  async #batch(): Promise<void> {
    const tasks = await this.#tasks();
    const derivation = new Derivation(this.#names, this.#store.derived.encode);
    const moves = [];
    let room = BATCH_EVENTS;
    for (const task of tasks) {
      if (room <= 0 || derivation.characters >= BATCH_CHARACTERS) break;
      const next = await this.#derive(task, derivation, room);
      room -= next - task.was;
      const { tenantNo, was, revision } = task;
      moves.push({ tenantNo, was, next, revision });
    }
    const cursors = moves.filter(({ was, next }) => next > was);
    // What failed to be stored fails here, before anything that stands on it is stored.
    await this.#stored();
    if (cursors.length > 0) {
      const { entries, entities, names, counts, kinds } = derivation;
      const batch = { cursors, entries, entities, names, counts, kinds };
      const done = this.#store.derived.write(batch);
      // Whoever waits for it next is told; until then nobody is.
      done.catch(() => undefined);
      this.#storing = { done, events: entries.length };
      this.#isUnsettled = true;
    }
    for (const { tenantNo, was, next, revision } of moves) {
      this.#cursors.set(tenantNo, { sequence: next, revision });
      const size = this.#behind.get(tenantNo) ?? 0;
      // To the end of the line, so that a busy tenant does not hold up the others.
      this.#behind.delete(tenantNo);
      // Where events are missing that must be there, the next sweep looks again.
      if (size > next && next > was) this.#behind.set(tenantNo, size);
    }
  }

  /** What could not be stored is found again by the next sweep. */
  async #storedOrForgotten(): Promise<void> {
    await this.#stored().catch((error: unknown) => {
      this.#failed(error);
      this.#behind.clear();
    });
  }

  async #stored(): Promise<void> {
    const storing = this.#storing;
    try {
      await storing?.done;
    } finally {
      this.#storing = undefined;
    }
  }

  async #tasks(): Promise<Task[]> {
    const some = [...this.#behind].slice(0, BATCH_EVENTS);
    const unknown = some.filter(([tenantNo]) => !this.#cursors.has(tenantNo));
    if (unknown.length > 0) {
      const tenantNos = unknown.map(([tenantNo]) => tenantNo);
      const cursors = await this.#store.derived.cursors(tenantNos);
      const revisions = await this.#store.ledger.revisions(tenantNos);
      for (const tenantNo of tenantNos) {
        // Without a cursor: all is read as it is now.
        const none = { sequence: 0, revision: revisions.get(tenantNo) ?? 0 };
        const { sequence, revision } = cursors.get(tenantNo) ?? none;
        this.#cursors.set(tenantNo, { sequence: Math.max(0, sequence), revision });
      }
    }
    return some.map(([tenantNo, size]): Task => {
      const { sequence, revision } = this.#cursors.get(tenantNo) ?? { sequence: 0, revision: 0 };
      return { tenantNo, was: sequence, revision, size };
    });
  }

  /** Answers how far it has read. */
  async #derive({ tenantNo, was, size }: Task, derivation: Derivation, room: number) {
    const end = Math.min(size, was + room);
    let at = was;
    while (at < end && derivation.characters < BATCH_CHARACTERS) {
      const limit = Math.min(READ_EVENTS, end - at);
      const block = await this.#store.ledger.read(tenantNo, at, limit);
      const rows = [...rowsOf(block)].filter(({ document }) => document !== '');
      const events = rows.map((row) => {
        // A stored document was checked on its way in and is bound by its leaf.
        const event = JSON.parse(row.document) as ReadEvent;
        derivation.characters += row.document.length;
        return { row, event, parts: involved(event), kind: kindText(event) };
      });
      const keys = events.flatMap(({ parts }) => parts.map(({ key }) => key));
      const entities = await this.#entities.number(tenantNo, keys);
      const texts = events.map(({ kind }) => kind).filter(isKindKept);
      const kinds = await this.#kinds.number(tenantNo, texts);
      derivation.addKinds(tenantNo, kinds.fresh);
      for (const { row, event, parts, kind } of events) {
        derivation.add(event, parts, {
          place: { tenantNo, sequence: row.sequence, occurredAt: row.occurredAt },
          kind: kinds.numbers.get(kind) ?? OTHER_KIND,
          numberOf: (key) => entities.numbers.get(key) ?? 0,
        });
      }
      at += block.count;
      // Less than there must be: the log is shorter than was said, and is looked at again later.
      if (block.count < limit) break;
    }
    return at;
  }
}
