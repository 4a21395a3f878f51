/**
 * Auth0's tenant logs as events: as log streams write them (`{log_id, data}`, also inside
 * EventBridge's `detail`), and as its API lists them. Pure; never guesses: a type that is not in
 * `KINDS` keeps its own name, with outcome `unknown`. What maps where:
 *
 * | log | event |
 * |---|---|
 * | `log_id` | `id`: UUIDv8 of it; without one, or reused, of the record's text |
 * | `date` | `occurred_at`; without a zone it is UTC |
 * | `type` | `event_type`; `action`, `operation` and `outcome.result` by `KINDS` |
 * | `details.request` of a call of the Management API | `action`, `operation`: see `callOf` |
 * | see `actorOf` | `actor` |
 * | see `targetsOf` | `targets`, the organization as parent |
 * | `details.request.body` of a call that updates | `changes` |
 * | `description`, `details.error`, `details.response.statusCode` | `outcome.reason`, `.code` |
 * | see `FIELDS` | `context`, `source`, `metadata` |
 * | the whole record, as it was read | `metadata.original`, one string |
 */
import { type EventInput, LIMITS } from '@annals/contract/event';
import { changesTo, fittingChanges } from './changes.ts';
import {
  type Actor,
  anonymous,
  emailOf,
  entityOf,
  type FieldTable,
  fieldsFrom,
  idOf,
  isActionName,
  keptTargets,
  lookUp,
  type Target,
  textFrom,
  timeOf,
  valueAt,
} from './fields.ts';
import {
  defined,
  type Importer,
  isObject,
  type JsonObject,
  type Mapped,
  objectAt,
  shortened,
  textAt,
} from './importer.ts';

type Operation = NonNullable<EventInput['operation']>;

const METHOD = 'details.request.method';
const PATH = 'details.request.path';

/** Fields that take what stands at a place, the first that is there. */
const FIELDS: FieldTable = {
  'context.ip': ['ip', 'details.request.ip'],
  'context.user_agent': ['user_agent', 'details.request.userAgent'],
  'context.location': ['location_info.city_name', 'location_info.country_name'],
  'context.session_id': ['session_id', 'details.session_id'],
  'context.correlation_id': ['references.correlation_id'],
  'source.component': ['hostname'],
  'source.channel': ['details.request.channel'],
  'metadata.description': ['description'],
  'metadata.connection': ['connection'],
  'metadata.strategy': ['strategy'],
  'metadata.scope': ['scope'],
  'metadata.audience': ['audience'],
  'metadata.tenant_name': ['tenant_name', 'tenant'],
  'metadata.request_method': [METHOD],
  'metadata.request_path': [PATH],
};

/** What it was done to. `subject`: a user who is named, but did not do it. */
type About = 'client' | 'user' | 'subject' | 'tenant' | 'call';
/** An action, and the types that say it was done, failed, was denied, or leave that open. */
type Kind = readonly [
  action: string,
  operation: Operation,
  about: About,
  success: string,
  failure?: string,
  denied?: string,
  unknown?: string,
];

