/** People, what they may do where, and links that are used once: hashes, never the links. */
import type { Selectable } from 'kysely';
import type { Database, WriteStep } from './database.ts';
import type { Tables } from './tables.ts';

export type MembershipRow = Selectable<Tables['membership']>;
/** With the names of where it is. */
export type NamedMembershipRow = MembershipRow & {
  project: string | null;
  tenant_id: string | null;
};
export type LinkRow = Selectable<Tables['one_time_link']>;

export interface PersonRow {
  readonly id: string;
  readonly email: string;
  /** Empty: has not accepted an invitation yet. */
  readonly name: string;
  readonly isProven: boolean;
  readonly hasTwoFactor: boolean;
}

/** Project and tenant, as numbers; undefined: whatever it is, null: none. */
export interface PlaceFilter {
  readonly projectNo?: number | null;
  readonly tenantNo?: number | null;
}

export interface People {
  /** Whether there is anybody, invited or not. */
  hasAny(): Promise<boolean>;
  byId(personId: string): Promise<PersonRow | undefined>;
  /** The e-mail in lower case. */
  byEmail(email: string): Promise<PersonRow | undefined>;
  /** The person with the e-mail, added under the id if there is none; the same to everybody. */
  keep(personId: string, email: string, now: number): Promise<PersonRow>;
  rename(personId: string, name: string, now: number): Promise<void>;
  /** With everything of theirs. */
  remove(personId: string): Promise<void>;

  /** Of one person, the widest first. */
  memberships(personId: string): Promise<NamedMembershipRow[]>;
  /** With a membership at the place, by e-mail, behind one of them; and these memberships. */
  list(
    place: PlaceFilter,
    after: string,
    limit: number,
  ): Promise<{ people: PersonRow[]; memberships: NamedMembershipRow[] }>;
  /** Adds memberships, in place of those at the same places. */
  give(rows: readonly MembershipRow[]): Promise<void>;
  /** Puts rows in place of all others of the person at the place. Answers what was taken. */
  replace(personId: string, place: PlaceFilter, rows: readonly MembershipRow[]): Promise<void>;
  /** Accepts what waits for this link, or, without one, everything that waits for the person. */
  accept(personId: string, linkId: string | undefined, now: number): Promise<void>;

  addLink(row: LinkRow): Promise<void>;
  linkByHandle(handle: string): Promise<LinkRow | undefined>;
  /** Uses the link up; false: another has done so. */
  takeLink(linkId: string): Promise<boolean>;
  /** Uses all links of a purpose up; false: there was none. */
  takeLinks(purpose: string): Promise<boolean>;
  /** Removes links that have run out, what waited for them, and people left with nothing. */
  prune(now: number): Promise<void>;
}

/** Whoever is younger may be about to get a first membership, in ms. */
const UNDER_WAY_MS = 3_600_000;

type UserRow = Pick<
  Selectable<Tables['auth_user']>,
  'id' | 'email' | 'name' | 'email_verified' | 'two_factor_enabled'
>;
const personOf = (row: UserRow): PersonRow => ({
  id: row.id,
  email: row.email,
  name: row.name,
  isProven: Boolean(row.email_verified),
  hasTwoFactor: Boolean(row.two_factor_enabled),
});

/** One condition a field; a number that is not asked about is no condition. */
function placeSql({ projectNo, tenantNo }: PlaceFilter): { text: string; values: number[] } {
  const parts: string[] = [];
  const values: number[] = [];
  const add = (column: string, value: number | null | undefined) => {
    if (value === undefined) return;
    parts.push(value === null ? `${column} IS NULL` : `${column} = ?`);
    if (value !== null) values.push(value);
  };
  add('membership.project_no', projectNo);
  add('membership.tenant_no', tenantNo);
  return { text: parts.map((part) => ` AND ${part}`).join(''), values };
}

const GIVE = `INSERT INTO membership
  (person_id, project_no, tenant_no, roles, link_id, created_by, created_at, accepted_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (person_id, coalesce(project_no, 0), coalesce(tenant_no, 0))
  DO UPDATE SET roles = excluded.roles, link_id = excluded.link_id,
    created_by = excluded.created_by, created_at = excluded.created_at,
    accepted_at = excluded.accepted_at`;
const giving = (row: MembershipRow): WriteStep => ({
  sql: GIVE,
  parameters: [
    ...[row.person_id, row.project_no, row.tenant_no, row.roles, row.link_id],
    ...[row.created_by, row.created_at, row.accepted_at],
  ],
});

type Persons = Pick<People, 'hasAny' | 'byId' | 'byEmail' | 'keep' | 'rename' | 'remove'>;

export const peopleOf = (database: Database): People => ({
  ...personsOf(database),
  ...membershipsOf(database),
  async give(rows) {
    if (rows.length > 0) await database.write(rows.map(giving));
  },
  async replace(personId, place, rows) {
    const { text, values } = placeSql(place);
    const take = `DELETE FROM membership WHERE person_id = ?${text}`;
    await database.write([{ sql: take, parameters: [personId, ...values] }, ...rows.map(giving)]);
  },
  async accept(personId, linkId, now) {
    const ofLink = linkId === undefined ? '' : ' AND link_id = ?';
    const accepting = `UPDATE membership SET accepted_at = ?
      WHERE person_id = ? AND accepted_at IS NULL${ofLink}`;
    const parameters = [now, personId, ...(linkId === undefined ? [] : [linkId])];
    await database.write([{ sql: accepting, parameters }]);
  },
  ...linksOf(database),
});

