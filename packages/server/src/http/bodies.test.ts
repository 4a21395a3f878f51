/** Bodies as clients send them, and as they should not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { ERRORS, type ErrorCode } from '@annals/contract/errors';
import { type EventInput, LIMITS } from '@annals/contract/event';
import type { Problem } from '@annals/contract/problem';
import type { EventPage, Project, RecordResult } from '@annals/contract/routes';
import {
  onBothDatabases,
  sampleEvent,
  sampleEvents,
  sendRaw,
  type TestApp,
} from '../../test/harness.ts';

const MIB = 1024 * 1024;
const identity = (bytes: Buffer): Buffer => bytes;
const ENCODINGS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity,
  gzip: (bytes) => gzipSync(bytes),
  GZIP: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};
const NDJSON = 'application/x-ndjson';
const lines = (events: readonly EventInput[], end = '\n'): string =>
  events.map((event) => JSON.stringify(event) + end).join('');

/** How events can stand in a body: type and text. */
const FORMS: Readonly<Record<string, (events: readonly EventInput[]) => [string, string]>> = {
  array: (events) => ['application/json', JSON.stringify(events)],
  'spaced array': (events) => ['application/json; charset=UTF-8', JSON.stringify(events, null, 2)],
  ndjson: (events) => [NDJSON, lines(events)],
  'ndjson of Windows': (events) => ['application/ndjson', `\ufeff\r\n${lines(events, '\r\n\r\n')}`],
  'ndjson without a last end': (events) => [`${NDJSON}; charset=utf-8`, lines(events).trimEnd()],
};

const send = async <T = Problem>(
  app: TestApp,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
) => {
  const path = '/v1/events?tenant_id=bodies';
  return await app.call<T>('POST', path, { key: app.adminKey, body, headers });
};
const sizeOf = async (app: TestApp): Promise<number> => {
  const rows = await app.sql('SELECT coalesce(sum(size), 0) AS size FROM ledger_head');
  return Number(rows[0]?.['size']);
};

