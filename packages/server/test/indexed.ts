/** Waiting for the followers: for tests that look at what only the indexes know. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestApp } from './harness.ts';

const LOOK_MS = 25;
const LOOKS = 800;

/** Resolves when the indexes hold every event that the tenant has. */
export async function caughtUp(app: TestApp, tenant: string): Promise<void> {
  const [row] = await app.sql('SELECT tenant_no FROM tenant WHERE tenant_id = ?', tenant);
  for (let look = 0; look < LOOKS; look++) {
    const { indexed, size } = await app.app.store.counts.reach(Number(row?.['tenant_no']));
    if (indexed === size) return;
    await sleep(LOOK_MS);
  }
  assert.fail('the indexes do not catch up');
}
