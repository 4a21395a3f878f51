/** What readers of the five reference systems do on screen, by the numbers of what each needs. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openStage, rowsOf, type Stage } from './stage.ts';

let stage: Stage;
before(
  async () => {
    stage = await openStage(['casework', 'engagement', 'identity', 'incidents']);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

const CASEWORK = { project: 'casework', tenant_id: 'cedarvalley', roles: ['admin'] };

const summary = (page: Page): Locator => page.getByTestId('histogram-summary');

/** Opens a filter by its label, and answers its panel. */
async function filter(page: Page, label: string): Promise<Locator> {
  await page
    .getByRole('button', { name: new RegExp(`^${label}\\b`) })
    .first()
    .click();
  return page.getByRole('dialog', { name: label, exact: true });
}
async function choose(page: Page, label: string, value: RegExp, typed?: string): Promise<void> {
  const panel = await filter(page, label);
  if (typed !== undefined) await panel.getByRole('textbox').fill(typed);
  await panel.getByRole('button', { name: value }).first().click();
  if (await panel.isVisible()) await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
}
/** The texts of one column, once rows are there. */
async function column(page: Page, label: string): Promise<string[]> {
  await rowsOf(page).first().waitFor();
  const heads = await page.getByRole('columnheader').allInnerTexts();
  const at = heads.findIndex((head) => head.replace(/ ?[↓↑]$/, '').trim() === label);
  assert.ok(at >= 0, `${label} of ${heads.join()}`);
  return await rowsOf(page).evaluateAll(
    (rows, index) =>
      rows.map((row) => row.querySelectorAll('[role="gridcell"]')[index]?.textContent ?? ''),
    at,
  );
}
async function untilAll(page: Page, label: string, wanted: RegExp): Promise<void> {
  for (let round = 0; ; round += 1) {
    const texts = await column(page, label);
    if (texts.length > 0 && texts.every((text) => wanted.test(text))) return;
    assert.ok(round < 50, `${label}: ${texts.join(' | ')}`);
    await page.waitForTimeout(100);
  }
}

const optionsOf = async (panel: Locator): Promise<string[]> => {
  await panel.getByRole('listitem').first().waitFor();
  const texts = await panel.getByRole('listitem').allInnerTexts();
  return texts.map((text) => text.split('\n')[0] ?? '').sort();
};

