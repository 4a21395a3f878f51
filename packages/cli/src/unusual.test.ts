/** What is unusual, by the command line against the real server. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { BASE_MS, sampleEvents, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  await app.record('acme', sampleEvents(20));
});
after(() => app.stop());

const unusual = async (...argv: string[]) => {
  const terminal = testTerminal({});
  const config = readConfig({ ANNALS_KEY: app.adminKey, ANNALS_URL: app.url });
  const { signal } = new AbortController();
  const words = ['unusual', ...argv, '--tenant', 'acme'];
  const code = await run(words, { terminal, config, signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};

test('S1.3 it is turned on, listed, judged and turned off', async () => {
  assert.match((await unusual('list')).out, /^log \(log\): off$/m);
  assert.match((await unusual('on', 'log')).out, /^log \(log\): (learning|watching), looked to /);
  const id = randomUUID();
  await app.sql(
    `INSERT INTO finding (finding_id, tenant_no, view, lens, kind, person, name, value, figure,
       usual_median, usual_high, from_at, to_at, state, found_at)
     SELECT ?, tenant_no, view, lens, 'deletes', 'user:u-1', 'Dana Keller', '', 41, 0, 3, ?, ?,
       'new', 0 FROM watch`,
    ...[id, BASE_MS - 3_600_000, BASE_MS],
  );
  const { out } = await unusual('list');
  assert.match(out, new RegExp(`^${id} .* new {2}Dana Keller deleted 41 records .*0 to 3`, 'm'));
  const looked = await unusual('look', id, '--note', 'Ask Dana');
  assert.match(looked.out, /needs a look .*: Ask Dana$/m);
  const expected = await unusual('expected', id, '--for', 'P7D', '--json');
  assert.equal(JSON.parse(expected.out).state, 'expected');
  assert.equal((await unusual('expected', id, '--for', 'P2D')).code, 1);
  assert.match((await unusual('off', 'log')).out, /^log \(log\): off$/m);
});
