/** Something unusual in the demo's log: one morning a person deletes 41 documents. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestApp } from '../../packages/server/test/harness.ts';

export const WATCHED = { project: 'demo', tenant: 'acme', view: 'activity' } as const;
const HOUR_MS = 3_600_000;
/** In the morning, two days ago. */
export const DELETED_AT = Math.floor(Date.now() / 86_400_000 - 2) * 24 * HOUR_MS + 9 * HOUR_MS;

export async function recordDeletions(app: TestApp): Promise<void> {
  const shared = {
    ...{ action: 'document.deleted', operation: 'delete', outcome: { result: 'success' } },
    actor: { type: 'user', id: 'usr_a1126', name: 'Ngozi Eze' },
  };
  const events = Array.from({ length: 41 }, (_, n) => ({
    ...shared,
    id: randomUUID(),
    occurred_at: new Date(DELETED_AT + n * 60_000).toISOString(),
  }));
  const path = `/v1/events?project=${WATCHED.project}&tenant_id=${WATCHED.tenant}`;
  const { status, text } = await app.admin('POST', path, events);
  assert.equal(status, 201, text);
}
