/** Two servers share exports: what one that is killed had begun, the other one finishes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Export, Manifest } from '@annals/contract/exports';
import { parse } from 'csv-parse/sync';
import { ask, makeEvent } from './load.ts';
import {
  ADMIN_KEY,
  type DatabaseServer,
  type ServerProcess,
  startDatabaseServer,
  startServer,
  temporaryFolder,
} from './server-process.ts';

const ROWS = 200_000;
const BATCH = 1_000;
/** How long the servers are left to themselves before one is killed, in ms. */
const ALONE_MS = 2_000;

const FORMS = [
  { format: 'ndjson' },
  { format: 'ndjson', order: 'asc' },
  { format: 'csv' },
  { format: 'ndjson', compression: 'gzip' },
  { format: 'json' },
] as const;

async function get(server: ServerProcess, path: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const answer = await fetch(server.url + path, { headers });
  assert.equal(answer.status, 200, path);
  return Buffer.from(await answer.arrayBuffer());
}

async function record(server: ServerProcess, count: number): Promise<void> {
  for (let made = 0; made < count; made += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, count - made) }, () => makeEvent('big'));
    const { status, text } = await ask(server.url, ADMIN_KEY, '/v1/events', events);
    assert.equal(status, 201, text);
  }
}

/** Sequences of the events in a file, in its order. */
function sequencesIn(text: string, { format }: Pick<Export, 'format'>): number[] {
  if (format === 'csv') {
    const rows: { sequence: string }[] = parse(text, { columns: true });
    return rows.map(({ sequence }) => Number(sequence));
  }
  const of = ({ sequence }: { sequence: number }) => sequence;
  if (format === 'json') return JSON.parse(text).map(of);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => of(JSON.parse(line)));
}

const place = 'tenant_id=big&view=log';

describe('exports of two servers on one PostgreSQL', { timeout: 900_000 }, () => {
  let database: DatabaseServer;
  before(async () => {
    database = await startDatabaseServer();
  });
  after(() => database.close());

  test(`ten of ${ROWS} rows, one server killed twice: ten whole files`, async (t) => {
    const databaseUrl = await database.create();
    const folder = await temporaryFolder(t);
    const env = { ANNALS_EXPORTS: folder };
    const start = () => startServer(t, { databaseUrl, env });
    const left = await start();
    let right = await start();
    await record(left, ROWS);
    const asked: Export[] = [];
    for (const form of [...FORMS, ...FORMS]) {
      const body = { tenant_id: 'big', view: 'log', name: `${asked.length}`, ...form };
      const answer = await ask(left.url, ADMIN_KEY, '/v1/exports', body);
      assert.equal(answer.status, 202, answer.text);
      asked.push(JSON.parse(answer.text));
      await record(left, 100);
    }
    for (let kills = 0; kills < 2; kills++) {
      await sleep(ALONE_MS);
      await right.kill();
      right = await start();
    }
    const of = ({ export_id }: Export, part = '') =>
      `/v1/exports/${export_id}${part}?tenant_id=big`;
    const read = async <T>(one: Export, part = ''): Promise<T> =>
      JSON.parse((await get(left, of(one, part))).toString());
    const made: Export[] = [];
    for (const one of asked) {
      let now = await read<Export>(one);
      for (; now.state === 'waiting' || now.state === 'running'; now = await read<Export>(one)) {
        await sleep(200);
      }
      assert.equal(now.state, 'completed', now.reason ?? '');
      made.push(now);
    }
    const direct = (await get(left, `/v1/events/download?${place}&format=ndjson`)).toString();
    const all = sequencesIn(direct, { format: 'ndjson' });
    for (const one of made) {
      const { log } = await read<Manifest>(one, '/manifest');
      const then = all.filter((sequence) => sequence < log.size);
      const expected = one.order === 'asc' ? then.toReversed() : then;
      const bytes = await get(left, of(one, '/file'));
      assert.equal(one.sha256, createHash('sha256').update(bytes).digest('hex'));
      const text = (one.compression === 'gzip' ? gunzipSync(bytes) : bytes).toString();
      assert.deepEqual(sequencesIn(text, one), expected, one.name);
      assert.equal(one.rows, expected.length);
      if (one.format !== 'ndjson' || one.order === 'asc') continue;
      const lines = direct.split('\n').filter((_, at) => (all[at] ?? Infinity) < log.size);
      assert.equal(text, `${lines.join('\n')}\n`, 'byte for byte what is read directly');
    }
    const files = await readdir(folder, { recursive: true });
    const kept = files.filter((name) => /\.\d+(\.part)?$/.test(name));
    assert.equal(kept.length, made.length, 'nothing of what was cut off is left');
    assert.ok(
      kept.some((name) => !name.endsWith('.1')),
      'a file was cut off, and begun anew',
    );
    for (const server of [left, right]) assert.equal((await server.stop()).code, 0);
  });
});
