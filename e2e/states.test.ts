/** The states of screens §7, T1 to T25: each is brought about and read on the page. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStage, rowsOf, type Stage } from './stage.ts';

let stage: Stage;
before(
  async () => {
    stage = await openStage(['appointments', 'casework', 'identity', 'incidents']);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

const CASEWORK = '/p/casework/cedarvalley/log/audit_preparation?from=now-90d';
const INCIDENTS = '/p/incidents/helvetia-grid/log/audit';
const DATE = String.raw`\d{1,2} \w+ \d{4}`;

const DAY_MS = 86_400_000;
const dayBefore = (days: number): string =>
  new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
const daysAgo = (from: number, to: number): string => `from=${dayBefore(from)}&to=${dayBefore(to)}`;

/** What an address says by itself. */
const SHOWN: readonly (readonly [state: string, path: string, text: RegExp])[] = [
  [
    'T5 a delay',
    '/p/appointments/larkspur/log/audits?from=now-30d',
    /^Events appear 6 hours after they happen\. Shown up to .+, \d\d:\d\d\.$/,
  ],
  [
    'T6 a range that is too long',
    '/p/appointments/larkspur/log/audits?from=now-120d',
    /^One search covers 90 days; this is 12\d days\.$/,
  ],
  [
    'S0.21 T7 the first day of a log',
    '/p/appointments/larkspur/log/audits?from=2024-12-20&to=2025-01-20',
    /^This log begins on 1 Jan(uary)? 2025\. Shown from there\.$/,
  ],
  [
    'T8 the reach of a role',
    '/p/identity/cascadia-outfitters/log/console?from=now-60d',
    /^Your role sees the last 30 days here\.$/,
  ],
  [
    'T9 filters to choose',
    '/p/casework/cedarvalley/log/audit_logs?from=now-7d',
    /^Choose Application, Record to search\.$/,
  ],
  [
    'T10 a right that is lacking',
    '/p/incidents/helvetia-grid/log/log_use?from=now-7d&as=audit_logs',
    /^This page needs the permission "Account owner"\. Ask your administrator\.$/,
  ],
  [
    'T10 a role without any log',
    `${INCIDENTS}?from=now-7d&as=responder`,
    /^This page is not for your role\. Ask your administrator\.$/,
  ],
  [
    'T11 a plan',
    '/p/casework/lantern/log/audit_preparation?from=now-7d&as=admin',
    /^Audit logs are part of the Enterprise plan\.$/,
  ],
  [
    'T12 an add-on',
    '/p/appointments/tamarack/log/audits?from=now-7d&as=admin',
    /^Audit logs need Advanced Analytics\.$/,
  ],
  [
    'T13 a demo',
    '/p/appointments/showroom/log/audits?from=now-7d&as=admin',
    /^Demo instances have no audit log\.$/,
  ],
  [
    'T13 not turned on',
    '/p/appointments/prairierose/log/audits?from=now-7d&as=admin',
    /^Audit logs are not turned on for this organization\.$/,
  ],
  [
    'T14 since when is recorded',
    `/p/incidents/kaufhaus-lindner/log/audit?as=account_owner&${daysAgo(170, 100)}`,
    new RegExp(`^Recording began on ${DATE}; nothing earlier exists\\.$`),
  ],
  [
    'T15 since when a type is recorded',
    `${INCIDENTS}?from=2026-04-15&to=2026-05-15&q=target.type:runbook`,
    /^Runbook is recorded since 1 May 2026\.$/,
  ],
];

const textOn = (page: Page, text: RegExp | string) => page.getByText(text).first();
/** Questions for rows, which the page under test must wait for or lose. */
const ROWS = /\/v1\/events(\?|\/search)/;

