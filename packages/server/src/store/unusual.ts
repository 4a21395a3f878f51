/** What is watched for what is unusual, what is usual of each person, and what was found. */
import type { FindingState } from '@annals/contract/finding';
import type { Selectable } from 'kysely';
import type { ListPlace } from '../list-place.ts';
import type { Database, Value, WriteStep } from './database.ts';
import { type Filling, insertStep } from './derived-insert.ts';
import type { Tables } from './tables.ts';

export type WatchRow = Selectable<Tables['watch']>;
export type HourRow = Omit<Selectable<Tables['watch_hour']>, 'tenant_no' | 'view'>;
export type SeenRow = Omit<Selectable<Tables['watch_seen']>, 'tenant_no' | 'view'>;
export type FindingRow = Selectable<Tables['finding']>;
type WatchKey = Pick<WatchRow, 'tenant_no' | 'view'>;

/** What came of looking at some events: all of it is stored, or nothing. */
export interface Looked {
  readonly fields: Partial<WatchRow>;
  /** Added to what is there. */
  readonly hours: readonly HourRow[];
  readonly seen: readonly SeenRow[];
  /** Those that are there by their ids grow. */
  readonly found: readonly FindingRow[];
  /** Times before which things are forgotten. */
  readonly forget?: { readonly hour: number; readonly seen: number; readonly found: number };
}

interface Worker {
  readonly holder: string;
  readonly now: number;
  /** Whoever has not beaten since then is gone. */
  readonly silentSince: number;
}

export interface Unusual {
  watches(tenantNo: number): Promise<WatchRow[]>;
  watch(key: WatchKey): Promise<WatchRow | undefined>;
  /** One that is there already stays. */
  begin(row: WatchRow): Promise<void>;
  /** Forgets the watch, and all that came of it. */
  end(key: WatchKey): Promise<void>;
  /** Has it learn anew. Fails as Overtaken if it is not the holder's any more. */
  renew(row: WatchRow, fields: Partial<WatchRow>): Promise<void>;
  /** The one that has waited longest, taken by one of several who ask. */
  claim(worker: Worker): Promise<WatchRow | undefined>;
  /** False: it is not this holder's any more, and nothing was changed. */
  update(row: WatchRow, fields: Partial<WatchRow>): Promise<boolean>;
  /** Fails as Overtaken if it is not the holder's any more; nothing is stored then. */
  looked(row: WatchRow, looked: Looked): Promise<void>;
  /** Of some persons. */
  seen(key: WatchKey, persons: readonly string[]): Promise<SeenRow[]>;
  /** Everybody of whom the watch knows. */
  watched(key: WatchKey): Promise<string[]>;
  /** How many persons have done each of some actions. */
  doers(key: WatchKey, actions: readonly string[]): Promise<ReadonlyMap<string, number>>;
  hours(key: WatchKey, person: string): Promise<HourRow[]>;
  /** Of some persons, that end at or after a time, or are muted then. */
  recent(key: WatchKey, persons: readonly string[], at: number): Promise<FindingRow[]>;
  /** Of a tenant, the latest first, from a place on. */
  findings(
    tenantNo: number,
    asked: { state: FindingState | undefined; after: ListPlace | undefined; limit: number },
  ): Promise<FindingRow[]>;
  finding(tenantNo: number, findingId: string): Promise<FindingRow | undefined>;
  judge(row: FindingRow, fields: Partial<FindingRow>): Promise<void>;
  /** Everybody of whom a tenant's watches know, with the names that findings have for them. */
  persons(tenantNo: number): Promise<{ person: string; name: string | null }[]>;
  /** Findings that somebody has said something of. */
  judged(tenantNo: number): Promise<FindingRow[]>;
  /** Forgets persons; whoever looks at the moment begins anew, since it may have read of them. */
  forget(tenantNo: number, persons: readonly string[]): Promise<void>;
}

type Kysely = Database['kysely'];

const AND = 'WHERE tenant_no = ? AND view = ?';
const HELD = `${AND} AND holder = ?`;
const PERSONS_AT_ONCE = 500;

const keyOf = ({ tenant_no, view }: WatchKey): [number, string] => [tenant_no, view];

function updateStep(row: WatchRow, fields: Partial<WatchRow>): WriteStep {
  const entries = Object.entries(fields) as [string, Value][];
  return {
    sql: `UPDATE watch SET ${entries.map(([name]) => `${name} = ?`).join(', ')} ${HELD}`,
    parameters: [...entries.map(([, value]) => value), ...keyOf(row), row.holder],
    expect: 1,
  };
}

/** All that came of a watch. */
const clearSteps = (key: WatchKey): WriteStep[] =>
  ['watch_hour', 'watch_seen', 'finding'].map((table) => ({
    sql: `DELETE FROM ${table} ${AND}`,
    parameters: keyOf(key),
  }));

