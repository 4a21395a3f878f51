/** The requirements S3, asked of a real server that is filled with this blueprint. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Catalog } from '@annals/contract/catalog';
import { compileDefinition } from '@annals/contract/compile';
import type { ReadEvent } from '@annals/contract/event';
import type { Export } from '@annals/contract/exports';
import type { Actor, Suggestions } from '@annals/contract/find';
import type { Problem } from '@annals/contract/problem';
import type { EventPage, RecordResult } from '@annals/contract/routes';
import { exported } from '../../packages/server/test/exporting.ts';
import { DAY_MS } from '../demo/calendar.ts';
import { idsOf } from '../test/asking.ts';
import { type Asked, type AtWork, rowsOf, startBlueprint } from '../test/at-work.ts';
import { BOTH, checkCells, checkMatrix, checkTellsOwn, OF_GREG } from '../test/matrix.ts';
import { everyRequest, isoAt, personalTexts, tailed, WITHOUT_VIEW } from '../test/probing.ts';
import {
  byCorrelation,
  CONSOLE,
  checkAges,
  checkEdge,
  checkTold,
  checkUnreachable,
  GREG,
  HIDDEN,
  ofAgent,
  ofProfile,
  P1,
  P2,
  P3,
  PHILIPPA,
  zipChange,
} from '../test/profile-changes.ts';
import { as, checkAlike, READER_KINDS, READERS } from '../test/readers.ts';
import { KNOWN_PROFILE } from './stories.ts';

const TERRANCE = 'agt_ca2234';

/** Every route about a change that a role has no view for, and every route that administers. */
async function checkClosed(work: AtWork, role: string, own: Asked): Promise<void> {
  const { project, tenant } = work;
  const change = zipChange(work.nowMs - DAY_MS);
  await work.record([change]);
  const about = { project, tenant, id: change.id };
  const scopes = [ofProfile(PHILIPPA.id), { view: 'all' }, { view: 'log_use' }];
  for (const { name, isRead, ...request } of everyRequest(about, scopes)) {
    // The reference is the same for everybody; files are looked at by themselves.
    if (WITHOUT_VIEW.has(name)) continue;
    const { method, path, body } = request;
    const answer = await work.app.call<Problem>(method, path, { ...work.credential(role), body });
    assert.equal(answer.status, 403, `${name} ${path}: ${answer.text}`);
    assert.equal(answer.json.code, isRead ? 'view_not_granted' : 'forbidden', name);
    checkTold(answer.text, name);
  }
  const page = { ...ofProfile(KNOWN_PROFILE), limit: '1' };
  const { json } = await work.get<EventPage>(BOTH, '/v1/events', page);
  const stolen = { ...own, cursor: json.next_cursor ?? '' };
  assert.equal((await work.get(role, '/v1/events', stolen)).json.code, 'invalid_cursor');
}

/** A file of what a role has no view for: it is in no history of theirs, and nowhere else. */
async function checkFiles(work: AtWork, role: string): Promise<void> {
  const { app, project, tenant: tenant_id } = work;
  const body = { tenant_id, format: 'csv', ...ofProfile(KNOWN_PROFILE) };
  const asked = await app.call<Export>('POST', `/v1/exports?project=${project}`, {
    ...work.credential('user_profile_admin'),
    body,
  });
  assert.equal(asked.status, 202, asked.text);
  const { export_id } = await exported(app, asked.json, project);
  const history = await work.get(role, '/v1/exports');
  assert.ok(!history.text.includes(export_id), history.text);
  for (const part of ['', '/file', '/manifest']) {
    const { status, text } = await work.get<Problem>(role, `/v1/exports/${export_id}${part}`);
    assert.ok(status === 404 || status === 403, text);
    checkTold(text, part);
  }
}

/** The live tail of what is recorded now, whole and by a question for everything hidden. */
async function checkTail(work: AtWork, role: string, scope: Asked): Promise<void> {
  const change = zipChange(work.nowMs);
  const last = zipChange(work.nowMs);
  const record = () => work.record([change, last]);
  const shown = await tailed(work, role, scope, { record, last: last.id });
  assert.deepEqual(idsOf(shown), idsOf([change, last]));
  checkTold(JSON.stringify(shown), 'the tail');
  const end = zipChange(work.nowMs);
  const asked = HIDDEN.map((hidden) => `"${hidden}" or target:"${hidden}" or changed:"${hidden}"`);
  const q = `(${asked.join(' or ')} or id:${end.id})`;
  const again = [zipChange(work.nowMs), end];
  const found = await tailed(
    work,
    role,
    { ...scope, q },
    {
      record: () => work.record(again),
      last: end.id,
    },
  );
  assert.deepEqual(idsOf(found), [end.id]);
}

