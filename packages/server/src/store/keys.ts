/** API keys: their hashes, never the keys. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export type KeyRow = Selectable<Tables['api_key']>;
/** With the names of what it is bound to. */
export type NamedKeyRow = KeyRow & { project: string | null; tenant_id: string | null };

export interface Keys {
  /** The key whose hash begins so; the caller compares the whole hash. */
  byHandle(handle: string): Promise<NamedKeyRow | undefined>;
  byId(keyId: string): Promise<NamedKeyRow | undefined>;
  /** Those of a project, or of the instance itself (`null`), oldest first. */
  list(projectNo: number | null): Promise<NamedKeyRow[]>;
  add(row: KeyRow): Promise<void>;
  revoke(keyId: string, now: number): Promise<void>;
  /** Takes a revocation back. */
  restore(keyId: string): Promise<void>;
}

export const keysOf = ({ kysely }: Database): Keys => {
  const named = () =>
    kysely
      .selectFrom('api_key')
      .leftJoin('project', 'project.project_no', 'api_key.project_no')
      .leftJoin('tenant', 'tenant.tenant_no', 'api_key.tenant_no')
      .selectAll('api_key')
      .select(['project.project', 'tenant.tenant_id']);
  return {
    byHandle: (handle) => named().where('handle', '=', handle).executeTakeFirst(),
    byId: (keyId) => named().where('key_id', '=', keyId).executeTakeFirst(),
    list: (projectNo) =>
      named()
        .where('api_key.project_no', projectNo === null ? 'is' : '=', projectNo)
        .orderBy('api_key.created_at')
        .orderBy('key_id')
        .execute(),
    async add(row) {
      await kysely
        .insertInto('api_key')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async revoke(keyId, now) {
      await kysely
        .updateTable('api_key')
        .set({ revoked_at: now })
        .where('key_id', '=', keyId)
        .where('revoked_at', 'is', null)
        .execute();
    },
    async restore(keyId) {
      await kysely
        .updateTable('api_key')
        .set({ revoked_at: null })
        .where('key_id', '=', keyId)
        .execute();
    },
  };
};
