/** What a role has on screen: its pages, its first page, its filters and files, and no more. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { EventPage } from '@annals/contract/routes';
import type { Page } from 'playwright-core';
import { openStage, rowsOf, type Stage } from './stage.ts';

let stage: Stage;
before(
  async () => {
    stage = await openStage(['identity', 'incidents']);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

const IDENTITY = { project: 'identity', tenant_id: 'cascadia-outfitters' };
const INCIDENTS = { project: 'incidents', tenant_id: 'helvetia-grid' };
const identity = (role: string) => stage.person({ ...IDENTITY, roles: [role] });

const menu = (page: Page): Promise<string[]> =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();

/** Somebody whom the log is about, by the query that finds an event of theirs. */
async function firstOf(q: string, of: 'actor' | 'target'): Promise<string> {
  const query = new URLSearchParams({ ...IDENTITY, q, from: 'now-30d', limit: '1' });
  const { json } = await stage.app.admin<EventPage>('GET', `/v1/events?${query}`);
  const [event] = json.events;
  const id = of === 'actor' ? event?.actor.id : event?.targets?.[0]?.id;
  assert.ok(typeof id === 'string', q);
  return id;
}

describe('what a role has on screen', { timeout: 180_000 }, () => {
  for (const [number, role, pages] of [
    [
      'S3.9 S3.12',
      'application_admin',
      ['Audit Logs', 'Use of the audit logs', 'People', 'Records', 'Reports', 'Activity reference'],
    ],
    [
      'S3.9 S3.12',
      'console_access_manager',
      ['Audit Logs', 'People', 'Records', 'Reports', 'Activity reference'],
    ],
    ['S3.10 S3.13', 'console_access_viewer', ['People', 'Activity reference']],
    ['S3.11', 'customer_care_portal_agent', ['Records', 'Activity reference']],
  ] as const) {
    test(`${number} the menu of ${role}`, async () => {
      const page = await identity(role);
      assert.deepEqual(await menu(page), pages);
      await page.close();
    });
  }

  test('a role without any log reads that it has none', async () => {
    const page = await identity('customer_care_portal_agent_viewer');
    await page.getByText('This page is not for your role. Ask your administrator.').waitFor();
    await page.close();
  });

  test('S3.13 S3.25 one agent at a time: named first, and never taken away', async () => {
    const agent = await firstOf('actor.type:user target.type:flow', 'actor');
    const page = await identity('console_access_viewer');
    await page.getByLabel('Id').fill(agent);
    await page.getByRole('button', { name: 'Open' }).click();
    await rowsOf(page).first().waitFor();
    const facets = page.getByRole('navigation', { name: 'Most frequent' });
    const people = facets.getByRole('region', { name: 'Person' }).getByRole('listitem');
    await people.first().waitFor();
    assert.equal(await people.count(), 1, 'nobody else’s actions');
    await rowsOf(page).first().click();
    const drawer = page.getByRole('complementary');
    await drawer.getByText(agent).first().waitFor();
    await page.getByRole('combobox', { name: 'Search the log' }).fill('-actor:*');
    await page.keyboard.press('Enter');
    await page
      .getByText(/Nothing matches this search|Expected/)
      .first()
      .waitFor();
    await page.close();
  });

  test('S3.11 S3.26 one profile’s changes, with what was there before and after', async () => {
    const profile = await firstOf('target.type:profile changed:*', 'target');
    const page = await identity('customer_care_portal_agent');
    await page.getByLabel('Id').fill(profile);
    await page.getByRole('button', { name: 'Open' }).click();
    await rowsOf(page).first().waitFor();
    const heads = await page.getByRole('columnheader').allInnerTexts();
    assert.deepEqual(
      heads.map((head) => head.replace(/ ?[↓↑]$/, '').trim()),
      ['Time', 'Agent', 'Attribute', 'Previous value', 'New value', 'More'],
    );
    await page.close();
  });

  test('S3.22 S3.27 the page of all actions needs no filter and reaches 30 days', async () => {
    const page = await identity('application_admin');
    await rowsOf(page).first().waitFor();
    for (const name of ['Activity', 'Event Type', 'action', 'Agent', 'Target id', 'Outcome']) {
      await page
        .getByRole('button', { name: `${name} any` })
        .first()
        .waitFor();
    }
    await page.getByRole('button', { name: /^Last 7 days/ }).click();
    await page.getByRole('button', { name: 'Last 90 days' }).click();
    await page.getByText('Your role sees the last 30 days here.').waitFor();
    await page.close();
  });

  test('S4.5 S4.7 S4.8 live for a duration; filtered, searched, and that is the file', async () => {
    const page = await stage.person({ ...INCIDENTS, roles: ['audit_logs'] });
    await rowsOf(page).first().waitFor();
    assert.match(page.url(), /\/log\/audit/);
    await page.getByRole('button', { name: 'Live' }).waitFor();
    await page.getByRole('button', { name: /^Last 7 days/ }).click();
    await page.getByRole('button', { name: 'Last 30 days' }).click();
    await page.getByRole('button', { name: /^Outcome/ }).click();
    const choices = page.getByRole('dialog', { name: 'Outcome' });
    await choices.getByRole('button', { name: /Denied/ }).click();
    await page.keyboard.press('Escape');
    await page.waitForURL(/outcome%3Adenied|outcome:denied/);
    const summary = page.getByTestId('histogram-summary');
    const denied = rowsOf(page).filter({ has: page.locator('[data-outcome="denied"]') });
    // Rows and count come by themselves: both are of this search once they agree.
    let expected = 0;
    while (expected === 0 || expected !== (await denied.count())) {
      expected = Number(/^\d+/.exec(await summary.innerText())?.[0] ?? 0);
      await page.waitForTimeout(20);
    }
    await page.getByRole('button', { name: 'Export…' }).click();
    const saved = page.waitForEvent('download');
    await page
      .getByRole('dialog', { name: 'Export' })
      .getByRole('button', { name: 'Export', exact: true })
      .click();
    const path = await (await saved).path();
    const [, ...lines] = (await readFile(path, 'utf8')).trim().split('\r\n');
    assert.equal(lines.length, expected);
    await page.close();
  });
});
