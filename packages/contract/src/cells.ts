/**
 * Columns of a view: which value of an event stands in each, and under which words. A path is a
 * JSON Pointer; a name in it is looked up in each item of a list, and several values stand side by
 * side.
 */
import type { ReadEvent } from './event.ts';
import { nameOfPart } from './pointer.ts';
import { idText, isErased, isPrimary, nameOf } from './values.ts';

/** As plain data, which another thread can take over. */
export interface Column {
  readonly path: string;
  readonly label: string;
}
export interface ColumnSet {
  readonly columns: readonly Column[];
  /** Labels of resource types: what the column `resource` says. */
  readonly resources: Readonly<Record<string, string>>;
}

/** Between several values of one column. */
const BETWEEN = '; ';

const mainTarget = ({ targets }: ReadEvent) => targets?.find(isPrimary) ?? targets?.[0];

/** What a path leads to; of a list, from each item that it is in. */
function valuesAt(value: unknown, names: readonly string[]): unknown[] {
  const [name, ...rest] = names;
  if (value === undefined) return [];
  if (name === undefined) return Array.isArray(value) ? value : [value];
  if (typeof value !== 'object' || value === null || isErased(value)) return [];
  if (Array.isArray(value) && !/^\d+$/.test(name)) {
    return value.flatMap((item: unknown) => valuesAt(item, names));
  }
  const found = Object.entries(value).find(([key]) => key === name);
  return found ? valuesAt(found[1], rest) : [];
}

const printed = (value: unknown): string => idText(value) ?? JSON.stringify(value);

export type CellOf = (event: ReadEvent) => string | undefined;

/** What stands in a column; undefined: the event has, or shows, no such value. */
export function cellOf(
  { path }: Column,
  { resources }: ColumnSet,
  time: (instant: string) => string,
): CellOf {
  switch (path) {
    case 'actor':
      return ({ actor }) => nameOf(actor) ?? actor.type;
    case 'target':
      return (event) => {
        const target = mainTarget(event);
        return target && nameOf(target);
      };
    case 'resource':
      return (event) => {
        const type = mainTarget(event)?.type;
        return type === undefined ? undefined : (resources[type] ?? type);
      };
    case 'activity':
      return ({ activity }) => activity;
    case 'sentence':
      return ({ sentence }) => sentence;
    case '/occurred_at':
      return (event) => time(event.occurred_at);
    case '/received_at':
      return (event) => time(event.received_at);
    default: {
      const names = path.split('/').slice(1).map(nameOfPart);
      return (event) => {
        const values = valuesAt(event, names);
        return values.length === 0 ? undefined : values.map(printed).join(BETWEEN);
      };
    }
  }
}
