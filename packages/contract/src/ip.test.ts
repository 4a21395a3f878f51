/** Networks that people come from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressKey, networkKeys, networkOf } from './ip.ts';

test('an address has one network, in whatever form it is written', () => {
  assert.equal(networkOf('203.0.113.7'), '203.0.113.0/24');
  assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.0/24');
  assert.equal(networkOf('2001:db8:1:2::7'), '2001:db8:1::/48');
  assert.equal(networkOf('2001:0DB8:0001::'), '2001:db8:1::/48');
  assert.equal(networkOf('::1'), '0:0:0::/48');
  assert.equal(networkOf('localhost'), undefined);
});

test('every address lies in its network', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const key = addressKey(address);
      const network = networkKeys(networkOf(address) ?? '');
      assert.ok(key && network && network.first <= key && key <= network.last, address);
    }),
  );
});
