import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';
import { type WatchedPage, describeInChromium } from '../support/chromium.js';
import { SINGLE_ATTEMPTS, type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

jest.setTimeout(180_000);

const keyOf = (name: string) => `sk-${name}-0123456789`;
const USAGE = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };
const SHOTS = process.env['SCREENSHOTS'];

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion('x', { usage: USAGE })));
  const base_url = upstream.url;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    auth: {
      time_zone: 'Asia/Shanghai',
      teams: [{ name: 'search', limits: { budget: { usd: 1, per: 'month' } } }],
      api_keys: [
        { name: 'bot', key: keyOf('bot'), team: 'search', limits: { budget: { usd: 0.01, per: 'day' } } },
        { name: '=助手', key: keyOf('helper'), models: ['in-house'], limits: { requests_per_minute: 2 } },
        { name: 'boss', key: keyOf('boss'), admin: true },
      ],
    },
    models: {
      openai: [
        { name: 'priced', base_url, price: { input: 1, output: 10 } },
        { name: 'in-house', base_url },
      ],
    },
  });
  const ask = async (name: string, model: string): Promise<void> => {
    const body = { model, messages: [{ role: 'user', content: 'hi' }] };
    await (await gateway.chat(body, { key: keyOf(name) })).text();
  };
  for (let call = 0; call < 3; call++) await ask('bot', 'priced');
  for (let call = 0; call < 4; call++) await ask('helper', 'in-house');
});

afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

