/** Definitions of projects, every version of them: what is applied, and what was before. */
import type { Database } from './database.ts';
import type { ProjectRow } from './projects.ts';

export interface NewDefinition {
  readonly projectNo: number;
  /** The version that is there, which this one follows. */
  readonly after: number;
  /** JSON text. */
  readonly text: string;
  /** Whose id applied it. */
  readonly by: string;
  readonly fields: Pick<ProjectRow, 'label' | 'time_zone' | 'policy'>;
  readonly now: number;
}

export interface Definitions {
  /** JSON text. */
  byVersion(projectNo: number, version: number): Promise<string | undefined>;
  /** When each version was applied, the first one first. */
  history(projectNo: number): Promise<{ version: number; applied_at: number }[]>;
  /** Applies the next version; false: another one has been applied meanwhile. */
  add(definition: NewDefinition): Promise<boolean>;
}

export const definitionsOf = (database: Database): Definitions => ({
  async byVersion(projectNo, version) {
    const row = await database.kysely
      .selectFrom('definition')
      .select('text')
      .where('project_no', '=', projectNo)
      .where('version', '=', version)
      .executeTakeFirst();
    return row?.text;
  },
  history: (projectNo) =>
    database.kysely
      .selectFrom('definition')
      .select(['version', 'applied_at'])
      .where('project_no', '=', projectNo)
      .orderBy('version')
      .execute(),
  async add({ projectNo, after, text, by, fields, now }) {
    const { label, time_zone, policy } = fields;
    // The first of two at once adds the row; the other one's is there then.
    const [added] = await database.write([
      {
        sql: `INSERT INTO definition (project_no, version, text, applied_by, applied_at)
          SELECT project_no, version + 1, ?, ?, ? FROM project
          WHERE project_no = ? AND version = ? ON CONFLICT DO NOTHING`,
        parameters: [text, by, now, projectNo, after],
      },
      {
        sql: `UPDATE project SET version = version + 1, label = ?, time_zone = ?, policy = ?
          WHERE project_no = ? AND version = ?`,
        parameters: [label, time_zone, policy, projectNo, after],
      },
    ]);
    return added === 1;
  },
});