/** The types that Auth0 documents, by what happened; several are separated by spaces. */
export const KINDS: readonly Kind[] = [
  [
    'user.login',
    'login',
    'client',
    's scoa sens',
    'f fc fco fcoa fens fp fu',
    'limit_mu limit_sul limit_wc pwd_leak',
    'w',
  ],
  ['user.silent_auth', 'other', 'client', 'ssa', 'fsa'],
  ['user.logout', 'logout', 'client', 'slo', 'flo'],
  ['user.signup', 'create', 'user', 'ss', 'fs', 'signup_pwd_leak'],
  ['user.delete', 'delete', 'subject', 'du sdu', 'fdu'],
  ['user.unblock', 'update', 'subject', 'ublkdu'],
  ['user.import', 'create', 'tenant', 'sui', 'fui'],
  ['user.email.change', 'update', 'user', 'sce', 'fce'],
  ['user.email.verify', 'update', 'user', 'sv', 'fv'],
  ['user.email.verify_request', 'other', 'user', 'svr', 'fvr'],
  ['user.password.change', 'update', 'user', 'scp', 'fcp', 'reset_pwd_leak'],
  ['user.password.change_request', 'other', 'user', 'scpr', 'fcpr'],
  ['user.password.change_hook', 'invoke', 'user', 'scph', 'fcph'],
  ['user.phone.change', 'update', 'user', 'scpn', 'fcpn'],
  ['user.username.change', 'update', 'user', 'scu', 'fcu'],
  ['user.code.send', 'other', 'user', 'cls cs'],
  ['user.mfa.require', 'other', 'user', 'mfar'],
  ['user.mfa.start', 'other', 'user', 'gd_start_auth'],
  [
    'user.mfa.challenge',
    'other',
    'user',
    'gd_send_email gd_send_pn gd_send_sms gd_send_voice',
    'gd_send_pn_failure gd_send_sms_failure gd_send_voice_failure',
  ],
  [
    'user.mfa.verify',
    'other',
    'user',
    'gd_auth_succeed',
    'gd_auth_failed',
    'gd_auth_rejected gd_otp_rate_limit_exceed',
  ],
  [
    'user.mfa.recover',
    'other',
    'user',
    'gd_recovery_succeed',
    'gd_recovery_failed',
    'gd_recovery_rate_limit_exceed',
  ],
  ['user.mfa.enroll_start', 'other', 'user', 'gd_start_enroll'],
  ['user.mfa.enroll', 'create', 'user', 'gd_enrollment_complete'],
  ['user.mfa.unenroll', 'delete', 'user', 'gd_unenroll'],
  ['user.mfa.device.update', 'update', 'user', 'gd_update_device_account'],
  ['mfa.settings.update', 'update', 'tenant', 'gd_tenant_update'],
  [
    'token.exchange',
    'other',
    'client',
    'ciba_exchange_succeeded seacft seccft sede seoobft seotpft sepft sepotpft sercft sertft',
    'ciba_exchange_failed feacft feccft fede feoobft feotpft fepft fepotpft fercft ferrt fertft',
  ],
  ['token.revoke', 'revoke', 'client', 'srrt', 'frrt'],
  ['token.delegate', 'other', 'client', 'sd', 'fd', 'limit_delegation'],
  ['device.authorize', 'other', 'client', '', 'fdeac fdeaz', 'fdecc'],
  ['ciba.start', 'other', 'client', 'ciba_start_succeeded', 'ciba_start_failed'],
  ['organization.member.add', 'grant', 'subject', 'organization_member_added'],
  ['action.execute', 'invoke', 'tenant', '', 'actions_execution_failed'],
  ['api.limit', 'other', 'client', '', '', 'api_limit', 'api_limit_warning'],
  ['connector.status', 'other', 'tenant', 'con', 'coff'],
  ['connector.provision', 'create', 'tenant', '', 'fcpro'],
  ['email.send', 'other', 'tenant', '', 'fn'],
  ['tenant.deprecation_notice', 'other', 'tenant', 'depnote'],
  [
    'platform.update',
    'update',
    'tenant',
    'admin_update_launch sys_os_update_end sys_os_update_start sys_update_end sys_update_start',
  ],
  ['management', 'other', 'call', 'mgmt_api_read sapi', 'fapi'],
];
const RESULTS = ['success', 'failure', 'denied', 'unknown'] as const;
type Result = (typeof RESULTS)[number];
interface Meaning {
  readonly action: string;
  readonly operation: Operation | undefined;
  readonly about: About;
  readonly result: Result;
}
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  KINDS.flatMap(([action, operation, about, ...types]) =>
    RESULTS.flatMap((result, index) =>
      (types[index] ?? '')
        .split(' ')
        .map((type): [string, Meaning] => [type, { action, operation, about, result }]),
    ),
  ),
);
const meaningOf = (type: string): Meaning =>
  MEANINGS.get(type) ?? {
    action: `auth0.${type}`,
    operation: undefined,
    about: 'client',
    result: 'unknown',
  };

/** Attack protection stepped in; Auth0's own tools rank these above errors. */
const ATTACKS = [
  ...['limit_mu', 'limit_sul', 'limit_wc'],
  ...['pwd_leak', 'reset_pwd_leak', 'signup_pwd_leak'],
];