describeInChromium('spending on the board', (tab) => {
  let watched: WatchedPage;
  let page: Page;

  beforeEach(async () => {
    watched = await tab.open(`${gateway.url}/ui`);
    page = watched.page;
    await page.waitForSelector('#gate:not([hidden])');
  });
  afterEach(async () => {
    expect([watched.complaints, watched.foreignRequests]).toEqual([[], []]);
    await page.context().close();
  });

  const enter = async (name: string): Promise<void> => {
    await page.locator('#key').fill(keyOf(name));
    await page.keyboard.press('Enter');
    await page.waitForSelector('#spend-groups li');
  };
  const texts = (selector: string) => page.locator(selector).allInnerTexts();
  const plain = (lines: readonly string[]) => lines.map((line) => line.replaceAll(/\s+/g, ' ').trim());

  it('shows what was spent, on which models, and unknown cost as unknown, never as 0', async () => {
    await enter('boss');
    expect(await page.locator('#spend-total').innerText()).toBe('$0.012');
    expect(await page.locator('#spend-missing').innerText()).toBe('2 calls of unknown cost');
    expect(plain(await texts('#spend-groups li'))).toEqual([
      'priced $0.012 2,000 tokens in, 1,000 out · 3 calls',
      'in-house cost unknown 2,000 tokens in, 1,000 out · 4 calls 2 calls of unknown cost',
    ]);
    expect(await page.locator('#spend-chart .missing').count()).toBe(1);
    expect(await page.locator('#spend-chart rect.part-0').count()).toBe(1);
  });

  it('groups by key and team, and measures tokens and calls', async () => {
    await enter('boss');
    await page.locator('#spend-by').selectOption('team');
    await page.waitForSelector('#spend-groups >> text=no team');
    expect(plain(await texts('#spend-groups strong'))).toEqual(['search', 'no team']);
    await page.locator('#spend-by').selectOption('key');
    await page.waitForSelector('#spend-groups >> text==助手');
    await page.locator('#spend-measure').selectOption('tokens');
    expect(await page.locator('#spend-total').innerText()).toBe('6,000 tokens');
    await page.locator('#spend-measure').selectOption('requests');
    expect(plain(await texts('#spend-groups .amount'))).toEqual(['4 calls', '3 calls']);
  });

  it('shows one day, by the arrow keys', async () => {
    await enter('boss');
    await page.locator('.bars').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#spend-when').innerText()).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(await page.locator('#spend-total').innerText()).toBe('$0.012');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#spend-total').innerText()).toBe('$0.00');
    expect(await page.locator('#spend-missing').innerText()).toBe('');
  });

  it('shows what is left of budgets, and which keys were refused and why', async () => {
    await enter('boss');
    await page.waitForSelector('#refusal-list strong');
    const budgets = plain(await texts('#budget-list > li'));
    expect(budgets[0]).toMatch(
      /^bot key \$0\.012 of \$0\.01 today \$0\.00 left renewed .*00:00 \(Asia\/Shanghai\)$/,
    );
    expect(budgets[1]).toMatch(/^search team \$0\.012 of \$1\.00 this month \$0\.988 left renewed /);
    expect(budgets[2]).toBe('=助手 key Calls in the last minute: 2 of 2');
    expect(plain(await texts('#refusal-list li'))).toEqual([
      '=助手 2 calls too many requests, tokens or running calls',
      'bot 1 call budget used up',
    ]);
  });

  it('exports all figures as a table that no program reads as a formula', async () => {
    await enter('boss');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#spend-csv').click()]);
    expect(download.suggestedFilename()).toMatch(/^llm-gateway-usage-\d{4}-\d\d-\d\d\.csv$/);
    const text = readFileSync(await download.path(), 'utf8');
    const [head, ...rows] = text.replace(/\r\n$/, '').split('\r\n');
    expect(head).toMatch(/^\ufeffday,team,key,model,requests,errors,prompt_tokens,/);
    expect(rows.map((row) => row.replace(/^[\d-]+,/, '')).toSorted()).toEqual([
      ",'=助手,in-house,4,2,2000,0,0,1000,0,0,0,2,",
      'search,bot,priced,3,1,2000,0,0,1000,0,0,0,0,0.012',
    ]);
  });

  it('shows a key what is its own, and forgets it with the key', async () => {
    await enter('helper');
    expect(await page.locator('#spend-total').innerText()).toBe('cost unknown');
    expect(plain(await texts('#budget-list strong'))).toEqual(['=助手']);
    expect(await page.locator('#board').innerText()).not.toContain('bot');
    await page.locator('#forget').click();
    expect(await page.locator('#spend-groups li').count()).toBe(0);
    expect(await page.locator('#budget-list li').count()).toBe(0);
  });

  it('reports that usage cannot be read, and goes on with the rest', async () => {
    await page.route('**/v1/usage?*', (route) => route.fulfill({ status: 503, json: {} }));
    await page.locator('#key').fill(keyOf('boss'));
    await page.keyboard.press('Enter');
    await page.waitForSelector('#spend-trouble >> text=Usage cannot be read');
    expect(await page.locator('.card').count()).toBe(2);
    await page.unroute('**/v1/usage?*');
    await page.locator('#spend-range').selectOption('7');
    await page.waitForSelector('#spend-groups li');
    expect(await page.locator('#spend-trouble').innerText()).toBe('');
    // The browser reports responses that are errors.
    const reports = watched.complaints as string[];
    expect(reports.length).toBeGreaterThan(0);
    expect(reports.splice(0).filter((text) => !text.includes('503'))).toEqual([]);
  });

  it.each([
    [1280, 'light', 'en'],
    [1280, 'dark', 'zh'],
    [390, 'light', 'zh'],
    [390, 'dark', 'en'],
  ] as const)('fits %i pixels, %s, in %s', async (width, theme, language) => {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 900 });
    if (language === 'zh') await page.locator('#language').click();
    await enter('boss');
    await page.waitForSelector('#refusal-list strong');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    if (language === 'zh') {
      expect(await page.locator('#spending-title').innerText()).toBe('费用与用量');
      expect(await page.locator('#spend-missing').innerText()).toBe('2 次调用费用未知');
    }
    if (SHOTS !== undefined) {
      for (const id of ['spending', 'budgets', 'refusals'])
        await page.locator(`#${id}`).screenshot({ path: `${SHOTS}/${id}-${width}-${theme}-${language}.png` });
    }
  });
});
