/**
 * AWS CloudTrail records as events. Pure; never guesses: a record without a name, source, time
 * or actor is not mapped, and a field that is not certain is left out. What maps where:
 *
 * | CloudTrail | event |
 * |---|---|
 * | `eventID` | `id`; if it is no UUID, or of another record too: UUIDv8 of the record's text |
 * | `eventTime` | `occurred_at`; without a zone it is UTC |
 * | `eventSource`, `eventName` | `action`: `iam.CreateUser` |
 * | `eventType` | `event_type`: `AwsApiCall`, `AwsConsoleSignIn`, … |
 * | `readOnly`, `eventName` | `operation`: see `operationOf` |
 * | `userIdentity` | `actor`: see cloudtrail-actor.ts |
 * | `userIdentity.onBehalfOf.userId` of a role's session | `on_behalf_of` |
 * | `resources`, else `requestParameters` | `targets`: see cloudtrail-targets.ts |
 * | `errorCode`, `errorMessage`, a sign-in's `responseElements` | `outcome`: see `outcomeOf` |
 * | `eventSource` | `source.application` |
 * | `userIdentity.invokedBy`, else `sourceIPAddress` that is a service | `source.component` |
 * | who called | `source.initiator`: console → `user`, a service → `system`, else `api` |
 * | `sourceIPAddress` that is an address | `context.ip` |
 * | `userAgent`, `requestID` | `context.user_agent`, `context.request_id` |
 * | `sharedEventID` | `context.correlation_id` |
 * | `awsRegion`, `recipientAccountId` | `metadata.aws_region`, `metadata.account_id` |
 * | `eventCategory` | `metadata.event_category` |
 * | more than 20 targets | `metadata.targets_omitted`: how many more |
 * | the whole record, as it was read | `metadata.original`, one string |
 */
import { type EventInput, LIMITS } from '@annals/contract/event';
import { actorOf, isFromConsole } from './cloudtrail-actor.ts';
import { targetsOf } from './cloudtrail-targets.ts';
import { ipOf, isActionName, timeOf, UUID } from './fields.ts';
import {
  defined,
  filled,
  type Importer,
  idFromText,
  isObject,
  type JsonObject,
  type Mapped,
  objectAt,
  shortened,
  textAt,
} from './importer.ts';

const SOURCE_SUFFIX = '.amazonaws.com';
const REQUIRED = ['eventName', 'eventSource', 'eventTime'];
const DENIED = /Denied|Unauthorized/;
/** What a service's own call has instead of an address, and its name with this ending. */
const AWS_INTERNAL = 'AWS Internal';
/** Calls of the console bore this before `sessionCredentialFromConsole` was introduced. */
const CONSOLE_SERVICE = 'signin.amazonaws.com';

/** With `readOnly: false`: the beginning of the name → operation. Others are left out. */
const OPERATION_OF_VERB: Readonly<Record<string, NonNullable<EventInput['operation']>>> = {
  Create: 'create',
  Delete: 'delete',
  Update: 'update',
  Modify: 'update',
  Put: 'update',
  Set: 'update',
  Attach: 'update',
  Detach: 'update',
  Enable: 'update',
  Disable: 'update',
};
const VERB = /^([A-Z][a-z]+)(?=[A-Z])/;

/** A flag that CloudTrail writes as a boolean and some pipelines as text. */
const flagAt = (record: JsonObject, name: string): boolean | undefined => {
  const value = record[name];
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
};

/** A sign-in is `login`, a call that only reads `read`; else by its name, if it writes. */
const operationOf = (record: JsonObject, eventName: string): EventInput['operation'] => {
  if (eventName === 'ConsoleLogin') return 'login';
  const readOnly = flagAt(record, 'readOnly');
  if (readOnly === true) return 'read';
  return readOnly === false ? OPERATION_OF_VERB[VERB.exec(eventName)?.[1] ?? ''] : undefined;
};

/**
 * An error code that speaks of denial or missing authorization is `denied`, another one
 * `failure`. A sign-in has no code: its answer says `Success` or `Failure`, and a `ConsoleLogin`
 * without an answer is `unknown`. Everything else without a code is `success`.
 */
