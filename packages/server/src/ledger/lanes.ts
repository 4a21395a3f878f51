/**
 * Group commit without a timer: the next transaction takes what has gathered while the last one
 * ran. Units of one lane run one group at a time; lanes run side by side as far as the database
 * has room. A full queue refuses at once.
 */
import { ERRORS } from '@annals/contract/errors';
import { Fault } from '../fault.ts';

/** What is committed together or, at worst, alone: the events of one request for one tenant. */
export interface Unit<E> {
  readonly tenantNo: number;
  readonly events: readonly E[];
}

interface Waiting<E, R> {
  readonly unit: Unit<E>;
  readonly waiter: PromiseWithResolvers<readonly R[]>;
}

export interface LaneOptions<E, R> {
  /** Stores a group of units; answers one list of results a unit. All or nothing. */
  readonly commit: (units: readonly Unit<E>[]) => Promise<readonly (readonly R[])[]>;
  /** Units with the same answer share a lane. */
  readonly laneOf: (tenantNo: number) => number;
  readonly lanesAtOnce: number;
  /** Most events of one group: bounds how long the head is locked. */
  readonly groupEvents: number;
  /** Most events that wait. */
  readonly queueEvents: number;
}

/** How long a refused client should wait, in seconds: a full queue drains in about one. */
const RETRY_AFTER_SECONDS = 1;

export class Lanes<E, R> {
  readonly #options: LaneOptions<E, R>;
  readonly #waiting = new Map<number, Waiting<E, R>[]>();
  readonly #running = new Set<number>();
  #queuedEvents = 0;
  #isWoken = false;
  #isStopping = false;
  #whenIdle: PromiseWithResolvers<void> | undefined;

  constructor(options: LaneOptions<E, R>) {
    this.#options = options;
  }

  get queuedEvents(): number {
    return this.#queuedEvents;
  }

  /**
   * Results of the unit's events once they are on disk. Throws Fault `queue_full` or `stopping`
   * at once, or what the commit failed with: then nothing of the unit is stored (or, if the
   * connection broke in the commit itself, the same ids sent again find out).
   */
  add(unit: Unit<E>): Promise<readonly R[]> {
    const retry = { retryAfterSeconds: RETRY_AFTER_SECONDS };
    if (this.#isStopping) return Promise.reject(new Fault('stopping', undefined, retry));
    if (this.#queuedEvents + unit.events.length > this.#options.queueEvents) {
      return Promise.reject(new Fault('queue_full', undefined, retry));
    }
    this.#queuedEvents += unit.events.length;
    const waiter = Promise.withResolvers<readonly R[]>();
    const lane = this.#options.laneOf(unit.tenantNo);
    const queue = this.#waiting.get(lane);
    if (queue) queue.push({ unit, waiter });
    else this.#waiting.set(lane, [{ unit, waiter }]);
    this.#wake();
    return waiter.promise;
  }

  /** Refuses what comes from now on and resolves when what was taken is stored. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#waiting.size === 0 && this.#running.size === 0) return;
    this.#whenIdle ??= Promise.withResolvers<void>();
    await this.#whenIdle.promise;
  }

  /** One turn of the event loop lets requests that arrived together share a group. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    setImmediate(() => {
      this.#isWoken = false;
      for (const lane of this.#waiting.keys()) {
        if (this.#running.size >= this.#options.lanesAtOnce) break;
        if (!this.#running.has(lane)) void this.#run(lane);
      }
    });
  }

  #take(lane: number): Waiting<E, R>[] {
    const queue = this.#waiting.get(lane) ?? [];
    let events = 0;
    const end = queue.findIndex(({ unit }, index) => {
      events += unit.events.length;
      return index > 0 && events > this.#options.groupEvents;
    });
    const group = end === -1 ? queue : queue.slice(0, end);
    // A lane with more to do goes to the end, so that none starves.
    this.#waiting.delete(lane);
    if (end !== -1) this.#waiting.set(lane, queue.slice(end));
    return group;
  }

  async #run(lane: number): Promise<void> {
    this.#running.add(lane);
    const group = this.#take(lane);
    await this.#settle(group);
    for (const { unit } of group) this.#queuedEvents -= unit.events.length;
    this.#running.delete(lane);
    if (this.#waiting.size > 0) this.#wake();
    else if (this.#running.size === 0) this.#whenIdle?.resolve();
  }

  /** A group that the database refuses is tried again request by request: one is at fault. */
  async #settle(group: readonly Waiting<E, R>[]): Promise<void> {
    try {
      const results = await this.#options.commit(group.map(({ unit }) => unit));
      for (const [index, { waiter }] of group.entries()) waiter.resolve(results[index] ?? []);
    } catch (error) {
      const isTransient = error instanceof Fault && ERRORS[error.code].retryable;
      if (group.length === 1 || isTransient) {
        for (const { waiter } of group) waiter.reject(error);
        return;
      }
      for (const one of group) await this.#settle([one]);
    }
  }
}