describe('identity on a server', () => {
  let work: AtWork;
  before(async () => {
    work = await startBlueprint('identity');
  });
  after(() => work.stop());
  const page = async (role: string, asked: Asked) =>
    (await work.get<EventPage>(role, '/v1/events', asked)).json;
  const catalogFor = async (role: string) => await work.get<Catalog>(role, '/v1/catalog');
  const done = (action: string, type: string) =>
    zipChange(work.nowMs, { action, targets: [{ type, id: 'x_1' }], changes: [], metadata: {} });
  const file = async (role: string, asked: Asked) =>
    await work.get(role, '/v1/events/download', { format: 'csv', ...asked });

  test('S3.1 all that is audited is in one list', async () => {
    await work.record([
      done('applicationSettingsUpdated', 'application'),
      done('formUpdated', 'registration_form'),
    ]);
    const events = await work.events(P1, CONSOLE);
    const types = new Set(events.map(({ event_type }) => event_type));
    assert.deepEqual([...types].sort(), Object.keys(work.definition.event_types ?? {}).sort());
    const targets = new Set(events.flatMap(({ targets = [] }) => targets.map(({ type }) => type)));
    for (const type of ['profile', 'flow', 'registration_form', 'api_client', 'application']) {
      assert.ok(targets.has(type), type);
    }
  });

  test('S3.2 each record has its event type, its action and its activity', async () => {
    const { json } = await catalogFor(P1);
    const known = json.event_types.flatMap(({ event_type, actions }) =>
      actions.map(({ action, activity }) => `${event_type} ${action} ${activity}`),
    );
    assert.ok(known.includes('agentRecordAction recordUpdated User Updated'));
    for (const { event_type, action, activity } of await work.events(P1, CONSOLE)) {
      assert.ok(known.includes(`${event_type} ${action} ${activity}`), action);
    }
  });

  test('S3.3 an event type finds all its actions and nothing else', async () => {
    const actions = ['flowCreated', 'flowUpdated', 'flowPromoted', 'flowDeleted'];
    await work.record(actions.map((action) => done(action, 'flow')));
    const all = await work.events(P1, CONSOLE);
    for (const q of ['event_type:agentFlowAction', 'event_type:Flows']) {
      const found = await work.events(P1, { ...CONSOLE, q });
      const wanted = all.filter(({ action }) => actions.includes(action));
      assert.deepEqual(found, wanted, q);
      assert.deepEqual(new Set(found.map(({ action }) => action)), new Set(actions));
    }
  });

  test('S3.4 an activity finds what its action finds, and each is told for the other', async () => {
    const byActivity = await work.events(P1, { ...CONSOLE, q: 'activity:"User Updated"' });
    const byAction = await work.events(P1, { ...CONSOLE, q: 'action:recordUpdated' });
    assert.ok(byAction.length > 50);
    assert.deepEqual(byActivity, byAction);
    const typed = { ...CONSOLE, field: 'action', prefix: 'user upd' };
    const { json } = await work.get<Suggestions>(P1, '/v1/events/suggest', typed);
    const told = json.suggestions.map(({ value, label }) => [value, label]);
    assert.deepEqual(told, [['recordUpdated', 'User Updated']]);
  });

  test('S3.5 the file has columns that are named Event Type, action and Activity', async () => {
    const { headers, text } = await file(P1, CONSOLE);
    assert.match(headers.get('content-type') ?? '', /^text\/csv/);
    const [row] = rowsOf(text).filter(({ action }) => action === 'recordUpdated');
    assert.deepEqual(
      [row?.['Event Type'], row?.['action'], row?.['Activity']],
      ['agentRecordAction', 'recordUpdated', 'User Updated'],
    );
  });

  test('S3.6 a field that does not apply is empty, and cannot be filled wrongly', async () => {
    const rows = Map.groupBy(rowsOf((await file(P1, CONSOLE)).text), ({ action = '' }) => action);
    const isFilled = (action: string) =>
      rows.get(action)?.some((row) => row['New Flow Version'] !== '');
    assert.ok(isFilled('flowCreated') && isFilled('flowUpdated'));
    for (const action of ['recordUpdated', 'clientUpdated', 'agentSignedIn', 'flowPromoted']) {
      assert.equal(isFilled(action), false, action);
    }
    const wrong = zipChange(work.nowMs, { metadata: { new_flow_version: '7' } });
    const path = `/v1/events?project=identity&tenant_id=${work.tenant}`;
    const { json } = await work.app.admin<RecordResult>('POST', path, [wrong]);
    assert.deepEqual([json.accepted, json.rejected[0]?.code], [0, 'invalid_event']);
  });

  test('S3.7 readers have the activity reference: each field, what for and when', async () => {
    for (const role of [P1, P2, P3]) {
      const { json } = await catalogFor(role);
      const actions = json.event_types.flatMap((type) => type.actions);
      const fieldOf = (name: string) =>
        actions
          .find(({ action }) => action === name)
          ?.fields.find(({ path }) => path === '/metadata/new_flow_version');
      assert.equal(fieldOf('flowCreated')?.label, 'New Flow Version');
      assert.match(fieldOf('flowCreated')?.description ?? '', /this action made\. Filled when a/);
      assert.equal(fieldOf('recordUpdated'), undefined);
    }
  });

  test('S3.8 the examples of the text are recorded, under these activities', async () => {
    const seen = new Map((await work.all()).map(({ action, activity }) => [action, activity]));
    const examples = [
      ['flowCreated', 'Flow Created'],
      ['clientUpdated', 'API Client Settings Updated'],
      ['recordCreated', 'User Created'],
      ['recordUpdated', 'User Updated'],
      ['recordDeleted', 'User Deleted'],
      ['flowPromoted', 'Flow Promoted'],
      ['agentRoleUpdated', 'Agent Role Updated'],
    ] as const;
    for (const [action, activity] of examples) assert.equal(seen.get(action), activity);
  });

  test('S3.9, S3.10, S3.11, S3.12, S3.13, S3.14, S3.21 ten roles, three views', () =>
    checkMatrix(work));

  test('S3.15 the cells of the matrix are the definition’s, and can be others', () =>
    checkCells(work));

  test('S3.16 a role is told of its own views and questions, and of no others', () =>
    checkTellsOwn(work));

  for (const reader of READER_KINDS) {
    test(`S3.9, S3.10, S3.11, S3.12, S3.13, S3.14, S3.15, S3.16: ${READERS[reader]}`, async () => {
      const others = await as(work, reader);
      await checkMatrix(others);
      await checkCells(others);
      await checkTellsOwn(others);
      await checkAlike(work, others);
    });
  }

  test('S3.17 a change is one event that both views show', async () => {
    const change = zipChange(work.nowMs - 2 * DAY_MS);
    assert.equal((await work.record([change])).receipts.length, 1);
    const q = byCorrelation(change);
    assert.deepEqual(idsOf(await work.events('owner', { view: 'all', q })), [change.id]);
    const [inConsole] = await work.events(P1, { ...CONSOLE, q });
    const [onPage] = await work.events(P3, { ...ofProfile(PHILIPPA.id), q });
    for (const shown of [inConsole, onPage]) {
      const { correlation_id } = change.context;
      assert.deepEqual([shown?.id, shown?.context?.correlation_id], [change.id, correlation_id]);
    }
    assert.deepEqual([inConsole?.changes, onPage?.changes], [undefined, change.changes]);
  });

  test('S3.18 the console tells nothing of a profile but its id', async () => {
    const raw = new Map((await work.all()).map((event) => [event.id, event]));
    const q = 'event_type:agentRecordAction';
    const shown = await work.events(P1, { ...CONSOLE, q });
    assert.ok(shown.length > 80);
    const compiled = compileDefinition(work.definition);
    for (const event of shown) {
      const whole = raw.get(event.id);
      assert.ok(whole && !('changes' in event));
      for (const target of event.targets ?? []) {
        assert.deepEqual(Object.keys(target).sort(), ['id', 'type']);
      }
      const text = JSON.stringify(event);
      for (const value of personalTexts(compiled, whole)) {
        // Digits alone are in ids and times by chance, but not as a word.
        const isWord = /^\d+$/.test(value);
        const isTold = isWord ? new RegExp(`\\b${value}\\b`).test(text) : text.includes(value);
        assert.ok(!isTold, `${value} in ${text}`);
      }
    }
  });

  test('S3.19 the profile’s page tells attributes with previous and new values', async () => {
    const scope = ofProfile(KNOWN_PROFILE);
    const changes = (await work.events(P3, scope)).flatMap(({ changes: all = [] }) => all);
    const zip = changes.find(({ path }) => path === '/primaryAddress/zip');
    assert.deepEqual([zip?.before, zip?.after], ['97206', '98101']);
    const added = changes.find(({ path }) => path === '/mobileNumber');
    assert.ok(added && !('before' in added) && /^\+1 \d/.test(String(added.after)));
    const { text } = await file('user_profile_admin', scope);
    const row = rowsOf(text).find((one) => one['Attribute'] === '/primaryAddress/zip');
    assert.deepEqual([row?.['Previous value'], row?.['New value']], ['97206', '98101']);
  });

  test('S3.20 what the page hides is found by no question of its readers', () =>
    checkUnreachable(work, { role: P1, scope: CONSOLE, texts: HIDDEN }));

  test('S3.20 what an agent’s log hides is found by no question of its readers', () =>
    checkUnreachable(work, {
      role: P2,
      scope: OF_GREG,
      texts: ['98101', '/primaryAddress/zip', 'ZIP code', PHILIPPA.name, 'Yamhill, US'],
    }));

  test('S3.20 every other route and view is closed to both, and tells nothing', async () => {
    await checkClosed(work, P1, CONSOLE);
    await checkClosed(work, P2, OF_GREG);
  });

  test('S3.20 a file of profiles is not theirs, nor that there is one', async () => {
    await checkFiles(work, P1);
    await checkFiles(work, P2);
  });

  test('S3.20 the live tail tells them nothing either', async () => {
    await checkTail(work, P1, CONSOLE);
    await checkTail(work, P2, OF_GREG);
  });

  test('S3.22 the page reaches 30 days back, to the second', () =>
    checkEdge(work, { role: P1, scope: CONSOLE, period: 'P30D' }));

  test('S3.23 a profile’s page reaches 90 days back, to the second', () =>
    checkEdge(work, { role: P3, scope: ofProfile(PHILIPPA.id), period: 'P90D' }));

  test('S3.24 changes of 29, 32, 89 and 91 days: who sees which, and what of them', () =>
    checkAges(work));

  test('S3.25 one agent’s log: all that agent’s actions, and no way to others', async () => {
    const all = await work.events(P1, CONSOLE);
    const own = await work.events(P2, OF_GREG);
    assert.deepEqual(
      own,
      all.filter(({ actor }) => actor.id === GREG.id),
    );
    assert.ok(new Set(own.map(({ event_type }) => event_type)).size >= 3);
    assert.equal((await page(P2, { view: 'agent' })).code, 'subject_required');
    for (const q of ['actor:"Terrance O’Reilly"', `-actor:${GREG.id}`, '-actor:"Greg Stemp"']) {
      assert.deepEqual((await page(P2, { ...OF_GREG, q })).events, [], q);
    }
    const of = all.find(({ actor }) => actor.id === TERRANCE);
    assert.equal((await work.get(P2, `/v1/events/${of?.id}`, OF_GREG)).status, 404);
    assert.equal((await work.get(P2, `/v1/events/${of?.id}`, ofAgent(TERRANCE))).status, 200);
    const { json } = await work.get<{ actors: Actor[] }>(P2, '/v1/actors', OF_GREG);
    assert.deepEqual(
      json.actors.filter(({ type }) => type === 'user').map(({ id }) => id),
      [GREG.id],
    );
    const { next_cursor } = await page(P2, { ...OF_GREG, limit: '1' });
    const other = { ...ofAgent(TERRANCE), cursor: next_cursor ?? '' };
    assert.equal((await page(P2, other)).code, 'invalid_cursor');
  });

  test('S3.26 one profile’s page: its changes and no others', async () => {
    const events = await work.events(P3, ofProfile(KNOWN_PROFILE));
    assert.ok(events.length >= 5);
    for (const { targets } of events) assert.ok(targets?.some(({ id }) => id === KNOWN_PROFILE));
    const other = zipChange(work.nowMs - DAY_MS);
    await work.record([other]);
    const path = `/v1/events/${other.id}`;
    assert.equal((await work.get(P3, path, ofProfile(KNOWN_PROFILE))).status, 404);
    assert.equal((await work.get(P3, path, ofProfile(PHILIPPA.id))).status, 200);
    assert.equal((await page(P3, { view: 'profile' })).code, 'subject_required');
  });

  test('S3.27 the page presets and demands nothing; it offers action, agent and date', async () => {
    const { json } = await catalogFor(P1);
    const { filters = [], binding } = json.views.find(({ view }) => view === 'console') ?? {};
    assert.ok(binding === 'none' && filters.every(({ required }) => !required));
    const keys = filters.map(({ key }) => key);
    for (const key of ['activity', 'event_type', 'action', 'actor', 'date_range']) {
      assert.ok(
        keys.some((known) => known === key),
        key,
      );
    }
    const from = work.nowMs - 20 * DAY_MS;
    const whole = (await work.all()).filter(({ source }) => source?.application !== 'self_service');
    const shown = await work.events(P1, { ...CONSOLE, from: isoAt(from) });
    assert.deepEqual(
      idsOf(shown),
      idsOf(whole.filter(({ occurred_at }) => Date.parse(occurred_at) >= from)),
    );
    const asked = { ...CONSOLE, from: isoAt(from), q: 'actor:"Greg Stemp" action:clientUpdated' };
    const found = await work.events(P1, asked);
    assert.deepEqual(
      found,
      shown.filter(({ actor, action }) => actor.id === GREG.id && action === 'clientUpdated'),
    );
    assert.ok(found.length > 0);
  });

  test('S3.28 the page answers what the logs of one agent and of one profile answer', async () => {
    const byAgent = await work.events(P1, { ...CONSOLE, q: 'actor:"Greg Stemp"' });
    assert.deepEqual(byAgent, await work.events(P2, OF_GREG));
    const byProfile = await work.events(P1, { ...CONSOLE, q: `target:${KNOWN_PROFILE}` });
    const since = byProfile.at(-1)?.occurred_at ?? '';
    const onPage = await work.events(P3, { ...ofProfile(KNOWN_PROFILE), from: since });
    assert.ok(byProfile.length > 0);
    assert.deepEqual(idsOf(byProfile), idsOf(onPage));
  });

  test('S3.29 the page is exported as CSV, as it is filtered, by those who may', async () => {
    await work.record([zipChange(work.nowMs, { outcome: { result: 'denied' } })]);
    const asked = { ...CONSOLE, q: 'operation:update -outcome:success' };
    const { status, text } = await file(P1, asked);
    assert.equal(status, 200, text);
    const events = await work.events(P1, asked);
    assert.ok(events.length > 0);
    assert.deepEqual(
      rowsOf(text).map((row) => [row['Time'], row['action'], row['Target id']]),
      events.map(({ occurred_at, action, targets }) => [occurred_at, action, targets?.[0]?.id]),
    );
    assert.equal((await file(P1, { ...CONSOLE, format: 'json' })).json.code, 'format_not_offered');
    const refused = await file(P2, OF_GREG);
    assert.deepEqual([refused.status, refused.json.code], [403, 'capability_not_granted']);
  });

  test('S3.30 a single record has all its fields', async () => {
    for (const [role, scope] of [
      [P1, CONSOLE],
      [P3, ofProfile(KNOWN_PROFILE)],
    ] as const) {
      const [event] = (await page(role, { ...scope, limit: '1' })).events;
      const { json } = await work.get<ReadEvent>(role, `/v1/events/${event?.id}`, scope);
      assert.deepEqual(json, event);
      for (const part of ['event_type', 'activity', 'sentence', 'outcome', 'source', 'context']) {
        assert.ok(part in json, part);
      }
    }
  });
});

describe('identity on PostgreSQL', () => {
  let work: AtWork;
  before(async () => {
    work = await startBlueprint('identity', 'postgres');
  });
  after(() => work.stop());

  test('S3.14 ten roles, three views', () => checkMatrix(work));
  test('S3.24 changes of 29, 32, 89 and 91 days', () => checkAges(work));
  test('S3.20 nothing that is hidden is found, nor streamed', async () => {
    const texts = ['98101', '/primaryAddress/zip', PHILIPPA.name];
    await checkUnreachable(work, { role: P1, scope: CONSOLE, texts });
    await checkTail(work, P1, CONSOLE);
  });
});
