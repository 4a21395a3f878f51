import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Peer, problem, recorded, type Script, startPeer } from '../../sdk/test/peer.ts';
import { type Looks, testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';
import { widthOf } from './safe.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-cli-test-'));
});
after(() => rm(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs a command line as the process would, against the peer. */
const annals = async (argv: string[], peer?: Peer, looks: Looks = {}): Promise<Ran> => {
  const terminal = testTerminal(looks);
  const config = readConfig({ ANNALS_KEY: 'test-key', ANNALS_URL: peer?.url });
  const { signal } = new AbortController();
  const code = await run(argv, { terminal, config, signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};

const EVENT = {
  id: '0192f0c1-2345-7abc-8def-0123456789ab',
  tenant_id: 'acme',
  occurred_at: '2026-01-02T03:04:05.678Z',
  received_at: '2026-01-02T03:04:06.000Z',
  action: 'document.shared',
  actor: { type: 'user', id: 'u-1', name: 'Ada' },
  on_behalf_of: [{ type: 'user', id: 'u-2', name: 'Bob' }],
  targets: [
    { type: 'folder', id: 'f-1', role: 'parent' },
    { type: 'document', id: 'd-7', name: 'Plan\u001b[31m' },
  ],
  changes: [
    { path: '/title', before: 'a', after: 'b', label: 'Title' },
    { path: '/token', secret: true },
  ],
  outcome: { result: 'denied', code: 'E1' },
  context: { ip: { _erased: 'x'.repeat(43) } },
  sequence: 4,
};
const page = (events: unknown[], next: string | null = null) => ({
  body: { events, next_cursor: next, notices: [] },
});

describe('events', () => {
  test('a table: who, what, target, outcome; nothing of the data moves the cursor', async () => {
    await using peer = await startPeer(() => page([EVENT]));
    const { code, out } = await annals(
      ['events', '--tenant', 'acme', '--from', 'now-7d', '--time-zone', 'Europe/Berlin'],
      peer,
    );
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n'), [
      'When (Europe/Berlin)  Who          What             Target                 Outcome',
      '2026-01-02 04:04:05   Ada for Bob  document.shared  document Plan\ufffd[31m +1  denied E1',
      '',
    ]);
    assert.equal(peer.seen[0]?.url, '/v1/events?tenant_id=acme&from=now-7d&limit=50');
  });

  test('on a terminal, lines fit and outcomes have colours unless NO_COLOR is set', async () => {
    await using peer = await startPeer(() => page([EVENT]));
    const argv = ['events', '--tenant', 'acme'];
    const { out } = await annals(argv, peer, { columns: 60 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
    const plain = out.replaceAll(/\u001b\[\d+m/g, '');
    for (const line of plain.split('\n')) assert(widthOf(line) <= 60, line);
    assert.match(plain, /…/);
    const isPlain = 'NO_COLOR' in process.env || 'NODE_DISABLE_COLORS' in process.env;
    if (!isPlain) assert(out.includes('\u001b[33m'), 'the denied outcome is yellow');
  });

  test('pages are followed until the limit', async () => {
    await using peer = await startPeer((_, count) =>
      page(
        Array.from({ length: count === 0 ? 500 : 200 }, () => EVENT),
        `c${count}`,
      ),
    );
    const { out } = await annals(['events', '--tenant', 'a', '--limit', '700', '--json'], peer);
    assert.equal(out.trimEnd().split('\n').length, 700);
    assert.deepEqual(
      peer.seen.map(({ url }) => url),
      ['/v1/events?tenant_id=a&limit=500', '/v1/events?tenant_id=a&limit=200&cursor=c0'],
    );
  });

  test('one event in full; erased values and secrets are said', async () => {
    await using peer = await startPeer(() => ({ body: EVENT }));
    const { out } = await annals(['events', EVENT.id, '--tenant', 'acme'], peer);
    assert.match(peer.seen[0]?.url ?? '', /^\/v1\/events\/0192f0c1[^?]*\?tenant_id=acme$/);
    assert.match(out, /^actor\.name +Ada$/m);
    assert.match(out, /^change \/title \(Title\) +"a" → "b"$/m);
    assert.match(out, /^change \/token +a secret; its values are not kept$/m);
    assert.match(out, /^context\.ip +\(erased\) x{43}$/m);
  });

  test('none is said, and is no error', async () => {
    await using peer = await startPeer(() => page([]));
    const ran = await annals(['events', '--tenant', 'acme'], peer);
    assert.deepEqual(ran, { code: 0, out: '', errors: 'No events.\n' });
  });
});

describe('record', () => {
  const store: Script = ({ body }) => recorded(body);
  test('from flags', async () => {
    await using peer = await startPeer(store);
    const { code, out } = await annals(
      [
        'record',
        '--tenant',
        'acme',
        '--action',
        'document.shared',
        '--actor',
        'user:u:1',
        '--target',
        'document:d-7',
        '--outcome',
        'success',
        '--metadata',
        'a=b=c',
      ],
      peer,
    );
    assert.equal(code, 0);
    assert.match(out, /^Recorded [0-9a-f-]{36} as event 0\.$/m);
    const { id, occurred_at, ...sent } = JSON.parse(peer.seen[0]?.body ?? '');
    assert.deepEqual(sent, {
      tenant_id: 'acme',
      action: 'document.shared',
      actor: { type: 'user', id: 'u:1' },
      targets: [{ type: 'document', id: 'd-7' }],
      outcome: { result: 'success' },
      metadata: { a: 'b=c' },
    });
  });

  test('a stream: a wrong line is said and does not stop the others', async () => {
    await using peer = await startPeer(({ body }) => {
      const lines = body.trimEnd().split('\n');
      const bad = lines.flatMap((line, at) => (line.includes('bad') ? [at] : []));
      return recorded(body, bad);
    });
    const input = ['a.b', 'bad', 'a.b'].map((action) =>
      JSON.stringify({ action, actor: { type: 'system' } }),
    );
    const ran = await annals(['record', '--tenant', 'acme', '--json'], peer, {
      input: [input[0], 'nonsense', input[1], input[2]].join('\n'),
    });
    assert.equal(ran.code, 2, ran.errors);
    assert.match(ran.errors, /line 2: refused: Unexpected token/);
    assert.match(ran.errors, /line 3: refused: \/action must be a string \(invalid_event\)/);
    assert.match(ran.errors, /Recorded 2, refused 2\./);
    const lines = ran.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).line);
    assert.deepEqual(lines, [1, 4]);
    assert(peer.seen[0]?.body.split('\n').every((each) => each === '' || each.includes('"acme"')));
  });

  test('JSON as an argument', async () => {
    await using peer = await startPeer(store);
    const event = '{"tenant_id":"t","action":"login","actor":{"type":"user","id":"u"}}';
    assert.equal((await annals(['record', event, '--tenant', 'other'], peer)).code, 0);
    assert.equal(JSON.parse(peer.seen[0]?.body ?? '').tenant_id, 't');
  });

  test('a refused key stops a stream and says how far it came', async () => {
    await using peer = await startPeer(() => problem(401, 'unauthenticated'));
    const input = '{"action":"a","actor":{"type":"system"}}\n'.repeat(3);
    const ran = await annals(['record'], peer, { input });
    assert.equal(ran.code, 1);
    assert.match(ran.errors, /0 events were recorded before:\nannals: detail of unauthenticated/);
  });
});

describe('export', () => {
  test('the file appears whole', async () => {
    await using peer = await startPeer(() => ({ body: 'id,action\r\n1,a\r\n' }));
    const out = join(folder, 'whole.csv');
    const ran = await annals(
      ['export', '--tenant', 'acme', '--format', 'csv', '--out', out, '--flavor', 'spreadsheet'],
      peer,
    );
    assert.equal(ran.code, 0);
    assert.equal(await readFile(out, 'utf8'), 'id,action\r\n1,a\r\n');
    assert.match(ran.errors, /Wrote .*whole\.csv, 16 bytes\./);
    assert.match(
      peer.seen[0]?.url ?? '',
      /download\?tenant_id=acme&format=csv&flavor=spreadsheet$/,
    );
  });

  test('a connection that breaks off leaves no file, and an older one as it was', async () => {
    await using peer = await startPeer(() => ({ cut: true, body: 'id\r\n' }));
    const out = join(folder, 'cut.csv');
    await writeFile(out, 'older');
    const ran = await annals(['export', '--tenant', 'a', '--format', 'csv', '--out', out], peer);
    assert.equal(ran.code, 1);
    assert.match(ran.errors, /broke off before the end/);
    assert.equal(await readFile(out, 'utf8'), 'older');
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('.part')),
      [],
    );
  });

  test('standard output gets the file as it is, unless it is a terminal', async () => {
    await using peer = await startPeer(() => ({ body: '\u001b[31m' }));
    const argv = ['export', '--tenant', 'a', '--format', 'ndjson'];
    assert.equal((await annals(argv, peer)).out, '\u001b[31m');
    const ran = await annals(argv, peer, { columns: 80 });
    assert.equal(ran.code, 1);
    assert.equal(ran.out, '');
  });
});

test('view, subject and locale go with every question', async () => {
  const zeros = { count: 0, exact: true, counted_back_to: null, buckets: [], facets: [] };
  const answer = { events: [], next_cursor: null, notices: [], interval: '1d', ...zeros };
  await using peer = await startPeer(() => ({ body: answer }));
  const scope = ['--view', 'case', '--subject', 'case:c:1', '--locale', 'de'];
  const file = ['--format', 'csv', '--columns', 'all'];
  for (const command of ['events', 'count', 'facets', 'histogram', 'export']) {
    const more = command === 'export' ? file : [];
    const ran = await annals([command, '--tenant', 't', ...scope, ...more], peer);
    assert.equal(ran.code, 0, ran.errors);
    assert.match(peer.seen.at(-1)?.url ?? '', /view=case&subject=case%3Ac%3A1&locale=de/);
  }
  assert.match(peer.seen.at(-1)?.url ?? '', /format=csv&columns=all$/);
});

describe('verify', () => {
  const result = {
    ok: true,
    tenant_id: 'acme',
    events: 1_200,
    size: 1_200,
    kept_by_hash: 0,
    root: 'cm9vdA==',
  };
  const job =
    (changes: object): Script =>
    (_, count) => ({
      body: {
        job_id: '0192f0c1-2345-7abc-8def-0123456789ab',
        state: count < 2 ? 'running' : 'completed',
        done: count * 600,
        total: 1_200,
        result: count < 2 ? null : { ...result, ...changes },
        error: null,
      },
    });

  test('0 if the log is as it was recorded, with a bar on a terminal', async () => {
    await using peer = await startPeer(job({}));
    const ran = await annals(['verify', '--tenant', 'acme'], peer, { columns: 80 });
    assert.equal(ran.code, 0);
    assert.match(
      ran.out,
      /all 1,200 events are as they were recorded\.\nRoot of the tree: cm9vdA==/,
    );
    assert.match(ran.errors, /\[█+░+\] {2}50 % {2}600 of 1,200 events/);
  });

  test('2 if it is not, with the first problem', async () => {
    const found = { kind: 'changed', sequence: 7, id: 'x', detail: 'The leaf differs' };
    await using peer = await startPeer(job({ ok: false, events: 8, problem: found }));
    const ran = await annals(['verify', '--tenant', 'acme'], peer);
    assert.equal(ran.code, 2, ran.errors);
    assert.match(ran.out, /^NOT OK {2}acme: changed at event 7 \(id x\)\nThe leaf differs\n/);
    assert.equal(ran.errors, '');
  });

  test('1 if the server could not finish', async () => {
    await using peer = await startPeer((_, count) => ({
      body: { job_id: 'j', state: 'failed', done: count, total: 2, result: null, error: 'disk' },
    }));
    const ran = await annals(['verify', '--tenant', 'acme'], peer);
    assert.equal(ran.code, 1);
    assert.match(ran.errors, /could not be checked: disk/);
  });
});

test('keys: a new key’s secret is all that stands on standard output', async () => {
  const key = { key_id: 'k_1', label: 'ci', hint: 'ann_ab', project: null, tenant_id: 'acme' };
  const times = { created_at: '2026-01-01', expires_at: null, revoked_at: null };
  const whole = { ...key, ...times, scopes: ['events:write'], roles: [], secret: 'ann_abc' };
  await using peer = await startPeer(({ method }) => ({
    body: method === 'GET' ? { keys: [whole] } : whole,
  }));
  const made = await annals(['keys', 'create', '--label', 'ci', '--scope', 'events:write'], peer);
  assert.equal(made.out, 'ann_abc\n');
  assert.match(made.errors, /shown only now/);
  const listed = await annals(['keys'], peer);
  assert.match(listed.out, /^k_1 +ci +ann_ab +\(all\) +acme +events:write +2026-01-01$/m);
  assert.equal((await annals(['keys', 'revoke', 'k_1'], peer)).out, 'Revoked k_1 (ci).\n');
  assert.equal(peer.seen.at(-1)?.url, '/v1/keys/k_1');
});

test('import prints its report and ends with 2 if something was refused', async () => {
  const path = join(folder, 'one.ndjson');
  await writeFile(
    path,
    '{"occurred_at":"2026-01-01T00:00:00Z","action":"a","actor":{"type":"system"}}',
  );
  const argv = ['import', path, '--from', 'ndjson', '--tenant', 't', '--state', `${path}.state`];
  await using peer = await startPeer(({ body }) => recorded(body, [0]));
  const ran = await annals(argv, peer);
  assert.equal(ran.code, 2);
  assert.match(ran.out, /^Rejected +1\n {2}1 × invalid_event \(\/action must be a string\)\n/m);
  const dry = await annals([...argv, '--dry-run', '--json']);
  assert.equal(dry.code, 0);
  assert.equal(JSON.parse(dry.out).mapped, 1);
});

describe('errors in words', () => {
  const cases: Array<[string[], RegExp]> = [
    [['frobnicate'], /"frobnicate" is not a command\nSee `annals --help`/],
    [['events'], /--tenant is required\nSee `annals events --help`/],
    [['events', '--tenat', 'x'], /Unknown option '--tenat'\nSee/],
    [['events', '--tenant', 'x', '--limit', '0'], /--limit is a number from 1/],
    [['events', '--tenant', 'x', '--order', 'up'], /--order is one of desc, asc, not "up"/],
    [['events', '--tenant', ''], /--tenant is empty/],
    [['events', '--tenant', 'x', '--time-zone', 'Moon/Base'], /no time zone/],
    [['record', '--action', 'a', '--actor', 'ada'], /--actor is TYPE:ID/],
    [['record', '{}', '--target', 'a:b'], /--target goes with --action/],
    [['import', '--from', 'cloudtrail', '--tenant', 't'], /Name at least one file/],
    [['import', 'x', '--from', 'syslog', '--tenant', 't'], /one of auth0, cloudtrail, /],
    [
      ['import', '/no/such/file', '--from', 'ndjson', '--tenant', 't', '--dry-run'],
      /no such file or folder: \/no\/such\/file \(ENOENT\)/,
    ],
    [['keys', 'steal'], /"keys steal" is not known/],
    [['keys', 'create', '--label', 'x'], /--scope \(events:write, .*\) or --role is required/],
    [
      ['keys', 'create', '--label', 'x', '--scope', 'manage', '--role', 'r'],
      /scopes or roles, not both/,
    ],
    [['project', 'steal'], /Say: annals project check\|diff\|apply FILE, or project show/],
    [['project', 'diff'], /Name one file/],
    [['why', '--tenant', 't', '--role', 'r'], /Give the id of one event/],
    [['why', 'x', '--tenant', 't'], /--role is required/],
    [['catalog', 'two', 'words'], /Search for one word, or quote them/],
    [['tenants', 'set'], /Name one tenant/],
    [['tenants', 'set', 'acme'], /Say what to set/],
    [['tenants', 'set', 'acme', '--enable', '--disable'], /--enable and --disable exclude each/],
    [['init', 'annals.yaml'], /Say which one: --blueprint NAME/],
    [['init', '--blueprint', 'none'], /--blueprint is one of .*, not "none"/],
    [['export', '--tenant', 't', '--format', 'csv', '--columns', 'x'], /one of view, all, not "x"/],
    [['events', '--tenant', 't', '--url', 'nowhere'], /not an http\(s\) address: nowhere/],
    [['verify', '--tenant', 't', '--data', 'x'], /--data goes with --offline/],
  ];
  for (const [argv, words] of cases) {
    test(argv.join(' '), async () => {
      const ran = await annals(argv);
      assert.equal(ran.code, 1);
      assert.match(ran.errors, words);
      assert.doesNotMatch(ran.errors, /^\s+at /m);
      assert.equal(ran.out, '');
    });
  }

  test('a server’s error has its code, its request and each bad field', async () => {
    const answer = problem(400, 'invalid_query');
    const errors = [{ path: 'from', detail: 'no time\u001b[2J' }];
    await using peer = await startPeer(() => ({
      ...answer,
      body: { ...Object(answer.body), errors },
    }));
    const ran = await annals(['events', '--tenant', 't'], peer);
    assert.equal(
      ran.errors,
      'annals: detail of invalid_query (invalid_query, request request-1)\n' +
        '  from: no time\ufffd[2J\n',
    );
  });

  test('no key and no server say what to do', async () => {
    const terminal = testTerminal();
    const { signal } = new AbortController();
    const config = readConfig({});
    await run(['events', '--tenant', 't'], { terminal, config, signal });
    assert.match(terminal.errors(), /No API key: set ANNALS_KEY/);
    let url = '';
    {
      await using peer = await startPeer(() => page([]));
      ({ url } = peer);
    }
    const ran = await annals(['keys', '--url', url]);
    assert.match(
      ran.errors,
      /cannot be reached.*ECONNREFUSED.*\(network\)\nIs the server running at/,
    );
  });

  test('a stack only with --debug', async () => {
    assert.match((await annals(['events', '--debug'])).errors, /^ +at /m);
  });
});

test('every command has a help with an example', async () => {
  const { out } = await annals(['--help']);
  const names = [...out.matchAll(/^ {2}([a-z]+) {2,}[A-Z]/gm)].map(([, name]) => name ?? '');
  const known =
    'start record events tail count facets histogram export exports reports import verify ' +
    'rebuild init project catalog why tenants unusual retention holds erase keys people viewers';
  assert.deepEqual(names, known.split(' '));
  for (const name of names) {
    const help = await annals([name, '--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, new RegExp(`^Usage: annals ${name}[^]*\\n  annals ${name} `));
    assert.equal((await annals(['help', name])).out, help.out);
    for (const line of help.out.split('\n')) assert(line.length <= 100, line);
  }
});

test('flags may stand before the command', async () => {
  await using peer = await startPeer(() => page([]));
  const ran = await annals(['--json', '--url', peer.url, 'events', '--tenant', 'events']);
  assert.equal(ran.code, 0);
  assert.equal(peer.seen[0]?.url, '/v1/events?tenant_id=events&limit=50');
});

describe('as a process', () => {
  const BIN = fileURLToPath(new URL('../bin/annals.js', import.meta.url));
  const start = (argv: string[], env: Record<string, string> = {}) =>
    spawn(process.execPath, [BIN, ...argv], { env: { ...process.env, ...env } });

  test('the exit code is the command’s', async () => {
    const child = start(['--version']);
    assert.match(await text(child.stdout), /^\d+\.\d+\.\d+\n$/);
    const failed = start(['nothing']);
    const [code] = await once(failed, 'exit');
    assert.equal(code, 1);
  });

  test('a reader that goes away ends it quietly', async () => {
    await using peer = await startPeer(() =>
      page(
        Array.from({ length: 500 }, () => EVENT),
        'more',
      ),
    );
    const argv = ['events', '--tenant', 'a', '--limit', '1000000', '--json'];
    const child = start(argv, { ANNALS_URL: peer.url, ANNALS_KEY: 'k' });
    child.stdout.once('data', () => child.stdout.destroy());
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.deepEqual({ errors, code }, { errors: '', code: 0 });
  });

  test('Ctrl-C stops it in words', async () => {
    const hold = Promise.withResolvers<void>();
    const came = Promise.withResolvers<void>();
    await using peer = await startPeer(async () => {
      came.resolve();
      await hold.promise;
      return page([]);
    });
    const child = start(['events', '--tenant', 'a'], { ANNALS_URL: peer.url, ANNALS_KEY: 'k' });
    await came.promise;
    child.kill('SIGINT');
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    hold.resolve();
    assert.deepEqual({ errors, code }, { errors: 'annals: Stopped\n', code: 1 });
  });
});
