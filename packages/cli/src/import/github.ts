/**
 * GitHub's audit log as events: what its API, its export as JSON and its streaming write, also
 * a person's security log. Pure; never guesses. `FIELDS`, `KINDS` and the tables between them
 * say what maps where; besides:
 *
 * | GitHub | event |
 * |---|---|
 * | `_document_id` | `id`: UUIDv8 of it; absent, or of another record too: of the record's text |
 * | `action` | `action`; its first word is `event_type` |
 * | `actor`, `actor_id`, `external_identity_nameid` | `actor`: see `actorOf` |
 * | members `old_…`, `previous_…`, `ruleset_old_…` | `changes`: see `changesOf` |
 * | `programmatic_access_type` | `source.initiator`: present → `api`; else a user's → `user` |
 * | members of `data` | as if they stood in the record itself |
 */

import { type EventInput, LIMITS } from '@annals/contract/event';
import { pointerTo } from '@annals/contract/pointer';
import {
  type Actor,
  anonymous,
  type Change,
  entityOf,
  type FieldTable,
  fieldsFrom,
  firstFrom,
  idOf,
  isActionName,
  keptTargets,
  lookUp,
  type OperationTable,
  operationOf,
  type Places,
  type Target,
  textFrom,
  textOf,
  timeOrMsOf,
  valueAt,
} from './fields.ts';
import {
  defined,
  filled,
  type Importer,
  isObject,
  type JsonObject,
  type Mapped,
  objectAt,
} from './importer.ts';

type Result = NonNullable<EventInput['outcome']>['result'];

const APPLICATION = 'github';

export const FIELDS: FieldTable = {
  occurred_at: ['@timestamp', 'at_sign_timestamp', 'created_at'],
  'context.ip': ['actor_ip'],
  'context.user_agent': ['user_agent'],
  'context.location': ['actor_location.country_code'],
  'context.request_id': ['request_id'],
  'source.component': ['integration', 'oauth_application_name', 'oauth_application'],
  'source.channel': ['transport_protocol_name', 'protocol_name'],
  'reason.text': ['reason', 'explanation', 'comment'],
  'metadata.operation_type': ['operation_type'],
  'metadata.programmatic_access_type': ['programmatic_access_type'],
  'metadata.token_id': ['token_id'],
  'metadata.token_scopes': ['token_scopes'],
  'metadata.visibility': ['visibility'],
  'metadata.public_repo': ['public_repo', 'repository_public'],
  'metadata.permission': ['permission'],
  'metadata.branch': ['branch', 'head_branch', 'ref'],
  'metadata.head_sha': ['head_sha'],
  'metadata.trigger': ['event'],
  'metadata.workflow_run_id': ['workflow_run_id'],
  'metadata.alert_number': ['alert_number', 'number'],
  'metadata.ghsa_id': ['ghsa_id'],
};

/** What marks a record as GitHub's besides `action`: others have that too. */
const SIGNS: Places = ['actor', 'org', 'repo', 'business', '_document_id'];

/** By the action's name. */
export const OPERATIONS: OperationTable = [
  [/^user\.(login|failed_login)$|\.sso_response$/, 'login'],
  [/^user\.logout$/, 'logout'],
  [/^git\.(clone|fetch)$/, 'read'],
  [/^git\.push$/, 'update'],
  [/export|^repo\.download_zip$/, 'export'],
  [/(^|\.)(add|invite)_(member|user|collaborator|outside_collaborator|repository)$/, 'grant'],
  [/\.remove_(member|user|collaborator|outside_collaborator|repository)$/, 'revoke'],
  [/\.access_granted$|\.grant$/, 'grant'],
  [/\.access_revoked$|\.revoke$/, 'revoke'],
  [/^workflows\.(created_workflow_run|rerun_workflow_run)$/, 'invoke'],
  [/^workflows\.completed_workflow_run$/, 'other'],
  [/[._](create|created|add|added)(_|$)/, 'create'],
  [/[._](delete|deleted|destroy|remove|removed)(_|$)/, 'delete'],
  [/\.(update|set|enable|disable|change|rename|transfer|archived|unarchived)(_|$)/, 'update'],
  [/[._](updated|changed|enabled|disabled)$|^repo\.access$/, 'update'],
];
/** By `operation_type`, if the name says nothing. */
const OPERATION_TYPES: Readonly<Record<string, NonNullable<EventInput['operation']>>> = {
  create: 'create',
  modify: 'update',
  transfer: 'update',
  restore: 'update',
  remove: 'delete',
  access: 'read',
};
/** `request_method` of an `api.request` that only reads; another one is `invoke`. */
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Actions that are a failure by their name; every other one has happened. */
const FAILURES: ReadonlyArray<readonly [RegExp, Result]> = [
  [/^user\.(failed_login|two_factor_challenge_failure)$/, 'failure'],
  [/\.rejected_ref_update$/, 'denied'],
];
/** How a workflow run ended; another word is `unknown`. */
const CONCLUSIONS: Readonly<Record<string, Result>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'failure',
  startup_failure: 'failure',
};

