/** The log of a scheduling product, asked of a real server: each requirement by its number. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Export } from '@annals/contract/exports';
import type { EventCount, Suggestions } from '@annals/contract/find';
import type { Report, ReportPreview } from '@annals/contract/reports';
import type { EventPage } from '@annals/contract/routes';
import type { Answer } from '../../packages/server/test/harness.ts';
import {
  ADMIN,
  auditsWithout,
  change,
  isNotForDemos,
  isOffByDefault,
  needsTheAddon,
  only,
  report,
  showsAdminsAlone,
  targetOf,
  targetsOf,
} from '../test/appointments.ts';
import {
  ago,
  catalogOf,
  DAY,
  HOUR,
  hides,
  idsOf,
  namesOf,
  page,
  refusals,
} from '../test/asking.ts';
import { type AtWork, rowsOf, startBlueprint } from '../test/at-work.ts';
import { as, checkAlike, READER_KINDS, READERS } from '../test/readers.ts';

const codesOf = ({ json }: Answer<EventPage>): string[] => json.notices.map(({ code }) => code);

/** From the beginning of 2025 in Toronto; one night of these 90 days lacks an hour. */
const NINETY = { from: '2025-01-01T05:00:00.000Z', to: '2025-04-01T04:00:00.000Z' };

async function spansNinetyDays(at: AtWork): Promise<void> {
  const [first, last] = [
    change({ occurred_at: NINETY.from }),
    change({ occurred_at: '2025-04-01T03:59:59.999Z' }),
  ];
  await at.record([first, last]);
  const whole = await page(at, 'admin', report(only(first, last), NINETY));
  assert.deepEqual(targetsOf(whole.json.events), targetsOf([first, last]));
  for (const to of ['2025-04-01T04:00:00.001Z', '2025-04-02T04:00:00.000Z']) {
    for (const view of ['audits', 'audits_to_share']) {
      const { status, json } = await page(at, 'admin', { ...NINETY, to, view });
      assert.deepEqual([status, json.code, json.limit], [422, 'window_too_long', 'P90D']);
      assert.match(json.detail ?? '', /covers 90 days; this is 91 days/);
    }
    const file = { ...report('', { ...NINETY, to }), format: 'csv' };
    const download = await at.get('admin', '/v1/events/download', file);
    assert.deepEqual([download.status, download.json.code], [422, 'window_too_long']);
  }
}

async function beginsIn2025(at: AtWork): Promise<void> {
  const [before, since] = [
    change({ occurred_at: '2025-01-01T04:59:59.999Z' }),
    change({ occurred_at: '2025-01-01T05:00:00.000Z' }),
  ];
  await at.record([before, since]);
  const asked = report(only(before, since), { from: '2024-12-31T05:00:00Z', to: NINETY.from });
  const none = await page(at, 'admin', asked);
  assert.deepEqual(none.json.events, []);
  const { json } = await page(at, 'admin', { ...asked, to: '2025-01-02T05:00:00Z' });
  assert.deepEqual(targetsOf(json.events), [targetOf(since)]);
  for (const { notices } of [none.json, json]) {
    assert.deepEqual(
      notices.map(({ code, from }) => [code, from]),
      [['clamped_by_floor', '2025-01-01T05:00:00.000Z']],
    );
    assert.match(notices[0]?.detail ?? '', /begins on 2025-01-01/);
  }
  const rows = await at.rows('admin', { ...asked, to: '2025-01-02T05:00:00Z' });
  assert.deepEqual(
    rows.map(({ When }) => When),
    [NINETY.from],
  );
  const all = await at.events('customer_success', { q: only(before, since) });
  assert.deepEqual(targetsOf(all), targetsOf([before, since]));
}

