/**
 * The schema, in steps. Each step runs once, in order, in a transaction of its own; a step that
 * has been released is never changed. The two dialects differ in types and keys only.
 */

import { DEFAULT_POLICY } from '@annals/contract/leaf';
import { columnTypes } from './column-types.ts';
import { DROP_INDEX_POSTGRES, INDEX_POSTGRES } from './index-tables.ts';
import { peopleTables } from './people-tables.ts';
import { unusualTables } from './unusual-tables.ts';

interface Migration {
  readonly version: number;
  readonly sqlite: readonly string[];
  readonly postgres: readonly string[];
}

const access = (dialect: 'sqlite' | 'postgres'): string[] => {
  const sqlite = dialect === 'sqlite';
  const { text, time, bytes } = columnTypes(dialect);
  const number = sqlite
    ? 'integer PRIMARY KEY AUTOINCREMENT'
    : 'integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY';
  const bigNumber = sqlite ? number : 'bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY';
  return [
    `CREATE TABLE setting (name ${text} PRIMARY KEY, value ${text} NOT NULL)`,
    `CREATE TABLE project (
      project_no ${number},
      project ${text} NOT NULL UNIQUE,
      label ${text} NOT NULL,
      time_zone ${text} NOT NULL,
      create_tenants integer NOT NULL,
      created_at ${time} NOT NULL)`,
    `CREATE TABLE tenant (
      tenant_no ${number},
      project_no integer NOT NULL REFERENCES project,
      tenant_id ${text} NOT NULL,
      label ${text},
      created_at ${time} NOT NULL,
      UNIQUE (project_no, tenant_id))`,
    `CREATE TABLE api_key (
      key_id ${text} PRIMARY KEY,
      handle ${text} NOT NULL UNIQUE,
      hash ${bytes} NOT NULL,
      hint ${text} NOT NULL,
      label ${text} NOT NULL,
      project_no integer REFERENCES project,
      tenant_no integer REFERENCES tenant,
      scopes ${text} NOT NULL,
      created_at ${time} NOT NULL,
      expires_at ${time},
      revoked_at ${time})`,
    `CREATE TABLE reject (
      reject_no ${bigNumber},
      project_no integer NOT NULL,
      tenant_id ${text},
      key_id ${text} NOT NULL,
      rejected_at ${time} NOT NULL,
      code ${text} NOT NULL,
      path ${text} NOT NULL,
      detail ${text} NOT NULL,
      shape ${text} NOT NULL)`,
    'CREATE INDEX reject_project ON reject (project_no, reject_no)',
    'CREATE INDEX reject_time ON reject (rejected_at)',
    `CREATE TABLE job (
      job_id ${text} PRIMARY KEY,
      kind ${text} NOT NULL,
      project_no integer NOT NULL,
      tenant_no integer NOT NULL,
      state ${text} NOT NULL,
      done ${time} NOT NULL,
      total ${time} NOT NULL,
      created_at ${time} NOT NULL,
      beat_at ${time} NOT NULL,
      finished_at ${time},
      result ${text},
      error ${text})`,
  ];
};

/** Definitions of projects, what tenants have, roles of keys, and class policies of leaves. */
const definitions = (dialect: 'sqlite' | 'postgres'): string[] => {
  const { text, time } = columnTypes(dialect);
  return [
    'ALTER TABLE project ADD COLUMN version integer NOT NULL DEFAULT 0',
    `ALTER TABLE project ADD COLUMN policy integer NOT NULL DEFAULT ${DEFAULT_POLICY.number}`,
    `CREATE TABLE definition (
      project_no integer NOT NULL REFERENCES project,
      version integer NOT NULL,
      text ${text} NOT NULL,
      key_id ${text} NOT NULL,
      applied_at ${time} NOT NULL,
      PRIMARY KEY (project_no, version))`,
    `CREATE TABLE class_policy (number integer PRIMARY KEY, persons ${text} NOT NULL UNIQUE)`,
    `ALTER TABLE tenant ADD COLUMN plan ${text}`,
    `ALTER TABLE tenant ADD COLUMN addons ${text} NOT NULL DEFAULT '[]'`,
    'ALTER TABLE tenant ADD COLUMN is_demo integer NOT NULL DEFAULT 0',
    `ALTER TABLE tenant ADD COLUMN audit_enabled_at ${time}`,
    `ALTER TABLE api_key ADD COLUMN roles ${text} NOT NULL DEFAULT ''`,
  ];
};

