/** Statements that store what a follower has derived, merged with what is there. */
import type { Columns } from '../columns.ts';
import { countSteps } from './count-texts.ts';
import type { WriteStep } from './database.ts';
import { columnOf, type Filling, insertStep } from './derived-insert.ts';
import type {
  CursorMove,
  DerivedBatch,
  EntityRow,
  EventEntry,
  NameRow,
  NewKind,
  Party,
  Place,
  Runner,
} from './derived-rows.ts';
import { factSteps } from './facts.ts';
import type { TermWriter } from './terms-postgres.ts';
import { sqliteTextSteps } from './texts-sqlite.ts';

export const FOLLOWER = 'index';
/** In place of a cursor: what was derived is to be made anew. */
export const RENEW = -1;

const PARTY: Filling<Place & Party> = [
  ['tenant_no', 'int', (row) => row.tenantNo],
  ['entity', 'int', (row) => row.entity],
  ['occurred_at', 'bigint', (row) => row.occurredAt],
  ['sequence', 'bigint', (row) => row.sequence],
  ['role', 'int', (row) => row.role],
];
export const ENTITY: Filling<EntityRow> = [
  ['tenant_no', 'int', (row) => row.tenantNo],
  ['entity', 'int', (row) => row.entity],
  ['digest', 'bytea', (row) => row.digest],
  ['type', 'text', (row) => row.type],
  ['id', 'text', (row) => row.id],
  ['name', 'text', (row) => row.name],
  ['email', 'text', (row) => row.email],
  ['named_at', 'bigint', (row) => row.namedAt],
  ['emailed_at', 'bigint', (row) => row.emailedAt],
  ['first_seen', 'bigint', (row) => row.firstSeen],
  ['acted_at', 'bigint', (row) => row.actedAt],
  ['touched_at', 'bigint', (row) => row.touchedAt],
  ['created_at', 'bigint', (row) => row.createdAt],
  ['deleted_at', 'bigint', (row) => row.deletedAt],
  ['events', 'bigint', (row) => row.events],
  ['own_events', 'bigint', (row) => row.ownEvents],
];
export const NAME: Filling<NameRow> = [
  ['tenant_no', 'int', (row) => row.tenantNo],
  ['folded', 'text', (row) => row.folded],
  ['entity', 'int', (row) => row.entity],
  ['is_whole', 'int', (row) => row.isWhole],
  ['name', 'text', (row) => row.name],
  ['last_seen', 'bigint', (row) => row.lastSeen],
];
export const KIND: Filling<NewKind> = [
  ['tenant_no', 'int', (row) => row.tenantNo],
  ['kind', 'int', (row) => row.kind],
  ['digest', 'bytea', (row) => row.digest],
  ['text', 'text', (row) => row.text],
];
const CURSOR: Filling<CursorMove> = [
  ['tenant_no', 'int', (row) => row.tenantNo],
  ['follower', 'text', () => FOLLOWER],
  ['sequence', 'bigint', (row) => Math.min(row.was, row.next)],
  ['revision', 'int', (row) => row.revision],
];

const later = (table: string, column: string): string =>
  `${column} = CASE WHEN excluded.${column} > ${table}.${column}
    THEN excluded.${column} ELSE ${table}.${column} END`;
/** The latest one that there is. */
const latest = (column: string, time: string): string =>
  `${column} = CASE WHEN excluded.${time} >= entity.${time}
    THEN excluded.${column} ELSE entity.${column} END`;
const MERGE_ENTITY = `ON CONFLICT (tenant_no, entity) DO UPDATE SET
  ${latest('name', 'named_at')},
  ${latest('email', 'emailed_at')},
  first_seen = CASE WHEN excluded.first_seen < entity.first_seen
    THEN excluded.first_seen ELSE entity.first_seen END,
  ${['named_at', 'emailed_at', 'acted_at', 'touched_at', 'created_at', 'deleted_at']
    .map((column) => later('entity', column))
    .join(', ')},
  events = entity.events + excluded.events,
  own_events = entity.own_events + excluded.own_events`;
