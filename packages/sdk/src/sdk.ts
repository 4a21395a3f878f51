/**
 * The TypeScript client of Annals, for browsers and Node: `createClient(…)`, then
 * `client.noun.verb()`. Owns the mapping from calls to routes; promises typed errors and that
 * nothing is dropped silently. Never depends on a package at run time and never reads the
 * environment. Types are the contract's.
 */
import type { Job, Key, Me, Reject, ROUTES } from '@annals/contract/routes';
import type { Static } from 'typebox';
import { type Auth, authOf } from './auth.ts';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { type Erasures, erasuresOf } from './erasures.ts';
import { type Events, eventsOf } from './events.ts';
import { type Exports, exportsOf } from './exports.ts';
import { createHttp, type KeySource, path, sleep } from './http.ts';
import { type Holds, holdsOf, type Retentions, retentionsOf } from './keeping.ts';
import { type Actors, actorsOf, type Records, recordsOf } from './parties.ts';
import { meOf, type People, peopleOf } from './people.ts';
import {
  type Catalogs,
  catalogsOf,
  type Projects,
  projectsOf,
  type Tenants,
  tenantsOf,
} from './projects.ts';
import { Recorder } from './recorder.ts';
import { type Reports, reportsOf } from './reports.ts';
import { type Findings, findingsOf, type Unusual, unusualOf } from './unusual.ts';
import { type ViewerKeys, type ViewerSessions, viewerKeysOf, viewerSessionsOf } from './viewers.ts';

export type { Auth } from './auth.ts';
export type { CallOptions, Download } from './call.ts';
export type {
  Alias,
  Confirmation,
  DryRun,
  Erasure,
  ErasureSubject,
  Erasures,
  ErasureWaitOptions,
} from './erasures.ts';
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
export type {
  CountQuery,
  DownloadQuery,
  Events,
  ExplainQuery,
  FacetsQuery,
  GetQuery,
  HistogramQuery,
  ListQuery,
  SearchQuery,
  SuggestQuery,
  TailQuery,
} from './events.ts';
export type {
  Export,
  ExportPage,
  ExportPlace,
  ExportQuery,
  Exports,
  ExportWaitOptions,
  Manifest,
  NewExport,
} from './exports.ts';
export type { KeySource } from './http.ts';
export type { Holds, NewHold, Retentions } from './keeping.ts';
export type { ActorPage, ActorQuery, Actors, RecordPage, RecordQuery, Records } from './parties.ts';
export type { Invitation, Invited, People, PeopleOptions, PeopleQuery } from './people.ts';
export type {
  CatalogQuery,
  Catalogs,
  ProjectChange,
  Projects,
  TenantChange,
  TenantQuery,
  Tenants,
} from './projects.ts';
export type { NewEvent, RecordOptions } from './recorder.ts';
export type {
  Delivery,
  NewRecipient,
  NewReport,
  Recipient,
  Report,
  ReportChange,
  ReportPlace,
  ReportPreview,
  ReportQuery,
  Reports,
} from './reports.ts';
export type { TailOptions } from './tail.ts';
export type {
  Finding,
  FindingPage,
  FindingPlace,
  FindingQuery,
  Findings,
  Judgement,
  Unusual,
  Watch,
  WatchPlace,
  WatchQuery,
} from './unusual.ts';
export type {
  CreatedViewerSession,
  DeniedToken,
  NewViewerKey,
  NewViewerSession,
  ViewerKeys,
  ViewerSessions,
} from './viewers.ts';

type Routes = typeof ROUTES;
export type RejectQuery = Static<Routes['listRejects']['query']>;
export type NewKey = Static<Routes['createKey']['body']>;
export type NewJob = Static<Routes['createJob']['body']>;
/** A key just made: `secret` is shown this once. */
export type CreatedKey = Static<Routes['createKey']['answers'][201]>;

export interface WaitOptions extends CallOptions {
  /** Called with the job each time it was looked at, also when it is finished. */
  readonly onProgress?: (job: Job) => void;
}

export interface ClientOptions {
  /** Where the server is, for example `https://audit.example.com`. A path before `/v1` may stand. */
  readonly url: string;
  /**
   * The API key or the token of a viewer session; or what gives one, for each attempt: called with
   * `true` after the last one was refused, once a call. Without: whoever is signed in at the
   * server of the page, by the browser's cookie.
   */
  readonly key?: string | KeySource;
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

export interface Keys {
  list(options?: CallOptions): Promise<Key[]>;
  /** Makes a key of scopes, or of roles; the answer is the only time its `secret` is shown. */
  create(key: NewKey, options?: CallOptions): Promise<CreatedKey>;
  revoke(keyId: string, options?: CallOptions): Promise<Key>;
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
  readonly actors: Actors;
  readonly records: Records;
  readonly keys: Keys;
  readonly people: People;
  readonly projects: Projects;
  readonly tenants: Tenants;
  readonly catalog: Catalogs;
  readonly holds: Holds;
  readonly retention: Retentions;
  readonly viewerSessions: ViewerSessions;
  readonly viewerKeys: ViewerKeys;
  readonly rejects: Rejects;
  readonly jobs: Jobs;
  readonly erasures: Erasures;
  readonly exports: Exports;
  readonly reports: Reports;
  readonly unusual: Unusual;
  readonly findings: Findings;
  /** Signing in, and what people change about themselves; for browsers. */
  readonly auth: Auth;
  /** Who asks, and what the key may do where. */
  me(options?: CallOptions): Promise<Me>;
  /** Refuses further recordings at once and resolves when every event taken before has ended. */
  close(): Promise<void>;
}

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
  if (typeof options.key === 'string' && !/^[\x21-\x7e]+$/.test(options.key)) {
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
    actors: actorsOf(wiring),
    records: recordsOf(wiring),
    keys: keysOf(wiring),
    people: peopleOf(wiring),
    viewerSessions: viewerSessionsOf(wiring),
    viewerKeys: viewerKeysOf(wiring),
    projects: projectsOf(wiring),
    tenants: tenantsOf(wiring),
    catalog: catalogsOf(wiring),
    holds: holdsOf(wiring),
    retention: retentionsOf(wiring),
    rejects: rejectsOf(wiring),
    jobs: jobsOf(wiring),
    erasures: erasuresOf(wiring),
    exports: exportsOf(wiring),
    reports: reportsOf(wiring),
    unusual: unusualOf(wiring),
    findings: findingsOf(wiring),
    auth: authOf(wiring),
    me: meOf(wiring),
    close: () => recorder.close(),
  };
};
