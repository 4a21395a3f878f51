/**
 * Every route, asked by every kind of principal, at every kind of place. What is decided stands in
 * tables, written by hand and not made from the contract: read them, each cell is a decision.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ROUTES, type ScopedRouteName } from '@annals/contract/routes';
import {
  type Asker,
  type Askers,
  askersAt,
  askersOf,
  definitionOf,
  holdersOfOneRight,
  send,
  strangersAt,
} from '../../test/askers.ts';
import { onBothDatabases, type TestApp } from '../../test/harness.ts';
import { invite } from '../../test/people.ts';
import {
  ASK,
  ASK_OWN,
  type Asked,
  fillPlace,
  nothingAt,
  type OwnRouteName,
  type Place,
} from '../../test/places.ts';

import {
  BY_ONE_RIGHT,
  CLOSED,
  ENDED,
  FOREIGN,
  GROUPS,
  HOME,
  OTHER,
} from '../../test/principal-tables.ts';

const SCOPED = Object.keys(ASK);
/** Routes that the contract does not have. */
const HOUSE = ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs/'];

/**
 * What stands in a cell, by the code of the answer. `+`: done. `~`: allowed, and then refused for
 * a reason that has nothing to do with who asks.
 */
const CELLS: Readonly<Record<string, string>> = {
  unauthenticated: '·',
  forbidden: '-',
  view_not_granted: 'v',
  capability_not_granted: 'x',
  not_found: '0',
  tenant_closed: 'c',
  tenant_not_allowed: 't',
};

interface Cells {
  readonly columns: readonly string[];
  readonly rows: ReadonlyMap<string, readonly string[]>;
}

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Rows of a group may be followed by one of them that is decided otherwise. */
function cellsOf(table: string): Cells {
  const [head = '', ...lines] = table.split('\n').filter((line) => line.trim() !== '');
  const columns = words(head);
  const rows = new Map<string, readonly string[]>();
  for (const line of lines) {
    const all = words(line);
    const names = all.splice(0, all.length - columns.length);
    for (const name of names.flatMap((one) => words(GROUPS[one] ?? one))) rows.set(name, all);
  }
  return { columns, rows };
}

const AT_HOME = cellsOf(HOME);

/** A short table, completed by what is decided as at home. */
function completed({ columns, rows }: Cells): Cells {
  const places = columns.map((column) => AT_HOME.columns.indexOf(column));
  const all = SCOPED.map((name) => {
    const cells = places.map((at) => AT_HOME.rows.get(name)?.[at] ?? '');
    return [name, rows.get(name) ?? cells] as const;
  });
  return { columns, rows: new Map(all) };
}

const line = (name: string, cells: readonly string[]) =>
  `${name.padEnd(20)} ${cells.map((cell) => cell.padEnd(2)).join(' ')}`.trimEnd();

/** Fails with the rows that differ, as they stand in a table. */
function assertSame(actual: Cells, expected: Cells): void {
  const wrong = [...actual.rows].flatMap(([name, cells]) => {
    const decided = expected.rows.get(name) ?? [];
    if (cells.join() === decided.join()) return [];
    return [line(name, cells), line('  should be', decided)];
  });
  const head = line('', actual.columns);
  assert.ok(wrong.length === 0, `decided otherwise:\n${[head, ...wrong].join('\n')}`);
}

const isScoped = (name: string): name is ScopedRouteName => Object.hasOwn(ASK, name);
const isOwn = (name: string): name is OwnRouteName => Object.hasOwn(ASK_OWN, name);

interface Answered {
  readonly cell: string;
  /** Of a refusal. */
  readonly told: string;
}

/** Of a problem, or of the first of the events that were refused. */
const codeIn = (text: string): string => {
  const { code, rejected } = JSON.parse(text);
  return code ?? rejected?.[0]?.code;
};

function requestOf(name: string, { gives }: Asker, place: Place): Asked {
  if (isScoped(name)) return ASK[name](place, gives);
  return isOwn(name) ? ASK_OWN[name] : { path: name };
}

