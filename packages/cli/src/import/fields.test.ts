import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '@annals/contract/event';
import { pointerTo } from '@annals/contract/pointer';
import {
  anonymous,
  emailOf,
  entityOf,
  fieldsFrom,
  idOf,
  ipOf,
  keptTargets,
  respelled,
  textFrom,
  textOf,
  timeOf,
  timeOrMsOf,
  valueAt,
} from './fields.ts';

test('a place is read through objects and lists, never from a prototype', () => {
  const record = { client: { chain: [{ ip: '192.0.2.1' }] }, text: 'x' };
  assert.equal(valueAt(record, 'client.chain.0.ip'), '192.0.2.1');
  assert.equal(valueAt(record, 'client.chain.1.ip'), undefined);
  assert.equal(valueAt(record, 'text.length'), undefined);
  assert.equal(valueAt(record, 'constructor.name'), undefined);
  assert.equal(valueAt(record, 'client.chain.length'), undefined);
  assert.equal(textFrom(record, ['nothing', 'text']), 'x');
});

test('texts are texts with something in them, or whole numbers that kept their digits', () => {
  const cases: Array<[unknown, string | undefined]> = [
    ['x', 'x'],
    ['', undefined],
    ['  ', undefined],
    [7, '7'],
    [1.5, undefined],
    [2 ** 53, undefined],
    [true, undefined],
    [null, undefined],
    [['x'], undefined],
  ];
  for (const [value, text] of cases) assert.equal(textOf(value), text);
});

test('times: as text, without a zone UTC, or in milliseconds', () => {
  const cases: Array<[unknown, string | undefined]> = [
    ['2022-09-15 13:45:24', '2022-09-15T13:45:24.000Z'],
    ['2024-01-19 13:47:18.279921000', '2024-01-19T13:47:18.279Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['2024-12-17 00:00:00000000', undefined],
    ['redacted', undefined],
    [1621305118553, '2021-05-18T02:31:58.553Z'],
    [1e300, undefined],
    [null, undefined],
  ];
  for (const [value, at] of cases) assert.equal(timeOrMsOf(value), at);
  assert.equal(timeOf(1621305118553), undefined);
});

test('addresses', () => {
  assert.equal(ipOf('2001:db8::1'), '2001:db8::1');
  assert.equal(ipOf('gce-internal-ip'), undefined);
  assert.equal(ipOf(7), undefined);
  assert.equal(emailOf('ada@example.com'), 'ada@example.com');
  assert.equal(emailOf('ada'), undefined);
  assert.equal(emailOf(`${'a'.repeat(LIMITS.email)}@example.com`), undefined);
});

test('the right spelling of a member comes first, whatever the order', () => {
  assert.deepEqual(respelled({ eventtype: 'a', x: 1 }, ['eventType']), {
    eventType: 'a',
    eventtype: 'a',
    x: 1,
  });
  const both = respelled({ eventType: 'right', eventtype: 'wrong' }, ['eventType']);
  assert.equal(both['eventType'], 'right');
});

test('the id is the record’s own UUID, else made from what the record calls itself', () => {
  const own = '0a1b2c3d-1111-4222-8333-444455556666';
  assert.equal(idOf('okta', own, '{}'), own);
  assert.equal(idOf('github', 'a==', '{}'), idOf('github', 'a==', '{"other":1}'));
  assert.notEqual(idOf('github', 'a==', '{}'), idOf('gcp', 'a==', '{}'));
  assert.notEqual(idOf('github', undefined, '{}'), idOf('github', undefined, '{"x":1}'));
});

test('only what has a value is a part of the event', () => {
  const table = {
    'context.ip': ['a', 'b'],
    'reason.ticket': ['ticket'],
    'metadata.flag': ['flag'],
    'metadata.list': ['list'],
    'metadata.big': ['big'],
    'metadata.part': ['part'],
  } as const;
  const record = { a: 'private', b: '192.0.2.1', flag: false, list: ['x', 1], big: 2 ** 60 };
  assert.deepEqual(fieldsFrom({ ...record, part: { x: 1 }, ticket: 'None' }, table, ['none']), {
    parts: { context: { ip: '192.0.2.1' } },
    source: {},
    metadata: { flag: false, list: ['x', 1] },
  });
  assert.deepEqual(fieldsFrom({}, table), { parts: {}, source: {}, metadata: {} });
});

test('somebody with an id, and somebody without', () => {
  assert.deepEqual(entityOf('user', '7', { name: 'Ada', email: 'no address' }), {
    type: 'user',
    id: '7',
    name: 'Ada',
  });
  assert.deepEqual(anonymous({ email: 'ada@example.com' }), {
    type: 'anonymous',
    email: 'ada@example.com',
  });
});

test('targets beyond the limit, and those whose id is too long, are counted', () => {
  const targets = Array.from({ length: LIMITS.targets + 2 }, (_, at) => ({
    type: 'x',
    id: at === 0 ? 'x'.repeat(LIMITS.entityId + 1) : String(at),
  }));
  const { targets: kept, left } = keptTargets(targets, 3);
  assert.equal(kept?.length, LIMITS.targets);
  assert.equal(kept?.[0]?.id, '1');
  assert.deepEqual(left, { targets_omitted: 5 });
  assert.deepEqual(keptTargets([]), { targets: undefined, left: {} });
});

test('a pointer escapes what has a meaning in it', () => {
  assert.equal(pointerTo('bindings', 'roles/a~b'), '/bindings/roles~1a~0b');
});
