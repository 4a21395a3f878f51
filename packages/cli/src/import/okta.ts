/**
 * Okta's System Log as events: what its API and its log streaming write. Pure; never guesses.
 * `FIELDS` and the tables after it say what maps where; besides:
 *
 * | Okta | event |
 * |---|---|
 * | `uuid` | `id`; if it is no UUID: UUIDv8 of it; of another record too: of the record's text |
 * | `eventType` | `action`; its first word is `event_type` |
 * | `actor` | `actor`: see `actorOf` |
 * | `target[]` | `targets`: see `targetsOf`; `changeDetails` of one → `changes` |
 * | `outcome` | `outcome`: see `outcomeOf` |
 * | `transaction` | `source.initiator`: with an API token → `api`, a JOB → `system` |
 */

import { type EventInput, LIMITS } from '@annals/contract/event';
import { pointerTo } from '@annals/contract/pointer';
import {
  type Actor,
  type ActorType,
  anonymous,
  type Change,
  emailOf,
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

const APPLICATION = 'okta';

/** The outer members as Okta writes them; some pipelines write them in lower case. */
const MEMBERS = [
  'uuid',
  'published',
  'eventType',
  'legacyEventType',
  'displayMessage',
  'authenticationContext',
  'debugContext',
  'securityContext',
];

export const FIELDS: FieldTable = {
  occurred_at: ['published'],
  'context.ip': ['client.ipAddress', 'request.ipChain.0.ip'],
  'context.user_agent': ['client.userAgent.rawUserAgent'],
  'context.request_id': ['debugContext.debugData.requestId'],
  'context.session_id': ['authenticationContext.externalSessionId'],
  'context.correlation_id': ['transaction.id'],
  'source.component': ['client.id'],
  'source.channel': ['client.device'],
  'metadata.display_message': ['displayMessage'],
  'metadata.legacy_event_type': ['legacyEventType'],
  'metadata.request_uri': ['debugContext.debugData.requestUri'],
  'metadata.privilege_granted': ['debugContext.debugData.privilegeGranted'],
  'metadata.threat_suspected': ['debugContext.debugData.threatSuspected'],
  'metadata.threat_detections': ['debugContext.debugData.threatDetections'],
  'metadata.risk': ['debugContext.debugData.risk'],
  'metadata.behaviors': ['debugContext.debugData.behaviors'],
  'metadata.api_token_id': ['transaction.detail.requestApiTokenId'],
  'metadata.browser': ['client.userAgent.browser'],
  'metadata.os': ['client.userAgent.os'],
  'metadata.device_name': ['device.name'],
  'metadata.zone': ['client.zone'],
  'metadata.is_proxy': ['securityContext.isProxy'],
  'metadata.as_org': ['securityContext.asOrg'],
};
/** From the nearest to the widest: together they are `context.location`. */
export const LOCATION = ['city', 'state', 'country'];

/** By the event's type. */
export const OPERATIONS: OperationTable = [
  [/^user\.session\.(start|impersonation\.initiate)$|^user\.authentication\./, 'login'],
  [/^user\.session\.(end|clear|impersonation\.end)$/, 'logout'],
  [/\.(export|download)(\.|_|$)/, 'export'],
  [/(membership|assignment|privilege|role|permission)s?\.(add|assign)$|\.grant(\.|$)/, 'grant'],
  [/(membership|assignment|privilege|role|permission)s?\.(remove|unassign)$/, 'revoke'],
  [/\.revoke(\.|$)/, 'revoke'],
  [/\.(show_password|access_admin_app|view|read)$/, 'read'],
  [/\.(create|add)$/, 'create'],
  [/\.(delete|remove)(\.(initiated|completed))?$/, 'delete'],
  [/\.(update|change|rename|edit|reset|lock|unlock)(\.|_|$)/, 'update'],
  [/\.(activate|deactivate|reactivate|suspend|unsuspend|enable|disable)(\.|_|$)/, 'update'],
];

/** By `actor.type`. A type that is not here is no person: a `service_account`. */
export const ACTOR_TYPES: Readonly<Record<string, ActorType>> = {
  User: 'user',
  AppUser: 'user',
  SystemPrincipal: 'system',
  'IP address': 'anonymous',
};
/** What Okta writes where it has no id, name, session and the like, in lower case. */
const NOTHING = ['unknown', 'null'];

export const RESULTS: Readonly<Record<string, NonNullable<EventInput['outcome']>['result']>> = {
  SUCCESS: 'success',
  ALLOW: 'success',
  FAILURE: 'failure',
  DENY: 'denied',
};
/** Words that say no more than the result does. */
const PLAIN_RESULTS = new Set(['SUCCESS', 'FAILURE']);
/** A reason that is a word of a program, for example `INVALID_CREDENTIALS`. */
const REASON_CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/;

export const SEVERITIES: Readonly<Record<string, NonNullable<EventInput['severity']>>> = {
  DEBUG: 'info',
  INFO: 'info',
  WARN: 'medium',
  ERROR: 'high',
};

/** What holds what: a target of the first type is the parent of a primary one of these. */
export const PARENTS: Readonly<Record<string, readonly string[]>> = {
  AppInstance: ['AppUser', 'AppGroup'],
  AuthorizationServer: ['Scope', 'Claim'],
  PolicyEntity: ['PolicyRule'],
  User: ['AuthenticatorEnrollment', 'Token'],
};

const knownAt = (record: JsonObject, name: string): string | undefined => {
  const text = textOf(record[name]);
  return text !== undefined && NOTHING.includes(text.toLowerCase()) ? undefined : text;
};

const namesOf = (entity: JsonObject) => {
  const login = knownAt(entity, 'alternateId');
  return { name: knownAt(entity, 'displayName') ?? login, email: emailOf(login) };
};

/** Who it was. One whom Okta could not identify is anonymous, with the name that was tried. */
const actorOf = (record: JsonObject): Actor => {
  const actor = objectAt(record, 'actor');
  const id = knownAt(actor, 'id');
  const type = lookUp(ACTOR_TYPES, textFrom(actor, ['type'])) ?? 'service_account';
  const names = namesOf(actor);
  if (id === undefined) return type === 'system' ? { ...anonymous(names), type } : anonymous(names);
  return entityOf(type, id, names);
};

/** Each with its id, else its login, else its name; one that has none of these is left out. */
const targetsOf = (record: JsonObject): { targets: Target[]; nameless: number } => {
  const listed = objectsOf(record['target']);
  const found = listed.flatMap((target): Target[] => {
    const names = namesOf(target);
    const id = knownAt(target, 'id') ?? knownAt(target, 'alternateId') ?? names.name;
    const type = shortened(textFrom(target, ['type']), LIMITS.shortText);
    return id === undefined || type === undefined ? [] : [entityOf(type, id, names)];
  });
  const isParentOf = (target: Target, other: Target | undefined) =>
    lookUp(PARENTS, target.type)?.includes(other?.type ?? '') === true;
  const primary =
    found.find((target) => !found.some((other) => isParentOf(target, other))) ?? found[0];
  const others = found.filter((target) => target !== primary);
  const withRole = others.map(
    (target): Target => ({ ...target, role: isParentOf(target, primary) ? 'parent' : 'related' }),
  );
  const targets = primary === undefined ? [] : [primary, ...withRole];
  return { targets, nameless: listed.length - found.length };
};

/** `changeDetails` of a target: what its members were and what they are. */
const changesOf = (record: JsonObject): Change[] =>
  objectsOf(record['target'])
    .map((target) => objectAt(target, 'changeDetails'))
    .flatMap((details) => {
      const from = objectAt(details, 'from');
      const to = objectAt(details, 'to');
      const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
      return names.map((name): Change => {
        const of = (one: JsonObject) => (Object.hasOwn(one, name) ? one[name] : undefined);
        const values = defined({ before: of(from), after: of(to) });
        return { path: pointerTo(name), ...values };
      });
    })
    .slice(0, LIMITS.changes);

/** A challenge, a skipped rule and the like are neither success nor failure: `unknown`. */
const outcomeOf = (record: JsonObject): NonNullable<EventInput['outcome']> => {
  const outcome = objectAt(record, 'outcome');
  const result = textFrom(outcome, ['result']);
  if (result === undefined) return { result: 'unknown' };
  const reason = shortened(textFrom(outcome, ['reason']), LIMITS.text);
  const isCode = reason !== undefined && REASON_CODE.test(reason);
  const code = isCode ? reason : PLAIN_RESULTS.has(result) ? undefined : result;
  return {
    result: lookUp(RESULTS, result) ?? 'unknown',
    ...defined({ reason, code: code?.slice(0, LIMITS.shortText) }),
  };
};

const initiatorOf = (record: JsonObject, actor: Actor) => {
  if (textFrom(record, ['transaction.detail.requestApiTokenId']) !== undefined) return 'api';
  const isJob = textFrom(record, ['transaction.type']) === 'JOB';
  if (isJob || actor.type === 'system') return 'system';
  return actor.type === 'user' ? 'user' : undefined;
};

const locationOf = (record: JsonObject): string | undefined => {
  const place = objectAt(objectAt(record, 'client'), 'geographicalContext');
  const names = LOCATION.flatMap((name) => knownAt(place, name) ?? []);
  return names.length === 0 ? undefined : shortened(names.join(', '), LIMITS.shortText);
};

const map = (read: unknown, original: string): Mapped => {
  if (!isObject(read)) return { unmapped: 'not a JSON object' };
  const record = respelled(read, MEMBERS);
  const action = textFrom(record, ['eventType']);
  if (action === undefined || !isObject(record['actor'])) {
    return { unmapped: 'not an Okta record: no eventType, or no actor' };
  }
  if (!isActionName(action)) return { unmapped: 'eventType is not the name of an action' };
  const occurredAt = firstFrom(record, FIELDS.occurred_at ?? [], timeOf);
  if (occurredAt === undefined) return { unmapped: 'published is not a time' };
  const { parts, source, metadata } = fieldsFrom(record, FIELDS, NOTHING);
  const found = targetsOf(record);
  const { targets, left } = keptTargets(found.targets, found.nameless);
  const changes = changesOf(record);
  const actor = actorOf(record);
  const location = locationOf(record);
  return {
    event: {
      id: idOf(APPLICATION, textFrom(record, ['uuid']), original),
      occurred_at: occurredAt,
      event_type: action.split('.')[0] || action,
      action,
      actor,
      outcome: outcomeOf(record),
      ...parts,
      source: {
        application: APPLICATION,
        ...source,
        ...defined({ initiator: initiatorOf(record, actor) }),
      },
      ...(location === undefined ? {} : { context: { ...parts.context, location } }),
      ...defined({
        operation: operationOf(OPERATIONS, action),
        severity: lookUp(SEVERITIES, textFrom(record, ['severity'])),
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

export const okta: Importer = { shape: 'auto', reusesIds: true, map };
