/**
 * Recording clients that hold the server to its word: every receipt is kept, everything sent is
 * remembered, and `checkLogs` compares both with what the server gives back. An event has one of
 * three fates: acknowledged (it must be there, where the receipt says), refused (it must not be
 * there) or unknown (no answer came: all of its batch is there, or nothing).
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventInput, ReadEvent } from '@annals/contract/event';
import { Problem } from '@annals/contract/problem';
import { Job, type Receipt, RecordResult } from '@annals/contract/routes';
import { isOwn } from '@annals/contract/view';
import { Compile } from 'typebox/schema';
import { Check } from 'typebox/value';
import { freePort } from './postgres.ts';
import { ADMIN_KEY, type ServerSettings, startServer } from './server-process.ts';

/** No answer may take longer, whatever has happened to the server or its database, in ms. */
const HUNG_MS = 10_000;
/** How long a test waits for what must come, in ms. */
const WAIT_MS = 20_000;
/** Before the same batch is sent again, in ms: `Retry-After` counts whole seconds. */
const RETRY_MS = 50;
/** How long a verification may take, in ms. */
const VERIFY_MS = 60_000;
const BATCH_EVENTS_MAX = 50;
export const TENANTS = ['hot', 'warm', 'mild', 'cool'];
const CLIENTS = 8;
/** One batch in so many holds events of several tenants. */
const MIXED_EVERY = 5;
/** Free text of an event, in characters. */
const FILLER_MAX = 600;

const isRecordResult = Compile(RecordResult);
const isProblem = Compile(Problem);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
  readonly ms: number;
}

/** One request with a key. Throws when no whole answer comes. */
export async function ask(url: string, key: string, path: string, body?: unknown): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(HUNG_MS),
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
    ms: performance.now() - began,
  };
}

type LoadEvent = EventInput & { readonly id: string; readonly tenant_id: string };

export function makeEvent(tenantId: string, fillerMax = FILLER_MAX): LoadEvent {
  const id = randomUUID();
  return {
    id,
    tenant_id: tenantId,
    occurred_at: new Date().toISOString(),
    action: 'load.event.recorded',
    actor: { type: 'service_account', id: 'load' },
    // Tells an event that was given to another tenant or got another's content.
    metadata: { mark: `${tenantId} ${id}`, filler: 'x'.repeat(Math.random() * fillerMax) },
  };
}

interface Batch {
  readonly events: readonly LoadEvent[];
  fate: 'fresh' | 'refused' | 'unknown';
}

export interface LoadSettings {
  /** Servers on one database. A client whose request got no answer goes on to the next one. */
  readonly urls: readonly string[];
  readonly key: string;
  /** The first is hot: it gets half of the batches. */
  readonly tenants: readonly string[];
  readonly clients: number;
  readonly fillerMax?: number;
  /** False: a client that is refused or cut off ends. */
  readonly retries?: boolean;
}

export class Load {
  readonly #settings: LoadSettings;
  readonly #urls: readonly string[];
  readonly #tenants: string[];
  #mode: 'running' | 'halting' | 'finishing' = 'halting';
  #clients: Promise<void>[] = [];
  /** What each client has sent without an acknowledgement. */
  readonly #open: (Batch | undefined)[] = [];
  /** What clients gave up: neither acknowledged nor to be sent again. */
  readonly #givenUp: Batch[] = [];
  readonly #receipts = new Map<string, Map<string, Receipt>>();
  readonly #goals: { readonly events: number; readonly reach: () => void }[] = [];
  /** Answers 503 by code. */
  readonly refusals = new Map<string, number>();
  /** What should never happen. */
  readonly problems: string[] = [];
  acknowledged = 0;
  duplicates = 0;
  cutOff = 0;
  slowestMs = 0;

  constructor(settings: LoadSettings) {
    this.#settings = settings;
    this.#urls = settings.urls;
    this.#tenants = [...settings.tenants];
  }

  get key(): string {
    return this.#settings.key;
  }

  get tenants(): readonly string[] {
    return this.#tenants;
  }

  addTenant(tenantId: string): void {
    this.#tenants.push(tenantId);
  }

