/** Files that the server makes and keeps: how fast, with how much memory, and beside recording. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Export } from '@annals/contract/exports';
import { peakDuring, residentMb } from './memory.ts';
import {
  askTarget,
  type Bench,
  endpointOf,
  IDLE_MS,
  LOOK_MS,
  onEachAnnals,
  recorderOf,
  untilIndexed,
} from './notes.ts';
import type { Target } from './targets.ts';
import { TENANTS } from './workload.ts';

/** Rounds of recording are as long as so many others: files take their time. */
const LONG = 5;

/** Everything that is stored, a file a tenant; answers how many rows there are. */
async function storeAll(target: Target): Promise<number> {
  const asked: Export[] = [];
  for (const tenant_id of TENANTS) {
    asked.push(await ask(target, 'POST', '', { tenant_id, format: 'csv' }));
  }
  let rows = 0;
  for (const { export_id, tenant_id } of asked) {
    const path = `/${export_id}?tenant_id=${tenant_id}`;
    let made = await ask(target, 'GET', path);
    while (made.state === 'waiting' || made.state === 'running') {
      await sleep(LOOK_MS);
      made = await ask(target, 'GET', path);
    }
    if (made.state !== 'completed') throw new Error(`a file ${made.state}: ${made.reason}`);
    rows += made.rows;
  }
  return rows;
}

const ask = async (
  target: Target,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Export> => (await askTarget(target, method, `/v1/exports${path}`, body)) as Export;

async function storeOf(bench: Bench, target: Target): Promise<void> {
  const { settings, loader, notes } = bench;
  await loader.perform({ ...endpointOf(target), kind: 'fill', count: settings.events });
  await untilIndexed(target);
  await target.stopServer();
  await target.startServer();
  await sleep(IDLE_MS);
  const idleMb = residentMb(target.pid());
  let mostMb = 0;
  for (let round = 0; round < settings.rounds; round += 1) {
    const started = performance.now();
    const { result: rows, peakMb = 0 } = await peakDuring(target.pid(), () => storeAll(target));
    const perSecond = rows / ((performance.now() - started) / 1_000);
    mostMb = Math.max(mostMb, peakMb);
    notes.rounds.push({ row: 'stored', target: target.name, events: rows, perSecond, peakMb });
    notes.add('stored.rate', target.name, perSecond);
  }
  if (idleMb !== undefined) notes.add('stored.memory', target.name, mostMb - idleMb);
  await besideRecording(bench, target);
}

async function besideRecording(bench: Bench, target: Target): Promise<void> {
  const { settings, notes } = bench;
  const round = { durationMs: LONG * settings.roundMs, from: settings.events };
  const perSecond = recorderOf(bench, target, round);
  const record = async (): Promise<number> => {
    const recorded = await perSecond();
    await untilIndexed(target);
    return recorded;
  };
  const before = await record();
  let isOver = false;
  const storing = async () => {
    let rows = 0;
    while (!isOver) rows += await storeAll(target);
    return rows;
  };
  const started = performance.now();
  const stored = storing();
  const beside = await record().finally(() => {
    isOver = true;
  });
  const rows = await stored;
  const storedMs = performance.now() - started;
  await untilIndexed(target);
  // A server that has run for longer is faster: one round before, one after.
  const after = await record();
  notes.rounds.push({ row: 'stored', target: target.name, rates: { before, beside, after } });
  notes.add('stored.share', target.name, beside / ((before + after) / 2));
  notes.add('stored.beside', target.name, (rows / storedMs) * 1_000);
}

export const storedRows = (bench: Bench): Promise<void> => onEachAnnals(bench, 'stored', storeOf);
