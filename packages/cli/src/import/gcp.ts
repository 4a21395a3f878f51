/**
 * Google Cloud's audit logs as events: log entries whose `protoPayload` is an `AuditLog`, as
 * Cloud Logging exports them. Pure; never guesses. `FIELDS` and the tables after it say what
 * maps where; besides (names without a member before them are those of `protoPayload`):
 *
 * | Google Cloud | event |
 * |---|---|
 * | `logName`, `timestamp`, `insertId` of the entry, which Google keeps unique | `id`: UUIDv8 |
 * | `methodName`; one of a single word has the service before it | `action` |
 * | `logName`'s last word: `activity`, `data_access`, … | `event_type` |
 * | `authenticationInfo` | `actor`, `on_behalf_of`: see `actorOf`, `onBehalfOf` |
 * | `resourceName`, `authorizationInfo[].resource`, `resource.labels` | `targets`: `targetsOf` |
 * | `policyDelta`, `permissionDelta` of `serviceData` or `metadata` | `changes`: `changesOf` |
 * | `status`, `authorizationInfo[].granted` | `outcome`: see `outcomeOf` |
 * | `serviceName` | `source.application` |
 * | who called | `source.initiator`: Google's own systems → `system`, else `api` |
 * | `resource.labels` and `labels` of the entry | `labels` |
 */

import { type EventInput, LIMITS } from '@annals/contract/event';
import { pointerTo } from '@annals/contract/pointer';
import {
  type Actor,
  type ActorType,
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
  objectsOf,
  operationOf,
  respelled,
  type Target,
  textFrom,
  textOf,
  timeOf,
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
  shortened,
} from './importer.ts';

/** The entry's members as Google writes them; some pipelines write them in lower case. */
const MEMBERS = ['insertId', 'logName', 'protoPayload', 'receiveTimestamp'];
const AUDIT_LOG = 'google.cloud.audit.AuditLog';
const SERVICE_SUFFIX = '.googleapis.com';

export const FIELDS: FieldTable = {
  occurred_at: ['timestamp', 'receiveTimestamp'],
  'context.ip': ['protoPayload.requestMetadata.callerIp', 'protoPayload.requestMetadata.callerIP'],
  'context.user_agent': ['protoPayload.requestMetadata.callerSuppliedUserAgent'],
  'context.request_id': ['protoPayload.requestMetadata.requestAttributes.id'],
  'context.trace_id': ['trace'],
  'context.correlation_id': ['operation.id'],
  'reason.text': ['protoPayload.requestMetadata.requestAttributes.reason'],
  'metadata.log_name': ['logName'],
  'metadata.resource_type': ['resource.type'],
  'metadata.project_id': ['resource.labels.project_id'],
  'metadata.locations': ['protoPayload.resourceLocation.currentLocations'],
  'metadata.principal_subject': ['protoPayload.authenticationInfo.principalSubject'],
  'metadata.service_account_key': ['protoPayload.authenticationInfo.serviceAccountKeyName'],
  'metadata.oauth_client_id': ['protoPayload.authenticationInfo.oauthInfo.oauthClientId'],
  'metadata.caller_network': ['protoPayload.requestMetadata.callerNetwork'],
  'metadata.violation_reason': ['protoPayload.metadata.violationReason'],
  'metadata.response_items': ['protoPayload.numResponseItems'],
};

/** By the method's last words. */
export const OPERATIONS: OperationTable = [
  [/\.(exec|attach|portforward|proxy)\.(create|get)$/, 'invoke'],
  [/\.login(Success|Failure|Challenge|Verification)$/, 'login'],
  [/\.logout$/i, 'logout'],
  [/(^|\.)(export|download)[^.]*$/i, 'export'],
  [/(^|\.)add[^.]*(Member|User)$/i, 'grant'],
  [/(^|\.)remove[^.]*(Member|User)$/i, 'revoke'],
  [/(^|\.)(get|list|search|query|aggregatedList|lookup|check|test|watch|read)[^.]*$/i, 'read'],
  [/(^|\.)(insert|create|upload|copy|clone|import)[^.]*$/i, 'create'],
  [/(^|\.)(delete|destroy|remove|purge)[^.]*$/i, 'delete'],
  [
    /(^|\.)(update|patch|set|add|enable|disable|move|attach|detach|replace|undelete)[^.]*$/i,
    'update',
  ],
  [/Deleted$/, 'delete'],
  [/Created$/, 'create'],
  [/Updated$/, 'update'],
  [
    /(^|\.)(sign|generate|encrypt|decrypt|invoke|call|run|execute|authorize|connect)[^.]*$/i,
    'invoke',
  ],
];
/** Methods that change who may do what: a pure addition is `grant`, a pure removal `revoke`. */
const SETS_POLICY = /(^|\.)setIam(Policy|Permissions)$/i;

