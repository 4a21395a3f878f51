/**
 * Tables that are derived from the events and can be made anew: who and what is in which event,
 * names, counts, words. On SQLite in a file of their own, on PostgreSQL beside the ledger.
 */
import { columnTypes } from './column-types.ts';

/** Beside the embedded database; may be deleted while no server runs: it is then made anew. */
export const INDEX_FILE = 'annals-index.db';
/** Raise it when tables, words or their meaning change: the file of before is then thrown away. */
export const INDEX_VERSION = 5;

/** What is counted together: in one text for each bucket of time. */
export const COUNT_GROUPS = { time: 0, kind: 1, actor: 2 } as const;
export type CountGroup = keyof typeof COUNT_GROUPS;

/** Lengths of the buckets that events are counted in, from 1970 in UTC on; longest first. */
export const LEVELS = {
  four_weeks: 28 * 24 * 3_600_000,
  week: 7 * 24 * 3_600_000,
  day: 24 * 3_600_000,
  six_hours: 6 * 3_600_000,
  hour: 3_600_000,
  quarter: 15 * 60_000,
} as const;
export type Level = keyof typeof LEVELS;
const LEVEL_NUMBERS: Readonly<Record<Level, number>> = {
  four_weeks: 0,
  week: 1,
  day: 2,
  six_hours: 3,
  hour: 4,
  quarter: 5,
};

const LEVELS_OF: Readonly<Record<CountGroup, readonly Level[]>> = {
  // Histograms, in zones with half and quarter hours too.
  time: ['four_weeks', 'week', 'day', 'hour', 'quarter'],
  // The same; a day of another zone is read in a few longer steps, since each text has many kinds.
  kind: ['four_weeks', 'week', 'day', 'six_hours', 'hour', 'quarter'],
  actor: ['four_weeks', 'week', 'day', 'six_hours'],
};
export const levelsOf = (group: CountGroup): readonly Level[] => LEVELS_OF[group];

/** Kinds of events that are kept of a tenant; the others are all counted as this one. */
export const KINDS_MOST = 20_000;
export const OTHER_KIND = 0;

/** What stands in the column `series`. */
export const seriesOf = (group: CountGroup, level: Level): number =>
  COUNT_GROUPS[group] * 8 + LEVEL_NUMBERS[level];

export const bucketOf = (level: Level, ms: number): number => Math.floor(ms / LEVELS[level]);

/**
 * A text counts events of so many sequences at most: so it stays small, however many different
 * values a bucket has, and can be written anew with each batch.
 */
const SEGMENT_EVENTS = 2 ** 17;
export const segmentOf = (sequence: number): number => Math.floor(sequence / SEGMENT_EVENTS);

/** What an entity was in an event, as bits of `party.role`. */
export const PARTY_ROLES = {
  actor: 1,
  on_behalf_of: 2,
  primary: 4,
  parent: 8,
  related: 16,
} as const;

/** `occurred_at` of what never was. */
export const NEVER = -1;
/** The first time of what has not been yet. */
export const NOT_YET = Number.MAX_SAFE_INTEGER;

/** By their entities: without statistics SQLite would rather read all names of the tenant. */
export const NAMES_OF_ENTITIES = {
  sqlite: 'entity_name INDEXED BY entity_name_entity',
  postgres: 'entity_name',
} as const;

