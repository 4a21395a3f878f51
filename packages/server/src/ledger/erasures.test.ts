/** An erasure from the dry run to the certificate: what is shown, refused, stopped and resumed. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Erasure } from '@annals/contract/erasures';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import { idText, isErased } from '@annals/contract/values';
import { eventsOf } from '../../test/answers.ts';
import { confirm, dryRun, ended, erase, getErasure, post } from '../../test/erasing.ts';
import { onBothDatabases, sampleEvent, type TestApp, verifyTenant } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';

const ANA = { type: 'user', id: 'usr_ana' };
const ana = { type: 'user' as const, id: 'usr_ana', name: 'Ana Ruiz', email: 'ana@a.example' };
const other = { type: 'user' as const, id: 'usr_bo', name: 'Bo Li', email: 'bo@a.example' };

const about = (fields: Partial<EventInput>): EventInput =>
  sampleEvent({ actor: other, targets: [], ...fields });
/** Ana acts, is changed, is acted for, is mentioned, and is named where nobody can erase it. */
const EVENTS: readonly EventInput[] = [
  about({ actor: ana }),
  about({ actor: { ...ana, name: 'A. Ruiz', email: 'Ana@a.example' } }),
  about({ on_behalf_of: [ana], context: { ip: '192.0.2.1' } }),
  about({ targets: [ana], changes: [{ path: '/city', before: 'Bern', after: 'Basel' }] }),
  about({ actor: { type: 'user', id: 'usr_old', name: 'Anita R.', email: 'ana@a.example' } }),
  about({ metadata: { note: 'Ana Ruiz called' } }),
  about({ reason: { text: 'for usr_ana' }, changes: [{ path: '/by', after: 'usr_old' }] }),
  about({ action: 'login.usr_ana' }),
  about({ targets: [{ type: 'user', id: 'usr_7', name: 'Ana Ruiz' }] }),
  about({}),
];

async function fill(app: TestApp, tenant: string): Promise<ReadEvent[]> {
  await app.record(
    tenant,
    EVENTS.map((event) => ({ ...event, id: randomUUID() })),
  );
  await caughtUp(app, tenant);
  const events = await logOf(app, tenant);
  // That somebody has read the log is an event, too, a moment later.
  await app.app.ownLog.settled();
  return events;
}
const logOf = async (app: TestApp, tenant: string) =>
  (await eventsOf(app, tenant)).toSorted((one, two) => (one.sequence ?? 0) - (two.sequence ?? 0));
const leaves = (events: readonly ReadEvent[]) => events.map(({ leaf_hash }) => leaf_hash);
const refused = async (app: TestApp, body: unknown) => {
  const { status, json } = await app.admin<{ code: string }>('POST', '/v1/erasures', body);
  return `${status} ${json.code}`;
};

/** Gives somebody an account who may read the tenant's log. */
async function withAccount(app: TestApp, tenantId: string, email: string): Promise<void> {
  const { people, tenants } = app.app.store;
  const [project] = await app.app.store.projects.list();
  assert.ok(project);
  const tenant = await tenants.byId(project.project_no, tenantId);
  const { id } = await people.keep(randomUUID(), email, 1);
  await people.give([
    {
      ...{ person_id: id, project_no: project.project_no, tenant_no: tenant?.tenant_no ?? 0 },
      ...{ roles: 'reader', link_id: null, created_by: 'key_1', created_at: 1, accepted_at: 1 },
    },
  ]);
}