/** By the principal, the first that fits. Whom none fits is no person: a `service_account`. */
export const ACTOR_TYPES: ReadonlyArray<readonly [RegExp, ActorType]> = [
  [/^(system:anonymous|anonymous|allUsers)$/, 'anonymous'],
  [/^(serviceAccount:|system:serviceaccount:)|gserviceaccount\.com$/, 'service_account'],
  [/^system:/, 'system'],
  [/^user:|\/workforcePools\/|^[^\s:/]+@[^\s:/]+$/, 'user'],
];

/** Names of google.rpc.Code, from 0. */
export const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];
const DENIED = new Set(['PERMISSION_DENIED', 'UNAUTHENTICATED']);

export const SEVERITIES: Readonly<Record<string, NonNullable<EventInput['severity']>>> = {
  DEFAULT: 'info',
  DEBUG: 'info',
  INFO: 'info',
  NOTICE: 'info',
  WARNING: 'medium',
  ERROR: 'high',
  CRITICAL: 'critical',
  ALERT: 'critical',
  EMERGENCY: 'critical',
};

/** Collections in a resource's name, each followed by an id, and what they hold. */
export const COLLECTIONS: Readonly<Record<string, string>> = {
  accessPolicies: 'access_policy',
  apps: 'app',
  billingAccounts: 'billing_account',
  brands: 'brand',
  buckets: 'bucket',
  clusterroles: 'cluster_role',
  clusterrolebindings: 'cluster_role_binding',
  clusters: 'cluster',
  configmaps: 'config_map',
  cronjobs: 'cron_job',
  cryptoKeys: 'crypto_key',
  cryptoKeyVersions: 'crypto_key_version',
  daemonsets: 'daemon_set',
  databases: 'database',
  datasets: 'dataset',
  deployments: 'deployment',
  disks: 'disk',
  firewalls: 'firewall',
  folders: 'folder',
  functions: 'function',
  images: 'image',
  ingressRules: 'ingress_rule',
  instances: 'instance',
  jobs: 'job',
  keyRings: 'key_ring',
  keys: 'key',
  managedZones: 'managed_zone',
  namespaces: 'namespace',
  networks: 'network',
  objects: 'object',
  organizations: 'organization',
  pods: 'pod',
  projects: 'project',
  providers: 'identity_provider',
  repositories: 'repository',
  rolebindings: 'role_binding',
  roles: 'role',
  secrets: 'secret',
  serviceAccounts: 'service_account',
  services: 'service',
  sinks: 'sink',
  snapshots: 'snapshot',
  subnetworks: 'subnetwork',
  subscriptions: 'subscription',
  tables: 'table',
  topics: 'topic',
  workforcePools: 'workforce_pool',
  workloadIdentityPools: 'workload_identity_pool',
};
/** The id of an object is all that follows, slashes too. */
const OBJECTS = 'objects';
/** Stands for any id, or is a version of an interface: `projects/-`, `projects/_`, `apps/v1`. */
const NO_ID = /^([-_]|v\d+((alpha|beta)\d+)?)$/;
/** A type of `resource` that says only that somebody watches it. */
const AUDITED = 'audited_resource';
const UNTYPED = 'gcp_resource';

