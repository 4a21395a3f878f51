/** Watches on the real server: what is learned, found, told, judged and forgotten. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Definition } from '@annals/contract/definition';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { Finding, Watch } from '@annals/contract/unusual';
import { erase } from '../../test/erasing.ts';
import { onBothDatabases, sampleEvent, type TestApp, verifyTenant } from '../../test/harness.ts';
import {
  findingsAt,
  putWatch,
  settledWatch,
  type WatchPlace,
  watchedSince,
} from '../../test/watching.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Everything happened a while ago, in whole hours. */
const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const SINCE = NOW - 7 * DAY_MS;
const MINUTE_MS = 60_000;

const by = (id: string, at: number, fields: Partial<EventInput> = {}): EventInput =>
  sampleEvent({
    id: randomUUID(),
    occurred_at: new Date(at).toISOString(),
    action: 'document.viewed',
    operation: 'read',
    actor: { type: 'user', id, name: `Name of ${id}` },
    context: { ip: '198.51.100.20' },
    ...fields,
  });
const DELETED = { action: 'document.deleted', operation: 'delete' } as const;
const LOGIN = { action: 'user.login', operation: 'login' } as const;
const FAILED = { ...LOGIN, outcome: { result: 'failure' } } as const;

/** Seven weeks of two events a day, each at the same hour. */
const calm = (id: string): EventInput[] =>
  Array.from({ length: 49 }, (_, day) => {
    const at = SINCE - (day + 1) * DAY_MS;
    return [by(id, at), by(id, at + 10 * MINUTE_MS, day % 5 === 0 ? DELETED : {})];
  }).flat();
const many = (count: number, id: string, at: number, fields: Partial<EventInput> = DELETED) =>
  Array.from({ length: count }, (_, n) => by(id, at + n * 30_000, fields));

const definition = (project: string): Definition => ({
  project,
  label: 'Watched',
  time_zone: 'Europe/Berlin',
  event_types: {
    documents: {
      label: 'Documents',
      actions: {
        'member.removed': {
          label: { en: 'Member removed', de: 'Mitglied entfernt' },
          operation: 'delete',
          sentences: ['{actor} removed {target}', '{actor} removed'],
        },
      },
    },
  },
  locales: ['en', 'de'],
  views: {
    page: { label: 'Page' },
    other: { label: 'Other', rows: 'action:document.deleted' },
    own: { label: 'Of one', binding: 'actor' },
    nameless: { label: 'Nameless', classes: ['public'] },
    asks: { label: 'Asks', filters: [{ key: 'target', label: 'Record', required: true }] },
  },
  roles: {
    lead: {
      label: 'Lead',
      grants: { page: ['read', 'findings'], asks: ['read', 'findings'], own: ['read', 'findings'] },
    },
    reader: { label: 'Reader', grants: { page: ['read'], other: ['read', 'findings'] } },
  },
  data_classes: { '/actor/id': 'personal' },
});

interface World {
  readonly app: TestApp;
  readonly place: WatchPlace & { readonly project: string };
  record(events: readonly EventInput[]): Promise<void>;
  key(role: string): Promise<string>;
}

async function worldOf(app: TestApp, project = `p-${randomUUID().slice(0, 8)}`): Promise<World> {
  const made = await app.admin('PUT', `/v1/projects/${project}`, {
    definition: definition(project),
  });
  assert.ok(made.status < 300, made.text);
  const tenant = `t-${project}`;
  return {
    app,
    place: { project, tenant, view: 'page' },
    async record(events) {
      for (let at = 0; at < events.length; at += 500) {
        const path = `/v1/events?project=${project}&tenant_id=${tenant}`;
        const { status, text } = await app.admin('POST', path, events.slice(at, at + 500));
        assert.equal(status, 201, text);
      }
    },
    async key(role) {
      const asked = { label: role, roles: [role], tenant_id: tenant };
      const { json } = await app.admin<{ secret: string }>(
        'POST',
        `/v1/keys?project=${project}`,
        asked,
      );
      return json.secret;
    },
  };
}

/** How many events answer the query of a finding, through its view. */
async function answered(app: TestApp, project: string, finding: Finding): Promise<number> {
  const { q, from, to, view, tenant_id } = finding;
  const query = new URLSearchParams({ project, tenant_id, view, q, from, to });
  const { json, text } = await app.admin<{ count: number }>('GET', `/v1/events/count?${query}`);
  assert.ok(json.count !== undefined, text);
  return json.count;
}

