/** A job of the server, followed with a progress bar until it ends. Never knows what it is for. */
import type { Job } from '@annals/contract/routes';
import type { Client, NewJob } from '@annals/sdk';
import { count, countedEvents, type Terminal } from './terminal.ts';

/** Retries of a call while a job is followed: a restarting server is waited for. */
export const FOLLOW_RETRIES = 5;

export const progressOn = (terminal: Terminal) => (done: number, total: number) =>
  terminal.progress(`${count(done)} of ${countedEvents(total)}`, done, total);

export interface JobOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly kind: NewJob['kind'];
  readonly tenantId: string;
  readonly signal: AbortSignal;
}

/** Starts a job and follows it. Resolves when it has ended, well or not. */
export const followJob = async (options: JobOptions): Promise<Job> => {
  const { client, terminal, kind, tenantId, signal } = options;
  const progress = progressOn(terminal);
  const { job_id } = await client.jobs.create({ kind, tenant_id: tenantId }, { signal });
  return await client.jobs
    .wait(job_id, { signal, onProgress: ({ done, total }) => progress(done, total) })
    .finally(() => terminal.endProgress());
};
