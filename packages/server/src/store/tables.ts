/** The tables as Kysely sees them; times are integer ms since 1970, booleans 0 or 1. */
import type { ErasureState } from '@annals/contract/erasures';
import type { ExportState } from '@annals/contract/exports';
import type { FindingKind, FindingState } from '@annals/contract/finding';
import type { DeliveryKind, DeliveryState, ReportState } from '@annals/contract/reports';
import type { ReportRange } from '@annals/contract/schedule';
import type { ColumnType, Generated } from 'kysely';

/** A time of better-auth: written as RFC 3339, read so on SQLite and as a Date on PostgreSQL. */
export type AuthTime = ColumnType<string | Date, string, string>;
/** A flag of better-auth: 0 or 1 on SQLite. */
type AuthFlag = boolean | number;

export interface Tables {
  setting: { name: string; value: string };
  project: {
    project_no: Generated<number>;
    project: string;
    label: string;
    time_zone: string;
    create_tenants: number;
    created_at: number;
    /** Of its definition; 0: it has none. */
    version: Generated<number>;
    /** Number of the class policy that new events get. */
    policy: Generated<number>;
  };
  definition: {
    project_no: number;
    version: number;
    /** JSON text. */
    text: string;
    /** Id of the principal. */
    applied_by: string;
    applied_at: number;
  };
  class_policy: {
    number: number;
    /** JSON text of a sorted list. */
    persons: string;
  };
  tenant: {
    tenant_no: Generated<number>;
    project_no: number;
    tenant_id: string;
    label: string | null;
    created_at: number;
    plan: string | null;
    /** JSON text of a list. */
    addons: Generated<string>;
    is_demo: Generated<number>;
    audit_enabled_at: number | null;
    /** JSON text of its own retention; null: that of its plan or project. */
    retention: string | null;
    /** From when on nothing is recorded for it. */
    closed_at: number | null;
    /** From when on its events are removed. */
    ends_at: number | null;
  };
  tenant_past: {
    tenant_no: number;
    until: number;
    plan: string | null;
    retention: string | null;
  };
  erasure: {
    erasure_id: string;
    project_no: number;
    tenant_no: number;
    state: ErasureState;
    legal_basis: string;
    reason: string | null;
    created_at: number;
    created_by: string;
    finished_at: number | null;
    /** Who works on it; it was cut off if it stopped beating. */
    holder: string | null;
    beat_at: number;
    done: number;
    total: number;
    error: string | null;
    /** JSON text: who is erased, by which names; null once it is done. */
    person: string | null;
    token: string | null;
    /** JSON text of what the dry run found; null once it is done. */
    found: string | null;
    /** JSON text: how far it is. Nothing of the person. */
    run: string | null;
    /** JSON text. */
    certificate: string | null;
  };
  export: {
    export_id: string;
    project_no: number;
    tenant_no: number;
    /** Of the file, without its ending. */
    name: string;
    state: ExportState;
    /** JSON text: the principal. */
    asker: string;
    /** JSON text: question and form. */
    asked: string;
    view: string;
    /** `TYPE:ID`, of a bound view. */
    subject: string | null;
    /** Whether the view shows personal values. */
    has_personal: number;
    /** Digest of what the view showed when it was asked for. */
    lens: string;
    range_from: number;
    range_to: number;
    as_of: number;
    /** Events of the log at `as_of`: those of a lower sequence are in the file. */
    log_size: number;
    log_root: string;
    /** JSON text of a list. */
    notices: string;
    rows: number;
    /** Rows that were counted; null: not yet. */
    expected: number | null;
    is_exact: number;
    bytes: number | null;
    sha256: string | null;
    sequence_first: number | null;
    sequence_last: number | null;
    /** Whether a file of it, or a part of one, may be kept. */
    has_file: number;
    /** Whether it goes straight to who asks: none is kept, and no other server can make it. */
    is_direct: number;
    /** How often a server has begun it: each time with a file of its own. */
    attempts: number;
    reason: string | null;
    created_at: number;
    started_at: number | null;
    finished_at: number | null;
    expires_at: number | null;
    /** Who works on it; it was cut off if it stopped beating. */
    holder: string | null;
    beat_at: number;
    /** The report that it is a run of. */
    report_id: string | null;
    /** Of the rows: those from before the range of the report's run. */
    late: number;
    /** Whether its report has taken notice of how it ended. */
    is_settled: number;
  };
  report: {
    report_id: string;
    project_no: number;
    tenant_no: number;
    title: string;
    /** JSON text: the principal whose rights it has. */
    owner: string;
    /** JSON text: question and form. */
    asked: string;
    view: string;
    /** `TYPE:ID`, of a bound view. */
    subject: string | null;
    range: ReportRange;
    time_zone: string;
    /** A cron line; null: it runs only when somebody says so. */
    schedule: string | null;
    /** JSON text of a list, with the secrets of webhooks. */
    recipients: string;
    state: ReportState;
    /** Why it was stopped. */
    reason: string | null;
    /** Counts changes by people: a server that works by an old one changes nothing. */
    version: number;
    /** The next time of its schedule; null: there is none, or it does not run. */
    next_at: number | null;
    /** When the next run may begin. */
    due_at: number | null;
    /** The export of the run that is under way. */
    run_id: string | null;
    /** The export of the latest run. */
    last_id: string | null;
    /** JSON text: what the runs so far have had; null: none was completed. */
    covered: string | null;
    created_at: number;
    changed_at: number;
  };
  delivery: {
    delivery_id: string;
    tenant_no: number;
    report_id: string;
    export_id: string | null;
    kind: DeliveryKind;
    /** JSON text, without secrets. */
    recipient: string;
    /** What a notice says. */
    detail: string | null;
    state: DeliveryState;
    /** Whether it carries events with personal values, which cannot be called back. */
    is_content: number;
    attempts: number;
    reason: string | null;
    created_at: number;
    /** When it is tried next; while it is tried, when another server may. */
    next_at: number | null;
    ended_at: number | null;
  };
  legal_hold: {
    hold_id: string;
    tenant_no: number;
    /** JSON text. */
    covers: string;
    reason: string;
    placed_at: number;
    placed_by: string;
    released_at: number | null;
    released_by: string | null;
    release_reason: string | null;
  };
  retention_mark: {
    tenant_no: number;
    takes: string;
    done_to: number;
    done_sequence: number;
  };
  retention_run: {
    run_id: string;
    tenant_no: number;
    takes: string;
    until: number;
    /** When the first of its events happened. */
    since: number;
    /** JSON text of the retention that was in effect. */
    policy: string;
    started_at: number;
    /** When it stored a batch last. */
    beat_at: number;
    finished_at: number | null;
    changed: number;
    held: number;
    /** Of the bitmap of the sequences that were changed. */
    digest: string | null;
  };
  retention_taken: {
    run_id: string;
    batch: number;
    /** JSON array. */
    sequences: string;
  };
  api_key: {
    key_id: string;
    /** First 16 hex digits of the hash: finds the row; the whole hash then decides. */
    handle: string;
    hash: Uint8Array;
    hint: string;
    label: string;
    project_no: number | null;
    tenant_no: number | null;
    /** Names separated by a space. */
    scopes: string;
    /** Names separated by a space; empty: it has scopes instead. */
    roles: string;
    created_at: number;
    expires_at: number | null;
    revoked_at: number | null;
  };
  viewer_session: {
    session_id: string;
    /** First 16 hex digits of the hash. */
    handle: string;
    hash: Uint8Array;
    project_no: number;
    tenant_no: number;
    /** Names separated by a space. */
    roles: string;
    /** `TYPE:ID`; null: bound to none. */
    subject: string | null;
    /** JSON text: who looks, as the log names them. */
    viewer: string;
    /** Id of the principal. */
    created_by: string;
    created_at: number;
    expires_at: number;
    revoked_at: number | null;
  };
  viewer_key: {
    /** What `kid` in a token's header says. */
    viewer_key_id: string;
    project_no: number;
    label: string;
    issuer: string;
    algorithm: string;
    /** JSON text of a JWK. */
    public_key: string;
    /** Names separated by a space. */
    roles: string;
    /** JSON text of a list; null: every tenant of the project. */
    tenants: string | null;
    created_at: number;
    retired_at: number | null;
  };
  viewer_denial: { viewer_key_id: string; jti: string; expires_at: number };
  /** Tables named `auth_*` are better-auth's; what of them is used here stands here. */
  auth_user: {
    id: string;
    /** Empty: has not accepted an invitation yet. */
    name: string;
    email: string;
    /** Whether single sign-on has proven it. */
    email_verified: AuthFlag;
    created_at: AuthTime;
    updated_at: AuthTime;
    two_factor_enabled: AuthFlag | null;
  };
  auth_session: {
    id: string;
    expires_at: AuthTime;
    /** SHA-256 of the token, hex. */
    token: string;
    created_at: AuthTime;
    updated_at: AuthTime;
    ip_address: string | null;
    user_agent: string | null;
    user_id: string;
  };
  auth_account: {
    id: string;
    /** As the provider names it; of a password, the person's id. */
    account_id: string;
    provider_id: string;
    user_id: string;
    /** Hash; null: an account of single sign-on. */
    password: string | null;
    created_at: AuthTime;
    updated_at: AuthTime;
  };
  auth_verification: { id: string; expires_at: AuthTime };
  auth_two_factor: { id: string; user_id: string };
  one_time_link: {
    link_id: string;
    /** First 16 hex digits of the hash. */
    handle: string;
    hash: Uint8Array;
    purpose: string;
    /** Null: of nobody yet. */
    person_id: string | null;
    created_by: string;
    created_at: number;
    expires_at: number;
  };
  membership: {
    person_id: string;
    /** Null: an owner of the instance. */
    project_no: number | null;
    tenant_no: number | null;
    /** Names separated by a space; empty: an owner. */
    roles: string;
    /** The invitation that it waits for or came by. */
    link_id: string | null;
    /** Id of the principal. */
    created_by: string;
    created_at: number;
    accepted_at: number | null;
  };
  reject: {
    reject_no: Generated<number>;
    project_no: number;
    tenant_id: string | null;
    key_id: string;
    rejected_at: number;
    code: string;
    path: string;
    detail: string;
    /** JSON text. */
    shape: string;
  };
  job: {
    job_id: string;
    kind: string;
    project_no: number;
    tenant_no: number;
    state: string;
    done: number;
    total: number;
    created_at: number;
    /** Set while it runs; a job that stopped beating was cut off. */
    beat_at: number;
    finished_at: number | null;
    /** JSON text. */
    result: string | null;
    error: string | null;
  };
  watch: {
    tenant_no: number;
    view: string;
    project_no: number;
    /** Of what the view showed when it was looked at; another: all of it is forgotten. */
    lens: string;
    since: number;
    learn_from: number;
    /** Nothing is found before. */
    learn_to: number;
    looked_to: number;
    /** Events of a lower sequence are looked at, if they happened before `looked_to`. */
    log_size: number;
    /** When there is something to look at again. */
    next_at: number;
    /** Why it is paused. */
    paused: string | null;
    /** When people or values were left out last, because they are too many. */
    full_at: number | null;
    holder: string | null;
    beat_at: number;
  };
  watch_hour: {
    tenant_no: number;
    view: string;
    /** `TYPE:ID`. */
    person: string;
    /** Of the epoch. */
    hour: number;
    events: number;
    deletes: number;
    exports: number;
  };
  watch_seen: {
    tenant_no: number;
    view: string;
    /** `person` itself, with the value ''; `action`; `network`. */
    kind: string;
    person: string;
    value: string;
    first_at: number;
    last_at: number;
    events: number;
  };
  finding: {
    tenant_no: number;
    finding_id: string;
    view: string;
    lens: string;
    kind: FindingKind;
    person: string;
    name: string | null;
    value: string;
    figure: number;
    usual_median: number | null;
    usual_high: number | null;
    from_at: number;
    to_at: number;
    state: FindingState;
    note: string | null;
    /** JSON text. */
    judged_by: string | null;
    judged_at: number | null;
    muted_until: number | null;
    found_at: number;
  };
  ledger_head: {
    tenant_no: number;
    log_id: string;
    size: number;
    range: Uint8Array;
    /** Database clock, set under the lock. */
    changed_at: number;
    /** How often events of the log were changed. */
    revision: Generated<number>;
    /** How often a legal hold was placed on it. */
    holds: Generated<number>;
  };
  ledger_node: { tenant_no: number; level: number; position: number; hash: Uint8Array };
  event: {
    tenant_no: number;
    sequence: number;
    id: Uint8Array;
    occurred_at: number;
    action: string;
    policy: number;
    secret: string;
    leaf_hash: Uint8Array;
    document: Uint8Array;
  };
}
