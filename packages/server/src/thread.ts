/**
 * Worker threads as promises: a request goes to a thread, its answer comes back. What would hold
 * up the event loop, or wait for the disk, runs there. A dead thread fails what was asked of it.
 */
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { parentPort, Worker } from 'node:worker_threads';
import type { ErrorCode } from '@annals/contract/errors';
import { Fault } from './fault.ts';

/** What may be asked of a kind of thread: by name, what goes in and what comes out. */
export type Calls<C> = { readonly [K in keyof C]: { readonly request: object; result: unknown } };

type Request<C extends Calls<C>, K extends keyof C = keyof C> = {
  [N in K]: { readonly kind: N } & C[N]['request'];
}[K];

/** An error on its way between threads: only these parts of it cross. */
export interface ThreadError {
  readonly message: string;
  /** SQLite's number for it, else 0. */
  readonly errcode: number;
  /** Of a Fault. */
  readonly fault?: { readonly code: ErrorCode; readonly detail: string | undefined };
}
interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: ThreadError;
}

export interface ThreadOptions {
  readonly file: URL;
  /** Handed to the thread as its `workerData`. */
  readonly data?: unknown;
  /** Room for what is short-lived, in MB; default 12. */
  readonly youngMb?: number;
  /** Room for what lives longer, in MB: a thread that needs more ends. Less is collected sooner. */
  readonly oldMb?: number;
  /** What an error of the thread that is no Fault means to those who asked. */
  readonly translate?: (error: ThreadError) => Error;
  /** What the thread's unexpected end means to those who asked. */
  readonly died?: (cause: unknown) => Error;
}

/**
 * Another thread is started behind so many requests, or behind one that has taken as long as its
 * start takes, in ms.
 */
const BUSY = { requests: 8, ms: 50 };
/** When no thread of a pool has had anything to do for so long, they end, in ms. */
const IDLE_MS = 10_000;
/** What a thread makes is short-lived: as fast as with Node's own 48 MB, measured on exports. */
const YOUNG_MB = 12;

// The flag is for the main thread, which has it from its start; each new one would take it too,
// whatever its own limit is.
setFlagsFromString('--max-semi-space-size=0');

/** A thread enables the cache of stripped types by its environment only; 10 MB less for each. */
function threadEnvironment(): NodeJS.ProcessEnv {
  const directory = getCompileCacheDir();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}

interface Waiter extends PromiseWithResolvers<unknown> {
  readonly askedAt: number;
}

function errorOf(error: ThreadError, { translate }: ThreadOptions): Error {
  const { fault, message } = error;
  if (fault) return new Fault(fault.code, fault.detail, { cause: new Error(message) });
  return translate?.(error) ?? new Error(message);
}