/** Events that change after all: by which revision a log is, and what holds and retention keep. */
const revisions = (dialect: 'sqlite' | 'postgres'): string[] => {
  const { text, time } = columnTypes(dialect);
  return [
    // How often events of the log were changed, and how often a hold was placed on it.
    'ALTER TABLE ledger_head ADD COLUMN revision integer NOT NULL DEFAULT 0',
    'ALTER TABLE ledger_head ADD COLUMN holds integer NOT NULL DEFAULT 0',
    `CREATE TABLE legal_hold (
      hold_id ${text} PRIMARY KEY,
      tenant_no integer NOT NULL REFERENCES tenant,
      covers ${text} NOT NULL,
      reason ${text} NOT NULL,
      placed_at ${time} NOT NULL,
      placed_by ${text} NOT NULL,
      released_at ${time},
      released_by ${text},
      release_reason ${text})`,
    'CREATE INDEX legal_hold_tenant ON legal_hold (tenant_no, placed_at)',
    `ALTER TABLE tenant ADD COLUMN retention ${text}`,
    `ALTER TABLE tenant ADD COLUMN closed_at ${time}`,
    `ALTER TABLE tenant ADD COLUMN ends_at ${time}`,
    // What a tenant had before: a shorter retention waits.
    `CREATE TABLE tenant_past (
      tenant_no integer NOT NULL REFERENCES tenant,
      until ${time} NOT NULL,
      plan ${text},
      retention ${text},
      PRIMARY KEY (tenant_no, until))`,
    // How far retention has come: all that happened before `done_to`, of sequences below.
    `CREATE TABLE retention_mark (
      tenant_no integer NOT NULL REFERENCES tenant,
      takes ${text} NOT NULL,
      done_to ${time} NOT NULL,
      done_sequence ${time} NOT NULL,
      PRIMARY KEY (tenant_no, takes))`,
    `CREATE TABLE retention_run (
      run_id ${text} PRIMARY KEY,
      tenant_no integer NOT NULL REFERENCES tenant,
      takes ${text} NOT NULL,
      until ${time} NOT NULL,
      since ${time} NOT NULL,
      policy ${text} NOT NULL,
      started_at ${time} NOT NULL,
      beat_at ${time} NOT NULL,
      finished_at ${time},
      changed ${time} NOT NULL,
      held ${time} NOT NULL,
      digest ${text})`,
    'CREATE INDEX retention_run_tenant ON retention_run (tenant_no, started_at)',
    'CREATE INDEX retention_run_open ON retention_run (beat_at) WHERE finished_at IS NULL',
    // Which sequences a run changed, until it is told.
    `CREATE TABLE retention_taken (
      run_id ${text} NOT NULL REFERENCES retention_run,
      batch integer NOT NULL,
      sequences ${text} NOT NULL,
      PRIMARY KEY (run_id, batch))`,
  ];
};

/** Tokens of readers in customers' pages, and keys of products that sign these themselves. */
const viewers = (dialect: 'sqlite' | 'postgres'): string[] => {
  const { text, time, bytes } = columnTypes(dialect);
  return [
    'ALTER TABLE definition RENAME COLUMN key_id TO applied_by',
    `CREATE TABLE viewer_session (
      session_id ${text} PRIMARY KEY,
      handle ${text} NOT NULL UNIQUE,
      hash ${bytes} NOT NULL,
      project_no integer NOT NULL REFERENCES project,
      tenant_no integer NOT NULL REFERENCES tenant,
      roles ${text} NOT NULL,
      subject ${text},
      viewer ${text} NOT NULL,
      created_by ${text} NOT NULL,
      created_at ${time} NOT NULL,
      expires_at ${time} NOT NULL,
      revoked_at ${time})`,
    'CREATE INDEX viewer_session_tenant ON viewer_session (tenant_no, created_at)',
    'CREATE INDEX viewer_session_expires ON viewer_session (expires_at)',
    `CREATE TABLE viewer_key (
      viewer_key_id ${text} PRIMARY KEY,
      project_no integer NOT NULL REFERENCES project,
      label ${text} NOT NULL,
      issuer ${text} NOT NULL,
      algorithm ${text} NOT NULL,
      public_key ${text} NOT NULL,
      roles ${text} NOT NULL,
      tenants ${text},
      created_at ${time} NOT NULL,
      retired_at ${time})`,
    `CREATE TABLE viewer_denial (
      viewer_key_id ${text} NOT NULL REFERENCES viewer_key,
      jti ${text} NOT NULL,
      expires_at ${time} NOT NULL,
      PRIMARY KEY (viewer_key_id, jti))`,
  ];
};

