/**
 * Every error that crosses the wire: code, HTTP status, title, and whether the same request may
 * succeed later. One table; the docs and the SDK's types come from it. Every thread loads it, so
 * it stands without a schema; how errors look on the wire is in `problem.ts`.
 */

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
  invalid_definition: kind(422, 'The definition of the project cannot be used'),
  version_conflict: kind(409, 'The project has been changed meanwhile'),
  action_unknown: kind(400, 'The project’s catalog does not have this action'),
  id_conflict: kind(409, 'Another event with this id is stored'),
  too_many_events: kind(413, 'The request holds more events than the limit'),
  body_too_large: kind(413, 'The body is larger than the limit'),
  unsupported_media_type: kind(415, 'The content type is not supported'),
  unsupported_encoding: kind(415, 'The content encoding is not supported'),
  unauthenticated: kind(401, 'A valid API key is required'),
  sign_in_refused: kind(401, 'E-mail, password or code is wrong'),
  link_invalid: kind(404, 'The link has been used, has run out, or is not of this server'),
  password_refused: kind(422, 'The password cannot be used'),
  origin_refused: kind(403, 'The request does not come from a page of this server'),
  provider_unavailable: kind(503, 'The single sign-on does not answer', true),
  forbidden: kind(403, 'The permission for this is missing'),
  view_not_granted: kind(403, 'None of your roles has the view'),
  capability_not_granted: kind(403, 'None of your roles may do this with the view'),
  audit_not_enabled: kind(403, 'Audit logs are not enabled for this tenant'),
  plan_required: kind(403, 'Audit logs are not part of the tenant’s plan'),
  addon_required: kind(403, 'Audit logs need an add-on that the tenant does not have'),
  demo_tenant: kind(403, 'Demo tenants have no audit log'),
  prerequisite_missing: kind(422, 'Audit logs cannot be enabled for this tenant'),
  window_too_long: kind(422, 'The range is longer than the view allows'),
  filter_required: kind(422, 'The view searches only with certain filters'),
  filter_value_unknown: kind(422, 'The catalog does not have this value'),
  record_ambiguous: kind(422, 'Several have this name'),
  subject_required: kind(422, 'The view is the log of one actor or one record'),
  format_not_offered: kind(422, 'The view does not offer this format'),
  tail_not_offered: kind(422, 'A view with a delay has no live tail'),
  view_not_watchable: kind(422, 'The view cannot be watched for what is unusual'),
  export_not_ready: kind(409, 'The export has no file to fetch'),
  export_outdated: kind(409, 'The view shows other things than when the file was asked for'),
  erasure_not_confirmed: kind(409, 'The erasure is not one that a dry run has shown'),
  erasure_not_resumable: kind(409, 'The erasure is not one that was stopped'),
  not_found: kind(404, 'Not found'),
  method_not_allowed: kind(405, 'The method is not allowed here'),
  tenant_unknown: kind(404, 'The tenant does not exist'),
  tenant_closed: kind(409, 'The tenant is closed'),
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
