/**
 * Annals' own events, one a line, as `annals export --format ndjson` writes them or as a program
 * makes them for this purpose. What maps where:
 *
 * | line | event |
 * |---|---|
 * | `id` | `id`; absent: UUIDv8 of the line's text, so equal lines are one event |
 * | `received_at`, `sequence`, `leaf_hash` | left out: the server makes its own |
 * | `activity`, `sentence` | left out: made of the catalog whenever somebody reads |
 * | `tenant_id` | the tenant named for the import; a line of another tenant is not mapped |
 * | every other field of an event | the same field |
 *
 * A line with a field that events do not have is not mapped: it is something else.
 */
import { EventInput } from '@annals/contract/event';
import { type Importer, idFromText, isObject, type JsonObject, textAt } from './importer.ts';

const FIELDS = new Set(Object.keys(EventInput.properties));
/** What a reader gets with an event and a writer may not give. */
const MADE_BY_SERVER = ['received_at', 'sequence', 'leaf_hash', 'activity', 'sentence'];

/** The server checks every field by the contract; here only that the line is an event at all. */
const isEvent = (record: JsonObject): record is EventInput =>
  textAt(record, 'action') !== undefined &&
  textAt(record, 'occurred_at') !== undefined &&
  isObject(record['actor']);

export const ndjson: Importer = {
  shape: 'lines',
  reusesIds: false,
  map: (record, original) => {
    if (!isObject(record)) return { unmapped: 'not a JSON object' };
    const event = Object.fromEntries(
      Object.entries(record).filter(([name]) => !MADE_BY_SERVER.includes(name)),
    );
    if (!isEvent(event)) {
      return { unmapped: 'not an event: action, actor or occurred_at is missing' };
    }
    const unknown = Object.keys(event).find((name) => !FIELDS.has(name));
    if (unknown !== undefined) return { unmapped: `not an event: unknown field "${unknown}"` };
    return { event: { ...event, id: event.id ?? idFromText(original) } };
  },
};