  receiptsOf(tenantId: string): ReadonlyMap<string, Receipt> {
    return this.#receipts.get(tenantId) ?? new Map();
  }

  /** Sent, and not acknowledged so far. */
  unacknowledged(): readonly Batch[] {
    return [...this.#givenUp, ...this.#open.filter((batch) => batch !== undefined)];
  }

  /** Goes on, first with what was sent and not acknowledged. */
  start(): void {
    this.#mode = 'running';
    const numbers = Array.from({ length: this.#settings.clients }, (_, number) => number);
    this.#clients = numbers.map((number) => this.#run(number));
  }

  /** Each client ends with the answer, or the break, that it waits for. */
  async halt(): Promise<void> {
    this.#mode = 'halting';
    await Promise.all(this.#clients);
  }

  /** Each client ends when what it sent is acknowledged. */
  async finish(): Promise<void> {
    this.#mode = 'finishing';
    await Promise.all(this.#clients);
  }

  /** When every client has been refused or cut off, where they do not try again. */
  async ended(): Promise<void> {
    const late = setTimeout(() => {
      this.problems.push(`clients that go on after ${WAIT_MS} ms`);
      this.#mode = 'halting';
    }, WAIT_MS);
    await Promise.all(this.#clients).finally(() => clearTimeout(late));
  }

  /** When so many more events are acknowledged: in the very moment, before the next is sent. */
  async more(events: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = () => reject(new Error(`no recording; ${this.#story()}`));
    const timer = setTimeout(fail, WAIT_MS);
    this.#goals.push({ events: this.acknowledged + events, reach: resolve });
    await promise.finally(() => clearTimeout(timer));
  }

  /** When so many more requests were refused with this code. */
  async refused(code: string, requests: number): Promise<void> {
    const goal = (this.refusals.get(code) ?? 0) + requests;
    const deadline = Date.now() + WAIT_MS;
    while ((this.refusals.get(code) ?? 0) < goal) {
      assert.ok(Date.now() < deadline, `no ${code}; ${this.#story()}`);
      await sleep(10);
    }
  }

  #story(): string {
    const { refusals, cutOff, problems } = this;
    return JSON.stringify({ refusals: [...refusals], cutOff, problems: problems.slice(0, 3) });
  }

  #makeBatch(): Batch {
    const [hot = '', ...others] = this.#tenants;
    const pick = () => others[Math.floor(Math.random() * others.length)] ?? hot;
    const length = 1 + Math.floor(Math.random() * BATCH_EVENTS_MAX);
    const isMixed = Math.random() * MIXED_EVERY < 1;
    const tenant = Math.random() < 0.5 ? hot : pick();
    const events = Array.from({ length }, () =>
      makeEvent(isMixed ? pick() : tenant, this.#settings.fillerMax),
    );
    return { events, fate: 'fresh' };
  }

  async #run(number: number): Promise<void> {
    for (let turn = number; ; ) {
      const isDone = this.#mode === 'finishing' && this.#open[number] === undefined;
      if (this.#mode === 'halting' || isDone) return;
      const batch = this.#open[number] ?? this.#makeBatch();
      this.#open[number] = batch;
      if (await this.#send(this.#urls[turn % this.#urls.length] ?? '', batch)) {
        this.#open[number] = undefined;
        continue;
      }
      if (this.#settings.retries === false) {
        this.#givenUp.push(batch);
        this.#open[number] = undefined;
        return;
      }
      if (batch.fate === 'unknown') turn++;
      await sleep(RETRY_MS);
    }
  }

  /** True if the batch is acknowledged. */
  async #send(url: string, batch: Batch): Promise<boolean> {
    const began = performance.now();
    let answer: Answer;
    try {
      answer = await ask(url, this.key, '/v1/events', batch.events);
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') {
        this.problems.push(`no answer within ${HUNG_MS} ms`);
      }
      this.cutOff++;
      batch.fate = 'unknown';
      return false;
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    }
    if (answer.status === 201) {
      this.#acknowledge(batch, answer.body);
      return true;
    }
    this.#refuse(batch, answer);
    return false;
  }

  #refuse(batch: Batch, { status, headers, body, text }: Answer): void {
    const isExpected = status === 503 && isProblem.Check(body);
    if (!isExpected) this.problems.push(`answered ${status}: ${text.slice(0, 500)}`);
    const code = isProblem.Check(body) ? body.code : String(status);
    const after = Number(headers.get('retry-after'));
    if (!(after >= 1)) this.problems.push(`${code} without Retry-After`);
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    // A database that breaks off in a commit has stored it or not: only the same ids tell.
    const isSure = code === 'stopping' && batch.fate !== 'unknown';
    batch.fate = isSure ? 'refused' : 'unknown';
  }

  #acknowledge(batch: Batch, body: unknown): void {
    const found = isRecordResult.Check(body) ? body : undefined;
    const ids = found?.receipts.map(({ id }) => id) ?? [];
    const isWhole =
      found?.rejected.length === 0 &&
      found.accepted + found.duplicates === batch.events.length &&
      (batch.fate === 'unknown' || found.duplicates === 0) &&
      batch.events.every(({ id }, index) => ids[index] === id);
    if (!found || !isWhole) {
      this.problems.push(`not a receipt of each event: ${JSON.stringify(body).slice(0, 500)}`);
      return;
    }
    for (const [index, { tenant_id, id }] of batch.events.entries()) {
      const receipt = found.receipts[index];
      if (receipt) this.keep(tenant_id, id, receipt);
    }
    this.duplicates += found.duplicates;
    this.acknowledged += batch.events.length;
    for (const { events, reach } of this.#goals) if (this.acknowledged >= events) reach();
  }

  /** Keeps a promise of the server; a second one for the same event must be the same. */
  keep(tenantId: string, id: string, receipt: Receipt): void {
    const ofTenant = this.#receipts.get(tenantId) ?? new Map<string, Receipt>();
    this.#receipts.set(tenantId, ofTenant);
    const known = ofTenant.get(id);
    if (known && JSON.stringify(known) !== JSON.stringify(receipt)) {
      this.problems.push(`two receipts: ${JSON.stringify([known, receipt])}`);
    }
    ofTenant.set(id, receipt);
  }
}

/** A tenant's whole log by the download route, its own events too, in order of sequence. */
async function readLog(url: string, key: string, tenantId: string): Promise<ReadEvent[]> {
  const asked = { tenant_id: tenantId, view: 'all', format: 'ndjson', order: 'asc' };
  const query = new URLSearchParams(asked);
  const { status, text } = await ask(url, key, `/v1/events/download?${query}`);
  if (status === 404) return [];
  assert.equal(status, 200, text.slice(0, 500));
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): ReadEvent => JSON.parse(line));
  const [first] = events;
  if (first) assert.ok(Check(ReadEvent, first), JSON.stringify(first));
  return events.toSorted((left, right) => (left.sequence ?? -1) - (right.sequence ?? -1));
}