interface Kind {
  readonly type: string;
  readonly id: Places;
  readonly name?: Places;
  readonly email?: Places;
  /** The actions of which it is the primary target, by their first word. */
  readonly of?: RegExp;
  /** Its places mean it in those actions only. */
  readonly onlyThere?: true;
  /** It holds the kinds before it: the parent of a primary target among these. */
  readonly holds?: true;
}
/** What can be acted upon, from the inside out. */
export const KINDS: readonly Kind[] = [
  { type: 'ruleset', id: ['ruleset_id'], name: ['ruleset_name'], of: /^repository_ruleset$/ },
  { type: 'hook', id: ['hook_id'], of: /^hook$/ },
  { type: 'workflow', id: ['workflow_id'], name: ['name'], of: /^workflows$/, onlyThere: true },
  { type: 'branch', id: ['branch', 'name'], of: /^protected_branch$/, onlyThere: true },
  { type: 'environment', id: ['environment_name'], of: /^environment$/ },
  { type: 'integration', id: ['integration', 'name'], of: /^integration/, onlyThere: true },
  {
    type: 'oauth_application',
    id: ['oauth_application_id'],
    name: ['oauth_application_name', 'oauth_application'],
    of: /^oauth_/,
  },
  {
    type: 'repository',
    id: ['repo_id', 'repository_id'],
    name: ['repo', 'repository'],
    of: /^(repo|git|repository_(?!ruleset).+)$/,
    holds: true,
  },
  { type: 'team', id: ['team_id'], name: ['team'], of: /^team$/ },
  { type: 'user', id: ['user_id'], name: ['user'], email: ['email'], of: /^user$/ },
  {
    type: 'organization',
    id: ['org_id'],
    name: ['org'],
    of: /^(org|organization_.+)$/,
    holds: true,
  },
  {
    type: 'enterprise',
    id: ['business_id'],
    name: ['business'],
    of: /^(business|enterprise)(_|$)/,
    holds: true,
  },
];

/** A member that may hold one value or, in an enterprise's log, several. */
const listFrom = (record: JsonObject, places: Places = []): string[] =>
  firstFrom(record, places, (value) => {
    const texts = (Array.isArray(value) ? value : [value]).flatMap((each) => textOf(each) ?? []);
    return texts.length === 0 ? undefined : texts;
  }) ?? [];

/** Things of one kind: each has an id, else its name, else its e-mail address as id. */
const thingsOf = (record: JsonObject, kind: Kind): Target[] => {
  // 0 is what GitHub writes for nobody.
  const ids = listFrom(record, kind.id).filter((id) => id !== '0');
  const names = listFrom(record, kind.name);
  const emails = listFrom(record, kind.email);
  const most = Math.max(ids.length, names.length, emails.length);
  return Array.from({ length: most }, (_, at) => {
    const id = ids[at] ?? names[at] ?? emails[at];
    return id === undefined
      ? []
      : [entityOf(kind.type, id, { name: names[at], email: emails[at] })];
  }).flat();
};

const targetsOf = (record: JsonObject, category: string): Target[] => {
  const found = KINDS.flatMap((kind, at) => {
    const isOwn = kind.of?.test(category) === true;
    if (kind.onlyThere && !isOwn) return [];
    const things = thingsOf(record, kind);
    return things.length === 0 ? [] : [{ things, at, isOwn, holds: kind.holds === true }];
  });
  const primary =
    found.find(({ isOwn }) => isOwn) ?? found.find(({ holds }) => holds) ?? found.at(0);
  const role = (at: number, holds: boolean) =>
    holds && at > (primary?.at ?? 0) ? 'parent' : 'related';
  return [
    ...(primary?.things ?? []),
    ...found.flatMap(({ things, at, holds }): Target[] =>
      at === primary?.at ? [] : things.map((thing) => ({ ...thing, role: role(at, holds) })),
    ),
  ];
};

