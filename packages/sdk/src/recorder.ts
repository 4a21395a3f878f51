/**
 * Recording: owns the queue of events that wait and the requests that carry them. Promises that
 * every event it took ends as a receipt or as an error, never silently; that an event keeps its
 * id over all retries; that at most `LIMITS.requests` requests run at once. No timer: a request
 * takes what has gathered while the ones before it ran.
 */

import type { EventInput } from '@annals/contract/event';
import type { Rejection } from '@annals/contract/problem';
import type { Receipt, RecordResult } from '@annals/contract/routes';
import { AnnalsError, ClientClosedError, EventRejectedError, QueueFullError } from './errors.ts';
import type { Http } from './http.ts';
import { uuidv7 } from './uuid.ts';

export const LIMITS = {
  /** Events of one request: the server takes no more. */
  requestEvents: 1_000,
  /** Bytes of one request: below the server's 10 MiB, so that a proxy's limit has room too. */
  requestBytes: 8 * 1024 * 1024,
  /** Requests at once: one is on its way while the other is being stored; more gain nothing. */
  requests: 2,
  /** Bytes of all events that wait: bounds memory when the server is away. */
  queueBytes: 64 * 1024 * 1024,
} as const;

/** An event to record: `id` and `occurred_at` are made here if absent. */
export type NewEvent = Omit<EventInput, 'occurred_at'> & { occurred_at?: string };

export interface RecordOptions {
  /**
   * Stops waiting. An event that has not been sent yet is taken back; one that is on its way may
   * still be stored.
   */
  readonly signal?: AbortSignal;
}

interface Prepared {
  readonly id: string;
  readonly line: Uint8Array;
}

interface Waiting extends Prepared {
  settle(outcome: Receipt | Error): void;
  /** True once its caller stopped waiting. */
  abandoned: boolean;
}

type Refused = Pick<Rejection, 'code' | 'detail' | 'path'>;

const NEWLINE = 0x0a;
const encoder = new TextEncoder();

const describe = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The event as a line of NDJSON; completed now, so that a retry sends the same bytes. */
const prepare = (event: NewEvent): Prepared | Refused => {
  const id = event.id ?? uuidv7();
  const occurredAt = event.occurred_at ?? new Date().toISOString();
  let text: string;
  try {
    text = JSON.stringify({ ...event, id, occurred_at: occurredAt });
  } catch (error) {
    const detail = `The event cannot be written as JSON: ${describe(error)}`;
    return { code: 'invalid_event', detail, path: '' };
  }
  const line = encoder.encode(text);
  if (line.length < LIMITS.requestBytes) return { id, line };
  const detail = `The event has ${line.length} bytes, more than a request may have`;
  return { code: 'event_too_large', detail, path: '' };
};

const isPrepared = (value: Prepared | Refused): value is Prepared => 'line' in value;

const bodyOf = (events: readonly Prepared[]): Uint8Array<ArrayBuffer> => {
  const size = events.reduce((sum, event) => sum + event.line.length + 1, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const event of events) {
    bytes.set(event.line, at);
    at += event.line.length + 1;
    bytes[at - 1] = NEWLINE;
  }
  return bytes;
};

const isRecordResult = (body: unknown): body is RecordResult =>
  typeof body === 'object' &&
  body !== null &&
  'receipts' in body &&
  Array.isArray(body.receipts) &&
  'rejected' in body &&
  Array.isArray(body.rejected);

/** How many of `events`, from the first, fit into one request: at least one if there is one. */
const requestLength = (events: readonly Prepared[]): number => {
  let bytes = 0;
  for (const [count, event] of events.entries()) {
    bytes += event.line.length + 1;
    if (count === LIMITS.requestEvents || (count > 0 && bytes > LIMITS.requestBytes)) return count;
  }
  return events.length;
};

/** Places for requests at once; those who wait are served in the order they came. */
class Gate {
  #free: number;
  readonly #waiting: Array<() => void> = [];

  constructor(places: number) {
    this.#free = places;
  }

  async enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

export interface RecorderOptions {
  readonly http: Http;
  readonly project: string | undefined;
  /** Events that may wait; beyond it `one` refuses at once. */
  readonly queueEvents: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #gate = new Gate(LIMITS.requests);
  #queue: Waiting[] = [];
  #queueBytes = 0;
  /** True while a sender waits for a place; events that come meanwhile join its request. */
  #senderWaits = false;
  #closed = false;
  /** Everything that was taken and has not ended. */
  readonly #open = new Set<Promise<unknown>>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Takes one event into the next request. */
  async one(event: NewEvent, options: RecordOptions): Promise<Receipt> {
    this.#assertOpen();
    options.signal?.throwIfAborted();
    const prepared = prepare(event);
    if (!isPrepared(prepared)) throw new EventRejectedError(prepared);
    if (this.#queue.length >= this.#options.queueEvents) {
      throw new QueueFullError(`${this.#options.queueEvents} events`);
    }
    if (this.#queueBytes + prepared.line.length > LIMITS.queueBytes) {
      throw new QueueFullError(`${LIMITS.queueBytes} bytes`);
    }
    return this.#track(this.#enqueue(prepared, options.signal));
  }