const tables = (dialect: 'sqlite' | 'postgres'): string[] => {
  const sqlite = dialect === 'sqlite';
  const { text, big, bytes } = columnTypes(dialect);
  const end = sqlite ? ' WITHOUT ROWID' : '';
  return [
    // Events that followers have read, how often they began anew, and the log's revision.
    `CREATE TABLE follower_cursor (
      tenant_no integer NOT NULL,
      follower ${text} NOT NULL,
      sequence ${big} NOT NULL,
      generation integer NOT NULL DEFAULT 0,
      revision integer NOT NULL DEFAULT 0,
      PRIMARY KEY (tenant_no, follower))${end}`,
    // Below zero: what was derived is to be thrown away.
    'CREATE INDEX follower_rebuild ON follower_cursor (tenant_no) WHERE sequence < 0',
    `CREATE TABLE entity (
      tenant_no integer NOT NULL,
      entity integer NOT NULL,
      digest ${bytes} NOT NULL,
      type ${text} NOT NULL,
      id ${text} NOT NULL,
      name ${text} NOT NULL,
      email ${text} NOT NULL,
      named_at ${big} NOT NULL, emailed_at ${big} NOT NULL,
      first_seen ${big} NOT NULL,
      acted_at ${big} NOT NULL,
      touched_at ${big} NOT NULL,
      created_at ${big} NOT NULL, deleted_at ${big} NOT NULL,
      events ${big} NOT NULL,
      own_events ${big} NOT NULL,
      PRIMARY KEY (tenant_no, entity))${end}`,
    'CREATE UNIQUE INDEX entity_digest ON entity (tenant_no, digest)',
    'CREATE INDEX entity_acted ON entity (tenant_no, acted_at, entity)',
    'CREATE INDEX entity_touched ON entity (tenant_no, touched_at, entity)',
    `CREATE TABLE entity_name (
      tenant_no integer NOT NULL,
      folded ${text} NOT NULL,
      entity integer NOT NULL,
      is_whole integer NOT NULL,
      name ${text} NOT NULL,
      last_seen ${big} NOT NULL,
      PRIMARY KEY (tenant_no, folded, entity))${end}`,
    'CREATE INDEX entity_name_entity ON entity_name (tenant_no, entity)',
    `CREATE TABLE event_count (
      tenant_no integer NOT NULL,
      series integer NOT NULL,
      bucket integer NOT NULL,
      segment integer NOT NULL,
      counts ${text} NOT NULL,
      PRIMARY KEY (tenant_no, series, bucket, segment))${end}`,
    `CREATE TABLE event_kind (
      tenant_no integer NOT NULL,
      kind integer NOT NULL,
      digest ${bytes} NOT NULL,
      text ${text} NOT NULL,
      PRIMARY KEY (tenant_no, kind))${end}`,
    'CREATE UNIQUE INDEX event_kind_digest ON event_kind (tenant_no, digest)',
    `CREATE TABLE event_fact (
      tenant_no integer NOT NULL,
      first ${big} NOT NULL,
      from_time ${big} NOT NULL,
      to_time ${big} NOT NULL,
      kinds ${bytes} NOT NULL,
      actors ${bytes} NOT NULL,
      times ${bytes} NOT NULL,
      PRIMARY KEY (tenant_no, first))`,
  ];
};

/** The whole schema of the index file. */
export const INDEX_SQLITE: readonly string[] = [
  ...tables('sqlite'),
  `CREATE TABLE party (
    tenant_no integer NOT NULL,
    entity integer NOT NULL,
    occurred_at integer NOT NULL,
    sequence integer NOT NULL,
    role integer NOT NULL,
    PRIMARY KEY (tenant_no, entity, occurred_at, sequence)) WITHOUT ROWID`,
  `CREATE TABLE text_row (
    row integer PRIMARY KEY,
    tenant_no integer NOT NULL,
    occurred_at integer NOT NULL,
    sequence integer NOT NULL)`,
  // The row of an event that is changed.
  'CREATE INDEX text_row_place ON text_row (tenant_no, sequence)',
  `CREATE VIRTUAL TABLE event_text USING fts5 (
    plain, names, paths, "values", personal,
    content = '', contentless_delete = 1, detail = column,
    tokenize = "ascii tokenchars '_'")`,
  `CREATE TABLE index_state (name text PRIMARY KEY, value text NOT NULL)`,
];

export const INDEX_POSTGRES: readonly string[] = [
  ...tables('postgres'),
  `CREATE TABLE event_text (
    tenant_no integer NOT NULL,
    sequence bigint NOT NULL,
    occurred_at bigint NOT NULL,
    terms integer[] NOT NULL)`,
  'CREATE INDEX event_text_terms ON event_text USING gin (terms)',
  // The rows of events that are changed: they lie nearly in the order of sequences.
  `CREATE INDEX event_text_place ON event_text USING brin (tenant_no, sequence)
    WITH (pages_per_range = 32)`,
  // Numbers that hardly shrink, of which single columns are read.
  `ALTER TABLE event_fact ALTER kinds SET STORAGE EXTERNAL, ALTER actors SET STORAGE EXTERNAL,
    ALTER times SET STORAGE EXTERNAL`,
  `CREATE TABLE word (
    tenant_no integer NOT NULL,
    word text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_no, word))`,
  // Which server follows, until when; the others wait for their turn.
  `CREATE TABLE follower_lease (
    follower text COLLATE "C" PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    held_until bigint NOT NULL)`,
  'CREATE INDEX ledger_head_changed ON ledger_head (changed_at)',
];

const POSTGRES_TABLES = [
  ...['follower_cursor', 'entity', 'entity_name', 'event_count', 'event_kind'],
  ...['event_fact', 'event_text', 'word', 'follower_lease'],
];
export const DROP_INDEX_POSTGRES: readonly string[] = [
  `DROP TABLE IF EXISTS ${POSTGRES_TABLES.join(', ')}`,
  'DROP INDEX IF EXISTS ledger_head_changed',
];
