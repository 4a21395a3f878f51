/**
 * The TypeScript client of Annals, for browsers and Node: `createClient(…)`, then
 * `client.noun.verb()`. Owns the mapping from calls to routes; promises typed errors and that
 * nothing is dropped silently. Never depends on a package at run time and never reads the
 * environment. Types are the contract's.
 */
import type { ReadEvent } from '@annals/contract/event';
import type {
  EventPage,
  Job,
  Key,
  Project,
  Receipt,
  RecordResult,
  Reject,
  ROUTES,
  Tenant,
} from '@annals/contract/routes';
import type { Static } from 'typebox';
import { createHttp, type Http, path, type Query, sleep } from './http.ts';
import { type NewEvent, Recorder, type RecordOptions } from './recorder.ts';

export {
  AnnalsError,
  AuthenticationError,
  ClientClosedError,
  ConflictError,
  EventRejectedError,
  InvalidRequestError,
  type LocalCode,
  NotAllowedError,
  NotFoundError,
  QueueFullError,
  UnavailableError,
} from './errors.ts';
export type { NewEvent, RecordOptions } from './recorder.ts';

type Routes = typeof ROUTES;
/** Which events, in which order, and where to go on. `tenant_id` is required. */
export type ListQuery = Static<Routes['listEvents']['query']>;
/** Which events, as which kind of file. `tenant_id` and `format` are required. */
export type DownloadQuery = Static<Routes['downloadEvents']['query']>;
/** Whose event, seen through which view. `tenant_id` is required. */
export type GetQuery = Static<Routes['getEvent']['query']>;
export type ProjectChange = Static<Routes['putProject']['body']>;
export type TenantChange = Static<Routes['putTenant']['body']>;
export type TenantQuery = Static<Routes['listTenants']['query']>;
export type RejectQuery = Static<Routes['listRejects']['query']>;
export type NewKey = Static<Routes['createKey']['body']>;
export type NewJob = Static<Routes['createJob']['body']>;
/** A key just made: `secret` is shown this once. */
export type CreatedKey = Static<Routes['createKey']['answers'][201]>;

/** Every call takes a signal that ends it; its promise then rejects with the signal's reason. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface WaitOptions extends CallOptions {
  /** Called with the job each time it was looked at, also when it is finished. */
  readonly onProgress?: (job: Job) => void;
}

export interface ClientOptions {
  /** Where the server is, for example `https://audit.example.com`. A path before `/v1` may stand. */
  readonly url: string;
  /** The API key. */
  readonly key: string;
  /** The project of every call, where the key may use several; else the server's choice. */
  readonly project?: string;
  /** Stands in for the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** How long one attempt may take, in ms; default 30,000. A download's body is not counted. */
  readonly timeoutMs?: number;
  /** How often a call is repeated after 429, 502–504 or no answer; default 8. */
  readonly retries?: number;
  /** When a call gives up whatever retries are left, in ms after it began; default 120,000. */
  readonly giveUpAfterMs?: number;
  /** How many single events may wait; default 10,000. Beyond it `record` throws at once. */
  readonly queueEvents?: number;
}

const DEFAULTS = {
  timeoutMs: 30_000,
  retries: 8,
  giveUpAfterMs: 120_000,
  queueEvents: 10_000,
} as const;

/** First and longest wait between two looks at a job, in ms. */
const JOB_LOOK = { firstMs: 100, maxMs: 2_000, growth: 1.5 } as const;

/** A file as the server streams it. */
export interface Download {
  /** The bytes; reading it slowly slows the server, cancelling it stops the server. */
  readonly body: ReadableStream<Uint8Array>;
  readonly contentType: string;
}

export interface Events {
  /**
   * Records one event. It joins the next request with others that are recorded meanwhile; `id`
   * and `occurred_at` are made here if absent. Resolves once the event is stored. Throws
   * `EventRejectedError` (correct it), `QueueFullError` (slow down), `UnavailableError` (after
   * every retry; the event may or may not be stored), `ClientClosedError`.
   */
  record(event: NewEvent, options?: RecordOptions): Promise<Receipt>;
  /**
   * Records many events, in as many requests as needed, one after the other. Events that are
   * refused do not throw: they are in `rejected`, whose `index` is the place in your array.
   * On an error, `error.recorded` says what was recorded before. To call again after an error,
   * give the events ids of your own: then nothing is stored twice.
   */
  record(events: readonly NewEvent[], options?: RecordOptions): Promise<RecordResult>;
  /** One page, newest first. Throws `InvalidRequestError`, `NotFoundError`, … */
  list(query: ListQuery, options?: CallOptions): Promise<EventPage>;
  /** All pages from `query` on. Stop iterating to stop asking. */
  pages(query: ListQuery, options?: CallOptions): AsyncGenerator<EventPage, void, undefined>;
  /** All events from `query` on, page by page. */
  all(query: ListQuery, options?: CallOptions): AsyncGenerator<ReadEvent, void, undefined>;
  /** One event. Throws `NotFoundError` if the tenant has none with this id. */
  get(id: string, query: GetQuery, options?: CallOptions): Promise<ReadEvent>;
  /** All events of a range as a file. Retries end where the file begins. */
  download(query: DownloadQuery, options?: CallOptions): Promise<Download>;
  /** Resolves when every event recorded so far has ended, as a receipt or as an error. */
  flush(): Promise<void>;
}

