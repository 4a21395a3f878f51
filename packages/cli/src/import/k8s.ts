/**
 * The audit log of a Kubernetes API server (`audit.k8s.io`) as events; also as AKS wraps it. Pure;
 * never guesses. One request is one event: its last stage. What maps where:
 *
 * | record | event |
 * |---|---|
 * | `auditID`, `stage` | `id`: UUIDv8 of both; without `auditID`, or reused, of the record's text |
 * | `requestReceivedTimestamp`, else `stageTimestamp` | `occurred_at`; without a zone it is UTC |
 * | `objectRef.resource`, `.subresource`, `verb` | `action`: `pods.exec.create`, else `url.get` |
 * | `objectRef.apiGroup` | `event_type`: `apps`, `core`; `url` for a path that is no resource |
 * | `verb`, `objectRef` | `operation`: `OPERATIONS_OF_RESOURCE`, else `OPERATION_OF_VERB` |
 * | `user.username`, `user.groups` | `actor`: see `ACTORS`; the groups are its roles |
 * | `impersonatedUser` | `on_behalf_of` |
 * | `objectRef`, else the path | `targets`; the namespace and AKS's cluster are parents |
 * | `requestObject.roleRef`, `.subjects` of a binding | `targets`, related |
 * | `requestObject` of a patch | `changes`, but never of a Secret |
 * | `responseStatus`, `annotations`, stage Panic | `outcome`: see `outcomeOf` |
 * | who called | `source.initiator`: the cluster's own parts `system`, else `api` |
 * | see `FIELDS`, `metadataOf` | `context`, `metadata` |
 * | the whole record, as it was read | `metadata.original`, without the bodies of a Secret |
 */
import { type EventInput, LIMITS } from '@annals/contract/event';
import { SECRET_REMOVED } from '@annals/contract/secrets';
import { changesTo, fittingChanges } from './changes.ts';
import {
  type Change,
  emailOf,
  type FieldTable,
  fieldsFrom,
  idOf,
  isActionName,
  keptTargets,
  lookUp,
  objectsOf,
  type Target,
  textFrom,
  timeOf,
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
/** Somebody with a name: the API server always has one, also for the anonymous. */
type Actor = EventInput['actor'] & { readonly id: string };

const TIMES = ['requestReceivedTimestamp', 'stageTimestamp'];

/** Fields that take what stands at a place. */
const FIELDS: FieldTable = {
  'context.ip': ['sourceIPs.0'],
  'context.user_agent': ['userAgent'],
  'context.request_id': ['auditID'],
  'metadata.stage': ['stage'],
  'metadata.level': ['level'],
  'metadata.api_version': ['objectRef.apiVersion'],
  'metadata.request_uri': ['requestURI'],
  'metadata.user_uid': ['user.uid'],
  // Who signed in at AWS, where EKS has given all of them one name.
  'metadata.user_arn': ['user.extra.arn.0'],
};

/** By resource, or resource and sub-resource: what the verb alone says wrong. `*` is any verb. */
export const OPERATIONS_OF_RESOURCE: Readonly<Record<string, Readonly<Record<string, Operation>>>> =
  {
    'pods/exec': { '*': 'invoke' },
    'pods/attach': { '*': 'invoke' },
    'pods/portforward': { '*': 'invoke' },
    'pods/proxy': { '*': 'invoke' },
    'services/proxy': { '*': 'invoke' },
    'nodes/proxy': { '*': 'invoke' },
    'pods/eviction': { create: 'delete' },
    'pods/binding': { create: 'update' },
    rolebindings: { create: 'grant', delete: 'revoke', deletecollection: 'revoke' },
    clusterrolebindings: { create: 'grant', delete: 'revoke', deletecollection: 'revoke' },
    // These ask a question; nothing is made.
    tokenreviews: { create: 'read' },
    subjectaccessreviews: { create: 'read' },
    localsubjectaccessreviews: { create: 'read' },
    selfsubjectaccessreviews: { create: 'read' },
    selfsubjectrulesreviews: { create: 'read' },
    selfsubjectreviews: { create: 'read' },
  };

export const OPERATION_OF_VERB: Readonly<Record<string, Operation>> = {
  get: 'read',
  list: 'read',
  watch: 'read',
  head: 'read',
  create: 'create',
  update: 'update',
  patch: 'update',
  put: 'update',
  delete: 'delete',
  deletecollection: 'delete',
};

/** By the user's name, the first that fits; any other is a user. */
const ACTORS: ReadonlyArray<readonly [RegExp, Actor['type']]> = [
  [/^system:anonymous$/, 'anonymous'],
  [/^system:serviceaccount:[^:]+:[^:]+$/, 'service_account'],
  [/\.gserviceaccount\.com$/, 'service_account'],
  // OpenShift's administrator, a person with a certificate.
  [/^system:admin$/, 'user'],
  [/^(?:system|eks|aks|gke):/, 'system'],
];
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** What a binding names, by kind; those in a namespace have it in their id. */
const KINDS: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  Role: 'roles',
  User: 'users',
  Group: 'groups',
  ServiceAccount: 'serviceaccounts',
};
const BINDINGS = ['rolebindings', 'clusterrolebindings'];
const SECRETS = 'secrets';
const BODIES = ['requestObject', 'responseObject'];
const NAMESPACES = 'namespaces';
const AKS_CATEGORIES = ['kube-audit', 'kube-audit-admin'];
const CLUSTER = 'cluster';

