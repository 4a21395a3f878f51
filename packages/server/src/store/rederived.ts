/**
 * What is derived, of events that were changed: as it was is taken back, as it is now is added at
 * the same sequences.
 */
import { integerColumn, textColumn } from '../columns.ts';
import { countSteps } from './count-texts.ts';
import type { WriteStep } from './database.ts';
import { insertStep } from './derived-insert.ts';
import type {
  CountRow,
  EntityRow,
  EventEntry,
  NameRow,
  NewKind,
  Place,
  Runner,
} from './derived-rows.ts';
import { ENTITY, entrySteps, FOLLOWER, KIND, MERGE_NAME, NAME } from './derived-steps.ts';
import { refactSteps } from './facts.ts';
import { NAMES_OF_ENTITIES } from './index-tables.ts';
import { LOOK_UP } from './revision-steps.ts';
import type { TermWriter } from './terms-postgres.ts';

export interface Rederivation {
  readonly tenantNo: number;
  /** Events that have been read; below zero all is thrown away anyway. */
  readonly cursor: number;
  /** Of the log, before it is changed. */
  readonly revision: number;
  /** Events as they were. */
  readonly gone: readonly EventEntry[];
  /** The same as they are now, but for those that were removed. */
  readonly left: readonly EventEntry[];
  /** The difference. */
  readonly counts: readonly CountRow[];
  readonly kinds: readonly NewKind[];
  /** As they are now, whole. */
  readonly entities: readonly EntityRow[];
  /** Entities that no event names any more. */
  readonly goneEntities: readonly number[];
  /** To be merged with what is there. */
  readonly names: readonly NameRow[];
  readonly goneNames: readonly { readonly entity: number; readonly folded: string }[];
  /** Names that stand in place of those that are gone. */
  readonly newNames: readonly NameRow[];
  /** Words of the vocabulary that no event has any more. */
  readonly goneWords: readonly string[];
}

const setAll = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(', ');
const REPLACE_ENTITY = `ON CONFLICT (tenant_no, entity) DO UPDATE SET ${setAll([
  ...['name', 'email', 'named_at', 'emailed_at', 'first_seen', 'acted_at', 'touched_at'],
  ...['created_at', 'deleted_at', 'events', 'own_events'],
])}`;
const REPLACE_NAME = `ON CONFLICT (tenant_no, folded, entity) DO UPDATE SET ${setAll([
  ...['is_whole', 'name', 'last_seen'],
])}`;

/** Whoever derives else must find the cursor as it was: one of two waits here and then fails. */
function cursorSteps({ tenantNo, cursor, revision }: Rederivation): WriteStep[] {
  return [
    {
      sql: `INSERT INTO follower_cursor (tenant_no, follower, sequence, revision)
        VALUES (?, '${FOLLOWER}', 0, ?) ON CONFLICT DO NOTHING`,
      parameters: [tenantNo, revision],
    },
    {
      sql: `UPDATE follower_cursor SET revision = ?
        WHERE tenant_no = ? AND revision = ? AND sequence = ? AND follower = '${FOLLOWER}'`,
      parameters: [revision + 1, tenantNo, revision, cursor],
      expect: 1,
    },
  ];
}

/** Deletes rows by key: a statement a row on SQLite, one for all on PostgreSQL. */
function deleteStep(
  { dialect }: Runner,
  table: string,
  keys: readonly (readonly [name: string, type: 'int' | 'bigint' | 'text'])[],
  rows: readonly (readonly (string | number)[])[],
): WriteStep[] {
  if (rows.length === 0) return [];
  const names = keys.map(([name]) => name);
  const sql =
    dialect === 'sqlite'
      ? `DELETE FROM ${table} WHERE ${names.map((name) => `${name} = ?`).join(' AND ')}`
      : `DELETE FROM ${table} AS t
         USING unnest(${keys.map(([, type]) => `?::${type}[]`).join(', ')}) AS gone (${names})
         WHERE ${names.map((name) => `t.${name} = gone.${name}`).join(' AND ')}`;
  const columns = keys.map(([, type], at) =>
    type === 'text'
      ? textColumn(rows.map((row) => String(row[at])))
      : integerColumn(rows.map((row) => Number(row[at]))),
  );
  return [{ sql, parameters: [], rows: { count: rows.length, columns } }];
}

const sequenceKeys = [
  ['tenant_no', 'int'],
  ['sequence', 'bigint'],
] as const;

/** Sequences that lie so close are looked for together: about as many rows as an index range. */
const CLOSE_SEQUENCES = 2_000;

