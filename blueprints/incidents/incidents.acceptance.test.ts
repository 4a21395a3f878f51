/** The requirements S4, asked of a real server that is filled with this blueprint. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Catalog } from '@annals/contract/catalog';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { EventCount, Facets } from '@annals/contract/find';
import type { Problem } from '@annals/contract/problem';
import type { EventPage, RecordResult, Tenant } from '@annals/contract/routes';
import { DAY_MS, MINUTE_MS } from '../demo/calendar.ts';
import { idsOf } from '../test/asking.ts';
import {
  type Asked,
  type AtWork,
  type Credential,
  rowsOf,
  startBlueprint,
} from '../test/at-work.ts';
import { putTenant } from '../test/gates.ts';
import { calendarFrom, isoAt, tailed } from '../test/probing.ts';
import { as, checkAlike, READER_KINDS, READERS } from '../test/readers.ts';

const TIME_ZONE = 'Europe/Berlin';
const AUDIT: Asked = { view: 'audit' };
const ARCHIVE: Asked = { view: 'archive' };
/** What the permission gives, what lacks it, and the product's own support. */
const [READER, OWNER, OTHER] = ['audit_logs', 'account_owner', 'responder'] as const;
const SUPPORT = 'support';
const [LINDNER, TINYBEAM] = ['kaufhaus-lindner', 'tinybeam'] as const;

const between = (fromMs: number, toMs: number): Asked => ({ from: isoAt(fromMs), to: isoAt(toMs) });

/** Sandeep Chawla mutes a service. */
const muting = (atMs: number, more: Partial<EventInput> = {}) => ({
  id: randomUUID(),
  occurred_at: isoAt(atMs),
  action: 'service.muted',
  actor: { type: 'user' as const, id: 'usr_he2296', name: 'Sandeep Chawla' },
  targets: [{ type: 'service', id: 'srv_s4', name: 'Reservoir pumps' }],
  outcome: { result: 'success' as const },
  source: { initiator: 'user' as const, application: 'web' },
  context: { ip: '203.0.113.42' },
  ...more,
});

async function read(work: AtWork, who: Credential, tenant: string, asked: Asked) {
  const search = new URLSearchParams({ project: work.project, tenant_id: tenant, ...asked });
  const path = `/v1/events?${search}`;
  return (await work.app.call<EventPage & Problem>('GET', path, who)).json;
}
async function setTenant(work: AtWork, tenant: string, fields: object): Promise<void> {
  const path = `/v1/tenants/${tenant}?project=${work.project}`;
  const { status, text } = await work.app.admin('PUT', path, fields);
  assert.equal(status, 200, text);
}

/** The live tail shows what is recorded, as the view shows it, and nothing that it does not. */
async function checkTail(work: AtWork): Promise<void> {
  const now = Date.now();
  const shown = [muting(now), muting(now - DAY_MS)];
  const tooOld = muting(calendarFrom(now, '-P1Y', TIME_ZONE) - DAY_MS);
  const last = muting(now, { action: 'service.unmuted' });
  const record = async () => {
    await work.record([muting(now)], LINDNER);
    await work.record([tooOld, ...shown, last]);
  };
  const found = await tailed(work, READER, AUDIT, { record, last: last.id });
  assert.deepEqual(idsOf(found), idsOf([...shown, last]));
  for (const event of found) {
    assert.equal(event.sequence, undefined);
    const { json } = await work.get<ReadEvent>(READER, `/v1/events/${event.id}`, AUDIT);
    assert.deepEqual(event, json);
  }
  const end = muting(now, { action: 'service.unmuted', outcome: { result: 'denied' } });
  const asked = { ...AUDIT, q: 'outcome:denied', locale: 'de' };
  const more = { record: () => work.record([muting(now), end]), last: end.id };
  const [only, ...others] = await tailed(work, READER, asked, more);
  assert.deepEqual([only?.id, only?.activity, others], [end.id, 'Dienst wieder laut', []]);
  for (const role of [OTHER, SUPPORT]) {
    const refused = await work.get(role, '/v1/events/tail', AUDIT);
    assert.deepEqual([refused.status, refused.json.code], [403, 'view_not_granted']);
  }
}

