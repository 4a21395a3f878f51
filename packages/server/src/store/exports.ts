/** Files of events: what was asked for, how far each is, what came of it. */
import type { ExportState } from '@annals/contract/exports';
import type { Selectable } from 'kysely';
import type { ListPlace } from '../list-place.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type ExportRow = Selectable<Tables['export']>;
export type ExportFields = Partial<Omit<ExportRow, 'export_id'>>;

interface Worker {
  readonly holder: string;
  readonly now: number;
  /** Whoever has not beaten since then is gone. */
  readonly silentSince: number;
}

export interface Exports {
  /** One that is there already stays as it is. */
  add(row: ExportRow): Promise<void>;
  byId(exportId: string): Promise<ExportRow | undefined>;
  /** Of a tenant, the latest first, from a place on. */
  list(tenantNo: number, after: ListPlace | undefined, limit: number): Promise<ExportRow[]>;
  /**
   * The one to do next: of the tenant that has the fewest under way, then of the one whose last
   * began first; the oldest that waits there, or whose server is gone.
   */
  next(silentSince: number): Promise<ExportRow | undefined>;
  /** One of several who want to do it gets it, for another attempt; undefined: it was another. */
  claim(exportId: string, worker: Worker): Promise<ExportRow | undefined>;
  /** False: it is not this holder's any more, and nothing was changed. */
  update(exportId: string, holder: string, fields: ExportFields): Promise<boolean>;
  /** False: it was in none of the states, and nothing was changed. */
  end(exportId: string, from: readonly ExportState[], fields: ExportFields): Promise<boolean>;
  /** Runs of reports that are over, of which the report has not taken notice. */
  unsettled(limit: number): Promise<ExportRow[]>;
  /** Ends those that went straight to somebody, of servers that are gone. */
  endDirect(silentSince: number, fields: ExportFields): Promise<void>;
  /** Finished, and their time is over. */
  due(now: number, limit: number): Promise<ExportRow[]>;
  /** Neither made nor kept, but something of them may be stored. */
  leftovers(limit: number): Promise<ExportRow[]>;
  /** Nothing of it is stored any more. */
  cleared(exportId: string): Promise<void>;
  /** Of a tenant: those that are kept or being made and show personal values. */
  personal(tenantNo: number): Promise<ExportRow[]>;
  rewrite(exportId: string, fields: ExportFields): Promise<void>;
}

/** Tenants that are compared for whose turn it is. */
const TENANTS_MOST = 200;
const OPEN = ['waiting', 'running'] as const;

type Kysely = Database['kysely'];

/** Waiting, or cut off with its server. */
const free = (kysely: Kysely, silentSince: number) =>
  kysely
    .selectFrom('export')
    .where('state', 'in', OPEN)
    .where('is_direct', '=', 0)
    .where((is) => is.or([is('state', '=', 'waiting'), is('beat_at', '<', silentSince)]));

/** The tenant whose turn it is. */
async function turn(kysely: Kysely, silentSince: number): Promise<number | undefined> {
  const tenants = await free(kysely, silentSince)
    .select((of) => ['tenant_no', of.fn.min('created_at').as('oldest')])
    .groupBy('tenant_no')
    .orderBy('oldest')
    .limit(TENANTS_MOST)
    .execute();
  const [only] = tenants;
  if (only === undefined || tenants.length === 1) return only?.tenant_no;
  const numbers = tenants.map(({ tenant_no }) => tenant_no);
  const busy = await kysely
    .selectFrom('export')
    .where('state', '=', 'running')
    .where('beat_at', '>=', silentSince)
    .where('tenant_no', 'in', numbers)
    .select((of) => ['tenant_no', of.fn.countAll<number>().as('running')])
    .groupBy('tenant_no')
    .execute();
  const last = await kysely
    .selectFrom('export')
    .where('tenant_no', 'in', numbers)
    .where('started_at', 'is not', null)
    .select((of) => ['tenant_no', of.fn.max('started_at').as('started')])
    .groupBy('tenant_no')
    .execute();
  const running = new Map(busy.map((row) => [row.tenant_no, Number(row.running)]));
  const started = new Map(last.map((row) => [row.tenant_no, Number(row.started)]));
  // Sorting keeps the order of those that are alike: the oldest first.
  const [first] = numbers.toSorted(
    (one, other) =>
      (running.get(one) ?? 0) - (running.get(other) ?? 0) ||
      (started.get(one) ?? 0) - (started.get(other) ?? 0),
  );
  return first;
}

