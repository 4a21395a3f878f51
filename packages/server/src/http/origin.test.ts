import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFromHere } from './origin.ts';

const anyHost = { publicUrl: undefined, host: 'annals.example' };
const named = { publicUrl: 'https://annals.example', host: 'inside:4600' };
const own = 'https://annals.example';

/** Origin, Sec-Fetch-Site, whether it counts with a cookie, and for a program that signs in. */
const TABLE: readonly (readonly [string | undefined, string | undefined, boolean, boolean])[] = [
  [own, 'same-origin', true, true],
  [own, undefined, true, true],
  [undefined, 'same-origin', true, true],
  [undefined, undefined, false, true],
  ['https://evil.example', undefined, false, false],
  ['https://evil.example', 'same-origin', false, false],
  ['https://annals.example.evil.example', undefined, false, false],
  ['https://annals.example:8443', undefined, false, false],
  ['null', undefined, false, false],
  ['', undefined, false, false],
  [own, 'cross-site', false, false],
  [own, 'same-site', false, false],
  [undefined, 'cross-site', false, false],
  [undefined, 'same-site', false, false],
  [undefined, 'none', false, false],
];

for (const [name, here] of Object.entries({ anyHost, named })) {
  test(`only what comes from a page of this server counts (${name})`, () => {
    for (const [origin, fetchSite, byCookie, signingIn] of TABLE) {
      const said = { origin, fetchSite };
      const words = JSON.stringify(said);
      assert.equal(isFromHere(said, here, { mustTell: true }), byCookie, words);
      assert.equal(isFromHere(said, here, { mustTell: false }), signingIn, words);
    }
  });
}

test('the setting names the scheme, without it a proxy may speak TLS', () => {
  const plain = { origin: 'http://annals.example', fetchSite: undefined };
  assert.equal(isFromHere(plain, anyHost, { mustTell: true }), true);
  assert.equal(isFromHere(plain, named, { mustTell: true }), false);
});