function personsOf(database: Database): Persons {
  const { kysely } = database;
  const users = () =>
    kysely
      .selectFrom('auth_user')
      .select(['id', 'email', 'name', 'email_verified', 'two_factor_enabled']);
  const one = async (field: 'id' | 'email', value: string) => {
    const row = await users().where(field, '=', value).executeTakeFirst();
    return row && personOf(row);
  };
  return {
    async hasAny() {
      return (await users().limit(1).executeTakeFirst()) !== undefined;
    },
    byId: (personId) => one('id', personId),
    byEmail: (email) => one('email', email),
    async keep(personId, email, now) {
      const at = new Date(now).toISOString();
      const none = database.dialect === 'sqlite' ? 0 : false;
      await kysely
        .insertInto('auth_user')
        .values({
          ...{ id: personId, email, name: '', email_verified: none },
          ...{ two_factor_enabled: none, created_at: at, updated_at: at },
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const kept = await one('email', email);
      if (kept === undefined) throw new Error('a person just added is not there');
      return kept;
    },
    async rename(personId, name, now) {
      await kysely
        .updateTable('auth_user')
        .set({ name, updated_at: new Date(now).toISOString() })
        .where('id', '=', personId)
        .execute();
    },
    async remove(personId) {
      await kysely.deleteFrom('auth_user').where('id', '=', personId).execute();
    },
  };
}

/** Here and not by the database: the two put what has no number at different ends. */
const widestFirst = (rows: readonly NamedMembershipRow[]): NamedMembershipRow[] =>
  rows.toSorted(
    (one, other) =>
      (one.project_no ?? 0) - (other.project_no ?? 0) ||
      (one.tenant_no ?? 0) - (other.tenant_no ?? 0),
  );

function membershipsOf(database: Database): Pick<People, 'memberships' | 'list'> {
  const { kysely } = database;
  const named = () =>
    kysely
      .selectFrom('membership')
      .leftJoin('project', 'project.project_no', 'membership.project_no')
      .leftJoin('tenant', 'tenant.tenant_no', 'membership.tenant_no')
      .selectAll('membership')
      .select(['project.project', 'tenant.tenant_id']);
  return {
    async memberships(personId) {
      return widestFirst(await named().where('person_id', '=', personId).execute());
    },
    async list(place, after, limit) {
      const { text, values } = placeSql(place);
      const found = await database.all<UserRow>({
        sql: `SELECT id, email, name, email_verified, two_factor_enabled FROM auth_user
          WHERE email > ? AND EXISTS
            (SELECT 1 FROM membership WHERE membership.person_id = auth_user.id${text})
          ORDER BY email LIMIT ?`,
        parameters: [after, ...values, limit],
      });
      const ids = found.map(({ id }) => id);
      let rows = named();
      for (const [column, value] of [
        ['membership.project_no', place.projectNo],
        ['membership.tenant_no', place.tenantNo],
      ] as const) {
        if (value !== undefined) rows = rows.where(column, value === null ? 'is' : '=', value);
      }
      const memberships =
        ids.length === 0 ? [] : await rows.where('membership.person_id', 'in', ids).execute();
      return { people: found.map(personOf), memberships: widestFirst(memberships) };
    },
  };
}

function linksOf(
  database: Database,
): Pick<People, 'addLink' | 'linkByHandle' | 'takeLink' | 'takeLinks' | 'prune'> {
  const { kysely } = database;
  const take = async (column: 'link_id' | 'purpose', value: string): Promise<boolean> => {
    const links = kysely.deleteFrom('one_time_link').where(column, '=', value);
    return (await links.executeTakeFirst()).numDeletedRows > 0n;
  };
  return {
    async addLink(row) {
      await kysely.insertInto('one_time_link').values(row).execute();
    },
    linkByHandle: (handle) =>
      kysely
        .selectFrom('one_time_link')
        .selectAll()
        .where('handle', '=', handle)
        .executeTakeFirst(),
    takeLink: (linkId) => take('link_id', linkId),
    takeLinks: (purpose) => take('purpose', purpose),
    async prune(now) {
      await database.write([
        { sql: 'DELETE FROM one_time_link WHERE expires_at <= ?', parameters: [now] },
        {
          sql: `DELETE FROM membership WHERE accepted_at IS NULL AND NOT EXISTS
            (SELECT 1 FROM one_time_link WHERE one_time_link.link_id = membership.link_id)`,
          parameters: [],
        },
        {
          sql: `DELETE FROM auth_user WHERE name = '' AND created_at < ?
            AND NOT EXISTS (SELECT 1 FROM membership WHERE person_id = auth_user.id)`,
          parameters: [new Date(now - UNDER_WAY_MS).toISOString()],
        },
      ]);
    },
  };
}
