/** Reports: saved, shown to whoever may schedule, run, paused, and stopped with their owner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Definition } from '@annals/contract/definition';
import type { Export } from '@annals/contract/exports';
import type { Problem } from '@annals/contract/problem';
import type { Report, ReportPreview } from '@annals/contract/reports';
import type { EventPage } from '@annals/contract/routes';
import { ended, exported } from '../../test/exporting.ts';
import { onBothDatabases, sampleEvent, sampleEvents, type TestApp } from '../../test/harness.ts';
import { calendarOf } from './calendar.ts';

const definition = (grants = ['read', 'export', 'schedule'] as const): Definition => ({
  project: 'default',
  label: 'Reports',
  time_zone: 'Europe/Berlin',
  views: {
    audits: {
      label: 'Audits',
      window: 'P90D',
      classes: ['public', 'personal'],
      columns: [
        { path: 'actor', label: 'Who' },
        { path: '/action', label: 'What' },
      ],
    },
    plain: { label: 'Plain', window: 'P7D', classes: ['public'], formats: ['csv'] },
  },
  roles: {
    chief: { label: 'Chief', grants: { audits: [...grants], plain: [...grants] } },
    staff: { label: 'Staff', grants: { audits: ['read', 'export'] } },
    viewer: { label: 'Viewer', viewer: true, grants: { audits: [...grants] } },
  },
});

const BODY = {
  ...{ tenant_id: 'acme', title: 'Daily audit', view: 'audits', format: 'csv' },
  range: 'yesterday',
} as const;

async function define(app: TestApp, made = definition()): Promise<void> {
  const { status, text } = await app.admin('PUT', '/v1/projects/default', { definition: made });
  assert.equal(status, 200, text);
}

const keyWith = async (app: TestApp, role: string): Promise<{ secret: string; key_id: string }> =>
  (
    await app.admin<{ secret: string; key_id: string }>('POST', '/v1/keys', {
      ...{ label: role, roles: [role], tenant_id: 'acme' },
    })
  ).json;

async function save(app: TestApp, more: object = {}, key = app.adminKey): Promise<Report> {
  const body = { ...BODY, ...more };
  const { status, json, text } = await app.call<Report>('POST', '/v1/reports', { key, body });
  assert.equal(status, 201, text);
  return json;
}

const pathOf = ({ report_id }: Report, part = ''): string =>
  `/v1/reports/${report_id}${part}?tenant_id=acme`;

/** Asks until something is so. */
async function until<T>(ask: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await ask();
    if (isSo(found)) return found;
    await sleep(50);
  }
}
async function reportOf(app: TestApp, of: Report): Promise<Report> {
  const { json, status, text } = await app.admin<Report>('GET', pathOf(of));
  assert.equal(status, 200, text);
  return json;
}

