/** How long events are kept: what tenants had before, which events are due, and what was done. */
import type { Selectable } from 'kysely';
import type { EventKey } from '../event-rows.ts';
import {
  type Database,
  integerList,
  type Statement,
  type Value,
  type WriteStep,
} from './database.ts';
import { PLACES } from './event-place.ts';
import type { Tables } from './tables.ts';
import type { TenantRow } from './tenants.ts';

/** What a run takes: whole events, or their personal values. */
export type Takes = 'event' | 'personal';
export type RunRow = Omit<Selectable<Tables['retention_run']>, 'takes'> & { readonly takes: Takes };
export type PastRow = Selectable<Tables['tenant_past']>;

/** How far runs have come: everything that happened before, of sequences below. */
export interface Mark {
  readonly doneTo: number;
  readonly doneSequence: number;
}

/** Tenants of a project by what decides their retention. */
export interface DueTenants {
  readonly projectNo: number;
  /** Of this plan; or of none of these; undefined: any. */
  readonly plan?: string | { readonly noneOf: readonly string[] };
}

/** From one time to another, of sequences from one on. */
export interface KeyRange {
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
}

export interface Retentions {
  /** What the tenant had before, since a moment. */
  past(tenantNo: number, since: number): Promise<PastRow[]>;
  addPast(row: PastRow): Promise<void>;
  mark(tenantNo: number, takes: Takes): Promise<Mark>;
  setMark(tenantNo: number, takes: Takes, mark: Mark): Promise<void>;
  /** What was left because of a hold is looked at again. */
  forgetMarks(tenantNo: number): Promise<void>;
  /** Places of events in order of time, beyond a place. */
  keys(
    tenantNo: number,
    range: KeyRange,
    after: EventKey | undefined,
    limit: number,
  ): Promise<EventKey[]>;
  /** How many events of a tenant happened from one time to another, up to a number. */
  countOf(
    tenantNo: number,
    range: { readonly from: number; readonly to: number },
    most: number,
  ): Promise<number>;
  /** The same of all tenants without a retention of their own. */
  dueOf(tenants: DueTenants, before: number, most: number): Promise<number>;
  /** Tenants with an event from before a time, by number, after one. */
  tenantsWith(
    projectNo: number,
    before: number,
    after: number,
    limit: number,
  ): Promise<TenantRow[]>;
  /** Tenants whose end has come, and that still have events. */
  ended(now: number): Promise<TenantRow[]>;
  /** Whether a tenant of the project has a retention of its own. */
  hasOwn(projectNo: number): Promise<boolean>;
  /**
   * Keeps what a run has done so far, its latest batch with it: to be stored together with that.
   * They fail as Overtaken once the run is finished.
   */
  runSteps(row: RunRow, batch: number, changed: readonly number[]): WriteStep[];
  /** The sequences that a run has changed. */
  taken(runId: string): Promise<number[]>;
  finishRun(runId: string, finishedAt: number, digest: string): Promise<void>;
  /** Runs that are not finished and have stored nothing since a time. */
  openRuns(beatBefore: number): Promise<RunRow[]>;
  /** The latest first. */
  runs(tenantNo: number, limit: number): Promise<RunRow[]>;
}

const NO_MARK: Mark = { doneTo: 0, doneSequence: 0 };

type Told = 'past' | 'addPast' | 'mark' | 'setMark' | 'forgetMarks';
type Due = 'keys' | 'countOf' | 'dueOf';
type Ripe = 'tenantsWith' | 'ended' | 'hasOwn';
type Runs = 'runSteps' | 'taken' | 'finishRun' | 'openRuns' | 'runs';