/** Another plan closes reading, for every role of the customer, and nothing else. */
async function checkPlan(work: AtWork): Promise<void> {
  const now = Date.now();
  const asked = { ...AUDIT, ...between(now - DAY_MS, now + MINUTE_MS) };
  const event = muting(now);
  await work.record([event], TINYBEAM);
  for (const role of [READER, OWNER]) {
    const who = await work.enter(role, TINYBEAM);
    const shut = await read(work, who, TINYBEAM, asked);
    assert.deepEqual(
      [shut.status, shut.code, shut.missing],
      [403, 'plan_required', ['enterprise']],
    );
    assert.equal(shut.detail, 'Audit logs are part of the Enterprise plan.');
    const own = `project=${work.project}&tenant_id=${TINYBEAM}`;
    const { json } = await work.app.call<Catalog>('GET', `/v1/catalog?${own}`, who);
    assert.deepEqual([json.closed?.code, json.views, json.questions], ['plan_required', [], []]);
    const body = { plan: 'enterprise' };
    const bought = await putTenant(work, who, TINYBEAM, body);
    assert.deepEqual([bought.status, bought.json.code], [403, 'forbidden']);
    await setTenant(work, TINYBEAM, body);
    assert.ok(idsOf((await read(work, who, TINYBEAM, asked)).events).includes(event.id));
    await setTenant(work, TINYBEAM, { plan: 'growth' });
    assert.equal((await read(work, who, TINYBEAM, asked)).code, 'plan_required');
  }
}

/** Three months of the calendar at a time, wherever in the year they lie, and not a second more. */
async function checkWindow(work: AtWork): Promise<void> {
  for (const months of [3, 7, 11]) {
    const from = calendarFrom(work.nowMs, `-P${months}M`, TIME_ZONE);
    const to = calendarFrom(from, 'P3M', TIME_ZONE);
    const whole = { ...AUDIT, ...between(from, to) };
    const longer = { ...AUDIT, ...between(from, to + 1_000) };
    const events = await work.events(READER, whole);
    assert.ok(events.length > 50, `${months} months ago`);
    const forms: [route: string, asked: Asked][] = [
      ['', {}],
      ['/count', {}],
      ['/histogram', {}],
      ['/facets', { fields: 'outcome' }],
      ['/download', { format: 'csv' }],
      ['/download', { format: 'json' }],
    ];
    for (const [route, more] of forms) {
      const path = `/v1/events${route}`;
      assert.equal((await work.get(READER, path, { ...whole, ...more })).status, 200, route);
      const { json } = await work.get(READER, path, { ...longer, ...more });
      assert.deepEqual(
        [json.status, json.code, json.limit],
        [422, 'window_too_long', 'P3M'],
        route,
      );
      assert.match(json.detail ?? '', /^One search covers 3 months/);
    }
  }
}

/** Nothing before the log was enabled, which is said; everything from that moment on. */
async function checkEnabled(work: AtWork): Promise<void> {
  const who = await work.enter(READER, LINDNER);
  const path = `/v1/tenants?project=${work.project}`;
  const { json } = await work.app.admin<{ tenants: Tenant[] }>('GET', path);
  const tenant = json.tenants.find(({ tenant_id }) => tenant_id === LINDNER);
  const enabledAt = tenant?.audit_enabled_at ?? '';
  const enabledMs = Date.parse(enabledAt);
  const [unseen, first] = [muting(enabledMs - 1), muting(enabledMs)];
  await work.record([unseen, first], LINDNER);
  const around = { ...AUDIT, ...between(enabledMs - 20 * DAY_MS, enabledMs + 20 * DAY_MS) };
  const { events, notices } = await read(work, who, LINDNER, around);
  assert.ok(events.length > 1);
  assert.ok(events.every(({ occurred_at }) => Date.parse(occurred_at) >= enabledMs));
  assert.ok(idsOf(events).includes(first.id));
  const [notice] = notices;
  assert.deepEqual([notice?.code, notice?.from], ['before_enabled', enabledAt]);
  assert.match(notice?.detail ?? '', /^Recording began on .*; nothing earlier is shown\.$/);
  const earlier = { ...AUDIT, ...between(enabledMs - 20 * DAY_MS, enabledMs - DAY_MS) };
  const none = await read(work, who, LINDNER, earlier);
  assert.deepEqual([none.events, none.notices[0]?.code], [[], 'before_enabled']);
  const search = { project: work.project, tenant_id: LINDNER, ...AUDIT };
  const one = `/v1/events/${unseen.id}?${new URLSearchParams(search)}`;
  assert.equal((await work.app.call('GET', one, who)).status, 404);
  const archived = await read(work, work.credential(SUPPORT), LINDNER, { ...around, ...ARCHIVE });
  assert.ok(idsOf(archived.events).includes(unseen.id), 'it was recorded all the same');
}

