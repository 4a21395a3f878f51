/**
 * Looking for something to do, again and again: now and then, and at once when somebody says that
 * there may be something. One look at a time. A look that fails is told to the log; the next one
 * tries again.
 */
import type { Log } from './log.ts';

export interface RoundsOptions {
  readonly everyMs: number;
  readonly log: Log;
  /** What the log is told of a look that failed. */
  readonly failed: string;
}

export class Rounds {
  readonly #look: () => Promise<unknown>;
  readonly #options: RoundsOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isStopping = false;

  constructor(look: () => Promise<unknown>, options: RoundsOptions) {
    this.#look = look;
    this.#options = options;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** From now on, until it is stopped. */
  start(): void {
    this.nudge();
    this.#timer = setInterval(() => this.nudge(), this.#options.everyMs).unref();
  }

  /** There may be something to do. */
  nudge(): void {
    if (this.#isStopping) return;
    this.#lookAgain = true;
    this.#looking ??= this.#run().finally(() => {
      this.#looking = undefined;
    });
  }

  async #run(): Promise<void> {
    while (this.#lookAgain && !this.#isStopping) {
      this.#lookAgain = false;
      try {
        await this.#look();
      } catch (error) {
        this.#options.log.warn({ err: error }, this.#options.failed);
      }
    }
  }

  /** Resolves when nothing is looked at any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#looking;
  }
}
