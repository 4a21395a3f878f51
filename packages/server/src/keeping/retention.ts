/**
 * Retention: what has been kept for long enough is taken away, in small batches that give way to
 * recording. Each run is kept, and what it took is told by an event of the log's own.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep, setImmediate as yieldToOthers } from 'node:timers/promises';
import { OWN_TYPES } from '@annals/contract/own-events';
import {
  type Retention,
  type RetentionRun,
  type RetentionState,
  ROUTES,
} from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import type { Keeping, Principal, ProjectRow, RetentionView, TenantRow } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { Progress } from '../ledger/ledger.ts';
import type { KeyRange, RunRow, Takes } from '../store/store.ts';
import type { KeepingParts } from './parts.ts';

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
/** Behind every time: all events of a tenant that has ended. */
const ALL_TIME = Number.MAX_SAFE_INTEGER;

const instant = (ms: number | null): string | null => (ms === null ? null : formatInstant(ms));

/** Which sequences lost something: one bit each, the first of each byte is its lowest. */
class Bitmap {
  #bytes = new Uint8Array(1_024);

  add(sequence: number): void {
    const at = Math.floor(sequence / 8);
    if (at >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[at] = (this.#bytes[at] ?? 0) | (1 << (sequence % 8));
  }

  /** SHA-256 of its bytes up to the last that is not 0, base64. */
  digest(): string {
    const end = this.#bytes.findLastIndex((byte) => byte !== 0) + 1;
    return createHash('sha256').update(this.#bytes.subarray(0, end)).digest('base64');
  }
}

const periodsOf = ({ events, personal }: { events: Keeping; personal: Keeping }): Retention => ({
  ...(events.period === undefined ? {} : { events: events.period }),
  ...(personal.period === undefined ? {} : { personal: personal.period }),
});

const describeRun = (row: RunRow): RetentionRun => ({
  takes: row.takes,
  until: row.until === ALL_TIME ? null : formatInstant(row.until),
  started_at: formatInstant(row.started_at),
  finished_at: instant(row.finished_at),
  changed: row.changed,
  held: row.held,
});

/** One piece of work: what to take, of which events, and by which rule. */
interface Task {
  readonly tenant: TenantRow;
  readonly takes: Takes;
  /** Events from before this time. */
  readonly until: number;
  readonly policy: Retention;
}

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
      closed_at: instant(tenant.closed_at),
      ends_at: instant(tenant.ends_at),
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
    if (tenant.ends_at !== null && tenant.ends_at <= now) {
      await this.#take({ tenant, takes: 'event', until: ALL_TIME, policy: {} }, progress);
      return;
    }
    const { inEffect } = await access.retention.of(project, tenant, now);
    const policy = periodsOf(inEffect);
    const parts = { event: inEffect.events.before, personal: inEffect.personal.before } as const;
    for (const takes of ['event', 'personal'] as const) {
      const until = parts[takes];
      if (until > 0) await this.#take({ tenant, takes, until, policy }, progress);
    }
  }

  /** What happened since the last time, and what was recorded since then of before. */
  async #take(task: Task, progress: Progress): Promise<void> {
    const { store } = this.#parts;
    const { tenant, takes, until } = task;
    const { tenant_no } = tenant;
    const head = await store.heads.byTenant(tenant_no);
    if (head === undefined) return;
    const { doneTo, doneSequence } = await store.retentions.mark(tenant_no, takes);
    const late = { from: 0, to: Math.min(doneTo, until), sequence: doneSequence };
    const fresh = { from: doneTo, to: until, sequence: 0 };
    if (head.size > doneSequence) await this.#takeRange(task, late, progress);
    if (until > doneTo) await this.#takeRange(task, fresh, progress);
    await store.retentions.setMark(tenant_no, takes, { doneTo: until, doneSequence: head.size });
  }

  async #takeRange(task: Task, range: KeyRange, progress: Progress): Promise<void> {
    const { store } = this.#parts;
    const { tenant_no } = task.tenant;
    let keys = await store.retentions.keys(tenant_no, range, undefined, BATCH_EVENTS);
    while (keys.length > 0) {
      const run = new Run(this.#parts, task, keys[0]?.occurredAt ?? 0);
      while (keys.length > 0 && run.seen < RUN_EVENTS) {
        if (this.#isStopping) throw new Fault('stopping');
        const started = performance.now();
        await run.take(keys.map(({ sequence }) => sequence));
        await progress(run.seen, run.seen);
        const last = keys.at(-1);
        keys = await store.retentions.keys(tenant_no, range, last, BATCH_EVENTS);
        await this.#giveWay(performance.now() - started);
      }
      await run.end();
    }
  }

  /** Recording goes first. */
  async #giveWay(tookMs: number): Promise<void> {
    await yieldToOthers();
    if (this.#parts.ledger.queuedEvents === 0) return;
    await sleep(Math.min(BUSY_PAUSE_MOST_MS, tookMs * BUSY_PAUSE));
  }
}

/** One run over some events, as it is kept and told. */
class Run {
  readonly #parts: KeepingParts;
  readonly #task: Task;
  readonly #runId = randomUUID();
  readonly #bitmap = new Bitmap();
  readonly #from: number;
  #changed = 0;
  #held = 0;
  #isKept = false;
  seen = 0;

  constructor(parts: KeepingParts, task: Task, from: number) {
    this.#parts = parts;
    this.#task = task;
    this.#from = from;
  }

  async take(sequences: readonly number[]): Promise<void> {
    const { ledger } = this.#parts;
    const { tenant, takes } = this.#task;
    const sorted = sequences.toSorted((one, other) => one - other);
    const changes = sorted.map((sequence) => ({ sequence, take: takes }));
    const done = await ledger.revise(tenant.tenant_no, changes);
    const changed = [...done.removed, ...done.erased];
    for (const sequence of changed) this.#bitmap.add(sequence);
    this.seen += sequences.length;
    this.#changed += changed.length;
    this.#held += done.held.length;
    if (this.#changed + this.#held > 0) await this.#keep();
  }

  /** A run that finds nothing to do leaves no trace. */
  async #keep(): Promise<void> {
    const { retentions } = this.#parts.store;
    const fields = { changed: this.#changed, held: this.#held };
    if (this.#isKept) return await retentions.updateRun(this.#runId, fields);
    const { tenant, takes, until, policy } = this.#task;
    this.#isKept = true;
    await retentions.addRun({
      ...{ run_id: this.#runId, tenant_no: tenant.tenant_no, takes, until },
      ...{ policy: JSON.stringify(policy), started_at: Date.now(), finished_at: null },
      ...{ ...fields, digest: null },
    });
  }

  async end(): Promise<void> {
    if (!this.#isKept) return;
    const digest = this.#bitmap.digest();
    if (this.#changed > 0) await this.#tell(digest);
    const fields = { finished_at: Date.now(), digest };
    await this.#parts.store.retentions.updateRun(this.#runId, fields);
  }

  /** A log that has ended gets no more events. */
  async #tell(digest: string): Promise<void> {
    const { tenant, takes, until, policy } = this.#task;
    if (until === ALL_TIME) return;
    await this.#parts.recordOwn(tenant, [
      {
        action: 'annals.retention.applied',
        event_type: OWN_TYPES.administration,
        operation: 'delete',
        actor: { type: 'system' },
        outcome: { result: 'success' },
        metadata: {
          ...{ takes, from: formatInstant(this.#from), to: formatInstant(until) },
          ...{ n: this.#changed, held: this.#held, policy, digest },
        },
      },
    ]);
  }
}
