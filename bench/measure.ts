/**
 * The measuring itself, in two parts: recording on fresh, growing data; then reading, size and
 * export on data of exactly so many events. Rounds of the targets are interleaved, so that a slow
 * minute of the machine meets all of them; a figure is the median of its rounds.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Definition } from '@annals/contract/definition';
import type { Job, RetentionState } from '@annals/contract/routes';
import { type Figures, type Group, median } from './budget.ts';
import type { LoadResult } from './load.ts';
import { type Loader, startLoader } from './loader.ts';
import { peakDuring, residentMb } from './memory.ts';
import { type Cleanup, lastWords } from './processes.ts';
import { DEFINITION, QUESTIONS, VIEW, VIEWED } from './questions.ts';
import { isAnnals, startTarget, type Target, type TargetName } from './targets.ts';
import { WORKLOAD } from './workload.ts';

export interface Settings {
  readonly groups: readonly Group[];
  readonly targets: readonly TargetName[];
  readonly events: number;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly roundMs: number;
  readonly sustainedMs: number;
  readonly pageRequests: number;
  readonly questionRequests: number;
}
const DAY_MS = 86_400_000;
/** How long a server is left alone before its idle memory is read, in ms. */
const IDLE_MS = 2_000;
/** How often the follower is asked how far it is, in ms. */
const LOOK_MS = 200;
const BATCHES = [
  { group: 'batch1', batch: 1, clients: 32 },
  { group: 'batch100', batch: 100, clients: 16 },
  { group: 'batch1000', batch: 1_000, clients: 8 },
] as const;
const SUSTAINED = { batch: 100, clients: 16 } as const;

export interface Round extends Partial<LoadResult> {
  readonly row: string;
  readonly target: TargetName;
  readonly peakMb?: number;
  /** Events recorded a second: before, beside and after something. */
  readonly rates?: Readonly<Record<string, number>>;
}
export interface Findings {
  readonly rounds: readonly Round[];
  figures(row: string): Figures;
}

/** Collects what was measured; says each finding as it comes. */
class Notebook implements Findings {
  readonly rounds: Round[] = [];
  readonly #values = new Map<string, Map<TargetName, number[]>>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  add(row: string, target: TargetName, value: number | undefined): void {
    if (value === undefined) return;
    const ofRow = this.#values.get(row) ?? new Map<TargetName, number[]>();
    this.#values.set(row, ofRow);
    ofRow.set(target, [...(ofRow.get(target) ?? []), value]);
    const shown = value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US');
    this.#say(`${row.padEnd(18)} ${target.padEnd(16)} ${shown}`);
  }

  figures(row: string): Figures {
    const ofRow = this.#values.get(row) ?? new Map<TargetName, number[]>();
    return Object.fromEntries([...ofRow].map(([target, values]) => [target, median(values)]));
  }
}

interface Bench {
  readonly settings: Settings;
  readonly cleanup: Cleanup;
  readonly folder: string;
  readonly loader: Loader;
  readonly notes: Notebook;
  /** Of the targets started last: read when something fails, before all is removed. */
  readonly logs: Map<TargetName, string>;
}

const endpointOf = ({ url, headers }: Target) => ({ url, headers });

const startAll = async (
  { settings, cleanup, folder, logs }: Bench,
  part: string,
  names: readonly TargetName[] = settings.targets,
): Promise<Target[]> => {
  const targets: Target[] = [];
  for (const name of names) {
    const target = await startTarget(cleanup, name, join(folder, `${part}-${name}`));
    targets.push(target);
    logs.set(name, target.logFile);
  }
  return targets;
};

const measureBatches = async (
  { settings, loader, notes }: Bench,
  targets: readonly Target[],
  next: Map<TargetName, number>,
): Promise<void> => {
  for (const { group, batch, clients } of BATCHES) {
    if (!settings.groups.includes(group)) continue;
    for (let round = 0; round < settings.rounds; round += 1) {
      for (const target of targets) {
        const result = await loader.perform({
          ...endpointOf(target),
          kind: 'record',
          batch,
          clients,
          warmUpMs: settings.warmUpMs,
          durationMs: settings.roundMs,
          first: next.get(target.name) ?? 0,
        });
        next.set(target.name, result.next);
        notes.rounds.push({ row: group, target: target.name, ...result });
        notes.add(`${group}.rate`, target.name, result.perSecond);
        notes.add(`${group}.p99`, target.name, result.p99Ms);
        // The next target has the machine to itself.
        if (isAnnals(target.name)) await untilIndexed(target);
      }
    }
  }
};