export interface Keys {
  list(options?: CallOptions): Promise<Key[]>;
  /** Makes a key; the answer is the only time its `secret` is shown. */
  create(key: NewKey, options?: CallOptions): Promise<CreatedKey>;
  revoke(keyId: string, options?: CallOptions): Promise<Key>;
}

export interface Projects {
  list(options?: CallOptions): Promise<Project[]>;
  get(project: string, options?: CallOptions): Promise<Project>;
  /** Makes the project, or changes what `change` names. */
  put(project: string, change: ProjectChange, options?: CallOptions): Promise<Project>;
}

export interface Tenants {
  /** Tenants by name; `after` is the last name of the page before. */
  list(query?: TenantQuery, options?: CallOptions): Promise<Tenant[]>;
  /** Makes the tenant, or changes what `change` names. */
  put(tenantId: string, change: TenantChange, options?: CallOptions): Promise<Tenant>;
}

export interface Rejects {
  /** What the server refused in the last 7 days, newest first: reason and shape, no value. */
  list(query?: RejectQuery, options?: CallOptions): Promise<Reject[]>;
}

export interface Jobs {
  /** Starts a job; `wait` follows it. */
  create(job: NewJob, options?: CallOptions): Promise<Job>;
  get(jobId: string, options?: CallOptions): Promise<Job>;
  /** Looks at the job until it is `completed` or `failed`, and returns it. */
  wait(jobId: string, options?: WaitOptions): Promise<Job>;
}

export interface Client {
  readonly events: Events;
  readonly keys: Keys;
  readonly projects: Projects;
  readonly tenants: Tenants;
  readonly rejects: Rejects;
  readonly jobs: Jobs;
  /** Refuses further recordings at once and resolves when every event taken before has ended. */
  close(): Promise<void>;
}

/**
 * What the server says it answers. Not checked again: it made the answer from the same schema,
 * and a field that a newer server adds must not break an older client.
 */
const answerOf = async <T>(answer: Promise<unknown>): Promise<T> => (await answer) as T;

interface Wiring {
  readonly http: Http;
  readonly project: string | undefined;
}

const eventsOf = ({ http, project }: Wiring, recorder: Recorder): Events => {
  function record(event: NewEvent, options?: RecordOptions): Promise<Receipt>;
  function record(events: readonly NewEvent[], options?: RecordOptions): Promise<RecordResult>;
  function record(
    given: NewEvent | readonly NewEvent[],
    options: RecordOptions = {},
  ): Promise<Receipt | RecordResult> {
    return isMany(given) ? recorder.many(given, options) : recorder.one(given, options);
  }

  const list = (query: ListQuery, options: CallOptions = {}) =>
    answerOf<EventPage>(
      http.json({
        method: 'GET',
        path: path('events'),
        query: { project, ...query },
        signal: options.signal,
      }),
    );

  async function* pages(query: ListQuery, options: CallOptions = {}) {
    for (let cursor = query.cursor; ; ) {
      const page = await list({ ...query, ...(cursor === undefined ? {} : { cursor }) }, options);
      yield page;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  return {
    record,
    list,
    pages,
    async *all(query, options) {
      for await (const page of pages(query, options)) yield* page.events;
    },
    get: (id, query, options = {}) =>
      answerOf(
        http.json({
          method: 'GET',
          path: path('events', id),
          query: { project, ...query },
          signal: options.signal,
        }),
      ),
    download: (query, options = {}) => download(http, { project, ...query }, options),
    flush: () => recorder.flush(),
  };
};

const isMany = (given: NewEvent | readonly NewEvent[]): given is readonly NewEvent[] =>
  Array.isArray(given);

const download = async (http: Http, query: Query, options: CallOptions): Promise<Download> => {
  const response = await http.open({
    method: 'GET',
    path: path('events', 'download'),
    query,
    signal: options.signal,
  });
  const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
  // An answer without any byte may come without a stream.
  const body = response.body ?? new Blob([]).stream();
  return { body, contentType };
};

const keysOf = ({ http, project }: Wiring): Keys => ({
  list: async ({ signal } = {}) =>
    (
      await answerOf<{ keys: Key[] }>(
        http.json({ method: 'GET', path: path('keys'), query: { project }, signal }),
      )
    ).keys,
  create: (json, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'POST',
        path: path('keys'),
        query: { project },
        json,
        signal,
        // A second key whose secret nobody saw would stay valid.
        repeatable: false,
      }),
    ),
  revoke: (keyId, { signal } = {}) =>
    answerOf(
      http.json({ method: 'DELETE', path: path('keys', keyId), query: { project }, signal }),
    ),
});