/** A record, perhaps taken out of what a cloud wraps around it. */
interface Unwrapped {
  readonly audit: JsonObject;
  /** The cluster's resource id, where the wrapper names it. */
  readonly cluster: string | undefined;
}

const parsedObject = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const unwrap = (record: JsonObject): Unwrapped | { readonly unmapped: string } => {
  if (isObject(record['protoPayload'])) {
    return { unmapped: 'a log entry of Google Cloud: import it with --from gcp' };
  }
  let audit = record;
  if (AKS_CATEGORIES.includes(textAt(record, 'category') ?? '')) {
    const text = textAt(objectAt(record, 'properties'), 'log') ?? '';
    const inner = parsedObject(text);
    if (inner === undefined) return { unmapped: 'properties.log holds no JSON object' };
    audit = inner;
  }
  const kind = textAt(audit, 'kind');
  const version = textAt(audit, 'apiVersion') ?? 'audit.k8s.io/';
  if (kind === 'EventList') return { unmapped: 'a list of records: give its items, one a line' };
  if (kind !== 'Event' || !version.startsWith('audit.k8s.io/')) {
    return { unmapped: 'not a Kubernetes audit event: no kind Event of audit.k8s.io' };
  }
  return { audit, cluster: textAt(record, 'resourceId') };
};

const textsIn = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.filter((each) => typeof each === 'string' && each.trim() !== '')
    : [];

const resourceOf = (audit: JsonObject): string | undefined => {
  const { resource, subresource } = objectAt(audit, 'objectRef');
  if (typeof resource !== 'string' || resource === '') return undefined;
  return typeof subresource === 'string' && subresource !== ''
    ? `${resource}/${subresource}`
    : resource;
};

const operationOf = (resource: string | undefined, verb: string): Operation | undefined => {
  const special = lookUp(OPERATIONS_OF_RESOURCE, resource ?? '') ?? {};
  return special['*'] ?? lookUp(special, verb) ?? lookUp(OPERATION_OF_VERB, verb);
};

/**
 * Why the stage is no event of its own; undefined if it is one. What goes on while it is logged
 * (a shell, a tunnel) is an event when it starts too: its end may never be logged.
 */
const skippedStage = (
  stage: string | undefined,
  operation: Operation | undefined,
): string | undefined => {
  const skipped =
    stage === 'RequestReceived' || (stage === 'ResponseStarted' && operation !== 'invoke');
  return skipped ? `stage ${stage}: the request’s last stage is its event` : undefined;
};

const actorOf = (user: JsonObject): Actor | undefined => {
  const id = textAt(user, 'username');
  if (id === undefined || id.length > LIMITS.entityId) return undefined;
  const type = ACTORS.find(([pattern]) => pattern.test(id))?.[1] ?? 'user';
  const [, namespace, account] = SERVICE_ACCOUNT.exec(id) ?? [];
  const name = account === undefined ? undefined : `${namespace}/${account}`;
  const email = type === 'user' ? emailOf(id) : undefined;
  return { type, id, ...defined({ name: shortened(name ?? email, LIMITS.name), email }) };
};

