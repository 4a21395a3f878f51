/**
 * The page about the demo tells the truth: each query in its tables is asked of a real server
 * that was filled as `--demo` fills it, and finds as many events as the page says.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '@annals/contract/catalog';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { EventCount } from '@annals/contract/find';
import { matcherOf } from '@annals/contract/match';
import { parseQuery } from '@annals/contract/query';
import type { EventPage, Tenant } from '@annals/contract/routes';
import { demoEvents } from '../../../blueprints/demo/demo.ts';
import { startTestApp, type TestApp, verifyAll } from '../test/harness.ts';
import { fillDemo } from './demo.ts';

const PAGE = new URL('../../../docs/guide/demo.md', import.meta.url);
const EVENTS = 50_000;
/** An answer longer than this share of a tenant's log would not be a find. */
const SHARE_MOST = 0.05;
/** How far a tenant may be from the size that the page gives it: its days differ. */
const ABOUT = 0.15;
const QUESTIONS_LEAST = 30;

interface Question {
  readonly question: string;
  readonly tenant: string;
  readonly q: string;
  readonly events: number;
}

const page = await readFile(PAGE, 'utf8');

const ABOUT_PROJECT = 0.03;

/** The rows of the tables that begin with this title; each must have the form of the others. */
function rowsUnder(title: string, form: RegExp): string[][] {
  const tables = page.split('\n\n').filter((block) => block.startsWith(`| ${title}`));
  return tables.flatMap((table) => {
    const [, , ...rows] = table.trim().split('\n');
    return rows.map((row) => {
      const [, ...cells] = form.exec(row) ?? assert.fail(`not as the other rows: ${row}`);
      return cells;
    });
  });
}

const projects = rowsUnder(
  'project',
  /^\| `(\w+)` +\| .+? +\| about ([\d,]+) +\| (.+?) +\| (.*)\|$/,
).map(([project = '', events, open = '', closed = '']) => {
  const tenantsIn = (cell: string) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
  return { project, events, open: tenantsIn(open), closed: tenantsIn(closed) };
});

const numberOf = (text = ''): number => Number(text.replaceAll(',', ''));
const questions = rowsUnder(
  'The question',
  /^\| (.+?) +\| `(\w+)` +\| `(.+?)` +\| ([\d,]+) +\| .+ \|$/,
).map(
  ([question = '', tenant = '', q = '', events]): Question => ({
    question,
    tenant,
    q,
    events: numberOf(events),
  }),
);
const sizes = new Map(
  rowsUnder('tenant', /^\| `(\w+)` +\| .+ \| about ([\d,]+) +\|$/).map(([tenant = '', events]) => [
    tenant,
    numberOf(events),
  ]),
);

async function caughtUp(app: TestApp, tenant: string): Promise<void> {
  const [row] = await app.sql('SELECT tenant_no FROM tenant WHERE tenant_id = ?', tenant);
  for (let look = 0; look < 1_200; look++) {
    const { indexed, size } = await app.app.store.counts.reach(Number(row?.['tenant_no']));
    if (indexed === size) return;
    await sleep(50);
  }
  assert.fail(`the index of ${tenant} does not catch up`);
}

async function ask<T>(app: TestApp, route: string, asked: Record<string, string>): Promise<T> {
  const search = new URLSearchParams({ project: 'demo', ...asked });
  const { status, json, text } = await app.admin<T>('GET', `/v1/events${route}?${search}`);
  assert.equal(status, 200, `${search}: ${text}`);
  return json;
}

