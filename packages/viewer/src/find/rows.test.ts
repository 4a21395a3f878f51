import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReadEvent } from '@annals/contract/event';
import type { EventPage } from '@annals/contract/routes';
import { linesOf } from './families.ts';
import {
  lineAt,
  lineOf,
  missing,
  NO_ROWS,
  type Rows,
  trimmed,
  unfolded,
  withNewest,
  withPage,
  withRefilled,
} from './rows.ts';

const event = (n: number, more: Partial<ReadEvent> = {}): ReadEvent => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  tenant_id: 'acme',
  action: 'case.updated',
  actor: { type: 'user', id: 'u-1' },
  occurred_at: new Date(1_000_000_000_000 - n * 10_000).toISOString(),
  received_at: new Date(1_000_000_000_000).toISOString(),
  ...more,
});
const page = (first: number, count: number, next: string | null): EventPage => ({
  events: Array.from({ length: count }, (_, at) => event(first + at)),
  next_cursor: next,
  as_of: '',
  notices: [],
});
const many = (pages: number): Rows => {
  let rows = NO_ROWS;
  for (let at = 0; at < pages; at++) {
    rows = withPage(rows, at === 0 ? null : `c${at}`, page(at * 100, 100, `c${at + 1}`));
  }
  return rows;
};

describe('rows of a long log', () => {
  test('keep their place while pages go and come back', () => {
    const rows = many(40);
    assert.equal(rows.count, 4_000);
    const far = trimmed(rows, 3_900, 3_930);
    assert.equal(far.count, 4_000);
    assert.equal(lineAt(far, 50), undefined);
    assert.equal(lineAt(far, 3_905)?.event.id, event(3_905).id);
    assert.ok(far.pages.filter(({ loaded }) => loaded).length <= 12);
    assert.deepEqual(missing(far, 40, 140), [0, 1]);
    assert.equal(far.pages[1]?.cursor, 'c1');
    const back = withRefilled(far, 0, page(0, 100, 'c1'));
    assert.equal(lineAt(back, 50)?.event.id, event(50).id);
    assert.deepEqual(missing(back, 40, 140), [1]);
    assert.equal(lineOf(back, event(3_905).id), 3_905);
    assert.equal(lineOf(back, event(9_999).id), -1);
  });
  test('few pages are all kept', () => {
    const rows = many(5);
    assert.equal(trimmed(rows, 0, 30), rows);
  });
  test('what happens now stands on top, once, and is never let go', () => {
    const fresh = event(-1);
    const rows = withNewest(withNewest(many(30), [fresh]), [event(-2), fresh]);
    assert.equal(rows.count, 3_002);
    assert.equal(lineAt(rows, 0)?.event.id, event(-2).id);
    assert.equal(lineAt(trimmed(rows, 2_900, 2_930), 1)?.event.id, fresh.id);
  });
});

describe('what one request did', () => {
  const at = '2026-03-14T14:02:11.000Z';
  const context = { request_id: 'req-1' };
  const asked = event(1, { occurred_at: at, context, targets: [{ type: 'case', id: 'c-1' }] });
  const done = (n: number) => event(n, { occurred_at: at, context, actor: { type: 'system' } });
  const shape = (events: readonly ReadEvent[], open = false) =>
    linesOf(events, () => open).map(({ event: { id }, isChild, folded }) => [
      Number(id.slice(-4)),
      isChild,
      folded,
    ]);
  test('stands under what was asked', () => {
    assert.deepEqual(shape([done(2), asked, event(9)]), [
      [1, false, 0],
      [2, true, 0],
      [9, false, 0],
    ]);
  });
  test('is folded when it is much', () => {
    const children = [2, 3, 4, 5].map(done);
    assert.deepEqual(shape([...children, asked]), [[1, false, 4]]);
    assert.equal(shape([...children, asked], true).length, 5);
    const rows = withPage(NO_ROWS, null, { ...page(0, 0, null), events: [...children, asked] });
    assert.equal(rows.count, 1);
    assert.equal(unfolded(rows, asked.id).count, 5);
  });
  test('what another person did meanwhile, or a night job alone, is nobody’s child', () => {
    const other = event(3, { occurred_at: at, context, actor: { type: 'user', id: 'u-2' } });
    assert.deepEqual(shape([asked, other]), [
      [3, false, 0],
      [1, false, 0],
    ]);
    assert.deepEqual(shape([done(4), done(5)]), [
      [4, false, 0],
      [5, false, 0],
    ]);
  });
  test('what hangs on its record is its child though a person did it', () => {
    const part = event(6, {
      occurred_at: at,
      context,
      targets: [
        { type: 'note', id: 'n' },
        { type: 'case', id: 'c-1', role: 'parent' },
      ],
    });
    assert.deepEqual(shape([part, asked]), [
      [1, false, 0],
      [6, true, 0],
    ]);
  });
});
