/**
 * Values of the contract that stand without a schema. Threads that only look at events load these
 * alone: the schemas and their library would take 16 MB in each of them.
 */

export const OPERATIONS = [
  'create',
  'read',
  'update',
  'delete',
  'export',
  'login',
  'logout',
  'grant',
  'revoke',
  'invoke',
  'other',
] as const;
export const ACTOR_TYPES = [
  'user',
  'service_account',
  'api_key',
  'agent',
  'system',
  'anonymous',
  'support',
] as const;
export const TARGET_ROLES = ['primary', 'parent', 'related'] as const;
export const OUTCOMES = ['success', 'failure', 'denied', 'unknown'] as const;
export const INITIATORS = ['user', 'system', 'api', 'import'] as const;
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;

/** What a value is to those who may see it. */
export const DATA_CLASSES = ['public', 'personal', 'secret'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** Fields whose values are counted. */
export const FACET_FIELDS = [
  ...['action', 'event_type', 'operation', 'actor', 'actor.type', 'target.type', 'application'],
  ...['component', 'channel', 'initiator', 'outcome', 'severity'],
] as const;
export type FacetField = (typeof FACET_FIELDS)[number];

/** Whether it is the digest that stands in place of an erased value: `Erased` in `event.ts`. */
export const isErased = (value: unknown): value is { _erased: string; as?: unknown } =>
  typeof value === 'object' && value !== null && '_erased' in value;

/** What may stand for an erased id, so that the events of its owner still group. */
export const PSEUDONYM_PATTERN = '^erased-[0-9a-z]{12}$';

/** An id as it is, or what stands for it since it was erased; undefined if nothing does. */
export const idText = (id: unknown): string | undefined => {
  if (typeof id === 'string') return id;
  return isErased(id) && typeof id.as === 'string' ? id.as : undefined;
};

interface Named {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly email?: unknown;
}
/** A text that says something. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** What somebody or something is called: name, e-mail or id; undefined where none is readable. */
export const nameOf = ({ name, email, id }: Named): string | undefined =>
  textOf(name) ?? textOf(email) ?? textOf(idText(id));

/** Whether a target is what an event is about; one without a role is. */
export const isPrimary = ({ role = 'primary' }: { readonly role?: string | undefined }): boolean =>
  role === 'primary';

/** The friendly form of an action: `member.role_changed` is "Member role changed". */
export function activityOf(action: string): string {
  const words = action.replace(/[._:/-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The tenant of a project in whose log stands what was done with the project itself. */
export const OWN_TENANT = '_annals';
