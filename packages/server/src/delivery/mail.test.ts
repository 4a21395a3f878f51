import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import type { SMTPServerOptions } from 'smtp-server';
import { trusting } from '../../test/certificate.ts';
import { type MailServer, startMailServer } from '../../test/mail-server.ts';
import { loadConfig } from '../config.ts';
import { type Mail, Mailer } from './mail.ts';
import type { Outcome } from './outcome.ts';

const LIMITS = { connectMs: 300, greetingMs: 300, socketMs: 300 };
const mail: Mail = { id: 'run_1-ada', to: 'ada@company.example', subject: 'A report', text: 'Hi' };
const SENT: Outcome = { kind: 'sent' };
const failure = (reason: string, isFinal = false) => ({ kind: 'failed', reason, isFinal });

const closings: (() => void)[] = [];
after(() => {
  for (const close of closings) close();
});

const mailServer = async (options?: SMTPServerOptions): Promise<MailServer> => {
  const server = await startMailServer(options);
  closings.push(server.close);
  return server;
};

async function tcpServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closings.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function mailer(address: string, attachMb = 0): Mailer {
  const config = loadConfig({
    ...{ ANNALS_SMTP: address, ANNALS_MAIL_FROM: 'annals@host.example' },
    ANNALS_MAIL_ATTACH_MB: String(attachMb),
  });
  assert.ok(config.mail);
  return new Mailer(config.mail, LIMITS);
}
const at = (port: number, attachMb = 0): Mailer => mailer(`smtp://127.0.0.1:${port}`, attachMb);
const PASSWORD = 'annals%40host:a%3Ab%2Fc%40d@';

/** An error that the mail server answers with. */
const answering = (status: number): Error =>
  Object.assign(new Error('Words of the mail server'), { responseCode: status });

test('a mail arrives as it was written, from a program, with the same id each time', async () => {
  const { port, got } = await mailServer({ hideSTARTTLS: true });
  const written = {
    ...{ ...mail, subject: `Größe${' – 日本'.repeat(30)}`, text: 'Zeile 1 ✓\n.\nZeile 3\n' },
    html: '<p>Größe</p>',
  };
  for (let tries = 0; tries < 2; tries++) assert.deepEqual(await at(port).send(written), SENT);
  const [first, second] = got;
  assert.ok(first && second);
  const { read, session, raw } = first;
  assert.equal(read.subject, written.subject);
  assert.equal(read.text?.replaceAll('\r\n', '\n').trimEnd(), written.text.trimEnd());
  assert.equal(read.html?.trim(), '<p>Größe</p>');
  assert.deepEqual(read.to, [{ name: '', address: mail.to }]);
  assert.equal(read.from?.address, 'annals@host.example');
  assert.equal(read.messageId, '<run_1-ada@host.example>');
  assert.equal(second.read.messageId, read.messageId);
  assert.match(raw.toString(), /^Auto-Submitted: auto-generated\r$/m);
  assert.doesNotMatch(raw.toString(), /nodemailer/i);
  assert.equal(session.secure, false);
});

test('a connection is encrypted as soon as the server offers it', async () => {
  const { port, got } = await mailServer();
  const invalid = failure('The certificate of the mail server is not valid.');
  assert.deepEqual(await at(port).send(mail), invalid);
  await trusting(async () => assert.deepEqual(await at(port).send(mail), SENT));
  assert.deepEqual(
    got.map(({ session }) => session.secure),
    [true],
  );
});

test('a connection is encrypted from the start with smtps', async () => {
  const { port, got } = await mailServer({ secure: true });
  const secure = mailer(`smtps://${PASSWORD}localhost:${port}`);
  const invalid = 'The certificate of the mail server is not valid.';
  assert.deepEqual(await secure.send(mail), failure(invalid));
  await trusting(async () => assert.deepEqual(await secure.send(mail), SENT));
  assert.equal(got[0]?.session.secure, true);
  assert.equal(got[0].session.user, 'annals@host');
});

test('a password is sent where it is asked for, and never unencrypted', async () => {
  const { port, got } = await mailServer({ authOptional: false });
  await trusting(async () => {
    const known = mailer(`smtp://${PASSWORD}localhost:${port}`);
    assert.deepEqual(await known.send(mail), SENT);
    assert.equal(got[0]?.session.user, 'annals@host');
    const stranger = mailer(`smtp://annals:wrong@localhost:${port}`);
    const refused = 'The mail server refused the sign-in (535).';
    assert.deepEqual(await stranger.send(mail), failure(refused));
    assert.deepEqual(
      await mailer(`smtp://localhost:${port}`).send(mail),
      failure('The mail server refused the sender (530).'),
    );
  });
  const asked: string[] = [];
  const plain = await mailServer({
    ...{ hideSTARTTLS: true, allowInsecureAuth: true, disabledCommands: ['STARTTLS'] },
    onAuth: ({ username }, _session, done) => {
      asked.push(String(username));
      done(null, { user: username });
    },
  });
  const outcome = await mailer(`smtp://${PASSWORD}127.0.0.1:${plain.port}`).send(mail);
  assert.deepEqual(outcome, failure('No secure connection to the mail server came about.'));
  assert.deepEqual(asked, []);
});

