/**
 * How often somebody may try to sign in, by address and by account, and what is told of failures.
 * In memory, so that strangers write nothing to the disk; each server counts for itself. Bounded.
 */
import { hash } from 'node:crypto';
import { type Kept, keptOf } from '../kept.ts';

/** Failures are counted this long, in ms. */
const WINDOW_MS = 15 * 60_000;
/** Of one address: an office shares one. */
const ADDRESS_MOST = 50;
/** Of one account: with a password of 12 characters nobody guesses it in ten tries. */
const ACCOUNT_MOST = 10;
/** Counters that are kept, about 200 bytes each. */
const COUNTERS_KEPT = 10_000;

interface Counter {
  failures: number;
  readonly until: number;
}

/** What an attempt is about; accounts are kept as a hash. */
export interface Attempt {
  readonly address: string;
  /** The e-mail in lower case, or a person's id; undefined: not known. */
  readonly account?: string | undefined;
}

/** Counts attempts before they are made, so that many at once are no way around it. */
export class Throttle {
  readonly #addresses = keptOf<string, Counter>({ most: COUNTERS_KEPT, ttl: WINDOW_MS });
  readonly #accounts = keptOf<string, Counter>({ most: COUNTERS_KEPT, ttl: WINDOW_MS });

  /** Seconds until the address may try again; 0: now. */
  waitOf({ address }: Attempt): number {
    const counter = this.#addresses.get(networkOf(address));
    if (counter === undefined || counter.failures < ADDRESS_MOST) return 0;
    return Math.max(1, Math.ceil((counter.until - Date.now()) / 1_000));
  }

  /** Counts an attempt as failed; answers whether the account is shut, so that it must fail. */
  begin({ address, account }: Attempt): { readonly isShut: boolean } {
    add(this.#addresses, networkOf(address));
    if (account === undefined) return { isShut: false };
    return { isShut: add(this.#accounts, keyOf(account)) > ACCOUNT_MOST };
  }

  /** The attempt did not fail: it counts no more, and the account is free of earlier ones. */
  succeed({ address, account }: Attempt): void {
    const counter = this.#addresses.get(networkOf(address));
    if (counter) counter.failures--;
    if (account !== undefined) this.#accounts.delete(keyOf(account));
  }
}

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** Whoever has an IPv6 address has 2^64 of them: they count as one. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [start = '', end = ''] = address.split('::');
  const [head, tail] = [start.split(':'), end === '' ? [] : end.split(':')];
  const zeros = address.includes('::') ? Math.max(0, GROUPS - head.length - tail.length) : 0;
  return [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, NETWORK_GROUPS).join(':');
}

const keyOf = (account: string): string => hash('sha256', account, 'base64');

function add(counters: Kept<string, Counter>, key: string): number {
  const known = counters.get(key);
  if (known) return ++known.failures;
  counters.set(key, { failures: 1, until: Date.now() + WINDOW_MS });
  return 1;
}

/** A failure of each address is told at once, those of the next minute together. */
const TELL_MS = 60_000;
const TELLERS_KEPT = 10_000;

/** What is told: the newest of them, and how many there were. */
export type TellFailures<T> = (last: T, count: number) => void;

export class Failures<T> {
  readonly #tell: TellFailures<T>;
  readonly #waiting = keptOf<string, { last: T; count: number; timer: NodeJS.Timeout }>({
    most: TELLERS_KEPT,
    dispose: (one) => this.#flush(one),
  });

  constructor(tell: TellFailures<T>) {
    this.#tell = tell;
  }

  add(address: string, failure: T): void {
    const known = this.#waiting.get(address);
    if (known) {
      known.last = failure;
      known.count++;
      return;
    }
    this.#tell(failure, 1);
    const timer = setTimeout(() => this.#waiting.delete(address), TELL_MS).unref();
    this.#waiting.set(address, { last: failure, count: 0, timer });
  }

  #flush({ last, count, timer }: { last: T; count: number; timer: NodeJS.Timeout }): void {
    clearTimeout(timer);
    if (count > 0) this.#tell(last, count);
  }

  /** Tells what waits. */
  close(): void {
    this.#waiting.clear();
  }
}

/** Passwords are hashed so many at a time, 32 MB each. */
const AT_ONCE = 2;
/** And so many may wait, some seconds at most. */
const WAITING_MOST = 40;

/** Lets a few pieces of work run at a time. */
export class Gate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Undefined: too many wait, and nothing was done. */
  async pass<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_MOST) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      // The place goes to whoever waits; else it is free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