export const MERGE_NAME = `ON CONFLICT (tenant_no, folded, entity) DO UPDATE SET
  ${later('entity_name', 'last_seen')},
  is_whole = CASE WHEN entity_name.is_whole = 1 THEN 1 ELSE excluded.is_whole END`;
/** Moves the cursors, each from where it must be: so a batch is stored once, of what is there. */
function cursorSteps(runner: Runner, moves: readonly CursorMove[]): WriteStep[] {
  const fresh = moves.filter(({ was }) => was === 0);
  const made = insertStep(runner, 'follower_cursor', CURSOR, fresh, 'ON CONFLICT DO NOTHING');
  const columns = [
    columnOf(moves.map(({ next }) => next)),
    columnOf(moves.map(({ tenantNo }) => tenantNo)),
    columnOf(moves.map(({ was }) => was)),
    columnOf(moves.map(({ revision }) => revision)),
  ];
  const sql =
    runner.dialect === 'sqlite'
      ? `UPDATE follower_cursor SET sequence = ?
         WHERE tenant_no = ? AND sequence = ? AND revision = ? AND follower = '${FOLLOWER}'`
      : `UPDATE follower_cursor AS c SET sequence = move.next
         FROM unnest(?::bigint[], ?::int[], ?::bigint[], ?::int[])
           AS move (next, tenant_no, was, revision)
         WHERE c.tenant_no = move.tenant_no AND c.sequence = move.was
           AND c.revision = move.revision AND c.follower = '${FOLLOWER}'`;
  const rows: Columns = { count: moves.length, columns };
  return [...made, { sql, parameters: [], rows, expect: moves.length }];
}

const byKey = <R extends { tenantNo: number; entity: number }>(one: R, other: R): number =>
  one.tenantNo - other.tenantNo || one.entity - other.entity;

/** What finds events, by party and by word. */
export async function entrySteps(
  runner: Runner,
  terms: TermWriter,
  entries: readonly EventEntry[],
) {
  if (entries.length === 0) return [];
  if (runner.dialect === 'postgres') return terms.steps(entries);
  const parties = entries
    .flatMap(({ tenantNo, sequence, occurredAt, parties: of }) =>
      of.map((party) => ({ tenantNo, sequence, occurredAt, ...party })),
    )
    .sort(byKey);
  return [
    ...insertStep(runner, 'party', PARTY, parties, 'ON CONFLICT DO NOTHING'),
    ...(await sqliteTextSteps(runner, entries)),
  ];
}

/** Everything of a batch; its cursors first, so that of two followers one waits and then fails. */
export const batchSteps = async (
  runner: Runner,
  terms: TermWriter,
  batch: DerivedBatch,
): Promise<WriteStep[]> => [
  ...cursorSteps(runner, batch.cursors),
  ...insertStep(runner, 'entity', ENTITY, batch.entities.toSorted(byKey), MERGE_ENTITY),
  ...insertStep(runner, 'entity_name', NAME, batch.names, MERGE_NAME),
  ...(await countSteps(runner, batch.counts)),
  ...insertStep(runner, 'event_kind', KIND, batch.kinds),
  ...(await factSteps(runner, batch.cursors, batch.entries)),
  ...(await entrySteps(runner, terms, batch.entries)),
];

/** Marks cursors so that the followers make what is derived of these tenants anew. */
export function renewSteps(runner: Runner, tenantNos: readonly number[]): WriteStep[] {
  const rows = tenantNos.map((tenantNo) => ({ tenantNo, was: 0, next: RENEW, revision: 0 }));
  const again = `ON CONFLICT (tenant_no, follower) DO UPDATE
    SET sequence = ${RENEW}, generation = follower_cursor.generation + 1`;
  return insertStep(runner, 'follower_cursor', CURSOR, rows, again);
}
