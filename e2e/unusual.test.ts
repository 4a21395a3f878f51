/** Unusual on screen: turned on, found, looked into, judged; and free of barriers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { watchedSince } from '../packages/server/test/watching.ts';
import { openStage, rowsOf, type Stage } from './stage.ts';
import { assertAccessible } from './test/barriers.ts';
import { DELETED_AT, recordDeletions, WATCHED } from './test/deletions.ts';

const PAGE = '/p/demo/acme/unusual';
const ADMIN = { project: 'demo', tenant_id: 'acme', roles: ['admin'] };
const HOUR_MS = 3_600_000;

let stage: Stage;
before(
  async () => {
    stage = await openStage(['demo']);
    await recordDeletions(stage.app);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

const deletes = (page: Page) =>
  page.getByRole('listitem').filter({ hasText: /Ngozi Eze deleted (4\d|50) records/ });

describe('unusual', { timeout: 180_000 }, () => {
  test('S1.3 off until somebody turns it on, who reads first what it means', async () => {
    const page = await stage.person(ADMIN);
    await page.getByRole('link', { name: 'Unusual' }).click();
    await page.getByText(/^It watches what people do/).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Turn on' }).click();
    const dialog = page.getByRole('dialog', { name: 'Watch what people do' });
    await dialog.getByText(/works council/).waitFor();
    await assertAccessible(page);
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await page.getByText(/^Learning what is usual|^Watched up to/).waitFor();
    await page.close();
  });

  test('S1.20 a finding leads to its events, and is judged', async () => {
    await watchedSince(stage.app, WATCHED, DELETED_AT - 24 * HOUR_MS);
    const page = await stage.person(ADMIN);
    await page.goto(PAGE);
    const row = deletes(page);
    await row.waitFor();
    await assertAccessible(page);
    const figure = /deleted (\d+) records/.exec(await row.innerText())?.[1];
    await row.getByRole('link', { name: 'Events' }).click();
    await rowsOf(page).first().waitFor();
    await page.getByText(`${figure} events`).first().waitFor();
    await page.goBack();
    await row.getByRole('button', { name: 'Needs a look…' }).click();
    const look = page.getByRole('dialog', { name: 'Needs a look' });
    await look.getByLabel('Note').fill('Ask Ngozi');
    await look.getByRole('button', { name: 'Needs a look' }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Needs a look', exact: true }).click();
    await row.getByText('Ask Ngozi').waitFor();
    await row.getByRole('button', { name: 'Expected…' }).click();
    const expected = page.getByRole('dialog', { name: 'Expected' });
    await expected.getByLabel('7 days').check();
    await assertAccessible(page);
    await expected.getByRole('button', { name: 'Expected' }).click();
    await page.goto(`${PAGE}?state=expected`);
    await row.getByText(/not found again until/).waitFor();
    await page.close();
  });

  test('a small screen scrolls one way, in the dark too', async () => {
    const page = await stage.person(ADMIN, {
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
    });
    await page.goto(`${PAGE}?state=expected`);
    await deletes(page).waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(width) <= 390, `${width} px`);
    await assertAccessible(page);
    await page.close();
  });
});
