import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Locator, type Page } from 'playwright-core';
import { DEMO_KEY } from '../../src/config/demo-key.js';
import { type ChromiumTab, type WatchedPage, describeInChromium } from '../support/chromium.js';
import { TEST_KEY, type TestGateway, startGateway } from '../support/start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

jest.setTimeout(180_000);

const PAGE = join(import.meta.dirname, '../../src/ui/page');
const LIMIT_BYTES = 150 * 1024;
/** All that a page can keep longer than its tab, as one string. */
const STORED = 'JSON.stringify([{ ...localStorage }, document.cookie, location.href])';
const UNUSED = '组/unused-model-with-a-name-much-longer-than-a-phone-is-wide';
const DOWN = 'http://127.0.0.1:9/v1';

let upstream: TestUpstream;
let gateway: TestGateway;
let isDown: boolean;

/** A service that streams word by word, logs nobody in, and fails when it is told to. */
async function answer({ path, res, body }: UpstreamCall): Promise<void> {
  if (path === '/login') return sendJson(res, { message: 'wrong password' }, 401);
  if (isDown) return sendJson(res, { error: { message: 'out of order' } }, 500);
  if (!body.toString().includes('"stream":true')) return sendJson(res, completion('pong'));
  beginStream(res);
  for (const word of ['one ', 'two ', 'three']) {
    res.write(chunkEvent(word));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  // Without an end, until the caller goes.
  if (body.toString().includes('for ever')) return;
  const usage = { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } };
  res.end(`${chunkEvent('', 'stop')}data: ${JSON.stringify(usage)}\n\ndata: [DONE]\n\n`);
}

beforeAll(async () => {
  upstream = await startUpstream((call) => answer(call));
});
afterAll(() => upstream.close());
beforeEach(async () => {
  isDown = false;
  gateway = await startGateway({
    auth: { api_keys: [TEST_KEY, { name: 'team', key: 'sk-team-key-0001', models: ['good-b'] }] },
    models: {
      openai: [
        { name: 'good-a', base_url: upstream.url },
        { name: 'good-b', base_url: upstream.url },
        { name: 'away', base_url: DOWN },
        { name: UNUSED, base_url: upstream.url },
      ],
      request: [
        {
          name: 'locked',
          base_url: upstream.url,
          auth_url: `${upstream.url}/login`,
          username: 'u',
          password: 'p-secret-1',
        },
      ],
    },
  });
});
afterEach(() => gateway.close());

const ask = async (model: string, stream = false) => {
  await (await gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] })).text();
};

