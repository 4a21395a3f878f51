/** Looking again and again: one look at a time, at once when told, and after a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from './log.ts';
import { Rounds } from './rounds.ts';

const log = createLog('silent');
const options = { everyMs: 3_600_000, log, failed: 'it failed' };

test('what is said during a look is looked at after it, once', async () => {
  let [looks, atOnce, most] = [0, 0, 0];
  const rounds = new Rounds(async () => {
    looks++;
    most = Math.max(most, ++atOnce);
    await sleep(20);
    atOnce--;
  }, options);
  rounds.start();
  for (let times = 0; times < 3; times++) rounds.nudge();
  await sleep(100);
  assert.deepEqual({ looks, most }, { looks: 2, most: 1 });
  rounds.nudge();
  await rounds.stop();
  assert.deepEqual({ looks, atOnce }, { looks: 3, atOnce: 0 }, 'the last look has ended');
  rounds.nudge();
  await sleep(20);
  assert.equal(looks, 3, 'no look after the end');
});

test('a look that failed does not end them', async () => {
  let looks = 0;
  const look = async () => {
    if (++looks === 1) throw new Error('the first time');
  };
  const rounds = new Rounds(look, { ...options, everyMs: 5 });
  rounds.start();
  while (looks < 3) await sleep(5);
  await rounds.stop();
});
