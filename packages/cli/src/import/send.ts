/**
 * Sends mapped events in batches, two on their way at once, and calls back for each in the order
 * they were given: so "done up to here" is always true. Bounded by the batches on their way.
 */
import { type EventInput, LIMITS } from '@annals/contract/event';
import type { RecordResult } from '@annals/contract/routes';
import type { Client } from '@annals/sdk';
import type { Place } from './report.ts';

/** Events and bytes of one batch: one request of the client. */
const BATCH_EVENTS = LIMITS.requestEvents;
const BATCH_BYTES = 7 * 1024 * 1024;
/** Records between two notes of where the import stands, when few of them can be mapped. */
const BATCH_RECORDS = 20_000;
/** Batches on their way: one is stored while the next is being sent. */
const BATCHES_AT_ONCE = 2;

export interface Batch {
  readonly events: EventInput[];
  /** Where each event stands. */
  readonly places: Place[];
  bytes: number;
  /** Records since the batch before, mapped or not. */
  records: number;
}

/** `result` is null if the batch held no event. */
export type OnDone = (batch: Batch, result: RecordResult | null) => Promise<void>;

const emptyBatch = (): Batch => ({ events: [], places: [], bytes: 0, records: 0 });

export class Sender {
  readonly #client: Client;
  readonly #signal: AbortSignal;
  readonly #onDone: OnDone;
  #batch = emptyBatch();
  readonly #onWay: Array<{ batch: Batch; answer: Promise<RecordResult | null> }> = [];

  constructor(client: Client, signal: AbortSignal, onDone: OnDone) {
    this.#client = client;
    this.#signal = signal;
    this.#onDone = onDone;
  }

  /** Counts a record that became no event. */
  async skip(): Promise<void> {
    this.#batch.records += 1;
    if (this.#batch.records >= BATCH_RECORDS) await this.#send();
  }

  async add(event: EventInput, bytes: number, place: Place): Promise<void> {
    const batch = this.#batch;
    batch.events.push(event);
    batch.places.push(place);
    batch.bytes += bytes;
    batch.records += 1;
    if (batch.events.length >= BATCH_EVENTS || batch.bytes >= BATCH_BYTES) await this.#send();
  }

  /** Sends the rest and waits for every answer. */
  async finish(): Promise<void> {
    if (this.#batch.records > 0) await this.#send();
    while (this.#onWay.length > 0) await this.#settleFirst();
  }

  async #send(): Promise<void> {
    const batch = this.#batch;
    this.#batch = emptyBatch();
    const answer =
      batch.events.length === 0
        ? Promise.resolve(null)
        : this.#client.events.record(batch.events, { signal: this.#signal });
    // It is awaited in its turn; until then an error must not count as unhandled.
    answer.then(undefined, () => undefined);
    this.#onWay.push({ batch, answer });
    if (this.#onWay.length >= BATCHES_AT_ONCE) await this.#settleFirst();
  }

  async #settleFirst(): Promise<void> {
    const first = this.#onWay.shift();
    if (first !== undefined) await this.#onDone(first.batch, await first.answer);
  }
}