test('what a mail server refuses is final if it knows no such recipient', async () => {
  const refusing = async (options: SMTPServerOptions) =>
    await at((await mailServer({ hideSTARTTLS: true, ...options })).port).send(mail);
  const recipient = (status: number) =>
    refusing({ onRcptTo: (_address, _session, done) => done(answering(status)) });
  for (const status of [550, 551, 553]) {
    const reason = `The mail server refused the recipient (${status}).`;
    assert.deepEqual(await recipient(status), failure(reason, true));
  }
  const unsure = failure('The mail server refused the recipient (554).');
  assert.deepEqual(await recipient(554), unsure);
  for (const status of [421, 450, 451]) {
    const reason = `The mail server asks to try later (${status}).`;
    assert.deepEqual(await recipient(status), failure(reason));
  }
  assert.deepEqual(
    await refusing({ onMailFrom: (_address, _session, done) => done(answering(550)) }),
    failure('The mail server refused the sender (550).'),
  );
  assert.deepEqual(
    await refusing({
      onData: (stream, _session, done) =>
        void stream.resume().on('end', () => done(answering(554))),
    }),
    failure('The mail server refused the message (554).'),
  );
  assert.deepEqual(
    await refusing({ onConnect: (_session, done) => done(answering(554)) }),
    failure('The mail server refused the connection (554).'),
  );
});

test('a mail server that is silent, closes or is not there holds nobody', async () => {
  const silent = failure('The mail server did not answer in time.');
  assert.deepEqual(await at(await tcpServer(() => {})).send(mail), silent);
  const halfway = await tcpServer((socket) => void socket.write('220 mail ESMTP\r\n'));
  assert.deepEqual(await at(halfway).send(mail), silent);
  const closed = failure('The mail server closed the connection.');
  assert.deepEqual(await at(await tcpServer((socket) => socket.end())).send(mail), closed);
  const hanging = await tcpServer((socket) => {
    socket.write('220 mail ESMTP\r\n');
    socket.on('data', () => socket.end());
  });
  assert.deepEqual(await at(hanging).send(mail), closed);
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  assert.deepEqual(await at(port).send(mail), failure('The mail server cannot be reached.'));
  const nameless = mailer(`smtp://${'a'.repeat(64)}.example`);
  const unknown = failure('The name of the mail server cannot be resolved.');
  assert.deepEqual(await nameless.send(mail), unknown);
});

test('no text becomes another header, recipient or command', async () => {
  const { port, got } = await mailServer({ hideSTARTTLS: true });
  const attachment = {
    ...{ name: 'a.csv\r\nBcc: eve@evil.example', contentType: 'text/csv', bytes: 1 },
    open: async () => Readable.from([Buffer.from('a')]),
  };
  const subject = 'A\r\nBcc: eve@evil.example\r\n\r\nB\u2028C\0D';
  assert.deepEqual(await at(port, 1).send({ ...mail, subject, attachment }), SENT);
  assert.equal(got[0]?.read.subject, 'A Bcc: eve@evil.example B C D');
  assert.doesNotMatch(got[0].raw.toString(), /^bcc:/im);
  assert.deepEqual(got[0].recipients, [mail.to]);
  const no = failure('It is no address for mail.', true);
  const addresses = [
    ...['', 'ada', 'ada@', '@a.example', 'ada@a.example\r\nRCPT TO:<eve@evil.example>'],
    ...['ada@a.example, eve@evil.example', 'Ada <ada@a.example>', 'g:ada@a.example;'],
    ...['ada@a.example\u0000', 'a b@a.example', 'ada@a@a.example', `${'a'.repeat(400)}@a.example`],
  ];
  for (const to of addresses) assert.deepEqual(await at(port).send({ ...mail, to }), no, to);
  assert.equal(got.length, 1);
  await assert.rejects(at(port).send({ ...mail, id: 'a>\r\nBcc: eve' }), /the id of a delivery/);
});

