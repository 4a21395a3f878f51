/** Views, roles and gates over HTTP: what is refused, with which words, and what is told beside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '@annals/contract/catalog';
import type { Definition } from '@annals/contract/definition';
import type { EventInput } from '@annals/contract/event';
import type { Problem } from '@annals/contract/problem';
import type {
  DefinedProject,
  DefinitionDiff,
  EventPage,
  Explanation,
  Key,
  RecordResult,
  Tenant,
} from '@annals/contract/routes';
import { onBothDatabases, sampleEvent, type TestApp, verifyAll } from '../../test/harness.ts';

const DAY_MS = 86_400_000;
const sentences = ['{actor} opened {target}', '{actor} opened something'];
const definition = (project: string, more: Partial<Definition> = {}): Definition => ({
  project,
  label: { en: 'Files', de: 'Dateien' },
  locales: ['en', 'de'],
  time_zone: 'Europe/Berlin',
  applications: { web: { label: { en: 'The web', de: 'Das Netz' } }, app: { label: 'App' } },
  resource_types: {
    document: { label: { en: 'Document', de: 'Dokument' }, synonyms: ['Paper'] },
    client: { label: 'Client', person: true, since: '2026-05-01' },
  },
  event_types: {
    documents: {
      label: 'Documents',
      actions: {
        'document.read': {
          label: { en: 'Document opened', de: 'Dokument geöffnet' },
          operation: 'read',
          resource_types: ['document'],
          sentences: [
            { en: '{actor} opened {target}', de: '{actor} öffnete {target}' },
            { en: '{actor} opened something', de: '{actor} öffnete etwas' },
          ],
          metadata: [
            {
              schema: {
                type: 'object',
                properties: { pages: { type: 'integer', title: 'Pages' } },
              },
            },
          ],
        },
        'document.deleted': { label: 'Document deleted', operation: 'delete', sentences },
      },
    },
  },
  unknown_actions: 'refuse',
  data_classes: { '/metadata/token_id': 'secret', '/changes/pin': 'secret' },
  views: {
    page: {
      label: 'Page',
      permission: 'Audit logs',
      classes: ['public'],
      window: 'P90D',
      reach: 'P1Y',
      formats: ['csv'],
      filters: [
        { key: 'application', label: 'Application', required: true },
        { key: 'target', label: 'Record', required: true, one: true },
        { key: 'date_range', label: 'Date range', required: true },
      ],
    },
    late: { label: 'Late', delay: 'PT6H', floor: '2025-01-01' },
    own: { label: 'One person', binding: 'actor' },
    staff: { label: 'Everything', operators: true },
  },
  roles: {
    admin: {
      label: 'Admin',
      viewer: true,
      grants: { page: ['read', 'export'], late: ['read'], own: ['read'] },
    },
    helper: { label: 'Helper', grants: { own: ['read'] }, manage: ['explain', 'keys'] },
    vendor: { label: 'Vendor', grants: { staff: ['read', 'export'] } },
    guest: { label: 'Guest', viewer: true },
  },
  gating: { opt_in: true, prerequisites: ['analytics'], plans: ['pro', 'max'], demo: false },
  ...more,
});

interface Place {
  readonly app: TestApp;
  readonly project: string;
  readonly keys: Readonly<Record<string, string>>;
}
const at = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();
const event = (fields: Partial<EventInput> = {}): EventInput =>
  sampleEvent({
    action: 'document.read',
    occurred_at: at(1),
    source: { application: 'web', initiator: 'user' },
    targets: [{ type: 'document', id: 'd_1', name: 'Plan' }],
    ...fields,
  });

async function roleKey(
  { app, project }: Pick<Place, 'app' | 'project'>,
  role: string,
  tenant_id?: string,
): Promise<string> {
  const body = { label: role, roles: [role], ...(tenant_id === undefined ? {} : { tenant_id }) };
  const path = `/v1/keys?project=${project}`;
  const key = await app.admin<Key & { secret: string }>('POST', path, body);
  assert.equal(key.status, 201, key.text);
  return key.json.secret;
}

async function placeOf(app: TestApp, project: string, more?: Partial<Definition>): Promise<Place> {
  const body = { definition: definition(project, more) };
  const put = await app.admin<DefinedProject>('PUT', `/v1/projects/${project}`, body);
  assert.equal(put.status, 200, put.text);
  const keys: Record<string, string> = {};
  for (const role of Object.keys(put.json.definition?.roles ?? {})) {
    keys[role] = await roleKey({ app, project }, role);
  }
  const tenant = await app.admin('PUT', `/v1/tenants/acme?project=${project}`, {
    plan: 'pro',
    addons: ['analytics'],
    audit_enabled_at: at(500),
  });
  assert.equal(tenant.status, 200, tenant.text);
  return { app, project, keys };
}
async function record({ app, project }: Place, events: readonly EventInput[]) {
  const path = `/v1/events?project=${project}&tenant_id=acme`;
  return (await app.admin<RecordResult>('POST', path, events)).json;
}
const ask = <T>({ app, keys }: Place, role: string, path: string, asked: object = {}) => {
  const search = new URLSearchParams({ tenant_id: 'acme', ...asked });
  return app.call<T>('GET', `${path}?${search}`, { key: keys[role] });
};
const page = (place: Place, role: string, asked: object) =>
  ask<EventPage & Problem>(place, role, '/v1/events', asked);
const WHOLE = { view: 'page', q: 'application:web target:Plan', from: at(80), to: at(0) };

onBothDatabases('views and gates', (open) => {
  test('a role reads through its views, and is told what it lacks', async () => {
    const app = await open();
    const place = await placeOf(app, 'roles');
    await record(place, [event()]);
    assert.equal((await page(place, 'admin', WHOLE)).json.events.length, 1);
    const { json: other } = await page(place, 'helper', WHOLE);
    assert.deepEqual([other.status, other.code], [403, 'view_not_granted']);
    assert.equal(other.permission, 'Audit logs');
    assert.match(other.detail ?? '', /needs the permission "Audit logs"/);
    const staff = (await page(place, 'admin', { view: 'staff' })).json;
    assert.equal(staff.code, 'view_not_granted');
    assert.match(staff.detail ?? '', /^This needs a role with the view "staff"\./);
    assert.equal((await page(place, 'admin', { view: 'all' })).json.code, 'view_not_granted');
    assert.equal((await page(place, 'admin', { view: 'nothing' })).json.code, 'not_found');
    const { json: none } = await page(place, 'guest', WHOLE);
    assert.deepEqual([none.code, none.permission], ['view_not_granted', 'Audit logs']);
    assert.match((await page(place, 'guest', {})).json.detail ?? '', /Ask your administrator/);
    const reference = await ask<Problem>(place, 'guest', '/v1/catalog');
    assert.equal(reference.json.code, 'forbidden');
    const usual = await page(place, 'vendor', {});
    assert.equal(usual.json.events.length, 1, 'the first of its own views');
    const file = { ...WHOLE, view: 'late', q: '', format: 'csv' };
    const export1 = await ask<Problem>(place, 'admin', '/v1/events/download', file);
    assert.equal(export1.json.code, 'capability_not_granted');
    const early = { ...WHOLE, from: at(400), to: at(320), format: 'csv' };
    const cut = await ask(place, 'admin', '/v1/events/download', early);
    assert.equal(cut.headers.get('annals-notices'), 'clamped_by_reach');
    const json = { ...WHOLE, format: 'json' };
    const export2 = await ask<Problem>(place, 'admin', '/v1/events/download', json);
    assert.equal(export2.json.code, 'format_not_offered');
    assert.match(export2.json.detail ?? '', /offers csv/);
  });

  test('whoever has no view at all is told the name of the right and whom to ask', async () => {
    const app = await open();
    const place = await placeOf(app, 'guests');
    const { json } = await page(place, 'guest', WHOLE);
    assert.deepEqual([json.status, json.code], [403, 'view_not_granted']);
    assert.equal(json.permission, 'Audit logs');
    assert.match(json.detail ?? '', /Ask your administrator/);
    assert.equal((await page(place, 'guest', {})).json.code, 'view_not_granted');
    const catalog = await ask<Problem>(place, 'guest', '/v1/catalog');
    assert.deepEqual([catalog.status, catalog.json.code], [403, 'forbidden']);
    assert.match(catalog.json.detail ?? '', /a role with a view of the log/);
  });

  test('what a role may manage, and what not', async () => {
    const app = await open();
    const place = await placeOf(app, 'managing');
    const path = '/v1/keys?project=managing';
    const make = (role: string, body: object) =>
      app.call<Problem>('POST', path, { key: place.keys[role], body: { label: 'k', ...body } });
    assert.equal((await make('helper', { roles: ['helper'] })).status, 201);
    assert.equal((await make('helper', { roles: ['admin'] })).json.code, 'forbidden');
    assert.equal((await make('helper', { scopes: ['events:read'] })).json.code, 'forbidden');
    assert.equal((await make('admin', { roles: ['admin'] })).json.code, 'forbidden');
    const keyOf = (role: string) => ({ key: place.keys[role] });
    const tenants = '/v1/tenants?project=managing';
    assert.equal((await app.call<Problem>('GET', tenants, keyOf('helper'))).json.code, 'forbidden');
    const write = await app.call('POST', '/v1/events', { ...keyOf('admin'), body: event() });
    assert.equal(write.status, 403);
    const unknown = await app.admin<Problem>('POST', path, { label: 'k', roles: ['nobody'] });
    assert.equal(unknown.json.errors?.[0]?.path, '/roles/0');
    const both = { label: 'k', roles: ['admin'], scopes: ['manage'] };
    assert.equal((await app.admin<Problem>('POST', path, both)).json.code, 'invalid_body');
    assert.equal((await app.admin<Problem>('POST', path, { label: 'k' })).status, 400);
    const elsewhere = await make('helper', { roles: ['helper'], tenant_id: 'unheard-of' });
    assert.equal(elsewhere.json.code, 'forbidden', 'who manages keys alone makes no tenant');
    const there = await make('helper', { roles: ['helper'], tenant_id: 'acme' });
    assert.equal(there.status, 201, there.text);
  });

  test('gates close reading, never recording, and not for operators', async () => {
    const app = await open();
    const place = await placeOf(app, 'gates');
    await record(place, [event()]);
    const set = async (fields: object) =>
      await app.admin<Tenant & Problem>('PUT', '/v1/tenants/acme?project=gates', fields);
    const bound = await roleKey(place, 'admin', 'acme');
    const rows: [fields: object, code: string, missing: string[] | undefined][] = [
      [{ plan: 'free' }, 'plan_required', ['pro', 'max']],
      [{ plan: 'max', addons: [] }, 'addon_required', ['analytics']],
      [{ addons: ['analytics'], audit_enabled_at: null }, 'audit_not_enabled', undefined],
      [{ is_demo: true }, 'demo_tenant', undefined],
    ];
    for (const [fields, code, missing] of rows) {
      assert.equal((await set(fields)).status, 200);
      const { json } = await page(place, 'admin', WHOLE);
      assert.deepEqual([json.status, json.code, json.missing], [403, code, missing]);
      assert.equal((await record(place, [event()])).accepted, 1);
      assert.equal((await page(place, 'vendor', {})).status, 200);
      const { json: catalog } = await ask<Catalog>(place, 'admin', '/v1/catalog');
      assert.deepEqual([catalog.closed?.code, catalog.views], [code, []]);
      const { json: own } = await app.call<Catalog>('GET', '/v1/catalog', { key: bound });
      assert.deepEqual([own.closed?.code, own.views], [code, []], 'a key’s own tenant is meant');
    }
    const refused = await set({ audit_enabled_at: 'now' });
    assert.deepEqual([refused.status, refused.json.code], [422, 'prerequisite_missing']);
    assert.match(refused.json.detail ?? '', /Demo instances/);
    const lacking = await set({ is_demo: false, addons: [], audit_enabled_at: 'now' });
    assert.deepEqual(lacking.json.missing, ['analytics']);
    const on = await set({ is_demo: false, addons: ['analytics'], audit_enabled_at: 'now' });
    assert.equal(on.status, 200);
    assert.notEqual(on.json.audit_enabled_at, null);
    for (const when of [at(-1), 'tomorrow']) {
      assert.equal((await set({ audit_enabled_at: when })).json.code, 'invalid_body');
    }
    const { json } = await page(place, 'admin', WHOLE);
    assert.deepEqual(json.events, [], 'nothing before it was enabled');
    assert.equal(json.notices[0]?.code, 'before_enabled');
    assert.equal((await page(place, 'vendor', {})).json.events.length, 5);
  });

  test('a question must have what the view demands, and is cut with a notice', async () => {
    const app = await open();
    const place = await placeOf(app, 'demands');
    const two = { type: 'document', id: 'd_2', name: 'Plan' };
    await record(place, [event(), event({ occurred_at: at(400) })]);
    const code = async (asked: object) => {
      const { json } = await page(place, 'admin', { ...WHOLE, ...asked });
      return json;
    };
    const nothing = await page(place, 'admin', { view: 'page' });
    assert.equal(nothing.json.code, 'filter_required');
    assert.deepEqual(nothing.json.missing, ['application', 'target', 'date_range']);
    assert.match(nothing.json.detail ?? '', /Application, Record and Date range/);
    for (const q of ['application:web', 'application:web -target:Plan', 'application:* target:x']) {
      assert.equal((await code({ q })).code, 'filter_required', q);
    }
    const strange = await code({ q: 'application:phone target:Plan' });
    assert.equal(strange.code, 'filter_value_unknown');
    assert.match(strange.detail ?? '', /web, app/);
    const long = await code({ from: at(91.5) });
    assert.deepEqual([long.code, long.limit], ['window_too_long', 'P90D']);
    assert.match(long.detail ?? '', /covers 90 days; this is 92 days/);
    const early = await code({ from: at(400), to: at(320) });
    assert.equal(early.notices[0]?.code, 'clamped_by_reach');
    assert.equal(early.notices[0]?.period, 'P1Y');
    assert.equal(early.events.length, 0);
    assert.equal((await code({})).events.length, 1);
    await record(place, [event({ targets: [two] })]);
    const both = await code({});
    assert.deepEqual([both.status, both.code], [422, 'record_ambiguous']);
    assert.deepEqual(both.candidates?.map(({ id, name }) => [id, name]).sort(), [
      ['d_1', 'Plan'],
      ['d_2', 'Plan'],
    ]);
    const named = await code({ q: 'application:"The web" target:d_2' });
    assert.equal(named.events.length, 1, named.detail);
    const renamed = { type: 'document', id: 'd_2', name: 'Plan B' };
    await record(place, [event({ targets: [renamed] })]);
    const later = await code({ q: 'application:web target:"Plan B"' });
    assert.equal(later.events.length, 2, 'also what happened under its other name');
    for (const route of ['count', 'histogram', 'facets']) {
      const asked = { ...WHOLE, q: '', ...(route === 'facets' ? { fields: 'action' } : {}) };
      const { json } = await ask<Problem>(place, 'admin', `/v1/events/${route}`, asked);
      assert.equal(json.code, 'filter_required', route);
    }
  });

  test('delay, floor, since and subjects', async () => {
    const app = await open();
    const place = await placeOf(app, 'times');
    const client = { type: 'client', id: 'c_1', name: 'Ana' };
    await record(place, [
      event({ occurred_at: at(0.26) }),
      event({ occurred_at: at(0.24) }),
      event({ actor: { type: 'user', id: 'u_7' }, targets: [client] }),
    ]);
    const late = await page(place, 'admin', { view: 'late', q: 'target.type:Client' });
    assert.deepEqual(
      late.json.notices.map(({ code }) => code),
      ['delayed', 'before_enabled', 'not_recorded_before'],
    );
    assert.equal(late.json.notices[2]?.resource_type, 'client');
    assert.equal(late.json.notices[2]?.from, '2026-04-30T22:00:00.000Z');
    const all = await page(place, 'admin', { view: 'late' });
    assert.equal(all.json.events.length, 2, 'the one of six hours ago is there already');
    const tail = await ask<Problem>(place, 'admin', '/v1/events/tail', { view: 'late' });
    assert.equal(tail.json.code, 'tail_not_offered');
    const none = await page(place, 'admin', { view: 'own' });
    assert.equal(none.json.code, 'subject_required');
    const own = await page(place, 'admin', { view: 'own', subject: 'user:u_7' });
    assert.equal(own.json.events.length, 1);
    assert.equal((await page(place, 'admin', { view: 'late', subject: 'user:x' })).status, 400);
    assert.equal((await page(place, 'admin', { view: 'own', subject: 'u_7' })).status, 400);
  });

  test('why somebody does not see an event', async () => {
    const app = await open();
    const place = await placeOf(app, 'why');
    const { receipts } = await record(place, [event({ occurred_at: at(400) }), event()]);
    const why = async (n: number, role: string) =>
      await ask<Explanation & Problem>(place, 'helper', '/v1/explain', {
        id: receipts[n]?.id ?? '',
        role,
      });
    const { json: old } = await why(0, 'admin');
    assert.deepEqual([old.recorded, old.visible], [true, true]);
    const [first, late] = old.views;
    assert.deepEqual([first?.view, first?.visible], ['page', false]);
    const failed = first?.rules.filter(({ passes }) => !passes);
    assert.deepEqual(
      failed?.map(({ rule }) => rule),
      ['reach'],
    );
    assert.ok(first?.hidden.includes('/actor/name'), JSON.stringify(first));
    assert.equal(late?.visible, true);
    assert.equal((await why(1, 'vendor')).json.visible, true);
    assert.equal((await why(1, 'nobody')).json.code, 'not_found');
    const other = await ask<Problem>(place, 'admin', '/v1/explain', {
      id: receipts[0]?.id ?? '',
      role: 'admin',
    });
    assert.equal(other.json.code, 'forbidden');
    const gone = await ask<Explanation>(place, 'helper', '/v1/explain', {
      id: '00000000-0000-4000-8000-000000000000',
      role: 'admin',
    });
    assert.deepEqual([gone.json.recorded, gone.json.visible], [false, false]);
  });
});

onBothDatabases('definitions', (open) => {
  test('are checked, compared, kept in versions', async () => {
    const app = await open();
    const project = 'defined';
    const path = `/v1/projects/${project}`;
    const wrong = definition(project, { time_zone: 'Mars' });
    const refused = await app.admin<Problem>('PUT', path, { definition: wrong });
    assert.deepEqual([refused.status, refused.json.code], [422, 'invalid_definition']);
    assert.equal(refused.json.errors?.[0]?.path, '/time_zone');
    assert.equal((await app.admin('GET', path)).status, 404, 'and no project was made');
    const other = await app.admin<Problem>('PUT', path, { definition: definition('another') });
    assert.equal(other.json.errors?.[0]?.path, '/project');
    const early = { definition: definition(project), version: 3 };
    assert.equal((await app.admin<Problem>('PUT', path, early)).json.code, 'version_conflict');
    assert.equal((await app.admin<Problem>('PUT', path, { version: 0 })).status, 400);
    assert.equal((await app.admin('GET', path)).status, 404, 'what is refused makes no project');
    const first = await app.admin<DefinitionDiff>('POST', `${path}/diff`, {
      definition: definition(project),
    });
    assert.equal(first.json.version, 0);
    assert.ok(first.json.changes.some(({ path: at }) => at.startsWith('/views/page')));
    const place = await placeOf(app, project);
    await record(place, [event({ occurred_at: at(400) }), event({ occurred_at: at(200) })]);
    const narrower = definition(project);
    const views = { ...narrower.views, page: { label: 'Page', reach: 'P30D' } };
    const diff = await app.admin<DefinitionDiff>('POST', `${path}/diff`, {
      definition: { ...narrower, views },
    });
    assert.equal(diff.json.version, 1);
    const reach = diff.json.changes.find(({ path: at }) => at === '/views/page/reach');
    assert.deepEqual([reach?.effect, reach?.events], ['loss', 1]);
    const { json: same } = await app.admin<DefinedProject>('GET', path);
    assert.deepEqual([same.version, same.definition], [1, definition(project)]);
    assert.deepEqual([same.label, same.time_zone], ['Files', 'Europe/Berlin']);
    const late = { definition: { ...narrower, views }, version: 0 };
    assert.equal((await app.admin<Problem>('PUT', path, late)).json.code, 'version_conflict');
    const applied = await app.admin<DefinedProject>('PUT', path, { ...late, version: 1 });
    assert.equal(applied.json.version, 2);
    const label = await app.admin<Problem>('PUT', path, { label: 'mine' });
    assert.equal(label.json.errors?.[0]?.path, '/label');
    const races = await Promise.all(
      Array.from({ length: 8 }, () =>
        app.admin<Problem>('PUT', path, { definition: definition(project), version: 2 }),
      ),
    );
    assert.deepEqual(races.map(({ status }) => status).sort(), [200, ...Array(7).fill(409)]);
  });

  test('a role that is taken out of it leaves its keys with nothing, at once', async () => {
    const app = await open();
    const place = await placeOf(app, 'fewer');
    await record(place, [event()]);
    assert.equal((await page(place, 'admin', WHOLE)).status, 200);
    const { roles } = definition('fewer');
    const { admin: _admin, ...rest } = roles;
    const body = { definition: definition('fewer', { roles: rest }) };
    assert.equal((await app.admin('PUT', '/v1/projects/fewer', body)).status, 200);
    assert.equal((await page(place, 'admin', WHOLE)).json.code, 'view_not_granted');
    assert.equal((await ask<Problem>(place, 'admin', '/v1/catalog')).json.code, 'forbidden');
    assert.equal((await page(place, 'vendor', {})).status, 200);
  });

  test('complete events, refuse what is not in them, keep no secret, say words', async () => {
    const app = await open();
    const place = await placeOf(app, 'catalogued');
    const secret = 'zq-never-stored';
    const {
      operation: _operation,
      event_type: _type,
      ...bare
    } = event({
      metadata: { pages: 3, token_id: secret },
      changes: [{ path: '/pin/code', before: secret, after: secret }],
    });
    const result = await record(place, [
      bare,
      event({ action: 'document.eaten' }),
      event({ metadata: { pages: 'three' } }),
      event({ action: 'annals.search' }),
    ]);
    assert.deepEqual(
      result.rejected.map(({ code, path }) => [code, path]),
      [
        ['action_unknown', '/action'],
        ['invalid_event', '/metadata/pages'],
        ['invalid_event', '/action'],
      ],
    );
    const { json } = await page(place, 'vendor', { view: 'staff', locale: 'de-AT' });
    const [kept] = json.events;
    assert.deepEqual([kept?.event_type, kept?.operation], ['documents', 'read']);
    assert.deepEqual(
      [kept?.activity, kept?.sentence],
      ['Dokument geöffnet', `${kept?.actor.name} öffnete Plan`],
    );
    assert.equal(result.unknown_actions, undefined);
    await placeOf(app, 'catalogued', { unknown_actions: 'accept' });
    const accepted = await record(place, [event({ action: 'document.eaten' })]);
    assert.deepEqual(accepted.unknown_actions, ['document.eaten']);
    assert.ok(!JSON.stringify(json).includes(secret));
    assert.equal(kept?.changes?.[0]?.secret, true);
    const words = await page(place, 'vendor', { view: 'staff', q: 'activity:"Document opened"' });
    assert.equal(words.json.events.length, 1);
    const { json: catalog } = await ask<Catalog>(place, 'vendor', '/v1/catalog', { locale: 'de' });
    assert.equal(catalog.event_types[0]?.actions[0]?.fields[0]?.label, 'Pages');
    assert.deepEqual(
      catalog.views.map(({ view, live }) => [view, live]),
      [['staff', true]],
    );
    // Clients are persons now: another class policy, and the log verifies.
    await verifyAll(app);
    const rows = await app.sql(
      "SELECT DISTINCT policy FROM event WHERE action NOT LIKE 'annals.%'",
    );
    assert.ok(rows.every(({ policy }) => Number(policy) > 1));
  });
});
