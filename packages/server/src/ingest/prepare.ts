/**
 * A checked event becomes what is stored: completed, secrets stripped, its leaf made. Everything
 * that costs time happens here, before any lock is taken.
 */
import { type EventInput, LIMITS, type StoredEvent } from '@annals/contract/event';
import { DEFAULT_POLICY, leafOf } from '@annals/contract/leaf';
import { isSecretName, stripSecrets } from '@annals/contract/secrets';
import { leafHashOf } from '@annals/contract/sha256';
import { formatInstant } from '@annals/contract/time';
import type { PreparedEvent } from '../ledger/ledger.ts';
import { Blinds } from './blinds.ts';
import { Refusal } from './check.ts';

type Change = NonNullable<EventInput['changes']>[number];

/** `/user/api_key` names a secret by its last part. */
const isSecretPath = (path: string): boolean =>
  isSecretName(
    path
      .slice(path.lastIndexOf('/') + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~'),
  );

function stripChange(change: Change): Change {
  if (change.secret || isSecretPath(change.path)) {
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

/** Texts that people or programs write freely, where a token may slip in. */
function redactTexts(event: EventInput): EventInput {
  const { outcome, reason, context, targets } = event;
  const texts = { outcome, reason, context, targets };
  const redacted = stripSecrets(texts);
  // stripSecrets keeps the form of what it is given and changes texts only.
  return redacted === texts ? event : { ...event, ...(redacted as Partial<EventInput>) };
}

/** Fields in a fixed order, absent ones absent, so that equal events are stored as equal text. */
function complete(event: EventInput, id: string, occurredAt: number, now: number): StoredEvent {
  const { metadata, labels, changes } = event;
  return {
    id,
    occurred_at: formatInstant(occurredAt),
    received_at: formatInstant(now),
    ...(event.event_type === undefined ? {} : { event_type: event.event_type }),
    action: event.action,
    ...(event.operation === undefined ? {} : { operation: event.operation }),
    actor: event.actor,
    ...(event.on_behalf_of === undefined ? {} : { on_behalf_of: event.on_behalf_of }),
    ...(event.targets === undefined ? {} : { targets: event.targets }),
    ...(changes === undefined ? {} : { changes: changes.map(stripChange) }),
    ...(event.outcome === undefined ? {} : { outcome: event.outcome }),
    ...(event.source === undefined ? {} : { source: event.source }),
    ...(event.context === undefined ? {} : { context: event.context }),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(event.severity === undefined ? {} : { severity: event.severity }),
    ...(metadata === undefined ? {} : { metadata: stripSecrets(metadata) as typeof metadata }),
    ...(labels === undefined ? {} : { labels: stripSecrets(labels) as typeof labels }),
  };
}

export interface Preparation {
  readonly id: string;
  readonly occurredAt: number;
  readonly now: number;
  readonly origin: string;
  /** The request's text holds something in the form of a secret. */
  readonly mayHoldSecret: boolean;
}

const blinds = new Blinds();
const uuidBytes = (id: string): Uint8Array => Buffer.from(id.replaceAll('-', ''), 'hex');

/** Throws Refusal `event_too_large`. */
export function prepareEvent(event: EventInput, preparation: Preparation): PreparedEvent {
  const { id, occurredAt, now, origin, mayHoldSecret } = preparation;
  const clean = mayHoldSecret ? redactTexts(event) : event;
  const stored = complete(clean, id, occurredAt, now);
  const document = JSON.stringify(stored);
  if (Buffer.byteLength(document) > LIMITS.eventBytes) {
    throw new Refusal(
      'event_too_large',
      '',
      `The event is larger than ${LIMITS.eventBytes} bytes.`,
    );
  }
  const secret = blinds.next();
  const leaf = leafOf(stored, origin, DEFAULT_POLICY, secret);
  if (leaf.length * 3 > LIMITS.leafBytes && Buffer.byteLength(leaf) > LIMITS.leafBytes) {
    throw new Refusal('event_too_large', '', `The leaf is larger than ${LIMITS.leafBytes} bytes.`);
  }
  return {
    event: stored,
    id: uuidBytes(id),
    occurredAt,
    action: stored.action,
    policy: DEFAULT_POLICY.number,
    secret,
    leafHash: leafHashOf(leaf),
    document,
  };
}
