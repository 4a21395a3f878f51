/** Lets one in at a time, in the order in which they came. */
export class Gate {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is one's turn; the next one is let in when the answer is called. */
  async enter(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
