/** What of a log is kept and erased, by the client against the real server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sampleEvent, startTestApp, type TestApp } from '../../server/test/harness.ts';
import {
  type Client,
  ConflictError,
  createClient,
  InvalidRequestError,
  NotAllowedError,
  NotFoundError,
} from './sdk.ts';

const DAY_MS = 86_400_000;
const ann = { type: 'user' as const, id: 'ann', name: 'Ann Oke', email: 'ann@a.example' };
const WHO = { type: ann.type, id: ann.id };

let app: TestApp;
let client: Client;
before(async () => {
  app = await startTestApp({ dialect: 'sqlite' });
  client = createClient({ url: app.url, key: app.adminKey, project: 'crm' });
  const retention = { events: 'P2Y' };
  const definition = { project: 'crm', label: 'CRM', views: {}, roles: {}, retention };
  await client.projects.put('crm', { definition });
});
after(async () => {
  await client.close();
  await app.stop();
});

const fill = async (tenant_id: string, ages: readonly number[]) => {
  for (const days of ages) {
    const occurred_at = new Date(Date.now() - days * DAY_MS).toISOString();
    await client.events.record({ ...sampleEvent({ actor: ann, occurred_at }), tenant_id });
  }
};
const retain = async (tenant_id: string) => {
  const { job_id } = await client.jobs.create({ kind: 'retention', tenant_id });
  const { state, error } = await client.jobs.wait(job_id);
  assert.equal(state, 'completed', error ?? '');
};
const countOf = async (tenant_id: string) => (await client.events.count({ tenant_id })).count;

test('retention removes what is due and no hold covers', async () => {
  await fill('kept', [1_000, 1]);
  const covers = { kind: 'actor', ...WHO } as const;
  const hold = await client.holds.place({ tenant_id: 'kept', covers, reason: 'Case 12/26' });
  assert.deepEqual([hold.covers, hold.released_at], [covers, null]);
  await retain('kept');
  assert.equal(await countOf('kept'), 2);
  const released = await client.holds.release(hold.hold_id, 'It is closed');
  assert.equal(released.release_reason, 'It is closed');
  assert.deepEqual(await client.holds.list('kept'), [released]);
  await retain('kept');
  assert.equal(await countOf('kept'), 1);
  const { of, in_effect, pending, runs } = await client.retention.get('kept');
  assert.deepEqual([of, in_effect, pending], ['project', { events: 'P2Y' }, null]);
  assert.deepEqual(
    runs.map(({ changed, held }) => [changed, held]),
    [
      [1, 0],
      [0, 1],
    ],
  );
});

test('a tenant’s shorter retention waits', async () => {
  await fill('short', [40, 1]);
  const { retention_pending } = await client.tenants.put('short', {
    retention: { events: 'P30D' },
  });
  assert.deepEqual([retention_pending?.events_kept, retention_pending?.events], ['P30D', 1]);
  const { of, pending } = await client.retention.get('short');
  assert.deepEqual([of, pending?.events, pending?.takes.events], ['tenant', 'P30D', 1]);
});

test('a closed tenant takes no events, until it is opened again', async () => {
  await fill('leaving', [1]);
  const { closed_at, ends_at } = await client.tenants.close('leaving', 'P10D');
  assert.equal(Date.parse(ends_at ?? '') - Date.parse(closed_at ?? ''), 10 * DAY_MS);
  const event = { ...sampleEvent(), tenant_id: 'leaving' };
  await assert.rejects(client.events.record(event), /It was closed/);
  assert.equal(await countOf('leaving'), 1);
  const open = await client.tenants.reopen('leaving');
  assert.deepEqual([open.closed_at, open.ends_at], [null, null]);
  await client.events.record(event);
  assert.equal(await countOf('leaving'), 2);
});

test('an erasure is shown, confirmed, stopped by a hold, and goes on', async () => {
  await fill('erased', [1]);
  const about = { tenant_id: 'erased', subject: WHO };
  const begun = await client.erasures.dryRun({ ...about, legal_basis: 'GDPR Art. 17' });
  const looks: string[] = [];
  const shown = await client.erasures.wait(begun.erasure_id, {
    onProgress: ({ state }) => looks.push(state),
  });
  assert.deepEqual([shown.state, looks.at(-1)], ['found', 'found']);
  const { token = '', aliases = [], counts } = shown.found ?? {};
  assert.equal(counts?.events, 1);
  assert.deepEqual(aliases.map(({ value }) => value).sort(), [ann.name, ann.email]);
  const covers = { kind: 'tenant' } as const;
  const { hold_id } = await client.holds.place({ tenant_id: 'erased', covers, reason: 'x' });
  const chosen = aliases.map(({ kind, value }) => ({ kind, value }));
  const confirmed = { ...about, token, aliases: chosen, mentions: 'list' } as const;
  const wrong = { ...confirmed, token: `x${token.slice(1)}` };
  await assert.rejects(client.erasures.confirm(wrong), ConflictError);
  const { erasure_id } = await client.erasures.confirm(confirmed);
  assert.equal((await client.erasures.wait(erasure_id)).state, 'held');
  await client.holds.release(hold_id, 'settled');
  await client.erasures.resume(erasure_id);
  const { state, certificate } = await client.erasures.wait(erasure_id);
  assert.deepEqual([state, certificate?.counts.events], ['completed', 1]);
  const [latest] = await client.erasures.list('erased');
  assert.deepEqual(latest, await client.erasures.get(erasure_id));
  await assert.rejects(client.erasures.resume(erasure_id), ConflictError);
  const { events } = await client.events.list({ tenant_id: 'erased' });
  assert.ok(!JSON.stringify(events).includes(ann.name));
});

test('what is refused is an error of its kind', async () => {
  await fill('asked', [1]);
  const hold = { covers: { kind: 'tenant' }, reason: 'x' } as const;
  const key = await app.key({ scopes: ['events:read'], project: 'crm', tenant: 'asked' });
  const reader = createClient({ url: app.url, key, project: 'crm' });
  const dryRun = { tenant_id: 'asked', subject: WHO, legal_basis: 'x' };
  for (const call of [
    () => reader.holds.list('asked'),
    () => reader.holds.place({ ...hold, tenant_id: 'asked' }),
    () => reader.retention.get('asked'),
    () => reader.tenants.close('asked'),
    () => reader.tenants.reopen('asked'),
    () => reader.erasures.dryRun(dryRun),
    () => reader.erasures.list('asked'),
  ]) {
    await assert.rejects(call, (error) => error instanceof NotAllowedError);
  }
  await reader.close();
  await assert.rejects(client.retention.get('nobody'), NotFoundError);
  await assert.rejects(client.holds.place({ ...hold, tenant_id: 'nobody' }), NotFoundError);
  await assert.rejects(client.holds.release('hold_1', 'x'), NotFoundError);
  await assert.rejects(client.tenants.close('nobody'), NotFoundError);
  await assert.rejects(client.erasures.dryRun({ ...dryRun, tenant_id: 'nobody' }), NotFoundError);
  await assert.rejects(client.tenants.close('asked', 'P1D'), (error) => {
    assert.ok(error instanceof InvalidRequestError);
    assert.deepEqual(
      error.errors.map(({ path }) => path),
      ['/after'],
    );
    return true;
  });
  assert.deepEqual(await client.holds.list('asked'), []);
});
