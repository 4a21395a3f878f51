/** Erasures of persons: what was asked, how far each is, what came of it. */
import type { ErasureState } from '@annals/contract/erasures';
import type { Selectable } from 'kysely';
import type { Database, WriteStep } from './database.ts';
import type { Tables } from './tables.ts';

export type ErasureRow = Selectable<Tables['erasure']>;
export type ErasureFields = Partial<Omit<ErasureRow, 'erasure_id'>>;

interface Claim {
  readonly from: readonly ErasureState[];
  readonly to: ErasureState;
  readonly holder: string;
  readonly now: number;
  /** Whoever has not beaten since then is gone. */
  readonly silentSince: number;
}

export interface Erasures {
  add(row: ErasureRow): Promise<void>;
  byId(erasureId: string): Promise<ErasureRow | undefined>;
  byToken(tenantNo: number, token: string): Promise<ErasureRow | undefined>;
  /** Of a tenant, the latest first. */
  list(tenantNo: number, limit: number): Promise<ErasureRow[]>;
  /** Work that was begun and has not beaten since a time. */
  cutOff(states: readonly ErasureState[], silentSince: number): Promise<ErasureRow[]>;
  /** One of several who want to work on it gets it, with fields; false: it was another one. */
  claim(erasureId: string, claim: Claim, fields?: ErasureFields): Promise<boolean>;
  /** False: another one has it by now, and nothing was changed. */
  update(erasureId: string, holder: string, fields: ErasureFields): Promise<boolean>;
  /** The same as a step of a larger unit, which is not stored if another one has it. */
  noted(erasureId: string, holder: string, run: string): WriteStep;
  /** Those of a tenant that know whom they are about. */
  withPerson(tenantNo: number): Promise<ErasureRow[]>;
  /** Takes from it whom it is about; it cannot go on then. */
  forget(erasureId: string): Promise<void>;
  /** The same for dry runs that ended before a time. */
  expire(before: number): Promise<void>;
}

/** Of what cannot go on, since it does not know any more whom it is about. */
const EXPIRED: ErasureFields = {
  ...{ state: 'expired', holder: null, person: null, token: null, found: null, run: null },
};

export const erasuresOf = ({ kysely }: Database): Erasures => {
  const rows = () => kysely.selectFrom('erasure').selectAll();
  return {
    async add(row) {
      await kysely.insertInto('erasure').values(row).execute();
    },
    byId: (erasureId) => rows().where('erasure_id', '=', erasureId).executeTakeFirst(),
    byToken: (tenantNo, token) =>
      rows().where('tenant_no', '=', tenantNo).where('token', '=', token).executeTakeFirst(),
    list: (tenantNo, limit) =>
      rows()
        .where('tenant_no', '=', tenantNo)
        .orderBy('created_at', 'desc')
        .orderBy('erasure_id')
        .limit(limit)
        .execute(),
    cutOff: (states, silentSince) =>
      rows().where('state', 'in', states).where('beat_at', '<', silentSince).execute(),
    async claim(erasureId, { from, to, holder, now, silentSince }, fields = {}) {
      const { numUpdatedRows } = await kysely
        .updateTable('erasure')
        .set({ ...fields, state: to, holder, beat_at: now, error: null, finished_at: null })
        .where('erasure_id', '=', erasureId)
        .where('state', 'in', from)
        .where((is) => is.or([is('holder', 'is', null), is('beat_at', '<', silentSince)]))
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async update(erasureId, holder, fields) {
      const { numUpdatedRows } = await kysely
        .updateTable('erasure')
        .set(fields)
        .where('erasure_id', '=', erasureId)
        .where('holder', '=', holder)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    noted: (erasureId, holder, run) => ({
      sql: 'UPDATE erasure SET run = ? WHERE erasure_id = ? AND holder = ?',
      parameters: [run, erasureId, holder],
      expect: 1,
    }),
    withPerson: (tenantNo) =>
      rows().where('tenant_no', '=', tenantNo).where('person', 'is not', null).execute(),
    async forget(erasureId) {
      const update = kysely.updateTable('erasure').set(EXPIRED);
      await update.where('erasure_id', '=', erasureId).execute();
    },
    async expire(before) {
      await kysely
        .updateTable('erasure')
        .set(EXPIRED)
        .where('state', 'in', ['found', 'failed'])
        .where('run', 'is', null)
        .where('finished_at', '<', before)
        .execute();
    },
  };
};
