import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { CERTIFICATE, trusting } from '../../test/certificate.ts';
import { isPublicAddress } from './addresses.ts';
import type { Outcome } from './outcome.ts';
import { checkWebhookUrl, newSecret, Webhooks } from './webhook.ts';

const TIMEOUT_MS = 400;
const NOT_PUBLIC = 'Its address is not public.';
const secret = newSecret();
const open: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

after(() => {
  for (const { server, sockets } of open) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** Listens on a free port of 127.0.0.1, until all tests are through. */
async function listening<T extends Server>(server: T): Promise<{ server: T; port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly got: IncomingMessage[];
}

async function receiver(answer: RequestListener, isSecure = false): Promise<Receiver> {
  const got: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    got.push(request);
    answer(request, response);
  };
  const { port } = await listening(
    isSecure ? createSecureServer(CERTIFICATE, listener) : createServer(listener),
  );
  return { url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}/hook`, port, got };
}

/** One that speaks bytes, not HTTP. */
const bytes = async (onSocket: (socket: Socket) => void): Promise<string> => {
  const { port } = await listening(createTcpServer(onSocket));
  return `http://127.0.0.1:${port}/`;
};

const inside = new Webhooks({ allowPrivate: true, timeoutMs: TIMEOUT_MS });
const outside = new Webhooks({ allowPrivate: false, timeoutMs: TIMEOUT_MS });
const message = (url: string) => ({
  ...{ url, secret, id: 'msg_1', at: Date.now(), payload: { type: 'report.ready' } },
});
const send = (url: string, webhooks = inside): Promise<Outcome> => webhooks.send(message(url));
const failure = (reason: string, isFinal = false) => ({ kind: 'failed', reason, isFinal });

test('a receiver can verify who has sent', async () => {
  const body = Promise.withResolvers<string>();
  const { url, got } = await receiver(async (request, response) => {
    body.resolve((await request.toArray()).join(''));
    response.end();
  });
  const payload = { type: 'report.ready', data: { name: 'Größe – 日本' } };
  assert.deepEqual(await inside.send({ ...message(url), payload }), { kind: 'sent' });
  const [request] = got;
  assert.equal(request?.method, 'POST');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.headers['webhook-id'], 'msg_1');
  const headers = request.headers as Record<string, string>;
  assert.deepEqual(new Webhook(secret).verify(await body.promise, headers), payload);
  assert.throws(() => new Webhook(newSecret()).verify('{}', headers));
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
});

test('a status is success, a failure, or the end', async () => {
  const { url } = await receiver((request, response) => {
    response.writeHead(Number(request.url?.slice(1))).end('secret words');
  });
  const of = (status: number) => send(new URL(`/${status}`, url).href);
  for (const status of [200, 201, 204]) assert.deepEqual(await of(status), { kind: 'sent' });
  for (const status of [400, 401, 404, 429, 500, 502, 503]) {
    assert.deepEqual(await of(status), failure(`The receiver answered ${status}.`));
  }
  const gone = failure('The receiver answered 410: it wants no more.', true);
  assert.deepEqual(await of(410), gone);
});

test('a receiver says when to come back, up to a day', async () => {
  const later = async (status: number, after: string) => {
    const { url } = await receiver((_request, response) => {
      response.writeHead(status, { 'retry-after': after }).end();
    });
    const outcome = await send(url);
    assert.equal(outcome.kind, 'failed');
    return outcome.kind === 'failed' ? outcome.retryAfterMs : undefined;
  };
  assert.equal(await later(503, '120'), 120_000);
  assert.equal(await later(429, '9999999'), 86_400_000);
  const inAMinute = await later(429, new Date(Date.now() + 60_000).toUTCString());
  assert.ok(inAMinute !== undefined && inAMinute > 55_000 && inAMinute <= 60_000);
  for (const none of ['0', '-5', 'soon', '', new Date(0).toUTCString()]) {
    assert.equal(await later(503, none), undefined, none);
  }
});

test('no redirect is followed, to itself or to a private address', async () => {
  const inner = await receiver((_request, response) => void response.end());
  for (const location of ['/hook', inner.url, 'http://169.254.169.254/latest/meta-data/']) {
    for (const status of [301, 302, 307, 308]) {
      const { url, got } = await receiver((_request, response) => {
        response.writeHead(status, { location }).end();
      });
      const reason = 'It redirects; webhooks follow no redirect.';
      assert.deepEqual(await send(url), failure(reason));
      assert.equal(got.length, 1);
    }
  }
  assert.equal(inner.got.length, 0);
});

