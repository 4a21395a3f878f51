/** Reports, by the command line against the real server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sampleEvents, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  await app.record('acme', sampleEvents(3));
});
after(() => app.stop());

const annals = async (...argv: string[]) => {
  const terminal = testTerminal({});
  const config = readConfig({ ANNALS_KEY: app.adminKey, ANNALS_URL: app.url });
  const { signal } = new AbortController();
  const code = await run(['reports', ...argv, '--tenant', 'acme'], { terminal, config, signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};

describe('annals reports', () => {
  test('saves, lists, runs, pauses and removes', async () => {
    const asked = ['--title', 'Weekly', '--range', 'last_week', '--time-zone', 'Europe/Berlin'];
    const by = ['--every', 'week', '--on', 'Tuesday', '--at', '07:05'];
    const hook = ['--webhook', 'https://hooks.acme.example/a', '-q', '-outcome:success'];
    const { code, out, errors } = await annals('create', ...asked, ...by, ...hook);
    assert.equal(code, 0, errors);
    const made = JSON.parse(out);
    assert.deepEqual([made.schedule, made.q], ['5 7 * * 2', '-outcome:success']);
    assert.match(made.recipients[0].secret, /^whsec_/);
    const { out: list } = await annals('list');
    assert.match(list, /Weekly {2}active {2}Last full week {2}Every Tuesday at 07:05 \(Europe/);
    const id = made.report_id;
    assert.equal(JSON.parse((await annals('run', id)).out).state, 'completed');
    assert.equal(JSON.parse((await annals('pause', id)).out).state, 'paused');
    assert.equal(JSON.parse((await annals('resume', id)).out).state, 'active');
    assert.match((await annals('test', id)).out, /webhook {2}https:\/\/hooks\.acme.* failed/);
    assert.match((await annals('sent', id)).out, / test .* failed/);
    assert.equal((await annals('remove', id)).code, 0);
    assert.match((await annals('get', id)).errors, /There is no such report/);
  });

  test('says what is wrong with a schedule', async () => {
    const create = (...flags: string[]) =>
      annals('create', '--title', 'A', '--range', 'yesterday', ...flags);
    assert.match((await create('--every', 'week', '--on', 'May')).errors, /a day of the week/);
    assert.match((await create('--every', 'month', '--on', '31')).errors, /from 1 to 28, or last/);
    assert.match((await create('--every', 'day', '--at', '25:00')).errors, /as in 06:30/);
    assert.match((await create('--every', 'day', '--cron', '0 1 * * *')).errors, /one of/);
    assert.match((await create('--cron', '* * * * *')).errors, /at most once an hour/);
    assert.match((await annals('create', '--title', 'A')).errors, /--range is required/);
  });
});