describe('the board as files', () => {
  it('is open to everyone, under a strict policy, and holds no data', async () => {
    const response = await gateway.get('/ui', { key: null });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await response.text();
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*src=)/);
    expect(html).not.toContain('good-a');
  });

  it('is small', () => {
    const sizes = readdirSync(PAGE).map((file) => readFileSync(join(PAGE, file)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LIMIT_BYTES);
  });

  it('names its files relative to itself, and turns back a final slash', async () => {
    const html = await (await gateway.get('/ui', { key: null })).text();
    for (const [, link] of html.matchAll(/(?:src|href)="([^"#]+)"/g)) {
      expect(link).toMatch(/^(?:ui\/.*|docs|\.\/)$/);
      expect((await gateway.get(`/${link}`, { key: null })).status).toBe(200);
    }
    const slash = await fetch(`${gateway.url}/ui/`, { redirect: 'manual' });
    expect([slash.status, slash.headers.get('location')]).toEqual([308, '../ui']);
  });

  it('is not sent again while it is the same', async () => {
    const etag = (await gateway.get('/ui/app.js', { key: null })).headers.get('etag')!;
    const again = await gateway.get('/ui/app.js', { key: null, headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  it.each(['/ui/nothing.js', '/ui/..%2fui.module.ts', '/ui/app.js/more'])('has no %s', async (path) => {
    const response = await gateway.get(path, { key: null });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('is gone with server.ui: false', async () => {
    const without = await startGateway({
      server: { ui: false },
      models: { openai: [{ name: 'm', base_url: DOWN }] },
    });
    expect((await without.get('/ui', { key: null })).status).toBe(404);
    expect((await without.get('/ui/app.js', { key: null })).status).toBe(404);
    expect(await (await without.get('/', { key: null })).json()).not.toHaveProperty('ui');
    await without.close();
  });
});

describeInChromium('the board in a real browser', (tab: ChromiumTab) => {
  let watched: WatchedPage;
  let page: Page;

  const card = (model: string): Locator => page.locator(`.card[data-model="${model}"]`);
  const shows = (model: string, state: string) =>
    page.waitForSelector(`.card[data-model="${model}"][data-state="${state}"]`);
  const enter = async (key = TEST_KEY) => {
    await page.locator('#key').fill(key);
    await page.keyboard.press('Enter');
  };

  beforeEach(async () => {
    watched = await tab.open(`${gateway.url}/ui`);
    page = watched.page;
    await page.waitForSelector('#gate:not([hidden])');
  });
  afterEach(() => page?.context().close());

  it('says which models are broken and why, those first', async () => {
    for (const model of ['good-a', 'good-b', 'away', 'locked']) await ask(model);
    await enter();
    await shows('locked', 'credentials_refused');
    expect(await page.locator('#headline').textContent()).toBe('2 of 5 models are broken.');
    const order = await page
      .locator('.card')
      .evaluateAll((cards) =>
        cards.map((node) => (node as unknown as { dataset: { model: string } }).dataset.model),
      );
    expect(order).toEqual(['locked', 'away', 'good-a', 'good-b', UNUSED]);
    expect(await card('locked').textContent()).toContain('The login is refused');
    expect(await card('locked').textContent()).toContain('upstream_login_failed');
    expect(await card('away').textContent()).toContain('No connection: the service cannot be reached.');
    expect(await card('good-a').textContent()).toContain('Working');
    expect(await card(UNUSED).isVisible()).toBe(true);
    expect(watched.complaints).toEqual([]);
    expect(watched.foreignRequests).toEqual([]);
  });

  it('sees a model fail and recover, and writes it down', async () => {
    await ask('good-a');
    await enter();
    await shows('good-a', 'ok');
    isDown = true;
    for (let call = 0; call < 3; call++) await ask('good-a');
    await shows('good-a', 'failing');
    expect(await card('good-a').textContent()).toContain('The service reports internal errors.');
    isDown = false;
    for (let call = 0; call < 3; call++) await ask('good-a');
    await shows('good-a', 'ok');
    const changes = await page.locator('#change-list li').allTextContents();
    expect(changes[0]).toContain('Failing → Working');
    expect(changes[1]).toContain('The service reports internal errors.');
  });

  it('shows the circuit breaker, and each deployment by its name', async () => {
    const several = await startGateway({
      models: {
        openai: [
          {
            name: 'm',
            retry: { max_retries: 0 },
            breaker: { min_requests: 2, open_seconds: 60 },
            deployments: [
              { name: 'north', base_url: DOWN, weight: 1 },
              { name: 'south', base_url: upstream.url, weight: 0 },
            ],
          },
          { name: 'single', base_url: upstream.url },
        ],
      },
    });
    try {
      for (let call = 0; call < 4; call++) {
        await (await several.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })).text();
      }
      await page.goto(`${several.url}/ui`);
      await enter();
      await page.waitForSelector('.card[data-model="m"] >> text=Circuit breaker: open');
      expect(await card('m').locator('.more').textContent()).toContain(
        'Deployment southCircuit breaker: closed',
      );
      expect(await card('single').locator('.more').textContent()).toContain('Circuit breakerclosed');
    } finally {
      await several.close();
    }
  });

  it('chats as a stream, with times, tokens, the request and a command that shows no key', async () => {
    await enter();
    await page.locator('#chat-model').selectOption('good-b');
    await page.locator('#message').fill("it's me");
    await page.locator('#send').click();
    await page.waitForSelector('.said-by.assistant >> text=one two three');
    await page.waitForSelector('[data-fact="tokens"] >> text=7 / 3');
    expect(await page.locator('[data-fact="firstTokenPlot"] dd').textContent()).toMatch(/ m?s$/);
    expect(await page.locator('#raw').textContent()).toContain('"content": "it\'s me"');
    const curl = (await page.locator('#curl').textContent())!;
    expect(curl).toContain(`curl -N '${gateway.url}/v1/chat/completions'`);
    expect(curl).toContain("it'\\''s me");
    expect(await page.content()).not.toContain(TEST_KEY);
    expect(JSON.parse(upstream.calls.at(-1)!.body.toString())).toMatchObject({ stream: true });
    await page.locator('#message').fill('and again');
    await page.keyboard.press('Control+Enter');
    await page.locator('.said-by.assistant').nth(1).waitFor();
    await page.waitForSelector('[data-fact="tokens"]');
    const { messages } = JSON.parse(upstream.calls.at(-1)!.body.toString()) as { messages: unknown[] };
    expect(messages).toHaveLength(3);
    expect(watched.complaints).toEqual([]);
  });

  it('stops a stream, and goes on afterwards', async () => {
    await enter();
    await page.locator('#chat-model').selectOption('good-b');
    await page.locator('#message').fill('for ever');
    await page.locator('#send').click();
    await page.waitForSelector('.said-by.assistant >> text=one');
    await page.locator('#stop').click();
    await page.waitForSelector('.said-by.assistant >> text=Stopped.');
    expect(await page.locator('#send').isEnabled()).toBe(true);
  });

  it('says in plain words why a chat failed, and runs the test of a model', async () => {
    await enter();
    await page.locator('#chat-model').selectOption('away');
    await page.locator('#message').fill('hello');
    await page.locator('#send').click();
    await page.waitForSelector('.said-by.bad >> text=No connection: the service cannot be reached.');
    await page.waitForSelector('.said-by.bad >> text=upstream_unreachable');
    await card(UNUSED).getByRole('button', { name: 'Test the model' }).click();
    await page.waitForSelector('.said-by.note >> text=Response: pong');
    await shows(UNUSED, 'ok');
    await shows('away', 'failing');
  });

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
    await other.goto(`${gateway.url}/ui`);
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
    await gateway.reload({
      auth: { api_keys: ['sk-another-test-key-02'] },
      models: { openai: [{ name: 'good-a', base_url: upstream.url }] },
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

  it('says which key it wants, and links to the other pages', async () => {
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

  it('says that a key is wrong', async () => {
    await enter('sk-wrong');
    await page.waitForSelector('#gate-error >> text=does not accept this key');
    expect(await page.locator('#board').isVisible()).toBe(false);
  });

  it('shows a restricted key its own models only', async () => {
    await ask('good-a');
    await ask('good-b');
    await enter('sk-team-key-0001');
    await shows('good-b', 'ok');
    await page.waitForSelector('#change-list >> text=good-b');
    expect(await page.locator('.card').count()).toBe(1);
    expect(await page.locator('body').textContent()).not.toContain('good-a');
  });

  it('says that the gateway is shutting down, and that it cannot be reached', async () => {
    await ask('good-a');
    await enter();
    await shows('good-a', 'ok');
    await gateway.beginDrain();
    await page.waitForSelector('#notice >> text=shutting down');
    await page.route('**/v1/**', (route) => route.abort());
    await page.waitForSelector('#notice >> text=is unreachable');
    expect(await card('good-a').isVisible()).toBe(true);
    await page.unroute('**/v1/**');
    await page.waitForSelector('#notice >> text=shutting down');
  });

  it('speaks Chinese, and remembers nothing of it', async () => {
    await ask('locked');
    await enter();
    await page.locator('#language').click();
    await page.waitForSelector('text=登录被拒绝：服务不接受该用户名和密码。');
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    expect(await page.locator('#headline').textContent()).toBe('5 个模型中有 1 个不可用。');
    await page.locator('#language').click();
    await page.waitForSelector('text=The login is refused');
    const words = (await page.locator('body').innerText()).replace('中文', '').replaceAll(UNUSED, '');
    expect(words).not.toMatch(/\p{Script=Han}/u);
    expect(await page.evaluate('localStorage.length')).toBe(0);
    expect(await page.evaluate('sessionStorage.length')).toBe(1);
  });

  it.each(['en', 'zh'])('fits a phone of 320 pixels, in %s', async (language) => {
    for (const model of ['good-a', 'away', 'locked']) await ask(model);
    await page.setViewportSize({ width: 320, height: 640 });
    if (language === 'zh') await page.locator('#language').click();
    await enter();
    await shows('locked', 'credentials_refused');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    expect(await card('locked').locator('.reason').isVisible()).toBe(true);
  });

  it('works by keyboard, with the focus where one looks for it', async () => {
    await ask('good-a');
    await enter();
    await shows('good-a', 'ok');
    await page.locator('#language').focus();
    const seen: string[] = [];
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press('Tab');
      seen.push(
        await page.evaluate(`(() => {
          const { activeElement: it } = document;
          const ring = getComputedStyle(it).outlineStyle;
          return (it.id || it.className || it.dataset.action || it.tagName) + (ring === 'none' ? ' WITHOUT RING' : '');
        })()`),
      );
    }
    expect(seen.filter((name) => name.includes('WITHOUT RING') && !name.startsWith('BODY'))).toEqual([]);
    expect(seen.slice(0, 2)).toEqual(['theme', 'forget']);
    for (const id of ['traffic-model', 'chat-model', 'message', 'send', 'test']) expect(seen).toContain(id);
    expect(seen.indexOf('traffic-model')).toBeLessThan(seen.indexOf('message'));
  });

  it('asks nothing while its tab is hidden, and at once when it is seen again', async () => {
    await enter();
    await shows('good-a', 'never_seen');
    const setHidden = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await setHidden(true);
    // What was under way may end.
    await page.waitForLoadState('networkidle');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    // Longer than two rounds.
    await page.waitForTimeout(7000);
    expect(asked).toEqual([]);
    await ask('good-a');
    await setHidden(false);
    await shows('good-a', 'ok');
  });

  it('follows the system to dark and back, and a choice above it', async () => {
    const theme = () => page.evaluate<string>('document.documentElement.dataset.theme');
    expect(await theme()).toBe('light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForSelector('html[data-theme="dark"]');
    await page.locator('#theme').click();
    expect(await theme()).toBe('light');
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
  it('asks for none', async () => {
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
