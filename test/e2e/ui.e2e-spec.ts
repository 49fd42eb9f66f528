import { type Locator } from 'playwright-core';
import { DOWN, UNUSED } from '../support/board-rig.js';
import { describeWithBoard, enter, page, rig, shows, watched } from '../support/board-page.js';
import { TEST_KEY, startGateway } from '../support/start-gateway.js';

jest.setTimeout(180_000);

describeWithBoard('the board in a real browser', () => {
  const card = (model: string): Locator => page.locator(`.card[data-model="${model}"]`);
  it('shows the broken models first, and the reasons', async () => {
    for (const model of ['good-a', 'good-b', 'away', 'locked']) await rig.ask(model);
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
    await rig.ask('good-a');
    await enter();
    await shows('good-a', 'ok');
    rig.isDown = true;
    for (let call = 0; call < 3; call++) await rig.ask('good-a');
    await shows('good-a', 'failing');
    expect(await card('good-a').textContent()).toContain('The service reports internal errors.');
    rig.isDown = false;
    for (let call = 0; call < 3; call++) await rig.ask('good-a');
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
              { name: 'south', base_url: rig.upstream.url, weight: 0 },
            ],
          },
          { name: 'single', base_url: rig.upstream.url },
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
    expect(curl).toContain(`curl -N '${rig.gateway.url}/v1/chat/completions'`);
    expect(curl).toContain("it'\\''s me");
    expect(await page.content()).not.toContain(TEST_KEY);
    expect(JSON.parse(rig.upstream.calls.at(-1)!.body.toString())).toMatchObject({ stream: true });
    await page.locator('#message').fill('and again');
    await page.keyboard.press('Control+Enter');
    await page.locator('.said-by.assistant').nth(1).waitFor();
    await page.waitForSelector('[data-fact="tokens"]');
    const { messages } = JSON.parse(rig.upstream.calls.at(-1)!.body.toString()) as { messages: unknown[] };
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

  it('explains in plain language why a chat failed, and tests a model', async () => {
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

  it('reports that the gateway is shutting down, and that it cannot be reached', async () => {
    await rig.ask('good-a');
    await enter();
    await shows('good-a', 'ok');
    await rig.gateway.beginDrain();
    await page.waitForSelector('#notice >> text=shutting down');
    await page.route('**/v1/**', (route) => route.abort());
    await page.waitForSelector('#notice >> text=is unreachable');
    expect(await card('good-a').isVisible()).toBe(true);
    await page.unroute('**/v1/**');
    await page.waitForSelector('#notice >> text=shutting down');
  });

  it('speaks Chinese, and remembers nothing of it', async () => {
    await rig.ask('locked');
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
    for (const model of ['good-a', 'away', 'locked']) await rig.ask(model);
    await page.setViewportSize({ width: 320, height: 640 });
    if (language === 'zh') await page.locator('#language').click();
    await enter();
    await shows('locked', 'credentials_refused');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    expect(await card('locked').locator('.reason').isVisible()).toBe(true);
  });

  it('works by keyboard, with the focus in the expected places', async () => {
    await rig.ask('good-a');
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
    await rig.ask('good-a');
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
