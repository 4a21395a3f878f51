/**
 * What is derived from events: written in batches with the cursors they move, read by followers to
 * know where they are. A batch that another follower has overtaken stores nothing.
 */

import type { ClassPolicy } from '@annals/contract/leaf';
import type { EventBlock, EventKey } from '../event-rows.ts';
import { allPolicies } from './class-policies.ts';
import { integerList, NOW_MS, type WriteStep } from './database.ts';
import type { DerivedBatch, EncodeWords, EntityRow, Runner } from './derived-rows.ts';
import { batchSteps, FOLLOWER, renewSteps } from './derived-steps.ts';
import type { Entity } from './entities.ts';
import { bytesIn, eventsFrom, type LedgerRow, ledgerRowsOf } from './events.ts';
import { NAMES_OF_ENTITIES } from './index-tables.ts';
import { lostWords, type WordFound } from './lost-words.ts';
import { type KeysAsked, partyKeys } from './party-keys.ts';
import { type Rederivation, rederivedSteps } from './rederived.ts';
import { type LedgerRevision, ledgerSteps } from './revision-steps.ts';
import { scrubIndex } from './sqlite-scrub.ts';
import { TermWriter } from './terms-postgres.ts';
import { deleteTexts, encodeSqlite } from './texts-sqlite.ts';

/** Rows taken away in one transaction when an index is thrown away. */
const FORGET_ROWS = 20_000;

export interface Derived {
  /** Whether it has a file of its own, which is written after the ledger's. */
  readonly isApart: boolean;
  /** Makes the words of an entry of the next batch; entries are made in the order of batches. */
  readonly encode: EncodeWords;
  /** Entities as they are stored. */
  entityRows(tenantNo: number, entities: readonly number[]): Promise<EntityRow[]>;
  /** Every whole name, id and e-mail that entities had, and about when they were seen last. */
  wholeNames(
    tenantNo: number,
    entities: readonly number[],
  ): Promise<{ entity: number; name: string; lastSeen: number }[]>;
  /** For each asked the places of its entity's events; on PostgreSQL some may be of others. */
  partyKeys(tenantNo: number, asks: readonly KeysAsked[]): Promise<EventKey[][]>;
  /** Of these words of the vocabulary, those that no event has but for the changed ones. */
  lostWords(
    tenantNo: number,
    words: readonly string[],
    changed: readonly number[],
  ): Promise<WordFound[]>;
  /** Statements that store what changed events change; on PostgreSQL with those of the ledger. */
  rederivation(made: Rederivation): Promise<WriteStep[]>;
  /** Stores them, where they have a file of their own. */
  takeOver(steps: readonly WriteStep[]): Promise<void>;
  /** What was taken back is then in no file of its own any more; takes long for a large one. */
  scrub(): Promise<void>;
  /** Nothing is sure any more of the words that were remembered. */
  forgetWords(): void;
  /** Stores the batch whole, or throws and stores nothing. */
  write(batch: DerivedBatch): Promise<void>;
  /** Puts what was written last where it is found fast; to be called when there is time. */
  settle(): Promise<void>;
  /** Numbers of what is known, by digest in hex. */
  numbers(
    of: Numbered,
    tenantNo: number,
    digests: readonly Uint8Array[],
  ): Promise<Map<string, number>>;
  /** The highest number that the tenant has, 0 if there is none. */
  lastNumber(of: Numbered, tenantNo: number): Promise<number>;
  /** Asks the followers to throw away what is derived for a tenant and to make it anew. */
  renew(tenantNos: readonly number[]): Promise<void>;
  /** Tenants of which that was asked. */
  toRenew(): Promise<number[]>;
  /**
   * Throws away what is derived for a tenant, in steps; done when it answers true. From then on
   * what is derived is of this revision of the log.
   */
  forget(tenantNo: number, revision: number): Promise<boolean>;
  /** How many events have been read of each tenant; all, or those of a list. */
  cursors(tenantNos?: readonly number[]): Promise<Map<number, Cursor>>;
  /** Whether this follower is the one that works, for so many ms from now on. */
  lease(holder: string, ms: number): Promise<boolean>;
  release(holder: string): Promise<void>;
}

