/** Every error as `application/problem+json`; a 500 says nothing more than its id. */
import { ERRORS, type ErrorCode } from '@annals/contract/errors';
import type { FieldError, Problem } from '@annals/contract/problem';
import { describeShapeErrors, type ShapeError } from '@annals/contract/shape-errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../fault.ts';

/** Fastify's own errors that a client can cause. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_body',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_body',
  FST_ERR_BAD_URL: 'invalid_query',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid_query',
};
const PLACES = new Map<string, string>([
  ['querystring', 'parameter'],
  ['params', 'parameter'],
  ['headers', 'header'],
  ['body', 'body'],
]);

function fromValidation(error: FastifyError): Fault {
  const place = PLACES.get(error.validationContext ?? '') ?? 'body';
  const shapeErrors = (error.validation ?? []).map(
    ({ message = 'does not have the expected form', ...rest }): ShapeError => ({
      ...rest,
      message,
    }),
  );
  const described = describeShapeErrors(shapeErrors);
  const errors = described.map(
    ({ path, detail }): FieldError => ({
      path: place === 'body' ? path : path.slice(1),
      detail,
    }),
  );
  const [first] = errors;
  const detail = first && `${place === 'body' ? 'body ' : ''}${first.path}: ${first.detail}`;
  return new Fault(place === 'body' ? 'invalid_body' : 'invalid_query', detail, { errors });
}

/** Why work for a client ended that is no longer there. */
export class ClientLeft extends Error {}

/** What the caller may be told of an error. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (!(error instanceof Error)) return new Fault('internal', undefined, { cause: error });
  const fastify = error as FastifyError;
  if (fastify.validation) return fromValidation(fastify);
  const code = FASTIFY_CODES[fastify.code];
  if (code) return new Fault(code, undefined, { cause: error });
  const isClients = fastify.statusCode !== undefined && fastify.statusCode < 500;
  return new Fault(isClients ? 'invalid_body' : 'internal', undefined, { cause: error });
}

/** Sends the problem; the log keeps the cause of those that are ours. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof ClientLeft) {
    reply.raw.destroy();
    return;
  }
  const fault = toFault(error);
  const { title, status } = ERRORS[fault.code];
  if (ERRORS[fault.code].retryable) {
    // One line, without a stack: a full disk refuses hundreds of requests a second.
    const reason = fault.cause instanceof Error ? fault.cause.message : undefined;
    request.log.warn({ code: fault.code, reason }, 'request refused');
  } else if (status >= 500) {
    request.log.error({ err: fault.cause ?? fault, code: fault.code }, 'request failed');
  }
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', fault.retryAfterSeconds);
  if (status === 503 && fault.retryAfterSeconds === undefined) reply.header('retry-after', 1);
  if (fault.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  const problem: Problem = {
    type: 'about:blank',
    title,
    status,
    code: fault.code,
    ...(fault.detail === undefined ? {} : { detail: fault.detail }),
    ...(fault.errors.length === 0 ? {} : { errors: [...fault.errors] }),
    ...fault.about,
    request_id: request.id,
  };
  reply.code(status).type('application/problem+json').send(JSON.stringify(problem));
}