/** As far back as one search may go, and all that is recorded meanwhile. */
const recentOf = ({ nowMs }: AtWork): Asked => ({
  ...AUDIT,
  ...between(calendarFrom(nowMs, '-P3M', TIME_ZONE) + DAY_MS, nowMs + MINUTE_MS),
});
const pageOf = async (work: AtWork, role: string, asked: Asked) =>
  (await work.get<EventPage>(role, '/v1/events', asked)).json;

/** The log is for whom the permission is given, and refused by its name. */
async function checkPermission(work: AtWork): Promise<void> {
  const recent = recentOf(work);
  for (const role of [READER, OWNER])
    assert.ok((await pageOf(work, role, recent)).events.length > 0);
  for (const role of [OTHER, SUPPORT, 'operator']) {
    const json = await pageOf(work, role, recent);
    assert.deepEqual([json.status, json.code], [403, 'view_not_granted'], role);
    assert.equal(json.permission, 'Audit Logs');
    assert.match(json.detail ?? '', /permission "Audit Logs"\. Ask your administrator\.$/);
  }
  const { json } = await work.get<Catalog>(READER, '/v1/catalog');
  assert.deepEqual(
    json.views.map(({ view, label }) => [view, label]),
    [['audit', 'Audit Logs']],
  );
  assert.equal((await work.get(OTHER, '/v1/catalog')).status, 403);
}

/** Only what is in the catalog is recorded; who asks for more is told since when. */
async function checkCatalogued(work: AtWork): Promise<void> {
  const recent = recentOf(work);
  const path = `/v1/events?project=incidents&tenant_id=${work.tenant}`;
  const strange = [muting(work.nowMs, { action: 'schedule.created' }), muting(work.nowMs)];
  const { json } = await work.app.admin<RecordResult>('POST', path, strange);
  assert.deepEqual(
    json.rejected.map(({ index, code }) => [index, code]),
    [[0, 'action_unknown']],
  );
  const { definition } = work;
  const { runbook } = definition.resource_types ?? {};
  assert.ok(runbook);
  const since = isoAt(work.nowMs - 20 * DAY_MS).slice(0, 10);
  const apply = async (resource_types: typeof definition.resource_types) => {
    const body = { definition: { ...definition, ...(resource_types && { resource_types }) } };
    const put = await work.app.admin('PUT', '/v1/projects/incidents', body);
    assert.equal(put.status, 200, put.text);
  };
  await apply({ ...definition.resource_types, runbook: { ...runbook, since } });
  const { notices } = await pageOf(work, READER, { ...recent, q: 'target.type:Runbook' });
  const notice = notices.find(({ code }) => code === 'not_recorded_before');
  assert.equal(notice?.resource_type, 'runbook');
  assert.equal(notice.detail, `Runbook is recorded since ${since}.`);
  const later = between(work.nowMs - 10 * DAY_MS, work.nowMs);
  const { notices: none } = await pageOf(work, READER, {
    ...recent,
    ...later,
    q: 'target.type:Runbook',
  });
  assert.deepEqual(none, []);
  await apply(definition.resource_types);
}