/** Runs the job that re-reads a tenant's log, and expects it to find no problem. */
export async function verify(url: string, key: string, tenantId: string, events: number) {
  const started = await ask(url, key, '/v1/jobs', { kind: 'verify', tenant_id: tenantId });
  assert.equal(started.status, 202, started.text);
  let job: unknown = started.body;
  const deadline = Date.now() + VERIFY_MS;
  while (Check(Job, job) && job.state === 'running') {
    assert.ok(Date.now() < deadline, 'a verification that does not end');
    await sleep(10);
    job = (await ask(url, key, `/v1/jobs/${job.job_id}`)).body;
  }
  assert.ok(Check(Job, job), JSON.stringify(job));
  assert.equal(job.state, 'completed', job.error ?? '');
  assert.deepEqual(job.result?.problem, undefined);
  assert.equal(job.result?.ok, true);
  // That somebody has read it is in it too.
  assert.ok(job.result.events >= events, `${job.result.events} events`);
}

/** All of a batch that is of one tenant is there, or nothing; of a refused one nothing. */
function checkUnacknowledged(batch: Batch, tenantId: string, stored: ReadonlySet<string>): void {
  const ofTenant = batch.events.filter(({ tenant_id }) => tenant_id === tenantId);
  const found = ofTenant.filter(({ id }) => stored.has(id)).length;
  const isWhole = found === 0 || (batch.fate === 'unknown' && found === ofTenant.length);
  assert.ok(isWhole, `${found} of ${ofTenant.length} events of a batch with fate ${batch.fate}`);
}

