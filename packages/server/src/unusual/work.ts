/**
 * Watches are looked through in turn, one server at a time each. Owns the lease. Promises: work
 * ends quickly when the server stops, goes on where it was, and finds nothing twice.
 */
import { randomUUID } from 'node:crypto';
import { digestOfView } from '../access/access.ts';
import { Fault } from '../fault.ts';
import { Rounds } from '../rounds.ts';
import { Overtaken, type WatchRow } from '../store/store.ts';
import { whyNot } from './finding-row.ts';
import { fresh, Looking, Stopped } from './looking.ts';
import type { UnusualParts } from './parts.ts';

/** How often it is looked whether an hour is closed, in ms. */
const LOOK_MS = 2_000;
const BEAT_MS = 2_000;
/** Work silent for so long was cut off with its server, in ms. */
export const SILENT_MS = 20_000;
/** After so long it is another one's turn, in ms. */
const TURN_MS = 3_000;
/** What cannot be looked at now is tried again after this time, in ms. */
const AGAIN_MS = { paused: 10 * 60_000, failed: 60_000 } as const;

export class Work {
  readonly #holder = randomUUID();
  readonly #parts: UnusualParts;
  readonly #stop = new AbortController();
  readonly #rounds: Rounds;

  constructor(parts: UnusualParts) {
    this.#parts = parts;
    const failed = 'what is unusual could not be looked for';
    this.#rounds = new Rounds(() => this.#look(), { everyMs: LOOK_MS, log: parts.log, failed });
  }

  start(): void {
    this.#rounds.start();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#rounds.stop();
  }

  /** There may be something to look at. */
  nudge(): void {
    this.#rounds.nudge();
  }

  async #look(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const now = Date.now();
      const worker = { holder: this.#holder, now, silentSince: now - SILENT_MS };
      const row = await this.#parts.store.unusual.claim(worker);
      if (row === undefined) return;
      await this.#turn(row);
    }
  }

  async #turn(row: WatchRow): Promise<void> {
    const { unusual } = this.#parts.store;
    const beat = () => unusual.update(row, { beat_at: Date.now() }).catch(() => false);
    const timer = setInterval(() => void beat(), BEAT_MS);
    try {
      const next_at = await this.#work(row);
      await unusual.update(row, { holder: null, next_at, paused: null });
    } catch (error) {
      // Somebody has turned it off, erased a person, or taken it over: nothing of it is stored.
      if (error instanceof Overtaken) return;
      await this.#after(row, error);
    } finally {
      clearInterval(timer);
    }
  }

  /** Answers when there is more to do. */
  async #work(row: WatchRow): Promise<number> {
    const { store, access } = this.#parts;
    const sight = await access.ownSight({ tenantNo: row.tenant_no }, row.view);
    const reason = whyNot(sight);
    if (reason !== undefined) throw new Fault('view_not_watchable', reason);
    const lens = digestOfView(sight);
    const now = Date.now();
    let watch = row;
    if (lens !== row.lens) {
      const head = await store.heads.byTenant(row.tenant_no);
      const fields = { lens, ...fresh(sight, head?.size ?? 0, now) };
      await store.unusual.renew(row, fields);
      watch = { ...row, ...fields };
    }
    const eyes = { parts: this.#parts, watch, sight, stop: this.#stop.signal };
    const looking = await Looking.begin(eyes);
    while (await looking.step(Date.now())) {
      if (this.#stop.signal.aborted) throw new Stopped();
      if (Date.now() - now > TURN_MS) return now;
    }
    return looking.nextAt(Date.now());
  }

  async #after(row: WatchRow, error: unknown): Promise<void> {
    const { store, log } = this.#parts;
    const { unusual } = store;
    // Whoever starts next goes on at once.
    if (error instanceof Stopped) {
      await unusual.update(row, { holder: null });
      return;
    }
    if (error instanceof Fault && error.code === 'tenant_closed') {
      await unusual.end(row);
      return;
    }
    const isTold = error instanceof Fault && error.status < 500;
    const paused = isTold ? error.message : null;
    const next_at = Date.now() + AGAIN_MS[isTold ? 'paused' : 'failed'];
    if (!isTold) log.warn({ err: error, view: row.view }, 'a watch failed; it is tried again');
    await unusual.update(row, { holder: null, next_at, paused });
  }
}
