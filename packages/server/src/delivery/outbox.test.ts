/** Files of reports reach people, programs and buckets, or are told of as missing. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CAPABILITIES } from '@annals/contract/definition';
import type { Export } from '@annals/contract/exports';
import type { Delivery, Report } from '@annals/contract/reports';
import type { EventPage } from '@annals/contract/routes';
import S3rver from 's3rver';
import { Webhook } from 'standardwebhooks';
import { erase, getErasure } from '../../test/erasing.ts';
import { exported } from '../../test/exporting.ts';
import { onBothDatabases, sampleEvent, sampleEvents, type TestApp } from '../../test/harness.ts';
import { type MailServer, startMailServer } from '../../test/mail-server.ts';
import { joined } from '../../test/people.ts';
import { S3Shelf } from '../export/export.ts';

interface Called {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

let mails: MailServer;
let folder: string;
let s3: S3rver;
let bucket: { bucket: string; endpoint: string; access_key_id: string; secret_access_key: string };
/** What the receiver got, and what it answers; a status for each call, then the last one. */
const calls: Called[] = [];
let answers: readonly number[] = [204];
const receiver = createServer((request, response) => {
  void text(request).then((body) => {
    response.writeHead(answers[Math.min(calls.length, answers.length - 1)] ?? 204).end();
    calls.push({ body, headers: request.headers });
  });
});
let hook = '';