onBothDatabases('bodies', (open) => {
  test('every form in every encoding is stored as it was sent', async () => {
    const app = await open();
    for (const [form, make] of Object.entries(FORMS)) {
      for (const [encoding, encode] of Object.entries(ENCODINGS)) {
        const events = sampleEvents(3, { reason: { text: `${form} ${encoding} Zürich 東京 😀` } });
        const [type, text] = make(events);
        const headers = { 'content-type': type, 'content-encoding': encoding };
        const { status, json } = await send<RecordResult>(app, encode(Buffer.from(text)), headers);
        assert.equal(status, 201, `${form} ${encoding}`);
        assert.deepEqual(
          json.receipts.map(({ id }) => id),
          events.map(({ id }) => id),
        );
        const path = `/v1/events?tenant_id=bodies&limit=3&from=${events[0]?.occurred_at}`;
        const page = await app.admin<EventPage>('GET', path);
        for (const [index, event] of page.json.events.entries()) {
          const { received_at: _at, sequence: _n, leaf_hash: _hash, ...rest } = event;
          assert.deepEqual(rest, { ...events.at(-1 - index), tenant_id: 'bodies' });
        }
      }
    }
  });

  test('one object is one event', async () => {
    const app = await open();
    const { status, json } = await send<RecordResult>(app, JSON.stringify(sampleEvent()));
    assert.equal(status, 201);
    assert.equal(json.receipts.length, 1);
  });

  test('what cannot be read is refused in words that quote nothing', async () => {
    const app = await open();
    const before = await sizeOf(app);
    const good = JSON.stringify([sampleEvent({ reason: { text: 'zqvalue' } })]);
    const gz = gzipSync(good);
    const json = { 'content-type': 'application/json' };
    const refused: readonly [ErrorCode, string | Buffer, Record<string, string>?][] = [
      ['invalid_json', '', json],
      ['invalid_json', ' \n', json],
      ['invalid_json', 'zqvalue', json],
      ['invalid_json', good.slice(0, -1), json],
      ['invalid_json', `${good}zqvalue`, json],
      ['invalid_json', good.replaceAll('"', "'"), json],
      ['invalid_json', Buffer.from(good, 'utf16le'), json],
      ['invalid_json', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), json],
      ['invalid_json', '['.repeat(1e6), json],
      ['invalid_body', '[]', json],
      ['invalid_body', '\n\r\n \n', { 'content-type': NDJSON }],
      ['invalid_body', 'zqvalue', { 'content-encoding': 'gzip' }],
      ['invalid_body', gz.subarray(0, gz.length >> 1), { 'content-encoding': 'gzip' }],
      ['invalid_body', gz.subarray(0, -4), { 'content-encoding': 'gzip' }],
      ['invalid_body', gz, { 'content-encoding': 'br' }],
      ['invalid_body', brotliCompressSync(good).subarray(0, -9), { 'content-encoding': 'br' }],
      ['invalid_body', gz, { 'content-encoding': 'zstd' }],
      ['invalid_body', zstdCompressSync(good).subarray(0, -9), { 'content-encoding': 'zstd' }],
      ['unsupported_encoding', gz, { 'content-encoding': 'gzip, gzip' }],
      ['unsupported_encoding', gz, { 'content-encoding': 'deflate' }],
    ];
    for (const [code, body, headers] of refused) {
      const answer = await send(app, body, headers);
      const told = `${String(body).slice(0, 30)} ${JSON.stringify(headers)}: ${answer.text}`;
      assert.equal(answer.json.code, code, told);
      assert.equal(answer.status, ERRORS[code].status, told);
      assert.ok(!answer.text.includes('zqvalue') && !answer.text.includes('occurred_at'), told);
    }
    assert.equal(await sizeOf(app), before, 'nothing was stored');
  });

  test('what grows beyond 10 MiB is refused, however small it came', async () => {
    const app = await open();
    const zeros = Buffer.alloc(8 * MIB);
    const times40 = (frame: Buffer) => Buffer.concat(Array.from({ length: 40 }, () => frame));
    const bombs: Readonly<Record<string, Buffer>> = {
      gzip: times40(gzipSync(zeros)),
      zstd: times40(zstdCompressSync(zeros)),
      br: brotliCompressSync(Buffer.alloc(11 * MIB)),
    };
    const before = process.memoryUsage().rss;
    for (const [encoding, bomb] of Object.entries(bombs)) {
      assert.ok(bomb.length < MIB, `${encoding}: ${bomb.length}`);
      const { status, json } = await send(app, bomb, { 'content-encoding': encoding });
      assert.equal(status, 413, encoding);
      assert.equal(json.code, 'body_too_large');
    }
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 200 * MIB, `${Math.round(grown / MIB)} MiB more for 660 MiB of zeros`);
  });

  test('10 MiB are taken to the byte', async () => {
    const app = await open();
    const text = JSON.stringify([sampleEvent()]);
    const padded = (size: number) => text.padEnd(size, ' ');
    assert.equal((await send(app, padded(LIMITS.bodyBytes))).status, 201);
    assert.equal((await send(app, padded(LIMITS.bodyBytes + 1))).status, 413);
    const gz = (size: number) => gzipSync(padded(size));
    const headers = { 'content-encoding': 'gzip' };
    assert.equal((await send(app, gz(LIMITS.bodyBytes), headers)).status, 201);
    assert.equal((await send(app, gz(LIMITS.bodyBytes + 1), headers)).status, 413);
  });

  test('1,000 events are taken, 1,001 are not', async () => {
    const app = await open();
    const before = await sizeOf(app);
    for (const [type, make] of [
      ['application/json', (events: EventInput[]) => JSON.stringify(events)],
      [NDJSON, (events: EventInput[]) => lines(events)],
    ] as const) {
      const [most, tooMany] = [sampleEvents(1_000), sampleEvents(1_001)];
      const refused = await send(app, make(tooMany), { 'content-type': type });
      assert.equal(refused.json.code, 'too_many_events');
      assert.equal(refused.status, 413);
      const { json } = await send<RecordResult>(app, make(most), { 'content-type': type });
      assert.equal(json.accepted, 1_000);
    }
    assert.equal(await sizeOf(app), before + 2_000);
  });

  test('a compressed body serves every route that takes one', async () => {
    const app = await open();
    const body = gzipSync(JSON.stringify({ label: 'compressed' }));
    const { json } = await app.call<Project>('PUT', '/v1/projects/compressed', {
      key: app.adminKey,
      body,
      headers: { 'content-encoding': 'gzip' },
    });
    assert.equal(json.label, 'compressed');
  });
});

