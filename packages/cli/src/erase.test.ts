/** `annals erase` against the real server: what is shown, asked, and confirmed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { EventPage } from '@annals/contract/routes';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { type Looks, testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
});
after(() => app.stop());

const annals = async (argv: readonly string[], looks?: Looks) => {
  const terminal = testTerminal(looks);
  const config = readConfig({ ANNALS_URL: app.url, ANNALS_KEY: app.adminKey });
  const code = await run(argv, { terminal, config, signal: new AbortController().signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};

const ada = { type: 'user' as const, id: 'u_81', name: 'Ada Roe', email: 'ada@a.example' };
const plain = { actor: { type: 'user' as const, id: 'u_1' }, targets: [] };
const fill = (tenant: string) =>
  app.record(tenant, [
    sampleEvent({ actor: ada }),
    sampleEvent({ ...plain, metadata: { note: 'Ada Roe called' } }),
    sampleEvent({ ...plain, action: 'login.u_81' }),
  ]);
const about = (tenant: string) => [
  ...['erase', '--tenant', tenant, '--subject', 'user:u_81', '--basis', 'GDPR Art. 17'],
];

test('without a person to ask, it shows and erases nothing', async () => {
  await fill('shown');
  const { code, out, errors } = await annals(about('shown'));
  assert.equal(code, 0, errors);
  assert.match(out, /^user:u_81 in shown: 2 of \d+ events hold something\.$/m);
  assert.match(out, /^ {2}name Ada Roe +2 events$/m);
  assert.match(out, /^ {2}e-mail ada@a\.example +1 event$/m);
  assert.match(out, /^Mentioned elsewhere:\n {2}\S+ \/metadata$/m);
  assert.match(out, /^Named where no erasure reaches:\n {2}\S+ \/action$/m);
  assert.match(errors, /Nothing was erased/);
});

test('each name is asked for, then the id must be typed', async () => {
  await fill('asked');
  const no = await annals(about('asked'), { typed: 'y\ny\ny\nno\n' });
  assert.match(no.errors, /Is the e-mail ada@a\.example theirs \(1 event\)\?/);
  assert.match(no.errors, /Is the name Ada Roe theirs/);
  assert.match(no.errors, /Nothing was erased/);
  const yes = await annals(about('asked'), { typed: 'y\ny\nn\nu_81\n' });
  assert.equal(yes.code, 0, yes.errors);
  assert.match(yes.out, /^Erased at .*: 1 event\. Certificate [0-9a-f-]{36}\.$/m);
  assert.match(yes.out, /^Still mentioned:\n {2}\S+ \/metadata$/m);
  assert.match(yes.out, /as erased-[0-9a-z]{12}\./);
});

test('--yes erases by the names that are given alone, or by all', async () => {
  await fill('scripted');
  const yes = [...about('scripted'), '--yes', '--mentions', 'erase'];
  const first = await annals([...yes, '--email', 'ada@a.example', '--json']);
  assert.equal(first.code, 0, first.errors);
  const { certificate } = JSON.parse(first.out);
  assert.equal(certificate.counts.mentions, 0, 'the name was not given');
  const second = await annals([...yes, '--name', 'Ada Roe', '--json']);
  assert.equal(JSON.parse(second.out).certificate.counts.mentions, 1);
  const list = await annals(['erase', 'list', '--tenant', 'scripted']);
  assert.equal(list.out.split('\n').filter((line) => line.includes('completed')).length, 2);
  const id = JSON.parse(second.out).erasure_id;
  const show = await annals(['erase', 'show', id]);
  assert.match(show.out, new RegExp(`Certificate ${id}`));
  const resume = await annals(['erase', 'resume', id]);
  assert.equal(resume.code, 1);
  assert.match(resume.errors, /completed/);
});

test('--dry-run erases nothing, whoever is there to be asked', async () => {
  await fill('dry');
  const { code, out, errors } = await annals([...about('dry'), '--dry-run', '--yes'], {
    typed: 'y\ny\ny\nu_81\n',
  });
  assert.equal(code, 0, errors);
  assert.ok(errors.endsWith('Nothing was erased.\n') && !errors.includes('theirs'), errors);
  assert.match(out, /^user:u_81 in dry: 2 of \d+ events hold something\.$/m);
  const { state, found, certificate } = JSON.parse(
    (await annals([...about('dry'), '--dry-run', '--json'])).out,
  );
  assert.deepEqual([state, found.counts.events, certificate], ['found', 2, null]);
  const { json } = await app.admin<EventPage>('GET', '/v1/events?tenant_id=dry&q=actor:u_81');
  assert.equal(json.events[0]?.actor.name, ada.name);
});

test('a hold stops it, with how to go on, and what was confirmed is erased then', async () => {
  await fill('held');
  const place = ['holds', 'place', '--tenant', 'held', '--reason', 'a case'];
  const placed = await annals([...place, '--actor', 'user:u_81', '--json']);
  assert.equal(placed.code, 0, placed.errors);
  const stopped = await annals([...about('held'), '--yes', '--name', ada.name]);
  assert.equal(stopped.code, 2, stopped.errors);
  assert.match(stopped.out, /^1 of them are under a legal hold: that stops it\.$/m);
  const [, id = ''] = /Go on with: annals erase resume (\S+)$/m.exec(stopped.out) ?? [];
  const again = await annals(['erase', 'resume', id, '--json']);
  assert.deepEqual([again.code, JSON.parse(again.out).state], [2, 'held']);
  await annals(['holds', 'release', JSON.parse(placed.out).hold_id, '--reason', 'settled']);
  const resumed = await annals(['erase', 'resume', id]);
  assert.equal(resumed.code, 0, resumed.errors);
  assert.match(resumed.out, new RegExp(`^Erased at .*: 1 event\\. Certificate ${id}\\.$`, 'm'));
});

test('a mistake on the command line is told before anything is asked', async () => {
  for (const [argv, words] of [
    [['erase', '--tenant', 'a', '--basis', 'x', '--subject', 'u_81'], /TYPE:ID/],
    [['erase', '--tenant', 'a', '--subject', 'user:u_81'], /--basis/],
    [['erase', 'show'], /Name one/],
    [['erase', 'everything', '--tenant', 'a'], /Too many words/],
  ] as const) {
    const { code, errors } = await annals(argv);
    assert.equal(code, 1, errors);
    assert.match(errors, words);
  }
});