export interface Cursor {
  /** Events that have been read; below zero: what was derived is to be made anew. */
  readonly sequence: number;
  /** Of the log, as it was read. */
  readonly revision: number;
}

/** Tables of what has a number in each tenant, and the column it is in. */
const NUMBERS = { entity: 'entity', event_kind: 'kind' } as const;
export type Numbered = keyof typeof NUMBERS;

export interface Followed {
  /** The next events of a tenant, in order of sequence. */
  read(tenantNo: number, from: number, limit: number): Promise<EventBlock>;
  /** Logs that other servers may have moved since a moment of the database's clock, or all. */
  moved(since: number | undefined): Promise<{ sizes: Map<number, number>; now: number }>;
  sizes(tenantNos: readonly number[]): Promise<Map<number, number>>;
  /** Of logs of which events were changed, how often that was; all, or those of a list. */
  revisions(tenantNos?: readonly number[]): Promise<Map<number, number>>;
  /** Everything that the ledger holds of events with these sequences, in their order. */
  rows(tenantNo: number, sequences: readonly number[]): Promise<LedgerRow[]>;
  policies(): Promise<Map<number, ClassPolicy>>;
  /** Statements that store what stays of events in the ledger; whoever writes there runs them. */
  revision(made: LedgerRevision): WriteStep[];
}

export const followedOf = (runner: Runner): Followed => {
  const sizesOf = async (where: string, parameters: readonly number[]) => {
    const rows = await runner.all<{ tenant_no: number; size: number }>({
      sql: `SELECT tenant_no, size FROM ledger_head WHERE size > 0 AND ${where}`,
      parameters,
    });
    return new Map(rows.map(({ tenant_no, size }) => [tenant_no, size]));
  };
  return {
    read: eventsFrom(runner),
    sizes: (tenantNos) => sizesOf(`tenant_no IN (${integerList(tenantNos)})`, []),
    async revisions(tenantNos) {
      const some = tenantNos === undefined ? '' : `AND tenant_no IN (${integerList(tenantNos)})`;
      const rows = await runner.all<{ tenant_no: number; revision: number }>({
        sql: `SELECT tenant_no, revision FROM ledger_head WHERE revision > 0 ${some}`,
        parameters: [],
      });
      return new Map(rows.map(({ tenant_no, revision }) => [tenant_no, revision]));
    },
    rows: ledgerRowsOf(runner),
    policies: () => allPolicies(runner),
    revision: (made) => ledgerSteps(runner.dialect, made),
    async moved(since) {
      const [row] = await runner.all<{ now: number }>({
        sql: `SELECT ${NOW_MS[runner.dialect]} AS now`,
        parameters: [],
      });
      if (since === undefined) return { sizes: await sizesOf('true', []), now: row?.now ?? 0 };
      // One process owns an embedded database and tells of each commit itself.
      const isAlone = runner.dialect === 'sqlite';
      const sizes = isAlone ? new Map<number, number>() : await sizesOf('changed_at >= ?', [since]);
      return { sizes, now: row?.now ?? 0 };
    },
  };
};

/**
 * Only if the log is of this revision still: whoever changes it changes the cursor first. On SQLite
 * nobody does meanwhile.
 */
function sameRevision(dialect: Runner['dialect'], tenantNo: number, revision: number): WriteStep[] {
  if (dialect === 'sqlite') return [];
  const sql = `SELECT 1 WHERE NOT EXISTS (
    SELECT 1 FROM ledger_head WHERE tenant_no = ? AND revision <> ?)`;
  return [{ sql, parameters: [tenantNo, revision], expect: 1 }];
}