test('a receiver that does not answer holds nobody for longer than the limit', async () => {
  const late = failure('The receiver did not answer within 0.4 s.');
  const silent = await receiver(() => {});
  assert.deepEqual(await send(silent.url), late);
  const trickling = await bytes((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-a: ');
    const timer = setInterval(() => socket.write('a'), 20);
    socket.on('close', () => clearInterval(timer)).on('error', () => {});
  });
  assert.deepEqual(await send(trickling), late);
  const nameless = new Webhooks({
    ...{ allowPrivate: true, timeoutMs: TIMEOUT_MS },
    resolve: () => new Promise(() => {}),
  });
  assert.deepEqual(await send('https://receiver.example/', nameless), late);
});

test('the status decides, however slow, long or broken the words after it are', async () => {
  const slow = await receiver((_request, response) => {
    const timer = setInterval(() => response.write('a'), 20);
    response.on('close', () => clearInterval(timer));
  });
  assert.deepEqual(await send(slow.url), { kind: 'sent' });
  let written = 0;
  const endless = await receiver((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384;
    };
    response.on('drain', more);
    more();
  });
  const begun = Date.now();
  assert.deepEqual(await send(endless.url), { kind: 'sent' });
  assert.ok(Date.now() - begun < TIMEOUT_MS, 'it is cut off, not timed out');
  assert.ok(written < 16 * 1_024 * 1_024, `${written} bytes`);
  const broken = await receiver((_request, response) => {
    response.writeHead(500, { 'content-length': 100 }).write('a', () => response.destroy());
  });
  assert.deepEqual(await send(broken.url), failure('The receiver answered 500.'));
});

test('a connection that fails is told in words, not in addresses', async () => {
  const closing = await bytes((socket) => socket.destroy());
  assert.deepEqual(await send(closing), failure('The receiver closed the connection.'));
  const other = await bytes((socket) => void socket.end('220 mail ESMTP\r\n'));
  assert.deepEqual(await send(other), failure('The receiver does not speak HTTP.'));
  const changing = await bytes((socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n');
  });
  assert.deepEqual(await send(changing), failure('The receiver answered 101.'));
  const { server, port } = await listening(createTcpServer());
  await new Promise((resolve) => server.close(resolve));
  const unreachable = failure('The receiver cannot be reached.');
  assert.deepEqual(await send(`http://127.0.0.1:${port}/`), unreachable);
  assert.deepEqual(await send(`http://localhost:${port}/`), unreachable);
  const failing = new Webhooks({ allowPrivate: false, timeoutMs: 10_000 });
  const unknown = failure('The name of the receiver cannot be resolved.');
  assert.deepEqual(await send(`https://${'a'.repeat(64)}.example/`, failing), unknown);
});

