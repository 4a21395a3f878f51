import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openStage, rowsOf, type Stage } from './stage.ts';

let stage: Stage;
before(
  async () => {
    stage = await openStage(['casework', 'incidents', 'identity', 'appointments']);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

const grid = (page: Page): Locator => page.getByRole('grid');
const summary = (page: Page): Locator => page.getByTestId('histogram-summary');
const CASEWORK = '/p/casework/cedarvalley/log/audit_preparation?from=now-90d';

describe('the log page', { timeout: 120_000 }, () => {
  test('S1.16 shows the columns of the view, the newest first', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    await rowsOf(page).first().waitFor();
    assert.match(await page.getByRole('banner').innerText(), /^Cedar Valley/);
    const heads = await grid(page).getByRole('columnheader').allInnerTexts();
    assert.deepEqual(
      heads.map((head) => head.replace(/ ?[↓↑]$/, '').trim()),
      [...['Timestamp', 'User ID', 'Action Description', 'Affected Resources', 'Outcome', 'More']],
    );
    const times = await rowsOf(page)
      .locator('time')
      .evaluateAll((all) => all.map((one) => one.getAttribute('datetime') ?? ''));
    assert.deepEqual(times, times.toSorted().reverse());
    await page.close();
  });

  test('S1.15 names the filters that are missing, and searches once they are there', async () => {
    const page = await stage.page();
    await page.goto('/p/casework/cedarvalley/log/audit_logs');
    await page.getByText('Choose Application, Record to search.').waitFor();
    assert.equal(await grid(page).count(), 0);
    await page.getByRole('button', { name: /^Application/ }).click();
    await page
      .getByRole('dialog', { name: 'Application' })
      .getByRole('button', { name: /Engage/ })
      .click();
    await page.keyboard.press('Escape');
    await page.getByText('Choose Record to search.').waitFor();
    assert.match(decodeURIComponent(page.url()), /q=application:engage/);
    await page.close();
  });

  test('a facet shows only what is clicked, its minus all but that', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    const facets = page.getByRole('navigation', { name: 'Most frequent' });
    await facets.getByRole('button', { name: /^Failure/ }).click();
    await page
      .getByRole('combobox', { name: 'Search the log' })
      .and(page.locator('[value="outcome:failure"]'))
      .waitFor();
    await facets.getByRole('button', { name: 'Without Failure' }).click();
    assert.equal(new URL(page.url()).searchParams.get('q'), '-outcome:failure');
    await page.close();
  });

  test('a query that cannot be read is said where it is, and the rows stay', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    await rowsOf(page).first().waitFor();
    const before = await rowsOf(page).first().innerText();
    const bar = page.getByRole('combobox', { name: 'Search the log' });
    await bar.fill('outcome:denied actor:');
    await bar.press('Escape');
    await bar.press('Enter');
    await page.getByRole('alert').getByText('A value is missing after "actor:".').waitFor();
    assert.equal(await rowsOf(page).first().innerText(), before);
    await page.close();
  });

  test('by keyboard alone: find, open, read, close, and be where one was', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    await rowsOf(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('outcome:denied');
    await page.keyboard.press('Enter');
    await summary(page)
      .getByText(/^\d+ events/)
      .waitFor();
    await page.waitForURL(/outcome/);
    await page.locator('[role="grid"] [data-outcome="denied"]').first().waitFor();
    await page.locator('[role="row"][tabindex="0"]').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('complementary');
    await drawer.getByText('Denied').waitFor();
    await drawer.locator('h2:focus').waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await page.locator('[role="row"][data-line="1"]:focus').waitFor();
    await page.close();
  });

  test('bars are chosen by keyboard, zoomed into, and left again', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    await summary(page).getByText('bar 1 day').waitFor();
    const slider = page.getByRole('slider', { name: 'Events over time' });
    await slider.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    await summary(page)
      .getByText(/bar (1 h|30 min|15 min|3 h)/)
      .waitFor();
    await slider.focus();
    await page.keyboard.press('Backspace');
    await summary(page).getByText('bar 1 day').waitFor();
    await page.close();
  });

  test('the address brings everything back, and a link means the same tomorrow', async () => {
    const page = await stage.page({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`${CASEWORK}&q=outcome:failure&order=asc`);
    await rowsOf(page).first().click();
    await page.getByRole('complementary').getByRole('button', { name: 'Link' }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const { searchParams } = new URL(link);
    assert.match(searchParams.get('from') ?? '', /^\d{4}-\d\d-\d\dT/);
    assert.equal(searchParams.get('tz'), 'Europe/Berlin');
    assert.equal(searchParams.get('order'), 'asc');
    const heading = await page
      .getByRole('complementary')
      .getByRole('heading', { level: 2 })
      .innerText();
    await page.goto(link);
    await page.getByRole('complementary').getByRole('heading', { name: heading }).waitFor();
    await page.close();
  });

  test('a search is saved by name in this browser, found again, and forgotten', async () => {
    const page = await stage.page();
    await page.goto(`${CASEWORK}&q=outcome:failure`);
    await rowsOf(page).first().waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const panel = page.getByRole('dialog', { name: 'Save this search' });
    await panel.getByLabel('Name').fill('What went wrong');
    await panel.getByRole('button', { name: 'Save' }).click();
    await page.goto(CASEWORK);
    const bar = page.getByRole('combobox', { name: 'Search the log' });
    await bar.click();
    await page.getByRole('option', { name: /^What went wrong/ }).click();
    await page.waitForURL(/q=outcome/);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await panel.getByRole('button', { name: 'Forget "What went wrong"' }).click();
    await page.getByText('"What went wrong" is forgotten.').waitFor();
    await page.goto(CASEWORK);
    await bar.click();
    await page.getByRole('option').first().waitFor();
    assert.equal(await page.getByRole('option', { name: /^What went wrong/ }).count(), 0);
    await page.close();
  });

  test('what is loaded is on paper, with its question and its link', async () => {
    const page = await stage.page();
    await page.goto(`${CASEWORK}&q=initiator:system`);
    await rowsOf(page).first().waitFor();
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    const paper = page.locator('.printed');
    assert.match(await paper.getByRole('heading').innerText(), /^Audit preparation · Cedar Valley/);
    const text = await paper.innerText();
    assert.match(text, /initiator:system · Last 90 days · Europe\/Berlin/);
    const events = Number(/^(\d+) events$/m.exec(text)?.[1]);
    assert.equal(await paper.locator('tbody tr').count(), events);
    assert.match(text, /q=initiator/);
    assert.ok(!(await page.getByRole('grid').isVisible()));
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.equal(await paper.count(), 0);
    await page.close();
  });

  test('S0.20 S4.14 a range that is too long is refused with one that is not', async () => {
    const page = await stage.page();
    await page.goto('/p/appointments/larkspur/log/audits?from=all');
    await page.getByText(/^One search covers 90 days; this is /).waitFor();
    await page.getByRole('button', { name: /^Use / }).click();
    await rowsOf(page).first().waitFor();
    await page.close();
  });

  test('S0.23 S0.24 a view with a delay says so and offers nothing live', async () => {
    const page = await stage.page();
    await page.goto('/p/appointments/larkspur/log/audits?from=now-30d');
    await page.getByText(/^Events appear 6 hours after they happen\. Shown up to /).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Live' }).count(), 0);
    await page.close();
  });
});
