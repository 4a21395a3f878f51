/**
 * What an importer is: one function from another product's record to an event. Promises that it
 * is pure and that it never guesses: a record that it does not understand is returned with the
 * reason. Also the few tools for reading records of unknown form.
 */
import { createHash } from 'node:crypto';
import type { EventInput } from '@annals/contract/event';
import type { Shape } from './scan.ts';

export type Mapped = { readonly event: EventInput } | { readonly unmapped: string };

export interface Importer {
  /** How its files are cut into records. */
  readonly shape: Shape;
  /** Whether different records may carry one id: then the later ones get ids of their own. */
  readonly reusesIds: boolean;
  /** `original` is the record's text exactly as read. */
  map(record: unknown, original: string): Mapped;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member that is an object; else an empty one. */
export const objectAt = (record: JsonObject, name: string): JsonObject => {
  const value = record[name];
  return isObject(value) ? value : {};
};

/** A member that is text with something in it; else undefined. */
export const textAt = (record: JsonObject, name: string): string | undefined => {
  const value = record[name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
};

/** The text if it is no longer than `length`, else its beginning: the original has it whole. */
export const shortened = (text: string | undefined, length: number): string | undefined =>
  text === undefined || text.length <= length
    ? text
    : `${text
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;

/** A list with nothing in it is left out too. */
export const filled = <T>(list: readonly T[]): T[] | undefined =>
  list.length === 0 ? undefined : [...list];

/** The object without members that are undefined: an absent field is left out, never null. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
export const defined = <T extends object>(object: T): Partial<Defined<T>> =>
  // Object.fromEntries forgets the keys' types; the entries kept are those of T.
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >;

/** A UUIDv8 (RFC 9562) of the text's SHA-256: the same text is the same event, whenever read. */
export const idFromText = (text: string): string => {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
