/**
 * `npm run shots`: makes the pictures of README and guide from the events of the blueprints, as
 * they look in a real browser. Names given behind it make only those.
 */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { watchedSince } from '../packages/server/test/watching.ts';
import { openStage } from './stage.ts';
import { recordDeletions, WATCHED } from './test/deletions.ts';

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  /** What is done before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

const CASEWORK = '/p/casework/cedarvalley';
const IDENTITY = '/p/identity/cascadia-outfitters';
const LOG = `${CASEWORK}/log/audit_preparation?from=now-90d`;
const firstRow = (page: Page) => page.locator('[role="row"][data-line="1"]');
const settled = async (page: Page): Promise<void> => {
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(300);
};

const SHOTS: readonly Shot[] = [
  { name: 'log', path: LOG },
  { name: 'log-dark', path: LOG, isDark: true },
  {
    name: 'event',
    path: `${IDENTITY}/log/all?from=now-30d&q=changed%3A*%20-actor.type%3Asystem`,
    act: async (page) => {
      await firstRow(page).click();
      await page.getByRole('complementary').getByText('Changes').waitFor();
    },
  },
  {
    name: 'query',
    path: LOG,
    act: async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('actor:pa');
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'time',
    path: LOG,
    act: async (page) => {
      await page.keyboard.press('t');
    },
  },
  { name: 'record', path: `${CASEWORK}/record/case/case_4029?from=all` },
  { name: 'people', path: `${CASEWORK}/actors` },
  {
    name: 'reports',
    path: `${CASEWORK}/reports`,
    act: (page) => page.locator('summary').first().click(),
  },
  {
    name: 'templates',
    path: `${CASEWORK}/reports?tab=templates`,
    act: (page) => page.getByRole('button', { name: /^Nightly check/ }).click(),
  },
  {
    name: 'template',
    path: `${CASEWORK}/reports/templates/new`,
    act: async (page) => {
      await page.getByLabel('Title').fill('Changes of the week');
      await page.getByLabel('Runs').selectOption('week');
      await page.getByLabel('Type').selectOption('Audit preparation');
      await page.getByText(/rows of the file$/).waitFor();
    },
  },
  { name: 'unusual', path: '/p/demo/acme/unusual' },
  { name: 'activity', path: `${CASEWORK}/activity` },
  { name: 'roles', path: `${CASEWORK}/settings/roles` },
  { name: 'small', path: LOG, width: 390, height: 844 },
  {
    name: 'small-event',
    path: LOG,
    width: 390,
    height: 844,
    act: async (page) => {
      await page.getByRole('listitem').getByRole('button').first().click();
    },
  },
];

const wanted = process.argv.slice(2);
const stage = await openStage(['casework', 'identity', 'demo']);
/** Files in the history, the oldest first. */
const FILES = [
  { name: 'Audit preparation, third quarter', from: '2026-07-01', to: '2026-10-01', format: 'csv' },
  { name: 'Denied and failed', q: '-outcome:success', from: 'now-90d', to: 'now', format: 'csv' },
  {
    name: 'Who got admin rights',
    q: 'metadata.role:admin',
    from: 'now-90d',
    to: 'now',
    format: 'csv',
  },
] as const;
for (const { from, to, ...file } of FILES) {
  const day = (text: string) => (text.startsWith('now') ? text : `${text}T00:00:00Z`);
  await stage.app.admin('POST', '/v1/exports?project=casework', {
    ...{ tenant_id: 'cedarvalley', view: 'audit_preparation', flavor: 'spreadsheet' },
    ...{ ...file, from: day(from), to: day(to) },
  });
}
/** Templates, the oldest first; the second has been run. */
const TEMPLATES = [
  {
    ...{ title: 'Nightly check', range: 'yesterday', schedule: '30 2 * * *' },
    ...{ q: '-outcome:success', format: 'csv' },
    recipients: [{ type: 'webhook', to: 'https://hooks.cedarvalley.example/audit' }],
  },
  { title: 'Changes of the month', range: 'last_month', schedule: '0 6 1 * *', format: 'csv' },
  { title: 'For the yearly audit', range: 'last_90_days', format: 'csv' },
] as const;
for (const template of TEMPLATES) {
  const asked = { tenant_id: 'cedarvalley', view: 'audit_preparation', ...template };
  const path = '/v1/reports?project=casework';
  const { json } = await stage.app.admin<{ report_id: string }>('POST', path, {
    ...{ time_zone: 'Europe/Berlin', locale: 'en', ...asked },
  });
  if (template.range !== 'last_month') continue;
  const run = `/v1/reports/${json.report_id}/run?project=casework&tenant_id=cedarvalley`;
  await stage.app.admin('POST', run, {});
}
await recordDeletions(stage.app);
await watchedSince(stage.app, WATCHED, Date.now() - 30 * 86_400_000);
for (const { name, path, width = 1_280, height = 800, isDark = false, act } of SHOTS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const page = await stage.page({
    viewport: { width, height },
    colorScheme: isDark ? 'dark' : 'light',
    deviceScaleFactor: width < 720 ? 2 : 1,
  });
  await page.goto(path);
  await settled(page);
  await act?.(page);
  await settled(page);
  const file = fileURLToPath(new URL(`../docs/pictures/${name}.png`, import.meta.url));
  await page.screenshot({ path: file });
  console.log(file);
  await page.close();
}
await stage.close();
