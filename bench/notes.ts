/**
 * What all measuring shares: settings, targets, what was found, and how a target is asked.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Definition } from '@annals/contract/definition';
import { type Figures, type Group, median } from './budget.ts';
import type { LoadResult } from './load.ts';
import type { Loader } from './loader.ts';
import type { Cleanup } from './processes.ts';
import { isAnnals, startTarget, type Target, type TargetName } from './targets.ts';

export interface Settings {
  readonly groups: readonly Group[];
  readonly targets: readonly TargetName[];
  readonly events: number;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly roundMs: number;
  readonly sustainedMs: number;
  readonly pageRequests: number;
  readonly questionRequests: number;
}
/** How long a server is left alone before its idle memory is read, in ms. */
export const IDLE_MS = 2_000;
/** How often the follower is asked how far it is, in ms. */
export const LOOK_MS = 200;
export const SUSTAINED = { batch: 100, clients: 16 } as const;

export interface Round extends Partial<LoadResult> {
  readonly row: string;
  readonly target: TargetName;
  readonly peakMb?: number;
  /** Events recorded a second: before, beside and after something. */
  readonly rates?: Readonly<Record<string, number>>;
}
export interface Findings {
  readonly rounds: readonly Round[];
  figures(row: string): Figures;
}

/** Collects what was measured; says each finding as it comes. */
export class Notebook implements Findings {
  readonly rounds: Round[] = [];
  readonly #values = new Map<string, Map<TargetName, number[]>>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  add(row: string, target: TargetName, value: number | undefined): void {
    if (value === undefined) return;
    const ofRow = this.#values.get(row) ?? new Map<TargetName, number[]>();
    this.#values.set(row, ofRow);
    ofRow.set(target, [...(ofRow.get(target) ?? []), value]);
    const shown = value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US');
    this.#say(`${row.padEnd(18)} ${target.padEnd(16)} ${shown}`);
  }

  figures(row: string): Figures {
    const ofRow = this.#values.get(row) ?? new Map<TargetName, number[]>();
    return Object.fromEntries([...ofRow].map(([target, values]) => [target, median(values)]));
  }
}

export interface Bench {
  readonly settings: Settings;
  readonly cleanup: Cleanup;
  readonly folder: string;
  readonly loader: Loader;
  readonly notes: Notebook;
  /** Of the targets started last: read when something fails, before all is removed. */
  readonly logs: Map<TargetName, string>;
}

export const endpointOf = ({ url, headers }: Target) => ({ url, headers });

export const startAll = async (
  { settings, cleanup, folder, logs }: Bench,
  part: string,
  names: readonly TargetName[] = settings.targets,
): Promise<Target[]> => {
  const targets: Target[] = [];
  for (const name of names) {
    const target = await startTarget(cleanup, name, join(folder, `${part}-${name}`));
    targets.push(target);
    logs.set(name, target.logFile);
  }
  return targets;
};

/** Has a group measured on each Annals by itself, if it is wanted. */
export const onEachAnnals = async (
  bench: Bench,
  group: Group,
  work: (bench: Bench, target: Target) => Promise<void>,
): Promise<void> => {
  const { groups, targets } = bench.settings;
  if (!groups.includes(group)) return;
  for (const target of await startAll(bench, group, targets.filter(isAnnals))) {
    await work(bench, target);
    await target.stop();
  }
};

/** Events that the indexes do not have yet. */
export const lagOf = async ({ url }: Target): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^annals_follower_lag_events\{[^}]*\} (\d+)/m.exec(text)?.[1]);
};

/** Waits until the indexes hold everything; answers how long that took, in ms. */
export const untilIndexed = async (target: Target): Promise<number> => {
  const began = performance.now();
  // What was recorded last is told to the follower a moment later.
  await sleep(LOOK_MS);
  while ((await lagOf(target)) > 0) await sleep(LOOK_MS);
  return performance.now() - began;
};

/** Records for so long at a time, beginning with an event; answers how many a second. */
export const recorderOf = (
  { settings, loader }: Pick<Bench, 'settings' | 'loader'>,
  target: Target,
  { durationMs, from }: { readonly durationMs: number; readonly from: number },
): (() => Promise<number>) => {
  let first = from;
  return async () => {
    const result = await loader.perform({
      ...endpointOf(target),
      ...SUSTAINED,
      kind: 'record',
      warmUpMs: settings.warmUpMs,
      durationMs,
      first,
    });
    first = result.next;
    return result.perSecond;
  };
};

/** The JSON of an answer. Throws what a target says that refuses. */
export const askTarget = async (
  { url, headers }: Target,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<unknown> => {
  const answer = await fetch(url + path, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
};

export const define = async (target: Target, definition: Definition): Promise<void> => {
  await askTarget(target, 'PUT', `/v1/projects/${definition.project}`, { definition });
};
