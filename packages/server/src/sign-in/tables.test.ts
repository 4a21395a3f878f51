/** The schema has what better-auth asks for, so that no start ever alters a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getMigrations } from 'better-auth/db/migration';
import { onBothDatabases } from '../../test/harness.ts';
import { TABLES, tablePlugins } from './better-auth.ts';

onBothDatabases('tables of better-auth', (open, type) => {
  test('nothing is left to create or to add', async () => {
    const { kysely: db } = (await open()).app.store.database;
    const found = await getMigrations({
      ...{ secret: 'only for this test, never used', baseURL: 'http://localhost' },
      ...TABLES,
      plugins: tablePlugins(),
      database: { db, type },
    });
    assert.deepEqual(found.toBeCreated, []);
    assert.deepEqual(found.toBeAdded, []);
    assert.deepEqual(found.toBeAddedIndexes, []);
    assert.deepEqual(found.schemaProblems, []);
  });

  test('the comparison notices a column that is missing', async () => {
    const { kysely: db } = (await open({})).app.store.database;
    const additionalFields = { more: { type: 'string', required: false } } as const;
    const found = await getMigrations({
      ...{ secret: 'only for this test, never used', baseURL: 'http://localhost' },
      ...TABLES,
      user: { ...TABLES.user, additionalFields },
      plugins: tablePlugins(),
      database: { db, type },
    });
    assert.deepEqual(
      found.toBeAdded.map(({ table }) => table),
      ['auth_user'],
    );
  });
});
