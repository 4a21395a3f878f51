import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failures, Gate, Throttle } from './throttle.ts';

const attempt = (address: string, account?: string) => ({ address, account });

test('an account is shut after ten failures, wherever they come from', () => {
  const throttle = new Throttle();
  for (let n = 0; n < 10; n++) {
    assert.equal(throttle.begin(attempt(`192.0.2.${n}`, 'a@a.example')).isShut, false);
  }
  assert.equal(throttle.begin(attempt('192.0.2.99', 'a@a.example')).isShut, true);
  assert.equal(throttle.begin(attempt('192.0.2.99', 'b@a.example')).isShut, false);
});

test('an address waits after fifty failures, and does not for what succeeded', () => {
  const throttle = new Throttle();
  for (let n = 0; n < 49; n++) throttle.begin(attempt('192.0.2.1', `p${n}@a.example`));
  throttle.begin(attempt('192.0.2.1', 'a@a.example'));
  throttle.succeed(attempt('192.0.2.1', 'a@a.example'));
  assert.equal(throttle.waitOf(attempt('192.0.2.1')), 0);
  throttle.begin(attempt('192.0.2.1'));
  assert.ok(throttle.waitOf(attempt('192.0.2.1')) > 800);
  assert.equal(throttle.waitOf(attempt('192.0.2.2')), 0);
});

test('addresses of one IPv6 network are one', () => {
  const throttle = new Throttle();
  for (let n = 0; n < 50; n++) throttle.begin(attempt(`2001:db8::${n}:1`));
  assert.ok(throttle.waitOf(attempt('2001:db8:0:0:9:9:9:9')) > 0);
  assert.equal(throttle.waitOf(attempt('2001:db8:0:1::1')), 0);
});

test('success forgets the failures of the account', () => {
  const throttle = new Throttle();
  for (let n = 0; n < 10; n++) throttle.begin(attempt('192.0.2.1', 'a@a.example'));
  throttle.succeed(attempt('192.0.2.1', 'a@a.example'));
  assert.equal(throttle.begin(attempt('192.0.2.1', 'a@a.example')).isShut, false);
});

test('of an address one failure a minute is told, with how many there were', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const told: [string, number][] = [];
  const failures = new Failures<string>((last, count) => told.push([last, count]));
  for (const name of ['a', 'b', 'c']) failures.add('192.0.2.1', name);
  failures.add('192.0.2.2', 'd');
  assert.deepEqual(told, [
    ['a', 1],
    ['d', 1],
  ]);
  context.mock.timers.tick(60_000);
  assert.deepEqual(told.slice(2), [['c', 2]]);
  failures.add('192.0.2.1', 'e');
  failures.add('192.0.2.1', 'f');
  failures.close();
  assert.deepEqual(told.slice(3), [
    ['e', 1],
    ['f', 1],
  ]);
});

test('two run at a time, forty wait, the next is turned away', async () => {
  const gate = new Gate();
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return true;
  };
  const outcomes = await Promise.all(Array.from({ length: 43 }, () => gate.pass(work)));
  assert.equal(most, 2);
  assert.equal(outcomes.filter((outcome) => outcome === undefined).length, 1);
  assert.equal(await gate.pass(work), true);
});
