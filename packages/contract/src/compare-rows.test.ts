import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareRows } from './compare-rows.ts';
import type { ReadEvent } from './event.ts';
import { matcherOf } from './match.ts';
import { parseQuery } from './query.ts';

const compared = (one: string, other: string) => compareRows(parseQuery(one), parseQuery(other));

test('more conditions are narrower, more values of one key are wider', () => {
  const rows: [string, string, number | undefined][] = [
    ['', '', 0],
    ['actor:ada', '', -1],
    ['actor:ada actor:bob', 'actor:ada', 1],
    ['actor:ada action:a', 'action:a actor:ada', 0],
    ['actor:ada -action:a', 'actor:ada', -1],
    ['-action:a -action:b', '-action:a', -1],
    ['actor:ada', 'actor:bob', undefined],
    ['actor:ada', 'action:a', undefined],
    ['actor:ada actor:bob action:a', 'actor:ada', undefined],
    ['severity:>low severity:<high', 'severity:>low', -1],
    ['(actor:ada or action:a)', '', -1],
  ];
  for (const [one, other, order] of rows) {
    assert.equal(compared(one, other), order, `${one} / ${other}`);
  }
});

test('what is called narrower finds no event that the other does not', () => {
  const keys = ['actor', 'action', 'outcome', 'target.type'];
  const term = fc
    .tuple(fc.constantFrom('', '-'), fc.constantFrom(...keys), fc.constantFrom('a', 'b', 'c*'))
    .map(([minus, key, value]) => `${minus}${key}:${value}`);
  const query = fc.array(term, { maxLength: 4 }).map((terms) => terms.join(' '));
  const word = fc.constantFrom('a', 'b', 'c', 'cc', 'd');
  const event = fc.tuple(word, word, word).map(
    ([action, id, type]): ReadEvent => ({
      ...{ id: 'e', tenant_id: 't', occurred_at: '', received_at: '', action },
      actor: { type: 'user', id },
      targets: [{ type, id: 'x' }],
    }),
  );
  fc.assert(
    fc.property(query, query, event, (one, other, found) => {
      const order = compared(one, other) ?? 0;
      const [here, there] = [one, other].map((text) => matcherOf(parseQuery(text))(found));
      if (order < 0 && here) assert(there, `${one} / ${other}`);
      if (order > 0 && there) assert(here, `${one} / ${other}`);
    }),
    { numRuns: 3_000 },
  );
});
