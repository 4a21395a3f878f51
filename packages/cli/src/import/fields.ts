/**
 * What importers share to fill an event's fields from a table of places. Owns how a value is
 * cleaned on its way (times, addresses, e-mail addresses, lengths). Pure; never guesses: a value
 * that is not what its field wants is left out, and the original has it.
 */
import { isIP } from 'node:net';
import { type EventInput, LIMITS } from '@annals/contract/event';
import { defined, filled, idFromText, isObject, type JsonObject, shortened } from './importer.ts';

/** Members of a record, names separated by dots, the best first: the first that fits counts. */
export type Places = readonly string[];

/** A field of an event that takes its value as it is. */
export type FieldPath =
  | 'occurred_at'
  | `context.${keyof NonNullable<EventInput['context']>}`
  | `source.${'component' | 'channel'}`
  | `reason.${keyof NonNullable<EventInput['reason']>}`
  | `metadata.${string}`;
/** What maps where, for the fields that only need cleaning. */
export type FieldTable = { readonly [Path in FieldPath]?: Places };

type Operation = NonNullable<EventInput['operation']>;
/** Patterns of an action's name and what it does; the first that fits counts. */
export type OperationTable = ReadonlyArray<readonly [RegExp, Operation]>;
export type Actor = EventInput['actor'];
export type ActorType = Actor['type'];
export type Target = NonNullable<EventInput['targets']>[number];
export type Change = NonNullable<EventInput['changes']>[number];

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** `2024-07-30T21:31:21Z`, and `2022-09-15 13:45:24.000` as some pipelines write it. */
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:(\.\d{1,3})\d*)?(Z|[+-]\d\d:\d\d)?$/;

/** What a table says of a word; never what every object has, as `constructor`. */
export const lookUp = <T>(table: Readonly<Record<string, T>>, word: string | undefined) =>
  word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;

const memberOf = (value: unknown, name: string): unknown => {
  if (Array.isArray(value)) return value[Number(name)];
  return isObject(value) ? lookUp(value, name) : undefined;
};

/** What stands at a place, for example `client.ipAddress` or `request.ipChain.0.ip`. */
export const valueAt = (record: JsonObject, place: string): unknown =>
  place.split('.').reduce<unknown>(memberOf, record);

/** The value of the first place that `read` accepts. */
export const firstFrom = <T>(
  record: JsonObject,
  places: Places,
  read: (value: unknown) => T | undefined,
): T | undefined => {
  for (const place of places) {
    const found = read(valueAt(record, place));
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Text with something in it, or a whole number as text: ids are written in both ways. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
};
export const textFrom = (record: JsonObject, places: Places): string | undefined =>
  firstFrom(record, places, textOf);

/** A list's objects; nothing if it is none. */
export const objectsOf = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** A time as text; without a zone it is UTC. */
export const timeOf = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined;
  const [, date, time, fraction = '', zone = 'Z'] = TIME.exec(value) ?? [];
  return instantOf(Date.parse(`${date}T${time}${fraction}${zone}`));
};
const instantOf = (ms: number): string | undefined => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
};
/** A time as text, or as a number of milliseconds since 1970. */
export const timeOrMsOf = (value: unknown): string | undefined =>
  typeof value === 'number' ? instantOf(value) : timeOf(value);

export const ipOf = (value: unknown): string | undefined =>
  typeof value === 'string' && isIP(value) !== 0 ? value : undefined;
export const emailOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= LIMITS.email && EMAIL.test(value)
    ? value
    : undefined;

/** What may stand in metadata: texts with something in them, flags, numbers, lists of these. */
const plainOf = (value: unknown): unknown => {
  if (typeof value === 'boolean') return value;
  // A whole number beyond 2^53 has lost digits when it was read.
  if (typeof value === 'number') return Number.isInteger(value) ? safeOf(value) : value;
  if (typeof value === 'string') return shortened(textOf(value), LIMITS.text);
  const isPlainList =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => typeof each !== 'object' && plainOf(each) !== undefined);
  return isPlainList ? value : undefined;
};
const safeOf = (value: number): number | undefined =>
  Number.isSafeInteger(value) ? value : undefined;

