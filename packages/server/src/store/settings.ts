/** What the instance chose once and keeps: names and keys of its own. */
import type { Database } from './database.ts';

export interface Settings {
  /** The kept value, or the proposed one, which is kept from now on. */
  keep(name: string, proposed: string): Promise<string>;
}

export const settingsOf = ({ kysely }: Database): Settings => ({
  async keep(name, proposed) {
    await kysely
      .insertInto('setting')
      .values({ name, value: proposed })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = await kysely
      .selectFrom('setting')
      .select('value')
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    return row.value;
  },
});
