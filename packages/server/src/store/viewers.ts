/** Sessions of readers in customers' pages, as hashes; keys that sign such tokens. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

type SessionRow = Selectable<Tables['viewer_session']>;
type ViewerKeyRow = Selectable<Tables['viewer_key']>;
/** With the names of where it is. */
export type NamedSessionRow = SessionRow & { project: string; tenant_id: string };
export type NamedViewerKeyRow = ViewerKeyRow & { project: string };

interface Sessions {
  /** The session whose hash begins so; the caller compares the whole hash. */
  byHandle(handle: string): Promise<NamedSessionRow | undefined>;
  byId(sessionId: string): Promise<NamedSessionRow | undefined>;
  /** Of a tenant, the newest first. */
  list(tenantNo: number, limit: number): Promise<NamedSessionRow[]>;
  add(row: SessionRow): Promise<void>;
  revoke(sessionId: string, now: number): Promise<void>;
}
interface SigningKeys {
  key(viewerKeyId: string): Promise<NamedViewerKeyRow | undefined>;
  /** Of a project, oldest first. */
  keys(projectNo: number): Promise<NamedViewerKeyRow[]>;
  addKey(row: ViewerKeyRow): Promise<void>;
  retireKey(viewerKeyId: string, now: number): Promise<void>;
  isDenied(viewerKeyId: string, jti: string): Promise<boolean>;
  deny(viewerKeyId: string, jti: string, expiresAt: number): Promise<void>;
}
export interface Viewers extends Sessions, SigningKeys {
  /** Removes sessions and denials that ended before. */
  prune(before: number): Promise<void>;
}

const sessionsOf = ({ kysely }: Database): Sessions => {
  const sessions = () =>
    kysely
      .selectFrom('viewer_session')
      .innerJoin('project', 'project.project_no', 'viewer_session.project_no')
      .innerJoin('tenant', 'tenant.tenant_no', 'viewer_session.tenant_no')
      .selectAll('viewer_session')
      .select(['project.project', 'tenant.tenant_id']);
  return {
    byHandle: (handle) => sessions().where('handle', '=', handle).executeTakeFirst(),
    byId: (sessionId) => sessions().where('session_id', '=', sessionId).executeTakeFirst(),
    list: (tenantNo, limit) =>
      sessions()
        .where('viewer_session.tenant_no', '=', tenantNo)
        .orderBy('viewer_session.created_at', 'desc')
        .orderBy('session_id')
        .limit(limit)
        .execute(),
    async add(row) {
      await kysely.insertInto('viewer_session').values(row).execute();
    },
    async revoke(sessionId, now) {
      await kysely
        .updateTable('viewer_session')
        .set({ revoked_at: now })
        .where('session_id', '=', sessionId)
        .where('revoked_at', 'is', null)
        .execute();
    },
  };
};

const keysOf = ({ kysely }: Database): SigningKeys => {
  const keys = () =>
    kysely
      .selectFrom('viewer_key')
      .innerJoin('project', 'project.project_no', 'viewer_key.project_no')
      .selectAll('viewer_key')
      .select('project.project');
  return {
    key: (viewerKeyId) => keys().where('viewer_key_id', '=', viewerKeyId).executeTakeFirst(),
    keys: (projectNo) =>
      keys()
        .where('viewer_key.project_no', '=', projectNo)
        .orderBy('viewer_key.created_at')
        .orderBy('viewer_key_id')
        .execute(),
    async addKey(row) {
      await kysely.insertInto('viewer_key').values(row).execute();
    },
    async retireKey(viewerKeyId, now) {
      await kysely
        .updateTable('viewer_key')
        .set({ retired_at: now })
        .where('viewer_key_id', '=', viewerKeyId)
        .where('retired_at', 'is', null)
        .execute();
    },
    async isDenied(viewerKeyId, jti) {
      const row = await kysely
        .selectFrom('viewer_denial')
        .select('jti')
        .where('viewer_key_id', '=', viewerKeyId)
        .where('jti', '=', jti)
        .executeTakeFirst();
      return row !== undefined;
    },
    async deny(viewerKeyId, jti, expiresAt) {
      const row = { viewer_key_id: viewerKeyId, jti, expires_at: expiresAt };
      await kysely
        .insertInto('viewer_denial')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['viewer_key_id', 'jti']).doUpdateSet({ expires_at: expiresAt }),
        )
        .execute();
    },
  };
};

export const viewersOf = (database: Database): Viewers => {
  const { kysely } = database;
  return {
    ...sessionsOf(database),
    ...keysOf(database),
    async prune(before) {
      await kysely.deleteFrom('viewer_session').where('expires_at', '<', before).execute();
      await kysely.deleteFrom('viewer_denial').where('expires_at', '<', before).execute();
    },
  };
};
