/** What a view hides is in no answer: 300 cases on each database; `leaks.long.ts` has more. */
import { test } from 'node:test';
import { onBothDatabases } from '../../test/harness.ts';
import { checkWorld, VIEWS } from '../../test/leaks.ts';

const CASES = 200;
const QUESTIONS = 3;

onBothDatabases('nothing hidden is told', (open) => {
  test(`in ${CASES} random cases of events, view and question`, async () => {
    const app = await open();
    const worlds = CASES / VIEWS / QUESTIONS;
    for (let seed = 1; seed <= worlds; seed++) await checkWorld(app, seed, QUESTIONS);
  });
});
