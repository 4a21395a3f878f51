/**
 * Everything that is kept, and all SQL. Owns the schema, the two databases and the statements:
 * one file a noun. Promises: what a write resolved for is on disk; a write unit is stored whole
 * or not at all; the same calls do the same on SQLite and PostgreSQL. Never decides who may see
 * or do what, nor which event is changed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { type ClassPolicies, classPoliciesOf } from './class-policies.ts';
import { type Counts, countsOf } from './counts.ts';
import type { Database } from './database.ts';
import { type Definitions, definitionsOf } from './definitions.ts';
import { type Deliveries, deliveriesOf } from './deliveries.ts';
import { type Entities, entitiesOf } from './entities.ts';
import { type Erasures, erasuresOf } from './erasures.ts';
import { type Events, eventsOf } from './events.ts';
import { type Exports, exportsOf } from './exports.ts';
import { type Facts, factsOf } from './facts.ts';
import { type Finds, findsOf } from './finds.ts';
import { type Heads, headsOf } from './heads.ts';
import { type Holds, holdsOf } from './holds.ts';
import { type Jobs, jobsOf } from './jobs.ts';
import { type Keys, keysOf } from './keys.ts';
import { type People, peopleOf } from './people.ts';
import { type Projects, projectsOf } from './projects.ts';
import { type Rejects, rejectsOf } from './rejects.ts';
import { type Reports, reportsOf } from './reports.ts';
import { type Retentions, retentionsOf } from './retentions.ts';
import { type Scans, scansOf } from './scans.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type SignIns, signInsOf } from './sign-ins.ts';
import { DATABASE_FILE } from './sqlite-index.ts';
import { type Tenants, tenantsOf } from './tenants.ts';
import { type Unusual, unusualOf } from './unusual.ts';
import { type Viewers, viewersOf } from './viewers.ts';

export { addCount, addCounts } from './count-texts.ts';
export type { Counted as CountedBucket, CountRange, Reach, TimeRange } from './counts.ts';
export {
  DuplicateKey,
  type HeadRow,
  type LedgerTransaction,
  type LedgerUnit,
  type NewEvent,
  Overtaken,
  type WriteStep,
} from './database.ts';
export type { DeliveryRow } from './deliveries.ts';
export type { Cursor, Numbered } from './derived.ts';
export type {
  CountRow,
  CursorMove,
  DerivedBatch,
  EncodeWords,
  EntityRow,
  EventEntry,
  NameRow,
  NewKind,
  Party,
  Place,
  ValueCounts,
} from './derived-rows.ts';
export type { Entity, Side } from './entities.ts';
export type { ErasureFields, ErasureRow } from './erasures.ts';
export type { LedgerRow, StoredTwin } from './events.ts';
export type { ExportFields, ExportRow } from './exports.ts';
export { type FactPart, NO_EVENT } from './facts.ts';
export {
  type FollowerConfig,
  type FollowerStore,
  openFollowerStore,
} from './follower-store.ts';
export type { HoldRow, NewHold } from './holds.ts';
export {
  bucketOf,
  type CountGroup,
  KINDS_MOST,
  LEVELS,
  type Level,
  levelsOf,
  NEVER,
  NOT_YET,
  OTHER_KIND,
  PARTY_ROLES,
  segmentOf,
} from './index-tables.ts';
export type { JobRow } from './jobs.ts';
export type { KeyRow, NamedKeyRow } from './keys.ts';
export { PLACES_MOST } from './lost-words.ts';
export type {
  LinkRow,
  MembershipRow,
  NamedMembershipRow,
  PersonRow,
  PlaceFilter,
} from './people.ts';
export type { ProjectRow } from './projects.ts';
export type { Source } from './proposing.ts';
export type { NewReject } from './rejects.ts';
export type { ReportFields, ReportRow } from './reports.ts';
export type { DueTenants, KeyRange, Mark, PastRow, RunRow, Takes } from './retentions.ts';
export type { PersonSessionRow } from './sign-ins.ts';
export type { TenantFields, TenantRow } from './tenants.ts';
export { hasPrefixIndex, type Words } from './texts.ts';
export type { FindingRow, HourRow, Looked, SeenRow, WatchRow } from './unusual.ts';
export type { NamedSessionRow, NamedViewerKeyRow } from './viewers.ts';

export interface Store {
  readonly database: Database;
  readonly classPolicies: ClassPolicies;
  readonly counts: Counts;
  readonly definitions: Definitions;
  readonly entities: Entities;
  readonly erasures: Erasures;
  readonly events: Events;
  readonly deliveries: Deliveries;
  readonly exports: Exports;
  readonly reports: Reports;
  readonly facts: Facts;
  readonly finds: Finds;
  readonly heads: Heads;
  readonly holds: Holds;
  readonly jobs: Jobs;
  readonly keys: Keys;
  readonly people: People;
  readonly projects: Projects;
  readonly rejects: Rejects;
  readonly retentions: Retentions;
  readonly scans: Scans;
  readonly settings: Settings;
  readonly signIns: SignIns;
  readonly tenants: Tenants;
  readonly unusual: Unusual;
  readonly viewers: Viewers;
  close(): Promise<void>;
}

/** Whether there is an embedded database in the folder; `openStore` would make one. */
export const hasEmbeddedStore = (dataDir: string): boolean =>
  existsSync(join(dataDir, DATABASE_FILE));

type StoreConfig = Pick<Config, 'dataDir' | 'databaseUrl' | 'databasePool'>;

/** Loads what the one database needs, and in other threads, which open none of these, nothing. */
async function openDatabase(config: StoreConfig, log: Log): Promise<Database> {
  if (config.databaseUrl) {
    const { openPostgres } = await import('./postgres.ts');
    return await openPostgres(config.databaseUrl, config.databasePool, log);
  }
  const { openSqlite } = await import('./sqlite.ts');
  return await openSqlite(config.dataDir);
}

/** Opens the database that the settings name and brings its schema up to date. */
export async function openStore(config: StoreConfig, log: Log): Promise<Store> {
  const database = await openDatabase(config, log);
  return {
    database,
    classPolicies: classPoliciesOf(database),
    counts: countsOf(database),
    definitions: definitionsOf(database),
    entities: entitiesOf(database),
    erasures: erasuresOf(database),
    events: eventsOf(database),
    deliveries: deliveriesOf(database),
    exports: exportsOf(database),
    reports: reportsOf(database),
    facts: factsOf(database),
    finds: findsOf(database),
    heads: headsOf(database),
    holds: holdsOf(database),
    jobs: jobsOf(database),
    keys: keysOf(database),
    people: peopleOf(database),
    projects: projectsOf(database),
    rejects: rejectsOf(database),
    retentions: retentionsOf(database),
    scans: scansOf(database),
    settings: settingsOf(database),
    signIns: signInsOf(database),
    tenants: tenantsOf(database),
    unusual: unusualOf(database),
    viewers: viewersOf(database),
    close: () => database.close(),
  };
}
