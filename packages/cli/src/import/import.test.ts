import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { EventInput, LIMITS } from '@annals/contract/event';
import type { Client } from '@annals/sdk';
import { Value } from 'typebox/value';
import { problem } from '../../../sdk/test/peer.ts';
import { type LogPeer, startLog } from '../../test/log-peer.ts';
import { testTerminal } from '../../test/terminal.ts';
import { type ImportOptions, importFiles } from './import.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-import-test-'));
});
after(() => rm(folder, { recursive: true }));

const file = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const trail = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => ({
    eventName: 'DescribeInstances',
    eventSource: 'ec2.amazonaws.com',
    eventTime: new Date(Date.UTC(2026, 0, 1) + (from + at) * 1000).toISOString(),
    eventID: `00000000-0000-4000-8000-${String(from + at).padStart(12, '0')}`,
    userIdentity: { type: 'IAMUser', userName: `user-${at % 3}` },
  }));

const run = (client: Client | undefined, files: string[], more: Partial<ImportOptions> = {}) =>
  importFiles({
    client,
    terminal: testTerminal(),
    files,
    from: 'cloudtrail',
    tenantId: 'acme',
    pick: undefined,
    statePath: join(folder, 'state.json'),
    project: undefined,
    url: 'http://test',
    signal: new AbortController().signal,
    ...more,
  });

test('arrays, wrappers, lines and gzip; a second import stores nothing', async () => {
  const records = trail(10);
  const files = [
    await file('array.json', JSON.stringify(records.slice(0, 3), null, 2)),
    await file('wrapper.json.gz', gzipSync(JSON.stringify({ Records: records.slice(3, 6) }))),
    await file(
      'lines.ndjson',
      records
        .slice(6)
        .map((each) => JSON.stringify(each))
        .join('\n'),
    ),
  ];
  await using peer = await startLog();
  const first = await run(peer.client(), files);
  assert.deepEqual(
    { ...first, unmapped_reasons: [], rejected_codes: [], broken: [] },
    {
      dry_run: false,
      from: 'cloudtrail',
      tenant_id: 'acme',
      files: 3,
      read: 10,
      skipped: 0,
      mapped: 10,
      unmapped: 0,
      unmapped_reasons: [],
      accepted: 10,
      duplicates: 0,
      rejected: 0,
      rejected_codes: [],
      broken: [],
      first_at: '2026-01-01T00:00:00.000Z',
      last_at: '2026-01-01T00:00:09.000Z',
    },
  );
  assert(peer.events().every((event) => event['tenant_id'] === 'acme'));
  const second = await run(peer.client(), files);
  assert.deepEqual([second.accepted, second.duplicates, second.rejected], [0, 10, 0]);
  assert(!existsSync(join(folder, 'state.json')));
});

test('a dry run needs no server and says what would be done', async () => {
  const [record] = trail(1);
  const lines = [
    JSON.stringify(record),
    '{"eventName":',
    '[1]',
    JSON.stringify({ ...record, eventTime: undefined }),
    JSON.stringify({ ...record, requestParameters: { text: '"'.repeat(LIMITS.eventBytes / 2) } }),
    '',
    '{"eventName":',
  ];
  const path = await file('mixed.ndjson', lines.join('\n'));
  const report = await run(undefined, [path]);
  assert.equal(report.dry_run, true);
  assert.deepEqual(
    [report.read, report.mapped, report.unmapped, report.accepted, report.duplicates],
    [6, 1, 5, null, null],
  );
  const reasons = report.unmapped_reasons.map(({ reason, count, places }) => [
    reason,
    count,
    places.map(({ line }) => line),
  ]);
  assert.deepEqual(reasons, [
    ['not valid JSON', 2, [2, 7]],
    ['not a JSON object', 1, [3]],
    ['not a CloudTrail record: no eventTime', 1, [4]],
    [`larger than the limit of ${LIMITS.eventBytes} bytes as an event`, 1, [5]],
  ]);
  assert(!existsSync(join(folder, 'state.json')));
});

test('after a stop, the same import goes on where the answers ended', async () => {
  const path = await file('long.json', JSON.stringify({ Records: trail(3_500) }));
  const statePath = join(folder, 'resume.json');
  const away = problem(503, 'stopping', { 'retry-after': '3600' });
  await using peer = await startLog((count) => (count === 2 ? away : undefined));
  const terminal = testTerminal();
  const stopped = run(peer.client(), [path], { statePath, terminal });
  await assert.rejects(stopped, { name: 'UnavailableError', code: 'stopping' });
  assert.match(terminal.errors(), /2,000 events are recorded\. The same command goes on there/);
  const { done } = JSON.parse(await readFile(statePath, 'utf8'));
  assert.deepEqual(Object.values(done), [2_000]);

  const rest = await run(peer.client(), [path], { statePath });
  assert.deepEqual([rest.skipped, rest.read, rest.mapped], [2_000, 1_500, 1_500]);
  assert.equal(peer.events().length, 3_500);
  assert(!existsSync(statePath));
});