async function ask(app: TestApp, name: string, asker: Asker, place: Place): Promise<Answered> {
  const { path, body } = requestOf(name, asker, place);
  const method = isScoped(name) || isOwn(name) ? ROUTES[name].method : 'GET';
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { ...asker.headers(), ...type };
  const answer = await send(app.url + path, { method, headers }, body);
  assert.ok(answer.status < 500, `${name}: ${answer.text}`);
  if (answer.status < 400) return { cell: '+', told: '' };
  const told = answer.text.replace(/"request_id":"[^"]*"/, '');
  return { cell: CELLS[codeIn(answer.text)] ?? '~', told };
}

/** Who is removed is there for nobody else: each asks for another one. */
async function withPerson(app: TestApp, { project, tenant, ...place }: Place): Promise<Place> {
  const email = `${randomUUID()}@a.example`;
  const memberships = [{ project, tenant_id: tenant, roles: ['reader'] }];
  const { person } = await invite(app, email, memberships);
  return { ...place, project, tenant, personId: person.person_id };
}

/** Requests at once. */
const TOGETHER = 8;

interface Asking {
  readonly app: TestApp;
  readonly place: Place;
  readonly askers: Askers;
  readonly names: readonly string[];
  /** What is told of a place that is not there must be told of this one, too. */
  readonly nothing?: Place;
  readonly afterRow?: (name: string) => Promise<void>;
}

/** Row by row, so that only those meet who ask for the same. */
async function decided({ app, place, askers, names, nothing, afterRow }: Asking): Promise<Cells> {
  const rows = new Map<string, readonly string[]>();
  const cellOf = async (name: string, asker: Asker) => {
    const at = name === 'removePerson' ? await withPerson(app, place) : place;
    const { cell, told } = await ask(app, name, asker, at);
    if (nothing !== undefined && cell === '0') {
      const control = await ask(app, name, asker, nothing);
      assert.equal(told, control.told, `${name} tells that something is there`);
    }
    return cell;
  };
  for (const name of names) {
    const cells: string[] = [];
    const waiting = Object.values(askers);
    while (waiting.length > 0) {
      const some = waiting.splice(0, TOGETHER);
      cells.push(...(await Promise.all(some.map((asker) => cellOf(name, asker)))));
    }
    rows.set(name, cells);
    await afterRow?.(name);
  }
  return { columns: Object.keys(askers), rows };
}

/** Strangers as one column: all of them are decided alike. */
async function decidedForNobody(asking: Asking): Promise<Cells> {
  const { columns, rows } = await decided(asking);
  const alike = [...rows].map(([name, cells]) => {
    const others = columns.filter((_who, i) => cells[i] !== cells[0]);
    assert.deepEqual(others, [], `${name} is decided otherwise than for ${columns[0]}`);
    return [name, cells.slice(0, 1)] as const;
  });
  return { columns: ['no'], rows: new Map(alike) };
}

const beside = (one: Cells, other: Cells): Cells => ({
  columns: [...one.columns, ...other.columns],
  rows: new Map(
    [...one.rows].map(([name, cells]) => [name, [...cells, ...(other.rows.get(name) ?? [])]]),
  ),
});

async function close(app: TestApp, tenant: string): Promise<void> {
  const closed = await app.admin('POST', `/v1/tenants/${tenant}/close?project=shop`, {});
  assert.equal(closed.status, 200, closed.text);
}

/** From now on everything that proves something is refused before it costs the time of a hash. */
async function wearOut(app: TestApp): Promise<void> {
  const { path, body } = ASK_OWN.signInCode;
  for (;;) {
    if ((await app.call('POST', path, { body })).status === 429) return;
  }
}

