/**
 * One call over HTTP: owns time limits, retries and the way from an answer to an error. Promises
 * that a call ends: each attempt within `timeoutMs`, all of them within `giveUpAfterMs`. Never
 * repeats a call that may have been carried out and would then be carried out twice.
 */
import { AnnalsError, errorFromAnswer, UnavailableError } from './errors.ts';

/** A key or token; asked for anew when one was refused. */
export type KeySource = (isRefused: boolean) => string | Promise<string>;

/** Settings of the connection; see `ClientOptions`. */
export interface HttpOptions {
  readonly url: string;
  /** Undefined: whoever is signed in, by the browser's cookie. */
  readonly key: string | KeySource | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly giveUpAfterMs: number;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with `/v1/`; made with `path`, so that its parts are encoded. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: { readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> };
  readonly signal?: AbortSignal | undefined;
  /** False if a second execution would do the work twice: then a lost answer is not retried. */
  readonly repeatable?: boolean;
  /** Whether the body of an answer outside 200–299 is nevertheless the answer. */
  readonly isAnswer?: (body: unknown) => boolean;
  /**
   * The call is tried again until its signal ends it, also after a fault of the server (5xx): for
   * what runs for days, and must outlast any restart. Told of each attempt that failed.
   */
  readonly endless?: { readonly onFailure: (error: AnnalsError) => void };
}

export interface Http {
  /** Calls and reads the answer's JSON. Throws an `AnnalsError`, or the signal's reason. */
  json(call: Call): Promise<unknown>;
  /** Calls and hands over the answer once its head is there; its body is the caller's to read. */
  open(call: Call): Promise<Response>;
  /** Where a browser finds the answer of a GET by itself. */
  address(call: Pick<Call, 'path' | 'query'>): string;
}

const UNAUTHENTICATED = 401;
/** First wait before a retry, in ms; doubles with each attempt. */
const BACKOFF_FIRST_MS = 100;
/** Longest wait that we choose ourselves, in ms. `Retry-After` may ask for more. */
const BACKOFF_MAX_MS = 10_000;

/** How long to wait after so many attempts, in ms. */
export const backoffMs = (tries: number): number =>
  // Full jitter: clients that were refused together do not come back together.
  Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** tries);

/** Joins parts of a path, each encoded. Throws `TypeError` for a part that a URL cannot hold. */
export const path = (...parts: readonly string[]): string => {
  const lost = parts.find((part) => part === '' || part === '.' || part === '..');
  if (lost !== undefined) throw new TypeError(`"${lost}" cannot be part of an address`);
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
};

/** Resolves after `ms`; rejects with the signal's reason if that comes first. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });

/** `Retry-After` as ms from now: seconds or an HTTP date; 0 if absent or unreadable. */
export const retryAfterMs = (header: string | null, nowMs: number): number => {
  if (header === null) return 0;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? 0 : Math.max(0, until - nowMs);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // An answer without JSON is told apart by its caller: undefined is no JSON value.
    return undefined;
  }
};

/** What went wrong with a connection, in words. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // fetch() says only "fetch failed"; the reason stands in its cause.
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
};

/** An attempt that failed, with how long the server asked us to wait. */
class Failure {
  readonly error: AnnalsError;
  readonly waitMs: number;
  constructor(error: AnnalsError, waitMs = 0) {
    this.error = error;
    this.waitMs = waitMs;
  }
}

const noAnswer = (call: Call, timeoutMs: number | null, cause: unknown): Failure => {
  const repeatable = call.repeatable !== false;
  const what =
    timeoutMs === null
      ? `The server cannot be reached: ${messageOf(cause)}`
      : `No answer within ${timeoutMs} ms`;
  return new Failure(
    new UnavailableError({
      code: timeoutMs === null ? 'network' : 'timeout',
      detail: repeatable ? what : `${what}; whether the call was carried out is not known`,
      retryable: repeatable,
      cause,
    }),
  );
};

