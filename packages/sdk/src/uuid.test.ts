import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdSource, uuidv7 } from './uuid.ts';

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

test('an id has the form of RFC 9562 and bears the time', () => {
  const before = Date.now();
  const id = uuidv7();
  assert.match(id, FORM);
  assert(timeOf(id) >= before && timeOf(id) <= Date.now() + 1);
  // The example of RFC 9562, A.6.
  assert.match(createIdSource(() => 0x017f22e279b0)(), /^017f22e2-79b0-7/);
});

test('ids ascend within one millisecond, past the counter, and when the clock is set back', () => {
  let now = 1_700_000_000_000;
  const next = createIdSource(() => now);
  const ids = Array.from({ length: 10_000 }, next);
  now -= 60_000;
  ids.push(next(), next());
  now += 120_000;
  ids.push(next());
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(timeOf(ids.at(-1) ?? ''), now);
});
