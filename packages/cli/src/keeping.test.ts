/** What is kept, by the command line against the real server: retention, holds, ends of tenants. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

const DAY_MS = 86_400_000;
const WHOLE = /^[0-9a-f-]{36}$/;

let app: TestApp;
let folder: string;

before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  folder = await mkdtemp(join(tmpdir(), 'annals-keeping-'));
  const retention = { events: 'P2Y', personal: 'P90D' };
  const definition = { project: 'default', label: 'Kept', views: {}, roles: {}, retention };
  const { status, text } = await app.admin('PUT', '/v1/projects/default', { definition });
  assert.equal(status, 200, text);
});
after(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
});

async function annalsAs(key: string, argv: readonly string[]) {
  const terminal = testTerminal();
  const config = readConfig({ ANNALS_URL: app.url, ANNALS_KEY: key });
  const code = await run(argv, { terminal, config, signal: new AbortController().signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
}
const annals = (...argv: readonly string[]) => annalsAs(app.adminKey, argv);

/** Fails unless the command was done; answers what it wrote. */
async function done(...argv: readonly string[]): Promise<string> {
  const { code, out, errors } = await annals(...argv);
  assert.equal(code, 0, errors);
  return out;
}
const inJson = async (...argv: readonly string[]) => JSON.parse(await done(...argv, '--json'));

const ann = { type: 'user' as const, id: 'ann', name: 'Ann Oke' };
const fill = (tenant: string, ages: readonly number[]) =>
  app.record(
    tenant,
    ages.map((days) => {
      const occurred_at = new Date(Date.now() - days * DAY_MS).toISOString();
      return sampleEvent({ actor: ann, occurred_at });
    }),
  );

test('retention is told, and what is due is removed when it is asked for', async () => {
  await fill('due', [1_000, 800, 100, 1]);
  const words = 'due keeps events for 2 years, personal values for 90 days: the retention of the';
  assert.equal(await done('retention', '--tenant', 'due'), `${words} project.\n`);
  const ran = await done('retention', '--tenant', 'due', '--run');
  assert.match(ran, /^\S+Z: removed events from before \S+Z: 2\.$/m);
  assert.match(ran, /^\S+Z: removed personal values of events from before \S+Z: 1\.$/m);
  assert.equal(await done('count', '--tenant', 'due'), '2\n');
  const { in_effect, pending, runs } = await inJson('retention', '--tenant', 'due');
  assert.deepEqual([in_effect, pending], [{ events: 'P2Y', personal: 'P90D' }, null]);
  const changed = runs.map((one: { takes: string; changed: number }) => [one.takes, one.changed]);
  assert.deepEqual(changed.sort(), [
    ['event', 2],
    ['personal', 1],
  ]);
  assert.match(await done('verify', '--tenant', 'due'), /Of these, 2 were removed since/);
});

test('a shorter retention waits and says what it will take, a longer one is there', async () => {
  await fill('short', [100, 1]);
  const usual = ['--keep-personal', 'P90D'];
  const shorter = await annals('tenants', 'set', 'short', '--keep', 'P30D', ...usual);
  assert.equal(shorter.code, 0, shorter.errors);
  assert.match(shorter.errors, /^A shorter retention waits until \S+Z: 1 event\.$/m);
  const waits = await done('retention', '--tenant', 'short', '--run');
  assert.match(waits, /^From \S+Z on: events for 30 days, .* That removes 1 event, and/m);
  assert.equal(await done('count', '--tenant', 'short'), '2\n', 'nothing is removed before');
  const longer = await annals('tenants', 'set', 'short', '--keep', 'P5Y', ...usual);
  assert.deepEqual([longer.code, longer.errors], [0, '']);
  const { of, in_effect, pending } = await inJson('retention', '--tenant', 'short');
  const now = { events: 'P5Y', personal: 'P90D' };
  assert.deepEqual([of, in_effect, pending], ['tenant', now, null]);
});

