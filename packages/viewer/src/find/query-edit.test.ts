import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseQuery, printQuery } from '@annals/contract/query';
import fc from 'fast-check';
import { completed, completingAt, keysLike } from './completion.ts';
import { facetQuestions } from './facet-plan.ts';
import { edited, onlyValue, putValues, toggleValue, valuesOf, withoutValue } from './query-edit.ts';

const actor = { key: 'actor' } as const;

describe('a query that filters change', () => {
  test('values take the place of those before and leave the rest alone', () => {
    const q = 'harbour actor:dana outcome:denied (operation:delete or reason:*)';
    assert.equal(
      edited(q, (query) => putValues(query, actor, ['ana ruiz', 'omar'])),
      'harbour actor:"ana ruiz" actor:omar outcome:denied (operation:delete or reason:*)',
    );
    assert.equal(
      edited(q, (query) => putValues(query, actor, [])),
      'harbour outcome:denied (operation:delete or reason:*)',
    );
  });
  test('only, without, and back again', () => {
    assert.equal(
      edited('actor:dana -actor:ana', (q) => onlyValue(q, actor, 'omar')),
      'actor:omar',
    );
    const without = edited('actor:dana', (q) => withoutValue(q, actor, 'dana'));
    assert.equal(without, '-actor:dana');
    assert.equal(
      edited(without, (q) => withoutValue(q, actor, 'dana')),
      '',
    );
    assert.equal(
      edited('actor:dana', (q) => toggleValue(q, actor, 'omar')),
      'actor:dana actor:omar',
    );
    assert.equal(
      edited('actor:dana', (q) => toggleValue(q, actor, 'dana')),
      '',
    );
  });
  test('what was written by hand stays', () => {
    assert.equal(
      edited('actor:dan*', (q) => onlyValue(q, actor, 'omar')),
      'actor:dan* actor:omar',
    );
    assert.equal(
      edited('actor:', (q) => onlyValue(q, actor, 'omar')),
      'actor:',
    );
  });
  test('any value can be put in and is found again', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (value) => {
        const text = printQuery(putValues([], actor, [value]));
        assert.deepEqual(valuesOf(parseQuery(text), actor), [value]);
      }),
    );
  });
});

describe('facets', () => {
  test('a group leaves out what is asked of its own key', () => {
    assert.deepEqual(
      facetQuestions(parseQuery('actor:dana outcome:denied harbour'), [
        'outcome',
        'actor',
        'action',
      ]),
      [
        { q: 'actor:dana harbour', fields: ['outcome'] },
        { q: 'outcome:denied harbour', fields: ['actor'] },
        { q: 'actor:dana outcome:denied harbour', fields: ['action'] },
      ],
    );
    assert.deepEqual(facetQuestions([], ['outcome', 'actor']), [
      { q: '', fields: ['outcome', 'actor'] },
    ]);
  });
});

describe('what could be written next', () => {
  const at = (marked: string) => {
    const caret = marked.indexOf('|');
    const text = marked.replace('|', '');
    return { text, caret, found: completingAt(text, caret) };
  };
  const chosen = (marked: string, choice: string) => {
    const { text, caret, found } = at(marked);
    assert.ok(found);
    const next = completed(text, caret, found, choice);
    return `${next.text.slice(0, next.caret)}|${next.text.slice(next.caret)}`;
  };
  test('a key, a value, or neither', () => {
    assert.deepEqual(at('outcome:denied act|').found, { kind: 'key', start: 15, typed: 'act' });
    assert.deepEqual(at('-actor:da|').found, {
      kind: 'value',
      key: 'actor',
      start: 7,
      typed: 'da',
    });
    assert.deepEqual(at('actor:"ana r|').found, {
      kind: 'value',
      key: 'actor',
      start: 6,
      typed: 'ana r',
    });
    assert.equal(at('"two wo|').found, undefined);
    assert.equal(at('who:da|').found, undefined);
  });
  test('a choice takes the place of what was typed', () => {
    assert.equal(chosen('act| harbour', 'actor'), 'actor:| harbour');
    assert.equal(chosen('actor:da|', 'u_81'), 'actor:u_81 |');
    assert.equal(chosen('actor:"ana r|" harbour', 'Ana Ruiz'), 'actor:"Ana Ruiz" |harbour');
    assert.equal(
      chosen('(operation:delete or actor:d|)', 'u_81'),
      '(operation:delete or actor:u_81 |)',
    );
  });
  test('keys by their beginning, or by what is behind the dot', () => {
    assert.deepEqual(keysLike('ty'), ['actor.type', 'target.type']);
    assert.ok(keysLike('target').includes('target.parent'));
  });
});