test('a certificate must be valid, and that of the name', async () => {
  const { port, got } = await receiver((_request, response) => void response.end(), true);
  const invalid = failure('The certificate of the receiver is not valid.');
  assert.deepEqual(await send(`https://localhost:${port}/`), invalid);
  const plain = await receiver((_request, response) => void response.end());
  const insecure = failure('No secure connection to the receiver came about.');
  assert.deepEqual(await send(plain.url.replace('http', 'https')), insecure);
  await trusting(async () => {
    assert.deepEqual(await send(`https://localhost:${port}/`), { kind: 'sent' });
    assert.deepEqual(await send(`https://127.0.0.1:${port}/`), { kind: 'sent' });
    const elsewhere = new Webhooks({
      ...{ allowPrivate: true, timeoutMs: TIMEOUT_MS },
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    assert.deepEqual(await send(`https://other.example:${port}/`, elsewhere), invalid);
    const own = await send(`https://receiver.example:${port}/`, elsewhere);
    assert.deepEqual(own, { kind: 'sent' });
  });
  assert.equal(got.length, 3);
});

test('a webhook never reaches an address that is not public', async () => {
  const { port, got } = await receiver((_request, response) => void response.end(), true);
  const hosts = [
    ...['127.0.0.1', '10.0.0.1', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', '0177.1', '127.1'],
    ...['localhost', 'LOCALHOST.', 'a.localhost', '0', '169.254.169.254', '[::1]', '[fe80::1]'],
    ...['[fc00::1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[::127.0.0.1]', '100.64.0.1'],
    '１２７.0.0.1',
  ];
  await trusting(async () => {
    for (const host of hosts) {
      const outcome = await send(`https://${host}:${port}/`, outside);
      assert.deepEqual(outcome, failure(NOT_PUBLIC, true), host);
    }
    const found = [
      [{ address: '127.0.0.1', family: 4 }],
      [{ address: '::1', family: 6 }],
      [{ address: 'fe80::1%eth0', family: 6 }],
      // One bad address among good ones: which one is taken is up to whoever holds the name.
      [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ];
    for (const addresses of found) {
      const webhooks = new Webhooks({
        ...{ allowPrivate: false, timeoutMs: TIMEOUT_MS },
        resolve: async () => addresses,
      });
      const outcome = await send(`https://receiver.example:${port}/`, webhooks);
      assert.deepEqual(outcome, failure(NOT_PUBLIC, true));
    }
  });
  assert.equal(got.length, 0);
});

test('a name is resolved once, and the connection goes to what was found then', async () => {
  const { port, got } = await receiver((_request, response) => void response.end());
  const asked: string[] = [];
  const webhooks = new Webhooks({
    ...{ allowPrivate: true, timeoutMs: TIMEOUT_MS },
    resolve: async (name) => {
      asked.push(name);
      return [{ address: asked.length === 1 ? '127.0.0.1' : '10.255.255.1', family: 4 }];
    },
  });
  const outcome = await send(`http://receiver.example:${port}/`, webhooks);
  assert.deepEqual(outcome, { kind: 'sent' });
  assert.deepEqual(asked, ['receiver.example']);
  assert.equal(got[0]?.headers.host, `receiver.example:${port}`);
});

test('who stops waiting gets the reason of the own signal', async () => {
  const { url } = await receiver(() => {});
  const ending = new AbortController();
  const sent = inside.send(message(url), ending.signal);
  setTimeout(() => ending.abort(new Error('the server stops')), 50);
  await assert.rejects(sent, /the server stops/);
  await assert.rejects(inside.send(message(url), ending.signal), /the server stops/);
});

test('addresses are public or not, at the edges of each range', () => {
  const edges = {
    inside: [
      ...['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0'],
      ...['100.127.255.255', '127.0.0.0', '127.255.255.255', '169.254.0.0', '169.254.255.255'],
      ...['172.16.0.0', '172.31.255.255', '192.0.0.0', '192.0.0.255', '192.0.2.0', '192.0.2.255'],
      ...['192.88.99.1', '192.168.0.0', '192.168.255.255', '198.18.0.0', '198.19.255.255'],
      ...['198.51.100.7', '203.0.113.7', '224.0.0.0', '239.255.255.255', '255.255.255.255'],
      ...['::', '::1', '100::1', '1fff::1', '2001::1', '2001:1ff:ffff::1', '2001:db8::1'],
      ...['2002::1', '3fff::1', '4000::1', '5f00::1', 'fc00::1', 'fdff::1', 'fe80::1', 'ff02::1'],
      ...['', 'receiver.example', '1.2.3', 'fe80::1%eth0'],
    ],
    outside: [
      ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.0.0.1'],
      ...['128.0.0.1', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
      ...['192.0.1.1', '192.0.3.0', '192.167.255.255', '192.169.0.0', '198.17.255.255'],
      ...['198.20.0.0', '203.0.114.0', '223.255.255.255', '2000::1', '2001:200::1'],
      ...['2001:db7::1', '2001:db9::1', '2003::1', '2606:4700::1111', '3ffe::1'],
    ],
  };
  for (const address of edges.inside) assert.ok(!isPublicAddress(address), address);
  for (const address of edges.outside) assert.ok(isPublicAddress(address), address);
});

const addressOf = (number: number): string =>
  [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.');

test('an IPv4 in IPv6 is public in no writing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (number) => {
      const plain = addressOf(number);
      const groups = `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
      for (const prefix of ['::ffff:', '::', '64:ff9b::', '64:ff9b:1::', '::ffff:0:']) {
        assert.ok(!isPublicAddress(`${prefix}${groups}`));
        assert.ok(!isPublicAddress(`${prefix}${plain}`));
      }
      assert.ok(!isPublicAddress(`2002:${groups}::1`));
    }),
  );
});

test('an address is judged before anything is resolved', () => {
  const refusals: readonly [string, string | undefined][] = [
    ['https://receiver.example/hook?a=1', undefined],
    ['https://receiver.example:8443/', undefined],
    ['https://93.184.216.34/', undefined],
    ['https://[2606:4700::1111]/', undefined],
    ['http://receiver.example/', 'It must begin with https://.'],
    ['https://user@receiver.example/', 'It must not hold a user name or a password.'],
    ['https://:word@receiver.example/', 'It must not hold a user name or a password.'],
    ['https://10.0.0.1/', NOT_PUBLIC],
    ['https://localhost/', NOT_PUBLIC],
    ['', 'It must be an address that begins with https://.'],
    ['receiver.example', 'It must be an address that begins with https://.'],
    ['ftp://receiver.example/', 'It must be an address that begins with https://.'],
    ['file:///etc/passwd', 'It must be an address that begins with https://.'],
    ['https://receiver.example:99999/', 'It must be an address that begins with https://.'],
    [`https://receiver.example/${'a'.repeat(2_000)}`, 'It must have at most 2000 characters.'],
  ];
  for (const [url, refusal] of refusals) assert.equal(checkWebhookUrl(url, false), refusal, url);
  assert.equal(checkWebhookUrl('http://10.0.0.1:8080/', true), undefined);
  assert.notEqual(checkWebhookUrl('http://user@10.0.0.1/', true), undefined);
});
