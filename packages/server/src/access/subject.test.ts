import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../fault.ts';
import { subjectOf } from './subject.ts';

const codeOf = (text: string | undefined, binding: 'none' | 'actor' | 'record'): string => {
  try {
    return JSON.stringify(subjectOf(text, binding));
  } catch (error) {
    assert.ok(error instanceof Fault);
    return error.code;
  }
};

test('a subject is a type and an id, and the first colon parts them', () => {
  const rows: readonly [text: string, type: string, id: string][] = [
    ['user:u_1', 'user', 'u_1'],
    ['user:a:b', 'user', 'a:b'],
    ['user: ', 'user', ' '],
    ['user:100%', 'user', '100%'],
    ['crm%3Acase:7', 'crm:case', '7'],
    ['Fall%20A:ü', 'Fall A', 'ü'],
  ];
  for (const [text, type, id] of rows) {
    assert.deepEqual(subjectOf(text, 'actor'), { kind: 'actor', type, id }, text);
    assert.deepEqual(subjectOf(text, 'record'), { kind: 'record', type, id }, text);
  }
});

test('what is none is refused, and so is none, or one where it has no use', () => {
  for (const text of ['', ':', ':u_1', 'user:', 'user', 'us%er:1', '%:1']) {
    assert.equal(codeOf(text, 'actor'), 'invalid_query', text);
  }
  for (const binding of ['actor', 'record'] as const) {
    assert.equal(codeOf(undefined, binding), 'subject_required');
  }
  assert.equal(subjectOf(undefined, 'none'), undefined);
  for (const text of ['user:u_1', '']) assert.equal(codeOf(text, 'none'), 'invalid_query');
});
