/** People and records: lists, former names, suggestions, and records that end and begin again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '@annals/contract/definition';
import type { EventInput } from '@annals/contract/event';
import type { Actor, RecordEntry, Suggestions } from '@annals/contract/find';
import type { EventPage, Notice } from '@annals/contract/routes';
import { BASE_MS, onBothDatabases, sampleEvent, type TestApp } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';

type Fields = Partial<EventInput>;
const minute = (n: number) => new Date(BASE_MS + n * 60_000).toISOString();
const at = (n: number, fields: Fields): EventInput =>
  sampleEvent({ occurred_at: minute(n), targets: [], ...fields });
const person = (id: string, name?: string, email?: string) => ({
  type: 'user' as const,
  id,
  ...(name === undefined ? {} : { name }),
  ...(email === undefined ? {} : { email }),
});

async function get<T>(app: TestApp, path: string): Promise<T> {
  const { status, json, text } = await app.admin<T>('GET', path);
  assert.equal(status, 200, text);
  return json;
}
const actors = async (app: TestApp, tenant: string, rest = '') =>
  await get<{ actors: Actor[]; next_cursor: string | null; notices: Notice[] }>(
    app,
    `/v1/actors?tenant_id=${tenant}${rest}`,
  );
const records = async (app: TestApp, tenant: string, rest = '') =>
  (await get<{ records: RecordEntry[] }>(app, `/v1/records?tenant_id=${tenant}${rest}`)).records;
const suggest = async (app: TestApp, tenant: string, rest: string) =>
  (await get<Suggestions>(app, `/v1/events/suggest?tenant_id=${tenant}&${rest}`)).suggestions;

async function define(app: TestApp, project: string): Promise<void> {
  const sentences = ['{actor} did it'];
  const definition: Definition = {
    project,
    label: project,
    event_types: {
      work: {
        label: 'Work',
        actions: {
          'page.opened': { label: 'Opened', sentences },
          'file.opened': { label: 'Opened', sentences },
          'file.closed': { label: 'Closed', sentences },
        },
      },
    },
    views: { page: { label: 'Page', reach: 'P30D' } },
    roles: {},
  };
  const { status, text } = await app.admin('PUT', `/v1/projects/${project}`, { definition });
  assert.equal(status, 200, text);
}

onBothDatabases('people and records', (open) => {
  test('an actor has its latest name, and is found by every name it ever had', async () => {
    const app = await open();
    // The later event comes first: names go by when something happened.
    await app.record('names', [
      at(5, { actor: person('u_1', 'Dana Schmidt-Müller', 'dana.s@a.example') }),
      at(1, { actor: person('u_1', 'Dana Müller', 'dana@a.example') }),
      at(3, { actor: person('u_2', 'Ana Ruiz') }),
      at(4, { actor: { type: 'system' } }),
    ]);
    // In a batch of its own: one that does not say the name does not take it away.
    await caughtUp(app, 'names');
    await app.record('names', [at(2, { actor: person('u_1') }), at(6, { actor: person('u_2') })]);
    await caughtUp(app, 'names');
    const all = await actors(app, 'names');
    assert.deepEqual(
      all.actors.map(({ id, name }) => [id, name]),
      [
        ['u_2', 'Ana Ruiz'],
        ['u_1', 'Dana Schmidt-Müller'],
      ],
    );
    const [, dana] = all.actors;
    assert.deepEqual(dana, {
      type: 'user',
      id: 'u_1',
      name: 'Dana Schmidt-Müller',
      email: 'dana.s@a.example',
      former_names: ['Dana Müller', 'dana@a.example'].toSorted((one, other) =>
        one.toLowerCase() < other.toLowerCase() ? -1 : 1,
      ),
      first_seen: minute(1),
      last_seen: minute(5),
      events: 3,
    });
    for (const search of ['dana mu', 'MULLER', 'schmidt', 'u_1', 'dana@a']) {
      const found = await actors(app, 'names', `&search=${encodeURIComponent(search)}`);
      assert.deepEqual(
        found.actors.map(({ id }) => id),
        ['u_1'],
        search,
      );
    }
    const [suggested] = await suggest(app, 'names', 'field=actor&prefix=dana%20mu');
    assert.equal(suggested?.value, 'u_1');
    assert.equal(suggested.label, 'Dana Schmidt-Müller');
    assert.equal(suggested.matched, 'Dana Müller');
  });

  test('what one event names in several ways is found by each of them', async () => {
    const app = await open();
    const house = { type: 'house', id: 'h-1' } as const;
    await app.record('twice', [
      at(1, {
        actor: person('u-1', 'Ann Lee', 'ann@a.example'),
        on_behalf_of: [person('u-1', 'Anna Li', 'anna@b.example')],
        targets: [
          { ...house, role: 'primary' },
          { ...house, role: 'parent', name: 'Old Mill' },
        ],
      }),
    ]);
    await caughtUp(app, 'twice');
    const names = ['ann lee', 'anna li', 'li', 'ann@a.example', 'anna@b.example', 'old mill'];
    for (const q of [...names.map((name) => `party:"${name}"*`), 'target:"old mill"']) {
      const path = `/v1/events?tenant_id=twice&q=${encodeURIComponent(q)}`;
      assert.equal((await get<EventPage>(app, path)).events.length, q.includes('"li"') ? 0 : 1, q);
    }
    const [mill] = await records(app, 'twice', '&search=mill');
    assert.equal(mill?.name, 'Old Mill');
    const [ann] = (await actors(app, 'twice', '&search=anna')).actors;
    assert.deepEqual([ann?.name, ann?.former_names], ['Ann Lee', ['Anna Li', 'anna@b.example']]);
    assert.equal(ann?.events, 1);
  });

  test('lists go by who was seen last, page by page', async () => {
    const app = await open();
    const events = Array.from({ length: 25 }, (_, n) => at(n, { actor: person(`p_${n}`) }));
    await app.record('pages', events);
    const seen: (string | undefined)[] = [];
    let cursor: string | null = null;
    do {
      const rest: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: Awaited<ReturnType<typeof actors>> = await actors(
        app,
        'pages',
        `&limit=10${rest}`,
      );
      seen.push(...page.actors.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(seen, events.map(({ actor }) => actor.id).toReversed());
    const foreign = (await actors(app, 'pages', '&limit=1')).next_cursor;
    const { status } = await app.admin('GET', `/v1/records?tenant_id=pages&cursor=${foreign}`);
    assert.equal(status, 400, 'a cursor is good for its own list only');
  });

  test('a record ends by its delete and begins by a later create, in order of time', async () => {
    const app = await open();
    const act = (n: number, id: string, operation: EventInput['operation'], more: Fields = {}) =>
      at(n, { targets: [{ type: 'document', id }], ...(operation ? { operation } : {}), ...more });
    await app.record('ends', [
      act(3, 'gone', 'delete'),
      act(1, 'gone', 'create'),
      act(1, 'back', 'create'),
      act(5, 'back', 'create'),
      act(3, 'back', 'delete'),
      act(2, 'kept', 'delete', { outcome: { result: 'denied' } }),
      at(4, {
        operation: 'delete',
        targets: [
          { type: 'document', id: 'page' },
          { type: 'folder', id: 'parent', role: 'parent' },
        ],
      }),
    ]);
    const ends = Object.fromEntries(
      (await records(app, 'ends')).map(({ id, deleted_at }) => [id, deleted_at]),
    );
    assert.deepEqual(ends, {
      gone: minute(3),
      back: null,
      kept: null,
      page: minute(4),
      parent: null,
    });
    assert.deepEqual(
      (await records(app, 'ends', '&type=folder')).map(({ id }) => id),
      ['parent'],
    );
  });

  test('values are proposed by how often they are, keys by their names', async () => {
    const app = await open();
    await app.record('values', [
      ...Array.from({ length: 3 }, (_, n) => at(n, { action: 'member.role_changed' })),
      at(4, { action: 'document.role_set' }),
      at(5, { action: 'login' }),
    ]);
    await caughtUp(app, 'values');
    const values = async (rest: string) =>
      (await suggest(app, 'values', rest)).map(({ value }) => value);
    assert.deepEqual(await values('field=action&prefix=ro'), [
      'member.role_changed',
      'document.role_set',
    ]);
    assert.deepEqual(await values('field=activity&prefix=member'), ['Member role changed']);
    assert.deepEqual(await values('field=key&prefix=outc'), ['outcome', 'outcome.reason']);
    assert.deepEqual(await values('field=outcome'), ['success']);
    assert.equal((await values('field=action&limit=1')).length, 1);
  });

  test('a view finds people as the index does, and says what it leaves out', async () => {
    const app = await open();
    await define(app, 'seen');
    const [old, now] = [
      person('u_1', 'Dana van Schmidt-Müller', 'dana.s@a.example'),
      person('u_1', 'Dana Ruiz', 'ruiz@a.example'),
    ];
    const events = [
      at(1, { actor: old }),
      at(2, { actor: { ...old, name: 'DANA VAN SCHMIDT-MÜLLER' } }),
    ];
    const path = '/v1/events?project=seen&tenant_id=seen';
    assert.equal((await app.admin('POST', path, [...events, at(3, { actor: now })])).status, 201);
    // A view shows what was just recorded, the whole log what the index has.
    for (const view of ['page', 'log', 'page']) {
      if (view === 'log') await caughtUp(app, 'seen');
      const rest = `&project=seen&view=${view}`;
      for (const search of ['dana', 'van schmidt-mu', 'muller', 'dana.s@', 'ruiz@a', 'U_1']) {
        const asked = `${rest}&search=${encodeURIComponent(search)}`;
        assert.equal((await actors(app, 'seen', asked)).actors.length, 1, `${view} ${search}`);
      }
      for (const search of ['example', 's@a', '1', 'iz']) {
        const asked = `${rest}&search=${encodeURIComponent(search)}`;
        assert.deepEqual((await actors(app, 'seen', asked)).actors, [], `${view} ${search}`);
      }
      const { actors: found, notices } = await actors(app, 'seen', rest);
      const former = found.map(({ former_names }) =>
        former_names.map((name) => name.toLowerCase()),
      );
      assert.deepEqual(former, [['dana van schmidt-müller', 'dana.s@a.example']]);
      const codes = notices.map(({ code }) => code);
      assert.deepEqual(codes, view === 'log' ? [] : ['clamped_by_reach'], view);
      const asked = `${rest.slice(1)}&field=actor&prefix=`;
      const [before] = await suggest(app, 'seen', `${asked}van%20schmidt`);
      assert.equal(before?.matched?.toLowerCase(), 'dana van schmidt-müller');
      const [present] = await suggest(app, 'seen', `${asked}ruiz`);
      assert.deepEqual([present?.label, present?.matched], ['Dana Ruiz', undefined]);
    }
  });

  test('an activity that several actions have is proposed once', async () => {
    const app = await open();
    await define(app, 'activities');
    const path = '/v1/events?project=activities&tenant_id=activities';
    const actions = ['page.opened', 'file.opened', 'file.opened', 'file.closed'];
    const events = actions.map((action, n) => at(n, { action }));
    assert.equal((await app.admin('POST', path, events)).status, 201);
    const found = await suggest(app, 'activities', 'project=activities&view=page&field=activity');
    assert.deepEqual(
      found.map(({ value, count }) => [value, count]),
      [
        ['Opened', 3],
        ['Closed', 1],
      ],
    );
  });
});
