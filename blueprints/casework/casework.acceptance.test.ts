/** The logbook of case management, asked of a real server: each requirement by its number. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Definition } from '@annals/contract/definition';
import type { ReadEvent } from '@annals/contract/event';
import type { EventCount, Facets, Histogram } from '@annals/contract/find';
import { isOwn } from '@annals/contract/view';
import {
  ago,
  catalogOf,
  DAY,
  hides,
  idsOf,
  namesOf,
  page,
  QUESTION_ROUTES,
} from '../test/asking.ts';
import { type Asked, type AtWork, startBlueprint } from '../test/at-work.ts';
import {
  ALL_TIME,
  deed,
  found,
  hasTwoForms,
  KEISHA,
  record,
  search,
  showsFieldsAndIds,
  within,
} from '../test/casework.ts';
import { putTenant, visitorOf } from '../test/gates.ts';
import { as, checkAlike, READER_KINDS, READERS } from '../test/readers.ts';

const SULLIVAN = 'application:engage target:case_204';
const isInEngage = ({ source }: ReadEvent): boolean => source?.application === 'engage';

async function isOnThePlan(at: AtWork): Promise<void> {
  const closed = {
    code: 'plan_required',
    detail: 'Audit logs are part of the Enterprise plan.',
    missing: ['enterprise'],
  };
  const admin = await visitorOf(at, 'admin', 'lantern', 'audit_preparation');
  const vendor = await at.enter('operations');
  await admin.isRefused(closed);
  assert.equal((await putTenant(at, vendor, 'lantern', { plan: 'enterprise' })).status, 200);
  await admin.isWelcome();
  assert.equal((await putTenant(at, vendor, 'lantern', { plan: 'team' })).status, 200);
  await admin.isRefused(closed);
  const all = await at.events('operations', { tenant_id: 'lantern' });
  assert.equal(
    all.filter((event) => !isOwn(event)).length,
    (await at.all('lantern')).length,
    'besides what the log records of itself',
  );
}

async function isForAdmins(at: AtWork): Promise<void> {
  const { views } = await catalogOf(at, 'admin');
  assert.equal(views[0]?.label, 'Audit Logs');
  for (const role of ['supervisor', 'caseworker']) {
    for (const view of ['audit_logs', 'user_activity', 'record_history', 'audit_preparation']) {
      const { status, json } = await page(at, role, search(SULLIVAN, { view }));
      assert.deepEqual([status, json.code, json.permission], [403, 'view_not_granted', 'Admin']);
      assert.match(json.detail ?? '', /permission "Admin"\. Ask your administrator/);
    }
    assert.equal((await at.get(role, '/v1/catalog')).status, 403);
  }
}

async function meansOneRecord(at: AtWork): Promise<void> {
  const [one, other] = [record('case', 'T. Twin Case'), record('case', 'T. Twin Case')];
  const named = { ...one, name: 'Twin intake' };
  const events = [
    deed('case.updated', [named], { occurred_at: ago(90 * DAY) }),
    deed('note.created', [record('note', 'Visit'), ...within(named)], {
      occurred_at: ago(80 * DAY),
    }),
    deed('case.updated', [one], { occurred_at: ago(40 * DAY) }),
    deed('task.created', [record('task', 'Call'), ...within(one)], { occurred_at: ago(3 * DAY) }),
  ];
  const { receipts } = await at.record(events);
  const all = idsOf(receipts).reverse();
  for (const name of ['T. Twin Case', 't. twin case', 'Twin intake', one.id]) {
    const q = `application:engage target:"${name}"`;
    assert.deepEqual(idsOf(await found(at, q)), all, name);
    // Also where it was not called so in the whole range.
    const recent = await found(at, q, { from: 'now-30d' });
    assert.deepEqual(idsOf(recent), all.slice(0, 1), name);
    const early = await found(at, q, { from: 'now-100d', to: 'now-70d' });
    assert.deepEqual(idsOf(early), all.slice(2), name);
  }
  await at.record([deed('case.updated', [other])]);
  const q = 'application:engage target:"T. Twin Case"';
  for (const [path, more] of QUESTION_ROUTES) {
    const { status, json } = await at.get('admin', path, search(q, more));
    assert.deepEqual([status, json.code], [422, 'record_ambiguous'], path);
    assert.match(json.detail ?? '', /^2 have this name/);
    assert.deepEqual(
      json.candidates?.map(({ type, id, name }) => [type, id, name]),
      [other, one].map(({ type, id, name }) => [type, id, name]),
    );
  }
  assert.equal((await found(at, `application:engage target:${other.id}`)).length, 1);
  assert.deepEqual(idsOf(await found(at, `application:engage target:${one.id}`)), all);
}

const REQUIRED = [
  ['application', 'Application', { q: 'application:engage' }],
  ['target', 'Record', { q: 'target:case_204' }],
  ['date_range', 'Date range', ALL_TIME],
] as const;

async function demandsItsFilters(at: AtWork): Promise<void> {
  for (let given = 0; given < 2 ** REQUIRED.length; given += 1) {
    const isGiven = (index: number) => (given & (1 << index)) !== 0;
    const missing = REQUIRED.filter((_, index) => !isGiven(index));
    const parts: Asked[] = REQUIRED.flatMap(([, , asked], index) =>
      isGiven(index) ? [asked] : [],
    );
    const q = parts.flatMap((asked) => asked['q'] ?? []).join(' ');
    const asked = { view: 'audit_logs', ...Object.assign({}, ...parts), ...(q ? { q } : {}) };
    for (const [path, more] of QUESTION_ROUTES) {
      const { status, json } = await at.get('admin', path, { ...asked, ...more });
      if (missing.length === 0) {
        assert.equal(status, 200, path);
        continue;
      }
      assert.deepEqual([status, json.code], [422, 'filter_required'], path);
      assert.deepEqual(
        json.missing,
        missing.map(([key]) => key),
      );
      for (const [, label] of missing) assert.match(json.detail ?? '', new RegExp(label));
    }
  }
  // A name that is excluded is not one that is chosen, nor is any name at all.
  for (const q of ['application:engage -target:case_204', 'application:* target:*']) {
    assert.equal((await page(at, 'admin', search(q))).json.code, 'filter_required', q);
  }
  const half = await page(at, 'admin', search(SULLIVAN, { to: '' }));
  assert.equal(half.status, 400);
}

/** The sixteen main resources with what else people call them. */
const MAIN = [
  ['case', 'Cases, Case, Case file'],
  ['report', 'Reports (Intake), Reports, Intake report'],
  ['provider', 'Providers, Service provider'],
  ['person', 'People, Person, Client'],
  ['service_enrollment', 'Service Enrollment, Service Enrollments'],
  [
    'service_interaction',
    'Service Interaction, Service Notes, Service Interaction (Service Notes)',
  ],
  ['note', 'Notes, Note'],
  ['assignment', 'Assignments, Assignment'],
  ['email', 'Emails, E-mail'],
  ['sms', 'SMS, Text message'],
  ['form', 'Forms, Form'],
  ['attachment', 'Attachments, File'],
  ['calendar_event', 'Calendar Events (Meetings), Calendar Events, Meetings'],
  ['relationship', 'Relationships, Relationship'],
  ['task', 'Tasks, To-do'],
  ['workflow', 'Workflows, Workflow'],
] as const;