describe('incidents on a server', () => {
  let work: AtWork;
  let recent: Asked;
  before(async () => {
    work = await startBlueprint('incidents');
    recent = recentOf(work);
  });
  after(() => work.stop());
  const page = (role: string, asked: Asked) => pageOf(work, role, asked);

  test('S4.1 each entry has time, user, action and outcome', async () => {
    const events = await work.events(READER, recent);
    assert.ok(events.length > 100);
    for (const { occurred_at, actor, action, activity, outcome } of events) {
      assert.ok(Date.parse(occurred_at) > 0 && actor.type && action && activity);
      assert.ok(['success', 'failure', 'denied'].includes(outcome?.result ?? ''), action);
    }
    const asked = { ...recent, format: 'csv' };
    const rows = rowsOf((await work.get(READER, '/v1/events/download', asked)).text);
    assert.deepEqual(
      rows.map((row) => [row['Time'], row['Action'], row['Outcome']]),
      events.map(({ occurred_at, activity, outcome }) => [occurred_at, activity, outcome?.result]),
    );
    assert.ok(rows.every((row) => row['User'] !== ''));
  });

  test('S4.2 what the log is used for: each of its questions has an answer', async () => {
    const { json } = await work.get<Catalog>(READER, '/v1/catalog');
    assert.ok(json.questions.length >= 6);
    for (const { label, q, range, view = '' } of json.questions) {
      const from = calendarFrom(work.nowMs, `-${range}`, TIME_ZONE) + MINUTE_MS;
      const asked = { view, q, ...between(from, work.nowMs) };
      assert.ok((await work.events(READER, asked)).length > 0, label);
    }
  });

  test('S4.3 the log needs the permission Audit Logs, and is refused by that name', () =>
    checkPermission(work));

  test('S4.5 a duration is demanded; what happens now is shown as it happens', async () => {
    for (const asked of [{}, { from: isoAt(work.nowMs) }, { to: isoAt(work.nowMs) }]) {
      const json = await page(READER, { ...AUDIT, ...asked });
      assert.deepEqual([json.code, json.missing], ['filter_required', ['date_range']]);
      assert.equal(json.detail, 'Choose Duration to search.');
    }
    const { json } = await work.get<Catalog>(READER, '/v1/catalog');
    assert.equal(json.views[0]?.live, true);
    await checkTail(work);
  });

  test('S4.6 the details of one event', async () => {
    const [event] = (await page(READER, { ...recent, q: 'changed:*' })).events;
    const { json } = await work.get<ReadEvent>(READER, `/v1/events/${event?.id}`, AUDIT);
    assert.deepEqual(json, event);
    for (const part of ['changes', 'targets', 'outcome', 'source', 'context', 'sentence']) {
      assert.ok(part in json, part);
    }
    const german = { ...AUDIT, locale: 'de' };
    const { json: words } = await work.get<ReadEvent>(READER, `/v1/events/${event?.id}`, german);
    assert.notEqual(words.activity, json.activity);
  });

  test('S4.7 every filter finds what it names, and so do words', async () => {
    await work.record([muting(work.nowMs)]);
    const all = await work.events(READER, recent);
    const questions: [q: string, isMeant: (event: ReadEvent) => unknown][] = [
      ['actor:"Sandeep Chawla"', ({ actor }) => actor.name === 'Sandeep Chawla'],
      ['activity:"Service muted"', ({ action }) => action === 'service.muted'],
      ['target.type:Services', ofType('service')],
      ['target.type:Dienst', ofType('service')],
      ['target.type:Playbook', ofType('runbook')],
      ['target:"Reservoir pumps"', targetNamed('Reservoir pumps')],
      ['outcome:failure outcome:denied', ({ outcome }) => outcome?.result !== 'success'],
      ['application:mobile', ({ source }) => source?.application === 'mobile'],
      ['ip:203.0.113.42', ({ context }) => context?.ip === '203.0.113.42'],
      ['reservoir pump*', targetNamed('Reservoir pumps')],
    ];
    for (const [q, isMeant] of questions) {
      const found = await work.events(READER, { ...recent, q });
      assert.ok(found.length > 0, q);
      assert.deepEqual(found, all.filter(isMeant), q);
    }
    const q = 'actor:"Sandeep Chawla" activity:"Service muted" reservoir';
    const isMeant = targetNamed('Reservoir pumps');
    assert.deepEqual(
      await work.events(READER, { ...recent, q }),
      all.filter((event) => event.action === 'service.muted' && isMeant(event)),
    );
    const { json } = await work.get<Catalog>(READER, '/v1/catalog');
    const keys = json.views[0]?.filters.map(({ key }) => key);
    assert.deepEqual(keys, [
      ...['date_range', 'actor', 'activity', 'target.type', 'target', 'outcome', 'application'],
      'ip',
    ]);
  });

  test('S4.8, S4.9 a file holds the filtered log, as CSV or as JSON', async () => {
    await work.record([muting(work.nowMs, { outcome: { result: 'denied' } })]);
    const asked = { ...recent, q: 'event_type:service -outcome:success' };
    const events = await work.events(READER, asked);
    assert.ok(events.length > 0);
    const file = async (role: string, format: string) =>
      await work.get<Problem>(role, '/v1/events/download', { ...asked, format });
    assert.deepEqual(JSON.parse((await file(READER, 'json')).text), events);
    const csv = await file(READER, 'csv');
    assert.match(csv.headers.get('content-disposition') ?? '', /helvetia-grid-events\.csv"$/);
    assert.deepEqual(
      rowsOf(csv.text).map((row) => [row['Time'], row['Resource type'], row['Outcome']]),
      events.map(({ occurred_at, outcome }) => [occurred_at, 'Services', outcome?.result]),
    );
    const { json } = await file(READER, 'ndjson');
    assert.deepEqual(
      [json.code, json.detail],
      [...['format_not_offered', 'This view offers csv, json.']],
    );
    assert.equal((await file(OTHER, 'csv')).status, 403);
  });

  test('S4.12 only the Enterprise plan reads; everybody’s events are recorded', () =>
    checkPlan(work));

  test('S4.13 the log reaches back one year, to the second', async () => {
    const limitMs = calendarFrom(Date.now(), '-P1Y', TIME_ZONE);
    const [within, beyond] = [muting(limitMs + 10 * MINUTE_MS), muting(limitMs - 1_000)];
    await work.record([within, beyond]);
    const around = { ...AUDIT, ...between(limitMs - 30 * DAY_MS, limitMs + 30 * DAY_MS) };
    const { events, notices } = await page(READER, around);
    assert.ok(idsOf(events).includes(within.id) && !idsOf(events).includes(beyond.id));
    assert.deepEqual([notices[0]?.code, notices[0]?.period], ['clamped_by_reach', 'P1Y']);
    assert.equal((await work.get(READER, `/v1/events/${beyond.id}`, AUDIT)).status, 404);
    const asked = { ...around, q: `id:${beyond.id}` };
    const { json } = await work.get<EventCount>(READER, '/v1/events/count', asked);
    assert.equal(json.count, 0);
    const file = await work.get(READER, '/v1/events/download', { ...around, format: 'json' });
    assert.ok(file.text.includes(within.id) && !file.text.includes(beyond.id));
  });

  test('S4.14 a search or a file covers three months at most', () => checkWindow(work));

  test('S4.15 what is older than a year is kept, and read by support alone', async () => {
    const limit = isoAt(calendarFrom(Date.now(), '-P1Y', TIME_ZONE) - 1_000);
    const old = await work.events(SUPPORT, { ...ARCHIVE, to: limit });
    assert.ok(old.length > 20);
    assert.deepEqual(await work.events(READER, { ...AUDIT, ...between(0, MINUTE_MS) }), []);
    const asked = { ...ARCHIVE, to: limit, format: 'json' };
    const file = await work.get(SUPPORT, '/v1/events/download', asked);
    assert.deepEqual(idsOf(JSON.parse(file.text)), idsOf(old));
    const ofTinybeam = await read(work, work.credential(SUPPORT), TINYBEAM, ARCHIVE);
    assert.ok(ofTinybeam.events.length > 0, 'no plan binds support');
    for (const role of [READER, OWNER, OTHER, 'operator']) {
      assert.equal((await page(role, ARCHIVE)).code, 'view_not_granted', role);
    }
    assert.equal((await page(SUPPORT, recent)).code, 'view_not_granted');
  });

  test('S4.16 nothing before the log was enabled, and that is said', () => checkEnabled(work));

  test('S4.17 only what is in the catalog is recorded, and since when is said', () =>
    checkCatalogued(work));

  for (const reader of READER_KINDS) {
    test(`S4.3, S4.12, S4.16, S4.17 for ${READERS[reader]}, in the same words`, async () => {
      const others = await as(work, reader);
      await checkPermission(others);
      await checkPlan(others);
      await checkEnabled(others);
      await checkCatalogued(others);
      await checkAlike(work, others, [TINYBEAM]);
    });
  }

  test('S4.18 eight resource types; roles are one, users another', async () => {
    const { json } = await work.get<Catalog>(READER, '/v1/catalog');
    assert.deepEqual(json.resource_types.map(({ label }) => label).sort(), [
      ...['API Refresh Token', 'Escalation Policy', 'Extensions', 'RBAC Management', 'Runbook'],
      ...['Services', 'User Logins', 'User management'],
    ]);
    assert.ok(json.resource_types.every(({ since }) => /^\d{4}-\d\d-\d\d$/.test(since ?? '')));
    for (const { label, type } of json.resource_types) {
      const q = `target.type:"${label}"`;
      const found = await work.events(READER, { ...recent, q });
      assert.ok(found.length > 0 && found.every(ofType(type)), label);
    }
    const actionsOf = async (q: string) => {
      const asked = { ...recent, q, fields: 'event_type' };
      const facets = await work.get<Facets>(READER, '/v1/events/facets', asked);
      return facets.json.facets[0]?.values.map(({ value }) => value);
    };
    assert.deepEqual(await actionsOf('action:rbac.* target.type:rbac'), ['rbac']);
    assert.deepEqual(await actionsOf('action:user.*'), ['user']);
  });

  test('S4.19 logins are there with their outcome', async () => {
    const q = 'action:user_login.signed_in';
    const all = await work.events(READER, { ...recent, q });
    for (const outcome of ['success', 'failure']) {
      const found = await work.events(READER, { ...recent, q: `${q} outcome:${outcome}` });
      assert.ok(found.length > 5, outcome);
      assert.deepEqual(
        found,
        all.filter((event) => event.outcome?.result === outcome),
      );
    }
    const asked = { ...recent, q, fields: 'outcome' };
    const { json } = await work.get<Facets>(READER, '/v1/events/facets', asked);
    const counts = Map.groupBy(all, ({ outcome }) => outcome?.result);
    for (const { value, count } of json.facets[0]?.values ?? []) {
      assert.equal(count, [...counts].find(([result]) => result === value)?.[1].length, value);
    }
  });
});

describe('incidents on PostgreSQL', () => {
  let work: AtWork;
  before(async () => {
    work = await startBlueprint('incidents', 'postgres');
  });
  after(() => work.stop());

  test('S4.5 what happens now is shown as it happens', () => checkTail(work));
  test('S4.12 only the Enterprise plan reads', () => checkPlan(work));
  test('S4.14 a search or a file covers three months at most', () => checkWindow(work));
  test('S4.16 nothing before the log was enabled', () => checkEnabled(work));
});

function ofType(type: string): (event: ReadEvent) => boolean {
  return ({ targets = [] }) => targets.some((target) => target.type === type);
}
function targetNamed(name: string): (event: ReadEvent) => boolean {
  return ({ targets = [] }) => targets.some((target) => target.name === name);
}
