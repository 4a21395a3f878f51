/** The Audit Log of a contacts product, asked of a real server: each requirement by its number. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { EventCount } from '@annals/contract/find';
import { ago, catalogOf, HOUR, idsOf, page, refusals } from '../test/asking.ts';
import { type Asked, type AtWork, startBlueprint } from '../test/at-work.ts';
import { as, checkAlike, READER_KINDS, READERS } from '../test/readers.ts';

const THEO = {
  type: 'user',
  id: 'usr_theo',
  name: 'Theo Lindgren',
  email: 'theo.lindgren@riverbend.example',
  roles: ['admin'],
} satisfies EventInput['actor'];

let made = 0;
/** Something that Theo does in the dashboard to what nobody else does anything to. */
const deed = (
  action: string,
  type: string,
  name: string,
  fields: Partial<EventInput> = {},
): EventInput => ({
  action,
  actor: THEO,
  occurred_at: ago(HOUR),
  targets: [{ type, id: `${type}_t${++made}`, name }],
  outcome: { result: 'success' },
  source: { initiator: 'user', application: 'dashboard' },
  ...fields,
});
const changed = (path: string, label: string, before: unknown, after: unknown) => ({
  changes: [{ path, label, before, after }],
});

/** The report as an administrator asks for it: no filter is required. */
const report = (q = ''): Asked => ({ view: 'audit_log', ...(q === '' ? {} : { q }) });
const found = (at: AtWork, q = '') => at.events('administrator', report(q));
const only = (...events: readonly Pick<ReadEvent, 'targets'>[]): string =>
  events.map(({ targets }) => `target:${targets?.[0]?.id}`).join(' ');

/** Records deeds, and says that each is in the report: by whom, when, and in which words. */
async function isLogged(at: AtWork, told: readonly (readonly [EventInput, string])[]) {
  const events = told.map(([event], index) => ({ ...event, occurred_at: ago(HOUR - index) }));
  await at.record(events);
  const log = (await found(at, only(...events))).reverse();
  assert.deepEqual(
    log.map(({ actor, occurred_at, sentence }) => ({ actor, occurred_at, sentence })),
    events.map(({ actor, occurred_at }, index) => ({
      actor,
      occurred_at,
      sentence: `${actor.name} ${told[index]?.[1]}`,
    })),
  );
  return log;
}

async function isForThePermitted(at: AtWork): Promise<void> {
  assert.ok((await found(at)).length > 1_000);
  for (const role of ['campaign_manager', 'operator']) {
    const { status, json } = await page(at, role, report());
    assert.deepEqual([status, json.code], [403, 'view_not_granted'], role);
    assert.equal(json.permission, 'Audit Log (admin permission)');
    assert.match(json.detail ?? '', /"Audit Log \(admin permission\)"\. Ask your administrator/);
    // What has no entry in the catalog is not shown.
    assert.equal((await at.get(role, '/v1/catalog')).status, 403);
    const file = { ...report(), format: 'csv' };
    assert.equal((await at.get(role, '/v1/events/download', file)).status, 403);
  }
  const access = await page(at, 'administrator', { view: 'log_access' });
  assert.deepEqual([access.status, access.json.permission], [403, 'System administrator']);
  const foreign = await page(at, 'administrator', { ...report(), tenant_id: 'costa-verde' });
  assert.equal(foreign.status, 404);
}

async function tellsUsersApart(at: AtWork): Promise<void> {
  const contact = (source: NonNullable<EventInput['source']>, metadata = {}) =>
    deed('contact.created', 'contact', 'Noor Hale', { source, metadata });
  const events = [
    contact({ initiator: 'user', application: 'dashboard' }),
    contact(
      { initiator: 'import', application: 'importer' },
      { import_file: 'fair.csv', import_row: 3 },
    ),
    contact({ initiator: 'api', application: 'sign_up_form' }),
    contact({ initiator: 'system' }),
  ];
  const { receipts } = await at.record(events);
  const [typed = ''] = idsOf(receipts);
  const log = await found(at, only(...events));
  assert.equal(log.length, events.length);
  assert.deepEqual(idsOf(await found(at, `${only(...events)} initiator:user`)), [typed]);
  const others = await found(at, `${only(...events)} -initiator:user`);
  assert.equal(others.length, events.length - 1);
  const imported = others.find(({ source }) => source?.initiator === 'import');
  assert.equal(imported?.sentence, 'Theo Lindgren imported the contact Noor Hale from fair.csv');
  const rows = await at.rows('administrator', report(only(...events)));
  assert.deepEqual(rows.map(({ Source }) => Source).sort(), ['api', 'import', 'system', 'user']);
}

