import { DEMO_KEY } from '../../src/config/secrets/demo-key.js';
import { type ChromiumTab, describeInChromium } from '../support/chromium.js';
import { type TestGateway, startGateway } from '../support/start-gateway.js';

jest.setTimeout(180_000);

const MODELS = {
  openai: [
    { name: 'vectors', base_url: 'http://127.0.0.1:9/v1', speaks: ['openai-embeddings'] },
    { name: "it's <b>chat</b>", base_url: 'http://127.0.0.1:9/v1' },
  ],
};
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const SHOTS = process.env['SCREENSHOTS'];

let gateway: TestGateway;

afterEach(() => gateway?.close());

const start = async (auth?: Record<string, unknown>, server: Record<string, unknown> = {}) => {
  gateway = await startGateway({ ...(auth && { auth }), server, models: MODELS });
};
const root = (accept: string | undefined, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/`, { headers: { ...(accept !== undefined && { accept }), ...headers } });

describe('the root', () => {
  it.each([
    undefined,
    '*/*',
    'application/json',
    'application/json, text/html',
    'text/html;q=0.5, */*',
    '',
    'nonsense',
  ])('is JSON for a program that accepts %j', async (accept) => {
    await start();
    const response = await root(accept);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    expect(response.headers.get('vary')).toMatch(/^accept$/i);
    expect(await response.json()).toMatchObject({ name: 'llm-gateway', needs_api_key: true });
  });

  it('is a page for browsers, under a strict policy, and holds no data', async () => {
    await start();
    const response = await root(BROWSER);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(response.headers.get('vary')).toBe('accept, accept-language');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'self' 'sha256-[^']+'; .*frame-ancestors 'none'$/,
    );
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await response.text();
    expect(html).not.toMatch(/chat<|vectors|sk-/);
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link!);
    expect(links).toContain('ui');
    for (const link of links) expect(link).not.toMatch(/^\/|^https?:/);
  });

  it.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN'],
    ['en-GB,en;q=0.9,zh;q=0.8', 'en'],
    ['fr', 'en'],
    ['', 'en'],
  ])('speaks the language of the browser: %s', async (language, tag) => {
    await start();
    const html = await (await root(BROWSER, { 'accept-language': language })).text();
    expect(html).toContain(`<html lang="${tag}">`);
  });

  it('shows nothing of a strange host', async () => {
    await start();
    const html = await (await root(BROWSER, { host: '"><script>alert(1)</script>' })).text();
    expect(html).not.toContain('alert(1)');
  });

  it('links to no page that is off', async () => {
    await start(undefined, { ui: false, docs: false });
    const html = await (await root(BROWSER)).text();
    expect([...html.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href)).toEqual(['errors', 'v1/health']);
  });
});

describeInChromium('the root in a real browser', (tab: ChromiumTab) => {
  it.each([
    ['en', 'light', 1280],
    ['en', 'dark', 390],
    ['zh-CN', 'light', 390],
    ['zh-CN', 'dark', 1280],
  ] as const)('greets a person in %s, %s, %d pixels wide', async (locale, colorScheme, width) => {
    await start({ api_keys: [DEMO_KEY] }, { host: '127.0.0.1' });
    const { page, complaints, foreignRequests } = await tab.open(`${gateway.url}/`);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.setExtraHTTPHeaders({ 'accept-language': locale });
    await page.goto(`${gateway.url}/`);
    expect(await page.locator('html').getAttribute('lang')).toBe(locale);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(await page.locator('body').innerText()).toContain(DEMO_KEY);
    expect(await page.locator('#list').innerText()).toBe(
      `curl ${gateway.url}/v1/models -H "Authorization: Bearer ${DEMO_KEY}"`,
    );
    expect(await page.locator('#chat').innerText()).toContain(String.raw`"model":"it'\''s <b>chat</b>"`);
    if (SHOTS !== undefined)
      await page.screenshot({ path: `${SHOTS}/root-${locale}-${colorScheme}-${width}.png`, fullPage: true });
    expect([complaints, foreignRequests]).toEqual([[], []]);
    for (const target of ['ui', 'docs', 'errors', 'v1/health']) {
      await page.goto(`${gateway.url}/`);
      await page.locator(`a[href="${target}"]`).click();
      await page.waitForURL(`${gateway.url}/${target}`);
    }
    await page.context().close();
  });

  it('has no key in its command if the gateway needs none', async () => {
    await start({ enabled: false }, { host: '127.0.0.1' });
    const { page } = await tab.open(`${gateway.url}/`);
    expect(await page.locator('#list').innerText()).toBe(`curl ${gateway.url}/v1/models`);
    await page.context().close();
  });
});