const rolesOf = (user: JsonObject): string[] | undefined => {
  const groups = textsIn(user['groups']).filter((group) => group.length <= LIMITS.shortText);
  return groups.length === 0 ? undefined : groups.slice(0, LIMITS.roles);
};

const inNamespace = (namespace: string | undefined, name: string): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

const named = (type: string, id: string, name: string): Target => ({
  type,
  id,
  ...defined({ name: shortened(name, LIMITS.name) }),
});

/** The role that a binding gives, and to whom. */
const boundTargets = (audit: JsonObject, resource: string): Target[] => {
  if (!BINDINGS.includes(resource)) return [];
  const { roleRef, subjects } = objectAt(audit, 'requestObject');
  const namespace = textAt(objectAt(audit, 'objectRef'), 'namespace');
  return [...objectsOf([roleRef]), ...objectsOf(subjects)].flatMap((each): Target[] => {
    const kind = textAt(each, 'kind') ?? '';
    const name = textAt(each, 'name');
    const type = lookUp(KINDS, kind);
    if (type === undefined || name === undefined) return [];
    const home = kind === 'Role' ? namespace : textAt(each, 'namespace');
    return [{ type, id: inNamespace(home, name), role: 'related' }];
  });
};

const targetsOf = ({ audit, cluster }: Unwrapped, resource: string | undefined): Target[] => {
  const reference = objectAt(audit, 'objectRef');
  const namespace = textAt(reference, 'namespace');
  const type = textAt(reference, 'resource');
  // A new object’s name may be made by the server: then only the answer has it.
  const name =
    textAt(reference, 'name') ??
    textAt(objectAt(objectAt(audit, 'responseObject'), 'metadata'), 'name') ??
    textAt(objectAt(objectAt(audit, 'requestObject'), 'metadata'), 'name');
  const path = textAt(audit, 'requestURI')?.replace(/\?.*$/s, '');
  const targets: Target[] = [];
  if (type === NAMESPACES && name !== undefined) targets.push(named(type, name, name));
  else if (type !== undefined && name !== undefined) {
    targets.push(named(type, inNamespace(namespace, name), name));
  } else if (type === undefined && path !== undefined) targets.push({ type: 'url', id: path });
  if (namespace !== undefined && type !== NAMESPACES) {
    targets.push({ ...named(NAMESPACES, namespace, namespace), role: 'parent' });
  }
  if (cluster !== undefined) targets.push({ type: CLUSTER, id: cluster, role: 'parent' });
  targets.push(...boundTargets(audit, resource ?? ''));
  return targets;
};

/** A patch as a list of steps (RFC 6902) or as an object that is laid over the other. */
const changesOf = (audit: JsonObject, verb: string): Change[] | undefined => {
  if (verb !== 'patch' || textAt(objectAt(audit, 'objectRef'), 'resource') === SECRETS) {
    return undefined;
  }
  const patch = audit['requestObject'];
  if (!Array.isArray(patch)) return fittingChanges(changesTo(patch));
  const steps = objectsOf(patch).filter((step) => step['op'] !== 'test');
  return fittingChanges(
    steps.flatMap((step): Change[] => {
      const path = textAt(step, 'path');
      if (path === undefined) return [];
      return [{ path, ...('value' in step ? { after: step['value'] } : {}) }];
    }),
  );
};

/** 401 and 403 are `denied`, other codes from 400 and a panic `failure`; no code is `unknown`. */
const outcomeOf = (audit: JsonObject): NonNullable<EventInput['outcome']> => {
  const status = objectAt(audit, 'responseStatus');
  const annotations = objectAt(audit, 'annotations');
  const { code } = status;
  const isForbidden = annotations['authorization.k8s.io/decision'] === 'forbid';
  const isPanic = audit['stage'] === 'Panic';
  const said = textAt(status, 'message') ?? textAt(status, 'reason');
  const rule = isForbidden ? textAt(annotations, 'authorization.k8s.io/reason') : undefined;
  const isCode = typeof code === 'number' && Number.isSafeInteger(code) && code > 0;
  const details = defined({
    reason: shortened(said ?? rule, LIMITS.text),
    code: isCode ? String(code) : undefined,
  });
  if (isForbidden || code === 401 || code === 403) return { result: 'denied', ...details };
  if (isPanic || (isCode && code >= 400)) return { result: 'failure', ...details };
  return { result: isCode ? 'success' : 'unknown', ...details };
};

