/**
 * Everything the bench starts or makes, so that it also ends: processes, folders, databases.
 * Promises: `close` undoes all in reverse order, once, also when several ask at the same time.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a process may take to end by itself before it is killed, in ms. */
const STOP_MS = 15_000;
/** How long a server may take until it answers, in ms. */
const START_MS = 30_000;
/** Characters of a failed process's output that are shown. */
const SHOWN = 2_000;

/** The end of what a process printed. */
export const lastWords = (logFile: string): string => readFileSync(logFile, 'utf8').slice(-SHOWN);

export interface Cleanup {
  /** `undo` runs at `close`; calling what this returns runs it earlier instead. */
  add(undo: () => Promise<void>): () => Promise<void>;
  close(): Promise<void>;
}

export const createCleanup = (): Cleanup => {
  const entries: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (let undo = entries.pop(); undo !== undefined; undo = entries.pop()) {
      await undo().catch((error: unknown) => console.error(error));
    }
  };
  return {
    add(undo) {
      entries.push(undo);
      return async () => {
        const index = entries.indexOf(undo);
        if (index === -1) return;
        entries.splice(index, 1);
        await undo();
      };
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
};

/** Ends a process: first by this signal, after `STOP_MS` by force. */
export const endProcess = async (
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(force);
};

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  /** What it prints goes here. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly signal?: NodeJS.Signals;
  /** It reads standard input and ends when this process does. */
  readonly watchesInput?: boolean;
}
export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  stop(): Promise<void>;
}

export const startProcess = (cleanup: Cleanup, start: Start): Started => {
  const log = openSync(start.logFile, 'a');
  const stdio: StdioOptions = [start.watchesInput === true ? 'pipe' : 'ignore', log, log];
  const child = spawn(start.command, start.args, { env: start.env ?? {}, stdio, ...start.user });
  closeSync(log);
  // Without a listener an error of `spawn` would end the bench before its cleanup.
  child.once('error', (error) => console.error(error));
  const stop = cleanup.add(() => endProcess(child, start.signal));
  if (child.pid === undefined) throw new Error(`${start.command} could not be started`);
  return { child, pid: child.pid, stop };
};

/** Waits until `isUp`; throws with the end of the log when the process ends or takes too long. */
export const waitUntilUp = async (
  { child }: Started,
  logFile: string,
  isUp: () => Promise<boolean>,
): Promise<void> => {
  const deadline = Date.now() + START_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if (await isUp().catch(() => false)) return;
    await sleep(50);
  }
  const ended = child.exitCode === null ? 'did not answer in time' : `ended (${child.exitCode})`;
  throw new Error(`${child.spawnargs.slice(0, 3).join(' ')} ${ended}:\n${lastWords(logFile)}`);
};

export const isHealthy = (url: string) => async (): Promise<boolean> => {
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1_000) });
  await response.arrayBuffer();
  return response.ok;
};