type Of<R> = { readonly key: WatchKey; readonly row: R };
const KEY = [
  ['tenant_no', 'int', ({ key }: { key: WatchKey }) => key.tenant_no],
  ['view', 'text', ({ key }: { key: WatchKey }) => key.view],
] as const;
const HOUR: Filling<Of<HourRow>> = [
  ...KEY,
  ['person', 'text', ({ row }) => row.person],
  ['hour', 'int', ({ row }) => row.hour],
  ['events', 'bigint', ({ row }) => row.events],
  ['deletes', 'bigint', ({ row }) => row.deletes],
  ['exports', 'bigint', ({ row }) => row.exports],
];
const ADD_HOUR = `ON CONFLICT (tenant_no, view, person, hour) DO UPDATE SET
  events = watch_hour.events + excluded.events,
  deletes = watch_hour.deletes + excluded.deletes,
  exports = watch_hour.exports + excluded.exports`;
const SEEN: Filling<Of<SeenRow>> = [
  ...KEY,
  ['kind', 'text', ({ row }) => row.kind],
  ['person', 'text', ({ row }) => row.person],
  ['value', 'text', ({ row }) => row.value],
  ['first_at', 'bigint', ({ row }) => row.first_at],
  ['last_at', 'bigint', ({ row }) => row.last_at],
  ['events', 'bigint', ({ row }) => row.events],
];
const nearer = (column: string, sign: '<' | '>') =>
  `${column} = CASE WHEN excluded.${column} ${sign} watch_seen.${column}
    THEN excluded.${column} ELSE watch_seen.${column} END`;
const ADD_SEEN = `ON CONFLICT (tenant_no, view, kind, person, value) DO UPDATE SET
  ${nearer('first_at', '<')}, ${nearer('last_at', '>')},
  events = watch_seen.events + excluded.events`;

function findingStep(row: FindingRow): WriteStep {
  const names = Object.keys(row);
  return {
    sql: `INSERT INTO finding (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
      ON CONFLICT (tenant_no, finding_id) DO UPDATE SET to_at = excluded.to_at,
        figure = excluded.figure, usual_median = excluded.usual_median,
        usual_high = excluded.usual_high, name = excluded.name`,
    parameters: Object.values(row),
  };
}

const forgetSteps = (
  key: WatchKey,
  { hour, seen, found }: NonNullable<Looked['forget']>,
): WriteStep[] => [
  { sql: `DELETE FROM watch_hour ${AND} AND hour < ?`, parameters: [...keyOf(key), hour] },
  { sql: `DELETE FROM watch_seen ${AND} AND last_at < ?`, parameters: [...keyOf(key), seen] },
  {
    sql: `DELETE FROM finding ${AND} AND to_at < ? AND (muted_until IS NULL OR muted_until < ?)`,
    parameters: [...keyOf(key), found, Date.now()],
  },
];