  /** Sends many events in requests of their own, one after the other. */
  async many(events: readonly NewEvent[], options: RecordOptions): Promise<RecordResult> {
    this.#assertOpen();
    return this.#track(this.#sendAll(events, options.signal));
  }

  /** Resolves when everything that was taken before has ended, well or not. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClientClosedError();
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#open.add(work);
    const done = () => this.#open.delete(work);
    work.then(done, done);
    return work;
  }

  #enqueue(prepared: Prepared, signal: AbortSignal | undefined): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#abandon(waiting, signal?.reason, reject);
      const waiting: Waiting = {
        ...prepared,
        abandoned: false,
        settle: (outcome) => {
          signal?.removeEventListener('abort', onAbort);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
      this.#queueBytes += waiting.line.length;
      this.#wake();
    });
  }

  #abandon(waiting: Waiting, reason: unknown, reject: (reason: unknown) => void): void {
    waiting.abandoned = true;
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) {
      this.#queue.splice(at, 1);
      this.#queueBytes -= waiting.line.length;
    }
    reject(reason);
  }

  #wake(): void {
    if (this.#senderWaits || this.#queue.length === 0) return;
    this.#senderWaits = true;
    void this.#sendNext();
  }

  async #sendNext(): Promise<void> {
    await this.#gate.enter();
    this.#senderWaits = false;
    const batch = this.#queue.splice(0, requestLength(this.#queue));
    for (const event of batch) this.#queueBytes -= event.line.length;
    this.#wake();
    try {
      if (batch.length > 0) settleAll(batch, await this.#send(batch, undefined));
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const event of batch) event.settle(reason);
    } finally {
      this.#gate.leave();
    }
  }

  async #sendAll(
    events: readonly NewEvent[],
    signal: AbortSignal | undefined,
  ): Promise<RecordResult> {
    const merged: RecordResult = { accepted: 0, duplicates: 0, rejected: [], receipts: [] };
    /** Prepared events that wait for a request, each with its place in the caller's array. */
    let ready: Array<Prepared & { index: number }> = [];
    let next = 0;
    try {
      while (next < events.length || ready.length > 0) {
        for (; next < events.length && ready.length < LIMITS.requestEvents; next += 1) {
          const event = events[next];
          if (event === undefined) continue;
          const prepared = prepare(event);
          if (isPrepared(prepared)) ready.push({ ...prepared, index: next });
          else merged.rejected.push({ index: next, ...prepared });
        }
        const batch = ready.slice(0, requestLength(ready));
        ready = ready.slice(batch.length);
        if (batch.length > 0) await this.#sendPart(batch, merged, signal);
      }
    } catch (error) {
      if (error instanceof AnnalsError) error.recorded = merged;
      throw error;
    }
    merged.rejected.sort((left, right) => left.index - right.index);
    return merged;
  }

  async #sendPart(
    batch: ReadonlyArray<Prepared & { index: number }>,
    merged: RecordResult,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await this.#gate.enter();
    try {
      const result = await this.#send(batch, signal);
      merged.accepted += result.accepted;
      merged.duplicates += result.duplicates;
      merged.receipts.push(...result.receipts);
      for (const rejection of result.rejected) {
        const index = batch[rejection.index]?.index ?? rejection.index;
        merged.rejected.push({ ...rejection, index });
      }
    } finally {
      this.#gate.leave();
    }
  }

  async #send(batch: readonly Prepared[], signal: AbortSignal | undefined): Promise<RecordResult> {
    const answer = await this.#options.http.json({
      method: 'POST',
      path: '/v1/events',
      query: { project: this.#options.project },
      body: { type: 'application/x-ndjson', bytes: bodyOf(batch) },
      signal,
      isAnswer: isRecordResult,
    });
    if (isRecordResult(answer)) {
      if (answer.receipts.length + answer.rejected.length === batch.length) return answer;
    }
    throw new AnnalsError({
      code: 'unexpected_answer',
      detail: 'The answer does not account for every event that was sent; check the URL',
    });
  }
}

/** Gives each event of a request its receipt or its refusal: receipts come in request order. */
const settleAll = (batch: readonly Waiting[], result: RecordResult): void => {
  const refused = new Map(result.rejected.map((rejection) => [rejection.index, rejection]));
  let next = 0;
  for (const [index, event] of batch.entries()) {
    const rejection = refused.get(index);
    const receipt = rejection === undefined ? result.receipts[next] : undefined;
    if (receipt !== undefined) next += 1;
    if (event.abandoned) continue;
    if (rejection !== undefined) event.settle(new EventRejectedError(rejection));
    else event.settle(receipt ?? new Error(`No receipt for event ${event.id}`));
  }
};