/** Things of the Management API: where they are listed → type, and the id’s name in an answer. */
export const COLLECTIONS: Readonly<Record<string, readonly [type: string, id: string]>> = {
  'actions/actions': ['action', 'id'],
  'actions/triggers': ['trigger', 'id'],
  'client-grants': ['client_grant', 'id'],
  clients: ['client', 'client_id'],
  connections: ['connection', 'id'],
  'custom-domains': ['custom_domain', 'custom_domain_id'],
  'email-templates': ['email_template', 'template'],
  grants: ['grant', 'id'],
  hooks: ['hook', 'id'],
  'log-streams': ['log_stream', 'id'],
  organizations: ['organization', 'id'],
  'resource-servers': ['resource_server', 'id'],
  roles: ['role', 'id'],
  rules: ['rule', 'id'],
  'tenants/invitations': ['tenant_invitation', 'id'],
  'user-blocks': ['user', 'user_id'],
  users: ['user', 'user_id'],
};
/** Calls under a thing that give rights with `post` and take them with `delete`. */
export const GRANTS: readonly string[] = [
  'client-grants',
  'organizations/members',
  'roles/permissions',
  'roles/users',
  'users/permissions',
  'users/roles',
];
const OPERATION_OF_METHOD: Readonly<Record<string, Operation>> = {
  get: 'read',
  head: 'read',
  patch: 'update',
  put: 'update',
  delete: 'delete',
};
const GRANT_OF_METHOD: Readonly<Record<string, Operation>> = {
  post: 'grant',
  delete: 'revoke',
};
const REASONS = ['details.error.message', 'details.error', 'description'];
/** A step of a path that is a word of the API and not somebody's id. */
const WORD = /^[a-z]+(?:-[a-z]+)*$/;
const VERSION = /^\/?(?:api\/)?v2\//;
const ENDPOINT = 'endpoint';

interface Call {
  readonly action: string;
  readonly operation: Operation | undefined;
  readonly target: Target | undefined;
}

const decoded = (step: string): string => {
  try {
    return decodeURIComponent(step);
  } catch (error) {
    if (error instanceof URIError) return step;
    throw error;
  }
};

/** `PATCH /api/v2/users/u-1` is `management.users.patch`, and its target the user u-1. */
const callOf = (data: JsonObject): Call => {
  const { response } = objectAt(data, 'details');
  const path = (textFrom(data, [PATH]) ?? '').replace(/\?.*$/s, '').replace(VERSION, '');
  const method = (textFrom(data, [METHOD]) ?? '').toLowerCase();
  if (path === '' || !WORD.test(method)) {
    return { action: 'management.call', operation: undefined, target: undefined };
  }
  const steps = path.split('/').filter((step) => step !== '');
  const places = [steps.slice(0, 2).join('/'), steps[0] ?? ''];
  const place = places.find((each) => lookUp(COLLECTIONS, each) !== undefined);
  // A list, then the id of one thing in it, then what belongs to the thing.
  const listed = place === undefined ? 2 : place.split('/').length;
  const under = place === undefined ? [] : steps.slice(listed + 1);
  const [type, idName] = COLLECTIONS[place ?? ''] ?? [ENDPOINT, ''];
  const isCreated = method === 'post' && isObject(response) && response['statusCode'] === 201;
  const made = isCreated ? textAt(objectAt(response, 'body'), idName) : undefined;
  const named = place === undefined ? undefined : steps[listed];
  const id = named === undefined ? made : decoded(named);
  const isGrant = GRANTS.includes([place, ...under.slice(0, 1)].join('/'));
  const words = [...steps.slice(0, listed), ...under].filter((step) => WORD.test(step));
  return {
    action: ['management', ...words, method].join('.'),
    operation:
      (isGrant ? lookUp(GRANT_OF_METHOD, method) : undefined) ??
      lookUp(OPERATION_OF_METHOD, method) ??
      (isCreated ? 'create' : undefined),
    target: id === undefined ? { type: ENDPOINT, id: path } : { type, id },
  };
};

const userOf = (data: JsonObject): Actor | undefined => {
  const name = textAt(data, 'user_name');
  const id = textAt(data, 'user_id');
  return id === undefined ? undefined : entityOf('user', id, { name, email: emailOf(name) });
};

const callerOf = (data: JsonObject): Actor | undefined => {
  const user = valueAt(data, 'details.request.auth.user');
  if (!isObject(user)) return undefined;
  const id = textAt(user, 'user_id') ?? textAt(data, 'user_id');
  const names = { name: textAt(user, 'name'), email: textAt(user, 'email') };
  return id === undefined ? undefined : entityOf('user', id, names);
};

const clientOf = (data: JsonObject): Actor | undefined => {
  const id = textAt(data, 'client_id');
  const name = textAt(data, 'client_name');
  return id === undefined ? undefined : entityOf('service_account', id, { name });
};

/**
 * A call is by the user who is signed in for it; what befalls a user is by the caller, if one is
 * named; everything else by the user of the log. Nobody named: a person at the door is anonymous,
 * another client is a service account, and what remains is Auth0 itself.
 */
const actorOf = (data: JsonObject, { action, about }: Meaning): Actor => {
  const user = {
    call: callerOf(data) ?? userOf(data),
    subject: callerOf(data),
    other: userOf(data),
  }[about === 'call' || about === 'subject' ? about : 'other'];
  if (user !== undefined) return user;
  const isPerson = action.startsWith('user.') && about !== 'subject' && about !== 'tenant';
  const name = textAt(data, 'user_name');
  if (isPerson) return anonymous({ name, email: name });
  return clientOf(data) ?? entityOf('system', 'auth0');
};