const projectsOf = ({ http }: Wiring): Projects => ({
  list: async ({ signal } = {}) =>
    (
      await answerOf<{ projects: Project[] }>(
        http.json({ method: 'GET', path: path('projects'), signal }),
      )
    ).projects,
  get: (project, { signal } = {}) =>
    answerOf(http.json({ method: 'GET', path: path('projects', project), signal })),
  put: (project, json, { signal } = {}) =>
    answerOf(http.json({ method: 'PUT', path: path('projects', project), json, signal })),
});

const tenantsOf = ({ http, project }: Wiring): Tenants => ({
  list: async (query = {}, { signal } = {}) =>
    (
      await answerOf<{ tenants: Tenant[] }>(
        http.json({
          method: 'GET',
          path: path('tenants'),
          query: { project, ...query },
          signal,
        }),
      )
    ).tenants,
  put: (tenantId, json, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'PUT',
        path: path('tenants', tenantId),
        query: { project },
        json,
        signal,
      }),
    ),
});

const rejectsOf = ({ http, project }: Wiring): Rejects => ({
  list: async (query = {}, { signal } = {}) =>
    (
      await answerOf<{ rejects: Reject[] }>(
        http.json({
          method: 'GET',
          path: path('rejects'),
          query: { project, ...query },
          signal,
        }),
      )
    ).rejects,
});

const jobsOf = ({ http, project }: Wiring): Jobs => {
  const get: Jobs['get'] = (jobId, { signal } = {}) =>
    answerOf(http.json({ method: 'GET', path: path('jobs', jobId), query: { project }, signal }));
  return {
    get,
    create: (json, { signal } = {}) =>
      answerOf(
        http.json({
          method: 'POST',
          path: path('jobs'),
          query: { project },
          json,
          signal,
          repeatable: false,
        }),
      ),
    wait: async (jobId, { onProgress, signal } = {}) => {
      for (let waitMs: number = JOB_LOOK.firstMs; ; waitMs *= JOB_LOOK.growth) {
        const job = await get(jobId, signal === undefined ? {} : { signal });
        onProgress?.(job);
        if (job.state !== 'running') return job;
        await sleep(Math.min(waitMs, JOB_LOOK.maxMs), signal);
      }
    },
  };
};

const checked = (options: ClientOptions): void => {
  if (!/^https?:$/.test(URL.parse(options.url)?.protocol ?? '')) {
    throw new TypeError(`url is not an http(s) address: ${options.url}`);
  }
  // Not quoted: it is a secret.
  if (!/^[\x21-\x7e]+$/.test(options.key)) {
    throw new TypeError('key must be one word of printable ASCII characters');
  }
};

/**
 * Makes a client. Opens no connection yet. Throws `TypeError` if `url` or `key` cannot be one.
 *
 * ```ts
 * const client = createClient({ url: 'http://127.0.0.1:4600', key: process.env.ANNALS_KEY });
 * const receipt = await client.events.record({
 *   tenant_id: 'acme',
 *   action: 'document.shared',
 *   actor: { type: 'user', id: 'u-1', name: 'Ada' },
 * });
 * await client.close();
 * ```
 */
export const createClient = (options: ClientOptions): Client => {
  checked(options);
  const { url, key, project } = options;
  const http = createHttp({
    url,
    key,
    // Looked up at each call: a browser's fetch must be called on its window.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs: options.timeoutMs ?? DEFAULTS.timeoutMs,
    retries: options.retries ?? DEFAULTS.retries,
    giveUpAfterMs: options.giveUpAfterMs ?? DEFAULTS.giveUpAfterMs,
  });
  const queueEvents = options.queueEvents ?? DEFAULTS.queueEvents;
  const recorder = new Recorder({ http, project, queueEvents });
  const wiring = { http, project };
  return {
    events: eventsOf(wiring, recorder),
    keys: keysOf(wiring),
    projects: projectsOf(wiring),
    tenants: tenantsOf(wiring),
    rejects: rejectsOf(wiring),
    jobs: jobsOf(wiring),
    close: () => recorder.close(),
  };
};
