import { type Page } from 'playwright-core';
import { BoardRig } from './board-rig.js';
import { type ChromiumTab, type WatchedPage, describeInChromium } from './chromium.js';
import { TEST_KEY } from './start-gateway.js';

export const rig = new BoardRig();
export let tab: ChromiumTab;
/** The board as it asks for a key, new for each test. */
export let watched: WatchedPage;
export let page: Page;

export const shows = (model: string, state: string) =>
  page.waitForSelector(`.card[data-model="${model}"][data-state="${state}"]`);

export async function enter(key = TEST_KEY): Promise<void> {
  await page.locator('#key').fill(key);
  await page.keyboard.press('Enter');
}

/** Tests of the board in a browser, each with a gateway that has served nothing yet. */
export function describeWithBoard(name: string, tests: () => void): void {
  beforeAll(() => rig.open());
  beforeEach(() => rig.start());
  afterEach(() => rig.gateway.close());
  afterAll(() => rig.close());
  describeInChromium(name, (opened) => {
    beforeEach(async () => {
      tab = opened;
      watched = await tab.open(`${rig.gateway.url}/ui`);
      page = watched.page;
      await page.waitForSelector('#gate:not([hidden])');
    });
    afterEach(() => page?.context().close());
    tests();
  });
}
