import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ndjson } from './ndjson.ts';

const EVENT = {
  occurred_at: '2026-01-02T03:04:05.678Z',
  action: 'document.read',
  actor: { type: 'user', id: 'u-1' },
};
const map = (record: unknown) => ndjson.map(record, JSON.stringify(record));

test('an exported event is an event again, without what the server makes', () => {
  const id = '0192f0c1-2345-7abc-8def-0123456789ab';
  const exported = {
    ...EVENT,
    id,
    tenant_id: 't',
    received_at: EVENT.occurred_at,
    sequence: 7,
    leaf_hash: 'x',
    activity: 'Document read',
    sentence: 'Somebody read a document',
  };
  assert.deepEqual(map(exported), { event: { ...EVENT, id, tenant_id: 't' } });
});

test('an event without id gets one from its text', () => {
  const [first, again, other] = [EVENT, EVENT, { ...EVENT, action: 'a.b' }].map((record) => {
    const result = map(record);
    return 'event' in result ? result.event.id : assert.fail();
  });
  assert.equal(first, again);
  assert.notEqual(first, other);
});

test('anything else is not mapped, with the reason', () => {
  const cases: Array<[unknown, RegExp]> = [
    [[EVENT], /not a JSON object/],
    [{ ...EVENT, action: '' }, /is missing/],
    [{ ...EVENT, actor: 'me' }, /is missing/],
    [{ ...EVENT, occurred_at: 7 }, /is missing/],
    [{ ...EVENT, eventName: 'x' }, /unknown field "eventName"/],
  ];
  for (const [record, reason] of cases) {
    const result = map(record);
    assert.match('unmapped' in result ? result.unmapped : '', reason);
  }
});