async function namesWhatChanged(at: AtWork): Promise<void> {
  const user = (action: string, fields: Partial<EventInput>) =>
    deed(action, 'user', 'Casey Whitlock', fields);
  const name = changed('/name', 'Name', 'Casey Whitlock', 'Casey Hale');
  const email = changed('/email', 'E-mail', 'casey@riverbend.example', 'c.h@riverbend.example');
  const role = changed('/role', 'Role', 'Coordinator', 'Administrator');
  const right = changed('/permissions/export_contacts', 'Export contacts', false, true);
  const log = await isLogged(at, [
    [
      user('user.profile_updated', name),
      'changed the name of Casey Whitlock from Casey Whitlock to Casey Hale',
    ],
    [
      user('user.profile_updated', email),
      'changed the e-mail of Casey Whitlock from casey@riverbend.example to c.h@riverbend.example',
    ],
    [
      user('user.role_changed', { ...role, operation: 'grant' }),
      'changed the role of Casey Whitlock from Coordinator to Administrator',
    ],
    [user('user.permissions_granted', right), 'gave Casey Whitlock permissions: Export contacts'],
  ]);
  const own = log.map(({ targets }) => `target:${targets?.[0]?.id}`).join(' ');
  for (const [index, path] of ['/name', '/email', '/role', '/permissions'].entries()) {
    const some = await found(at, `${own} changed:${path}`);
    assert.deepEqual(idsOf(some), [log[index]?.id], path);
    assert.ok((await found(at, `target.type:User changed:${path}`)).length > 1, path);
  }
  const rows = await at.rows('administrator', report(own));
  assert.deepEqual(rows.map(({ Changed }) => Changed).reverse(), [
    ...['/name', '/email', '/role', '/permissions/export_contacts'],
  ]);
}

async function logsExports(at: AtWork): Promise<void> {
  const file = (action: string, fields: Partial<EventInput> = {}) =>
    deed(action, 'contact_export', 'donors.csv', { metadata: { contacts: 64 }, ...fields });
  const reason = 'the permission "Export contacts" is missing';
  await isLogged(at, [
    [
      file('contact.exported', { outcome: { result: 'denied', reason } }),
      `could not export contacts: ${reason}`,
    ],
    [file('contact.exported'), 'exported 64 contacts as donors.csv'],
    [file('contact_export.downloaded'), 'downloaded donors.csv with 64 contacts'],
  ]);
  const exports = await found(at, 'operation:export');
  assert.ok(exports.length >= 3);
  assert.deepEqual(
    idsOf(exports),
    idsOf((await at.all()).filter(({ operation }) => operation === 'export')),
  );
}