test('a file goes with a mail, byte by byte, if it may', async () => {
  const { port, got } = await mailServer({ hideSTARTTLS: true });
  const bytes = Buffer.concat([Buffer.from('a,b\n\r\n.\r\nFrom x\r'), randomBytes(300_000)]);
  const opened: Readable[] = [];
  const attachment = {
    ...{ name: 'Prüfung 2026.csv', contentType: 'text/csv', bytes: bytes.length },
    open: async () => {
      const file = Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]);
      opened.push(file);
      return file;
    },
  };
  const attaching = at(port, 1);
  assert.equal(attaching.attaches(1_048_576), true);
  assert.equal(attaching.attaches(1_048_577), false);
  assert.equal(at(port).attaches(1), false);
  assert.deepEqual(await attaching.send({ ...mail, attachment }), SENT);
  const [file] = got[0]?.read.attachments ?? [];
  assert.equal(file?.filename, attachment.name);
  assert.equal(file.mimeType, 'text/csv');
  assert.ok(file.content instanceof ArrayBuffer || file.content instanceof Uint8Array);
  assert.ok(bytes.equals(new Uint8Array(file.content)));
  await assert.rejects(at(port).send({ ...mail, attachment }), /a file to link to/);
  assert.deepEqual(
    opened.map(({ destroyed }) => destroyed),
    [true],
  );
});

test('a file that breaks off is not sent, and is closed', async () => {
  const { port, got } = await mailServer({ hideSTARTTLS: true });
  const file = new Readable({
    read() {
      this.push(Buffer.alloc(1_000));
      setImmediate(() => this.destroy(new Error('the disk of 10.0.0.1 is gone')));
    },
  });
  const attachment = {
    ...{ name: 'a.csv', contentType: 'text/csv', bytes: 10_000 },
    open: async () => file,
  };
  const broken = failure('The file to attach could not be read.');
  assert.deepEqual(await at(port, 1).send({ ...mail, attachment }), broken);
  assert.equal(got.length, 0);
  // Before anybody reads it, while the connection is made.
  const vanishing = new Readable({ read() {} });
  const open = async () => {
    setImmediate(() => vanishing.destroy(new Error('gone')));
    return vanishing;
  };
  const vanished = { ...attachment, open };
  assert.deepEqual(await at(port, 1).send({ ...mail, attachment: vanished }), broken);
  const unread = new Readable({ read() {} });
  const nowhere = await at(await tcpServer((socket) => socket.end()), 1).send({
    ...{ ...mail, attachment: { ...attachment, open: async () => unread } },
  });
  assert.equal(nowhere.kind, 'failed');
  assert.ok(unread.destroyed);
  const missing = { ...attachment, open: () => Promise.reject(new Error('no such file')) };
  await assert.rejects(at(port, 1).send({ ...mail, attachment: missing }), /no such file/);
});

test('who stops waiting gets the reason of the own signal', async () => {
  const port = await tcpServer(() => {});
  const ending = new AbortController();
  const sent = at(port).send(mail, ending.signal);
  setTimeout(() => ending.abort(new Error('the server stops')), 50);
  await assert.rejects(sent, /the server stops/);
  await assert.rejects(at(port).send(mail, ending.signal), /the server stops/);
  const file = new Readable({ read() {} });
  const meanwhile = new AbortController();
  const attachment = {
    ...{ name: 'a.csv', contentType: 'text/csv', bytes: 1 },
    open: async () => {
      meanwhile.abort(new Error('the server stops'));
      return file;
    },
  };
  const stopped = at(port, 1).send({ ...mail, attachment }, meanwhile.signal);
  await assert.rejects(stopped, /the server stops/);
  assert.ok(file.destroyed);
});

test('settings of mail are checked at the start', () => {
  const from = { ANNALS_MAIL_FROM: 'annals@host.example' };
  const smtpOf = (address: string) => loadConfig({ ANNALS_SMTP: address, ...from }).mail?.smtp;
  const nobody = { user: undefined, password: undefined };
  assert.deepEqual(smtpOf('smtp://mail.example'), {
    ...{ host: 'mail.example', port: 587, isSecure: false, ...nobody },
  });
  assert.deepEqual(smtpOf('smtps://a%40b:c%3Ad@[::1]/'), {
    ...{ host: '::1', port: 465, isSecure: true, user: 'a@b', password: 'c:d' },
  });
  assert.equal(loadConfig(from).mail, undefined);
  const wrong = [
    ...['mail.example:25', 'http://mail.example', 'smtp://', 'smtp://user@mail.example'],
    ...['smtp://mail.example/path', 'smtp://mail.example?a=1', 'smtp://a:%zz@mail.example'],
    'smtp://mail.example:99999',
  ];
  for (const address of wrong) {
    assert.throws(() => smtpOf(address), /^Error: ANNALS_SMTP must be an address as in smtp:/);
  }
  const beside = /^Error: ANNALS_SMTP needs ANNALS_MAIL_FROM beside it$/;
  assert.throws(() => loadConfig({ ANNALS_SMTP: 'smtp://mail.example' }), beside);
  const large = { ...from, ANNALS_MAIL_ATTACH_MB: '26' };
  assert.throws(() => loadConfig(large), /ANNALS_MAIL_ATTACH_MB must be a whole number/);
  const names = { ANNALS_MAIL_FROM: 'Annals <annals@host.example>' };
  assert.throws(() => loadConfig(names), /ANNALS_MAIL_FROM must be an address/);
});
