/**
 * Every error that crosses the wire: code, HTTP status, title, and whether the same request may
 * succeed later. One table; the docs and the SDK's types come from it.
 */
import Type, { type Static } from 'typebox';

interface ErrorKind {
  readonly status: number;
  readonly title: string;
  /** True if sending the same request again, later, may succeed. */
  readonly retryable: boolean;
}

const kind = (status: number, title: string, retryable = false): ErrorKind => ({
  status,
  title,
  retryable,
});

export const ERRORS = {
  invalid_json: kind(400, 'The body is not valid JSON'),
  invalid_body: kind(400, 'The body does not have the expected form'),
  invalid_query: kind(400, 'A parameter does not have the expected form'),
  invalid_search: kind(400, 'The query cannot be read'),
  invalid_event: kind(400, 'The event does not have the expected form'),
  invalid_cursor: kind(400, 'The cursor is not one of this server, or belongs to another query'),
  event_too_large: kind(400, 'The event is larger than the limit'),
  id_conflict: kind(409, 'Another event with this id is stored'),
  too_many_events: kind(413, 'The request holds more events than the limit'),
  body_too_large: kind(413, 'The body is larger than the limit'),
  unsupported_media_type: kind(415, 'The content type is not supported'),
  unsupported_encoding: kind(415, 'The content encoding is not supported'),
  unauthenticated: kind(401, 'A valid API key is required'),
  forbidden: kind(403, 'The key does not have the permission'),
  not_found: kind(404, 'Not found'),
  method_not_allowed: kind(405, 'The method is not allowed here'),
  tenant_unknown: kind(404, 'The tenant does not exist'),
  tenant_not_allowed: kind(403, 'The key may not write for this tenant'),
  rate_limited: kind(429, 'Too many requests with this key', true),
  queue_full: kind(503, 'More events are waiting than can be recorded now', true),
  storage_unavailable: kind(503, 'The database does not answer', true),
  storage_full: kind(503, 'The storage is full', true),
  too_slow: kind(503, 'The question took longer than the limit', true),
  stopping: kind(503, 'The server is stopping', true),
  ledger_halted: kind(503, 'Recording for this tenant is halted: its ledger needs an operator'),
  internal: kind(500, 'An internal error occurred'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as readonly string[];
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

const Code = Type.Unsafe<ErrorCode>({ type: 'string', enum: ERROR_CODES });

/** One bad field: `path` is a JSON Pointer into the body, or the name of a parameter. */
export const FieldError = Type.Object({
  path: Type.String(),
  detail: Type.String(),
  position: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Of a query: characters before the place at fault.' }),
  ),
  expected: Type.Optional(Type.String({ description: 'Of a query: what could stand there.' })),
  hint: Type.Optional(Type.String({ description: 'Of a query: what to write instead.' })),
});
export type FieldError = Static<typeof FieldError>;

/** RFC 9457 problem details: the body of every error, `application/problem+json`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Always `about:blank`; `code` tells the kind.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Code,
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(FieldError)),
    request_id: Type.String({ description: 'Quote it to support; it stands in the log.' }),
  },
  { description: 'RFC 9457 problem details' },
);
export type Problem = Static<typeof Problem>;

/** Why one event of a request was not accepted. */
export const Rejection = Type.Object({
  index: Type.Integer({ minimum: 0, description: 'Position in the request, from 0.' }),
  id: Type.Optional(Type.String()),
  code: Code,
  detail: Type.String(),
  path: Type.String({ description: 'JSON Pointer of the field at fault, or empty.' }),
});
export type Rejection = Static<typeof Rejection>;