describe('casework on screen', { timeout: 180_000 }, () => {
  const LOG = '/p/casework/cedarvalley/log/audit_logs?from=now-365d';

  /** The log of one record, as the filters that it demands are chosen. */
  async function openRecord(): Promise<Page> {
    const page = await stage.person(CASEWORK);
    await page.goto(LOG);
    await choose(page, 'Application', /^Engage/);
    await choose(page, 'Record', /^J\. Sullivan Case/, 'Sulliv');
    await rowsOf(page).first().waitFor();
    return page;
  }

  test('S1.10 S1.11 S1.12 application, record and dates are demanded', async () => {
    const page = await stage.person(CASEWORK);
    await page.goto(LOG);
    await page.getByText('Choose Application, Record to search.').waitFor();
    const applications = await optionsOf(await filter(page, 'Application'));
    assert.deepEqual(applications, ['Engage', 'Intake', 'People', 'Providers']);
    await page.close();
    const log = await openRecord();
    await log.getByRole('button', { name: 'Record (required) J. Sullivan Case' }).waitFor();
    const all = await rowsOf(log).count();
    await log.getByRole('button', { name: /^Last 365 days/ }).click();
    await log.getByRole('button', { name: 'Last 90 days' }).click();
    await summary(log).getByText('bar 1 day').waitFor();
    assert.ok((await column(log, 'Timestamp')).length < all);
    await log.close();
  });

  test('S1.13 S1.14 narrowed by the e-mail of a user, and by what was done', async () => {
    const page = await openRecord();
    await choose(page, 'User', /^Keisha Barrow/, 'keisha.barrow@');
    await untilAll(page, 'Action Description', /^Keisha Barrow /);
    const ofKeisha = await rowsOf(page).count();
    const operations = await optionsOf(await filter(page, 'Action'));
    for (const one of ['Create', 'Delete', 'Update']) assert.ok(operations.includes(one), one);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Action', exact: true }).waitFor({ state: 'detached' });
    await choose(page, 'Action', /^Update/);
    await untilAll(
      page,
      'Action Description',
      /^Keisha Barrow (changed|renamed|completed|ended|recorded) /,
    );
    assert.ok((await rowsOf(page).count()) < ofKeisha);
    await page.close();
  });

  test('S1.17 S1.18 S1.19 a row opens to values, and to ids of what belongs to it', async () => {
    const page = await stage.person(CASEWORK);
    const q = 'application:engage target:case_204 action:service_enrollment.updated';
    await page.goto(`${LOG}&q=${encodeURIComponent(q)}`);
    await rowsOf(page).first().click();
    const drawer = page.getByRole('complementary');
    await drawer.getByText('Service Offering').waitFor();
    const text = await drawer.innerText();
    for (const part of [
      ...[/Total Cost\n−\nBefore\n\$1,200\.00\n\+\nAfter\n\$1,440\.00/, /Units\n−\nBefore\n12/],
      ...[/Family counseling\n\(Service Enrollment\)\nenr_301\nbelongs to\nJ\. Sullivan Case/],
      ...[/Service Offering\nso_118/, /Service Type\nst_12/, /Person\nper_81/],
    ]) {
      assert.match(text, part);
    }
    await page.close();
  });

  test('S1.22 each of sixteen types is a filter, and finds what was done to it', async () => {
    const page = await stage.person(CASEWORK);
    await page.goto('/p/casework/cedarvalley/log/audit_preparation?from=now-365d');
    for (const [typed, type] of [
      ...[
        ['case', 'Cases'],
        ['reports', 'Reports (Intake)'],
        ['prov', 'Providers'],
      ],
      ...[
        ['peop', 'People'],
        ['enrol', 'Service Enrollment'],
        ['service i', 'Service Interaction'],
      ],
      ...[
        ['note', 'Notes'],
        ['assig', 'Assignments'],
        ['emails', 'Emails'],
        ['sms', 'SMS'],
      ],
      ...[
        ['form', 'Forms'],
        ['attach', 'Attachments'],
        ['meeting', 'Calendar Events'],
      ],
      ...[
        ['relat', 'Relationships'],
        ['task', 'Tasks'],
        ['workf', 'Workflows'],
      ],
    ] as const) {
      const panel = await filter(page, 'Resource');
      await panel.getByRole('textbox').fill(typed);
      // What was there before anything was typed is not an answer.
      await page.waitForTimeout(300);
      await panel.getByRole('button', { name: type }).first().waitFor();
      await page.keyboard.press('Escape');
      await panel.waitFor({ state: 'detached' });
    }
    await choose(page, 'Resource', /^Workflows/, 'workf');
    await untilAll(page, 'Action Description', /workflow | of (Opening|Licensing|Yearly) /);
    await page.close();
  });

  test('S1.23 S1.24 what the system did by itself is found, and told from people', async () => {
    const page = await stage.person(CASEWORK);
    const q = encodeURIComponent('target:case_204');
    await page.goto(`/p/casework/cedarvalley/log/audit_preparation?from=now-365d&q=${q}`);
    await choose(page, 'Initiated by', /^System/);
    await untilAll(page, 'Action Description', /^System /);
    await rowsOf(page).getByText('System created the Resource Email of Sullivan intake').waitFor();
    await page.close();
  });
});

describe('engagement on screen', { timeout: 60_000 }, () => {
  const TENANT = { project: 'engagement', tenant_id: 'riverbend' };

  test('S2.12 S2.13 the report is read here, and exported at its top right', async () => {
    const page = await stage.person({ ...TENANT, roles: ['administrator'] });
    await rowsOf(page).first().waitFor();
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Audit Log');
    const [button, grid] = await Promise.all(
      [page.getByRole('button', { name: 'Export…' }), page.getByRole('grid')].map((one) =>
        one.boundingBox(),
      ),
    );
    assert.ok(button && grid && button.y < grid.y);
    assert.ok(button.x > (grid.x + grid.width) / 2);
    await page.close();
  });

  test('S2.14 without the admin permission there is no report, and whom to ask', async () => {
    const page = await stage.person({ ...TENANT, roles: ['campaign_manager'] });
    await page.getByText('This page is not for your role. Ask your administrator.').waitFor();
    assert.equal(await page.getByText('Audit Log').count(), 0);
    await page.close();
  });
});

