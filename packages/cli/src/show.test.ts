import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadEvent } from '@annals/contract/event';
import { describeEvent, rowOf } from './show.ts';
import { createClock } from './time.ts';

test('who was erased is shown by the pseudonym; what has none is said to be erased', () => {
  const gone = { _erased: 'x'.repeat(43) };
  const id = { ...gone, as: 'erased-3f9c0k2m8xq1' };
  const event: ReadEvent = {
    id: '00000000-0000-4000-8000-000000000000',
    tenant_id: 'acme',
    occurred_at: '2026-01-02T03:04:05.678Z',
    received_at: '2026-01-02T03:04:06.000Z',
    action: 'document.shared',
    actor: { type: 'user', id, name: gone },
    targets: [{ type: 'user', id: gone, name: gone }],
  };
  const clock = createClock('UTC');
  assert.deepEqual(rowOf(event, clock).slice(1, 4), [id.as, 'document.shared', 'user (erased)']);
  const lines = describeEvent(event, clock).join('\n');
  assert.match(lines, /^actor\.id +erased-3f9c0k2m8xq1 \(erased\) x{43}$/m);
  assert.match(lines, /^actor\.name +\(erased\) x{43}$/m);
});
