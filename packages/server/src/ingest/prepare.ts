/**
 * A checked event becomes what is stored: completed, secrets stripped, its leaf made. Everything
 * that costs time happens here, before any lock is taken.
 */

import { type EventInput, LIMITS, type StoredEvent } from '@annals/contract/event';
import { type ClassPolicy, leafOf } from '@annals/contract/leaf';
import { nameOfPart } from '@annals/contract/pointer';
import { isSecretName, redactSecretText, stripSecrets } from '@annals/contract/secrets';
import { leafHashOf } from '@annals/contract/sha256';
import type { PreparedEvent } from '../ledger/ledger.ts';
import { Blinds } from './blinds.ts';
import { Refusal } from './check.ts';

type Change = NonNullable<EventInput['changes']>[number];

/** `/user/api_key` names a secret by its last part. */
const isSecretPath = (path: string): boolean =>
  isSecretName(nameOfPart(path.slice(path.lastIndexOf('/') + 1)));

/** `/must_change_password` says yes or no: that opens nothing. */
const isOpen = (value: unknown): boolean => value == null || typeof value === 'boolean';

function stripChange(change: Change): Change {
  const isOpenChange = isOpen(change.before) && isOpen(change.after);
  if (change.secret || (isSecretPath(change.path) && !isOpenChange)) {
    const { before: _before, after: _after, ...kept } = change;
    return { ...kept, secret: true };
  }
  const before = stripSecrets(change.before);
  const after = stripSecrets(change.after);
  if (before === change.before && after === change.after) return change;
  return {
    ...change,
    ...(change.before === undefined ? {} : { before }),
    ...(change.after === undefined ? {} : { after }),
  };
}

/**
 * A part without secrets in a text that people or programs write freely; the part itself if there
 * is nothing to remove.
 */
function redactIn<P extends object, K extends keyof P & string>(part: P, field: K): P {
  const given = part[field];
  if (typeof given !== 'string') return part;
  const kept = redactSecretText(given);
  return kept === given ? part : { ...part, [field]: kept };
}

/** A field can be set while the event is being put together. */
type Draft = { -readonly [K in keyof StoredEvent]: StoredEvent[K] };

/** Fields in a fixed order, absent ones absent, so that equal events are stored as equal text. */
function complete(event: EventInput, { id, occurredAt, receivedAt }: Preparation): StoredEvent {
  const draft: Draft = {
    id,
    occurred_at: occurredAt,
    received_at: receivedAt,
    action: event.action,
    actor: event.actor,
  };
  const { event_type, operation, on_behalf_of, targets, changes, outcome, source } = event;
  if (event_type !== undefined) draft.event_type = event_type;
  if (operation !== undefined) draft.operation = operation;
  if (on_behalf_of !== undefined) draft.on_behalf_of = on_behalf_of;
  if (targets !== undefined) draft.targets = targets.map((target) => redactIn(target, 'name'));
  if (changes !== undefined) draft.changes = changes.map(stripChange);
  if (outcome !== undefined) draft.outcome = redactIn(outcome, 'reason');
  if (source !== undefined) draft.source = source;
  const { context, reason, severity, metadata, labels } = event;
  if (context !== undefined) draft.context = redactIn(context, 'user_agent');
  if (reason !== undefined) draft.reason = redactIn(reason, 'text');
  if (severity !== undefined) draft.severity = severity;
  // stripSecrets keeps the form of what it is given and changes values only.
  if (metadata !== undefined) draft.metadata = stripSecrets(metadata) as typeof metadata;
  if (labels !== undefined) draft.labels = stripSecrets(labels) as typeof labels;
  return draft;
}

export interface Preparation {
  readonly id: string;
  /** RFC 3339 in UTC with milliseconds, as they are stored. */
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly origin: string;
  /** Which entities are persons. */
  readonly policy: ClassPolicy;
}

const blinds = new Blinds();
const uuidBytes = (id: string): Uint8Array => Buffer.from(id.replaceAll('-', ''), 'hex');

const tooLarge = (what: string, bytes: number): Refusal =>
  new Refusal('event_too_large', '', `The ${what} is larger than ${bytes} bytes.`);

/** UTF-8 takes at most three bytes a UTF-16 unit, so most texts need not be measured. */
const isLonger = (text: string, bytes: number): boolean =>
  text.length * 3 > bytes && Buffer.byteLength(text) > bytes;

/** Throws Refusal `event_too_large`. */
export function prepareEvent(
  event: EventInput,
  occurredAtMs: number,
  preparation: Preparation,
): PreparedEvent {
  const stored = complete(event, preparation);
  const document = JSON.stringify(stored);
  if (isLonger(document, LIMITS.eventBytes)) throw tooLarge('event', LIMITS.eventBytes);
  const secret = blinds.next();
  const leaf = leafOf(stored, preparation.origin, preparation.policy, secret);
  if (isLonger(leaf, LIMITS.leafBytes)) throw tooLarge('leaf', LIMITS.leafBytes);
  return {
    event: stored,
    id: uuidBytes(preparation.id),
    occurredAt: occurredAtMs,
    action: stored.action,
    policy: preparation.policy.number,
    secret,
    leafHash: leafHashOf(leaf),
    document,
  };
}
