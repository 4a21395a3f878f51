/** People by the command line, against the real server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from '../../server/test/harness.ts';
import { Browser, PASSWORD } from '../../server/test/people.ts';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

let app: TestApp;

before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  const definition = {
    project: 'shop',
    label: 'Shop',
    views: { page: { label: 'Page' } },
    roles: { admin: { label: 'Admin', grants: { page: ['read'] } } },
  };
  assert.equal((await app.admin('PUT', '/v1/projects/shop', { definition })).status, 200);
  assert.equal((await app.admin('PUT', '/v1/tenants/acme?project=shop', {})).status, 200);
});
after(() => app.stop());

async function annals(...args: string[]) {
  const terminal = testTerminal();
  const env = { ANNALS_URL: app.url, ANNALS_KEY: app.adminKey };
  const { signal } = new AbortController();
  const code = await run(['people', ...args], { terminal, signal, config: readConfig(env) });
  return { code, out: terminal.out(), errors: terminal.errors() };
}

test('somebody is invited, joins by the link, is listed and removed', async () => {
  const place = ['--project', 'shop', '--tenant', 'acme'];
  const invited = await annals('invite', 'ada@acme.example', '--role', 'admin', ...place);
  assert.equal(invited.code, 0, invited.errors);
  assert.match(invited.out, /^\/join#anl_\S+\n$/);
  const waiting = await annals('list', ...place);
  assert.match(waiting.out, /ada@acme\.example +admin in shop\/acme \(invited\)/);
  const body = { token: invited.out.trim().split('#')[1], name: 'Ada', password: PASSWORD };
  assert.equal((await new Browser(app).post('/v1/auth/join', body)).status, 200);
  const listed = await annals('list', ...place);
  assert.match(listed.out, /^Person .*\nperson_\w+ +ada@acme\.example +Ada +admin in shop\/acme /);
  const id = /person_\w+/.exec(listed.out)?.[0] ?? '';
  assert.equal((await annals('remove', id)).out, `Removed ${id}.\n`);
  assert.ok(!(await annals('list')).out.includes('ada@acme.example'));
});

test('an owner is invited without a role, and what is wrong is said', async () => {
  const { code, out } = await annals('invite', 'ops@example.com', '--owner', '--json');
  assert.equal(code, 0);
  const { person } = JSON.parse(out) as { person: { memberships: { owner: boolean }[] } };
  assert.equal(person.memberships[0]?.owner, true);
  for (const [args, words] of [
    [['invite'], /Name the e-mail/],
    [['invite', 'a@a.example'], /Give --role, or --owner/],
    [['invite', 'a@a.example', '--owner', '--role', 'admin'], /Give --role, or --owner/],
    [['remove'], /Name the person/],
    [['list', 'x'], /Too many words/],
    [['praise'], /"people praise" is not known/],
  ] as const) {
    const wrong = await annals(...args);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.errors, words);
  }
});
