/**
 * The tables of people as SQL. Those named `auth_*` belong to better-auth and have the form that
 * it asks for; a test compares. Nothing but this step ever alters them.
 */
import { columnTypes } from './column-types.ts';

/** Sign-in of people, written out from what better-auth asks for. */
const signIn = (dialect: 'sqlite' | 'postgres'): string[] => {
  const sqlite = dialect === 'sqlite';
  const { text } = columnTypes(dialect);
  const time = sqlite ? 'date' : 'timestamptz';
  const flag = sqlite ? 'integer' : 'boolean';
  const person = `${text} NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE`;
  return [
    `CREATE TABLE auth_user (
      id ${text} NOT NULL PRIMARY KEY,
      name ${text} NOT NULL,
      email ${text} NOT NULL UNIQUE,
      email_verified ${flag} NOT NULL,
      image ${text},
      created_at ${time} NOT NULL,
      updated_at ${time} NOT NULL,
      two_factor_enabled ${flag})`,
    `CREATE TABLE auth_session (
      id ${text} NOT NULL PRIMARY KEY,
      expires_at ${time} NOT NULL,
      token ${text} NOT NULL UNIQUE,
      created_at ${time} NOT NULL,
      updated_at ${time} NOT NULL,
      ip_address ${text},
      user_agent ${text},
      user_id ${person})`,
    `CREATE TABLE auth_account (
      id ${text} NOT NULL PRIMARY KEY,
      account_id ${text} NOT NULL,
      provider_id ${text} NOT NULL,
      user_id ${person},
      access_token ${text},
      refresh_token ${text},
      id_token ${text},
      access_token_expires_at ${time},
      refresh_token_expires_at ${time},
      scope ${text},
      password ${text},
      created_at ${time} NOT NULL,
      updated_at ${time} NOT NULL)`,
    `CREATE TABLE auth_verification (
      id ${text} NOT NULL PRIMARY KEY,
      identifier ${text} NOT NULL,
      value ${text} NOT NULL,
      expires_at ${time} NOT NULL,
      created_at ${time} NOT NULL,
      updated_at ${time} NOT NULL)`,
    `CREATE TABLE auth_two_factor (
      id ${text} NOT NULL PRIMARY KEY,
      secret ${text} NOT NULL,
      backup_codes ${text} NOT NULL,
      user_id ${person},
      verified ${flag},
      failed_verification_count integer,
      locked_until ${time})`,
    'CREATE INDEX auth_session_user_id_idx ON auth_session (user_id)',
    'CREATE INDEX auth_account_user_id_idx ON auth_account (user_id)',
    // Of two links to one account at once, one must fail.
    'CREATE UNIQUE INDEX auth_account_key ON auth_account (provider_id, account_id)',
    'CREATE INDEX auth_verification_identifier_idx ON auth_verification (identifier)',
    'CREATE INDEX auth_two_factor_secret_idx ON auth_two_factor (secret)',
    'CREATE INDEX auth_two_factor_user_id_idx ON auth_two_factor (user_id)',
  ];
};

/** What people may do where, and links that are used once. */
const places = (dialect: 'sqlite' | 'postgres'): string[] => {
  const { text, time, bytes } = columnTypes(dialect);
  return [
    `CREATE TABLE one_time_link (
      link_id ${text} PRIMARY KEY,
      handle ${text} NOT NULL UNIQUE,
      hash ${bytes} NOT NULL,
      purpose ${text} NOT NULL,
      person_id ${text} REFERENCES auth_user (id) ON DELETE CASCADE,
      created_by ${text} NOT NULL,
      created_at ${time} NOT NULL,
      expires_at ${time} NOT NULL)`,
    'CREATE INDEX one_time_link_expires ON one_time_link (expires_at)',
    'CREATE INDEX one_time_link_person ON one_time_link (person_id)',
    `CREATE TABLE membership (
      person_id ${text} NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      project_no integer REFERENCES project,
      tenant_no integer REFERENCES tenant,
      roles ${text} NOT NULL,
      link_id ${text},
      created_by ${text} NOT NULL,
      created_at ${time} NOT NULL,
      accepted_at ${time})`,
    `CREATE UNIQUE INDEX membership_place ON membership
      (person_id, coalesce(project_no, 0), coalesce(tenant_no, 0))`,
    'CREATE INDEX membership_project ON membership (project_no, tenant_no)',
    'CREATE INDEX membership_link ON membership (link_id)',
  ];
};

export const peopleTables = (dialect: 'sqlite' | 'postgres'): string[] => [
  ...signIn(dialect),
  ...places(dialect),
];