type Watching = 'watches' | 'watch' | 'begin' | 'end' | 'renew' | 'claim' | 'update' | 'looked';
const watchingOf = (database: Database): Pick<Unusual, Watching> => {
  const { kysely } = database;
  const rows = () => kysely.selectFrom('watch').selectAll();
  const of = ({ tenant_no, view }: WatchKey) =>
    rows().where('tenant_no', '=', tenant_no).where('view', '=', view);
  return {
    watches: (tenantNo) => rows().where('tenant_no', '=', tenantNo).execute(),
    watch: (key) => of(key).executeTakeFirst(),
    async begin(row) {
      await kysely
        .insertInto('watch')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async end(key) {
      const gone = { sql: `DELETE FROM watch ${AND}`, parameters: keyOf(key) };
      await database.write([gone, ...clearSteps(key)]);
    },
    async renew(row, fields) {
      await database.write([updateStep(row, fields), ...clearSteps(row)]);
    },
    async claim({ holder, now, silentSince }) {
      const next = await rows()
        .where('next_at', '<=', now)
        .where((is) => is.or([is('holder', 'is', null), is('beat_at', '<', silentSince)]))
        .orderBy('next_at')
        .limit(1)
        .executeTakeFirst();
      if (next === undefined) return undefined;
      const { numUpdatedRows } = await kysely
        .updateTable('watch')
        .set({ holder, beat_at: now })
        .where('tenant_no', '=', next.tenant_no)
        .where('view', '=', next.view)
        .where((is) => is.or([is('holder', 'is', null), is('beat_at', '<', silentSince)]))
        .executeTakeFirst();
      return numUpdatedRows === 1n ? await of(next).executeTakeFirst() : undefined;
    },
    async update(row, fields) {
      const { numUpdatedRows } = await kysely
        .updateTable('watch')
        .set(fields)
        .where('tenant_no', '=', row.tenant_no)
        .where('view', '=', row.view)
        .where('holder', '=', row.holder)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async looked(key, { fields, hours, seen, found, forget }) {
      const withKey = <R>(all: readonly R[]) => all.map((row) => ({ key, row }));
      await database.write([
        updateStep(key, fields),
        ...insertStep(database, 'watch_hour', HOUR, withKey(hours), ADD_HOUR),
        ...insertStep(database, 'watch_seen', SEEN, withKey(seen), ADD_SEEN),
        ...found.map(findingStep),
        ...(forget ? forgetSteps(key, forget) : []),
      ]);
    },
  };
};

/** Asks for some persons at a time. */
async function inParts<R>(
  persons: readonly string[],
  ask: (some: readonly string[]) => Promise<R[]>,
): Promise<R[]> {
  const found: R[] = [];
  for (let at = 0; at < persons.length; at += PERSONS_AT_ONCE) {
    for (const row of await ask(persons.slice(at, at + PERSONS_AT_ONCE))) found.push(row);
  }
  return found;
}

const SEEN_KINDS = ['person', 'action', 'network'];
type Knowing = 'seen' | 'watched' | 'doers' | 'hours' | 'recent';
const knowingOf = (kysely: Kysely): Pick<Unusual, Knowing> => ({
  seen: ({ tenant_no, view }, persons) =>
    inParts(persons, (some) =>
      kysely
        .selectFrom('watch_seen')
        .selectAll()
        .where('tenant_no', '=', tenant_no)
        .where('view', '=', view)
        .where('kind', 'in', SEEN_KINDS)
        .where('person', 'in', some)
        .execute(),
    ),
  async watched({ tenant_no, view }) {
    const rows = await kysely
      .selectFrom('watch_seen')
      .select('person')
      .where('tenant_no', '=', tenant_no)
      .where('view', '=', view)
      .where('kind', '=', 'person')
      .execute();
    return rows.map(({ person }) => person);
  },
  async doers({ tenant_no, view }, actions) {
    const rows = await kysely
      .selectFrom('watch_seen')
      .select((of) => ['value', of.fn.countAll<number>().as('persons')])
      .where('tenant_no', '=', tenant_no)
      .where('view', '=', view)
      .where('kind', '=', 'action')
      .where('value', 'in', actions)
      .groupBy('value')
      .execute();
    return new Map(rows.map(({ value, persons }) => [value, Number(persons)]));
  },
  hours: ({ tenant_no, view }, person) =>
    kysely
      .selectFrom('watch_hour')
      .selectAll()
      .where('tenant_no', '=', tenant_no)
      .where('view', '=', view)
      .where('person', '=', person)
      .orderBy('hour')
      .execute(),
  recent: ({ tenant_no, view }, persons, at) =>
    inParts(persons, (some) =>
      kysely
        .selectFrom('finding')
        .selectAll()
        .where('tenant_no', '=', tenant_no)
        .where('view', '=', view)
        .where('person', 'in', some)
        .where((is) => is.or([is('to_at', '>=', at), is('muted_until', '>', at)]))
        .execute(),
    ),
});

type Telling = 'findings' | 'finding' | 'judge' | 'persons' | 'judged' | 'forget';
const tellingOf = (database: Database): Pick<Unusual, Telling> => {
  const { kysely } = database;
  const rows = (tenantNo: number) =>
    kysely.selectFrom('finding').selectAll().where('tenant_no', '=', tenantNo);
  return {
    findings(tenantNo, { state, after, limit }) {
      let found = rows(tenantNo);
      if (state) found = found.where('state', '=', state);
      if (after) {
        const { at, id } = after;
        found = found.where((is) =>
          is.or([
            is('from_at', '<', at),
            is.and([is('from_at', '=', at), is('finding_id', '<', id)]),
          ]),
        );
      }
      return found.orderBy('from_at', 'desc').orderBy('finding_id', 'desc').limit(limit).execute();
    },
    finding: (tenantNo, findingId) =>
      rows(tenantNo).where('finding_id', '=', findingId).executeTakeFirst(),
    async judge({ tenant_no, finding_id }, fields) {
      await kysely
        .updateTable('finding')
        .set(fields)
        .where('tenant_no', '=', tenant_no)
        .where('finding_id', '=', finding_id)
        .execute();
    },
    async persons(tenantNo) {
      const known = await kysely
        .selectFrom('watch_seen')
        .select('person')
        .where('tenant_no', '=', tenantNo)
        .where('kind', '=', 'person')
        .execute();
      const found = await rows(tenantNo).select(['person', 'name']).execute();
      return [...known.map(({ person }) => ({ person, name: null })), ...found];
    },
    judged: (tenantNo) => rows(tenantNo).where('judged_at', 'is not', null).execute(),
    async forget(tenantNo, persons) {
      const free = 'UPDATE watch SET holder = NULL, next_at = 0 WHERE tenant_no = ?';
      const gone = persons.flatMap((person) =>
        ['watch_hour', 'watch_seen', 'finding'].map((table) => ({
          sql: `DELETE FROM ${table} WHERE tenant_no = ? AND person = ?`,
          parameters: [tenantNo, person],
        })),
      );
      await database.write([{ sql: free, parameters: [tenantNo] }, ...gone]);
    },
  };
};

export const unusualOf = (database: Database): Unusual => ({
  ...watchingOf(database),
  ...knowingOf(database.kysely),
  ...tellingOf(database),
});