/** Persons who are erased: who they are only until it is done. */
const erasures = (dialect: 'sqlite' | 'postgres'): string[] => {
  const { text, time } = columnTypes(dialect);
  return [
    `CREATE TABLE erasure (
      erasure_id ${text} PRIMARY KEY,
      project_no integer NOT NULL REFERENCES project,
      tenant_no integer NOT NULL REFERENCES tenant,
      state ${text} NOT NULL,
      legal_basis ${text} NOT NULL,
      reason ${text},
      created_at ${time} NOT NULL,
      created_by ${text} NOT NULL,
      finished_at ${time},
      holder ${text},
      beat_at ${time} NOT NULL,
      done ${time} NOT NULL,
      total ${time} NOT NULL,
      error ${text},
      person ${text},
      token ${text},
      found ${text},
      run ${text},
      certificate ${text})`,
    'CREATE INDEX erasure_tenant ON erasure (tenant_no, created_at)',
    'CREATE INDEX erasure_state ON erasure (state)',
  ];
};

/** Files of events: what was asked for, how far each is, what came of it. */
const exports = (dialect: 'sqlite' | 'postgres'): string[] => {
  const { text, time } = columnTypes(dialect);
  return [
    `CREATE TABLE export (
      export_id ${text} PRIMARY KEY,
      project_no integer NOT NULL REFERENCES project,
      tenant_no integer NOT NULL REFERENCES tenant,
      name ${text} NOT NULL,
      state ${text} NOT NULL,
      asker ${text} NOT NULL,
      asked ${text} NOT NULL,
      view ${text} NOT NULL,
      subject ${text},
      has_personal integer NOT NULL,
      lens ${text} NOT NULL,
      range_from ${time} NOT NULL,
      range_to ${time} NOT NULL,
      as_of ${time} NOT NULL,
      log_size ${time} NOT NULL,
      log_root ${text} NOT NULL,
      notices ${text} NOT NULL,
      rows ${time} NOT NULL,
      expected ${time},
      is_exact integer NOT NULL,
      bytes ${time},
      sha256 ${text},
      sequence_first ${time},
      sequence_last ${time},
      has_file integer NOT NULL,
      is_direct integer NOT NULL,
      attempts integer NOT NULL,
      reason ${text},
      created_at ${time} NOT NULL,
      started_at ${time},
      finished_at ${time},
      expires_at ${time},
      holder ${text},
      beat_at ${time} NOT NULL)`,
    'CREATE INDEX export_tenant ON export (tenant_no, created_at, export_id)',
    'CREATE INDEX export_started ON export (tenant_no, started_at)',
    `CREATE INDEX export_open ON export (tenant_no, created_at)
      WHERE state IN ('waiting', 'running')`,
    'CREATE INDEX export_file ON export (state, expires_at) WHERE has_file = 1',
  ];
};

/** Questions that files are made of again and again, and what became of sending these files. */
const reports = (dialect: 'sqlite' | 'postgres'): string[] => {
  const { text, time } = columnTypes(dialect);
  return [
    `ALTER TABLE export ADD COLUMN report_id ${text}`,
    'ALTER TABLE export ADD COLUMN late integer NOT NULL DEFAULT 0',
    'ALTER TABLE export ADD COLUMN is_settled integer NOT NULL DEFAULT 1',
    'CREATE INDEX export_unsettled ON export (export_id) WHERE is_settled = 0',
    `CREATE TABLE report (
      report_id ${text} PRIMARY KEY,
      project_no integer NOT NULL REFERENCES project,
      tenant_no integer NOT NULL REFERENCES tenant,
      title ${text} NOT NULL,
      owner ${text} NOT NULL,
      asked ${text} NOT NULL,
      view ${text} NOT NULL,
      subject ${text},
      range ${text} NOT NULL,
      time_zone ${text} NOT NULL,
      schedule ${text},
      recipients ${text} NOT NULL,
      state ${text} NOT NULL,
      reason ${text},
      version integer NOT NULL,
      next_at ${time},
      due_at ${time},
      run_id ${text},
      last_id ${text},
      covered ${text},
      created_at ${time} NOT NULL,
      changed_at ${time} NOT NULL)`,
    'CREATE INDEX report_tenant ON report (tenant_no, created_at)',
    'CREATE INDEX report_due ON report (due_at) WHERE due_at IS NOT NULL',
    `CREATE TABLE delivery (
      delivery_id ${text} PRIMARY KEY,
      tenant_no integer NOT NULL REFERENCES tenant,
      report_id ${text} NOT NULL,
      export_id ${text},
      kind ${text} NOT NULL,
      recipient ${text} NOT NULL,
      detail ${text},
      state ${text} NOT NULL,
      is_content integer NOT NULL,
      attempts integer NOT NULL,
      reason ${text},
      created_at ${time} NOT NULL,
      next_at ${time},
      ended_at ${time})`,
    'CREATE INDEX delivery_report ON delivery (report_id, created_at)',
    'CREATE INDEX delivery_tenant ON delivery (tenant_no, created_at)',
    'CREATE INDEX delivery_due ON delivery (next_at) WHERE next_at IS NOT NULL',
  ];
};

