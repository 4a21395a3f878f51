/** A year of daily reports in a zone whose clock changes twice, on both databases. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DIALECTS } from './harness.ts';
import { checkDays, passDays } from './report-days.ts';

describe('a year of daily reports at 02:30', () => {
  for (const [seed, dialect] of DIALECTS.entries()) {
    test(`has each day once, and no event twice or never (${dialect})`, async () => {
      const asked = { from: '2025-03-01T00:00:00+01:00', days: 260, seed: 100 + seed };
      const passed = await passDays(dialect, asked);
      checkDays(passed);
      assert.ok(passed.days >= 365, `${passed.days} days`);
      assert.ok(passed.runs.some(({ run }) => (run?.late ?? 0) > 0));
    });
  }
});
