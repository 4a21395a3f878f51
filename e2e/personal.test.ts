/**
 * Somebody whose view shows no personal values gets none: not in an answer, not on the page, not in
 * the browser's memory. The same walk by somebody who may see them finds them in all three places.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EventPage } from '@annals/contract/routes';
import type { Page } from 'playwright-core';
import { definitionOf, loadBlueprints } from '../packages/server/src/demo.ts';
import { openStage, rowsOf, type Stage } from './stage.ts';

const PLACE = { project: 'casework', tenant_id: 'cedarvalley' };
const LONG_ENOUGH = 8;
const PAGE_EVENTS = 500;

let stage: Stage;
let secrets: readonly string[];
before(
  async () => {
    stage = await openStage(['casework']);
    secrets = await namesInLog();
  },
  { timeout: 120_000 },
);
after(() => stage.close());

/** What is personal by itself: names and addresses of persons, networks, reasons; not of staff. */
async function namesInLog(): Promise<string[]> {
  const blueprint = (await loadBlueprints()).find(({ name }) => name === PLACE.project);
  assert.ok(blueprint);
  const definition = await definitionOf(blueprint);
  const { resource_types: types = {} } = definition;
  // What things are called is no secret, though a message may be called the same.
  const words = JSON.stringify(definition);
  const found = new Set<string>();
  const staff = new Set<unknown>();
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ ...PLACE, limit: String(PAGE_EVENTS) });
    if (cursor !== null) query.set('cursor', cursor);
    const { json }: { json: EventPage } = await stage.app.admin('GET', `/v1/events?${query}`);
    for (const { actor, targets = [], context, reason } of json.events) {
      staff.add(actor.name).add(actor.email);
      const texts = targets.flatMap(({ type, name, email }) =>
        types[type]?.person ? [name, email] : [],
      );
      for (const text of [...texts, context?.ip, reason?.text]) {
        const isTelling = typeof text === 'string' && text.length >= LONG_ENOUGH;
        if (isTelling && /[ @.]/.test(text)) found.add(text);
      }
    }
    cursor = json.next_cursor;
  } while (cursor !== null);
  return [...found].filter((text) => !staff.has(text) && !words.includes(text));
}

interface Seen {
  readonly answers: string;
  readonly pages: string;
  readonly memory: string;
}

async function memoryOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  const { strings } = JSON.parse(chunks.join('')) as { strings: string[] };
  return strings.join('\n');
}

/** Looks at the log, an event in all its parts, a record and the lists; answers all that came. */
async function lookAround(role: string, view: string): Promise<Seen> {
  const page = await stage.person({ ...PLACE, roles: [role] });
  const answers: Promise<string>[] = [];
  page.on('response', (response) => {
    if (!response.url().includes('/v1/')) return;
    answers.push(response.text().catch(() => ''));
  });
  const pages: string[] = [];
  const keep = async () => {
    pages.push(await page.content());
  };
  const home = `/p/${PLACE.project}/${PLACE.tenant_id}`;
  await page.goto(`${home}/log/${view}?from=now-90d&q=target.type:case`);
  await rowsOf(page).first().waitFor();
  await page.getByRole('grid').hover();
  await page.mouse.wheel(0, 4_000);
  await keep();
  await rowsOf(page).first().click();
  const drawer = page.getByRole('complementary');
  await drawer.getByRole('heading', { level: 2 }).waitFor();
  await keep();
  await drawer.getByRole('tab', { name: 'JSON' }).click();
  await keep();
  const record = await stage.app.admin<EventPage>(
    'GET',
    `/v1/events?${new URLSearchParams({ ...PLACE, q: 'target.type:case', limit: '1' })}`,
  );
  const id = record.json.events[0]?.targets?.find(({ type }) => type === 'case')?.id;
  assert.ok(typeof id === 'string');
  for (const path of [`record/case/${id}`, 'actors', 'records']) {
    await page.goto(`${home}/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    await keep();
  }
  await page.goto(`${home}/log/${view}?from=now-90d`);
  await rowsOf(page).first().waitFor();
  const memory = await memoryOf(page);
  await page.close();
  return { answers: (await Promise.all(answers)).join('\n'), pages: pages.join('\n'), memory };
}

const among = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

describe('personal values', { timeout: 180_000 }, () => {
  test('who may not see them gets none', async () => {
    const { answers, pages, memory } = await lookAround('external_auditor', 'external_audit');
    assert.deepEqual(
      { answers: among(answers), pages: among(pages), memory: among(memory) },
      { answers: [], pages: [], memory: [] },
    );
  });

  test('who may see them gets them: the same look finds them', async () => {
    const { answers, pages, memory } = await lookAround('admin', 'audit_preparation');
    for (const [place, text] of Object.entries({ answers, pages, memory })) {
      assert.ok(among(text).length > 0, place);
    }
  });
});