onBothDatabases('reports', (open, dialect) => {
  test('S0.29, S0.30 are saved with a schedule, changed and removed', async () => {
    const app = await open();
    await define(app);
    await app.record('acme', sampleEvents(3));
    const made = await save(app, { schedule: '30 2 * * *', q: 'outcome:denied' });
    assert.equal(made.time_zone, 'Europe/Berlin');
    assert.equal(made.next_runs.length, 3);
    const { runs } = await calendarOf('Europe/Berlin');
    const expected = runs('30 2 * * *', Date.parse(made.created_at), 3);
    assert.deepEqual(made.next_runs.map(Date.parse), expected);
    assert.deepEqual(await reportOf(app, made), made);
    const { json: paused } = await app.admin<Report>('POST', pathOf(made, '/pause'), {});
    assert.deepEqual([paused.state, paused.next_runs], ['paused', []]);
    const { tenant_id: _, ...body } = { ...BODY, title: 'Weekly', range: 'last_week' };
    const changed = { ...body, schedule: '0 6 * * 1', time_zone: 'UTC' };
    const { json: put } = await app.admin<Report>('PUT', pathOf(made), changed);
    assert.deepEqual([put.title, put.state, put.q], ['Weekly', 'paused', null]);
    const { json: resumed } = await app.admin<Report>('POST', pathOf(made, '/resume'), {});
    assert.equal(resumed.state, 'active');
    assert.match(resumed.next_runs[0] ?? '', /T06:00:00/);
    const list = await app.admin<{ reports: Report[] }>('GET', '/v1/reports?tenant_id=acme');
    assert.deepEqual(list.json.reports, [resumed]);
    assert.equal((await app.admin('DELETE', pathOf(made))).status, 200);
    assert.equal((await app.admin('GET', pathOf(made))).status, 404);
    await app.app.ownLog.settled();
    const path = '/v1/events?tenant_id=acme&view=all&q=action:annals.report.*&order=asc';
    const { events } = (await app.admin<EventPage>('GET', path)).json;
    const actions = events.map(({ action }) => action.slice('annals.report.'.length));
    assert.deepEqual(actions, ['created', 'changed', 'changed', 'changed', 'deleted']);
  });

  test('that cannot be saved are refused with the place at fault', async () => {
    const app = await open();
    await define(app);
    const refused = async (more: object, key = app.adminKey): Promise<Problem> => {
      const body = { ...BODY, ...more };
      const { json, status } = await app.call<Problem>('POST', '/v1/reports', { key, body });
      assert.ok(status >= 400, JSON.stringify(json));
      return json;
    };
    const of = async (more: object) => {
      const { code, errors } = await refused(more);
      return [code, errors?.[0]?.path];
    };
    assert.deepEqual(await of({ schedule: '* * * * *' }), ['invalid_body', '/schedule']);
    assert.deepEqual(await of({ schedule: 'daily' }), ['invalid_body', '/schedule']);
    assert.deepEqual(await of({ time_zone: 'Mars/Olympus' }), ['invalid_query', 'time_zone']);
    const to = '/recipients/0/to';
    for (const recipient of [
      { type: 'email', to: 'ada@acme.example' },
      { type: 'webhook', to: 'http://acme.example/' },
      { type: 'webhook', to: 'https://127.0.0.1/' },
      { type: 's3', to: 'audits/' },
    ]) {
      assert.deepEqual(await of({ recipients: [recipient] }), ['invalid_body', to]);
    }
    assert.deepEqual(await of({ q: 'actor:(' }), ['invalid_search', 'q']);
    assert.equal((await refused({ view: 'plain', range: 'last_90_days' })).code, 'window_too_long');
    assert.equal((await refused({ view: 'plain', format: 'json' })).code, 'format_not_offered');
    const staff = await keyWith(app, 'staff');
    assert.equal((await refused({}, staff.secret)).code, 'capability_not_granted');
    const viewer = await app.admin<{ token: string }>('POST', '/v1/viewer-sessions', {
      ...{ tenant_id: 'acme', roles: ['viewer'], viewer: { id: 'v' } },
    });
    const { token } = viewer.json;
    const outlived = await refused({ schedule: '30 2 * * *' }, token);
    assert.match(outlived.detail ?? '', /outlives a viewer session/);
  });

  test('S0.20 last 90 days fit a view of 90 days, whatever the clock does between', async () => {
    const app = await open();
    await define(app);
    const made = await save(app, { range: 'last_90_days', time_zone: 'America/New_York' });
    const { json } = await app.admin<Export>('POST', pathOf(made, '/run'), {});
    const run = await exported(app, json);
    const days = (Date.parse(run.to ?? '') - Date.parse(run.from ?? '')) / 86_400_000;
    assert.ok(Math.abs(days - 90) < 0.05, `${days} days`);
  });

  test('S0.32 show the first rows of what they would hold', async () => {
    const app = await open();
    await define(app);
    const { range } = await calendarOf('Europe/Berlin');
    const { from, to } = range('yesterday', Date.now());
    const at = (ms: number) => ({ occurred_at: new Date(ms).toISOString(), action: 'note.added' });
    const actor = { type: 'user', id: 'ada', name: 'Ada' } as const;
    const inside = Array.from({ length: 25 }, (_, n) => sampleEvent({ actor, ...at(from + n) }));
    await app.record('acme', [...inside, sampleEvent(at(to)), sampleEvent(at(from - 1))]);
    const body = { ...BODY, q: 'action:note.added', schedule: '30 2 * * *' };
    const { json } = await app.admin<ReportPreview>('POST', '/v1/reports/preview', body);
    assert.deepEqual([json.from, json.to].map(Date.parse), [from, to]);
    assert.deepEqual(json.columns, ['Who', 'What']);
    assert.equal(json.rows.length, 20);
    assert.ok(json.rows.every((row) => row.join() === 'Ada,note.added'));
    assert.equal(json.next_runs.length, 3);
    const { json: report } = await app.admin<Report>('POST', '/v1/reports', body);
    const { json: asked } = await app.admin<Export>('POST', pathOf(report, '/run'), {});
    const run = await exported(app, asked);
    assert.equal(run.rows, 25, 'the file has them all');
    assert.match(run.name, /^Daily audit \d{4}-\d\d-\d\d$/);
    assert.deepEqual([run.run?.report_id, run.run?.scheduled_at], [report.report_id, null]);
    const { json: told } = await app.admin<Report>('GET', pathOf(report));
    assert.equal(told.last_run?.export_id, run.export_id);
  });

  test('run by their schedule, and say so in the history', async () => {
    const app = await open();
    await define(app);
    const made = await save(app, { schedule: '30 2 * * *', title: 'By itself' });
    // As if its time had come.
    const past = Date.now() - 3_600_000;
    const due = 'UPDATE report SET next_at = ?, due_at = ? WHERE report_id = ?';
    await app.sql(due, past - 86_400_000, past, made.report_id);
    const ran = await until(
      () => reportOf(app, made),
      ({ last_run }) => last_run?.state === 'completed',
    );
    const history = `/v1/exports?tenant_id=acme`;
    const { exports } = (await app.admin<{ exports: Export[] }>('GET', history)).json;
    const run = exports.find(({ export_id }) => export_id === ran.last_run?.export_id);
    assert.ok(run?.run?.scheduled_at, 'it has the time of its schedule');
    assert.match(run.name, /^By itself /);
    assert.ok(ran.next_runs.every((next) => Date.parse(next) > Date.now()));
  });

  if (dialect === 'postgres') {
    test('that are due run once, however many servers look', async () => {
      const app = await open();
      const { databaseUrl = '', exportsDir } = app.config;
      const other = await open({
        ...{ DATABASE_URL: databaseUrl, ANNALS_EXPORTS: exportsDir },
        ANNALS_ADMIN_KEY: app.adminKey,
      });
      await define(app);
      const made: Report[] = [];
      for (let n = 0; n < 10; n++) {
        made.push(await save(app, { schedule: '30 2 * * *', title: `Shared ${n}` }));
      }
      const past = Date.now() - 86_400_000;
      await app.sql("UPDATE report SET next_at = ?, due_at = 0 WHERE title LIKE 'Shared%'", past);
      await Promise.all([app.app.exports.reports.look(), other.app.exports.reports.look()]);
      for (const report of made) {
        await until(
          () => reportOf(app, report),
          ({ last_run }) => last_run?.state === 'completed',
        );
        const runs = 'SELECT export_id FROM export WHERE report_id = ?';
        assert.equal((await app.sql(runs, report.report_id)).length, 1);
      }
    });
  }

  test('stop with the right of whoever owns them, and go on with another', async () => {
    const app = await open();
    await define(app);
    const chief = await keyWith(app, 'chief');
    const other = await keyWith(app, 'chief');
    const made = await save(app, { schedule: '30 2 * * *', title: 'Orphan' }, chief.secret);
    const gone = await app.admin('DELETE', `/v1/keys/${chief.key_id}`);
    assert.equal(gone.status, 200, gone.text);
    await app.sql('UPDATE report SET due_at = 0, next_at = 0 WHERE report_id = ?', made.report_id);
    const stopped = await until(
      () => reportOf(app, made),
      ({ state }) => state === 'stopped',
    );
    assert.equal(stopped.reason, 'Its owner has no access any more.');
    assert.deepEqual(stopped.next_runs, []);
    const resumed = await app.call<Report>('POST', pathOf(made, '/resume'), {
      ...{ key: other.secret, body: {} },
    });
    assert.equal(resumed.json.state, 'active', resumed.text);
    assert.equal(resumed.json.owner.id, other.key_id);
  });

  test('whose run failed make it up when somebody tries again', async () => {
    const app = await open();
    await define(app);
    const made = await save(app, { schedule: '30 2 * * *', title: 'Failing' });
    const past = Date.now() - 3_600_000;
    await app.sql(
      'UPDATE report SET next_at = ?, due_at = ? WHERE report_id = ?',
      ...[past - 86_400_000, past, made.report_id],
    );
    const ran = await until(
      () => reportOf(app, made),
      ({ last_run }) => last_run?.state === 'completed',
    );
    const id = ran.last_run?.export_id ?? '';
    await until(
      () => app.sql('SELECT covered FROM report WHERE report_id = ?', made.report_id),
      ([row]) => row?.['covered'] !== null,
    );
    await app.sql("UPDATE export SET state = 'failed', reason = 'x' WHERE export_id = ?", id);
    await app.sql('UPDATE report SET covered = NULL WHERE report_id = ?', made.report_id);
    const retry = `/v1/exports/${id}/retry?tenant_id=acme`;
    const { json, status, text } = await app.admin<Export>('POST', retry, {});
    assert.equal(status, 202, text);
    const again = await ended(app, json);
    assert.equal(again.state, 'completed', again.reason ?? '');
    assert.ok(again.run?.scheduled_at, 'it counts as the run that failed');
    await until(
      () => app.sql('SELECT covered FROM report WHERE report_id = ?', made.report_id),
      ([row]) => row?.['covered'] !== null,
    );
  });

  test('hide their query from readers of a view without personal values', async () => {
    const app = await open();
    await define(app);
    const chief = await keyWith(app, 'chief');
    const made = await save(app, { view: 'plain', q: 'actor:ada', title: 'Query' });
    const seen = await app.call<Report>('GET', pathOf(made), { key: chief.secret });
    assert.deepEqual([made.q, seen.json.q], ['actor:ada', null]);
    const staff = await keyWith(app, 'staff');
    const hidden = await app.call<Problem>('GET', pathOf(made), { key: staff.secret });
    assert.equal(hidden.json.code, 'capability_not_granted');
  });
});
