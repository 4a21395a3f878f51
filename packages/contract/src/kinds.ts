/**
 * The kind of an event: its plain fields, which every view shows as they are. Many events are of
 * one kind, so a question about plain fields alone is put once to each kind instead of each event.
 */
import type { ReadEvent } from './event.ts';
import type { Query, QueryKey, Term } from './query.ts';

export const PLAIN_KEYS = [
  ...['event_type', 'action', 'activity', 'operation', 'actor.type', 'actor.role', 'target.type'],
  ...['application', 'component', 'channel', 'initiator', 'outcome', 'severity'],
] as const satisfies readonly QueryKey[];
const isPlainKey = (key: QueryKey): boolean => PLAIN_KEYS.some((plain) => plain === key);

export const isPlainTerm = ({ body }: Term): boolean =>
  body.kind === 'group'
    ? body.alternatives.every(asksPlain)
    : body.kind === 'field' && isPlainKey(body.key);

/** Whether a query is true of all events of a kind, or of none. */
export const asksPlain = (query: Query): boolean => query.every(isPlainTerm);

const sorted = (values: readonly string[]): string[] => [...new Set(values)].sort();

/** The kind of an event as JSON: the same text for the same kind. */
export function kindText(event: ReadEvent): string {
  const { action, event_type, operation, severity, actor, targets = [], source, outcome } = event;
  const { application, component, channel, initiator } = source ?? {};
  return JSON.stringify({
    ...{ action, event_type, operation, severity },
    actor: { type: actor.type, roles: actor.roles && sorted(actor.roles) },
    targets: sorted(targets.map(({ type }) => type)).map((type) => ({ type })),
    source: { application, component, channel, initiator },
    outcome: outcome && { result: outcome.result },
  });
}

/** The event that stands for a kind: `matcherOf` and `projectorOf` take it as they take any. */
export const kindEvent = (kind: Pick<ReadEvent, 'action' | 'actor'>): ReadEvent => ({
  ...{ id: '', tenant_id: '', occurred_at: '', received_at: '' },
  ...kind,
});

/** The event that stands for the kind of this text, which `kindText` has made. */
export const eventOfKind = (text: string): ReadEvent => kindEvent(JSON.parse(text));