test('a state of another import is refused, and so is what is no state', async () => {
  const path = await file('small.json', JSON.stringify(trail(2)));
  const statePath = join(folder, 'other.json');
  await using peer = await startLog(() => problem(403, 'forbidden'));
  await writeFile(statePath, JSON.stringify({ import: 'another', done: {} }));
  await assert.rejects(run(peer.client(), [path], { statePath }), /belongs to another import/);
  await writeFile(statePath, 'hello');
  await assert.rejects(run(peer.client(), [path], { statePath }), /no state of an import/);
});

test('refused events and broken files have their place; the rest is imported', async () => {
  const [first, second, third] = trail(3);
  const clash = { ...second, eventName: 'RunInstances' };
  const cut = JSON.stringify([third, third]).slice(0, -5);
  const files = [
    await file('clash.ndjson', [first, second].map((each) => JSON.stringify(each)).join('\n')),
    await file('cut.json', cut),
    await file('cut.json.gz', gzipSync(JSON.stringify(trail(200, 50))).subarray(0, -20)),
  ];
  await using peer = await startLog();
  // What another import stored under the id of the second one.
  await run(peer.client(), [await file('before.ndjson', JSON.stringify(clash))]);
  const report = await run(peer.client(), files);
  assert.deepEqual(
    report.rejected_codes.map(({ reason, count, places }) => ({ reason, count, places })),
    [{ reason: 'id_conflict', count: 1, places: [{ file: files[0], line: 2 }] }],
  );
  assert.deepEqual(
    report.broken.map(({ reason }) => reason.replace(/:? .*/, '')),
    ['the', 'the'],
  );
  assert.match(report.broken[0]?.reason ?? '', /ends inside a record/);
  assert.match(report.broken[1]?.reason ?? '', /gzip file is damaged/);
  assert.equal(report.rejected, 1);
  assert(peer.events().some(({ id }) => id === third?.eventID));
});

test('different records with one id are all stored, once, also by a second import', async () => {
  const [first, second] = trail(2);
  const copies = [first, { ...first, eventName: 'RunInstances' }, second, first];
  const path = await file('copies.ndjson', copies.map((each) => JSON.stringify(each)).join('\n'));
  await using peer = await startLog();
  const report = await run(peer.client(), [path]);
  assert.deepEqual([report.accepted, report.duplicates, report.rejected], [3, 1, 0]);
  const again = await run(peer.client(), [path]);
  assert.deepEqual([again.accepted, again.duplicates, again.rejected], [0, 4, 0]);
});

test('records inside other records are picked by their field', async () => {
  const [record] = trail(1);
  const text = JSON.stringify(record, null, 1).replaceAll('\n', '');
  const lines = `{"rule": 1, "log": ${text} }\n{"rule": 2}`;
  const path = await file('wrapped.ndjson', lines);
  await using peer = await startLog();
  const report = await run(peer.client(), [path], { pick: 'log' });
  assert.deepEqual([report.mapped, report.unmapped], [1, 1]);
  assert.equal(report.unmapped_reasons[0]?.reason, 'no member "log"');
  const [event] = peer.events();
  const original = Value.Decode(EventInput, event).metadata?.['original'];
  assert.equal(original, text);
});

test('an event of another tenant is not imported', async () => {
  const event = { occurred_at: '2026-01-01T00:00:00Z', action: 'a', actor: { type: 'system' } };
  const lines = [{ ...event, tenant_id: 'acme' }, { ...event, tenant_id: 'other' }, event];
  const path = await file('tenants.ndjson', lines.map((each) => JSON.stringify(each)).join('\n'));
  await using peer = await startLog();
  const report = await run(peer.client(), [path], { from: 'ndjson' });
  assert.deepEqual([report.accepted, report.unmapped], [2, 1]);
  assert.match(report.unmapped_reasons[0]?.reason ?? '', /another tenant/);
});

test('a file that is not there is an error before anything is sent', async () => {
  await using peer = await startLog();
  const path = await file('there.json', JSON.stringify(trail(1)));
  const missing = run(peer.client(), [path, join(folder, 'missing.json')]);
  await assert.rejects(missing, { code: 'ENOENT' });
  assert.equal(peer.seen.length, 0);
});

