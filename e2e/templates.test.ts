/** Templates on screen: written beside a preview, listed, run, sent, changed; no barriers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openStage, rowsOf, type Stage } from './stage.ts';
import { assertAccessible } from './test/barriers.ts';

const ADMIN = { project: 'appointments', tenant_id: 'larkspur', roles: ['admin'] };
const READER = { project: 'incidents', tenant_id: 'helvetia-grid', roles: ['audit_logs'] };
const REPORTS = '/p/appointments/larkspur/reports';
const TEMPLATES = `${REPORTS}?tab=templates`;
const NEW = `${REPORTS}/templates/new`;

let stage: Stage;
before(
  async () => {
    stage = await openStage(['appointments', 'incidents']);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

const rowOf = (page: Page, title: string): Locator =>
  page.getByRole('row').filter({ has: page.getByRole('button', { name: `More for ${title}` }) });

/** Something of the menu of a template. */
async function choose(page: Page, title: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${title}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

const save = (page: Page) => page.getByRole('button', { name: /^Save/ }).click();
const saysOf = async (field: Locator, text: RegExp) => {
  const id = await field.getAttribute('aria-describedby');
  const about = field.page().locator(`[id="${id}"]`);
  await about.getByRole('alert').filter({ hasText: text }).waitFor();
};

describe('templates', { timeout: 180_000 }, () => {
  test('S0.29 S0.32 one is made with title, type and schedule, beside its preview', async () => {
    const page = await stage.person(ADMIN);
    await rowsOf(page).first().waitFor();
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.getByRole('tab', { name: 'Templates' }).click();
    await page.getByText(/^A template asks the same question again/).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'New template' }).first().click();
    await page.locator('input:focus').waitFor();
    await page.keyboard.type('Last week in the branches');
    await page.getByLabel('Type').selectOption({ index: 0 });
    assert.equal(await page.getByLabel('Range').inputValue(), 'yesterday');
    await page.getByLabel('Runs').selectOption('week');
    assert.equal(await page.getByLabel('Range').inputValue(), 'last_week');
    await page.getByLabel('On', { exact: true }).selectOption('Tuesday');
    await page.getByLabel('At', { exact: true }).fill('05:30');
    await page
      .getByText(/^Tue \d+ \w+, 05:30$/)
      .nth(2)
      .waitFor();
    const rows = page.getByRole('region', { name: 'Preview' }).getByRole('row');
    await rows.nth(1).waitFor();
    const heads = await page.getByRole('columnheader').allInnerTexts();
    assert.ok(heads.length > 3, heads.join());
    await save(page);
    const row = rowOf(page, 'Last week in the branches');
    await row.waitFor();
    assert.equal(new URL(page.url()).search, '?tab=templates');
    const text = await row.innerText();
    assert.match(text, /Audits · Last full week · CSV/);
    assert.match(text, /Every Tuesday at 05:30\s+Europe\/Berlin\s+Tue \d+ \w+, 05:30/);
    assert.match(text, /None yet\s+Active\s+admin@larkspur\.example/);
    await page.close();
  });

  test('S0.30 it runs, and its file is in the history and fetched', async () => {
    const page = await stage.person(ADMIN);
    await page.goto(TEMPLATES);
    const title = 'Last week in the branches';
    await page.getByRole('button', { name: new RegExp(`^${title}`) }).click();
    await page.getByText('Next runs').waitFor();
    await page.getByText('Nobody: its files wait in Export history').waitFor();
    await page.getByRole('button', { name: `Run now: ${title}` }).click();
    await rowOf(page, title).getByRole('link', { name: 'Completed' }).waitFor();
    await page.getByRole('status').getByRole('link', { name: 'Export history' }).click();
    const file = page.getByRole('row', { name: /Last week in the branches \d/ });
    await file.getByText('Completed').waitFor();
    assert.match(await file.innerText(), /admin@larkspur\.example\s+Audits[\s\S]+By template/);
    const saved = page.waitForEvent('download');
    await file.getByRole('link', { name: /^Download/ }).click();
    assert.match((await saved).suggestedFilename(), /^Last week in the branches 2.+\.csv$/);
    await page.close();
  });

  test('what is refused is said at its field', async () => {
    const page = await stage.person(ADMIN);
    await page.goto(NEW);
    await page.getByLabel('Title').fill('Wrong');
    await page.getByLabel('Only events that match').fill('actor:(');
    await saysOf(page.getByLabel('Only events that match'), /./);
    await page.getByLabel('Only events that match').fill('');
    await page.getByLabel('Runs').selectOption('cron');
    await page.getByLabel('Cron line').fill('*/5 * * * *');
    await saysOf(page.getByLabel('Cron line'), /^Must run at most once an hour\.$/);
    await page.getByLabel('Cron line').fill('30 2 * * 1-5');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Mars/Olympus');
    await saysOf(page.getByRole('combobox', { name: 'Time zone' }), /IANA/);
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Zurich');
    await page.getByRole('button', { name: 'Add a recipient' }).click();
    await page.getByLabel('Address').fill('audit@larkspur.example');
    await save(page);
    await saysOf(page.getByLabel('Address'), /ANNALS_SMTP/);
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Remove this recipient' }).click();
    await save(page);
    await rowOf(page, 'Wrong').getByText('By the cron line 30 2 * * 1-5').waitFor();
    await page.close();
  });

  test('a secret is shown once, a delivery tried, and it is paused, changed, removed', async () => {
    const page = await stage.person(ADMIN);
    await page.goto(NEW);
    await page.getByLabel('Title').fill('To a hook');
    await page.getByLabel('Runs').selectOption('never');
    await page.getByRole('button', { name: 'Add a recipient' }).click();
    await page.getByLabel('Send by').selectOption('Webhook');
    await page.getByLabel('URL').fill('https://hooks.larkspur.invalid/audit');
    await save(page);
    await page.getByText(/^whsec_/).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Put away' }).click();
    const row = rowOf(page, 'To a hook');
    await row.getByText('Only when run').waitFor();
    await choose(page, 'To a hook', 'Test delivery');
    const dialog = page.getByRole('dialog', { name: 'Test delivery of To a hook' });
    await dialog.getByText('✕ Failed').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: /^To a hook/ }).click();
    const sent = page.getByRole('region', { name: 'What was sent' });
    await sent.getByText('Webhook https://hooks.larkspur.invalid/audit').waitFor();
    await choose(page, 'To a hook', 'Pause');
    await row.getByText('Paused').waitFor();
    await choose(page, 'To a hook', 'Resume');
    await row.getByText('Active').waitFor();
    await choose(page, 'To a hook', 'Edit');
    assert.equal(await page.getByLabel('Runs').inputValue(), 'never');
    await page.getByLabel('Title').fill('To another hook');
    await save(page);
    await choose(page, 'To another hook', 'Remove…');
    const remove = page.getByRole('dialog', { name: 'Remove To another hook' });
    await remove.getByRole('button', { name: 'Remove' }).click();
    await rowOf(page, 'To another hook').waitFor({ state: 'detached' });
    await page.close();
  });

  test('by keys alone one is opened, and almost removed', async () => {
    const page = await stage.person(ADMIN);
    await page.goto(REPORTS);
    await page.getByRole('tab', { name: 'Export history' }).focus();
    await page.keyboard.press('ArrowRight');
    const title = page.getByRole('button', { name: /^Last week in the branches/ });
    await title.waitFor();
    await title.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Next runs').waitFor();
    const focused = page.locator(':focus');
    const isMore = async () =>
      (await focused.getAttribute('aria-label')) === 'More for Last week in the branches';
    await page.keyboard.press('Tab');
    while (!(await isMore())) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('[role="menuitem"]:focus').waitFor();
    await page.keyboard.press('r');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /^Remove/ }).waitFor();
    await page.keyboard.press('Escape');
    assert.ok(await isMore());
    await page.close();
  });

  test('who may not schedule sees no templates', async () => {
    const page = await stage.person(READER);
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.getByRole('button', { name: 'New report' }).waitFor();
    assert.equal(await page.getByRole('tab').count(), 0);
    assert.equal(await page.getByRole('button', { name: 'New template' }).count(), 0);
    await page.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      test(`are free of barriers at ${width} px, ${colorScheme}`, async () => {
        const page = await stage.person(ADMIN, { viewport: { width, height: 844 }, colorScheme });
        for (const path of [TEMPLATES, NEW]) {
          await page.goto(path);
          if (path === TEMPLATES) await page.getByRole('button', { name: /^Last week/ }).click();
          await page.getByText('Next runs').waitFor();
          const scrolled = await page.evaluate('document.documentElement.scrollWidth');
          assert.ok(Number(scrolled) <= width, `${scrolled} px`);
          await assertAccessible(page);
        }
        await page.close();
      });
    }
  }
});
