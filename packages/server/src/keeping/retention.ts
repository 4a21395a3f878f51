/**
 * Retention: what has been kept for long enough is taken away, in small batches that give way to
 * recording. Each run is kept, and what it took is told by an event of the log's own.
 */
import { setTimeout as sleep, setImmediate as yieldToOthers } from 'node:timers/promises';
import {
  type Retention,
  type RetentionRun,
  type RetentionState,
  ROUTES,
} from '@annals/contract/routes';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import type { Keeping, Principal, ProjectRow, RetentionView, TenantRow } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { Progress } from '../ledger/ledger.ts';
import type { KeyRange, RunRow } from '../store/store.ts';
import type { KeepingParts } from './parts.ts';
import { ALL_TIME, finishRun, Run, type Task } from './retention-run.ts';

/** Events of one batch. */
const BATCH_EVENTS = 500;
/** Events of one run: what it took is told then, and another one goes on. */
const RUN_EVENTS = 100_000;
/** While recording is busy, so many times as long as a batch took is waited after it. */
const BUSY_PAUSE = 3;
const BUSY_PAUSE_MOST_MS = 2_000;
/** Tenants looked at together. */
const TENANTS_AT_ONCE = 500;
const RUNS_TOLD = 20;
/** Events that are counted as going. */
const EVENTS_COUNTED = 100_000;
/** A run of which nothing is heard for so long has lost its server, in ms. */
const LOST_MS = 60_000;

/** Told of each batch: how many events were looked at. */
type Count = (events: number) => ReturnType<Progress>;

const periodsOf = ({ events, personal }: { events: Keeping; personal: Keeping }): Retention => ({
  ...(events.period === undefined ? {} : { events: events.period }),
  ...(personal.period === undefined ? {} : { personal: personal.period }),
});

const describeRun = (row: RunRow): RetentionRun => ({
  takes: row.takes,
  until: row.until === ALL_TIME ? null : formatInstant(row.until),
  started_at: formatInstant(row.started_at),
  finished_at: instantOrNull(row.finished_at),
  changed: row.changed,
  held: row.held,
});

export class RetentionRuns {
  readonly #parts: KeepingParts;
  #isStopping = false;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** How long a tenant's events are kept, what waits, and what was done. */
  async state(
    principal: Principal,
    asked: { project?: string; tenant_id: string },
  ): Promise<RetentionState> {
    const { access, store } = this.#parts;
    const project = await access.project(principal, asked.project, ROUTES.getRetention);
    const need = ROUTES.getRetention;
    const tenant = await access.tenantToRead(principal, project, asked.tenant_id, need);
    const view = await access.retention.of(project, tenant, Date.now());
    const { tenant_no, tenant_id } = tenant;
    const runs = await store.retentions.runs(tenant_no, RUNS_TOLD);
    return {
      tenant_id,
      of: view.of,
      in_effect: periodsOf(view.inEffect),
      pending: view.pending ? await this.#pending(tenant_no, view, view.pending) : null,
      closed_at: instantOrNull(tenant.closed_at),
      ends_at: instantOrNull(tenant.ends_at),
      runs: runs.map(describeRun),
    };
  }