/** Whether an action can bear this name. */
export const isActionName = (text: string): boolean =>
  text.length <= LIMITS.action && !/[\s\p{Cc}]/u.test(text);

/**
 * The record with its outer members named as the product's documentation names them: some
 * pipelines write `eventtype` for `eventType`. A member that is spelled right comes first.
 */
export const respelled = (record: JsonObject, names: readonly string[]): JsonObject => {
  const known = new Map(names.map((name) => [name.toLowerCase(), name]));
  const named = Object.entries(record).flatMap(([name, value]) => {
    const right = known.get(name.toLowerCase());
    return right === undefined ? [] : [[right, value] as const];
  });
  return { ...Object.fromEntries(named), ...record };
};

/**
 * The event's id from the record's own: itself if it is a UUID, else a UUIDv8 of it; a record
 * without one is identified by its text. `product` keeps the ids of two products apart.
 */
export const idOf = (product: string, own: string | undefined, original: string): string => {
  if (own === undefined) return idFromText(original);
  return UUID.test(own) ? own : idFromText(`${product}:${own}`);
};

export const operationOf = (table: OperationTable, action: string): Operation | undefined =>
  table.find(([pattern]) => pattern.test(action))?.[1];

interface Names {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}
const namesOf = ({ name, email }: Names) =>
  defined({ name: shortened(name, LIMITS.name), email: emailOf(email) });

/** Somebody or something with an id. */
export const entityOf = <T extends string>(type: T, id: string, names: Names = {}) => ({
  type,
  id,
  ...namesOf(names),
});
/** Somebody whom the record does not identify; a name that was given may still be known. */
export const anonymous = (names: Names = {}): Actor => ({ type: 'anonymous', ...namesOf(names) });

/**
 * As many targets as an event may have, and in its metadata how many are left out; `unnamed` are
 * those that could not be made a target.
 */
export const keptTargets = (targets: readonly Target[], unnamed = 0) => {
  const kept = targets.filter(({ id }) => id.length <= LIMITS.entityId).slice(0, LIMITS.targets);
  const omitted = targets.length - kept.length + unnamed;
  return {
    targets: filled(kept),
    left: omitted === 0 ? {} : { targets_omitted: omitted },
  };
};

const partOf = <T extends object>(fields: T): T | undefined =>
  Object.keys(fields).length === 0 ? undefined : fields;

/**
 * The parts of an event that the table fills; a part with nothing in it is left out. `nothing`
 * are words, in lower case, that the product writes where it has no value.
 */
export const fieldsFrom = (
  record: JsonObject,
  table: FieldTable,
  nothing: readonly string[] = [],
) => {
  const find = <T>(places: Places = [], read: (value: unknown) => T | undefined) =>
    firstFrom(record, places, (value) =>
      typeof value === 'string' && nothing.includes(value.toLowerCase()) ? undefined : read(value),
    );
  const text = (path: FieldPath, length: number = LIMITS.shortText) =>
    shortened(find(table[path], textOf), length);
  const context = defined({
    ip: find(table['context.ip'], ipOf),
    user_agent: text('context.user_agent', LIMITS.userAgent),
    location: text('context.location'),
    request_id: text('context.request_id'),
    session_id: text('context.session_id'),
    trace_id: text('context.trace_id'),
    correlation_id: text('context.correlation_id'),
  });
  const reason = defined({ text: text('reason.text', LIMITS.text), ticket: text('reason.ticket') });
  const source = defined({ component: text('source.component'), channel: text('source.channel') });
  const metadata = Object.entries(table).flatMap(([path, places]) => {
    const value = path.startsWith('metadata.') ? find(places, plainOf) : undefined;
    return value === undefined ? [] : [[path.slice('metadata.'.length), value] as const];
  });
  return {
    parts: defined({ context: partOf(context), reason: partOf(reason) }),
    source,
    metadata: Object.fromEntries(metadata),
  };
};
