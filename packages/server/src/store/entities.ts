/** Who and what a tenant's events involve, by number, by name, and as lists. */
import { fold } from '@annals/contract/words';
import { type Database, endOfPrefix, type Value } from './database.ts';
import { NAMES_OF_ENTITIES, NEVER } from './index-tables.ts';

export interface Entity {
  readonly entity: number;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly first_seen: number;
  /** Milliseconds, or NEVER. */
  readonly acted_at: number;
  readonly touched_at: number;
  readonly created_at: number;
  readonly deleted_at: number;
  readonly events: number;
}
/** Whether something acts or is acted on; it may be both. */
export type Side = 'actor' | 'record';

export interface NameTest {
  /** Folded. */
  readonly value: string;
  /** The name may go on. */
  readonly after: boolean;
}
export interface EntityList {
  readonly tenantNo: number;
  readonly side: Side;
  readonly type: string | undefined;
  /** Folded beginning of a name, or of a word of it. */
  readonly search: string | undefined;
  /** Beyond this one, last seen first. */
  readonly after: { readonly seenAt: number; readonly entity: number } | undefined;
  readonly limit: number;
}

export interface Entities {
  /** Numbers of entities that have or had such a name, id or e-mail; at most `limit`. */
  withName(tenantNo: number, test: NameTest, limit: number): Promise<number[]>;
  byNumber(tenantNo: number, entities: readonly number[]): Promise<Entity[]>;
  /** The latest names of actors with exactly these ids, e-mails or names; by these. */
  actorNames(tenantNo: number, values: readonly string[]): Promise<Map<string, string>>;
  list(asked: EntityList): Promise<Entity[]>;
  /** Every whole name of the entities, the latest first. */
  names(
    tenantNo: number,
    entities: readonly number[],
  ): Promise<{ entity: number; folded: string; name: string }[]>;
}

/** Entities whose names begin so, of which the last seen are taken. */
const SEARCHED_MOST = 2_000;

type Named = Pick<Entity, 'id' | 'email' | 'name' | 'acted_at'>;

/** Names by the ids and e-mails that are wanted; of what has several, that of the latest actor. */
function latestNames(rows: readonly Named[], wanted: ReadonlySet<string>): Map<string, string> {
  const names = new Map<string, string>();
  const actors = rows.filter(({ acted_at, name }) => acted_at !== NEVER && name !== '');
  for (const { id, email, name } of actors.sort((one, other) => one.acted_at - other.acted_at)) {
    for (const value of [id, email]) if (wanted.has(value)) names.set(value, name);
  }
  return names;
}

const COLUMNS = `entity, type, id, name, email, first_seen, acted_at, touched_at, created_at,
  deleted_at, events`;
/** In a JSON list, which may be long. */
const listed = ({ dialect }: Database, type: 'int' | 'text'): string =>
  dialect === 'sqlite'
    ? 'IN (SELECT value FROM json_each(?))'
    : `= ANY (ARRAY(SELECT jsonb_array_elements_text(?::jsonb)::${type}))`;
const SEEN = { actor: 'acted_at', record: 'touched_at' } as const;

export const entitiesOf = (database: Database): Entities => ({
  async withName(tenantNo, { value, after }, limit) {
    const condition = after ? 'folded >= ? AND folded < ?' : 'folded = ?';
    const rows = await database.all<{ entity: number }>({
      sql: `SELECT DISTINCT entity FROM entity_name
        WHERE tenant_no = ? AND ${condition} LIMIT ?`,
      parameters: [tenantNo, value, ...(after ? [endOfPrefix(value)] : []), limit],
    });
    return rows.map(({ entity }) => entity);
  },
  async byNumber(tenantNo, entities) {
    return await database.all<Entity>({
      sql: `SELECT ${COLUMNS} FROM entity
        WHERE tenant_no = ? AND entity ${listed(database, 'int')}`,
      parameters: [tenantNo, JSON.stringify(entities)],
    });
  },
  async actorNames(tenantNo, values) {
    const rows = await database.all<Named>({
      sql: `SELECT id, email, entity.name, acted_at FROM entity_name CROSS JOIN entity
        WHERE entity_name.tenant_no = ? AND is_whole = 1
          AND folded ${listed(database, 'text')}
          AND entity.tenant_no = entity_name.tenant_no AND entity.entity = entity_name.entity`,
      parameters: [tenantNo, JSON.stringify([...new Set(values.map(fold))])],
    });
    return latestNames(rows, new Set(values));
  },
  async list({ tenantNo, side, type, search, after, limit }) {
    const seen = SEEN[side];
    const conditions = [`tenant_no = ? AND ${seen} >= 0`];
    const parameters: Value[] = [tenantNo];
    const add = (sql: string, ...values: Value[]) => {
      conditions.push(sql);
      parameters.push(...values);
    };
    if (type !== undefined) add('type = ?', type);
    if (after) add(`(${seen}, entity) < (?, ?)`, after.seenAt, after.entity);
    if (search !== undefined) {
      add(
        `entity IN (SELECT entity FROM entity_name
          WHERE tenant_no = ? AND folded >= ? AND folded < ? LIMIT ${SEARCHED_MOST})`,
        tenantNo,
        search,
        endOfPrefix(search),
      );
    }
    return await database.all<Entity>({
      sql: `SELECT ${COLUMNS} FROM entity WHERE ${conditions.join(' AND ')}
        ORDER BY ${seen} DESC, entity DESC LIMIT ?`,
      parameters: [...parameters, limit],
    });
  },
  async names(tenantNo, entities) {
    return await database.all({
      sql: `SELECT entity, folded, name FROM ${NAMES_OF_ENTITIES[database.dialect]}
        WHERE tenant_no = ? AND is_whole = 1 AND entity ${listed(database, 'int')}
        ORDER BY last_seen DESC, folded`,
      parameters: [tenantNo, JSON.stringify(entities)],
    });
  },
});
