/** The server's side of the follower: starts its thread, tells it what moved, asks how it is. */
import { busyLoop } from '../busy.ts';
import { Fault } from '../fault.ts';
import type { LogLevel } from '../log.ts';
import type { RevisionAsked } from '../revision.ts';
import type { FollowerConfig } from '../store/store.ts';
import { Thread } from '../thread.ts';
import type { FollowCalls, FollowerState } from './follow.ts';
import type { Prepared } from './rederive.ts';

export interface FollowerSettings {
  readonly config: FollowerConfig;
  readonly logLevel: LogLevel;
}

/** A batch lives until it is stored: with less room the collector copies it again and again. */
const YOUNG_MB = 48;
/**
 * What it knows and two batches are about 60 MB, of large events 150. Without a limit the collector
 * waits for twice as much garbage.
 */
const OLD_MB = 512;
/** What moved is told together, this often at most, in ms. */
const TELL_MS = 50;
/** A follower that ended is started again after so long, in ms. */
const RESTART_MS = 2_000;

const NONE: FollowerState = { isActive: false, lag: 0 };

export class Followers {
  readonly #settings: FollowerSettings;
  readonly #moved = new Map<number, number>();
  #thread: Thread<FollowCalls> | undefined;
  #tellTimer: NodeJS.Timeout | undefined;
  readonly #isBusy = busyLoop();
  #restartTimer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(settings: FollowerSettings) {
    this.#settings = settings;
  }

  start(): void {
    const { config, logLevel } = this.#settings;
    this.#restartTimer = undefined;
    this.#thread = new Thread({
      file: new URL('./follow-worker.ts', import.meta.url),
      data: { config, logLevel } satisfies FollowerSettings,
      youngMb: YOUNG_MB,
      oldMb: OLD_MB,
    });
  }

  /** A log has become longer here. */
  moved(tenantNo: number, size: number): void {
    this.#moved.set(tenantNo, size);
    this.#tellTimer ??= setTimeout(() => this.#tell(), TELL_MS).unref();
  }

  #tell(): void {
    this.#tellTimer = undefined;
    const sizes = [...this.#moved];
    this.#moved.clear();
    this.#thread
      ?.ask({ kind: 'moved', sizes, isBusy: this.#isBusy() })
      .catch(() => this.#restart());
  }

  /** It sweeps all logs when it starts: what was told to the one that ended is not lost. */
  #restart(): void {
    if (this.#isStopping || this.#restartTimer || !this.#thread?.isDead) return;
    this.#restartTimer = setTimeout(() => this.start(), RESTART_MS).unref();
  }

  /** Throws if the thread has ended. */
  async state(): Promise<FollowerState> {
    return this.#thread ? await this.#thread.ask({ kind: 'state' }) : NONE;
  }

  /** Has what is derived for a tenant made anew; the cursors tell how far it is. */
  async renew(tenantNo: number): Promise<void> {
    await this.#thread?.ask({ kind: 'renew', tenantNo });
  }

  /**
   * Prepares a change of stored events: what is derived from them follows it. Each call must be
   * followed by one of `settle`; until then nothing is derived here.
   */
  async prepare(asked: RevisionAsked): Promise<Omit<Prepared, 'later'>> {
    if (this.#thread === undefined || this.#isStopping) throw new Fault('stopping');
    return await this.#thread.ask({ kind: 'prepare', ...asked });
  }

  /** Whether the change that was prepared is stored now. */
  async settle(_tenantNo: number, isStored: boolean): Promise<void> {
    await this.#thread?.ask({ kind: 'settle', isStored });
  }

  /** What was taken from events is then in no file of the indexes any more. */
  async scrub(): Promise<void> {
    if (this.#thread === undefined || this.#isStopping) throw new Fault('stopping');
    await this.#thread.ask({ kind: 'scrub' });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#tellTimer);
    clearTimeout(this.#restartTimer);
    const thread = this.#thread;
    if (thread === undefined) return;
    if (!thread.isDead) await thread.ask({ kind: 'stop' }).catch(() => undefined);
    await thread.end();
  }
}
