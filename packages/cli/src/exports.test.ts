/** Files that the server makes, by the command line against the real server. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { sampleEvents, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

let app: TestApp;
let folder: string;
before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  folder = await mkdtemp(join(tmpdir(), 'annals-cli-'));
  await app.record('acme', sampleEvents(120));
});
after(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
});

const annals = async (...argv: string[]) => {
  const terminal = testTerminal({});
  const config = readConfig({ ANNALS_KEY: app.adminKey, ANNALS_URL: app.url });
  const { signal } = new AbortController();
  const code = await run(argv, { terminal, config, signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};
const ofAcme = (...argv: string[]) => annals(...argv, '--tenant', 'acme');

describe('exports', () => {
  test('are made, waited for and taken', async () => {
    const out = join(folder, 'all.csv.gz');
    const flags = ['--format', 'csv', '--compression', 'gzip', '--name', 'All of it', '--out', out];
    const { code, errors } = await ofAcme('export', '--wait', ...flags);
    assert.equal(code, 0, errors);
    assert.match(errors, /^Wrote .*all\.csv\.gz, [\d,]+ bytes\.\n$/);
    const lines = gunzipSync(await readFile(out))
      .toString()
      .trim()
      .split('\r\n');
    assert.equal(lines.length, 121);
  });

  test('are listed, and taken again by their id', async () => {
    const { out } = await ofAcme('exports', 'list');
    const [id = ''] = out.split(/\s+/);
    assert.match(out, /completed {2}120 events .* All of it\.csv\.gz\n$/);
    const again = join(folder, 'again.csv.gz');
    assert.equal((await ofAcme('exports', 'get', id, '--out', again)).code, 0);
    assert.ok((await readFile(again)).equals(await readFile(join(folder, 'all.csv.gz'))));
    const { out: manifest } = await ofAcme('exports', 'manifest', id);
    assert.equal(JSON.parse(manifest).rows, 120);
    const { out: cancelled } = await ofAcme('exports', 'cancel', id);
    assert.equal(JSON.parse(cancelled).state, 'completed', 'what is finished stays');
    const { out: retried } = await ofAcme('exports', 'retry', id);
    assert.notEqual(JSON.parse(retried).export_id, id);
  });

  test('that nobody has asked for are not there', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const { code, errors } = await ofAcme('exports', 'manifest', id);
    assert.notEqual(code, 0);
    assert.match(errors, /There is no such export/);
  });

  test('flags of files that the server makes need --wait', async () => {
    const { errors } = await ofAcme('export', '--format', 'csv', '--out', 'x', '--name', 'y');
    assert.match(errors, /--name needs --wait/);
    const { errors: none } = await ofAcme('exports', 'get');
    assert.match(none, /Name the export/);
  });
});