async function checkLog(url: string, load: Load, tenantId: string): Promise<number> {
  const log = await readLog(url, load.key, tenantId);
  const stored = new Map(log.map((event) => [event.id, event]));
  assert.equal(stored.size, log.length, `${tenantId}: an id is there twice`);
  for (const [sequence, event] of log.entries()) {
    assert.equal(event.sequence, sequence, `${tenantId}: a gap before ${event.sequence}`);
    if (isOwn(event)) continue;
    const mark = event.metadata && 'mark' in event.metadata ? event.metadata['mark'] : undefined;
    assert.equal(mark, `${tenantId} ${event.id}`, `${tenantId}: another event's content`);
  }
  for (const [id, receipt] of load.receiptsOf(tenantId)) {
    const event = stored.get(id);
    assert.ok(event, `${tenantId}: an acknowledged event is lost: ${JSON.stringify(receipt)}`);
    assert.equal(event.sequence, receipt.sequence);
    assert.equal(event.leaf_hash, receipt.leaf_hash);
  }
  const unacknowledged = load.unacknowledged();
  const sent = new Set(unacknowledged.flatMap(({ events }) => events.map(({ id }) => id)));
  const stray = log.find(
    (event) => !isOwn(event) && !load.receiptsOf(tenantId).has(event.id) && !sent.has(event.id),
  );
  assert.equal(stray, undefined, `${tenantId}: an event that was never sent`);
  const ids = new Set(stored.keys());
  for (const batch of unacknowledged) checkUnacknowledged(batch, tenantId, ids);
  if (log.length > 0) await verify(url, load.key, tenantId, log.length);
  return log.filter((event) => !isOwn(event)).length;
}

/**
 * Compares the logs with everything that was sent and promised, and verifies each. In: a load
 * that has come to rest. Out: how many of what was sent is stored. Throws at the first breach.
 */
export async function checkLogs(url: string, load: Load): Promise<number> {
  assert.deepEqual(load.problems, []);
  let events = 0;
  for (const tenantId of load.tenants) events += await checkLog(url, load, tenantId);
  return events;
}

/** A load on one server or several, with what most tests need. It ends with its test. */
export function startLoad(
  t: TestContext,
  urls: string | readonly string[],
  settings: Partial<Pick<LoadSettings, 'clients' | 'retries' | 'fillerMax'>> = {},
): Load {
  const common = { key: ADMIN_KEY, tenants: TENANTS, clients: CLIENTS };
  const load = new Load({ urls: [urls].flat(), ...common, ...settings });
  t.after(() => load.halt());
  load.start();
  return load;
}

/**
 * Kills the server under load and starts it again, so many times, at another moment each time and
 * with a new tenant each time. After each start everything is compared and verified.
 */
export async function killUnderLoad(
  t: TestContext,
  storage: ServerSettings,
  rounds: number,
): Promise<void> {
  const settings = { ...storage, port: await freePort() };
  let server = await startServer(t, settings);
  const load = startLoad(t, server.url);
  for (let round = 0; round < rounds; round++) {
    if (round > 0) load.start();
    await load.more(200 + ((round * 271) % 1_500));
    load.addTenant(`made in round ${round}`);
    // Every other time at once: a promise that was given too early is found out.
    if (round % 2 === 1) await sleep((round * 37) % 100);
    await server.kill();
    await load.halt();
    server = await startServer(t, settings);
    await checkLogs(server.url, load);
  }
  assert.ok(load.cutOff >= rounds, 'the kills met requests under way');
  load.start();
  await load.finish();
  assert.equal(await checkLogs(server.url, load), load.acknowledged);
  assert.equal((await server.stop()).code, 0);
}
