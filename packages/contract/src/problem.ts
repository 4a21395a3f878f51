/** How errors look on the wire: problem details, bad fields, refused events. */
import Type, { type Static } from 'typebox';
import { ERROR_CODES, type ErrorCode } from './errors.ts';

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

/** One of several that have the same name. */
const Candidate = Type.Object({
  type: Type.String(),
  id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  last_seen: Type.String(),
});
export type Candidate = Static<typeof Candidate>;

/** RFC 9457 problem details: the body of every error, `application/problem+json`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Always `about:blank`; `code` tells the kind.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Code,
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(FieldError)),
    permission: Type.Optional(
      Type.String({ description: 'What the product calls the right that is missing.' }),
    ),
    limit: Type.Optional(
      Type.String({ description: 'Of `window_too_long`: the longest range, as in `P90D`.' }),
    ),
    missing: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Filters, plans or add-ons that are missing; of plans, one is enough.',
      }),
    ),
    candidates: Type.Optional(
      Type.Array(Candidate, { description: 'Of `record_ambiguous`: those that have the name.' }),
    ),
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
