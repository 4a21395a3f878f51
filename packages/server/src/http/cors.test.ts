import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../../test/harness.ts';

const ORIGIN = { origin: 'https://app.customer.example' };
let app: TestApp;
before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
});
after(() => app.stop());

describe('pages of other hosts', () => {
  test('may ask with a token of their own, and see why they are refused', async () => {
    const path = '/v1/catalog';
    const allowed = await app.call('GET', path, { key: app.adminKey, headers: ORIGIN });
    assert.equal(allowed.status, 200);
    assert.equal(allowed.headers.get('access-control-allow-origin'), '*');
    assert.match(allowed.headers.get('access-control-expose-headers') ?? '', /annals-notices/);
    const refused = await app.call('GET', path, { key: 'wrong', headers: ORIGIN });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('access-control-allow-origin'), '*');
  });
  test('are told before they send it, for what reading takes and no more', async () => {
    const headers = { ...ORIGIN, 'access-control-request-method': 'POST' };
    const { status, headers: told } = await app.call('OPTIONS', '/v1/events/search', { headers });
    assert.equal(status, 204);
    assert.equal(told.get('access-control-allow-methods'), 'GET, POST');
    assert.match(told.get('access-control-allow-headers') ?? '', /authorization/);
    assert.equal(told.get('access-control-allow-credentials'), null);
  });
  test('see nothing that is asked by a cookie, or by nobody', async () => {
    for (const more of [{}, { cookie: 'annals.session_token=x' }]) {
      const { headers } = await app.call('GET', '/v1/me', { headers: { ...ORIGIN, ...more } });
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });
});