/** Removes what is derived of a tenant, but for what was removed in steps before. */
function emptied(dialect: Runner['dialect'], tenantNo: number, revision: number): WriteStep[] {
  const own = dialect === 'sqlite' ? ['party'] : ['event_text', 'word'];
  const tables = [...own, 'entity', 'entity_name', 'event_count', 'event_kind', 'event_fact'];
  return [
    {
      sql: 'UPDATE follower_cursor SET sequence = 0, revision = ? WHERE tenant_no = ?',
      parameters: [revision, tenantNo],
    },
    ...sameRevision(dialect, tenantNo, revision),
    ...tables.map((table) => ({
      sql: `DELETE FROM ${table} WHERE tenant_no = ?`,
      parameters: [tenantNo],
    })),
  ];
}

/** What is derived of single entities, as it is stored. */
const knownOf = (runner: Runner): Pick<Derived, 'entityRows' | 'wholeNames' | 'partyKeys'> => {
  const listed =
    runner.dialect === 'sqlite'
      ? 'IN (SELECT value FROM json_each(?))'
      : '= ANY (ARRAY(SELECT jsonb_array_elements_text(?::jsonb)::int))';
  return {
    async entityRows(tenantNo, entities) {
      const rows = await runner.all<StoredEntity>({
        sql: `SELECT * FROM entity WHERE tenant_no = ? AND entity ${listed}`,
        parameters: [tenantNo, JSON.stringify(entities)],
      });
      return rows.map(toEntityRow);
    },
    async wholeNames(tenantNo, entities) {
      const rows = await runner.all<{ entity: number; name: string; last_seen: number }>({
        sql: `SELECT entity, name, last_seen FROM ${NAMES_OF_ENTITIES[runner.dialect]}
          WHERE tenant_no = ? AND is_whole = 1 AND entity ${listed}`,
        parameters: [tenantNo, JSON.stringify(entities)],
      });
      return rows.map(({ entity, name, last_seen: lastSeen }) => ({ entity, name, lastSeen }));
    },
    partyKeys: (tenantNo, asks) => partyKeys(runner, tenantNo, asks),
  };
};

const numbersOf = (runner: Runner): Pick<Derived, 'numbers' | 'lastNumber'> => ({
  async numbers(of, tenantNo, digests) {
    if (digests.length === 0) return new Map();
    const list = bytesIn(runner.dialect, digests);
    const rows = await runner.all<{ digest: Uint8Array; number: number }>({
      sql: `SELECT digest, ${NUMBERS[of]} AS number FROM ${of}
        WHERE tenant_no = ? AND digest ${list.sql}`,
      parameters: [tenantNo, ...list.parameters],
    });
    return new Map(rows.map((row) => [Buffer.from(row.digest).toString('hex'), row.number]));
  },
  async lastNumber(of, tenantNo) {
    const [row] = await runner.all<{ last: number | null }>({
      sql: `SELECT max(${NUMBERS[of]}) AS last FROM ${of} WHERE tenant_no = ?`,
      parameters: [tenantNo],
    });
    return row?.last ?? 0;
  },
});

type Changing = 'rederivation' | 'takeOver' | 'scrub' | 'forgetWords' | 'lostWords';

/** What follows a change of stored events. */
const changingOf = (runner: Runner, terms: TermWriter): Pick<Derived, Changing> => ({
  rederivation: (made) => rederivedSteps(runner, terms, made),
  async takeOver(steps) {
    await runner.write(steps);
  },
  async scrub() {
    if (runner.dialect === 'sqlite') await scrubIndex(runner);
  },
  forgetWords: () => terms.forget(),
  lostWords: (tenantNo, words, changed) => lostWords(runner, tenantNo, words, changed),
});

