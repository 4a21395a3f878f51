/** Whoever may read everything looks as a role does: exactly what its holders get, never more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '@annals/contract/catalog';
import type { Definition } from '@annals/contract/definition';
import type { Problem } from '@annals/contract/problem';
import { onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';

const DEFINITION: Definition = {
  project: 'borrowed',
  label: 'Borrowed',
  views: {
    page: { label: 'Page', rows: 'action:document.*', classes: ['public'], reach: 'P30D' },
    staff: { label: 'Staff', columns: [{ path: 'actor', label: 'Who' }] },
  },
  roles: {
    admin: { label: 'Admin', grants: { page: ['read', 'export'] } },
    vendor: { label: 'Vendor', grants: { staff: ['read'], page: ['read'] } },
    guest: { label: 'Guest' },
  },
};
const PLACE = { project: 'borrowed', tenant_id: 'acme' };
/** What holds the moment of a request. */
const MOMENTS = ['request_id', 'as_of', 'next_cursor', 'notices'];

async function keysOf(app: TestApp): Promise<Record<string, string>> {
  const put = await app.admin('PUT', '/v1/projects/borrowed', { definition: DEFINITION });
  assert.equal(put.status, 200, put.text);
  const keys: Record<string, string> = {};
  for (const role of Object.keys(DEFINITION.roles)) {
    const body = { label: role, roles: [role] };
    const { json } = await app.admin<{ secret: string }>('POST', '/v1/keys?project=borrowed', body);
    keys[role] = json.secret;
  }
  return keys;
}

async function get<T extends object>(app: TestApp, key: string, path: string, asked: object) {
  const query = new URLSearchParams({ ...PLACE, ...asked });
  const { status, json } = await app.call<T>('GET', `${path}?${query}`, { key });
  const kept = Object.entries(json).filter(([name]) => !MOMENTS.includes(name));
  return { status, json: Object.fromEntries(kept) as T };
}

onBothDatabases('looking as a role', (open) => {
  test('gives what its holders get, in every answer', async () => {
    const app = await open();
    const keys = await keysOf(app);
    const by = { type: 'user', id: 'u_9', name: 'Ana' } as const;
    const targets = [{ type: 'document', id: 'd_1', name: 'Plan' }];
    const events = ['document.read', 'user.login'].map((action) => {
      return sampleEvent({ action, actor: by, targets });
    });
    await app.admin('POST', '/v1/events?project=borrowed&tenant_id=acme', events);
    for (const [role, key] of Object.entries(keys)) {
      const questions = ['page', 'staff', 'log'].flatMap((view) => [
        ['/v1/events', { view, q: 'actor:u_9' }] as const,
        ['/v1/events/count', { view }] as const,
        ['/v1/events/facets', { view, fields: 'actor,action' }] as const,
        ['/v1/actors', { view }] as const,
      ]);
      for (const [path, asked] of [...questions, ['/v1/catalog', {}] as const]) {
        const own = await get(app, key, path, asked);
        const lent = await get(app, app.adminKey, path, { ...asked, as_role: role });
        assert.deepEqual(lent, own, `${role} ${path} ${JSON.stringify(asked)}`);
      }
    }
  });

  test('is for those who may read everything, and for roles that there are', async () => {
    const app = await open();
    const keys = await keysOf(app);
    await app.admin('PUT', '/v1/tenants/acme?project=borrowed', {});
    const ask = async (key: string, as_role: string) => {
      const { status, json } = await get<Problem>(app, key, '/v1/events', { as_role });
      return [status, json.code];
    };
    assert.deepEqual(await ask(keys['admin'] ?? '', 'vendor'), [403, 'forbidden']);
    assert.deepEqual(await ask(app.adminKey, 'nobody'), [400, 'invalid_query']);
    const { json } = await get<Catalog>(app, app.adminKey, '/v1/catalog', {});
    const names = json.views.map(({ view }) => view);
    assert.deepEqual(names, ['page', 'staff', 'log', 'all'], 'and the built-in ones');
  });
});
