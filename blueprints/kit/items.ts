/** Things that demo data are about. Each knows its values, so that what changes say adds up. */
import type { Change, Target } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';

export interface Item {
  readonly type: string;
  readonly id: string;
  name?: string;
  email?: string;
  /** Values by the pointer at which changes name them. */
  readonly values: Map<string, unknown>;
  /** The records that it is a part of, the nearest first. */
  readonly parents: readonly Item[];
  /** What it has to do with besides. */
  readonly related: readonly Item[];
}

export interface Field {
  readonly path: string;
  readonly label: string;
  readonly values: readonly unknown[];
}

export const itemOf = (
  type: string,
  id: string,
  {
    name,
    email,
    parents = [],
    related = [],
  }: Pick<Item, 'name' | 'email'> & Partial<Pick<Item, 'parents' | 'related'>> = {},
): Item => ({
  type,
  id,
  ...(name === undefined ? {} : { name }),
  ...(email === undefined ? {} : { email }),
  values: new Map(),
  parents,
  related,
});

const named = ({ type, id, name, email }: Item): Target => ({
  type,
  id,
  ...(name === undefined ? {} : { name }),
  ...(email === undefined ? {} : { email }),
});

/** An item as targets: itself, what it is a part of, and what else it has to do with. */
export const targetsOf = (item: Item, ...related: readonly Item[]): Target[] => [
  named(item),
  ...item.parents.map((parent): Target => ({ ...named(parent), role: 'parent' })),
  ...[...item.related, ...related].map((other): Target => ({ ...named(other), role: 'related' })),
];

/** An item that is new: each field gets its first value. */
export const creationOf = (random: Random, item: Item, fields: readonly Field[]): Change[] =>
  fields.map(({ path, label, values }) => {
    const after = random.pick(values);
    item.values.set(path, after);
    return { path, label, after };
  });

/** The one of that name; throws RangeError if there is none. */
export const oneNamed = <T extends { readonly name?: string }>(
  all: readonly T[],
  name: string,
): T => {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`nothing is called ${name}`);
  return found;
};

export interface Turn {
  readonly changes: Change[];
  /** From now on the item has the new values. */
  readonly take: () => void;
}

/** The fields take this or another of their values. */
export const turnTo = (
  item: Item,
  steps: readonly { readonly field: Pick<Field, 'path' | 'label'>; readonly after: unknown }[],
): Turn => ({
  changes: steps.map(({ field: { path, label }, after }) => {
    const before = item.values.get(path);
    return { path, label, ...(before === undefined ? {} : { before }), after };
  }),
  take() {
    for (const { field, after } of steps) item.values.set(field.path, after);
  },
});

/** One to three of the fields take another value. */
export const turnOf = (
  random: Random,
  item: Item,
  fields: readonly Field[],
  most: number = 2,
): Turn => {
  const first = random.integer(0, fields.length - 1);
  const count = Math.min(fields.length, random.integer(1, most));
  const chosen = Array.from(
    { length: count },
    (_, index) => fields[(first + index) % fields.length],
  );
  return turnTo(
    item,
    chosen.flatMap((field) => {
      if (field === undefined) return [];
      const before = item.values.get(field.path);
      const others = field.values.filter((value) => value !== before);
      return others.length === 0 ? [] : [{ field, after: random.pick(others) }];
    }),
  );
};
