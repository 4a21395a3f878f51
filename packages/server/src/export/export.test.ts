/** Exports: made in turn, of one state of the log, for those who may, and told of in the log. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Definition } from '@annals/contract/definition';
import type { ReadEvent } from '@annals/contract/event';
import type { Export, Manifest } from '@annals/contract/exports';
import type { Problem } from '@annals/contract/problem';
import type { EventPage } from '@annals/contract/routes';
import { erase } from '../../test/erasing.ts';
import { ended, exported } from '../../test/exporting.ts';
import { onBothDatabases, sampleEvent, sampleEvents, type TestApp } from '../../test/harness.ts';

const definition = (classes: ('public' | 'personal')[] = ['public', 'personal']): Definition => ({
  project: 'default',
  label: 'Exports',
  views: {
    whole: { label: 'Everything', classes, changes: 'values' },
    plain: { label: 'Plain', classes: ['public'] },
  },
  roles: {
    taker: { label: 'Taker', grants: { whole: ['read', 'export'], plain: ['read', 'export'] } },
    other: { label: 'Other', grants: { plain: ['read', 'export'] } },
  },
});

async function define(app: TestApp, made: Definition): Promise<void> {
  const { status, text } = await app.admin('PUT', '/v1/projects/default', { definition: made });
  assert.equal(status, 200, text);
}

async function ask(
  app: TestApp,
  tenant: string,
  asked: Readonly<Record<string, unknown>> = {},
  key = app.adminKey,
): Promise<Export> {
  const body = { tenant_id: tenant, format: 'ndjson', ...asked };
  const { status, json, text } = await app.call<Export>('POST', '/v1/exports', { key, body });
  assert.equal(status, 202, text);
  return json;
}

const pathOf = ({ export_id, tenant_id }: Export, part = ''): string =>
  `/v1/exports/${export_id}${part}?tenant_id=${tenant_id}`;

async function fetchFile(app: TestApp, of: Export): Promise<{ bytes: Buffer; headers: Headers }> {
  const headers = { authorization: `Bearer ${app.adminKey}` };
  const answer = await fetch(app.url + pathOf(of, '/file'), { headers });
  assert.equal(answer.status, 200);
  return { bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
}

const eventsIn = (text: string): ReadEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

async function history(app: TestApp, tenant: string, key = app.adminKey): Promise<Export[]> {
  const path = `/v1/exports?tenant_id=${tenant}`;
  const { json } = await app.call<{ exports: Export[] }>('GET', path, { key });
  return json.exports;
}

/** What the log says of itself, the oldest first. */
async function ownEvents(app: TestApp, tenant: string): Promise<ReadEvent[]> {
  await app.app.ownLog.settled();
  const path = `/v1/events?tenant_id=${tenant}&view=all&q=action:annals.*&order=asc`;
  return (await app.admin<EventPage>('GET', path)).json.events;
}

const keyWith = async (app: TestApp, role: string): Promise<{ secret: string; key_id: string }> =>
  (
    await app.admin<{ secret: string; key_id: string }>('POST', '/v1/keys', {
      ...{ label: role, roles: [role] },
    })
  ).json;

const filesOf = (app: TestApp, exports: readonly Export[]): string[] =>
  readdirSync(app.config.exportsDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    exports.some(({ export_id }) => name.includes(export_id)),
  );