const measureSustained = async (
  { settings, loader, notes }: Bench,
  targets: readonly Target[],
  next: Map<TargetName, number>,
): Promise<void> => {
  for (const target of targets) {
    const { result, peakMb } = await peakDuring(target.pid(), () =>
      loader.perform({
        ...endpointOf(target),
        ...SUSTAINED,
        kind: 'record',
        warmUpMs: settings.warmUpMs,
        durationMs: settings.sustainedMs,
        first: next.get(target.name) ?? 0,
      }),
    );
    next.set(target.name, result.next);
    const peak = peakMb === undefined ? {} : { peakMb };
    notes.rounds.push({ row: 'sustained', target: target.name, ...result, ...peak });
    notes.add('sustained.rate', target.name, result.perSecond);
    notes.add('sustained.p99', target.name, result.p99Ms);
    notes.add('sustained.steadiness', target.name, result.steadiness);
    notes.add('memory.recording', target.name, peakMb);
    if (isAnnals(target.name)) {
      const lag = await lagOf(target);
      const caughtUp = await untilIndexed(target);
      notes.rounds.push({ row: 'sustained.lag', target: target.name, events: lag });
      notes.add('sustained.caught-up', target.name, caughtUp / 1_000);
    }
  }
};

const recordRows = async (bench: Bench): Promise<void> => {
  const { groups } = bench.settings;
  const isWanted = (group: Group): boolean => groups.includes(group);
  const hasMemory = isWanted('memory');
  if (!hasMemory && !isWanted('sustained') && !BATCHES.some(({ group }) => isWanted(group))) return;
  const targets = await startAll(bench, 'record');
  if (hasMemory) {
    await sleep(IDLE_MS);
    for (const { name, pid } of targets) bench.notes.add('memory.idle', name, residentMb(pid()));
  }
  const next = new Map<TargetName, number>();
  await measureBatches(bench, targets, next);
  if (hasMemory || isWanted('sustained')) await measureSustained(bench, targets, next);
  for (const target of targets) await target.stop();
};

/** Fills a target; then its size, with the server stopped, and its server fresh again. */
const fillAndWeigh = async ({ settings, loader, notes }: Bench, target: Target): Promise<void> => {
  const filled = await loader.perform({
    ...endpointOf(target),
    kind: 'fill',
    count: settings.events,
  });
  notes.rounds.push({ row: 'fill', target: target.name, ...filled });
  notes.add('fill.rate', target.name, filled.perSecond);
  if (isAnnals(target.name)) await untilIndexed(target);
  await target.stopServer();
  if (settings.groups.includes('bytes')) {
    notes.add('bytes', target.name, (await target.bytes()) / settings.events);
  }
  await target.startServer();
};

/** Events that the indexes do not have yet. */
const lagOf = async ({ url }: Target): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^annals_follower_lag_events\{[^}]*\} (\d+)/m.exec(text)?.[1]);
};

/** Waits until the indexes hold everything; answers how long that took, in ms. */
const untilIndexed = async (target: Target): Promise<number> => {
  const began = performance.now();
  // What was recorded last is told to the follower a moment later.
  await sleep(LOOK_MS);
  while ((await lagOf(target)) > 0) await sleep(LOOK_MS);
  return performance.now() - began;
};