describe('states of the screens', { timeout: 180_000 }, () => {
  for (const [state, path, text] of SHOWN) {
    test(state, { timeout: 20_000 }, async () => {
      const page = await stage.page();
      await page.goto(path);
      await textOn(page, text).waitFor({ timeout: 10_000 });
      await page.close();
    });
  }

  for (const [state, path, sentence] of [
    ['T1 what somebody did', `${CASEWORK}&q=operation:grant`, / gave .+ the role admin/],
    [
      'T2 the same without what the reader may not see',
      CASEWORK.replace('audit_preparation', 'external_audit').concat('&q=operation:update'),
      / changed .+ of the case case_\d+/,
    ],
    ['T3 the system', `${CASEWORK}&q=initiator:system`, /System .+ the Resource Email of /],
    [
      'T4 support in somebody’s name',
      '/p/appointments/larkspur/log/everything?from=now-90d&q=actor.type:support',
      / \(support\), as .+, changed /,
    ],
  ] as const) {
    test(state, async () => {
      const page = await stage.page();
      await page.goto(path);
      await rowsOf(page).filter({ hasText: sentence }).first().click();
      const title = page.getByRole('complementary').getByRole('heading', { level: 2 });
      await title.filter({ hasText: sentence }).waitFor();
      await page.close();
    });
  }

  test('T16 nothing in a range, but in a longer one: one click away', async () => {
    const page = await stage.page();
    await page.goto(`${CASEWORK.replace('now-90d', 'now-1h')}&q=operation:delete`);
    await textOn(page, /^Nothing in last hour; \d+ events? in last 30 days\.$/).waitFor();
    await page.getByRole('button', { name: 'Show last 30 days' }).click();
    await rowsOf(page).first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('from'), 'now-30d');
    await page.close();
  });

  test('T17 a log without any event tells how the first one comes in', async () => {
    await stage.app.admin('PUT', '/v1/tenants/untouched?project=casework', { plan: 'enterprise' });
    const page = await stage.page({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto('/p/casework/untouched/log/audit_preparation?from=now-7d');
    await textOn(page, 'Waiting for your first event…').waitFor();
    await page.getByRole('button', { name: 'Copy curl' }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^curl http:.+\/v1\/events .+"tenant_id":"untouched"/);
    await page.close();
  });

  test('T18 a long search says how long, and can be given up', async () => {
    const page = await stage.page();
    await page.route(ROWS, () => {
      // Nothing answers.
    });
    await page.goto(CASEWORK);
    await textOn(page, /^Searching, [2-9] s\./).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[data-waiting]').waitFor({ state: 'detached' });
    await page.unroute(ROWS);
    await page.getByRole('button', { name: 'Try again' }).click();
    await rowsOf(page).first().waitFor();
    await page.close();
  });

  test('T19 no answer: it says so, and the same is asked again', async () => {
    const page = await stage.page();
    let isDown = true;
    await page.route(ROWS, (route) =>
      isDown
        ? route.fulfill({
            status: 500,
            headers: { 'x-request-id': 'req_7f3a' },
            contentType: 'application/problem+json',
            body: JSON.stringify({ status: 500, code: 'internal', title: 'x', detail: 'x' }),
          })
        : route.continue(),
    );
    await page.goto(CASEWORK);
    await textOn(page, 'The log did not answer; nothing is lost.').waitFor();
    await textOn(page, 'Support: req_7f3a').waitFor();
    isDown = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await rowsOf(page).first().waitFor();
    await page.close();
  });

  test('T19 offline', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    await rowsOf(page).first().waitFor();
    await page.context().setOffline(true);
    await page.getByRole('combobox', { name: 'Search the log' }).fill('outcome:denied');
    await page.keyboard.press('Enter');
    await textOn(page, 'This browser is offline; nothing is lost.').waitFor({ timeout: 25_000 });
    await page.close();
  });

  test('T20 a session that ended: after the sign-in the search is there', async () => {
    const page = await stage.page();
    await page.context().clearCookies();
    await page.goto(`${CASEWORK}&q=outcome:failure`);
    await textOn(page, 'Sign in to go on; your search is kept.').waitFor();
    await page.getByLabel('E-mail').fill('dana@example.com');
    await page.getByLabel('Password').fill('a long enough password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await rowsOf(page).first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('q'), 'outcome:failure');
    await page.close();
  });

  test('T20 a session that ends while somebody reads', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    await rowsOf(page).first().waitFor();
    await page.context().clearCookies();
    await page.getByRole('combobox', { name: 'Search the log' }).fill('outcome:failure');
    await page.keyboard.press('Enter');
    await textOn(page, 'Your session ended. Sign in; this search is kept.').waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await textOn(page, 'Sign in to go on; your search is kept.').waitFor();
    await page.close();
  });

  test('T24 a file that could not be made says why, and whom to ask', async () => {
    const { exportsDir } = stage.app.config;
    await rm(exportsDir, { recursive: true, force: true });
    // No folder can be made here.
    await writeFile(exportsDir, '');
    const page = await stage.page();
    await page.goto(CASEWORK);
    await page.getByRole('button', { name: 'Export…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    const text = /Failed after 0 rows: .+\. Try again, or contact support with [0-9a-f-]{36}\./;
    await dialog.getByText(text).waitFor();
    await rm(exportsDir);
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.close();
  });

  test('T22 T23 what leaves is known beforehand, and recorded', async () => {
    const page = await stage.page();
    await page.goto(CASEWORK);
    await rowsOf(page).first().waitFor();
    await page.getByRole('button', { name: 'Export…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog
      .getByText(/^[\d,]+ events, .+, about .+B\. The log records this export\.$/)
      .waitFor();
    await dialog.getByText("Check your organization's policy before sharing this file.").waitFor();
    await page.close();
  });

  test('T25 what an erasure takes is said, and typed, before it is taken', async () => {
    const page = await stage.page();
    await page.goto('/p/casework/cedarvalley/settings/erasures');
    await page.getByLabel('Type').fill('person');
    await page.getByLabel('Id', { exact: true }).fill('per_81');
    await page.getByLabel('Legal basis').fill('GDPR Art. 17(1)(b)');
    await page.getByRole('button', { name: 'Start the dry run' }).click();
    await page.getByRole('button', { name: 'Erase', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: /^Erase/ });
    await dialog
      .getByText(/^Erases the values of .+ in (up to )?\d+ events, by .+, for good;/)
      .waitFor();
    const erase = dialog.getByRole('button', { name: 'Erase' });
    assert.ok(await erase.isDisabled());
    await dialog.getByLabel('Type per_81').fill('per_81');
    await erase.click();
    await page.getByRole('button', { name: 'Copy the certificate' }).waitFor();
    await page.close();
  });
});