describe('identity on screen', { timeout: 120_000 }, () => {
  const TENANT = { project: 'identity', tenant_id: 'cascadia-outfitters' };
  async function openLog(): Promise<Page> {
    const page = await stage.person({ ...TENANT, roles: ['application_admin'] });
    await page.goto('/p/identity/cascadia-outfitters/log/console?from=now-30d');
    return page;
  }

  test('S3.3 S3.4 an event type is all its actions, an activity is one', async () => {
    const page = await openLog();
    await choose(page, 'Event Type', /^Flows/);
    await untilAll(page, 'Event Type', /^(Flows|agentFlowAction)$/);
    assert.ok(new Set(await column(page, 'Activity')).size > 1);
    await page.getByRole('button', { name: 'Clear Event Type' }).click();
    await choose(page, 'Activity', /^User Updated/, 'user upd');
    await untilAll(page, 'Activity', /User Updated$/);
    assert.deepEqual([...new Set(await column(page, 'action'))], ['recordUpdated']);
    await page.close();
  });

  test('S3.28 S3.30 one agent or one profile, asked on the page of all', async () => {
    const page = await openLog();
    await choose(page, 'Agent', /Greg Stemp/, 'greg');
    await untilAll(page, 'Agent', /^Greg Stemp$/);
    await page.getByRole('button', { name: 'Clear Agent' }).click();
    await choose(page, 'Activity', /^User Updated/, 'user upd');
    await untilAll(page, 'Activity', /User Updated$/);
    const [profile = ''] = await column(page, 'Target id');
    await page.getByRole('button', { name: 'Clear Activity' }).click();
    await choose(page, 'Target id', new RegExp(`^${profile}`), profile);
    await untilAll(page, 'Target id', new RegExp(`^${profile}$`));
    await rowsOf(page).first().click();
    const drawer = page.getByRole('complementary');
    for (const part of ['Who', 'What', 'Where', 'More']) {
      await drawer.getByRole('heading', { name: part, exact: true }).waitFor();
    }
    await drawer.getByRole('tab', { name: 'JSON' }).click();
    await drawer.getByText('occurred_at').waitFor();
    await page.close();
  });
});

describe('incidents on screen', { timeout: 60_000 }, () => {
  const TENANT = { project: 'incidents', tenant_id: 'helvetia-grid' };

  test('S4.3 S4.6 with the permission: a log’s row is viewed in full', async () => {
    const page = await stage.person({ ...TENANT, roles: ['audit_logs'] });
    await rowsOf(page).first().hover();
    await rowsOf(page).first().click();
    const drawer = page.getByRole('complementary');
    await drawer.getByRole('heading', { name: 'Who', exact: true }).waitFor();
    await page.close();
    const other = await stage.person({ ...TENANT, roles: ['responder'] });
    await other.getByText('This page is not for your role. Ask your administrator.').waitFor();
    await other.close();
  });

  test('S4.9 a file gets a name, and is CSV or JSON', async () => {
    const page = await stage.person({ ...TENANT, roles: ['audit_logs'] });
    await page.getByRole('button', { name: 'Export…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByLabel('Name').fill('Review of November');
    const formats = dialog.getByRole('group', { name: 'Format' }).getByRole('radio');
    assert.equal(await formats.count(), 2);
    await dialog.getByLabel('JSON').check();
    const saved = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    assert.equal((await saved).suggestedFilename(), 'Review of November.json');
    await page.close();
  });

  test('S4.13 the log reaches back one year, and says so', async () => {
    const page = await stage.person({ ...TENANT, roles: ['audit_logs'] });
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    await page.goto(`/p/incidents/helvetia-grid/log/audit?from=${day(410)}&to=${day(350)}`);
    await page.getByText('Your role sees the last 12 months here.').waitFor();
    await page.close();
  });
});