interface StoredEntity extends Entity {
  readonly tenant_no: number;
  readonly digest: Uint8Array;
  readonly named_at: number;
  readonly emailed_at: number;
  readonly own_events: number;
}
const toEntityRow = (row: StoredEntity): EntityRow => ({
  tenantNo: row.tenant_no,
  entity: row.entity,
  digest: row.digest,
  type: row.type,
  id: row.id,
  name: row.name,
  email: row.email,
  namedAt: row.named_at,
  emailedAt: row.emailed_at,
  firstSeen: row.first_seen,
  actedAt: row.acted_at,
  touchedAt: row.touched_at,
  createdAt: row.created_at,
  deletedAt: row.deleted_at,
  events: row.events,
  ownEvents: row.own_events,
});

export const derivedOf = (runner: Runner): Derived => {
  const terms = new TermWriter();
  return {
    isApart: runner.dialect === 'sqlite',
    encode: runner.dialect === 'sqlite' ? encodeSqlite : terms.encode,
    async write(batch) {
      try {
        await runner.write(await batchSteps(runner, terms, batch));
      } catch (error) {
        terms.forget();
        throw error;
      }
    },
    ...knownOf(runner),
    ...changingOf(runner, terms),
    async settle() {
      if (runner.dialect === 'sqlite') return;
      // Ranges of which the index knows nothing yet are read whole when events are changed.
      const place = "SELECT brin_summarize_new_values('event_text_place')";
      await runner.all({ sql: place, parameters: [] });
      // New entries of a GIN index wait in a list, all of which every question reads.
      const sql = "SELECT gin_clean_pending_list('event_text_terms')";
      await runner.all({ sql, parameters: [] });
    },
    ...numbersOf(runner),
    async forget(tenantNo, revision) {
      const isSqlite = runner.dialect === 'sqlite';
      if (isSqlite && !(await deleteTexts(runner, tenantNo, FORGET_ROWS))) return false;
      terms.forget();
      await runner.write(emptied(runner.dialect, tenantNo, revision));
      return true;
    },
    async renew(tenantNos) {
      if (tenantNos.length > 0) await runner.write(renewSteps(runner, tenantNos));
    },
    async toRenew() {
      const rows = await runner.all<{ tenant_no: number }>({
        sql: 'SELECT tenant_no FROM follower_cursor WHERE sequence < 0',
        parameters: [],
      });
      return rows.map(({ tenant_no }) => tenant_no);
    },
    async cursors(tenantNos) {
      const some = tenantNos === undefined ? '' : `AND tenant_no IN (${integerList(tenantNos)})`;
      const rows = await runner.all<Cursor & { tenant_no: number }>({
        sql: `SELECT tenant_no, sequence, revision FROM follower_cursor
          WHERE follower = '${FOLLOWER}' ${some}`,
        parameters: [],
      });
      return new Map(
        rows.map(({ tenant_no, sequence, revision }) => [tenant_no, { sequence, revision }]),
      );
    },
    ...leaseOf(runner),
  };
};

/** One follower works, whatever the number of servers; the cursors fence those that think so. */
const leaseOf = (runner: Runner): Pick<Derived, 'lease' | 'release'> => ({
  async lease(holder, ms) {
    // One process owns an embedded database.
    if (runner.dialect === 'sqlite') return true;
    const [changed] = await runner.write([
      {
        sql: `INSERT INTO follower_lease (follower, holder, held_until)
          VALUES ('${FOLLOWER}', ?, ${NOW_MS[runner.dialect]} + ?::int)
          ON CONFLICT (follower) DO UPDATE
            SET holder = excluded.holder, held_until = excluded.held_until
            WHERE follower_lease.holder = excluded.holder
              OR follower_lease.held_until < ${NOW_MS[runner.dialect]}`,
        parameters: [holder, ms],
      },
    ]);
    return changed === 1;
  },
  async release(holder) {
    if (runner.dialect === 'sqlite') return;
    const sql = 'DELETE FROM follower_lease WHERE holder = ?';
    await runner.write([{ sql, parameters: [holder] }]);
  },
});
