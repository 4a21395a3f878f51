/**
 * Who acted, from CloudTrail's `userIdentity`. The rules:
 *
 * | `userIdentity.type` | actor type | id (the first that is there) |
 * |---|---|---|
 * | Root, IAMUser, FederatedUser, Directory | user | arn, principalId, userName |
 * | SAMLUser, WebIdentityUser | user | the same |
 * | IdentityCenterUser | user | onBehalfOf.userId, principalId, userName |
 * | AssumedRole | user or service_account, see below | arn, principalId, role's arn, userName |
 * | Role, AWSAccount | service_account | arn, principalId, accountId |
 * | AWSAccount whose accountId or principalId is ANONYMOUS_PRINCIPAL | anonymous | none |
 * | AWSService, or none but invokedBy | system | invokedBy |
 * | none, and eventType is AwsServiceEvent | system | eventSource |
 * | Unknown (CloudTrail itself could not tell) | anonymous | principalId, userName |
 *
 * A session of an assumed role is a **user** if one of these holds, else a **service_account**:
 * the role is IAM Identity Center's (its path begins with `aws-reserved/sso.amazonaws.com`, or
 * its name with `AWSReservedSSO_`); the session's name is an e-mail address; the session was
 * opened with MFA; the call was made from the console. The role's name is in `actor.roles`.
 */
import { type EventInput, LIMITS } from '@annals/contract/event';
import { EMAIL } from './fields.ts';
import { defined, type JsonObject, objectAt, shortened, textAt } from './importer.ts';

type EventActor = EventInput['actor'];
export type Actor = { readonly actor: EventActor } | { readonly unmapped: string };

const PEOPLE = new Set([
  'Root',
  'IAMUser',
  'FederatedUser',
  'SAMLUser',
  'WebIdentityUser',
  'Directory',
]);
const ANONYMOUS = 'ANONYMOUS_PRINCIPAL';
const SSO_PATH = ':role/aws-reserved/sso.amazonaws.com';
const SSO_NAME = 'AWSReservedSSO_';
/** `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION` and `…:federated-user/NAME`. */
const SESSION_ARN = /^arn:[^:]*:sts::[^:]*:assumed-role\/([^/]+)(?:\/(.+))?$/;
const FEDERATED_ARN = /^arn:[^:]*:sts::[^:]*:federated-user\/(.+)$/;

/** Whether the console made the call; written as a boolean or as text. */
export const isFromConsole = (record: JsonObject): boolean => {
  const flag = record['sessionCredentialFromConsole'];
  const eventType = textAt(record, 'eventType');
  return (
    flag === true ||
    flag === 'true' ||
    eventType === 'AwsConsoleSignIn' ||
    eventType === 'AwsConsoleAction'
  );
};

const firstText = (record: JsonObject, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const text = textAt(record, name);
    if (text !== undefined) return text;
  }
  return undefined;
};

const named = (
  type: EventActor['type'],
  id: string | undefined,
  name?: string,
  roles?: string[],
): Actor => {
  if (id === undefined && type !== 'system' && type !== 'anonymous') {
    return { unmapped: 'userIdentity names nobody: no arn, principalId or userName' };
  }
  const email = name !== undefined && EMAIL.test(name) ? name : undefined;
  const shortName = shortened(name, LIMITS.name);
  return { actor: { type, ...defined({ id, name: shortName, email, roles }) } };
};

const assumedRole = (record: JsonObject, identity: JsonObject): Actor => {
  const session = objectAt(identity, 'sessionContext');
  const issuer = objectAt(session, 'sessionIssuer');
  const issuerArn = textAt(issuer, 'arn');
  const arn = textAt(identity, 'arn');
  const [, arnRole, sessionName] = SESSION_ARN.exec(arn ?? '') ?? [];
  const role = textAt(issuer, 'userName') ?? arnRole;
  const isUser =
    issuerArn?.includes(SSO_PATH) === true ||
    [role, arnRole].some((each) => each?.startsWith(SSO_NAME)) ||
    EMAIL.test(sessionName ?? '') ||
    textAt(objectAt(session, 'attributes'), 'mfaAuthenticated') === 'true' ||
    isFromConsole(record);
  const id = arn ?? firstText(identity, 'principalId') ?? issuerArn ?? textAt(identity, 'userName');
  const roleName = shortened(role, LIMITS.shortText);
  return named(
    isUser ? 'user' : 'service_account',
    id,
    sessionName ?? textAt(identity, 'userName'),
    roleName === undefined ? undefined : [roleName],
  );
};

const account = (identity: JsonObject): Actor => {
  const names = ['accountId', 'principalId'].map((name) => textAt(identity, name));
  if (names.includes(ANONYMOUS)) return named('anonymous', undefined);
  return named('service_account', firstText(identity, 'arn', 'principalId', 'accountId'));
};

const person = (type: string, identity: JsonObject): Actor => {
  const id = firstText(identity, 'arn', 'principalId', 'userName');
  const [, federated] = FEDERATED_ARN.exec(textAt(identity, 'arn') ?? '') ?? [];
  const name = textAt(identity, 'userName') ?? federated ?? (type === 'Root' ? 'root' : undefined);
  return named('user', id, name);
};

const identityCenterUser = (identity: JsonObject): Actor => {
  const id =
    textAt(objectAt(identity, 'onBehalfOf'), 'userId') ??
    firstText(identity, 'principalId', 'userName');
  return named('user', id, textAt(identity, 'userName'));
};

const untyped = (record: JsonObject, identity: JsonObject): Actor => {
  const service = textAt(identity, 'invokedBy');
  if (service !== undefined) return named('system', service);
  if (textAt(record, 'eventType') === 'AwsServiceEvent') {
    return named('system', textAt(record, 'eventSource'));
  }
  return { unmapped: 'no userIdentity that says who acted' };
};

/** The actor, or why there is none. */
export const actorOf = (record: JsonObject): Actor => {
  const identity = objectAt(record, 'userIdentity');
  const type = textAt(identity, 'type');
  if (type === undefined) return untyped(record, identity);
  if (PEOPLE.has(type)) return person(type, identity);
  switch (type) {
    case 'AssumedRole':
      return assumedRole(record, identity);
    case 'AWSAccount':
    case 'Role':
      return account(identity);
    case 'AWSService':
      return named('system', textAt(identity, 'invokedBy'));
    case 'IdentityCenterUser':
      return identityCenterUser(identity);
    case 'Unknown':
      return named(
        'anonymous',
        firstText(identity, 'principalId', 'userName'),
        textAt(identity, 'userName'),
      );
    default:
      return { unmapped: 'userIdentity.type is not one that CloudTrail documents' };
  }
};
