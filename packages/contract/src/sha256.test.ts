import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as chosen from '#sha256';
import * as browser from './sha256.browser.ts';
import * as node from './sha256.node.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 300 }));
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('the imports map gives Node the one of Node', () => {
  assert.equal(chosen.sha256Text, node.sha256Text);
});

test('both have the same names', () => {
  assert.deepEqual(Object.keys(node).sort(), Object.keys(browser).sort());
});

test('both give the digest of FIPS 180-2 for "abc"', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  for (const { sha256Bytes, sha256Text } of [node, browser]) {
    assert.equal(hex(sha256Bytes(new TextEncoder().encode('abc'))), expected);
    assert.equal(sha256Text('abc'), Buffer.from(expected, 'hex').toString('base64url'));
  }
});

test('both give the same for any text, lone surrogates included', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.equal(browser.sha256Text(text), node.sha256Text(text));
      assert.equal(browser.base64urlText(text), node.base64urlText(text));
      assert.deepEqual(browser.leafHashOf(text), node.leafHashOf(text));
    }),
  );
  assert.equal(browser.sha256Text('a\ud800b'), node.sha256Text('a\ud800b'));
});

test('both give the same for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), digest, digest, (data, left, right) => {
      assert.deepEqual(browser.sha256Bytes(data), node.sha256Bytes(data));
      assert.deepEqual(browser.nodeHash(left, right), node.nodeHash(left, right));
    }),
  );
});

test('leaf and node hashes have their prefix bytes', () => {
  const left = new Uint8Array(32).fill(7);
  const right = new Uint8Array(32).fill(9);
  for (const { leafHashOf, nodeHash, sha256Bytes } of [node, browser]) {
    assert.deepEqual(leafHashOf('é'), sha256Bytes(Uint8Array.of(0, 0xc3, 0xa9)));
    assert.deepEqual(nodeHash(left, right), sha256Bytes(Uint8Array.of(1, ...left, ...right)));
  }
});

test('a node refuses hashes that are not 32 bytes', () => {
  const good = new Uint8Array(32);
  for (const { nodeHash } of [node, browser]) {
    for (const length of [0, 31, 33]) {
      assert.throws(() => nodeHash(new Uint8Array(length), good), RangeError);
      assert.throws(() => nodeHash(good, new Uint8Array(length)), RangeError);
    }
  }
});
