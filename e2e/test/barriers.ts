/** Whether a page keeps anybody out, as far as axe-core can tell. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds on the page as it stands, in a line each. */
export async function barriers(page: Page, rules: readonly string[] = WCAG): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) {
    await page.evaluate(await readFile(AXE, 'utf8'));
  }
  return await page.evaluate(async (tags) => {
    const axe = Reflect.get(globalThis, 'axe');
    const { violations } = await axe.run(document, { runOnly: tags });
    return violations.map(
      ({ id, nodes }: { id: string; nodes: { target: unknown; failureSummary: string }[] }) =>
        `${id}: ${JSON.stringify(nodes[0]?.target)} ${nodes[0]?.failureSummary.split('\n')[1]}`,
    );
  }, rules);
}

export const assertAccessible = async (page: Page): Promise<void> =>
  assert.deepEqual(await barriers(page), []);
