/** Where a page of a list ended that is by time and then by id, the newest first: its cursor. */
import { Fault } from './fault.ts';

export interface ListPlace {
  /** In ms. */
  readonly at: number;
  readonly id: string;
}

const CURSOR = /^(\d{1,16})\.([0-9a-f-]{36})$/;

export const cursorAt = ({ at, id }: ListPlace): string => `${at}.${id}`;

/** Throws Fault `invalid_cursor`. */
export function placeOf(cursor: string | undefined): ListPlace | undefined {
  if (cursor === undefined) return undefined;
  const [, at, id] = CURSOR.exec(cursor) ?? [];
  if (at === undefined || id === undefined) throw new Fault('invalid_cursor');
  return { at: Number(at), id };
}