test('a hold is placed, keeps what it covers, and is listed and released', async () => {
  await fill('held', [1_000, 1]);
  const place = ['holds', 'place', '--tenant', 'held', '--reason', 'Case 12/26'];
  const placed = await done(...place, '--actor', 'user:ann');
  assert.match(placed, /^\S{36} {2}the actor user ann: Case 12\/26 \(api_key:\S+, \S+Z\)\n$/);
  const [id = ''] = placed.split(' ');
  assert.match(id, WHOLE);
  assert.match(await done('retention', '--tenant', 'held', '--run'), /: 0; 1 were held\.$/m);
  assert.equal(await done('count', '--tenant', 'held'), '2\n');
  assert.equal(await done('holds', 'list', '--tenant', 'held'), placed);
  const released = await inJson('holds', 'release', id, '--reason', 'It is closed');
  assert.deepEqual([released.hold_id, released.release_reason], [id, 'It is closed']);
  const listed = await done('holds', 'list', '--tenant', 'held');
  assert.match(listed, /Case 12\/26 \(.*\); released \S+Z: It is closed\n$/);
  await done('retention', '--tenant', 'held', '--run');
  assert.equal(await done('count', '--tenant', 'held'), '1\n');
});

test('a hold covers a record, a query, or the whole log', async () => {
  await fill('covered', [1]);
  const place = ['holds', 'place', '--tenant', 'covered', '--reason', 'x'];
  const covers = [
    [
      ['--record', 'house:h:1'],
      { kind: 'record', type: 'house', id: 'h:1' },
      'the record house h:1',
    ],
    [
      ['--query', '-actor:ann'],
      { kind: 'query', q: '-actor:ann' },
      'events of the query -actor:ann',
    ],
    [['--all'], { kind: 'tenant' }, 'the whole log'],
  ] as const;
  for (const [flags, expected] of covers) {
    assert.deepEqual((await inJson(...place, ...flags)).covers, expected);
  }
  const lines = (await done('holds', 'list', '--tenant', 'covered')).trimEnd().split('\n');
  assert.equal(lines.length, covers.length);
  for (const [, , words] of covers) {
    assert.ok(
      lines.some((line) => line.slice(38).startsWith(`${words}: x (`)),
      words,
    );
  }
});

test('a tenant is closed with its log taken out, refuses events, and is opened again', async () => {
  await fill('leaving', [2, 1]);
  const file = join(folder, 'leaving.ndjson');
  const close = ['tenants', 'close', 'leaving'];
  const closed = await annals(...close, '--export', file, '--after', 'P10D');
  assert.equal(closed.code, 0, closed.errors);
  assert.match(closed.out, /^leaving is closed; its events are removed \S+Z\.\n$/);
  assert.match(closed.errors, /^Wrote \S+leaving\.ndjson, [\d,]+ bytes\.$/m);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).actor.name),
    [ann.name, ann.name],
  );
  const path = '/v1/events?tenant_id=leaving';
  const { json } = await app.admin<{ accepted: number }>('POST', path, [sampleEvent()]);
  assert.equal(json.accepted, 0);
  const read = await annals('count', '--tenant', 'leaving');
  assert.deepEqual([read.code, read.out], [0, '2\n']);
  assert.match(read.errors, /The tenant is closed: its events are removed/);
  const told = await done('retention', '--tenant', 'leaving');
  assert.match(told, /^It is closed: all its events are removed \S+Z\.$/m);
  assert.equal(await done('tenants', 'reopen', 'leaving'), 'leaving is open again.\n');
  await fill('leaving', [1]);
  const again = await annals(...close, '--json');
  assert.match(again.errors, /^Nothing is exported: --export FILE takes the log out first\.$/m);
  const { closed_at, ends_at } = JSON.parse(again.out);
  assert.equal(Date.parse(ends_at) - Date.parse(closed_at), 30 * DAY_MS);
  const open = await inJson('tenants', 'reopen', 'leaving');
  assert.deepEqual([open.closed_at, open.ends_at], [null, null]);
});

