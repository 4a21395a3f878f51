/** Viewers by the command line, against the real server. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

let app: TestApp;
let folder: string;

before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  folder = await mkdtemp(join(tmpdir(), 'annals-viewers-'));
  const definition = {
    project: 'shop',
    label: 'Shop',
    views: { page: { label: 'Page' } },
    roles: { admin: { label: 'Admin', viewer: true, grants: { page: ['read'] } } },
  };
  assert.equal((await app.admin('PUT', '/v1/projects/shop', { definition })).status, 200);
  const path = '/v1/events?project=shop&tenant_id=acme';
  assert.equal((await app.admin('POST', path, [sampleEvent()])).status, 201);
});
after(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
});

async function annals(...args: string[]) {
  const terminal = testTerminal();
  const env = { ANNALS_URL: app.url, ANNALS_KEY: app.adminKey };
  const { signal } = new AbortController();
  const words = ['viewers', ...args, '--project', 'shop'];
  const code = await run(words, { terminal, signal, config: readConfig(env) });
  return { code, out: terminal.out(), errors: terminal.errors() };
}

const OPEN = ['open', '--tenant', 'acme', '--role', 'admin', '--viewer', 'u-1', '--name', 'Ada'];

test('a session is opened, listed and ended', async () => {
  const opened = await annals(...OPEN, '--expires-in', '120');
  assert.equal(opened.code, 0, opened.errors);
  const token = opened.out.trim();
  const read = () => app.call('GET', '/v1/events?tenant_id=acme', { key: token });
  assert.equal((await read()).status, 200);
  const listed = await annals('list', '--tenant', 'acme');
  assert.match(listed.out, /^Session .*\nvs_\w+ +acme +Ada +admin /);
  const id = /vs_\w+/.exec(opened.errors)?.[0] ?? '';
  assert.equal((await annals('end', id)).out, `Ended ${id}.\n`);
  assert.equal((await read()).status, 401);
});

test('a key is registered, listed and retired, and its tokens are denied', async () => {
  const file = join(folder, 'public.pem');
  const { publicKey } = generateKeyPairSync('ed25519');
  await writeFile(file, publicKey.export({ format: 'pem', type: 'spki' }));
  const made = await annals(
    ...['register', '--label', 'Shop', '--issuer', 'https://shop.example'],
    ...['--algorithm', 'EdDSA', '--public-key', file, '--role', 'admin', '--only', 'acme'],
  );
  assert.equal(made.code, 0, made.errors);
  const [, id = ''] =
    /kid (vk_\w+), iss https:\/\/shop\.example, aud annals\/shop/.exec(made.out) ?? [];
  assert.match((await annals('keys')).out, new RegExp(`${id} +Shop .* admin +acme`));
  assert.equal((await annals('deny', id, 't-1')).out, 't-1 is not taken any more.\n');
  assert.equal((await annals('retire', id)).out, `Retired ${id} (Shop).\n`);
});

test('what is missing is said before any server is asked', async () => {
  for (const [args, words] of [
    [['open', '--tenant', 'acme', '--viewer', 'u'], /--role is required/],
    [['open', '--role', 'admin', '--viewer', 'u'], /--tenant is required/],
    [['list'], /--tenant is required/],
    [['end'], /Name the session/],
    [['deny', 'vk_1'], /annals viewers deny KEY JTI/],
    [['register', '--algorithm', 'HS256'], /--algorithm is one of EdDSA, ES256, RS256/],
    [['close'], /"viewers close" is not known/],
  ] as const) {
    const { code, errors } = await annals(...args);
    assert.equal(code, 1);
    assert.match(errors, words);
  }
});
