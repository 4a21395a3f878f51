/** Reports over weeks in which the clock changes, on both databases. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DIALECTS } from '../../test/harness.ts';
import { checkDays, passDays } from '../../test/report-days.ts';

describe('a daily report', () => {
  for (const dialect of DIALECTS) {
    test(`misses no event while the clock is put back (${dialect})`, async () => {
      const passed = await passDays(dialect, {
        ...{ from: '2025-10-20T00:00:00+02:00', days: 12, seed: 1 },
      });
      checkDays(passed);
      assert.ok(passed.runs.some(({ run }) => (run?.late ?? 0) > 0));
    });
  }
});
