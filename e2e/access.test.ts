import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStage, type Stage } from './stage.ts';
import { barriers } from './test/barriers.ts';

/** In the other theme only colours are others. */
const CONTRAST = ['color-contrast'];
const CASEWORK = '/p/casework/cedarvalley';
const LOG = `${CASEWORK}/log/audit_preparation?from=now-90d`;

let stage: Stage;
before(
  async () => {
    stage = await openStage(['casework']);
    const file = { tenant_id: 'cedarvalley', view: 'audit_preparation', format: 'csv' };
    const range = { from: 'now-30d', to: 'now' };
    await stage.app.admin('POST', '/v1/exports?project=casework', { ...file, ...range });
  },
  { timeout: 120_000 },
);
after(() => stage.close());

interface Opened {
  readonly what: string;
  readonly path: string;
  readonly act?: (page: Page) => Promise<unknown>;
}
const PAGES: readonly Opened[] = [
  { what: 'home', path: '/' },
  { what: 'account', path: '/me' },
  { what: 'a log', path: LOG },
  { what: 'a log that needs filters', path: `${CASEWORK}/log/audit_logs` },
  {
    what: 'an event beside the log',
    path: `${LOG}&q=changed%3A*`,
    act: (page) => page.locator('[role="row"][data-line="0"]').click(),
  },
  {
    what: 'the time picker',
    path: LOG,
    act: (page) => page.keyboard.press('t'),
  },
  { what: 'the export', path: LOG, act: (page) => page.keyboard.press('e') },
  { what: 'the keys', path: LOG, act: (page) => page.keyboard.press('?') },
  { what: 'go to', path: LOG, act: (page) => page.keyboard.press('Control+k') },
  {
    what: 'a menu of a row',
    path: LOG,
    act: (page) => page.keyboard.press('.'),
  },
  {
    what: 'proposals of a query',
    path: LOG,
    act: async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('actor:');
      await page.getByRole('option').first().waitFor();
    },
  },
  { what: 'bars as a table', path: LOG, act: (page) => page.getByText('As table').click() },
  {
    what: 'reports',
    path: `${CASEWORK}/reports`,
    act: (page) => page.locator('summary').first().click(),
  },
  {
    what: 'a new report',
    path: `${CASEWORK}/reports`,
    act: (page) => page.getByRole('button', { name: 'New report' }).click(),
  },
  { what: 'unusual, while it is off', path: `${CASEWORK}/unusual` },
  { what: 'people', path: `${CASEWORK}/actors` },
  { what: 'records', path: `${CASEWORK}/records` },
  { what: 'a record', path: `${CASEWORK}/record/case/case_4029?from=all` },
  {
    what: 'fields of a record',
    path: `${CASEWORK}/record/case/case_4029?from=all`,
    act: (page) => page.getByRole('tab', { name: 'Fields' }).click(),
  },
  {
    what: 'a record as it was',
    path: `${CASEWORK}/record/case/case_4029?from=all`,
    act: (page) => page.getByRole('tab', { name: 'As it was' }).click(),
  },
  {
    what: 'days of a person',
    path: `${CASEWORK}/actor/user/u_cv_1054?from=all`,
    act: (page) => page.getByRole('tab', { name: 'Days of the last year' }).click(),
  },
  { what: 'the activity reference', path: `${CASEWORK}/activity` },
  ...['tenants', 'people', 'roles', 'keys', 'sessions', 'project', 'rejects', 'explain', 'erasures']
    .concat('holds')
    .map((page) => ({ what: `settings: ${page}`, path: `${CASEWORK}/settings/${page}` })),
];

/** Until nothing is being loaded; waiting for an idle network takes half a second. */
const settle = async (page: Page): Promise<void> => {
  await page.waitForTimeout(150);
  await page.waitForFunction(() => {
    const isBusy = document.querySelector('[aria-busy="true"], [data-waiting]') !== null;
    return !isBusy && (document.querySelector('main')?.innerText.length ?? 0) > 20;
  });
  await page.waitForTimeout(50);
};

describe('pages for everybody', { timeout: 300_000 }, () => {
  test('axe finds nothing, light or dark', async () => {
    const page = await stage.page();
    const found: Record<string, string[]> = {};
    for (const { what, path, act } of PAGES) {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(path);
      await settle(page);
      await act?.(page);
      await settle(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        // Colours change at once, and are not measured on their way.
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const faults = await barriers(page, colorScheme === 'light' ? undefined : CONTRAST);
        if (faults.length > 0) found[`${what}, ${colorScheme}`] = faults;
      }
    }
    assert.deepEqual(found, {});
    await page.close();
  });

  test('nothing is scrolled sideways at 390 px', async () => {
    const page = await stage.page({ viewport: { width: 390, height: 844 } });
    const wide: string[] = [];
    for (const { what, path } of PAGES.filter(({ act }) => act === undefined)) {
      await page.goto(path);
      await settle(page);
      const width = await page.evaluate(() => {
        const all = [...document.querySelectorAll('main, main > div, body')];
        return Math.max(...all.map((one) => one.scrollWidth));
      });
      if (width > 390) wide.push(`${what}: ${width} px`);
    }
    assert.deepEqual(wide, []);
    await page.close();
  });
});
