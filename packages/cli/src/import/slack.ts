/**
 * Slack's Enterprise audit logs as events. Pure; never guesses: an action keeps Slack's name, and
 * has an operation only where its name says one. What maps where:
 *
 * | entry | event |
 * |---|---|
 * | `id` | `id`; if it is no UUID: UUIDv8 of it; without one, or reused, of the entry's text |
 * | `date_create` | `occurred_at`: seconds since 1970, or text, without a zone in UTC |
 * | `action` | `action`; `operation` and `outcome` by `OPERATIONS` and `REFUSALS` |
 * | `entity.type` | `event_type` |
 * | `actor.user` | `actor`; `USLACKUSER` is Slack itself |
 * | `entity` | `targets`; the workspace or organization of `context.location` is a parent |
 * | `details`: `new_…` and `previous_…` | `changes` |
 * | see `FIELDS` | `context`, `source`, `reason`, `metadata` |
 * | the whole entry, as it was read | `metadata.original`, one string |
 */

import { type EventInput, LIMITS } from '@annals/contract/event';
import { pointerTo } from '@annals/contract/pointer';
import { fittingChanges } from './changes.ts';
import {
  type Actor,
  type Change,
  entityOf,
  type FieldTable,
  fieldsFrom,
  idOf,
  isActionName,
  keptTargets,
  type OperationTable,
  operationOf,
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

type Outcome = NonNullable<EventInput['outcome']>;

/** Fields that take what stands at a place, the first that is there. */
const FIELDS: FieldTable = {
  'context.ip': ['context.ip_address'],
  'context.user_agent': ['context.ua'],
  'context.session_id': ['context.session_id'],
  // Where on earth; `context.location` is a workspace.
  'context.location': ['details.location'],
  'source.component': ['context.app.name', 'context.app.id'],
  'reason.text': ['details.reason'],
  'metadata.anomaly_reasons': ['details.reason'],
  'metadata.actor_team': ['actor.user.team'],
  'metadata.workspace_domain': ['context.location.domain'],
  'metadata.app_id': ['context.app.id'],
  'metadata.acting_agent': ['acting_agent', 'details.acting_agent'],
  'metadata.scopes': ['details.scopes', 'entity.app.scopes'],
  'metadata.channel': ['details.channel_id', 'details.channel'],
  'metadata.export_type': ['details.export_type'],
};

/** What an action does, by its name: the first that fits. */
export const OPERATIONS: OperationTable = [
  [/^user_login$/, 'login'],
  [/^user_logout(?:_compromised)?$/, 'logout'],
  [/^(?:file_downloaded|.*_export_(?:completed|downloaded|started|available))$/, 'export'],
  [/^(?:role_change_to_(?:admin|owner)|permissions_assigned|role_assigned)$/, 'grant'],
  [/^(?:app_resources_granted|app_scopes_expanded|app_approved)$/, 'grant'],
  [/^(?:permissions_removed|role_removed|admin_removed|owner_removed)$/, 'revoke'],
  [/^(?:app_restricted|user_session_invalidated)$/, 'revoke'],
  [/^(?:user|bulk)_session_reset_by_admin$/, 'revoke'],
  [/^role_change_to_/, 'update'],
  [/_(?:created|uploaded|installed)$/, 'create'],
  [/_(?:deleted|uninstalled)$/, 'delete'],
  [/_(?:updated|changed|renamed|converted_to_(?:public|private)|transferred)$/, 'update'],
  [/_(?:(?:un)?archived?|(?:de|re)?activated)$/, 'update'],
];
/** Ends of an action's name that say that it was not done. */
export const REFUSALS: ReadonlyArray<readonly [RegExp, Outcome['result']]> = [
  [/_blocked$/, 'denied'],
  [/_failed$/, 'failure'],
];
/** Stands for nobody: Slack did it. */
const SLACK_ITSELF = 'USLACKUSER';
const SECONDS = 1_000;

/** Seconds as Slack writes them, as a number or as text. */
const occurredAtOf = (value: unknown): string | undefined => {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number') return timeOf(value);
  const date = new Date(seconds * SECONDS);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
};

const actorOf = (entry: JsonObject): Actor | undefined => {
  const user = objectAt(objectAt(entry, 'actor'), 'user');
  const id = textAt(user, 'id');
  if (id === undefined || id.length > LIMITS.entityId) return undefined;
  const names = { name: textAt(user, 'name'), email: textAt(user, 'email') };
  return entityOf(id === SLACK_ITSELF ? 'system' : 'user', id, names);
};

/** `{type: 'user', user: {id, …}}`; a message has no id but its place and time. */
const entityTarget = (entity: JsonObject): Target[] => {
  const type = textAt(entity, 'type');
  if (type === undefined) return [];
  const thing = objectAt(entity, type);
  const place = [textAt(thing, 'channel'), textAt(thing, 'timestamp')];
  const message = place.every((each) => each !== undefined) ? place.join('/') : undefined;
  const id = textAt(thing, 'id') ?? message;
  const name = textFrom(thing, ['name', 'title', 'domain']);
  if (id === undefined) return [];
  return [entityOf(type.slice(0, LIMITS.shortText), id, { name, email: textAt(thing, 'email') })];
};

const targetsOf = (entry: JsonObject): Target[] => {
  const primary = entityTarget(objectAt(entry, 'entity'));
  const location = objectAt(objectAt(entry, 'context'), 'location');
  const id = textAt(location, 'id');
  if (id === undefined || primary.some((target) => target.id === id)) return primary;
  const type = textAt(location, 'type') ?? 'workspace';
  const parent = entityOf(type.slice(0, LIMITS.shortText), id, { name: textAt(location, 'name') });
  return [...primary, { ...parent, role: 'parent' }];
};

/** Each `new_x` or `previous_x` is about `/x`; `new_value` alone is about what the action names. */
const changesOf = (entry: JsonObject, action: string): Change[] | undefined => {
  const details = objectAt(entry, 'details');
  const setting = action.startsWith('pref.') ? action.slice('pref.'.length) : 'value';
  const names = Object.keys(details).flatMap(
    (name) => /^(?:new|previous)_(.+)$/.exec(name)?.[1] ?? [],
  );
  const pairs = [...new Set(names)].filter((name) => `new_${name}` in details);
  return fittingChanges(
    pairs.map((name) => ({
      path: pointerTo(name === 'value' ? setting : name),
      ...defined({ before: details[`previous_${name}`], after: details[`new_${name}`] }),
    })),
  );
};

const map = (record: unknown, original: string): Mapped => {
  if (!isObject(record)) return { unmapped: 'not a JSON object' };
  const action = textAt(record, 'action');
  const actor = actorOf(record);
  const at = record['date_create'];
  const missing = Object.entries({ action, 'actor.user.id': actor, date_create: at }).filter(
    ([, value]) => value === undefined || value === null,
  );
  if (action === undefined || actor === undefined || missing.length > 0) {
    const names = missing.map(([name]) => name).join(', ');
    return { unmapped: `not a Slack audit log entry: no ${names}` };
  }
  const occurredAt = occurredAtOf(at);
  if (occurredAt === undefined) return { unmapped: 'date_create is not a time' };
  if (!isActionName(action)) return { unmapped: 'action is not the name of an action' };
  const { targets, left } = keptTargets(targetsOf(record));
  const { parts, source, metadata } = fieldsFrom(record, FIELDS);
  const result = REFUSALS.find(([pattern]) => pattern.test(action))?.[1] ?? 'success';
  return {
    event: {
      id: idOf('slack', textAt(record, 'id'), original),
      occurred_at: occurredAt,
      action,
      actor,
      outcome: { result },
      source: {
        initiator: actor.type === 'system' ? 'system' : 'user',
        application: 'slack',
        ...source,
      },
      ...parts,
      ...defined({
        event_type: shortened(textAt(objectAt(record, 'entity'), 'type'), LIMITS.action),
        operation: operationOf(OPERATIONS, action),
        targets,
        changes: changesOf(record, action),
      }),
      metadata: {
        ...metadata,
        ...left,
        original,
      },
    },
  };
};

export const slack: Importer = { shape: 'auto', reusesIds: true, map };
