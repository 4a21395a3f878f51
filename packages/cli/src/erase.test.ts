/** `annals erase` against the real server: what is shown, asked, and confirmed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
  assert.match(out, /^ {2}e-mail ada@a\.example +1 events$/m);
  assert.match(out, /^Mentioned elsewhere:\n {2}\S+ \/metadata$/m);
  assert.match(out, /^Named where no erasure reaches:\n {2}\S+ \/action$/m);
  assert.match(errors, /Nothing was erased/);
});

test('each name is asked for, then the id must be typed', async () => {
  await fill('asked');
  const no = await annals(about('asked'), { typed: 'y\ny\ny\nno\n' });
  assert.match(no.errors, /Is the e-mail ada@a\.example theirs \(1 events\)\?/);
  assert.match(no.errors, /Is the name Ada Roe theirs/);
  assert.match(no.errors, /Nothing was erased/);
  const yes = await annals(about('asked'), { typed: 'y\ny\nn\nu_81\n' });
  assert.equal(yes.code, 0, yes.errors);
  assert.match(yes.out, /^Erased at .*: 1 events\. Certificate [0-9a-f-]{36}\.$/m);
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

test('what stops it is said, with how to go on', async () => {
  await fill('held');
  const [row] = await app.sql("SELECT tenant_no FROM tenant WHERE tenant_id = 'held'");
  await app.app.store.holds.place({
    ...{ hold_id: 'h1', tenant_no: Number(row?.['tenant_no']), placed_by: 'k' },
    ...{ covers: { kind: 'tenant' }, reason: 'a case', placed_at: 1 },
  });
  const { code, out } = await annals([...about('held'), '--yes']);
  assert.equal(code, 2);
  assert.match(out, /^[12] of them are under a legal hold: that stops it\.$/m);
  assert.match(out, /Go on with: annals erase resume/);
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