const entity = (type: string, id: string | undefined, name: string | undefined): Target[] =>
  id === undefined ? [] : [entityOf(type, id, { name })];

const targetsOf = (data: JsonObject, about: About, call: Call | undefined): Target[] => {
  const text = (name: string) => textAt(data, name);
  const client = entity('client', text('client_id'), text('client_name'));
  const user = entity('user', text('user_id'), text('user_name'));
  const tenant = text('tenant_name') ?? text('tenant');
  const primary: Readonly<Record<About, Target[]>> = {
    client,
    user,
    subject: user,
    tenant: entity('tenant', tenant, tenant),
    call: call?.target === undefined ? [] : [call.target],
  };
  const parents = entity('organization', text('organization_id'), text('organization_name'));
  const others = [
    ...(about === 'client' ? [] : client),
    ...entity('connection', text('connection_id'), text('connection')),
  ];
  return [
    ...primary[about],
    ...parents.map((target): Target => ({ ...target, role: 'parent' })),
    // The client of a call is the console or the caller itself.
    ...(about === 'call' ? [] : others).map((target): Target => ({ ...target, role: 'related' })),
  ];
};

/** A call’s status code is surer than its type: `sapi` also stands where it was refused. */
const outcomeOf = (
  data: JsonObject,
  type: string,
  { about, result }: Meaning,
): NonNullable<EventInput['outcome']> => {
  const reason = shortened(textFrom(data, REASONS), LIMITS.text);
  const status = valueAt(data, 'details.response.statusCode');
  if (about === 'call' && typeof status === 'number' && status >= 400) {
    const isDenied = status === 401 || status === 403;
    const code = String(status);
    return { result: isDenied ? 'denied' : 'failure', code, ...defined({ reason }) };
  }
  if (result === 'success') return { result };
  return { result, code: type.slice(0, LIMITS.shortText), ...defined({ reason }) };
};

/** The console’s calls and all that a person does at the door are by a user. */
const initiatorOf = (actor: Actor, channel: string | undefined) => {
  if (actor.type === 'system') return 'system';
  if (actor.type === 'service_account' || channel === 'api') return 'api';
  return 'user';
};

const map = (record: unknown, original: string): Mapped => {
  if (!isObject(record)) return { unmapped: 'not a JSON object' };
  const log = isObject(record['detail']) ? record['detail'] : record;
  const data = isObject(log['data']) ? log['data'] : log;
  const type = textAt(data, 'type');
  const at = textAt(data, 'date');
  if (type === undefined || at === undefined) {
    const missing = Object.entries({ type, date: at }).filter(([, each]) => each === undefined);
    return { unmapped: `not an Auth0 log: no ${missing.map(([name]) => name).join(', ')}` };
  }
  const occurredAt = timeOf(at);
  if (occurredAt === undefined) return { unmapped: 'date is not a time' };
  const logId = textAt(log, 'log_id') ?? textAt(data, 'log_id');
  if (logId === undefined && !MEANINGS.has(type)) {
    return { unmapped: 'not an Auth0 log: no log_id, and a type that is none of Auth0’s' };
  }
  const meaning = meaningOf(type);
  const call = meaning.about === 'call' ? callOf(data) : undefined;
  const { action, operation } = call ?? meaning;
  if (!isActionName(action)) return { unmapped: 'type does not make the name of an action' };
  const actor = actorOf(data, meaning);
  const { targets, left } = keptTargets(targetsOf(data, meaning.about, call));
  const { parts, source, metadata } = fieldsFrom(data, FIELDS);
  const outcome = outcomeOf(data, type, meaning);
  const isUpdate = call?.operation === 'update' && outcome.result === 'success';
  return {
    event: {
      id: idOf('auth0', logId, original),
      occurred_at: occurredAt,
      event_type: type,
      action,
      actor,
      outcome,
      source: { initiator: initiatorOf(actor, source.channel), application: 'auth0', ...source },
      ...parts,
      ...defined({
        operation,
        targets,
        changes: isUpdate
          ? fittingChanges(changesTo(valueAt(data, 'details.request.body')))
          : undefined,
        severity: ATTACKS.includes(type) ? ('high' as const) : undefined,
      }),
      metadata: {
        ...metadata,
        ...left,
        original,
      },
    },
  };
};

export const auth0: Importer = { shape: 'auto', reusesIds: true, map };
