/** A real mail server for tests, which keeps what it gets. */
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { CERTIFICATE } from './certificate.ts';

interface Got {
  readonly raw: Buffer;
  readonly read: Email;
  readonly session: SMTPServerSession;
  readonly recipients: readonly string[];
}
export interface MailServer {
  readonly port: number;
  readonly got: Got[];
  readonly close: () => void;
}

/** A real one, open to all unless told else. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const got: Got[] = [];
  const server = new SMTPServer({
    ...{ ...CERTIFICATE, authOptional: true, closeTimeout: 100, disableReverseLookup: true },
    onData(stream, session, done) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      const keep = async () => {
        const raw = Buffer.concat(await stream.toArray());
        got.push({ raw, read: await PostalMime.parse(raw), session, recipients });
      };
      keep().then(() => done(), done);
    },
    onAuth({ username, password }, _session, done) {
      const isRight = username === 'annals@host' && password === 'a:b/c@d';
      done(isRight ? null : new Error('No'), { user: username });
    },
    ...options,
  });
  // Of clients that go away, which some tests want.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, got, close: () => server.close() };
}