async function appearsAfterSixHours(at: AtWork): Promise<void> {
  const [young, old] = [
    change({ occurred_at: ago(5 * HOUR + 59) }),
    change({ occurred_at: ago(6 * HOUR + 1) }),
  ];
  const { receipts } = await at.record([young, old]);
  const asked = report(only(young, old));
  const answer = await page(at, 'admin', asked);
  assert.deepEqual(targetsOf(answer.json.events), [targetOf(old)]);
  assert.deepEqual(codesOf(answer), ['delayed']);
  const [notice] = answer.json.notices;
  assert.equal(notice?.period, 'PT6H');
  assert.match(notice?.detail ?? '', /6 hours after they happen/);
  const { json } = await at.get<EventCount>('admin', '/v1/events/count', asked);
  assert.equal(json.count, 1);
  assert.equal((await at.rows('admin', asked)).length, 1);
  const one = async (index: number) =>
    (await at.get('admin', `/v1/events/${receipts[index]?.id}`, { view: 'audits' })).status;
  assert.deepEqual([await one(0), await one(1)], [404, 200]);
  const all = await at.events('customer_success', { q: only(young, old) });
  assert.deepEqual(targetsOf(all), targetsOf([young, old]));
  const tail = await at.get('admin', '/v1/events/tail', { view: 'audits' });
  assert.equal(tail.json.code, 'tail_not_offered');
}

const CATEGORY = 'Category, Staff category, Service Category, Location Category';
/** Resources by the requirement that names them: type, label and synonyms, what they hold. */
const RESOURCES = [
  ['S0.7', 'user', 'User, Staff, Advisor', /directly to the staff member/],
  ['S0.8', 'client', 'Client, Member', /directly made to the client/],
  ['S0.9', 'location', 'Location, Branch', /directly to the location/],
  ['S0.10', 'service', 'Service', /directly to the service/],
  ['S0.11', 'question', 'Questions', /directly to the question or its options/],
  ['S0.12', 'category', CATEGORY, /the resource category itself/],
  ['S0.13', 'assignment', 'Assignment, Location Assignment, Service Assignment', /assignments/],
  ['S0.14', 'business_hours', 'Business Hours, Location Hours, Branch Hours', /location’s hours/],
  ['S0.15', 'working_hours', 'Working Hours, Staff Hours, Advisor Hours', /user’s hours/],
  ['S0.16', 'adjustment', 'Adjustment', /Exceptions to a user’s or location’s hours/],
  ['S0.17', 'settings', 'Settings, Vendor Settings, Enterprise Settings', /enterprise level/],
  ['S0.17', 'line_of_business_settings', 'Line of Business Settings', /line of business level/],
] as const;

/** A year of changes, as the vendor sees them; those of admins are a part. */
async function isFoundByItsNames(
  at: AtWork,
  [, type, words, about]: (typeof RESOURCES)[number],
): Promise<void> {
  const names = words.split(', ');
  const known = (await at.events('customer_success', {})).filter(({ targets }) =>
    targets?.some((target) => target.type === type),
  );
  assert.ok(known.length >= 3);
  const byAdmins = await at.events('admin', report(`target.type:${type}`, { from: 'now-89d' }));
  for (const name of [...names, ...names.map((text) => text.toUpperCase())]) {
    const q = `target.type:"${name}"`;
    assert.deepEqual(idsOf(await at.events('customer_success', { q })), idsOf(known), name);
    const found = await at.events('admin', report(q, { from: 'now-89d' }));
    assert.deepEqual(idsOf(found), idsOf(byAdmins), name);
  }
  const { resource_types } = await catalogOf(at, 'admin');
  const entry = resource_types.find((resource) => resource.type === type);
  assert.deepEqual([entry?.label, ...(entry?.synonyms ?? [])], names);
  assert.match(entry?.description ?? '', about);
}

