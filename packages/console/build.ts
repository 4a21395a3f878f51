/**
 * Builds the pages into a folder, and packs what they are made of once, so that the server sends it
 * as it is. Run by `console.ts` in a process of its own: the memory that it takes goes with it.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';
import { consoleIn, viewerIn } from './vite.config.ts';

/** Smaller files are not worth a second one. */
const PACKED_LEAST = 1_024;
const PACKED = /\.(js|css|html|svg|json)$/;

async function pack(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < PACKED_LEAST) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, quality));
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('build.ts FOLDER: where the pages are put');
await build(consoleIn(folder));
await build(viewerIn(folder));
for (const name of await readdir(folder, { recursive: true })) {
  if (PACKED.test(name)) await pack(join(folder, name));
}
