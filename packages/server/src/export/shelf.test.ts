/** Files in a folder: whole or not there, and their pieces are the shelf's. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { createGzip } from 'node:zlib';
import { FolderShelf } from './shelf.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-shelf-'));
});
after(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('a file is what was given, though its pieces are taken', async () => {
  const shelf = new FolderShelf(folder);
  const whole = [1, 300_000, 70_000].map((size) => new Uint8Array(randomBytes(size)));
  const part = Buffer.alloc(100, 'a').subarray(10, 20);
  const bytes = Buffer.concat([...whole, part]);
  const kept = await shelf.write('1/plain.1', Readable.from([...whole, part]), signal);
  assert.deepEqual(kept, { bytes: bytes.length, sha256: sha256(bytes) });
  assert.ok(bytes.equals(await buffer(await shelf.read('1/plain.1'))));
  assert.deepEqual(
    whole.map(({ byteLength }) => byteLength),
    [0, 0, 0],
    'their memory is given back',
  );
  assert.equal(part.length, 10, 'what may be of somebody else is not');
});

test('a packed file is whole', async () => {
  const bytes = randomBytes(3_000_000);
  const shelf = new FolderShelf(folder);
  await shelf.write('1/packed.1', Readable.from([bytes]).pipe(createGzip({ level: 1 })), signal);
  const packed = await buffer(await shelf.read('1/packed.1'));
  const unpacked = new Response(
    new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')),
  );
  assert.equal(sha256(new Uint8Array(await unpacked.arrayBuffer())), sha256(bytes));
});

test('nothing is left of a file that is given up, or whose body fails', async () => {
  const shelf = new FolderShelf(folder);
  const stop = new AbortController();
  const body = async function* () {
    yield randomBytes(1_000);
    stop.abort(new Error('given up'));
    yield randomBytes(1_000);
  };
  await assert.rejects(shelf.write('2/half.1', Readable.from(body()), stop.signal), /given up/);
  const failing = async function* () {
    yield randomBytes(1_000);
    throw new Error('no more rows');
  };
  await assert.rejects(shelf.write('2/half.2', Readable.from(failing()), signal), /no more rows/);
  assert.deepEqual(await readdir(join(folder, '2')), []);
});
