import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReadEvent } from '@annals/contract/event';
import { historyOf, stateAt } from './history.ts';

const CASE = { type: 'case', id: 'c-1' };
let n = 0;
const event = (day: number, more: Partial<ReadEvent>): ReadEvent => ({
  id: `00000000-0000-4000-8000-${String(++n).padStart(12, '0')}`,
  tenant_id: 'acme',
  action: 'case.updated',
  operation: 'update',
  actor: { type: 'user', id: 'u-1' },
  occurred_at: `2026-03-${String(day).padStart(2, '0')}T12:00:00.000Z`,
  received_at: '2026-03-31T00:00:00.000Z',
  targets: [CASE],
  ...more,
});
const created = (day: number) =>
  event(day, { operation: 'create', changes: [{ path: '/status', after: 'new' }] });
const set = (day: number, before: unknown, after: unknown) =>
  event(day, { changes: [{ path: '/status', before, after }] });
const at = (day: number) => Date.parse(`2026-03-${day}T23:00:00Z`);
const value = (events: readonly ReadEvent[], day: number) => {
  const { certainty, fields, exists } = stateAt(events, CASE, at(day));
  return [certainty, fields[0]?.value, exists];
};

describe('a record as it was', () => {
  test('is exact when its creation is seen and nobody is missing', () => {
    const events = [created(10), set(12, 'new', 'open'), set(14, 'open', 'closed')];
    assert.deepEqual(value(events, 11), ['exact', 'new', true]);
    assert.deepEqual(value(events, 13), ['exact', 'open', true]);
    assert.deepEqual(value(events, 20), ['exact', 'closed', true]);
  });
  test('is partial without its creation', () => {
    assert.deepEqual(value([set(12, 'new', 'open')], 13), ['partial', 'open', true]);
  });
  test('is no more than partial when its creation tells no values', () => {
    const made = event(10, { operation: 'create' });
    assert.equal(stateAt([made], CASE, at(11)).certainty, 'unavailable');
    const state = stateAt([made, set(12, 'new', 'open')], CASE, at(13));
    assert.deepEqual([state.certainty, state.hasFirstValues], ['partial', false]);
  });
  test('is partial, and says where, when somebody is missing between', () => {
    const events = [created(10), set(12, 'waiting', 'open')];
    const state = stateAt(events, CASE, at(13));
    assert.deepEqual([state.certainty, state.broken], ['partial', ['/status']]);
    assert.deepEqual(
      historyOf(events, CASE)
        .get('/status')
        ?.map(({ isBreak }) => isBreak),
      [false, true],
    );
    assert.equal(stateAt(events, CASE, at(11)).certainty, 'exact', 'before the break it was known');
  });
  test('is unavailable when no value is known', () => {
    const hidden = event(12, { changes: [{ path: '/status' }] });
    assert.equal(stateAt([hidden], CASE, at(13)).certainty, 'unavailable');
    assert.equal(stateAt([], CASE, at(13)).certainty, 'unavailable');
  });
  test('does not take what failed, or what was done to something else', () => {
    const failed = { ...set(12, 'new', 'open'), outcome: { result: 'denied' as const } };
    const other = {
      ...set(13, 'new', 'open'),
      targets: [
        { type: 'note', id: 'n' },
        { ...CASE, role: 'parent' as const },
      ],
    };
    assert.deepEqual(value([created(10), failed, other], 20), ['exact', 'new', true]);
  });
  test('ends with it, and begins anew when it is made again', () => {
    const gone = event(12, { operation: 'delete' });
    assert.equal(value([created(10), gone], 13)[2], false);
    const again = event(14, { operation: 'create', changes: [{ path: '/name', after: 'Second' }] });
    const state = stateAt([created(10), gone, again], CASE, at(15));
    assert.deepEqual(
      [state.certainty, state.fields.map(({ path }) => path), state.exists],
      ['exact', ['/name'], true],
    );
  });
  test('an erased value is not known', () => {
    const erased = event(12, {
      changes: [{ path: '/phone', before: 'x', after: { _erased: 'a'.repeat(43) } }],
    });
    const state = stateAt([created(10), erased], CASE, at(13));
    assert.deepEqual([state.certainty, state.hidden], ['partial', ['/phone']]);
  });
});