const rowsOf = (kysely: Kysely) => kysely.selectFrom('export').selectAll();
const byIdIn =
  (kysely: Kysely): Exports['byId'] =>
  (exportId) =>
    rowsOf(kysely).where('export_id', '=', exportId).executeTakeFirst();

type Asking = Pick<Exports, 'add' | 'byId' | 'list' | 'personal' | 'rewrite'>;
const askingOf = (kysely: Kysely): Asking => ({
  byId: byIdIn(kysely),
  async add(row) {
    const insert = kysely.insertInto('export').values(row);
    await insert.onConflict((of) => of.column('export_id').doNothing()).execute();
  },
  list(tenantNo, after, limit) {
    let found = rowsOf(kysely).where('tenant_no', '=', tenantNo);
    if (after) {
      const { at, id } = after;
      found = found.where((is) =>
        is.or([
          is('created_at', '<', at),
          is.and([is('created_at', '=', at), is('export_id', '<', id)]),
        ]),
      );
    }
    return found.orderBy('created_at', 'desc').orderBy('export_id', 'desc').limit(limit).execute();
  },
  personal: (tenantNo) =>
    rowsOf(kysely)
      .where('tenant_no', '=', tenantNo)
      .where('has_personal', '=', 1)
      .where((is) => is.or([is('has_file', '=', 1), is('state', 'in', OPEN)]))
      .execute(),
  async rewrite(exportId, fields) {
    await kysely.updateTable('export').set(fields).where('export_id', '=', exportId).execute();
  },
});

type Making = Pick<Exports, 'next' | 'claim' | 'update'>;
const makingOf = (kysely: Kysely): Making => ({
  async next(silentSince) {
    const tenantNo = await turn(kysely, silentSince);
    if (tenantNo === undefined) return undefined;
    return await free(kysely, silentSince)
      .selectAll()
      .where('tenant_no', '=', tenantNo)
      .orderBy('created_at')
      .orderBy('export_id')
      .limit(1)
      .executeTakeFirst();
  },
  async claim(exportId, { holder, now, silentSince }) {
    const { numUpdatedRows } = await kysely
      .updateTable('export')
      .set((of) => ({
        ...{ state: 'running' as const, holder, beat_at: now, started_at: now, has_file: 1 },
        ...{ rows: 0, attempts: of('attempts', '+', 1) },
      }))
      .where('export_id', '=', exportId)
      .where('state', 'in', OPEN)
      .where((is) => is.or([is('state', '=', 'waiting'), is('beat_at', '<', silentSince)]))
      .executeTakeFirst();
    return numUpdatedRows === 1n ? await byIdIn(kysely)(exportId) : undefined;
  },
  async update(exportId, holder, fields) {
    const { numUpdatedRows } = await kysely
      .updateTable('export')
      .set(fields)
      .where('export_id', '=', exportId)
      .where('state', '=', 'running')
      .where('holder', '=', holder)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  },
});

const OVER = ['failed', 'cancelled', 'expired'] as const;
type Ending = Pick<Exports, 'end' | 'endDirect' | 'due' | 'leftovers' | 'cleared' | 'unsettled'>;
const endingOf = (kysely: Kysely): Ending => ({
  async end(exportId, from, fields) {
    const { numUpdatedRows } = await kysely
      .updateTable('export')
      .set(fields)
      .where('export_id', '=', exportId)
      .where('state', 'in', from)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  },
  async endDirect(silentSince, fields) {
    await kysely
      .updateTable('export')
      .set(fields)
      .where('state', '=', 'running')
      .where('is_direct', '=', 1)
      .where('beat_at', '<', silentSince)
      .execute();
  },
  unsettled: (limit) =>
    rowsOf(kysely)
      .where('is_settled', '=', 0)
      .where('state', 'not in', OPEN)
      .limit(limit)
      .execute(),
  due: (now, limit) =>
    rowsOf(kysely)
      .where('has_file', '=', 1)
      .where('state', '=', 'completed')
      .where('expires_at', '<=', now)
      .limit(limit)
      .execute(),
  leftovers: (limit) =>
    rowsOf(kysely).where('has_file', '=', 1).where('state', 'in', OVER).limit(limit).execute(),
  async cleared(exportId) {
    const update = kysely.updateTable('export').set({ has_file: 0 });
    await update.where('export_id', '=', exportId).where('state', 'in', OVER).execute();
  },
});

export const exportsOf = ({ kysely }: Database): Exports => ({
  ...askingOf(kysely),
  ...makingOf(kysely),
  ...endingOf(kysely),
});
