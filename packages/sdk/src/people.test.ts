/** People by the client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPeer } from '../test/peer.ts';

test('people and `me` reach their routes', async () => {
  const lists = { people: [{ person_id: 'p' }], sessions: [{ session_id: 's' }] };
  await using peer = await startPeer(() => ({ body: lists }));
  const client = peer.client({ project: 'p' });
  const invitation = { email: 'a@a.example', memberships: [{ roles: ['reader'] }] };
  await client.me();
  assert.equal((await client.people.list({ tenant_id: 't', after: 'a@a.example' })).length, 1);
  await client.people.invite(invitation, { tenant_id: 't' });
  await client.people.put('p/1', invitation.memberships);
  await client.people.remove('p');
  await client.people.reset('p');
  assert.equal((await client.people.sessions('p')).length, 1);
  await client.people.endSessions('p', { tenant_id: 't' });
  assert.deepEqual(
    peer.seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim()),
    [
      'GET /v1/me',
      'GET /v1/people?project=p&tenant_id=t&after=a%40a.example',
      `POST /v1/people?project=p&tenant_id=t ${JSON.stringify(invitation)}`,
      `PUT /v1/people/p%2F1?project=p ${JSON.stringify({ memberships: invitation.memberships })}`,
      'DELETE /v1/people/p?project=p',
      'POST /v1/people/p/reset?project=p {}',
      'GET /v1/people/p/sessions?project=p',
      'DELETE /v1/people/p/sessions?project=p&tenant_id=t',
    ],
  );
});