const outcomeOf = (record: JsonObject, eventName: string): NonNullable<EventInput['outcome']> => {
  const code = textAt(record, 'errorCode');
  const reason = shortened(textAt(record, 'errorMessage'), LIMITS.text);
  if (code !== undefined) {
    const result = DENIED.test(code) ? 'denied' : 'failure';
    return { result, code: code.slice(0, LIMITS.shortText), ...defined({ reason }) };
  }
  const signIn = eventName === 'ConsoleLogin' || record['eventType'] === 'AwsConsoleSignIn';
  if (!signIn) return { result: 'success', ...defined({ reason }) };
  const answer = textAt(objectAt(record, 'responseElements'), eventName);
  if (answer === 'Failure') return { result: 'failure', ...defined({ reason }) };
  const unsaid = answer === undefined && eventName === 'ConsoleLogin';
  return { result: unsaid ? 'unknown' : 'success', ...defined({ reason }) };
};

const isService = (text: string): boolean => text === AWS_INTERNAL || text.endsWith(SOURCE_SUFFIX);

const sourceOf = (record: JsonObject, eventSource: string): NonNullable<EventInput['source']> => {
  const invokedBy = textAt(objectAt(record, 'userIdentity'), 'invokedBy');
  const address = textAt(record, 'sourceIPAddress');
  const service = invokedBy ?? (address !== undefined && isService(address) ? address : undefined);
  const fromConsole = isFromConsole(record) || invokedBy === CONSOLE_SERVICE;
  const calledByService = service !== undefined || record['eventType'] === 'AwsServiceEvent';
  return {
    initiator: fromConsole ? 'user' : calledByService ? 'system' : 'api',
    application: eventSource.slice(0, LIMITS.shortText),
    ...defined({ component: shortened(service, LIMITS.shortText) }),
  };
};

const contextOf = (record: JsonObject): NonNullable<EventInput['context']> => {
  return defined({
    ip: ipOf(record['sourceIPAddress']),
    user_agent: shortened(textAt(record, 'userAgent'), LIMITS.userAgent),
    request_id: shortened(textAt(record, 'requestID'), LIMITS.shortText),
    correlation_id: shortened(textAt(record, 'sharedEventID'), LIMITS.shortText),
  });
};

/** Whom a role's session acted for, where Identity Center passed the person on. */
const onBehalfOf = (record: JsonObject): EventInput['on_behalf_of'] => {
  const identity = objectAt(record, 'userIdentity');
  const id = textAt(objectAt(identity, 'onBehalfOf'), 'userId');
  if (id === undefined || textAt(identity, 'type') === 'IdentityCenterUser') return undefined;
  return [{ type: 'user', id }];
};

const map = (record: unknown, original: string): Mapped => {
  if (!isObject(record)) return { unmapped: 'not a JSON object' };
  const missing = REQUIRED.filter((name) => textAt(record, name) === undefined);
  const eventName = textAt(record, 'eventName') ?? '';
  const eventSource = textAt(record, 'eventSource') ?? '';
  if (missing.length > 0) return { unmapped: `not a CloudTrail record: no ${missing.join(', ')}` };
  const occurredAt = timeOf(record['eventTime']);
  if (occurredAt === undefined) return { unmapped: 'eventTime is not a time' };
  const service = eventSource.endsWith(SOURCE_SUFFIX)
    ? eventSource.slice(0, -SOURCE_SUFFIX.length)
    : eventSource;
  const action = `${service}.${eventName}`;
  if (!isActionName(action)) {
    return { unmapped: 'eventSource and eventName do not make the name of an action' };
  }
  const who = actorOf(record);
  if ('unmapped' in who) return who;
  const eventId = textAt(record, 'eventID');
  const { targets, omitted } = targetsOf(record, service, action);
  return {
    event: {
      id: eventId !== undefined && UUID.test(eventId) ? eventId : idFromText(original),
      occurred_at: occurredAt,
      action,
      actor: who.actor,
      outcome: outcomeOf(record, eventName),
      source: sourceOf(record, eventSource),
      context: contextOf(record),
      ...defined({
        event_type: shortened(textAt(record, 'eventType'), LIMITS.action),
        operation: operationOf(record, eventName),
        on_behalf_of: onBehalfOf(record),
        targets: filled(targets),
      }),
      metadata: defined({
        aws_region: textAt(record, 'awsRegion'),
        account_id: textAt(record, 'recipientAccountId'),
        event_category: textAt(record, 'eventCategory'),
        targets_omitted: omitted === 0 ? undefined : omitted,
        original,
      }),
    },
  };
};

export const cloudtrail: Importer = { shape: 'auto', reusesIds: true, map };
