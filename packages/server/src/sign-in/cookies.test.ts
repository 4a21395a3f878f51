import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clearing,
  forBetterAuth,
  newSessionToken,
  outgoing,
  readCookies,
  sessionToken,
} from './cookies.ts';

const MADE = 'annals.session_token=abc.c2ln%3D; Max-Age=43200; Path=/; HttpOnly; SameSite=Lax';
const SECONDS = 2_592_000;

test('over TLS a cookie is of this host alone, on the own machine it is plain', () => {
  assert.equal(
    outgoing(MADE, true, SECONDS),
    '__Host-annals.session_token=abc.c2ln%3D; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax' +
      '; Secure',
  );
  assert.equal(
    outgoing(MADE, false, SECONDS),
    'annals.session_token=abc.c2ln%3D; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax',
  );
});

test('a session that ends and a step of signing in keep their time', () => {
  const ended = outgoing('annals.session_token=; Max-Age=0; Path=/', true, SECONDS);
  assert.match(ended, /^__Host-annals\.session_token=; Max-Age=0;/);
  const step = outgoing('annals.two_factor=x; Max-Age=600; Path=/; Domain=a', true, SECONDS);
  assert.match(step, /Max-Age=600;/);
  assert.ok(!step.includes('Domain'));
  assert.match(clearing(true), /^__Host-annals\.session_token=; Max-Age=0; Path=\/.*; Secure$/);
});

test('only cookies with the prefix of the connection are read', () => {
  const header = 'other=1; annals.session_token=plain.s; __Host-annals.session_token=host.s; bad';
  assert.equal(sessionToken(readCookies(header, true)), 'host');
  assert.equal(sessionToken(readCookies(header, false)), 'plain');
  assert.equal(forBetterAuth(readCookies(header, true)), 'annals.session_token=host.s');
  assert.equal(sessionToken(readCookies(undefined, true)), undefined);
});

test('what is no cookie of ours gives no token', () => {
  for (const value of ['%E0%A4%A', '', '.sig']) {
    assert.equal(sessionToken(new Map([['session_token', value]])), undefined, value);
  }
  const huge = `annals.session_token=${'x'.repeat(20_000)}`;
  assert.equal(readCookies(huge, false).size, 0);
});

test('the token of a new session is found, that of an ended one is not', () => {
  assert.equal(newSessionToken(['annals.state=; Max-Age=0', MADE]), 'abc');
  assert.equal(newSessionToken(['annals.session_token=; Max-Age=0']), undefined);
});
