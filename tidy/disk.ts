/** Reads the house from disk: all code, manifests and prose, nothing that was made or fetched. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode, type TextFile } from './source.ts';

/** Folders that are fetched or made, as `.gitignore` names them. */
const LEFT_OUT = new Set(['node_modules', '.git', 'data', 'dist']);

export async function readTree(root: string, folder = ''): Promise<TextFile[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<TextFile[]> => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : readTree(root, path);
      if (!isCode(path) && !path.endsWith('.md') && entry.name !== 'package.json') return [];
      return [{ path, text: await readFile(join(root, path), 'utf8') }];
    }),
  );
  return found.flat();
}