async function ownEvents({ app, place: { project, tenant } }: World): Promise<ReadEvent[]> {
  const query = new URLSearchParams({
    ...{ project, tenant_id: tenant, view: 'all', q: 'action:annals.unusual.*', order: 'asc' },
  });
  const { json } = await app.admin<{ events: ReadEvent[] }>('GET', `/v1/events?${query}`);
  return json.events;
}

const judge = (world: World, finding: Finding, body: object, key?: string) => {
  const { project, tenant } = world.place;
  const path = `/v1/findings/${finding.finding_id}/judge?project=${project}&tenant_id=${tenant}`;
  const asked = { body, key: key ?? world.app.adminKey };
  return world.app.call<Finding>('POST', path, asked);
};

onBothDatabases('unusual', (open) => {
  test('S1.3 S1.20 what is out of the ordinary is found, with the events of it', async () => {
    const world = await worldOf(await open());
    const { app, place, record } = world;
    const at = SINCE + 3 * DAY_MS;
    await record([
      ...['dana', 'omar', 'ana'].flatMap(calm),
      // Before anybody looked: nothing is made of it.
      ...many(50, 'omar', SINCE - 30 * DAY_MS),
      ...many(41, 'dana', at),
      by('omar', at + 5 * HOUR_MS, { context: { ip: '203.0.113.77' } }),
      by('omar', at + 6 * HOUR_MS, { action: 'member.removed', operation: 'delete' }),
      ...many(6, 'ana', at + 8 * HOUR_MS + 57 * MINUTE_MS, FAILED),
      by('ana', at + 9 * HOUR_MS + 2 * MINUTE_MS, LOGIN),
      ...many(60, 'ana', at + 12 * HOUR_MS, { action: 'document.downloaded', operation: 'export' }),
    ]);
    await watchedSince(app, place, SINCE);
    const found = await findingsAt(app, place);
    const told = found.map(({ kind, person, figure }) => `${kind} ${person.id} ${figure}`);
    assert.deepEqual(told.sort(), [
      'deletes dana 41',
      'exports ana 60',
      'failures ana 6',
      'new_action ana 60',
      'new_action omar 1',
      'new_network omar 1',
    ]);
    for (const finding of found) {
      assert.equal(await answered(app, place.project, finding), finding.figure, finding.q);
      assert.doesNotMatch(finding.sentence, /suspicious|anomal|threat/i);
    }
    const deletes = found.find(({ kind }) => kind === 'deletes');
    assert.match(
      deletes?.sentence ?? '',
      /^Name of dana deleted 41 records between \d\d:00 and \d\d:00; usually (none|0 to 1) at/,
    );
    assert.equal(deletes?.state, 'new');
  });

  test('S2.11 what lasts is one finding that grows; nothing is found twice', async () => {
    const world = await worldOf(await open());
    const { app, place, record } = world;
    const at = SINCE + 2 * DAY_MS;
    await record([
      ...calm('dana'),
      ...[0, 1, 2].flatMap((n) => many(30, 'dana', at + n * HOUR_MS)),
    ]);
    await watchedSince(app, place, SINCE);
    const once = await findingsAt(app, place);
    assert.deepEqual(
      once.map(({ kind, figure, from, to }) => [kind, figure, Date.parse(to) - Date.parse(from)]),
      [['deletes', 90, 3 * HOUR_MS]],
    );
    const [finding] = once;
    assert.ok(finding);
    assert.equal(await answered(app, place.project, finding), 90);
    // As if the server had died before it kept how far it had looked.
    await app.sql(
      'UPDATE watch SET looked_to = ?, next_at = 0 WHERE looked_to > ?',
      ...[SINCE, SINCE],
    );
    await app.sql('DELETE FROM watch_hour WHERE hour >= ?', SINCE / HOUR_MS);
    await settledWatch(app, place);
    const twice = await findingsAt(app, place);
    assert.deepEqual(
      twice.map(({ finding_id, figure }) => [finding_id, figure]),
      once.map(({ finding_id, figure }) => [finding_id, figure]),
    );
  });

  test('off until it is turned on by whoever may, and off forgets all', async () => {
    const world = await worldOf(await open());
    const { app, place, record, key } = world;
    const { project, tenant } = place;
    await record([...calm('dana'), ...many(40, 'dana', SINCE + DAY_MS)]);
    const of = `project=${project}&tenant_id=${tenant}`;
    const lead = await key('lead');
    const list = await app.call<{ watches: Watch[] }>('GET', `/v1/unusual?${of}`, { key: lead });
    assert.deepEqual(
      list.json.watches.map(({ view, state, reason }) => [view, state, reason !== null]),
      [
        ['page', 'off', false],
        ['asks', 'off', true],
      ],
    );
    const on = { key: lead, body: { enabled: true } };
    assert.equal((await app.call('PUT', `/v1/unusual/page?${of}`, on)).status, 200);
    assert.equal((await app.call('PUT', `/v1/unusual/page?${of}`, on)).status, 200);
    const reader = { key: await key('reader'), body: { enabled: true } };
    const refused = await app.call<{ code: string }>('PUT', `/v1/unusual/page?${of}`, reader);
    assert.equal(refused.json.code, 'capability_not_granted');
    const scoped = await app.key({ scopes: ['events:read'] });
    const inScope = await app.call<{ code: string }>('PUT', `/v1/unusual/log?tenant_id=${tenant}`, {
      ...{ key: scoped, body: { enabled: true } },
    });
    assert.ok(inScope.status >= 403, 'another project, and no scope "manage"');
    for (const view of ['own', 'asks', 'nameless']) {
      const asked = await app.admin<{ code: string }>('PUT', `/v1/unusual/${view}?${of}`, {
        enabled: true,
      });
      assert.equal(asked.json.code, 'view_not_watchable', view);
    }
    await watchedSince(app, place, SINCE);
    assert.equal((await findingsAt(app, place)).length, 1);
    // Through another view nothing is told of it.
    const others = await app.call<{ findings: Finding[] }>('GET', `/v1/findings?${of}`, {
      key: reader.key,
    });
    assert.deepEqual(others.json.findings, []);
    assert.equal((await putWatch(app, place, false)).state, 'off');
    for (const table of ['watch', 'watch_hour', 'watch_seen', 'finding']) {
      const left = await app.sql(
        `SELECT count(*) AS n FROM ${table} WHERE tenant_no =
          (SELECT tenant_no FROM tenant WHERE tenant_id = ?)`,
        tenant,
      );
      assert.equal(Number(left[0]?.['n']), 0, table);
    }
    assert.deepEqual(
      (await ownEvents(world)).map(({ action, targets }) => [action, targets?.[0]?.id]),
      [
        ['annals.unusual.enabled', 'page'],
        ['annals.unusual.disabled', 'page'],
      ],
    );
    assert.equal((await verifyTenant(app, tenant)).ok, true);
  });

  test('each judgement is in the log; what is expected is not found again for a time', async () => {
    const world = await worldOf(await open());
    const { app, place, record, key } = world;
    const at = SINCE + DAY_MS;
    await record([...calm('dana'), ...calm('omar'), ...many(40, 'dana', at)]);
    await watchedSince(app, place, SINCE);
    const [finding] = await findingsAt(app, place);
    assert.ok(finding);
    const wrong = await judge(world, finding, { state: 'needs_a_look', mute_for: 'P1D' });
    assert.equal(wrong.status, 400);
    const looked = await judge(world, finding, { state: 'needs_a_look', note: 'Who was it?' });
    assert.deepEqual([looked.json.state, looked.json.note], ['needs_a_look', 'Who was it?']);
    const said = { state: 'expected', note: 'A cleaning', mute_for: 'always' };
    const expected = await judge(world, finding, said, await key('lead'));
    assert.equal(expected.json.muted_until, '9999-12-31T00:00:00.000Z');
    assert.deepEqual(
      (await ownEvents(world))
        .slice(1)
        .map(({ action, reason, metadata }) => [action, reason?.text, metadata]),
      [
        [
          'annals.unusual.judged',
          'Who was it?',
          { view: 'page', kind: 'deletes', judgement: 'needs_a_look' },
        ],
        [
          'annals.unusual.judged',
          'A cleaning',
          { view: 'page', kind: 'deletes', judgement: 'expected', mute_for: 'always' },
        ],
      ],
    );
    // The same of her, and of somebody else, in an hour that is not looked at yet.
    const next = at + 2 * DAY_MS;
    await app.sql('UPDATE watch SET looked_to = ? WHERE looked_to > ?', next, next);
    await record([...many(60, 'dana', next), ...many(60, 'omar', next)]);
    await app.sql('UPDATE watch SET next_at = 0');
    await settledWatch(app, place);
    assert.deepEqual(
      (await findingsAt(app, place)).map(({ person, state }) => [person.id, state]),
      [
        ['omar', 'new'],
        ['dana', 'expected'],
      ],
    );
  });

  test('what is recorded late is seen, and counted once', async () => {
    const world = await worldOf(await open());
    const { app, place, record } = world;
    await record([...calm('dana'), ...calm('omar')]);
    await watchedSince(app, place, SINCE);
    const at = SINCE + 2 * DAY_MS;
    const removed = { action: 'member.removed', operation: 'delete' } as const;
    await record([by('dana', at, removed), by('omar', SINCE - DAY_MS, removed)]);
    await app.sql('UPDATE watch SET next_at = 0');
    await settledWatch(app, place);
    assert.deepEqual(
      (await findingsAt(app, place)).map(({ kind, person, figure }) => [kind, person.id, figure]),
      [['new_action', 'dana', 1]],
    );
    const [row] = await app.sql(
      'SELECT sum(events) AS events FROM watch_hour WHERE person = ? AND tenant_no = ' +
        '(SELECT tenant_no FROM tenant WHERE tenant_id = ?)',
      ...['user:dana', place.tenant],
    );
    assert.equal(Number(row?.['events']), calm('dana').length + 1);
  });

  test('a view that shows something else begins anew, and tells nothing of before', async () => {
    const world = await worldOf(await open());
    const { app, place, record } = world;
    const { project } = place;
    await record([...calm('dana'), ...many(40, 'dana', SINCE + DAY_MS)]);
    await watchedSince(app, place, SINCE);
    assert.equal((await findingsAt(app, place)).length, 1);
    const other = definition(project);
    const views = { ...other.views, page: { label: 'Page', rows: 'action:document.viewed' } };
    await app.admin('PUT', `/v1/projects/${project}`, { definition: { ...other, views } });
    assert.equal((await findingsAt(app, place)).length, 0, 'at once');
    await app.sql('UPDATE watch SET next_at = 0');
    await settledWatch(app, place);
    assert.deepEqual(
      await app.sql(
        `SELECT value FROM watch_seen
         JOIN tenant ON tenant.tenant_no = watch_seen.tenant_no
         WHERE value = 'document.deleted' AND tenant_id = ?`,
        place.tenant,
      ),
      [],
    );
    const nameless = { ...other.views, page: { label: 'Page', classes: ['public' as const] } };
    await app.admin('PUT', `/v1/projects/${project}`, {
      definition: { ...other, views: nameless },
    });
    await app.sql('UPDATE watch SET next_at = 0');
    assert.equal((await settledWatch(app, place)).state, 'paused');
  });

  test('a tenant that has ended is watched no more', async () => {
    const world = await worldOf(await open());
    const { app, place, record } = world;
    await record(calm('dana'));
    await watchedSince(app, place, SINCE);
    const past = Date.now() - DAY_MS;
    await app.sql(
      'UPDATE tenant SET closed_at = ?, ends_at = ? WHERE tenant_id = ?',
      ...[past, past, place.tenant],
    );
    const left = async () =>
      await app.sql(
        `SELECT watch.view FROM watch JOIN tenant ON tenant.tenant_no = watch.tenant_no
         WHERE tenant_id = ?`,
        place.tenant,
      );
    while ((await left()).length > 0) {
      await app.sql('UPDATE watch SET next_at = 0');
      app.app.unusual.nudge();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await app.sql(
      'UPDATE tenant SET closed_at = NULL, ends_at = NULL WHERE tenant_id = ?',
      place.tenant,
    );
  });

  test('an erased person is nowhere in it, and a stop is no end', async () => {
    const app = await open({});
    const world = await worldOf(app, 'default');
    const { place, record } = world;
    const { tenant } = place;
    await record([
      ...calm('dana'),
      ...calm('omar'),
      ...many(40, 'dana', SINCE + DAY_MS),
      ...many(40, 'omar', SINCE + DAY_MS),
    ]);
    await watchedSince(app, place, SINCE);
    const before = await findingsAt(app, place);
    assert.equal(before.length, 2);
    const ofOmar = before.find(({ person }) => person.id === 'omar');
    assert.ok(ofOmar);
    await judge(world, ofOmar, { state: 'needs_a_look', note: 'Asked Name of dana about it' });
    const ended = await erase(app, { tenant, subject: { type: 'user', id: 'dana' } }, 'erase');
    assert.equal(ended.state, 'completed', ended.error ?? '');
    await app.restart();
    await app.sql('UPDATE watch SET next_at = 0');
    await settledWatch(app, place);
    for (const table of ['watch', 'watch_hour', 'watch_seen', 'finding']) {
      const rows = JSON.stringify(await app.sql(`SELECT * FROM ${table}`), (_, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      );
      assert.doesNotMatch(rows, /dana/, table);
    }
    const [left] = await findingsAt(app, place);
    assert.deepEqual([left?.person.id, left?.note], ['omar', '(erased)']);
  });
});