onBothDatabases('connections', (open) => {
  const head = (app: TestApp, headers: readonly string[]): string =>
    [
      'POST /v1/events?tenant_id=bodies HTTP/1.1',
      'Host: annals',
      `Authorization: Bearer ${app.adminKey}`,
      'Content-Type: application/json',
      ...headers,
      '\r\n',
    ].join('\r\n');

  test('100 MB that are announced are refused before they come', async () => {
    const app = await open();
    const answer = await sendRaw(app.url, head(app, [`Content-Length: ${100 * MIB}`]));
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /"code":"body_too_large"/);
  });

  test('100 MB that just come are cut off soon after 10 MiB', async () => {
    const app = await open();
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    let [answer, sent] = ['', 0];
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.write(head(app, ['Transfer-Encoding: chunked']));
    const piece = Buffer.concat([
      Buffer.from('10000\r\n'),
      Buffer.alloc(65_536, 32),
      Buffer.from('\r\n'),
    ]);
    while (!socket.destroyed && sent < 100 * MIB && answer === '') {
      sent += piece.length;
      if (!socket.write(piece))
        await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
    }
    await closed;
    // The end of the connection may overtake the answer: then the client is told by that alone.
    assert.match(answer, /^(HTTP\/1\.1 413 |$)/);
    assert.ok(sent < 40 * MIB, `${Math.round(sent / MIB)} MiB were taken`);
    assert.equal(await sizeOf(app), 0);
    assert.ok(app.logLines.some((line) => line.includes('"status":413')));
  });

  test('half a body stores nothing, and the server lives', async () => {
    const app = await open();
    const text = JSON.stringify(sampleEvents(10));
    for (const headers of [[`Content-Length: ${text.length}`], ['Transfer-Encoding: chunked']]) {
      for (let n = 0; n < 5; n++) {
        const { hostname, port } = new URL(app.url);
        const socket = connect(Number(port), hostname);
        await once(socket, 'connect');
        const half = text.slice(0, text.length >> 1);
        const isChunked = headers[0]?.includes('chunked');
        socket.write(head(app, headers));
        socket.write(isChunked ? `${half.length.toString(16)}\r\n${half}\r\n` : half);
        await new Promise((resolve) => setTimeout(resolve, 5));
        socket.resetAndDestroy();
      }
    }
    assert.equal(await sizeOf(app), 0);
    assert.equal((await send(app, text)).status, 201);
    assert.equal(await sizeOf(app), 10);
    assert.ok(!app.logLines.some((line) => line.includes('"level":50')), app.logLines.join(''));
  });

  test('what is not HTTP is turned away, and the server lives', async () => {
    const app = await open();
    assert.match(await sendRaw(app.url, 'hello\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(
      await sendRaw(app.url, `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    );
    assert.match(
      await sendRaw(app.url, head(app, ['Content-Length: 5', 'Transfer-Encoding: chunked'])),
      /^HTTP\/1\.1 400 /,
    );
    assert.equal((await app.call('GET', '/healthz')).status, 200);
  });
});
