/** Sessions and ways to sign in of people, in the tables of better-auth: hashes, never tokens. */
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/** The provider of accounts that are a password. */
const PASSWORD = 'credential';

/** Times in ms. */
export interface PersonSessionRow {
  readonly sessionId: string;
  readonly personId: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
  readonly ip: string | null;
  readonly userAgent: string | null;
}
export interface AccountRow {
  readonly accountId: string;
  readonly provider: string;
  /** Milliseconds. */
  readonly linkedAt: number;
}

export interface SignIns {
  /** The session whose token has this hash. */
  byHash(hash: string): Promise<PersonSessionRow | undefined>;
  byId(sessionId: string): Promise<PersonSessionRow | undefined>;
  /** Of a person, the newest first; those that are over too, until they are pruned. */
  sessions(personId: string): Promise<PersonSessionRow[]>;
  /** When each of these was last seen, in ms, if they have a session. */
  lastSeen(personIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  touch(sessionId: string, seenAt: number, expiresAt: number): Promise<void>;
  /** False: the person has no such session. */
  end(personId: string, sessionId: string): Promise<boolean>;
  /** Ends all of a person, but one if it is named. */
  endAll(personId: string, but?: string): Promise<void>;

  hasPassword(personId: string): Promise<boolean>;
  /** `hash` as better-auth makes it. */
  setPassword(personId: string, rowId: string, hash: string, now: number): Promise<void>;
  /** Accounts of single sign-on, oldest first. */
  accounts(personId: string): Promise<AccountRow[]>;
  /** Removes an account of single sign-on unless it is the last way in; false: not removed. */
  unlink(personId: string, accountId: string): Promise<boolean>;
  /** Takes away password, one-time codes, linked accounts and sessions. */
  clear(personId: string): Promise<void>;
  /** Whether single sign-on has proven the e-mail of the person. */
  setProven(personId: string, isProven: boolean): Promise<void>;
  /** Removes sessions and steps of signing in that are over. */
  prune(now: number): Promise<void>;
}

type Row = Omit<Selectable<Tables['auth_session']>, 'token'>;
const ms = (time: string | Date): number => new Date(time).getTime();
const text = (time: number): string => new Date(time).toISOString();
const sessionOf = (row: Row): PersonSessionRow => ({
  sessionId: row.id,
  personId: row.user_id,
  createdAt: ms(row.created_at),
  seenAt: ms(row.updated_at),
  expiresAt: ms(row.expires_at),
  ip: row.ip_address || null,
  userAgent: row.user_agent || null,
});

export const signInsOf = (database: Database): SignIns => ({
  ...sessionsOf(database),
  ...waysOf(database),
  ...proofsOf(database),
});

type Sessions = Pick<
  SignIns,
  'byHash' | 'byId' | 'sessions' | 'lastSeen' | 'touch' | 'end' | 'endAll' | 'prune'
>;

function sessionsOf(database: Database): Sessions {
  const { kysely } = database;
  const rows = () =>
    kysely
      .selectFrom('auth_session')
      .select(['id', 'user_id', 'created_at', 'updated_at', 'expires_at'])
      .select(['ip_address', 'user_agent']);
  return {
    async byHash(hash) {
      const row = await rows().where('token', '=', hash).executeTakeFirst();
      return row && sessionOf(row);
    },
    async byId(sessionId) {
      const row = await rows().where('id', '=', sessionId).executeTakeFirst();
      return row && sessionOf(row);
    },
    async sessions(personId) {
      const found = await rows()
        .where('user_id', '=', personId)
        .orderBy('created_at', 'desc')
        .execute();
      return found.map(sessionOf);
    },
    async lastSeen(personIds) {
      if (personIds.length === 0) return new Map();
      const found = await kysely
        .selectFrom('auth_session')
        .select(['user_id', (every) => every.fn.max('updated_at').as('seen')])
        .where('user_id', 'in', personIds)
        .groupBy('user_id')
        .execute();
      return new Map(found.map((row) => [row.user_id, ms(row.seen)]));
    },
    async touch(sessionId, seenAt, expiresAt) {
      await kysely
        .updateTable('auth_session')
        .set({ updated_at: text(seenAt), expires_at: text(expiresAt) })
        .where('id', '=', sessionId)
        .execute();
    },
    async end(personId, sessionId) {
      const ended = await kysely
        .deleteFrom('auth_session')
        .where('user_id', '=', personId)
        .where('id', '=', sessionId)
        .executeTakeFirst();
      return ended.numDeletedRows > 0n;
    },
    async endAll(personId, but) {
      let ending = kysely.deleteFrom('auth_session').where('user_id', '=', personId);
      if (but !== undefined) ending = ending.where('id', '!=', but);
      await ending.execute();
    },
    async prune(now) {
      await kysely.deleteFrom('auth_session').where('expires_at', '<=', text(now)).execute();
      await kysely.deleteFrom('auth_verification').where('expires_at', '<=', text(now)).execute();
    },
  };
}

type Ways = Pick<SignIns, 'hasPassword' | 'setPassword' | 'accounts' | 'unlink'>;

function waysOf(database: Database): Ways {
  const { kysely } = database;
  return {
    async hasPassword(personId) {
      const found = await kysely
        .selectFrom('auth_account')
        .select('id')
        .where('user_id', '=', personId)
        .where('provider_id', '=', PASSWORD)
        .where('password', 'is not', null)
        .executeTakeFirst();
      return found !== undefined;
    },
    async setPassword(personId, rowId, hash, now) {
      const at = text(now);
      await kysely
        .insertInto('auth_account')
        .values({
          ...{ id: rowId, account_id: personId, provider_id: PASSWORD, user_id: personId },
          ...{ password: hash, created_at: at, updated_at: at },
        })
        .onConflict((conflict) =>
          conflict
            .columns(['provider_id', 'account_id'])
            .doUpdateSet({ password: hash, updated_at: at }),
        )
        .execute();
    },
    async accounts(personId) {
      const found = await kysely
        .selectFrom('auth_account')
        .select(['id', 'provider_id', 'created_at'])
        .where('user_id', '=', personId)
        .where('provider_id', '!=', PASSWORD)
        .orderBy('created_at')
        .execute();
      return found.map((row) => ({
        accountId: row.id,
        provider: row.provider_id,
        linkedAt: ms(row.created_at),
      }));
    },
    async unlink(personId, accountId) {
      const [removed] = await database.write([
        {
          sql: `DELETE FROM auth_account WHERE user_id = ? AND id = ? AND provider_id <> ?
            AND EXISTS (SELECT 1 FROM auth_account AS other
              WHERE other.user_id = auth_account.user_id AND other.id <> auth_account.id)`,
          parameters: [personId, accountId, PASSWORD],
        },
      ]);
      return removed === 1;
    },
  };
}

function proofsOf(database: Database): Pick<SignIns, 'clear' | 'setProven'> {
  const { kysely } = database;
  return {
    async clear(personId) {
      const off = database.dialect === 'sqlite' ? '0' : 'false';
      const parameters = [personId];
      await database.write([
        { sql: 'DELETE FROM auth_account WHERE user_id = ?', parameters },
        { sql: 'DELETE FROM auth_two_factor WHERE user_id = ?', parameters },
        { sql: 'DELETE FROM auth_session WHERE user_id = ?', parameters },
        { sql: `UPDATE auth_user SET two_factor_enabled = ${off} WHERE id = ?`, parameters },
      ]);
    },
    async setProven(personId, isProven) {
      const flag = database.dialect === 'sqlite' ? Number(isProven) : isProven;
      await kysely
        .updateTable('auth_user')
        .set({ email_verified: flag })
        .where('id', '=', personId)
        .execute();
    },
  };
}
