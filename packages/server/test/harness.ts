/**
 * The real server for tests: SQLite in a temporary folder or a database on a real PostgreSQL, a
 * free port, real requests. Every JSON answer is checked against the contract, and after each
 * test of a suite every ledger is re-read and verified.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { after, afterEach, describe } from 'node:test';
import type { EventInput } from '@annals/contract/event';
import { Problem } from '@annals/contract/problem';
import {
  type RecordResult,
  ROUTES,
  type Route,
  type Scope,
  type VerifyResult,
} from '@annals/contract/routes';
import pg from 'pg';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { type App, startApp } from '../src/app.ts';
import { type Config, loadConfig } from '../src/config.ts';
import type { PageFolders } from '../src/http/http.ts';
import { createLog } from '../src/log.ts';
import { freshDatabase } from './postgres.ts';

export type Dialect = 'sqlite' | 'postgres';
export const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

export interface CallOptions {
  readonly key?: string | undefined;
  /** Text and bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** As the test expects it; checked against the contract where the route has a schema. */
  readonly json: T;
  readonly text: string;
}
export interface KeyOptions {
  readonly scopes?: readonly Scope[];
  readonly tenant?: string;
  readonly project?: string;
  readonly expiresAt?: string;
  readonly label?: string;
}
export type Row = Readonly<Record<string, unknown>>;

export interface TestApp {
  readonly dialect: Dialect;
  readonly app: App;
  readonly url: string;
  readonly config: Config;
  readonly adminKey: string;
  /** Everything the server has logged, one JSON text a line. */
  readonly logLines: readonly string[];
  call<T = unknown>(method: string, path: string, options?: CallOptions): Promise<Answer<T>>;
  /** The same with the admin key. */
  admin<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
  /** Records events for a tenant with the admin key; all must be stored. */
  record(tenant: string, events: readonly EventInput[]): Promise<RecordResult>;
  /** A new API key. */
  key(options?: KeyOptions): Promise<string>;
  /** Runs SQL on the database under test from outside; parameters are `?`. */
  sql(text: string, ...values: SQLInputValue[]): Promise<Row[]>;
  /** Stops the server, if it runs, and starts it again on the same data. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

interface Start {
  readonly dialect: Dialect;
  /** Settings by their names in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files of the console and the viewer, where they are under test. */
  readonly pages?: PageFolders;
  /** The clock that reports run by. */
  readonly now?: () => number;
}

const answerChecks = new Map<TSchema, { Check(value: unknown): boolean }>();

function checkFor(schema: TSchema): { Check(value: unknown): boolean } {
  let check = answerChecks.get(schema);
  if (check === undefined) {
    check = Compile(schema);
    answerChecks.set(schema, check);
  }
  return check;
}

const patternOf = ({ path }: Route): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
const isDownload = (route: Route): boolean => route.produces !== undefined;

/** The contract's schema of an answer, if it has one. */
function schemaOf(method: string, path: string, status: number): TSchema | undefined {
  const [bare = ''] = path.split('?');
  const ofPath = Object.values<Route>(ROUTES).filter((one) => patternOf(one).test(bare));
  // A fixed path comes before one with a parameter.
  const route = ofPath
    .toSorted((one, other) => Number(one.path.includes('{')) - Number(other.path.includes('{')))
    .find((one) => one.method === method);
  if (route === undefined || isDownload(route)) return undefined;
  return route.answers[status];
}

function checkAnswer(method: string, path: string, status: number, type: string, json: unknown) {
  const isProblem = type.startsWith('application/problem+json');
  const schema = isProblem ? Problem : schemaOf(method, path, status);
  if (status >= 400 && !isProblem) assert.ok(schema, `${method} ${path}: ${status} is no problem`);
  if (schema === undefined) return;
  assert.ok(
    checkFor(schema).Check(json),
    `${method} ${path} ${status} has another form than the contract: ${JSON.stringify(json)}`,
  );
}

function encodeBody(body: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === 'string') return body;
  return body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body);
}