const measureExports = async (
  { settings, loader, notes }: Bench,
  targets: readonly Target[],
): Promise<void> => {
  await sleep(IDLE_MS);
  const idle = new Map(targets.map(({ name, pid }) => [name, residentMb(pid())]));
  const most = new Map<TargetName, number>();
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const target of targets) {
      const { result, peakMb = 0 } = await peakDuring(target.pid(), () =>
        loader.perform({ ...endpointOf(target), kind: 'download', stored: settings.events }),
      );
      most.set(target.name, Math.max(peakMb, most.get(target.name) ?? 0));
      notes.rounds.push({ row: 'export', target: target.name, ...result, peakMb });
      notes.add('export.rate', target.name, result.perSecond);
    }
  }
  for (const { name } of targets) {
    const idleMb = idle.get(name);
    // The median of peaks would hide what one export left behind for the next.
    if (idleMb !== undefined) notes.add('export.memory', name, (most.get(name) ?? 0) - idleMb);
  }
};

const measurePages = async (
  { settings, loader, notes }: Bench,
  targets: readonly Target[],
): Promise<void> => {
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const target of targets) {
      const result = await loader.perform({
        ...endpointOf(target),
        kind: 'page',
        requests: settings.pageRequests,
      });
      notes.rounds.push({ row: 'page', target: target.name, ...result });
      notes.add('page.p50', target.name, result.p50Ms);
    }
  }
};

const measureQuestions = async (
  { settings, loader, notes }: Bench,
  targets: readonly Target[],
): Promise<void> => {
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const { name, path } of QUESTIONS) {
      for (const target of targets) {
        const result = await loader.perform({
          ...endpointOf(target),
          kind: 'ask',
          path,
          requests: settings.questionRequests,
        });
        notes.rounds.push({ row: `find.${name}`, target: target.name, ...result });
        notes.add(`find.${name}`, target.name, result.p50Ms);
      }
    }
  }
};

/** The JSON of an answer. Throws what a target says that refuses. */
const askTarget = async (
  { url, headers }: Target,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<unknown> => {
  const answer = await fetch(url + path, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
};

const define = async (target: Target, definition: Definition): Promise<void> => {
  await askTarget(target, 'PUT', `/v1/projects/${definition.project}`, { definition });
};

/** The same pages with a view and without, one after the other. */
const measureViews = async (
  { settings, loader, notes }: Bench,
  targets: readonly Target[],
): Promise<void> => {
  for (const target of targets) await define(target, DEFINITION);
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const { name, path } of VIEWED) {
      for (const target of targets) {
        const ask = (asked: string) =>
          loader.perform({
            ...endpointOf(target),
            kind: 'ask',
            path: asked,
            requests: settings.questionRequests,
          });
        const plain = await ask(`${path}&view=all`);
        const viewed = await ask(`${path}&view=${VIEW}`);
        notes.rounds.push({ row: `view.${name}`, target: target.name, ...viewed });
        notes.add(`view.${name}`, target.name, viewed.p50Ms / plain.p50Ms);
      }
    }
  }
};

const readRows = async (bench: Bench): Promise<void> => {
  const { groups, targets: names } = bench.settings;
  const isWanted = (group: Group): boolean => groups.includes(group);
  const wantsData = (['page', 'find', 'export', 'bytes'] as const).some(isWanted);
  if (!wantsData) return;
  const wanted = names.filter((name) => name !== 'file' || isWanted('bytes'));
  const targets = await startAll(bench, 'read', wanted);
  for (const target of targets) await fillAndWeigh(bench, target);
  const readers = targets.filter(({ name }) => name !== 'file');
  if (isWanted('export')) await measureExports(bench, readers);
  if (isWanted('page')) await measurePages(bench, readers);
  const answering = readers.filter(({ name }) => isAnnals(name));
  if (isWanted('find')) await measureQuestions(bench, answering);
  if (isWanted('find')) await measureViews(bench, answering);
  for (const target of targets) await target.stop();
};

/** The first 27 of the workload's 90 days are over: 30 % of what is filled. */
const RETAINED_SHARE = 0.7;
/** So far on, what is recorded meanwhile is of days that are kept. */
const KEPT_FIRST = 8_000_000;
const TENANTS = Array.from({ length: WORKLOAD.tenants }, (_, rank) => `tenant-${rank + 1}`);