before(async () => {
  mails = await startMailServer({ disabledCommands: ['AUTH', 'STARTTLS'] });
  folder = await mkdtemp(join(tmpdir(), 'annals-outbox-'));
  s3 = new S3rver({
    ...{ address: '127.0.0.1', port: 0, silent: true, directory: folder },
    configureBuckets: [{ name: 'reports', configs: [] }],
  });
  const { port } = (await s3.run()) as AddressInfo;
  bucket = {
    ...{ bucket: 'reports', endpoint: `http://127.0.0.1:${port}` },
    ...{ access_key_id: 'S3RVER', secret_access_key: 'S3RVER' },
  };
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
after(async () => {
  mails.close();
  receiver.close();
  await s3.close();
  await rm(folder, { recursive: true });
});

const settings = (more: Readonly<Record<string, string>> = {}) => ({
  ANNALS_SMTP: `smtp://127.0.0.1:${mails.port}`,
  ANNALS_MAIL_FROM: 'annals@acme.example',
  ANNALS_WEBHOOK_PRIVATE: '1',
  ANNALS_PUBLIC_URL: 'https://annals.example',
  ANNALS_S3: JSON.stringify(bucket),
  ...more,
});

const BODY = { tenant_id: 'acme', title: 'Audit', view: 'all', format: 'csv', range: 'yesterday' };

async function save(app: TestApp, recipients: readonly object[], more: object = {}) {
  await app.record('acme', sampleEvents(1));
  const body = { ...BODY, ...more, recipients };
  const { status, json, text: said } = await app.admin<Report>('POST', '/v1/reports', body);
  assert.equal(status, 201, said);
  return json;
}
const pathOf = ({ report_id }: Report, part: string) =>
  `/v1/reports/${report_id}${part}?tenant_id=acme`;

async function run(app: TestApp, of: Report): Promise<Export> {
  const { json } = await app.admin<Export>('POST', pathOf(of, '/run'), {});
  return await exported(app, json);
}

async function deliveries(app: TestApp, of: Report): Promise<Delivery[]> {
  const { json } = await app.admin<{ deliveries: Delivery[] }>('GET', pathOf(of, '/deliveries'));
  return json.deliveries;
}
/** Once so many are there and none waits. */
async function delivered(app: TestApp, of: Report, count: number): Promise<Delivery[]> {
  for (;;) {
    const found = await deliveries(app, of);
    if (found.length >= count && found.every(({ state }) => state !== 'waiting')) return found;
    await sleep(50);
  }
}

onBothDatabases('deliveries', (open) => {
  test('reach a mailbox as a link, a program signed, and a bucket with a manifest', async () => {
    const app = await open(settings());
    const prefix = 'audits/';
    const made = await save(app, [
      { type: 'email', to: 'ada@acme.example' },
      { type: 'webhook', to: hook },
      { type: 's3', to: prefix },
    ]);
    const secret = made.recipients[1]?.secret ?? '';
    assert.match(secret, /^whsec_/);
    const seen = await app.admin<Report>('GET', pathOf(made, ''));
    assert.equal(seen.text.includes('whsec_'), false, 'a secret is shown once');
    [calls.length, answers, mails.got.length] = [0, [204], 0];
    const file = await run(app, made);
    const sent = await delivered(app, made, 3);
    assert.ok(sent.every(({ state, attempts }) => state === 'sent' && attempts === 1));
    const [mail] = mails.got;
    assert.deepEqual(mail?.recipients, ['ada@acme.example']);
    assert.equal(mail?.read.subject, file.name);
    assert.match(mail?.read.text ?? '', /https:\/\/annals\.example\/p\/default\/acme\/reports/);
    assert.ok(mail?.read.text?.includes(file.sha256 ?? ''));
    assert.equal(mail?.read.attachments.length, 0);
    const [{ body, headers } = { body: '', headers: {} }] = calls;
    new Webhook(secret).verify(body, headers as Record<string, string>);
    const { type, data } = JSON.parse(body);
    assert.equal(type, 'report.completed');
    assert.deepEqual([data.export.export_id, 'q' in data.export], [file.export_id, false]);
    const config = app.config.s3;
    assert.ok(config);
    const shelf = new S3Shelf(config);
    const copy = await buffer(await shelf.read(`reports/default/acme/${prefix}${file.file}`));
    const path = `/v1/exports/${file.export_id}/file?tenant_id=acme`;
    const headersOf = { authorization: `Bearer ${app.adminKey}` };
    const direct = await fetch(app.url + path, { headers: headersOf });
    assert.ok(copy.equals(Buffer.from(await direct.arrayBuffer())));
    await shelf.read(`reports/default/acme/${prefix}${file.file}.manifest.json`);
    await shelf.close();
    await app.app.ownLog.settled();
    const own = '/v1/events?tenant_id=acme&view=all&q=action:annals.report.delivered';
    assert.equal((await app.admin<EventPage>('GET', own)).json.events.length, 3);
  });

  test('attach a small file where the operator allows it', async () => {
    const app = await open(settings({ ANNALS_MAIL_ATTACH_MB: '1' }));
    const made = await save(app, [{ type: 'email', to: 'ada@acme.example', attach: true }]);
    mails.got.length = 0;
    const file = await run(app, made);
    await delivered(app, made, 1);
    const [attached] = mails.got[0]?.read.attachments ?? [];
    assert.equal(attached?.filename, file.file);
    const content = attached?.content;
    assert.ok(content instanceof ArrayBuffer || ArrayBuffer.isView(content));
    assert.equal(content.byteLength, file.bytes);
  });

  test('of a person who is erased are told of, and their reports named', async () => {
    const app = await open(settings({ ANNALS_MAIL_ATTACH_MB: '1' }));
    const actor = { type: 'user', id: 'ada', name: 'Ada Lovelace', email: 'ada@acme.example' };
    await app.record('acme', [sampleEvent({ actor: { ...actor, type: 'user' } })]);
    const to = ['ada@acme.example', 'audit@acme.example'];
    const recipients = to.map((one) => ({ type: 'email', to: one, attach: true }));
    const made = await save(app, recipients, { title: 'Of Ada Lovelace' });
    await run(app, made);
    await delivered(app, made, 2);
    const subject = { type: 'user', id: 'ada' };
    const { erasure_id } = await erase(app, { tenant: 'acme', subject });
    const { certificate } = await getErasure(app, erasure_id);
    const { copies = [], elsewhere = [] } = certificate?.remaining ?? {};
    const sent = copies.filter((copy) => copy.includes('sent to email'));
    assert.equal(sent.length, 2);
    assert.ok(sent.some((copy) => copy.includes('audit@acme.example')));
    assert.ok(
      sent.some((copy) => copy.includes('(erased)')),
      'nothing of the person',
    );
    const fields = elsewhere.filter(({ place }) => place === 'report').map(({ field }) => field);
    assert.deepEqual(fields, ['title', 'recipients']);
    const told = await deliveries(app, made);
    assert.ok(told.every(({ recipient }) => recipient.to !== 'ada@acme.example'));
  });

  test('are tried again with the same id, and given up after three days', async () => {
    const app = await open(settings());
    const made = await save(app, [{ type: 'webhook', to: hook }]);
    [calls.length, answers] = [0, [503, 204]];
    await run(app, made);
    // The next try is due in some seconds.
    for (;;) {
      const [one] = await deliveries(app, made);
      if (one?.attempts === 1 && one.reason !== null) {
        assert.deepEqual([one.state, one.reason], ['waiting', 'The receiver answered 503.']);
        break;
      }
      await sleep(20);
    }
    await app.sql('UPDATE delivery SET next_at = 0 WHERE report_id = ?', made.report_id);
    const [sent] = await delivered(app, made, 1);
    assert.deepEqual([sent?.state, sent?.attempts], ['sent', 2]);
    const ids = calls.map(({ headers }) => headers['webhook-id']);
    assert.equal(new Set(ids).size, 1);
    [calls.length, answers] = [0, [500]];
    await run(app, made);
    await sleep(100);
    const past = Date.now() - 80 * 3_600_000;
    const old = "UPDATE delivery SET created_at = ?, next_at = 0 WHERE state = 'waiting'";
    for (;;) {
      await app.sql(old, past);
      const found = await deliveries(app, made);
      if (found.some(({ state }) => state === 'failed')) break;
      await sleep(50);
    }
  });

  test('tell the owner what is missing', async () => {
    // Pages of another host than the request's could ask for nothing.
    const app = await open(settings({ ANNALS_PUBLIC_URL: '' }));
    const grants = { audits: [...CAPABILITIES] };
    const definition = {
      ...{ project: 'default', label: 'Reports', views: { audits: { label: 'Audits' } } },
      roles: { chief: { label: 'Chief', grants } },
    };
    assert.equal((await app.admin('PUT', '/v1/projects/default', { definition })).status, 200);
    await app.record('acme', sampleEvents(1));
    const seat = { project: 'default', tenant_id: 'acme', roles: ['chief'] };
    const { browser: owner } = await joined(app, 'ada@acme.example', [seat]);
    const made = (
      await owner.call<Report>('POST', '/v1/reports', {
        body: { ...BODY, view: 'audits', recipients: [{ type: 'webhook', to: hook }] },
      })
    ).json;
    [calls.length, answers, mails.got.length] = [0, [410], 0];
    const { json } = await owner.call<Export>('POST', pathOf(made, '/run'), { body: {} });
    await exported(app, json);
    const found = await delivered(app, made, 2);
    assert.deepEqual(found.map(({ kind, state }) => `${kind} ${state}`).sort(), [
      'failure sent',
      'file failed',
    ]);
    assert.match(mails.got[0]?.read.text ?? '', /could not be sent to webhook http/);
  });

  test('can be tried without a file', async () => {
    const app = await open(settings());
    const made = await save(app, [
      { type: 'email', to: 'ada@acme.example' },
      { type: 'webhook', to: hook },
      { type: 's3', to: 'x/' },
    ]);
    [calls.length, answers] = [0, [404]];
    const {
      json,
      status,
      text: said,
    } = await app.admin<{ deliveries: Delivery[] }>(
      ...(['POST', pathOf(made, '/test'), {}] as const),
    );
    assert.equal(status, 200, said);
    const told = json.deliveries.map(({ recipient, state }) => [recipient.type, state]);
    assert.deepEqual(told, [
      ['email', 'sent'],
      ['webhook', 'failed'],
      ['s3', 'sent'],
    ]);
    assert.equal(JSON.parse(calls[0]?.body ?? '{}').type, 'report.test');
    assert.equal((await deliveries(app, made)).length, 3);
  });
});