async function prepare(app: TestApp) {
  for (const project of ['shop', 'other']) {
    const body = { definition: definitionOf(project) };
    const put = await app.admin('PUT', `/v1/projects/${project}`, body);
    assert.equal(put.status, 200, put.text);
  }
  const fill = (tenant: string, project = 'shop') =>
    fillPlace(app, { project, tenant, mark: `of-${tenant}` });
  const elsewhere = await fill('acme', 'other');
  const home = await fill('acme');
  const askers = await askersAt(app, home, elsewhere.project);
  const [closed, ended] = [await fill('closed'), await fill('ended')];
  const ofClosed = await askersOf(app, closed, askers);
  const ofEnded = await askersOf(app, ended, askers);
  for (const { tenant } of [closed, ended]) await close(app, tenant);
  await app.sql("UPDATE tenant SET ends_at = 1 WHERE tenant_id = 'ended'");
  const strangers = await strangersAt(app, home);
  await wearOut(app);
  return {
    home: { app, place: home, askers },
    foreign: { app, place: await fill('foreign'), askers, nothing: nothingAt('shop', 'nobody') },
    other: { app, place: elsewhere, askers, nothing: nothingAt('nowhere', 'nobody') },
    closed: { app, place: closed, askers: ofClosed },
    ended: { app, place: ended, askers: ofEnded },
    strangers,
    holders: await holdersOfOneRight(app, home),
  };
}

const only = (askers: Askers, columns: readonly string[]): Askers =>
  Object.fromEntries(Object.entries(askers).filter(([name]) => columns.includes(name)));

/** As a short table says it, of those whom it names. */
async function assertDecided(table: string, asking: Omit<Asking, 'names'>): Promise<void> {
  const expected = completed(cellsOf(table));
  const askers = only(asking.askers, expected.columns);
  assertSame(await decided({ ...asking, askers, names: SCOPED }), expected);
}

test('the table has every route', () => {
  assert.deepEqual([...AT_HOME.rows.keys()].sort(), [...Object.keys(ROUTES), ...HOUSE].sort());
});

onBothDatabases('every principal', (open) => {
  let prepared: ReturnType<typeof prepare> | undefined;
  const start = async () => {
    const app = await open();
    prepared ??= prepare(app);
    return await prepared;
  };

  test('at a foreign tenant', async () => {
    await assertDecided(FOREIGN, (await start()).foreign);
  });

  test('at another project', async () => {
    await assertDecided(OTHER, (await start()).other);
  });

  test('at a closed tenant', async () => {
    const { closed } = await start();
    const afterRow = async (name: string) => {
      if (name === 'reopenTenant') await close(closed.app, closed.place.tenant);
    };
    await assertDecided(CLOSED, { ...closed, afterRow });
  });

  test('at a tenant that has ended', async () => {
    await assertDecided(ENDED, (await start()).ended);
  });

  test('with a single right', async () => {
    const { home, holders } = await start();
    const { columns, rows } = await decided({ ...home, askers: holders, names: SCOPED });
    const mayDo = (at: number) =>
      SCOPED.filter((name) => ['+', '~'].includes(rows.get(name)?.[at] ?? ''));
    const actual = columns.map((right, at) => [right, mayDo(at).sort()]);
    const expected = Object.entries(BY_ONE_RIGHT);
    const sorted = expected.map(([right, names]) => [right, words(names).sort()]);
    assert.deepEqual(Object.fromEntries(actual), Object.fromEntries(sorted));
  });

  // The last, since who asks signs out in the end.
  test('at the own tenant', async () => {
    const { home, strangers } = await start();
    const names = [...AT_HOME.rows.keys()];
    const nobody = await decidedForNobody({ ...home, askers: strangers, names });
    assertSame(beside(nobody, await decided({ ...home, names })), AT_HOME);
  });

  test('nobody is told the same, whatever is wrong', async () => {
    const { home, strangers } = await start();
    const told = new Map<boolean, Set<string>>();
    for (const asker of Object.values(strangers)) {
      const answer = await ask(home.app, 'listEvents', asker, home.place);
      const hasKey = asker.headers()['authorization']?.startsWith('Bearer ') === true;
      told.set(hasKey, (told.get(hasKey) ?? new Set()).add(answer.told));
    }
    assert.deepEqual([told.get(true)?.size, told.get(false)?.size], [1, 1]);
  });
});
