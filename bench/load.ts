/**
 * The load generator: a process of its own that does one task after another for `loader.ts`.
 * Closed loop: each client sends its next request when the last is answered. Bodies are made
 * beforehand and only their ids and times written over, so that it takes little of the machine;
 * how much it takes is part of every result.
 */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Connection } from './wire.ts';
import { Body, createWorkload, LARGEST_TENANT, timeOf, WORKLOAD } from './workload.ts';

export interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}
export type Task = Endpoint &
  (
    | {
        readonly kind: 'record';
        readonly batch: number;
        readonly clients: number;
        readonly warmUpMs: number;
        readonly durationMs: number;
        /** Events before it are there already. */
        readonly first: number;
      }
    | { readonly kind: 'fill'; readonly count: number }
    /** The same question, one after another. */
    | { readonly kind: 'ask'; readonly path: string; readonly requests: number }
    | { readonly kind: 'page'; readonly requests: number }
    | { readonly kind: 'download'; readonly stored: number }
  );

export interface LoadResult {
  readonly elapsedMs: number;
  readonly requests: number;
  readonly events: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers 503: sent again. */
  readonly refused: number;
  /** Throughput of the last third against the first: below 1 it falls. */
  readonly steadiness: number;
  readonly bytes: number;
  /** The next unused index of the workload. */
  readonly next: number;
  /** Processor time this process took, of one core. */
  readonly loadShare: number;
}
export type Reply = { readonly result: LoadResult } | { readonly error: string };

const SEED = 1;
/** Different events in the bodies of a timed round. */
const POOL_EVENTS = 40_000;
/** So much later is each event of a timed round than the one before: 8 million fill 90 days. */
const STEP_MS = WORKLOAD.spanMs / 8_000_000;
const FILL = { batch: 1_000, clients: 8 } as const;
const RETRY_MS = 20;
const PAGE_EVENTS = 100;
/** Every so many answers one is parsed to see that nothing was rejected. */
const PARSED_EVERY = 50;

const workload = createWorkload(SEED);
const pools = new Map<number, Body[]>();

/** Bodies of this many events, each in use by at most one request. */
const poolOf = (batch: number, clients: number): Body[] => {
  const known = pools.get(batch);
  if (known !== undefined) return known;
  const count = Math.max(2 * clients, Math.ceil(POOL_EVENTS / batch));
  const made = Array.from({ length: count }, (_, place) => {
    const events = Array.from({ length: batch }, (__, offset) =>
      workload.event(place * batch + offset, WORKLOAD.startMs),
    );
    return new Body(events);
  });
  pools.set(batch, made);
  return made;
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Counts answers inside the measured window. */
class Meter {
  readonly #startMs: number;
  readonly #lengthMs: number;
  readonly #cpu = process.cpuUsage();
  readonly #began = performance.now();
  readonly #latencies: number[] = [];
  readonly #thirds = [0, 0, 0];
  #events = 0;
  #lastMs = 0;
  refused = 0;
  bytes = 0;

  constructor(warmUpMs: number, lengthMs: number) {
    this.#startMs = performance.now() + warmUpMs;
    this.#lengthMs = lengthMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#startMs + this.#lengthMs;
  }

  add(sentMs: number, events: number): void {
    const now = performance.now();
    const place = (now - this.#startMs) / this.#lengthMs;
    if (place < 0 || place > 1) return;
    this.#latencies.push(now - sentMs);
    this.#events += events;
    this.#lastMs = now;
    const third = Math.min(2, Math.floor(place * 3));
    this.#thirds[third] = (this.#thirds[third] ?? 0) + events;
  }

  result(next: number): LoadResult {
    const elapsedMs = Number.isFinite(this.#lengthMs)
      ? this.#lengthMs
      : this.#lastMs - this.#startMs;
    const { user, system } = process.cpuUsage(this.#cpu);
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const [early = 0, , late = 0] = this.#thirds;
    return {
      elapsedMs,
      requests: sorted.length,
      events: this.#events,
      perSecond: (this.#events / elapsedMs) * 1000,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      refused: this.refused,
      steadiness: Number.isFinite(this.#lengthMs) && early > 0 ? late / early : 1,
      bytes: this.bytes,
      next,
      loadShare: (user + system) / 1000 / (performance.now() - this.#began),
    };
  }
}

const answerOf = (sent: ClientRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response: IncomingMessage) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: () => Buffer.concat(parts).toString(),
        }),
      );
    });
  });

const get = (endpoint: Endpoint, agent: Agent, path: string): Promise<Answer> =>
  answerOf(request(`${endpoint.url}${path}`, { agent, headers: endpoint.headers }).end());

/** Sends a body until it is stored; every event of it must be new. */
const store = async (
  connection: Connection,
  body: Body,
  meter: Meter,
  isParsed: boolean,
): Promise<void> => {
  for (;;) {
    const { status, text } = await connection.post(body.bytes);
    if (status === 503) {
      meter.refused += 1;
      await sleep(RETRY_MS);
      continue;
    }
    if (status !== 201) throw new Error(`${status} ${text().slice(0, 500)}`);
    if (!isParsed) return;
    const { accepted } = JSON.parse(text());
    if (accepted !== body.events) throw new Error(`not all accepted: ${text().slice(0, 500)}`);
    return;
  }
};

