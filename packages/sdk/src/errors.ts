/**
 * The errors a caller can meet: one class for each thing that a caller can do about it. Every
 * one is an `AnnalsError`; `code` is the contract's, or one of `LocalCode` for what never
 * reached a server or came back unreadable.
 */
import type { ErrorCode } from '@annals/contract/errors';
import type { Candidate, FieldError, Problem, Rejection } from '@annals/contract/problem';
import type { RecordResult } from '@annals/contract/routes';

/** What can go wrong on this side of the wire. */
export type LocalCode = 'network' | 'timeout' | 'closed' | 'unexpected_answer';

/** What an `AnnalsError` is made of. */
export interface ErrorFacts {
  readonly code: ErrorCode | LocalCode;
  readonly detail: string;
  /** HTTP status; null when no answer came. */
  readonly status?: number | null;
  readonly errors?: readonly FieldError[];
  readonly permission?: string | null;
  readonly limit?: string | null;
  readonly missing?: readonly string[];
  readonly candidates?: readonly Candidate[];
  readonly requestId?: string | null;
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** Base of every error of this package, and the error itself when the server is at fault (500). */
export class AnnalsError extends Error {
  /** What happened: a code of the contract's table, or a `LocalCode`. */
  readonly code: ErrorCode | LocalCode;
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  /** A sentence for people. */
  readonly detail: string;
  /** Each bad field, where the server named them. */
  readonly errors: readonly FieldError[];
  /** What the product calls the right that is missing, where it has a name. */
  readonly permission: string | null;
  /** Of `window_too_long`: the longest range that the view answers, as in `P90D`. */
  readonly limit: string | null;
  /** Filters, plans or add-ons that are missing. */
  readonly missing: readonly string[];
  /** Of `record_ambiguous`: those that have the name. */
  readonly candidates: readonly Candidate[];
  /** Names the request in the server's log; quote it to whoever runs the server. */
  readonly requestId: string | null;
  /** True if the same call may succeed later. */
  readonly retryable: boolean;
  /** What was recorded before this error: set when a recording took several requests. */
  recorded?: RecordResult;

  constructor(facts: ErrorFacts) {
    super(
      `${facts.detail} (${facts.code})`,
      facts.cause === undefined ? {} : { cause: facts.cause },
    );
    this.name = new.target.name;
    this.code = facts.code;
    this.status = facts.status ?? null;
    this.detail = facts.detail;
    this.errors = facts.errors ?? [];
    this.permission = facts.permission ?? null;
    this.limit = facts.limit ?? null;
    this.missing = facts.missing ?? [];
    this.candidates = facts.candidates ?? [];
    this.requestId = facts.requestId ?? null;
    this.retryable = facts.retryable ?? false;
  }
}

/** The key is missing, unknown, expired or revoked: use another key. */
export class AuthenticationError extends AnnalsError {}
/** The key may not do this: ask for a key with the permission. */
export class NotAllowedError extends AnnalsError {}
/** The call itself is wrong: change what is sent. */
export class InvalidRequestError extends AnnalsError {}
/** There is no such thing, or not for this key. */
export class NotFoundError extends AnnalsError {}
/** What is stored disagrees with the call: read it, then decide. */
export class ConflictError extends AnnalsError {}
/** The server could not be reached or had no room, also after every retry: try later. */
export class UnavailableError extends AnnalsError {}

/** This event was refused, others of its request were not: correct the event. */
export class EventRejectedError extends AnnalsError {
  /** JSON Pointer of the field at fault, or empty. */
  readonly path: string;

  constructor(rejection: Pick<Rejection, 'code' | 'detail' | 'path'>) {
    super({ code: rejection.code, detail: rejection.detail, status: 400 });
    this.path = rejection.path;
  }
}

/** More events wait than this client keeps: slow down, or give the event to something else. */
export class QueueFullError extends AnnalsError {
  constructor(limit: string) {
    super({
      code: 'queue_full',
      detail: `The client's queue is full (${limit}); the event was not taken`,
      retryable: true,
    });
  }
}

/** `close()` was called: make another client. */
export class ClientClosedError extends AnnalsError {
  constructor() {
    super({ code: 'closed', detail: 'The client is closed; the event was not taken' });
  }
}

const CLASS_OF_STATUS: Readonly<Record<number, typeof AnnalsError>> = {
  400: InvalidRequestError,
  401: AuthenticationError,
  403: NotAllowedError,
  404: NotFoundError,
  405: InvalidRequestError,
  409: ConflictError,
  413: InvalidRequestError,
  415: InvalidRequestError,
  422: InvalidRequestError,
  429: UnavailableError,
  502: UnavailableError,
  503: UnavailableError,
  504: UnavailableError,
};
/** 503 for as long as nobody acts: asking again helps nobody. */
const HALTED: ErrorCode = 'ledger_halted';

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';

/** The error for an answer that is not a success; `body` is its parsed JSON, or undefined. */
export const errorFromAnswer = (
  status: number,
  body: unknown,
  requestId: string | null,
): AnnalsError => {
  if (!isProblem(body)) {
    const known = CLASS_OF_STATUS[status];
    const Kind = known === UnavailableError ? UnavailableError : AnnalsError;
    return new Kind({
      code: 'unexpected_answer',
      detail: `The answer (HTTP ${status}) is not one of an Annals server; check the URL`,
      status,
      requestId,
      retryable: Kind === UnavailableError,
    });
  }
  const halted = body.code === HALTED;
  const Kind = halted ? AnnalsError : (CLASS_OF_STATUS[status] ?? AnnalsError);
  return new Kind({
    code: body.code,
    detail: body.detail ?? body.title,
    status,
    errors: body.errors ?? [],
    permission: body.permission ?? null,
    limit: body.limit ?? null,
    missing: body.missing ?? [],
    candidates: body.candidates ?? [],
    requestId: body.request_id ?? requestId,
    retryable: Kind === UnavailableError,
  });
};
