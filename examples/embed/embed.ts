/**
 * A product that shows its customers their audit log: one page with `<annals-log>`, and an address
 * that gives the page a token for whoever is signed in. Start it beside `npm start -- --demo`:
 *
 *     ANNALS_KEY=ann_… node examples/embed/embed.ts     then open http://127.0.0.1:4700
 */
import { createServer, type Server } from 'node:http';
import { createClient } from '@annals/sdk';

export interface EmbedOptions {
  /** Where Annals is. */
  readonly url: string;
  /** A key with the scopes `events:read` and `manage`, or a role that manages `sessions`. */
  readonly key: string;
  readonly port: number;
}

const page = (url: string) => `<!doctype html>
<html lang="en">
  <title>Settings · Audit log</title>
  <script type="module" src="${url}/viewer/annals-log.js"></script>
  <script type="module" src="/page.js"></script>
  <h1>Settings</h1>
  <annals-log src="${url}" view="audit"></annals-log>
</html>`;

const SCRIPT = `
const log = document.querySelector('annals-log');
log.getToken = async () => (await fetch('/audit-token', { method: 'POST' })).text();
log.state = sessionStorage.getItem('audit') ?? '';
log.addEventListener('annals-state', ({ detail }) => sessionStorage.setItem('audit', detail.state));
`;

export function serveProduct({ url, key, port }: EmbedOptions): Server {
  const client = createClient({ url, key, project: 'incidents' });
  const policy = `default-src 'self'; script-src 'self' ${url}; connect-src 'self' ${url}`;
  return createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/audit-token') {
      // Of whoever is signed in at your product; never what the browser says.
      const viewer = { id: 'u-1', name: 'Ada Lovelace' };
      const asked = { tenant_id: 'helvetia-grid', roles: ['audit_logs'], viewer };
      response.end((await client.viewerSessions.create(asked)).token);
      return;
    }
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', policy);
    response.end(isScript ? SCRIPT : page(url));
  }).listen(port, '127.0.0.1');
}

if (import.meta.main) {
  const { ANNALS_KEY: key = '', ANNALS_URL: url = 'http://127.0.0.1:4600' } = process.env;
  serveProduct({ url, key, port: 4_700 });
  console.log('http://127.0.0.1:4700');
}