onBothDatabases('erasing a person', (open) => {
  test('the dry run shows names, places, mentions and what nobody can erase', async () => {
    const app = await open();
    const before = await fill(app, 'shown');
    const { found, ...erasure } = await dryRun(app, { tenant: 'shown', subject: ANA });
    assert.deepEqual(erasure.subject, ANA);
    assert.deepEqual([erasure.done, erasure.total], [found.size, found.size]);
    assert.ok(found.size > EVENTS.length);
    assert.deepEqual(found.aliases, [
      { kind: 'email', value: 'ana@a.example', events: 5, matches: 'words' },
      { kind: 'name', value: 'Ana Ruiz', events: 5, matches: 'words' },
      { kind: 'name', value: 'A. Ruiz', events: 1, matches: 'words' },
      { kind: 'id', value: 'usr_old', events: 2, matches: 'words' },
      { kind: 'name', value: 'Anita R.', of: 'user:usr_old', events: 1, matches: 'words' },
    ]);
    assert.deepEqual(found.counts, {
      ...{ events: 7, actor: 3, on_behalf_of: 1, target: 1, context: 3, changes: 1, mentions: 2 },
    });
    const listed = (paths: readonly string[], sequence: number) => ({
      ...{ id: before[sequence]?.id, sequence, paths },
    });
    assert.deepEqual(found.mentions, {
      searched: true,
      events: 3,
      list: [
        listed(['/metadata'], 5),
        listed(['/changes/0/after', '/reason/text'], 6),
        listed(['/targets/0/name'], 8),
      ],
    });
    assert.deepEqual(found.clear, { searched: true, events: 1, list: [listed(['/action'], 7)] });
    assert.deepEqual([found.held, found.elsewhere], [0, []]);
    assert.deepEqual(await logOf(app, 'shown'), before, 'nothing was erased');
  });

  test('what is confirmed is erased, its events group, the log verifies', async () => {
    const app = await open();
    const before = await fill(app, 'erased');
    const done = await erase(app, { tenant: 'erased', subject: ANA });
    assert.equal(done.state, 'completed', done.error ?? '');
    assert.deepEqual([done.subject, done.found], [null, null]);
    const { certificate } = done;
    assert.ok(certificate);
    assert.deepEqual(certificate.counts, {
      ...{ events: 7, actor: 3, on_behalf_of: 1, target: 1, context: 3, changes: 1, mentions: 2 },
    });
    assert.deepEqual(certificate.sequences, { first: 0, last: 6 });
    assert.equal(certificate.log.root_before, certificate.log.root_after);
    assert.ok(certificate.log.size > EVENTS.length);
    const { remaining } = certificate;
    assert.deepEqual(
      [remaining.mentions.list, remaining.clear.list].map(([one]) => one?.paths),
      [['/targets/0/name'], ['/action']],
    );
    const after = await logOf(app, 'erased');
    assert.deepEqual(leaves(after.slice(0, 10)), leaves(before));
    const { pseudonym } = certificate;
    assert.match(pseudonym, /^erased-[0-9a-z]{12}$/);
    assert.deepEqual(
      after
        .slice(0, 5)
        .flatMap(({ actor, on_behalf_of = [], targets = [] }) =>
          [actor, ...on_behalf_of, ...targets].map(({ id }) => idText(id)),
        ),
      [pseudonym, pseudonym, 'usr_bo', pseudonym, 'usr_bo', pseudonym, pseudonym],
    );
    const ofPseudonym = await eventsOf(app, 'erased', { q: `actor:${pseudonym}` });
    assert.deepEqual(
      ofPseudonym.map(({ sequence }) => sequence),
      [4, 1, 0],
    );
    for (const q of ['actor:usr_ana', 'party:"Ana Ruiz" -usr_7', 'ana@a.example', 'anita']) {
      assert.deepEqual(await eventsOf(app, 'erased', { q }), [], q);
    }
    assert.ok(isErased(after[5]?.metadata));
    assert.deepEqual(after.slice(7, 10), before.slice(7, 10), 'the others are as they were');
    const found = await verifyTenant(app, 'erased');
    assert.equal(found.ok, true);
  });

  test('only what is confirmed: without mentions, without another id', async () => {
    const app = await open();
    const before = await fill(app, 'chosen');
    const whom = { tenant: 'chosen', subject: ANA };
    const shown = await dryRun(app, whom);
    const isChosen = ({ value }: { value: string }) => value !== 'usr_old';
    const done = await ended(app, await confirm(app, whom, shown, 'list', isChosen));
    assert.equal(done.state, 'completed', done.error ?? '');
    const after = await logOf(app, 'chosen');
    assert.deepEqual(
      after
        .slice(0, 10)
        .flatMap((event, at) => (JSON.stringify(event) === JSON.stringify(before[at]) ? [] : [at])),
      [0, 1, 2, 3],
    );
    assert.equal(done.certificate?.remaining.mentions.events, 4);
    const [own] = await eventsOf(app, 'chosen', { view: 'all', q: 'action:annals.erasure*' });
    assert.equal(own?.action, 'annals.erasure.completed');
    assert.ok(!JSON.stringify(own).includes('usr_ana'));
    assert.deepEqual(own.metadata, {
      erasure_id: done.erasure_id,
      legal_basis: 'GDPR Art. 17(1)(b)',
      pseudonym: done.certificate?.pseudonym,
      counts: done.certificate?.counts,
      files: 0,
    });
  });

  test('nothing is erased that was not shown, nor without saying why', async () => {
    const app = await open();
    await fill(app, 'refused');
    const whom = { tenant: 'refused', subject: ANA };
    const base = { tenant_id: 'refused', subject: ANA };
    assert.equal(await refused(app, base), '400 invalid_body');
    for (const field of ['legal_basis', 'reason']) {
      const body = { ...base, legal_basis: 'x', [field]: 'asked by usr_ana' };
      assert.equal(await refused(app, body), '400 invalid_body', field);
    }
    const { found } = await dryRun(app, { ...whom, searches: false });
    assert.deepEqual([found.mentions.searched, found.mentions.events], [false, 0]);
    const body = { ...base, dry_run: false, token: found.token, mentions: 'list' };
    assert.equal(await refused(app, { ...body, token: undefined }), '400 invalid_body');
    assert.equal(await refused(app, { ...body, mentions: undefined }), '400 invalid_body');
    const unknown = [{ kind: 'email', value: 'other@a.example' }];
    for (const change of [
      { token: 'another' },
      { subject: { type: 'user', id: 'usr_bo' } },
      { mentions: 'erase' },
      { aliases: unknown },
    ]) {
      const told = await refused(app, { ...body, ...change });
      assert.equal(told, '409 erasure_not_confirmed', JSON.stringify(change));
    }
    await fill(app, 'elsewhere');
    const elsewhere = { ...body, tenant_id: 'elsewhere' };
    assert.equal(await refused(app, elsewhere), '409 erasure_not_confirmed');
    await app.sql("UPDATE erasure SET finished_at = finished_at - 86400001 WHERE state = 'found'");
    await app.app.store.erasures.expire(Date.now() - 86_400_000);
    assert.equal(await refused(app, body), '409 erasure_not_confirmed', 'older than a day');
    assert.deepEqual(await app.sql("SELECT * FROM erasure WHERE person LIKE '%usr_ana%'"), []);
    const done = await erase(app, { ...whom, aliases: [{ kind: 'name', value: 'Anni' }] });
    assert.equal(done.state, 'completed');
    assert.equal(await refused(app, body), '409 erasure_not_confirmed', 'twice');
    assert.ok((await logOf(app, 'elsewhere')).every(({ actor }) => !isErased(actor.id)));
  });

  test('a legal hold stops it; when it is released, it goes on and counts all', async () => {
    const app = await open();
    await fill(app, 'held');
    const [tenant] = await app.sql("SELECT tenant_no FROM tenant WHERE tenant_id = 'held'");
    const { holds } = app.app.store;
    const hold = {
      ...{ hold_id: 'hold_1', tenant_no: Number(tenant?.['tenant_no']), placed_by: 'key_1' },
      ...{ covers: { kind: 'record', ...ANA } as const, reason: 'a case', placed_at: 1 },
    };
    await holds.place(hold);
    const whom = { tenant: 'held', subject: ANA };
    const shown = await dryRun(app, whom);
    assert.equal(shown.found.held, 1);
    assert.deepEqual(shown.found.elsewhere, [
      { place: 'legal_hold', id: 'hold_1', field: 'covers' },
    ]);
    const stopped = await ended(app, await confirm(app, whom, shown, 'erase'));
    assert.equal(stopped.state, 'held');
    assert.match(stopped.error ?? '', /legal hold covers 1/);
    assert.equal((await logOf(app, 'held'))[3]?.targets?.[0]?.id, 'usr_ana');
    const resume = () => app.admin<Erasure>('POST', `/v1/erasures/${stopped.erasure_id}/resume`);
    const again = await resume();
    assert.equal(again.status, 202, again.text);
    assert.equal((await ended(app, again.json)).state, 'held');
    await holds.release('hold_1', {
      ...{ released_at: 2, released_by: 'key_1', release_reason: 'usr_ana asked' },
    });
    const done = await ended(app, (await resume()).json);
    assert.equal(done.state, 'completed', done.error ?? '');
    assert.equal(done.certificate?.counts.events, 7);
    assert.equal(done.certificate?.counts.target, 1);
    const rows = JSON.stringify(await app.sql('SELECT * FROM legal_hold'));
    assert.ok(!rows.includes('usr_ana'), 'a released hold is cleaned');
    const late = await resume();
    assert.equal(`${late.status} ${late.text.includes('erasure_not_resumable')}`, '409 true');
  });

  test('a server that ends leaves one that the next goes on with', async () => {
    const app = await open({});
    const many = Array.from({ length: 1_000 }, () => about({ actor: ana }));
    for (let times = 0; times < 3; times++) {
      await app.record(
        'many',
        many.map((event) => ({ ...event, id: randomUUID() })),
      );
    }
    const whom = { tenant: 'many', subject: ANA };
    const begun = await confirm(app, whom, await dryRun(app, whom), 'erase');
    await app.restart();
    const done = await ended(app, begun);
    assert.equal(done.state, 'completed', done.error ?? '');
    assert.equal(done.certificate?.counts.actor, 3_000, 'each once');
    assert.equal((await verifyTenant(app, 'many')).ok, true);
  });

  test('one whose server is gone is taken over; two never work on one', async () => {
    const app = await open();
    await fill(app, 'gone');
    const whom = { tenant: 'gone', subject: ANA };
    const shown = await dryRun(app, whom);
    const { erasures } = app.app.store;
    const claim = { from: ['found'], to: 'searching', holder: 'gone' } as const;
    const now = Date.now();
    const claimed = { ...claim, now, silentSince: now - 60_000 };
    assert.equal(await erasures.claim(shown.erasure_id, claimed), true);
    const resume = () => app.admin<Erasure>('POST', `/v1/erasures/${shown.erasure_id}/resume`);
    assert.equal((await resume()).status, 409, 'its server lives');
    await app.sql("UPDATE erasure SET beat_at = beat_at - 60001 WHERE holder = 'gone'");
    const taken = await resume();
    assert.equal(taken.status, 202, taken.text);
    assert.equal((await ended(app, taken.json)).state, 'found');
    assert.equal(await erasures.update(shown.erasure_id, 'gone', { state: 'failed' }), false);
  });

  test('what the operator wrote is told; what the server wrote by itself is cleaned', async () => {
    const app = await open();
    await fill(app, 'aside');
    await app.key({ label: 'for ana@a.example', tenant: 'aside' });
    await app.key({ label: 'for ana@a.example', tenant: 'gone' });
    await app.admin('PUT', '/v1/tenants/aside', { label: 'Ana Ruiz & Co' });
    await app.admin('PUT', '/v1/tenants/gone', {});
    await withAccount(app, 'aside', 'ana@a.example');
    await withAccount(app, 'aside', 'bob@a.example');
    await withAccount(app, 'gone', 'Ana@gone.example');
    const bad = { ...sampleEvent(), tenant_id: 'aside', 'ana@a.example': 1 };
    assert.equal((await app.admin('POST', '/v1/events', [bad])).status, 400);
    const whom = { tenant: 'aside', subject: ANA };
    const first = await dryRun(app, whom);
    const done = await erase(app, whom);
    assert.deepEqual(
      done.certificate?.remaining.elsewhere.map(({ place, field }) => [place, field]),
      [
        ['tenant', 'label'],
        ['api_key', 'label'],
        ['account', 'email'],
      ],
    );
    assert.equal(JSON.stringify(await app.sql('SELECT * FROM reject')).includes('ana@'), false);
    const forgotten = await getErasure(app, first.erasure_id);
    assert.deepEqual(
      [forgotten.state, forgotten.subject, forgotten.found],
      ['expired', null, null],
    );
  });

  test('the list has them, the latest first; another project’s are not there', async () => {
    const app = await open();
    const list = await app.admin<{ erasures: Erasure[] }>('GET', '/v1/erasures?tenant_id=aside');
    assert.deepEqual(
      list.json.erasures.map(({ state }) => state),
      ['completed', 'expired'],
    );
    const key = await app.key({ scopes: ['manage'], tenant: 'gone' });
    const id = list.json.erasures[0]?.erasure_id;
    for (const [method, path] of [
      ['GET', `/v1/erasures/${id}`],
      ['POST', `/v1/erasures/${id}/resume`],
      ['GET', '/v1/erasures?tenant_id=aside'],
    ] as const) {
      assert.equal((await app.call(method, path, { key })).status, 404, path);
    }
    const begun = await post(app, { tenant_id: 'gone', subject: ANA, legal_basis: 'x' });
    assert.equal((await ended(app, begun)).state, 'found');
  });
});