describe('casework, on SQLite', () => {
  let at: AtWork;
  before(async () => {
    at = await startBlueprint('casework');
  });
  after(() => at.stop());

  test('S1.1, S1.2 every action in a case file is in its log: who, when, what', async () => {
    const file = record('case', 'N. New Case');
    const on = (type: string, name: string) => [record(type, name), ...within(file)];
    const due = { changes: [{ path: '/due', label: 'Due', after: 'Friday' }] };
    const events = [
      deed('case.updated', [file], {
        changes: [{ path: '/status', label: 'Status', after: 'open' }],
      }),
      deed('note.created', on('note', 'Home visit')),
      deed('attachment.uploaded', on('attachment', 'lease.pdf'), { metadata: { bytes: 5 } }),
      deed('task.created', on('task', 'Call the landlord'), due),
    ].map((event, index) => ({ ...event, occurred_at: ago(9 - index) }));
    await at.record(events);
    const log = (await found(at, `application:Engage target:"N. New Case"`)).reverse();
    assert.deepEqual(
      log.map(({ sentence }) => sentence),
      [
        'Keisha Barrow changed Status of the case N. New Case',
        'Keisha Barrow added the note Home visit to N. New Case',
        'Keisha Barrow uploaded lease.pdf to N. New Case',
        'Keisha Barrow added the task Call the landlord to N. New Case, due Friday',
      ],
    );
    for (const [index, { actor, occurred_at }] of log.entries()) {
      assert.deepEqual([actor, occurred_at], [KEISHA, events[index]?.occurred_at]);
    }
  });

  test('S1.3, S1.20 unusual activity and access that was refused are seen', async () => {
    const asked = { view: 'audit_preparation', ...ALL_TIME };
    const refused = await at.events('admin', {
      ...asked,
      q: 'action:case.opened outcome:denied target:"W. Pruitt Case"',
    });
    assert.equal(refused.length, 3);
    assert.ok(refused.every(({ actor }) => actor.name === 'Trent Hollis'));
    const q = 'action:attachment.deleted';
    const { json } = await at.get<Facets>('admin', '/v1/events/facets', {
      ...{ ...asked, q: `${q} target:"Harbor Light Counseling"`, fields: 'actor' },
    });
    const [most] = json.facets[0]?.values ?? [];
    const trent = String(refused[0]?.actor.id);
    assert.ok(most?.value.includes(trent) && most.count >= 11, JSON.stringify(json));
    const days = await at.get<Histogram>('admin', '/v1/events/histogram', {
      ...{ ...asked, q: `${q} actor:${trent}`, interval: '1d' },
    });
    assert.equal(days.json.time_zone, 'America/New_York');
    assert.ok(days.json.buckets.some(({ count }) => count >= 11));
  });

  test('S1.3 documentation for auditors shows nobody who is helped', async () => {
    const asked = { view: 'external_audit', ...ALL_TIME };
    await hides(at, 'external_auditor', asked, namesOf(await at.all(), ['person', 'case']));
    for (const q of ['"Jordan Sullivan"', 'target:"J. Sullivan Case"', 'sulli*']) {
      assert.deepEqual(await at.events('external_auditor', { ...asked, q }), [], q);
    }
    const { json } = await page(at, 'external_auditor', search(SULLIVAN));
    assert.equal(json.code, 'view_not_granted');
  });

  test('S1.4 gaps are found before auditors come: each question has an answer', async () => {
    const { questions } = await catalogOf(at, 'admin');
    const days = { P30D: 30, P90D: 90, P1Y: 365 };
    for (const { label, q, range, view = '' } of questions) {
      // The log's own events come with who reads it.
      if (q.includes('annals.')) continue;
      const length = Object.entries(days).find(([period]) => period === range)?.[1];
      const asked = { view, q, from: `now-${length}d`, to: 'now' };
      const { json } = await at.get<EventCount>('admin', '/v1/events/count', asked);
      assert.ok(json.count > 0, label);
    }
  });

  test('S1.5 what one user did to cases, providers, services and their resources', async () => {
    const all = (await at.all()).filter(({ actor }) => actor.name === 'Trent Hollis');
    const subject = `user:${String(all[0]?.actor.id)}`;
    const own = await at.events('admin', { view: 'user_activity', subject });
    assert.deepEqual(idsOf(own), idsOf(all));
    const types = new Set(own.flatMap(({ targets = [] }) => targets.map(({ type }) => type)));
    for (const type of ['case', 'provider', 'attachment', 'note']) assert.ok(types.has(type), type);
    const q = 'actor:"Keisha Barrow"';
    assert.deepEqual(await at.events('admin', { view: 'user_activity', subject, q }), []);
    const none = await page(at, 'admin', { view: 'user_activity' });
    assert.deepEqual([none.status, none.json.code], [422, 'subject_required']);
  });

  test('S1.6 a person’s case shows its notes, attachments, meetings and all else', async () => {
    const file = await at.events('admin', { view: 'record_history', subject: 'case:case_204' });
    const types = new Set(file.flatMap(({ targets = [] }) => targets.map(({ type }) => type)));
    for (const type of ['note', 'attachment', 'calendar_event']) assert.ok(types.has(type), type);
    assert.deepEqual(idsOf(await found(at, SULLIVAN)), idsOf(file.filter(isInEngage)));
    const meetings = await found(at, `${SULLIVAN} target.type:Meetings`);
    assert.ok(meetings.length >= 2 && meetings.length < file.length);
  });

  test('S1.7 a provider shows its programs, notes, attachments and meetings', async () => {
    const near = await found(at, 'application:Providers target:"Valley Recovery Center"');
    const sentences = near.map(({ sentence }) => sentence).join('\n');
    assert.match(sentences, /Delphine Wu added the program Evening group to Valley Recovery/);
    assert.match(sentences, /Delphine Wu added the note .* to Valley Recovery/);
    assert.match(sentences, /Delphine Wu uploaded .* to Valley Recovery/);
    assert.match(sentences, /Delphine Wu arranged the meeting .* for Valley Recovery/);
  });

  test('S1.8 the log is part of the Enterprise plan', () => isOnThePlan(at));

  test('S1.9 admins have the log, others are told which permission they lack', () =>
    isForAdmins(at));

  for (const reader of READER_KINDS) {
    test(`S1.8, S1.9 for ${READERS[reader]}, in the same words`, async () => {
      const others = await as(at, reader);
      await isOnThePlan(others);
      await isForAdmins(others);
      await checkAlike(at, others, ['lantern']);
    });
  }

  test('S1.10 Application is one of Engage, Intake, Providers, People', async () => {
    const { applications } = await catalogOf(at, 'admin');
    const names = applications.map(({ label }) => label);
    assert.deepEqual(names, ['Engage', 'Intake', 'Providers', 'People']);
    const all = await at.all();
    for (const { application, label } of applications) {
      const some = all.find(({ source, targets }) => {
        return source?.application === application && targets?.[0] !== undefined;
      });
      const id = String(some?.targets?.[0]?.id);
      for (const name of [label, application]) {
        const events = await found(at, `application:"${name}" target:${id}`);
        assert.ok(events.length > 0, name);
        assert.ok(events.every(({ source }) => source?.application === application));
      }
    }
    const { json } = await page(at, 'admin', search('application:Billing target:x'));
    assert.equal(json.code, 'filter_value_unknown');
    assert.match(json.detail ?? '', /engage, intake, providers, people/);
  });

  test('S1.11 a record is found under all its names, and must be one', () => meansOneRecord(at));

  test('S1.12 the date range begins with its start and ends before its end', async () => {
    const file = record('case', 'D. Dates Case');
    const times = ['09:59:59.999', '10:00:00.000', '10:59:59.999', '11:00:00.000'].map(
      (time) => `2026-06-03T${time}Z`,
    );
    await at.record(times.map((occurred_at) => deed('case.updated', [file], { occurred_at })));
    const range = { from: '2026-06-03T10:00:00Z', to: '2026-06-03T11:00:00Z' };
    const events = await found(at, `application:engage target:${file.id}`, range);
    assert.deepEqual(events.map(({ occurred_at }) => occurred_at).reverse(), times.slice(1, 3));
  });

  test('S1.13 filtered by the e-mail of a user', async () => {
    const [all, keisha] = await Promise.all([
      found(at, SULLIVAN),
      found(at, `${SULLIVAN} actor:KEISHA.BARROW@cedarvalley.example`),
    ]);
    assert.ok(keisha.length > 10);
    const own = all.filter(({ actor }) => actor.email === 'keisha.barrow@cedarvalley.example');
    assert.deepEqual(idsOf(keisha), idsOf(own));
    assert.deepEqual(await found(at, `${SULLIVAN} actor:keisha.barrow@riverbend.example`), []);
  });

  test('S1.14 filtered by modification, creation or deletion', async () => {
    const file = record('case', 'O. Operations Case');
    const actions = { update: 'case.updated', create: 'note.created', delete: 'task.deleted' };
    const [note, task] = [record('note', 'Visit'), record('task', 'Call')];
    await at.record([
      deed(actions.update, [file]),
      deed(actions.create, [note, ...within(file)]),
      deed(actions.delete, [task, ...within(file)]),
      deed('attachment.downloaded', [record('attachment', 'lease.pdf'), ...within(file)], {
        metadata: { bytes: 5 },
      }),
    ]);
    for (const [operation, action] of Object.entries(actions)) {
      const some = await found(at, `application:engage target:${file.id} operation:${operation}`);
      assert.deepEqual(
        some.map((event) => event.action),
        [action],
      );
    }
  });

  test('S1.15 a search that lacks a required filter is refused and names it', () =>
    demandsItsFilters(at));

  test('S1.16, S1.21 a search is a CSV file of Timestamp, User ID, what and on what', async () => {
    const events = await found(at, SULLIVAN);
    const rows = await at.rows('admin', search(SULLIVAN));
    assert.deepEqual(
      rows,
      events.map(({ occurred_at, actor, sentence, targets = [] }) => ({
        Timestamp: occurred_at,
        'User ID': String(actor.id ?? ''),
        'Action Description': sentence,
        'Affected Resources': targets.map(({ name }) => name).join('; '),
      })),
    );
    const refused = { ...search(SULLIVAN), format: 'json' };
    const { json } = await at.get('admin', '/v1/events/download', refused);
    assert.equal(json.code, 'format_not_offered');
  });

  test('S1.17 one row opens to all that is known of it', async () => {
    const [row] = await found(at, `${SULLIVAN} action:service_enrollment.updated`);
    const { json } = await at.get<ReadEvent>('admin', `/v1/events/${row?.id}`, {
      view: 'audit_logs',
    });
    assert.deepEqual(json, row);
    assert.deepEqual(json.changes, [
      { path: '/total_cost', label: 'Total Cost', before: '$1,200.00', after: '$1,440.00' },
      { path: '/units', label: 'Units', before: '12', after: '14' },
    ]);
    assert.ok(json.context?.ip && json.source && json.metadata && json.targets);
    const other = await at.get('external_auditor', `/v1/events/${row?.id}`, { view: 'audit_logs' });
    assert.equal(other.json.code, 'view_not_granted');
  });

  test('S1.18 sub-resources stand in the result of their record', async () => {
    const all = await found(at, SULLIVAN);
    const some = await found(at, `${SULLIVAN} target.type:"Service Enrollments"`);
    assert.ok(some.length >= 4 && some.length < all.length);
    for (const { targets = [] } of some) {
      assert.ok(targets.some(({ id, role }) => id === 'case_204' && role === 'parent'));
    }
  });

  test('S1.19 a service shows Total Cost, Units, and ids of what belongs to it', () =>
    showsFieldsAndIds(at));

  for (const [type, names] of MAIN) {
    test(`S1.22 ${names} find what was done to each of them`, async () => {
      const known = (await at.all()).filter(({ targets }) =>
        targets?.some((target) => target.type === type),
      );
      assert.ok(known.length >= 3);
      for (const name of names.split(', ')) {
        const q = `target.type:"${name}"`;
        const asked = { view: 'audit_preparation', ...ALL_TIME, q };
        assert.deepEqual(idsOf(await at.events('admin', asked)), idsOf(known), name);
      }
    });
  }

  test('S1.23 what no user did is there, and told from what users did', async () => {
    const all = await found(at, SULLIVAN);
    const bySystem = await found(at, `${SULLIVAN} initiator:system`);
    assert.ok(bySystem.length >= 2);
    assert.ok(bySystem.every(({ actor }) => actor.type === 'system'));
    const byUsers = await found(at, `${SULLIVAN} initiator:user`);
    assert.ok(byUsers.every(({ actor }) => actor.type !== 'system'));
    assert.equal(bySystem.length + byUsers.length, all.length);
  });

  test('S1.24 each new record has a Resource Email of its own, made by the system', async () => {
    const log = await found(at, SULLIVAN);
    const [address] = log.filter(({ action }) => action === 'resource_email.created');
    const [creation] = log.filter(({ action }) => action === 'case.created');
    assert.equal(address?.sentence, 'System created the Resource Email of Sullivan intake');
    assert.deepEqual([address.actor.type, address.source?.initiator], ['system', 'system']);
    assert.ok(address.context?.correlation_id);
    assert.equal(address.context.correlation_id, creation?.context?.correlation_id);
  });

  test('S1.25 services tell more since a day, and what was before stays as it is', () =>
    hasTwoForms(at));

  test('S1.25 more detail can come later: old rows are read as before', async () => {
    const { definition } = at;
    const notes = definition.event_types?.['note'];
    const created = notes?.actions['note.created'];
    assert.ok(notes && created && created.metadata === undefined);
    const words = { type: 'object', properties: { words: { type: 'integer', title: 'Words' } } };
    const actions = {
      ...notes.actions,
      'note.created': { ...created, metadata: [{ schema: words }] },
    };
    const richer: Definition = {
      ...definition,
      event_types: { ...definition.event_types, note: { ...notes, actions } },
    };
    const before = await found(at, `${SULLIVAN} action:note.created`);
    await at.whileDefined(richer, async () => {
      assert.deepEqual(await found(at, `${SULLIVAN} action:note.created`), before);
      const file = record('case', 'R. Richer Case');
      const targets = [record('note', 'Visit'), ...within(file)];
      await at.record([deed('note.created', targets, { metadata: { words: 120 } })]);
      const [note] = await found(at, `application:engage target:${file.id}`);
      assert.deepEqual(note?.metadata, { words: 120 });
    });
    assert.ok(before.length >= 2);
  });
});

describe('casework, on PostgreSQL', () => {
  let at: AtWork;
  before(async () => {
    at = await startBlueprint('casework', 'postgres');
  });
  after(() => at.stop());

  test('S1.8 the log is part of the Enterprise plan', () => isOnThePlan(at));
  test('S1.11 a record is found under all its names, and must be one', () => meansOneRecord(at));
  test('S1.15 a search that lacks a required filter names it', () => demandsItsFilters(at));
  test('S1.19 a service shows Total Cost, Units and ids', () => showsFieldsAndIds(at));
  test('S1.25 services tell more since a day', () => hasTwoForms(at));
});