/** By ranges of sequences, of which the index knows where they lie, nearly. */
function goneTexts(gone: readonly EventEntry[]): WriteStep[] {
  const sequences = gone.map(({ sequence }) => sequence).sort((one, other) => one - other);
  const ranges: { from: number; to: number }[] = [];
  for (const sequence of sequences) {
    const last = ranges.at(-1);
    if (last && sequence - last.to < CLOSE_SEQUENCES) last.to = sequence;
    else ranges.push({ from: sequence, to: sequence });
  }
  const tenantNo = gone[0]?.tenantNo ?? 0;
  // The sum keeps the list out of the index, which would be read once for each of its items; IS
  // TRUE keeps it from becoming a join: it is looked up in a hash, not read for each row.
  const sql = `DELETE FROM event_text AS t
    USING jsonb_array_elements(?::jsonb) AS range (value)
    WHERE t.tenant_no = ? AND t.sequence >= (value ->> 0)::bigint
      AND t.sequence <= (value ->> 1)::bigint
      AND (t.sequence + 0 IN (SELECT jsonb_array_elements_text(?::jsonb)::bigint)) IS TRUE`;
  const listed = JSON.stringify(ranges.map(({ from, to }) => [from, to]));
  return gone.length === 0
    ? []
    : [{ sql, parameters: [listed, tenantNo, JSON.stringify(sequences)], expect: gone.length }];
}

/** What finds the events as they were. */
function goneSteps(runner: Runner, gone: readonly EventEntry[]): WriteStep[] {
  const places = gone.map(({ tenantNo, sequence }) => [tenantNo, sequence] as const);
  if (runner.dialect === 'postgres') return goneTexts(gone);
  const partyKeys = [
    ...([
      ['tenant_no', 'int'],
      ['entity', 'int'],
      ['occurred_at', 'bigint'],
    ] as const),
    ['sequence', 'bigint'] as const,
  ];
  const key = ({ tenantNo, occurredAt, sequence }: Place, entity: number) =>
    [tenantNo, entity, occurredAt, sequence] as const;
  const parties = gone.flatMap((entry) => entry.parties.map(({ entity }) => key(entry, entity)));
  const texts = `DELETE FROM event_text WHERE rowid IN (
    SELECT row FROM text_row WHERE tenant_no = ? AND sequence = ?)`;
  const columns = [0, 1].map((at) => integerColumn(places.map((place) => place[at] ?? 0)));
  return [
    ...deleteStep(runner, 'party', partyKeys, parties),
    ...(gone.length > 0
      ? [{ sql: texts, parameters: [], rows: { count: gone.length, columns } }]
      : []),
    ...deleteStep(runner, 'text_row', sequenceKeys, places),
  ];
}

/** All that changes; the cursor first, so that it fences what was read before. */
export async function rederivedSteps(
  runner: Runner,
  terms: TermWriter,
  made: Rederivation,
): Promise<WriteStep[]> {
  const { tenantNo, gone, left } = made;
  const facts = new Map(
    gone.map(({ sequence }) => [sequence, undefined as EventEntry | undefined]),
  );
  for (const entry of left) facts.set(entry.sequence, entry);
  const entityKeys = [['tenant_no', 'int'] as const, ['entity', 'int'] as const];
  const nameKeys = [...entityKeys, ['folded', 'text'] as const];
  const wordKeys = [['tenant_no', 'int'] as const, ['word', 'text'] as const];
  const goneEntities = made.goneEntities.map((entity) => [tenantNo, entity] as const);
  return [
    ...(runner.dialect === 'postgres' ? LOOK_UP : []),
    ...cursorSteps(made),
    ...deleteStep(runner, 'entity', entityKeys, goneEntities),
    ...deleteStep(runner, NAMES_OF_ENTITIES[runner.dialect], entityKeys, goneEntities),
    ...insertStep(runner, 'entity', ENTITY, made.entities, REPLACE_ENTITY),
    ...deleteStep(
      runner,
      'entity_name',
      nameKeys,
      made.goneNames.map(({ entity, folded }) => [tenantNo, entity, folded]),
    ),
    ...insertStep(runner, 'entity_name', NAME, made.newNames, REPLACE_NAME),
    ...insertStep(runner, 'entity_name', NAME, made.names, MERGE_NAME),
    ...(await countSteps(runner, made.counts)),
    ...insertStep(runner, 'event_kind', KIND, made.kinds),
    ...(facts.size > 0 ? await refactSteps(runner, tenantNo, facts) : []),
    ...goneSteps(runner, gone),
    ...(await entrySteps(runner, terms, left)),
    // Words of what is left were added before: of those that are gone none is among them.
    ...deleteStep(
      runner,
      'word',
      wordKeys,
      made.goneWords.map((word) => [tenantNo, word]),
    ),
  ];
}
