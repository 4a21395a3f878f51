/** Projects: one product whose events are recorded. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type ProjectRow = Selectable<Tables['project']>;
type Fields = Pick<ProjectRow, 'label' | 'time_zone' | 'create_tenants'>;

export interface Projects {
  list(): Promise<ProjectRow[]>;
  byName(project: string): Promise<ProjectRow | undefined>;
  byNumber(projectNo: number): Promise<ProjectRow | undefined>;
  /** Makes the project with all fields, or changes the given ones of the one that is there. */
  put(project: string, fields: Partial<Fields>, defaults: Fields, now: number): Promise<void>;
}

export const projectsOf = ({ kysely }: Database): Projects => ({
  list: () => kysely.selectFrom('project').selectAll().orderBy('project').execute(),
  byName: (project) =>
    kysely.selectFrom('project').selectAll().where('project', '=', project).executeTakeFirst(),
  byNumber: (projectNo) =>
    kysely.selectFrom('project').selectAll().where('project_no', '=', projectNo).executeTakeFirst(),
  async put(project, fields, defaults, now) {
    const insert = kysely
      .insertInto('project')
      .values({ project, ...defaults, ...fields, created_at: now });
    await insert
      .onConflict((conflict) =>
        Object.keys(fields).length === 0
          ? conflict.doNothing()
          : conflict.column('project').doUpdateSet(fields),
      )
      .execute();
  },
});
