/** The leak test at length: 10,000 cases on each database. */
import { test } from 'node:test';
import { onBothDatabases } from './harness.ts';
import { CASES_A_WORLD, checkWorld } from './leaks.ts';

const CASES = 10_000;
/** Other worlds than those of the short test. */
const FIRST_SEED = 1_000;

onBothDatabases('nothing hidden is told', (open) => {
  test(`in ${CASES} random cases`, { timeout: 3_600_000 }, async () => {
    const app = await open();
    const worlds = Math.ceil(CASES / CASES_A_WORLD);
    for (let n = 0; n < worlds; n++) await checkWorld(app, FIRST_SEED + n);
  });
});
