/**
 * Class policies: which types of entities are persons, by the number that each leaf carries. Only
 * ever added to: a number that a leaf was made with means the same for ever.
 */
import { type ClassPolicy, DEFAULT_POLICY } from '@annals/contract/leaf';
import type { Database } from './database.ts';

export interface ClassPolicies {
  /** All by number, the built-in one too. */
  all(): Promise<Map<number, ClassPolicy>>;
  /** The one with exactly these persons, made if there is none. */
  keep(persons: readonly string[]): Promise<ClassPolicy>;
}

/** Tries to add a policy while others do: each loses to one other at most. */
const TRIES = 20;

const textOf = (persons: Iterable<string>): string => JSON.stringify([...persons].sort());

/** All by number, the built-in one too. */
export async function allPolicies(
  database: Pick<Database, 'all'>,
): Promise<Map<number, ClassPolicy>> {
  const sql = 'SELECT number, persons FROM class_policy ORDER BY number';
  const rows = await database.all<{ number: number; persons: string }>({ sql, parameters: [] });
  const made = rows.map(({ number, persons }): ClassPolicy => {
    const types: unknown = JSON.parse(persons);
    return { number, persons: new Set(Array.isArray(types) ? types.map(String) : []) };
  });
  return new Map([DEFAULT_POLICY, ...made].map((policy) => [policy.number, policy]));
}

export const classPoliciesOf = (database: Database): ClassPolicies => {
  const { kysely } = database;
  const all = () => allPolicies(database);
  return {
    all,
    async keep(persons) {
      const text = textOf(persons);
      for (let tries = 0; tries < TRIES; tries++) {
        const known = await all();
        const found = [...known.values()].find((policy) => textOf(policy.persons) === text);
        if (found) return found;
        await kysely
          .insertInto('class_policy')
          .values({ number: Math.max(...known.keys()) + 1, persons: text })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      throw new Error('a class policy could not be added');
    },
  };
};
