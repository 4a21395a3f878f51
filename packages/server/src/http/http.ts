/**
 * HTTP in and out. Owns authentication, size and shape checks, problem+json, rate limits, security
 * headers and the API's own description. Promises: a request that reaches a module is
 * authenticated and has the contract's form; every error has a code from the table and an id.
 * No rule of the product lives here.
 */
import { randomBytes } from 'node:crypto';
import { LIMITS } from '@annals/contract/event';
import { openApiDocument } from '@annals/contract/openapi';
import { ROUTES, type Route, type RouteName } from '@annals/contract/routes';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import {
  type Caller,
  chooseSeat,
  isPerson,
  type Principal,
  principalAt,
} from '../access/access.ts';
import type { Config } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import {
  type Browser,
  clearing,
  isLoopback,
  outgoing,
  readCookies,
  sessionToken,
} from '../sign-in/sign-in.ts';
import { decompressBody, NDJSON_TYPES, parseJson } from './bodies.ts';
import { addPreflight, sharedHeaders } from './cors.ts';
import { createHandlers } from './handlers.ts';
import type { Input, Modules } from './input.ts';
import { isFromHere } from './origin.ts';
import { addPages, type PageFolders } from './pages.ts';
import { ClientLeft, sendProblem } from './problems.ts';
import { validator } from './validate.ts';

export type { Modules } from './input.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export type { PageFolders } from './pages.ts';

export interface HttpOptions {
  readonly config: Pick<Config, 'rateLimit' | 'trustProxy' | 'publicUrl' | 'sessionDays'>;
  readonly log: Log;
  readonly modules: Modules;
  readonly version: string;
  /** Undefined: it serves no pages. */
  readonly pages?: PageFolders | undefined;
  /** True if the database answers. */
  readonly isReady: () => Promise<boolean>;
  /** True once the server is stopping: then it takes no new request. */
  readonly isStopping: () => boolean;
}

/** A token that a host signs with RSA takes about a thousand characters. */
const BEARER = /^Bearer ([\x21-\x7e]{1,4096})$/;
/** A slow or silent client is let go, in ms. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Tells the requests of one start of one server from those of all others. */
const REQUEST_PREFIX_BYTES = 6;
/** An answer of the API is data: no browser may run, frame, sniff, share or keep it. */
const API_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;
/** The reference runs its own scripts and shows its own pictures, over plain HTTP too. */
const DOCS_POLICY =
  "default-src 'self'; base-uri 'self'; frame-ancestors 'none'; img-src 'self' data:; " +
  "object-src 'none'; script-src 'self'; style-src 'self'";
const RATE_WINDOW_MS = 60_000;
const DAY_SECONDS = 86_400;
/** In log and metrics, as proxies write it: the client went before its answer was whole. */
const CLIENT_LEFT = 499;

/** `/v1/events/{id}` as Fastify writes it. */
const fastifyPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any handler of the API runs. Null: a route that is open to all. */
    caller: Caller | null;
  }
}

type CookieConfig = Pick<Config, 'publicUrl' | 'sessionDays'>;

const STATE_CHANGING = new Set(['POST', 'PUT', 'DELETE']);
const ROUTE_OF = new Map(
  Object.values<Route>(ROUTES).map((route) => [
    `${route.method} ${fastifyPath(route.path)}`,
    route,
  ]),
);

