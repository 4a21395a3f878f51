/** Reports on screen: asked for, made, fetched, failed and made again; and their history. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openStage, rowsOf, type Stage } from './stage.ts';

let stage: Stage;
before(
  async () => {
    stage = await openStage(['appointments', 'incidents']);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

const APPOINTMENTS = { project: 'appointments', tenant_id: 'larkspur', roles: ['admin'] };
const INCIDENTS = { project: 'incidents', tenant_id: 'helvetia-grid', roles: ['audit_logs'] };

const dayBefore = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** Asks for a report of these days; what is not said stays as the page proposes it. */
async function generate(page: Page, days: { from: string; to: string }): Promise<Locator> {
  await page.getByRole('link', { name: 'Reports' }).click();
  await page.getByRole('button', { name: 'New report' }).click();
  const dialog = page.getByRole('dialog', { name: 'New report' });
  await dialog.getByLabel('Type').selectOption({ index: 0 });
  await dialog.getByLabel('From').fill(days.from);
  await dialog.getByLabel('To').fill(days.to);
  await dialog.getByRole('button', { name: 'Generate' }).click();
  return dialog;
}

const firstRow = (page: Page): Locator => page.getByRole('table').getByRole('row').nth(1);

describe('reports', { timeout: 180_000 }, () => {
  test('S0.19 S0.22 S0.25 S0.27 generated from Reports, and fetched once it is there', async () => {
    const page = await stage.person(APPOINTMENTS);
    await rowsOf(page).first().waitFor();
    const dialog = await generate(page, { from: dayBefore(30), to: dayBefore(1) });
    await dialog.waitFor({ state: 'detached' });
    const heads = await page.getByRole('columnheader').allInnerTexts();
    assert.deepEqual(heads.slice(0, 5), ['Requested by', 'Type', 'File', 'Generated', 'Status']);
    const row = firstRow(page);
    await row.getByText('Completed').waitFor();
    assert.match(await row.innerText(), /admin@larkspur\.example\s+Audits/);
    const saved = page.waitForEvent('download');
    await row.getByRole('link', { name: /^Download/ }).click();
    const path = await (await saved).path();
    const text = await readFile(path, 'utf8');
    const rows = /([\d,]+) events/.exec(await row.innerText())?.[1]?.replace(',', '');
    assert.equal(text.trim().split('\r\n').length - 1, Number(rows));
    assert.ok(text.startsWith('\uFEFF'), 'for spreadsheets');
    await page.close();
  });

  test('S0.20 S0.31 what is refused is said where it is asked', async () => {
    const page = await stage.person(APPOINTMENTS);
    const dialog = await generate(page, { from: dayBefore(100), to: dayBefore(1) });
    await dialog.getByText(/^One search covers 90 days; this is /).waitFor();
    await dialog.getByText("Check your organization's policy before sharing this file.").waitFor();
    await page.close();
  });

  test('S0.26 S0.28 as many as one likes; one that failed says so and is made again', async () => {
    const page = await stage.person(APPOINTMENTS);
    for (let count = 0; count < 3; count += 1) {
      const dialog = await generate(page, { from: dayBefore(10), to: dayBefore(1) });
      await dialog.waitFor({ state: 'detached' });
    }
    await page
      .getByText('Waiting')
      .or(page.getByText('Running'))
      .first()
      .waitFor({ state: 'detached' });
    const failed = `UPDATE export SET state = 'failed', has_file = 0,
      reason = 'Failed after 0 rows: storage is full. Try again, or contact support with 1.'
      WHERE created_at = (SELECT max(created_at) FROM export)`;
    await stage.app.sql(failed);
    await page.reload();
    const row = firstRow(page);
    await row.getByText('✕ Failed').waitFor();
    await row.getByText(/Try again, or contact support with/).waitFor();
    await row.getByRole('button', { name: 'Try again' }).click();
    await row.getByText('Completed').waitFor();
    assert.ok((await page.getByRole('table').getByRole('row').count()) >= 5);
    await page.close();
  });

  test('S4.9 S4.10 S4.11 an export has a name, and waits in the history', async () => {
    const page = await stage.person(INCIDENTS);
    await rowsOf(page).first().waitFor();
    await page.getByRole('button', { name: 'Export…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByLabel('Name').fill('Review of November');
    await dialog.getByLabel('JSON').check();
    const first = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    assert.equal((await first).suggestedFilename(), 'Review of November.json');
    await page.getByText('Review of November.json is complete.').waitFor();
    await page.getByRole('link', { name: 'Reports' }).click();
    const row = page.getByRole('row', { name: /Review of November/ });
    await row.getByText('Completed').waitFor();
    const again = page.waitForEvent('download');
    await row.getByRole('link', { name: 'Download Review of November.json' }).click();
    const events: unknown = JSON.parse(await readFile(await (await again).path(), 'utf8'));
    assert.ok(Array.isArray(events) && events.length > 0);
    await row.locator('summary').click();
    await row.getByText('SHA-256').waitFor();
    await page.close();
  });

  test('earlier ones than the latest fifty come when they are asked for', async () => {
    const asked = { tenant_id: 'larkspur', view: 'audits', format: 'csv' };
    for (let count = 0; count < 51; count += 1) {
      const body = { ...asked, name: `One of many ${count}`, from: 'now-1d', to: 'now' };
      const { status, text } = await stage.app.admin(
        'POST',
        '/v1/exports?project=appointments',
        body,
      );
      assert.equal(status, 202, text);
    }
    const page = await stage.person(APPOINTMENTS);
    await page.goto('/p/appointments/larkspur/reports');
    await page.getByText('One of many 50', { exact: true }).waitFor();
    assert.equal(await page.getByText('One of many 0', { exact: true }).count(), 0);
    await page.getByRole('button', { name: 'Earlier ones' }).click();
    await page.getByText('One of many 0', { exact: true }).waitFor();
    await page.close();
  });
});
