/** The machine a result belongs to: results of different machines are never compared. */
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

/** Everything else stays at its default: both databases of the bench have the same. */
export const POSTGRES_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '256MB',
  max_connections: '100',
} as const;

/** File systems in memory, where a sync costs nothing: Linux's tmpfs and ramfs. */
const IN_MEMORY = [0x0102_1994, 0x8584_58f6];
/** Outlives a restart, so it is on a disk where there is one. */
const FOLDERS = ['/var/tmp', tmpdir()];
const SYNCS = 50;
const BLOCK_BYTES = 4_096;

/** A folder on a disk. Throws when there is only memory: durable would mean nothing. */
export const diskFolder = async (): Promise<string> => {
  for (const folder of FOLDERS) {
    const type = await statfs(folder).then(
      (found) => found.type,
      () => undefined,
    );
    if (type !== undefined && !IN_MEMORY.includes(type))
      return mkdtemp(join(folder, 'annals-bench-'));
  }
  throw new Error(`no folder on a disk among ${FOLDERS.join(', ')}`);
};

/** What writing and syncing one block costs, p50 in ms: the floor of every acknowledgement. */
const syncMs = async (folder: string): Promise<number> => {
  const path = join(folder, 'sync');
  const file = await open(path, 'w');
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const times: number[] = [];
  for (let index = 0; index < SYNCS; index += 1) {
    const startMs = performance.now();
    await file.write(block);
    await file.datasync();
    times.push(performance.now() - startMs);
  }
  await file.close();
  await rm(path);
  return times.toSorted((a, b) => a - b)[SYNCS >> 1] ?? Number.NaN;
};

export const machineFacts = async (folder: string) => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  memory_gb: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
  node: process.version,
  sync_p50_ms: Number((await syncMs(folder)).toFixed(3)),
  postgres_settings: POSTGRES_SETTINGS,
});
export type MachineFacts = Awaited<ReturnType<typeof machineFacts>>;
