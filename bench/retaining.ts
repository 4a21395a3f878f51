/** Recording beside retention, and how fast retention removes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, RetentionState } from '@annals/contract/routes';
import {
  askTarget,
  type Bench,
  define,
  endpointOf,
  LOOK_MS,
  onEachAnnals,
  recorderOf,
  untilIndexed,
} from './notes.ts';
import type { Target } from './targets.ts';
import { TENANTS, WORKLOAD } from './workload.ts';

const DAY_MS = 86_400_000;
/** The first 27 of the workload's 90 days are over: 30 % of what is filled. */
const RETAINED_SHARE = 0.7;
/** So far on, what is recorded meanwhile is of days that are kept. */
const KEPT_FIRST = 8_000_000;

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
  const round = {
    durationMs: settings.sustainedMs,
    from: Math.max(KEPT_FIRST, settings.events),
  };
  const record = recorderOf({ settings, loader }, target, round);
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

export const retentionRows = (bench: Bench): Promise<void> =>
  onEachAnnals(bench, 'retention', retainOf);