const OLD = /^(ruleset_)?(?:old|previous)_(.+)$/;

/** `old_X` and `previous_X` are what `new_X`, else `X`, was before. */
const changesOf = (record: JsonObject): Change[] =>
  Object.entries(record)
    .flatMap(([name, before]): Change[] => {
      const [, prefix = '', changed] = OLD.exec(name) ?? [];
      if (changed === undefined) return [];
      const after =
        lookUp(record, `${prefix}new_${changed}`) ?? lookUp(record, `${prefix}${changed}`);
      return [{ path: pointerTo(prefix + changed), before, ...defined({ after }) }];
    })
    .slice(0, LIMITS.changes);

/**
 * The account's number, which outlives a renaming, else its name. An app's account is a
 * `service_account`, one that GitHub calls an agent an `agent`. A record that names nobody, as
 * that of a clone without signing in, is `anonymous`.
 */
const actorOf = (record: JsonObject): Actor => {
  const name = textFrom(record, ['actor']);
  const id = textFrom(record, ['actor_id', 'actor']);
  const email = textFrom(record, ['external_identity_nameid']);
  if (id === undefined) return anonymous({ email });
  if (record['actor_is_agent'] === true) return entityOf('agent', id, { name });
  const isBot = record['actor_is_bot'] === true || name?.endsWith('[bot]') === true;
  return entityOf(isBot ? 'service_account' : 'user', id, { name, email });
};

const outcomeOf = (record: JsonObject, action: string): NonNullable<EventInput['outcome']> => {
  const failure = FAILURES.find(([pattern]) => pattern.test(action))?.[1];
  if (failure !== undefined) return { result: failure };
  const conclusion = textFrom(record, ['conclusion']);
  if (conclusion !== undefined) {
    const code = conclusion.slice(0, LIMITS.shortText);
    return { result: lookUp(CONCLUSIONS, conclusion) ?? 'unknown', code };
  }
  const status = Number(textFrom(record, ['status_code']) ?? 0);
  if (!(status >= 400)) return { result: 'success' };
  return { result: status === 401 || status === 403 ? 'denied' : 'failure', code: String(status) };
};

const githubOperationOf = (record: JsonObject, action: string): EventInput['operation'] => {
  if (action === 'api.request') {
    return READING.has(textFrom(record, ['request_method']) ?? '') ? 'read' : 'invoke';
  }
  return (
    operationOf(OPERATIONS, action) ?? lookUp(OPERATION_TYPES, textFrom(record, ['operation_type']))
  );
};

const sourceOf = (record: JsonObject, actor: Actor): EventInput['source'] => {
  if (valueAt(record, 'programmatic_access_type')) {
    return { initiator: 'api', application: APPLICATION };
  }
  return { application: APPLICATION, ...(actor.type === 'user' ? { initiator: 'user' } : {}) };
};

const map = (read: unknown, original: string): Mapped => {
  if (!isObject(read)) return { unmapped: 'not a JSON object' };
  const record = { ...objectAt(read, 'data'), ...read };
  const action = textOf(read['action']);
  if (action === undefined || listFrom(record, SIGNS).length === 0) {
    return { unmapped: `not a GitHub record: no action, or none of ${SIGNS.join(', ')}` };
  }
  if (!isActionName(action)) return { unmapped: 'action is not the name of an action' };
  const occurredAt = firstFrom(record, FIELDS.occurred_at ?? [], timeOrMsOf);
  if (occurredAt === undefined) return { unmapped: 'no @timestamp or created_at that is a time' };
  const category = action.split('.')[0] || action;
  const { parts, source, metadata } = fieldsFrom(record, FIELDS);
  const { targets, left } = keptTargets(targetsOf(record, category));
  const changes = changesOf(record);
  const actor = actorOf(record);
  return {
    event: {
      id: idOf(APPLICATION, textFrom(record, ['_document_id']), original),
      occurred_at: occurredAt,
      event_type: category,
      action,
      actor,
      outcome: outcomeOf(record, action),
      source: { ...sourceOf(record, actor), ...source },
      ...parts,
      ...defined({
        operation: githubOperationOf(record, action),
        targets,
        changes: filled(changes),
      }),
      metadata: {
        ...metadata,
        ...left,
        original,
      },
    },
  };
};

export const github: Importer = { shape: 'auto', reusesIds: true, map };
