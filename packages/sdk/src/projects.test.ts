/** A project's definition, its catalog and its tenants, by the client against the real server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import { type Client, ConflictError, createClient, NotAllowedError } from './sdk.ts';

let app: TestApp;
let client: Client;
before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  client = createClient({ url: app.url, key: app.adminKey, project: 'crm' });
});
after(async () => {
  await client.close();
  await app.stop();
});

const sentences = ['{actor} closed {target}', '{actor} closed a case'];
const definition = {
  project: 'crm',
  label: 'CRM',
  locales: ['en', 'de'],
  resource_types: { case: { label: { en: 'Case', de: 'Fall' } } },
  event_types: {
    cases: {
      label: 'Cases',
      actions: {
        'case.closed': { label: { en: 'Case closed', de: 'Fall geschlossen' }, sentences },
      },
    },
  },
  views: {
    page: { label: 'Page', changes: 'none' },
    case: { label: 'Case', binding: 'record' },
  },
  roles: { agent: { label: 'Agent', grants: { page: ['read'], case: ['read', 'export'] } } },
};

test('a definition is compared, applied, and read again', async () => {
  await client.projects.put('crm', { label: 'CRM' });
  const first = await client.projects.diff('crm', definition);
  assert.equal(first.version, 0);
  assert(first.changes.some(({ effect, path }) => effect === 'gain' && path.startsWith('/roles/')));
  const { version } = await client.projects.put('crm', { definition, version: first.version });
  const there = await client.projects.get('crm');
  assert.deepEqual([there.version, there.definition], [version, definition]);
  assert.deepEqual((await client.projects.diff('crm', definition)).changes, []);
  const late = client.projects.put('crm', { definition, version: 0 });
  await assert.rejects(late, ConflictError);
});

test('a key of a role sees its views, in a language; explain says why', async () => {
  const target = { type: 'case', id: 'c-1', name: 'Sullivan' };
  const event = sampleEvent({ action: 'case.closed', targets: [target] });
  await client.events.record({ ...event, tenant_id: 'acme' });
  const { secret, roles } = await client.keys.create({ label: 'agent', roles: ['agent'] });
  assert.deepEqual(roles, ['agent']);
  const agent = createClient({ url: app.url, key: secret, project: 'crm' });
  const { views, event_types } = await agent.catalog.get({ locale: 'de' });
  assert.deepEqual(
    views.map(({ view, capabilities }) => [view, capabilities]),
    [
      ['page', ['read']],
      ['case', ['read', 'export']],
    ],
  );
  assert.equal(event_types[0]?.actions[0]?.activity, 'Fall geschlossen');
  const scope = { tenant_id: 'acme', locale: 'de' };
  const [shown] = (await agent.events.list(scope)).events;
  assert.deepEqual([shown?.activity, shown?.changes], ['Fall geschlossen', undefined]);
  const asked = { ...scope, view: 'case', subject: 'case:c-1' };
  assert.equal((await agent.events.count(asked)).count, 1);
  assert.equal((await agent.events.count({ ...asked, subject: 'case:c-2' })).count, 0);
  await assert.rejects(agent.events.list({ ...scope, view: 'all' }), NotAllowedError);
  const role = { tenant_id: 'acme', role: 'agent', subject: 'case:c-1' };
  const why = await client.events.explain(event.id ?? '', role);
  assert.deepEqual([why.recorded, why.visible, why.views.length], [true, true, 2]);
  assert(why.views[0]?.hidden.some((path) => path.startsWith('/changes')));
  await agent.close();
});

test('a tenant has a plan and add-ons, and is enabled and disabled', async () => {
  const change = { plan: 'enterprise', addons: ['analytics'], is_demo: true };
  const made = await client.tenants.put('acme', { ...change, audit_enabled_at: 'now' });
  assert.deepEqual([made.plan, made.addons, made.is_demo], ['enterprise', ['analytics'], true]);
  assert(Date.parse(made.audit_enabled_at ?? '') <= Date.now());
  const after = await client.tenants.put('acme', { plan: null, audit_enabled_at: null });
  assert.deepEqual([after.plan, after.audit_enabled_at, after.is_demo], [null, null, true]);
});