describe('engagement, on SQLite', () => {
  let at: AtWork;
  before(async () => {
    at = await startBlueprint('engagement');
  });
  after(() => at.stop());

  test('S2.1 administrators have one report, named Audit Log', async () => {
    const labels = async (role: string) =>
      (await catalogOf(at, role)).views.map(({ label }) => label);
    assert.deepEqual(await labels('administrator'), ['Audit Log']);
    assert.deepEqual(await labels('system_administrator'), ['Audit Log', 'Use of the Audit Log']);
    // It is what an administrator gets who names nothing.
    assert.deepEqual(idsOf(await at.events('administrator', {})), idsOf(await found(at)));
  });

  test('S2.2 contact edits, creations by hand and changes of users are all in it', async () => {
    const all = await at.all();
    const log = await found(at);
    assert.deepEqual(idsOf(log), idsOf(all));
    for (const type of ['contact_change', 'contact_creation', 'user_change']) {
      const some = await found(at, `event_type:${type} initiator:user`);
      assert.ok(some.length > 10, type);
    }
    assert.deepEqual(await refusals(at, [deed('contact.called', 'contact', 'Noor Hale')]), [
      ['action_unknown', '/action'],
    ]);
  });

  test('S2.3, S2.7 a change of a contact says who made it, and when', async () => {
    const phone = changed('/phone', 'Phone', '+1 833 555 0101', '+1 833 555 0102');
    const [entry] = await isLogged(at, [
      [deed('contact.updated', 'contact', 'Noor Hale', phone), 'changed Phone of Noor Hale'],
      [
        deed('contact.points_adjusted', 'contact', 'Noor Hale', {
          ...changed('/points', 'Points', 20, 70),
        }),
        'changed the points of Noor Hale from 20 to 70',
      ],
    ]);
    assert.deepEqual(entry?.changes, phone.changes);
    const byTheo = await found(at, `${only(entry ?? assert.fail())} actor:"${THEO.name}"`);
    assert.deepEqual(idsOf(byTheo), [entry.id]);
  });

  test('S2.4 a deleted contact says who deleted it, and when', async () => {
    const [entry] = await isLogged(at, [
      [deed('contact.deleted', 'contact', 'Noor Hale'), 'deleted the contact Noor Hale'],
    ]);
    assert.equal(entry?.operation, 'delete');
    const mistake = await found(at, 'action:contact.deleted actor:"Priyanka Nair"');
    assert.ok(mistake.length >= 38);
  });

  test('S2.5 a new contact says who created it, and when it was entered', async () => {
    const group = { type: 'group', id: 'grp_mentors', name: 'Mentors', role: 'related' } as const;
    const one = deed('contact.created', 'contact', 'Noor Hale');
    const other = deed('contact.created', 'contact', 'Ines Roth');
    await isLogged(at, [
      [one, 'created the contact Noor Hale'],
      [
        { ...other, targets: [...(other.targets ?? []), group] },
        'created the contact Ines Roth in Mentors',
      ],
    ]);
  });

  test('S2.6 who exported contacts, or tried to, is in it', () => logsExports(at));

  test('S2.8 who changed or deleted a group is in it', async () => {
    const renamed = changed('/name', 'Name', 'Donors', 'Spring donors');
    const added = { metadata: { contacts: 12 } };
    await isLogged(at, [
      [
        deed('group.updated', 'group', 'Donors', renamed),
        'renamed the group Donors to Spring donors',
      ],
      [
        deed('group.members_added', 'group', 'Spring donors', added),
        'put 12 contacts into the group Spring donors',
      ],
      [deed('group.deleted', 'group', 'Spring donors'), 'deleted the group Spring donors'],
    ]);
  });

  test('S2.9 name, e-mail, role and permissions of users, each by its name', () =>
    namesWhatChanged(at));

  test('S2.10 who deleted a user’s profile is in it, and what the user did stays', async () => {
    const user = { type: 'user', id: 'usr_gone', name: 'Gil Gone', roles: [] } as const;
    const before = deed('contact.deleted', 'contact', 'Noor Hale', {
      actor: { ...user, roles: [] },
      occurred_at: ago(2 * HOUR),
    });
    await at.record([before]);
    const targets = [{ type: user.type, id: user.id, name: user.name }];
    const reason = { text: 'Left the organization' };
    const fields = { targets, reason };
    await isLogged(at, [
      [
        deed('user.deleted', 'user', user.name, fields),
        'deleted the user Gil Gone: Left the organization',
      ],
    ]);
    const own = await found(at, 'actor:usr_gone');
    assert.deepEqual(
      own.map(({ sentence }) => sentence),
      ['Gil Gone deleted the contact Noor Hale'],
    );
  });

  test('S2.11 misuse is seen: each question of the report has an answer', async () => {
    const { questions } = await catalogOf(at, 'administrator');
    assert.ok(questions.length >= 6 && questions.length <= 8);
    for (const { label, q, range, view = '' } of questions) {
      const asked = { view, q, from: `now-${range === 'P30D' ? 30 : 90}d`, to: 'now' };
      const { json } = await at.get<EventCount>('administrator', '/v1/events/count', asked);
      assert.ok(json.count > 0, label);
    }
    const atNight = await found(at, 'action:contact.created ip:192.0.2.250');
    assert.equal(atNight.length, 5);
    const isRefused = ({ outcome }: ReadEvent) => outcome?.result === 'denied';
    const tried = await found(at, 'operation:export actor:"Joseph Standing Bear" outcome:denied');
    assert.ok(tried.length >= 3 && tried.every(isRefused));
  });

  test('S2.12, S2.13 what is on the page is in the CSV file', async () => {
    const events = await found(at);
    const rows = await at.rows('administrator', report());
    assert.deepEqual(
      rows.map((row) => [row['Time'], row['User'], row['Activity']]),
      events.map(({ occurred_at, actor, activity }) => [
        occurred_at,
        actor.name ?? actor.id ?? actor.type,
        activity,
      ]),
    );
    assert.deepEqual(Object.keys(rows[0] ?? {}), [
      ...['Time', 'User', 'Activity', 'Contact, group or user', 'Source', 'Changed'],
    ]);
    const refused = await at.get('administrator', '/v1/events/download', {
      ...report(),
      format: 'json',
    });
    assert.deepEqual([refused.status, refused.json.code], [422, 'format_not_offered']);
  });

  test('S2.14 without the permission nothing is shown, and whom to ask is said', () =>
    isForThePermitted(at));

  for (const reader of READER_KINDS) {
    test(`S2.14 for ${READERS[reader]}, in the same words`, async () => {
      const others = await as(at, reader);
      await isForThePermitted(others);
      await checkAlike(at, others);
    });
  }

  test('S2.15 contacts typed in by hand are told from those that came otherwise', () =>
    tellsUsersApart(at));
});

describe('engagement, on PostgreSQL', () => {
  let at: AtWork;
  before(async () => {
    at = await startBlueprint('engagement', 'postgres');
  });
  after(() => at.stop());

  test('S2.6 who exported contacts, or tried to, is in it', () => logsExports(at));
  test('S2.9 what of a user changed, each by its name', () => namesWhatChanged(at));
  test('S2.14 without the permission nothing is shown', () => isForThePermitted(at));
  test('S2.15 contacts typed in by hand are told from others', () => tellsUsersApart(at));
});
