/** What the log records of itself: who read it, who changed what; once, and never of itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventInput, type ReadEvent } from '@annals/contract/event';
import { OWN_EVENTS, type OwnEvent } from '@annals/contract/own-events';
import type { EventPage, Key } from '@annals/contract/routes';
import { Compile } from 'typebox/compile';
import { onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';
import { OwnLog } from './own-log.ts';

const shape = Compile(EventInput);

/** The log's own events of a tenant, oldest first, asked for as a reader does. */
async function ownEvents(app: TestApp, tenant: string): Promise<ReadEvent[]> {
  await app.app.ownLog.settled();
  const sight = { tenant_id: tenant, view: 'all', q: 'event_type:annals.*', order: 'asc' };
  const path = `/v1/events?${new URLSearchParams({ ...sight, limit: '500' })}`;
  const { status, json, text } = await app.admin<EventPage>('GET', path);
  assert.equal(status, 200, text);
  return json.events;
}
const actions = (events: readonly ReadEvent[]): string[] => events.map(({ action }) => action);

const event = sampleEvent({ actor: { type: 'user', id: 'ada', name: 'Ada Lovelace' } });

onBothDatabases('the log of itself', (open) => {
  test('who has read a log is a question that its log answers', async () => {
    const app = await open();
    const tenant = 'read';
    await app.record(tenant, [event]);
    const key = await app.key({ label: 'Reader', scopes: ['events:read'] });
    const get = async (path: string, fields: Readonly<Record<string, string>> = {}) => {
      const asked = new URLSearchParams({ tenant_id: tenant, ...fields });
      const { status, text } = await app.call('GET', `/v1/${path}?${asked}`, { key });
      assert.equal(status, 200, text);
    };
    await get('events', { q: 'actor:"Ada Lovelace"', from: 'now-7d' });
    await get(`events/${event.id}`);
    await get('events/download', { format: 'csv', q: 'outcome:success' });
    await get('actors', { search: 'ad' });
    // These tell no more than the search did.
    await get('events/count', { q: 'actor:ada' });
    await get('events/histogram');
    await get('events/facets', { fields: 'actor' });
    await get('events/suggest', { field: 'actor' });
    const found = await ownEvents(app, tenant);
    assert.deepEqual(actions(found).toSorted(), [
      ...['annals.event.read', 'annals.log.exported'],
      ...['annals.log.searched', 'annals.log.searched'],
    ]);
    for (const { actor, event_type, outcome, source, context } of found) {
      assert.deepEqual([actor.type, actor.name], ['api_key', 'Reader']);
      assert.equal(event_type, 'annals.access');
      assert.equal(outcome?.result, 'success');
      assert.deepEqual(source, { initiator: 'api', application: 'annals' });
      assert.ok(context?.ip && context.request_id);
    }
    const of = (action: string) => found.find((one) => one.action === action);
    const { search_id: _id, ...told } = (of('annals.log.searched')?.metadata ?? {}) as Record<
      string,
      unknown
    >;
    assert.deepEqual(told, { view: 'log', query: 'actor:"Ada Lovelace"', from: 'now-7d' });
    assert.equal(of('annals.event.read')?.targets?.[0]?.id, event.id);
    const { export_id, name, ...file } = (of('annals.log.exported')?.metadata ?? {}) as Record<
      string,
      unknown
    >;
    assert.deepEqual(file, { view: 'log', query: 'outcome:success', format: 'csv' });
    assert.ok(typeof export_id === 'string' && typeof name === 'string');
  });

  test('requests for the same are one reading, also the next pages of it', async () => {
    const app = await open();
    const tenant = 'folded';
    await app.record(tenant, [sampleEvent(), sampleEvent(), sampleEvent()]);
    const page = async (fields: Readonly<Record<string, string>>) => {
      const asked = new URLSearchParams({ tenant_id: tenant, limit: '1', ...fields });
      return (await app.admin<EventPage>('GET', `/v1/events?${asked}`)).json;
    };
    const first = await page({ q: 'outcome:success' });
    await page({ q: 'outcome:success' });
    await page({ q: 'outcome:success', cursor: first.next_cursor ?? '' });
    const body = { tenant_id: tenant, q: 'outcome:success' };
    await app.admin('POST', '/v1/events/search', body);
    await page({ q: 'outcome:success', search_id: 'another' });
    await page({ q: 'outcome:failure' });
    const other = await app.key({ scopes: ['events:read'] });
    await app.call('GET', `/v1/events?tenant_id=${tenant}&q=outcome:success`, { key: other });
    const found = await ownEvents(app, tenant);
    assert.equal(found.length, 4);
    // Asking for these was a reading too, and is there once, however often it is asked.
    for (let again = 0; again < 3; again++) {
      assert.equal((await ownEvents(app, tenant)).length, again === 0 ? 5 : 5);
    }
  });

  test('a refused reading is none, nor is a file that was asked for by HEAD', async () => {
    const app = await open();
    const tenant = 'refused';
    await app.record(tenant, [event]);
    const path = `/v1/events?tenant_id=${tenant}`;
    assert.equal((await app.admin('GET', `${path}&q=(`)).status, 400);
    assert.equal((await app.admin('GET', `${path}&view=none`)).status, 404);
    const file = `/v1/events/download?tenant_id=${tenant}&format=csv`;
    assert.equal((await app.admin('GET', `${file}&columns=none`)).status, 400);
    assert.equal((await app.admin('HEAD', file)).status, 200);
    assert.deepEqual(await ownEvents(app, tenant), []);
  });

  test('no client sends them, and the usual view and its counts leave them out', async () => {
    const app = await open();
    const tenant = 'apart';
    await app.record(tenant, [sampleEvent({ actor: { type: 'user', id: 'ada' } })]);
    const sent = { ...sampleEvent(), action: 'annals.log.searched' };
    const refused = await app.admin('POST', `/v1/events?tenant_id=${tenant}`, [sent]);
    assert.equal(refused.status, 400);
    const own = await app.admin('POST', '/v1/events?tenant_id=_annals', [sampleEvent()]);
    assert.match(own.text, /tenant_not_allowed/);
    const get = async <T>(path: string, fields: object = {}) => {
      const asked = new URLSearchParams({ tenant_id: tenant, ...fields });
      return (await app.admin<T>('GET', `/v1/${path}?${asked}`)).json;
    };
    await get('events', { q: 'actor:ada' });
    await get('events', { q: 'actor:ada', search_id: 'b' });
    await app.app.ownLog.settled();
    for (const [view, count] of [
      ['log', 1],
      ['all', 3],
    ] as const) {
      const page = await get<EventPage>('events', { view });
      assert.ok(page.events.length >= count && (view === 'all' || page.events.length === 1));
      await app.app.ownLog.settled();
    }
    const counted = await get<{ count: number }>('events/count');
    assert.equal(counted.count, 1);
    const { actors } = await get<{ actors: { id: string; events: number }[] }>('actors');
    assert.deepEqual(
      actors.map(({ id, events }) => [id, events]),
      [['ada', 1]],
    );
    const { facets } = await get<{ facets: { values: { value: string; count: number }[] }[] }>(
      'events/facets',
      { fields: 'actor,action' },
    );
    assert.deepEqual(
      facets.map(({ values }) => values.map(({ count }) => count)),
      [[1], [1]],
    );
    const whole = await get<{ count: number }>('events/count', { view: 'all' });
    assert.ok(whole.count >= 3, `${whole.count}`);
  });

  test('who changed what of keys, tenants and the project stands where it belongs', async () => {
    const app = await open();
    const made = await app.admin<Key>('POST', '/v1/keys', {
      ...{ label: 'Billing', scopes: ['events:write'], tenant_id: 'changed' },
    });
    await app.admin('PUT', '/v1/tenants/changed', { plan: 'pro' });
    await app.admin('PUT', '/v1/tenants/changed', { plan: 'pro' });
    await app.admin('DELETE', `/v1/keys/${made.json.key_id}`);
    await app.admin('DELETE', `/v1/keys/${made.json.key_id}`);
    const found = await ownEvents(app, 'changed');
    assert.deepEqual(actions(found), [
      ...['annals.key.created', 'annals.tenant.changed', 'annals.key.revoked'],
    ]);
    assert.deepEqual(found[1]?.changes, [{ path: '/plan', before: null, after: 'pro' }]);
    assert.deepEqual(found[0]?.targets, [
      { type: 'api_key', id: made.json.key_id, name: 'Billing' },
    ]);
    await app.admin('PUT', '/v1/projects/default', { label: 'Ours' });
    const ofProject = await ownEvents(app, '_annals');
    const last = ofProject.findLast(({ action }) => action === 'annals.project.changed');
    assert.deepEqual(last?.targets, [{ type: 'project', id: 'default' }]);
    assert.equal(last?.changes?.[0]?.after, 'Ours');
    for (const one of [...found, ...ofProject]) {
      const { id: _i, tenant_id: _t, received_at: _r, ...rest } = one;
      const { sequence: _s, leaf_hash: _l, activity: _a, sentence: _w, ...input } = rest;
      assert.ok(shape.Check(input), JSON.stringify(shape.Errors(input)));
      assert.ok(Object.hasOwn(OWN_EVENTS, one.action), one.action);
    }
  });

  test('a file that cannot be recorded does not leave', async (t) => {
    const app = await open({});
    await app.record('file', [event]);
    t.mock.method(app.app.ingest, 'recordOwn', () => Promise.reject(new Error('no ledger')));
    const path = '/v1/events/download?tenant_id=file&format=csv';
    const answer = await app.admin('GET', path);
    assert.equal(answer.status, 500);
    assert.ok(!answer.text.includes('ada'));
    assert.equal((await app.admin('GET', '/v1/events?tenant_id=file')).status, 200);
    t.mock.restoreAll();
    // What was told meanwhile is recorded as soon as it can be.
    assert.deepEqual(actions(await ownEvents(app, 'file')), ['annals.log.searched']);
  });
});

