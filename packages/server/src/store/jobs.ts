/** Long pieces of work, how far they are and what came of them. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type JobRow = Selectable<Tables['job']>;

export interface Jobs {
  add(row: JobRow): Promise<void>;
  byId(jobId: string): Promise<JobRow | undefined>;
  update(jobId: string, fields: Partial<Omit<JobRow, 'job_id'>>): Promise<void>;
}

export const jobsOf = ({ kysely }: Database): Jobs => ({
  async add(row) {
    await kysely.insertInto('job').values(row).execute();
  },
  byId: (jobId) =>
    kysely.selectFrom('job').selectAll().where('job_id', '=', jobId).executeTakeFirst(),
  async update(jobId, fields) {
    await kysely.updateTable('job').set(fields).where('job_id', '=', jobId).execute();
  },
});