test('what the server refuses is told once, and nothing is done', async () => {
  await fill('asked', [1]);
  const key = await app.key({ scopes: ['events:read'], tenant: 'asked' });
  for (const argv of [
    ['retention', '--tenant', 'asked'],
    ['retention', '--tenant', 'asked', '--run'],
    ['holds', 'list', '--tenant', 'asked'],
    ['holds', 'place', '--tenant', 'asked', '--all', '--reason', 'x'],
    ['tenants', 'close', 'asked'],
    ['tenants', 'reopen', 'asked'],
    ['erase', '--tenant', 'asked', '--subject', 'user:ann', '--basis', 'x'],
  ]) {
    const { code, out, errors } = await annalsAs(key, argv);
    assert.deepEqual([code, out], [1, ''], argv.join(' '));
    assert.match(errors, /\(forbidden, request \S+\)\nUse a key that has this permission\.$/m);
  }
  const lost = join(folder, 'lost.ndjson');
  const hold = ['holds', 'place', '--tenant', 'asked', '--reason', 'x'];
  for (const [argv, words] of [
    [['retention', '--tenant', 'nobody', '--run'], /There is no such tenant\. \(not_found/],
    [[...hold, '--query', 'color:red'], /There is no key "color"/],
    [['holds', 'release', 'hold_1', '--reason', 'x'], /There is no such hold\. \(not_found/],
    [['tenants', 'close', 'asked', '--after', 'P1D'], /\/after: must be at least P7D/],
    [['tenants', 'close', 'nobody', '--export', lost], /There is no such tenant\. \(not_found/],
    [['tenants', 'set', 'asked', '--keep', 'soon'], /\/retention\/events: .*a length of time/],
  ] as const) {
    const { code, out, errors } = await annals(...argv);
    assert.deepEqual([code, out], [1, ''], errors);
    assert.equal(errors.match(new RegExp(words, 'g'))?.length, 1, errors);
  }
  assert.ok((await readdir(folder)).every((name) => !name.startsWith('lost')));
  assert.equal(await done('holds', 'list', '--tenant', 'asked'), '');
  const { closed_at, of } = await inJson('retention', '--tenant', 'asked');
  assert.deepEqual([closed_at, of], [null, 'project']);
});

test('a mistake on the command line is told before anything is asked', async () => {
  const hold = ['holds', 'place', '--tenant', 'a', '--reason', 'x'];
  for (const [argv, words] of [
    [['retention'], /--tenant is required/],
    [['retention', 'acme'], /Name the tenant with --tenant/],
    [['holds'], /--tenant is required/],
    [['holds', 'list', 'acme'], /Too many words after "holds list"/],
    [['holds', 'keep', '--tenant', 'a'], /"holds keep" is not known/],
    [hold, /Say what to hold: one of --all, --actor, --record, --query/],
    [[...hold, '--all', '--query', 'x'], /Say what to hold: one of/],
    [[...hold, '--actor', 'ann'], /--actor is TYPE:ID/],
    [[...hold, '--record', 'house:'], /--record is TYPE:ID/],
    [['holds', 'place', '--tenant', 'a', '--all'], /--reason is required/],
    [['holds', 'release', '--reason', 'x'], /Name the hold/],
    [['holds', 'release', 'h'], /--reason is required/],
    [['tenants', 'close'], /Name one tenant: annals tenants close TENANT/],
    [['tenants', 'reopen', 'a', 'b'], /Name one tenant: annals tenants reopen TENANT/],
    [['tenants', 'close', 'a', '--export', '-'], /--export is a file/],
    [['tenants', 'set', 'a', '--keep', 'P1Y', '--keep-usual'], /--keep-usual stands alone/],
  ] as const) {
    const { code, out, errors } = await annals(...argv);
    assert.deepEqual([code, out], [1, ''], argv.join(' '));
    assert.match(errors, words);
    assert.ok(!errors.includes('request req_'), 'no server was asked');
  }
});