const withClients = async (
  count: number,
  { url, headers }: Endpoint,
  client: (connection: Connection) => Promise<void>,
): Promise<void> => {
  const connections = Array.from(
    { length: count },
    () => new Connection(url, '/v1/events', { ...headers, 'content-type': 'application/x-ndjson' }),
  );
  try {
    await Promise.all(connections.map(client));
  } finally {
    for (const connection of connections) connection.close();
  }
};

const record = async (task: Task & { kind: 'record' }): Promise<LoadResult> => {
  const free = [...poolOf(task.batch, task.clients)];
  const meter = new Meter(task.warmUpMs, task.durationMs);
  let next = task.first;
  let answers = 0;
  await withClients(task.clients, task, async (connection) => {
    while (!meter.isOver) {
      const body = free.shift();
      if (body === undefined) throw new Error('fewer bodies than clients');
      body.stamp(next, STEP_MS);
      next += body.events;
      answers += 1;
      const sentMs = performance.now();
      await store(connection, body, meter, answers % PARSED_EVERY === 1);
      meter.add(sentMs, body.events);
      free.push(body);
    }
  });
  return meter.result(next);
};

/** Records exactly this many events of the workload, in order of time. */
const fill = async (task: Task & { kind: 'fill' }): Promise<LoadResult> => {
  const meter = new Meter(0, Number.POSITIVE_INFINITY);
  let next = 0;
  await withClients(FILL.clients, task, async (connection) => {
    while (next < task.count) {
      const first = next;
      const length = Math.min(FILL.batch, task.count - first);
      next += length;
      const events = Array.from({ length }, (_, offset) =>
        workload.event(first + offset, timeOf(first + offset, task.count)),
      );
      const sentMs = performance.now();
      await store(connection, new Body(events), meter, true);
      meter.add(sentMs, length);
    }
  });
  return meter.result(next);
};

/** Asks again and again; the first answer is given to `check`. */
const askAgain = async (
  task: Endpoint & { readonly path: string; readonly requests: number },
  check: (text: string) => void,
): Promise<LoadResult> => {
  const meter = new Meter(0, Number.POSITIVE_INFINITY);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = 0; index < task.requests; index += 1) {
    const sentMs = performance.now();
    const { status, text } = await get(task, agent, task.path);
    meter.add(sentMs, 1);
    if (status !== 200) throw new Error(`${status} ${text().slice(0, 500)}`);
    if (index === 0) check(text());
  }
  agent.destroy();
  return meter.result(0);
};

const page = (task: Task & { kind: 'page' }): Promise<LoadResult> => {
  const path = `/v1/events?tenant_id=${LARGEST_TENANT}&limit=${PAGE_EVENTS}`;
  return askAgain({ ...task, path }, (text) => {
    const { events } = JSON.parse(text);
    if (events.length !== PAGE_EVENTS) throw new Error(`a page of ${events.length} events`);
  });
};

/** An answer that holds nothing would be fast, and a page that gave up; a count may stop. */
const checkAnswer = (text: string): void => {
  const { events, buckets, facets, notices = [] } = JSON.parse(text);
  const entries: readonly unknown[] = events ?? buckets ?? facets ?? [];
  if (entries.length === 0) throw new Error(`an empty answer: ${text.slice(0, 300)}`);
  if (notices.length > 0) throw new Error(`not whole: ${text.slice(-300)}`);
};

/** How many of the first `count` events are this tenant's. */
const storedOf = (tenant: string, count: number): number => {
  let found = 0;
  for (let index = 0; index < count; index += 1) {
    if (workload.tenantOf(index) === tenant) found += 1;
  }
  return found;
};

/** Reads the largest tenant's CSV, one line a row: no value of the workload breaks a line. */
const download = async (task: Task & { kind: 'download' }): Promise<LoadResult> => {
  const rows = storedOf(LARGEST_TENANT, task.stored);
  const meter = new Meter(0, Number.POSITIVE_INFINITY);
  const sentMs = performance.now();
  const path = `/v1/events/download?tenant_id=${LARGEST_TENANT}&format=csv`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${task.url}${path}`, { headers: task.headers })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
  if (response.statusCode !== 200) throw new Error(`download: ${response.statusCode}`);
  let lines = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    meter.bytes += part.length;
    for (let at = part.indexOf(10); at !== -1; at = part.indexOf(10, at + 1)) lines += 1;
  }
  if (lines - 1 < rows) throw new Error(`a file of ${lines - 1} rows, ${rows} are stored`);
  meter.add(sentMs, rows);
  return meter.result(0);
};

const perform = (task: Task): Promise<LoadResult> => {
  switch (task.kind) {
    case 'record':
      return record(task);
    case 'fill':
      return fill(task);
    case 'ask':
      return askAgain(task, checkAnswer);
    case 'page':
      return page(task);
    case 'download':
      return download(task);
  }
};

const reply = (message: Reply): void => {
  process.send?.(message);
};
process.on('message', (task: Task) => {
  perform(task).then(
    (result) => reply({ result }),
    (error: unknown) =>
      reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// Without the bench there is nobody to work for.
process.once('disconnect', () => process.exit(0));
