/**
 * Outlives the process that started a PostgreSQL server, however that ends: when its standard
 * input closes, it ends the server and removes the folder. Arguments: the folder.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a server may take to end before it is killed, in ms. */
const END_MS = 5_000;
const POLL_MS = 20;

/** The server's process, from the file that it keeps while it runs. */
function serverPid(folder: string): number | undefined {
  try {
    const [line = ''] = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
    return Number.isInteger(Number(line)) && Number(line) > 1 ? Number(line) : undefined;
  } catch {
    return undefined;
  }
}

/** False if the process is gone. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function endServer(folder: string): Promise<void> {
  const pid = serverPid(folder);
  if (pid === undefined || !signal(pid, 'SIGQUIT')) return;
  const deadline = Date.now() + END_MS;
  // It removes its file as the last thing. Its process may stay as a zombie that nobody reaps.
  while (serverPid(folder) === pid && signal(pid, 0)) {
    if (Date.now() > deadline) {
      signal(pid, 'SIGKILL');
      return;
    }
    await sleep(POLL_MS);
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder?');
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
process.stdin.resume();
process.stdin.on('close', async () => {
  await endServer(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(0);
});
