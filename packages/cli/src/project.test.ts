/** A project by the command line: files alone, then against the real server. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { type Looks, testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';
import { changeLines } from './definition-changes.ts';
import { parseDefinition } from './definition-file.ts';

const CRM = `
project: crm
label: CRM
locales: [en, de]
resource_types:
  case:
    label: {en: Case, de: Fall}
    synonyms: [{en: File, de: Akte}]
    includes: [{en: Its notes, de: Ihre Notizen}]
    excludes: [{en: Who reads it, de: Wer sie liest}]
    since: 2025-01-01
event_types:
  cases:
    label: {en: Cases, de: Fälle}
    actions:
      case.closed:
        label: {en: Case closed, de: Fall geschlossen}
        resource_types: [case]
        sentences:
          - {en: '{actor} closed {target}', de: '{actor} schloss {target}'}
          - {en: '{actor} closed a case', de: '{actor} schloss einen Fall'}
        metadata:
          - schema: {properties: {cost: {title: Total cost}}}
views:
  page:
    label: {en: Page, de: Seite}
    changes: none
    reach: P1Y
    columns: [{path: activity, label: {en: What, de: Was}}]
  case:
    label: {en: Case, de: Fall}
    binding: record
roles:
  agent:
    label: {en: Agent, de: Agentin}
    grants: {page: [read, export], case: [read]}
`;

let folder = '';
let file = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-project-test-'));
  file = join(folder, 'crm.yaml');
  await writeFile(file, CRM);
});
after(() => rm(folder, { recursive: true }));

/** Runs a command line; without an app there is no server and no key. */
const annals = async (argv: string[], app?: TestApp, looks: Looks = {}, key = app?.adminKey) => {
  const terminal = testTerminal(looks);
  const config = readConfig({ ANNALS_KEY: key, ANNALS_URL: app?.url });
  const { signal } = new AbortController();
  const code = await run(argv, { terminal, config, signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};

describe('without a server', () => {
  test('check tells what is wrong with its line, and ends with 2 if that is an error', async () => {
    assert.deepEqual(await annals(['project', 'check', file]), {
      code: 0,
      out: '',
      errors: `${file} is well.\n`,
    });
    const bad = join(folder, 'bad.yaml');
    await writeFile(bad, CRM.replace('P1Y', 'one year').replace(', de: Seite', ''));
    const ran = await annals(['project', 'check', bad]);
    assert.equal(ran.code, 2);
    assert.match(ran.out, /bad\.yaml:28:12 {2}error {2}\/views\/page\/reach: .*length of time/);
    assert.equal(ran.errors, '1 error, 0 gaps.\n');
    const [json = ''] = (await annals(['project', 'check', bad, '--json'])).out.split('\n');
    assert.equal(JSON.parse(json).path, '/views/page/reach');
  });

  test('an error of the file ends diff and apply before any server is asked', async () => {
    const bad = join(folder, 'bad.yaml');
    await writeFile(bad, CRM.replace('page: [read', 'log: [read'));
    for (const verb of ['diff', 'apply']) {
      const ran = await annals([
        'project',
        verb,
        bad,
        '--yes',
        '--key',
        'k',
        '--url',
        'http://[::1]:1',
      ]);
      assert.deepEqual([ran.code, ran.out], [1, '']);
      assert.match(ran.errors, /error {2}\/roles\/agent\/grants\/log: is no view\n/);
      assert.match(ran.errors, /bad\.yaml has 1 error; no server was asked/);
    }
  });

  test('another project than the file’s is refused, and so is applying without a yes', async () => {
    const other = await annals(['project', 'diff', file, '--project', 'shop', '--key', 'k']);
    assert.match(other.errors, /crm\.yaml is of the project "crm", not "shop"/);
    const silent = await annals(['project', 'apply', file, '--key', 'k']);
    assert.deepEqual([silent.code, silent.out], [1, '']);
    assert.match(silent.errors, /Nobody is there to be asked.* --yes/);
    const json = await annals(['project', 'apply', file, '--json'], undefined, { typed: 'crm\n' });
    assert.match(json.errors, /Nobody is there to be asked/);
  });

  test('changes stand in groups, with the events that leave a view', () => {
    const detail = 'The view "page\u001b" reaches back 30 days.';
    const lines = changeLines(
      [
        { path: '/label', effect: 'other', detail: 'The label changes.' },
        { path: '/views/page/reach', effect: 'loss', detail, events: 1_204 },
        { path: '/views/page/floor', effect: 'loss', detail: 'Less.', events: 100_000 },
        { path: '/roles/a/grants/b', effect: 'gain', detail: 'More.' },
      ],
      testTerminal(),
    );
    assert.deepEqual(lines, [
      'Readers gain (1)',
      '  + More.',
      '',
      'Readers lose (2)',
      '  - The view "page\ufffd" reaches back 30 days. 1,204 events leave it.',
      '  - Less. At least 100,000 events leave it.',
      '',
      'Other changes (1)',
      '  · The label changes.',
    ]);
    assert.deepEqual(changeLines([], testTerminal()), []);
  });
});

describe('against a server', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ dialect: 'sqlite' });
  });
  after(() => app.stop());

  test('apply makes the project when its name is typed, and nothing when it is not', async () => {
    const looked = await annals(['project', 'diff', file], app);
    assert.equal(looked.code, 0, looked.errors);
    assert.match(
      looked.out,
      /^Readers gain \(\d+\)\n {2}\+ The role "agent" gains the view "page"/,
    );
    const wrong = await annals(['project', 'apply', file], app, { typed: 'cmr\n' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.errors, /Type the name of the project.*Nothing was changed/s);
    const closed = await annals(['project', 'apply', file], app, { typed: '' });
    assert.equal(closed.code, 1);
    const applied = await annals(['project', 'apply', file], app, { typed: 'crm\n' });
    assert.equal(applied.code, 0, applied.errors);
    assert.match(applied.errors, /Applied: crm has version 1\.\n$/);
  });

  test('what is there already changes nothing; show prints it', async () => {
    const again = await annals(['project', 'apply', file, '--yes'], app);
    assert.deepEqual([again.code, again.out, again.errors], [0, '', 'Nothing changes.\n']);
    const { out } = await annals(['project', 'show', 'crm'], app);
    assert.match(out, /^# crm, version 1\nproject: crm\n/);
    assert.deepEqual(parseDefinition(out).definition, parseDefinition(CRM).definition);
    const json = JSON.parse((await annals(['project', 'show', 'crm', '--json'], app)).out);
    assert.deepEqual([json.version, json.definition.project], [1, 'crm']);
    assert.match((await annals(['project', 'show', 'none'], app)).errors, /\(not_found, request/);
    assert.match((await annals(['project', 'show'], app)).errors, /Name the project: crm, default/);
  });

  test('a narrower view is a loss, with the gaps of the file by their lines', async () => {
    const narrower = join(folder, 'narrower.yaml');
    const text = CRM.replace('reach: P1Y', 'reach: P30D').replace(
      '{en: Agent, de: Agentin}',
      '{en: Agent}',
    );
    await writeFile(narrower, text);
    const ran = await annals(['project', 'diff', narrower], app);
    assert.equal(ran.code, 0, ran.errors);
    assert.match(
      ran.out,
      /^Readers lose \(1\)\n {2}- The view "page" reaches back 30 days instead/,
    );
    assert.match(ran.errors, /narrower\.yaml:35:12 {2}gap {4}\/roles\/agent\/label: lacks de/);
    const json = JSON.parse((await annals(['project', 'diff', narrower, '--json'], app)).out);
    assert.deepEqual([json.project, json.version, json.gaps.length], ['crm', 1, 1]);
    const done = await annals(['project', 'apply', narrower, '--yes', '--json'], app);
    assert.deepEqual(JSON.parse(done.out), { ...json, version: 2 });
  });

  test('a key of a role sees its views; why and catalog tell the rest', async () => {
    const made = await annals(
      ['keys', 'create', '--label', 'agent', '--role', 'agent', '--project', 'crm'],
      app,
    );
    assert.equal(made.code, 0, made.errors);
    const key = made.out.trim();
    const crm = ['--project', 'crm', '--tenant', 'acme'];
    const target = { type: 'case', id: 'c-1', name: 'Sullivan' };
    const event = sampleEvent({ action: 'case.closed', targets: [target] });
    const recorded = await annals(['record', JSON.stringify(event), ...crm], app);
    assert.equal(recorded.code, 0, recorded.errors);

    const german = await annals(['events', ...crm, '--locale', 'de'], app, {}, key);
    assert.match(german.out, /Fall geschlossen/);
    const subject = ['--view', 'case', '--subject', 'case:c-1'];
    assert.equal((await annals(['count', ...crm, ...subject], app, {}, key)).out, '1\n');
    const file = ['export', ...crm, '--format', 'csv'];
    assert.match((await annals(file, app, {}, key)).out, /^What\r\n/);
    assert.match((await annals([...file, '--columns', 'all'], app, {}, key)).out, /^id,/);

    const argv = ['why', event.id ?? '', ...crm, '--role', 'agent', '--subject', 'case:c-1'];
    const why = await annals(argv, app);
    assert.match(why.out, /^The role "agent" sees the event [\w-]+ of acme\.\n\npage: shown\n/);
    assert.match(why.out, /Left out: .*\/changes/);
    const none = await annals(
      ['why', '0192f0c1-2345-7abc-8def-0123456789ab', ...argv.slice(2)],
      app,
    );
    assert.match(none.out, /^The log of acme has no event 0192f0c1/);

    const catalog = await annals(
      ['catalog', 'akte', '--locale', 'de', '--project', 'crm'],
      app,
      {},
      key,
    );
    assert.deepEqual(catalog.out.split('\n').slice(1, 9), [
      '',
      'Resource types',
      '  Fall (case)',
      '    also called: Akte',
      '    includes: Ihre Notizen',
      '    leaves out: Wer sie liest',
      '    recorded since 2025-01-01',
      '',
    ]);
    assert.match(
      catalog.out,
      /Fall geschlossen \(case\.closed\)\n {6}of: case\n {6}\/metadata\/cost {2}Total cost/,
    );
    const empty = await annals(['catalog', 'nonsense', '--project', 'crm'], app, {}, key);
    assert.match(empty.errors, /Nothing in it has "nonsense"\./);
  });

  test('tenants have a plan and add-ons, and are enabled and disabled', async () => {
    const set = (...flags: string[]) =>
      annals(['tenants', 'set', 'acme', '--project', 'crm', ...flags], app);
    const made = await set('--plan', 'big', '--addon', 'a', '--addon', 'b', '--demo', '--enable');
    assert.equal(made.code, 0, made.errors);
    assert.match(made.out, /^acme: plan big; add-ons a, b; demo; enabled since \d{4}-/);
    const from = await set('--enable', '2026-01-01T00:00:00Z', '--label', 'Acme Ltd');
    assert.match(from.out, /enabled since 2026-01-01T00:00:00/);
    const ended = await set('--no-plan', '--no-addons', '--no-demo', '--disable');
    assert.equal(ended.out, 'acme: no plan; no add-ons; not enabled.\n');
    const { out } = await annals(['tenants', '--project', 'crm'], app);
    assert.match(
      out,
      /^Tenant +Label +Plan +Add-ons +Enabled +Events +Made\n_annals .*\nacme +Acme Ltd +\d /,
    );
    const json = await annals(['tenants', 'list', '--project', 'crm', '--json'], app);
    assert.equal(JSON.parse(json.out.trim().split('\n').at(-1) ?? '').tenant_id, 'acme');
  });
});
