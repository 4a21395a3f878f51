/**
 * Questions that people come with, from a cold start to the answer, by mouse and by keyboard
 * alone. Each click, each text and each key is a step; the names of the tests say how many.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EventPage } from '@annals/contract/routes';
import type { Locator, Page } from 'playwright-core';
import { openStage, rowsOf, type Seat, type Stage } from './stage.ts';

let stage: Stage;
before(
  async () => {
    stage = await openStage(['casework', 'demo', 'identity']);
  },
  { timeout: 120_000 },
);
after(() => stage.close());

type Role = Parameters<Page['getByRole']>[0];

/** Somebody at a page, whose steps are counted. */
class Walk {
  readonly page: Page;
  steps = 0;

  constructor(page: Page) {
    this.page = page;
  }

  async click(name: string | RegExp, role: Role = 'button') {
    this.steps++;
    const found = this.page.getByRole(role, { name }).first();
    await found.click();
  }

  async press(...keys: readonly string[]) {
    for (const key of keys) {
      this.steps++;
      await this.page.keyboard.press(key);
    }
  }

  /** Writes where the focus is. */
  async write(text: string) {
    this.steps++;
    await this.page.keyboard.type(text);
  }

  async sees(what: Locator) {
    await what.first().waitFor({ timeout: 10_000 });
  }
}

type Way = (walk: Walk) => Promise<void>;
interface Story {
  readonly question: string;
  readonly seat: Seat;
  readonly mouse: readonly [steps: number, way: Way];
  readonly keys: readonly [steps: number, way: Way];
}

const ADMIN: Seat = { project: 'casework', tenant_id: 'cedarvalley', roles: ['admin'] };
const AGENT: Seat = {
  project: 'identity',
  tenant_id: 'cascadia-outfitters',
  roles: ['application_admin'],
};

/** Chosen in the palette: it waits until what is meant stands first. */
async function goTo(walk: Walk, text: string, first: RegExp) {
  await walk.press('Control+k');
  await walk.write(text);
  const option = walk.page.getByRole('listbox', { name: 'Go to' }).getByRole('option').first();
  await walk.sees(option.filter({ hasText: first }));
  await walk.press('Enter');
}

const DEMO: Seat = { project: 'demo', tenant_id: 'acme', roles: ['admin'] };

const answer = (page: Page, text: RegExp) => rowsOf(page).filter({ hasText: text });

async function seesNewAdmin(walk: Walk) {
  const given = /Patrick Maloney gave Noreen Castillo the role admin/;
  await walk.sees(answer(walk.page, given));
  await walk.sees(answer(walk.page, given).locator('time'));
}

/** Where a time is written, once the focus is there. */
const written = (page: Page): Locator => page.getByLabel('Or write it').and(page.locator(':focus'));

async function seesSullivan({ page }: Walk) {
  await page.getByRole('heading', { name: /J\. Sullivan Case/ }).waitFor();
  await page.getByText(/“Sullivan intake” until/).waitFor();
  await rowsOf(page).first().waitFor();
  await page.waitForURL(/[?&]from=\d{4}-03-01/);
}

async function seesReaders(walk: Walk) {
  await walk.sees(answer(walk.page, /admin@cedarvalley\.example/));
}

/** A profile that support has opened. */
async function supportedProfile(): Promise<string> {
  const query = new URLSearchParams({
    ...{ project: 'identity', tenant_id: 'cascadia-outfitters' },
    q: 'actor.type:support target.type:profile',
  });
  const { json } = await stage.app.admin<EventPage>('GET', `/v1/events?${query}`);
  const id = json.events[0]?.targets?.[0]?.id;
  assert.ok(typeof id === 'string', 'support has opened no profile');
  return id;
}

async function seesSupport(walk: Walk) {
  await walk.page.waitForURL(/[?&]q=actor/);
  await walk.sees(rowsOf(walk.page));
}

