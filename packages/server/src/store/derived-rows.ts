/** Rows of the derived tables, as a follower makes them. */
import type { Database } from './database.ts';
import type { CountGroup, Level } from './index-tables.ts';

/** What a follower needs of a database. */
export type Runner = Pick<Database, 'dialect' | 'all' | 'columns' | 'write' | 'close'>;

export interface Place {
  readonly tenantNo: number;
  readonly sequence: number;
  readonly occurredAt: number;
}
/** An entity's part in an event. */
export interface Party {
  readonly entity: number;
  /** Bits of PARTY_ROLES. */
  readonly role: number;
}
/** An event as the indexes find it. */
export interface EventEntry extends Place {
  /** The number of its kind. */
  readonly kind: number;
  readonly parties: readonly Party[];
  /**
   * Its words as the database takes them, made at once: thousands of them waiting for their batch
   * would be moved about by the garbage collector.
   */
  readonly words: readonly string[];
}
/** Makes words of an entry: distinct ones in, one list a unit in the order of UNITS. */
export type EncodeWords = (
  place: Place,
  parties: readonly Party[],
  units: readonly (readonly string[])[],
) => readonly string[];

/** An entity as a batch saw it: times are the latest, or NEVER. */
export interface EntityRow {
  readonly tenantNo: number;
  readonly entity: number;
  readonly digest: Uint8Array;
  readonly type: string;
  readonly id: string;
  name: string;
  email: string;
  namedAt: number;
  emailedAt: number;
  firstSeen: number;
  actedAt: number;
  touchedAt: number;
  createdAt: number;
  deletedAt: number;
  /** How many more events, but for the log's own. */
  events: number;
  ownEvents: number;
}
export interface NameRow {
  readonly tenantNo: number;
  readonly folded: string;
  readonly entity: number;
  /** 1 if this is a whole name, 0 if it begins inside one. */
  readonly isWhole: number;
  readonly name: string;
  lastSeen: number;
}
/** What events are counted under: a value of theirs, or the number of their kind. */
export type CountedValue = string | number;
/** Numbers of events by dimension and value, as a batch or a text of `event_count` has them. */
export type ValueCounts = Map<string, Map<CountedValue, number>>;
/** More events of a bucket. */
export interface CountRow {
  readonly tenantNo: number;
  readonly group: CountGroup;
  readonly level: Level;
  readonly bucket: number;
  readonly segment: number;
  readonly counts: ValueCounts;
}
/** A kind of events, as it is first seen. */
export interface NewKind {
  readonly tenantNo: number;
  readonly kind: number;
  readonly digest: Uint8Array;
  readonly text: string;
}
export interface CursorMove {
  readonly tenantNo: number;
  readonly was: number;
  readonly next: number;
  /** Of the log, of which what was read must still be. */
  readonly revision: number;
}
export interface DerivedBatch {
  readonly cursors: readonly CursorMove[];
  readonly entries: readonly EventEntry[];
  readonly entities: readonly EntityRow[];
  readonly names: readonly NameRow[];
  readonly counts: readonly CountRow[];
  readonly kinds: readonly NewKind[];
}
