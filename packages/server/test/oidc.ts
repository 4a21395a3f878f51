/** A real OpenID provider for tests, in this process, over HTTP. Whoever comes signs in at once. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

/** What the provider says of an account. */
export interface Claims {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

export const CLIENT = { client_id: 'annals', client_secret: 'a secret of the test' } as const;

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface TestProvider {
  readonly issuer: string;
  /** By the id of the account; who signs in next is `next`. */
  readonly accounts: Map<string, Claims>;
  next: string;
  stop(): Promise<void>;
}

/** `redirectUri` is where it sends browsers back. */
export async function startProvider(redirectUri: string): Promise<TestProvider> {
  const accounts = new Map<string, Claims>();
  // The issuer's name holds the port, so the server listens before the provider is made.
  let handle: Handle = async (_request, response) => void response.end();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const test: TestProvider = { issuer, accounts, next: '', stop: () => closed(server) };
  const provider = new Provider(issuer, configuration(test, redirectUri));
  const answer = provider.callback();
  handle = async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return await answer(request, response);
    return await provider.interactionFinished(request, response, {
      login: { accountId: test.next },
    });
  };
  return test;
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const configuration = (test: TestProvider, redirectUri: string): Configuration => ({
  clients: [{ ...CLIENT, redirect_uris: [redirectUri], grant_types: ['authorization_code'] }],
  cookies: { keys: ['a key of the test'] },
  features: { devInteractions: { enabled: false } },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  async findAccount(_context, id) {
    return { accountId: id, claims: async () => ({ sub: id, ...test.accounts.get(id) }) };
  },
  async loadExistingGrant({ oidc }) {
    const { client, session, provider } = oidc;
    const grant = new provider.Grant({
      ...(client ? { clientId: client.clientId } : {}),
      ...(session?.accountId ? { accountId: session.accountId } : {}),
    });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

/** Goes where the provider sends a new browser, until it is sent back. */
export async function throughProvider(start: string, redirectUri: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${response.status}: ${await response.text()}`);
    const next = new URL(location, url);
    if (next.href.startsWith(redirectUri)) return next;
    url = next.href;
  }
  throw new Error('the provider does not send the browser back');
}
