import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Pages, preparePages } from '@annals/console';
import { startTestApp, type TestApp } from '../packages/server/test/harness.ts';

/** Bytes, compressed: what a page may take, and what a host page may be asked to load. */
const PAGE_MOST = 250_000;
const VIEWER_MOST = 200_000;

let pages: Pages;
let app: TestApp;
before(
  async () => {
    pages = await preparePages();
    app = await startTestApp({ dialect: 'sqlite', pages });
  },
  { timeout: 60_000 },
);
after(() => app.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(app.url + path, { headers });

/** Scripts that the first page loads by itself. */
async function scriptsOf(html: string): Promise<string[]> {
  return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path = '']) => path);
}

describe('the pages as files', () => {
  test('every address of the console is its one page, others are not', async () => {
    for (const path of ['/', '/sign-in', '/setup', '/me', '/p/crm/acme/log/all?q=x']) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    }
    for (const path of ['/nothing', '/assets/nothing.js', '/sign-in/more', '/src/main.tsx']) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  test('nothing inline runs, nobody frames them, nothing leaves', async () => {
    const { headers } = await get('/');
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /style-src 'self'(;|$)/);
    assert.match(policy, /connect-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get('cache-control'), 'no-cache');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });

  test('what a name of its own content has is kept for ever, and sent packed', async () => {
    const [script = ''] = await scriptsOf(await (await get('/')).text());
    const packed = await get(script, { 'accept-encoding': 'br' });
    assert.equal(packed.headers.get('content-encoding'), 'br');
    assert.match(packed.headers.get('cache-control') ?? '', /immutable/);
  });

  test('the log page and the viewer are as small as was promised', async () => {
    const scripts = await scriptsOf(await (await get('/')).text());
    let bytes = 0;
    for (const path of scripts) bytes += (await readFile(join(pages.console, `${path}.gz`))).length;
    assert.ok(bytes > 0 && bytes <= PAGE_MOST, `${bytes} bytes of script`);
    const viewer = await readFile(join(pages.viewer, 'annals-log.js.gz'));
    assert.ok(viewer.length <= VIEWER_MOST, `${viewer.length} bytes of viewer`);
    assert.match(gunzipSync(viewer).toString(), /annals-log/);
  });

  test('other products’ pages may load the viewer, and nothing else', async () => {
    const { headers } = await get('/viewer/annals-log.js');
    assert.equal(headers.get('access-control-allow-origin'), '*');
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin');
    const own = await get('/');
    assert.equal(own.headers.get('cross-origin-resource-policy'), 'same-origin');
  });
});
