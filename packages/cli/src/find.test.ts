/** Asking and following by the command line, against the real server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseQuery } from '@annals/contract/query';
import { problem, startPeer } from '../../sdk/test/peer.ts';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { type Looks, testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';

let app: TestApp;
before(async () => {
  // A client that was cut keeps a connection open without asking anything.
  const settings = { ANNALS_STOP_TIMEOUT_MS: '500' };
  app = await startTestApp({ dialect: 'sqlite', settings });
  const ada = { type: 'user', id: 'u-1', name: 'Ada' } as const;
  const bob = { type: 'user', id: 'u-2', name: 'Bob' } as const;
  const success = { result: 'success' } as const;
  const denied = { result: 'denied' } as const;
  await app.record('acme', [
    sampleEvent({ ...at('09:10'), actor: ada, action: 'document.shared', outcome: success }),
    sampleEvent({ ...at('09:20'), actor: bob, action: 'document.shared', outcome: denied }),
    sampleEvent({ ...at('23:30'), actor: ada, action: 'login', outcome: success }),
  ]);
});
after(() => app.stop());

const at = (time: string) => ({ occurred_at: `2026-01-15T${time}:00Z` });
const DAY = ['--from', '2026-01-15T00:00:00Z', '--to', '2026-01-16T00:00:00Z'];

const annals = async (argv: string[], looks: Looks = {}, url = app.url) => {
  const terminal = testTerminal(looks);
  const config = readConfig({ ANNALS_KEY: app.adminKey, ANNALS_URL: url });
  const { signal } = new AbortController();
  const code = await run(argv, { terminal, config, signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};
const asked = (command: string, ...rest: string[]) =>
  annals([command, '--tenant', 'acme', ...rest]);

describe('a query', () => {
  test('finds events, may begin with a minus, and is no part of an address', async () => {
    for (const flags of [['-q', '-login actor:ada'], ['--query=-login actor:ada']]) {
      const { code, out, errors } = await asked('events', ...flags, '--json');
      assert.deepEqual([code, errors], [0, '']);
      assert.deepEqual(JSON.parse(out).actor.name, 'Ada');
    }
    assert(!app.logLines.join('').includes('ada'));
    assert(app.logLines.some((line) => line.includes('/v1/events/search')));
  });

  test('takes part in an export', async () => {
    const { out } = await asked('export', '--format', 'ndjson', '-q', 'outcome:denied');
    assert.equal(JSON.parse(out).actor.name, 'Bob');
  });

  test('that cannot be read is shown with the place at fault', async () => {
    for (const command of ['events', 'tail', 'count', 'facets', 'histogram', 'export']) {
      const more = command === 'export' ? ['--format', 'csv'] : [];
      const ran = await asked(command, '-q', 'outcome:denied who:ada', ...more);
      assert.deepEqual([ran.code, ran.out], [1, '']);
      const [first, ...lines] = ran.errors.trimEnd().split('\n');
      assert.match(first ?? '', /cannot be read at character 16 \(invalid_search, request req_/);
      assert.deepEqual(lines, [
        '  outcome:denied who:ada',
        '                 ^ expected a key',
        'There is no key "who". Did you mean "actor:"? Put it in double quotes to search for it ' +
          'as it is.',
      ]);
    }
  });

  test('that is long, wide or unsafe keeps its caret', async () => {
    const whole = `${'word '.repeat(100)}東京\u001b (a or`;
    const { errors } = await asked('events', '-q', whole);
    const [, query = '', caret = ''] = errors.split('\n');
    assert.equal(query, `  …${whole.slice(-40).replace('\u001b', '\ufffd')}`);
    // Each of the two wide characters takes two columns.
    assert.equal(caret.indexOf('^'), query.length + 2);
  });

  test('without its value, or behind no flag, is said so', async () => {
    assert.match((await asked('count', '-q')).errors, /'-q, --query <value>' argument missing/);
    const forgotten = await annals(['count', '-q', '--tenant', 'acme']);
    assert.match(forgotten.errors, /'-q' argument is ambiguous/);
    assert.match((await asked('count', 'ada')).errors, /Write the query behind -q/);
  });
});

describe('numbers', () => {
  test('count', async () => {
    assert.equal((await asked('count', '-q', 'actor:ada')).out, '2\n');
    const { count, exact } = JSON.parse((await asked('count', '--json')).out);
    assert.deepEqual([count, exact], [3, true]);
  });

  test('what a bound leaves out is said', async () => {
    const back = '2026-01-02T00:00:00.000Z';
    const notices = [{ code: 'index_behind', detail: 'The index is being made.' }];
    const body = { count: 200_000, exact: false, counted_back_to: back, notices };
    await using peer = await startPeer(() => ({ body }));
    const ran = await annals(['count', '--tenant', 'acme', '-q', 'x'], {}, peer.url);
    assert.equal(ran.out, 'at least 200,000\n');
    assert.equal(
      ran.errors,
      `Counted back to ${back}; events before it are not in these numbers.\n` +
        'The index is being made. (index_behind)\n',
    );
  });

  test('facets', async () => {
    const { out } = await asked('facets', '--field', 'action', '--field', 'actor', '--limit', '1');
    assert.deepEqual(out.split('\n'), [
      'action',
      `document.shared  2  ${'█'.repeat(40)}`,
      'and 1 more',
      '',
      'actor',
      `Ada (u-1)  2  ${'█'.repeat(40)}`,
      'and 1 more',
      '',
    ]);
    assert.match((await asked('facets', '--field', 'mood')).errors, /--field is one of action, /);
  });

  test('histogram, by the days of a zone', async () => {
    const zone = ['--interval', '1d', '--time-zone', 'Asia/Tokyo'];
    const { out } = await asked('histogram', ...DAY, ...zone);
    assert.deepEqual(out.split('\n'), [
      'by 1d, Asia/Tokyo',
      `2026-01-15  2  ${'█'.repeat(40)} 1 denied`,
      `2026-01-16  1  ${'█'.repeat(20)}`,
      '',
    ]);
    const hours = await asked('histogram', ...DAY, '--interval', '12h');
    assert.match(hours.out, /^by 12h, UTC\n2026-01-15 00:00 {2}2 .*\n2026-01-15 12:00 {2}1 /);
  });
});

test('rebuild follows its job and leaves the same answers', async () => {
  const ran = await annals(['rebuild', '--tenant', 'acme'], { columns: 80 });
  assert.equal(ran.code, 0, ran.errors);
  // The log's own events among them.
  assert.match(ran.out, /^The indexes of acme are new: \d events\.\n$/);
  assert.match(ran.errors, /of \d events/);
  assert.equal((await asked('count', '-q', 'actor:ada')).out, '2\n');
  await using peer = await startPeer(() => ({
    body: { job_id: 'j', state: 'failed', done: 1, total: 3, result: null, error: 'disk' },
  }));
  const failed = await annals(['rebuild', '--tenant', 'acme'], {}, peer.url);
  assert.deepEqual([failed.code, failed.errors], [1, 'annals: It could not be done: disk\n']);
});

describe('tail, as a process', () => {
  const BIN = fileURLToPath(new URL('../bin/annals.js', import.meta.url));
  const start = (url: string, ...flags: string[]) => {
    const env = { ...process.env, ANNALS_URL: url, ANNALS_KEY: app.adminKey };
    return spawn(process.execPath, [BIN, 'tail', '--tenant', 'acme', ...flags], { env });
  };

  test('prints what is recorded, and Ctrl-C ends it cleanly', async () => {
    for (const json of [true, false]) {
      const flags = json ? ['--json'] : ['--time-zone', 'UTC'];
      const child = start(app.url, '-q', 'action:tail.seen', ...flags);
      const [out, errors] = [text(child.stdout), text(child.stderr)];
      const came = once(child.stdout, 'data');
      // A tail begins when it is there: it is recorded for until it has shown something.
      const action = 'tail.seen';
      const recording = setInterval(() => {
        void app.record('acme', [sampleEvent({ action, ...at('10:00') }), sampleEvent()]);
      }, 100);
      await came;
      clearInterval(recording);
      child.kill('SIGINT');
      const [code] = await once(child, 'close');
      assert.deepEqual([code, await errors], [0, '']);
      const lines = (await out).trimEnd().split('\n');
      if (json) assert(lines.every((line) => JSON.parse(line).action === action));
      else assert.match(lines.join('\n'), /^When \(UTC\) .*\n2026-01-15 10:00:00 .*tail\.seen /);
    }
  });

  test('says that the connection was lost and is back', async () => {
    const place = { headers: { 'content-type': 'text/event-stream' }, body: 'id: p\ndata: x\n\n' };
    const hold = Promise.withResolvers<void>();
    await using peer = await startPeer(async (_, count) => {
      if (count === 0) return { ...place, body: 'id: o\ndata: x\n\n' };
      if (count < 3) return problem(503, 'stopping');
      if (count > 3) await hold.promise;
      return place;
    });
    const child = start(peer.url);
    let errors = '';
    child.stderr.on('data', (chunk) => {
      const wasBack = errors.includes('again; nothing');
      errors += String(chunk);
      // Once: a second signal ends it at once.
      if (!wasBack && errors.includes('again; nothing')) child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    hold.resolve();
    assert.equal(code, 0);
    const [lost, back] = errors.split('\n');
    assert.equal(lost, 'The server ended the stream. Trying again.');
    assert.equal(back, 'Connected again; nothing was missed.');
  });
});

test('every query that a help shows can be read', async () => {
  const names = ['events', 'tail', 'count', 'facets', 'histogram'];
  const helps = await Promise.all(names.map(async (name) => (await annals([name, '--help'])).out));
  const queries = [...helps.join('').matchAll(/ -q (?:'([^']+)'|([^\s[\]']+:\S+))/g)];
  assert(queries.length >= 4);
  for (const [, quoted, bare = ''] of queries) parseQuery(quoted ?? bare);
});
