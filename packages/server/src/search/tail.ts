/**
 * The live tail: events of a log as they are recorded, in order of sequence, each once. A stream
 * says after each event where it is; one that begins there goes on without gap or repetition, on
 * any server. Order and completeness come from the ledger: a sequence is seen only after all
 * before it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { periodWords } from '@annals/contract/period';
import type { Sight } from '../access/access.ts';
import { type EventBlock, type EventRow, rowsOf, viewerOf } from '../event-rows.ts';
import { Fault } from '../fault.ts';
import type { Store } from '../store/store.ts';
import type { Cursors } from './cursor.ts';
import { placeBinding, questionOf } from './plan.ts';

/** Events read at once. */
const READ_ROWS = 200;
/** How often a log is looked at that another server may have made longer, in ms. */
const POLL_MS = 500;
/** A silent stream says that it lives, this often, in ms: proxies close what is silent. */
const BEAT_MS = 15_000;
/** Where a stream that has shown nothing for long is told where it is, in events. */
const PLACE_EVENTS = 1_000;

/** A piece of a stream of server-sent events. */
type Piece = string;

export class Tails {
  readonly #store: Store;
  readonly #cursors: Cursors;
  readonly #waiting = new Map<number, Set<() => void>>();
  #isClosed = false;

  constructor(store: Store, cursors: Cursors) {
    this.#store = store;
    this.#cursors = cursors;
  }

  /** A tenant's log has become longer on this server. */
  moved(tenantNo: number): void {
    const waiting = this.#waiting.get(tenantNo);
    if (waiting === undefined) return;
    this.#waiting.delete(tenantNo);
    for (const wake of waiting) wake();
  }

  /**
   * From the next event on, or after the event that `lastEventId` names. Ends when the signal does
   * or the server stops. Throws Fault `invalid_cursor` for an id that is not of this stream, and
   * `tail_not_offered` where events appear late.
   */
  async open(
    sight: Sight,
    asked: { q?: string; lastEventId?: string },
    signal: AbortSignal,
  ): Promise<AsyncGenerator<Piece>> {
    const { tenant, limits, now } = sight;
    if (limits.delay !== undefined) {
      const detail = `Events appear ${periodWords(limits.delay)} after they happen.`;
      throw new Fault('tail_not_offered', detail);
    }
    const { tenant_no: tenantNo, tenant_id: tenantId } = tenant;
    const lens = { tenantId, view: sight.view, query: questionOf(sight, asked.q) };
    const binding = `tail ${placeBinding(sight)}`;
    const size = async () => (await this.#store.counts.reach(tenantNo)).size;
    const start =
      asked.lastEventId === undefined ? await size() : this.#place(asked.lastEventId, binding);
    const seal = (sequence: number) =>
      this.#cursors.seal(
        { after: { occurredAt: 0, sequence }, from: 0, to: 0, order: 'asc', asOf: now },
        binding,
      );
    const view = viewerOf(lens);
    const shown = (row: EventRow) => (row.occurredAt < limits.from ? undefined : view(row));
    return this.#stream(tenantNo, start, { view: shown, seal, signal });
  }

  #place(id: string, binding: string): number {
    const cursor = this.#cursors.open(id, binding);
    if (cursor === undefined) throw new Fault('invalid_cursor');
    return cursor.after.sequence;
  }

  async *#stream(
    tenantNo: number,
    start: number,
    lens: {
      readonly view: ReturnType<typeof viewerOf>;
      readonly seal: (sequence: number) => string;
      readonly signal: AbortSignal;
    },
  ): AsyncGenerator<Piece> {
    // The place is told at once: a client that leaves before the first event misses none.
    yield `id: ${lens.seal(start)}\nevent: place\ndata: {}\n\n`;
    let [at, told] = [start, start];
    let beatenAt = performance.now();
    while (!this.#isClosed && !lens.signal.aborted) {
      const block = await this.#next(tenantNo, at, lens.signal);
      for (const row of rowsOf(block)) {
        at = row.sequence + 1;
        const event = lens.view(row);
        if (event === undefined) continue;
        told = at;
        yield `id: ${lens.seal(at)}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`;
      }
      const isSilent = performance.now() - beatenAt >= BEAT_MS;
      if (at - told >= PLACE_EVENTS || (isSilent && at > told)) {
        told = at;
        yield `id: ${lens.seal(at)}\nevent: place\ndata: {}\n\n`;
      } else if (isSilent) {
        yield ': still here\n\n';
      }
      if (isSilent || block.count > 0) beatenAt = performance.now();
    }
  }

  /** The next events, or none after a while. */
  async #next(tenantNo: number, at: number, signal: AbortSignal): Promise<EventBlock> {
    // Asked to be woken before it looks, so that nothing that comes in between is slept over.
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(tenantNo) ?? new Set();
    waiting.add(resolve);
    this.#waiting.set(tenantNo, waiting);
    try {
      const block = await this.#store.events.from(tenantNo, at, READ_ROWS);
      if (block.count > 0 || signal.aborted || this.#isClosed) return block;
      const ended = new AbortController();
      signal.addEventListener('abort', () => resolve(), { signal: ended.signal, once: true });
      const isShared = this.#store.database.dialect === 'postgres';
      const wait = isShared ? POLL_MS : BEAT_MS;
      await Promise.race([
        promise,
        sleep(wait, undefined, { signal: ended.signal }).catch(() => undefined),
      ]);
      ended.abort();
      return block;
    } finally {
      waiting.delete(resolve);
      if (waiting.size === 0 && this.#waiting.get(tenantNo) === waiting) {
        this.#waiting.delete(tenantNo);
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const tenantNo of [...this.#waiting.keys()]) this.moved(tenantNo);
  }
}
