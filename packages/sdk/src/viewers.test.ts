/** Viewer sessions and keys by the client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPeer } from '../test/peer.ts';

test('viewer sessions and keys reach their routes', async () => {
  const lists = { sessions: [{ session_id: 's' }], keys: [{ viewer_key_id: 'k' }] };
  await using peer = await startPeer(() => ({ body: lists }));
  const client = peer.client({ project: 'p' });
  const session = { tenant_id: 't', roles: ['admin'], viewer: { id: 'u' } };
  const key = {
    ...{ label: 'l', issuer: 'i', roles: ['admin'], public_key: 'pem' },
    algorithm: 'EdDSA',
  } as const;
  await client.viewerSessions.create(session);
  assert.equal((await client.viewerSessions.list('t')).length, 1);
  await client.viewerSessions.revoke('s/1');
  await client.viewerKeys.create(key);
  assert.equal((await client.viewerKeys.list()).length, 1);
  await client.viewerKeys.retire('k');
  await client.viewerKeys.deny('k', 'jti');
  assert.deepEqual(
    peer.seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim()),
    [
      `POST /v1/viewer-sessions?project=p ${JSON.stringify(session)}`,
      'GET /v1/viewer-sessions?project=p&tenant_id=t',
      'DELETE /v1/viewer-sessions/s%2F1?project=p',
      `POST /v1/viewer-keys?project=p ${JSON.stringify(key)}`,
      'GET /v1/viewer-keys?project=p',
      'DELETE /v1/viewer-keys/k?project=p',
      'POST /v1/viewer-keys/k/denials?project=p {"jti":"jti"}',
    ],
  );
});
