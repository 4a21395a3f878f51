/**
 * The one error class of the server: an expected failure with a code from the contract's table.
 * What the caller sees (`detail`, `errors`) and what only the log keeps (`cause`) are apart.
 * Our own bugs are not faults: they are assertions and become `internal`.
 */
import { ERRORS, type ErrorCode } from '@annals/contract/errors';
import type { FieldError, Problem } from '@annals/contract/problem';

/** What a screen needs to say more than words. */
export type FaultAbout = Pick<Problem, 'permission' | 'limit' | 'missing' | 'candidates'>;

interface FaultOptions {
  readonly about?: FaultAbout;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

export class Fault extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly about: FaultAbout;

  /** `detail` is shown to the caller: it names the field and the limit, never a secret. */
  constructor(code: ErrorCode, detail?: string, options: FaultOptions = {}) {
    super(detail ?? ERRORS[code].title, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.about = options.about ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** A body whose value at a path is not one that may be there. */
export const invalidBody = (path: string, detail: string): Fault =>
  new Fault('invalid_body', `${path}: ${detail}`, { errors: [{ path, detail }] });