/** How many events all pages have, oldest first: on a busy machine a page may stop early. */
async function found(app: TestApp, asked: Record<string, string>): Promise<number> {
  let events = 0;
  let cursor: string | null = null;
  do {
    const asking = { ...asked, order: 'asc', limit: '500' };
    const page: EventPage = await ask<EventPage>(
      app,
      '',
      cursor === null ? asking : { ...asking, cursor },
    );
    events += page.events.length;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return events;
}

describe('the demo on a server', () => {
  let app: TestApp;
  const said: string[] = [];
  before(async () => {
    app = await startTestApp({ dialect: 'sqlite' });
    await fillDemo(app.app, (line) => said.push(line));
    for (const tenant of sizes.keys()) await caughtUp(app, tenant);
  });
  after(() => app.stop());

  test('is filled once, with as many events as it says', async () => {
    assert.match(said[0] ?? '', new RegExp(`^Project "demo": ${EVENTS} events in [\\d.]+ s`));
    const start = await readFile(new URL('start.md', PAGE), 'utf8');
    const keys = said.filter((line) => line.includes(' ann_'));
    assert.match(start, new RegExp(`The other keys, ${keys.length} for the roles of six projects`));
    const again: string[] = [];
    await fillDemo(app.app, (line) => again.push(line));
    assert.deepEqual(
      again.map((line) => /^The project "(\w+)" is there already/.exec(line)?.[1]),
      ['demo', ...projects.map(({ project }) => project)],
    );
    let all = 0;
    for (const [tenant, size] of sizes) {
      const { count, exact } = await ask<EventCount>(app, '/count', { tenant_id: tenant });
      assert.ok(exact && Math.abs(count - size) <= size * ABOUT, `${tenant}: ${count}`);
      all += count;
    }
    assert.equal(all, EVENTS);
    await verifyAll(app);
  });

  for (const { project, events, open, closed } of projects) {
    test(`has the project ${project}, and tenants that may read or may not`, async () => {
      const { json } = await app.admin<{ tenants: readonly Tenant[] }>(
        'GET',
        `/v1/tenants?project=${project}`,
      );
      // The project's own log is no customer's.
      const tenants = json.tenants.filter(({ tenant_id }) => tenant_id !== '_annals');
      const sum = tenants.reduce((all, tenant) => all + tenant.events, 0);
      const about = numberOf(events);
      assert.ok(Math.abs(sum - about) <= about * ABOUT_PROJECT, `${sum}`);
      const named = [...open, ...closed];
      assert.deepEqual(tenants.map(({ tenant_id }) => tenant_id).sort(), named.toSorted());
      for (const tenant of named) {
        const path = `/v1/catalog?project=${project}&tenant_id=${tenant}`;
        const { json: catalog } = await app.admin<Catalog>('GET', path);
        assert.equal(catalog.closed === null, open.includes(tenant), tenant);
      }
    });
  }

  for (const { question, tenant, q, events } of questions) {
    test(`${question} ${q}`, async () => {
      const asked = { tenant_id: tenant, q };
      assert.equal(await found(app, asked), events);
      const { count, exact } = await ask<EventCount>(app, '/count', asked);
      assert.deepEqual([count, exact], [events, true]);
      assert.ok(events < SHARE_MOST * (sizes.get(tenant) ?? 0));
    });
  }
});

describe('the page about the demo', () => {
  test('has many questions, of every tenant, each another', () => {
    assert.ok(questions.length >= QUESTIONS_LEAST);
    assert.deepEqual(new Set(questions.map(({ tenant }) => tenant)), new Set(sizes.keys()));
    assert.equal(new Set(questions.map(({ q }) => q)).size, questions.length);
  });

  // Midnight after a weekend, the last moment of a day in one, and a day of summer time.
  for (const now of ['2026-03-02T00:00:00.000Z', '2024-12-28T23:59:59.999Z', '2026-07-01T12:00Z']) {
    test(`tells the truth at ${now}`, () => {
      const events: EventInput[] = [
        ...demoEvents({
          seed: 11,
          nowMs: Date.parse(now),
          count: 20_000,
        }),
      ];
      const logs = Map.groupBy(events, ({ tenant_id }) => tenant_id);
      for (const { tenant, q, events: expected } of questions) {
        const matches = matcherOf(parseQuery(q));
        // The predicate reads nothing that the server adds.
        const answer = (logs.get(tenant) ?? []).filter((event) => matches(event as ReadEvent));
        assert.equal(answer.length, expected, q);
      }
    });
  }
});
