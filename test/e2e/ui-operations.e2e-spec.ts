import { type Page } from 'playwright-core';
import { type WatchedPage, describeInChromium } from '../support/chromium.js';
import { type TestConfig, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

jest.setTimeout(120_000);

const BOSS = 'sk-boss-0123456789';
const BOT = 'sk-bot-0123456789';
const DOWN = 'http://127.0.0.1:9/v1';
const PROMPT = 'words that nobody else may read';
const SHOTS = process.env['SCREENSHOTS'];
/** Streams that have begun and wait for their end. */
const open: (() => void)[] = [];

let upstream: TestUpstream;
let gateway: TestGateway;

async function respond({ res, body }: UpstreamCall): Promise<void> {
  const usage = { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500 };
  if (!body.toString().includes('"stream":true')) return sendJson(res, completion('pong', { usage }));
  beginStream(res);
  res.write(chunkEvent('one '));
  await new Promise<void>((end) => open.push(end));
  res.end(`${chunkEvent('two')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
}

const config = (change: object = {}): TestConfig => ({
  breaker: { enabled: false },
  auth: {
    api_keys: [
      { name: 'boss', key: BOSS, admin: true },
      { name: 'bot', key: BOT, models: ['pair', 'good'] },
    ],
  },
  models: {
    openai: [
      { name: 'good', base_url: upstream.url },
      { name: 'away', base_url: DOWN, retry: { max_retries: 0 } },
      {
        name: 'pair',
        deployments: [
          { name: 'north', base_url: upstream.url },
          { name: 'south', base_url: DOWN },
        ],
      },
    ],
  },
  ...change,
});

const ask = async (key: string, model: string, id: string) =>
  (
    await gateway.chat(
      { model, messages: [{ role: 'user', content: PROMPT }] },
      { key, headers: { 'x-request-id': id } },
    )
  ).text();

beforeAll(async () => {
  upstream = await startUpstream((call) => respond(call));
});
afterAll(() => upstream.close());
beforeEach(async () => {
  gateway = await startGateway(config());
  for (let call = 0; call < 8; call++) await ask(BOT, 'pair', `pair-${call}`);
  await ask(BOT, 'good', 'good-1');
  await ask(BOSS, 'away', 'boss-away');
  await ask(BOT, 'away', 'bot-refused');
});
afterEach(async () => {
  for (const end of open.splice(0)) end();
  await gateway.close();
});

describeInChromium('what an operator asks the board', (tab) => {
  let watched: WatchedPage;
  let page: Page;

  const enter = async (key: string): Promise<void> => {
    await page.locator('#key').fill(key);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#caller-list li strong');
  };
  const shoot = async (name: string): Promise<void> => {
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  };

  beforeEach(async () => {
    watched = await tab.open(`${gateway.url}/ui`);
    page = watched.page;
    await page.waitForSelector('#gate:not([hidden])');
  });
  afterEach(async () => {
    // Leaving a page ends its requests.
    const complaints = watched.complaints.filter((text) => !text.endsWith('net::ERR_ABORTED'));
    expect([complaints, watched.foreignRequests]).toEqual([[], []]);
    await page.context().close();
  });

  it('shows a dead replica of a model that works, with its share, its cause and its code', async () => {
    await enter(BOSS);
    const card = page.locator('.card[data-model="pair"]');
    await page.waitForSelector('.card[data-model="pair"][data-state="degraded"]');
    const text = await card.innerText();
    expect(text).toContain('Working, 1 of 2 deployments failing');
    expect(text).toContain('south: No connection: the service cannot be reached.');
    expect(text).toMatch(
      /Deployment south\s+Circuit breaker: closed · \d+(\.\d)? % of calls · (\d+) of \2 failed · upstream_unreachable, ECONNREFUSED, \d+ s ago · 127\.0\.0\.1:9/,
    );
    expect(text).toMatch(
      /Deployment north\s+Circuit breaker: closed · \d+(\.\d)? % of calls · 127\.0\.0\.1:\d+/,
    );
    expect(await page.locator('#headline').innerText()).toBe('1 of 3 models is broken.');
    await card.locator('a.code').click();
    await page.waitForURL(`${gateway.url}/errors/upstream_unreachable`);
  });

  it('lists the failed requests with ids, codes and causes, and of one model', async () => {
    await enter(BOSS);
    await page.waitForSelector('#failure-list li >> text=boss-away');
    const items = await page.locator('#failure-list li').allInnerTexts();
    expect(items).toHaveLength(2);
    expect(items[0]).toMatch(/model_not_allowed 403/);
    expect(items[1]).toMatch(
      /away upstream_unreachable 500[\s\S]*boss · deployment-1: upstream_unreachable, ECONNREFUSED[\s\S]*boss-away/,
    );
    expect(await page.locator('#failure-list a').first().getAttribute('href')).toBe(
      'errors/model_not_allowed',
    );
    await page.locator('#failures-model').selectOption('good');
    await page.waitForSelector('#failure-list >> text=No request has failed');
    expect(await page.locator('#board').innerText()).not.toContain(PROMPT);
  });

  it('shows the clients, the usage and the running calls', async () => {
    const call = gateway.chat(
      { model: 'good', stream: true, messages: [{ role: 'user', content: PROMPT }] },
      { key: BOT },
    );
    await until(() => open.length === 1);
    await enter(BOSS);
    await page.waitForSelector('#caller-list li >> text=1 running');
    expect((await page.locator('#caller-list li').first().innerText()).replaceAll(/\s+/g, ' ')).toMatch(
      /^bot 1 running 1\d calls today · 1 failed · 10,800 tokens in, 2,700 out/,
    );
    expect(await page.locator('#running-list li').innerText()).toMatch(
      /^good[\s\S]* m?s\s+bot · responding · deployment-1/,
    );
    expect(await page.locator('#own-only').isVisible()).toBe(false);
    open.shift()!();
    await (await call).text();
    await page.waitForSelector('#running-list >> text=No call is running.');
  });

  it('shows a restricted key its own calls alone, and no configuration', async () => {
    await enter(BOT);
    expect(await page.locator('#own-only').isVisible()).toBe(true);
    expect(await page.locator('#config').isVisible()).toBe(false);
    const text = await page.locator('main').innerText();
    expect(text).toContain('bot-refused');
    expect(text).not.toMatch(/boss|127\.0\.0\.1/);
  });

  it('shows the configuration in force, what waits for a restart, and a refused reload', async () => {
    await gateway.reload(config({ server: { port: 8765 } }));
    await gateway.reload(
      config({ models: { openai: [{ name: 'good', base_url: 'nowhere', api_key: 'sk-secret-1' }] } }),
    );
    await enter(BOSS);
    await page.waitForSelector('#config-refused:not([hidden])');
    expect(await page.locator('#config-alert').isVisible()).toBe(true);
    expect(await page.locator('#config-alert').getAttribute('href')).toBe('#config');
    const text = await page.locator('#config').innerText();
    expect(text).toMatch(/models\.yaml/);
    expect(text).toContain('generation 2');
    expect(text).toContain('server.port');
    expect(text).toContain('models.openai[0].base_url');
    expect(text).not.toContain('sk-secret-1');
    await gateway.reload(config({ server: { port: 8765 } }));
    await page.waitForSelector('#config-refused', { state: 'hidden' });
    expect(await page.locator('#config-alert').isVisible()).toBe(false);
  });

  it('shows the call that runs beside its stream, and the last full minute', async () => {
    await enter(BOSS);
    await page.locator('#chat-model').selectOption('good');
    await page.locator('#test').click();
    await page.waitForSelector('.said-by.note >> text=pong');
    const before = await page.locator('[data-fact="requestId"] dd').innerText();
    await page.locator('#message').fill('hello');
    await page.locator('#send').click();
    await page.waitForSelector('.said-by.assistant >> text=one');
    await page.waitForSelector('[data-fact="firstTokenPlot"]');
    expect(await page.locator('[data-fact="requestId"] dd').innerText()).not.toBe(before);
    const total = await page.locator('[data-fact="total"] dd').innerText();
    await page.locator('[data-fact="total"] dd').filter({ hasNotText: total }).waitFor();
    open.shift()!();
    await page.waitForSelector('.said-by.assistant >> text=one two');
    expect(await page.locator('.plot.rate .plot-value').innerText()).not.toBe('0');
  });

  it('shows a single point of a plot, and a single card in the whole row', async () => {
    await enter(BOSS);
    await page.locator('#traffic-model').selectOption('good');
    const dot = page.locator('.plot.latency path.dot').first();
    expect(await dot.getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+h0$/);
    expect(await page.evaluate("getComputedStyle(document.querySelector('path.dot')).strokeLinecap")).toBe(
      'round',
    );
    const [card, row] = [page.locator('.good .card'), page.locator('.good .cards')];
    expect(await card.count()).toBe(1);
    expect((await card.boundingBox())!.width).toBe((await row.boundingBox())!.width);
    if (SHOTS !== undefined) await page.locator('#plots').screenshot({ path: `${SHOTS}/plots.png` });
  });

  it.each([
    ['en', 'light', 1280],
    ['zh', 'dark', 1280],
    ['en', 'dark', 390],
    ['zh', 'light', 390],
  ] as const)('is readable in %s, %s, %d pixels wide', async (language, colorScheme, width) => {
    await gateway.reload(config({ models: { openai: [{ name: 'good', base_url: 'nowhere' }] } }));
    const call = gateway.chat(
      { model: 'good', stream: true, messages: [{ role: 'user', content: 'hi' }] },
      { key: BOT },
    );
    await until(() => open.length === 1);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    if (language === 'zh') await page.locator('#language').click();
    await enter(BOSS);
    await page.waitForSelector('#running-list li strong');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const cut = await page.evaluate(
      "[...document.querySelectorAll('.jumps a')].filter((link) => link.getBoundingClientRect().right > innerWidth).length",
    );
    expect(cut).toBe(0);
    if (language === 'en') {
      const words = (await page.locator('body').innerText()).replace('中文', '');
      expect(words).not.toMatch(/\p{Script=Han}|undefined/u);
    } else
      expect(await page.locator('body').innerText()).not.toMatch(/undefined|Failed requests|Running calls/);
    await shoot(`board-${language}-${colorScheme}-${width}`);
    open.shift()!();
    await (await call).text();
  });
});