const refusal = (response: Response, body: unknown): Failure =>
  new Failure(
    errorFromAnswer(response.status, body, response.headers.get('x-request-id')),
    retryAfterMs(response.headers.get('retry-after'), Date.now()),
  );

const addressOf = (options: Pick<HttpOptions, 'url'>, call: Pick<Call, 'path' | 'query'>): URL => {
  const base = options.url.endsWith('/') ? options.url.slice(0, -1) : options.url;
  const address = new URL(base + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  return address;
};

const requestOf = (call: Call, key: string | undefined, signal: AbortSignal): RequestInit => {
  const headers: Record<string, string> = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    accept: 'application/json, */*;q=0.5',
    ...call.headers,
  };
  // A redirected POST would become a GET, and the key would go to another host.
  const request: RequestInit = { method: call.method, headers, signal, redirect: 'manual' };
  if (call.body !== undefined) {
    headers['content-type'] = call.body.type;
    request.body = call.body.bytes;
  } else if (call.json !== undefined) {
    headers['content-type'] = 'application/json';
    request.body = JSON.stringify(call.json);
  }
  return request;
};

/** Runs one attempt; `read` takes what it needs of the answer before the time is up. */
const attempt = async <T>(
  options: HttpOptions,
  call: Call,
  read: (response: Response) => Promise<T>,
  isRefused = false,
): Promise<T> => {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), options.timeoutMs);
  const signals = call.signal === undefined ? [timeout.signal] : [timeout.signal, call.signal];
  try {
    const key = typeof options.key === 'function' ? await options.key(isRefused) : options.key;
    const request = requestOf(call, key, AbortSignal.any(signals));
    const response = await options.fetch(addressOf(options, call), request);
    if (response.status === UNAUTHENTICATED && typeof options.key === 'function' && !isRefused) {
      await response.body?.cancel();
      return await attempt(options, call, read, true);
    }
    return await read(response);
  } catch (error) {
    if (error instanceof Failure || error instanceof AnnalsError) throw error;
    if (call.signal?.aborted) throw call.signal.reason;
    throw noAnswer(call, timeout.signal.aborted ? options.timeoutMs : null, error);
  } finally {
    clearTimeout(timer);
  }
};

/** Whether the same call may succeed later. */
const mayPass = ({ retryable, status }: AnnalsError, { endless }: Call): boolean =>
  retryable || (endless !== undefined && status !== null && status >= 500);

const withRetries = async <T>(
  options: HttpOptions,
  call: Call,
  read: (response: Response) => Promise<T>,
): Promise<T> => {
  const giveUpAt = performance.now() + options.giveUpAfterMs;
  for (let tries = 0; ; tries += 1) {
    call.signal?.throwIfAborted();
    try {
      return await attempt(options, call, read);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const waitMs = error.waitMs + backoffMs(tries);
      const isLate = performance.now() + waitMs > giveUpAt;
      const isLast = call.endless === undefined && (tries >= options.retries || isLate);
      if (isLast || !mayPass(error.error, call)) throw error.error;
      call.endless?.onFailure(error.error);
      await sleep(waitMs, call.signal);
    }
  }
};

const readJson = async (call: Call, response: Response): Promise<unknown> => {
  const body = parseJson(await response.text());
  if (response.ok ? body !== undefined : call.isAnswer?.(body)) return body;
  if (!response.ok) throw refusal(response, body);
  throw new AnnalsError({
    code: 'unexpected_answer',
    detail: 'The answer is not JSON; check the URL',
    status: response.status,
    requestId: response.headers.get('x-request-id'),
  });
};

const readHead = async (response: Response): Promise<Response> => {
  if (response.ok) return response;
  throw refusal(response, parseJson(await response.text()));
};

export const createHttp = (options: HttpOptions): Http => ({
  json: (call) => withRetries(options, call, (response) => readJson(call, response)),
  open: (call) => withRetries(options, call, readHead),
  address: (call) => addressOf(options, call).href,
});