const toldOf = ({ kysely }: Database): Pick<Retentions, Told> => ({
  past: (tenantNo, since) =>
    kysely
      .selectFrom('tenant_past')
      .selectAll()
      .where('tenant_no', '=', tenantNo)
      .where('until', '>', since)
      .orderBy('until')
      .execute(),
  async addPast(row) {
    await kysely
      .insertInto('tenant_past')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },
  async mark(tenantNo, takes) {
    const row = await kysely
      .selectFrom('retention_mark')
      .select(['done_to', 'done_sequence'])
      .where('tenant_no', '=', tenantNo)
      .where('takes', '=', takes)
      .executeTakeFirst();
    return row ? { doneTo: row.done_to, doneSequence: row.done_sequence } : NO_MARK;
  },
  async setMark(tenantNo, takes, { doneTo, doneSequence }) {
    const fields = { done_to: doneTo, done_sequence: doneSequence };
    await kysely
      .insertInto('retention_mark')
      .values({ tenant_no: tenantNo, takes, ...fields })
      .onConflict((conflict) => conflict.columns(['tenant_no', 'takes']).doUpdateSet(fields))
      .execute();
  },
  async forgetMarks(tenantNo) {
    await kysely.deleteFrom('retention_mark').where('tenant_no', '=', tenantNo).execute();
  },
});

const dueEventsOf = (database: Database): Pick<Retentions, Due> => {
  const { place, placeOf } = PLACES[database.dialect];
  const keysOf = async (statement: Statement): Promise<EventKey[]> => {
    const rows = await database.all<{ occurred_at: number; sequence: number }>(statement);
    return rows.map(({ occurred_at: occurredAt, sequence }) => ({ occurredAt, sequence }));
  };
  const numberOf = async (statement: Statement): Promise<number> => {
    const [row] = await database.all<{ n: number }>(statement);
    return row?.n ?? 0;
  };
  return {
    keys(tenantNo, { from, to, sequence }, after, limit) {
      const start = Math.max(0, from, after?.occurredAt ?? 0);
      const beyond = after ? `AND (occurred_at, ${place}) > (?, ?)` : '';
      const more: Value[] = after ? [after.occurredAt, placeOf(tenantNo, after.sequence)] : [];
      return keysOf({
        sql: `SELECT occurred_at, sequence FROM event
          WHERE tenant_no = ? AND occurred_at >= ? AND occurred_at < ? AND ${place} >= ? ${beyond}
          ORDER BY occurred_at, ${place} LIMIT ?`,
        parameters: [tenantNo, start, to, placeOf(tenantNo, sequence), ...more, limit],
      });
    },
    async countOf(tenantNo, { from, to }, most) {
      if (to <= Math.max(0, from)) return 0;
      return await numberOf({
        sql: `SELECT COUNT(*) AS n FROM (SELECT 1 FROM event
          WHERE tenant_no = ? AND occurred_at >= ? AND occurred_at < ? LIMIT ?) AS found`,
        parameters: [tenantNo, Math.max(0, from), to, most],
      });
    },
    dueOf({ projectNo, plan }, before, most) {
      const listed = typeof plan === 'object' ? plan.noneOf : [];
      const marks = listed.map(() => '?').join(', ');
      const noneOf = listed.length > 0 ? `AND (plan IS NULL OR plan NOT IN (${marks}))` : '';
      const condition = typeof plan === 'string' ? 'AND plan = ?' : noneOf;
      const values = typeof plan === 'string' ? [plan] : listed;
      return numberOf({
        sql: `SELECT COUNT(*) AS n FROM (
          SELECT 1 FROM tenant JOIN event ON event.tenant_no = tenant.tenant_no
          WHERE project_no = ? AND tenant.retention IS NULL ${condition}
            AND occurred_at >= 0 AND occurred_at < ? LIMIT ?) AS found`,
        parameters: [projectNo, ...values, before, most],
      });
    },
  };
};

