/** Long pieces of work on the ledger, kept where every server can tell how far they are. */
import { randomUUID } from 'node:crypto';
import { JOB_KINDS, type Job, type VerifyResult } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { JobRow, Store } from '../store/store.ts';
import type { Progress } from './verify.ts';

/** How often a running job says that it lives, in ms. */
const BEAT_MS = 1_000;
/** A job silent for so long was cut off with its server, in ms. */
const SILENT_MS = 60_000;

/** A job with its place. */
export interface FoundJob {
  readonly job: Job;
  readonly projectNo: number;
  readonly tenantNo: number;
}

export interface JobPlace {
  readonly kind: Job['kind'];
  readonly projectNo: number;
  readonly tenantNo: number;
}
/** Answers what it found, if that is more than that it is done. */
export type JobWork = (progress: Progress) => Promise<VerifyResult | undefined>;

class JobStopped extends Error {}

function describe(row: JobRow, now: number): Job {
  const isCutOff = row.state === 'running' && now - row.beat_at > SILENT_MS;
  return {
    job_id: row.job_id,
    kind: JOB_KINDS.find((kind) => kind === row.kind) ?? 'verify',
    state: isCutOff ? 'failed' : row.state === 'running' ? 'running' : finished(row),
    done: row.done,
    total: row.total,
    created_at: formatInstant(row.created_at),
    finished_at: row.finished_at === null ? null : formatInstant(row.finished_at),
    result: row.result === null ? null : (JSON.parse(row.result) as VerifyResult),
    error: isCutOff ? 'The server that ran this job has stopped. Start it again.' : row.error,
  };
}

const finished = (row: JobRow) => (row.state === 'completed' ? 'completed' : 'failed');

export class Jobs {
  readonly #store: Store;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();
  #isStopping = false;

  constructor(store: Store, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Starts work and answers at once. */
  async start(place: JobPlace, work: JobWork): Promise<Job> {
    const now = Date.now();
    const row: JobRow = {
      job_id: randomUUID(),
      kind: place.kind,
      project_no: place.projectNo,
      tenant_no: place.tenantNo,
      state: 'running',
      done: 0,
      total: 0,
      created_at: now,
      beat_at: now,
      finished_at: null,
      result: null,
      error: null,
    };
    await this.#store.jobs.add(row);
    const run = this.#run(row.job_id, work).finally(() => this.#running.delete(run));
    this.#running.add(run);
    return describe(row, now);
  }

  async #run(jobId: string, work: JobWork): Promise<void> {
    let beatenAt = 0;
    let seen = { done: 0, total: 0 };
    const progress: Progress = async (done, total) => {
      seen = { done, total };
      if (this.#isStopping) throw new JobStopped('The server stopped. Start the job again.');
      const now = Date.now();
      if (now - beatenAt < BEAT_MS) return;
      beatenAt = now;
      await this.#store.jobs.update(jobId, { done, total, beat_at: now });
    };
    const end = (fields: Partial<JobRow>) =>
      this.#store.jobs.update(jobId, { ...fields, finished_at: Date.now() });
    try {
      const result = await work(progress);
      const { done, total } = result ? { done: result.events, total: result.size } : seen;
      const told = result ? JSON.stringify(result) : null;
      await end({ state: 'completed', result: told, done, total });
    } catch (error) {
      this.#log.error({ err: error, job_id: jobId }, 'job failed');
      const told = error instanceof JobStopped || error instanceof Fault;
      const words = told ? error.message : 'An internal error occurred; the log knows more.';
      await end({ state: 'failed', error: words }).catch((failure: unknown) =>
        this.#log.error({ err: failure, job_id: jobId }, 'the end of a job could not be kept'),
      );
    }
  }

  /** The job with its place, for the caller to decide who may know of it. */
  async find(jobId: string): Promise<FoundJob | undefined> {
    const row = await this.#store.jobs.byId(jobId);
    if (row === undefined) return undefined;
    const { project_no: projectNo, tenant_no: tenantNo } = row;
    return { job: describe(row, Date.now()), projectNo, tenantNo };
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
  }
}
