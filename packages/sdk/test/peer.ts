/** A small HTTP server for tests of the client: answers what the test says, keeps what came. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Client, type ClientOptions, createClient } from '../src/sdk.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly atMs: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Cuts the connection, after `body` if there is one. */
  readonly cut?: true;
}

/** What to answer to the n-th request, from 0. */
export type Script = (seen: Seen, count: number) => Answer | Promise<Answer>;

export interface Peer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
  client(options?: Partial<ClientOptions>): Client;
}

export const startPeer = async (script: Script): Promise<Peer> => {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: await text(request), atMs: performance.now() };
    seen.push(one);
    const answer = await script(one, seen.length - 1);
    if (answer.cut && answer.body === undefined) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, answer.headers);
    if (answer.cut) {
      response.write(String(answer.body), () => request.socket.end());
      return;
    }
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    seen,
    client: (options) => createClient({ url, key: 'test-key', timeoutMs: 5_000, ...options }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** The ids of a recording's body, in its order. */
export const idsOf = (body: string): string[] =>
  body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);

/** The answer that stores every event of the body, but refuses those of `refused`. */
export const recorded = (body: string, refused: readonly number[] = []): Answer => {
  const ids = idsOf(body);
  const kept = ids.filter((_, index) => !refused.includes(index));
  return {
    status: kept.length > 0 ? 201 : 400,
    body: {
      accepted: kept.length,
      duplicates: 0,
      rejected: refused.map((index) => ({
        index,
        id: ids[index],
        code: 'invalid_event',
        detail: 'must be a string',
        path: '/action',
      })),
      receipts: kept.map((id, sequence) => ({ id, sequence, leaf_hash: `hash-${id}` })),
    },
  };
};

export const problem = (
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  headers,
  body: {
    type: 'about:blank',
    title: code,
    status,
    code,
    detail: `detail of ${code}`,
    request_id: 'request-1',
  },
});
