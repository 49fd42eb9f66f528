import { DEMO_KEY } from '../../src/config/secrets/demo-key.js';
import { DOWN } from '../support/board-rig.js';
import { describeWithBoard, enter, page, rig, shows, watched } from '../support/board-page.js';
import { type ChromiumTab, describeInChromium } from '../support/chromium.js';
import { TEST_KEY, startGateway } from '../support/start-gateway.js';

jest.setTimeout(180_000);

/** All that a page can keep longer than its tab, as one string. */
const STORED = 'JSON.stringify([{ ...localStorage }, document.cookie, location.href])';
describeWithBoard('the board in a real browser', () => {
  it('keeps the key for this tab alone: in its session, and nowhere else', async () => {
    await enter();
    await shows('good-a', 'never_seen');
    expect(await page.locator('#key').inputValue()).toBe('');
    expect(await page.evaluate(STORED)).not.toContain(TEST_KEY);
    expect(await page.evaluate('indexedDB.databases().then((all) => all.length)')).toBe(0);
    expect(await page.evaluate('Object.entries(sessionStorage)')).toEqual([['llm-gateway-key /', TEST_KEY]]);
    await page.reload();
    await shows('good-a', 'never_seen');
    expect(await page.locator('#gate').isVisible()).toBe(false);
    const other = await page.context().newPage();
    await other.goto(`${rig.gateway.url}/ui`);
    await other.waitForSelector('#gate:not([hidden])');
    await page.locator('#forget').click();
    expect(await page.locator('.card').count()).toBe(0);
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await page.reload();
    await page.waitForSelector('#gate:not([hidden])');
    // A reload ends the requests of the page before.
    expect(watched.complaints.filter((text) => !text.endsWith('net::ERR_ABORTED'))).toEqual([]);
  });

  it('forgets a key that the gateway accepts no longer', async () => {
    await enter();
    await shows('good-a', 'never_seen');
    await rig.gateway.reload({
      auth: { api_keys: ['sk-another-test-key-02'] },
      models: { openai: [{ name: 'good-a', base_url: rig.upstream.url }] },
    });
    await page.waitForSelector('#gate-error >> text=no longer accepts this key');
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await page.evaluate(`sessionStorage.setItem('llm-gateway-key /', '${TEST_KEY}')`);
    await page.reload();
    await page.waitForSelector('#gate-error >> text=does not accept this key');
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  it('tries a kept key again that could not be checked', async () => {
    await enter();
    await shows('good-a', 'never_seen');
    await page.route('**/v1/health/models', (route) => route.fulfill({ status: 503, body: '' }));
    await page.reload();
    await page.waitForSelector('#gate-error >> text=HTTP 503');
    await page.unroute('**/v1/health/models');
    await shows('good-a', 'never_seen');
  });

  it('names the key it needs, and links to the other pages', async () => {
    expect(await page.locator('#gate').innerText()).toContain("auth.api_keys in the gateway's configuration");
    expect(await page.locator('#demo').isVisible()).toBe(false);
    const links = page.locator('.bar a:visible');
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
      './',
      'docs',
    ]);
    await enter();
    await shows('good-a', 'never_seen');
    await page.locator('#docs-link').click();
    await page.waitForSelector('.opblock');
    await page.locator('.links a', { hasText: 'Dashboard' }).click();
    await shows('good-a', 'never_seen');
    await page.locator('.brand a').click();
    await page.waitForSelector('h1 >> text=LLM Gateway');
    // Leaving a page ends its requests.
    expect(watched.complaints.filter((text) => !text.endsWith('net::ERR_ABORTED'))).toEqual([]);
  });

  it('clears the field of an accepted key before anything else is loaded', async () => {
    // Usage is asked for in the first round, and never given.
    await page.route('**/v1/usage*', () => undefined);
    await enter();
    await shows('good-a', 'never_seen');
    expect(await page.locator('#key').inputValue()).toBe('');
  });

  it('reports that a key is wrong', async () => {
    await enter('sk-wrong');
    await page.waitForSelector('#gate-error >> text=does not accept this key');
    expect(await page.locator('#board').isVisible()).toBe(false);
  });

  it('shows a restricted key its own models only', async () => {
    await rig.ask('good-a');
    await rig.ask('good-b');
    await enter('sk-team-key-0001');
    await shows('good-b', 'ok');
    await page.waitForSelector('#change-list >> text=good-b');
    expect(await page.locator('.card').count()).toBe(1);
    expect(await page.locator('body').textContent()).not.toContain('good-a');
  });
});

describeInChromium('the board of a gateway with the public demo key', (tab: ChromiumTab) => {
  it('shows the key, and opens with it', async () => {
    const open = await startGateway({
      server: { host: '127.0.0.1' },
      auth: { api_keys: [DEMO_KEY] },
      models: { openai: [{ name: 'm', base_url: DOWN }] },
    });
    const { page, complaints } = await tab.open(`${open.url}/ui`);
    await page.waitForSelector(`#demo >> text=${DEMO_KEY}`);
    await page.locator('#use-demo').click();
    await page.waitForSelector('.card[data-model="m"]');
    expect(complaints).toEqual([]);
    await page.context().close();
    await open.close();
  });
});

describeInChromium('the board of a gateway without keys', (tab: ChromiumTab) => {
  it('shows no form for a key', async () => {
    const open = await startGateway({
      auth: { enabled: false },
      models: { openai: [{ name: 'm', base_url: DOWN }] },
    });
    const { page, complaints } = await tab.open(`${open.url}/ui`);
    await page.waitForSelector('.card[data-model="m"]');
    expect(await page.locator('#gate').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
    await open.close();
  });
});