/** One request; answers that are JSON are parsed and checked. */
export async function callAt<T>(
  url: string,
  method: string,
  path: string,
  { key, body, headers = {} }: CallOptions = {},
): Promise<Answer<T>> {
  const encoded = encodeBody(body);
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(encoded === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(encoded === undefined ? {} : { body: encoded }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const isJson = text !== '' && /^application\/(problem\+)?json/.test(type);
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  if (isJson) checkAnswer(method, path, response.status, type, json);
  // The one cast: a test names what it expects, and fails where it reads something else.
  return { status: response.status, headers: response.headers, json: json as T, text };
}

/** Sends bytes as they are on a connection of their own; answers all that comes until its end. */
export async function sendRaw(url: string, ...pieces: (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // The server may close while pieces are still under way: what it said counts.
  socket.on('error', () => undefined);
  for (const piece of pieces) socket.write(piece);
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes.toString('latin1');
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

/** A connection of the test’s own to the database under test. */
interface Side {
  all(text: string, values: SQLInputValue[]): Promise<Row[]>;
  close(): Promise<void>;
}

async function openSide({ databaseUrl, dataDir }: Config): Promise<Side> {
  if (databaseUrl === undefined) {
    const database = new DatabaseSync(join(dataDir, 'annals.db'), { timeout: 5_000 });
    return {
      all: async (text, values) => database.prepare(text).all(...values),
      close: async () => database.close(),
    };
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    async all(text, values) {
      let n = 0;
      const numbered = text.replace(/\?/g, () => `$${++n}`);
      return (await client.query<Record<string, unknown>>(numbered, values)).rows;
    },
    close: () => client.end(),
  };
}

class RunningApp implements TestApp {
  readonly dialect: Dialect;
  adminKey = `admin-${randomBytes(24).toString('base64url')}`;
  readonly logLines: string[] = [];
  readonly #folder: string;
  #running: { app: App; config: Config } | undefined;
  #side: Promise<Side> | undefined;

  readonly #pages: PageFolders | undefined;
  readonly #clock: (() => number) | undefined;

  constructor({ dialect, pages, now }: Start, folder: string) {
    this.dialect = dialect;
    this.#folder = folder;
    this.#pages = pages;
    this.#clock = now;
  }

  async start(environment: Readonly<Record<string, string>>): Promise<void> {
    const config = loadConfig(environment);
    const log = createLog(config.logLevel, { write: (line) => void this.logLines.push(line) });
    this.#running = { app: await startApp(config, log, this.#pages, this.#clock), config };
    this.environment = environment;
  }

  environment: Readonly<Record<string, string>> = {};

  get #now(): { app: App; config: Config } {
    assert.ok(this.#running, 'the server does not run');
    return this.#running;
  }
  get app(): App {
    return this.#now.app;
  }
  get config(): Config {
    return this.#now.config;
  }
  get url(): string {
    return this.app.url;
  }

  call<T>(method: string, path: string, options?: CallOptions): Promise<Answer<T>> {
    return callAt<T>(this.url, method, path, options);
  }

  admin<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    return this.call<T>(method, path, { key: this.adminKey, body });
  }

  async record(tenant: string, events: readonly EventInput[]): Promise<RecordResult> {
    const path = `/v1/events?tenant_id=${encodeURIComponent(tenant)}`;
    const { status, json, text } = await this.admin<RecordResult>('POST', path, events);
    assert.equal(status, 201, text);
    assert.equal(json.accepted, events.length, text);
    return json;
  }

  async key({ scopes, tenant, project, expiresAt, label }: KeyOptions = {}): Promise<string> {
    const query = project === undefined ? '' : `?project=${project}`;
    const { status, json, text } = await this.admin<{ secret: string }>(
      'POST',
      `/v1/keys${query}`,
      {
        label: label ?? 'a key',
        scopes: scopes ?? ['events:write', 'events:read', 'manage'],
        ...(tenant === undefined ? {} : { tenant_id: tenant }),
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      },
    );
    assert.equal(status, 201, text);
    return json.secret;
  }

  async sql(text: string, ...values: SQLInputValue[]): Promise<Row[]> {
    this.#side ??= openSide(this.config);
    return (await this.#side).all(text, values);
  }

  async restart(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#end();
    await this.start({ ...this.environment, ...settings });
  }

  async #end(): Promise<void> {
    const side = this.#side;
    this.#side = undefined;
    await (await side)?.close();
    await this.#running?.app.stop();
    this.#running = undefined;
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a server with a database of its own. */
export async function startTestApp(start: Start): Promise<TestApp> {
  const { dialect, settings = {} } = start;
  const folder = mkdtempSync(join(tmpdir(), 'annals-test-'));
  const test = new RunningApp(start, folder);
  test.adminKey = settings['ANNALS_ADMIN_KEY'] ?? test.adminKey;
  await test.start({
    ANNALS_PORT: '0',
    ANNALS_DATA: folder,
    ANNALS_ADMIN_KEY: test.adminKey,
    ANNALS_LOG_NAME: 'log.example',
    // Tests send more in a minute than a person.
    ANNALS_RATE_LIMIT: '0',
    ...(dialect === 'postgres' ? { DATABASE_URL: await freshDatabase() } : {}),
    ...settings,
  });
  return test;
}

/** Verifies one tenant's log, found by its name in any project. */
export async function verifyTenant(test: TestApp, tenant: string): Promise<VerifyResult> {
  const [row] = await test.sql('SELECT tenant_no FROM tenant WHERE tenant_id = ?', tenant);
  assert.ok(row, `there is no tenant ${tenant}`);
  return await test.app.ledger.verify(Number(row['tenant_no']), tenant, () => undefined);
}

/** Every ledger is whole: it verifies, its sequences have no gap, its head counts its rows. */
export async function verifyAll(test: TestApp): Promise<void> {
  const heads = await test.sql(
    `SELECT head.tenant_no, tenant.tenant_id, head.size, count(event.tenant_no) AS events,
      coalesce(max(event.sequence), -1) AS last
     FROM ledger_head AS head
     LEFT JOIN tenant ON tenant.tenant_no = head.tenant_no
     LEFT JOIN event ON event.tenant_no = head.tenant_no
     GROUP BY head.tenant_no, tenant.tenant_id, head.size`,
  );
  for (const head of heads) {
    const name = String(head['tenant_id']);
    const size = Number(head['size']);
    assert.equal(Number(head['events']), size, `events of ${name}`);
    assert.equal(Number(head['last']), size - 1, `last sequence of ${name}`);
    const number = Number(head['tenant_no']);
    const found = await test.app.ledger.verify(number, name, () => undefined);
    assert.deepEqual(found.problem, undefined, `the log of ${name}`);
    assert.equal(found.ok, true);
  }
}

/** Opens the suite's server, or with settings one of its own, which stops with the test. */
export type Open = (
  settings?: Readonly<Record<string, string>>,
  until?: 'test' | 'suite',
) => Promise<TestApp>;

/** Registers a suite for each database. After each test all its ledgers are verified. */
export function onBothDatabases(name: string, suite: (open: Open, dialect: Dialect) => void): void {
  for (const dialect of DIALECTS) {
    describe(`${name} (${dialect})`, () => {
      const started = { test: new Set<Promise<TestApp>>(), suite: new Set<Promise<TestApp>>() };
      let shared: Promise<TestApp> | undefined;
      const open: Open = (settings, until = 'test') => {
        if (settings === undefined) {
          shared ??= open({}, 'suite');
          return shared;
        }
        const test = startTestApp({ dialect, settings });
        started[until].add(test);
        return test;
      };
      // Each holds connections, of which the database has only so many.
      const stop = async (until: 'test' | 'suite') => {
        for (const test of await Promise.allSettled(started[until])) {
          if (test.status === 'fulfilled') await test.value.stop();
        }
        started[until].clear();
      };
      afterEach(async () => {
        await stop('test');
        if (shared) await verifyAll(await shared);
      });
      after(() => stop('suite'));
      suite(open, dialect);
    });
  }
}

/** A time that every test may use: recent, and the same within one run. */
export const BASE_MS = Date.now() - 3_600_000;
let made = 0;

/** An event with the usual parts; each one is another. */
export function sampleEvent(fields: Partial<EventInput> = {}): EventInput {
  const n = made++;
  return {
    id: randomUUID(),
    occurred_at: new Date(BASE_MS + n).toISOString(),
    action: 'document.share.updated',
    operation: 'update',
    actor: {
      type: 'user',
      id: `user-${n % 7}`,
      name: `Person ${n % 7}`,
      email: `p${n % 7}@a.example`,
    },
    targets: [
      { type: 'document', id: `doc-${n}`, name: `Plan ${n}` },
      { type: 'folder', id: 'folder-1', role: 'parent' },
    ],
    changes: [{ path: '/access', before: 'private', after: 'team' }],
    outcome: { result: 'success' },
    source: { initiator: 'user', application: 'web' },
    context: { ip: '203.0.113.7', user_agent: 'Browser/1.0', request_id: `r-${n}` },
    metadata: { n, tags: ['a', 'b'] },
    labels: { region: 'eu' },
    ...fields,
  };
}

export const sampleEvents = (count: number, fields: Partial<EventInput> = {}): EventInput[] =>
  Array.from({ length: count }, () => sampleEvent(fields));
