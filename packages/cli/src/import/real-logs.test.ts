/**
 * Real logs through the real way: all CloudTrail samples are imported into a real server, agree
 * with a count over the raw files, are stored once however often they are imported, and come out
 * again as CSV and NDJSON.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ReadEvent } from '@annals/contract/event';
import { createClient } from '@annals/sdk';
import { parse } from 'csv-parse/sync';
import { onBothDatabases } from '../../../server/test/harness.ts';
import { testTerminal } from '../../test/terminal.ts';
import { exportEvents } from '../export.ts';
import { importFiles } from './import.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const DATASETS = resolve(ROOT, process.env['ANNALS_DATASETS'] ?? '../shared/datasets');
const ABSENT = `no samples in ${DATASETS}: set ANNALS_DATASETS to run this`;

type RawRecord = Record<string, unknown> & {
  eventSource?: string;
  eventName?: string;
  eventTime?: string;
  errorCode?: string;
  errorMessage?: string;
  userIdentity?: { arn?: string; type?: string };
  responseElements?: { ConsoleLogin?: string } | null;
};

const stratusFiles = (): string[] => {
  const folder = join(DATASETS, 'cloudtrail-stratus');
  return readdirSync(folder).map((name) => join(folder, name));
};
const stratusRecords = (): RawRecord[] =>
  stratusFiles().flatMap((path): RawRecord[] => JSON.parse(readFileSync(path, 'utf8')));

/** Different records: the same text twice is one event. */
const different = (records: readonly RawRecord[]): RawRecord[] => [
  ...new Map(records.map((record) => [JSON.stringify(record), record])).values(),
];

const counts = (values: readonly string[]): [string, number][] =>
  [...Map.groupBy(values, (value) => value)]
    .map(([value, all]): [string, number] => [value, all.length])
    .sort(([left], [right]) => (left < right ? -1 : 1));

const rawAction = ({ eventSource = '', eventName = '' }: RawRecord): string =>
  `${eventSource.replace('.amazonaws.com', '')}.${eventName}`;
const rawFailed = ({ errorCode, errorMessage, responseElements }: RawRecord): string =>
  errorCode || errorMessage || responseElements?.ConsoleLogin === 'Failure' ? 'not' : 'success';
const failed = ({ outcome }: ReadEvent): string =>
  outcome?.result === 'success' ? 'success' : 'not';

onBothDatabases('real logs', (open, dialect) => {
  const everything = async (tenantId: string) => {
    const app = await open();
    const client = createClient({ url: app.url, key: app.adminKey });
    const events: ReadEvent[] = [];
    for await (const event of client.events.all({ tenant_id: tenantId })) events.push(event);
    return { client, events };
  };
  const importAll = async (tenantId: string, files: readonly string[], pick?: string) => {
    const { url, adminKey } = await open();
    const folder = await mkdtemp(join(tmpdir(), 'annals-import-test-'));
    try {
      return await importFiles({
        client: createClient({ url, key: adminKey }),
        terminal: testTerminal(),
        files,
        from: 'cloudtrail',
        tenantId,
        pick,
        statePath: join(folder, 'state.json'),
        project: undefined,
        url,
        signal: new AbortController().signal,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test('all samples of one product agree with their files, and are stored once', async (t) => {
    if (!existsSync(DATASETS)) return t.skip(ABSENT);
    const records = different(stratusRecords());
    const report = await importAll('stratus', stratusFiles());
    assert.equal(report.unmapped, 0, JSON.stringify(report));
    assert.equal(report.rejected, 0, JSON.stringify(report));
    assert.equal(report.accepted, records.length);
    const { events } = await everything('stratus');
    assert.deepEqual(counts(events.map(({ action }) => action)), counts(records.map(rawAction)));
    assert.deepEqual(counts(events.map(failed)), counts(records.map(rawFailed)));
    const arns = records.flatMap(({ userIdentity }) => userIdentity?.arn ?? []);
    const known = new Set(arns);
    const actors = events.flatMap(({ actor }) => (known.has(String(actor.id)) ? [actor.id] : []));
    const issued = arns.filter((arn) => actors.includes(arn));
    assert.deepEqual(counts(actors.map(String)), counts(issued));
    const again = await importAll('stratus', stratusFiles());
    assert.equal(again.accepted, 0);
    assert.equal(again.duplicates, report.read);
    assert.equal((await everything('stratus')).events.length, records.length);
  });

  test('records that carry one id are all stored, and once', async (t) => {
    const file = join(DATASETS, 'panther', 'AWS.CloudTrail.ndjson');
    if (!existsSync(file)) return t.skip(ABSENT);
    const report = await importAll('panther', [file], 'log');
    assert.equal(report.rejected, 0, JSON.stringify(report));
    const { events } = await everything('panther');
    assert.equal(events.length, report.accepted);
    assert.equal(Number(report.accepted) + Number(report.duplicates), report.mapped);
    const again = await importAll('panther', [file], 'log');
    assert.equal(again.accepted, 0);
  });

  test('they come out again as CSV and NDJSON', async (t) => {
    if (!existsSync(DATASETS)) return t.skip(ABSENT);
    const { client, events } = await everything('stratus');
    const folder = await mkdtemp(join(tmpdir(), 'annals-export-test-'));
    const take = async (format: 'csv' | 'ndjson') => {
      const out = join(folder, `log.${format}`);
      await exportEvents({
        client,
        terminal: testTerminal(),
        query: { tenant_id: 'stratus', format },
        out,
        signal: new AbortController().signal,
      });
      return await readFile(out, 'utf8');
    };
    try {
      const lines = (await take('ndjson')).trimEnd().split('\n');
      assert.deepEqual(
        lines.map((line) => JSON.parse(line) as unknown),
        events,
        dialect,
      );
      const rows: Record<string, string>[] = parse(await take('csv'), { columns: true });
      assert.deepEqual(
        rows.map((row) => [row['id'], row['action'], row['metadata']]),
        events.map(({ id, action, metadata }) => [id, action, JSON.stringify(metadata)]),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
