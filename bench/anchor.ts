/**
 * The HTTP part that both anchors share: bare `node:http`, the same request and answer as the
 * product for recording, no check beyond `JSON.parse`. It ends when whoever started it ends.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Anchor {
  /** In: the body and its lines. Resolves when they would survive a crash. */
  record(body: Buffer, events: readonly AnchorEvent[]): Promise<void>;
  /** The newest events of a tenant as JSON texts. */
  newest?(tenant: string, limit: number): Promise<readonly string[]>;
  /** Every event of a tenant as CSV, in parts. */
  csv?(tenant: string): AsyncIterable<string>;
  close(): Promise<void>;
}

/** An event as parsed, with its own text. */
export interface AnchorEvent {
  readonly text: string;
  readonly id: string;
  readonly tenant_id: string;
  readonly occurred_at: string;
  readonly action: string;
  readonly actor: { readonly id: string };
  readonly targets?: readonly { readonly id: string }[];
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

/** One JSON object a line; a last empty line is none. */
const parseLines = (body: Buffer): AnchorEvent[] =>
  body
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((text) => ({ ...JSON.parse(text), text }));

const answer = (response: ServerResponse, status: number, value: string): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(value),
  });
  response.end(value);
};

const download = async (response: ServerResponse, parts: AsyncIterable<string>): Promise<void> => {
  response.writeHead(200, { 'content-type': 'text/csv' });
  for await (const part of parts) {
    if (response.destroyed) return;
    if (!response.write(part)) {
      await new Promise((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
  }
  response.end();
};

const handle = async (
  anchor: Anchor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://anchor');
  const tenant = url.searchParams.get('tenant_id') ?? '';
  if (url.pathname === '/healthz') return answer(response, 200, '{"ok":true}');
  if (request.method === 'POST' && url.pathname === '/v1/events') {
    const body = await bodyOf(request);
    const events = parseLines(body);
    await anchor.record(body, events);
    return answer(
      response,
      201,
      `{"accepted":${events.length},"duplicates":0,"rejected":[],"receipts":[]}`,
    );
  }
  if (url.pathname === '/v1/events' && anchor.newest !== undefined) {
    const events = await anchor.newest(tenant, Number(url.searchParams.get('limit') ?? 100));
    return answer(
      response,
      200,
      `{"events":[${events.join(',')}],"next_cursor":null,"notices":[]}`,
    );
  }
  if (url.pathname === '/v1/events/download' && anchor.csv !== undefined) {
    return download(response, anchor.csv(tenant));
  }
  answer(response, 404, '{"code":"not_found"}');
};

/** Listens until SIGTERM, or until standard input ends: the bench holds the other end of it. */
export const serveAnchor = (anchor: Anchor, port: number): void => {
  const server = createServer((request, response) => {
    handle(anchor, request, response).catch((error: unknown) => {
      console.error(error);
      if (response.headersSent) response.destroy();
      else answer(response, 500, '{"code":"internal"}');
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
    anchor.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.stdin.once('end', stop).resume();
};
