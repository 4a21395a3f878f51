/** What a view hides is in no answer: 300 cases on each database; `leaks.long.ts` has more. */
import { test } from 'node:test';
import { onBothDatabases } from '../../test/harness.ts';
import { CASES_A_WORLD, checkWorld } from '../../test/leaks.ts';

const CASES = 300;

onBothDatabases('nothing hidden is told', (open) => {
  test(`in ${CASES} random cases of events, view and question`, async () => {
    const app = await open();
    for (let seed = 1; seed <= CASES / CASES_A_WORLD; seed++) await checkWorld(app, seed);
  });
});