export class Thread<C extends Calls<C>> {
  readonly #worker: Worker;
  readonly #options: ThreadOptions;
  /** In the order in which they were asked. */
  readonly #waiting = new Map<number, Waiter>();
  #number = 0;
  #dead: Error | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
    const { file, data, youngMb = YOUNG_MB, oldMb } = options;
    this.#worker = new Worker(file, {
      workerData: data,
      env: threadEnvironment(),
      resourceLimits: {
        maxYoungGenerationSizeMb: youngMb,
        ...(oldMb === undefined ? {} : { maxOldGenerationSizeMb: oldMb }),
      },
    });
    this.#worker.on('message', (answer: Answer) => {
      const waiter = this.#waiting.get(answer.number);
      this.#waiting.delete(answer.number);
      const { error } = answer;
      if (error) waiter?.reject(errorOf(error, options));
      else waiter?.resolve(answer.result);
    });
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(new Error('the thread has ended')));
  }

  #die(cause: unknown): void {
    this.#dead ??= this.#options.died?.(cause) ?? new Error('a thread has ended', { cause });
    for (const waiter of this.#waiting.values()) waiter.reject(this.#dead);
    this.#waiting.clear();
  }

  /** Requests without an answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get isBusy(): boolean {
    const [oldest] = this.#waiting.values();
    if (oldest === undefined) return false;
    return this.waiting >= BUSY.requests || performance.now() - oldest.askedAt >= BUSY.ms;
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  /** `blocks` are handed over instead of copied: the caller may not touch them again. */
  ask<K extends keyof C>(
    request: Request<C, K>,
    blocks: readonly ArrayBuffer[] = [],
  ): Promise<C[K]['result']> {
    if (this.#dead) return Promise.reject(this.#dead);
    const waiter = { ...Promise.withResolvers<unknown>(), askedAt: performance.now() };
    const number = this.#number++;
    this.#waiting.set(number, waiter);
    this.#worker.postMessage({ number, request }, [...blocks]);
    // What crosses a thread border has lost its type; the thread answers each kind by its table.
    return waiter.promise as Promise<C[K]['result']>;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

export interface PoolOptions extends ThreadOptions {
  readonly most: number;
  /** Of threads without anything to do so many are left; default 0. */
  readonly least?: number;
}

/** Threads of one kind, started when first needed: an idle one still takes 12 MB. */
export class ThreadPool<C extends Calls<C>> {
  readonly #options: PoolOptions;
  #threads: Thread<C>[] = [];
  #idle: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get threads(): readonly Thread<C>[] {
    return this.#threads;
  }

  /** The thread with least to do; another one is started when all that run are busy. */
  #thread(): Thread<C> {
    this.#threads = this.#threads.filter((thread) => !thread.isDead);
    const [least] = this.#threads.toSorted((one, other) => one.waiting - other.waiting);
    const isMost = this.#threads.length === this.#options.most;
    if (least && (isMost || !least.isBusy)) return least;
    const started = new Thread<C>(this.#options);
    this.#threads.push(started);
    return started;
  }

  async ask<K extends keyof C>(
    request: Request<C, K>,
    blocks?: readonly ArrayBuffer[],
  ): Promise<C[K]['result']> {
    clearTimeout(this.#idle);
    try {
      return await this.#thread().ask(request, blocks);
    } finally {
      this.#watchIdle();
    }
  }

  #watchIdle(): void {
    const { least = 0 } = this.#options;
    clearTimeout(this.#idle);
    const isIdle = this.#threads.every(({ waiting }) => waiting === 0);
    if (!isIdle || this.#threads.length <= least) return;
    this.#idle = setTimeout(() => void this.end(least), IDLE_MS).unref();
  }

  /** Of the threads so many are left. */
  async end(left = 0): Promise<void> {
    clearTimeout(this.#idle);
    const ending = this.#threads.splice(left);
    await Promise.all(ending.map((thread) => thread.end()));
  }
}

interface Answered<R> {
  readonly result: R;
  /** Handed over with the result. */
  readonly blocks?: readonly ArrayBuffer[];
}
/** How a thread answers: one function a kind. */
export type Handlers<C extends Calls<C>> = {
  readonly [K in keyof C]: (
    request: C[K]['request'],
  ) => Answered<C[K]['result']> | Promise<Answered<C[K]['result']>>;
};

/** The thread's own side: answers what is asked of it until it is ended. */
export function answerRequests<C extends Calls<C>>(handlers: Handlers<C>): void {
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread only');
  port.on('message', ({ number, request }: { number: number; request: Request<C> }) => {
    const answer = ({ result, blocks }: Answered<unknown>) =>
      port.postMessage({ number, result } satisfies Answer, [...(blocks ?? [])]);
    const fail = (error: unknown) => {
      const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
      // Of a fault only its cause says more than what it is.
      const told = error instanceof Fault ? (error.cause ?? error) : error;
      const message = told instanceof Error ? told.message : String(told);
      const fault =
        error instanceof Fault ? { fault: { code: error.code, detail: error.detail } } : {};
      port.postMessage({ number, error: { message, errcode, ...fault } } satisfies Answer);
    };
    try {
      const answered = handlers[request.kind](request);
      // What is there at once is sent at once: a turn of the event loop costs as much as a row.
      if (answered instanceof Promise) answered.then(answer, fail);
      else answer(answered);
    } catch (error) {
      fail(error);
    }
  });
}
