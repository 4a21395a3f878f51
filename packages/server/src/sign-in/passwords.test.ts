import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from './passwords.ts';

const EMAIL = 'alice.miller@a.example';

test('what is guessed first is refused', () => {
  for (const password of [
    ...['password1234', 'PASSWORD1234', 'Qwertyuiop123', 'correcthorsebatterystaple'],
    ...['aaaaaaaaaaaa', 'abcabcabcabcabc', '123412341234', 'abcdefghijklm', 'zyxwvutsrqpon'],
    ...['012345678901', 'qwertyuiopas', 'alice.miller', 'alice.miller2026', EMAIL],
  ]) {
    assert.ok(refusalOf(password, EMAIL), password);
  }
});

test('anything else of some length is a password', () => {
  for (const password of [
    ...['seven quiet herons', 'Tr4vel-by-n1ght', 'ein langer satz', 'пароль из слов'],
    ...['alice.miller likes long walks', 'qwerty keeps the heron'],
  ]) {
    assert.equal(refusalOf(password, EMAIL), undefined, password);
  }
});