  async #pending(
    tenantNo: number,
    { inEffect }: RetentionView,
    pending: NonNullable<RetentionView['pending']>,
  ): Promise<NonNullable<RetentionState['pending']>> {
    const due = (part: 'events' | 'personal') => {
      const range = { from: inEffect[part].before, to: pending[part].before };
      return this.#parts.store.retentions.countOf(tenantNo, range, EVENTS_COUNTED);
    };
    return {
      ...periodsOf(pending),
      takes_effect_at: formatInstant(pending.at),
      takes: { events: await due('events'), personal: await due('personal') },
    };
  }

  /** Takes what is due of every tenant, one after another. What fails is tried by the next run. */
  async runAll(): Promise<void> {
    const { access, log, store } = this.#parts;
    const none: Progress = () => undefined;
    for (const lost of await store.retentions.openRuns(Date.now() - LOST_MS)) {
      await finishRun(this.#parts, lost);
    }
    for (const project of await store.projects.list()) {
      const latest = await this.#latest(project);
      for (let after = 0; latest > -Infinity && !this.#isStopping; ) {
        const { project_no } = project;
        const tenants = await store.retentions.tenantsWith(
          project_no,
          latest,
          after,
          TENANTS_AT_ONCE,
        );
        for (const tenant of tenants) await this.#try(project, tenant, none);
        after = tenants.at(-1)?.tenant_no ?? after;
        if (tenants.length < TENANTS_AT_ONCE) break;
      }
    }
    for (const tenant of await store.retentions.ended(Date.now())) {
      const project = await store.projects.byNumber(tenant.project_no);
      if (project) await this.#try(project, tenant, none);
    }
    access.retention.forgetAll();
    log.debug('retention has run');
  }

  async #try(project: ProjectRow, tenant: TenantRow, progress: Progress): Promise<void> {
    if (this.#isStopping) return;
    try {
      await this.run(project, tenant, progress);
    } catch (error) {
      this.#parts.log.warn({ err: error, tenant_no: tenant.tenant_no }, 'retention failed');
    }
  }

  /** Before this time events may be due in some tenant of the project; −Infinity: in none. */
  async #latest(project: ProjectRow): Promise<number> {
    const { access, store } = this.#parts;
    if (await store.retentions.hasOwn(project.project_no)) return Date.now();
    const compiled = await access.definitions.of(project);
    const { plans = {}, ...usual } = compiled?.definition.retention ?? {};
    const all: Retention[] = [usual, ...Object.values(plans)];
    const isAny = all.some((one) => one.events !== undefined || one.personal !== undefined);
    if (!isAny) return -Infinity;
    return await access.retention.latestOf(
      all,
      compiled?.timeZone ?? project.time_zone,
      Date.now(),
    );
  }

  /** Takes what is due of one tenant. */
  async run(project: ProjectRow, tenant: TenantRow, progress: Progress): Promise<void> {
    const { access } = this.#parts;
    const now = Date.now();
    let done = 0;
    const count: Count = (events) => {
      done += events;
      return progress(done, done);
    };
    if (tenant.ends_at !== null && tenant.ends_at <= now) {
      await this.#take({ tenant, takes: 'event', until: ALL_TIME, policy: {} }, count);
      return;
    }
    const { inEffect } = await access.retention.of(project, tenant, now);
    const policy = periodsOf(inEffect);
    const parts = { event: inEffect.events.before, personal: inEffect.personal.before } as const;
    for (const takes of ['event', 'personal'] as const) {
      const until = parts[takes];
      if (until > 0) await this.#take({ tenant, takes, until, policy }, count);
    }
  }

  /** What happened since the last time, and what was recorded since then of before. */
  async #take(task: Task, count: Count): Promise<void> {
    const { store } = this.#parts;
    const { tenant, takes, until } = task;
    const { tenant_no } = tenant;
    const head = await store.heads.byTenant(tenant_no);
    if (head === undefined) return;
    const { doneTo, doneSequence } = await store.retentions.mark(tenant_no, takes);
    const late = { from: 0, to: Math.min(doneTo, until), sequence: doneSequence };
    const fresh = { from: doneTo, to: until, sequence: 0 };
    if (head.size > doneSequence) await this.#takeRange(task, late, count);
    if (until > doneTo) await this.#takeRange(task, fresh, count);
    if (this.#isStopping) throw new Fault('stopping');
    await store.retentions.setMark(tenant_no, takes, { doneTo: until, doneSequence: head.size });
  }

  async #takeRange(task: Task, range: KeyRange, count: Count): Promise<void> {
    const { store } = this.#parts;
    const { tenant_no } = task.tenant;
    let keys = await store.retentions.keys(tenant_no, range, undefined, BATCH_EVENTS);
    while (keys.length > 0 && !this.#isStopping) {
      const run = new Run(this.#parts, task, keys[0]?.occurredAt ?? 0);
      while (keys.length > 0 && run.seen < RUN_EVENTS && !this.#isStopping) {
        const started = performance.now();
        const recorded = this.#parts.ledger.recordedEvents;
        await run.take(keys.map(({ sequence }) => sequence));
        await count(keys.length);
        const last = keys.at(-1);
        keys = await store.retentions.keys(tenant_no, range, last, BATCH_EVENTS);
        await this.#giveWay(performance.now() - started, recorded);
      }
      await run.end();
    }
  }

  /** Recording goes first: what was recorded meanwhile tells that there is some. */
  async #giveWay(tookMs: number, recorded: number): Promise<void> {
    await yieldToOthers();
    if (this.#parts.ledger.recordedEvents === recorded) return;
    await sleep(Math.min(BUSY_PAUSE_MOST_MS, tookMs * BUSY_PAUSE));
  }
}