/** Nothing is kept longer: has to be said before there is any event, else it waits for 7 days. */
const defineRetention = async (target: Target): Promise<void> => {
  const over = WORKLOAD.startMs + (1 - RETAINED_SHARE) * WORKLOAD.spanMs;
  const days = Math.floor((Date.now() - over) / DAY_MS);
  const retention = { events: `P${days}D` };
  const definition = { project: 'default', label: 'Kept', views: {}, roles: {}, retention };
  await define(target, definition);
};

/** Removes what is due of each tenant, and tells how many events are gone. */
class Retaining {
  readonly #target: Target;
  isOver = false;

  constructor(target: Target) {
    this.#target = target;
  }

  async run(): Promise<void> {
    for (const tenant_id of TENANTS) {
      let job: Job = await this.#ask('POST', '/v1/jobs', { kind: 'retention', tenant_id });
      while (job.state === 'running') {
        await sleep(LOOK_MS);
        job = await this.#ask('GET', `/v1/jobs/${job.job_id}`);
      }
      if (job.state !== 'completed') throw new Error(`retention ${job.state}: ${job.error}`);
    }
    this.isOver = true;
  }

  /** Of all runs, as the server begins some by itself in a bench that takes hours. */
  async removed(): Promise<number> {
    let sum = 0;
    for (const tenant of TENANTS) {
      const path = `/v1/retention?tenant_id=${tenant}`;
      const { runs } = await this.#ask<RetentionState>('GET', path);
      for (const { changed } of runs) sum += changed;
    }
    return sum;
  }

  async #ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    return (await askTarget(this.#target, method, path, body)) as T;
  }
}

const retainOf = async ({ settings, loader, notes }: Bench, target: Target): Promise<void> => {
  await defineRetention(target);
  await loader.perform({ ...endpointOf(target), kind: 'fill', count: settings.events });
  await untilIndexed(target);
  let first = Math.max(KEPT_FIRST, settings.events);
  const record = async (): Promise<number> => {
    const result = await loader.perform({
      ...endpointOf(target),
      ...SUSTAINED,
      kind: 'record',
      warmUpMs: settings.warmUpMs,
      durationMs: settings.sustainedMs,
      first,
    });
    first = result.next;
    return result.perSecond;
  };
  const before = await record();
  await untilIndexed(target);
  const retaining = new Retaining(target);
  const running = retaining.run();
  const started = performance.now();
  const perSecond = await record();
  const [busy, busyMs] = [await retaining.removed(), performance.now() - started];
  if (retaining.isOver) throw new Error('all was removed before the round was over: more --events');
  await running;
  const restMs = performance.now() - started - busyMs;
  const removed = await retaining.removed();
  await untilIndexed(target);
  // A server that has run for longer is faster: one round before, one after.
  const after = await record();
  const alone = (before + after) / 2;
  const rates = { before, beside: perSecond, after };
  notes.rounds.push({ row: 'retention', target: target.name, events: removed, rates });
  notes.add('retention.share', target.name, perSecond / alone);
  notes.add('retention.busy', target.name, (busy / busyMs) * 1_000);
  notes.add('retention.alone', target.name, ((removed - busy) / restMs) * 1_000);
};

const retentionRows = async (bench: Bench): Promise<void> => {
  const { groups, targets: names } = bench.settings;
  if (!groups.includes('retention')) return;
  for (const target of await startAll(bench, 'retention', names.filter(isAnnals))) {
    await retainOf(bench, target);
    await target.stop();
  }
};

/** Measures what the settings ask for. Throws when a target fails; the caller cleans up. */
export const measure = async (
  settings: Settings,
  cleanup: Cleanup,
  folder: string,
  say: (line: string) => void,
): Promise<Findings> => {
  const notes = new Notebook(say);
  const logs = new Map<TargetName, string>();
  const bench: Bench = { settings, cleanup, folder, notes, logs, loader: startLoader(cleanup) };
  try {
    await recordRows(bench);
    await readRows(bench);
    await retentionRows(bench);
  } catch (error) {
    for (const [name, logFile] of logs) say(`--- ${name} said last:\n${lastWords(logFile)}`);
    throw error;
  }
  return notes;
};
