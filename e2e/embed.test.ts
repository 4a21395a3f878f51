import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { serveProduct } from '../examples/embed/embed.ts';
import { openStage, rowsOf, type Stage } from './stage.ts';

let stage: Stage;
let host: string;
let close: () => void;
before(
  async () => {
    stage = await openStage(['incidents']);
    const { url, adminKey: key } = stage.app;
    const server = serveProduct({ url, key, port: 0 });
    await once(server, 'listening');
    host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => server.close();
  },
  { timeout: 120_000 },
);
after(async () => {
  close();
  await stage.close();
});

describe('<annals-log> in a page of a product', { timeout: 120_000 }, () => {
  test('S4.4 S4.6 reads by a token, under a strict policy, and keeps its place', async () => {
    const page = await stage.page();
    await page.goto(host);
    await rowsOf(page).first().click();
    await page.getByRole('complementary').getByRole('heading', { level: 2 }).waitFor();
    assert.equal(page.url(), `${host}/`, 'the address is the host’s');
    const title = await page.getByRole('complementary').getByRole('heading').first().innerText();
    await page.reload();
    await page.getByRole('complementary').getByRole('heading', { name: title }).waitFor();
    await page.close();
  });

  test('takes no style from the page, gives none, and follows its properties', async () => {
    const page = await stage.page();
    await page.goto(host);
    await rowsOf(page).first().waitFor();
    const before = await page.evaluate(() => {
      const { fontFamily, color } = getComputedStyle(document.querySelector('h1') as Element);
      return `${fontFamily} ${color}`;
    });
    assert.doesNotMatch(before, /system-ui/);
    const found = await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(
        'button { display: none } annals-log { --annals-accent: rgb(200, 0, 100) }',
      );
      document.adoptedStyleSheets = [sheet];
      const button = document.querySelector('annals-log')?.shadowRoot?.querySelector('button');
      const style = button && getComputedStyle(button);
      return [style?.display, style?.getPropertyValue('--annals-accent'), style?.borderTopStyle];
    });
    assert.notEqual(found[0], 'none');
    assert.equal(found[1], 'rgb(200, 0, 100)');
    assert.equal(found[2], 'solid', 'what counts only in documents has a fallback');
    await page.close();
  });

  test('speaks German, and asks for another token when one is refused', async () => {
    const page = await stage.page();
    await page.goto(host);
    await rowsOf(page).first().waitFor();
    let tokens = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/audit-token')) tokens++;
    });
    const { sessions } = (
      await stage.app.admin<{ sessions: { session_id: string }[] }>(
        'GET',
        '/v1/viewer-sessions?project=incidents&tenant_id=helvetia-grid',
      )
    ).json;
    for (const { session_id: id } of sessions) {
      await stage.app.admin('DELETE', `/v1/viewer-sessions/${id}?project=incidents`);
    }
    await page.evaluate(() => document.querySelector('annals-log')?.setAttribute('locale', 'de'));
    await page.getByRole('button', { name: 'Exportieren…' }).waitFor();
    await page.getByRole('columnheader', { name: 'Zeit' }).waitFor();
    assert.ok(tokens > 0);
    await page.close();
  });

  test('tells its host what it may know, and nothing of what is in the log', async () => {
    const page = await stage.page();
    await page.goto(host);
    await page.evaluate(() => {
      const told: string[] = [];
      Object.assign(globalThis, { told });
      for (const name of ['ready', 'state', 'open', 'navigate', 'export', 'error']) {
        addEventListener(`annals-${name}`, (event) => {
          told.push(JSON.stringify([name, event instanceof CustomEvent ? event.detail : null]));
        });
      }
    });
    await rowsOf(page).first().click();
    await page.getByRole('complementary').getByRole('heading', { level: 2 }).waitFor();
    const told: string[] = await page.evaluate(() => Reflect.get(globalThis, 'told'));
    const [names, whole] = [told.map((one) => JSON.parse(one)[0]), told.join()];
    assert.ok(names.includes('open') && names.includes('state'), whole);
    const name = await page.getByRole('complementary').locator('section').first().innerText();
    for (const part of name.split(/\s*[·\n(]\s*/).filter((one) => one.includes(' '))) {
      assert.ok(!whole.includes(part), part);
    }
    await page.close();
  });

  test('at 390 px it is a list under days, without a sideways scroll', async () => {
    const page = await stage.page({ viewport: { width: 390, height: 844 } });
    await page.goto(host);
    await page.getByRole('listitem').first().waitFor();
    assert.equal(await page.getByRole('grid').count(), 0);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${wide} px`);
    await page.close();
  });
});