onBothDatabases('exports', (open) => {
  test('hold what the list shows, with a digest and a manifest that say so', async () => {
    const app = await open();
    await app.record('acme', sampleEvents(250));
    const asked = await ask(app, 'acme', { name: 'Review: March', q: 'outcome:success' });
    assert.equal(asked.state, 'waiting');
    assert.equal(asked.name, 'Review- March');
    const made = await exported(app, asked);
    const { bytes, headers } = await fetchFile(app, made);
    const path = '/v1/events?tenant_id=acme&q=outcome:success&limit=500';
    const { json } = await app.admin<EventPage>('GET', path);
    assert.ok(json.events.length > 0);
    assert.deepEqual(eventsIn(bytes.toString()), json.events);
    assert.equal(made.rows, json.events.length);
    assert.deepEqual(made.expected, { rows: made.rows, exact: true });
    assert.equal(made.bytes, bytes.length);
    assert.equal(made.sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(headers.get('content-length'), String(bytes.length));
    assert.match(headers.get('content-disposition') ?? '', /filename="Review- March\.ndjson"/);
    const { json: manifest } = await app.admin<Manifest>('GET', pathOf(made, '/manifest'));
    assert.equal(manifest.sha256, made.sha256);
    assert.equal(manifest.log.size, 250);
    const sequences = json.events.map(({ sequence = -1 }) => sequence);
    assert.deepEqual(manifest.sequences, {
      first: Math.min(...sequences),
      last: Math.max(...sequences),
    });
    const [told, fetched] = await ownEvents(app, 'acme');
    assert.equal(told?.action, 'annals.log.exported');
    assert.equal(Object(told.metadata)['export_id'], made.export_id);
    assert.equal(fetched?.action, 'annals.export.downloaded');
  });

  test('hold the state of the moment they were asked for', async () => {
    const app = await open();
    await app.record('pinned', sampleEvents(40));
    for (const q of ['', 'actor:u-1', 'synthetic', 'action:doc.created']) {
      const first = await exported(app, await ask(app, 'pinned', q === '' ? {} : { q }));
      const { bytes } = await fetchFile(app, first);
      await app.record('pinned', sampleEvents(40));
      await app.sql(
        "UPDATE export SET state = 'waiting', has_file = 0 WHERE export_id = ?",
        first.export_id,
      );
      const again = await exported(app, first);
      assert.equal(again.sha256, first.sha256, q);
      assert.equal(first.sha256, createHash('sha256').update(bytes).digest('hex'));
      const later = await exported(app, await ask(app, 'pinned', q === '' ? {} : { q }));
      assert.ok(first.rows === 0 || later.rows > first.rows, q);
    }
  });

  test('are packed as asked, in every form', async () => {
    const app = await open();
    await app.record('packed', sampleEvents(30));
    for (const format of ['csv', 'json', 'ndjson']) {
      const fixed = { format, to: new Date().toISOString(), name: 'all' };
      const plain = await exported(app, await ask(app, 'packed', fixed));
      const { bytes } = await fetchFile(app, plain);
      for (const [compression, unpack] of [
        ['gzip', gunzipSync],
        ['zstd', zstdDecompressSync],
      ] as const) {
        const packed = await exported(app, await ask(app, 'packed', { ...fixed, compression }));
        const file = await fetchFile(app, packed);
        assert.equal(file.headers.get('content-type'), `application/${compression}`);
        assert.equal(packed.file, `all.${format}.${compression === 'gzip' ? 'gz' : 'zst'}`);
        assert.ok(unpack(file.bytes).equals(bytes));
      }
    }
  });

  test('are made in turn: one tenant’s many do not hold up another’s one', async () => {
    const app = await open();
    for (let part = 0; part < 5; part++) await app.record('many', sampleEvents(1_000));
    await app.record('one', sampleEvents(10));
    const many: Export[] = [];
    for (let count = 0; count < 6; count++) many.push(await ask(app, 'many', { format: 'json' }));
    const one = await exported(app, await ask(app, 'one'));
    const starts = await Promise.all(many.map((each) => exported(app, each)));
    const earlier = starts.filter(({ started_at }) => (started_at ?? '') < (one.started_at ?? ''));
    assert.ok(earlier.length <= 3, `${earlier.length} of the other tenant came first`);
  });

  test('are cancelled, leave nothing behind, and can be made again', async () => {
    const app = await open();
    for (let part = 0; part < 5; part++) await app.record('stop', sampleEvents(1_000));
    const all = await Promise.all([1, 2, 3, 4].map(() => ask(app, 'stop', { format: 'json' })));
    for (const one of all) await app.admin('POST', pathOf(one, '/cancel'), {});
    const ends = await Promise.all(all.map((one) => ended(app, one)));
    const cancelled = ends.filter(({ state }) => state === 'cancelled');
    assert.ok(cancelled.length >= 2, ends.map(({ state }) => state).join());
    const [first] = cancelled;
    assert.ok(first);
    const refused = await app.admin<Problem>('GET', pathOf(first, '/file'));
    assert.deepEqual([refused.status, refused.json.code], [409, 'export_not_ready']);
    const { json: again, status } = await app.admin<Export>('POST', pathOf(first, '/retry'), {});
    assert.equal(status, 202);
    assert.notEqual(again.export_id, first.export_id);
    assert.equal((await exported(app, again)).rows, 5_000);
    await sleep(1_500);
    const kept = ends.length - cancelled.length + 1;
    assert.equal(filesOf(app, [...all, again]).length, kept);
  });

  test('of a server that is gone are taken up by another, in a file of their own', async () => {
    const app = await open();
    await app.record('gone', sampleEvents(20));
    const made = await exported(app, await ask(app, 'gone'));
    const lost = "UPDATE export SET state = 'running', holder = 'gone', beat_at = 0";
    await app.sql(`${lost} WHERE export_id = ?`, made.export_id);
    const again = await exported(app, made);
    assert.equal(again.sha256, made.sha256);
    await sleep(100);
    assert.equal(filesOf(app, [made]).length, 1);
    await app.sql(`${lost}, attempts = 5 WHERE export_id = ?`, made.export_id);
    const failed = await ended(app, made);
    assert.equal(failed.state, 'failed');
    const support = `Try again, or contact support with ${made.export_id}.`;
    assert.equal(failed.reason, `Failed after 20 rows: its server stopped each time. ${support}`);
  });

  test('are refused to those who may not, when asked, made and fetched', async () => {
    const app = await open();
    await define(app, definition());
    await app.record('rights', sampleEvents(20));
    const [taker, other] = [await keyWith(app, 'taker'), await keyWith(app, 'other')];
    const asked = { view: 'whole', q: 'actor:u-1' };
    const refused = await app.call<Problem>('POST', '/v1/exports', {
      key: other.secret,
      body: { tenant_id: 'rights', format: 'csv', ...asked },
    });
    assert.equal(refused.json.code, 'view_not_granted');
    const whole = await exported(app, await ask(app, 'rights', asked, taker.secret));
    const plain = await exported(
      app,
      await ask(app, 'rights', { ...asked, view: 'plain' }, taker.secret),
    );
    const hidden = await app.call('GET', pathOf(whole), { key: other.secret });
    assert.equal(hidden.status, 404);
    const shown = await history(app, 'rights', other.secret);
    assert.deepEqual(
      shown.map(({ export_id, q }) => [export_id, q]),
      [[plain.export_id, null]],
      'what somebody searched for may name a person',
    );
    assert.equal((await history(app, 'rights', taker.secret)).length, 2);
    await define(app, definition(['public']));
    await sleep(10);
    const { json } = await app.admin<Problem>('GET', pathOf(whole, '/file'));
    assert.equal(json.code, 'export_outdated');
    await app.admin('DELETE', `/v1/keys/${taker.key_id}`);
    await app.sql(
      "UPDATE export SET state = 'waiting', has_file = 0 WHERE export_id = ?",
      plain.export_id,
    );
    const failed = await ended(app, plain);
    assert.deepEqual(
      [failed.state, failed.reason],
      ['failed', 'Whoever asked for it has no access any more.'],
    );
  });

  test('of a bound view are made by who is bound, and fetched by others too', async () => {
    const app = await open();
    const views = { own: { label: 'Own', binding: 'actor' as const } };
    const roles = { self: { label: 'Self', viewer: true, grants: { own: ['read', 'export'] } } };
    await define(app, { ...definition(), views, roles: roles as Definition['roles'] });
    await app.record('bound', sampleEvents(20));
    const session = await app.admin<{ token: string }>('POST', '/v1/viewer-sessions', {
      ...{ tenant_id: 'bound', roles: ['self'], viewer: { id: 'u-1' }, subject: 'user:u-1' },
    });
    const made = await exported(app, await ask(app, 'bound', {}, session.json.token));
    assert.equal(made.subject, 'user:u-1');
    const { bytes } = await fetchFile(app, made);
    assert.ok(eventsIn(bytes.toString()).every(({ actor }) => actor.id === 'u-1'));
  });

  test('in no form that there is are refused when they are asked for', async () => {
    const app = await open();
    await app.record('zones', sampleEvents(1));
    const body = { tenant_id: 'zones', format: 'csv', time_zone: 'Mars/Olympus' };
    const { status, json } = await app.admin<Problem>('POST', '/v1/exports', body);
    assert.deepEqual([status, json.code], [400, 'invalid_query']);
  });

  test('are kept for a while; that they were made stays known', async () => {
    const app = await open();
    await app.record('old', sampleEvents(20));
    const made = await exported(app, await ask(app, 'old'));
    await app.sql('UPDATE export SET expires_at = 1 WHERE export_id = ?', made.export_id);
    for (let look = 0; look < 300; look++) {
      if ((await history(app, 'old'))[0]?.state === 'expired') break;
      await sleep(20);
    }
    await sleep(50);
    const [known] = await history(app, 'old');
    assert.deepEqual([known?.state, known?.file, known?.rows], ['expired', null, 20]);
    assert.deepEqual(filesOf(app, [made]), []);
    const { json } = await app.admin<Manifest>('GET', pathOf(made, '/manifest'));
    assert.equal(json.sha256, made.sha256);
  });

  test('that go straight to somebody are in the history too, whole or broken off', async () => {
    const app = await open();
    for (let part = 0; part < 20; part++) await app.record('straight', sampleEvents(1_000));
    await app.admin('GET', '/v1/events/download?tenant_id=straight&format=csv');
    const headers = { authorization: `Bearer ${app.adminKey}` };
    const path = '/v1/events/download?tenant_id=straight&format=json';
    const answer = await fetch(app.url + path, { headers });
    await answer.body?.getReader().cancel();
    for (let look = 0; look < 200; look++) {
      if ((await history(app, 'straight')).every(({ state }) => state !== 'running')) break;
      await sleep(10);
    }
    const [broken, whole] = await history(app, 'straight');
    assert.deepEqual([whole?.state, whole?.rows, whole?.file], ['completed', 20_000, null]);
    assert.deepEqual(
      [broken?.state, broken?.reason],
      ['failed', 'It was not received to its end.'],
    );
  });

  test('show nobody who is erased: files go, and what was asked about them', async () => {
    const app = await open();
    const event = sampleEvent();
    const actor = {
      type: 'user' as const,
      id: 'u-77',
      name: 'Petra Gone',
      email: 'petra@gone.example',
    };
    await app.record('erased', [{ ...event, actor }]);
    const asked = { q: 'actor:petra@gone.example', name: 'About Petra Gone' };
    const made = await exported(app, await ask(app, 'erased', asked));
    const { certificate } = await erase(app, {
      tenant: 'erased',
      subject: { type: 'user', id: 'u-77' },
    });
    assert.equal(certificate?.files, 1);
    assert.deepEqual(filesOf(app, [made]), []);
    const [known] = await history(app, 'erased');
    assert.equal(known?.state, 'expired');
    assert.match(known.reason ?? '', /^A person was erased/);
    assert.ok(!/petra/i.test(JSON.stringify(known)));
    const { json } = await app.admin<Problem>('POST', pathOf(made, '/retry'), {});
    assert.equal(json.code, 'export_outdated');
  });
});
