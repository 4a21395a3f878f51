/** Sentences of findings: neutral, in both languages, with figures and times as they are read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FINDING_KINDS, findingSentence, lowOf, type Told } from './finding.ts';

const told = (fields: Partial<Told>): Told => ({
  kind: 'deletes',
  person: { id: 'u-1', name: 'Dana Keller' },
  ...{ activity: null, value: null, figure: 41, usual: { median: 1, high: 3 } },
  ...{ from: '2026-03-14T13:00:00.000Z', to: '2026-03-14T14:00:00.000Z' },
  ...fields,
});
const english = (fields: Partial<Told>) => findingSentence(told(fields), 'en-GB', 'Europe/Berlin');
const german = (fields: Partial<Told>) => findingSentence(told(fields), 'de', 'Europe/Berlin');
const once = { usual: null, figure: 7 } as const;

describe('a finding in words', () => {
  test('of each kind', () => {
    assert.equal(
      english({}),
      'Dana Keller deleted 41 records between 14:00 and 15:00; usually 0 to 3 at this time.',
    );
    assert.equal(
      german({ figure: 1_041 }),
      'Dana Keller hat zwischen 14:00 und 15:00 1.041 Datensätze gelöscht; ' +
        'um diese Zeit sonst 0 bis 3.',
    );
    assert.equal(
      english({ kind: 'burst', usual: { median: 0, high: 0 } }),
      'Dana Keller did 41 things between 14:00 and 15:00; usually none at this time.',
    );
    assert.equal(
      english({ ...once, kind: 'failures', activity: 'Signed in', to: '2026-03-14T13:04:00.001Z' }),
      'Dana Keller failed 7 times within 5 minutes and then succeeded: Signed in.',
    );
    assert.equal(
      german({ ...once, kind: 'new_network', value: '203.0.113.0/24' }),
      'Dana Keller kam zum ersten Mal aus dem Netz 203.0.113.0/24.',
    );
    assert.equal(
      english({ ...once, kind: 'new_action', activity: 'Member removed', person: { id: 'u-1' } }),
      'u-1 did this for the first time, between 14:00 and 15:00: Member removed.',
    );
  });

  test('never accuses, and is one sentence with an end', () => {
    const kinds = fc.constantFrom(...FINDING_KINDS);
    const counts = fc.nat({ max: 10_000 });
    fc.assert(
      fc.property(kinds, counts, counts, counts, (kind, figure, median, more) => {
        const usual = { median, high: median + more };
        for (const text of [english({ kind, figure, usual }), german({ kind, figure, usual })]) {
          assert.match(text, /^[^.]*Keller.*\.$/);
          assert.doesNotMatch(text, /suspic|anomal|threat|verdächt|undefined|NaN/i);
        }
        assert.ok(lowOf(usual) <= median);
      }),
    );
  });
});
