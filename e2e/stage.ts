/**
 * What tests of the screens play on: a real server with its pages, projects of blueprints with
 * their events, a person who is signed in, and a browser. Every page that is opened must stay free
 * of errors.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { preparePages } from '@annals/console';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from 'playwright-core';
import { fillBlueprint, loadBlueprints } from '../packages/server/src/demo.ts';
import { startTestApp, type TestApp } from '../packages/server/test/harness.ts';
import { openBrowser } from './browser.ts';

const OWNER = {
  name: 'Dana Keller',
  email: 'dana@example.com',
  password: 'a long enough password',
};

export interface Stage {
  readonly app: TestApp;
  readonly browser: Browser;
  /** A page of whoever owns the instance; errors on it fail the test that closes it. */
  page(options?: BrowserContextOptions): Promise<Page>;
  /** The first page of somebody who has these roles at a tenant, and nothing else. */
  person(seat: Seat, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

export interface Seat {
  readonly project: string;
  readonly tenant_id: string;
  readonly roles: readonly string[];
}

const VIEWPORT = { width: 1440, height: 900 };
const USUAL: BrowserContextOptions = {
  viewport: VIEWPORT,
  timezoneId: 'Europe/Berlin',
  locale: 'en-GB',
};

/** Rows of events, without their head. */
export const rowsOf = (page: Page): Locator =>
  page
    .getByRole('grid')
    .getByRole('row')
    .filter({ has: page.locator('[role="gridcell"]') });

/** Errors that a test brings about itself are answers of the API, which the page tells about. */
const isAnswer = (text: string): boolean => text.startsWith('Failed to load resource');

function watch(page: Page): void {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isAnswer(message.text())) failures.push(message.text());
  });
  page.on('close', () => assert.deepEqual(failures, []));
}

async function signedIn(browser: Browser, app: TestApp): Promise<BrowserContext> {
  const context = await browser.newContext({ ...USUAL, baseURL: app.url });
  const page = await context.newPage();
  await page.goto(app.app.setupPath ?? '/');
  await page.getByLabel('Name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('heading', { name: 'Choose a log' }).waitFor();
  await page.close();
  return context;
}

const emailOf = ({ roles, tenant_id }: Seat): string => `${roles.join('.')}@${tenant_id}.example`;

/** Invites somebody, and comes in as they do. */
async function join(context: BrowserContext, app: TestApp, seat: Seat): Promise<void> {
  const email = emailOf(seat);
  const { status, json, text } = await app.admin<{ link: { path: string } }>('POST', '/v1/people', {
    email,
    memberships: [seat],
  });
  assert.equal(status, 201, text);
  const page = await context.newPage();
  await page.goto(json.link.path);
  await page.getByLabel('Name').fill(email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('button', { name: 'Account' }).waitFor();
  await page.close();
}

/** Opens a stage with the projects of these blueprints. */
export async function openStage(names: readonly string[]): Promise<Stage> {
  const app = await startTestApp({ dialect: 'sqlite', pages: await preparePages() });
  const blueprints = (await loadBlueprints()).filter(({ name }) => names.includes(name));
  for (const blueprint of blueprints) await fillBlueprint(app.app, blueprint, Date.now());
  while ((await app.app.search.followers.state()).lag > 0) await sleep(50);
  const browser = await openBrowser();
  const owner = await signedIn(browser, app);
  const storageState = await owner.storageState();
  const joined = new Map<string, typeof storageState>();
  return {
    app,
    browser,
    async page(options = {}) {
      const context = await browser.newContext({
        ...USUAL,
        ...options,
        baseURL: app.url,
        storageState,
      });
      const page = await context.newPage();
      watch(page);
      return page;
    },
    async person(seat, options = {}) {
      const known = joined.get(emailOf(seat));
      const context = await browser.newContext({
        ...USUAL,
        ...options,
        baseURL: app.url,
        ...(known === undefined ? {} : { storageState: known }),
      });
      if (known === undefined) {
        await join(context, app, seat);
        joined.set(emailOf(seat), await context.storageState());
      }
      const page = await context.newPage();
      watch(page);
      await page.goto('/');
      await page.getByRole('button', { name: 'Account' }).waitFor();
      return page;
    },
    async close() {
      await browser.close();
      await app.stop();
    },
  };
}
