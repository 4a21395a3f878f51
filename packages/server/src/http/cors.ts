/**
 * Which requests of other hosts' pages a browser may let through: those with a token of their own,
 * never those by a cookie. Whoever has the token could send it from anywhere, so its holder's page
 * is not asked for its name.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Says nothing of credentials: then a browser sends none, and shows no answer made with them. */
const SHARED = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-request-id, retry-after, annals-notices, content-disposition',
} as const;
const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, last-event-id',
  'access-control-max-age': '7200',
} as const;

/** Headers of an answer to a request with a token; none for any other. */
export const sharedHeaders = ({ headers }: FastifyRequest): Readonly<Record<string, string>> =>
  headers.origin !== undefined && headers.authorization !== undefined ? SHARED : {};

/** What browsers ask before they send a token to another host. */
export function addPreflight(app: FastifyInstance): void {
  app.options('/v1/*', async (request, reply) => {
    if (request.headers['access-control-request-method'] === undefined) {
      return reply.callNotFound();
    }
    return reply.headers(PREFLIGHT).code(204).send();
  });
}