const ripeTenantsOf = (database: Database): Pick<Retentions, Ripe> => {
  const { kysely } = database;
  return {
    async tenantsWith(projectNo, before, after, limit) {
      return await database.all<TenantRow>({
        sql: `SELECT * FROM tenant
          WHERE project_no = ? AND tenant_no > ? AND EXISTS (
            SELECT 1 FROM event WHERE event.tenant_no = tenant.tenant_no
              AND occurred_at >= 0 AND occurred_at < ?)
          ORDER BY tenant_no LIMIT ?`,
        parameters: [projectNo, after, before, limit],
      });
    },
    async ended(now) {
      const rows = await kysely
        .selectFrom('tenant')
        .selectAll()
        .where('ends_at', '<=', now)
        .orderBy('tenant_no')
        .execute();
      if (rows.length === 0) return [];
      const numbers = integerList(rows.map(({ tenant_no }) => tenant_no));
      const left = await database.all<{ tenant_no: number }>({
        sql: `SELECT tenant_no FROM tenant WHERE tenant_no IN (${numbers}) AND EXISTS (
          SELECT 1 FROM event WHERE event.tenant_no = tenant.tenant_no AND occurred_at >= 0)`,
        parameters: [],
      });
      const open = new Set(left.map(({ tenant_no }) => tenant_no));
      return rows.filter(({ tenant_no }) => open.has(tenant_no));
    },
    async hasOwn(projectNo) {
      const row = await kysely
        .selectFrom('tenant')
        .select('tenant_no')
        .where('project_no', '=', projectNo)
        .where('retention', 'is not', null)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
};

const KEEP_RUN = `INSERT INTO retention_run (run_id, tenant_no, takes, until, since, policy,
    started_at, beat_at, changed, held)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (run_id) DO UPDATE
    SET beat_at = excluded.beat_at, changed = excluded.changed, held = excluded.held
    WHERE retention_run.finished_at IS NULL`;
const KEEP_TAKEN = `INSERT INTO retention_taken (run_id, batch, sequences) VALUES (?, ?, ?)
  ON CONFLICT (run_id, batch) DO UPDATE SET sequences = excluded.sequences`;

const toRun = (row: Selectable<Tables['retention_run']>): RunRow => ({
  ...row,
  takes: row.takes === 'event' ? 'event' : 'personal',
});

const runsOf = (database: Database): Pick<Retentions, Runs> => {
  const { kysely } = database;
  const rows = kysely.selectFrom('retention_run').selectAll();
  return {
    runSteps: (row, batch, changed) => [
      {
        sql: KEEP_RUN,
        parameters: [
          ...[row.run_id, row.tenant_no, row.takes, row.until, row.since, row.policy],
          ...[row.started_at, row.beat_at, row.changed, row.held],
        ],
        expect: 1,
      },
      { sql: KEEP_TAKEN, parameters: [row.run_id, batch, JSON.stringify(changed)] },
    ],
    async taken(runId) {
      const batches = await kysely
        .selectFrom('retention_taken')
        .select('sequences')
        .where('run_id', '=', runId)
        .execute();
      return batches.flatMap(({ sequences }) => JSON.parse(sequences) as number[]);
    },
    async finishRun(runId, finishedAt, digest) {
      await database.write([
        {
          sql: 'UPDATE retention_run SET finished_at = ?, digest = ? WHERE run_id = ?',
          parameters: [finishedAt, digest, runId],
        },
        { sql: 'DELETE FROM retention_taken WHERE run_id = ?', parameters: [runId] },
      ]);
    },
    async openRuns(beatBefore) {
      const open = rows.where('finished_at', 'is', null).where('beat_at', '<', beatBefore);
      return (await open.execute()).map(toRun);
    },
    async runs(tenantNo, limit) {
      const latest = rows.where('tenant_no', '=', tenantNo).orderBy('started_at', 'desc');
      return (await latest.limit(limit).execute()).map(toRun);
    },
  };
};

export const retentionsOf = (database: Database): Retentions => ({
  ...toldOf(database),
  ...dueEventsOf(database),
  ...ripeTenantsOf(database),
  ...runsOf(database),
});