/** The route of a request, if there is one. */
function routeOf({ method, routeOptions }: FastifyRequest): Route | undefined {
  return ROUTE_OF.get(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url ?? ''}`);
}

/** How it came is known here alone. */
const requestOf = (request: FastifyRequest): Browser['request'] => ({
  id: request.id,
  ip: request.ip,
  userAgent: request.headers['user-agent']?.slice(0, LIMITS.userAgent),
});

/** Whether cookies go over TLS alone; on the own machine there is none. */
function isSecure({ protocol, hostname }: FastifyRequest, { publicUrl }: CookieConfig): boolean {
  const { protocol: scheme, hostname: host } =
    publicUrl === undefined ? { protocol: `${protocol}:`, hostname } : new URL(publicUrl);
  return !(scheme === 'http:' && isLoopback(host));
}

const cookiesOf = (request: FastifyRequest, config: CookieConfig): Browser['cookies'] =>
  readCookies(request.headers.cookie, isSecure(request, config));

/** Throws `origin_refused` for what another host's page may have sent. */
function checkOrigin(
  request: FastifyRequest,
  publicUrl: string | undefined,
  mustTell: boolean,
): void {
  if (!STATE_CHANGING.has(request.method)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const fetchSite = Array.isArray(site) ? site.join() : site;
  const here = { publicUrl, host: request.host };
  if (!isFromHere({ origin, fetchSite }, here, { mustTell })) throw new Fault('origin_refused');
  const isJson = mediaType(request) === 'application/json';
  if (request.method !== 'DELETE' && !isJson) throw new Fault('unsupported_media_type');
}

/** Whoever asks: by a key or token, else by the cookie of a person. */
async function authenticate(
  { modules, config }: HttpOptions,
  request: FastifyRequest,
): Promise<Caller | null> {
  const { authorization } = request.headers;
  const secret = BEARER.exec(authorization ?? '')?.[1];
  const isOpen = routeOf(request)?.who === 'open';
  if (authorization === undefined || isOpen) {
    const token = sessionToken(cookiesOf(request, config));
    const person =
      token === undefined ? undefined : await modules.access.persons.authenticate(token);
    if (person || isOpen) {
      checkOrigin(request, config.publicUrl, person !== undefined && !isOpen);
      return person ? { ...person, request: requestOf(request) } : null;
    }
  }
  if (secret === undefined) {
    const detail = 'Sign in, or send a key or token as "Authorization: Bearer KEY".';
    throw new Fault('unauthenticated', detail);
  }
  const principal = await modules.access.authenticate(secret);
  if (principal === undefined) throw new Fault('unauthenticated', 'The key or token is not valid.');
  return { ...principal, request: requestOf(request) };
}

/** Aborts when the client goes before its answer is whole. */
function leftSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new ClientLeft('the client has left'));
  });
  return controller.signal;
}

const textAt = (part: unknown, name: string): string | undefined => {
  if (typeof part !== 'object' || part === null || Buffer.isBuffer(part)) return undefined;
  const value: unknown = Object.entries(part).find(([own]) => own === name)?.[1];
  return typeof value === 'string' ? value : undefined;
};

/** What a checked request names, wherever it stands. */
function named({ params, query, body }: FastifyRequest, name: string): string | undefined {
  return textAt(params, name) ?? textAt(query, name) ?? textAt(body, name);
}

/** Whoever asks, at the seat that the request is about. */
function principalOf(request: FastifyRequest, caller: Caller): Principal {
  if (!isPerson(caller)) return caller;
  const place = { project: named(request, 'project'), tenantId: named(request, 'tenant_id') };
  return principalAt(caller, chooseSeat(caller.seats, place));
}

function inputOf(request: FastifyRequest, reply: FastifyReply, config: CookieConfig): Input {
  const { caller, body } = request;
  const headers: unknown = request.headers;
  const who = routeOf(request)?.who;
  if (caller === null && who !== 'open') throw new Error('nobody was authenticated for a route');
  const person = caller && isPerson(caller) ? caller : null;
  if (who === 'person' && person === null) {
    throw new Fault('forbidden', 'This is for people who are signed in.');
  }
  // Null where the route is open, as the input of its own handler says.
  const principal = (caller && principalOf(request, caller)) as Principal;
  // Fastify has checked the parts against the route's schemas; it does not carry their types.
  return {
    principal,
    caller: caller as Caller,
    person,
    browser: { cookies: cookiesOf(request, config), request: requestOf(request) },
    params: request.params,
    query: request.query,
    headers,
    body,
    bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    isNdjson: isNdjson(request),
    reply,
    left: () => leftSignal(reply),
    setCookies(setCookies) {
      const seconds = config.sessionDays * DAY_SECONDS;
      const lines = setCookies.map((one) => outgoing(one, isSecure(request, config), seconds));
      if (lines.length > 0) reply.header('set-cookie', lines);
    },
    endCookie: () => reply.header('set-cookie', clearing(isSecure(request, config))),
  } as Input;
}

/** Ids that are never the same twice; they are names, not secrets. */
function requestIds(): () => string {
  const prefix = randomBytes(REQUEST_PREFIX_BYTES).toString('base64url');
  let count = 0;
  return () => `req_${prefix}${(count++).toString(36)}`;
}

const mediaType = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
const isNdjson = (request: FastifyRequest): boolean =>
  NDJSON_TYPES.some((type) => type === mediaType(request));

/** A route that takes NDJSON reads its body itself. */
const readsBytes = (route: Route): boolean => route.accepts?.includes(NDJSON_TYPES[0]) ?? false;

function addBodies(app: FastifyInstance): void {
  const bytesRoutes = new Set(
    Object.values<Route>(ROUTES)
      .filter(readsBytes)
      .map(({ path }) => fastifyPath(path)),
  );
  app.removeAllContentTypeParsers();
  const types = ['application/json', ...NDJSON_TYPES];
  app.addContentTypeParser(
    types,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      const bytes = await decompressBody(body, request.headers['content-encoding']);
      if (bytesRoutes.has(request.routeOptions.url ?? '')) return bytes;
      if (isNdjson(request)) throw new Fault('unsupported_media_type');
      return parseJson(bytes);
    },
  );
}

function addRoutes(app: FastifyInstance, { modules, config }: HttpOptions): void {
  const handlers = createHandlers(modules);
  const names = Object.keys(ROUTES) as RouteName[];
  for (const name of names) {
    const route: Route = ROUTES[name];
    // Each handler takes the input of its own route; the loop has lost which one that is.
    const handler = handlers[name] as (input: Input) => Promise<unknown>;
    app.route({
      method: route.method,
      url: fastifyPath(route.path),
      schema: {
        ...(route.params ? { params: route.params } : {}),
        ...(route.query ? { querystring: route.query } : {}),
        ...(route.headers ? { headers: route.headers } : {}),
        ...(route.body && !readsBytes(route) ? { body: route.body } : {}),
      },
      handler: async (request, reply) => await handler(inputOf(request, reply, config)),
    });
  }
}

/** Another method of a known path is 405, anything else 404. */
function notFound(request: FastifyRequest, reply: FastifyReply): Fault {
  const path = request.url.split('?')[0] ?? '';
  const methods = Object.values<Route>(ROUTES)
    .filter((route) => new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .map(({ method }) => method);
  if (methods.length === 0) return new Fault('not_found', 'There is no such address.');
  const allowed = [...new Set(methods)].join(', ');
  reply.header('allow', allowed.replace('GET', 'GET, HEAD'));
  return new Fault('method_not_allowed', `This address takes ${allowed}.`);
}

async function addHouse(app: FastifyInstance, options: HttpOptions): Promise<void> {
  const { modules, isReady, isStopping } = options;
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    if (isStopping()) throw new Fault('stopping');
    if (!(await isReady())) throw new Fault('storage_unavailable');
    return { status: 'ready' };
  });
  app.get('/metrics', async (_request, reply) => {
    const { registry } = modules.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  // As it is on the wire: plain JSON without the schemas' hidden marks.
  const document: StaticDocumentSpec['document'] = JSON.parse(
    JSON.stringify(openApiDocument(options.version)),
  );
  app.get('/openapi.json', async () => document);
  await app.register(async (pages) => {
    // Whether this host is only ever reached by TLS is for the proxy in front to say.
    await pages.register(helmet, { strictTransportSecurity: false });
    await pages.register(swagger, { mode: 'static', specification: { document } });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: DOCS_POLICY,
      // Else the page shows the address of this server to another one.
      uiConfig: { validatorUrl: null },
    });
  });
}

/** Whether an address has sent too many wrong keys; it counts each time that it is asked. */
type StrangerLimit = (request: FastifyRequest) => Promise<Fault | undefined>;

/**
 * The limit counts each key, after it is known; what needs no key, and wrong keys, are counted by
 * address.
 */
async function addRateLimit(app: FastifyInstance, limit: number): Promise<StrangerLimit> {
  if (limit === 0) return () => Promise.resolve(undefined);
  const refusal = (ttlMs: number) =>
    new Fault('rate_limited', `The limit is ${limit} requests a minute.`, {
      retryAfterSeconds: Math.ceil(ttlMs / 1_000),
    });
  await app.register(rateLimit, {
    global: true,
    hook: 'preParsing',
    max: limit,
    timeWindow: RATE_WINDOW_MS,
    keyGenerator: (request) => request.caller?.id ?? request.ip,
    errorResponseBuilder: (_request, { ttl }) => refusal(ttl),
  });
  const count = app.createRateLimit({
    max: limit,
    timeWindow: RATE_WINDOW_MS,
    keyGenerator: (request) => request.ip,
  });
  return async (request) => {
    const counted = await count(request);
    return !counted.isAllowed && counted.isExceeded ? refusal(counted.ttl) : undefined;
  };
}

/** What needs a caller; a browser's question before a request has none. */
const isOfApi = ({ method, routeOptions, url }: FastifyRequest): boolean =>
  method !== 'OPTIONS' && (routeOptions.url ?? url).startsWith('/v1/');

/** What happens to every request. Callbacks, not promises: each promise costs a turn. */
function addHooks(app: FastifyInstance, options: HttpOptions, strangerLimit: StrangerLimit): void {
  const { log, modules, isStopping } = options;
  const tell = (request: FastifyRequest, reply: FastifyReply) => {
    const { method, routeOptions, id: request_id } = request;
    const route = routeOptions.url ?? 'unknown';
    const status = reply.raw.writableFinished ? reply.statusCode : CLIENT_LEFT;
    modules.metrics.observeRequest({ method, route, status }, reply.elapsedTime / 1_000);
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    log.info({ request_id, method, route, status, ms }, 'request');
  };
  app.addHook('onRequest', (request, reply, done) => {
    // Not Fastify's own hook, which is silent about clients that leave.
    reply.raw.once('close', () => tell(request, reply));
    reply.headers(API_HEADERS).headers(sharedHeaders(request)).header('x-request-id', request.id);
    if (isStopping()) {
      reply.header('connection', 'close');
      done(new Fault('stopping', undefined, { retryAfterSeconds: 1 }));
    } else if (isOfApi(request)) {
      authenticate(options, request).then(
        (caller) => {
          request.caller = caller;
          done();
        },
        (refused: Error) => {
          strangerLimit(request).then((limited) => done(limited ?? refused), done);
        },
      );
    } else {
      done();
    }
  });
}

/** Builds the server; it does not listen yet. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { config, log } = options;
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: config.trustProxy,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: LIMITS.tenantId * 9 },
    genReqId: requestIds(),
    frameworkErrors: (error, request, reply) => {
      reply.headers(API_HEADERS).header('x-request-id', request.id);
      sendProblem(error, request, reply);
    },
  });
  app.setValidatorCompiler(({ schema, httpPart }) => validator(schema, httpPart));
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) => sendProblem(notFound(request, reply), request, reply));
  app.decorateRequest('caller', null);
  addHooks(app, options, await addRateLimit(app, config.rateLimit));
  addBodies(app);
  addRoutes(app, options);
  addPreflight(app);
  await addHouse(app, options);
  if (options.pages) await addPages(app, options.pages);
  return app;
}