/** Real samples; the folder stands outside of the repository and may be absent. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const DATASETS = process.env['ANNALS_DATASETS'] ?? join(ROOT, '../shared/datasets');

const present = (t: TestContext): boolean => {
  if (existsSync(DATASETS)) return true;
  t.skip(`no samples at ${DATASETS}: set ANNALS_DATASETS to their folder`);
  return false;
};

const tally = (keys: unknown[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const key of keys.map(String).sort()) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

/** A record as parsed from the raw file, read here without any of the importer's code. */
interface Raw {
  readonly eventID?: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly eventTime?: string;
  readonly eventType?: string;
  readonly errorCode?: string;
  readonly responseElements?: Readonly<Record<string, unknown>> | null;
  readonly userIdentity?: {
    readonly type?: string;
    readonly arn?: string;
    readonly principalId?: string;
    readonly userName?: string;
    readonly invokedBy?: string;
  } | null;
}
const rawActor = ({ userIdentity: who, eventType, eventSource }: Raw) =>
  who?.arn ||
  who?.principalId ||
  who?.userName ||
  who?.invokedBy ||
  (eventType === 'AwsServiceEvent' && !who?.type ? eventSource : undefined);
const isUsable = (raw: Raw) =>
  raw.eventName && raw.eventSource && /^\d{4}-\d\d-/.test(raw.eventTime ?? '') && rawActor(raw);
const rawOutcome = ({ errorCode, eventName, responseElements: answer }: Raw) => {
  if (errorCode) return /Denied|Unauthorized/.test(errorCode) ? 'denied' : 'failure';
  if (answer?.[eventName] === 'Failure') return 'failure';
  return eventName === 'ConsoleLogin' && !answer ? 'unknown' : 'success';
};

const agrees = (raws: Raw[], events: ReturnType<LogPeer['events']>) => {
  assert.deepEqual(
    tally(events.map(({ action }) => action)),
    tally(
      raws.map((raw) => `${raw.eventSource.replace(/\.amazonaws\.com$/, '')}.${raw.eventName}`),
    ),
  );
  const parsed = events.map((event) => Value.Decode(EventInput, event));
  assert.deepEqual(tally(parsed.map(({ actor }) => actor.id)), tally(raws.map(rawActor)));
  assert.deepEqual(
    tally(parsed.map(({ outcome }) => outcome?.result)),
    tally(raws.map(rawOutcome)),
  );
};

describe('real CloudTrail samples', () => {
  test('attack simulations: every record, and the counts of the raw files', async (t) => {
    if (!present(t)) return;
    const names = await readdir(join(DATASETS, 'cloudtrail-stratus'));
    const files = names.toSorted().map((name) => join(DATASETS, 'cloudtrail-stratus', name));
    const texts = await Promise.all(files.map((path) => readFile(path, 'utf8')));
    const raws: Raw[] = texts.flatMap((text) => JSON.parse(text));
    await using peer = await startLog();
    const report = await run(peer.client(), files);
    assert.deepEqual(
      [report.read, report.accepted, report.unmapped],
      [raws.length, raws.length, 0],
    );
    agrees(raws, peer.events());
    const again = await run(peer.client(), files);
    assert.deepEqual([again.accepted, again.duplicates], [0, raws.length]);
    for (const event of peer.events()) {
      const { original } = Value.Decode(EventInput, event).metadata ?? {};
      assert(texts.some((text) => text.includes(String(original))));
    }
  });

  test('rule tests: the counts of what can be mapped, and a reason for all else', async (t) => {
    if (!present(t)) return;
    const path = join(DATASETS, 'panther/AWS.CloudTrail.ndjson');
    const text = await readFile(path, 'utf8');
    const raws: Raw[] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).log);
    const usable = raws.filter(isUsable);
    await using peer = await startLog();
    const report = await run(peer.client(), [path], { pick: 'log' });
    assert.deepEqual(
      [report.read, report.mapped, report.unmapped],
      [raws.length, usable.length, raws.length - usable.length],
    );
    // Many of these records were made by copying one, with its id: each is an event all the same.
    const stored = new Map(usable.map((raw) => [JSON.stringify(raw), raw]));
    agrees([...stored.values()], peer.events());
    assert.equal(report.accepted, stored.size);
    assert.deepEqual([report.duplicates, report.rejected], [usable.length - stored.size, 0]);
  });

  test('other products’ records are unmapped, never guessed', async (t) => {
    if (!present(t)) return;
    const products = (await readdir(join(DATASETS, 'panther')))
      .filter((name) => name !== 'AWS.CloudTrail.ndjson')
      .map((name) => join(DATASETS, 'panther', name));
    const report = await run(undefined, products, { pick: 'log' });
    assert(report.read > 1_000);
    // The OneLogin samples hold two records of CloudTrail itself.
    assert(report.mapped <= 2, `${report.mapped} mapped`);
  });
});
