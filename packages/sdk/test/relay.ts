/**
 * A network between a client and a server, for tests that cut it: after so many bytes, or now.
 * The server behind it may be another one after a while.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Relay extends AsyncDisposable {
  /** The server's address by way of the relay. */
  readonly url: string;
  /** How many connections were made so far. */
  readonly connections: () => number;
  /** Cuts every connection. */
  cut(): void;
  /** New connections wait from now on, … */
  hold(): void;
  /** … until there is another server, to which they go. */
  turnTo(url: string): void;
}

/** `bytesOf` tells after how many bytes of answer the n-th connection, from 0, breaks off. */
export const startRelay = async (
  serverUrl: string,
  bytesOf: (connection: number) => number = () => Number.POSITIVE_INFINITY,
): Promise<Relay> => {
  let server = Promise.withResolvers<string>();
  server.resolve(serverUrl);
  let connections = 0;
  const sockets = new Set<Socket>();
  const relay = createServer(async (near) => {
    near.on('error', () => near.destroy());
    const { hostname, port } = new URL(await server.promise);
    const far = connect(Number(port), hostname);
    far.on('error', () => far.destroy());
    let left = bytesOf(connections++);
    near.pipe(far);
    far.on('data', (bytes) => {
      near.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) far.destroy();
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      // What was written before still arrives: the other side is ended, not destroyed.
      socket.once('close', () => {
        sockets.delete(socket);
        other.end();
      });
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    connections: () => connections,
    cut,
    hold: () => {
      server = Promise.withResolvers();
    },
    turnTo: (url) => server.resolve(url),
    async [Symbol.asyncDispose]() {
      cut();
      relay.close();
      await once(relay, 'close');
    },
  };
};