/** The command of a shell in a container, which is in the path’s query. */
const commandOf = (uri: string | undefined): string | undefined => {
  const query = uri?.split('?', 2)[1];
  const words = new URLSearchParams(query ?? '').getAll('command');
  return words.length === 0 ? undefined : words.join(' ');
};

const metadataOf = (audit: JsonObject): Record<string, unknown> => {
  const annotations = objectAt(audit, 'annotations');
  const addresses = textsIn(audit['sourceIPs']);
  return defined({
    command: shortened(commandOf(textAt(audit, 'requestURI')), LIMITS.text),
    authorization_decision: textAt(annotations, 'authorization.k8s.io/decision'),
    authorization_reason: textAt(annotations, 'authorization.k8s.io/reason'),
    source_ips: addresses.length > 1 ? addresses : undefined,
  });
};

/** A Secret’s values have no telling name: its bodies must not get into a log that stays. */
const withoutSecrets = (record: JsonObject, audit: JsonObject, original: string): string => {
  const isSecret = textAt(objectAt(audit, 'objectRef'), 'resource') === SECRETS;
  const bodies = BODIES.filter((name) => isObject(audit[name]) || Array.isArray(audit[name]));
  if (!isSecret || bodies.length === 0) return original;
  const open = { ...audit, ...Object.fromEntries(bodies.map((name) => [name, SECRET_REMOVED])) };
  if (record === audit) return JSON.stringify(open);
  const properties = { ...objectAt(record, 'properties'), log: JSON.stringify(open) };
  return JSON.stringify({ ...record, properties });
};

const map = (record: unknown, original: string): Mapped => {
  if (!isObject(record)) return { unmapped: 'not a JSON object' };
  const unwrapped = unwrap(record);
  if ('unmapped' in unwrapped) return unwrapped;
  const { audit } = unwrapped;
  const verb = textAt(audit, 'verb');
  const user = objectAt(audit, 'user');
  const actor = actorOf(user);
  const at = textFrom(audit, TIMES);
  if (verb === undefined || actor === undefined || at === undefined) {
    const missing = { verb, 'user.username': actor, requestReceivedTimestamp: at };
    const names = Object.entries(missing).flatMap(([name, each]) => (each ? [] : [name]));
    return { unmapped: `not a whole audit event: no ${names.join(', ')}` };
  }
  const occurredAt = timeOf(at);
  if (occurredAt === undefined) return { unmapped: 'requestReceivedTimestamp is not a time' };
  const resource = resourceOf(audit);
  const action = `${(resource ?? 'url').replaceAll('/', '.')}.${verb}`;
  if (!isActionName(action)) {
    return { unmapped: 'objectRef and verb do not make the name of an action' };
  }
  const operation = operationOf(resource, verb);
  const stage = textAt(audit, 'stage');
  const skipped = skippedStage(stage, operation);
  if (skipped !== undefined) return { unmapped: skipped };
  const auditId = textAt(audit, 'auditID');
  const group = textAt(objectAt(audit, 'objectRef'), 'apiGroup') ?? 'core';
  const impersonated = actorOf(objectAt(audit, 'impersonatedUser'));
  const { targets, left } = keptTargets(targetsOf(unwrapped, resource));
  const { parts, metadata } = fieldsFrom(audit, FIELDS);
  const own = auditId === undefined ? undefined : `${auditId} ${stage ?? ''}`;
  return {
    event: {
      id: idOf('kubernetes', own, original),
      occurred_at: occurredAt,
      event_type: shortened(resource === undefined ? 'url' : group, LIMITS.action) ?? 'core',
      action,
      actor: { ...actor, ...defined({ roles: rolesOf(user) }) },
      outcome: outcomeOf(audit),
      source: {
        initiator: actor.type === 'system' ? 'system' : 'api',
        application: 'kubernetes',
      },
      ...parts,
      ...defined({
        operation,
        on_behalf_of: impersonated === undefined ? undefined : [impersonated],
        targets,
        changes: changesOf(audit, verb),
      }),
      metadata: defined({
        ...metadata,
        ...metadataOf(audit),
        ...left,
        original: withoutSecrets(record, audit, original),
      }),
    },
  };
};

export const k8s: Importer = { shape: 'auto', reusesIds: true, map };
