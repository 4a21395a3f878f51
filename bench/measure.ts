/**
 * The measuring itself, in two parts: recording on fresh, growing data; then reading, size and
 * export on data of exactly so many events. Rounds of the targets are interleaved, so that a slow
 * minute of the machine meets all of them; a figure is the median of its rounds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Group } from './budget.ts';
import { startLoader } from './loader.ts';
import { peakDuring, residentMb } from './memory.ts';
import {
  type Bench,
  define,
  endpointOf,
  type Findings,
  IDLE_MS,
  lagOf,
  Notebook,
  type Settings,
  SUSTAINED,
  startAll,
  untilIndexed,
} from './notes.ts';
import { type Cleanup, lastWords } from './processes.ts';
import { DEFINITION, QUESTIONS, VIEW, VIEWED } from './questions.ts';
import { retentionRows } from './retaining.ts';
import { storedRows } from './stored.ts';
import { isAnnals, type Target, type TargetName } from './targets.ts';

const BATCHES = [
  { group: 'batch1', batch: 1, clients: 32 },
  { group: 'batch100', batch: 100, clients: 16 },
  { group: 'batch1000', batch: 1_000, clients: 8 },
] as const;
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
    await storedRows(bench);
    await retentionRows(bench);
  } catch (error) {
    for (const [name, logFile] of logs) say(`--- ${name} said last:\n${lastWords(logFile)}`);
    throw error;
  }
  return notes;
};