describe('appointments, on SQLite', () => {
  let at: AtWork;
  before(async () => {
    at = await startBlueprint('appointments');
  });
  after(() => at.stop());

  test('S0.1 the log is off until the vendor enables it, and has no entry until then', () =>
    isOffByDefault(at));
  test('S0.2 without the add-on it is refused, and enabling it too', () => needsTheAddon(at));
  test('S0.3 a demo instance shows nothing and generates no report', () => isNotForDemos(at));

  test('S0.4 only changes of admins appear, unless the definition says otherwise', () =>
    showsAdminsAlone(at));

  test('S0.5 every entry says who made the change, when, and what was modified', async () => {
    const one = change();
    await at.record([one]);
    const [entry] = await at.events('admin', report(only(one)));
    assert.deepEqual(
      [entry?.actor.name, entry?.occurred_at, entry?.sentence],
      [ADMIN.name, one.occurred_at, `${ADMIN.name} changed Phone number of Wharf Branch`],
    );
    assert.deepEqual(entry?.changes, one.changes);
    for (const { actor, occurred_at, sentence, targets } of await at.events('admin', report())) {
      assert.ok(actor.id && actor.name && occurred_at && sentence && targets?.[0]?.id);
    }
  });

  test('S0.6 a cause is found, its source verified, and who answers for it', async () => {
    // Members stood before a closed door: what happened to the hours of that branch?
    const [branch] = await at.events('customer_success', { q: 'target:"Harbourfront Branch"' });
    const id = branch?.targets?.find(({ name }) => name === 'Harbourfront Branch')?.id;
    const history = await at.events('admin', {
      ...{ view: 'record_history', subject: `location:${id}`, from: 'now-60d', to: 'now' },
      q: 'action:business_hours.copied action:business_hours.updated outcome:success',
    });
    const [mended, copied] = history.filter(
      ({ context }) => context?.correlation_id === 'cor_hours_harbourfront',
    );
    assert.match(copied?.sentence ?? '', /^Devon Achterberg copied the hours of Kensington Branch/);
    assert.match(copied?.sentence ?? '', /Sat 10:00–15:00 became Mon–Fri 09:00–17:00$/);
    assert.equal(copied?.source?.application, 'console');
    assert.ok(copied?.context?.ip && copied.context.session_id);
    assert.deepEqual(mended?.reason, {
      text: 'Members stood before a closed door',
      ticket: 'OPS-611',
    });
    for (const { label, q, range, view } of at.definition.questions ?? []) {
      if (q.includes('annals.')) continue;
      const role = view === 'everything' ? 'customer_success' : 'admin';
      const from = `now-${range === 'P30D' ? 30 : 89}d`;
      const answers = await at.events(role, { view: view ?? '', q, from, to: 'now' });
      assert.ok(answers.length > 0, JSON.stringify(label));
    }
  });

  describe('S0.7, S0.8, S0.9, S0.10, S0.11, S0.12, S0.13, S0.14, S0.15, S0.16, S0.17', () => {
    for (const resource of RESOURCES) {
      const [number, type, names] = resource;
      test(`${number} ${type} is found by ${names}`, () => isFoundByItsNames(at, resource));
    }
  });

  test('S0.11, S0.12 what a resource excludes is said, and refused by the catalog', async () => {
    const { resource_types } = await catalogOf(at, 'admin');
    const excluded = (type: string) =>
      resource_types.find((resource) => resource.type === type)?.excludes;
    assert.deepEqual(excluded('question'), [
      'Does not include what services a question is assigned to',
      'Does not include client’s answers to the questions',
    ]);
    assert.deepEqual(excluded('category'), [
      'Does not include assignment of resources to a category',
    ]);
    for (const action of ['question.assigned', 'question.answered', 'category.assigned']) {
      const refused = await refusals(at, [change({ action })]);
      assert.deepEqual(refused, [['action_unknown', '/action']]);
    }
  });

  test('S0.16 the details of an adjustment say whose hours it is about', async () => {
    const asked = report('target.type:Adjustment outcome:success', { from: 'now-89d' });
    const kinds = { user: 'User adjustment', location: 'Location adjustment' };
    for (const [type, details] of Object.entries(kinds)) {
      const q = `${asked['q']} metadata.resource_details:"${details}"`;
      const found = await at.events('admin', { ...asked, q });
      assert.ok(found.length > 0, details);
      for (const { targets } of found) {
        assert.equal(targets?.find(({ role }) => role === 'parent')?.type, type);
      }
    }
    const rows = await at.rows('admin', asked);
    const said = new Set(rows.map((row) => row['Resource details']));
    assert.deepEqual([...said].sort(), Object.values(kinds).sort());
    const unsaid = change({ action: 'adjustment.created', targets: [], metadata: {} });
    const refused = await refusals(at, [unsaid]);
    assert.deepEqual(refused, [['invalid_event', '/metadata/resource_details']]);
  });

  test('S0.18 every resource tells users what it includes and what not', async () => {
    for (const role of ['admin', 'compliance']) {
      const { resource_types } = await catalogOf(at, role);
      assert.equal(resource_types.length, 12);
      for (const { label, includes, excludes } of resource_types) {
        assert.ok(includes.length > 0 && excludes.length > 0, label);
      }
    }
  });

  test('S0.19 a report of the type Audits asks for a date range and nothing else', async () => {
    const { views } = await catalogOf(at, 'admin');
    const audits = views.find(({ label }) => label === 'Audits');
    assert.deepEqual(
      audits?.filters.filter(({ required }) => required).map(({ label }) => label),
      ['Date range'],
    );
    for (const range of [{}, { from: 'now-9d' }, { to: 'now' }]) {
      const { status, json: refused } = await page(at, 'admin', { view: 'audits', ...range });
      assert.deepEqual([status, refused.code], [422, 'filter_required']);
      assert.deepEqual(refused.missing, ['date_range']);
      assert.match(refused.detail ?? '', /Choose Date range/);
    }
    assert.equal((await page(at, 'admin', report())).status, 200);
  });

  test('S0.20 a report of 90 days is given, of more is refused by the limit’s name', () =>
    spansNinetyDays(at));
  test('S0.21 nothing before 2025 is shown, and the answer says so', () => beginsIn2025(at));
  test('S0.23 an event appears when it is six hours old', () => appearsAfterSixHours(at));

  test('S0.20, S0.21, S0.23, S0.24 limits are told, and a view without them is live', async () => {
    const told = async () => {
      const { views } = await catalogOf(at, 'admin');
      const { floor, window, delay, live } = views.find(({ view }) => view === 'audits') ?? {};
      return [floor, window, delay, live];
    };
    assert.deepEqual(await told(), ['2025-01-01', 'P90D', 'PT6H', false]);
    const events = [
      change({ occurred_at: ago(0) }),
      change({ occurred_at: ago(120 * DAY) }),
      change({ occurred_at: '2024-12-31T12:00:00Z' }),
    ];
    await at.record(events);
    const open = auditsWithout(at, 'floor', 'window', 'delay');
    await at.whileDefined(open, async () => {
      const range = { from: '2024-12-01T00:00:00Z', to: ago(-1) };
      const answer = await page(at, 'admin', report(only(...events), range));
      assert.deepEqual(targetsOf(answer.json.events), targetsOf(events), answer.text);
      assert.deepEqual(codesOf(answer), []);
      assert.deepEqual(await told(), [undefined, undefined, undefined, true]);
    });
  });

  test('S0.25 a report is CSV, and opens safely in a spreadsheet', async () => {
    const name = '=HYPERLINK("https://x.example";"Wharf, Branch")';
    const one = change({ targets: [{ type: 'location', id: 'loc_formula', name }] });
    await at.record([one]);
    const file = { ...report(only(one)), format: 'csv' };
    const { headers } = await at.get('admin', '/v1/events/download', file);
    assert.match(headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(headers.get('content-disposition') ?? '', /larkspur.*\.csv"$/);
    const [exact] = await at.rows('admin', file);
    const [safe] = await at.rows('admin', { ...file, flavor: 'spreadsheet' });
    assert.deepEqual(Object.keys(exact ?? {}), [
      ...['When', 'User', 'Resource', 'Record', 'Change', 'Resource details'],
    ]);
    assert.deepEqual([exact?.['User'], exact?.['Record']], [ADMIN.name, name]);
    assert.match(safe?.['Record'] ?? '', /^'=HYPERLINK/);
    for (const format of ['json', 'ndjson']) {
      const { status, json } = await at.get('admin', '/v1/events/download', { ...file, format });
      assert.deepEqual([status, json.code], [422, 'format_not_offered']);
    }
  });

  test('S0.26 somebody generates as many reports as they like', async () => {
    const files = await Promise.all(
      Array.from({ length: 30 }, () => at.rows('admin', report('target.type:Branch'))),
    );
    assert.ok(files.every((rows) => rows.length === files[0]?.length && rows.length > 0));
    const none = await at.get('staff', '/v1/events/download', { ...report(), format: 'csv' });
    assert.deepEqual([none.status, none.json.permission], [403, 'Audits']);
  });

  test('S0.31 who may see only what can be shared finds nobody’s name', async () => {
    const refused = await page(at, 'compliance', report());
    assert.deepEqual([refused.status, refused.json.code], [403, 'view_not_granted']);
    const shared = report('', { view: 'audits_to_share' });
    const names = namesOf(await at.all(), ['user', 'client', 'support']);
    await hides(at, 'compliance', shared, names);
    for (const q of ['"Tunde Bakare"', 'actor:"Tunde Bakare"', 'party:"Tunde Bakare"', 'tunde*']) {
      assert.ok((await at.events('admin', report(q))).length > 0, q);
      assert.deepEqual(await at.events('compliance', { ...shared, q }), [], q);
    }
    const asked = { view: 'audits_to_share', field: 'actor', prefix: 'tun' };
    const { json } = await at.get<Suggestions>('compliance', '/v1/events/suggest', asked);
    assert.deepEqual(json.suggestions, []);
  });

  test('S0.32 a preview has the first rows of the report', async () => {
    const { json } = await page(at, 'admin', report('', { limit: '5' }));
    const rows = await at.rows('admin', report());
    assert.deepEqual(
      json.events.map(({ occurred_at, sentence }) => [occurred_at, sentence]),
      rows.slice(0, 5).map(({ When, Change }) => [When, Change]),
    );
  });

  test('S0.29, S0.30 a template is saved, runs daily, and its reports are in the table', () =>
    runsByTemplate(at));

  for (const reader of READER_KINDS) {
    test(`S0.1, S0.2, S0.3, S0.4 for ${READERS[reader]}, in the same words`, async () => {
      const others = await as(at, reader);
      await isOffByDefault(others);
      await needsTheAddon(others);
      await isNotForDemos(others);
      await showsAdminsAlone(others);
      await checkAlike(at, others, ['prairierose', 'tamarack', 'showroom']);
    });
  }
});

const TWO_DAYS_MS = 172_800_000;

/** A template that is due: what it shows before, and what comes of it. */
async function runsByTemplate(at: AtWork): Promise<void> {
  const { app, project, tenant } = at;
  const who = at.credential('admin');
  const post = async <T>(path: string, body: unknown) => {
    const { status, json, text } = await app.call<T>('POST', `${path}?project=${project}`, {
      ...{ ...who, body },
    });
    assert.ok(status < 300, text);
    return json;
  };
  const body = {
    ...{ tenant_id: tenant, view: 'audits', title: 'Daily audits', format: 'csv' },
    ...{ range: 'yesterday', schedule: '30 2 * * *', flavor: 'spreadsheet' },
  };
  const preview = await post<ReportPreview>('/v1/reports/preview', body);
  assert.deepEqual(preview.columns.slice(0, 2), ['When', 'User']);
  const made = await post<Report>('/v1/reports', body);
  assert.deepEqual([made.view_label, made.next_runs], ['Audits', preview.next_runs]);
  // Everything of a day is shown six hours after it: not at half past two.
  assert.match(made.next_runs[0] ?? '', /T(10|11):15:00\.000Z$/);
  const due = 'UPDATE report SET next_at = ?, due_at = 0 WHERE report_id = ?';
  await app.sql(due, Date.now() - TWO_DAYS_MS, made.report_id);
  for (;;) {
    const { exports } = (await at.get<{ exports: Export[] }>('admin', '/v1/exports')).json;
    const run = exports.find((one) => one.run?.report_id === made.report_id);
    if (run?.state === 'completed') {
      assert.ok(run.run?.scheduled_at, 'by its schedule');
      assert.equal(run.requested_by.name, made.owner.name);
      assert.match(run.file ?? '', /^Daily audits \d{4}-\d\d-\d\d\.csv$/);
      const { text } = await at.get('admin', `/v1/exports/${run.export_id}/file`);
      assert.equal(rowsOf(text).length, run.rows);
      return;
    }
    await sleep(50);
  }
}

describe('appointments, on PostgreSQL', () => {
  let at: AtWork;
  before(async () => {
    at = await startBlueprint('appointments', 'postgres');
  });
  after(() => at.stop());

  test('S0.1 the log is off until the vendor enables it', () => isOffByDefault(at));
  test('S0.2 without the add-on it is refused', () => needsTheAddon(at));
  test('S0.3 a demo instance shows nothing', () => isNotForDemos(at));
  test('S0.20 a report of more than 90 days is refused', () => spansNinetyDays(at));
  test('S0.21 nothing before 2025 is shown', () => beginsIn2025(at));
  test('S0.23 an event appears when it is six hours old', () => appearsAfterSixHours(at));
  test('S0.7, S0.13 a resource is found by its synonyms', async () => {
    for (const resource of RESOURCES.filter(([number]) => /S0\.(7|13)$/.test(number))) {
      await isFoundByItsNames(at, resource);
    }
  });
});
