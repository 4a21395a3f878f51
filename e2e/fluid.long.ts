/**
 * A log of a million events stays fluid: nobody who scrolls through 50 pages, selects ranges or
 * clicks facets waits for the page itself. Long tasks are what the browser calls them
 * (https://www.w3.org/TR/longtasks-1/): whatever keeps the page from answering for over 50 ms.
 */
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { createWorkload } from '../bench/workload.ts';
import { openStage, rowsOf, type Stage } from './stage.ts';

const EVENTS = 1_000_000;
const BATCH = 1_000;
const SPAN_MS = 80 * 86_400_000;
const TENANT = 'tenant-1';
const PAGES = 50;
const PAGE_EVENTS = 100;
/** What no task may take, in ms. */
const TASK_MOST = 200;

let stage: Stage;
before(
  async () => {
    stage = await openStage([]);
    const workload = createWorkload(1);
    const startMs = Date.now() - SPAN_MS;
    for (let first = 0; first < EVENTS; first += BATCH) {
      const events = Array.from({ length: BATCH }, (_, offset) => {
        const atMs = startMs + Math.floor(((first + offset) / EVENTS) * SPAN_MS);
        return { ...workload.event(first + offset, atMs), tenant_id: TENANT };
      });
      const { status, text } = await stage.app.admin('POST', '/v1/events', events);
      assert.equal(status, 201, text);
    }
    while ((await stage.app.app.search.followers.state()).lag > 0) await sleep(200);
  },
  { timeout: 900_000 },
);
after(() => stage.close());

/** How long the longest task took since the last call, in ms. */
const longest = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const tasks: number[] = Reflect.get(globalThis, 'tasks');
    return Math.max(0, ...tasks.splice(0));
  });

/** No task since the last call may have kept the page from answering for long. */
async function staysFluid(page: Page, t: TestContext): Promise<void> {
  const task = await longest(page);
  t.diagnostic(`longest task ${Math.round(task)} ms`);
  assert.ok(task <= TASK_MOST, `${task} ms`);
}

async function openLog(): Promise<Page> {
  const page = await stage.page();
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(`/p/default/${TENANT}/log/log?from=now-90d`);
  await rowsOf(page).first().waitFor();
  await page
    .getByText(/1,000,000 events/)
    .first()
    .waitFor();
  return page;
}

describe('a million events on screen', { timeout: 300_000 }, () => {
  test('50 pages are scrolled through', async (t) => {
    const page = await openLog();
    await page.getByRole('grid').hover();
    const reached = () =>
      rowsOf(page)
        .last()
        .getAttribute('aria-rowindex')
        .then((index) => Number(index));
    const started = performance.now();
    while ((await reached()) < PAGES * PAGE_EVENTS) await page.mouse.wheel(0, 2_000);
    t.diagnostic(`50 pages in ${Math.round(performance.now() - started)} ms`);
    await staysFluid(page, t);
    await page.close();
  });

  test('ranges are selected, zoomed into and left again', async (t) => {
    const page = await openLog();
    await longest(page);
    const days = page.getByTestId('histogram-summary').getByText('bar 1 day');
    const bars = page.getByRole('slider', { name: 'Events over time' });
    for (let round = 0; round < 5; round++) {
      await days.waitFor();
      await bars.focus();
      await page.keyboard.press('End');
      for (let step = 0; step < 8; step++) await page.keyboard.press('Shift+ArrowLeft');
      await page.keyboard.press('Enter');
      await days.waitFor({ state: 'detached' });
      await rowsOf(page).first().waitFor();
      await bars.focus();
      await page.keyboard.press('Backspace');
    }
    await staysFluid(page, t);
    await page.close();
  });

  test('facets are clicked one after the other', async (t) => {
    const page = await openLog();
    await longest(page);
    const facets = page.getByRole('navigation', { name: 'Most frequent' });
    for (let group = 0; group < 6; group++) {
      const value = facets.getByRole('list').nth(group).getByRole('button').first();
      await value.click();
      await rowsOf(page).first().waitFor();
      await value.click();
      await rowsOf(page).first().waitFor();
    }
    await staysFluid(page, t);
    await page.close();
  });
});
