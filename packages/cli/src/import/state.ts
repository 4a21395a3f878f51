/**
 * Where an import stands, in a small file, so that a second start goes on where the first one
 * stopped. Promises that a record is only noted when the server has answered for it. Losing the
 * file loses nothing but time: ids are the same each time, so the server knows the events.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandFailed } from '../explain.ts';
import { isObject } from './importer.ts';

/** Whatever makes it another import if it is different. */
export interface ImportIdentity {
  readonly files: ReadonlyArray<{ path: string; bytes: number; modifiedMs: number }>;
  readonly from: string;
  readonly pick: string | undefined;
  readonly tenantId: string;
  readonly project: string | undefined;
  readonly url: string;
}

/** Only for the person who imports: paths may tell something. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

const hashOf = (identity: ImportIdentity): string =>
  createHash('sha256').update(JSON.stringify(identity)).digest('hex');

const defaultPath = (hash: string): string =>
  // Several people may share the folder for temporary files.
  join(tmpdir(), `annals-import-${userInfo().uid}`, `${hash}.json`);

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const readDone = async (path: string, hash: string): Promise<Map<string, number>> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new CommandFailed(`${path} is no state of an import; delete it`, { cause: error });
  }
  const done = isObject(state) ? state['done'] : undefined;
  if (!isObject(state) || !isObject(done)) {
    throw new CommandFailed(`${path} is no state of an import; delete it`);
  }
  if (state['import'] !== hash) {
    throw new CommandFailed(
      `${path} belongs to another import, or a file has changed since; delete it, or name another`,
    );
  }
  return new Map(
    Object.entries(done).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
};

export class ImportState {
  readonly #path: string;
  readonly #hash: string;
  readonly #done: Map<string, number>;

  private constructor(path: string, hash: string, done: Map<string, number>) {
    this.#path = path;
    this.#hash = hash;
    this.#done = done;
  }

  /** Throws `CommandFailed` if the file at `path` is something else or of another import. */
  static async open(path: string | undefined, identity: ImportIdentity): Promise<ImportState> {
    const hash = hashOf(identity);
    const place = path ?? defaultPath(hash);
    return new ImportState(place, hash, await readDone(place, hash));
  }

  /** How many records of the file are done, from its beginning. */
  done(file: string): number {
    return this.#done.get(file) ?? 0;
  }

  async save(file: string, records: number): Promise<void> {
    this.#done.set(file, records);
    const text = JSON.stringify({ import: this.#hash, done: Object.fromEntries(this.#done) });
    await mkdir(dirname(this.#path), { recursive: true, mode: FOLDER_MODE });
    // Renamed into place: stopping here leaves the state before, never half of one.
    const part = `${this.#path}.part`;
    await writeFile(part, text, { mode: FILE_MODE });
    await rename(part, this.#path);
  }

  /** The import is complete. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