/** What a resource's name says it is inside of, the widest first, and at last itself. */
const thingsIn = (name: string, typeOfOther: string): Target[] => {
  const segments = name.replace(/^\/\/[^/]+\//, '').split('/');
  const things: Target[] = [];
  let end = 0;
  for (let at = 0; at + 1 < segments.length; at += 1) {
    const collection = segments[at] ?? '';
    const type = lookUp(COLLECTIONS, collection);
    if (type === undefined) continue;
    end = collection === OBJECTS ? segments.length : at + 2;
    const own = segments.slice(at + 1, end).join('/');
    if (!NO_ID.test(own)) {
      things.push(entityOf(type, segments.slice(0, end).join('/'), { name: own }));
    }
    at = end - 1;
  }
  // One word more is a collection without an id, or a way of using the thing, as `exec`.
  const isWhole = things.length > 0 && segments.length - end < 2;
  return isWhole ? things : [...things, entityOf(typeOfOther, name)];
};

/** The project and the cluster that only the entry's labels name. */
const labelled = (labels: JsonObject): Target[] => {
  const project = textFrom(labels, ['project_id']);
  const cluster = textFrom(labels, ['cluster_name']);
  if (project === undefined) return [];
  const holder = `projects/${project}`;
  const location = textFrom(labels, ['location', 'zone']) ?? '-';
  const clusters =
    cluster === undefined
      ? []
      : [
          entityOf('cluster', `${holder}/locations/${location}/clusters/${cluster}`, {
            name: cluster,
          }),
        ];
  return [entityOf('project', holder, { name: project }), ...clusters];
};

/** The resource, what holds it as parents, and other resources that permission was asked for. */
const targetsOf = (record: JsonObject, payload: JsonObject): Target[] => {
  const resource = objectAt(record, 'resource');
  const resourceType = textFrom(resource, ['type']) ?? AUDITED;
  const typeOfOther = resourceType === AUDITED ? UNTYPED : resourceType;
  const name = textFrom(payload, ['resourceName']);
  const things = name === undefined ? [] : thingsIn(name, typeOfOther);
  const own = things.at(-1);
  const holders = things.slice(0, -1).reverse();
  const hasProject = things.some(({ type }) => type === 'project');
  const fromLabels = labelled(objectAt(resource, 'labels')).filter(
    ({ type }) => type !== 'project' || !hasProject,
  );
  const asked = objectsOf(payload['authorizationInfo']).flatMap(
    (info) => textFrom(info, ['resource']) ?? [],
  );
  const others = asked.flatMap((other) => thingsIn(other, typeOfOther).at(-1) ?? []);
  const all: Target[] = [
    ...(own === undefined ? [] : [own]),
    ...[...holders, ...fromLabels].map((thing): Target => ({ ...thing, role: 'parent' })),
    ...others.map((thing): Target => ({ ...thing, role: 'related' })),
  ];
  return all.filter(({ id }, at) => all.findIndex((other) => other.id === id) === at);
};

const typeOfPrincipal = (...principals: readonly (string | undefined)[]): ActorType =>
  principals
    .flatMap(
      (principal) => ACTOR_TYPES.find(([pattern]) => pattern.test(principal ?? ''))?.[1] ?? [],
    )
    .at(0) ?? 'service_account';

/** `service_account` if the subject says so, whatever the address looks like. */
const principalOf = (info: JsonObject, email: string | undefined): Actor | undefined => {
  const subject = textFrom(info, ['principalSubject']);
  const id = email ?? subject;
  return id === undefined ? undefined : entityOf(typeOfPrincipal(subject, email), id, { email });
};

const isSystemEvent = (record: JsonObject): boolean => logKindOf(record) === 'system_event';

/** Nobody is named in a system event, which is Google's own, and where nobody signed in. */
const actorOf = (record: JsonObject, payload: JsonObject): Actor => {
  const info = objectAt(payload, 'authenticationInfo');
  const named = principalOf(info, textFrom(info, ['principalEmail']));
  if (named !== undefined) return named;
  const service = textFrom(payload, ['serviceName']);
  return isSystemEvent(record) ? { type: 'system', ...defined({ id: service }) } : anonymous();
};

/** Who had the service account act, from the first to the last. */
const onBehalfOf = (payload: JsonObject): EventInput['on_behalf_of'] => {
  const chain = valueAt(payload, 'authenticationInfo.serviceAccountDelegationInfo');
  const found = objectsOf(chain).flatMap((info) => {
    const email = textFrom(info, ['firstPartyPrincipal.principalEmail']);
    const { id, ...rest } = principalOf(info, email) ?? anonymous();
    return id === undefined ? [] : [{ ...rest, id }];
  });
  return found.length === 0 ? undefined : found.slice(0, LIMITS.onBehalfOf);
};

const DELTAS = ['serviceData', 'metadata'];

/** Members added to or removed from roles, and permissions added to or removed from a role. */
const changesOf = (payload: JsonObject): Change[] =>
  DELTAS.flatMap((place) => {
    const data = objectAt(payload, place);
    const bindings = objectsOf(valueAt(data, 'policyDelta.bindingDeltas'));
    const permissions = (name: string) => {
      const list = valueAt(data, `permissionDelta.${name}`);
      return Array.isArray(list) ? list.flatMap((each) => textOf(each) ?? []) : [];
    };
    return [
      ...bindings.flatMap(({ action, role, member }): Change[] => {
        if (typeof role !== 'string') return [];
        const path = pointerTo('bindings', role);
        return [action === 'REMOVE' ? { path, before: member } : { path, after: member }];
      }),
      ...permissions('addedPermissions').map((after) => ({ path: '/permissions', after })),
      ...permissions('removedPermissions').map((before) => ({ path: '/permissions', before })),
    ];
  }).slice(0, LIMITS.changes);

const gcpOperationOf = (method: string, changes: readonly Change[]): EventInput['operation'] => {
  if (SETS_POLICY.test(method) && changes.length > 0) {
    if (changes.every(({ before }) => before === undefined)) return 'grant';
    if (changes.every(({ after }) => after === undefined)) return 'revoke';
  }
  return operationOf(OPERATIONS, method);
};

/**
 * An error code decides: no permission or no identity is `denied`, another one `failure`. No
 * code is `success`, except where every permission that was asked for was refused.
 */
const outcomeOf = (payload: JsonObject): NonNullable<EventInput['outcome']> => {
  const status = objectAt(payload, 'status');
  const reason = shortened(textFrom(status, ['message']), LIMITS.text);
  const number = textFrom(status, ['code']);
  if (number !== undefined && number !== '0') {
    const code = CODES[Number(number)] ?? number.slice(0, LIMITS.shortText);
    return { result: DENIED.has(code) ? 'denied' : 'failure', code, ...defined({ reason }) };
  }
  const granted = objectsOf(payload['authorizationInfo']).map((info) => info['granted']);
  const isRefused = granted.length > 0 && granted.every((each) => each === false);
  return { result: isRefused ? 'denied' : 'success', ...defined({ reason }) };
};

/** `activity`, `data_access`, `system_event` or `policy`. */
const logKindOf = (record: JsonObject): string | undefined =>
  /cloudaudit\.googleapis\.com(?:%2F|\/)([a-z_]+)$/.exec(textFrom(record, ['logName']) ?? '')?.[1];

const labelsOf = (record: JsonObject): EventInput['labels'] => {
  const all = {
    ...objectAt(objectAt(record, 'resource'), 'labels'),
    ...objectAt(record, 'labels'),
  };
  const texts = Object.entries(all).flatMap(([name, value]) => {
    const text = shortened(textOf(value), LIMITS.text);
    return text === undefined ? [] : [[name, text] as const];
  });
  return texts.length === 0 ? undefined : Object.fromEntries(texts.slice(0, LIMITS.labels));
};

const ownId = (record: JsonObject): string | undefined => {
  const parts = ['logName', 'timestamp', 'insertId'].map((name) => textFrom(record, [name]));
  return parts.at(-1) === undefined ? undefined : parts.join(' ');
};

const actionOf = (method: string, service: string | undefined): string => {
  if (method.includes('.') || service === undefined) return method;
  const short = service.endsWith(SERVICE_SUFFIX)
    ? service.slice(0, -SERVICE_SUFFIX.length)
    : service;
  return `${short}.${method}`;
};

const map = (read: unknown, original: string): Mapped => {
  if (!isObject(read)) return { unmapped: 'not a JSON object' };
  const record = respelled(read, MEMBERS);
  const payload = objectAt(record, 'protoPayload');
  const method = textFrom(payload, ['methodName']);
  const type = textFrom(payload, ['@type']);
  if (method === undefined || type?.endsWith(AUDIT_LOG) === false) {
    return { unmapped: 'not an audit log entry: no protoPayload with a methodName' };
  }
  const service = textFrom(payload, ['serviceName']);
  const action = actionOf(method, service);
  if (!isActionName(action)) return { unmapped: 'methodName is not the name of an action' };
  const occurredAt = firstFrom(record, FIELDS.occurred_at ?? [], timeOf);
  if (occurredAt === undefined) return { unmapped: 'no timestamp that is a time' };
  const { parts, source, metadata } = fieldsFrom(record, FIELDS);
  const actor = actorOf(record, payload);
  const changes = changesOf(payload);
  const { targets, left } = keptTargets(targetsOf(record, payload));
  const application = shortened(service, LIMITS.shortText);
  const isSystem = actor.type === 'system' || isSystemEvent(record);
  return {
    event: {
      id: idOf('gcp', ownId(record), original),
      occurred_at: occurredAt,
      action,
      actor,
      outcome: outcomeOf(payload),
      source: { initiator: isSystem ? 'system' : 'api', ...defined({ application }), ...source },
      ...parts,
      ...defined({
        event_type: logKindOf(record),
        operation: gcpOperationOf(method, changes),
        severity: lookUp(SEVERITIES, textFrom(record, ['severity'])),
        on_behalf_of: onBehalfOf(payload),
        targets,
        changes: filled(changes),
        labels: labelsOf(record),
      }),
      metadata: {
        ...metadata,
        ...left,
        original,
      },
    },
  };
};

export const gcp: Importer = { shape: 'auto', reusesIds: true, map };
