/** Files in a bucket: against a server that speaks S3, by the shelf alone and by a whole server. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Export } from '@annals/contract/exports';
import S3rver from 's3rver';
import { exported } from '../../test/exporting.ts';
import { sampleEvents, startTestApp } from '../../test/harness.ts';
import { S3Shelf } from './s3-shelf.ts';

const BUCKET = 'exports';
/** More than one part. */
const LARGE = 20 * 1_024 * 1_024;

let folder: string;
let server: S3rver;
let endpoint: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-s3-'));
  server = new S3rver({
    ...{ address: '127.0.0.1', port: 0, silent: true, directory: folder },
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port } = (await server.run()) as AddressInfo;
  endpoint = `http://127.0.0.1:${port}`;
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const settings = () => ({
  ...{ bucket: BUCKET, region: 'eu-central-1', endpoint, prefix: 'annals/' },
  ...{ access_key_id: 'S3RVER', secret_access_key: 'S3RVER', encryption: 'AES256', links: true },
});
const shelf = () => {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, ...rest } = settings();
  return new S3Shelf({ ...rest, accessKeyId, secretAccessKey });
};
const inPieces = (bytes: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    })(),
  );
const { signal } = new AbortController();
const namesIn = async () =>
  (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('_object'));

describe('a bucket', () => {
  test('has a file as it was written, in one part or several', async () => {
    const bucket = shelf();
    for (const bytes of [Buffer.alloc(0), randomBytes(1_000), randomBytes(LARGE)]) {
      const kept = await bucket.write('1/one.1', inPieces(bytes), signal);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      assert.deepEqual(kept, { bytes: bytes.length, sha256 });
      assert.ok((await buffer(await bucket.read('1/one.1'))).equals(bytes));
    }
    await bucket.remove('1/one.1');
    await bucket.remove('1/one.1');
    await assert.rejects(bucket.read('1/one.1'));
    await bucket.close();
  });

  test('has nothing of a file that was given up', async () => {
    const bucket = shelf();
    const stop = new AbortController();
    const body = async function* () {
      for (let part = 0; part < 30; part++) {
        if (part === 20) stop.abort(new Error('given up'));
        yield randomBytes(1_024 * 1_024);
      }
    };
    await assert.rejects(bucket.write('1/half.1', Readable.from(body()), stop.signal), /given up/);
    await bucket.remove('1/half.1');
    assert.deepEqual(await namesIn(), []);
    await bucket.close();
  });

  test('leads a browser to a file by its name, for five minutes', async () => {
    const bucket = shelf();
    await bucket.write('1/two.1', Readable.from([Buffer.from('a,b\r\n')]), signal);
    const as = { fileName: 'Prüfung März.csv', contentType: 'text/csv' };
    const link = new URL((await bucket.link('1/two.1', as)) ?? '');
    assert.equal(link.searchParams.get('X-Amz-Expires'), '300');
    const answer = await fetch(link);
    assert.equal(await answer.text(), 'a,b\r\n');
    assert.match(answer.headers.get('content-disposition') ?? '', /Pr%C3%BCfung%20M%C3%A4rz\.csv/);
    await bucket.remove('1/two.1');
    await bucket.close();
  });
});

test('a server keeps its exports there, and takes them away again', async (t) => {
  const env = { ANNALS_S3: JSON.stringify(settings()) };
  const app = await startTestApp({ dialect: 'sqlite', settings: env });
  t.after(() => app.stop());
  await app.record('acme', sampleEvents(50));
  const body = { tenant_id: 'acme', format: 'ndjson' };
  const asked = await app.admin<Export>('POST', '/v1/exports', body);
  const made = await exported(app, asked.json);
  const path = `/v1/exports/${made.export_id}/file?tenant_id=acme`;
  const headers = { authorization: `Bearer ${app.adminKey}` };
  const bytes = Buffer.from(await (await fetch(app.url + path, { headers })).arrayBuffer());
  assert.equal(createHash('sha256').update(bytes).digest('hex'), made.sha256);
  const led = await fetch(app.url + path, {
    headers: { ...headers, accept: 'text/html,*/*' },
    redirect: 'manual',
  });
  assert.equal(led.status, 302);
  const there = await fetch(led.headers.get('location') ?? '');
  assert.ok(Buffer.from(await there.arrayBuffer()).equals(bytes));
  assert.equal((await namesIn()).length, 1);
  await app.sql('UPDATE export SET expires_at = 1');
  while ((await namesIn()).length > 0) await sleep(20);
});