async function seesExports(walk: Walk) {
  await walk.sees(answer(walk.page, /exported .*[\d,]+ rows/));
}

const STORIES: readonly Story[] = [
  {
    question: 'who gave this person admin rights, and when',
    seat: ADMIN,
    mouse: [
      3,
      async (walk) => {
        await walk.click('Audit preparation', 'link');
        await walk.click('Search the log', 'combobox');
        await walk.click(/^Who got admin rights/, 'option');
        await seesNewAdmin(walk);
      },
    ],
    keys: [
      3,
      async (walk) => {
        await goTo(walk, 'admin rights', /Who got admin rights/);
        await seesNewAdmin(walk);
      },
    ],
  },
  {
    question: 'everything on one case since March',
    seat: ADMIN,
    mouse: [
      7,
      async (walk) => {
        await walk.click('Records', 'link');
        await walk.click(/^Search records/, 'searchbox');
        await walk.write('sullivan');
        await walk.click('J. Sullivan Case', 'link');
        await walk.click('Everything this log has');
        await walk.sees(written(walk.page));
        await walk.write('since march');
        await walk.press('Enter');
        await seesSullivan(walk);
      },
    ],
    keys: [
      6,
      async (walk) => {
        await goTo(walk, 'j. sullivan', /J\. Sullivan Case/);
        await walk.page.waitForURL(/\/record\//);
        await walk.page.getByRole('tab', { name: 'Timeline' }).waitFor();
        await walk.sees(rowsOf(walk.page));
        await walk.press('t');
        await walk.sees(written(walk.page));
        await walk.write('since march');
        await walk.press('Enter');
        await seesSullivan(walk);
      },
    ],
  },
  {
    question: 'what did the night job export',
    seat: DEMO,
    mouse: [
      2,
      async (walk) => {
        await walk.click('Search the log', 'combobox');
        await walk.click(/^What did the night jobs export/, 'option');
        await seesExports(walk);
      },
    ],
    keys: [
      3,
      async (walk) => {
        await goTo(walk, 'night jobs', /What did the night jobs export/);
        await seesExports(walk);
      },
    ],
  },
  {
    question: 'who from support opened this profile',
    seat: AGENT,
    mouse: [
      7,
      async (walk) => {
        const profile = await supportedProfile();
        await walk.click('Records', 'link');
        await walk.click(/^Search records/, 'searchbox');
        await walk.write(profile);
        await walk.click(profile, 'link');
        await walk.click('Search the log', 'combobox');
        await walk.write('actor.type:support');
        await walk.press('Enter');
        await seesSupport(walk);
      },
    ],
    keys: [
      6,
      async (walk) => {
        await goTo(walk, await supportedProfile(), /Records/);
        await walk.page.waitForURL(/\/record\//);
        await walk.page.getByRole('tab', { name: 'Timeline' }).waitFor();
        await walk.sees(rowsOf(walk.page));
        await walk.press('/');
        await walk.write('actor.type:support');
        await walk.press('Enter');
        await seesSupport(walk);
      },
    ],
  },
  {
    question: 'who has read this log',
    seat: ADMIN,
    mouse: [
      1,
      async (walk) => {
        await walk.click('Who has read this log', 'link');
        await seesReaders(walk);
      },
    ],
    keys: [
      3,
      async (walk) => {
        await goTo(walk, 'read this log', /Who has read this log/);
        await seesReaders(walk);
      },
    ],
  },
];

describe('from a cold start to the answer', { timeout: 300_000 }, () => {
  for (const { question, seat, ...ways } of STORIES) {
    for (const by of ['mouse', 'keys'] as const) {
      const [steps, way] = ways[by];
      test(`${question}: ${steps} steps by ${by}`, { timeout: 60_000 }, async () => {
        const page = await stage.person(seat);
        const walk = new Walk(page);
        await way(walk);
        assert.equal(walk.steps, steps);
        await page.close();
      });
    }
  }
});