test('a reader never waits, and what no ledger takes is bounded, and said', async () => {
  const said: unknown[] = [];
  const log = { warn: () => undefined, error: (fields: unknown) => void said.push(fields) };
  const recorded: OwnEvent[] = [];
  const tenant = {
    ...{ tenant_no: 1, project_no: 1, tenant_id: 't', label: null, created_at: 0 },
    ...{ plan: null, addons: '[]', is_demo: 0, audit_enabled_at: null },
    ...{ retention: null, closed_at: null, ends_at: null },
  };
  let isOpen = false;
  const parts = {
    tenantOf: async () => tenant,
    log,
    async record(_tenant: unknown, events: readonly OwnEvent[]) {
      if (!isOpen) throw new Error('closed');
      recorded.push(...events);
    },
  };
  const own = new OwnLog(parts);
  const started = performance.now();
  for (let n = 0; n < 10_050; n++) {
    own.tell(
      { projectNo: 1, tenantNo: 1 },
      { action: 'annals.key.created', actor: { type: 'system' } },
    );
  }
  assert.ok(performance.now() - started < 2_000);
  assert.deepEqual([own.lost, said.length], [50, 50]);
  isOpen = true;
  await own.settled();
  assert.equal(recorded.length, 10_000);
  await own.stop();
});
