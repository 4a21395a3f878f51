/** The leak test at length: 10,000 cases on each database. */
import { test } from 'node:test';
import { onBothDatabases } from './harness.ts';
import { checkWorld, VIEWS } from './leaks.ts';

const CASES = 10_000;
/** Asked of each view, so that fewer worlds have to be made. */
const QUESTIONS = 12;
/** Other worlds than those of the short test. */
const FIRST_SEED = 1_000;

onBothDatabases('nothing hidden is told', (open) => {
  test(`in ${CASES} random cases`, { timeout: 3_600_000 }, async () => {
    const app = await open();
    const worlds = Math.ceil(CASES / VIEWS / QUESTIONS);
    for (let n = 0; n < worlds; n++) await checkWorld(app, FIRST_SEED + n, QUESTIONS);
  });
});