const ledgerSqlite = [
  `CREATE TABLE ledger_head (
    tenant_no integer PRIMARY KEY,
    log_id text NOT NULL UNIQUE,
    size integer NOT NULL,
    range blob NOT NULL,
    changed_at integer NOT NULL)`,
  `CREATE TABLE ledger_node (
    tenant_no integer NOT NULL,
    level integer NOT NULL,
    position integer NOT NULL,
    hash blob NOT NULL,
    PRIMARY KEY (tenant_no, level, position)) WITHOUT ROWID`,
  // The row number is tenant · 2^32 + sequence: rows of a tenant lie together, in order, and the
  // secondary indexes end in the sequence without storing it again.
  `CREATE TABLE event (
    row integer PRIMARY KEY,
    tenant_no integer NOT NULL,
    sequence integer GENERATED ALWAYS AS (row & 4294967295) VIRTUAL,
    id blob NOT NULL,
    occurred_at integer NOT NULL,
    action text NOT NULL,
    policy integer NOT NULL,
    secret text NOT NULL,
    leaf_hash blob NOT NULL,
    document blob NOT NULL)`,
  'CREATE UNIQUE INDEX event_id ON event (tenant_no, id)',
  'CREATE INDEX event_time ON event (tenant_no, occurred_at)',
  'CREATE INDEX event_action ON event (tenant_no, action, occurred_at)',
];

const ledgerPostgres = [
  `CREATE TABLE ledger_head (
    tenant_no integer PRIMARY KEY,
    log_id text COLLATE "C" NOT NULL UNIQUE,
    size bigint NOT NULL,
    range bytea NOT NULL,
    changed_at bigint NOT NULL) WITH (fillfactor = 50)`,
  `CREATE TABLE ledger_node (
    tenant_no integer NOT NULL,
    level integer NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_no, level, position))`,
  `CREATE TABLE event (
    tenant_no integer NOT NULL,
    sequence bigint NOT NULL,
    id bytea NOT NULL,
    occurred_at bigint NOT NULL,
    action text COLLATE "C" NOT NULL,
    policy integer NOT NULL,
    secret text COLLATE "C" NOT NULL,
    leaf_hash bytea NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (tenant_no, sequence))`,
  'CREATE UNIQUE INDEX event_id ON event (tenant_no, id)',
  'CREATE INDEX event_time ON event (tenant_no, occurred_at, sequence)',
  'CREATE INDEX event_action ON event (tenant_no, action, occurred_at)',
];

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sqlite: [...access('sqlite'), ...ledgerSqlite],
    postgres: [...access('postgres'), ...ledgerPostgres],
  },
  // On SQLite the derived tables are in a file of their own, which is made anew when it is old.
  // Here they are dropped where an older version has made them: followers fill them again.
  { version: 2, sqlite: [], postgres: [] },
  { version: 3, sqlite: [], postgres: [] },
  { version: 4, sqlite: definitions('sqlite'), postgres: definitions('postgres') },
  { version: 5, sqlite: [], postgres: [] },
  { version: 6, sqlite: revisions('sqlite'), postgres: revisions('postgres') },
  {
    version: 7,
    sqlite: viewers('sqlite'),
    postgres: [...viewers('postgres'), ...DROP_INDEX_POSTGRES, ...INDEX_POSTGRES],
  },
  { version: 8, sqlite: peopleTables('sqlite'), postgres: peopleTables('postgres') },
  { version: 9, sqlite: erasures('sqlite'), postgres: erasures('postgres') },
  { version: 10, sqlite: exports('sqlite'), postgres: exports('postgres') },
  { version: 11, sqlite: reports('sqlite'), postgres: reports('postgres') },
  { version: 12, sqlite: unusualTables('sqlite'), postgres: unusualTables('postgres') },
];
